//! SMIMECapabilities (RFC 8551 §2.5.2): what a program can read, told to those who write to it.

use std::sync::LazyLock;

use wire::der::{Reader, Writer};
use wire::{AlgorithmIdentifier, Oid, oids};

/// Capabilities as a message or a certificate lists them, most preferred first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities(pub Vec<AlgorithmIdentifier>);

impl Capabilities {
    /// Reads `SMIMECapabilities ::= SEQUENCE OF SMIMECapability`, at most 256 of them.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such sequence.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::lenient(der);
        let mut list = outer.sequence()?;
        outer.finish()?;
        let mut found = Vec::new();
        while !list.is_empty() {
            if found.len() >= MAX_CAPABILITIES {
                return Err(wire::Error::LimitExceeded("capabilities"));
            }
            found.push(AlgorithmIdentifier::read(&mut list)?);
        }
        Ok(Capabilities(found))
    }

    /// As [`Capabilities::from_der`] reads them.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            for capability in &self.0 {
                capability.write(w);
            }
        });
        w.into_bytes()
    }

    /// Whether an algorithm is among them.
    pub fn lists(&self, oid: Oid) -> bool {
        self.0.iter().any(|capability| capability.oid == oid)
    }
}

/// Reads anything as capabilities, which are written and read again. Never panics. For fuzzing.
pub fn fuzz_capabilities(der: &[u8]) {
    if let Ok(capabilities) = Capabilities::from_der(der) {
        assert!(Capabilities::from_der(&capabilities.to_der()).as_ref() == Ok(&capabilities));
    }
}

/// What Sealpost can read, as the value of the signed attribute: grouped by category, in each by preference (RFC 8551
/// §2.5.2): signatures, ciphers, key encapsulation, key agreement, key transport, compression, encodings. Parameters are
/// absent unless the algorithm demands them, and the bytes of each are those that its standard gives, because receivers
/// compare bytes.
pub fn own_capabilities() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(write_own);
    &BYTES
}

fn write_own() -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        // With NULL, as RFC 5754 §3.2 gives the bytes.
        AlgorithmIdentifier::with_null(oids::SHA256_WITH_RSA).write(w);
        for oid in OWN_CIPHERS {
            AlgorithmIdentifier::new(oid).write(w);
        }
        // Its parameters, the cipher, are absent here (RFC 9709 §4).
        AlgorithmIdentifier::new(oids::CEK_HKDF_SHA256).write(w);
        for oid in [oids::MLKEM768_X25519, oids::ML_KEM_768, oids::ML_KEM_1024] {
            AlgorithmIdentifier::new(oid).write(w);
        }
        for scheme in [oids::ECDH_HKDF_SHA256, oids::ECDH_SHA256_KDF] {
            for wrap in [oids::AES256_WRAP, oids::AES128_WRAP] {
                AlgorithmIdentifier::with(scheme, AlgorithmIdentifier::new(wrap).to_der()).write(w);
            }
        }
        AlgorithmIdentifier::with(oids::RSAES_OAEP, oaep_sha256()).write(w);
        AlgorithmIdentifier::with(oids::RSAES_OAEP, EMPTY_SEQUENCE.to_vec()).write(w);
        AlgorithmIdentifier::new(oids::ZLIB).write(w);
        AlgorithmIdentifier::new(oids::PREFER_BINARY_INSIDE).write(w);
    });
    w.into_bytes()
}

/// The parameters of OAEP with SHA-256 as RFC 3560 §5 prescribes the bytes of this capability: without
/// the tags that the parameters have in a message.
fn oaep_sha256() -> Vec<u8> {
    let sha256 = AlgorithmIdentifier::with_null(oids::SHA256);
    let mut w = Writer::new();
    w.sequence(|w| {
        sha256.write(w);
        AlgorithmIdentifier::with(oids::MGF1, sha256.to_der()).write(w);
    });
    w.into_bytes()
}

/// OAEP with its defaults (RFC 3560 §5).
const EMPTY_SEQUENCE: [u8; 2] = [0x30, 0];
/// Ciphers by preference.
const OWN_CIPHERS: [Oid; 6] =
    [oids::AES256_GCM, oids::AES128_GCM, oids::CHACHA20_POLY1305, oids::AES256_CBC, oids::AES192_CBC, oids::AES128_CBC];
/// Entries of a list that are read.
const MAX_CAPABILITIES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect()
    }

    /// RFC 8551 §2.5.2: each capability has the bytes that its own standard gives, and the list nothing else.
    #[test]
    fn cap_02_bytes_are_those_of_the_standards() {
        let listed = [
            "30 0d 06 09 2a 86 48 86 f7 0d 01 01 0b 05 00", // sha256WithRSAEncryption, RFC 5754 §3.2
            "30 0b 06 09 60 86 48 01 65 03 04 01 2e",       // AES-256-GCM, RFC 5084 §3.2
            "30 0b 06 09 60 86 48 01 65 03 04 01 06",       // AES-128-GCM
            "30 0d 06 0b 2a 86 48 86 f7 0d 01 09 10 03 12", // ChaCha20-Poly1305, RFC 8103 §4
            "30 0b 06 09 60 86 48 01 65 03 04 01 2a",       // AES-256-CBC, RFC 3565 §4.1
            "30 0b 06 09 60 86 48 01 65 03 04 01 16",       // AES-192-CBC
            "30 0b 06 09 60 86 48 01 65 03 04 01 02",       // AES-128-CBC
            "30 0d 06 0b 2a 86 48 86 f7 0d 01 09 10 03 1f", // CEK-HKDF-SHA256, RFC 9709 §4
            // MLKEM768-X25519, draft-ietf-lamps-cms-composite-kem
            "30 0a 06 08 2b 06 01 05 05 07 06 3a",
            "30 0b 06 09 60 86 48 01 65 03 04 04 02", // ML-KEM-768, RFC 9936 §2.3
            "30 0b 06 09 60 86 48 01 65 03 04 04 03", // ML-KEM-1024
            // ECDH with HKDF-SHA256 and AES-256 or AES-128 key wrap, RFC 8418 §4.
            "30 1a 06 0b 2a 86 48 86 f7 0d 01 09 10 03 13 30 0b 06 09 60 86 48 01 65 03 04 01 2d",
            "30 1a 06 0b 2a 86 48 86 f7 0d 01 09 10 03 13 30 0b 06 09 60 86 48 01 65 03 04 01 05",
            // ECDH with the X9.63 KDF and SHA-256, RFC 5753 §8.
            "30 15 06 06 2b 81 04 01 0b 01 30 0b 06 09 60 86 48 01 65 03 04 01 2d",
            "30 15 06 06 2b 81 04 01 0b 01 30 0b 06 09 60 86 48 01 65 03 04 01 05",
            // OAEP with SHA-256, RFC 3560 §5.
            "30 38 06 09 2a 86 48 86 f7 0d 01 01 07 30 2b 30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00 \
             30 1a 06 09 2a 86 48 86 f7 0d 01 01 08 30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00",
            "30 0d 06 09 2a 86 48 86 f7 0d 01 01 07 30 00", // OAEP with SHA-1, its default
            "30 0d 06 0b 2a 86 48 86 f7 0d 01 09 10 03 08", // zlib, RFC 3274 §2
            "30 0d 06 0b 2a 86 48 86 f7 0d 01 09 10 0b 01", // preferBinaryInside, RFC 8551 §2.5.2
        ];
        let all: Vec<u8> = listed.iter().flat_map(|hex| bytes(hex)).collect();
        let own = own_capabilities();
        let header = [&[0x30, 0x82][..], &u16::try_from(all.len()).unwrap().to_be_bytes()].concat();
        assert_eq!(own, [header, all].concat());
        let read = Capabilities::from_der(own).unwrap();
        assert_eq!((read.0.len(), read.to_der()), (listed.len(), own.to_vec()));
    }

    #[test]
    fn a_list_of_any_form_is_read_or_refused_within_bounds() {
        let own = own_capabilities();
        for end in 0..own.len() {
            assert!(Capabilities::from_der(&own[..end]).is_err(), "{end}");
        }
        let of = |count: usize| Capabilities(vec![AlgorithmIdentifier::new(oids::AES256_CBC); count]);
        assert_eq!(Capabilities::from_der(&of(MAX_CAPABILITIES).to_der()), Ok(of(MAX_CAPABILITIES)));
        assert!(Capabilities::from_der(&of(MAX_CAPABILITIES + 1).to_der()).is_err());
        assert_eq!(Capabilities::from_der(&[0x30, 0]), Ok(Capabilities::default()));
    }
}
