//! The MAC of a PKCS#12 file (RFC 7292 §5.1 and Appendix B, RFC 9879).

use wire::pkcs12::MacData;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::Hasher;
use crate::kdf::hmac;
use crate::names::Digest;
use crate::password::pbes2::{derive, hmac_digest};
use crate::random::Random;
use crate::secret::{Secret, equal};

/// Whether the MAC over `auth_safe` holds under `password`, UTF-8. An empty password is tried as the empty string
/// and as no password at all, for files are written both ways.
pub(super) fn check(mac: &MacData, auth_safe: &[u8], password: &[u8]) -> Result<()> {
    if let Some(pbmac1) = mac.pbmac1()? {
        let digest = hmac_digest(pbmac1.mac.oid)?;
        // RFC 9879 §4 demands the key length; 20 octets are the least that any program writes.
        let wire::pbe::Kdf::Pbkdf2 { key_length: Some(length), .. } = &pbmac1.kdf else {
            return Err(Error::BadParameters("PBMAC1 without PBKDF2 and its key length"));
        };
        let length = usize::try_from(*length).unwrap_or_default();
        if length < 20 {
            return Err(Error::BadParameters("PBMAC1 with a key shorter than 20 octets"));
        }
        let key = derive(&pbmac1.kdf, password, length)?;
        return hold(equal(&hmac(digest, key.as_bytes(), auth_safe), &mac.digest));
    }
    let digest = Digest::from_algorithm(&mac.algorithm)?;
    let holds = |password: &[u8]| {
        let key = derive_key(digest, password, &mac.salt, mac.iterations);
        equal(&hmac(digest, key.as_bytes(), auth_safe), &mac.digest)
    };
    hold(holds(&bmp_string(password)) || (password.is_empty() && holds(b"")))
}

/// HMAC-SHA-256 over `auth_safe`, with the derivation of Appendix B, which every reader knows.
pub(super) fn make(auth_safe: &[u8], password: &[u8], iterations: u64, rng: &mut dyn Random) -> Result<MacData> {
    let mut salt = vec![0; 16];
    rng.fill(&mut salt)?;
    let key = derive_key(Digest::Sha256, &bmp_string(password), &salt, iterations);
    let digest = hmac(Digest::Sha256, key.as_bytes(), auth_safe);
    let algorithm = wire::AlgorithmIdentifier::with_null(Digest::Sha256.oid());
    Ok(MacData { algorithm, digest, salt, iterations })
}

fn hold(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Failed) }
}

/// UTF-16, big end first, with the two zeros that end it (RFC 7292 §B.1). Bytes that are no UTF-8 are taken as
/// Latin-1, which is what the programs that write such passwords do.
fn bmp_string(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = match std::str::from_utf8(password) {
        Ok(text) => Zeroizing::new(text.to_owned()),
        Err(_) => Zeroizing::new(password.iter().map(|b| char::from(*b)).collect()),
    };
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 2 + 2));
    for unit in text.encode_utf16().chain([0]) {
        out.extend_from_slice(&unit.to_be_bytes());
    }
    out
}

/// RFC 7292 §B.2 for the key of a MAC (purpose 3), as long as the digest.
fn derive_key(digest: Digest, password: &[u8], salt: &[u8], iterations: u64) -> Secret {
    let block = digest.block_len();
    // One round gives a digest's length, which is all a MAC's key needs, so that step 6's chaining never happens.
    let mut hasher = Hasher::new(digest);
    hasher.update(&vec![MAC_PURPOSE; block]);
    hasher.update(&stretch(salt, block));
    hasher.update(&stretch(password, block));
    let mut value = hasher.finish();
    for _ in 1..iterations {
        value = crate::hash::digest(digest, &value);
    }
    Secret::new(value.to_vec())
}

/// Repeated to a multiple of `block`, nothing for nothing.
fn stretch(bytes: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let length = bytes.len().div_ceil(block) * block;
    Zeroizing::new(bytes.iter().copied().cycle().take(length).collect())
}

const MAC_PURPOSE: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bmp_strings() {
        assert_eq!(bmp_string("Beé".as_bytes()).as_slice(), [0, 0x42, 0, 0x65, 0, 0xe9, 0, 0]);
        assert_eq!(bmp_string(b"\xe9").as_slice(), [0, 0xe9, 0, 0]);
        assert_eq!(bmp_string(b"").as_slice(), [0, 0]);
    }

    #[test]
    fn made_macs_hold_under_their_password_alone() {
        let mac = make(b"content", b"secret", 3, &mut crate::random::SystemRandom).unwrap();
        assert_eq!(check(&mac, b"content", b"secret"), Ok(()));
        for (content, password) in [(&b"content"[..], &b"Secret"[..]), (b"Content", b"secret"), (b"content", b"")] {
            assert_eq!(check(&mac, content, password), Err(Error::Failed));
        }
    }
}
