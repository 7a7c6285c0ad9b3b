//! AES key wrap (RFC 3394), and triple DES key wrap to read (RFC 3217).

use aes_kw::KwAes192;
use aes_kw::cipher::KeyInit;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesBlockCipher, KeyEncryptionKey, KeyWrap as _};
use zeroize::Zeroizing;

use wire::oids;

use crate::content::Cbc;
use crate::error::{Error, Result};
use crate::hash::digest;
use crate::names::{Digest, KeyWrap};
use crate::secret::{Secret, equal};

impl KeyWrap {
    /// Wraps a content key of 16 to 512 octets, a multiple of 8, giving 8 octets more.
    ///
    /// # Errors
    /// [`Error::BadParameters`] for other lengths of `kek` or `cek`.
    pub fn wrap(self, kek: &Secret, cek: &[u8]) -> Result<Vec<u8>> {
        if kek.len() != self.key_len() || !is_wrappable(cek.len()) || self == KeyWrap::Des3 {
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
        if self == KeyWrap::Des3 {
            return unwrap_des3(kek, wrapped);
        }
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

/// RFC 3217 §3.2: decrypted twice, the second time backwards; the key, and eight octets of its SHA-1.
fn unwrap_des3(kek: &Secret, wrapped: &[u8]) -> Result<Secret> {
    if wrapped.len() != 40 {
        return Err(Error::Failed);
    }
    let mut data = Zeroizing::new(wrapped.to_vec());
    let mut cbc = Cbc::new(oids::DES_EDE3_CBC, kek.as_bytes(), &DES3_IV).ok_or(Error::Failed)?;
    cbc.decrypt(&mut data);
    data.reverse();
    let (iv, inner) = data.split_at_mut(8);
    cbc.restart(iv);
    cbc.decrypt(inner);
    let (cek, check) = inner.split_at(24);
    if equal(&digest(Digest::Sha1, cek)[..8], check) { Ok(Secret::new(cek.to_vec())) } else { Err(Error::Failed) }
}

/// The vector of the outer encryption (RFC 3217 §3.1).
const DES3_IV: [u8; 8] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];

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

    /// RFC 3217 §3.4, the example of triple DES key wrap.
    #[test]
    fn k_09_triple_des_known_answer() {
        let kek = b"\x25\x5e\x0d\x1c\x07\xb6\x46\xdf\xb3\x13\x4c\xc8\x43\xba\x8a\xa7\x1f\x02\x5b\x7c\x08\x38\x25\x1f";
        let wrapped = b"\x69\x01\x07\x61\x8e\xf0\x92\xb3\xb4\x8c\xa1\x79\x6b\x23\x4a\xe9\xfa\x33\xeb\xb4\x15\x96\
                        \x04\x03\x7d\xb5\xd6\xa8\x4e\xb3\xaa\xc2\x76\x8c\x63\x27\x75\xa4\x67\xd4";
        let cek = b"\x29\x23\xbf\x85\xe0\x6d\xd6\xae\x52\x91\x49\xf1\xf1\xba\xe9\xea\xb3\xa7\xda\x3d\x86\x0d\x3e\x98";
        let kek = Secret::new(kek.to_vec());
        assert_eq!(KeyWrap::Des3.unwrap(&kek, wrapped).unwrap().as_bytes(), cek);
        for place in 0..40 {
            let mut bad = *wrapped;
            bad[place] ^= 1;
            assert_eq!(KeyWrap::Des3.unwrap(&kek, &bad).unwrap_err(), Error::Failed);
            assert_eq!(KeyWrap::Des3.unwrap(&kek, &wrapped[..place]).unwrap_err(), Error::Failed);
        }
        assert!(KeyWrap::Des3.wrap(&kek, cek).is_err());
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
