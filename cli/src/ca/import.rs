//! `sealpost ca import`.

use std::path::PathBuf;

use clap::Args;
use crypto::{PrivateKey, SoftKey};

use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::secret::{SecretSource, read_or_ask};
use crate::common::{input, material, store};

/// Bring the key of an authority back that `ca export --key` took out
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Import {
    /// The file, PKCS#12 or PEM
    file: PathBuf,

    /// Where the file's password comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    key_password_file: Option<SecretSource>,
}

impl Import {
    /// Puts each key to its authority.
    pub fn run(self, global: &Global) -> Result {
        global.no_json()?;
        let name = self.file.display().to_string();
        let bytes = input::small(&self.file)?;
        let password = || read_or_ask(self.key_password_file.as_ref(), &format!("Password of {name}"), OPTION);
        let found = material::read(&name, &bytes, &password)?;
        let directory = store::open(global)?;
        let authorities = directory.authorities()?;
        let mut back = 0;
        for pkcs8 in &found.keys {
            let key = SoftKey::from_pkcs8(pkcs8.as_bytes()).map_err(|e| Failure::other(e).of(&name))?;
            let spki = key.public().spki();
            for authority in authorities.iter().filter(|a| a.certificate.public_key().der() == spki) {
                directory.restore_authority_key(&authority.name, pkcs8, global.now())?;
                global.say(format!("The key of {:?} is here.", authority.name));
                back += 1;
            }
        }
        match back {
            0 => Err(Failure::other(format!("{name}: no key of an authority in this store")).hint(
                "`sealpost ca list` needs the store with its journal, and so does the key: open that with --store",
            )),
            _ => Ok(()),
        }
    }
}

const OPTION: &str = "--key-password-file";

const HELP: &str = "\
Examples:
  sealpost ca export --key --key-password-file @ENV:FILE_PASSWORD -o our-key.p12
  sealpost ca import our-key.p12 --key-password-file @ENV:FILE_PASSWORD

Exit status:
  0 done, 1 no key of an authority in it, 2 usage, 41 no such file, 61 the file is not there, 67 the password does not
  open it, or the store is locked";
