//! One pass over the tree of parts of a body in CRLF form, without recursion (RFC 2046 §5.1).

use std::io::BufRead;

use crate::content::TransferEncoding;
use crate::error::Error;
use crate::header::Header;
use crate::limits::Limits;
use crate::split::valid_boundary;

/// What a walk tells of, in the order of the bytes.
pub(crate) trait Visitor {
    /// A part begins. The root has number 0 and its header does not stand in the body.
    fn open(&mut self, part: &Part<'_>) -> Result<(), Error>;
    /// Bytes of a line of the open part, or of what stands between parts; never the CRLF that ends a line.
    fn text(&mut self, content: &[u8]) -> Result<(), Error>;
    /// A CRLF of the same.
    fn line_end(&mut self) -> Result<(), Error>;
    /// The open part, or what stood between parts, ends; at the end of the input, or else before a delimiter.
    fn close(&mut self, at_end: bool) -> Result<(), Error>;
    /// A delimiter line, with the CRLF before it if that belongs to it alone.
    fn delimiter(&mut self, after_line: bool, line: &[u8]) -> Result<(), Error>;
}

impl<V: Visitor + ?Sized> Visitor for &mut V {
    fn open(&mut self, part: &Part<'_>) -> Result<(), Error> {
        (**self).open(part)
    }

    fn text(&mut self, content: &[u8]) -> Result<(), Error> {
        (**self).text(content)
    }

    fn line_end(&mut self) -> Result<(), Error> {
        (**self).line_end()
    }

    fn close(&mut self, at_end: bool) -> Result<(), Error> {
        (**self).close(at_end)
    }

    fn delimiter(&mut self, after_line: bool, line: &[u8]) -> Result<(), Error> {
        (**self).delimiter(after_line, line)
    }
}

/// A part as it begins.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// Counted from 0 in the order of the bytes.
    pub(crate) number: usize,
    /// Where it stands.
    pub(crate) place: Place,
    /// Its header, if it can be read.
    pub(crate) header: Option<&'a Header>,
    /// The bytes of the header, the empty line included.
    pub(crate) raw: &'a [u8],
    /// What it is.
    pub(crate) kind: &'a Kind,
}

/// Where a part stands in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its text is that of the mail itself: the first child of every multipart around it, or any of
    /// multipart/alternative (RFC 9787 §7.1).
    pub(crate) main: bool,
    /// It is part of an attached message.
    pub(crate) attached: bool,
    /// The number of the innermost multipart/alternative around it, and which of its children this is or stands in.
    pub(crate) choice: Option<(usize, usize)>,
    /// Which child of the root it is or stands in.
    pub(crate) top: Option<usize>,
}

/// What a part is to a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A multipart that is walked into, with its boundary.
    Multipart(String),
    /// An attached message that is walked into.
    Message,
    /// Signed, encrypted, or not to be understood: nothing in it may change.
    Frozen,
    /// Anything else.
    Leaf,
}

/// Walks the body of the entity that `root` begins.
pub(crate) fn walk(
    root: &Header,
    body: &mut dyn BufRead,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> Result<(), Error> {
    let mut walk = Walk::new(root, limits, visitor)?;
    loop {
        let piece = body.fill_buf()?;
        let len = piece.len();
        if len == 0 {
            return walk.end();
        }
        walk.take(piece)?;
        body.consume(len);
    }
}

/// A walk that is fed with the body piece by piece.
#[derive(Debug)]
pub(crate) struct Walk<V> {
    walker: Walker<V>,
    /// What does not make a line yet.
    carry: Vec<u8>,
}

impl<V: Visitor> Walk<V> {
    /// Begins at the body of the entity that `root` begins.
    pub(crate) fn new(root: &Header, limits: &Limits, visitor: V) -> Result<Self, Error> {
        Walk::begin(root, limits, visitor, (false, false))
    }

    /// The same; what is beyond the limits is a part that is not walked into, and no error.
    pub(crate) fn lenient(root: &Header, limits: &Limits, visitor: V) -> Result<Self, Error> {
        Walk::begin(root, limits, visitor, (false, true))
    }

    /// The same, to be read only: what multipart/signed holds is walked into too.
    pub(crate) fn reading(root: &Header, limits: &Limits, visitor: V) -> Result<Self, Error> {
        Walk::begin(root, limits, visitor, (true, true))
    }

    fn begin(root: &Header, limits: &Limits, visitor: V, (into_signed, lenient): (bool, bool)) -> Result<Self, Error> {
        let mut walker = Walker {
            visitor,
            limits: *limits,
            frames: Vec::new(),
            header: None,
            depth: 0,
            count: 0,
            line_start: true,
            after_line: false,
            digest: false,
            place: Place { main: true, attached: false, choice: None, top: None },
            into_signed,
            lenient,
        };
        walker.open(Some(root), &[])?;
        Ok(Walk { walker, carry: Vec::new() })
    }

    /// Takes the next piece, in CRLF form.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Result<(), Error> {
        let Walk { walker, carry } = self;
        let mut rest = piece;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, tail) = rest.split_at_checked(at + 1).unwrap_or_default();
            if carry.is_empty() {
                walker.take(line, false)?;
            } else {
                carry.extend_from_slice(line);
                walker.take(carry, false)?;
                carry.clear();
            }
            rest = tail;
        }
        carry.extend_from_slice(rest);
        if carry.len() > PIECE {
            // A CR at the end may belong to a CRLF.
            let keep = carry.pop_if(|b| *b == b'\r');
            walker.take(carry, false)?;
            carry.clear();
            carry.extend(keep);
        }
        Ok(())
    }

    /// The body is at its end.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        let carry = std::mem::take(&mut self.carry);
        self.walker.take(&carry, true)?;
        self.walker.end()
    }

    /// Whoever is told.
    pub(crate) fn visitor(&mut self) -> &mut V {
        &mut self.walker.visitor
    }
}

#[derive(Debug)]
struct Walker<V> {
    visitor: V,
    limits: Limits,
    /// Multiparts that are open, outermost first.
    frames: Vec<Frame>,
    /// The header that is being gathered.
    header: Option<Vec<u8>>,
    depth: usize,
    count: usize,
    line_start: bool,
    /// A CRLF that belongs to the text unless a delimiter follows.
    after_line: bool,
    /// The parts of the innermost multipart are messages unless they say otherwise (RFC 2046 §5.1.5).
    digest: bool,
    /// Where the part stands whose header is gathered.
    place: Place,
    /// Walk into multipart/signed as well.
    into_signed: bool,
    /// What is beyond the limits is frozen.
    lenient: bool,
}

#[derive(Debug)]
struct Frame {
    boundary: String,
    depth: usize,
    digest: bool,
    place: Place,
    /// Its own number, if it is a multipart/alternative.
    alternative: Option<usize>,
    /// Children that began.
    children: usize,
}

impl Frame {
    /// Where its next child stands.
    fn child(&mut self) -> Place {
        let index = self.children;
        self.children += 1;
        let place = Place { top: self.place.top.or(Some(index)), ..self.place };
        match self.alternative {
            Some(number) => Place { choice: Some((number, index)), ..place },
            None => Place { main: place.main && index == 0, ..place },
        }
    }
}

impl<V: Visitor> Walker<V> {
    /// Takes a piece of a line; whole lines end in LF.
    fn take(&mut self, bytes: &[u8], at_end: bool) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        let content = bytes.strip_suffix(b"\r\n");
        if self.line_start && (content.is_some() || at_end) {
            let line = content.unwrap_or(bytes);
            if let Some((level, close)) = self.find_delimiter(line) {
                return self.cross(level, close, bytes);
            }
        }
        let starts = self.line_start;
        self.line_start = content.is_some();
        if let Some(header) = &mut self.header {
            if header.len() + bytes.len() <= self.limits.header_bytes {
                header.extend_from_slice(bytes);
                if starts && bytes == b"\r\n" {
                    return self.open_gathered();
                }
                return Ok(());
            }
            if !self.lenient {
                let limit = self.limits.header_bytes;
                return Err(Error::HeaderTooLong { limit });
            }
            // Too long to be read: it is text of a part that nobody understands.
            let raw = self.header.take().unwrap_or_default();
            self.open(None, &raw)?;
        }
        if starts {
            self.flush_line_end()?;
        }
        let text = content.unwrap_or(bytes);
        if !text.is_empty() {
            self.visitor.text(text)?;
        }
        self.after_line = content.is_some();
        Ok(())
    }

    fn flush_line_end(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.after_line) {
            self.visitor.line_end()?;
        }
        Ok(())
    }

    /// The innermost open multipart that `line` is a delimiter of, and whether it closes it.
    fn find_delimiter(&self, line: &[u8]) -> Option<(usize, bool)> {
        let rest = line.strip_prefix(b"--")?;
        for (level, frame) in self.frames.iter().enumerate().rev() {
            let Some(behind) = rest.strip_prefix(frame.boundary.as_bytes()) else {
                continue;
            };
            let blank = |b: &[u8]| b.iter().all(|b| matches!(b, b' ' | b'\t'));
            match behind.strip_prefix(b"--") {
                Some(padding) if blank(padding) => return Some((level, true)),
                _ if blank(behind) => return Some((level, false)),
                _ => {}
            }
        }
        None
    }

    fn cross(&mut self, level: usize, close: bool, line: &[u8]) -> Result<(), Error> {
        if self.header.is_some() {
            self.open_interrupted()?;
        }
        self.visitor.close(false)?;
        let after_line = std::mem::take(&mut self.after_line);
        self.visitor.delimiter(after_line, line)?;
        self.frames.truncate(if close { level } else { level + 1 });
        if !close && let Some(frame) = self.frames.last_mut() {
            self.depth = frame.depth + 1;
            self.digest = frame.digest;
            self.place = frame.child();
            self.header = Some(Vec::new());
        }
        self.line_start = true;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        if self.header.is_some() {
            self.open_interrupted()?;
        }
        self.flush_line_end()?;
        self.visitor.close(true)
    }

    /// A header that a delimiter or the end of the input interrupts; what it announces has no body.
    fn open_interrupted(&mut self) -> Result<(), Error> {
        self.open_gathered()?;
        // An attached message without a body has an empty header.
        self.header = None;
        Ok(())
    }

    fn open_gathered(&mut self) -> Result<(), Error> {
        let raw = self.header.take().unwrap_or_default();
        let parsed = Header::parse(&raw, &self.limits).ok();
        // Bare LFs make an empty line where the walk sees none.
        let whole = |h: &Header| h.raw().len() + h.blank_line().len() == raw.len();
        let parsed = parsed.filter(whole);
        self.open(parsed.as_ref(), &raw)
    }

    fn open(&mut self, header: Option<&Header>, raw: &[u8]) -> Result<(), Error> {
        let Limits { depth, parts, .. } = self.limits;
        let (deep, many) = (self.depth > depth, self.count >= parts);
        match (deep, many) {
            (true, _) if !self.lenient => return Err(Error::TooDeep { limit: depth }),
            (_, true) if !self.lenient => return Err(Error::TooManyParts { limit: parts }),
            _ => {}
        }
        let header = header.filter(|_| !deep && !many);
        let kind = header.map_or(Kind::Frozen, |h| classify(h, self.digest, self.into_signed));
        let (number, place) = (self.count, self.place);
        self.visitor.open(&Part { number, place, header, raw, kind: &kind })?;
        self.count += 1;
        let is = |subtype: &str| header.is_some_and(|h| h.content_type().subtype == subtype);
        match kind {
            Kind::Multipart(boundary) => self.frames.push(Frame {
                boundary,
                depth: self.depth,
                digest: is("digest"),
                place,
                alternative: is("alternative").then_some(number),
                children: 0,
            }),
            Kind::Message => {
                self.place = Place { main: false, attached: true, ..place };
                self.depth += 1;
                self.digest = false;
                self.header = Some(Vec::new());
            }
            Kind::Frozen | Kind::Leaf => {}
        }
        Ok(())
    }
}

fn classify(header: &Header, digest: bool, into_signed: bool) -> Kind {
    let content = header.content_type();
    let plain = matches!(
        header.transfer_encoding(),
        TransferEncoding::SevenBit | TransferEncoding::EightBit | TransferEncoding::Binary
    );
    let message = content.is("message", "rfc822") || content.is("message", "global");
    let by_digest = digest && header.count("Content-Type") == 0;
    let sealed = content.is("application", "pkcs7-mime") || content.is("application", "x-pkcs7-mime");
    // Only its parameters unreadable, a leaf is still a leaf; with its type unreadable it could be anything.
    let unknown = content.ambiguous && content.is("text", "plain") && content.params.is_empty();
    if sealed || unknown {
        return Kind::Frozen;
    }
    if content.kind == "multipart" {
        let boundary = content.param("boundary").filter(|b| valid_boundary(b));
        let opaque = content.subtype == "encrypted" || content.subtype == "signed" && !into_signed;
        return match boundary {
            Some(boundary) if plain && !opaque && !content.ambiguous => Kind::Multipart(boundary.to_owned()),
            _ => Kind::Frozen,
        };
    }
    match (message || by_digest, plain) {
        (true, true) if content.ambiguous => Kind::Frozen,
        (true, true) => Kind::Message,
        _ => Kind::Leaf,
    }
}

/// Bytes of a line that are gathered before they are passed on as a piece.
const PIECE: usize = 64 * 1024;
