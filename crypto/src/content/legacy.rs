//! Content under block ciphers of old mail, decrypted as a stream.

use zeroize::Zeroizing;

use crate::content::block::{Cbc, engine};
use crate::content::feedback::Feedback;
use crate::content::rc4::Rc4;
use crate::error::{Error, Result};
use crate::names::{BlockMode, Engine, OldCipher};

/// Content under an old cipher that does not authenticate.
pub(super) enum Legacy {
    Padded(Padded),
    Feedback(Feedback),
    Rc4(Rc4),
}

impl Legacy {
    /// `None` for a key or a vector of another length, and for what authenticates.
    pub fn new(cipher: OldCipher, key: &[u8], iv: &[u8]) -> Option<Self> {
        if cipher.engine() == Engine::Rc4 {
            return Rc4::new(key).map(Legacy::Rc4);
        }
        let block = engine(cipher.engine(), key)?;
        Some(match cipher.mode() {
            BlockMode::Cbc => Legacy::Padded(Padded::new(Cbc::over(block, iv)?)),
            BlockMode::Ecb => Legacy::Padded(Padded::new(Cbc::unchained(block))),
            mode => Legacy::Feedback(Feedback::new(block, mode, iv)?),
        })
    }

    /// Decrypts into `out`, which is a block longer than `input`; gives how many octets were written.
    pub fn update(&mut self, input: &[u8], out: &mut [u8]) -> Option<usize> {
        if let Legacy::Padded(padded) = self {
            return padded.update(input, out);
        }
        let out = out.get_mut(..input.len())?;
        out.copy_from_slice(input);
        match self {
            Legacy::Feedback(stream) => stream.apply(out),
            Legacy::Rc4(stream) => stream.apply(out),
            Legacy::Padded(_) => {}
        }
        Some(input.len())
    }

    /// The last block without its padding, where the mode has one.
    pub fn finish(self) -> Result<Zeroizing<Vec<u8>>> {
        match self {
            Legacy::Padded(padded) => padded.finish(),
            _ => Ok(Zeroizing::default()),
        }
    }
}

/// CBC with PKCS#7 padding over any block cipher.
pub(super) struct Padded {
    cbc: Cbc,
    /// Ciphertext that waits for the rest of its block, or for whether it is the last: at most one block.
    held: Vec<u8>,
}

impl Padded {
    /// Goes on from where `cbc` is.
    pub fn new(cbc: Cbc) -> Self {
        Padded { cbc, held: Vec::new() }
    }

    /// Decrypts into `out`, which is a block longer than `input`; gives how many octets were written.
    pub fn update(&mut self, input: &[u8], out: &mut [u8]) -> Option<usize> {
        let block = self.cbc.block_len();
        let total = self.held.len() + input.len();
        // The last block stays until it is known to be the last.
        let ready = total.saturating_sub(1) / block * block;
        if ready == 0 {
            self.held.extend_from_slice(input);
            return Some(0);
        }
        let (now, later) = input.split_at_checked(ready.checked_sub(self.held.len())?)?;
        let target = out.get_mut(..ready)?;
        let (first, second) = target.split_at_mut_checked(self.held.len())?;
        first.copy_from_slice(&self.held);
        second.copy_from_slice(now);
        self.cbc.decrypt(target);
        self.held.clear();
        self.held.extend_from_slice(later);
        Some(ready)
    }

    /// The last block without its padding, the whole of which is checked (E-10).
    pub fn finish(mut self) -> Result<Zeroizing<Vec<u8>>> {
        let block = self.cbc.block_len();
        if self.held.len() != block {
            return Err(Error::Failed);
        }
        self.cbc.decrypt(&mut self.held);
        let mut last = Zeroizing::new(self.held);
        let padding = usize::from(last.last().copied().unwrap_or_default());
        let kept = block - padding.min(block);
        if !(1..=block).contains(&padding) || last[kept..].iter().any(|b| usize::from(*b) != padding) {
            return Err(Error::Failed);
        }
        last.truncate(kept);
        Ok(last)
    }
}
