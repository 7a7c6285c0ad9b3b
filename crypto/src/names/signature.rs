//! Signature algorithms by name (RFC 5754 §3, RFC 4056, RFC 8419, RFC 8702, RFC 9688,
//! RFC 9708, RFC 9814, RFC 9882).

use std::fmt;

use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};
use crate::names::composite_dsa::CompositeDsa;
use crate::names::digest::Digest;
use crate::names::key::KeyKind;
use crate::names::ml_dsa::MlDsa;
use crate::names::pss::PssParameters;
use crate::names::slh_dsa::SlhDsa;

/// A signature algorithm with everything it needs but the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Digest),
    /// RSASSA-PSS.
    RsaPss {
        /// The digest of the message.
        digest: Digest,
        /// The digest of the mask generation function, MGF1; SHAKE masks by itself (RFC 8702 §3.2.1).
        mgf: Digest,
        /// Octets of salt.
        salt: u32,
    },
    /// ECDSA; the curve is the key's.
    Ecdsa(Digest),
    /// Ed25519 in its pure form.
    Ed25519,
    /// ML-DSA in its pure form.
    MlDsa {
        /// The parameter set.
        set: MlDsa,
        /// The digest of a message's content, which RFC 9882 §3.3 leaves to the signer; in certificates, where there
        /// is none, SHA-512.
        digest: Digest,
    },
    /// Ed448 in its pure form.
    Ed448,
    /// Composite ML-DSA; both of its signatures must hold.
    CompositeDsa(CompositeDsa),
    /// DSA, to judge old mail (RFC 3370 §3.1).
    Dsa(Digest),
    /// SLH-DSA in its pure form.
    SlhDsa {
        /// The parameter set.
        set: SlhDsa,
        /// The digest of a message's content; in certificates, where there is none, the set's own.
        digest: Digest,
    },
    /// SLH-DSA in its pre-hash mode, over its set's own digest (RFC 9909 §3): verified in certificates.
    HashSlhDsa(SlhDsa),
    /// HSS/LMS, with the digest of a message's content: RFC 9708 §5 asks for the hash function of its trees, which is
    /// SHA-256 or SHAKE256. In certificates, where there is none, SHA-256.
    HssLms(Digest),
}

impl SignatureAlgorithm {
    /// RSASSA-PSS as it is written: one digest throughout, as many octets of salt (RFC 4055 §3.1).
    pub fn pss(digest: Digest) -> Self {
        let salt = u32::try_from(digest.len()).unwrap_or(32);
        SignatureAlgorithm::RsaPss { digest, mgf: digest, salt }
    }

    /// ML-DSA as it is written: with SHA-512, the digest that every reader of it knows (RFC 9882 §3.3).
    pub const fn ml_dsa(set: MlDsa) -> Self {
        SignatureAlgorithm::MlDsa { set, digest: Digest::Sha512 }
    }

    /// SLH-DSA as it is written: with the digest of its set (RFC 9814 §4).
    pub const fn slh_dsa(set: SlhDsa) -> Self {
        SignatureAlgorithm::SlhDsa { set, digest: set.own_digest() }
    }

    /// The algorithm to sign with under a key of this kind and digest: v1.5 for RSA, ECDSA, Ed25519 (whatever the
    /// digest), Ed448, ML-DSA with SHA-512, which every reader of it knows (RFC 9882 §3.3), SLH-DSA with the digest of
    /// its set (RFC 9814 §4). `None` for keys that cannot sign.
    pub const fn for_key(kind: &KeyKind, digest: Digest) -> Option<Self> {
        match kind {
            KeyKind::Rsa { .. } => Some(SignatureAlgorithm::RsaPkcs1(digest)),
            KeyKind::Ec(_) => Some(SignatureAlgorithm::Ecdsa(digest)),
            KeyKind::Ed25519 => Some(SignatureAlgorithm::Ed25519),
            KeyKind::MlDsa(set) => Some(SignatureAlgorithm::ml_dsa(*set)),
            KeyKind::Ed448 => Some(SignatureAlgorithm::Ed448),
            KeyKind::SlhDsa(set) => Some(SignatureAlgorithm::slh_dsa(*set)),
            KeyKind::CompositeDsa(pair) if pair.signs() => Some(SignatureAlgorithm::CompositeDsa(*pair)),
            KeyKind::CompositeDsa(_) | KeyKind::Brainpool(_) | KeyKind::Dsa { .. } | KeyKind::HssLms => None,
            KeyKind::HashSlhDsa(_) => None,
            KeyKind::X25519 | KeyKind::X448 | KeyKind::MlKem(_) | KeyKind::CompositeKem(_) | KeyKind::Other(_) => None,
        }
    }

    /// From a SignerInfo's signature algorithm and its digest algorithm, which must agree (RFC 8933 §3.1; for
    /// PSS RFC 4056 §3; Ed25519 with signed attributes demands SHA-512, RFC 8419 §2.3; ML-DSA, SLH-DSA and HSS/LMS bear any, of which the
    /// policy is to judge).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other algorithms, [`Error::BadParameters`] for parameters or a digest that the
    /// algorithm forbids.
    pub fn from_cms(signature: &AlgorithmIdentifier, digest: Digest) -> Result<Self> {
        if signature.oid == oids::RSA_ENCRYPTION {
            no_parameters(signature)?;
            if digest.is_extendable() {
                return Err(Error::BadParameters("PKCS#1 v1.5 with SHAKE"));
            }
            return Ok(SignatureAlgorithm::RsaPkcs1(digest));
        }
        if signature.oid == oids::DSA {
            // The key's identifier in the place of the signature's, which old programs write.
            no_parameters(signature)?;
            return Ok(SignatureAlgorithm::Dsa(digest));
        }
        let algorithm = match SignatureAlgorithm::from_x509(signature)? {
            SignatureAlgorithm::MlDsa { set, .. } => SignatureAlgorithm::MlDsa { set, digest },
            SignatureAlgorithm::SlhDsa { set, .. } => SignatureAlgorithm::SlhDsa { set, digest },
            SignatureAlgorithm::HssLms(_) => SignatureAlgorithm::HssLms(digest),
            // Messages have the pure mode alone (RFC 9882 §3.1).
            SignatureAlgorithm::HashSlhDsa(_) => {
                return Err(Error::unsupported("the signature algorithm", signature.oid));
            }
            // The same digest without its length stated, as RFC 8419 §3.2 names it and some sign attributes too.
            SignatureAlgorithm::Ed448 if digest == Digest::Shake256 => return Ok(SignatureAlgorithm::Ed448),
            other => other,
        };
        if algorithm.digest() != digest {
            return Err(Error::BadParameters("the digest algorithms of signature and content differ"));
        }
        Ok(algorithm)
    }

    /// From the signature algorithm of a certificate, CRL or OCSP response.
    ///
    /// # Errors
    /// As [`SignatureAlgorithm::from_cms`].
    pub fn from_x509(signature: &AlgorithmIdentifier) -> Result<Self> {
        if signature.oid == oids::RSASSA_PSS {
            let parameters = signature.parameters.as_deref().ok_or(Error::BadParameters("PSS without parameters"))?;
            let PssParameters { digest, mgf, salt } = PssParameters::from_der(parameters)?;
            return Ok(SignatureAlgorithm::RsaPss { digest, mgf, salt });
        }
        if let Some((_, algorithm)) = PLAIN.iter().find(|(oid, _)| *oid == signature.oid) {
            match algorithm.digest().is_extendable() {
                true => absent_parameters(signature)?,
                false => no_parameters(signature)?,
            }
            return Ok(*algorithm);
        }
        if let Some(set) = MlDsa::from_oid(signature.oid) {
            absent_parameters(signature)?;
            return Ok(SignatureAlgorithm::ml_dsa(set));
        }
        if let Some(set) = SlhDsa::from_oid(signature.oid) {
            absent_parameters(signature)?;
            return Ok(SignatureAlgorithm::slh_dsa(set));
        }
        if let Some(set) = SlhDsa::from_hashed_oid(signature.oid) {
            absent_parameters(signature)?;
            return Ok(SignatureAlgorithm::HashSlhDsa(set));
        }
        if let Some(pair) = CompositeDsa::from_oid(signature.oid) {
            absent_parameters(signature)?;
            return Ok(SignatureAlgorithm::CompositeDsa(pair));
        }
        if signature.oid == oids::HSS_LMS {
            // To be absent (RFC 9708 §3), but Bouncy Castle writes NULL.
            no_parameters(signature)?;
            return Ok(SignatureAlgorithm::HssLms(Digest::Sha256));
        }
        Err(Error::unsupported("the signature algorithm", signature.oid))
    }

    /// As a SignerInfo names it: rsaEncryption for v1.5, which every reader knows (RFC 3370 §3.2).
    pub fn to_cms(&self) -> AlgorithmIdentifier {
        match self {
            SignatureAlgorithm::RsaPkcs1(_) => AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION),
            other => other.to_x509(),
        }
    }

    /// As a certificate names it.
    pub fn to_x509(&self) -> AlgorithmIdentifier {
        match *self {
            SignatureAlgorithm::RsaPkcs1(digest) => AlgorithmIdentifier::with_null(match digest {
                Digest::Md5 => oids::MD5_WITH_RSA,
                Digest::Sha1 => oids::SHA1_WITH_RSA,
                Digest::Sha224 => oids::SHA224_WITH_RSA,
                Digest::Sha256 => oids::SHA256_WITH_RSA,
                Digest::Sha384 => oids::SHA384_WITH_RSA,
                Digest::Sha512 => oids::SHA512_WITH_RSA,
                Digest::Sha3_256 => oids::SHA3_256_WITH_RSA,
                Digest::Sha3_384 => oids::SHA3_384_WITH_RSA,
                Digest::Sha3_512 => oids::SHA3_512_WITH_RSA,
                // There is no such algorithm: nothing reads or signs it.
                Digest::Shake128 | Digest::Shake256 | Digest::Shake256Len => oids::RSA_ENCRYPTION,
            }),
            SignatureAlgorithm::RsaPss { digest: Digest::Shake128, .. } => AlgorithmIdentifier::new(oids::PSS_SHAKE128),
            SignatureAlgorithm::RsaPss { digest: Digest::Shake256, .. } => AlgorithmIdentifier::new(oids::PSS_SHAKE256),
            SignatureAlgorithm::RsaPss { digest, mgf, salt } => PssParameters { digest, mgf, salt }.to_algorithm(),
            SignatureAlgorithm::Ecdsa(digest) => AlgorithmIdentifier::new(match digest {
                Digest::Sha1 => oids::ECDSA_SHA1,
                Digest::Sha224 => oids::ECDSA_SHA224,
                Digest::Sha256 => oids::ECDSA_SHA256,
                Digest::Sha384 => oids::ECDSA_SHA384,
                Digest::Sha512 => oids::ECDSA_SHA512,
                Digest::Sha3_256 => oids::ECDSA_SHA3_256,
                Digest::Sha3_384 => oids::ECDSA_SHA3_384,
                Digest::Sha3_512 => oids::ECDSA_SHA3_512,
                // There is no such algorithm: nothing reads or signs it.
                Digest::Md5 => oids::EC_PUBLIC_KEY,
                Digest::Shake128 => oids::ECDSA_SHAKE128,
                Digest::Shake256 | Digest::Shake256Len => oids::ECDSA_SHAKE256,
            }),
            SignatureAlgorithm::Ed25519 => AlgorithmIdentifier::new(oids::ED25519),
            SignatureAlgorithm::MlDsa { set, .. } => AlgorithmIdentifier::new(set.oid()),
            SignatureAlgorithm::Ed448 => AlgorithmIdentifier::new(oids::ED448),
            SignatureAlgorithm::CompositeDsa(pair) => AlgorithmIdentifier::new(pair.oid()),
            SignatureAlgorithm::Dsa(digest) => AlgorithmIdentifier::new(match digest {
                Digest::Sha1 => oids::DSA_SHA1,
                Digest::Sha224 => oids::DSA_SHA224,
                Digest::Sha256 => oids::DSA_SHA256,
                _ => oids::DSA,
            }),
            SignatureAlgorithm::SlhDsa { set, .. } => AlgorithmIdentifier::new(set.oid()),
            SignatureAlgorithm::HashSlhDsa(set) => AlgorithmIdentifier::new(set.hashed_oid()),
            SignatureAlgorithm::HssLms(_) => AlgorithmIdentifier::new(oids::HSS_LMS),
        }
    }

    /// The digest of the content that goes with it.
    pub const fn digest(&self) -> Digest {
        match *self {
            SignatureAlgorithm::RsaPkcs1(digest)
            | SignatureAlgorithm::RsaPss { digest, .. }
            | SignatureAlgorithm::Ecdsa(digest)
            | SignatureAlgorithm::Dsa(digest)
            | SignatureAlgorithm::HssLms(digest)
            | SignatureAlgorithm::MlDsa { digest, .. }
            | SignatureAlgorithm::SlhDsa { digest, .. } => digest,
            SignatureAlgorithm::Ed25519 => Digest::Sha512,
            SignatureAlgorithm::Ed448 => Digest::Shake256Len,
            SignatureAlgorithm::CompositeDsa(pair) => pair.digest(),
            SignatureAlgorithm::HashSlhDsa(set) => set.own_digest(),
        }
    }

    /// Whether it signs messages themselves and never their digests.
    pub const fn is_pure(&self) -> bool {
        matches!(
            self,
            SignatureAlgorithm::Ed25519
                | SignatureAlgorithm::Ed448
                | SignatureAlgorithm::MlDsa { .. }
                | SignatureAlgorithm::SlhDsa { .. }
                | SignatureAlgorithm::HssLms(_)
        )
    }

    /// Its name in reports, where ECDSA tells the curve: `ecdsa-p256-sha256`.
    pub fn name_with(&self, kind: &KeyKind) -> String {
        match (self, kind) {
            (SignatureAlgorithm::Ecdsa(digest), KeyKind::Ec(curve)) => format!("ecdsa-{curve}-{digest}"),
            (SignatureAlgorithm::Ecdsa(digest), KeyKind::Brainpool(curve)) => format!("ecdsa-{curve}-{digest}"),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureAlgorithm::RsaPkcs1(digest) => write!(f, "rsa-pkcs1-{digest}"),
            SignatureAlgorithm::RsaPss { digest, mgf, .. } if digest == mgf => write!(f, "rsa-pss-{digest}"),
            SignatureAlgorithm::RsaPss { digest, mgf, .. } => write!(f, "rsa-pss-{digest}-mgf1-{mgf}"),
            SignatureAlgorithm::Ecdsa(digest) => write!(f, "ecdsa-{digest}"),
            SignatureAlgorithm::Ed25519 => f.write_str("ed25519"),
            SignatureAlgorithm::MlDsa { set, digest: Digest::Sha512 } => set.fmt(f),
            SignatureAlgorithm::MlDsa { set, digest } => write!(f, "{set}-{digest}"),
            SignatureAlgorithm::Ed448 => f.write_str("ed448"),
            SignatureAlgorithm::CompositeDsa(pair) => pair.fmt(f),
            SignatureAlgorithm::Dsa(digest) => write!(f, "dsa-{digest}"),
            SignatureAlgorithm::SlhDsa { set, digest } if *digest == set.own_digest() => set.fmt(f),
            SignatureAlgorithm::SlhDsa { set, digest } => write!(f, "{set}-{digest}"),
            SignatureAlgorithm::HashSlhDsa(set) => f.write_str(set.hashed_name()),
            SignatureAlgorithm::HssLms(Digest::Sha256 | Digest::Shake256) => f.write_str("hss-lms"),
            SignatureAlgorithm::HssLms(digest) => write!(f, "hss-lms-{digest}"),
        }
    }
}

fn no_parameters(algorithm: &AlgorithmIdentifier) -> Result<()> {
    if algorithm.has_no_parameters() {
        return Ok(());
    }
    Err(Error::BadParameters("this signature algorithm has none"))
}

/// RFC 8702 §2, RFC 9882 §2: parameters are omitted, which leaves no room for NULL.
fn absent_parameters(algorithm: &AlgorithmIdentifier) -> Result<()> {
    match algorithm.parameters {
        None => Ok(()),
        Some(_) => Err(Error::BadParameters("this signature algorithm has none")),
    }
}

/// Those whose identifier says everything; parameters absent or NULL.
const PLAIN: [(Oid, SignatureAlgorithm); 26] = [
    (oids::MD5_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Md5)),
    (oids::SHA1_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha1)),
    (oids::SHA224_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha224)),
    (oids::SHA256_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
    (oids::SHA384_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha384)),
    (oids::SHA512_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha512)),
    (oids::ECDSA_SHA1, SignatureAlgorithm::Ecdsa(Digest::Sha1)),
    (oids::ECDSA_SHA224, SignatureAlgorithm::Ecdsa(Digest::Sha224)),
    (oids::ECDSA_SHA256, SignatureAlgorithm::Ecdsa(Digest::Sha256)),
    (oids::ECDSA_SHA384, SignatureAlgorithm::Ecdsa(Digest::Sha384)),
    (oids::ECDSA_SHA512, SignatureAlgorithm::Ecdsa(Digest::Sha512)),
    (oids::ED25519, SignatureAlgorithm::Ed25519),
    (oids::ED448, SignatureAlgorithm::Ed448),
    (oids::DSA_SHA1, SignatureAlgorithm::Dsa(Digest::Sha1)),
    (oids::DSA_SHA224, SignatureAlgorithm::Dsa(Digest::Sha224)),
    (oids::DSA_SHA256, SignatureAlgorithm::Dsa(Digest::Sha256)),
    (oids::SHA3_256_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha3_256)),
    (oids::SHA3_384_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha3_384)),
    (oids::SHA3_512_WITH_RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha3_512)),
    (oids::ECDSA_SHA3_256, SignatureAlgorithm::Ecdsa(Digest::Sha3_256)),
    (oids::ECDSA_SHA3_384, SignatureAlgorithm::Ecdsa(Digest::Sha3_384)),
    (oids::ECDSA_SHA3_512, SignatureAlgorithm::Ecdsa(Digest::Sha3_512)),
    (oids::ECDSA_SHAKE128, SignatureAlgorithm::Ecdsa(Digest::Shake128)),
    (oids::ECDSA_SHAKE256, SignatureAlgorithm::Ecdsa(Digest::Shake256)),
    (oids::PSS_SHAKE128, shake_pss(Digest::Shake128, 32)),
    (oids::PSS_SHAKE256, shake_pss(Digest::Shake256, 64)),
];

const fn shake_pss(digest: Digest, salt: u32) -> SignatureAlgorithm {
    SignatureAlgorithm::RsaPss { digest, mgf: digest, salt }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::key::Curve;

    #[test]
    fn identifiers_go_both_ways() {
        for (oid, algorithm) in PLAIN {
            assert_eq!(algorithm.to_x509().oid, oid);
            assert_eq!(SignatureAlgorithm::from_x509(&algorithm.to_x509()).unwrap(), algorithm);
            assert_eq!(SignatureAlgorithm::from_cms(&algorithm.to_cms(), algorithm.digest()).unwrap(), algorithm);
        }
        for digest in Digest::ALL.into_iter().filter(|d| *d != Digest::Shake256Len) {
            let pss = SignatureAlgorithm::pss(digest);
            assert_eq!(SignatureAlgorithm::from_x509(&pss.to_x509()).unwrap(), pss);
        }
    }

    /// V-05: one digest for content, attributes and signature; RFC 8419 §2.3: SHA-512 with Ed25519.
    #[test]
    fn digests_must_agree() {
        for algorithm in [
            SignatureAlgorithm::pss(Digest::Sha256).to_cms(),
            SignatureAlgorithm::Ecdsa(Digest::Sha384).to_cms(),
            SignatureAlgorithm::RsaPkcs1(Digest::Sha256).to_x509(),
        ] {
            assert!(SignatureAlgorithm::from_cms(&algorithm, Digest::Sha512).is_err());
        }
        assert!(SignatureAlgorithm::from_cms(&SignatureAlgorithm::Ed25519.to_cms(), Digest::Sha256).is_err());
    }

    /// RFC 9882 §2, §3.3: absent parameters, a digest of the signer's choice; RFC 9881 §8.3: no HashML-DSA.
    #[test]
    fn ml_dsa_by_name() {
        for set in MlDsa::ALL {
            let algorithm = SignatureAlgorithm::ml_dsa(set);
            assert_eq!(SignatureAlgorithm::from_x509(&algorithm.to_x509()).unwrap(), algorithm);
            assert_eq!(algorithm.to_string(), set.name());
            let with_256 = SignatureAlgorithm::from_cms(&algorithm.to_cms(), Digest::Sha256).unwrap();
            assert_eq!(with_256, SignatureAlgorithm::MlDsa { set, digest: Digest::Sha256 });
            assert_eq!(with_256.to_string(), format!("{set}-sha256"));
            let null = AlgorithmIdentifier::with_null(set.oid());
            assert!(matches!(SignatureAlgorithm::from_x509(&null), Err(Error::BadParameters(_))));
        }
        for oid in [oids::HASH_ML_DSA_44, oids::HASH_ML_DSA_65, oids::HASH_ML_DSA_87] {
            let refused = SignatureAlgorithm::from_cms(&AlgorithmIdentifier::new(oid), Digest::Sha512);
            assert!(matches!(refused, Err(Error::Unsupported { .. })));
        }
    }

    #[test]
    fn pss_defaults_trailer_and_absence() {
        let sha1 = SignatureAlgorithm::RsaPss { digest: Digest::Sha1, mgf: Digest::Sha1, salt: 20 };
        let empty = AlgorithmIdentifier::with(oids::RSASSA_PSS, vec![0x30, 0]);
        assert_eq!(SignatureAlgorithm::from_x509(&empty).unwrap(), sha1);
        let trailer = |n| AlgorithmIdentifier::with(oids::RSASSA_PSS, vec![0x30, 5, 0xa3, 3, 2, 1, n]);
        assert_eq!(SignatureAlgorithm::from_x509(&trailer(1)).unwrap(), sha1);
        assert!(SignatureAlgorithm::from_x509(&trailer(2)).is_err());
        assert!(SignatureAlgorithm::from_x509(&AlgorithmIdentifier::new(oids::RSASSA_PSS)).is_err());
    }

    /// RFC 4055 §3.1: explicit defaults, digests with and without NULL, another digest in the mask, any salt.
    #[test]
    fn pss_in_every_form() {
        use wire::der::{Tag, Writer};
        let form = |digest: &AlgorithmIdentifier, mgf: &AlgorithmIdentifier, salt: u64, trailer: bool| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.nested(Tag::context(0), |w| digest.write(w));
                w.nested(Tag::context(1), |w| AlgorithmIdentifier::with(oids::MGF1, mgf.to_der()).write(w));
                w.nested(Tag::context(2), |w| {
                    w.uint(salt);
                });
                if trailer {
                    w.nested(Tag::context(3), |w| {
                        w.uint(1);
                    });
                }
            });
            SignatureAlgorithm::from_x509(&AlgorithmIdentifier::with(oids::RSASSA_PSS, w.into_bytes()))
        };
        let plain = [Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha512, Digest::Sha3_256];
        for (digest, mgf) in plain.into_iter().flat_map(|a| plain.map(|b| (a, b))) {
            for salt in [0, 20, 32, 1024] {
                let read = SignatureAlgorithm::RsaPss { digest, mgf, salt };
                let [d, m] = [digest, mgf].map(|d| AlgorithmIdentifier::new(d.oid()));
                let [dn, mn] = [digest, mgf].map(|d| AlgorithmIdentifier::with_null(d.oid()));
                for found in [form(&d, &m, salt.into(), true), form(&dn, &mn, salt.into(), false)] {
                    assert_eq!(found.unwrap(), read);
                }
                assert_eq!(SignatureAlgorithm::from_x509(&read.to_x509()).unwrap(), read);
                assert!(form(&d, &m, 1025, true).is_err());
            }
        }
        let (sha256, shake) = (AlgorithmIdentifier::new(oids::SHA256), AlgorithmIdentifier::new(oids::SHAKE128));
        assert!(form(&shake, &sha256, 32, false).is_err() && form(&sha256, &shake, 32, false).is_err());
    }

    /// RFC 8702 §2: the identifier says all; no NULL, and one SHAKE for content and signature.
    #[test]
    fn shake_by_name() {
        for oid in [oids::PSS_SHAKE128, oids::PSS_SHAKE256, oids::ECDSA_SHAKE128, oids::ECDSA_SHAKE256] {
            let algorithm = SignatureAlgorithm::from_x509(&AlgorithmIdentifier::new(oid)).unwrap();
            assert_eq!(algorithm.to_cms(), AlgorithmIdentifier::new(oid));
            assert!(SignatureAlgorithm::from_x509(&AlgorithmIdentifier::with_null(oid)).is_err());
            assert!(SignatureAlgorithm::from_cms(&algorithm.to_cms(), Digest::Shake256Len).is_err());
            assert!(SignatureAlgorithm::from_cms(&algorithm.to_cms(), Digest::Sha256).is_err());
        }
        let pkcs1 = AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION);
        assert!(SignatureAlgorithm::from_cms(&pkcs1, Digest::Shake256).is_err());
    }

    /// RFC 8419 §3: SHAKE256 of 512 bits, said or not; RFC 9814 §4: a digest of the signer's choice.
    #[test]
    fn ed448_and_slh_dsa_by_name() {
        let ed448 = SignatureAlgorithm::Ed448;
        for digest in Digest::ALL {
            let fits = matches!(digest, Digest::Shake256 | Digest::Shake256Len);
            assert_eq!(SignatureAlgorithm::from_cms(&ed448.to_cms(), digest).ok(), fits.then_some(ed448), "{digest}");
        }
        for set in SlhDsa::ALL {
            let algorithm = SignatureAlgorithm::slh_dsa(set);
            assert_eq!(SignatureAlgorithm::from_x509(&algorithm.to_x509()).unwrap(), algorithm);
            assert!(set.bears(set.own_digest()) && !set.bears(Digest::Sha224));
            assert_eq!(algorithm.to_string(), set.name());
            let other = SignatureAlgorithm::from_cms(&algorithm.to_cms(), Digest::Sha3_384).unwrap();
            assert_eq!(other.to_string(), format!("{set}-sha3-384"));
            assert!(SignatureAlgorithm::from_x509(&AlgorithmIdentifier::with_null(set.oid())).is_err());
        }
    }

    #[test]
    fn names() {
        let ecdsa = SignatureAlgorithm::Ecdsa(Digest::Sha256);
        assert_eq!(ecdsa.name_with(&KeyKind::Ec(Curve::P256)), "ecdsa-p256-sha256");
        assert_eq!(SignatureAlgorithm::pss(Digest::Sha256).to_string(), "rsa-pss-sha256");
        let mixed = SignatureAlgorithm::RsaPss { digest: Digest::Sha256, mgf: Digest::Sha512, salt: 32 };
        assert_eq!(mixed.to_string(), "rsa-pss-sha256-mgf1-sha512");
    }
}
