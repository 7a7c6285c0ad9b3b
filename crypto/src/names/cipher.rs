//! Content ciphers by name (RFC 3565 §4.1, RFC 5084 §3.2, RFC 8103 §3).

use std::fmt;
use std::str::FromStr;

use wire::der::{self, Reader, Tag, Writer};
use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};
use crate::names::{Engine, OldCipher};

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
    /// What other programs write besides: read, never written.
    Old(OldCipher),
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
    pub fn oid(self) -> Oid {
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
            ContentCipher::Old(old) => old.oid(),
        }
    }

    /// Octets of the key.
    pub const fn key_len(self) -> usize {
        match self {
            ContentCipher::Rc2Cbc40 => 5,
            ContentCipher::Rc2Cbc64 => 8,
            ContentCipher::Aes128Cbc | ContentCipher::Aes128Gcm | ContentCipher::Aes128Ccm => 16,
            ContentCipher::Rc2Cbc128 => 16,
            ContentCipher::Aes192Cbc | ContentCipher::Aes192Gcm | ContentCipher::Aes192Ccm => 24,
            ContentCipher::DesEde3Cbc => 24,
            ContentCipher::Aes256Cbc | ContentCipher::Aes256Gcm | ContentCipher::Aes256Ccm => 32,
            ContentCipher::ChaCha20Poly1305 => 32,
            ContentCipher::Old(old) => old.key_len(),
        }
    }

    /// Octets that its key may have too, where nothing but the key tells: see [`OldCipher::other_key_lens`].
    pub const fn other_key_lens(self) -> &'static [usize] {
        match self {
            ContentCipher::Old(old) => old.other_key_lens(),
            _ => &[],
        }
    }

    /// Octets of the nonce (12) or initialization vector (one block), 0 where an old cipher has none.
    pub const fn iv_len(self) -> usize {
        match self {
            ContentCipher::Old(old) => old.iv_len(),
            ContentCipher::DesEde3Cbc => 8,
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
        self.is_broken() || matches!(self, ContentCipher::DesEde3Cbc | ContentCipher::Rc2Cbc128 | ContentCipher::Old(_))
    }

    /// Whether it hides nothing, because all its keys can be tried or for what it is: read only where somebody insists.
    pub const fn is_broken(self) -> bool {
        match self {
            ContentCipher::Old(old) => old.is_broken(),
            _ => matches!(self, ContentCipher::Rc2Cbc64 | ContentCipher::Rc2Cbc40),
        }
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

    /// Whether it is AES-GCM, or ARIA-GCM.
    pub const fn is_gcm(self) -> bool {
        match self {
            ContentCipher::Old(old) => old.is_gcm(),
            _ => matches!(self, ContentCipher::Aes128Gcm | ContentCipher::Aes192Gcm | ContentCipher::Aes256Gcm),
        }
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
        let mut cipher = ContentCipher::from_oid(algorithm.oid)?;
        if cipher.iv_len() == 0 {
            // Absent, NULL or an empty vector, by program.
            return Ok((cipher, CipherParameters { iv: Vec::new(), tag_len: 0 }));
        }
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
        } else if reader.peek() == Some(Tag::SEQUENCE) {
            let (strength, iv) = old_parameters(cipher, reader.sequence()?)?;
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

    /// By object identifier; of RC2 and CAST5, whose parameters say their strength, one stands for all.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other ciphers.
    pub(crate) fn from_oid(oid: Oid) -> Result<Self> {
        let read = [ContentCipher::DesEde3Cbc, ContentCipher::Rc2Cbc128];
        let known = ContentCipher::ALL.into_iter().chain(ContentCipher::CCM).chain(read);
        let found = known.into_iter().find(|c| c.oid() == oid);
        let found = found.or_else(|| OldCipher::from_oid(oid).map(ContentCipher::Old));
        found.ok_or(Error::unsupported("the content cipher", oid))
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
            ContentCipher::Old(old) => old.name(),
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

/// `Parameters ::= SEQUENCE { iv OCTET STRING DEFAULT 0, keyLength INTEGER }` of CAST5 (RFC 2984 §3), and IDEA's
/// `IDEA-CBCPar ::= SEQUENCE { iv OCTET STRING OPTIONAL }` (RFC 3058 §3.1); OpenSSL writes the vector alone.
fn old_parameters(cipher: ContentCipher, mut reader: Reader<'_>) -> Result<(ContentCipher, &[u8])> {
    let iv = reader.octet_string()?;
    let stated = match cipher {
        ContentCipher::Old(old) if !reader.is_empty() && old.engine() == Engine::Cast5 => {
            let found = OldCipher::cast5(reader.uint()?).map(ContentCipher::Old);
            found.ok_or(Error::unsupported("CAST5 of this strength", cipher.oid()))?
        }
        ContentCipher::Old(old) if matches!(old.engine(), Engine::Cast5 | Engine::Idea) => cipher,
        _ => return Err(Error::BadParameters("of a cipher that has a vector alone")),
    };
    reader.finish()?;
    Ok((stated, iv))
}

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
