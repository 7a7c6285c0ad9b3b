//! AES key wrap (RFC 3394).

use aes_kw::KwAes192;
use aes_kw::cipher::KeyInit;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesBlockCipher, KeyEncryptionKey, KeyWrap as _};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::names::KeyWrap;
use crate::secret::Secret;

impl KeyWrap {
    /// Wraps a content key of 16 to 512 octets, a multiple of 8, giving 8 octets more.
    ///
    /// # Errors
    /// [`Error::BadParameters`] for other lengths of `kek` or `cek`.
    pub fn wrap(self, kek: &Secret, cek: &[u8]) -> Result<Vec<u8>> {
        if kek.len() != self.key_len() || !is_wrappable(cek.len()) {
            return Err(Error::BadParameters("key wrap length"));
        }
        let mut out = vec![0; cek.len() + 8];
        if self == KeyWrap::Aes192 {
            let wrap = KwAes192::new_from_slice(kek.as_bytes()).map_err(|_| Error::BadParameters("key wrap"))?;
            wrap.wrap_key(cek, &mut out).map_err(|_| Error::BadParameters("key wrap"))?;
        } else {
            self.library(kek)?.wrap(cek, &mut out).map_err(|_| Error::BadParameters("key wrap"))?;
        }
        Ok(out)
    }

    /// Unwraps what [`KeyWrap::wrap`] gives, into 8 octets fewer.
    ///
    /// # Errors
    /// [`Error::Failed`] for everything that is wrong with it.
    pub fn unwrap(self, kek: &Secret, wrapped: &[u8]) -> Result<Secret> {
        let length = wrapped.len().checked_sub(8).filter(|l| is_wrappable(*l)).ok_or(Error::Failed)?;
        if kek.len() != self.key_len() {
            return Err(Error::Failed);
        }
        let mut out = Zeroizing::new(vec![0; length]);
        if self == KeyWrap::Aes192 {
            let wrap = KwAes192::new_from_slice(kek.as_bytes()).map_err(|_| Error::Failed)?;
            wrap.unwrap_key(wrapped, &mut out).map_err(|_| Error::Failed)?;
        } else {
            let unwrapped = self.library(kek)?.unwrap(wrapped, &mut out).map_err(|_| Error::Failed)?.len();
            out.truncate(unwrapped);
        }
        Ok(out.into())
    }

    fn library(self, kek: &Secret) -> Result<KeyEncryptionKey<AesBlockCipher>> {
        let cipher = if self == KeyWrap::Aes128 { &AES_128 } else { &AES_256 };
        KeyEncryptionKey::new(cipher, kek.as_bytes()).map_err(|_| Error::Failed)
    }
}

fn is_wrappable(length: usize) -> bool {
    (16..=512).contains(&length) && length.is_multiple_of(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(range: std::ops::Range<u8>) -> Vec<u8> {
        range.collect()
    }

    /// RFC 3394 §4.1, §4.2 and §4.3: the key data 00112233…ff under 128, 192 and 256 bits.
    #[test]
    fn known_answers() {
        let cek: Vec<u8> = (0..16).map(|i| i * 0x11).collect();
        let known: [(KeyWrap, u8, [u8; 24]); 3] = [
            (
                KeyWrap::Aes128,
                16,
                *b"\x1f\xa6\x8b\x0a\x81\x12\xb4\x47\xae\xf3\x4b\xd8\xfb\x5a\x7b\x82\x9d\x3e\x86\x23\x71\xd2\xcf\xe5",
            ),
            (
                KeyWrap::Aes192,
                24,
                *b"\x96\x77\x8b\x25\xae\x6c\xa4\x35\xf9\x2b\x5b\x97\xc0\x50\xae\xd2\x46\x8a\xb8\xa1\x7a\xd8\x4e\x5d",
            ),
            (
                KeyWrap::Aes256,
                32,
                *b"\x64\xe8\xc3\xf9\xce\x0f\x5b\xa2\x63\xe9\x77\x79\x05\x81\x8a\x2a\x93\xc8\x19\x1e\x7d\x6e\x8a\xe7",
            ),
        ];
        for (wrap, size, expected) in known {
            let kek = Secret::new(bytes(0..size));
            assert_eq!(wrap.wrap(&kek, &cek).unwrap(), expected);
            assert_eq!(wrap.unwrap(&kek, &expected).unwrap().as_bytes(), cek);
        }
    }

    /// K-09's lengths: nothing but whole wraps of a sensible size, every flipped bit fails the same way.
    #[test]
    fn everything_else_fails_alike() {
        for wrap in KeyWrap::ALL {
            let kek = Secret::new(vec![7; wrap.key_len()]);
            let good = wrap.wrap(&kek, &[9; 32]).unwrap();
            for length in 0..good.len() {
                assert_eq!(wrap.unwrap(&kek, &good[..length]).unwrap_err(), Error::Failed);
            }
            for bit in 0..good.len() * 8 {
                let mut bad = good.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(wrap.unwrap(&kek, &bad).unwrap_err(), Error::Failed);
            }
            assert_eq!(wrap.unwrap(&kek, &[0; 1024]).unwrap_err(), Error::Failed);
            assert_eq!(wrap.unwrap(&Secret::new(vec![7; 8]), &good).unwrap_err(), Error::Failed);
            assert!(wrap.wrap(&kek, &[0; 8]).is_err() && wrap.wrap(&kek, &[0; 17]).is_err());
        }
    }
}
