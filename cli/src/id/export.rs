//! `sealpost id export`.

use std::io::Write;

use clap::{Args, ValueEnum};
use crypto::password::{self, Pkcs12Certificate, Pkcs12Contents, Pkcs12Key};
use crypto::{Secret, SystemRandom};
use directory::ExportedIdentity;
use wire::{Certificate, PrivateKeyInfo};
use zeroize::Zeroizing;

use super::select;
use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::material::pem;
use crate::common::output::{Kind, Output};
use crate::common::secret::{SecretSource, read_or_choose};
use crate::common::store;

/// Write an identity to a file, to move it to another program or to hand its certificates on
///
/// The file has the private keys, under a password. With --public it has the certificates only, as PEM, for those who
/// are to write to you and to believe you.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Export {
    /// An address, a number, or the first 8 or more digits of a fingerprint
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    identity: Option<String>,

    /// Everything: a backup of the whole store, which `sealpost id import` restores
    #[arg(long, conflicts_with_all = ["format", "public"])]
    all: bool,

    /// The form of the file
    #[arg(long, value_enum, default_value_t = Format::P12, conflicts_with = "public")]
    format: Format,

    /// Certificates only
    #[arg(long)]
    public: bool,

    /// Where the new file's password comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE", conflicts_with = "public")]
    key_password_file: Option<SecretSource>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// PKCS#12
    P12,
    /// PEM: encrypted PKCS#8 keys and certificates
    Pem,
}

impl Export {
    /// Writes the file.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let Some(identity) = &self.identity else {
            let chosen = read_or_choose(self.key_password_file.as_ref(), "New password of the backup", OPTION)?;
            let mut out = Output::open(global, Kind::Binary)?;
            out.write_all(&directory.backup(&chosen)?)?;
            return out.commit();
        };
        let info = select::one(&directory, identity)?;
        let bytes = if self.public {
            let certificates = info.keys.iter().map(|key| &key.certificate).chain(&info.chain);
            Zeroizing::new(certificates.map(certificate::pem).collect::<String>().into_bytes())
        } else {
            let exported = directory.export(info.id)?;
            let chosen = read_or_choose(self.key_password_file.as_ref(), "New password of the file", OPTION)?;
            match self.format {
                Format::P12 => p12(&exported, &chosen)?,
                Format::Pem => pem_file(&exported, &chosen)?,
            }
        };
        let kind = if !self.public && self.format == Format::P12 { Kind::Binary } else { Kind::Text };
        let mut out = Output::open(global, kind)?;
        out.write_all(&bytes)?;
        out.commit()
    }
}

fn p12(exported: &ExportedIdentity, chosen: &Secret) -> Result<Zeroizing<Vec<u8>>> {
    let name = exported.info.address.clone();
    let keys = present(exported)?.into_iter().map(|(certificate, pkcs8)| {
        let info = PrivateKeyInfo::from_der(pkcs8.as_bytes()).map_err(Failure::other)?;
        Ok(Pkcs12Key { info, local_key_id: Some(id_of(certificate)), friendly_name: Some(name.clone()) })
    });
    let keys = keys.collect::<Result<Vec<_>>>()?;
    let own = exported.info.keys.iter().map(|key| (&key.certificate, Some(id_of(&key.certificate))));
    let others = exported.info.chain.iter().map(|certificate| (certificate, None));
    let certificates = own.chain(others).map(|(certificate, local_key_id)| Pkcs12Certificate {
        der: certificate.der().to_vec(),
        friendly_name: local_key_id.is_some().then(|| name.clone()),
        local_key_id,
    });
    let contents = Pkcs12Contents { keys, certificates: certificates.collect() };
    password::write_pkcs12(&contents, chosen.as_bytes(), &mut SystemRandom).map_err(Failure::other)
}

fn pem_file(exported: &ExportedIdentity, chosen: &Secret) -> Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    for (certificate, pkcs8) in present(exported)? {
        let iterations = password::DEFAULT_ITERATIONS;
        let key = password::encrypt_pkcs8(pkcs8.as_bytes(), chosen.as_bytes(), iterations, &mut SystemRandom);
        text.extend_from_slice(pem("ENCRYPTED PRIVATE KEY", &key.map_err(Failure::other)?.to_der()).as_bytes());
        text.extend_from_slice(certificate::pem(certificate).as_bytes());
    }
    exported.info.chain.iter().for_each(|c| text.extend_from_slice(certificate::pem(c).as_bytes()));
    Ok(text)
}

/// The keys that are still there, with their certificates.
fn present(exported: &ExportedIdentity) -> Result<Vec<(&Certificate, &Secret)>> {
    let pairs = exported.info.keys.iter().zip(&exported.pkcs8);
    let found: Vec<_> = pairs.filter_map(|(key, pkcs8)| Some((&key.certificate, pkcs8.as_ref()?))).collect();
    if found.is_empty() {
        return Err(Failure::new(Exit::Other, format!("the keys of {} were destroyed", exported.info.address))
            .hint("--public exports the certificates"));
    }
    Ok(found)
}

/// What pairs a key with its certificate in a file.
fn id_of(certificate: &Certificate) -> Vec<u8> {
    crypto::fingerprint(certificate.der())[..20].to_vec()
}

const OPTION: &str = "--key-password-file";

const HELP: &str = "\
Examples:
  sealpost id export alice@example.org --key-password-file @ENV:FILE_PASSWORD -o alice.p12 --force
  sealpost id export alice@example.org --format pem --key-password-file @ENV:FILE_PASSWORD -o alice.pem --force
  sealpost id export alice@example.org --public

Exit status:
  0 done, 1 there is no such identity, 2 usage, 59 the output file exists, 67 the store is locked";
