//! Stable names of everything that the policy judges, made only from the enums of `crypto`.

use std::borrow::Cow;
use std::fmt;

use crypto::{AgreementScheme, ContentCipher, Digest, KeyKind, KeyTransport, KeyWrap, SignatureAlgorithm};

/// An algorithm or a key as the policy sees it: a name, and for RSA keys the length of the modulus in bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Algorithm {
    name: Cow<'static, str>,
    bits: u32,
}

impl Algorithm {
    /// Something that has no name here, such as an unknown object identifier. No row names it, so it is rejected.
    pub fn unknown(text: impl fmt::Display) -> Algorithm {
        Algorithm { name: Cow::Owned(format!("algorithm {text}")), bits: 0 }
    }

    /// The name without a length, as rows have it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The length in bits of an RSA key, 0 for everything else.
    pub fn bits(&self) -> u32 {
        self.bits
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.bits > 0 { write!(f, "-{}", self.bits) } else { Ok(()) }
    }
}

impl From<Digest> for Algorithm {
    fn from(digest: Digest) -> Self {
        plain(digest.name())
    }
}

impl From<&KeyKind> for Algorithm {
    fn from(kind: &KeyKind) -> Self {
        match kind {
            KeyKind::Rsa { bits } => Algorithm { name: Cow::Borrowed("rsa"), bits: *bits },
            KeyKind::Ec(curve) => plain(curve.name()),
            KeyKind::Ed25519 => plain("ed25519"),
            KeyKind::X25519 => plain("x25519"),
            KeyKind::X448 => plain("x448"),
            KeyKind::MlDsa(set) => plain(set.name()),
            KeyKind::MlKem(set) => plain(set.name()),
            KeyKind::CompositeKem(kem) => plain(kem.name()),
            KeyKind::Ed448 => plain("ed448"),
            KeyKind::SlhDsa(set) => plain(set.name()),
            KeyKind::CompositeDsa(pair) => plain(pair.name()),
            KeyKind::HashSlhDsa(set) => plain(set.hashed_name()),
            KeyKind::HssLms => plain("hss-lms"),
            KeyKind::Brainpool(curve) => plain(curve.name()),
            KeyKind::Dsa { .. } => plain("dsa"),
            KeyKind::Other(_) => Algorithm { name: Cow::Owned(format!("key {kind}")), bits: 0 },
        }
    }
}

impl From<&SignatureAlgorithm> for Algorithm {
    fn from(algorithm: &SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::RsaPkcs1(digest) => joined("rsa-pkcs1", *digest),
            SignatureAlgorithm::RsaPss { digest, mgf, .. } => masked("rsa-pss", *digest, *mgf),
            SignatureAlgorithm::Ecdsa(digest) => joined("ecdsa", *digest),
            SignatureAlgorithm::Ed25519 => plain("ed25519"),
            SignatureAlgorithm::MlDsa { set, digest: Digest::Sha512 } => plain(set.name()),
            SignatureAlgorithm::MlDsa { set, digest } => joined(set.name(), *digest),
            SignatureAlgorithm::Ed448 => plain("ed448"),
            SignatureAlgorithm::CompositeDsa(pair) => plain(pair.name()),
            SignatureAlgorithm::Dsa(digest) => joined("dsa", *digest),
            SignatureAlgorithm::SlhDsa { set, digest } if set.bears(*digest) => plain(set.name()),
            SignatureAlgorithm::SlhDsa { digest, .. } => joined("slh-dsa-with", *digest),
            SignatureAlgorithm::HashSlhDsa(set) => plain(set.hashed_name()),
            SignatureAlgorithm::HssLms(Digest::Sha256 | Digest::Shake256) => plain("hss-lms"),
            SignatureAlgorithm::HssLms(digest) => joined("hss-lms", *digest),
        }
    }
}

impl From<ContentCipher> for Algorithm {
    fn from(cipher: ContentCipher) -> Self {
        plain(cipher.name())
    }
}

impl From<KeyWrap> for Algorithm {
    fn from(wrap: KeyWrap) -> Self {
        plain(wrap.name())
    }
}

impl From<&KeyTransport> for Algorithm {
    fn from(transport: &KeyTransport) -> Self {
        match transport {
            KeyTransport::RsaPkcs1 => plain("rsa-pkcs1"),
            KeyTransport::RsaOaep { digest, mgf, .. } => masked("rsa-oaep", *digest, *mgf),
        }
    }
}

impl From<&AgreementScheme> for Algorithm {
    fn from(scheme: &AgreementScheme) -> Self {
        match scheme {
            AgreementScheme::X963(digest) => joined("ecdh-x963", *digest),
            AgreementScheme::Hkdf(digest) => joined("ecdh-hkdf", *digest),
        }
    }
}

fn plain(name: &'static str) -> Algorithm {
    Algorithm { name: Cow::Borrowed(name), bits: 0 }
}

fn joined(family: &str, digest: Digest) -> Algorithm {
    let known = match (family, digest) {
        ("rsa-pkcs1", Digest::Sha256) => "rsa-pkcs1-sha256",
        ("rsa-pss", Digest::Sha256) => "rsa-pss-sha256",
        ("ecdsa", Digest::Sha256) => "ecdsa-sha256",
        ("ecdsa", Digest::Sha384) => "ecdsa-sha384",
        _ => return Algorithm { name: Cow::Owned([family, digest.name()].join("-")), bits: 0 },
    };
    plain(known)
}

/// The mask generation function is named only where its digest differs.
fn masked(family: &str, digest: Digest, mgf: Digest) -> Algorithm {
    if digest == mgf {
        return joined(family, digest);
    }
    Algorithm { name: Cow::Owned(format!("{family}-{digest}-mgf1-{mgf}")), bits: 0 }
}
