//! `sealpost cms decompress`.

use std::path::PathBuf;

use clap::Args;
use crypto::SystemRandom;
use smime::stateless;

use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::open::failure;

/// Decompress a file; the content goes to standard output once it is found whole
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Decompress {
    /// How many octets may come out, however few go in [default: 268435456, and no more than a
    /// hundred times what goes in and 1 MiB]
    #[arg(long, value_name = "BYTES")]
    max_size: Option<u64>,

    /// The compressed message: S/MIME, PEM, DER or BER
    file: Option<PathBuf>,
}

impl Decompress {
    /// Decompresses.
    pub fn run(self, global: &Global) -> Result {
        let input = Input::open(self.file.as_deref())?;
        let found = stateless::decompress(&input, self.max_size, &mut SystemRandom).map_err(failure::opening)?;
        global.detail(format!("{} octets from {}", found.facts().length, found.facts().compressed));
        let mut out = Output::open(global, Kind::Foreign)?;
        output::pour(&mut found.content().map_err(failure::opening)?, &mut out).map_err(failure::reading)?;
        out.commit()
    }
}

const HELP: &str = "\
Examples:
  sealpost cms decompress compressed.eml -o content.txt
  sealpost cms decompress --max-size 4294967296 compressed.eml -o content.txt

Without --max-size, a message that swells beyond its bounds is taken for one that was made to fill a disk.

Exit status:
  0 done, 2 usage, 13 algorithm not supported, 41 not a compressed message, damaged or too large,
  59 the output file exists, 61 a file is missing";
