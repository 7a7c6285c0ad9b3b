//! The entities of a signed text that is held whole: where the header and the body of each stand.

use std::ops::Range;

use mime::{ContentType, Header, Limits, TransferEncoding};

use super::edit::{lines, part};

/// One entity.
#[derive(Debug, Clone)]
pub(crate) struct Entity {
    /// All of it.
    pub whole: Range<usize>,
    /// Its fields, without the empty line.
    pub header: Range<usize>,
    /// Its body, without the line end that belongs to the delimiter behind it.
    pub body: Range<usize>,
    /// Where its last child begins and ends, the delimiter lines included: what goes if that child goes.
    pub last_child: Option<Range<usize>>,
    /// Whether it has children.
    pub multipart: bool,
    pub content_type: ContentType,
    pub encoding: TransferEncoding,
    /// The number of the line where its body begins.
    pub line: usize,
}

impl Entity {
    /// Whether it is text, so that charsets and footers concern it.
    pub fn is_text(&self) -> bool {
        !self.multipart && self.content_type.kind.eq_ignore_ascii_case("text")
    }
}

/// Every entity, the outermost first and each before its children.
pub(crate) fn entities(text: &[u8]) -> Vec<Entity> {
    let mut out = Vec::new();
    walk(text, 0..text.len(), 0, &mut out);
    out
}

fn walk(text: &[u8], whole: Range<usize>, depth: usize, out: &mut Vec<Entity>) {
    if depth > MAX_DEPTH || out.len() >= MAX_ENTITIES {
        return;
    }
    let Ok(header) = Header::parse(part(text, whole.clone()), &Limits::default()) else { return };
    let fields = whole.start..whole.start + header.raw().len();
    let body = (fields.end + header.blank_line().len()).min(whole.end)..whole.end;
    let content_type = header.content_type();
    let boundary =
        content_type.kind.eq_ignore_ascii_case("multipart").then(|| content_type.param("boundary")).flatten();
    let (children, last_child) = boundary.map_or_else(Default::default, |boundary| split(text, body.clone(), boundary));
    let line = 1 + memchr::memchr_iter(b'\n', part(text, 0..body.start)).count();
    out.push(Entity {
        whole,
        header: fields,
        body,
        last_child,
        multipart: !children.is_empty(),
        encoding: header.transfer_encoding(),
        content_type,
        line,
    });
    for child in children {
        walk(text, child, depth + 1, out);
    }
}

/// The children of a multipart (RFC 2046 §5.1.1).
fn split(text: &[u8], body: Range<usize>, boundary: &str) -> (Vec<Range<usize>>, Option<Range<usize>>) {
    let mut children = Vec::new();
    let (mut open, mut delimiter, mut last) = (None, 0, None);
    for (start, end, next) in lines(text, body) {
        let Some(rest) = part(text, start..end).strip_prefix(b"--") else { continue };
        let Some(rest) = rest.strip_prefix(boundary.as_bytes()) else { continue };
        let close = rest.starts_with(b"--");
        if !rest.strip_prefix(b"--").unwrap_or(rest).iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if let Some(from) = open {
            let before = part(text, from..start);
            let content = before.strip_suffix(b"\n").map_or(before, |b| b.strip_suffix(b"\r").unwrap_or(b));
            children.push(from..from + content.len());
            last = Some(delimiter..start);
        }
        (open, delimiter) = (Some(next), start);
        if close || children.len() >= MAX_ENTITIES {
            break;
        }
    }
    (children, last)
}

/// Entities within entities, and all of them (standards.md §19 allows more to those who only read them).
const MAX_DEPTH: usize = 8;
const MAX_ENTITIES: usize = 40;
