//! CBC of short texts under keys that passwords gave.

#[allow(deprecated)] // kept for reading alone
use aws_lc_rs::cipher::{DES_EDE3_FOR_LEGACY_USE_ONLY, DecryptionContext, StreamingDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use rc2::Rc2;
use rc2::cipher::{Array, BlockCipherDecrypt};
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

/// RC2 (RFC 2268) in CBC mode with a key of `bits` effective bits, for reading what old programs wrote.
pub(crate) fn rc2_cbc_decrypt(key: &Secret, bits: usize, iv: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut before = <[u8; 8]>::try_from(iv).map_err(|_| Error::Failed)?;
    let (blocks, rest) = ciphertext.as_chunks::<8>();
    if blocks.is_empty() || !rest.is_empty() {
        return Err(Error::Failed);
    }
    let cipher = Rc2::new_with_eff_key_len(key.as_bytes(), bits);
    let mut out = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    for block in blocks {
        let mut plain = Array::from(*block);
        cipher.decrypt_block(&mut plain);
        out.extend(plain.iter().zip(before).map(|(p, b)| p ^ b));
        before = *block;
    }
    let padding = out.last().copied().unwrap_or_default();
    let kept = out.len() - usize::from(padding).min(8);
    if !(1..=8).contains(&padding) || out[kept..].iter().any(|b| *b != padding) {
        return Err(Error::Failed);
    }
    out.truncate(kept);
    Ok(out)
}

fn run(key: Option<StreamingDecryptingKey>, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = key.ok_or(Error::Failed)?;
    let mut out = Zeroizing::new(vec![0; ciphertext.len() + 32]);
    let written = key.update(ciphertext, &mut out).map_err(|_| Error::Failed)?.written().len();
    let last = key.finish(&mut out[written..]).map_err(|_| Error::Failed)?.written().len();
    out.truncate(written + last);
    Ok(out)
}
