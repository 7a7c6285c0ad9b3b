//! What relays, gateways and mailing lists do to a text that passes through them. Nothing here knows how it is undone.

/// Numbers that are the same every time.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A change, by the name that the report has for it.
pub type Relay = (&'static str, fn(&[u8], &mut Rng) -> Option<Vec<u8>>);

/// Those of the issue, and the rest of what is known of relays.
pub const RELAYS: [Relay; 15] = [
    ("line-ends", line_ends),
    ("trailing-space", space_added),
    ("trailing-space", space_stripped),
    ("quoted-printable", quoted_rewrapped),
    ("base64", base64_rewrapped),
    ("transfer-encoding", recoded),
    ("charset", charset),
    ("footer", footer),
    ("footer", footer_part),
    ("footer", wrapped_with_footer),
    ("header-folded", header_folded),
    ("header-rewritten", header_rewritten),
    ("from-escaped", from_escaped),
    ("dots", dots_doubled),
    ("tabs", tabs_expanded),
];

struct Entity {
    head: std::ops::Range<usize>,
    body: std::ops::Range<usize>,
}

/// The leaves of a part: itself, or the parts of a multipart.
fn leaves(text: &[u8]) -> Vec<Entity> {
    let root = entity(text, 0..text.len());
    let head = String::from_utf8_lossy(&text[root.head.clone()]).into_owned();
    let Some((_, rest)) = head.split_once("boundary=") else { return vec![root] };
    let delimiter = format!("--{}", rest.trim_start_matches('"').split(['"', '\r', '\n', ';']).next().unwrap());
    let mut out = Vec::new();
    let mut start = None;
    let mut at = root.body.start;
    for line in text[root.body].split_inclusive(|o| *o == b'\n') {
        if line.starts_with(delimiter.as_bytes()) {
            if let Some(start) = start {
                let crlf = if text[..at].ends_with(b"\r\n") { 2 } else { 1 };
                out.push(entity(text, start..at - crlf));
            }
            start = Some(at + line.len());
        }
        at += line.len();
    }
    out
}

fn entity(text: &[u8], whole: std::ops::Range<usize>) -> Entity {
    let mut at = whole.start;
    for line in text[whole.clone()].split_inclusive(|o| *o == b'\n') {
        if line.trim_ascii().is_empty() {
            return Entity { head: whole.start..at, body: at + line.len()..whole.end };
        }
        at += line.len();
    }
    Entity { head: whole.clone(), body: whole.end..whole.end }
}

fn header<'t>(text: &'t [u8], entity: &Entity) -> &'t str {
    std::str::from_utf8(&text[entity.head.clone()]).unwrap()
}

fn encoding(text: &[u8], entity: &Entity) -> String {
    let head = header(text, entity).to_ascii_lowercase();
    head.split_once("content-transfer-encoding:")
        .map_or("7bit", |(_, rest)| rest.split("\r\n").next().unwrap().trim())
        .to_owned()
}

fn is_text(text: &[u8], entity: &Entity) -> bool {
    header(text, entity).to_ascii_lowercase().contains("text/")
}

fn put(text: &[u8], range: std::ops::Range<usize>, with: &[u8]) -> Vec<u8> {
    [&text[..range.start], with, &text[range.end..]].concat()
}

fn changed(old: &[u8], new: Vec<u8>) -> Option<Vec<u8>> {
    (old != new).then_some(new)
}

fn split(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|o| *o == b'\n').map(<[u8]>::to_vec).collect()
}

fn end_of(line: &[u8]) -> usize {
    line.len() - if line.ends_with(b"\r\n") { 2 } else { usize::from(line.ends_with(b"\n")) }
}

/// A relay of Unix: all lines, those of the body, or some; or the last line end gets lost, or another one comes.
fn line_ends(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let body = entity(text, 0..text.len()).body.start;
    let how = rng.below(6);
    match how {
        3 if text.ends_with(b"\r\n") => return Some(text[..text.len() - 2].to_vec()),
        4 => return Some([text, b"\r\n"].concat()),
        _ => {}
    }
    let mut at = 0;
    let mut out = Vec::new();
    for line in split(text) {
        let hit = match how {
            0 => true,
            1 => at >= body,
            _ => rng.chance(30),
        };
        let end = end_of(&line);
        at += line.len();
        out.extend_from_slice(if hit && end < line.len() { &line[..end] } else { &line });
        if hit && end < line.len() {
            out.push(b'\n');
        }
    }
    changed(text, out)
}

/// A gateway that pads a line, or all of them.
fn space_added(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |_| true)?;
    let mut lines = split(&text[leaf.body.clone()]);
    let all = rng.chance(15);
    let chosen = rng.below(lines.len());
    let spaces = *rng.pick::<&[u8]>(&[&b" "[..], b"  ", b"\t"]);
    for (index, line) in lines.iter_mut().enumerate() {
        if all || index == chosen {
            let end = end_of(line);
            line.splice(end..end, spaces.iter().copied());
        }
    }
    changed(text, put(text, leaf.body, &lines.concat()))
}

/// A gateway that strips them: at one line, or wherever they are.
fn space_stripped(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |_| true)?;
    let mut lines = split(&text[leaf.body.clone()]);
    let has = |line: &[u8]| matches!(line[..end_of(line)].last(), Some(b' ' | b'\t'));
    let with: Vec<usize> = (0..lines.len()).filter(|i| has(&lines[*i])).collect();
    let all = with.len() <= 2 && rng.chance(50);
    let chosen = *with.get(rng.below(with.len()))?;
    for index in with {
        if all || index == chosen {
            let end = end_of(&lines[index]);
            let kept = lines[index][..end].trim_ascii_end().len();
            lines[index].drain(kept..end);
        }
    }
    changed(text, put(text, leaf.body, &lines.concat()))
}

fn pick_leaf(text: &[u8], rng: &mut Rng, fits: impl Fn(&Entity) -> bool) -> Option<Entity> {
    let mut all: Vec<Entity> = leaves(text).into_iter().filter(|e| !e.body.is_empty() && fits(e)).collect();
    if all.is_empty() { None } else { Some(all.swap_remove(rng.below(all.len()))) }
}

fn quoted_rewrapped(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |e| encoding(text, e) == "quoted-printable")?;
    let body = &text[leaf.body.clone()];
    let width = 40 + rng.below(37);
    // Lines as they were up to some line, from there on in another width.
    let lines = split(body);
    let from = if rng.chance(50) { 0 } else { rng.below(lines.len()) };
    let mut out = lines[..from].concat();
    let mut joined = Vec::new();
    for line in &lines[from..] {
        match line[..end_of(line)].strip_suffix(b"=") {
            Some(start) => joined.extend_from_slice(start),
            None => joined.extend_from_slice(line),
        }
    }
    for line in split(&joined) {
        let mut rest = &line[..end_of(&line)];
        while rest.len() > width {
            let mut cut = width - 1;
            while rest[cut - 1] == b'=' || rest[cut - 2] == b'=' {
                cut -= 1;
            }
            out.extend_from_slice(&rest[..cut]);
            out.extend_from_slice(b"=\r\n");
            rest = &rest[cut..];
        }
        out.extend_from_slice(rest);
        out.extend_from_slice(&line[end_of(&line)..]);
    }
    changed(text, put(text, leaf.body, &out))
}

fn base64_rewrapped(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |e| encoding(text, e) == "base64")?;
    let body = &text[leaf.body.clone()];
    let mut good = 0;
    for line in split(body) {
        if !line[..end_of(&line)].iter().all(|o| o.is_ascii_alphanumeric() || b"+/=".contains(o)) || end_of(&line) == 0
        {
            break;
        }
        good += line.len();
    }
    let characters: Vec<u8> = body[..good].iter().copied().filter(|o| !o.is_ascii_whitespace()).collect();
    let other = 40 + 4 * rng.below(10);
    let width = *rng.pick(&[60, 64, 72, 76, 48, other]);
    let mut out = Vec::new();
    for line in characters.chunks(width) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    if !body[..good].ends_with(b"\n") {
        out.truncate(out.len().saturating_sub(2));
    }
    out.extend_from_slice(&body[good..]);
    changed(text, put(text, leaf.body, &out))
}

fn decode(text: &[u8], leaf: &Entity) -> Option<Vec<u8>> {
    let body = &text[leaf.body.clone()];
    match encoding(text, leaf).as_str() {
        "quoted-printable" => Some(decode_quoted(body)),
        "base64" => decode_base64(body),
        _ => Some(body.to_vec()),
    }
}

/// sendmail and its like: 8bit becomes quoted-printable or base64, and the other way round.
fn recoded(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |e| is_text(text, e))?;
    let octets = decode(text, &leaf)?;
    let old = encoding(text, &leaf);
    let plain = if octets.is_ascii() { "7bit" } else { "8bit" };
    let new = match old.as_str() {
        "quoted-printable" | "base64" => plain,
        _ => *rng.pick(&["quoted-printable", "quoted-printable", "base64"]),
    };
    let body = match new {
        "quoted-printable" => encode_quoted(&octets, 76, false),
        "base64" => encode_base64(&octets, *rng.pick(&[76, 60])),
        _ => octets,
    };
    let head = header(text, &leaf).replace(&format!("Encoding: {old}"), &format!("Encoding: {new}"));
    (head != header(text, &leaf))
        .then(|| put(text, leaf.head.start..leaf.body.end, &[head.as_bytes(), b"\r\n", &body].concat()))
}

fn width(text: &[u8], leaf: &Entity) -> usize {
    let longest = split(&text[leaf.body.clone()]).iter().map(|line| end_of(line)).max().unwrap_or(0);
    match longest {
        73..=76 => 76,
        other => other.max(4),
    }
}

/// A gateway that thinks in another charset, and says so or does not.
fn charset(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |e| is_text(text, e) && header(text, e).to_ascii_lowercase().contains("charset="))?;
    let octets = decode(text, &leaf)?;
    if octets.is_ascii() {
        return None;
    }
    let (new, converted) = match std::str::from_utf8(&octets) {
        Ok(utf8) => {
            let latin: Option<Vec<u8>> = utf8.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            (*rng.pick(&["iso-8859-1", "windows-1252", "iso-8859-15"]), latin?)
        }
        Err(_) => ("utf-8", octets.iter().map(|o| char::from(*o)).collect::<String>().into_bytes()),
    };
    let body = match encoding(text, &leaf).as_str() {
        // In lines as long as they were.
        "quoted-printable" => {
            let tabs = text[leaf.body.clone()].windows(3).any(|w| w == b"=09");
            encode_quoted(&converted, width(text, &leaf), tabs)
        }
        "base64" => encode_base64(&converted, width(text, &leaf)),
        _ => converted,
    };
    let mut head = header(text, &leaf).to_owned();
    if rng.chance(70) {
        let at = head.to_ascii_lowercase().find("charset=").unwrap() + 8;
        let end = at + head[at..].find([';', '\r', ' ']).unwrap();
        let quoted = head[at..].starts_with('"');
        head.replace_range(at..end, &if quoted { format!("\"{new}\"") } else { new.to_owned() });
    }
    changed(text, put(text, leaf.head.start..leaf.body.end, &[head.as_bytes(), b"\r\n", &body].concat()))
}

fn footer_text(rng: &mut Rng) -> String {
    let mut out = match rng.below(4) {
        0 => "_______________________________________________\r\n".to_owned(),
        1 => "-- \r\n".to_owned(),
        2 => "\r\n".to_owned(),
        _ => String::new(),
    };
    for _ in 0..1 + rng.below(4) {
        out.push_str(&format!("list {:x} at https://lists.example/{}\r\n", rng.next(), rng.below(1000)));
    }
    out
}

/// A mailing list that appends to the text.
fn footer(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |e| is_text(text, e))?;
    let end = leaf.body.end;
    Some(put(text, end..end, footer_text(rng).as_bytes()))
}

/// Mailman, where the mail has parts already.
fn footer_part(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let head = header(text, &entity(text, 0..text.len())).to_owned();
    let (_, rest) = head.split_once("boundary=")?;
    let boundary = rest.trim_start_matches('"').split(['"', '\r', ';']).next()?.to_owned();
    let close = format!("--{boundary}--");
    let at = text.windows(close.len()).position(|w| w == close.as_bytes())?;
    let part = format!(
        "--{boundary}\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\nMIME-Version: 1.0\r\n\r\n{}\r\n",
        footer_text(rng)
    );
    Some(put(text, at..at, part.as_bytes()))
}

/// Mailman, where it has none.
fn wrapped_with_footer(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let boundary = format!("===============0{:018}==", rng.next() >> 10);
    let mut out =
        format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n").into_bytes();
    out.extend_from_slice(text);
    let footer = footer_text(rng);
    out.extend_from_slice(
        format!(
            "\r\n--{boundary}\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\n\r\n{footer}\r\n--{boundary}--\r\n"
        )
        .as_bytes(),
    );
    Some(out)
}

/// One field, folded or unfolded at one place.
fn header_folded(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let root = entity(text, 0..text.len());
    let mut heads: Vec<Entity> = leaves(text);
    heads.push(root);
    let head = heads.swap_remove(rng.below(heads.len()));
    let value = header(text, &head).to_owned();
    let folds: Vec<usize> =
        value.match_indices("\r\n\t").chain(value.match_indices("\r\n ")).map(|(at, _)| at).collect();
    let gaps: Vec<usize> = value.match_indices("; ").map(|(at, _)| at + 1).collect();
    let mut out = value.clone();
    if !folds.is_empty() && rng.chance(60) {
        let at = *rng.pick(&folds);
        let how = *rng.pick(&[" ", "\t"]);
        out.replace_range(at..at + 3, if rng.chance(80) { " " } else { how });
    } else {
        let at = *gaps.get(rng.below(gaps.len()))?;
        out.replace_range(at..at + 1, rng.pick::<&str>(&["\r\n ", "\r\n\t"]));
    }
    changed(text, put(text, head.head, out.as_bytes()))
}

/// One field in other letters or quotes.
fn header_rewritten(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let head = pick_leaf(text, rng, |_| true)?;
    let value = header(text, &head).to_owned();
    let out = match rng.below(4) {
        0 => value.replacen("Content-Type", rng.pick::<&str>(&["Content-type", "content-type", "CONTENT-TYPE"]), 1),
        1 => value.replacen("Content-Transfer-Encoding", "Content-transfer-encoding", 1),
        2 => match value.split_once("charset=\"") {
            Some((before, rest)) => format!("{before}charset={}", rest.replacen('"', "", 1)),
            None => {
                let at = value.find("charset=")? + 8;
                let end = at + value[at..].find([';', '\r'])?;
                format!("{}\"{}\"{}", &value[..at], &value[at..end], &value[end..])
            }
        },
        _ => value.replacen("text/plain", rng.pick::<&str>(&["TEXT/PLAIN", "Text/Plain"]), 1),
    };
    changed(text, put(text, head.head, out.as_bytes()))
}

/// Something at the beginning of lines of a body: all such lines, or one.
fn at_starts(text: &[u8], rng: &mut Rng, fits: impl Fn(&[u8]) -> bool, mark: &[u8]) -> Option<Vec<u8>> {
    let body = entity(text, 0..text.len()).body;
    let mut lines = split(&text[body.clone()]);
    let hits: Vec<usize> = (0..lines.len()).filter(|i| fits(&lines[*i])).collect();
    let one = *hits.get(rng.below(hits.len()))?;
    let all = rng.chance(70);
    for index in hits {
        if all || index == one {
            lines[index].splice(0..0, mark.iter().copied());
        }
    }
    Some(put(text, body, &lines.concat()))
}

fn from_escaped(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    at_starts(text, rng, |line| line.starts_with(b"From "), b">")
}

fn dots_doubled(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    at_starts(text, rng, |line| line.starts_with(b"."), b".")
}

/// `expand`, in the bodies.
fn tabs_expanded(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let leaf = pick_leaf(text, rng, |e| is_text(text, e))?;
    let columns = rng.chance(70);
    let mut out = Vec::new();
    for line in split(&text[leaf.body.clone()]) {
        let mut column = 0;
        for octet in line {
            if octet == b'\t' {
                let wide = if columns { 8 - column % 8 } else { 4 };
                out.extend(std::iter::repeat_n(b' ', wide));
                column += wide;
            } else {
                out.push(octet);
                column += 1;
            }
        }
    }
    changed(text, put(text, leaf.body, &out))
}

/// Quoted-printable with lines of at most this width.
pub fn encode_quoted(text: &[u8], width: usize, tabs: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for line in split(text) {
        let end = end_of(&line);
        let mut column = 0;
        for (at, octet) in line[..end].iter().enumerate() {
            let last = at + 1 == end;
            let escape = match octet {
                b'\t' => tabs || last,
                b' ' => last,
                b'=' => true,
                33..=126 => false,
                _ => true,
            };
            let token = if escape { format!("={octet:02X}").into_bytes() } else { vec![*octet] };
            let room = if last { width } else { width - 1 };
            if column + token.len() > room {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            column += token.len();
            out.extend_from_slice(&token);
        }
        out.extend_from_slice(&line[end..]);
    }
    out
}

fn decode_quoted(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in split(body) {
        let end = end_of(&line);
        let (soft, content) = match line[..end].strip_suffix(b"=") {
            Some(content) => (true, content),
            None => (false, &line[..end]),
        };
        let mut rest = content;
        while let Some((octet, behind)) = rest.split_first() {
            let hex =
                behind.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
            match (octet, hex) {
                (b'=', Some(value)) => {
                    out.push(value);
                    rest = &behind[2..];
                }
                _ => {
                    out.push(*octet);
                    rest = behind;
                }
            }
        }
        if !soft {
            out.extend_from_slice(&line[end..]);
        }
    }
    out
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode_base64(octets: &[u8], width: usize) -> Vec<u8> {
    let mut characters = Vec::new();
    for group in octets.chunks(3) {
        let number = group.iter().fold(0u32, |n, o| n << 8 | u32::from(*o)) << (8 * (3 - group.len()));
        for index in 0..4 {
            let digit = DIGITS[usize::try_from(number >> (18 - 6 * index) & 63).unwrap()];
            characters.push(if index <= group.len() { digit } else { b'=' });
        }
    }
    characters.chunks(width).flat_map(|line| [line, b"\r\n"].concat()).collect()
}

fn decode_base64(body: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut number, mut bits) = (Vec::new(), 0u32, 0);
    for octet in body.iter().filter(|o| !o.is_ascii_whitespace() && **o != b'=') {
        let digit = DIGITS.iter().position(|d| d == octet)?;
        number = number << 6 | u32::try_from(digit).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(number >> bits & 255).unwrap());
        }
    }
    Some(out)
}
