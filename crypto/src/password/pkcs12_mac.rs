//! The MAC of a PKCS#12 file (RFC 7292 §5.1 and Appendix B, RFC 9879).

use wire::pkcs12::MacData;

use crate::error::{Error, Result};
use crate::names::Digest;
use crate::password::password_digest::PasswordDigest;
use crate::password::pbes2::derive;
use crate::password::pkcs12_kdf::{Purpose, bmp_string, derive_key};
use crate::password::work::derivation;
use crate::random::Random;
use crate::secret::{Secret, equal};

/// Whether the MAC over `auth_safe` holds under `password`, UTF-8. An empty password is tried as the empty string
/// and as no password at all, for files are written both ways.
pub(super) fn check(mac: &MacData, auth_safe: &[u8], password: &[u8]) -> Result<()> {
    if let Some(pbmac1) = mac.pbmac1()? {
        let digest = PasswordDigest::from_hmac(pbmac1.mac.oid)?;
        // RFC 9879 §4 demands the key length; 20 octets are the least that any program writes.
        let wire::pbe::Kdf::Pbkdf2 { key_length: Some(length), .. } = &pbmac1.kdf else {
            return Err(Error::BadParameters("PBMAC1 without PBKDF2 and its key length"));
        };
        let length = usize::try_from(*length).unwrap_or_default();
        if length < 20 {
            return Err(Error::BadParameters("PBMAC1 with a key shorter than 20 octets"));
        }
        let key = derive(&pbmac1.kdf, password, length)?;
        return hold(equal(&digest.hmac(key.as_bytes(), auth_safe)?, &mac.digest));
    }
    let digest = PasswordDigest::from_algorithm(&mac.algorithm)?;
    let holds = |password: &[u8]| -> Result<bool> {
        let key = mac_key(digest, password, &mac.salt, mac.iterations);
        Ok(equal(&digest.hmac(key.as_bytes(), auth_safe)?, &mac.digest))
    };
    hold(holds(&bmp_string(password))? || (password.is_empty() && holds(b"")?))
}

/// Iterations that [`check`] takes.
pub(super) fn cost(mac: &MacData) -> u64 {
    match mac.pbmac1() {
        Ok(Some(pbmac1)) => derivation(&pbmac1.kdf),
        _ => mac.iterations,
    }
}

/// HMAC-SHA-256 over `auth_safe`, with the derivation of Appendix B, which every reader knows.
pub(super) fn make(auth_safe: &[u8], password: &[u8], iterations: u64, rng: &mut dyn Random) -> Result<MacData> {
    let mut salt = vec![0; 16];
    rng.fill(&mut salt)?;
    let by = PasswordDigest::Known(Digest::Sha256);
    let key = mac_key(by, &bmp_string(password), &salt, iterations);
    let digest = by.hmac(key.as_bytes(), auth_safe)?;
    let algorithm = wire::AlgorithmIdentifier::with_null(Digest::Sha256.oid());
    Ok(MacData { algorithm, digest, salt, iterations })
}

fn hold(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Failed) }
}

/// As long as the digest.
fn mac_key(digest: PasswordDigest, password: &[u8], salt: &[u8], iterations: u64) -> Secret {
    derive_key(digest, Purpose::Mac, password, salt, iterations, digest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_macs_hold_under_their_password_alone() {
        let mac = make(b"content", b"secret", 3, &mut crate::random::SystemRandom).unwrap();
        assert_eq!(check(&mac, b"content", b"secret"), Ok(()));
        for (content, password) in [(&b"content"[..], &b"Secret"[..]), (b"Content", b"secret"), (b"content", b"")] {
            assert_eq!(check(&mac, content, password), Err(Error::Failed));
        }
    }
}
