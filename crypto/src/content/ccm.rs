//! AES-CCM (NIST SP 800-38C, RFC 3610): counter mode, authenticated by a CBC-MAC that begins with the length of the
//! text. It cannot be had as a stream: the text is kept until its length is known, and so it is bounded.

use aes::{Aes128, Aes192, Aes256};
use aws_lc_rs::cipher::StreamingEncryptingKey;
use rc2::cipher::{Array, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

use crate::content::aes::ctr;
use crate::content::limits::CCM_LIMIT;

/// The keystream, and what authenticates; `None` for a key that is not 16, 24 or 32 octets, or a nonce that is not 7 to
/// 13.
pub(super) fn start(key: &[u8], nonce: &[u8], aad: &[u8]) -> Option<(StreamingEncryptingKey, CcmMac)> {
    let stream = keystream(key, nonce)?;
    let mac = CcmMac {
        key: Zeroizing::new(key.to_vec()),
        nonce: nonce.to_vec(),
        aad: aad.to_vec(),
        stream: keystream(key, nonce)?,
        text: Zeroizing::new(Vec::new()),
    };
    Some((stream, mac))
}

/// The authenticator. It is given ciphertext, like those of other ciphers, and undoes it.
pub(super) struct CcmMac {
    key: Zeroizing<Vec<u8>>,
    nonce: Vec<u8>,
    aad: Vec<u8>,
    stream: StreamingEncryptingKey,
    text: Zeroizing<Vec<u8>>,
}

impl CcmMac {
    /// Adds ciphertext. Beyond the bound, which is checked elsewhere, it adds nothing, and the tag is wrong.
    pub fn update(&mut self, ciphertext: &[u8]) {
        let start = self.text.len();
        if ciphertext.len() as u64 > CCM_LIMIT - start as u64 {
            return;
        }
        self.text.resize(start + ciphertext.len() + 16, 0);
        let written = self.stream.update(ciphertext, &mut self.text[start..]).map_or(0, |done| done.written().len());
        self.text.truncate(start + written);
    }

    /// A tag of `length` octets, which must be even and 4 to 16; `None` for others, and for a text longer than a nonce
    /// of this size allows.
    pub fn tag(self, length: usize) -> Option<[u8; 16]> {
        match self.key.len() {
            16 => self.tag_with(&Aes128::new_from_slice(&self.key).ok()?, length),
            24 => self.tag_with(&Aes192::new_from_slice(&self.key).ok()?, length),
            _ => self.tag_with(&Aes256::new_from_slice(&self.key).ok()?, length),
        }
    }

    fn tag_with<C: BlockCipherEncrypt>(&self, cipher: &C, length: usize) -> Option<[u8; 16]> {
        if !(4..=16).contains(&length) || !length.is_multiple_of(2) {
            return None;
        }
        // RFC 3610 §2.2: flags, nonce and the length of the text in as many octets as the nonce leaves.
        let flags = u8::from(!self.aad.is_empty()) << 6 | (length as u8 / 2 - 1) << 3;
        let mut state = block(&self.nonce, flags, self.text.len() as u64)?;
        encrypt(cipher, &mut state);
        absorb(cipher, &mut state, &prefixed(&self.aad));
        absorb(cipher, &mut state, &self.text);
        let mut mask = block(&self.nonce, 0, 0)?;
        encrypt(cipher, &mut mask);
        state.iter_mut().zip(mask).for_each(|(s, m)| *s ^= m);
        Some(state)
    }
}

fn keystream(key: &[u8], nonce: &[u8]) -> Option<StreamingEncryptingKey> {
    ctr(key, block(nonce, 0, 1)?)
}

/// One block of flags, nonce and a number (RFC 3610 §2.2, §2.3); `None` where the number has no room.
fn block(nonce: &[u8], flags: u8, number: u64) -> Option<[u8; 16]> {
    if !(7..=13).contains(&nonce.len()) {
        return None;
    }
    let room = 15 - nonce.len();
    if room < 8 && number >> (8 * room) != 0 {
        return None;
    }
    let mut block = [0; 16];
    block[8..].copy_from_slice(&number.to_be_bytes());
    block[0] = flags | (room as u8 - 1);
    block[1..=nonce.len()].copy_from_slice(nonce);
    Some(block)
}

/// The additional data with its length in front (RFC 3610 §2.2); nothing for none.
fn prefixed(aad: &[u8]) -> Vec<u8> {
    let length = aad.len() as u64;
    match length {
        0 => Vec::new(),
        1..0xff00 => [&length.to_be_bytes()[6..], aad].concat(),
        0xff00..=0xffff_ffff => [&[0xff, 0xfe], &length.to_be_bytes()[4..], aad].concat(),
        _ => [&[0xff, 0xff], &length.to_be_bytes()[..], aad].concat(),
    }
}

/// CBC-MAC over the data, the last block filled with zeros.
fn absorb<C: BlockCipherEncrypt>(cipher: &C, state: &mut [u8; 16], data: &[u8]) {
    for piece in data.chunks(16) {
        state.iter_mut().zip(piece).for_each(|(s, p)| *s ^= p);
        encrypt(cipher, state);
    }
}

fn encrypt<C: BlockCipherEncrypt>(cipher: &C, block: &mut [u8; 16]) {
    if let Ok(block) = <&mut Array<u8, C::BlockSize>>::try_from(&mut block[..]) {
        cipher.encrypt_block(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3610 §8, packet vector 1; under another nonce all is different.
    #[test]
    fn known_answers() {
        let key: Vec<u8> = (0xc0..=0xcf).collect();
        let packet: Vec<u8> = (0..0x1f).collect();
        let nonce = |first: u8| [0, 0, 0, first, 2, 1, 0, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5];
        let seal = |nonce: &[u8], clear: usize| {
            let (mut stream, mut mac) = start(&key, nonce, &packet[..clear]).unwrap();
            let mut out = vec![0; packet.len() + 16];
            let length = stream.update(&packet[clear..], &mut out).unwrap().written().len();
            out.truncate(length);
            mac.update(&out);
            (out, mac.tag(8).unwrap())
        };
        let (text, tag) = seal(&[0, 0, 0, 3, 2, 1, 0, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5], 8);
        assert_eq!(
            text,
            *b"\x58\x8c\x97\x9a\x61\xc6\x63\xd2\xf0\x66\xd0\xc2\xc0\xf9\x89\x80\x6d\x5f\x6b\x61\xda\xc3\x84"
        );
        assert_eq!(tag[..8], *b"\x17\xe8\xd1\x2c\xfd\xf9\x26\xe0");
        assert_ne!(seal(&nonce(4), 8).0, text);
    }

    #[test]
    fn lengths_that_do_not_fit() {
        assert!(start(&[1; 16], &[2; 6], b"").is_none() && start(&[1; 16], &[2; 14], b"").is_none());
        assert!(start(&[1; 15], &[2; 7], b"").is_none());
        for length in [0, 2, 5, 15, 17, 18] {
            assert!(start(&[1; 16], &[2; 7], b"").unwrap().1.tag(length).is_none(), "{length}");
        }
        // A nonce of 13 octets leaves two for the length.
        for (octets, fits) in [(65_535, true), (65_536, false)] {
            let (_, mut mac) = start(&[1; 16], &[2; 13], b"").unwrap();
            mac.update(&vec![0; octets]);
            assert_eq!(mac.tag(16).is_some(), fits);
        }
        assert_eq!(prefixed(&[7; 0xfeff]).len(), 0xfeff + 2);
        assert_eq!(prefixed(&[7; 0xff00])[..6], [0xff, 0xfe, 0, 0, 0xff, 0]);
    }
}
