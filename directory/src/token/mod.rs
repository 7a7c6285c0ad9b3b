//! Keys in hardware, by PKCS #11: modules, tokens that were logged in to, and the keys found there. What a key does with a
//! message is `crypto`'s ([`crypto::HardKey`]); here is the talk with the token.

mod error;
mod find;
mod module;
mod operate;
mod pin;
mod session;

use std::sync::Arc;

use crypto::{Digest, HardKey, KeyKind, PrivateKey, PublicKey, SignatureAlgorithm, SystemRandom, TokenKey};
use wire::{Certificate, Pkcs11Uri};

pub use error::TokenError;
pub use pin::{AskPin, PinAsked, PinTeller};

/// A private key in a token.
pub struct FoundKey {
    /// The key, ready for use until the value and its copies are dropped.
    pub key: Arc<dyn PrivateKey>,
    /// The certificates in the token whose key this is.
    pub certificates: Vec<Certificate>,
    /// Whether the token lets it sign.
    pub signs: bool,
    /// Whether it opens mail: the token lets it decrypt or agree, without asking for the PIN each time.
    pub decrypts: bool,
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
        let operations = Arc::new(operate::Object::new(Arc::clone(&token), object.handle, object.asks));
        let mut certificates = object.certificates;
        let Some(public) = object.public.or_else(|| tried(known, &operations)) else { continue };
        let own = known.iter().find(|certificate| public.octets() == certificate.public_key().key());
        let public = match own.or(certificates.first()) {
            Some(certificate) => PublicKey::new(certificate.public_key().clone()).map_err(TokenError::Key)?,
            None => public,
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
        let key = match HardKey::new(public, operations, &mut SystemRandom) {
            Ok(key) => Arc::new(key),
            Err(crypto::Error::Unsupported { .. }) => continue,
            Err(error) => return Err(TokenError::Key(error)),
        };
        let (signs, decrypts) = (object.signs, object.decrypts && !object.asks);
        found.push(FoundKey { key, certificates, signs, decrypts, uri: named, token: token.label.clone() });
    }
    if found.is_empty() { Err(TokenError::NoKey(token.label.clone())) } else { Ok(found) }
}

/// The public half of a key whose token does not tell it, as of an EC key that came without: that of the certificate with
/// which it signs, or agrees, as only its private half can.
fn tried(known: &[Certificate], operations: &Arc<operate::Object>) -> Option<PublicKey> {
    known.iter().take(MOST_TRIED).find_map(|certificate| {
        let public = PublicKey::new(certificate.public_key().clone()).ok()?;
        let KeyKind::Ec(_) = public.kind() else { return None };
        let key = HardKey::new(public.clone(), Arc::clone(operations) as Arc<dyn TokenKey>, &mut SystemRandom).ok()?;
        let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
        let signed = key.sign(&algorithm, TRIAL, &mut SystemRandom);
        let signs = signed.is_ok_and(|signature| public.verify(&algorithm, TRIAL, &signature).is_ok());
        let agrees = || {
            let agreed = public.agree_ephemeral();
            agreed.is_ok_and(|(point, secret)| key.agree(&point).is_ok_and(|same| same == secret))
        };
        (signs || agrees()).then_some(public)
    })
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

/// Certificates that are tried with a key.
const MOST_TRIED: usize = 8;
/// What is signed to try a key; it is nothing that anybody would take for something else.
const TRIAL: &[u8] = b"sealpost: whose key is this?";
