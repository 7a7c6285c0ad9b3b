//! AES key wrap (RFC 3394), and what is read besides: the same with other ciphers, and the key wraps of triple DES and
//! RC2 (RFC 3217).

use aes_kw::KwAes192;
use aes_kw::cipher::KeyInit;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesBlockCipher, KeyEncryptionKey, KeyWrap as _};
use zeroize::Zeroizing;

use wire::oids;

use crate::content::{Block, Cbc, engine};
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
        if kek.len() != self.key_len() || !is_wrappable(cek.len()) || !self.is_written() {
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
        if self == KeyWrap::Rc2 {
            return unwrap_rc2(kek, 128, wrapped);
        }
        let length = wrapped.len().checked_sub(8).filter(|l| is_wrappable(*l)).ok_or(Error::Failed)?;
        if kek.len() != self.key_len() {
            return Err(Error::Failed);
        }
        if let Some(kind) = self.engine() {
            return unwrap_like_aes(engine(kind, kek.as_bytes()).ok_or(Error::Failed)?, wrapped);
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

/// RFC 3394 §2.2.2 over any cipher whose blocks are 16 octets. `wrapped` is a multiple of 8, three or more.
fn unwrap_like_aes(cipher: Box<dyn Block>, wrapped: &[u8]) -> Result<Secret> {
    let mut data = Zeroizing::new(wrapped.to_vec());
    let (integrity, registers) = data.split_at_mut_checked(8).ok_or(Error::Failed)?;
    let count = registers.len() / 8;
    let mut block = Zeroizing::new([0; 16]);
    for step in (1..=6 * count).rev() {
        let register = &mut registers[(step - 1) % count * 8..][..8];
        block[..8].copy_from_slice(integrity);
        block[8..].copy_from_slice(register);
        block[..8].iter_mut().zip((step as u64).to_be_bytes()).for_each(|(b, t)| *b ^= t);
        cipher.decrypt(&mut *block);
        integrity.copy_from_slice(&block[..8]);
        register.copy_from_slice(&block[8..]);
    }
    if !equal(integrity, &[0xa6; 8]) {
        return Err(Error::Failed);
    }
    Ok(Secret::new(registers.to_vec()))
}

/// RFC 3217 §3.2: decrypted twice, the second time backwards; the key, and eight octets of its SHA-1. That standard has
/// keys of triple DES alone; Bouncy Castle wraps those of other ciphers so too.
fn unwrap_des3(kek: &Secret, wrapped: &[u8]) -> Result<Secret> {
    if !wrapped.len().checked_sub(16).is_some_and(is_wrappable) || kek.len() != KeyWrap::Des3.key_len() {
        return Err(Error::Failed);
    }
    let cbc = Cbc::new(oids::DES_EDE3_CBC, kek.as_bytes(), &OUTER_IV).ok_or(Error::Failed)?;
    Ok(Secret::new(twice(cbc, wrapped)?.to_vec()))
}

/// RFC 3217 §4.2: the same, but that an octet with its length stands before the key, and up to seven of padding behind.
fn unwrap_rc2(kek: &Secret, bits: usize, wrapped: &[u8]) -> Result<Secret> {
    if !(32..=512).contains(&wrapped.len()) || !wrapped.len().is_multiple_of(8) {
        return Err(Error::Failed);
    }
    if kek.len() != KeyWrap::Rc2.key_len() {
        return Err(Error::Failed);
    }
    let cbc = Cbc::rc2(kek.as_bytes(), bits, &OUTER_IV).ok_or(Error::Failed)?;
    let padded = twice(cbc, wrapped)?;
    let (length, rest) = padded.split_first().ok_or(Error::Failed)?;
    let length = usize::from(*length);
    match rest.get(..length) {
        Some(cek) if length > 0 && rest.len() - length < 8 => Ok(Secret::new(cek.to_vec())),
        _ => Err(Error::Failed),
    }
}

/// Decrypts twice, the second time backwards, and compares the last eight octets with the SHA-1 of the others, which it
/// gives. What comes is at least 32 octets long.
fn twice(mut cbc: Cbc, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut data = Zeroizing::new(wrapped.to_vec());
    cbc.decrypt(&mut data);
    data.reverse();
    let (iv, inner) = data.split_at_mut_checked(8).ok_or(Error::Failed)?;
    cbc.restart(iv);
    cbc.decrypt(inner);
    let kept = inner.len().checked_sub(8).ok_or(Error::Failed)?;
    let (cek, check) = inner.split_at_checked(kept).ok_or(Error::Failed)?;
    if !equal(&digest(Digest::Sha1, cek)[..8], check) {
        return Err(Error::Failed);
    }
    Ok(Zeroizing::new(cek.to_vec()))
}

/// The vector of the outer encryption (RFC 3217 §3.1, §4.1).
const OUTER_IV: [u8; 8] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];

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

    /// RFC 3657 §3.2 has none: the same values under Camellia, ARIA and SEED as Bouncy Castle 1.72 wraps them.
    #[test]
    fn other_ciphers_wrap_like_aes() {
        let cek: Vec<u8> = (0..16).map(|i| i * 0x11).collect();
        for (wrap, wrapped) in LIKE_AES {
            let wrapped: Vec<u8> =
                (0..48).step_by(2).map(|i| u8::from_str_radix(&wrapped[i..i + 2], 16).unwrap()).collect();
            let wrap = *wrap;
            assert_eq!(KeyWrap::from_algorithm(&wrap.to_algorithm()).unwrap(), wrap);
            let kek = Secret::new((0..wrap.key_len() as u8).collect());
            assert_eq!(wrap.unwrap(&kek, &wrapped).unwrap().as_bytes(), cek, "{wrap}");
            for place in 0..wrapped.len() {
                let mut bad = wrapped.clone();
                bad[place] ^= 1;
                assert_eq!(wrap.unwrap(&kek, &bad).unwrap_err(), Error::Failed);
                assert_eq!(wrap.unwrap(&kek, &wrapped[..place]).unwrap_err(), Error::Failed);
            }
            assert_eq!(wrap.unwrap(&Secret::new(vec![0; 8]), &wrapped).unwrap_err(), Error::Failed);
            assert!(wrap.wrap(&kek, &cek).is_err() && wrap.wrapped_len(16) == 24);
        }
    }

    const LIKE_AES: &[(KeyWrap, &str)] = &[
        (KeyWrap::Camellia128, "635d6ac46eedebd3a7f4a06421a4cbd1746b24795ba2f708"),
        (KeyWrap::Camellia192, "fe8f5c4e2164cdfe36233c9f898f93df6e6f1d892d187742"),
        (KeyWrap::Camellia256, "b43e6793ee3b35b7698253b26bad0ca2d5e7793c6f5ddd48"),
        (KeyWrap::Aria128, "a93f148d4909d85f1aae656909879275ae597b3acf9d60db"),
        (KeyWrap::Aria192, "62c0cc597cea0a97c1ddfd9384ba51a9f4ec7aac30f7cedc"),
        (KeyWrap::Aria256, "1f68ac246e2519b0235e1474867b08f606bcf85bef006eba"),
        (KeyWrap::Seed, "bf71f77138b5afea05232a8dad54024e812dc8dd7d132559"),
    ];

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
        assert!(KeyWrap::Des3.wrap(&kek, cek).is_err() && KeyWrap::Des3.wrapped_len(24) == 40);
    }

    /// RFC 3217 §4.4, the example of RC2 key wrap. Its key is read with 40 effective bits, which mail is not; under 128
    /// bits the same values were encrypted by OpenSSL 3.0's rc2-cbc.
    #[test]
    fn k_09_rc2_known_answers() {
        let kek = Secret::new(b"\xfd\x04\xfd\x08\x06\x07\x07\xfb\x00\x03\xfe\xff\xfd\x02\xfe\x05".to_vec());
        let cek = b"\xb7\x0a\x25\xfb\xc9\xd8\x6a\x86\x05\x0c\xe0\xd7\x11\xea\xd4\xd9";
        let example = b"\x70\xe6\x99\xfb\x57\x01\xf7\x83\x33\x30\xfb\x71\xe8\x7c\x85\xa4\
                        \x20\xbd\xc9\x9a\xf0\x5d\x22\xaf\x5a\x0e\x48\xd3\x5f\x31\x38\x98\
                        \x6c\xba\xaf\xb4\xb2\x8d\x4f\x35";
        assert_eq!(unwrap_rc2(&kek, 40, example).unwrap().as_bytes(), cek);
        let wrapped = b"\xf4\xd8\x02\x1c\x1e\xa4\x63\xd2\x17\xa9\xeb\x69\x29\xff\xa5\x77\
                        \x36\xd3\xe2\x03\x86\xc9\x09\x93\x83\x5b\x4b\xe4\xad\x8d\x8a\x1b\
                        \xc6\x3b\x25\xde\x2b\xf7\x79\x93";
        let wrap = KeyWrap::from_algorithm(&KeyWrap::Rc2.to_algorithm()).unwrap();
        assert_eq!(wrap.unwrap(&kek, wrapped).unwrap().as_bytes(), cek);
        assert_eq!(wrap.unwrap(&kek, example).unwrap_err(), Error::Failed);
        for place in 0..wrapped.len() {
            let mut bad = *wrapped;
            bad[place] ^= 1;
            assert_eq!(wrap.unwrap(&kek, &bad).unwrap_err(), Error::Failed);
            assert_eq!(wrap.unwrap(&kek, &wrapped[..place]).unwrap_err(), Error::Failed);
        }
        assert_eq!(wrap.unwrap(&Secret::new(vec![7; 24]), wrapped).unwrap_err(), Error::Failed);
        assert!(wrap.wrap(&kek, cek).is_err());
        let weaker = wire::AlgorithmIdentifier { oid: oids::RC2_WRAP, parameters: Some(vec![2, 2, 0, 160]) };
        assert!(matches!(KeyWrap::from_algorithm(&weaker), Err(Error::Unsupported { .. })));
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
