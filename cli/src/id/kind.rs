//! The kinds of keys that an identity can have.

use std::str::FromStr;

use crypto::{KeySpec, MlDsa, MlKem};

/// A key that signs and a key that decrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyKinds {
    /// Signs.
    pub sign: KeySpec,
    /// Decrypts.
    pub encrypt: KeySpec,
}

impl FromStr for KeyKinds {
    type Err = String;

    /// One kind for both, or two with a plus sign between.
    fn from_str(text: &str) -> Result<Self, String> {
        let (sign, encrypt) = text.split_once('+').unwrap_or((text, text));
        let read =
            |name: &str| name.parse::<KeySpec>().map_err(|_| format!("no kind of key is named {name:?}; {KNOWN}"));
        let kinds = KeyKinds { sign: read(sign)?, encrypt: read(encrypt)? };
        if !kinds.sign.signs() {
            return Err(format!("{} cannot sign; write {}", kinds.sign, pair(kinds.sign)));
        }
        if !kinds.encrypt.decrypts() {
            return Err(format!("{} cannot decrypt; write {}", kinds.encrypt, pair(kinds.encrypt)));
        }
        Ok(kinds)
    }
}

/// A pair to propose to whoever named a kind that does half of the work.
fn pair(half: KeySpec) -> &'static str {
    match half {
        KeySpec::MlDsa(MlDsa::Dsa44) | KeySpec::MlKem(MlKem::MlKem512) => "ml-dsa-44+ml-kem-512",
        KeySpec::MlDsa(MlDsa::Dsa65) | KeySpec::MlKem(MlKem::MlKem768) => "ml-dsa-65+ml-kem-768",
        KeySpec::MlDsa(MlDsa::Dsa87) | KeySpec::MlKem(MlKem::MlKem1024) => "ml-dsa-87+ml-kem-1024",
        KeySpec::SlhDsa(_) => "slh-dsa-sha2-128s+ml-kem-768",
        KeySpec::Ed448 | KeySpec::X448 => "ed448+x448",
        _ => "ed25519+x25519",
    }
}

const KNOWN: &str = "there are rsa-2048, rsa-3072, rsa-4096, p256, p384 and p521; to sign alone ed25519, ed448, \
                     ml-dsa-44, ml-dsa-65, ml-dsa-87, slh-dsa-sha2-128s and slh-dsa-sha2-128f; to decrypt alone x25519, \
                     x448 and ml-kem-512, -768, -1024; what is still a draft: mldsa65-ecdsa-p256-sha512 and the like; two have a plus sign between";

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::Curve;

    #[test]
    fn one_kind_or_two() {
        let both = |spec| Ok(KeyKinds { sign: spec, encrypt: spec });
        assert_eq!("p384".parse(), both(KeySpec::Ec(Curve::P384)));
        assert_eq!("rsa-3072".parse(), both(KeySpec::Rsa(3072)));
        assert_eq!("ed25519+x25519".parse(), Ok(KeyKinds { sign: KeySpec::Ed25519, encrypt: KeySpec::X25519 }));
        let post_quantum = KeyKinds { sign: KeySpec::MlDsa(MlDsa::Dsa65), encrypt: KeySpec::Ec(Curve::P256) };
        assert_eq!("ml-dsa-65+p256".parse(), Ok(post_quantum));
        for bad in [
            "ml-kem-768",
            "ml-kem-768+p256",
            "ml-dsa-65",
            "p256+ml-dsa-44",
            "ed25519",
            "x25519",
            "x25519+p256",
            "p256+ed25519",
            "rsa",
            "p256+",
            "",
        ] {
            assert!(bad.parse::<KeyKinds>().is_err(), "{bad}");
        }
    }
}
