//! `sealpost id request --token` and `id import --token`: identities whose keys are in a token.

use directory::{FoundKey, IdentityInfo, NewIdentity, NewTokenKey, Role};
use trust::Address;
use wire::{Certificate, Pkcs11Uri};

use super::usage::{Usage, usage};
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{store, token};

/// The one key that a URI names, and what it is to be certified for: what its token lets it do.
///
/// # Errors
/// Exit 2 where several fit, and for a key that cannot sign its request.
pub fn to_certify(uri: &Pkcs11Uri, global: &Global) -> Result<(FoundKey, Role)> {
    let key = token::one_key(uri, global)?;
    match (key.signs, key.decrypts) {
        (false, _) => Err(Failure::usage("the token does not let this key sign, not even its request")),
        (true, true) => Ok((key, Role::Both)),
        (true, false) => Ok((key, Role::Sign)),
    }
}

/// Adds the identities of the keys that a URI names; `given` are certificates beside those in the token. What is kept is where
/// the keys are: no passphrase protects it, and none is needed.
pub fn import(uri: &Pkcs11Uri, given: Vec<Certificate>, global: &Global) -> Result<Vec<IdentityInfo>> {
    let found = token::keys(uri, &given, None, global)?;
    let mut made: Vec<Made> = Vec::new();
    let mut own = Vec::new();
    let mut lone = 0;
    for key in found {
        let FoundKey { key, certificates, uri, .. } = key;
        let fits = |certificate: &&Certificate| certificate.public_key().key() == key.public().octets();
        // The newest of those in the token, unless one is given.
        let Some(certificate) = given.iter().find(fits).cloned().or_else(|| certificates.into_iter().next()) else {
            lone += 1;
            continue;
        };
        let address = trust::certificate_addresses(&certificate).into_iter().next();
        let address = address.ok_or_else(|| Failure::other("a certificate of the token names no mail address"))?;
        own.push(certificate.clone());
        add(&mut made, address, NewTokenKey { role: Role::Both, uri, certificate });
    }
    if made.is_empty() {
        return Err(Failure::other(format!("none of the {lone} keys in the token has a certificate"))
            .hint("name a file with its certificate behind the options"));
    }
    let directory = store::open(global)?;
    let chain: Vec<Certificate> = given.into_iter().filter(|certificate| !own.contains(certificate)).collect();
    let mut imported = Vec::new();
    for Made { address, mut keys } in made {
        if let [one] = keys.as_mut_slice()
            && one.role == Role::Sign
        {
            one.role = Role::Both; // as far as its kind and certificate allow
        }
        let new = NewIdentity { address, display: None, sign: None, encrypt: None, chain: chain.clone() };
        let id = directory.add_token_identity(&new, &keys, global.now())?;
        imported.push(directory.identity(id)?);
    }
    if lone > 0 {
        global.say(format!("note: {lone} keys in the token have no certificate, and stay out"));
    }
    Ok(imported)
}

struct Made {
    address: Address,
    keys: Vec<NewTokenKey>,
}

/// At most one key of each role for an address; a key that does both stands alone.
fn add(made: &mut Vec<Made>, address: Address, mut key: NewTokenKey) {
    key.role = match usage(&key.certificate) {
        Usage { signs: true, encrypts: false } => Role::Sign,
        Usage { signs: false, encrypts: true } => Role::Encrypt,
        _ => Role::Both,
    };
    let takes = |one: &&mut Made| {
        let free = one.keys.iter().all(|other| other.role != Role::Both && other.role != key.role);
        key.role != Role::Both && free && one.address.same_mailbox(&address)
    };
    match made.iter_mut().find(takes) {
        Some(one) => one.keys.push(key),
        None => made.push(Made { address, keys: vec![key] }),
    }
}
