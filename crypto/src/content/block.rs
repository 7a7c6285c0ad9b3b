//! Block ciphers, and CBC without padding over them, in place: for what wraps keys and what old programs wrote.

use aes::{Aes128, Aes192, Aes256};
use aria::{Aria128, Aria192, Aria256};
use blowfish::Blowfish;
use camellia::{Camellia128, Camellia192, Camellia256};
use cast5::Cast5;
use des::{Des, TdesEde2, TdesEde3};
use idea::Idea;
use rc2::Rc2;
use rc2::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use serpent::Serpent;
use sm4::Sm4;
use wire::{Oid, oids};
use zeroize::Zeroizing;

use crate::content::seed::Seed;
use crate::names::{BlockMode, ContentCipher, Engine};

/// A block cipher under a key, chained from a vector on.
pub(crate) struct Cbc {
    cipher: Box<dyn Block>,
    before: Zeroizing<Vec<u8>>,
    /// Whether blocks are chained at all.
    chained: bool,
}

/// The block cipher under a key; `None` for a key of a length that it does not take, and where it has no blocks.
pub(crate) fn engine(engine: Engine, key: &[u8]) -> Option<Box<dyn Block>> {
    match (engine, key.len()) {
        (Engine::Aes, 16) => boxed::<Aes128>(key),
        (Engine::Aes, 24) => boxed::<Aes192>(key),
        (Engine::Aes, _) => boxed::<Aes256>(key),
        (Engine::Camellia, 16) => boxed::<Camellia128>(key),
        (Engine::Camellia, 24) => boxed::<Camellia192>(key),
        (Engine::Camellia, _) => boxed::<Camellia256>(key),
        (Engine::Aria, 16) => boxed::<Aria128>(key),
        (Engine::Aria, 24) => boxed::<Aria192>(key),
        (Engine::Aria, _) => boxed::<Aria256>(key),
        (Engine::Serpent, _) => boxed::<Serpent>(key),
        (Engine::Seed, _) => Some(Box::new(Seed::new(key)?)),
        (Engine::Sm4, _) => boxed::<Sm4>(key),
        (Engine::Cast5, _) => boxed::<Cast5>(key),
        (Engine::Idea, _) => boxed::<Idea>(key),
        (Engine::Blowfish, _) => boxed::<Blowfish>(key),
        (Engine::Des, 16) => boxed::<TdesEde2>(key),
        (Engine::Des, 24) => boxed::<TdesEde3>(key),
        (Engine::Des, _) => boxed::<Des>(key),
        (Engine::Rc4, _) => None,
    }
}

impl Cbc {
    /// Octets of the key of the cipher with this name in CBC; `None` where it is none that is read without more
    /// parameters than its vector.
    pub fn key_len(oid: Oid) -> Option<usize> {
        match ContentCipher::from_oid(oid).ok()? {
            ContentCipher::Old(old) => (old.mode() == BlockMode::Cbc).then(|| old.key_len()),
            ContentCipher::Rc2Cbc128 => None,
            cipher => (!cipher.is_aead()).then(|| cipher.key_len()),
        }
    }

    /// The cipher of that name; `None` for a key or a vector of another length than its own.
    pub fn new(oid: Oid, key: &[u8], iv: &[u8]) -> Option<Cbc> {
        let kind = match oid {
            oids::DES_EDE3_CBC => Engine::Des,
            oids::AES128_CBC | oids::AES192_CBC | oids::AES256_CBC => Engine::Aes,
            _ => match ContentCipher::from_oid(oid).ok()? {
                ContentCipher::Old(old) if old.mode() == BlockMode::Cbc => old.engine(),
                _ => return None,
            },
        };
        if Cbc::key_len(oid) != Some(key.len()) {
            return None;
        }
        Cbc::over(engine(kind, key)?, iv)
    }

    /// Over a block cipher; `None` for a vector that is not a block.
    pub fn over(cipher: Box<dyn Block>, iv: &[u8]) -> Option<Cbc> {
        (iv.len() == cipher.size()).then(|| Cbc { cipher, before: Zeroizing::new(iv.to_vec()), chained: true })
    }

    /// Blocks each by themselves: no CBC at all, but what is done to it is the same.
    pub fn unchained(cipher: Box<dyn Block>) -> Cbc {
        let before = Zeroizing::new(vec![0; cipher.size()]);
        Cbc { cipher, before, chained: false }
    }

    /// RC2 (RFC 2268) with `bits` effective bits of a key of 1 to 128 octets, no more than it has; `None` for others,
    /// and for a vector of another length.
    pub fn rc2(key: &[u8], bits: usize, iv: &[u8]) -> Option<Cbc> {
        if iv.len() != 8 || !(1..=128).contains(&key.len()) || !(8..=key.len() * 8).contains(&bits) {
            return None;
        }
        let cipher: Box<dyn Block> = Box::new(Rc2::new_with_eff_key_len(key, bits));
        Cbc::over(cipher, iv)
    }

    /// Octets of a block.
    pub fn block_len(&self) -> usize {
        self.cipher.size()
    }

    /// Another vector.
    pub fn restart(&mut self, iv: &[u8]) {
        self.before.clear();
        self.before.extend_from_slice(iv);
    }

    /// Encrypts whole blocks; what is left over stays as it is.
    pub fn encrypt(&mut self, data: &mut [u8]) {
        for block in data.chunks_exact_mut(self.cipher.size()) {
            block.iter_mut().zip(self.before.iter()).for_each(|(b, p)| *b ^= p);
            self.cipher.encrypt(block);
            self.before.copy_from_slice(block);
        }
    }

    /// Decrypts whole blocks; what is left over stays as it is.
    pub fn decrypt(&mut self, data: &mut [u8]) {
        let mut next = Zeroizing::new(self.before.to_vec());
        for block in data.chunks_exact_mut(self.cipher.size()) {
            next.copy_from_slice(block);
            self.cipher.decrypt(block);
            block.iter_mut().zip(self.before.iter()).for_each(|(b, p)| *b ^= p);
            if self.chained {
                std::mem::swap(&mut next, &mut self.before);
            }
        }
    }
}

/// One block of any cipher.
pub(crate) trait Block: Send {
    /// Its octets.
    fn size(&self) -> usize;
    /// A block of this size is encrypted, others stay as they are.
    fn encrypt(&self, block: &mut [u8]);
    /// The same back.
    fn decrypt(&self, block: &mut [u8]);
}

impl Block for Seed {
    fn size(&self) -> usize {
        16
    }

    fn encrypt(&self, block: &mut [u8]) {
        if let Ok(block) = block.try_into() {
            Seed::encrypt(self, block);
        }
    }

    fn decrypt(&self, block: &mut [u8]) {
        if let Ok(block) = block.try_into() {
            Seed::decrypt(self, block);
        }
    }
}

impl<C: BlockCipherEncrypt + BlockCipherDecrypt + Send> Block for C {
    fn size(&self) -> usize {
        C::block_size()
    }

    fn encrypt(&self, block: &mut [u8]) {
        if let Ok(block) = <&mut Array<u8, C::BlockSize>>::try_from(block) {
            self.encrypt_block(block);
        }
    }

    fn decrypt(&self, block: &mut [u8]) {
        if let Ok(block) = <&mut Array<u8, C::BlockSize>>::try_from(block) {
            self.decrypt_block(block);
        }
    }
}

fn boxed<C: KeyInit + Block + 'static>(key: &[u8]) -> Option<Box<dyn Block>> {
    let cipher: Box<dyn Block> = Box::new(C::new_from_slice(key).ok()?);
    Some(cipher)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3211 §3: the known answer of DES, and both passes over a formatted key.
    #[test]
    fn known_answers() {
        let key = [0xd1, 0xda, 0xa7, 0x86, 0x15, 0xf2, 0x87, 0xe6];
        let mut block = [0; 8];
        Cbc::new(oids::DES_CBC, &key, &[0; 8]).unwrap().encrypt(&mut block);
        assert_eq!(block, [0x9b, 0xbd, 0x78, 0xfc, 0x11, 0xa3, 0xa9, 0x08]);
        let mut cbc = Cbc::new(oids::DES_CBC, &key, &[0xef, 0xe5, 0x98, 0xef, 0x21, 0xb3, 0x3d, 0x6d]).unwrap();
        let plain = *b"\x08\x73\x9d\x83\x8c\x62\x7c\x89\x73\x23\xa2\xf8\xc4\x36\xf5\x41";
        let mut data = plain;
        cbc.encrypt(&mut data);
        assert_eq!(data, *b"\x06\xa0\x43\x86\x1e\x82\x88\xe4\x8b\x59\x9e\xb9\x76\x10\x00\xd4");
        cbc.encrypt(&mut data);
        assert_eq!(data, *b"\xb8\x1b\x25\x65\xee\x37\x3c\xa6\xde\xdc\xa2\x6a\x17\x8b\x0c\x10");
    }

    #[test]
    fn each_old_cipher_takes_its_key() {
        for cipher in crate::names::OldCipher::all() {
            let of = |length| engine(cipher.engine(), &vec![1; length]);
            assert_eq!(of(cipher.key_len()).is_some(), cipher.mode() != BlockMode::Stream, "{}", cipher.name());
            assert!(of(cipher.key_len() + 57).is_none() && of(1).is_none());
            if let (Some(block), 1..) = (of(cipher.key_len()), cipher.iv_len())
                && !cipher.is_gcm()
            {
                assert_eq!(block.size(), cipher.iv_len(), "{}", cipher.name());
            }
        }
    }

    #[test]
    fn decrypting_undoes_encrypting_in_pieces() {
        for oid in [oids::DES_CBC, oids::DES_EDE3_CBC, oids::AES128_CBC, oids::AES192_CBC, oids::AES256_CBC] {
            let key: Vec<u8> = (0..Cbc::key_len(oid).unwrap() as u8).collect();
            let block = if oid == oids::DES_CBC || oid == oids::DES_EDE3_CBC { 8 } else { 16 };
            let cbc = || Cbc::new(oid, &key, &vec![7; block]).unwrap();
            let mut data: Vec<u8> = (0..96).collect();
            cbc().encrypt(&mut data);
            let mut back = cbc();
            data.chunks_mut(48).for_each(|piece| back.decrypt(piece));
            assert_eq!(data, (0..96).collect::<Vec<u8>>());
            assert!(Cbc::new(oid, &key[1..], &vec![7; block]).is_none());
            assert!(Cbc::new(oid, &key, &vec![7; block + 1]).is_none());
        }
    }
}
