//! Ed448 keys (RFC 8032 §5.2, RFC 8410), over the library below.

use ed448_goldilocks::{SecretKey, Signature, SigningKey, VerifyingKey};
use wire::SubjectPublicKeyInfo;

use crate::error::{Error, Result};

/// Octets of a private and of a public key.
pub(super) const LENGTH: usize = 57;

/// From the 57 octets of a private key.
pub(super) fn private(seed: &[u8]) -> Result<SigningKey> {
    let seed: [u8; LENGTH] = seed.try_into().map_err(|_| Error::BadKey("not 57 octets"))?;
    Ok(SigningKey::from(SecretKey::from(seed)))
}

/// Reads a public key: 57 octets that are a point, without parameters.
pub(super) fn public(spki: &SubjectPublicKeyInfo) -> Result<VerifyingKey> {
    if spki.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    let octets: &[u8; LENGTH] = spki.key().try_into().map_err(|_| Error::BadKey("not 57 octets"))?;
    VerifyingKey::from_bytes(octets).map_err(|_| Error::BadKey("not an Ed448 key"))
}

/// Whether a signature of 114 octets holds over the message, with S below the group order (RFC 8032 §5.2.7).
pub(super) fn holds(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature).is_ok_and(|signature| key.verify_raw(&signature, message).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{AlgorithmIdentifier, oids};

    /// V-12: S is below the group order, so that nobody makes a second signature of one; RFC 8032 §5.2.7.
    #[test]
    fn v_12_a_signature_of_ed448_has_one_form() {
        let key = private(&[7; LENGTH]).unwrap();
        let signature = key.sign_raw(b"message").to_bytes();
        let public = key.verifying_key();
        assert!(holds(&public, b"message", &signature) && !holds(&public, b"Message", &signature));
        let mut other = signature;
        let mut carry = 0_u16;
        for (b, l) in other[LENGTH..].iter_mut().zip(ORDER) {
            carry += u16::from(*b) + u16::from(l);
            *b = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert!(!holds(&public, b"message", &other));
        for length in [0, 113] {
            assert!(!holds(&public, b"message", &signature[..length]));
        }
        assert!(!holds(&public, b"message", &[&signature[..], &[0]].concat()));
    }

    /// RFC 8410 §3; the identity and what is no point are no keys.
    #[test]
    fn ed448_keys_are_points_without_parameters() {
        let spki = |algorithm, key: &[u8]| SubjectPublicKeyInfo::new(algorithm, key);
        let good = private(&[7; LENGTH]).unwrap().verifying_key().to_bytes();
        let plain = || AlgorithmIdentifier::new(oids::ED448);
        public(&spki(plain(), &good)).unwrap();
        assert!(public(&spki(AlgorithmIdentifier::with_null(oids::ED448), &good)).is_err());
        assert!(public(&spki(plain(), &good[1..])).is_err());
        let mut identity = [0; LENGTH];
        identity[0] = 1;
        assert!(public(&spki(plain(), &identity)).is_err());
        assert!(public(&spki(plain(), &[0xff; LENGTH])).is_err());
        assert!(private(&[7; 56]).is_err());
    }

    /// The order of the group, little end first.
    const ORDER: [u8; LENGTH] = [
        0xf3, 0x44, 0x58, 0xab, 0x92, 0xc2, 0x78, 0x23, 0x55, 0x8f, 0xc5, 0x8d, 0x72, 0xc2, 0x6c, 0x21, 0x90, 0x36,
        0xd6, 0xae, 0x49, 0xdb, 0x4e, 0xc4, 0xe9, 0x23, 0xca, 0x7c, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x3f, 0x00,
    ];
}
