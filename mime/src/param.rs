//! Parameters of MIME header fields: RFC 2045 §5.1 with comments and quoted strings, RFC 2231 continuations and charsets.

use std::borrow::Cow;

use crate::charset;

/// What stands before the first `;` and the parameters behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// The text before the parameters, comments removed.
    pub(crate) head: String,
    /// Lower-case names with their decoded values.
    pub(crate) params: Vec<(String, String)>,
    /// Two readers could understand this differently.
    pub(crate) ambiguous: bool,
}

/// Reads `head; name=value; …`. Never fails: what can't be read sets `ambiguous`.
pub(crate) fn parse(value: &str) -> Parsed {
    let mut segments = Segments { rest: value };
    let mut ambiguous = false;
    let head = match segments.next() {
        Some(segment) => {
            ambiguous |= segment.broken || segment.quoted;
            segment.text.into_owned()
        }
        None => String::new(),
    };
    let mut raw: Vec<Raw> = Vec::new();
    for segment in segments {
        if segment.text.is_empty() && !segment.quoted && !segment.broken {
            continue;
        }
        ambiguous |= segment.broken;
        match Raw::of(segment) {
            Some(param) if raw.len() < MAX_PARAMS => raw.push(param),
            _ => ambiguous = true,
        }
    }
    let (params, doubtful) = assemble(raw);
    Parsed { head, params, ambiguous: ambiguous || doubtful }
}

/// One stretch between semicolons, comments removed, quoted strings unescaped.
#[derive(Debug, PartialEq, Eq)]
struct Segment<'a> {
    text: Cow<'a, str>,
    /// Byte offset in `text` of the value, behind the first unquoted `=`.
    equals: Option<usize>,
    quoted: bool,
    broken: bool,
}

impl<'a> Segment<'a> {
    /// The first segment, character by character, and what follows its semicolon.
    fn scanned(rest: &'a str) -> (Self, &'a str) {
        let mut scan = Scan::default();
        let end = rest.char_indices().find(|(_, c)| scan.take(*c)).map_or(rest.len(), |(at, _)| at);
        (scan.finish(), rest.get(end + 1..).unwrap_or_default())
    }

    /// The first segment as most programs write it, and what follows its semicolon: `text`, `name=text` or
    /// `name="text"` without comments, escapes and white space inside. `None` for every other.
    fn plain(rest: &'a str) -> Option<(Self, &'a str)> {
        let special = rest.bytes().position(|b| matches!(b, b';' | b'"' | b'(' | b'\\'));
        let (before, special) = special.map_or((rest, None), |at| {
            (rest.get(..at).unwrap_or_default(), rest.get(at..).and_then(|behind| behind.split_at_checked(1)))
        });
        let before = before.trim_matches(BLANK);
        if before.bytes().any(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
            return None;
        }
        let equals = memchr::memchr(b'=', before.as_bytes()).map(|at| at + 1);
        let bare = |after| Some((Segment { text: Cow::Borrowed(before), equals, quoted: false, broken: false }, after));
        match special {
            None => bare(""),
            Some((";", after)) => bare(after),
            Some(("\"", quoted)) if equals == Some(before.len()) => {
                let close = memchr::memchr(b'"', quoted.as_bytes())?;
                let (inside, after) = (quoted.get(..close)?, quoted.get(close + 1..)?);
                let behind = after.trim_start_matches(BLANK);
                let next = if behind.is_empty() { "" } else { behind.strip_prefix(';')? };
                let text = Cow::Owned([before, inside].concat());
                memchr::memchr(b'\\', inside.as_bytes())
                    .is_none()
                    .then_some((Segment { text, equals, quoted: true, broken: false }, next))
            }
            Some(_) => None,
        }
    }
}

struct Segments<'a> {
    rest: &'a str,
}

struct Raw {
    name: String,
    section: Option<u32>,
    extended: bool,
    value: String,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (segment, after) = Segment::plain(self.rest).unwrap_or_else(|| Segment::scanned(self.rest));
        self.rest = after;
        Some(segment)
    }
}

#[derive(Default)]
struct Scan {
    text: String,
    equals: Option<usize>,
    in_quotes: bool,
    escaped: bool,
    comment: u32,
    quoted: bool,
    broken: bool,
    /// White space or a comment was seen behind text of the value.
    gap: bool,
}

impl Scan {
    /// Takes one character; true at the semicolon that ends the segment.
    fn take(&mut self, c: char) -> bool {
        if self.escaped {
            self.escaped = false;
            if self.in_quotes {
                self.text.push(c);
            }
        } else if self.in_quotes {
            match c {
                '\\' => self.escaped = true,
                '"' => self.in_quotes = false,
                other => self.text.push(other),
            }
        } else if self.comment > 0 {
            match c {
                '\\' => self.escaped = true,
                '(' => self.comment += 1,
                ')' => self.comment -= 1,
                _ => {}
            }
        } else {
            return self.take_plain(c);
        }
        false
    }

    fn take_plain(&mut self, c: char) -> bool {
        match c {
            ';' => return true,
            '(' => {
                self.comment = 1;
                self.gap = true;
            }
            ' ' | '\t' | '\r' | '\n' => self.gap = true,
            '"' => {
                // Text on both sides of a quote is glued by some readers and dropped by others.
                self.broken |= self.quoted || self.equals != Some(self.text.len());
                self.in_quotes = true;
                self.quoted = true;
            }
            '=' if self.equals.is_none() => {
                self.text.push('=');
                self.equals = Some(self.text.len());
                self.gap = false;
            }
            other => {
                let started = self.text.len() > self.equals.unwrap_or(0);
                self.broken |= self.quoted || (self.gap && started);
                self.gap = false;
                self.text.push(other);
            }
        }
        false
    }

    fn finish<'a>(self) -> Segment<'a> {
        Segment {
            broken: self.broken || self.in_quotes || self.comment > 0,
            text: Cow::Owned(self.text),
            equals: self.equals,
            quoted: self.quoted,
        }
    }
}

impl Raw {
    fn of(segment: Segment<'_>) -> Option<Raw> {
        let split = segment.equals?;
        let mut name = segment.text.get(..split.checked_sub(1)?)?.to_ascii_lowercase();
        let value = match segment.text {
            Cow::Borrowed(text) => text.get(split..)?.to_owned(),
            Cow::Owned(mut text) => {
                text.drain(..split);
                text
            }
        };
        let extended = name.ends_with('*');
        name.truncate(name.len() - usize::from(extended));
        let mut section = None;
        if let Some(star) = memchr::memchr(b'*', name.as_bytes()) {
            section = Some(section_number(name.get(star + 1..)?)?);
            name.truncate(star);
        }
        let good = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
        good.then_some(Raw { name, section, extended, value })
    }
}

fn section_number(text: &str) -> Option<u32> {
    let plain = text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    (plain && canonical).then(|| text.parse().ok()).flatten()
}

/// Joins continuations (RFC 2231 §3), decodes charsets (§4); true when a name occurs in ways that readers differ about.
fn assemble(raw: Vec<Raw>) -> (Vec<(String, String)>, bool) {
    let once = |at: usize, param: &Raw| raw.iter().take(at).all(|earlier| earlier.name != param.name);
    // Whole and standing once, as nearly always: nothing to choose.
    if raw.iter().enumerate().all(|(at, param)| param.section.is_none() && !param.extended && once(at, param)) {
        return (raw.into_iter().map(|param| (param.name, param.value)).collect(), false);
    }
    let mut out: Vec<(String, String)> = Vec::new();
    let mut doubtful = false;
    for param in &raw {
        if out.iter().any(|(name, _)| *name == param.name) {
            continue;
        }
        let (sections, whole): (Vec<&Raw>, Vec<&Raw>) =
            raw.iter().filter(|p| p.name == param.name).partition(|p| p.section.is_some());
        let (value, doubt) = choose(&param.name, &whole, &sections);
        doubtful |= doubt;
        out.push((param.name.clone(), value));
    }
    (out, doubtful)
}

/// The value of one name: `name*=` before `name*0=` before `name=`.
fn choose(name: &str, whole: &[&Raw], sections: &[&Raw]) -> (String, bool) {
    let extended = whole.iter().find(|p| p.extended);
    let plain = whole.iter().find(|p| !p.extended);
    let forms = [extended.is_some(), plain.is_some(), !sections.is_empty()];
    let several = forms.iter().filter(|f| **f).count() > 1;
    let twice = whole.len() > usize::from(extended.is_some()) + usize::from(plain.is_some());
    // filename= beside filename*= is for old readers and decides nothing.
    let doubt = twice || (several && !SHOWN.contains(&name));
    match (extended, plain) {
        (Some(extended), _) => {
            let (charset, text) = split_charset(&extended.value);
            (charset::decode(charset, &percent(text)), doubt)
        }
        (None, Some(plain)) if sections.is_empty() => (plain.value.clone(), doubt),
        _ => {
            let (value, gap) = join(sections);
            (value, doubt || gap)
        }
    }
}

/// The sections in their order, and whether some were left over.
fn join(sections: &[&Raw]) -> (String, bool) {
    let mut bytes = Vec::new();
    let mut charset = "utf-8";
    let mut used = 0;
    for number in 0..MAX_SECTIONS {
        let Some(part) = sections.iter().find(|p| p.section == Some(number)) else {
            break;
        };
        used += 1;
        let mut text = part.value.as_str();
        if !part.extended {
            bytes.extend_from_slice(text.as_bytes());
            continue;
        }
        if number == 0 {
            (charset, text) = split_charset(text);
        }
        bytes.extend_from_slice(&percent(text));
    }
    (charset::decode(charset, &bytes), used != sections.len())
}

/// `charset'language'text` (RFC 2231 §4); without the quotes all is text.
fn split_charset(value: &str) -> (&str, &str) {
    let mut pieces = value.splitn(3, '\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(charset), Some(_), Some(text)) => (charset, text),
        _ => ("utf-8", value),
    }
}

fn percent(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((first, rest)) = bytes.split_first() {
        bytes = rest;
        let hex = rest.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        let code = hex.filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        match code.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) if *first == b'%' => {
                out.push(byte);
                bytes = rest.get(2..).unwrap_or_default();
            }
            _ => out.push(*first),
        }
    }
    out
}

/// White space as it stands between the parts of a field.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];
/// Parameters that are only shown.
const SHOWN: &[&str] = &["filename", "name"];
const MAX_PARAMS: usize = 100;
const MAX_SECTIONS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: &str) -> (Option<String>, bool) {
        let p = parse(&format!("x/y; {value}"));
        (p.params.first().map(|(_, v)| v.clone()), p.ambiguous)
    }

    /// Every text of some length made of what matters here.
    #[test]
    fn the_short_way_and_the_long_one_read_the_same() {
        let pieces = ["a", "=", ";", "\"", " ", "\\", "(", ")", "é", "\r\n\t"];
        let mut short = 0;
        for mut number in 0..10_usize.pow(6) {
            let mut text = String::new();
            while number > 0 {
                text.push_str(pieces[number % 10]);
                number /= 10;
            }
            if let Some(plain) = Segment::plain(&text) {
                assert_eq!(plain, Segment::scanned(&text), "{text:?}");
                short += 1;
            }
        }
        assert!(short > 10_000, "{short}");
        assert!(Segment::plain("boundary=\"=-=_42\" ; x").is_some() && Segment::plain("(c) x=y").is_none());
    }

    #[test]
    fn rfc_2231_examples() {
        let url = "URL*0=\"ftp://\"; URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"";
        let whole = "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar";
        assert_eq!(one(url), (Some(whole.into()), false));
        let title = "title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A";
        assert_eq!(one(title), (Some("This is ***fun***".into()), false));
        let long =
            "title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"";
        assert_eq!(one(long), (Some("This is even more ***fun*** isn't it!".into()), false));
    }

    #[test]
    fn quoting_and_comments() {
        assert_eq!(one("a=\"b;\\\" c\""), (Some("b;\" c".into()), false));
        assert_eq!(one("a=b (see; (RFC)) "), (Some("b".into()), false));
        assert_eq!(one("boundary=----=_Part_1:2/3"), (Some("----=_Part_1:2/3".into()), false));
        assert_eq!(one("a = b"), (Some("b".into()), false));
        assert_eq!(one(" ;; a=b;"), (Some("b".into()), false));
        assert_eq!(one("a=\"\""), (Some(String::new()), false));
    }

    #[test]
    fn doubts_are_named() {
        for bad in [
            "a=b c",
            "a=b; a=c",
            "a=\"b",
            "a=\"b\"c",
            "a=b\"c\"",
            "a=b (c",
            "noequals",
            "a*0=x; a*2=y",
            "a=x; a*0=y",
            "a*0=x; a=y",
            "a=x; a*=utf-8''y",
            "a*=utf-8''y; a=x",
            "a*0=x; a*0=y",
            "filename=x; filename=y",
            "=x",
            "a=\"b\" \"c\"",
        ] {
            assert!(one(bad).1, "{bad}");
        }
        assert!(!one("filename=\"x\"; filename*=utf-8''%C3%A9").1);
        assert_eq!(one("filename=x; filename*0=a; filename*1=b"), (Some("ab".into()), false));
        assert_eq!(one("filename=\"x\"; filename*=utf-8''%C3%A9").0.unwrap(), "é");
        assert_eq!(percent("%zz%4"), b"%zz%4");
        assert_eq!(percent("%+1"), b"%+1");
    }
}
