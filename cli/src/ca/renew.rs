//! `sealpost ca renew`.

use std::path::PathBuf;

use ::ca::{CertificateProfile, Event, Issued};
use clap::Args;
use crypto::{KeySpec, PrivateKey, SystemRandom};
use serde_json::json;
use trust::Address;
use wire::crl::Reason;

use super::made::{self, Files, Made, make_folder, refuse_existing};
use super::shared::{Opened, Selector, ready};
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::secret::{SecretSource, read_or_choose};
use crate::common::{output, report, store};
use crate::id::KeyKinds;

/// Renew certificates: issue them again, for the same address, key and use
///
/// The old certificate stays valid until it ends, and is listed as superseded; --revoke ends it now. The files are those of
/// `ca issue`; without --key there is none with a key, for its owner has it.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Renew {
    /// A serial number in hexadecimal, of which 8 or more digits will do, or an address: its certificate for each use
    certificate: String,

    /// Make a new key of this kind instead, as for `ca issue`
    #[arg(long, value_name = "KIND")]
    key: Option<KeyKinds>,

    /// How many days the certificates are valid [default: as many as before]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=825))]
    days: Option<u16>,

    /// Revoke the old certificates: their reason is superseded
    #[arg(long)]
    revoke: bool,

    /// Write keys and certificates as PKCS#12 instead: ADDRESS.p12
    #[arg(long, requires = "key", conflicts_with = "no_passphrase")]
    p12: bool,

    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,

    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,

    /// Write new keys as they are, under no password
    #[arg(long)]
    no_passphrase: bool,

    /// Where the password of the new keys' files comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE", conflicts_with = "no_passphrase")]
    key_password_file: Option<SecretSource>,
}

impl Renew {
    /// Issues, writes the journal, then the files.
    pub fn run(self, global: &Global) -> Result {
        let mut opened = Opened::to_issue(&store::open(global)?, global, self.issuer.as_deref())?;
        let (address, old) = current(&self.certificate, &opened)?;
        refuse_existing(&self.out_dir, &address)?;
        let password = match self.key.is_none() || self.no_passphrase {
            true => None,
            false => Some(read_or_choose(self.key_password_file.as_ref(), "New password of the keys", OPTION)?),
        };
        let (mut made, mut events) = (Vec::new(), Vec::new());
        for issued in &old {
            let one = self.again(&opened, &address, issued, global)?;
            let serial = issued.certificate.serial().to_vec();
            events.push(Event::Issued(one.certificate.clone()));
            events.push(Event::Superseded { old: serial.clone(), new: one.certificate.serial().to_vec() });
            if self.revoke {
                events.push(Event::Revoked { serial, at: global.now(), reason: Reason::Superseded });
            }
            made.push(one);
        }
        make_folder(&self.out_dir)?;
        opened.journal.append(&events)?;
        let (folder, password, chain) = (&self.out_dir, password.as_ref(), &opened.chain()[..]);
        Files { folder, password, p12: self.p12, chain }.write(&address, &made)?;
        for (old, new) in old.iter().zip(&made) {
            let [old, new] = [&old.certificate, &new.certificate].map(|c| wire::hex(c.serial()));
            let fate = if self.revoke { "is revoked" } else { "stays valid until it ends" };
            global.say(format!("{address}: {new} is issued; {old} {fate}."));
        }
        if global.json {
            let one = |(new, old): (&Made, &Issued)| {
                let mut value = certificate::json(&new.certificate);
                value["replaces"] = json!(wire::hex(old.certificate.serial()));
                value
            };
            let all: Vec<_> = made.iter().zip(&old).map(one).collect();
            return output::text(global, &report::json(json!({ "authority": opened.stored.name, "issued": all })));
        }
        Ok(())
    }

    fn again(&self, opened: &Opened, address: &Address, old: &Issued, global: &Global) -> Result<Made> {
        let (begin, end) = (old.certificate.not_before(), old.certificate.not_after());
        let seconds = self.days.map_or(end.0 - begin.0 + 1, |days| i64::from(days) * 86_400);
        let validity = opened.validity(global, seconds);
        let ends = opened.stored.certificate.not_after();
        if self.key.is_none() && validity.1 == ends && ends <= end {
            let why =
                format!("{address}: nothing would be won, for the authority itself ends on {}", certificate::day(ends));
            return Err(Failure::other(why).hint("make another authority with `sealpost ca init`, and issue from that"));
        }
        let profile = ::ca::profile(&old.certificate);
        let key = self.key.map(|kinds| made::generate(kind(kinds, profile)?)).transpose()?;
        let certificate = ready(&opened.stored)?
            .strict(opened.service(address.domain())?)
            .renew(&old.certificate, key.as_ref().map(|(key, _)| key.public()), validity, &mut SystemRandom)
            .map_err(|e| Failure::usage(e).of(address))?;
        Ok(Made { profile, pkcs8: key.map(|(_, pkcs8)| pkcs8), certificate })
    }
}

/// The certificates that are renewed, with the one address that they name: at most one for each use.
fn current(selector: &str, opened: &Opened) -> Result<(Address, Vec<Issued>)> {
    let found = Selector::new(selector).find(opened.journal.journal())?;
    let last = found.last().cloned();
    let current: Vec<Issued> = found.into_iter().filter(Issued::is_current).collect();
    let uses: Vec<_> = current.iter().map(|i| ::ca::profile(&i.certificate)).collect();
    if let Some(twice) = (1..uses.len()).find(|at| uses[..*at].contains(&uses[*at])) {
        let serial = wire::hex(current[twice].certificate.serial());
        return Err(Failure::usage(format!("{selector} has several certificates for one use, {serial} among them"))
            .hint("name one by its serial number, which `sealpost ca list` shows"));
    }
    let address = current.first().and_then(|i| trust::certificate_addresses(&i.certificate).into_iter().next());
    match (address, last) {
        (Some(address), _) => Ok((address, current)),
        (None, Some(Issued { revoked: Some(_), .. })) => Err(Failure::other(format!(
            "{selector}: what was issued is revoked, and nothing that is revoked is renewed"
        ))
        .hint("`sealpost ca issue` makes a new key with a new certificate")),
        (None, Some(Issued { superseded: Some(by), .. })) => {
            Err(Failure::other(format!("{selector} was renewed already, by {}", wire::hex(&by)))
                .hint("name that one, or the address"))
        }
        (None, _) => Err(Failure::other(format!("{selector} is the certificate of no address"))),
    }
}

fn kind(kinds: KeyKinds, profile: CertificateProfile) -> Result<KeySpec> {
    match profile {
        CertificateProfile::MailSign => Ok(kinds.sign),
        CertificateProfile::MailEncrypt => Ok(kinds.encrypt),
        _ if kinds.sign == kinds.encrypt => Ok(kinds.sign),
        _ => Err(Failure::usage("the certificate is for signing and encryption, for which one key has to do both")
            .hint("name one kind with --key; `sealpost ca issue --dual` makes two keys")),
    }
}

const OPTION: &str = "--key-password-file";

const HELP: &str = "\
Examples:
  sealpost ca renew dave@example.org --out-dir renewed
  sealpost ca renew dave@example.org --key p384 --revoke --no-passphrase --out-dir new-key

Exit status:
  0 done, 1 there is no such authority or certificate, or it was revoked or renewed already, 2 usage, 59 an output file
  exists, 67 a password is missing or the store is locked";
