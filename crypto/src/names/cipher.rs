//! Content ciphers by name (RFC 3565 §4.1, RFC 5084 §3.2, RFC 8103 §3).

use std::fmt;
use std::str::FromStr;

use wire::der::{self, Reader, Writer};
use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};

/// A content-encryption algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentCipher {
    /// AES-128-CBC with PKCS#7 padding.
    Aes128Cbc,
    /// AES-192-CBC with PKCS#7 padding.
    Aes192Cbc,
    /// AES-256-CBC with PKCS#7 padding.
    Aes256Cbc,
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-192-GCM.
    Aes192Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// ChaCha20-Poly1305.
    ChaCha20Poly1305,
    /// AES-128-CCM (RFC 5084 §3.1). CCM does not stream: see [`crate::Encryptor::update`].
    Aes128Ccm,
    /// AES-192-CCM.
    Aes192Ccm,
    /// AES-256-CCM.
    Aes256Ccm,
    /// Triple DES in CBC mode with PKCS#7 padding (RFC 3370 §5.1): read, never written.
    DesEde3Cbc,
    /// RC2 in CBC mode with 128 effective bits (RFC 3370 §5.2): read, never written.
    Rc2Cbc128,
    /// The same with 64.
    Rc2Cbc64,
    /// The same with 40, which anybody can try.
    Rc2Cbc40,
    /// Single DES in CBC mode, whose keys anybody can try: read, never written.
    DesCbc,
    /// Camellia-128 in CBC mode (RFC 3657 §3.1): read, never written.
    Camellia128Cbc,
    /// Camellia-192 in CBC mode.
    Camellia192Cbc,
    /// Camellia-256 in CBC mode.
    Camellia256Cbc,
}

/// What a message says about how a content cipher was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CipherParameters {
    /// The nonce or initialization vector, [`ContentCipher::iv_len`] octets; for CCM 7 to 13.
    pub iv: Vec<u8>,
    /// Octets of the tag: 12 to 16 for GCM, 12, 14 or 16 for CCM, 16 for ChaCha20-Poly1305, 0 for CBC.
    pub tag_len: usize,
}

impl ContentCipher {
    /// AES-CCM, written where somebody asks for it by name.
    pub const CCM: [ContentCipher; 3] = [ContentCipher::Aes128Ccm, ContentCipher::Aes192Ccm, ContentCipher::Aes256Ccm];

    /// Every other cipher that is written.
    pub const ALL: [ContentCipher; 7] = [
        ContentCipher::Aes128Cbc,
        ContentCipher::Aes192Cbc,
        ContentCipher::Aes256Cbc,
        ContentCipher::Aes128Gcm,
        ContentCipher::Aes192Gcm,
        ContentCipher::Aes256Gcm,
        ContentCipher::ChaCha20Poly1305,
    ];

    /// Its object identifier.
    pub const fn oid(self) -> Oid {
        match self {
            ContentCipher::Aes128Cbc => oids::AES128_CBC,
            ContentCipher::Aes192Cbc => oids::AES192_CBC,
            ContentCipher::Aes256Cbc => oids::AES256_CBC,
            ContentCipher::Aes128Gcm => oids::AES128_GCM,
            ContentCipher::Aes192Gcm => oids::AES192_GCM,
            ContentCipher::Aes256Gcm => oids::AES256_GCM,
            ContentCipher::Aes128Ccm => oids::AES128_CCM,
            ContentCipher::Aes192Ccm => oids::AES192_CCM,
            ContentCipher::Aes256Ccm => oids::AES256_CCM,
            ContentCipher::ChaCha20Poly1305 => oids::CHACHA20_POLY1305,
            ContentCipher::DesEde3Cbc => oids::DES_EDE3_CBC,
            ContentCipher::Rc2Cbc128 | ContentCipher::Rc2Cbc64 | ContentCipher::Rc2Cbc40 => oids::RC2_CBC,
            ContentCipher::DesCbc => oids::DES_CBC,
            ContentCipher::Camellia128Cbc => oids::CAMELLIA128_CBC,
            ContentCipher::Camellia192Cbc => oids::CAMELLIA192_CBC,
            ContentCipher::Camellia256Cbc => oids::CAMELLIA256_CBC,
        }
    }

    /// Octets of the key.
    pub const fn key_len(self) -> usize {
        match self {
            ContentCipher::Rc2Cbc40 => 5,
            ContentCipher::Rc2Cbc64 | ContentCipher::DesCbc => 8,
            ContentCipher::Aes128Cbc | ContentCipher::Aes128Gcm | ContentCipher::Aes128Ccm => 16,
            ContentCipher::Rc2Cbc128 | ContentCipher::Camellia128Cbc => 16,
            ContentCipher::Aes192Cbc | ContentCipher::Aes192Gcm | ContentCipher::DesEde3Cbc => 24,
            ContentCipher::Camellia192Cbc | ContentCipher::Aes192Ccm => 24,
            ContentCipher::Camellia256Cbc | ContentCipher::Aes256Ccm => 32,
            ContentCipher::Aes256Cbc | ContentCipher::Aes256Gcm | ContentCipher::ChaCha20Poly1305 => 32,
        }
    }

    /// Octets of the nonce (12) or initialization vector (16, for Triple DES 8).
    pub const fn iv_len(self) -> usize {
        match self {
            ContentCipher::DesEde3Cbc | ContentCipher::DesCbc => 8,
            ContentCipher::Rc2Cbc128 | ContentCipher::Rc2Cbc64 | ContentCipher::Rc2Cbc40 => 8,
            // What leaves room for every length (RFC 5084 §3.1); each message has a key of its own.
            _ if self.is_ccm() => 7,
            _ if self.is_aead() => 12,
            _ => 16,
        }
    }

    /// Whether it authenticates, and so belongs in AuthEnvelopedData.
    pub const fn is_aead(self) -> bool {
        self.is_gcm() || self.is_ccm() || matches!(self, ContentCipher::ChaCha20Poly1305)
    }

    /// Whether it is read only for the sake of old mail (RFC 8551 §B.3), and never written.
    pub const fn is_historic(self) -> bool {
        self.is_broken()
            || matches!(self, ContentCipher::DesEde3Cbc | ContentCipher::Rc2Cbc128)
            || matches!(
                self,
                ContentCipher::Camellia128Cbc | ContentCipher::Camellia192Cbc | ContentCipher::Camellia256Cbc
            )
    }

    /// Whether all its keys can be tried: it hides nothing, and is read only where somebody insists.
    pub const fn is_broken(self) -> bool {
        matches!(self, ContentCipher::Rc2Cbc64 | ContentCipher::Rc2Cbc40 | ContentCipher::DesCbc)
    }

    /// The effective bits of RC2.
    pub(crate) const fn rc2_bits(self) -> Option<usize> {
        match self {
            ContentCipher::Rc2Cbc128 => Some(128),
            ContentCipher::Rc2Cbc64 => Some(64),
            ContentCipher::Rc2Cbc40 => Some(40),
            _ => None,
        }
    }

    /// Whether it is AES-GCM.
    pub const fn is_gcm(self) -> bool {
        matches!(self, ContentCipher::Aes128Gcm | ContentCipher::Aes192Gcm | ContentCipher::Aes256Gcm)
    }

    /// Whether it is AES-CCM.
    pub const fn is_ccm(self) -> bool {
        matches!(self, ContentCipher::Aes128Ccm | ContentCipher::Aes192Ccm | ContentCipher::Aes256Ccm)
    }

    /// By algorithm identifier (E-04, E-06): a GCM nonce of 12 octets and an ICVlen of 12 to 16, 12 where absent;
    /// a ChaCha20-Poly1305 nonce of 12, and a CBC vector of one block; RC2 says its strength too.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other ciphers, [`Error::BadParameters`] for anything else.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<(Self, CipherParameters)> {
        let known = ContentCipher::ALL.into_iter().chain(ContentCipher::CCM).chain(HISTORIC);
        let found = known.into_iter().find(|c| c.oid() == algorithm.oid);
        let mut cipher = found.ok_or(Error::unsupported("the content cipher", algorithm.oid))?;
        let parameters = algorithm.parameters.as_deref().ok_or(Error::BadParameters("a cipher without its nonce"))?;
        let mut reader = Reader::new(der::one(parameters)?.raw);
        let (iv, tag_len) = if cipher.is_gcm() || cipher.is_ccm() {
            let (iv, length) = gcm_parameters(reader.sequence().map_err(|_| Error::BadParameters("no parameters"))?)?;
            if cipher.is_ccm() && (!length.is_multiple_of(2) || !(7..=13).contains(&iv.len())) {
                return Err(Error::BadParameters("CCM nonce or tag length"));
            }
            (iv, length)
        } else if cipher.oid() == oids::RC2_CBC {
            let (strength, iv) = rc2_parameters(reader.sequence()?)?;
            cipher = strength;
            (iv, 0)
        } else {
            (reader.octet_string()?, if cipher.is_aead() { 16 } else { 0 })
        };
        if iv.len() != cipher.iv_len() && !cipher.is_ccm() {
            return Err(Error::BadParameters("nonce of another length"));
        }
        Ok((cipher, CipherParameters { iv: iv.to_vec(), tag_len }))
    }

    /// With the nonce or vector that is used; the tag of GCM is always 16 octets, and said so.
    pub fn to_algorithm(self, iv: &[u8]) -> AlgorithmIdentifier {
        let mut w = Writer::new();
        if self.is_gcm() || self.is_ccm() {
            w.sequence(|w| {
                w.octet_string(iv).uint(16);
            });
        } else {
            w.octet_string(iv);
        }
        AlgorithmIdentifier::with(self.oid(), w.into_bytes())
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            ContentCipher::Aes128Cbc => "aes-128-cbc",
            ContentCipher::Aes192Cbc => "aes-192-cbc",
            ContentCipher::Aes256Cbc => "aes-256-cbc",
            ContentCipher::Aes128Gcm => "aes-128-gcm",
            ContentCipher::Aes192Gcm => "aes-192-gcm",
            ContentCipher::Aes256Gcm => "aes-256-gcm",
            ContentCipher::Aes128Ccm => "aes-128-ccm",
            ContentCipher::Aes192Ccm => "aes-192-ccm",
            ContentCipher::Aes256Ccm => "aes-256-ccm",
            ContentCipher::ChaCha20Poly1305 => "chacha20-poly1305",
            ContentCipher::DesEde3Cbc => "des-ede3-cbc",
            ContentCipher::Rc2Cbc128 => "rc2-128-cbc",
            ContentCipher::Rc2Cbc64 => "rc2-64-cbc",
            ContentCipher::Rc2Cbc40 => "rc2-40-cbc",
            ContentCipher::DesCbc => "des-cbc",
            ContentCipher::Camellia128Cbc => "camellia-128-cbc",
            ContentCipher::Camellia192Cbc => "camellia-192-cbc",
            ContentCipher::Camellia256Cbc => "camellia-256-cbc",
        }
    }
}

impl fmt::Display for ContentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ContentCipher {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = ContentCipher::ALL.into_iter().chain(ContentCipher::CCM).find(|c| c.name() == name);
        found.ok_or(Error::unsupported_here("a cipher of this name"))
    }
}

/// `RC2CBCParameter ::= SEQUENCE { rc2ParameterVersion INTEGER, iv OCTET STRING }`; the version is a code for the
/// effective bits (RFC 3370 §5.2, RFC 2268 §6).
fn rc2_parameters(mut reader: Reader<'_>) -> Result<(ContentCipher, &[u8])> {
    let cipher = match reader.uint()? {
        58 => ContentCipher::Rc2Cbc128,
        120 => ContentCipher::Rc2Cbc64,
        160 => ContentCipher::Rc2Cbc40,
        _ => return Err(Error::unsupported("RC2 of this strength", oids::RC2_CBC)),
    };
    let iv = reader.octet_string()?;
    reader.finish()?;
    Ok((cipher, iv))
}

/// What is read and never written; of RC2 one stands for all.
const HISTORIC: [ContentCipher; 6] = [
    ContentCipher::DesEde3Cbc,
    ContentCipher::Rc2Cbc128,
    ContentCipher::DesCbc,
    ContentCipher::Camellia128Cbc,
    ContentCipher::Camellia192Cbc,
    ContentCipher::Camellia256Cbc,
];

/// `GCMParameters ::= SEQUENCE { aes-nonce OCTET STRING, aes-ICVlen INTEGER DEFAULT 12 }` (RFC 5084 §3.2), and
/// CCMParameters alike (§3.1).
fn gcm_parameters(mut reader: Reader<'_>) -> Result<(&[u8], usize)> {
    let nonce = reader.octet_string()?;
    let length = if reader.is_empty() { 12 } else { reader.uint()? };
    reader.finish()?;
    match usize::try_from(length) {
        Ok(length) if (12..=16).contains(&length) => Ok((nonce, length)),
        _ => Err(Error::BadParameters("GCM tag length")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for cipher in ContentCipher::ALL {
            assert_eq!(cipher.name().parse::<ContentCipher>().unwrap(), cipher);
            let iv = vec![9; cipher.iv_len()];
            let (back, parameters) = ContentCipher::from_algorithm(&cipher.to_algorithm(&iv)).unwrap();
            assert_eq!((back, parameters.iv), (cipher, iv));
            assert_eq!(parameters.tag_len, if cipher.is_aead() { 16 } else { 0 });
        }
    }

    /// X-04, E-04, E-06: tag and nonce lengths.
    #[test]
    fn gcm_lengths() {
        let gcm = |nonce: usize, tag: Option<u64>| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.octet_string(&vec![1; nonce]);
                if let Some(tag) = tag {
                    w.uint(tag);
                }
            });
            ContentCipher::from_algorithm(&AlgorithmIdentifier::with(oids::AES256_GCM, w.into_bytes()))
        };
        assert_eq!(gcm(12, None).unwrap().1.tag_len, 12);
        for tag in 12..=16 {
            assert!(gcm(12, Some(tag)).is_ok());
        }
        for tag in [0, 1, 4, 8, 11, 17, 32, u64::MAX] {
            assert!(gcm(12, Some(tag)).is_err(), "{tag}");
        }
        for nonce in [0, 1, 11, 13, 16, 1024] {
            assert!(gcm(nonce, Some(16)).is_err(), "{nonce}");
        }
        let mut bare = Writer::new();
        bare.octet_string(&[1; 12]);
        let bare = AlgorithmIdentifier::with(oids::AES256_GCM, bare.into_bytes());
        assert!(ContentCipher::from_algorithm(&bare).is_err());
        assert!(ContentCipher::from_algorithm(&AlgorithmIdentifier::new(oids::AES256_GCM)).is_err());
    }

    /// X-04 for CCM (RFC 5084 §3.1, E-04): nonces of 7 to 13 octets, even tags of 12 to 16.
    #[test]
    fn x_04_ccm_lengths() {
        let ccm = |nonce: usize, tag: Option<u64>| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.octet_string(&vec![1; nonce]);
                if let Some(tag) = tag {
                    w.uint(tag);
                }
            });
            ContentCipher::from_algorithm(&AlgorithmIdentifier::with(oids::AES256_CCM, w.into_bytes()))
        };
        assert_eq!(ccm(7, None).unwrap().1.tag_len, 12);
        for nonce in 0..20 {
            assert_eq!(ccm(nonce, Some(16)).is_ok(), (7..=13).contains(&nonce), "{nonce}");
        }
        for tag in [0, 1, 4, 6, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 32, u64::MAX] {
            assert_eq!(ccm(7, Some(tag)).is_ok(), [12, 14, 16].contains(&tag), "{tag}");
        }
        for cipher in ContentCipher::CCM {
            assert_eq!(cipher.name().parse::<ContentCipher>().unwrap(), cipher);
            let (back, parameters) = ContentCipher::from_algorithm(&cipher.to_algorithm(&[9; 7])).unwrap();
            assert_eq!((back, parameters.tag_len), (cipher, 16));
        }
    }

    #[test]
    fn other_lengths() {
        for (oid, good) in [(oids::AES128_CBC, 16), (oids::CHACHA20_POLY1305, 12), (oids::DES_EDE3_CBC, 8)] {
            for length in 0..20 {
                let mut w = Writer::new();
                w.octet_string(&vec![1; length]);
                let result = ContentCipher::from_algorithm(&AlgorithmIdentifier::with(oid, w.into_bytes()));
                assert_eq!(result.is_ok(), length == good);
            }
        }
    }
}
