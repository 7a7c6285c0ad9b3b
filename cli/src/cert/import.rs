//! `sealpost cert import`.

use std::path::PathBuf;

use clap::Args;
use directory::{Directory, Origin, Place, Source};
use serde_json::json;
use smime::Desk;
use wire::{Certificate, pem};

use super::bundle::{self, Contents};
use super::select;
use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::{material, output, policy, report, store};
use crate::open::failure;

/// Take certificates from a file: PEM, DER, certs-only (.p7c), or a mail that somebody signed
///
/// They are candidates: none is trusted by this, whatever the mail's verdict. `sealpost cert trust` does that. Of a long
/// bundle of PEM (over 256 KiB, whatever its length) only the numbers are told, and all of it is taken or nothing.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Import {
    /// The file
    file: Option<PathBuf>,
}

impl Import {
    /// Adds what the file has.
    pub fn run(self, global: &Global) -> Result {
        let path = self.file.unwrap_or_else(|| "-".into());
        let name = path.display().to_string();
        let contents = bundle::read(&path)?;
        let directory = store::open(global)?;
        let place = Place { source: Source::File, detail: name.clone() };
        let bytes = match contents {
            Contents::Whole(bytes) => bytes,
            Contents::Bundle(reader) => return bundle::import(global, &directory, reader, (&name, &place)),
        };
        let no_password = || Err(Failure::usage(format!("{name} has private keys; `sealpost id import` takes them")));
        let (found, origin) = match material::certificates(&name, &bytes, &no_password) {
            Err(failure) if failure.exit() == Exit::Damaged && is_mail(&bytes) => {
                (of_mail(global, &directory, &name, &bytes)?, Origin::Mail)
            }
            other => (other?, Origin::File),
        };
        let mut told = Vec::new();
        let mut each = |certificate: &Certificate, new: bool| told.push((directory::fingerprint(certificate), new));
        let mut all = found.iter().cloned().map(Ok::<_, Failure>);
        directory.import_all(&mut all, origin, &place, global.now(), &mut each)?;
        let mut infos = Vec::new();
        for ((fingerprint, new), certificate) in told.iter().zip(&found) {
            let what = if *new { "new" } else { "known" };
            global.say(format!("{what}: {} {}", certificate::print(certificate), certificate::whose(certificate)));
            let mut info = select::json(&directory.certificate(fingerprint)?);
            info["new"] = json!(new);
            infos.push(info);
        }
        if global.json {
            return output::text(global, &report::json(json!({ "certificates": infos })));
        }
        Ok(())
    }
}

/// Whether it begins as a mail does, and not as PEM or DER do.
fn is_mail(bytes: &[u8]) -> bool {
    !pem::looks_like_pem(bytes) && bytes.first().is_some_and(u8::is_ascii_graphic) && bytes.first() != Some(&b'0')
}

fn of_mail(global: &Global, directory: &Directory, name: &str, bytes: &[u8]) -> Result<Vec<Certificate>> {
    let policy = policy::load(global)?;
    let opened = Desk::new(&policy, directory).at(global.now()).open(&bytes).map_err(failure::opening)?;
    let found = opened.certificates();
    if found.is_empty() {
        return Err(Failure::new(Exit::Damaged, format!("{name}: neither certificate nor signed mail")));
    }
    Ok(found)
}

const HELP: &str = "\
Examples:
  sealpost cert import carol.crt
  sealpost cert import signed.eml --json

Exit status:
  0 done, 2 usage, 29 the mail cannot be decrypted, 41 no certificate in the file, 61 the file is not there";
