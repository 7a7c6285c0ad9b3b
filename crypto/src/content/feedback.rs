//! Block ciphers as streams: cipher feedback, output feedback and counters (NIST SP 800-38A §6.3 to §6.5).

use zeroize::Zeroizing;

use crate::content::block::Block;
use crate::names::BlockMode;

/// A stream that decrypts.
pub(crate) struct Feedback {
    cipher: Box<dyn Block>,
    mode: BlockMode,
    /// What is encrypted next; with cipher feedback it fills up with ciphertext.
    register: Vec<u8>,
    stream: Zeroizing<Vec<u8>>,
    used: usize,
}

impl Feedback {
    /// `None` for a vector that is not a block, and modes that are no streams of blocks.
    pub fn new(cipher: Box<dyn Block>, mode: BlockMode, iv: &[u8]) -> Option<Feedback> {
        let streams = matches!(mode, BlockMode::Cfb | BlockMode::Ofb | BlockMode::Ctr);
        let block = cipher.size();
        (streams && iv.len() == block).then(|| Feedback {
            cipher,
            mode,
            register: iv.to_vec(),
            stream: Zeroizing::new(vec![0; block]),
            used: block,
        })
    }

    /// Decrypts in place.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.used == self.stream.len() {
                self.refill();
            }
            let ciphertext = *byte;
            *byte ^= self.stream[self.used];
            if self.mode == BlockMode::Cfb {
                self.register[self.used] = ciphertext;
            }
            self.used += 1;
        }
    }

    fn refill(&mut self) {
        self.used = 0;
        self.stream.copy_from_slice(&self.register);
        self.cipher.encrypt(&mut self.stream);
        match self.mode {
            BlockMode::Ofb => self.register.copy_from_slice(&self.stream),
            BlockMode::Ctr => {
                for octet in self.register.iter_mut().rev() {
                    *octet = octet.wrapping_add(1);
                    if *octet != 0 {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
}
