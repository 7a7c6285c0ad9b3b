//! `sealpost id import`.

use std::path::PathBuf;

use clap::Args;
use crypto::PrivateKey as _;
use crypto::{Secret, SoftKey};
use directory::{Answered, Directory, NewIdentity, NewKey, Role};
use serde_json::json;
use trust::Address;
use wire::{Certificate, Pkcs11Uri};

use super::usage::{Usage, usage};
use super::{in_token, select};
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::material::{self, Material};
use crate::common::secret::{SecretSource, read_or_ask};
use crate::common::{input, output, report, store, token};

/// Take identities from a file: PKCS#12, or PEM with keys and certificates
///
/// A file without a key is what an authority sent for `sealpost id request`, PKCS#7 too: it completes the identity
/// whose key waits here, or renews the certificate of a key that is in use.
/// A backup made by `sealpost id export --all` restores the whole store, into an empty one.
/// Certificates without a key in the file are kept as what leads to an issuer; nothing is trusted by this. With --token the
/// keys stay where they are, and the store remembers where that is; their certificates are in the token or in the file.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Import {
    /// The file
    file: Option<PathBuf>,

    /// Keys in a token, by a PKCS #11 URI such as pkcs11:token=Alice
    #[arg(long, value_name = "URI", value_parser = token::parse)]
    token: Option<Pkcs11Uri>,

    /// Where the file's password comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    key_password_file: Option<SecretSource>,

    /// Keep the keys of the store under no passphrase, if this brings its first key
    #[arg(long)]
    no_passphrase: bool,
}

impl Import {
    /// Adds what the file has.
    pub fn run(self, global: &Global) -> Result {
        if let Some(uri) = &self.token {
            return self.token(uri, global);
        }
        let path = self.file.clone().unwrap_or_else(|| "-".into());
        let name = path.display().to_string();
        let bytes = input::small(&path)?;
        if directory::is_backup(&bytes) {
            return self.restore(global, &name, &bytes);
        }
        let password = || read_or_ask(self.key_password_file.as_ref(), &format!("Password of {name}"), OPTION);
        let found = material::read(&name, &bytes, &password)?;
        if found.keys.is_empty() {
            return answer(global, &name, &found.certificates);
        }
        let found = identities(&name, found)?;
        let directory = store::open_to_add(global, self.no_passphrase)?;
        let mut imported = Vec::new();
        for new in &found {
            let id = directory.add_identity(new, global.now())?;
            imported.push(directory.identity(id)?);
            global.say(format!("{} is imported.", new.address));
        }
        if global.json {
            let identities: Vec<_> = imported.iter().map(select::json).collect();
            return output::text(global, &report::json(json!({ "identities": identities })));
        }
        Ok(())
    }
}

impl Import {
    /// Adds what is in a token.
    fn token(&self, uri: &Pkcs11Uri, global: &Global) -> Result {
        let given = match &self.file {
            Some(path) => {
                let name = path.display().to_string();
                let password = || read_or_ask(self.key_password_file.as_ref(), &format!("Password of {name}"), OPTION);
                material::certificates(&name, &input::small(path)?, &password)?
            }
            None => Vec::new(),
        };
        let imported = in_token::import(uri, given, global)?;
        for identity in &imported {
            global.say(format!("{} is known; its keys stay in the token.", identity.address));
        }
        if global.json {
            let identities: Vec<_> = imported.iter().map(select::json).collect();
            return output::text(global, &report::json(json!({ "identities": identities })));
        }
        Ok(())
    }

    /// Puts a whole store back from a backup.
    fn restore(&self, global: &Global, name: &str, bytes: &[u8]) -> Result {
        let folder = global.store_folder().ok_or_else(|| Failure::usage("there is no folder to restore into"))?;
        let password = read_or_ask(self.key_password_file.as_ref(), &format!("Password of {name}"), OPTION)?;
        let restored = Directory::restore(&folder, bytes, &password)?;
        let identities = restored.identities()?;
        global.say(format!("{} identities are restored.", identities.len()));
        if global.json {
            let identities: Vec<_> = identities.iter().map(select::json).collect();
            return output::text(global, &report::json(json!({ "identities": identities })));
        }
        Ok(())
    }
}

/// Takes what an authority sent.
fn answer(global: &Global, name: &str, certificates: &[Certificate]) -> Result {
    let directory = store::open(global)?;
    let answered = match directory.answer(certificates, global.now()) {
        Err(error @ directory::Error::NoWaitingKey(_)) => {
            let why = format!("{name}: no private key in it, and {error}");
            return Err(Failure::new(Exit::Damaged, why).hint_if(error.hint()));
        }
        other => other.map_err(|error| Failure::from(error).of(name))?,
    };
    let (mut identities, mut requests) = (Vec::new(), Vec::new());
    for one in &answered {
        let (id, word) = match one {
            Answered::Complete { identity, .. } => (*identity, "is complete"),
            Answered::Renewed { identity, .. } => (*identity, "has a newer certificate"),
            Answered::Known(identity) => (*identity, "has this certificate already, or a newer one"),
            Answered::Awaited(info) => {
                let missing = info.keys.iter().find(|key| key.certificate.is_none());
                let what = if missing.is_some_and(|key| key.role == Role::Sign) { "signs" } else { "decrypts" };
                let address = &info.address;
                global.say(format!("{address}: kept; the certificate of the key that {what} has yet to come."));
                requests.push(select::request_json(info));
                continue;
            }
        };
        let info = directory.identity(id)?;
        global.say(format!("{} {word}.", info.address));
        identities.push(select::json(&info));
    }
    match global.json {
        true => output::text(global, &report::json(json!({ "identities": identities, "requests": requests }))),
        false => Ok(()),
    }
}

/// A key with its certificate, and what the certificate lets it do.
struct Pair {
    address: Address,
    pkcs8: Secret,
    certificate: Certificate,
    signs: bool,
    encrypts: bool,
}

/// Sorts keys and certificates into identities: at most one key of each role for an address.
fn identities(name: &str, found: Material) -> Result<Vec<NewIdentity>> {
    let unusable = |why: String| Failure::new(Exit::Damaged, format!("{name}: {why}"));
    let mut pairs = Vec::new();
    for pkcs8 in found.keys {
        pairs.push(pair(pkcs8, &found.certificates).map_err(unusable)?);
    }
    let own: Vec<Certificate> = pairs.iter().map(|pair| pair.certificate.clone()).collect();
    let chain: Vec<Certificate> = found.certificates.into_iter().filter(|c| !own.contains(c)).collect();
    let mut made: Vec<NewIdentity> = Vec::new();
    for pair in pairs {
        add(&mut made, pair, &chain);
    }
    Ok(made)
}

fn pair(pkcs8: Secret, certificates: &[Certificate]) -> std::result::Result<Pair, String> {
    let key = SoftKey::from_pkcs8(pkcs8.as_bytes()).map_err(|e| e.to_string())?;
    let spki = key.public().spki();
    let certificate = certificates.iter().find(|c| c.public_key().der() == spki).cloned();
    let certificate = certificate.ok_or("a private key in it has no certificate")?;
    let address = trust::certificate_addresses(&certificate).into_iter().next();
    let address = address.ok_or("the certificate of a private key in it names no mail address")?;
    let Usage { signs, encrypts } = usage(&certificate);
    Ok(Pair { address, pkcs8, certificate, signs, encrypts })
}

fn add(made: &mut Vec<NewIdentity>, pair: Pair, chain: &[Certificate]) {
    let Pair { address, pkcs8, certificate, signs, encrypts } = pair;
    let key = NewKey { pkcs8, certificate };
    let open = |new: &&mut NewIdentity| {
        let slot_is_free = if signs { new.sign.is_none() } else { new.encrypt.is_none() };
        new.address.same_mailbox(&address) && slot_is_free && !(signs && encrypts)
    };
    let identity = match made.iter_mut().find(open) {
        Some(identity) => identity,
        None => {
            let (sign, encrypt) = (None, None);
            made.push(NewIdentity { address, display: None, sign, encrypt, chain: chain.to_vec() });
            let last = made.len() - 1;
            &mut made[last]
        }
    };
    // A key that does both stands alone as the one that signs: the store then lets it decrypt too.
    if signs { identity.sign = Some(key) } else { identity.encrypt = Some(key) }
}

const OPTION: &str = "--key-password-file";

const HELP: &str = "\
Examples:
  sealpost id import carol.p12 --key-password-file @ENV:FILE_PASSWORD
  sealpost id import carol.pem --key-password-file @ENV:FILE_PASSWORD --json
  sealpost id import answer.pem

Exit status:
  0 done, 1 the certificate is not what was asked for, 2 usage, 13 a protection that is not supported, 41 no such file,
  or certificates that no key here waits for, 61 the file is not there,
  67 the password does not open it, the store is locked, or the token does not take the PIN";
