//! `sealpost cms decrypt`.

use std::path::PathBuf;

use ::cms::{KeyList, Permit};
use clap::Args;
use crypto::SystemRandom;
use smime::stateless::{self, DecryptedFacts};

use super::key;
use super::shared::Shared;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::common::policy;
use crate::common::secret::SecretSource;
use crate::open::failure;

/// Decrypt a file; the content goes to standard output once it is proven
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Decrypt {
    /// A private key
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,

    /// The certificates of the keys, which tell for whom the message is
    #[arg(long, value_name = "FILE")]
    cert: Vec<PathBuf>,

    /// A PKCS#12 file with keys and certificates
    #[arg(long, value_name = "FILE")]
    p12: Option<PathBuf>,

    /// Where the password of the key files comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    key_password_file: Option<SecretSource>,

    #[command(flatten)]
    shared: Shared,

    /// Open also what protects nothing: single DES, RC4, ECB, RC2 of 40 bits, GCM in EnvelopedData, and the like; always
    /// unauthenticated
    #[arg(long)]
    import_damaged: bool,

    /// The encrypted message: S/MIME, PEM, DER or BER
    file: Option<PathBuf>,
}

impl Decrypt {
    /// Decrypts.
    pub fn run(self, global: &Global) -> Result {
        if self.key.is_empty() && self.p12.is_none() && !self.shared.is_given() {
            return Err(Failure::usage("there is nothing to decrypt with").hint(
                "name a key with --key FILE or --p12 FILE, or what both sides hold with --password-file, --kek-file or \
                 --content-key-file SOURCE",
            ));
        }
        let keys = self.keys()?;
        let input = Input::open(self.file.as_deref())?;
        let policy = policy::load(global)?;
        let permit = Permit::new(&policy, global.now());
        let decrypted = match self.import_damaged {
            true => stateless::import(&input, &keys, permit, &mut SystemRandom),
            false => stateless::decrypt(&input, &keys, permit, &mut SystemRandom),
        };
        let decrypted = decrypted.map_err(failure::opening)?;
        tell(global, decrypted.facts());
        let mut out = Output::open(global, Kind::Foreign)?;
        output::pour(&mut decrypted.content().map_err(failure::opening)?, &mut out).map_err(failure::reading)?;
        out.commit()
    }

    fn keys(&self) -> Result<KeyList> {
        let password = self.key_password_file.as_ref();
        let certificates = key::certificates(&self.cert, password)?;
        let paths: Vec<PathBuf> = self.key.iter().chain(&self.p12).cloned().collect();
        Ok(key::list(&paths, certificates, password)?.with_shared(self.shared.secrets()?))
    }
}

fn tell(global: &Global, facts: &DecryptedFacts) {
    let facts = match facts {
        DecryptedFacts::Enveloped(facts) => facts,
        DecryptedFacts::Authenticated(facts) => {
            global.say("warning: it was not encrypted, and whoever is among its recipients can have written it");
            warn(global, &facts.warnings);
            global.detail(format!("hmac-{} checked with {}", facts.mac, facts.opened_with));
            return;
        }
    };
    if !facts.authenticated {
        global.say("warning: this encryption does not prove that the content is what was sent (unauthenticated)");
    }
    if facts.cipher.is_broken() {
        global.say(format!("warning: {} is a cipher that anybody can break", facts.cipher));
    }
    warn(global, &facts.warnings);
    global.detail(format!("{} opened with {}", facts.cipher, facts.opened_with));
}

fn warn(global: &Global, warnings: &[String]) {
    for warning in warnings {
        global.say(format!("warning: {warning}"));
    }
}

const HELP: &str = "\
Examples:
  sealpost cms decrypt --key bob.key --cert bob.crt sealed.eml -o letter.txt
  sealpost cms decrypt --p12 bob.p12 --key-password-file bob.pass sealed.eml -o letter.txt
  sealpost cms decrypt --password-file letter.pass locked.eml -o letter.txt

Exit status:
  0 done, 2 usage, 13 algorithm not supported, 29 cannot decrypt, 41 not an encrypted message,
  59 the output file exists, 61 a file is missing, 67 a key is locked";
