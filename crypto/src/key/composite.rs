//! How a composite ML-KEM key is written, and what makes one secret of two (draft-ietf-lamps-pq-composite-kem §3.4, §4).

use wire::der::{Reader, Tag, Writer};
use wire::{AlgorithmIdentifier, Oid, PrivateKeyInfo, SubjectPublicKeyInfo, oids};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::Hasher;
use crate::key::ml_kem::MlKemPrivate;
use crate::names::{Brainpool, CompositeKem, Curve, Digest, KeyKind};
use crate::random::Random;
use crate::secret::Secret;

/// The traditional half of a composite key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Traditional {
    /// RSA of so many bits.
    Rsa(u32),
    Ec(Curve),
    Brainpool(Brainpool),
    X25519,
    X448,
}

/// What it is for each composite (draft-ietf-lamps-pq-composite-kem §7).
pub(super) const fn traditional(kem: CompositeKem) -> Traditional {
    match kem {
        CompositeKem::MlKem768Rsa2048 => Traditional::Rsa(2048),
        CompositeKem::MlKem768Rsa3072 | CompositeKem::MlKem1024Rsa3072 => Traditional::Rsa(3072),
        CompositeKem::MlKem768Rsa4096 => Traditional::Rsa(4096),
        CompositeKem::MlKem768X25519 => Traditional::X25519,
        CompositeKem::MlKem768P256 => Traditional::Ec(Curve::P256),
        CompositeKem::MlKem768P384 | CompositeKem::MlKem1024P384 => Traditional::Ec(Curve::P384),
        CompositeKem::MlKem768BrainpoolP256 => Traditional::Brainpool(Brainpool::P256r1),
        CompositeKem::MlKem1024BrainpoolP384 => Traditional::Brainpool(Brainpool::P384r1),
        CompositeKem::MlKem1024X448 => Traditional::X448,
        CompositeKem::MlKem1024P521 => Traditional::Ec(Curve::P521),
    }
}

/// The ML-KEM half of a public key and the traditional one: they follow each other.
pub(super) fn split_public(kem: CompositeKem, spki: &SubjectPublicKeyInfo) -> Result<(&[u8], SubjectPublicKeyInfo)> {
    if spki.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    let (ml_kem, other) = spki.key().split_at_checked(kem.ml_kem().public_len()).ok_or(BAD)?;
    Ok((ml_kem, SubjectPublicKeyInfo::new(algorithm(kem), other)))
}

/// The ML-KEM half of a private key, from its seed, with its public key, and the traditional half.
pub(super) fn split_private(
    kem: CompositeKem,
    info: &PrivateKeyInfo,
) -> Result<(MlKemPrivate, Vec<u8>, PrivateKeyInfo)> {
    if info.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    let (seed, other) = info.key.split_at_checked(SEED).ok_or(BAD)?;
    let (ml_kem, public) = MlKemPrivate::from_seed(kem.ml_kem(), seed)?;
    let key = match traditional(kem) {
        Traditional::Rsa(_) | Traditional::Ec(_) | Traditional::Brainpool(_) => Zeroizing::new(other.to_vec()),
        // Bare octets here, an OCTET STRING alone (RFC 8410 §7).
        Traditional::X25519 | Traditional::X448 => octet_string(other)?,
    };
    Ok((ml_kem, public, PrivateKeyInfo::new(algorithm(kem), key)))
}

/// A new private key around a fresh traditional one.
pub(super) fn generate(kem: CompositeKem, fresh: &PrivateKeyInfo, rng: &mut dyn Random) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![0; SEED]);
    rng.fill(&mut key)?;
    match traditional(kem) {
        Traditional::Rsa(_) => key.extend_from_slice(&fresh.key),
        // Such keys are read and not made.
        Traditional::Brainpool(_) => return Err(Error::unsupported_here("making a key of this pair")),
        Traditional::Ec(curve) => {
            let mut outer = Reader::lenient(&fresh.key);
            let mut reader = outer.sequence()?;
            reader.uint()?;
            let scalar = reader.octet_string()?;
            // ECPrivateKey with the curve and without the public key (§4).
            let mut w = Writer::new();
            w.sequence(|w| {
                w.uint(1).octet_string(scalar).nested(Tag::context(0), |w| {
                    w.oid(curve.oid());
                });
            });
            key.extend_from_slice(&Zeroizing::new(w.into_bytes()));
        }
        Traditional::X25519 | Traditional::X448 => {
            key.extend_from_slice(Reader::new(&fresh.key).octet_string()?);
        }
    }
    Ok(PrivateKeyInfo::new(AlgorithmIdentifier::new(kem.oid()), key).to_der())
}

/// The combiner (§3.4): all that is not bound by ML-KEM itself enters.
pub(super) fn combine(kem: CompositeKem, ml_kem: &Secret, other: &Secret, ciphertext: &[u8], public: &[u8]) -> Secret {
    let mut hasher = Hasher::new(Digest::Sha3_256);
    for part in [ml_kem.as_bytes(), other.as_bytes(), ciphertext, public, kem.label()] {
        hasher.update(part);
    }
    Secret::new(hasher.finish().to_vec())
}

/// Whether a key is of the kind, and for RSA exactly of the size, that the composite has.
pub(super) fn check_traditional(kem: CompositeKem, kind: KeyKind) -> Result<()> {
    let expected = match traditional(kem) {
        Traditional::Rsa(bits) => KeyKind::Rsa { bits },
        Traditional::Ec(curve) => KeyKind::Ec(curve),
        Traditional::Brainpool(curve) => KeyKind::Brainpool(curve),
        Traditional::X25519 => KeyKind::X25519,
        Traditional::X448 => KeyKind::X448,
    };
    if kind == expected { Ok(()) } else { Err(BAD) }
}

fn algorithm(kem: CompositeKem) -> AlgorithmIdentifier {
    match traditional(kem) {
        Traditional::Rsa(_) => AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION),
        Traditional::Ec(curve) => on_curve(curve.oid()),
        Traditional::Brainpool(curve) => on_curve(curve.oid()),
        Traditional::X25519 => AlgorithmIdentifier::new(oids::X25519),
        Traditional::X448 => AlgorithmIdentifier::new(oids::X448),
    }
}

fn on_curve(curve: Oid) -> AlgorithmIdentifier {
    let mut w = Writer::new();
    w.oid(curve);
    AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, w.into_bytes())
}

/// At most 56 octets are a key here, so the length is one octet.
fn octet_string(octets: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let length = u8::try_from(octets.len()).ok().filter(|length| *length < 128).ok_or(BAD)?;
    let mut out = Zeroizing::new(Vec::with_capacity(octets.len() + 2));
    out.extend_from_slice(&[Tag::OCTET_STRING.0, length]);
    out.extend_from_slice(octets);
    Ok(out)
}

const SEED: usize = 64;
const BAD: Error = Error::BadKey("not a composite ML-KEM key");
