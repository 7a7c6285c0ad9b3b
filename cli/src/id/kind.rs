//! The kinds of keys that an identity can have.

use std::str::FromStr;

use crypto::KeySpec;

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
        if kinds.sign == KeySpec::X25519 {
            return Err("x25519 cannot sign; write ed25519+x25519".to_owned());
        }
        if kinds.encrypt == KeySpec::Ed25519 {
            return Err("ed25519 cannot decrypt; write ed25519+x25519".to_owned());
        }
        Ok(kinds)
    }
}

const KNOWN: &str = "there are rsa-2048, rsa-3072, rsa-4096, p256, p384, p521, and ed25519+x25519";

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
        for bad in ["ed25519", "x25519", "x25519+p256", "p256+ed25519", "rsa", "p256+", ""] {
            assert!(bad.parse::<KeyKinds>().is_err(), "{bad}");
        }
    }
}
