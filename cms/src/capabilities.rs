//! SMIMECapabilities (RFC 8551 §2.5.2): what a program can read, told to those who write to it.

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

/// What Sealpost can read, as the value of the signed attribute: ciphers by preference, then key
/// management. Parameters are absent unless the algorithm demands them (RFC 8551 §2.5.2).
pub fn own_capabilities() -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        for oid in [oids::AES256_GCM, oids::AES128_GCM, oids::CHACHA20_POLY1305, oids::AES256_CBC, oids::AES128_CBC] {
            AlgorithmIdentifier::new(oid).write(w);
        }
        // Its parameters, the cipher, are absent here (RFC 9709 §4).
        AlgorithmIdentifier::new(oids::CEK_HKDF_SHA256).write(w);
        for (scheme, wrap) in [
            (oids::ECDH_HKDF_SHA256, oids::AES256_WRAP),
            (oids::ECDH_SHA256_KDF, oids::AES256_WRAP),
            (oids::ECDH_SHA256_KDF, oids::AES128_WRAP),
        ] {
            AlgorithmIdentifier::with(scheme, AlgorithmIdentifier::new(wrap).to_der()).write(w);
        }
        AlgorithmIdentifier::with(oids::RSAES_OAEP, oaep_sha256()).write(w);
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

/// Entries of a list that are read.
const MAX_CAPABILITIES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_the_standards() {
        let own = own_capabilities();
        // RFC 5084, RFC 9709 §4, RFC 8418 §4, RFC 5753 §8 and RFC 3560 §5 give these encodings.
        let aes_256_gcm = [0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2e];
        let hkdf = [0x30u8, 0x1a, 6, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 3, 0x13];
        let x963 = [0x30u8, 0x15, 6, 6, 0x2b, 0x81, 4, 1, 0x0b, 1, 0x30, 0x0b];
        let oaep = [0x30u8, 0x38, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 7, 0x30, 0x2b];
        let cek_hkdf = [0x30u8, 0x0d, 6, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 3, 0x1f];
        for expected in [&aes_256_gcm[..], &cek_hkdf, &hkdf, &x963, &oaep] {
            assert!(own.windows(expected.len()).any(|w| w == expected), "{expected:02x?}");
        }
        assert!(Capabilities::from_der(&own).unwrap().lists(oids::AES256_GCM));
    }
}
