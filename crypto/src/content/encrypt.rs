//! Encryption of content as a stream.

use aws_lc_rs::cipher::StreamingEncryptingKey;

use crate::content::aes::cbc_encrypting;
use crate::content::limits::{TOO_LONG, limit};
use crate::content::mac::Mac;
use crate::content::stream::{PIECE, SLACK, Stream, prepare};
use crate::error::{Error, Result};
use crate::names::ContentCipher;
use crate::secret::Secret;

/// Content being encrypted, in pieces of any size.
pub struct Encryptor {
    mode: Mode,
    left: u64,
}

enum Mode {
    Cbc(StreamingEncryptingKey),
    Aead(Stream, Mac),
}

impl Encryptor {
    /// Starts with a key, a nonce or vector that was never used with it, and the additional data that an AEAD
    /// authenticates (empty for CBC).
    ///
    /// # Errors
    /// [`Error::BadParameters`] where key or nonce have another length than the cipher's, or CBC is given
    /// additional data.
    pub fn new(cipher: ContentCipher, key: &Secret, iv: &[u8], aad: &[u8]) -> Result<Self> {
        let bad = Error::BadParameters("key or nonce of another length than the cipher's");
        let mode = if cipher.is_historic() {
            return Err(bad);
        } else if cipher.is_aead() {
            let (stream, mac) = prepare(cipher, key.as_bytes(), iv, aad).ok_or(bad)?;
            Mode::Aead(stream, mac)
        } else if aad.is_empty() && key.len() == cipher.key_len() {
            Mode::Cbc(cbc_encrypting(key.as_bytes(), iv).ok_or(bad)?)
        } else {
            return Err(bad);
        };
        Ok(Encryptor { mode, left: limit(cipher) })
    }

    /// Appends the ciphertext of `input` to `out`, as far as it is complete.
    ///
    /// # Errors
    /// [`Error::BadParameters`] beyond what the cipher can encrypt under one nonce: 2^36 - 32 octets for GCM (NIST
    /// SP 800-38D §5.2.1.1), 2^38 - 64 for ChaCha20 (RFC 8439 §2.8), 64 MiB for CCM, which keeps them.
    pub fn update(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.resize(start + input.len() + SLACK, 0);
        let written = self.update_slice(input, &mut out[start..]);
        out.truncate(start + written.as_ref().copied().unwrap_or_default());
        written.map(|_| ())
    }

    /// The same into a buffer at least 16 octets longer than `input`; gives how many were written.
    ///
    /// # Errors
    /// As [`Encryptor::update`], and [`Error::BadParameters`] where the buffer is too small.
    pub fn update_slice(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        if out.len() < input.len() + SLACK {
            return Err(Error::BadParameters("output buffer too small"));
        }
        self.left = self.left.checked_sub(input.len() as u64).ok_or(TOO_LONG)?;
        let mut written = 0;
        for piece in input.chunks(PIECE) {
            let room = &mut out[written..];
            written += match &mut self.mode {
                Mode::Cbc(key) => key.update(piece, room).map_err(|_| TOO_LONG)?.written().len(),
                Mode::Aead(stream, mac) => {
                    stream.apply(piece, room).ok_or(TOO_LONG)?;
                    mac.update(&room[..piece.len()]);
                    piece.len()
                }
            };
        }
        Ok(written)
    }

    /// Appends what is left of the ciphertext and gives the tag: 16 octets, none for CBC.
    ///
    /// # Errors
    /// [`Error::BadParameters`] where CCM cannot state the length of the text beside its nonce.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<Vec<u8>> {
        match self.mode {
            Mode::Cbc(key) => {
                let mut last = [0; 16];
                let (_, written) = key.finish(&mut last).map_err(|_| TOO_LONG)?;
                out.extend_from_slice(written.written());
                Ok(Vec::new())
            }
            Mode::Aead(_, mac) => Ok(mac.finish().ok_or(TOO_LONG)?.to_vec()),
        }
    }
}

impl std::fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encryptor")
    }
}
