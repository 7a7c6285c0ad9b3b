//! How much may be encrypted under one nonce.

use crate::error::Error;
use crate::names::ContentCipher;

/// In octets: NIST SP 800-38D §5.2.1.1 and RFC 8439 §2.8; CBC, under a key used once, has no bound of its own.
pub(super) fn limit(cipher: ContentCipher) -> u64 {
    match cipher {
        ContentCipher::ChaCha20Poly1305 => (1 << 38) - 64,
        _ if cipher.is_ccm() => CCM_LIMIT,
        _ if cipher.is_gcm() => (1 << 36) - 32,
        _ => u64::MAX,
    }
}

/// Octets of a text under CCM, which are kept in memory until the last of them is known.
pub(super) const CCM_LIMIT: u64 = 64 << 20;

/// What an encryptor says beyond it.
pub(super) const TOO_LONG: Error = Error::BadParameters("content too long for this cipher");
