//! The readers between a mail and its innermost content, one inside the other.

use std::io::{self, BufRead, Read};

use cms::{
    AuthenticatedFacts, AuthenticatedReader, CompressedFacts, CompressedReader, ContentStart, DigestedFacts,
    DigestedReader, EnvelopedFacts, EnvelopedReader, SignedFacts, SignedReader,
};
use crypto::{Digest, DigestValue, Hasher};
use mime::{
    Base64Reader, LineEnds, PartReader, QuotedPrintableReader, SecondPart, SignedParts, TextCheck, TnefReader, ToLf,
};

use crate::open::pem::PemBlocks;

/// One step from the mail's bytes towards its content; each holds the one below.
pub(crate) enum Stage<'a> {
    Input(Input<'a>),
    Lines(LineEnds<Box<Stage<'a>>>),
    Base64(Base64Reader<Box<Stage<'a>>>),
    Quoted(QuotedPrintableReader<Box<Stage<'a>>>),
    Signed(SignedReader<Box<Stage<'a>>>),
    Enveloped(EnvelopedReader<Box<Stage<'a>>>),
    Compressed(CompressedReader<Box<Stage<'a>>>),
    Digested(DigestedReader<Box<Stage<'a>>>),
    Authenticated(Box<AuthenticatedReader<Box<Stage<'a>>>>),
    Parts(Parts<'a>),
    Pem(PemBlocks<'a>),
    Part(PartReader<Box<Stage<'a>>>),
    Tnef(TnefReader<Box<Stage<'a>>>),
}

/// Where the octets come from.
pub(crate) struct Input<'a> {
    reader: Box<dyn BufRead + 'a>,
    /// Octets taken of it.
    taken: u64,
}

/// The first part of a multipart/signed, digested and checked as it passes.
pub(crate) struct Parts<'a> {
    parts: FirstPart<'a>,
    hashers: Vec<Hasher>,
    start: ContentStart,
    /// `None` where nothing is proven any more.
    text: Option<TextCheck>,
}

/// The first part as the lines of the mail make it.
enum FirstPart<'a> {
    /// As it stands.
    Plain(SignedParts<Box<Stage<'a>>>),
    /// Lines of the mail end in LF and those of this part in CRLF, as OpenSSL writes them: reading LF as
    /// CRLF doubled the CR, which is undone here. A line of it that ends in LF comes out as a bare LF,
    /// and what is signed is then broken.
    Doubled(ToLf<SignedParts<Box<Stage<'a>>>>),
}

impl<'a> FirstPart<'a> {
    fn new(mut parts: SignedParts<Box<Stage<'a>>>, read_as_crlf: bool) -> Self {
        let doubled = read_as_crlf
            && parts.fill_buf().is_ok_and(|start| {
                memchr::memchr(b'\n', start).is_some_and(|end| start.get(..end).is_some_and(|l| l.ends_with(b"\r\r")))
            });
        if doubled { FirstPart::Doubled(ToLf::new(parts)) } else { FirstPart::Plain(parts) }
    }

    fn into_inner(self) -> SignedParts<Box<Stage<'a>>> {
        match self {
            FirstPart::Plain(parts) => parts,
            FirstPart::Doubled(lines) => lines.into_inner(),
        }
    }

    fn reader(&mut self) -> &mut dyn BufRead {
        match self {
            FirstPart::Plain(parts) => parts,
            FirstPart::Doubled(lines) => lines,
        }
    }
}

impl<'a> Parts<'a> {
    /// `read_as_crlf` says that the lines of the mail end in LF and are read as ending in CRLF. Digests with these algorithms; with none of them and no `prove`, only delivers.
    pub fn new(parts: SignedParts<Box<Stage<'a>>>, read_as_crlf: bool, digests: &[Digest], prove: bool) -> Self {
        let parts = FirstPart::new(parts, read_as_crlf);
        let hashers = digests.iter().filter(|_| prove).map(|d| Hasher::new(*d)).collect();
        Parts { parts, hashers, start: ContentStart::default(), text: prove.then(TextCheck::new) }
    }
}

/// How a layer ended, once everything of it was read.
pub(crate) enum LayerEnd {
    Signed(Result<SignedFacts, cms::Error>),
    Enveloped(Result<EnvelopedFacts, cms::Error>),
    Compressed(Result<CompressedFacts, cms::Error>),
    Digested(Result<DigestedFacts, cms::Error>),
    Authenticated(Result<AuthenticatedFacts, cms::Error>),
    Parts(PartsEnd),
}

/// How a multipart/signed ended.
pub(crate) struct PartsEnd {
    pub second: Result<SecondPart, mime::Error>,
    pub digests: Vec<(Digest, DigestValue)>,
    /// How the signed part begins.
    pub start: ContentStart,
    /// The signed text has bare CR, bare LF or NUL.
    pub broken_text: bool,
}

impl<'a> Stage<'a> {
    /// The source's own octets, from its beginning.
    pub fn input(reader: Box<dyn BufRead + 'a>) -> Self {
        Stage::Input(Input { reader, taken: 0 })
    }

    /// How many octets of the source stand before what this delivers next, where it delivers them as they are.
    pub fn place(&self) -> Option<u64> {
        match self {
            Stage::Input(input) => Some(input.taken),
            Stage::Lines(lines) => lines.unchanged().and_then(|stage| stage.place()),
            Stage::Parts(Parts { parts: FirstPart::Plain(parts), .. }) => {
                let (stage, held) = parts.unread();
                stage.place()?.checked_sub(u64::try_from(held).ok()?)
            }
            _ => None,
        }
    }

    /// Reads everything to its end, from the innermost layer outwards, and says how each layer ended,
    /// the outermost first.
    pub fn unwind(self) -> Vec<LayerEnd> {
        let mut ends = Vec::new();
        let mut stage = self;
        loop {
            stage = match stage {
                Stage::Input(_) | Stage::Pem(_) => break,
                Stage::Lines(lines) => *lines.into_inner(),
                Stage::Base64(reader) => *reader.into_inner(),
                Stage::Quoted(reader) => *reader.into_inner(),
                Stage::Part(reader) => *reader.into_inner(),
                Stage::Tnef(reader) => *reader.into_inner(),
                Stage::Signed(reader) => {
                    let (end, inner) = reader.finish();
                    ends.push(LayerEnd::Signed(end));
                    *inner
                }
                Stage::Enveloped(reader) => {
                    let (end, inner) = reader.finish();
                    ends.push(LayerEnd::Enveloped(end));
                    *inner
                }
                Stage::Digested(reader) => {
                    let (end, inner) = reader.finish();
                    ends.push(LayerEnd::Digested(end));
                    *inner
                }
                Stage::Authenticated(reader) => {
                    let (end, inner) = reader.finish();
                    ends.push(LayerEnd::Authenticated(end));
                    *inner
                }
                Stage::Compressed(reader) => {
                    let (end, inner) = reader.finish();
                    ends.push(LayerEnd::Compressed(end));
                    *inner
                }
                Stage::Parts(mut parts) => {
                    // What is left of the first part is signed as well.
                    let drained = wire::read_past(&mut parts, u64::MAX).map_err(mime::Error::from);
                    let (second, inner) = parts.parts.into_inner().finish();
                    let digests = parts.hashers.into_iter().map(|h| (h.digest(), h.finish())).collect();
                    let broken_text = parts.text.is_some_and(|text| text.broken());
                    let second = drained.and(second);
                    ends.push(LayerEnd::Parts(PartsEnd { second, digests, start: parts.start, broken_text }));
                    *inner
                }
            };
        }
        ends.reverse();
        ends
    }
}

impl BufRead for Parts<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.parts.reader().fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if count > 0
            && let Some(text) = &mut self.text
            && let Ok(shown) = self.parts.reader().fill_buf()
        {
            let used = shown.get(..count).unwrap_or(shown);
            text.update(used);
            self.start.update(used);
            for hasher in &mut self.hashers {
                hasher.update(used);
            }
        }
        self.parts.reader().consume(count);
    }
}

impl Read for Parts<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Stage<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Stage::Input(r) => r.reader.fill_buf(),
            Stage::Lines(r) => r.fill_buf(),
            Stage::Base64(r) => r.fill_buf(),
            Stage::Quoted(r) => r.fill_buf(),
            Stage::Signed(r) => r.fill_buf(),
            Stage::Enveloped(r) => r.fill_buf(),
            Stage::Compressed(r) => r.fill_buf(),
            Stage::Digested(r) => r.fill_buf(),
            Stage::Authenticated(r) => r.fill_buf(),
            Stage::Parts(r) => r.fill_buf(),
            Stage::Pem(r) => r.fill_buf(),
            Stage::Part(r) => r.fill_buf(),
            Stage::Tnef(r) => r.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Stage::Input(r) => {
                r.taken = r.taken.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
                r.reader.consume(count);
            }
            Stage::Lines(r) => r.consume(count),
            Stage::Base64(r) => r.consume(count),
            Stage::Quoted(r) => r.consume(count),
            Stage::Signed(r) => r.consume(count),
            Stage::Enveloped(r) => r.consume(count),
            Stage::Compressed(r) => r.consume(count),
            Stage::Digested(r) => r.consume(count),
            Stage::Authenticated(r) => r.consume(count),
            Stage::Parts(r) => r.consume(count),
            Stage::Pem(r) => r.consume(count),
            Stage::Part(r) => r.consume(count),
            Stage::Tnef(r) => r.consume(count),
        }
    }
}

impl wire::PassOver for Stage<'_> {
    fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        match self {
            Stage::Base64(r) => r.pass_over(count),
            other => wire::read_past(other, count),
        }
    }
}

impl Read for Stage<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}
