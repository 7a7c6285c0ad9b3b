//! Private keys in software.

use std::fmt;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPublicKeyUncompressedBin, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use aws_lc_rs::{agreement, hmac};
use wire::der::{Reader, Writer};
use wire::{AlgorithmIdentifier, PrivateKeyInfo, RsaPrivateKey, SubjectPublicKeyInfo, oids};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::digest;
use crate::key::brainpool::BrainpoolPrivate;
use crate::key::composite::{self, Traditional};
use crate::key::composite_dsa;
use crate::key::composite_private::CompositePrivate;
use crate::key::ed448;
use crate::key::ml_dsa::{self, MlDsaPrivate};
use crate::key::ml_kem::{self, MlKemPrivate};
use crate::key::private::PrivateKey;
use crate::key::public::{Prepared, PublicKey, agreement_algorithm};
use crate::key::rsa_private::RsaPrivate;
use crate::key::slh_dsa::SlhDsaPrivate;
use crate::key::verify::fit;
use crate::key::x448::{self, X448Private};
use crate::names::{
    Brainpool, CompositeDsa, CompositeKem, Curve, Digest, Kem, KeyKind, KeySpec, KeyTransport, MlDsa, MlKem,
    SignatureAlgorithm, SlhDsa,
};
use crate::random::Random;
use crate::secret::Secret;

/// A private key held in memory, wiped when dropped.
pub struct SoftKey {
    public: PublicKey,
    pkcs8: Zeroizing<Vec<u8>>,
    inner: Inner,
}

enum Inner {
    Rsa(Box<RsaPrivate>),
    Ec {
        curve: Curve,
        sign: EcdsaKeyPair,
        agree: agreement::PrivateKey,
    },
    Brainpool(BrainpoolPrivate),
    Ed25519(Ed25519KeyPair),
    X25519(agreement::PrivateKey),
    X448(X448Private),
    MlDsa(MlDsa, Box<MlDsaPrivate>),
    MlKem(MlKem, MlKemPrivate),
    Composite(CompositePrivate),
    Ed448(Box<ed448_goldilocks::SigningKey>),
    SlhDsa(SlhDsa, SlhDsaPrivate),
    /// One that is read, and does nothing here.
    Idle,
    /// The pair, the seed of its ML-DSA, and the key of its half of before.
    CompositeDsa(CompositeDsa, Zeroizing<Vec<u8>>, Box<SoftKey>),
}

impl SoftKey {
    /// Reads a PrivateKeyInfo (RFC 5208, RFC 5958). The public key is computed from the private one; one that the
    /// file states beside it must agree.
    ///
    /// # Errors
    /// [`Error::Wire`] where it is no PrivateKeyInfo, [`Error::BadKey`] where the key is broken,
    /// [`Error::Unsupported`] for other algorithms and curves.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self> {
        SoftKey::from_info(&PrivateKeyInfo::from_der(pkcs8)?)
    }

    /// From a PrivateKeyInfo already read; errors as [`SoftKey::from_pkcs8`].
    ///
    /// # Errors
    /// As [`SoftKey::from_pkcs8`].
    pub fn from_info(info: &PrivateKeyInfo) -> Result<Self> {
        let (inner, public) = match info.algorithm.oid {
            oids::RSA_ENCRYPTION
            | oids::RSASSA_PSS
            | oids::RSAES_OAEP
            | oids::RSA_KEM_SPKI
            | oids::PSS_SHAKE128
            | oids::PSS_SHAKE256 => rsa(info)?,
            oids::EC_PUBLIC_KEY => elliptic(info)?,
            oids::ED25519 => ed25519(info)?,
            oids::X25519 => x25519(info)?,
            oids::X448 => {
                let key = X448Private::from_info(info)?;
                let public = key.public();
                (Inner::X448(key), public)
            }
            oids::ED448 => ed448(info)?,
            // Old mail is judged by the public one (RFC 8551 §B.2).
            oids::DSA => return Err(Error::unsupported("signing with a DSA key", oids::DSA)),
            _ => post_quantum(info)?,
        };
        let public = PublicKey::new(SubjectPublicKeyInfo::new(spki_algorithm(info), public))?;
        if info.public_key.as_deref().is_some_and(|stated| stated != public.octets()) {
            return Err(Error::BadKey("private and public key do not belong together"));
        }
        let pkcs8 = match &inner {
            Inner::MlDsa(_, key) => PrivateKeyInfo { key: key.written.clone(), ..info.clone() }.to_der(),
            _ => info.to_der(),
        };
        Ok(SoftKey { public, pkcs8, inner })
    }

    /// Makes a key and gives its PrivateKeyInfo with it. The library's own generator draws it, seeded by the
    /// operating system; `rng` is drawn from for X25519, X448, Ed25519, Ed448, ML-DSA, SLH-DSA and ML-KEM.
    ///
    /// # Errors
    /// [`Error::Random`] where there is no randomness, [`Error::Unsupported`] for other sizes of RSA.
    pub fn generate(spec: KeySpec, rng: &mut dyn Random) -> Result<(Self, Zeroizing<Vec<u8>>)> {
        let pkcs8 = match spec {
            KeySpec::Rsa(bits) => generate_rsa(bits)?,
            KeySpec::Ec(curve) => {
                let pair = EcdsaKeyPair::generate(ecdsa(curve)).map_err(|_| Error::Random)?;
                let document = pair.to_pkcs8v1().map_err(|_| Error::Random)?;
                Zeroizing::new(document.as_ref().to_vec())
            }
            KeySpec::Ed25519 => generate_seed(oids::ED25519, 32, rng)?,
            KeySpec::X25519 => generate_seed(oids::X25519, 32, rng)?,
            KeySpec::Ed448 => generate_seed(oids::ED448, 57, rng)?,
            KeySpec::X448 => x448::generate(rng)?,
            KeySpec::CompositeDsa(pair) => generate_composite(pair, rng)?,
            KeySpec::SlhDsa(set) => {
                let octets = SlhDsaPrivate::generate(set, rng)?;
                PrivateKeyInfo::new(AlgorithmIdentifier::new(set.oid()), octets).to_der()
            }
            KeySpec::MlDsa(set) => {
                let mut seed = Zeroizing::new([0; 32]);
                rng.fill(&mut *seed)?;
                PrivateKeyInfo::new(AlgorithmIdentifier::new(set.oid()), ml_dsa::written(&*seed)).to_der()
            }
            KeySpec::MlKem(set) => ml_kem::generate(set, rng)?,
            KeySpec::CompositeKem(kem) => {
                let spec = traditional(kem).ok_or(Error::unsupported_here("making a key of this pair"))?;
                let (_, fresh) = SoftKey::generate(spec, rng)?;
                composite::generate(kem, &PrivateKeyInfo::from_der(&fresh)?, rng)?
            }
        };
        Ok((SoftKey::from_pkcs8(&pkcs8)?, pkcs8))
    }

    /// The PrivateKeyInfo, DER.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }
}

impl PrivateKey for SoftKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>> {
        match (algorithm, &self.inner, self.public.prepared()) {
            (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. }, Inner::Rsa(key), limits) => {
                if let Prepared::Rsa(limits) = limits {
                    limits.may_sign(algorithm)?;
                }
                key.sign(algorithm, message, rng)
            }
            (SignatureAlgorithm::Ecdsa(name), Inner::Ec { curve, sign, .. }, _)
                if !matches!(name, Digest::Md5 | Digest::Sha1) =>
            {
                let fitted = fit(*curve, &digest(*name, message))?;
                let signature = sign.sign_digest(&fitted).map_err(|_| Error::Random)?;
                Ok(signature.as_ref().to_vec())
            }
            (SignatureAlgorithm::Ed25519, Inner::Ed25519(key), _) => {
                Ok(key.try_sign(message).map_err(|_| Error::Random)?.as_ref().to_vec())
            }
            (SignatureAlgorithm::MlDsa { set, .. }, Inner::MlDsa(own, key), _) if set == own => key.sign(message),
            (SignatureAlgorithm::CompositeDsa(pair), Inner::CompositeDsa(own, seed, other), _) if pair == own => {
                let message = composite_dsa::representative(*pair, &digest(pair.digest(), message));
                let mut made = composite_dsa::ml_dsa_sign(*pair, seed, &message, rng)?;
                made.extend(other.sign(&composite_dsa::traditional_signature(*pair), &message, rng)?);
                Ok(made)
            }
            (SignatureAlgorithm::Ed448, Inner::Ed448(key), _) => Ok(key.sign_raw(message).to_bytes().to_vec()),
            (SignatureAlgorithm::SlhDsa { set, .. }, Inner::SlhDsa(own, key), _) if set == own => {
                key.sign(message, rng)
            }
            _ => Err(Error::KeyCannot("make signatures of this algorithm")),
        }
    }

    fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Secret> {
        let (Inner::Rsa(key), Prepared::Rsa(limits)) = (&self.inner, self.public.prepared()) else {
            return Err(Error::KeyCannot("take key transport"));
        };
        limits.may_transport(how)?;
        key.decrypt(how, ciphertext)
    }

    fn agree(&self, peer: &[u8]) -> Result<Secret> {
        let key = match &self.inner {
            // Uncompressed points alone, so that no other form of the same point passes (K-05).
            Inner::Ec { curve, agree, .. } if peer.len() == curve.point_len() && peer.first() == Some(&4) => agree,
            Inner::X25519(key) if peer.len() == 32 => key,
            Inner::X448(key) => return key.agree(peer),
            Inner::Brainpool(key) => return key.agree(peer),
            Inner::Ec { .. } | Inner::X25519(_) => return Err(Error::Failed),
            _ => return Err(Error::KeyCannot("agree on keys")),
        };
        let algorithm = agreement_algorithm(&self.public.kind()).ok_or(Error::Failed)?;
        let peer = agreement::UnparsedPublicKey::new(algorithm, peer);
        agreement::agree(key, peer, Error::Failed, |shared| Ok(Secret::new(shared.to_vec())))
    }

    fn decapsulate(&self, kem: Kem, ciphertext: &[u8]) -> Result<Secret> {
        match (&self.inner, kem) {
            (Inner::MlKem(set, key), Kem::MlKem(asked)) if *set == asked => key.decapsulate(ciphertext),
            (Inner::Composite(key), Kem::Composite(asked)) => key.decapsulate(asked, ciphertext),
            (Inner::Rsa(key), Kem::Rsa) => {
                if let Prepared::Rsa(limits) = self.public.prepared() {
                    limits.may_encapsulate()?;
                }
                key.decapsulate(ciphertext)
            }
            _ => Err(Error::KeyCannot("take encapsulated keys")),
        }
    }

    fn implicit_rejection(&self, ciphertext: &[u8], length: usize) -> Option<Secret> {
        let seed = Zeroizing::new(digest(Digest::Sha256, &self.pkcs8).to_vec());
        let key = hmac::Key::new(hmac::HMAC_SHA512, &seed);
        let mut context = hmac::Context::with_key(&key);
        context.update(b"implicit rejection");
        context.update(ciphertext);
        let tag = context.sign();
        tag.as_ref().get(..length).map(|bytes| Secret::new(bytes.to_vec()))
    }
}

impl fmt::Debug for SoftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftKey({})", self.public.kind())
    }
}

/// RSA keys keep the restriction their own algorithm states; other parameters are as in the PrivateKeyInfo.
fn spki_algorithm(info: &PrivateKeyInfo) -> AlgorithmIdentifier {
    match info.algorithm.oid {
        oids::RSA_ENCRYPTION => AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION),
        _ => info.algorithm.clone(),
    }
}

fn rsa(info: &PrivateKeyInfo) -> Result<(Inner, Vec<u8>)> {
    let numbers = RsaPrivateKey::from_der(&info.key)?;
    let mut w = Writer::new();
    w.sequence(|w| {
        w.unsigned(numbers.modulus).unsigned(numbers.public_exponent);
    });
    let plain = PrivateKeyInfo::new(AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION), info.key.clone());
    let key = RsaPrivate::new(info.key.clone(), plain.to_der(), &numbers)?;
    Ok((Inner::Rsa(Box::new(key)), w.into_bytes()))
}

fn elliptic(info: &PrivateKeyInfo) -> Result<(Inner, Vec<u8>)> {
    let parameters = info.algorithm.parameters.as_deref().unwrap_or_default();
    let oid = Reader::new(parameters).oid().map_err(|_| Error::BadParameters("an elliptic curve that is not named"))?;
    if let Some(curve) = Brainpool::from_oid(oid) {
        let key = BrainpoolPrivate::from_info(curve, info)?;
        let public = key.public();
        return Ok((Inner::Brainpool(key), public));
    }
    let curve = Curve::from_oid(oid).ok_or(Error::unsupported("the elliptic curve", oid))?;
    let bad = |_| Error::BadKey("not a private key of its curve");
    let plain = PrivateKeyInfo::new(info.algorithm.clone(), info.key.clone()).to_der();
    let sign = EcdsaKeyPair::from_pkcs8(ecdsa(curve), &plain).map_err(bad)?;
    let algorithm = agreement_algorithm(&KeyKind::Ec(curve)).ok_or(Error::BadKey("curve"))?;
    let agree = agreement::PrivateKey::from_private_key_der(algorithm, &plain).map_err(bad)?;
    let public = agree.compute_public_key().map_err(|_| Error::BadKey("no public key"))?;
    let point: EcPublicKeyUncompressedBin<'_> = public.as_be_bytes().map_err(|_| Error::BadKey("no public key"))?;
    let point = point.as_ref().to_vec();
    Ok((Inner::Ec { curve, sign, agree }, point))
}

fn ed25519(info: &PrivateKeyInfo) -> Result<(Inner, Vec<u8>)> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed(info, 32)?).map_err(|_| Error::BadKey("not an Ed25519 key"))?;
    let public = pair.public_key().as_ref().to_vec();
    Ok((Inner::Ed25519(pair), public))
}

fn ed448(info: &PrivateKeyInfo) -> Result<(Inner, Vec<u8>)> {
    let key = ed448::private(seed(info, ed448::LENGTH)?)?;
    let public = key.verifying_key().to_bytes().to_vec();
    Ok((Inner::Ed448(Box::new(key)), public))
}

fn x25519(info: &PrivateKeyInfo) -> Result<(Inner, Vec<u8>)> {
    let bad = |_| Error::BadKey("not an X25519 key");
    let key = agreement::PrivateKey::from_private_key(&agreement::X25519, seed(info, 32)?).map_err(bad)?;
    let public = key.compute_public_key().map_err(|_| Error::BadKey("no public key"))?.as_ref().to_vec();
    Ok((Inner::X25519(key), public))
}

fn post_quantum(info: &PrivateKeyInfo) -> Result<(Inner, Vec<u8>)> {
    let oid = info.algorithm.oid;
    if let Some(set) = MlDsa::from_oid(oid) {
        let key = MlDsaPrivate::new(set, info)?;
        let public = key.public();
        return Ok((Inner::MlDsa(set, Box::new(key)), public));
    }
    if let Some(set) = SlhDsa::from_oid(oid) {
        let key = SlhDsaPrivate::new(set, info)?;
        let public = key.public();
        return Ok((Inner::SlhDsa(set, key), public));
    }
    if let Some(set) = SlhDsa::from_hashed_oid(oid) {
        return Ok((Inner::Idle, SlhDsaPrivate::new(set, info)?.public()));
    }
    if let Some(kem) = CompositeKem::from_oid(oid) {
        return composite_kem(kem, info);
    }
    if let Some(pair) = CompositeDsa::from_oid(oid) {
        let (seed, other) = composite_dsa::split_private(pair, info)?;
        let other = SoftKey::from_info(&other)?;
        let public = [&composite_dsa::ml_dsa_public(pair.ml_dsa(), &seed)?, other.public.octets()].concat();
        return Ok((Inner::CompositeDsa(pair, seed, Box::new(other)), public));
    }
    let set = MlKem::from_oid(oid).ok_or(Error::unsupported("the private key algorithm", oid))?;
    let (key, public) = MlKemPrivate::from_info(set, info)?;
    Ok((Inner::MlKem(set, key), public))
}

/// CurvePrivateKey: an OCTET STRING inside the privateKey (RFC 8410 §7).
fn seed(info: &PrivateKeyInfo, length: usize) -> Result<&[u8]> {
    if info.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    let mut reader = Reader::new(&info.key);
    let seed = reader.octet_string()?;
    reader.finish()?;
    if seed.len() != length {
        return Err(Error::BadKey("not as many octets as the curve has"));
    }
    Ok(seed)
}

/// The public key is both halves', one after the other.
fn composite_kem(kem: CompositeKem, info: &PrivateKeyInfo) -> Result<(Inner, Vec<u8>)> {
    let (ml_kem, mut public, traditional) = composite::split_private(kem, info)?;
    let traditional = SoftKey::from_info(&traditional)?;
    public.extend_from_slice(traditional.public.octets());
    Ok((Inner::Composite(CompositePrivate::new(kem, ml_kem, Box::new(traditional))?), public))
}

/// What the traditional half is made as; `None` for those that are only read.
fn traditional(kem: CompositeKem) -> Option<KeySpec> {
    Some(match composite::traditional(kem) {
        Traditional::Rsa(bits) => KeySpec::Rsa(bits),
        Traditional::Ec(curve) => KeySpec::Ec(curve),
        Traditional::Brainpool(_) => return None,
        Traditional::X25519 => KeySpec::X25519,
        Traditional::X448 => KeySpec::X448,
    })
}

fn ecdsa(curve: Curve) -> &'static signature::EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
    }
}

fn generate_rsa(bits: u32) -> Result<Zeroizing<Vec<u8>>> {
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        _ => return Err(Error::unsupported_here("an RSA key of this size")),
    };
    let pair = RsaPair::generate(size).map_err(|_| Error::Random)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Error::Random)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

/// Fresh keys for both halves, which serve nowhere else.
fn generate_composite(pair: CompositeDsa, rng: &mut dyn Random) -> Result<Zeroizing<Vec<u8>>> {
    let spec = composite_dsa::traditional_spec(pair).ok_or(Error::unsupported_here("making a key of this pair"))?;
    let (_, other) = SoftKey::generate(spec, rng)?;
    let mut seed = Zeroizing::new([0; composite_dsa::SEED]);
    rng.fill(&mut *seed)?;
    let octets = composite_dsa::join_private(&*seed, pair, &PrivateKeyInfo::from_der(&other)?)?;
    Ok(PrivateKeyInfo::new(AlgorithmIdentifier::new(pair.oid()), octets).to_der())
}

fn generate_seed(oid: wire::Oid, length: u8, rng: &mut dyn Random) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![0; 2 + usize::from(length)]);
    rng.fill(&mut key[2..])?;
    key[..2].copy_from_slice(&[4, length]);
    Ok(PrivateKeyInfo::new(AlgorithmIdentifier::new(oid), key).to_der())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn algorithms(spec: KeySpec) -> Vec<SignatureAlgorithm> {
        let sha2 = [Digest::Sha256, Digest::Sha384, Digest::Sha512];
        match spec {
            KeySpec::Rsa(_) => {
                let pkcs1 = sha2.into_iter().map(SignatureAlgorithm::RsaPkcs1);
                let pss = [Digest::Sha3_256, Digest::Sha3_512, Digest::Shake128, Digest::Shake256];
                let pss = sha2.into_iter().chain(pss).map(SignatureAlgorithm::pss);
                pkcs1.chain([SignatureAlgorithm::RsaPkcs1(Digest::Sha3_384)]).chain(pss).collect()
            }
            KeySpec::Ec(_) => [Digest::Sha224, Digest::Sha3_384, Digest::Shake128, Digest::Shake256]
                .into_iter()
                .chain(sha2)
                .map(SignatureAlgorithm::Ecdsa)
                .collect(),
            KeySpec::Ed25519 => vec![SignatureAlgorithm::Ed25519],
            KeySpec::MlDsa(set) => vec![SignatureAlgorithm::ml_dsa(set)],
            KeySpec::X25519 | KeySpec::X448 | KeySpec::MlKem(_) | KeySpec::CompositeKem(_) => vec![],
            KeySpec::Ed448 => vec![SignatureAlgorithm::Ed448],
            KeySpec::CompositeDsa(pair) => vec![SignatureAlgorithm::CompositeDsa(pair)],
            KeySpec::SlhDsa(set) => vec![SignatureAlgorithm::slh_dsa(set)],
        }
    }

    #[test]
    fn signs_with_every_algorithm_and_nothing_else_verifies() {
        for spec in KeySpec::ALL.into_iter().filter(|s| !matches!(s, KeySpec::Rsa(3072 | 4096))) {
            let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
            assert_eq!(key.public().kind(), spec.kind());
            let again = SoftKey::from_pkcs8(&pkcs8).unwrap();
            assert_eq!(again.public(), key.public());
            assert_eq!(SoftKey::from_pkcs8(&key.to_pkcs8()).unwrap().public(), key.public());
            for algorithm in algorithms(spec) {
                let signature = again.sign(&algorithm, b"message", &mut SystemRandom).unwrap();
                let public = PublicKey::from_spki(key.public().spki()).unwrap();
                public.verify(&algorithm, b"message", &signature).unwrap();
                let hashed = digest(algorithm.digest(), b"message");
                let by_digest = public.verify_digest(&algorithm, &hashed, &signature);
                assert_eq!(by_digest.is_ok(), !algorithm.is_pure());
                assert_eq!(public.verify(&algorithm, b"Message", &signature), Err(Error::BadSignature));
                for bit in (0..signature.len() * 8).step_by(if signature.len() > 2000 { 499 } else { 5 }) {
                    let mut bad = signature.clone();
                    bad[bit / 8] ^= 1 << (bit % 8);
                    assert_eq!(public.verify(&algorithm, b"message", &bad), Err(Error::BadSignature), "{algorithm}");
                }
                for bad in [&signature[1..], &signature[..signature.len() - 1], &[&signature[..], &[0]].concat()] {
                    assert_eq!(public.verify(&algorithm, b"message", bad), Err(Error::BadSignature), "{algorithm}");
                }
            }
        }
    }

    /// A digest that is longer or shorter than the group order, against another implementation's reading of FIPS
    /// 186-5: the same key verifies through the library's own pairing where it has one.
    #[test]
    fn ecdsa_digests_of_other_lengths_are_the_library_s() {
        let (key, _) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
        for (name, library) in
            [(Digest::Sha384, &signature::ECDSA_P256_SHA384_ASN1), (Digest::Sha512, &signature::ECDSA_P256_SHA512_ASN1)]
        {
            let made = key.sign(&SignatureAlgorithm::Ecdsa(name), b"m", &mut SystemRandom).unwrap();
            let check = signature::UnparsedPublicKey::new(library, key.public().octets());
            assert!(check.verify(b"m", &made).is_ok());
        }
        let (key, _) = SoftKey::generate(KeySpec::Ec(Curve::P521), &mut SystemRandom).unwrap();
        let made = key.sign(&SignatureAlgorithm::Ecdsa(Digest::Sha256), b"m", &mut SystemRandom).unwrap();
        let check = signature::UnparsedPublicKey::new(&signature::ECDSA_P521_SHA256_ASN1, key.public().octets());
        assert!(check.verify(b"m", &made).is_ok());
    }

    #[test]
    fn kinds_of_keys_do_their_own_work_only() {
        let rng = &mut SystemRandom;
        let (ec, _) = SoftKey::generate(KeySpec::Ec(Curve::P256), rng).unwrap();
        let (ed, _) = SoftKey::generate(KeySpec::Ed25519, rng).unwrap();
        let (x, _) = SoftKey::generate(KeySpec::X25519, rng).unwrap();
        for (key, algorithm) in [
            (&ec, SignatureAlgorithm::Ed25519),
            (&ec, SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
            (&ec, SignatureAlgorithm::Ecdsa(Digest::Sha1)),
            (&ed, SignatureAlgorithm::Ecdsa(Digest::Sha256)),
            (&x, SignatureAlgorithm::Ed25519),
        ] {
            assert!(matches!(key.sign(&algorithm, b"", rng), Err(Error::KeyCannot(_))), "{algorithm}");
        }
        assert!(matches!(ed.agree(&[9; 32]), Err(Error::KeyCannot(_))));
        assert!(matches!(ec.decrypt(&KeyTransport::RsaPkcs1, &[0; 256]), Err(Error::KeyCannot(_))));
        assert!(matches!(ec.public().encrypt(&KeyTransport::RsaPkcs1, &[0; 16], rng), Err(Error::KeyCannot(_))));
    }

    /// RFC 4055 §1.2: a key restricted to PSS or OAEP does nothing else, and keeps to its parameters.
    #[test]
    fn restricted_rsa_keys() {
        let rng = &mut SystemRandom;
        let (_, pkcs8) = SoftKey::generate(KeySpec::Rsa(2048), rng).unwrap();
        let plain = PrivateKeyInfo::from_der(&pkcs8).unwrap();
        let restricted = |algorithm| SoftKey::from_info(&PrivateKeyInfo { algorithm, ..plain.clone() }).unwrap();
        let pss = restricted(AlgorithmIdentifier::new(oids::RSASSA_PSS));
        let pss256 = restricted(SignatureAlgorithm::pss(Digest::Sha256).to_x509());
        let oaep = restricted(KeyTransport::oaep(Digest::Sha256).to_algorithm());
        let any = SignatureAlgorithm::pss(Digest::Sha512);
        let made = pss.sign(&any, b"m", rng).unwrap();
        pss.public().verify(&any, b"m", &made).unwrap();
        assert!(matches!(pss256.sign(&any, b"m", rng), Err(Error::KeyCannot(_))));
        assert!(matches!(pss256.public().verify(&any, b"m", &made), Err(Error::KeyCannot(_))));
        let pkcs1 = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);
        for key in [&pss, &pss256, &oaep] {
            assert!(matches!(key.sign(&pkcs1, b"m", rng), Err(Error::KeyCannot(_))));
            assert!(matches!(key.public().encrypt(&KeyTransport::RsaPkcs1, &[1; 16], rng), Err(Error::KeyCannot(_))));
        }
        let how = KeyTransport::oaep(Digest::Sha256);
        let sealed = oaep.public().encrypt(&how, &[1; 16], rng).unwrap();
        assert_eq!(oaep.decrypt(&how, &sealed).unwrap().as_bytes(), [1; 16]);
        assert!(matches!(oaep.decrypt(&KeyTransport::oaep(Digest::Sha1), &sealed), Err(Error::KeyCannot(_))));
        assert!(matches!(pss.decrypt(&how, &sealed), Err(Error::KeyCannot(_))));
    }

    #[test]
    fn a_public_key_that_is_another_s_is_refused() {
        let (_, pkcs8) = SoftKey::generate(KeySpec::Ed25519, &mut SystemRandom).unwrap();
        let mut info = PrivateKeyInfo::from_der(&pkcs8).unwrap();
        info.public_key = Some(vec![1; 32]);
        assert!(matches!(SoftKey::from_info(&info), Err(Error::BadKey(_))));
        for length in 0..pkcs8.len() {
            assert!(SoftKey::from_pkcs8(&pkcs8[..length]).is_err());
        }
    }

    /// bounds of public keys.
    #[test]
    fn odd_public_keys_are_refused() {
        let rsa = |modulus: &[u8], exponent: &[u8]| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.unsigned(modulus).unsigned(exponent);
            });
            let algorithm = AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION);
            PublicKey::new(SubjectPublicKeyInfo::new(algorithm, w.into_bytes()))
        };
        let odd = [0xff; 1024];
        assert!(rsa(&odd[..128], &[3]).is_ok() && rsa(&odd, &[1, 0, 1]).is_ok());
        assert!(rsa(&odd[..128], &[0xff; 8]).is_ok());
        assert!(rsa(&odd[..127], &[3]).is_err());
        assert!(rsa(&[0xff; 1025], &[3]).is_err());
        for exponent in [&[0][..], &[1], &[2], &[1, 0, 0], &[0xff; 9]] {
            assert!(rsa(&odd[..256], exponent).is_err(), "{exponent:?}");
        }
        let mut even = odd[..256].to_vec();
        even[255] = 0xfe;
        assert!(rsa(&even, &[3]).is_err());
        let mut curve = Writer::new();
        curve.oid(oids::P256);
        let algorithm = AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, curve.into_bytes());
        for point in [vec![4; 65], vec![2; 33], vec![0], vec![], vec![4; 64]] {
            assert!(PublicKey::new(SubjectPublicKeyInfo::new(algorithm.clone(), point)).is_err());
        }
        let unnamed = AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, vec![0x30, 0]);
        assert!(PublicKey::new(SubjectPublicKeyInfo::new(unnamed, vec![4; 65])).is_err());
    }
}
