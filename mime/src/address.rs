//! Address lists (RFC 5322 §3.4, obsolete forms of §4.4, UTF-8 of RFC 6532).

use std::fmt;

use crate::error::Error;
use crate::words;

/// One mailbox of an address list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// The display name for people, encoded words decoded.
    pub display: Option<String>,
    /// The local part as it is meant: without quotes and escapes.
    pub local: String,
    /// The domain, or a literal in its brackets.
    pub domain: String,
}

/// One entry of an address list, before groups are expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A mailbox with its display name not yet decoded.
    One(Mailbox),
    /// `name: members;`
    Group(String, Vec<Mailbox>),
}

/// The mailboxes of an unfolded address list, groups expanded. An empty list is no error.
///
/// # Errors
/// [`Error::Address`]: not RFC 5322, two readings possible, or a source route (`<@a:b@c>`).
pub fn address_list(value: &str) -> Result<Vec<Mailbox>, Error> {
    let mut out = Vec::new();
    for entry in entries(value)? {
        match entry {
            Entry::One(one) => out.push(one),
            Entry::Group(_, members) => out.extend(members),
        }
    }
    for mailbox in &mut out {
        mailbox.display = mailbox.display.as_deref().map(words::decode);
    }
    Ok(out)
}

/// The list with its groups, display names as written (encoded words not decoded).
pub(crate) fn entries(value: &str) -> Result<Vec<Entry>, Error> {
    let mut reader = Reader { tokens: tokens(value)?, at: 0 };
    let mut out = Vec::new();
    loop {
        // obs-addr-list allows empty elements.
        while reader.eat(',') {}
        if reader.peek().is_none() {
            return Ok(out);
        }
        out.push(reader.entry()?);
        if reader.peek().is_some() && !reader.eat(',') {
            return Err(reader.error());
        }
    }
}

impl Mailbox {
    /// `local@domain`, the local part quoted where RFC 5322 §3.4.1 needs it.
    #[must_use]
    pub fn addr(&self) -> String {
        let dot_atom = self.local.split('.').all(|a| !a.is_empty() && a.chars().all(is_atext));
        if dot_atom {
            format!("{}@{}", self.local, self.domain)
        } else {
            format!("{}@{}", quote(&self.local), self.domain)
        }
    }

    /// The mailbox as a header field has it: the display name, encoded or quoted where it needs that, and the address.
    #[must_use]
    pub fn written(&self) -> String {
        match self.display.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            None => self.addr(),
            Some(name) if !name.is_ascii() || name.contains("=?") || name.contains(char::is_control) => {
                format!("{} <{}>", words::encode_words(name), self.addr())
            }
            Some(name) if name.chars().all(|c| is_atext(c) || c == ' ') => format!("{name} <{}>", self.addr()),
            Some(name) => format!("{} <{}>", quote(name), self.addr()),
        }
    }

    /// Whether writing this address takes SMTPUTF8 (RFC 6531): local part or domain is not ASCII.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii() || !self.domain.is_ascii()
    }

    /// The same mailbox: domain and local part compared without regard to ASCII letter case (RFC 8550 §3, RFC 9788).
    #[must_use]
    pub fn same_mailbox(&self, other: &Mailbox) -> bool {
        self.domain.eq_ignore_ascii_case(&other.domain) && self.local.eq_ignore_ascii_case(&other.local)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.addr())
    }
}

/// `text` as a quoted string (RFC 5322 §3.2.4).
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

pub(crate) fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii() && !c.is_control() && c != char::REPLACEMENT_CHARACTER)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Atom(String),
    Quoted(String),
    Literal(String),
    Special(char),
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    at: usize,
    /// White space or a comment stood before it.
    gap: bool,
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|t| &t.kind)
    }

    fn eat(&mut self, special: char) -> bool {
        let found = self.peek() == Some(&Kind::Special(special));
        if found {
            self.at += 1;
        }
        found
    }

    fn error(&self) -> Error {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        Error::Address { at: token.map_or(0, |t| t.at) }
    }

    fn entry(&mut self) -> Result<Entry, Error> {
        let start = self.at;
        let name = self.phrase();
        if !self.eat(':') {
            self.at = start;
            return Ok(Entry::One(self.mailbox()?));
        }
        if name.is_empty() {
            return Err(self.error());
        }
        let mut members = Vec::new();
        loop {
            while self.eat(',') {}
            if self.eat(';') {
                return Ok(Entry::Group(name, members));
            }
            members.push(self.mailbox()?);
            if !matches!(self.peek(), Some(Kind::Special(',' | ';'))) {
                return Err(self.error());
            }
        }
    }

    fn mailbox(&mut self) -> Result<Mailbox, Error> {
        let start = self.at;
        let name = self.phrase();
        if self.eat('<') {
            let (local, domain) = self.addr_spec()?;
            if !self.eat('>') {
                return Err(self.error());
            }
            return Ok(Mailbox { display: (!name.is_empty()).then_some(name), local, domain });
        }
        self.at = start;
        let (local, domain) = self.addr_spec()?;
        Ok(Mailbox { display: None, local, domain })
    }

    /// Words and, as obs-phrase allows, dots. Empty if there are none.
    fn phrase(&mut self) -> String {
        let mut out = String::new();
        while let Some(token) = self.tokens.get(self.at) {
            let text = match &token.kind {
                Kind::Atom(text) | Kind::Quoted(text) => text.as_str(),
                Kind::Special('.') => ".",
                _ => break,
            };
            if token.gap && !out.is_empty() {
                out.push(' ');
            }
            out.push_str(text);
            self.at += 1;
        }
        out
    }

    fn addr_spec(&mut self) -> Result<(String, String), Error> {
        let local = self.dotted(true)?;
        if !self.eat('@') {
            return Err(self.error());
        }
        if let Some(Kind::Literal(text)) = self.peek() {
            let text = text.clone();
            self.at += 1;
            return Ok((local, text));
        }
        Ok((local, self.dotted(false)?))
    }

    /// `word *("." word)`; white space around the dots is obs-local-part and obs-domain.
    fn dotted(&mut self, quoted_allowed: bool) -> Result<String, Error> {
        let mut out = String::new();
        loop {
            match self.peek() {
                Some(Kind::Atom(text)) if text.chars().all(is_atext) => out.push_str(text),
                Some(Kind::Quoted(text)) if quoted_allowed && clean(text) => out.push_str(text),
                _ => return Err(self.error()),
            }
            self.at += 1;
            if !self.eat('.') {
                break;
            }
            out.push('.');
        }
        if out.is_empty() || out.len() > MAX_ADDRESS {
            return Err(self.error());
        }
        Ok(out)
    }
}

fn clean(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER)
}

fn tokens(value: &str) -> Result<Vec<Token>, Error> {
    let mut out = Vec::new();
    let mut gap = false;
    let mut chars = value.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        let kind = match c {
            ' ' | '\t' | '\r' | '\n' => {
                gap = true;
                continue;
            }
            '(' => {
                skip_comment(&mut chars).ok_or(Error::Address { at })?;
                gap = true;
                continue;
            }
            '"' => Kind::Quoted(until(&mut chars, '"').ok_or(Error::Address { at })?),
            '[' => {
                let inner = until(&mut chars, ']').ok_or(Error::Address { at })?;
                if !clean(&inner) || inner.contains(['[', '\\']) {
                    return Err(Error::Address { at });
                }
                Kind::Literal(format!("[{}]", inner.trim()))
            }
            '<' | '>' | '@' | ',' | ';' | ':' | '.' => Kind::Special(c),
            ')' | ']' | '\\' => return Err(Error::Address { at }),
            c if c.is_control() => return Err(Error::Address { at }),
            c => {
                let mut atom = String::from(c);
                while let Some((_, next)) = chars.next_if(|(_, n)| in_atom(*n)) {
                    atom.push(next);
                }
                Kind::Atom(atom)
            }
        };
        out.push(Token { kind, at, gap });
        gap = false;
    }
    Ok(out)
}

/// Broader than atext, so that damaged display names are still names; addresses are checked again.
fn in_atom(c: char) -> bool {
    !c.is_ascii_control() && !c.is_ascii_whitespace() && !"()<>[]:;@\\,.\"".contains(c)
}

fn until(chars: &mut impl Iterator<Item = (usize, char)>, end: char) -> Option<String> {
    let mut out = String::new();
    while let Some((_, c)) = chars.next() {
        if c == end {
            return Some(out);
        }
        if c == '\\' {
            out.push(chars.next()?.1);
        } else {
            out.push(c);
        }
    }
    None
}

fn skip_comment(chars: &mut impl Iterator<Item = (usize, char)>) -> Option<()> {
    let mut depth = 1usize;
    while let Some((_, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next()?;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(());
        }
    }
    None
}

const MAX_ADDRESS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn list(value: &str) -> Vec<String> {
        let found = address_list(value).unwrap_or_else(|e| panic!("{value}: {e}"));
        let show = |m: &Mailbox| format!("{}|{}", m.display.clone().unwrap_or_default(), m.addr());
        found.iter().map(show).collect()
    }

    #[test]
    fn mailboxes_are_written_as_they_are_read() {
        for (name, want) in [
            (None, "a@b.c"),
            (Some("Alice B"), "Alice B <a@b.c>"),
            (Some("B, Alice \"x\""), "\"B, Alice \\\"x\\\"\" <a@b.c>"),
            (Some("\u{e9}"), "=?utf-8?B?w6k=?= <a@b.c>"),
            (Some("a\r\nBcc: x"), "=?utf-8?B?YQ0KQmNjOiB4?= <a@b.c>"),
        ] {
            let (local, domain) = ("a".to_owned(), "b.c".to_owned());
            let mailbox = Mailbox { display: name.map(str::to_owned), local, domain };
            assert_eq!(mailbox.written().to_lowercase(), want.to_lowercase());
            assert_eq!(address_list(&mailbox.written()).unwrap().len(), 1);
        }
    }

    #[test]
    fn rfc_5322_appendix_a() {
        for (from, to) in [
            ("John Doe <jdoe@machine.example>", vec!["John Doe|jdoe@machine.example"]),
            (
                "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
                vec!["Mary Smith|mary@x.test", "|jdoe@example.org", "Who?|one@y.test"],
            ),
            (
                "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
                vec!["|boss@nil.test", "Giant; \"Big\" Box|sysservices@example.net"],
            ),
            (
                "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
                vec!["Ed Jones|c@a.test", "|joe@where.test", "John|jdoe@one.test"],
            ),
            ("Undisclosed recipients:;", vec![]),
            (
                "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
                vec!["Pete|pete@silly.test"],
            ),
            (
                "Chris Jones <c@(Chris's host.)public.example>, joe@example.org, John <jdoe@one.test> (my dear friend); (the end of the group)"
                    .trim_end_matches("; (the end of the group)"),
                vec!["Chris Jones|c@public.example", "|joe@example.org", "John|jdoe@one.test"],
            ),
            ("Joe Q. Public <john.q.public@example.com>", vec!["Joe Q. Public|john.q.public@example.com"]),
            ("jdoe@test . example, , x @ y.z", vec!["|jdoe@test.example", "|x@y.z"]),
            ("\"a b\"@c.d, user@[192.0.2.1]", vec!["|\"a b\"@c.d", "|user@[192.0.2.1]"]),
            ("=?utf-8?q?J=C3=BCrgen?= <j@x.y>", vec!["Jürgen|j@x.y"]),
            ("Jürgen <jürgen@bücher.example>", vec!["Jürgen|jürgen@bücher.example"]),
            ("", vec![]),
        ] {
            assert_eq!(list(from), to, "{from}");
        }
    }

    #[test]
    fn refused() {
        for bad in [
            "a@b@c",
            "<a@b> c",
            "a@b c@d",
            "<a@b",
            "a@",
            "@b",
            "a",
            "John Doe",
            "<@x.y:a@b.c>",
            "a@b.",
            ".a@b",
            "a..b@c",
            "\"a@b",
            "(a@b",
            "a@b)",
            "G: a@b",
            "a@b>",
            "<>",
            "a@b\u{0}",
            "a@\"b\"",
            "a@b;c@d",
            "<a@b><c@d>",
            "a\u{FFFD}@b",
            "G: H: a@b;;",
            "\"a\rb\"@c",
            "a@[b",
            ":a@b;",
        ] {
            let found = address_list(bad);
            assert!(matches!(found, Err(Error::Address { .. })), "{bad} {found:?}");
        }
    }

    #[test]
    fn comparing_and_writing() {
        let a = &address_list("Alice@Example.ORG").unwrap()[0];
        let b = &address_list("\"alice\"@example.org").unwrap()[0];
        assert!(a.same_mailbox(b));
        assert!(!a.same_mailbox(&address_list("alicia@example.org").unwrap()[0]));
        assert!(!a.needs_smtputf8());
        assert!(address_list("ü@x.y").unwrap()[0].needs_smtputf8());
        let odd = Mailbox { display: None, local: "a\"b\\".into(), domain: "c".into() };
        assert_eq!(odd.to_string(), "\"a\\\"b\\\\\"@c");
        assert_eq!(address_list(&odd.addr()).unwrap()[0].local, odd.local);
    }

    #[test]
    fn deep_comments_need_no_stack() {
        let deep = format!("{}{} a@b", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(list(&deep), ["|a@b"]);
    }
}
