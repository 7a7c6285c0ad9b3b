//! Any file of ASN.1 as a tree with the names of its parts: CMS, certificates, lists of revoked ones, requests, keys,
//! PKCS#12, OCSP and timestamps, and what is none of them without names. It reads as a stream in constant memory, goes
//! on behind what is damaged, and never shows the octets of a private key.

mod grammar;
mod root;
#[cfg(test)]
mod tests;
mod value;
mod walk;

use std::io::{self, BufRead};

use crate::oid::Oid;
use crate::tree::grammar::{Field, Kind};
use crate::tree::walk::{Next, Start, Visitor};

/// One element of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins, counted from the first octet of the outermost element.
    pub offset: u64,
    /// How many elements it is in.
    pub depth: usize,
    /// Octets of identifier and length.
    pub header: u64,
    /// Octets of the contents; `None` for the indefinite form.
    pub length: Option<u64>,
    /// Whether elements of it follow, up to [`Sink::close`].
    pub open: bool,
    /// The name of the part in its standard; empty where it is not known.
    pub name: &'static str,
    /// The ASN.1 type, or the tag where that is all there is to see.
    pub tag: String,
    /// The contents in words, where they are short enough and may be shown.
    pub value: Option<String>,
}

/// Who is given the tree, from its root, each element before what is in it.
pub trait Sink {
    /// An element.
    ///
    /// # Errors
    /// Whatever ends the walk.
    fn node(&mut self, node: Node) -> io::Result<()>;

    /// The last open element has no more; `certificate` are its octets where it is a certificate of at most 64 KiB.
    ///
    /// # Errors
    /// Whatever ends the walk.
    fn close(&mut self, certificate: Option<&[u8]>) -> io::Result<()>;

    /// What is wrong, missing or left out at this offset.
    ///
    /// # Errors
    /// Whatever ends the walk.
    fn trouble(&mut self, offset: u64, depth: usize, what: &str) -> io::Result<()>;
}

/// The word for what a file is, from its first octets (64 KiB are plenty): `cms`, `certificate`, `certificate-list`,
/// `certification-request`, `private-key`, `encrypted-private-key`, `public-key`, `pkcs12`, `ocsp-request`,
/// `ocsp-response`, `time-stamp-request`, `time-stamp-response` or `unknown`.
pub fn kind(start: &[u8]) -> &'static str {
    root::of(start).0
}

/// Walks over a file that begins with the octets `start`, at most 32 elements deep and a million of them, not
/// counting the fragments that are counted instead of shown. `false` where not even one element begins.
///
/// # Errors
/// Where it cannot be read or the sink fails; damage is told to the sink.
pub fn walk<R: BufRead>(input: R, start: &[u8], sink: &mut dyn Sink) -> io::Result<bool> {
    let root = root::of(start).1;
    let mut names = Names { sink, root, stack: Vec::new() };
    walk::walk(input, &mut names)
}

/// Gives the elements their names on the way from the walker to the sink.
struct Names<'s> {
    sink: &'s mut dyn Sink,
    root: Option<&'static Kind>,
    stack: Vec<Context>,
}

/// An element that is being looked into.
struct Context {
    kind: &'static Kind,
    /// The first field that may come next.
    next: usize,
    /// The last OBJECT IDENTIFIER in it.
    oid: Option<Oid>,
    /// Octets of it may be shown.
    show: bool,
    /// For a string in fragments: where the first is that is not shown, how many there are and of how many octets.
    fragments: Option<(u64, u64, u64)>,
    is_string: bool,
    depth: usize,
}

impl Names<'_> {
    /// Name and kind of the element that begins.
    fn find(&mut self, start: &Start) -> (&'static str, &'static Kind, bool) {
        let above = self.stack.len().checked_sub(2).and_then(|index| self.stack.get(index)).and_then(|c| c.oid);
        let Some(context) = self.stack.last_mut() else {
            return ("", self.root.unwrap_or(&Kind::Any), self.root.is_some());
        };
        let show = context.show;
        match context.kind {
            Kind::Secret => ("", &Kind::Secret, false),
            Kind::Fields(fields) => {
                let rest = fields.get(context.next..).unwrap_or_default();
                let Some(index) = rest.iter().position(|field| fits(field, start)) else {
                    return ("", &Kind::Any, show);
                };
                context.next += index + 1;
                let field = rest.get(index);
                chosen(field.map_or("", |f| f.name), field.map_or(&Kind::Any, |f| f.kind), start, show)
            }
            Kind::Each(field) if fits(field, start) => chosen(field.name, field.kind, start, show),
            Kind::Explicit(kind) => chosen("", kind, start, show),
            Kind::Defined(table) => {
                let known = above.and_then(|oid| table.iter().find(|(known, _)| *known == oid));
                chosen("", known.map_or(&Kind::Any, |(_, kind)| kind), start, show)
            }
            Kind::Holds(kind) => chosen("", kind, start, show),
            _ => ("", &Kind::Any, show),
        }
    }

    /// Whether this is one of so many fragments of a string that it is counted rather than shown.
    fn is_counted(&mut self, start: &Start) -> bool {
        let Some(context) = self.stack.last_mut().filter(|c| c.is_string && !start.constructed) else { return false };
        let length = start.length.unwrap_or(0);
        let (offset, count, octets) = context.fragments.unwrap_or((start.offset, 0, 0));
        let first = if count < FRAGMENTS_SHOWN { start.offset } else { offset };
        context.fragments = Some((first, count + 1, octets.saturating_add(length)));
        count >= FRAGMENTS_SHOWN
    }
}

/// What the kind comes to for this element.
fn chosen(name: &'static str, kind: &'static Kind, start: &Start, show: bool) -> (&'static str, &'static Kind, bool) {
    match kind {
        Kind::Choice(fields) => match fields.iter().find(|field| fits(field, start)) {
            Some(field) if !matches!(field.kind, Kind::Choice(_)) => (field.name, field.kind, show),
            Some(field) => (name, choose_again(field.kind, start), show),
            None => (name, &Kind::Any, show),
        },
        Kind::Secret => (name, kind, false),
        _ => (name, kind, show),
    }
}

fn choose_again(kind: &'static Kind, start: &Start) -> &'static Kind {
    match kind {
        Kind::Choice(fields) => fields.iter().find(|field| fits(field, start)).map_or(&Kind::Any, |field| field.kind),
        _ => kind,
    }
}

fn fits(field: &Field, start: &Start) -> bool {
    let Some(tag) = field.tag else { return true };
    tag >> 6 == start.class && u32::from(tag & 0x1f) == start.number
}

impl Visitor for Names<'_> {
    fn start(&mut self, start: &Start, contents: &[u8]) -> io::Result<Next> {
        if self.is_counted(start) {
            return Ok(Next::Unseen);
        }
        let (name, kind, show) = self.find(start);
        let universal = start.class == 0;
        if universal
            && start.number == 6
            && let (Some(context), Ok(oid)) = (self.stack.last_mut(), Oid::from_contents(contents))
        {
            context.oid = Some(oid);
        }
        let holds = matches!(kind, Kind::Holds(_)) && universal && matches!(start.number, 3 | 4);
        let open = start.constructed || (holds && start.length != Some(0));
        let secret = matches!(kind, Kind::Secret);
        let value = if open {
            None
        } else if secret {
            Some("not shown".to_owned())
        } else {
            value::of(start, contents, show)
        };
        let (offset, depth, header, length) = (start.offset, start.depth, start.header, start.length);
        self.sink.node(Node { offset, depth, header, length, open, name, tag: value::tag(start), value })?;
        if !open {
            return Ok(Next::Over);
        }
        let certificate = matches!(kind, Kind::Certificate);
        let kind = match kind {
            Kind::Certificate => CERTIFICATE,
            // In fragments, any of which may hold a key.
            Kind::Holds(_) if start.constructed => &Kind::Secret,
            _ => kind,
        };
        let is_string =
            start.constructed && start.number == 4 && universal || start.constructed && name == "encryptedContent";
        self.stack.push(Context { kind, next: 0, oid: None, show, fragments: None, is_string, depth: depth + 1 });
        Ok(if certificate { Next::Keep } else { Next::Into })
    }

    fn end(&mut self, kept: Option<&[u8]>) -> io::Result<()> {
        if let Some(context) = self.stack.pop()
            && let Some((offset, count, octets)) = context.fragments
            && count > FRAGMENTS_SHOWN
        {
            let more = count - FRAGMENTS_SHOWN;
            let text = format!("{more} more fragments, not shown; all together are {octets} octets");
            self.sink.trouble(offset, context.depth, &text)?;
        }
        self.sink.close(kept)
    }

    fn trouble(&mut self, offset: u64, depth: usize, what: &str) -> io::Result<()> {
        self.sink.trouble(offset, depth, what)
    }
}

const CERTIFICATE: &Kind = &Kind::Fields(grammar::CERTIFICATE_FIELDS);
/// Fragments of a string that are shown one by one.
const FRAGMENTS_SHOWN: u64 = 3;

/// Walks over the data as a file; never panics.
pub fn fuzz_tree(data: &[u8]) {
    struct Nobody(usize);
    impl Sink for Nobody {
        fn node(&mut self, node: Node) -> io::Result<()> {
            self.0 += usize::from(node.open);
            Ok(())
        }
        fn close(&mut self, _certificate: Option<&[u8]>) -> io::Result<()> {
            self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("closed more than was open"))?;
            Ok(())
        }
        fn trouble(&mut self, _offset: u64, _depth: usize, _what: &str) -> io::Result<()> {
            Ok(())
        }
    }
    let mut nobody = Nobody(0);
    let walked = walk(data, data, &mut nobody);
    assert!(walked.is_ok() && nobody.0 == 0);
}
