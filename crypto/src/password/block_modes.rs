//! Block ciphers and modes that only old key files use, for reading alone. Nothing here is fast, and nothing but a
//! file that its owner hands over with its password comes this way.

use aes::{Aes128, Aes192, Aes256};
use blowfish::Blowfish;
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use rc2::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// A block cipher that key files name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// With a key of 16, 24 or 32 octets.
    Aes,
    /// Single DES.
    Des,
    /// Triple DES, with two keys (16 octets) or three (24).
    TripleDes,
    /// RC2 with this many effective bits (RFC 2268 §2).
    Rc2(usize),
    /// Blowfish.
    Blowfish,
}

/// How blocks are chained (NIST SP 800-38A).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Each block alone, the last one padded.
    Ecb,
    /// Cipher block chaining, the last block padded.
    Cbc,
    /// Cipher feedback of whole blocks, no padding.
    Cfb,
    /// Output feedback, no padding.
    Ofb,
}

/// What `block` in `mode` encrypted, the padding of PKCS#7 taken off where the mode has one.
///
/// # Errors
/// [`Error::Failed`] for everything wrong, the lengths of key and vector included.
pub(super) fn decrypt(
    block: Block,
    mode: Mode,
    key: &Secret,
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let key = key.as_bytes();
    match (block, key.len()) {
        (Block::Aes, 16) => run(&new::<Aes128>(key)?, mode, iv, ciphertext),
        (Block::Aes, 24) => run(&new::<Aes192>(key)?, mode, iv, ciphertext),
        (Block::Aes, _) => run(&new::<Aes256>(key)?, mode, iv, ciphertext),
        (Block::Des, _) => run(&new::<Des>(key)?, mode, iv, ciphertext),
        (Block::TripleDes, 16) => run(&new::<TdesEde2>(key)?, mode, iv, ciphertext),
        (Block::TripleDes, _) => run(&new::<TdesEde3>(key)?, mode, iv, ciphertext),
        (Block::Rc2(bits @ 1..=1024), 1..=128) => run(&Rc2::new_with_eff_key_len(key, bits), mode, iv, ciphertext),
        (Block::Rc2(_), _) => Err(Error::Failed),
        (Block::Blowfish, _) => run(&new::<Blowfish>(key)?, mode, iv, ciphertext),
    }
}

fn new<C: KeyInit>(key: &[u8]) -> Result<C> {
    C::new_from_slice(key).map_err(|_| Error::Failed)
}

fn run<C>(cipher: &C, mode: Mode, iv: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>>
where
    C: BlockCipherEncrypt + BlockCipherDecrypt,
{
    let size = <C as BlockSizeUser>::block_size();
    let padded = matches!(mode, Mode::Ecb | Mode::Cbc);
    if (padded && (ciphertext.is_empty() || !ciphertext.len().is_multiple_of(size)))
        || (mode != Mode::Ecb && iv.len() != size)
    {
        return Err(Error::Failed);
    }
    let mut out = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    let mut before = Zeroizing::new(iv.to_vec());
    for chunk in ciphertext.chunks(size) {
        let mut state = Array::<u8, C::BlockSize>::default();
        match mode {
            Mode::Ecb | Mode::Cbc => {
                state.copy_from_slice(chunk);
                cipher.decrypt_block(&mut state);
                let chained = mode == Mode::Cbc;
                out.extend(state.iter().enumerate().map(|(i, p)| if chained { p ^ before[i] } else { *p }));
                *before = chunk.to_vec();
            }
            Mode::Cfb | Mode::Ofb => {
                state.copy_from_slice(&before);
                cipher.encrypt_block(&mut state);
                out.extend(chunk.iter().zip(&state).map(|(c, s)| c ^ s));
                // Only the last chunk may be short, and nothing follows it.
                *before = if mode == Mode::Cfb { chunk.to_vec() } else { state.to_vec() };
            }
        }
    }
    if padded {
        unpad(&mut out, size)?;
    }
    Ok(out)
}

/// Takes the padding of PKCS#7 off (RFC 5652 §6.3).
fn unpad(plain: &mut Vec<u8>, size: usize) -> Result<()> {
    let padding = usize::from(plain.last().copied().unwrap_or_default());
    let kept = plain.len().checked_sub(padding).ok_or(Error::Failed)?;
    if !(1..=size).contains(&padding) || plain[kept..].iter().any(|b| usize::from(*b) != padding) {
        return Err(Error::Failed);
    }
    plain.truncate(kept);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    /// NIST SP 800-38A §F.3.13 and §F.4.1: AES-128, the first two blocks, and a short third.
    #[test]
    fn feedback_modes_give_the_examples_of_nist() {
        let key = Secret::new(hex("2b7e151628aed2a6abf7158809cf4f3c"));
        let iv = hex("000102030405060708090a0b0c0d0e0f");
        let plain = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let cfb = hex("3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b");
        let ofb = hex("3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825");
        for (mode, ciphertext) in [(Mode::Cfb, cfb), (Mode::Ofb, ofb)] {
            assert_eq!(*decrypt(Block::Aes, mode, &key, &iv, &ciphertext).unwrap(), plain);
            assert_eq!(*decrypt(Block::Aes, mode, &key, &iv, &ciphertext[..19]).unwrap(), plain[..19]);
        }
    }

    #[test]
    fn wrong_lengths_and_padding_fail() {
        let key = Secret::new(vec![1; 8]);
        for (iv, length) in [(8, 0), (8, 7), (8, 9), (7, 8), (0, 8)] {
            let made = decrypt(Block::Des, Mode::Cbc, &key, &vec![0; iv], &vec![0; length]);
            assert_eq!(made, Err(Error::Failed), "{iv} {length}");
        }
        let no_key = Secret::new(Vec::new());
        for block in [Block::Aes, Block::Des, Block::TripleDes, Block::Rc2(40), Block::Blowfish] {
            assert_eq!(decrypt(block, Mode::Ofb, &no_key, &[0; 8], &[0; 8]), Err(Error::Failed), "{block:?}");
        }
        for end in [&[0][..], &[9], &[2, 3], &[8]] {
            let mut plain = [&[7; 8][..], end].concat();
            assert_eq!(unpad(&mut plain, 8), Err(Error::Failed), "{end:?}");
        }
        let mut plain = vec![7, 2, 2];
        unpad(&mut plain, 8).unwrap();
        assert_eq!(plain, [7]);
    }
}
