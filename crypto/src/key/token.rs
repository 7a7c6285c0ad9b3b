//! Private keys in tokens. What a token does is as bare as its interface; encodings, restrictions of keys, and that every
//! failure looks the same are dealt with here, for all tokens.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::hmac;
use wire::der::Writer;
use wire::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::digest;
use crate::key::padding::{oaep_decode, pkcs1_decode};
use crate::key::private::PrivateKey;
use crate::key::public::{Prepared, PublicKey};
use crate::key::verify::fit;
use crate::names::{Digest, KeyKind, KeyTransport, SignatureAlgorithm};
use crate::random::Random;
use crate::secret::Secret;

/// What a token does with one private key. It holds the key; nothing here sees it.
///
/// Errors of an operation are all [`Error::Failed`], whatever happened: a token that tells wrong padding from a wrong
/// length would be an oracle, and so would one that was pulled out at the right moment.
pub trait TokenKey: Send + Sync {
    /// A signature of this algorithm, the message hashed by the token; what it gives has the forms of the bare operations
    /// below. `None` where these are to be used, as with most keys.
    ///
    /// # Errors
    /// [`Error::Failed`]; [`Error::Unsupported`] where it does not do that.
    fn sign_message(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Option<Result<Vec<u8>>> {
        let _ = (algorithm, message);
        None
    }

    /// An RSA signature (RFC 8017 §8.2) over this DigestInfo, which is the token's to pad.
    ///
    /// # Errors
    /// [`Error::Failed`].
    fn sign_pkcs1(&self, digest_info: &[u8]) -> Result<Vec<u8>>;

    /// An RSA-PSS signature (RFC 8017 §8.1) over this hash, with the same digest in the mask and a salt of its length.
    ///
    /// # Errors
    /// [`Error::Failed`]; [`Error::Unsupported`] where it has no such digest.
    fn sign_pss(&self, digest: Digest, hash: &[u8]) -> Result<Vec<u8>>;

    /// An ECDSA signature over a hash that is no longer than the order: both numbers, one after the other, in as many
    /// octets as the order has.
    ///
    /// # Errors
    /// [`Error::Failed`].
    fn sign_ecdsa(&self, hash: &[u8]) -> Result<Vec<u8>>;

    /// The bare RSA operation, as many octets as the modulus; `None` where the token has none.
    ///
    /// # Errors
    /// [`Error::Failed`].
    fn raw(&self, number: &[u8]) -> Option<Result<Zeroizing<Vec<u8>>>>;

    /// Decrypts RSA key transport, padding taken off, where there is no bare operation.
    ///
    /// # Errors
    /// [`Error::Failed`]; [`Error::Unsupported`] where it has no such padding.
    fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>>;

    /// The x coordinate of the point that ECDH gives (SP 800-56A §5.7.1.2) with this uncompressed one, which is on the curve.
    ///
    /// # Errors
    /// [`Error::Failed`].
    fn agree(&self, point: &[u8]) -> Result<Zeroizing<Vec<u8>>>;
}

/// A private key in a token, with its public half.
pub struct HardKey {
    public: PublicKey,
    token: Arc<dyn TokenKey>,
    /// What stands in for content keys that could not be decrypted is derived of this.
    rejection: OnceLock<Secret>,
    random: Secret,
}

impl HardKey {
    /// # Errors
    /// [`Error::Unsupported`] for kinds of keys other than RSA and the curves of NIST; [`Error::Random`].
    pub fn new(public: PublicKey, token: Arc<dyn TokenKey>, rng: &mut dyn Random) -> Result<Self> {
        if !matches!(public.kind(), KeyKind::Rsa { .. } | KeyKind::Ec(_)) {
            return Err(Error::unsupported_here("a key of this kind in a token"));
        }
        let random = crate::random::secret(32, rng)?;
        Ok(HardKey { public, token, rejection: OnceLock::new(), random })
    }

    fn octets(&self) -> usize {
        match self.public.kind() {
            KeyKind::Rsa { bits } => usize::try_from(bits.div_ceil(8)).unwrap_or_default(),
            _ => 0,
        }
    }

    fn signed(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>> {
        let hashed_there = || self.token.sign_message(algorithm, message);
        let cannot = Error::KeyCannot("make signatures of this algorithm");
        match (algorithm, self.public.kind(), self.public.prepared()) {
            (SignatureAlgorithm::RsaPkcs1(name), KeyKind::Rsa { .. }, Prepared::Rsa(limits)) => {
                limits.may_sign(algorithm)?;
                if matches!(name, Digest::Md5 | Digest::Sha1) || self.octets() < MIN_OCTETS {
                    return Err(cannot);
                }
                if let Some(signed) = hashed_there() {
                    return signed;
                }
                let mut info = Writer::new();
                info.sequence(|w| {
                    AlgorithmIdentifier::with_null(name.oid()).write(w);
                    w.octet_string(&digest(*name, message));
                });
                self.token.sign_pkcs1(info.as_bytes())
            }
            (SignatureAlgorithm::RsaPss { digest: name, .. }, KeyKind::Rsa { .. }, Prepared::Rsa(limits)) => {
                limits.may_sign(algorithm)?;
                if *algorithm != SignatureAlgorithm::pss(*name) || self.octets() < MIN_OCTETS {
                    return Err(Error::unsupported_here("signing with these RSA parameters"));
                }
                hashed_there().unwrap_or_else(|| self.token.sign_pss(*name, &digest(*name, message)))
            }
            (SignatureAlgorithm::Ecdsa(name), KeyKind::Ec(curve), _) if !matches!(name, Digest::Md5 | Digest::Sha1) => {
                let fitted = fit(curve, &digest(*name, message))?;
                let numbers = hashed_there().unwrap_or_else(|| self.token.sign_ecdsa(fitted.as_ref()));
                ecdsa_der(&numbers?)
            }
            _ => Err(cannot),
        }
    }

    /// A secret of this key, the same each time: the power of a number that nobody asks for otherwise. A token without the
    /// bare operation gives none, and then it is the same for this process alone.
    fn rejection(&self) -> &Secret {
        self.rejection.get_or_init(|| {
            let mut number = vec![0; self.octets()];
            for (counter, block) in (0_u8..).zip(number.get_mut(1..).unwrap_or_default().chunks_mut(32)) {
                let label = [b"sealpost implicit rejection", self.public.spki(), &[counter]].concat();
                let octets = digest(Digest::Sha256, &label);
                block.iter_mut().zip(octets.as_ref()).for_each(|(to, from)| *to = *from);
            }
            match self.token.raw(&number) {
                Some(Ok(power)) => Secret::new(digest(Digest::Sha256, &power).to_vec()),
                _ => self.random.clone(),
            }
        })
    }
}

impl PrivateKey for HardKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8], _: &mut dyn Random) -> Result<Vec<u8>> {
        // No secret hangs on why a token does not sign: it is no decryption that failed.
        self.signed(algorithm, message).map_err(|error| match error {
            Error::Failed => Error::KeyCannot("sign now: its token refuses to, or is not there any more"),
            other => other,
        })
    }

    fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Secret> {
        let (KeyKind::Rsa { .. }, Prepared::Rsa(limits)) = (self.public.kind(), self.public.prepared()) else {
            return Err(Error::KeyCannot("take key transport"));
        };
        limits.may_transport(how)?;
        if ciphertext.len() != self.octets() {
            return Err(Error::Failed);
        }
        let plain = match self.token.raw(ciphertext) {
            Some(encoded) => {
                let encoded = encoded?;
                let plain = match how {
                    KeyTransport::RsaPkcs1 => pkcs1_decode(&encoded),
                    KeyTransport::RsaOaep { digest, mgf, label } => oaep_decode((*digest, *mgf), label, &encoded),
                };
                plain.ok_or(Error::Failed)?
            }
            None => self.token.decrypt(how, ciphertext)?,
        };
        Ok(plain.into())
    }

    fn agree(&self, peer: &[u8]) -> Result<Secret> {
        let KeyKind::Ec(curve) = self.public.kind() else { return Err(Error::KeyCannot("agree on keys")) };
        if peer.len() != curve.point_len() || peer.first() != Some(&4) {
            return Err(Error::Failed); // uncompressed points alone (K-05)
        }
        // A point of another curve would tell of the key, and not every token looks.
        let other = SubjectPublicKeyInfo::new(self.public.algorithm().clone(), peer);
        PublicKey::new(other).and_then(|other| other.agree_ephemeral()).map_err(|_| Error::Failed)?;
        let shared = self.token.agree(peer)?;
        if shared.len() == curve.field_len() { Ok(shared.into()) } else { Err(Error::Failed) }
    }

    fn implicit_rejection(&self, ciphertext: &[u8], length: usize) -> Option<Secret> {
        let key = hmac::Key::new(hmac::HMAC_SHA512, self.rejection().as_bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(b"implicit rejection");
        context.update(ciphertext);
        let tag = context.sign();
        tag.as_ref().get(..length).map(|bytes| Secret::new(bytes.to_vec()))
    }
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3) of two numbers of the same length.
fn ecdsa_der(numbers: &[u8]) -> Result<Vec<u8>> {
    if numbers.is_empty() || !numbers.len().is_multiple_of(2) {
        return Err(Error::Failed);
    }
    let (r, s) = numbers.split_at(numbers.len() / 2);
    let mut w = Writer::new();
    w.sequence(|w| {
        w.unsigned(r).unsigned(s);
    });
    Ok(w.into_bytes())
}

/// Of a modulus that signs: 2048 bits.
const MIN_OCTETS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SoftKey;
    use crate::key::rsa_raw::RawPrivate;
    use crate::names::{Curve, KeySpec};
    use crate::random::SystemRandom;
    use crate::transport_cek;

    /// A token whose key is in the test's memory; `bare` says whether it has the bare operation, `gone` that it was
    /// pulled out.
    struct Toy {
        key: SoftKey,
        raw: Option<RawPrivate>,
        gone: std::sync::atomic::AtomicBool,
    }

    impl Toy {
        fn there(&self) -> Result<()> {
            if self.gone.load(std::sync::atomic::Ordering::Relaxed) { Err(Error::Failed) } else { Ok(()) }
        }
    }

    impl TokenKey for Toy {
        fn sign_pkcs1(&self, _: &[u8]) -> Result<Vec<u8>> {
            Err(Error::Failed)
        }
        fn sign_pss(&self, _: Digest, _: &[u8]) -> Result<Vec<u8>> {
            Err(Error::Failed)
        }
        fn sign_ecdsa(&self, _: &[u8]) -> Result<Vec<u8>> {
            Err(Error::Failed)
        }
        fn raw(&self, number: &[u8]) -> Option<Result<Zeroizing<Vec<u8>>>> {
            self.raw.as_ref().map(|raw| self.there().and_then(|()| raw.apply(number)))
        }
        fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
            self.there()?;
            Ok(Zeroizing::new(self.key.decrypt(how, ciphertext)?.as_bytes().to_vec()))
        }
        fn agree(&self, point: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
            self.there()?;
            Ok(Zeroizing::new(self.key.agree(point)?.as_bytes().to_vec()))
        }
    }

    fn toy(spec: KeySpec, bare: bool) -> (Arc<Toy>, HardKey) {
        let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
        let info = wire::PrivateKeyInfo::from_der(&pkcs8).unwrap();
        let raw = bare.then(|| RawPrivate::from_der(&info.key).unwrap());
        let public = PublicKey::from_spki(key.public().spki()).unwrap();
        let toy = Arc::new(Toy { key, raw, gone: false.into() });
        let hard = HardKey::new(public, toy.clone(), &mut SystemRandom).unwrap();
        (toy, hard)
    }

    /// Promise 5: bad padding, a wrong length and a token that is gone all give a content key, the same each time.
    #[test]
    fn tk_03_no_failure_of_a_token_can_be_told_from_another() {
        let rng = &mut SystemRandom;
        for bare in [true, false] {
            let (toy, key) = toy(KeySpec::Rsa(2048), bare);
            for how in [KeyTransport::RsaPkcs1, KeyTransport::oaep(Digest::Sha256), KeyTransport::oaep(Digest::Sha1)] {
                let good = key.public().encrypt(&how, &[5; 32], rng).unwrap();
                assert_eq!(transport_cek(&key, &how, &good, 32, rng).unwrap().as_bytes(), [5; 32]);
                let mut bad = good.clone();
                bad[100] ^= 1;
                let first = transport_cek(&key, &how, &bad, 32, rng).unwrap();
                assert_ne!(first.as_bytes(), [5; 32]);
                assert_eq!(key.implicit_rejection(&bad, 32), Some(first.clone()));
                assert_eq!(
                    transport_cek(&key, &how, &good, 16, rng).unwrap(),
                    key.implicit_rejection(&good, 16).unwrap()
                );
                toy.gone.store(true, std::sync::atomic::Ordering::Relaxed);
                assert_eq!(transport_cek(&key, &how, &bad, 32, rng).unwrap(), first);
                let lost = transport_cek(&key, &how, &good, 32, rng).unwrap();
                assert_eq!(key.implicit_rejection(&good, 32), Some(lost));
                toy.gone.store(false, std::sync::atomic::Ordering::Relaxed);
                assert_eq!(transport_cek(&key, &how, &good[1..], 32, rng).unwrap_err(), Error::Failed);
            }
        }
        // With the bare operation it is the key's own, in another process too.
        let (toy, key) = toy(KeySpec::Rsa(2048), true);
        let again = HardKey::new(PublicKey::from_spki(key.public().spki()).unwrap(), toy, rng).unwrap();
        assert_eq!(key.implicit_rejection(b"c", 32), again.implicit_rejection(b"c", 32));
    }

    #[test]
    fn tk_03_points_of_other_curves_do_not_reach_the_token() {
        let (_, key) = toy(KeySpec::Ec(Curve::P256), false);
        let (point, shared) = key.public().agree_ephemeral().unwrap();
        assert_eq!(key.agree(&point).unwrap(), shared);
        for at in [1, 33, 64] {
            let mut off = point.clone();
            off[at] ^= 1;
            assert_eq!(key.agree(&off).unwrap_err(), Error::Failed);
        }
        assert_eq!(key.agree(&point[..64]).unwrap_err(), Error::Failed);
        let (_, rsa) = toy(KeySpec::Rsa(2048), true);
        assert!(matches!(rsa.agree(&point), Err(Error::KeyCannot(_))));
        assert!(matches!(key.decrypt(&KeyTransport::RsaPkcs1, &[0; 256]), Err(Error::KeyCannot(_))));
    }
}
