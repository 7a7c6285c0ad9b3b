//! Taking composite keys and signatures apart, and the halves' own ways (draft-ietf-lamps-pq-composite-sigs §3, §4).

use ml_dsa::{B32, EncodedSignature, EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use wire::der::{Reader, Writer};
use wire::{AlgorithmIdentifier, PrivateKeyInfo, SubjectPublicKeyInfo, oids};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::names::{CompositeDsa, Curve, KeyKind, KeySpec, MlDsa, SignatureAlgorithm, Traditional};
use crate::random::Random;

/// Octets of an ML-DSA seed, with which a private key begins.
pub(super) const SEED: usize = 32;

/// The key of the other half, as if it stood alone.
pub(super) fn traditional_spki(pair: CompositeDsa, spki: &SubjectPublicKeyInfo) -> Result<SubjectPublicKeyInfo> {
    if spki.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    let rest = spki.key().get(pair.ml_dsa().public_len()..).unwrap_or_default();
    Ok(SubjectPublicKeyInfo::new(traditional_algorithm(pair), rest))
}

/// Whether a key is what the pair says of its other half.
pub(super) fn fits(pair: CompositeDsa, kind: &KeyKind) -> bool {
    match (pair.traditional(), kind) {
        (Traditional::RsaPss { bits, .. } | Traditional::RsaPkcs1 { bits, .. }, KeyKind::Rsa { bits: own }) => {
            bits == *own
        }
        (Traditional::Ec { curve, .. }, KeyKind::Ec(own)) => curve == own.oid(),
        (Traditional::Ec { curve, .. }, KeyKind::Brainpool(own)) => curve == own.oid(),
        (Traditional::Ed25519, KeyKind::Ed25519) | (Traditional::Ed448, KeyKind::Ed448) => true,
        _ => false,
    }
}

/// How the other half signs.
pub(super) fn traditional_signature(pair: CompositeDsa) -> SignatureAlgorithm {
    match pair.traditional() {
        Traditional::RsaPss { digest, .. } => SignatureAlgorithm::pss(digest),
        Traditional::RsaPkcs1 { digest, .. } => SignatureAlgorithm::RsaPkcs1(digest),
        Traditional::Ec { digest, .. } => SignatureAlgorithm::Ecdsa(digest),
        Traditional::Ed25519 => SignatureAlgorithm::Ed25519,
        Traditional::Ed448 => SignatureAlgorithm::Ed448,
    }
}

/// What to make for the other half; `None` for those that are only verified.
pub(super) fn traditional_spec(pair: CompositeDsa) -> Option<KeySpec> {
    Some(match pair.traditional() {
        Traditional::RsaPss { bits, .. } | Traditional::RsaPkcs1 { bits, .. } => KeySpec::Rsa(bits),
        Traditional::Ec { curve, .. } => KeySpec::Ec(Curve::from_oid(curve)?),
        Traditional::Ed25519 => KeySpec::Ed25519,
        Traditional::Ed448 => KeySpec::Ed448,
    })
}

/// The seed of ML-DSA and the private key of the other half, as if it stood alone.
pub(super) fn split_private(pair: CompositeDsa, info: &PrivateKeyInfo) -> Result<(Zeroizing<Vec<u8>>, PrivateKeyInfo)> {
    if info.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    if info.key.len() <= SEED {
        return Err(Error::BadKey("half a composite key"));
    }
    let (seed, rest) = info.key.split_at(SEED);
    let key = match pair.traditional() {
        Traditional::Ed25519 | Traditional::Ed448 => wrapped(rest)?,
        _ => Zeroizing::new(rest.to_vec()),
    };
    Ok((Zeroizing::new(seed.to_vec()), PrivateKeyInfo::new(traditional_algorithm(pair), key)))
}

/// The octets of a private key made of both halves.
pub(super) fn join_private(seed: &[u8], pair: CompositeDsa, other: &PrivateKeyInfo) -> Result<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(seed.to_vec());
    match pair.traditional() {
        Traditional::Ed25519 | Traditional::Ed448 => out.extend_from_slice(Reader::new(&other.key).octet_string()?),
        Traditional::Ec { curve, .. } => {
            // ECPrivateKey with the name of the curve and without the public key.
            let mut reader = Reader::new(&other.key);
            let mut inner = reader.sequence()?;
            inner.uint()?;
            let scalar = inner.octet_string()?;
            let mut w = Writer::new();
            w.sequence(|w| {
                w.uint(1).octet_string(scalar).nested(wire::der::Tag::context(0), |w| {
                    w.oid(curve);
                });
            });
            out.extend_from_slice(&Zeroizing::new(w.into_bytes()));
        }
        _ => out.extend_from_slice(&other.key),
    }
    Ok(out)
}

/// M': what both halves sign, for a message of this digest and no context.
pub(super) fn representative(pair: CompositeDsa, digest: &[u8]) -> Vec<u8> {
    [PREFIX, pair.label().as_bytes(), &[0], digest].concat()
}

/// The public key of ML-DSA of this seed.
pub(super) fn ml_dsa_public(set: MlDsa, seed: &[u8]) -> Result<Vec<u8>> {
    let seed = seed_of(seed)?;
    Ok(match set {
        MlDsa::Dsa44 => public_of::<MlDsa44>(&seed),
        MlDsa::Dsa65 => public_of::<MlDsa65>(&seed),
        MlDsa::Dsa87 => public_of::<MlDsa87>(&seed),
    })
}

/// An ML-DSA signature under a context, hedged (FIPS 204 §5.2).
pub(super) fn ml_dsa_sign(pair: CompositeDsa, seed: &[u8], message: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>> {
    let seed = seed_of(seed)?;
    let mut chance = B32::default();
    rng.fill(&mut chance)?;
    let context = pair.label().as_bytes();
    // No label comes near the 255 octets that one octet can count.
    let message = [&[0, u8::try_from(context.len()).unwrap_or(0)], context, message];
    Ok(match pair.ml_dsa() {
        MlDsa::Dsa44 => sign_with::<MlDsa44>(&seed, &message, &chance),
        MlDsa::Dsa65 => sign_with::<MlDsa65>(&seed, &message, &chance),
        MlDsa::Dsa87 => sign_with::<MlDsa87>(&seed, &message, &chance),
    })
}

/// Whether an ML-DSA signature holds under the pair's label as its context.
pub(super) fn ml_dsa_holds(pair: CompositeDsa, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let context = pair.label().as_bytes();
    match pair.ml_dsa() {
        MlDsa::Dsa44 => holds_with::<MlDsa44>(public, context, message, signature),
        MlDsa::Dsa65 => holds_with::<MlDsa65>(public, context, message, signature),
        MlDsa::Dsa87 => holds_with::<MlDsa87>(public, context, message, signature),
    }
}

fn traditional_algorithm(pair: CompositeDsa) -> AlgorithmIdentifier {
    match pair.traditional() {
        Traditional::RsaPss { .. } | Traditional::RsaPkcs1 { .. } => {
            AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION)
        }
        Traditional::Ec { curve, .. } => {
            let mut w = Writer::new();
            w.oid(curve);
            AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, w.into_bytes())
        }
        Traditional::Ed25519 => AlgorithmIdentifier::new(oids::ED25519),
        Traditional::Ed448 => AlgorithmIdentifier::new(oids::ED448),
    }
}

/// An OCTET STRING around the octets (RFC 8410 §7).
fn wrapped(octets: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let length = u8::try_from(octets.len()).ok().filter(|n| *n < 128).ok_or(Error::BadKey("too long for its curve"))?;
    let mut out = Zeroizing::new(vec![4, length]);
    out.extend_from_slice(octets);
    Ok(out)
}

fn seed_of(seed: &[u8]) -> Result<Zeroizing<B32>> {
    B32::try_from(seed).map(Zeroizing::new).map_err(|_| Error::BadKey("not a seed of 32 octets"))
}

fn public_of<P: MlDsaParams>(seed: &B32) -> Vec<u8> {
    ml_dsa::ExpandedSigningKey::<P>::from_seed(seed).verifying_key().encode().to_vec()
}

fn sign_with<P: MlDsaParams>(seed: &B32, message: &[&[u8]], chance: &B32) -> Vec<u8> {
    ml_dsa::ExpandedSigningKey::<P>::from_seed(seed).sign_internal(message, chance).encode().to_vec()
}

fn holds_with<P: MlDsaParams>(public: &[u8], context: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(public), Ok(signature)) =
        (EncodedVerifyingKey::<P>::try_from(public), EncodedSignature::<P>::try_from(signature))
    else {
        return false;
    };
    let key = ml_dsa::VerifyingKey::<P>::decode(&public);
    ml_dsa::Signature::<P>::decode(&signature).is_some_and(|made| key.verify_with_context(message, context, &made))
}

const PREFIX: &[u8] = b"CompositeAlgorithmSignatures2025";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, PublicKey, SoftKey};
    use crate::names::Digest;
    use crate::random::SystemRandom;

    /// Both halves count, neither passes for a key or signature of its own, and no pair's signature is another's
    /// (draft-ietf-lamps-pq-composite-sigs §9).
    #[test]
    fn composite_halves_do_not_stand_alone() {
        let rng = &mut SystemRandom;
        let make = |pair| SoftKey::generate(KeySpec::CompositeDsa(pair), &mut SystemRandom).unwrap();
        let pair = CompositeDsa::MlDsa65P256;
        let how = SignatureAlgorithm::CompositeDsa(pair);
        let ((first, pkcs8), (second, _)) = (make(pair), make(pair));
        let made = first.sign(&how, b"m", rng).unwrap();
        let other = second.sign(&how, b"m", rng).unwrap();
        first.public().verify(&how, b"m", &made).unwrap();
        let cut = pair.ml_dsa().signature_len();
        for mixed in [[&made[..cut], &other[cut..]].concat(), [&other[..cut], &made[cut..]].concat()] {
            assert_eq!(first.public().verify(&how, b"m", &mixed), Err(Error::BadSignature));
        }
        for half in [&made[..cut], &made[cut..], &[]] {
            assert_eq!(first.public().verify(&how, b"m", half), Err(Error::BadSignature));
        }
        // The halves of the key say nothing of the message itself.
        let spki = SubjectPublicKeyInfo::from_der(first.public().spki()).unwrap();
        let traditional = PublicKey::new(traditional_spki(pair, &spki).unwrap()).unwrap();
        let alone = SignatureAlgorithm::Ecdsa(Digest::Sha256);
        assert!(traditional.verify(&alone, b"m", &made[cut..]).is_err());
        let algorithm = AlgorithmIdentifier::new(pair.ml_dsa().oid());
        let octets = spki.key()[..pair.ml_dsa().public_len()].to_vec();
        let ml_dsa = PublicKey::new(SubjectPublicKeyInfo::new(algorithm, octets)).unwrap();
        assert!(ml_dsa.verify(&SignatureAlgorithm::ml_dsa(pair.ml_dsa()), b"m", &made[..cut]).is_err());
        assert!(first.sign(&alone, b"m", rng).is_err());
        let info = PrivateKeyInfo::from_der(&pkcs8).unwrap();
        for length in 0..=SEED {
            let cut = PrivateKeyInfo { key: Zeroizing::new(info.key[..length].to_vec()), ..info.clone() };
            assert!(SoftKey::from_info(&cut).is_err());
        }
    }

    /// A key whose half of before is of another kind or size is none; the identifier has no parameters.
    #[test]
    fn composite_keys_are_what_their_name_says() {
        let (key, _) = SoftKey::generate(KeySpec::CompositeDsa(CompositeDsa::MlDsa44P256), &mut SystemRandom).unwrap();
        let spki = SubjectPublicKeyInfo::from_der(key.public().spki()).unwrap();
        for pair in CompositeDsa::ALL {
            let own = pair == CompositeDsa::MlDsa44P256;
            let named = |algorithm| PublicKey::new(SubjectPublicKeyInfo::new(algorithm, spki.key()));
            assert_eq!(named(AlgorithmIdentifier::new(pair.oid())).is_ok(), own, "{pair}");
            assert!(named(AlgorithmIdentifier::with_null(pair.oid())).is_err());
            let how = SignatureAlgorithm::CompositeDsa(pair);
            assert_eq!(SignatureAlgorithm::from_x509(&how.to_x509()).unwrap(), how);
            assert_eq!(SignatureAlgorithm::from_cms(&how.to_cms(), pair.digest()).unwrap(), how);
            assert!(SignatureAlgorithm::from_cms(&how.to_cms(), Digest::Sha384).is_err());
        }
        for length in 0..spki.key().len() {
            let cut = SubjectPublicKeyInfo::new(spki.algorithm.clone(), &spki.key()[..length]);
            assert!(PublicKey::new(cut).is_err());
        }
    }
}
