//! CBC without padding over a block cipher, in place: for what wraps keys and what old programs wrote.

use aes::{Aes128, Aes192, Aes256};
use camellia::{Camellia128, Camellia192, Camellia256};
use des::{Des, TdesEde3};
use rc2::Rc2;
use rc2::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use wire::{Oid, oids};
use zeroize::Zeroizing;

/// A block cipher under a key, chained from a vector on.
pub(crate) struct Cbc {
    cipher: Box<dyn Block>,
    before: Zeroizing<Vec<u8>>,
}

impl Cbc {
    /// Octets of the key of the cipher with this name in CBC; `None` for others than AES and (triple) DES.
    pub fn key_len(oid: Oid) -> Option<usize> {
        match oid {
            oids::DES_CBC => Some(8),
            oids::AES128_CBC => Some(16),
            oids::AES192_CBC | oids::DES_EDE3_CBC => Some(24),
            oids::AES256_CBC => Some(32),
            _ => None,
        }
    }

    /// The cipher of that name; `None` for a key or a vector of another length than its own.
    pub fn new(oid: Oid, key: &[u8], iv: &[u8]) -> Option<Cbc> {
        let cipher = match oid {
            oids::DES_CBC => boxed::<Des>(key),
            oids::DES_EDE3_CBC => boxed::<TdesEde3>(key),
            oids::AES128_CBC => boxed::<Aes128>(key),
            oids::AES192_CBC => boxed::<Aes192>(key),
            oids::AES256_CBC => boxed::<Aes256>(key),
            oids::CAMELLIA128_CBC => boxed::<Camellia128>(key),
            oids::CAMELLIA192_CBC => boxed::<Camellia192>(key),
            oids::CAMELLIA256_CBC => boxed::<Camellia256>(key),
            _ => None,
        }?;
        (iv.len() == cipher.size()).then(|| Cbc { cipher, before: Zeroizing::new(iv.to_vec()) })
    }

    /// RC2 (RFC 2268) with `bits` effective bits of a key of 1 to 128 octets, no more than it has; `None` for others,
    /// and for a vector of another length.
    pub fn rc2(key: &[u8], bits: usize, iv: &[u8]) -> Option<Cbc> {
        if iv.len() != 8 || !(1..=128).contains(&key.len()) || !(8..=key.len() * 8).contains(&bits) {
            return None;
        }
        let cipher: Box<dyn Block> = Box::new(Rc2::new_with_eff_key_len(key, bits));
        Some(Cbc { cipher, before: Zeroizing::new(iv.to_vec()) })
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
            std::mem::swap(&mut next, &mut self.before);
        }
    }
}

/// One block of any cipher.
trait Block: Send {
    fn size(&self) -> usize;
    fn encrypt(&self, block: &mut [u8]);
    fn decrypt(&self, block: &mut [u8]);
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
