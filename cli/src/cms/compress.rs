//! `sealpost cms compress`.

use std::path::PathBuf;

use clap::Args;
use smime::stateless::{self, OutputForm};

use crate::common::error::{Exit, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{Kind, Output};
use crate::open::failure;

/// Compress a file, which protects nothing: encrypt or sign the result
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Compress {
    /// The form of the result: smime, der or pem
    #[arg(long, default_value = "smime")]
    form: OutputForm,

    /// What to compress; with --form smime a MIME entity
    file: Option<PathBuf>,
}

impl Compress {
    /// Compresses.
    pub fn run(self, global: &Global) -> Result {
        let input = Input::open(self.file.as_deref())?;
        let kind = if self.form == OutputForm::Der { Kind::Binary } else { Kind::Foreign };
        let mut out = Output::open(global, kind)?;
        stateless::compress(&input, self.form, &mut out).map_err(|error| failure::writing(error, Exit::Other))?;
        out.commit()
    }
}

const HELP: &str = "\
Examples:
  sealpost cms compress letter.txt -o letter.p7z
  sealpost cms compress --form der report.pdf -o report.p7z

Exit status:
  0 done, 2 usage, 59 the output file exists, 61 a file is missing";
