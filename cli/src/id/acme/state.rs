//! What a run of `id request --acme` leaves for the next one: the account's key, and how far the order is. A run that was
//! ended anywhere is gone on with, and no challenge is answered twice.

use crypto::{Secret, SoftKey, SystemRandom};
use directory::{Directory, Role};
use serde::{Deserialize, Serialize};
use trust::Address;

use crate::common::error::{Failure, Result};
use crate::id::KeyKinds;

/// The account at one server.
#[derive(Serialize, Deserialize)]
pub struct Account {
    /// PKCS#8, base64url.
    key: String,
    /// Whether the server made it: then nothing has to be agreed to or bound any more.
    pub made: bool,
}

/// An order that is not finished: one key after the other is certified.
#[derive(Serialize, Deserialize)]
pub struct Order {
    pub keys: Vec<Part>,
}

/// One key of it.
#[derive(Serialize, Deserialize)]
pub struct Part {
    role: String,
    /// PKCS#8, base64url.
    key: String,
    /// The URL of its order, once there is one.
    pub order: Option<String>,
    /// The mails that were in the mailbox before, by their fingerprints: none of them is its challenge.
    #[serde(default)]
    pub before: Vec<String>,
    /// Its challenge was answered, or nobody knows whether the answer left.
    #[serde(default)]
    pub answered: bool,
    /// The certificates, base64url, its own first.
    pub chain: Option<Vec<String>>,
}

impl Account {
    /// The one that is kept for this server, or a new key for one.
    ///
    /// # Errors
    /// Where the store cannot be read or is locked.
    pub fn of(url: &str, directory: &Directory) -> Result<Account> {
        if let Some(kept) = read(&account_name(url), directory)? {
            return Ok(kept);
        }
        let (_, pkcs8) =
            SoftKey::generate(crypto::KeySpec::Ec(crypto::Curve::P256), &mut SystemRandom).map_err(Failure::other)?;
        Ok(Account { key: ::ca::acme::base64url::encode(&pkcs8), made: false })
    }

    /// Its key.
    ///
    /// # Errors
    /// What is kept is no key.
    pub fn key(&self) -> Result<SoftKey> {
        soft_key(&self.key)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// As [`Account::of`].
    pub fn keep(&self, url: &str, directory: &Directory) -> Result {
        write(&account_name(url), self, directory)
    }
}

impl Order {
    /// The one that was begun for this address at this server.
    ///
    /// # Errors
    /// Where the store cannot be read or is locked.
    pub fn begun(url: &str, address: &Address, directory: &Directory) -> Result<Option<Order>> {
        read(&order_name(url, address), directory)
    }

    /// A new one, with new keys: one for both uses, or one for each where the kinds differ.
    ///
    /// # Errors
    /// Exit 2 for keys that cannot sign a request.
    pub fn new(kinds: KeyKinds) -> Result<Order> {
        if !kinds.encrypt.signs() {
            let why = format!("a key of the kind {} cannot sign the request for its certificate", kinds.encrypt);
            return Err(Failure::usage(why).hint("name a kind that can, such as p256, rsa-3072 or ed25519+p256"));
        }
        let roles = match kinds.sign == kinds.encrypt {
            true => vec![(Role::Both, kinds.sign)],
            false => vec![(Role::Sign, kinds.sign), (Role::Encrypt, kinds.encrypt)],
        };
        let part = |(role, kind): (Role, crypto::KeySpec)| -> Result<Part> {
            let (_, pkcs8) = SoftKey::generate(kind, &mut SystemRandom).map_err(Failure::other)?;
            let key = ::ca::acme::base64url::encode(&pkcs8);
            Ok(Part {
                role: role.name().to_owned(),
                key,
                order: None,
                before: Vec::new(),
                answered: false,
                chain: None,
            })
        };
        Ok(Order { keys: roles.into_iter().map(part).collect::<Result<_>>()? })
    }

    /// Keeps it as far as it is.
    ///
    /// # Errors
    /// As [`Order::begun`].
    pub fn keep(&self, url: &str, address: &Address, directory: &Directory) -> Result {
        write(&order_name(url, address), self, directory)
    }

    /// Forgets it: it is done, or nothing can come of it.
    ///
    /// # Errors
    /// As [`Order::begun`].
    pub fn forget(url: &str, address: &Address, directory: &Directory) -> Result {
        directory.forget_acme(&order_name(url, address)).map(drop).map_err(Failure::from)
    }
}

impl Part {
    /// What the key is for.
    pub fn role(&self) -> Role {
        [Role::Sign, Role::Encrypt].into_iter().find(|role| role.name() == self.role).unwrap_or(Role::Both)
    }

    /// The key.
    ///
    /// # Errors
    /// What is kept is no key.
    pub fn key(&self) -> Result<SoftKey> {
        soft_key(&self.key)
    }

    /// The key as PKCS#8.
    ///
    /// # Errors
    /// What is kept is no key.
    pub fn pkcs8(&self) -> Result<Secret> {
        ::ca::acme::base64url::decode(&self.key).map(Secret::new).ok_or_else(damaged)
    }
}

fn soft_key(text: &str) -> Result<SoftKey> {
    let octets = ::ca::acme::base64url::decode(text).map(Secret::new).ok_or_else(damaged)?;
    SoftKey::from_pkcs8(octets.as_bytes()).map_err(Failure::other)
}

fn damaged() -> Failure {
    Failure::other("what the store keeps of ACME is damaged").hint("remove the folder acme in the store's folder")
}

fn account_name(url: &str) -> String {
    format!("ACME account at {url}")
}

fn order_name(url: &str, address: &Address) -> String {
    format!("ACME order for {} at {url}", address.folded())
}

fn read<T: for<'de> Deserialize<'de>>(name: &str, directory: &Directory) -> Result<Option<T>> {
    let kept = directory.kept_acme(name)?;
    kept.map(|secret| serde_json::from_slice(secret.as_bytes()).map_err(|_| damaged())).transpose()
}

fn write<T: Serialize>(name: &str, value: &T, directory: &Directory) -> Result {
    let text = serde_json::to_vec(value).map_err(Failure::other)?;
    Ok(directory.keep_acme(name, &Secret::new(text))?)
}
