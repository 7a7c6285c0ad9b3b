//! HTML as far as it takes to read a mail without running it: tags told from text, nothing fetched, nothing nested.
//!
//! This is no browser. What is left of hostile markup is shown as text; nothing that a tag says is obeyed but where a
//! line ends.

use std::ops::Range;

/// A piece of markup, by where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Text, with its character references.
    Text(Range<usize>),
    /// A tag.
    Tag(Tag),
    /// A comment, declaration or processing instruction.
    Comment,
}

/// A tag, by where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Its name in lower case.
    pub(crate) name: String,
    /// `</name>`.
    pub(crate) closing: bool,
    /// From `<` to behind `>`.
    pub(crate) whole: Range<usize>,
    /// What stands between name and `>`.
    attributes: Range<usize>,
}

/// The markup piece by piece. Whatever the charset is, it is one that contains ASCII.
pub(crate) struct Tokens<'a> {
    html: &'a [u8],
    at: usize,
    /// Within an element whose content is no markup.
    raw: Option<String>,
    /// No tag ends any more.
    endless: bool,
}

impl<'a> Tokens<'a> {
    pub(crate) fn of(html: &'a [u8]) -> Self {
        Tokens { html, at: 0, raw: None, endless: memchr::memchr(b'>', html).is_none() }
    }

    fn rest(&self) -> &'a [u8] {
        self.html.get(self.at..).unwrap_or_default()
    }

    /// The text up to `end` bytes further.
    fn text(&mut self, len: usize) -> Option<Token> {
        let start = self.at;
        self.at += len;
        Some(Token::Text(start..self.at))
    }

    /// Up to the end tag of an element whose content is no markup.
    fn raw_text(&mut self, name: &str) -> usize {
        let rest = self.rest();
        let ends = |at: &usize| {
            let behind = rest.get(at + 2..).unwrap_or_default();
            let same = behind.get(..name.len()).is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes()));
            same && behind.get(name.len()).is_none_or(|b| !b.is_ascii_alphanumeric())
        };
        memchr::memmem::find_iter(rest, b"</").find(ends).unwrap_or(rest.len())
    }

    /// The tag at `<`, if one begins there.
    fn tag(&mut self) -> Option<Tag> {
        let rest = self.rest();
        if self.endless {
            return None;
        }
        let closing = rest.get(1) == Some(&b'/');
        let start = if closing { 2 } else { 1 };
        let behind = rest.get(start..)?;
        let length = behind.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        if !behind.first()?.is_ascii_alphabetic() || length > LONGEST_NAME {
            return None;
        }
        let mut quote = None;
        let end = behind.iter().enumerate().skip(length).find_map(|(at, byte)| {
            match (quote, byte) {
                (None, b'>') => return Some(at),
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if open == *byte => quote = None,
                _ => {}
            }
            None
        });
        // A quote that nobody closes: the tag ends where it would without quotes.
        let Some(end) = end.or_else(|| memchr::memchr(b'>', behind)) else {
            self.endless = true;
            return None;
        };
        let name = String::from_utf8_lossy(behind.get(..length)?).to_ascii_lowercase();
        let offset = self.at + start;
        let attributes = offset + length.min(end)..offset + end;
        Some(Tag { name, closing, whole: self.at..offset + end + 1, attributes })
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.rest().is_empty() {
            return None;
        }
        if let Some(name) = self.raw.take() {
            let len = self.raw_text(&name);
            if len > 0 {
                return self.text(len);
            }
        }
        let rest = self.rest();
        match memchr::memchr(b'<', rest) {
            None => return self.text(rest.len()),
            Some(0) => {}
            Some(at) => return self.text(at),
        }
        if matches!(rest.get(1), Some(b'!' | b'?')) {
            let end = match rest.strip_prefix(b"<!--") {
                Some(inside) => memchr::memmem::find(inside, b"-->").map(|at| at + 7),
                None => memchr::memchr(b'>', rest).map(|at| at + 1),
            };
            self.at += end.unwrap_or(rest.len());
            return Some(Token::Comment);
        }
        let Some(tag) = self.tag() else { return self.text(1) };
        self.at = tag.whole.end;
        if !tag.closing && RAW.contains(&tag.name.as_str()) {
            self.raw = Some(tag.name.clone());
        }
        Some(Token::Tag(tag))
    }
}

impl Tag {
    /// The value of an attribute as it stands, its quotes taken off.
    pub(crate) fn attribute<'h>(&self, html: &'h [u8], name: &str) -> Option<&'h [u8]> {
        let mut rest = html.get(self.attributes.clone())?;
        loop {
            // A lone equals sign has no name.
            rest = rest.trim_ascii_start();
            while let Some(behind) = rest.strip_prefix(b"=") {
                rest = behind.trim_ascii_start();
            }
            let length = rest.iter().take_while(|b| !b.is_ascii_whitespace() && !b"=".contains(b)).count();
            let key = rest.get(..length)?;
            rest = rest.get(length..)?.trim_ascii_start();
            let value = match rest.strip_prefix(b"=") {
                None => &[][..],
                Some(behind) => {
                    let behind = behind.trim_ascii_start();
                    let (value, used) = match behind.first() {
                        Some(quote @ (b'"' | b'\'')) => {
                            let inside = behind.get(1..)?;
                            let end = memchr::memchr(*quote, inside).unwrap_or(inside.len());
                            (inside.get(..end)?, (end + 2).min(behind.len()))
                        }
                        _ => {
                            let end = behind.iter().position(u8::is_ascii_whitespace).unwrap_or(behind.len());
                            (behind.get(..end)?, end)
                        }
                    };
                    rest = behind.get(used..)?;
                    value
                }
            };
            if !key.is_empty() && key.eq_ignore_ascii_case(name.as_bytes()) {
                return Some(value);
            }
            if rest.is_empty() {
                return None;
            }
        }
    }
}

/// Where the content of the body begins: behind its tag, or at the beginning where there is none.
pub(crate) fn body_start(html: &[u8]) -> usize {
    let body = Tokens::of(html).find_map(|token| match token {
        Token::Tag(tag) if tag.name == "body" && !tag.closing => Some(tag.whole.end),
        _ => None,
    });
    body.unwrap_or(0)
}

/// Every `div` of this class with all that is in it; one that nobody closes is none.
pub(crate) fn divs_of_class(html: &[u8], class: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    // Where the one that is open begins, and how many are open in it.
    let mut open: Option<(usize, usize)> = None;
    for token in Tokens::of(html) {
        let Token::Tag(tag) = token else { continue };
        if tag.name != "div" {
            continue;
        }
        open = match (open, tag.closing) {
            (None, true) => None,
            (None, false) => {
                let classes = tag.attribute(html, "class").unwrap_or_default();
                let named = classes.split(u8::is_ascii_whitespace).any(|c| c == class.as_bytes());
                named.then_some((tag.whole.start, 1))
            }
            (Some((start, depth)), false) => Some((start, depth + 1)),
            (Some((start, 1)), true) => {
                found.push(start..tag.whole.end);
                None
            }
            (Some((start, depth)), true) => Some((start, depth - 1)),
        };
    }
    found
}

/// The text of a document: tags gone, lines where blocks end, links followed by where they lead. Nothing is hidden that
/// styles would hide.
pub(crate) fn text_of(html: &str) -> String {
    let mut out = Lines::default();
    let mut skip: Option<String> = None;
    let mut link: Option<(String, usize)> = None;
    let bytes = html.as_bytes();
    for token in Tokens::of(bytes) {
        match token {
            Token::Comment => {}
            Token::Text(_) if skip.is_some() => {}
            Token::Text(range) => out.push(&unescaped(html.get(range).unwrap_or_default())),
            Token::Tag(tag) => {
                let name = tag.name.as_str();
                if let Some(skipped) = &skip {
                    if tag.closing && skipped == name {
                        skip = None;
                    }
                    continue;
                }
                if !tag.closing && UNSEEN.contains(&name) {
                    skip = Some(tag.name.clone());
                    continue;
                }
                match name {
                    "pre" | "textarea" => out.verbatim = !tag.closing,
                    "a" if !tag.closing => {
                        let href = attribute(bytes, &tag, "href");
                        link = href.map(|href| (href, out.text.len()));
                    }
                    "a" => {
                        if let Some((href, start)) = link.take() {
                            out.link(&href, start);
                        }
                    }
                    "img" => {
                        let alt = attribute(bytes, &tag, "alt");
                        if let Some(alt) = alt.filter(|alt| !alt.trim().is_empty()) {
                            out.push(&format!("[{alt}]"));
                        }
                    }
                    "li" if !tag.closing => {
                        out.line();
                        out.push("* ");
                    }
                    "td" | "th" if tag.closing => out.push(" "),
                    "br" => out.text.push('\n'),
                    "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "table" => {
                        out.paragraph()
                    }
                    _ if BLOCKS.contains(&name) => out.line(),
                    _ => {}
                }
            }
        }
    }
    out.text.truncate(out.text.trim_end().len());
    out.text.push('\n');
    out.text
}

fn attribute(html: &[u8], tag: &Tag, name: &str) -> Option<String> {
    tag.attribute(html, name).map(|value| unescaped(&String::from_utf8_lossy(value)))
}

/// Text that is written line by line.
#[derive(Default)]
struct Lines {
    text: String,
    verbatim: bool,
}

impl Lines {
    fn push(&mut self, text: &str) {
        if self.verbatim {
            return self.text.push_str(text);
        }
        for c in text.chars() {
            if !c.is_ascii_whitespace() {
                self.text.push(c);
            } else if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
            }
        }
    }

    fn line(&mut self) {
        if !self.verbatim {
            self.text.truncate(self.text.trim_end_matches(' ').len());
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn paragraph(&mut self) {
        self.line();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Where a link leads, unless that is what it says.
    fn link(&mut self, href: &str, start: usize) {
        let said = self.text.get(start..).unwrap_or_default().trim();
        let href = href.trim();
        let same = href == said || href.strip_prefix("mailto:") == Some(said);
        if !href.is_empty() && !href.starts_with('#') && !same {
            self.text.push_str(&format!(" <{}>", href.replace(|c: char| c.is_whitespace() || c == '>', "")));
        }
    }
}

/// Character references resolved: numbers, and the names that mail has.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let length =
            behind.chars().take(LONGEST_REFERENCE).take_while(|c| c.is_ascii_alphanumeric() || *c == '#').count();
        let name = behind.get(..length).unwrap_or_default();
        match character(name) {
            Some(c) => {
                out.push(c);
                let behind = behind.get(length..).unwrap_or_default();
                rest = behind.strip_prefix(';').unwrap_or(behind);
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

/// `text` with what markup could be made of written as references (RFC 9788 §10.3).
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

const LONGEST_NAME: usize = 64;
const LONGEST_REFERENCE: usize = 12;
/// Elements whose content is no markup (HTML, 13.1.2).
const RAW: [&str; 6] = ["script", "style", "title", "textarea", "xmp", "noscript"];
/// Elements of which nothing is shown.
const UNSEEN: [&str; 5] = ["script", "style", "title", "noscript", "template"];
const BLOCKS: [&str; 18] = [
    "div", "tr", "li", "hr", "pre", "section", "article", "header", "footer", "address", "center", "form", "fieldset",
    "dl", "dt", "dd", "body", "main",
];
const NAMED: [(&str, char); 22] = [
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("copy", '©'),
    ("reg", '®'),
    ("euro", '€'),
    ("pound", '£'),
    ("sect", '§'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bull", '•'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        text_of(html)
    }

    #[test]
    fn a_document_becomes_lines() {
        let html = "<!DOCTYPE html><html><head><title>No</title><style>p{}</style></head>\r\n<body bgcolor=\"a>b\">\r\n\
            <h1>News</h1><p>Gr&uuml;&#223;e,\r\n  all &amp; sundry &lt;b&gt; &unknown; &#x1F600;</p>\
            <ul><li>one<li>two</ul><pre>a  b\n c</pre><table><tr><td>1</td><td>2</td></tr></table>\
            <a href=\"https://evil.example/\">https://bank.example/</a> <a href='mailto:a@b.c'>a@b.c</a>\
            <img src=\"http://tracker.example/x.gif\" alt=\"Logo\"><script>alert('<p>')</script><!-- <p>no --> done</body>";
        let want = "News\n\nGrüße, all & sundry <b> &unknown; 😀\n\n* one\n* two\n\na  b\n c\n\n1 2\n\n\
            https://bank.example/ <https://evil.example/> a@b.c[Logo] done\n";
        assert_eq!(text(html), want);
    }

    #[test]
    fn what_is_no_markup_is_text_and_no_end_is_needed() {
        assert_eq!(text("1 < 2 and <3, <>"), "1 < 2 and <3, <>\n");
        assert_eq!(text("a<b"), "a<b\n");
        assert_eq!(text("<p title=\"never closed>shown"), "shown\n");
        assert_eq!(text("<script>never closed"), "\n");
        assert_eq!(text("<!-- never closed"), "\n");
        assert_eq!(text(""), "\n");
        assert_eq!(text("<style></style >x</STYLE>y"), "xy\n");
    }

    #[test]
    fn attributes_in_every_form() {
        let html = br#"<a b = "1 2" c='3' d=4 e f=">"  = class=x>"#;
        let Some(Token::Tag(tag)) = Tokens::of(html).next() else { panic!() };
        assert_eq!(tag.whole, 0..html.len());
        for (name, value) in [("b", "1 2"), ("c", "3"), ("d", "4"), ("E", ""), ("f", ">"), ("class", "x")] {
            assert_eq!(tag.attribute(html, name), Some(value.as_bytes()), "{name}");
        }
        assert_eq!(tag.attribute(html, "g"), None);
    }

    #[test]
    fn divs_are_found_with_all_that_is_in_them() {
        let html = b"<body><div>1</div><div class=\"a x\"><div>2</div><!-- </div> -->3</div>4<div class=x>5</div><div class=x>6";
        let found = divs_of_class(html, "x");
        let text: Vec<_> = found.iter().map(|r| String::from_utf8_lossy(&html[r.clone()]).into_owned()).collect();
        assert_eq!(text, ["<div class=\"a x\"><div>2</div><!-- </div> -->3</div>", "<div class=x>5</div>"]);
        assert_eq!(body_start(html), 6);
        assert_eq!(body_start(b"<p>"), 0);
    }

    /// What took the square of its length would not end.
    #[test]
    fn hostile_markup_costs_little() {
        for (html, count) in [("<a ", 1), ("<", 1), ("&", 1), ("<div class=x>", 13), ("<a '>", 5), ("</", 2), ("<!", 2)]
        {
            let html = html.repeat(400_000 * count / html.len());
            let text = text(&html);
            assert!(text.ends_with('\n') && text.len() <= html.len() + 1);
            assert!(divs_of_class(html.as_bytes(), "x").is_empty());
        }
    }
}
