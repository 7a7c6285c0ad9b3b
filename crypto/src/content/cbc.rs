//! CBC of short texts under keys that passwords gave.

#[allow(deprecated)] // kept for reading alone
use aws_lc_rs::cipher::{DES_EDE3_FOR_LEGACY_USE_ONLY, DecryptionContext, StreamingDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use crate::content::aes::cbc_decrypting;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// AES-CBC with PKCS#7 padding, its size by the key.
pub(crate) fn cbc_decrypt(key: &Secret, iv: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    run(cbc_decrypting(key.as_bytes(), iv), ciphertext)
}

/// Triple DES in CBC mode, for reading what old programs wrote.
pub(crate) fn des_ede3_cbc_decrypt(key: &Secret, iv: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    run(des_ede3_cbc_decrypting(key.as_bytes(), iv), ciphertext)
}

/// The same as a stream; `None` for a key that is not 24 octets or a vector that is not 8.
#[allow(deprecated)]
pub(crate) fn des_ede3_cbc_decrypting(key: &[u8], iv: &[u8]) -> Option<StreamingDecryptingKey> {
    let context = DecryptionContext::Iv64(FixedLength::from(<[u8; 8]>::try_from(iv).ok()?));
    let key = UnboundCipherKey::new(&DES_EDE3_FOR_LEGACY_USE_ONLY, key).ok()?;
    StreamingDecryptingKey::cbc_pkcs7(key, context).ok()
}

fn run(key: Option<StreamingDecryptingKey>, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = key.ok_or(Error::Failed)?;
    let mut out = Zeroizing::new(vec![0; ciphertext.len() + 32]);
    let written = key.update(ciphertext, &mut out).map_err(|_| Error::Failed)?.written().len();
    let last = key.finish(&mut out[written..]).map_err(|_| Error::Failed)?.written().len();
    out.truncate(written + last);
    Ok(out)
}
