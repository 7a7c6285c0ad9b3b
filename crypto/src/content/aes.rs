//! AES in the modes that stream.

use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, DecryptionContext, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::cipher::{StreamingDecryptingKey, StreamingEncryptingKey};
use aws_lc_rs::iv::FixedLength;

/// AES-CTR from a counter block; `None` for a key that is not 16, 24 or 32 octets.
pub(crate) fn ctr(key: &[u8], counter: [u8; 16]) -> Option<StreamingEncryptingKey> {
    let context = EncryptionContext::Iv128(FixedLength::from(counter));
    StreamingEncryptingKey::less_safe_ctr(unbound(key)?, context).ok()
}

/// AES-CBC with PKCS#7 padding; `None` for a key or vector of another length.
pub(crate) fn cbc_encrypting(key: &[u8], iv: &[u8]) -> Option<StreamingEncryptingKey> {
    let context = EncryptionContext::Iv128(FixedLength::from(<[u8; 16]>::try_from(iv).ok()?));
    StreamingEncryptingKey::less_safe_cbc_pkcs7(unbound(key)?, context).ok()
}

/// The other direction.
pub(crate) fn cbc_decrypting(key: &[u8], iv: &[u8]) -> Option<StreamingDecryptingKey> {
    let context = DecryptionContext::Iv128(FixedLength::from(<[u8; 16]>::try_from(iv).ok()?));
    StreamingDecryptingKey::cbc_pkcs7(unbound(key)?, context).ok()
}

fn unbound(key: &[u8]) -> Option<UnboundCipherKey> {
    let algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return None,
    };
    UnboundCipherKey::new(algorithm, key).ok()
}
