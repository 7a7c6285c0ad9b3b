//! Key agreement: ephemeral keys and the key encryption key from the shared secret (RFC 5753, RFC 8418).

use aws_lc_rs::agreement as lc;
use wire::der::{Tag, Writer};

use crate::error::{Error, Result};
use crate::kdf;
use crate::key::{BrainpoolPrivate, PublicKey, X448Private, agreement_algorithm};
use crate::names::{AgreementScheme, KeyKind, KeyWrap};
use crate::random::SystemRandom;
use crate::secret::Secret;

/// A key pair for one message. One may serve many recipients of the same kind (RFC 5753 §3.1.1).
pub struct Ephemeral {
    kind: KeyKind,
    key: Pair,
    public: Vec<u8>,
}

enum Pair {
    Library(lc::PrivateKey),
    X448(X448Private),
    Brainpool(BrainpoolPrivate),
}

impl Ephemeral {
    /// A fresh pair for peers of this kind, drawn by the library's generator.
    ///
    /// # Errors
    /// [`Error::KeyCannot`] for kinds that cannot agree, [`Error::Random`].
    pub fn new(kind: &KeyKind) -> Result<Self> {
        if *kind == KeyKind::X448 {
            let key = X448Private::generate(&mut SystemRandom)?;
            let public = key.public();
            return Ok(Ephemeral { kind: *kind, key: Pair::X448(key), public });
        }
        if let KeyKind::Brainpool(curve) = kind {
            let key = BrainpoolPrivate::generate(*curve, &mut SystemRandom)?;
            let public = key.public();
            return Ok(Ephemeral { kind: *kind, key: Pair::Brainpool(key), public });
        }
        let algorithm = agreement_algorithm(kind).ok_or(Error::KeyCannot("agree on keys"))?;
        let key = lc::PrivateKey::generate(algorithm).map_err(|_| Error::Random)?;
        let public = key.compute_public_key().map_err(|_| Error::Random)?.as_ref().to_vec();
        Ok(Ephemeral { kind: *kind, key: Pair::Library(key), public })
    }

    /// The public value: what the BIT STRING of an OriginatorPublicKey holds.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The shared secret with a recipient.
    ///
    /// # Errors
    /// [`Error::KeyCannot`] where the recipient's key is of another kind or its public value gives no secret.
    pub fn agree(&self, peer: &PublicKey) -> Result<Secret> {
        if peer.kind() != self.kind {
            return Err(Error::KeyCannot("agree with a key of another kind"));
        }
        let failed = Error::KeyCannot("agree: its public value is not valid");
        let own = match &self.key {
            Pair::Library(key) => key,
            Pair::X448(key) => return key.agree(peer.octets()).map_err(|_| failed),
            Pair::Brainpool(key) => return key.agree(peer.octets()).map_err(|_| failed),
        };
        let key = peer.agreement_key().ok_or(Error::KeyCannot("agree on keys"))?.clone();
        lc::agree(own, key, failed, |shared| Ok(Secret::new(shared.to_vec())))
    }
}

impl std::fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ephemeral({})", self.kind)
    }
}

impl PublicKey {
    /// A fresh ephemeral key agreed with this one: its public value, and the shared secret.
    ///
    /// # Errors
    /// As [`Ephemeral::new`] and [`Ephemeral::agree`].
    pub fn agree_ephemeral(&self) -> Result<(Vec<u8>, Secret)> {
        let ephemeral = Ephemeral::new(&self.kind())?;
        let shared = ephemeral.agree(self)?;
        Ok((ephemeral.public, shared))
    }
}

/// The key encryption key for `wrap` from a shared secret. ECC-CMS-SharedInfo (RFC 5753 §7.2) is the other input of
/// X9.63, and the info of HKDF; under HKDF the user keying material is the salt too (RFC 8418 §2.2).
///
/// # Errors
/// [`Error::Unsupported`] for HKDF with SHA-224, [`Error::BadParameters`] for more than 1024 octets of `ukm`.
pub fn agreement_kek(scheme: AgreementScheme, shared: &Secret, wrap: KeyWrap, ukm: Option<&[u8]>) -> Result<Secret> {
    if ukm.is_some_and(|ukm| ukm.len() > MAX_UKM) {
        return Err(Error::BadParameters("user keying material too long"));
    }
    let info = shared_info(wrap, ukm);
    match scheme {
        AgreementScheme::X963(digest) => kdf::x963(digest, shared, &info, wrap.key_len()),
        AgreementScheme::Hkdf(digest) => kdf::hkdf(digest, ukm, shared, &info, wrap.key_len()),
    }
}

/// ```text
/// ECC-CMS-SharedInfo ::= SEQUENCE { keyInfo AlgorithmIdentifier, entityUInfo [0] EXPLICIT OCTET STRING OPTIONAL,
///                                   suppPubInfo [2] EXPLICIT OCTET STRING }
/// ```
fn shared_info(wrap: KeyWrap, ukm: Option<&[u8]>) -> Vec<u8> {
    let bits = u32::try_from(8 * wrap.key_len()).unwrap_or_default();
    let mut w = Writer::new();
    w.sequence(|w| {
        wrap.to_algorithm().write(w);
        if let Some(ukm) = ukm {
            w.nested(Tag::context(0), |w| {
                w.octet_string(ukm);
            });
        }
        w.nested(Tag::context(2), |w| {
            w.octet_string(&bits.to_be_bytes());
        });
    });
    w.into_bytes()
}

const MAX_UKM: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, SoftKey};
    use crate::names::{Curve, Digest, KeySpec};

    #[test]
    fn both_sides_agree() {
        let curves = Curve::ALL.map(KeySpec::Ec);
        for spec in curves.into_iter().chain([KeySpec::X25519, KeySpec::X448]) {
            let (key, _) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
            let ephemeral = Ephemeral::new(&spec.kind()).unwrap();
            let shared = ephemeral.agree(key.public()).unwrap();
            assert_eq!(key.agree(ephemeral.public()).unwrap(), shared);
            let (public, shared) = key.public().agree_ephemeral().unwrap();
            assert_eq!(key.agree(&public).unwrap(), shared);
            let mut bad = public.clone();
            bad[1] ^= 1;
            assert_ne!(key.agree(&bad).ok(), Some(shared));
            assert_eq!(key.agree(&public[1..]).unwrap_err(), Error::Failed);
        }
    }

    /// K-07: the all-zero secret of a point of small order aborts (RFC 7748 §6.1).
    #[test]
    fn x25519_and_x448_of_small_order_fail() {
        for (spec, length) in [(KeySpec::X25519, 32), (KeySpec::X448, 56)] {
            let (key, _) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
            let mut one = vec![0; length];
            assert_eq!(key.agree(&one).unwrap_err(), Error::Failed);
            one[0] = 1;
            assert_eq!(key.agree(&one).unwrap_err(), Error::Failed);
        }
    }

    /// K-06: the bytes RFC 5753 §7.2 demands, parameters of the AES wrap absent.
    #[test]
    fn shared_info_bytes() {
        let expected = b"\x30\x15\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d\xa2\x06\x04\x04\x00\x00\x01\x00";
        assert_eq!(shared_info(KeyWrap::Aes256, None), expected);
        let with = shared_info(KeyWrap::Aes128, Some(b"ab"));
        assert_eq!(&with[..2], b"\x30\x1b");
        assert!(with.windows(6).any(|w| w == b"\xa0\x04\x04\x02ab"));
        assert!(with.ends_with(b"\xa2\x06\x04\x04\x00\x00\x00\x80"));
    }

    #[test]
    fn every_input_of_the_kek_matters() {
        let shared = Secret::new(vec![3; 32]);
        let kek = |scheme, wrap, ukm| agreement_kek(scheme, &shared, wrap, ukm).unwrap();
        let all = [
            kek(AgreementScheme::X963(Digest::Sha256), KeyWrap::Aes256, None),
            kek(AgreementScheme::X963(Digest::Sha256), KeyWrap::Aes256, Some(b"".as_slice())),
            kek(AgreementScheme::X963(Digest::Sha256), KeyWrap::Aes256, Some(b"x".as_slice())),
            kek(AgreementScheme::X963(Digest::Sha1), KeyWrap::Aes256, None),
            kek(AgreementScheme::Hkdf(Digest::Sha256), KeyWrap::Aes256, None),
            kek(AgreementScheme::Hkdf(Digest::Sha256), KeyWrap::Aes256, Some(b"x".as_slice())),
            kek(AgreementScheme::X963(Digest::Sha256), KeyWrap::Aes128, None),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|b| a != b), "{i}");
        }
    }
}
