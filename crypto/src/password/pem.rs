//! The old encryption of PEM private keys: `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421 §4.6.1.1), with the key
//! derivation that OpenSSL gave it.

use md5::{Digest as _, Md5};
use wire::pem::PemBlock;
use zeroize::Zeroizing;

use crate::content::open_once;
use crate::error::{Error, Result};
use crate::names::{CipherParameters, ContentCipher, OldCipher};
use crate::password::block_modes::{self, Block, Mode};
use crate::secret::Secret;

/// The contents of an encrypted block: the structure its label names.
///
/// # Errors
/// [`Error::Failed`] for a wrong password and everything that follows from one; [`Error::BadParameters`] where the
/// block is not encrypted this way, [`Error::Unsupported`] for ciphers that OpenSSL and Bouncy Castle do not write.
pub fn decrypt_legacy_pem(block: &PemBlock, password: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (name, iv) = block.dek_info()?.ok_or(Error::BadParameters("not an encrypted PEM block"))?;
    let Some((cipher, key_len, mode)) = cipher(&name) else {
        return old(&name, &iv, &block.contents, password);
    };
    let iv_len = if cipher == Block::Aes { 16 } else { 8 };
    // A mode without a vector has the salt alone, of either length.
    if iv.len() != iv_len && (mode != Mode::Ecb || iv.len() < 8) {
        return Err(Error::BadParameters("DEK-Info"));
    }
    let key = bytes_to_key(password, &iv[..8], key_len);
    let plain = block_modes::decrypt(cipher, mode, &key, &iv, &block.contents)?;
    // Padding alone lets one wrong password in 256 pass, and some modes have none; what is inside is always a SEQUENCE.
    wire::der::one(&plain).map_err(|_| Error::Failed)?;
    Ok(plain)
}

/// Camellia, ARIA, SEED and others, by the names that they have everywhere.
fn old(name: &str, iv: &[u8], contents: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let found = OldCipher::all().find(|old| old.iv_len() > 0 && !old.is_gcm() && old.name().eq_ignore_ascii_case(name));
    let old = found.ok_or(Error::unsupported_here("this cipher of PEM"))?;
    if iv.len() != old.iv_len() {
        return Err(Error::BadParameters("DEK-Info"));
    }
    let key = bytes_to_key(password, &iv[..8], old.key_len());
    let parameters = CipherParameters { iv: iv.to_vec(), tag_len: 0 };
    let mut plain = Zeroizing::new(Vec::with_capacity(contents.len() + 16));
    open_once(ContentCipher::Old(old), &parameters, &key, b"", contents, b"", &mut plain)?;
    wire::der::one(&plain).map_err(|_| Error::Failed)?;
    Ok(plain)
}

/// A cipher's name as OpenSSL writes it: cipher, length of key and mode, which is ECB where none is named.
fn cipher(name: &str) -> Option<(Block, usize, Mode)> {
    let modes = [("-CBC", Mode::Cbc), ("-CFB", Mode::Cfb), ("-OFB", Mode::Ofb), ("-ECB", Mode::Ecb)];
    let named = modes.into_iter().find_map(|(end, mode)| Some((name.strip_suffix(end)?, mode)));
    let (cipher, mode) = named.unwrap_or((name, Mode::Ecb));
    let (block, key_len) = match cipher {
        "AES-128" => (Block::Aes, 16),
        "AES-192" => (Block::Aes, 24),
        "AES-256" => (Block::Aes, 32),
        "DES" => (Block::Des, 8),
        "DES-EDE" => (Block::TripleDes, 16),
        "DES-EDE3" => (Block::TripleDes, 24),
        "RC2" => (Block::Rc2(128), 16),
        "RC2-64" => (Block::Rc2(64), 8),
        "RC2-40" => (Block::Rc2(40), 5),
        "BF" => (Block::Blowfish, 16),
        _ => return None,
    };
    Some((block, key_len, mode))
}

/// MD5 of what came before, password and salt, until there is enough.
fn bytes_to_key(password: &[u8], salt: &[u8], length: usize) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(length + 16));
    let mut last = Zeroizing::new(Vec::new());
    while out.len() < length {
        let mut hasher = Md5::new();
        hasher.update(last.as_slice());
        hasher.update(password);
        hasher.update(salt);
        *last = hasher.finalize().to_vec();
        out.extend_from_slice(&last);
    }
    out.truncate(length);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The DER `30 03 02 01 05`, encrypted by `openssl enc` under the key that its EVP_BytesToKey gives.
    #[test]
    fn reads_what_openssl_wrote() {
        for (dek, contents) in SAMPLES {
            let text = format!(
                "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: {dek}\n\n{contents}\n-----END EC PRIVATE KEY-----\n"
            );
            let blocks = wire::pem::parse(text.as_bytes()).unwrap();
            assert_eq!(decrypt_legacy_pem(&blocks[0], b"secret").unwrap().as_slice(), [0x30, 3, 2, 1, 5]);
            assert_eq!(decrypt_legacy_pem(&blocks[0], b"Secret").unwrap_err(), Error::Failed);
        }
    }

    const SAMPLES: [(&str, &str); 2] = [
        ("AES-256-CBC,000102030405060708090A0B0C0D0E0F", "ORPhdTO4Fa829heeVrmEqw=="),
        ("DES-EDE3-CBC,1011121314151617", "YSCUNKd1LPk="),
    ];
}
