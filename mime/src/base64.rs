//! The base64 transfer encoding (RFC 2045 §6.8) as streams.

use std::io::{self, BufRead, Read, Write};

use crate::error::{Base64Fault, Error};

/// Reads a base64 body decoded. White space is tolerated anywhere; any other foreign byte, data behind the padding, a
/// missing padding or stray bits in the last character are an error of kind `InvalidData` that carries
/// [`Error::Base64`], so that no two readers see different content.
#[derive(Debug)]
pub struct Base64Reader<R> {
    inner: R,
    /// Characters gathered, white space mostly removed.
    chars: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    ended: bool,
    eof: bool,
}

/// Writes base64 in lines of 76 characters that end in CRLF. Call [`Base64Writer::finish`] at the end.
#[derive(Debug)]
pub struct Base64Writer<W> {
    inner: W,
    /// Fewer bytes than make a line.
    pending: Vec<u8>,
    chars: Vec<u8>,
    lines: Vec<u8>,
}

impl<R: BufRead> Base64Reader<R> {
    /// Reads from `inner` until its end.
    pub fn new(inner: R) -> Self {
        Base64Reader { inner, chars: Vec::new(), out: Vec::new(), at: 0, ended: false, eof: false }
    }

    /// The reader within; what was buffered here is lost.
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// The reader within.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The next octets, as many as were decoded at once, given away instead of shown; none at the end.
    pub(crate) fn take_decoded(&mut self) -> io::Result<Vec<u8>> {
        if self.at >= self.out.len() {
            self.refill()?;
        }
        let mut taken = std::mem::take(&mut self.out);
        taken.drain(..std::mem::take(&mut self.at));
        Ok(taken)
    }

    /// Passes over `count` octets that were read and checked before, their characters counted and not decoded; gives
    /// back how many octets there were.
    ///
    /// # Errors
    /// Those of the reader within; those of [`Base64Reader`] around the place where decoding goes on.
    pub fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        let here = self.out.len().saturating_sub(self.at);
        let used = usize::try_from(count).unwrap_or(usize::MAX).min(here);
        self.consume(used);
        let mut left = count - u64::try_from(used).unwrap_or(count);
        if left >= 3 {
            let skipped = self.pass_characters(left / 3 * 4)?;
            left -= skipped / 4 * 3;
        }
        // Fewer than three octets, unless the text ended.
        let rest = io::copy(&mut self.by_ref().take(left), &mut io::sink())?;
        Ok(count - left + rest)
    }

    /// Drops so many characters that are next to be decoded; fewer where the text ends.
    fn pass_characters(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        let (used, found) = characters(&self.chars, usize::try_from(left).unwrap_or(usize::MAX));
        self.chars.drain(..used);
        left -= u64::try_from(found).unwrap_or(left);
        while left > 0 {
            let buf = match self.inner.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buf.is_empty() {
                break;
            }
            let (used, found) = characters(buf, usize::try_from(left).unwrap_or(usize::MAX));
            self.inner.consume(used);
            left -= u64::try_from(found).unwrap_or(left);
        }
        Ok(count - left)
    }

    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        while self.out.is_empty() && !self.eof {
            self.gather()?;
            self.decode()?;
        }
        Ok(())
    }

    /// Takes lines until there is enough to decode at once, or the input ends.
    fn gather(&mut self) -> io::Result<()> {
        while self.chars.len() < BATCH {
            let buf = match self.inner.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buf.is_empty() {
                self.eof = true;
                return Ok(());
            }
            let room = (2 * BATCH).saturating_sub(self.chars.len());
            let chunk = buf.get(..room).unwrap_or(buf);
            let taken = chunk.len();
            compact(chunk, &mut self.chars);
            self.inner.consume(taken);
        }
        Ok(())
    }

    fn decode(&mut self) -> io::Result<()> {
        if self.ended {
            return self.only_blank();
        }
        let whole = self.chars.len() - self.chars.len() % 4;
        if !self.try_decode(whole) {
            // White space within lines: rare, so it is removed only where decoding fails.
            self.chars.retain(|b| !is_blank(*b));
            let whole = self.chars.len() - self.chars.len() % 4;
            if !self.try_decode(whole) {
                return Err(self.why());
            }
        }
        if self.eof {
            self.chars.retain(|b| !is_blank(*b));
            if !self.chars.is_empty() && !self.ended {
                return Err(fault(Base64Fault::Truncated));
            }
        }
        if self.ended {
            return self.only_blank();
        }
        Ok(())
    }

    /// Decodes the first `whole` characters and drops them; false leaves everything as it was.
    fn try_decode(&mut self, whole: usize) -> bool {
        self.out.clear();
        let group = self.chars.get(..whole).unwrap_or_default();
        if base64_simd::STANDARD.decode_append(group, &mut self.out).is_err() {
            return false;
        }
        self.ended = group.last() == Some(&b'=');
        self.chars.drain(..whole);
        true
    }

    fn only_blank(&mut self) -> io::Result<()> {
        if self.chars.iter().all(|b| is_blank(*b)) {
            self.chars.clear();
            return Ok(());
        }
        Err(fault(Base64Fault::AfterEnd))
    }

    fn why(&self) -> io::Error {
        let foreign = |b: &u8| !b.is_ascii_alphanumeric() && !b"+/=".contains(b);
        let padding = memchr::memchr(b'=', &self.chars);
        let rest = padding.and_then(|at| self.chars.get(at..)).unwrap_or_default();
        if !self.chars.iter().any(foreign) && rest.iter().any(|b| *b != b'=') {
            return fault(Base64Fault::AfterEnd);
        }
        fault(Base64Fault::Foreign)
    }
}

impl<R: BufRead> BufRead for Base64Reader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.out.len() {
            self.refill()?;
        }
        Ok(self.out.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.out.len().min(self.at + amount);
    }
}

impl<R: BufRead> Read for Base64Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}

impl<W: Write> Base64Writer<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        Base64Writer { inner, pending: Vec::new(), chars: Vec::new(), lines: Vec::new() }
    }

    /// The writer within.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Writes the last line with its CRLF, and gives back the writer within. Nothing written makes no line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        let rest = std::mem::take(&mut self.pending);
        self.encode(&rest)?;
        Ok(self.inner)
    }

    /// Encodes whole lines, or the last.
    fn encode(&mut self, data: &[u8]) -> io::Result<()> {
        for block in data.chunks(BYTES * LINES) {
            self.chars.clear();
            self.lines.clear();
            base64_simd::STANDARD.encode_append(block, &mut self.chars);
            for line in self.chars.chunks(COLUMNS) {
                self.lines.extend_from_slice(line);
                self.lines.extend_from_slice(b"\r\n");
            }
            self.inner.write_all(&self.lines)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Base64Writer<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut rest = data;
        if !self.pending.is_empty() {
            let (head, tail) = rest.split_at_checked(BYTES - self.pending.len()).unwrap_or((rest, &[]));
            self.pending.extend_from_slice(head);
            rest = tail;
            if self.pending.len() < BYTES {
                return Ok(data.len());
            }
            let line = std::mem::take(&mut self.pending);
            self.encode(&line)?;
        }
        let whole = rest.len() - rest.len() % BYTES;
        let (lines, tail) = rest.split_at_checked(whole).unwrap_or_default();
        self.encode(lines)?;
        self.pending.extend_from_slice(tail);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Appends `from` without its line ends: in one stride while lines are regular, line by line where they are not.
fn compact(from: &[u8], to: &mut Vec<u8>) {
    let mut rest = from;
    while let Some(at) = memchr::memchr(b'\n', rest) {
        let (line, tail) = rest.split_at_checked(at + 1).unwrap_or_default();
        push_line(line, to);
        let ending = if line.ends_with(b"\r\n") { &b"\r\n"[..] } else { b"\n" };
        rest = regular(tail, at + 1, ending, to);
    }
    push_line(rest, to);
}

/// Appends lines of exactly `stride` bytes that end in `ending`; gives back what is not so. A line end elsewhere in them
/// is found by the decoder. The lengths that programs write have copies of a size known beforehand.
fn regular<'a>(from: &'a [u8], stride: usize, ending: &[u8], to: &mut Vec<u8>) -> &'a [u8] {
    to.reserve(from.len());
    match (stride, ending) {
        (78, b"\r\n") => return fixed::<78, 76>(from, ending, to),
        (77, b"\n") => return fixed::<77, 76>(from, ending, to),
        (66, b"\r\n") => return fixed::<66, 64>(from, ending, to),
        (65, b"\n") => return fixed::<65, 64>(from, ending, to),
        _ => {}
    }
    let columns = stride - ending.len();
    let mut used = 0;
    for line in from.chunks_exact(stride) {
        let (text, end) = line.split_at_checked(columns).unwrap_or_default();
        if end != ending {
            break;
        }
        to.extend_from_slice(text);
        used += stride;
    }
    from.get(used..).unwrap_or_default()
}

fn fixed<'a, const STRIDE: usize, const COLUMNS: usize>(from: &'a [u8], ending: &[u8], to: &mut Vec<u8>) -> &'a [u8] {
    let cr = ending.len() == 2;
    let mut used = 0;
    for line in from.as_chunks::<STRIDE>().0 {
        let Some((text, end)) = line.split_first_chunk::<COLUMNS>() else { break };
        let ends = if cr { matches!(end, b"\r\n") } else { matches!(end, b"\n") };
        if !ends {
            break;
        }
        to.extend_from_slice(text);
        used += STRIDE;
    }
    from.get(used..).unwrap_or_default()
}

/// How many of these bytes hold the next `most` characters, and how many characters that is. White space is none.
fn characters(from: &[u8], most: usize) -> (usize, usize) {
    let (mut used, mut found) = (0, 0);
    while found < most && used < from.len() {
        let rest = from.get(used..).unwrap_or_default();
        let (bytes, characters) = even_lines(rest, most - found);
        used += bytes;
        found += characters;
        // Up to the end of a line that is not like those before it.
        for byte in from.get(used..).unwrap_or_default() {
            if found >= most {
                break;
            }
            used += 1;
            found += usize::from(!is_blank(*byte));
            if *byte == b'\n' {
                break;
            }
        }
    }
    (used, found)
}

/// The same for lines as programs write them, as long as they follow one another.
fn even_lines(from: &[u8], most: usize) -> (usize, usize) {
    match memchr::memchr(b'\n', from) {
        Some(77) => lines_of::<78, 76>(from, most),
        Some(76) => lines_of::<77, 76>(from, most),
        Some(65) => lines_of::<66, 64>(from, most),
        Some(64) => lines_of::<65, 64>(from, most),
        _ => (0, 0),
    }
}

fn lines_of<const STRIDE: usize, const COLUMNS: usize>(from: &[u8], most: usize) -> (usize, usize) {
    // The least octet in each of sixteen places tells whether there is any white space: all of it is less than `!`, and
    // no character of base64 is.
    let mut least = [u8::MAX; 16];
    let mut lines = 0;
    for line in from.as_chunks::<STRIDE>().0.iter().take((most / COLUMNS).min(AT_ONCE)) {
        let Some((text, end)) = line.split_first_chunk::<COLUMNS>() else { break };
        if !matches!(end, b"\r\n" | b"\n") {
            break;
        }
        text.as_chunks().0.iter().for_each(|sixteen| lower(&mut least, sixteen));
        text.last_chunk().iter().for_each(|sixteen| lower(&mut least, sixteen));
        lines += 1;
    }
    if least.iter().all(|octet| *octet >= b'!') { (lines * STRIDE, lines * COLUMNS) } else { (0, 0) }
}

#[inline]
fn lower(least: &mut [u8; 16], octets: &[u8; 16]) {
    least.iter_mut().zip(octets).for_each(|(least, octet)| *least = (*least).min(*octet));
}

fn push_line(line: &[u8], to: &mut Vec<u8>) {
    let start = line.iter().position(|b| !is_blank(*b)).unwrap_or(line.len());
    let end = line.iter().rposition(|b| !is_blank(*b)).map_or(start, |at| at + 1);
    to.extend_from_slice(line.get(start..end).unwrap_or_default());
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn fault(why: Base64Fault) -> io::Error {
    Error::Base64(why).into()
}

/// Characters that are decoded at once, at least: with what they decode to, they fit into a core's nearest cache.
const BATCH: usize = 12 * 1024;
/// Lines that are counted at once.
const AT_ONCE: usize = 64;
const COLUMNS: usize = 76;
const BYTES: usize = 57;
const LINES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], capacity: usize) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        let inner = io::BufReader::with_capacity(capacity, text);
        Base64Reader::new(inner).read_to_end(&mut out)?;
        Ok(out)
    }

    fn sample(len: usize) -> Vec<u8> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn rfc_4648_vectors() {
        for (text, want) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
            ("\r\nZm 9v\tYm\n\rFy \r\n\r\n", "foobar"),
            ("Z\nm\n8\n=\n", "fo"),
            ("Zg=\r\n=\r\n", "f"),
        ] {
            for capacity in [1, 3, 100] {
                assert_eq!(read(text.as_bytes(), capacity).unwrap(), want.as_bytes(), "{text}");
            }
        }
    }

    #[test]
    fn lines_of_every_length_and_end() {
        let data = sample(3000);
        let chars = base64_simd::STANDARD.encode_to_string(&data).into_bytes();
        for columns in [4, 60, 63, 64, 65, 76, 80] {
            for ending in ["\r\n", "\n"] {
                let lines: Vec<Vec<u8>> =
                    chars.chunks(columns).map(|line| [line, ending.as_bytes()].concat()).collect();
                // One line that is not like the others: a shorter end, a longer one, an empty line before it.
                for odd in ["\n", "\r\n", " \r\n", "\r\n\r\n"] {
                    let mut lines = lines.clone();
                    lines[7].truncate(columns);
                    lines[7].extend(odd.bytes());
                    assert!(read(&lines.concat(), 8192).unwrap() == data, "{columns} {ending:?} {odd:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_passed_over_is_what_would_have_been_read() {
        let data = sample(30_000);
        let chars = base64_simd::STANDARD.encode_to_string(&data).into_bytes();
        for columns in [4, 63, 64, 65, 76, 77] {
            for ending in ["\r\n", "\n"] {
                let mut lines: Vec<Vec<u8>> =
                    chars.chunks(columns).map(|line| [line, ending.as_bytes()].concat()).collect();
                let even = lines.concat();
                // A line as long as the others with white space in it, which is none of its characters.
                let (moved, kept) = lines[80].split_at(2);
                let (moved, kept) = (moved.to_vec(), [b" \t", kept].concat());
                let end = lines[79].len() - ending.len();
                lines[79].splice(end..end, moved);
                lines[80] = kept;
                for text in [even, lines.concat()] {
                    for (capacity, before, over) in
                        [(1, 0, 3), (100, 7, 4_000), (8192, 0, 29_999), (8192, 20_000, 9_000), (1 << 20, 1, 30_000)]
                    {
                        let mut reader = Base64Reader::new(io::BufReader::with_capacity(capacity, &text[..]));
                        let mut start = vec![0; before];
                        reader.read_exact(&mut start).unwrap();
                        let passed = reader.pass_over(over).unwrap();
                        assert_eq!(passed, over.min((data.len() - before) as u64));
                        let mut rest = Vec::new();
                        reader.read_to_end(&mut rest).unwrap();
                        assert!(rest == data[before + passed as usize..], "{columns} {ending:?} {capacity} {over}");
                    }
                }
            }
        }
    }

    #[test]
    fn damage_is_named() {
        use Base64Fault::{AfterEnd, Foreign, Truncated};
        for (text, want) in [
            ("Zg==Zg==", AfterEnd),
            ("Zg== \r\nZg==\r\n", AfterEnd),
            ("Zg===", AfterEnd),
            ("Zm9v-", Truncated),
            ("Zm9vZm-v", Foreign),
            ("Zh==", Foreign),
            ("Zg", Truncated),
            ("Zm9v\0Zm9", Foreign),
            ("Zm9vZ", Truncated),
            ("=", Truncated),
            ("====", Foreign),
            ("Zm9v\x0cZm9", Foreign),
        ] {
            for capacity in [1, 3, 100] {
                let found = read(text.as_bytes(), capacity);
                assert!(matches!(found, Err(Error::Base64(f)) if f == want), "{text} {found:?}");
            }
        }
        let mut long = sample(300_000);
        long = base64_simd::STANDARD.encode_to_string(&long).into_bytes();
        long.extend_from_slice(b"\r\n\r\nAAAA\r\n");
        assert_eq!(read(&long, 8192).unwrap().len(), 300_003);
    }

    #[test]
    fn written_text_reads_back_in_any_chunking() {
        for len in [0, 1, 56, 57, 58, 113, 114, 115, 1000, 200_000] {
            let data = sample(len);
            let mut texts = Vec::new();
            for chunk in [1, 10, 57, 100, 70_000] {
                let mut writer = Base64Writer::new(Vec::new());
                data.chunks(chunk).for_each(|c| writer.write_all(c).unwrap());
                texts.push(writer.finish().unwrap());
            }
            assert!(texts.iter().all(|t| *t == texts[0]));
            let lines: Vec<&[u8]> = texts[0].split_inclusive(|b| *b == b'\n').collect();
            assert!(lines.iter().all(|l| l.len() <= 78 && l.ends_with(b"\r\n")));
            assert!(lines.iter().rev().skip(1).all(|l| l.len() == 78));
            for capacity in [7, 8192, 1 << 20] {
                assert_eq!(read(&texts[0], capacity).unwrap(), data);
            }
        }
    }

    #[test]
    fn irregular_lines_read_the_same() {
        let data = sample(5_000);
        let text = base64_simd::STANDARD.encode_to_string(&data);
        for width in [1, 3, 60, 64, 76, 77, 1000] {
            for end in ["\n", "\r\n", " \r\n", "\r\r\n"] {
                let lines = text.as_bytes().chunks(width);
                let broken: Vec<u8> = lines.flat_map(|l| [l, end.as_bytes()].concat()).collect();
                assert_eq!(read(&broken, 4096).unwrap(), data, "{width} {end:?}");
            }
        }
    }

    #[test]
    fn a_flipped_bit_never_reads_the_same() {
        let data = sample(60);
        let text = base64_simd::STANDARD.encode_to_string(&data).into_bytes();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut bad = text.clone();
                bad[at] ^= 1 << bit;
                assert_ne!(read(&bad, 100).ok().as_ref(), Some(&data));
            }
        }
    }
}
