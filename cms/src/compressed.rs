//! CompressedData (RFC 3274): zlib around a content, both ways, as streams. It protects nothing.

use std::io::{self, BufRead, Read, Write};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use wire::ber::BerReader;
use wire::der::{Reader, Tag, Writer};
use wire::{AlgorithmIdentifier, Oid, oids};

use crate::content::{self, Broken, Framed};
use crate::error::Error;

/// A reader over the content of CompressedData. That it was read whole is known at its end only.
///
/// ```text
/// CompressedData ::= SEQUENCE { version CMSVersion, compressionAlgorithm CompressionAlgorithmIdentifier,
///   encapContentInfo EncapsulatedContentInfo }
/// ```
pub struct CompressedReader<R> {
    ber: BerReader<R>,
    content_type: Oid,
    inflater: Decompress,
    most: Inflated,
    plain: Vec<u8>,
    position: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the middle of the compressed octets.
    Inflating,
    /// At the proven end.
    Ended,
    /// What is wrong was told; it stays wrong.
    Failed(Fault, io::ErrorKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Damaged,
    TooLarge(u64),
    Cipher,
    Io,
}

/// How much may come out of a CompressedData.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inflated {
    /// So many octets, and no more than a hundred times what goes in and 1 MiB: of a stranger's message.
    Bounded(u64),
    /// So many octets, however few go in: where somebody who knows the content says its length.
    UpTo(u64),
}

/// What a CompressedData was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressedFacts {
    /// What the content is said to be.
    pub content_type: Oid,
    /// Octets of the content, compressed and not.
    pub compressed: u64,
    /// Octets of the content as it came out.
    pub length: u64,
}

impl<R: BufRead> CompressedReader<R> {
    /// Begins at a CompressedData, the ContentInfo around which was entered by [`crate::enter`]. No more than
    /// `most` comes out of it.
    ///
    /// # Errors
    /// [`Broken`] with the reader below: [`Error::Unsupported`] for another algorithm than zlib,
    /// [`Error::Damaged`] for what is no such structure, [`Error::Malformed`] where the content is absent.
    pub fn new(mut ber: BerReader<R>, most: Inflated) -> Result<Self, Broken<R>> {
        match head(&mut ber) {
            Ok(content_type) => Ok(CompressedReader {
                ber,
                content_type,
                inflater: Decompress::new(true),
                most,
                plain: Vec::new(),
                position: 0,
                state: State::Inflating,
            }),
            Err(error) => Err(Broken { error, inner: ber.into_inner() }),
        }
    }

    /// Reads the rest of the content if any and says whether it was whole: the checksum of zlib (RFC 1950 §2.2)
    /// holds and nothing follows.
    pub fn finish(mut self) -> (Result<CompressedFacts, Error>, R) {
        let end = loop {
            self.position = self.plain.len();
            match self.refill() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(Error::from_io(error)),
            }
        };
        let facts = end.map(|()| CompressedFacts {
            content_type: self.content_type,
            compressed: self.inflater.total_in(),
            length: self.inflater.total_out(),
        });
        (facts, self.ber.into_inner())
    }

    /// Inflates the next piece; `false` at the proven end.
    fn refill(&mut self) -> io::Result<bool> {
        match self.state {
            State::Inflating => {}
            State::Ended => return Ok(false),
            State::Failed(fault, kind) => return Err(fault.error(kind).into_io()),
        }
        self.plain.clear();
        self.position = 0;
        match self.step() {
            Ok(true) => Ok(true),
            Ok(false) => {
                self.state = State::Ended;
                Ok(false)
            }
            Err(error) => {
                self.plain.clear();
                let (fault, kind) = Fault::of(&error);
                self.state = State::Failed(fault, kind);
                Err(error.into_io())
            }
        }
    }

    /// One piece into `plain`; `false` when the content ended and what follows it was read and checked.
    fn step(&mut self) -> Result<bool, Error> {
        self.plain.reserve(PIECE);
        while self.plain.is_empty() {
            let octets = self.ber.octets()?;
            let at_end = octets.is_empty();
            let before = self.inflater.total_in();
            let status = self.inflater.decompress_vec(octets, &mut self.plain, FlushDecompress::None);
            let status = status.map_err(|_| Error::Malformed("the compressed content is not zlib"))?;
            let used = usize::try_from(self.inflater.total_in() - before).unwrap_or(usize::MAX);
            self.ber.consume_octets(used);
            let (taken, given) = (self.inflater.total_in(), self.inflater.total_out());
            let limit = self.most.when(taken);
            if given > limit {
                return Err(Error::TooLarge { limit });
            }
            if status == Status::StreamEnd && self.plain.is_empty() {
                self.tail()?;
                return Ok(false);
            }
            if self.plain.is_empty() && used == 0 && at_end {
                return Err(Error::Malformed("the compressed content ends early"));
            }
            if used == 0 && status == Status::BufError && self.plain.is_empty() {
                return Err(Error::Malformed("the compressed content is not zlib"));
            }
        }
        Ok(true)
    }

    fn tail(&mut self) -> Result<(), Error> {
        if !self.ber.octets()?.is_empty() {
            return Err(Error::Damaged(wire::Error::TrailingBytes));
        }
        for _ in 0..3 {
            self.ber.leave()?; // [0], EncapsulatedContentInfo, CompressedData
        }
        content::leave(&mut self.ber)
    }
}

fn head<R: BufRead>(ber: &mut BerReader<R>) -> Result<Oid, Error> {
    ber.enter(Tag::SEQUENCE)?;
    Reader::lenient(&content::small(ber)?).uint()?; // always 0 (RFC 3274 §1.1); it decides nothing (CMS-03)
    let algorithm = AlgorithmIdentifier::read(&mut Reader::lenient(&content::small(ber)?))?;
    if algorithm.oid != oids::ZLIB {
        return Err(Error::Unsupported(format!("compression {}", algorithm.oid)));
    }
    ber.enter(Tag::SEQUENCE)?;
    let content_type = content::oid(&content::small(ber)?)?;
    if ber.peek()?.is_none() {
        return Err(Error::Malformed("compressed content is absent"));
    }
    ber.enter(Tag::context(0))?;
    ber.begin_octets(Tag::OCTET_STRING)?;
    Ok(content_type)
}

impl Inflated {
    /// Octets that may have come out when so many went in.
    fn when(self, taken: u64) -> u64 {
        match self {
            Inflated::Bounded(most) => most.min(taken.saturating_mul(MAX_RATIO).saturating_add(FREE)),
            Inflated::UpTo(most) => most,
        }
    }
}

impl Fault {
    fn of(error: &Error) -> (Fault, io::ErrorKind) {
        match error {
            Error::Io(error) => (Fault::Io, error.kind()),
            Error::CannotDecrypt | Error::NeedsAttributes(_) => (Fault::Cipher, io::ErrorKind::InvalidData),
            Error::TooLarge { limit } => (Fault::TooLarge(*limit), io::ErrorKind::InvalidData),
            _ => (Fault::Damaged, io::ErrorKind::InvalidData),
        }
    }

    fn error(self, kind: io::ErrorKind) -> Error {
        match self {
            Fault::Io => Error::Io(kind.into()),
            Fault::Cipher => Error::CannotDecrypt,
            Fault::TooLarge(limit) => Error::TooLarge { limit },
            Fault::Damaged => Error::Malformed("the compressed content is damaged"),
        }
    }
}

impl<R: BufRead> BufRead for CompressedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.position >= self.plain.len() && self.refill()? {}
        Ok(self.plain.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.position = self.plain.len().min(self.position.saturating_add(count));
    }
}

impl<R: BufRead> Read for CompressedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// A writer whose content ends up in a CompressedData: DER while it is small, BER with indefinite lengths once it
/// streams.
pub struct CompressWriter<W: Write> {
    framed: Framed<W>,
    deflater: Compress,
    piece: Vec<u8>,
}

impl<W: Write> CompressWriter<W> {
    /// Begins a message.
    pub fn new(out: W) -> Self {
        let deflater = Compress::new(Compression::default(), true);
        CompressWriter { framed: Framed::new(out), deflater, piece: Vec::with_capacity(PIECE) }
    }

    /// Writes the rest of the message.
    ///
    /// # Errors
    /// [`Error::Io`] from the writer below.
    pub fn finish(mut self) -> Result<W, Error> {
        loop {
            let status = self.deflate(&[], FlushCompress::Finish)?.1;
            self.framed.advance(streaming_head)?;
            if status == Status::StreamEnd {
                break;
            }
        }
        if self.framed.is_streaming() {
            // OCTET STRING, its [0], EncapsulatedContentInfo; then CompressedData, [0], ContentInfo.
            return Ok(self.framed.finish(&[0; 12])?);
        }
        let (content, mut out) = self.framed.into_small();
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(oids::COMPRESSED_DATA).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.uint(0).raw(&AlgorithmIdentifier::new(oids::ZLIB).to_der()).sequence(|w| {
                        w.oid(oids::DATA).nested(Tag::context(0), |w| {
                            w.octet_string(&content);
                        });
                    });
                });
            });
        });
        out.write_all(w.as_bytes())?;
        Ok(out)
    }

    /// Deflates some of the content: how much of it was taken, and whether that was all.
    fn deflate(&mut self, content: &[u8], flush: FlushCompress) -> io::Result<(usize, Status)> {
        let before = self.deflater.total_in();
        self.piece.clear();
        let status = self.deflater.compress_vec(content, &mut self.piece, flush).map_err(io::Error::other)?;
        self.framed.pending().extend_from_slice(&self.piece);
        Ok((usize::try_from(self.deflater.total_in() - before).unwrap_or(usize::MAX), status))
    }
}

/// Everything before the first fragment, with indefinite lengths.
fn streaming_head() -> Vec<u8> {
    let mut w = Writer::new();
    w.raw(&[0x30, 0x80]).oid(oids::COMPRESSED_DATA).raw(&[0xa0, 0x80, 0x30, 0x80]).uint(0);
    w.raw(&AlgorithmIdentifier::new(oids::ZLIB).to_der());
    w.raw(&[0x30, 0x80]).oid(oids::DATA).raw(&[0xa0, 0x80, 0x24, 0x80]);
    w.into_bytes()
}

impl<W: Write> Write for CompressWriter<W> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let mut taken = 0;
        while taken == 0 && !content.is_empty() {
            taken = self.deflate(content, FlushCompress::None)?.0;
            self.framed.advance(streaming_head)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the data as the value of a CompressedData, and as zlib within one; never panics.
pub fn fuzz_compressed(data: &[u8]) {
    let mut writer = Writer::new();
    writer.raw(&streaming_head()).octet_string(data).raw(&[0; 12]);
    for message in [data, writer.as_bytes()] {
        let mut ber = BerReader::new(message);
        if content::enter(&mut ber).is_ok()
            && let Ok(mut reader) = CompressedReader::new(ber, Inflated::Bounded(4 * FREE))
        {
            let _ = io::copy(&mut reader, &mut io::sink());
            let _ = reader.finish();
        }
    }
}

/// Octets inflated or deflated at once.
const PIECE: usize = 64 * 1024;
/// Octets that may come out for each that goes in (standards.md §19).
const MAX_RATIO: u64 = 100;
/// Octets that may come out beyond that, so that a short text of one letter is no bomb.
const FREE: u64 = 1024 * 1024;
