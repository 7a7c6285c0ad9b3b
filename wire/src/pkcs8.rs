//! Private keys: PrivateKeyInfo (RFC 5208, RFC 5958), its encrypted form, and the older forms of RSA and
//! elliptic curve keys turned into it.

use zeroize::Zeroizing;

use crate::algorithm::AlgorithmIdentifier;
use crate::der::{Element, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oids;
use crate::rsa::RsaPrivateKey;
use crate::secret;

/// A private key with its algorithm. It is wiped when dropped, and its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKeyInfo {
    /// 0, or 1 where a public key may follow (RFC 5958 §2).
    pub version: u8,
    /// The key type with its parameters.
    pub algorithm: AlgorithmIdentifier,
    /// The contents of privateKey: a structure of its own that the algorithm defines.
    pub key: Zeroizing<Vec<u8>>,
    /// The octets of the public key's BIT STRING, where the file has it.
    pub public_key: Option<Vec<u8>>,
}

impl PrivateKeyInfo {
    /// A key without its public half.
    pub fn new(algorithm: AlgorithmIdentifier, key: Zeroizing<Vec<u8>>) -> Self {
        PrivateKeyInfo { version: 0, algorithm, key, public_key: None }
    }

    /// Reads a PrivateKeyInfo or OneAsymmetricKey of at most 64 KiB; lengths need not be minimal, for
    /// keys are not signed. Attributes are passed over.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        let mut reader = open(bytes)?;
        let version = match reader.uint()? {
            0 => 0,
            1 => 1,
            _ => return Err(Error::Unsupported("PrivateKeyInfo version")),
        };
        let algorithm = AlgorithmIdentifier::read(&mut reader)?;
        let key = Zeroizing::new(reader.octet_string()?.to_vec());
        reader.optional(Tag::context(0))?;
        let public_key = reader.optional(Tag::context_primitive(1))?.map(|e| implicit_octets(&e)).transpose()?;
        reader.finish()?;
        Ok(PrivateKeyInfo { version, algorithm, key, public_key })
    }

    /// The DER: version 1 exactly when there is a public key (RFC 5958 §2).
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        let mut head = Writer::new();
        head.uint(u64::from(self.public_key.is_some()));
        self.algorithm.write(&mut head);
        let key = secret::element(Tag::OCTET_STRING, &[&self.key]);
        let mut tail = Writer::new();
        if let Some(public) = &self.public_key {
            tail.element(Tag::context_primitive(1), &[&[0], public.as_slice()].concat());
        }
        secret::element(Tag::SEQUENCE, &[head.as_bytes(), &key, tail.as_bytes()])
    }

    /// From the RSAPrivateKey of PKCS#1 (RFC 8017 §A.1.2): PEM's `RSA PRIVATE KEY`.
    pub fn from_rsa_private_key(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_KEY {
            return Err(Error::LimitExceeded("private key"));
        }
        RsaPrivateKey::from_der(bytes)?;
        Ok(Self::new(AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION), Zeroizing::new(bytes.to_vec())))
    }

    /// From the ECPrivateKey of SEC 1 (RFC 5915 §3): PEM's `EC PRIVATE KEY`. It must name its curve.
    pub fn from_ec_private_key(bytes: &[u8]) -> Result<Self> {
        let mut reader = open(bytes)?;
        if reader.uint()? != 1 {
            return Err(Error::Unsupported("ECPrivateKey version"));
        }
        let private = reader.octet_string()?;
        let parameters = reader.optional(Tag::context(0))?.ok_or(NO_CURVE)?;
        let public = reader.optional(Tag::context(1))?;
        reader.finish()?;
        let curve = parameters.reader().oid().map_err(|_| NO_CURVE)?;
        let mut w = Writer::new();
        w.oid(curve);
        let algorithm = AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, w.into_bytes());
        let whole = public.is_none_or(|public| whole_octets(&public));
        let key = if whole { Zeroizing::new(bytes.to_vec()) } else { without_public(private, parameters.raw) };
        Ok(Self::new(algorithm, key))
    }
}

impl std::fmt::Debug for PrivateKeyInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateKeyInfo").field("algorithm", &self.algorithm.oid).finish_non_exhaustive()
    }
}

/// A private key under a password (RFC 5208 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedPrivateKeyInfo {
    /// How it is encrypted; for PBES2 see [`crate::pbe::Pbes2`].
    pub algorithm: AlgorithmIdentifier,
    /// A PrivateKeyInfo, encrypted.
    pub ciphertext: Vec<u8>,
}

impl EncryptedPrivateKeyInfo {
    /// Reads one of at most 64 KiB; lengths need not be minimal.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        let mut reader = open(bytes)?;
        let algorithm = AlgorithmIdentifier::read(&mut reader)?;
        let ciphertext = reader.octet_string()?.to_vec();
        reader.finish()?;
        Ok(EncryptedPrivateKeyInfo { algorithm, ciphertext })
    }

    /// The DER.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            self.algorithm.write(w);
            w.octet_string(&self.ciphertext);
        });
        w.into_bytes()
    }
}

/// Reads anything as each of the forms and writes it back. For fuzzing.
pub fn fuzz_pkcs8(bytes: &[u8]) {
    let keys = [PrivateKeyInfo::from_der, PrivateKeyInfo::from_rsa_private_key, PrivateKeyInfo::from_ec_private_key];
    for key in keys.iter().filter_map(|read| read(bytes).ok()) {
        let again = PrivateKeyInfo::from_der(&key.to_der());
        assert!(
            again.is_ok_and(|k| k.key == key.key && k.algorithm == key.algorithm && k.public_key == key.public_key)
        );
    }
    if let Ok(encrypted) = EncryptedPrivateKeyInfo::from_der(bytes) {
        assert!(EncryptedPrivateKeyInfo::from_der(&encrypted.to_der()).as_ref() == Ok(&encrypted));
    }
}

fn open(bytes: &[u8]) -> Result<Reader<'_>> {
    if bytes.len() > MAX_KEY {
        return Err(Error::LimitExceeded("private key"));
    }
    let mut outer = Reader::lenient(bytes);
    let inner = outer.sequence()?;
    outer.finish()?;
    Ok(inner)
}

/// Whether a BIT STRING under an EXPLICIT tag ends at an octet, as a point does. Old OpenSSL took the zero bits at its
/// end for unused ones.
fn whole_octets(explicit: &Element<'_>) -> bool {
    explicit.reader().any().is_ok_and(|bits| bits.tag == Tag::BIT_STRING && bits.contents.first() == Some(&0))
}

/// An ECPrivateKey without the public key, which follows from the private one.
fn without_public(private: &[u8], parameters: &[u8]) -> Zeroizing<Vec<u8>> {
    let private = secret::element(Tag::OCTET_STRING, &[private]);
    secret::element(Tag::SEQUENCE, &[&[2, 1, 1], &private, parameters])
}

/// The octets of a BIT STRING under an IMPLICIT tag.
fn implicit_octets(element: &Element<'_>) -> Result<Vec<u8>> {
    match element.contents {
        [0, octets @ ..] => Ok(octets.to_vec()),
        _ => Err(Error::BadValue("BIT STRING")),
    }
}

const MAX_KEY: usize = 64 << 10;
const NO_CURVE: Error = Error::Unsupported("EC key without a named curve");

#[cfg(test)]
mod tests {
    use super::*;

    /// The Ed25519 keys of RFC 8410 §10.3, without and with attributes and the public key.
    const RFC8410_V1: &[u8] = b"MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    const RFC8410_V2: &[u8] = b"MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhCoB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

    fn decode(text: &[u8]) -> Vec<u8> {
        base64_simd::STANDARD.decode_to_vec(text).unwrap()
    }

    #[test]
    fn reads_the_keys_of_rfc_8410() {
        let v1 = PrivateKeyInfo::from_der(&decode(RFC8410_V1)).unwrap();
        let v2 = PrivateKeyInfo::from_der(&decode(RFC8410_V2)).unwrap();
        assert_eq!((v1.version, v2.version), (0, 1));
        assert_eq!(v1.algorithm.oid, oids::ED25519);
        assert_eq!(v1.key, v2.key);
        assert_eq!(v2.public_key.as_ref().map(|k| (k.len(), k[0])), Some((32, 0x19)));
        assert_eq!(*v1.to_der(), decode(RFC8410_V1));
        assert_eq!(PrivateKeyInfo::from_der(&v2.to_der()), Ok(v2));
        assert!(!format!("{v1:?}").contains("212"), "{v1:?}");
    }

    #[test]
    fn refuses_cuts_and_survives_flips() {
        let bytes = decode(RFC8410_V2);
        for end in 0..bytes.len() {
            assert!(PrivateKeyInfo::from_der(&bytes[..end]).is_err());
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fuzz_pkcs8(&flipped);
        }
    }

    #[test]
    fn wraps_the_older_forms() {
        let mut w = Writer::new();
        w.sequence(|w| {
            for n in [0u64, 3233, 17, 413, 61, 53, 53, 49, 38] {
                w.uint(n);
            }
        });
        let rsa = PrivateKeyInfo::from_rsa_private_key(w.as_bytes()).unwrap();
        assert_eq!(*rsa.key, w.as_bytes());
        assert_eq!(rsa.algorithm, AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION));
        assert!(PrivateKeyInfo::from_ec_private_key(w.as_bytes()).is_err());
        let ec = |named: bool| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.uint(1).octet_string(&[7; 32]);
                if named {
                    w.nested(Tag::context(0), |w| {
                        w.oid(oids::P256);
                    });
                }
            });
            PrivateKeyInfo::from_ec_private_key(w.as_bytes())
        };
        assert_eq!(ec(true).unwrap().algorithm.oid, oids::EC_PUBLIC_KEY);
        assert_eq!(ec(false), Err(NO_CURVE));
    }

    #[test]
    fn encrypted_keys_round_trip() {
        let key =
            EncryptedPrivateKeyInfo { algorithm: AlgorithmIdentifier::new(oids::PBES2), ciphertext: vec![5; 300] };
        let bytes = key.to_der();
        assert_eq!(EncryptedPrivateKeyInfo::from_der(&bytes), Ok(key));
        for end in 0..bytes.len() {
            assert!(EncryptedPrivateKeyInfo::from_der(&bytes[..end]).is_err());
        }
    }
}
