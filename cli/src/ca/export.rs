//! `sealpost ca export`.

use std::io::Write as _;

use clap::Args;
use crypto::password::{self, Pkcs12Key};
use crypto::{PrivateKey, SoftKey};
use directory::{AuthorityInfo, Directory};

use super::made::p12;
use super::shared::{above, chosen};
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::output::{Kind, Output};
use crate::common::secret::{SecretSource, read_or_choose};
use crate::common::{output, store};

/// Write the certificate of an authority's root as PEM, for those who are to trust it; or its key, to keep it elsewhere
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Export {
    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,

    /// Write its own certificate too, before that of the root
    #[arg(long)]
    chain: bool,

    /// Write its key with its certificate as PKCS#12, under a password
    #[arg(long, conflicts_with = "chain")]
    key: bool,

    /// Destroy the key here when the file was written and opens: `sealpost ca import` brings it back
    #[arg(long, requires = "key")]
    destroy: bool,

    /// Where the password of the key's file comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE", requires = "key")]
    key_password_file: Option<SecretSource>,
}

impl Export {
    /// Writes it.
    pub fn run(self, global: &Global) -> Result {
        global.no_json()?;
        let directory = store::open(global)?;
        let info = chosen(&directory, self.issuer.as_deref())?;
        let root = above(&directory, &info.certificate)?;
        if self.key {
            return self.write_key(global, &directory, &info, root);
        }
        let own = (self.chain || root.is_none()).then_some(&info.certificate);
        let all = own.into_iter().chain(root.iter().map(|root| &root.certificate));
        output::text(global, &all.map(certificate::pem).collect::<String>())
    }

    fn write_key(
        &self,
        global: &Global,
        directory: &Directory,
        info: &AuthorityInfo,
        root: Option<AuthorityInfo>,
    ) -> Result {
        let pkcs8 = directory.export_authority(&info.name)?;
        let file = global.output.as_ref().filter(|path| path.as_os_str() != "-");
        if self.destroy && file.is_none() {
            return Err(
                Failure::usage("a key is not destroyed that went to standard output").hint("name a file with -o")
            );
        }
        let mut out = Output::open(global, Kind::Binary)?;
        let secret = read_or_choose(self.key_password_file.as_ref(), "Password of the key's file", OPTION)?;
        let chain: Vec<_> = root.into_iter().map(|root| root.certificate).collect();
        let bytes = p12(&info.name, &[(&info.certificate, Some(&pkcs8))], &chain, &secret)?;
        out.write_all(&bytes)?;
        out.commit()?;
        let Some(path) = file.filter(|_| self.destroy) else { return Ok(()) };
        let written = std::fs::read(path)?;
        let spki = info.certificate.public_key().der();
        let is_it = |key: &Pkcs12Key| SoftKey::from_pkcs8(&key.info.to_der()).is_ok_and(|k| k.public().spki() == spki);
        let opens = password::open_pkcs12(&written, secret.as_bytes()).is_ok_and(|found| found.keys.iter().any(is_it));
        if !opens {
            let why = format!("{} does not have the key as it was written; it stays here too", path.display());
            return Err(Failure::other(why));
        }
        directory.destroy_authority_key(&info.name)?;
        global.say(format!("The key of {:?} is in {} and no longer here.", info.name, path.display()));
        Ok(())
    }
}

const OPTION: &str = "--key-password-file";

const HELP: &str = "\
Examples:
  sealpost ca export -o our-ca.pem --force
  sealpost ca export --key --key-password-file @ENV:FILE_PASSWORD -o our-key.p12

Exit status:
  0 done, 1 there is no such authority or its key is not here, 2 usage, 59 the output file exists, 67 a password is missing
  or the store is locked";
