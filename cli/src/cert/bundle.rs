//! Bundles of PEM of any length, which are taken in as they are read.

use std::io::{BufRead, BufReader};
use std::path::Path;

use directory::{Directory, Origin, Place};
use serde_json::json;
use wire::Certificate;
use wire::pem;
use wire::pem_stream::{PemBlocks, PemError};
use zeroize::Zeroizing;

use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Begun;
use crate::common::progress::Progress;
use crate::common::{material, output, report};

/// What the beginning of a file says that it is.
pub enum Contents<'a> {
    /// A small file, or one that is no PEM: the whole of it.
    Whole(Zeroizing<Vec<u8>>),
    /// A long one of PEM, to be read from here on.
    Bundle(Box<dyn BufRead + 'a>),
}

/// Reads a file, or as much of it as tells that it is a bundle.
///
/// # Errors
/// Exit 61 where it is not there, exit 41 where it is no bundle and longer than any file of certificates.
pub fn read(path: &Path) -> Result<Contents<'static>> {
    let mut input = Begun::open(path)?;
    let begin = input.begin(SMALL)?;
    if (begin.len() as u64) < SMALL || !pem::looks_like_pem(begin) {
        return Ok(Contents::Whole(input.whole()?));
    }
    let (reader, length) = input.stream();
    Ok(Contents::Bundle(Box::new(Progress::new(BufReader::with_capacity(BUFFER, reader), length))))
}

/// Takes every certificate of a bundle, or none where one cannot be read.
///
/// # Errors
/// Exit 41 for what is no certificate, with its number; where the store fails.
pub fn import(
    global: &Global,
    directory: &Directory,
    reader: Box<dyn BufRead + '_>,
    (name, place): (&str, &Place),
) -> Result {
    let (mut new, mut known) = (0_u64, 0_u64);
    let mut blocks = PemBlocks::new(reader).zip(1_u64..);
    let mut waiting: Vec<Certificate> = Vec::new();
    let mut certificates = std::iter::from_fn(|| {
        loop {
            if let Some(certificate) = waiting.pop() {
                return Some(Ok(certificate));
            }
            let (block, number) = blocks.next()?;
            let found = block.map_err(|error| unreadable(name, number, error)).and_then(|block| {
                let name = format!("{name}, block {number}");
                material::block_certificates(&name, &block)
            });
            match found {
                Ok(found) => waiting = found,
                Err(failure) => return Some(Err(failure)),
            }
        }
    });
    let mut count = |_: &Certificate, is_new: bool| if is_new { new += 1 } else { known += 1 };
    directory.import_all(&mut certificates, Origin::File, place, global.now(), &mut count)?;
    if new + known == 0 {
        return Err(Failure::new(Exit::Damaged, format!("{name}: no certificate in it")));
    }
    global.say(format!("{new} new certificates, {known} known ones"));
    if global.json { output::text(global, &report::json(json!({ "new": new, "known": known }))) } else { Ok(()) }
}

fn unreadable(name: &str, number: u64, error: PemError) -> Failure {
    match error {
        PemError::Io(error) => Failure::new(Exit::InputMissing, format!("{name}: {error}")),
        PemError::Wire(error) => Failure::new(Exit::Damaged, format!("{name}, block {number}: {error}")),
    }
}

/// Octets up to which a file is taken in whole, and told certificate by certificate.
const SMALL: u64 = 256 << 10;
const BUFFER: usize = 128 << 10;
