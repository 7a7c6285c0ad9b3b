//! The private keys and certificates of a token.

use crypto::PublicKey;
use cryptoki::error::Result as Told;
use cryptoki::object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use wire::der::{Reader, Writer};
use wire::{AlgorithmIdentifier, Certificate, Pkcs11Uri, SubjectPublicKeyInfo, oids};

use super::error::TokenError;
use super::session::Token;

/// A private key.
pub(super) struct PrivateObject {
    pub handle: ObjectHandle,
    pub id: Option<Vec<u8>>,
    pub label: Option<String>,
    /// Its public half, where the token tells it.
    pub public: Option<PublicKey>,
    /// Whether each use wants the PIN anew (CKA_ALWAYS_AUTHENTICATE).
    pub asks: bool,
    /// CKA_SIGN; a token that does not say so has to be tried.
    pub signs: bool,
    /// CKA_DECRYPT or CKA_DERIVE, in the same way.
    pub decrypts: bool,
    /// Those in the token that certify it, whatever their CKA_ID.
    pub certificates: Vec<Certificate>,
}

/// Those that a URI names, with their public half as far as the token tells it: by their own attributes, by the public key
/// beside them, or by a certificate. One that names a certificate names its key.
pub(super) fn private_keys(token: &Token, uri: &Pkcs11Uri) -> Result<Vec<PrivateObject>, TokenError> {
    let failed = |why: String| TokenError::Failed { token: token.label.clone(), why };
    let found =
        token.with(|session| gather(session, uri)).ok_or_else(|| failed("it is another process's".to_owned()))?;
    found.map_err(|e| failed(e.to_string()))
}

fn gather(session: &Session, uri: &Pkcs11Uri) -> Told<Vec<PrivateObject>> {
    let mut wanted = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    wanted.extend(uri.id.clone().map(Attribute::Id));
    let by_certificate = uri.kind.as_deref() == Some("cert");
    if !by_certificate {
        wanted.extend(uri.object.clone().map(|label| Attribute::Label(label.into_bytes())));
    }
    let certificates = certificates(session)?;
    let mut keys = Vec::new();
    for handle in session.find_objects(&wanted)?.into_iter().take(MOST) {
        let described = describe(session, handle)?;
        let public = public_key(session, &described)?;
        let beside = certificates.iter().find(|c| described.id.is_some() && c.id == described.id);
        let certified = beside.and_then(|c| PublicKey::new(c.certificate.public_key().clone()).ok());
        let public = public.or(certified);
        let is_its = |c: &&Certified| public.as_ref().is_some_and(|p| c.certificate.public_key().key() == p.octets());
        let mut own: Vec<&Certified> = certificates.iter().filter(is_its).collect();
        if by_certificate && uri.object.is_some() {
            own.retain(|c| c.label == uri.object);
            if own.is_empty() {
                continue;
            }
        }
        let certificates = own.into_iter().map(|c| c.certificate.clone()).collect();
        let Described { id, label, asks, signs, decrypts, derives, .. } = described;
        let decrypts = decrypts.or(derives).is_none() || decrypts == Some(true) || derives == Some(true);
        let signs = signs.unwrap_or(true);
        keys.push(PrivateObject { handle, id, label, public, asks, signs, decrypts, certificates });
    }
    Ok(keys)
}

#[derive(Default)]
struct Described {
    id: Option<Vec<u8>>,
    label: Option<String>,
    kind: Option<KeyType>,
    asks: bool,
    signs: Option<bool>,
    decrypts: Option<bool>,
    derives: Option<bool>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    curve: Vec<u8>,
    point: Vec<u8>,
}

fn describe(session: &Session, handle: ObjectHandle) -> Told<Described> {
    let wanted = [
        AttributeType::Id,
        AttributeType::Label,
        AttributeType::KeyType,
        AttributeType::AlwaysAuthenticate,
        AttributeType::Sign,
        AttributeType::Decrypt,
        AttributeType::Derive,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
        AttributeType::EcParams,
        AttributeType::EcPoint,
    ];
    let mut found = Described::default();
    // What an object of its kind does not have is left out by the library.
    for attribute in session.get_attributes(handle, &wanted)? {
        match attribute {
            Attribute::Id(id) if !id.is_empty() => found.id = Some(id),
            Attribute::Label(label) if !label.is_empty() => found.label = String::from_utf8(label).ok(),
            Attribute::KeyType(kind) => found.kind = Some(kind),
            Attribute::AlwaysAuthenticate(asks) => found.asks = asks,
            Attribute::Sign(signs) => found.signs = Some(signs),
            Attribute::Decrypt(decrypts) => found.decrypts = Some(decrypts),
            Attribute::Derive(derives) => found.derives = Some(derives),
            Attribute::Modulus(modulus) => found.modulus = modulus,
            Attribute::PublicExponent(exponent) => found.exponent = exponent,
            Attribute::EcParams(curve) => found.curve = curve,
            Attribute::EcPoint(point) => found.point = point,
            _ => {}
        }
    }
    Ok(found)
}

fn public_key(session: &Session, private: &Described) -> Told<Option<PublicKey>> {
    if let Some(public) = spki(private) {
        return Ok(Some(public));
    }
    let Some(id) = &private.id else { return Ok(None) };
    let beside = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.clone())];
    for handle in session.find_objects(&beside)?.into_iter().take(MOST) {
        if let Some(public) = spki(&describe(session, handle)?) {
            return Ok(Some(public));
        }
    }
    Ok(None)
}

/// A SubjectPublicKeyInfo of what PKCS #11 has as numbers.
fn spki(of: &Described) -> Option<PublicKey> {
    let (algorithm, octets) = match of.kind? {
        KeyType::RSA if !of.modulus.is_empty() && !of.exponent.is_empty() => {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.unsigned(&of.modulus).unsigned(&of.exponent);
            });
            (AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION), w.into_bytes())
        }
        KeyType::EC if !of.curve.is_empty() && !of.point.is_empty() => {
            // An OCTET STRING by the standard; some give what is in it.
            let point = Reader::new(&of.point).octet_string().map(<[u8]>::to_vec).unwrap_or_else(|_| of.point.clone());
            (AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, of.curve.clone()), point)
        }
        _ => return None,
    };
    PublicKey::new(SubjectPublicKeyInfo::new(algorithm, octets)).ok()
}

struct Certified {
    id: Option<Vec<u8>>,
    label: Option<String>,
    certificate: Certificate,
}

fn certificates(session: &Session) -> Told<Vec<Certified>> {
    let wanted = [Attribute::Class(ObjectClass::CERTIFICATE), Attribute::CertificateType(CertificateType::X_509)];
    let mut found = Vec::new();
    for handle in session.find_objects(&wanted)?.into_iter().take(MOST) {
        let (mut id, mut label, mut der) = (None, None, Vec::new());
        for attribute in
            session.get_attributes(handle, &[AttributeType::Id, AttributeType::Label, AttributeType::Value])?
        {
            match attribute {
                Attribute::Id(value) if !value.is_empty() => id = Some(value),
                Attribute::Label(value) => label = String::from_utf8(value).ok(),
                Attribute::Value(value) => der = value,
                _ => {}
            }
        }
        if let Ok(certificate) = Certificate::from_der(&der) {
            found.push(Certified { id, label, certificate });
        }
    }
    Ok(found)
}

/// Objects of one kind that are looked at.
const MOST: usize = 200;
