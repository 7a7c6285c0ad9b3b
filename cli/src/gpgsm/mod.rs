//! `sealpost-gpgsm`: signs, verifies and decrypts in the place of gpgsm, with its options, status lines and exit codes.

mod decrypt;
mod select;
mod sign;
mod status;
mod verify;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::secret::SecretSource;
use crate::common::signals;
use status::Status;

/// The program's other name.
pub const NAME: &str = "sealpost-gpgsm";

/// The definition of this command line.
pub fn command() -> clap::Command {
    Gpgsm::command()
}

/// Whether the program was called by its other name.
pub fn is_called(name: Option<&OsString>) -> bool {
    name.and_then(|name| Path::new(name).file_stem()).is_some_and(|stem| stem == NAME)
}

/// Runs it. What it returns is the process's exit code, as gpgsm's: 0, 1 for a signature that is bad, 2 for whatever
/// else went wrong.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let program = command().try_get_matches_from(arguments).and_then(|found| Gpgsm::from_arg_matches(&found));
    let program = match program {
        Ok(program) => program,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(FAILED));
        }
    };
    signals::watch();
    match program.dispatch() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(BAD),
        Err(failure) => {
            failure.tell();
            ExitCode::from(FAILED)
        }
    }
}

/// Sign, verify and decrypt as gpgsm does, with the keys and by the judgement of sealpost
///
/// For programs that call gpgsm, such as git: `git config gpg.format x509` and `git config gpg.x509.program
/// sealpost-gpgsm`. Options of gpgsm that change nothing here are taken and passed over.
#[derive(Parser)]
#[command(name = NAME, version, after_help = HELP, max_term_width = 100)]
struct Gpgsm {
    /// Sign
    #[arg(short = 's', long, conflicts_with = "verify")]
    sign: bool,

    /// Leave the content outside of the signature, which is the one form that is made here
    #[arg(short = 'b', long, conflicts_with = "verify")]
    detach_sign: bool,

    /// Verify: SIGNATURE, and behind it the content where that is outside; - is standard input
    #[arg(long)]
    verify: bool,

    /// Decrypt with the keys of the store; the content goes to standard output once it is proven
    #[arg(short = 'd', long, conflicts_with_all = ["sign", "detach_sign", "verify"])]
    decrypt: bool,

    /// Write PEM
    #[arg(short = 'a', long)]
    armor: bool,

    /// Who signs: an address, a fingerprint (SHA-1 or SHA-256), or part of the certificate's subject
    #[arg(short = 'u', long, visible_alias = "default-key", value_name = "KEY")]
    local_user: Option<String>,

    /// Tell what happens in lines for programs, on this file descriptor
    #[arg(long, value_name = "N")]
    status_fd: Option<u32>,

    /// Write to this file instead of standard output; with --verify the content of a signature that has it within
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The folder of the store
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,

    /// Where the store's passphrase comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    store_password_file: Option<SecretSource>,

    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,

    /// Replace the output file if it exists
    #[arg(long)]
    yes: bool,

    /// Ask nobody
    #[arg(long, hide = true)]
    batch: bool,

    /// Ask nobody
    #[arg(long, hide = true)]
    no_tty: bool,

    /// How keys would be named
    #[arg(long, hide = true, value_name = "FORMAT")]
    keyid_format: Option<String>,

    /// The content to sign; or the signature and its content
    files: Vec<PathBuf>,
}

impl Gpgsm {
    /// Whether all was well; `Ok(false)` for a signature that is bad.
    fn dispatch(self) -> Result<bool> {
        let mut status = Status::open(self.status_fd)?;
        let global = self.global();
        let (what, ran) = match (self.verify, self.decrypt, self.sign || self.detach_sign) {
            (true, ..) => ("verify", verify::run(&self.files, &global, &mut status)),
            (_, true, _) => ("decrypt", self.decrypt(&global, &mut status).map(|()| true)),
            (.., true) => ("sign", self.sign(&global, &mut status).map(|()| true)),
            _ => {
                let failure = Failure::usage("neither --verify nor --detach-sign nor --decrypt");
                ("option", Err(failure.hint("`sealpost cms` has verbs for everything else that gpgsm does")))
            }
        };
        if ran.is_err() {
            // gpgsm's general failure; the words are on standard error.
            status.line("FAILURE", &format!("{what} 1"))?;
        }
        ran
    }

    fn sign(&self, global: &Global, status: &mut Status) -> Result {
        if !self.detach_sign {
            return Err(Failure::usage("the content is always left outside of a signature here: add --detach-sign")
                .hint("`sealpost cms sign` makes signatures with their content"));
        }
        sign::run(self.file()?, self.local_user.as_deref(), self.armor, global, status)
    }

    fn decrypt(&self, global: &Global, status: &mut Status) -> Result {
        decrypt::run(self.file()?, global, status)
    }

    fn file(&self) -> Result<Option<&Path>> {
        match self.files.as_slice() {
            [] => Ok(None),
            [file] => Ok(Some(file.as_path())),
            _ => Err(Failure::usage("one file at a time")),
        }
    }

    fn global(&self) -> Global {
        Global {
            store: self.store.clone(),
            store_password_file: self.store_password_file.clone(),
            pin_file: None,
            output: self.output.clone(),
            force: self.yes && self.output.is_some(),
            json: false,
            at: None,
            quiet: self.quiet,
            verbose: false,
        }
    }
}

/// A signature is bad.
const BAD: u8 = 1;
/// Something else went wrong.
const FAILED: u8 = 2;

const HELP: &str = "\
Examples:
  sealpost-gpgsm --detach-sign --armor --local-user alice@example.org report.pdf -o report.pem
  sealpost-gpgsm --verify report.pem report.pdf
  sealpost-gpgsm --status-fd=2 -bsau alice@example.org report.pdf -o report.pem

Exit status:
  0 done, 1 a signature is bad, 2 anything else: it is not to be believed, a key is locked, a file is missing";
