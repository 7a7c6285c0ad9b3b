//! Any file of ASN.1, structure after structure: its summary, and its tree.

use std::io::{self, BufRead};

use cms::Source;
use mime::Base64Reader;
use wire::tree::{Node, Sink, kind, walk};

use crate::open::OpenError;
use crate::open::begin::structure;
use crate::open::form::{Form, recognise};
use crate::open::pem::{PemBlocks, PemHead};
use crate::stateless::inspect::{Inspection, inspect, inspect_bare};

/// The structures of a file in any form: each block of PEM, or the one that it holds. They are read as a stream, side by
/// side for each purpose, so that memory does not follow the file's length or the number of its blocks.
pub struct Structures<'s> {
    source: &'s dyn Source,
    pem: Option<Blocks<'s>>,
    /// The first octets of the structure at hand; `None` before the first.
    start: Option<Vec<u8>>,
    /// Its contents are ciphertext.
    sealed: bool,
}

/// The same block in three readers.
struct Blocks<'s> {
    starts: PemBlocks<'s>,
    summaries: PemBlocks<'s>,
    trees: PemBlocks<'s>,
}

/// What is to be said of one structure, beside its tree.
#[derive(Debug)]
pub struct Structure {
    /// The label of its PEM block; `None` in another form.
    pub label: Option<String>,
    /// The word for what it is (see [`wire::tree::kind`]).
    pub kind: &'static str,
    /// The cipher of RFC 1421 §4.6.1 that it is encrypted by, and the octets of ciphertext. It has no tree then.
    pub sealed: Option<(String, u64)>,
    /// The summary, where it is CMS.
    pub summary: Option<Inspection>,
    /// Why there is no summary of CMS, or no tree.
    pub problem: Option<String>,
}

impl<'s> Structures<'s> {
    /// Stands before the first.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] where there is none that even begins, [`OpenError::Io`] where it cannot be read.
    pub fn new(source: &'s dyn Source) -> Result<Self, OpenError> {
        let (form, _) = recognise(source.open().map_err(OpenError::Io)?).map_err(OpenError::Io)?;
        let blocks = || source.open().map(PemBlocks::new).map_err(OpenError::Io);
        let pem = match form {
            Form::Pem => {
                any_begins(blocks()?)?;
                Some(Blocks { starts: blocks()?, summaries: blocks()?, trees: blocks()? })
            }
            _ => None,
        };
        Ok(Structures { source, pem, start: None, sealed: false })
    }

    /// Goes to the next; `None` at the end.
    ///
    /// # Errors
    /// As [`Structures::new`].
    pub fn advance(&mut self) -> Result<Option<Structure>, OpenError> {
        let Some(blocks) = &mut self.pem else {
            return if self.start.is_some() { Ok(None) } else { self.only().map(Some) };
        };
        let head = blocks.starts.advance().map_err(OpenError::Io)?;
        blocks.summaries.advance().map_err(OpenError::Io)?;
        blocks.trees.advance().map_err(OpenError::Io)?;
        let Some(PemHead { label, cipher }) = head else { return Ok(None) };
        let mut structure =
            Structure { label: Some(label), kind: "unknown", sealed: None, summary: None, problem: None };
        self.sealed = cipher.is_some();
        if let Some(cipher) = cipher {
            let mut text = Base64Reader::new(&mut blocks.starts);
            match io::copy(&mut text, &mut io::sink()) {
                Ok(length) => structure.sealed = Some((cipher, length)),
                Err(error) => structure.problem = Some(error.to_string()),
            }
            structure.kind = "encrypted-private-key";
            self.start = Some(Vec::new());
            return Ok(Some(structure));
        }
        let (start, _) = beginning(&mut Base64Reader::new(&mut blocks.starts));
        structure.kind = kind(&start);
        if !begins(&start) {
            structure.problem = Some(NOTHING.to_owned());
        } else if structure.kind == "cms" {
            match inspect_bare(Box::new(Base64Reader::new(&mut blocks.summaries))) {
                Ok(summary) => structure.summary = Some(summary),
                Err(error) => structure.problem = Some(error.to_string()),
            }
        }
        self.start = Some(start);
        Ok(Some(structure))
    }

    /// The one structure of a file that is no PEM.
    fn only(&mut self) -> Result<Structure, OpenError> {
        let (start, damage) = beginning(&mut structure(self.source)?);
        if !begins(&start) {
            let told = |error| OpenError::Damaged(format!("{NOTHING}: {error}"));
            return Err(damage.map_or_else(nothing, told));
        }
        let mut found = Structure { label: None, kind: kind(&start), sealed: None, summary: None, problem: None };
        match inspect(self.source) {
            Ok(summary) => found.summary = Some(summary),
            Err(error) => found.problem = Some(error.to_string()).filter(|_| found.kind == "cms"),
        }
        self.start = Some(start);
        Ok(found)
    }

    /// Gives the sink the tree of the structure at hand. Damage is told to the sink.
    ///
    /// # Errors
    /// [`OpenError::Io`] where it cannot be read or written.
    pub fn tree(&mut self, sink: &mut dyn Sink) -> Result<(), OpenError> {
        let Some(start) = self.start.as_deref().filter(|_| !self.sealed) else { return Ok(()) };
        match &mut self.pem {
            Some(blocks) => walk(Base64Reader::new(&mut blocks.trees), start, sink),
            None => walk(structure(self.source)?, start, sink),
        }
        .map_err(OpenError::Io)?;
        Ok(())
    }
}

/// Refuses a file of PEM in which nothing can be shown.
fn any_begins(mut blocks: PemBlocks<'_>) -> Result<(), OpenError> {
    while let Some(head) = blocks.advance().map_err(OpenError::Io)? {
        if head.cipher.is_some() || begins(&beginning(&mut Base64Reader::new(&mut blocks)).0) {
            return Ok(());
        }
    }
    Err(nothing())
}

/// The first octets; damage among them is their end, and told.
fn beginning(octets: &mut dyn BufRead) -> (Vec<u8>, Option<io::Error>) {
    let mut start = Vec::new();
    while start.len() < BEGINNING {
        let shown = match octets.fill_buf() {
            Ok(shown) => shown,
            Err(error) => return (start, Some(error)),
        };
        let taken = shown.get(..shown.len().min(BEGINNING - start.len())).unwrap_or_default();
        if taken.is_empty() {
            break;
        }
        start.extend_from_slice(taken);
        let count = taken.len();
        octets.consume(count);
    }
    (start, None)
}

/// Whether an element begins here.
fn begins(start: &[u8]) -> bool {
    walk(start, start, &mut Nowhere).unwrap_or(false)
}

/// Takes a tree and shows it to nobody.
struct Nowhere;

impl Sink for Nowhere {
    fn node(&mut self, _: Node) -> io::Result<()> {
        Ok(())
    }

    fn close(&mut self, _: Option<&[u8]>) -> io::Result<()> {
        Ok(())
    }

    fn trouble(&mut self, _: u64, _: usize, _: &str) -> io::Result<()> {
        Ok(())
    }
}

fn nothing() -> OpenError {
    OpenError::Damaged(NOTHING.to_owned())
}

/// Inspects the data as a file; never panics.
pub fn fuzz_structures(data: &[u8]) {
    let Ok(mut structures) = Structures::new(&data) else { return };
    while let Ok(Some(_)) = structures.advance() {
        let _ = structures.tree(&mut Nowhere);
    }
}

const NOTHING: &str = "this is neither S/MIME, PEM nor DER";
/// Octets by which a file is told from others.
const BEGINNING: usize = 64 * 1024;
