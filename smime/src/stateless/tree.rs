//! Any file of ASN.1 as a tree.

use std::io::{BufRead, Read};

use cms::Source;
use wire::tree::{Sink, kind, walk};

use crate::open::OpenError;
use crate::open::begin::structure;

/// Gives the sink the tree of what a file holds in any form: S/MIME, PEM or bare. The word for what it is comes back
/// (see [`wire::tree::kind`]). Damage is told to the sink.
///
/// # Errors
/// [`OpenError::Damaged`] where not even one element begins, [`OpenError::Io`] where it cannot be read.
pub fn tree(source: &dyn Source, sink: &mut dyn Sink) -> Result<&'static str, OpenError> {
    let start = beginning(source)?;
    if walk(structure(source)?, &start, sink).map_err(OpenError::Io)? {
        Ok(kind(&start))
    } else {
        Err(OpenError::Damaged("this is neither S/MIME, PEM nor DER".to_owned()))
    }
}

/// The word for what a file holds in any form (see [`wire::tree::kind`]).
///
/// # Errors
/// [`OpenError::Damaged`] where it is text without CMS, [`OpenError::Io`] where it cannot be read.
pub fn tree_kind(source: &dyn Source) -> Result<&'static str, OpenError> {
    Ok(kind(&beginning(source)?))
}

/// The first octets; damage among them is their end.
fn beginning(source: &dyn Source) -> Result<Vec<u8>, OpenError> {
    let mut stage = structure(source)?;
    let mut start = Vec::new();
    while start.len() < BEGINNING
        && let Ok(octets) = stage.fill_buf()
        && !octets.is_empty()
    {
        let taken = octets.len().min(BEGINNING - start.len());
        let _ = (&mut stage).take(u64::try_from(taken).unwrap_or(0)).read_to_end(&mut start);
    }
    Ok(start)
}

/// Octets by which a file is told from others.
const BEGINNING: usize = 64 * 1024;
