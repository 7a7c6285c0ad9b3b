//! Public keys, read once from their SubjectPublicKeyInfo.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::{agreement, signature};
use wire::{AlgorithmIdentifier, Certificate, SubjectPublicKeyInfo, oids};

use crate::error::{Error, Result};
use crate::hash::{digest, fingerprint};
use crate::key::brainpool::BrainpoolPublic;
use crate::key::hss::HssPublic;
use crate::key::ml_kem::MlKemPublic;
use crate::key::old::DsaPublic;
use crate::key::rsa_public::RsaPublic;
use crate::key::{composite, composite_dsa, ed448, ml_dsa, slh_dsa, x448};
use crate::names::{Brainpool, CompositeDsa, CompositeKem, Curve, Digest, KeyKind, MlDsa, MlKem, SlhDsa};

/// A public key, checked and prepared for use; cheap to clone.
#[derive(Clone)]
pub struct PublicKey(Arc<Parts>);

struct Parts {
    spki: SubjectPublicKeyInfo,
    kind: KeyKind,
    prepared: Prepared,
}

/// What the library below made of the key.
pub(super) enum Prepared {
    Rsa(Box<RsaPublic>),
    Ec(Curve, EcPublic),
    Ed25519(signature::ParsedPublicKey),
    X25519(agreement::ParsedPublicKey),
    X448,
    MlDsa(MlDsa, signature::ParsedPublicKey),
    MlKem(MlKemPublic),
    Composite(MlKemPublic, PublicKey),
    Ed448(Box<ed448_goldilocks::VerifyingKey>),
    SlhDsa(SlhDsa),
    HashSlhDsa(SlhDsa),
    /// The pair, and the key of its half of before; that of ML-DSA is at the beginning of the octets.
    CompositeDsa(CompositeDsa, PublicKey),
    HssLms(HssPublic),
    Brainpool(BrainpoolPublic),
    Dsa(Box<DsaPublic>),
    Other,
}

pub(super) struct EcPublic {
    pub(super) verify: signature::ParsedPublicKey,
    agree: OnceLock<Option<agreement::ParsedPublicKey>>,
}

/// What is made of a certificate at most once.
#[derive(Default)]
struct Derived {
    key: OnceLock<Option<PublicKey>>,
    fingerprint: OnceLock<[u8; 32]>,
}

/// The fingerprint of a certificate that people compare, SHA-256 over its DER, made once.
pub fn certificate_fingerprint(certificate: &Certificate) -> [u8; 32] {
    let make = || fingerprint(certificate.der());
    certificate.derived(Derived::default).map_or_else(make, |derived| *derived.fingerprint.get_or_init(make))
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo: RSA of 1024 to 8192 bits with an odd exponent of 3 to 64 bits' length
    /// points of named curves in uncompressed form and on their curve, Ed25519, Ed448, X25519, X448, ML-DSA,
    /// SLH-DSA, ML-KEM with its coefficients in range, HSS/LMS of 1 to 8 levels. A key of another algorithm or curve is read too, and can do
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Wire`] where it is no SubjectPublicKeyInfo, [`Error::BadKey`] where the key is outside these bounds,
    /// [`Error::BadParameters`] where its algorithm forbids the parameters.
    pub fn from_spki(spki: &[u8]) -> Result<Self> {
        PublicKey::new(SubjectPublicKeyInfo::from_der(spki)?)
    }

    /// From a SubjectPublicKeyInfo already read; errors as [`PublicKey::from_spki`].
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn new(spki: SubjectPublicKeyInfo) -> Result<Self> {
        let (kind, prepared) = match spki.algorithm.oid {
            oids::RSA_ENCRYPTION
            | oids::RSASSA_PSS
            | oids::RSAES_OAEP
            | oids::RSA_KEM_SPKI
            | oids::PSS_SHAKE128
            | oids::PSS_SHAKE256 => {
                let rsa = RsaPublic::new(&spki)?;
                (KeyKind::Rsa { bits: rsa.bits() }, Prepared::Rsa(Box::new(rsa)))
            }
            oids::EC_PUBLIC_KEY => elliptic(&spki)?,
            oids::ED25519 => {
                let key = signature::ParsedPublicKey::new(&signature::ED25519, octets_32(&spki)?);
                (KeyKind::Ed25519, Prepared::Ed25519(key.map_err(|_| Error::BadKey("not an Ed25519 key"))?))
            }
            oids::X25519 => {
                let key = agreement::UnparsedPublicKey::new(&agreement::X25519, octets_32(&spki)?);
                let key = key.try_into().map_err(|_| Error::BadKey("not an X25519 key"))?;
                (KeyKind::X25519, Prepared::X25519(key))
            }
            oids::X448 => {
                x448::check_public(&spki)?;
                (KeyKind::X448, Prepared::X448)
            }
            oids::DSA => {
                let key = DsaPublic::new(&spki)?;
                (KeyKind::Dsa { bits: key.bits() }, Prepared::Dsa(Box::new(key)))
            }
            oids::HSS_LMS => (KeyKind::HssLms, Prepared::HssLms(HssPublic::new(&spki)?)),
            oids::ED448 => (KeyKind::Ed448, Prepared::Ed448(Box::new(ed448::public(&spki)?))),
            _ => post_quantum(&spki)?,
        };
        Ok(PublicKey(Arc::new(Parts { spki, kind, prepared })))
    }

    /// The key that a certificate certifies, prepared once for all its uses; `None` where it is none
    /// ([`PublicKey::from_spki`] says why).
    pub fn certified(certificate: &Certificate) -> Option<PublicKey> {
        let prepare = || PublicKey::new(certificate.public_key().clone()).ok();
        match certificate.derived(Derived::default) {
            Some(derived) => derived.key.get_or_init(prepare).clone(),
            None => prepare(),
        }
    }

    /// What kind of key it is.
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The SubjectPublicKeyInfo as it was given, DER.
    pub fn spki(&self) -> &[u8] {
        self.0.spki.der()
    }

    /// The algorithm of the SubjectPublicKeyInfo.
    pub fn algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.spki.algorithm
    }

    /// The octets of its BIT STRING: for elliptic curves the point, for X25519 and X448 the public value.
    pub fn octets(&self) -> &[u8] {
        self.0.spki.key()
    }

    /// The key identifier of RFC 5280 §4.2.1.2, method 1: SHA-1 over the octets of the BIT STRING.
    pub fn key_id(&self) -> [u8; 20] {
        let mut id = [0; 20];
        id.copy_from_slice(&digest(Digest::Sha1, self.0.spki.key()));
        id
    }

    pub(super) fn prepared(&self) -> &Prepared {
        &self.0.prepared
    }

    /// Prepared for key agreement; `None` for keys that cannot.
    pub(crate) fn agreement_key(&self) -> Option<&agreement::ParsedPublicKey> {
        match self.prepared() {
            Prepared::X25519(key) => Some(key),
            Prepared::Ec(curve, ec) => ec.agree.get_or_init(|| parse_point(*curve, self.octets())).as_ref(),
            _ => None,
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki() == other.spki()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kind())
    }
}

/// The agreement algorithm of a kind of key.
pub(crate) fn agreement_algorithm(kind: &KeyKind) -> Option<&'static agreement::Algorithm> {
    match kind {
        KeyKind::Ec(Curve::P256) => Some(&agreement::ECDH_P256),
        KeyKind::Ec(Curve::P384) => Some(&agreement::ECDH_P384),
        KeyKind::Ec(Curve::P521) => Some(&agreement::ECDH_P521),
        KeyKind::X25519 => Some(&agreement::X25519),
        _ => None,
    }
}

/// The digest that the library pairs with a curve; others are fitted to its length.
pub(super) fn native_digest(curve: Curve) -> Digest {
    match curve {
        Curve::P256 => Digest::Sha256,
        Curve::P384 => Digest::Sha384,
        Curve::P521 => Digest::Sha512,
    }
}

fn parse_point(curve: Curve, point: &[u8]) -> Option<agreement::ParsedPublicKey> {
    agreement::UnparsedPublicKey::new(agreement_algorithm(&KeyKind::Ec(curve))?, point).try_into().ok()
}

/// Named curves only (RFC 5480 §2.1.1); explicit parameters are refused, unknown names are another kind of key.
fn elliptic(spki: &SubjectPublicKeyInfo) -> Result<(KeyKind, Prepared)> {
    let oid = spki.curve().ok_or(Error::BadParameters("an elliptic curve that is not named"))?;
    if let Some(curve) = Brainpool::from_oid(oid) {
        let key = BrainpoolPublic::new(curve, spki.key())?;
        return Ok((KeyKind::Brainpool(curve), Prepared::Brainpool(key)));
    }
    let Some(curve) = Curve::from_oid(oid) else { return Ok((KeyKind::Other(oid), Prepared::Other)) };
    if spki.key().len() != curve.point_len() || spki.key().first() != Some(&4) {
        return Err(Error::BadKey("not an uncompressed point of its curve"));
    }
    let algorithm = match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_ASN1,
        Curve::P384 => &signature::ECDSA_P384_SHA384_ASN1,
        Curve::P521 => &signature::ECDSA_P521_SHA512_ASN1,
    };
    let verify = signature::ParsedPublicKey::new(algorithm, spki.key());
    let verify = verify.map_err(|_| Error::BadKey("a point that is not on its curve"))?;
    Ok((KeyKind::Ec(curve), Prepared::Ec(curve, EcPublic { verify, agree: OnceLock::new() })))
}

fn post_quantum(spki: &SubjectPublicKeyInfo) -> Result<(KeyKind, Prepared)> {
    let oid = spki.algorithm.oid;
    if let Some(set) = MlDsa::from_oid(oid) {
        return Ok((KeyKind::MlDsa(set), Prepared::MlDsa(set, ml_dsa::public(set, spki)?)));
    }
    if let Some(set) = SlhDsa::from_oid(oid) {
        slh_dsa::check_public(set, spki)?;
        return Ok((KeyKind::SlhDsa(set), Prepared::SlhDsa(set)));
    }
    if let Some(set) = SlhDsa::from_hashed_oid(oid) {
        slh_dsa::check_public(set, spki)?;
        return Ok((KeyKind::HashSlhDsa(set), Prepared::HashSlhDsa(set)));
    }
    if let Some(pair) = CompositeDsa::from_oid(oid) {
        let other = PublicKey::new(composite_dsa::traditional_spki(pair, spki)?)?;
        if !composite_dsa::fits(pair, &other.kind()) {
            return Err(Error::BadKey("not the key that its composite has"));
        }
        return Ok((KeyKind::CompositeDsa(pair), Prepared::CompositeDsa(pair, other)));
    }
    if let Some(set) = MlKem::from_oid(oid) {
        return Ok((KeyKind::MlKem(set), Prepared::MlKem(MlKemPublic::new(set, spki)?)));
    }
    match CompositeKem::from_oid(oid) {
        Some(kem) => composite_kem(kem, spki),
        None => Ok((KeyKind::Other(oid), Prepared::Other)),
    }
}

/// Both halves (draft-ietf-lamps-pq-composite-kem §4.1), each checked like any other.
fn composite_kem(kem: CompositeKem, spki: &SubjectPublicKeyInfo) -> Result<(KeyKind, Prepared)> {
    let (ml_kem, traditional) = composite::split_public(kem, spki)?;
    let ml_kem = MlKemPublic::from_octets(kem.ml_kem(), ml_kem)?;
    let traditional = PublicKey::new(traditional)?;
    composite::check_traditional(kem, traditional.kind())?;
    Ok((KeyKind::CompositeKem(kem), Prepared::Composite(ml_kem, traditional)))
}

/// The 32 octets of RFC 8410 §4, whose parameters must be absent.
fn octets_32(spki: &SubjectPublicKeyInfo) -> Result<&[u8]> {
    if spki.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    if spki.key().len() != 32 {
        return Err(Error::BadKey("not 32 octets"));
    }
    Ok(spki.key())
}
