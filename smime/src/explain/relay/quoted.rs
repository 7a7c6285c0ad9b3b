//! Quoted-printable as other programs write it (RFC 2045 §6.7): the rule leaves open where lines are broken and which
//! octets are escaped beyond those that must be.

use std::io::{Read, Write};

use mime::{QuotedPrintableReader, QuotedPrintableWriter};

use super::edit::{lines, part};

/// Where lines are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrap {
    /// Characters of a line before the `=` that breaks it.
    pub soft: usize,
    /// Characters of a line that needs no break.
    pub last: usize,
    /// Behind the last space that fits.
    pub words: bool,
    /// Never within the octets of one character of UTF-8.
    pub whole: bool,
    /// A line that is full is broken before an escape at its end.
    pub strict: bool,
}

/// What is escaped beyond what must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Escapes {
    /// `From ` at the beginning of a line.
    pub from: bool,
    /// A dot at the beginning of a line: 1 where it stands alone, 2 wherever it stands.
    pub dot: u8,
    /// Tabs.
    pub tab: bool,
    /// Spaces.
    pub space: bool,
    /// What has another code in EBCDIC (RFC 2045 §6.7, note on rule 1).
    pub ebcdic: bool,
    /// In digits of lower case.
    pub lower: bool,
}

/// The wraps of programs that are used much.
pub(super) fn usual() -> Vec<Wrap> {
    let wrap = |soft, last, words| Wrap { soft, last, words, whole: false, strict: false };
    vec![
        wrap(75, 76, false), // Python's quopri and email, Exchange, Gmail, Perl's MIME::QuotedPrint
        wrap(75, 75, false),
        Wrap { strict: true, ..wrap(75, 76, false) },
        wrap(75, 76, true), // Apple Mail
        wrap(75, 75, true),
        wrap(77, 78, false), // Python's email with its default policy
        wrap(71, 71, false),
        wrap(71, 72, false), // Thunderbird
        wrap(72, 72, false),
        wrap(73, 73, false),
        wrap(72, 73, false),
        wrap(74, 74, false),
        wrap(73, 76, false),
        Wrap { whole: true, ..wrap(75, 76, false) },
        wrap(usize::MAX, usize::MAX, false),
    ]
}

/// Every other wrap of the lengths that occur.
pub(super) fn others() -> Vec<Wrap> {
    let mut out = Vec::new();
    for soft in (30..=79).rev() {
        for last in [soft, soft + 1] {
            for (words, whole, strict) in
                [(false, false, false), (true, false, false), (false, true, false), (false, false, true)]
            {
                out.push(Wrap { soft, last, words, whole, strict });
            }
        }
    }
    let usual = usual();
    out.retain(|wrap| !usual.contains(wrap));
    out
}

/// The text that is encoded.
pub(super) fn decoded(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    QuotedPrintableReader::new(body).read_to_end(&mut out).ok()?;
    Some(out)
}

/// The encoding without the breaks in its lines.
pub(super) fn joined(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for (start, end, next) in lines(body, 0..body.len()) {
        let line = part(body, start..end);
        match line.trim_ascii_end().strip_suffix(b"=") {
            Some(rest) if next > end => out.extend_from_slice(rest),
            _ => out.extend_from_slice(part(body, start..next)),
        }
    }
    out
}

/// Breaks the lines of an encoding that has no breaks.
pub(super) fn wrapped(joined: &[u8], wrap: Wrap) -> Vec<u8> {
    let mut out = Vec::with_capacity(joined.len() + joined.len() / 20);
    for (start, end, next) in lines(joined, 0..joined.len()) {
        let mut rest = part(joined, start..end);
        while is_long(rest, wrap) {
            let (line, behind) = rest.split_at(break_at(rest, wrap).clamp(1, rest.len()));
            out.extend_from_slice(line);
            out.extend_from_slice(b"=\r\n");
            rest = behind;
        }
        out.extend_from_slice(rest);
        out.extend_from_slice(part(joined, end..next));
    }
    out
}

fn is_long(rest: &[u8], wrap: Wrap) -> bool {
    let escape = |at: usize| rest.get(at) == Some(&b'=');
    rest.len() > wrap.last || wrap.strict && rest.len() == wrap.last && rest.len() > 3 && escape(rest.len() - 3)
}

fn break_at(rest: &[u8], wrap: Wrap) -> usize {
    let mut at = wrap.soft.min(rest.len());
    let escape = |at: usize| rest.get(at) == Some(&b'=');
    // Not within an escape.
    at -= (1..=2).find(|back| at >= *back && escape(at - back)).unwrap_or(0);
    if wrap.whole {
        // The next octet may not be one that continues a character: those are escaped, and begin with 8, 9, A or B.
        while at >= 3 && escape(at) && matches!(rest.get(at + 1), Some(b'8' | b'9' | b'A' | b'B' | b'a' | b'b')) {
            at -= 3;
        }
    }
    if wrap.words {
        let space = rest.get(..at).and_then(|line| line.iter().rposition(|octet| *octet == b' '));
        at = space.map_or(at, |space| space + 1);
    }
    at
}

/// The encoding of a text without breaks in its lines.
pub(super) fn encoded(text: &[u8], escapes: Escapes) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for (start, end, next) in lines(text, 0..text.len()) {
        // A line end that is no CRLF is text (RFC 2045 §6.7 rule 4).
        let crlf = part(text, end..next) == b"\r\n";
        let line = part(text, start..if crlf { end } else { next });
        let from = escapes.from && line.starts_with(b"From ");
        let dot = line.starts_with(b".") && (escapes.dot == 2 || escapes.dot == 1 && line.len() == 1);
        for (at, octet) in line.iter().enumerate() {
            let edge = at + 1 == line.len();
            let escape = match octet {
                b' ' => edge || escapes.space,
                b'\t' => edge || escapes.tab,
                b'=' => true,
                b'F' | b'.' if at == 0 && (from || dot) => true,
                b'!' | b'"' | b'#' | b'$' | b'@' | b'[' | b'\\' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' | b'~' => {
                    escapes.ebcdic
                }
                33..=126 => false,
                _ => true,
            };
            if escape { push_escape(*octet, escapes.lower, &mut out) } else { out.push(*octet) }
        }
        if crlf {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn push_escape(octet: u8, lower: bool, out: &mut Vec<u8>) {
    let digits: &[u8; 16] = if lower { b"0123456789abcdef" } else { b"0123456789ABCDEF" };
    let digit = |value: u8| digits.get(usize::from(value)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[b'=', digit(octet >> 4), digit(octet & 15)]);
}

/// As this program writes it.
pub(super) fn own(text: &[u8]) -> Vec<u8> {
    let mut writer = QuotedPrintableWriter::new(Vec::new());
    let _ = writer.write_all(text); // a vector takes everything
    writer.finish().unwrap_or_default()
}

/// The escapes that make a difference for this text; the usual ones first, and how many those are.
pub(super) fn escapes_for(text: &[u8]) -> (Vec<Escapes>, usize) {
    let all = lines(text, 0..text.len());
    let line = |(start, end, _): &(usize, usize, usize)| part(text, *start..*end);
    let from = all.iter().any(|l| line(l).starts_with(b"From "));
    let dot = all.iter().any(|l| line(l).starts_with(b"."));
    let dots: &[u8] = if dot { &[0, 2, 1] } else { &[0] };
    let flags = |some: bool| if some { vec![false, true] } else { vec![false] };
    let escaped = text.iter().any(|octet| !matches!(octet, b'\t' | b'\r' | b'\n' | 32..=126) || *octet == b'=');
    let mut out = Vec::new();
    for space in [false, true] {
        for ebcdic in [false, true] {
            for lower in flags(escaped) {
                for tab in flags(text.contains(&b'\t')) {
                    for dot in dots {
                        for from in flags(from) {
                            out.push(Escapes { from, dot: *dot, tab, space, ebcdic, lower });
                        }
                    }
                }
            }
        }
    }
    let usual = out.iter().filter(|e| !e.space && !e.ebcdic && !e.lower).count();
    let more = |e: &Escapes| usize::from(e.tab) + usize::from(e.from) + usize::from(e.dot > 0);
    out.sort_by_key(|e| (e.space, e.ebcdic, e.lower, more(e), !e.tab));
    (out, usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_and_joins() {
        let text = format!("{} caf\u{e9} =\r\n.\r\nFrom x\t\r\nlast ", "word ".repeat(40));
        let (escapes, usual) = escapes_for(text.as_bytes());
        assert!(usual > 0 && usual < escapes.len());
        for escape in escapes {
            let joined_form = encoded(text.as_bytes(), escape);
            for wrap in super::usual().into_iter().chain(others()) {
                let form = wrapped(&joined_form, wrap);
                assert_eq!(decoded(&form).unwrap(), text.as_bytes(), "{wrap:?}");
                assert_eq!(joined(&form), joined_form, "{wrap:?}");
                let long = form.split(|b| *b == b'\n').map(|l| l.trim_ascii_end().len()).max().unwrap();
                assert!(wrap.last == usize::MAX || long <= wrap.last.max(wrap.soft + 1), "{wrap:?} {long}");
            }
        }
        assert_eq!(decoded(&own(text.as_bytes())).unwrap(), text.as_bytes());
    }
}
