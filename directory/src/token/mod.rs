//! Keys in hardware, by PKCS #11: modules, tokens that were logged in to, and the keys found there. What a key does with a
//! message is `crypto`'s ([`crypto::HardKey`]); here is the talk with the token.

mod error;
mod find;
mod module;
mod operate;
mod pin;
mod session;

use std::sync::Arc;

use crypto::{HardKey, PrivateKey, PublicKey, SystemRandom};
use wire::{Certificate, Pkcs11Uri};

pub use error::TokenError;
pub use pin::{AskPin, PinAsked, PinTeller};

/// A private key in a token.
pub struct FoundKey {
    /// The key, ready for use until the value and its copies are dropped.
    pub key: Arc<dyn PrivateKey>,
    /// The certificates in the token whose key this is.
    pub certificates: Vec<Certificate>,
    /// The name by which it is found again: token, serial number and CKA_ID, and the module. It has no PIN.
    pub uri: Pkcs11Uri,
    /// The label of the token.
    pub token: String,
}

/// The private keys that a URI names, with `pin` asked if the token wants one. `known` are certificates by which a key is
/// found whose public half the token does not tell, and whose restrictions bind it.
///
/// # Errors
/// [`TokenError`]; [`TokenError::NoKey`] where there is none.
pub fn token_keys(uri: &Pkcs11Uri, known: &[Certificate], pin: &AskPin<'_>) -> Result<Vec<FoundKey>, TokenError> {
    let token = session::open(uri, pin)?;
    let mut found = Vec::new();
    for object in find::private_keys(&token, uri)? {
        let mut certificates = object.certificates;
        let own = known.iter().find(|certificate| object.public.octets() == certificate.public_key().key());
        let public = match own.or(certificates.first()) {
            Some(certificate) => PublicKey::new(certificate.public_key().clone()).map_err(TokenError::Key)?,
            None => object.public,
        };
        certificates.sort_by_key(|certificate| std::cmp::Reverse(certificate.not_before()));
        let named = Pkcs11Uri {
            token: Some(token.label.clone()),
            serial: Some(token.serial.clone()).filter(|serial| !serial.is_empty()),
            id: object.id.clone(),
            object: object.label.clone().filter(|_| object.id.is_none()),
            kind: Some("private".to_owned()),
            module_path: uri.module_path.clone(),
            module_name: uri.module_name.clone(),
            pin_source: uri.pin_source.clone(),
            ..Pkcs11Uri::default()
        };
        let operations = Arc::new(operate::Object::new(Arc::clone(&token), object.handle));
        let key = match HardKey::new(public, operations, &mut SystemRandom) {
            Ok(key) => Arc::new(key),
            Err(crypto::Error::Unsupported { .. }) => continue,
            Err(error) => return Err(TokenError::Key(error)),
        };
        found.push(FoundKey { key, certificates, uri: named, token: token.label.clone() });
    }
    if found.is_empty() { Err(TokenError::NoKey(token.label.clone())) } else { Ok(found) }
}

/// The one private key of a certificate.
///
/// # Errors
/// [`TokenError`]; [`TokenError::NotItsKey`] where the key there is another one.
pub fn token_key(
    uri: &Pkcs11Uri,
    certificate: &Certificate,
    pin: &AskPin<'_>,
) -> Result<Arc<dyn PrivateKey>, TokenError> {
    let wanted = certificate.public_key().key();
    let mut found = token_keys(uri, std::slice::from_ref(certificate), pin)?;
    let label = found.first().map(|found| found.token.clone()).unwrap_or_default();
    found.retain(|found| found.key.public().octets() == wanted);
    found.pop().map(|found| found.key).ok_or(TokenError::NotItsKey(label))
}
