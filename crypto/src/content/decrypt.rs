//! Decryption of content as a stream, with its proof or after it.

use aws_lc_rs::cipher::StreamingDecryptingKey;
use zeroize::Zeroizing;

use crate::content::aes::cbc_decrypting;
use crate::content::block::Cbc;
use crate::content::cbc::des_ede3_cbc_decrypting;
use crate::content::legacy::{Legacy, Padded};
use crate::content::limits::limit;
use crate::content::mac::Mac;
use crate::content::stream::{PIECE, SLACK, Stream, prepare};
use crate::error::{Error, Result};
use crate::names::{CipherParameters, ContentCipher};
use crate::secret::Secret;

/// Content being decrypted, in pieces of any size. Nothing of what it gives is proven before
/// [`finish`](Decryptor::finish) returned `Ok` — and with CBC nothing is proven then either.
pub struct Decryptor {
    mode: Mode,
    tag_len: usize,
    left: u64,
}

enum Mode {
    Cbc(StreamingDecryptingKey),
    Legacy(Box<Legacy>),
    /// Without an authenticator where the content was proven before.
    Aead(Stream, Option<Mac>),
}

impl Decryptor {
    /// Starts with the key, the message's parameters and the additional data (empty for CBC).
    ///
    /// # Errors
    /// [`Error::Failed`] where the key has another length than the cipher's, as any other wrong key fails;
    /// [`Error::BadParameters`] where CBC is given additional data.
    pub fn new(cipher: ContentCipher, parameters: &CipherParameters, key: &Secret, aad: &[u8]) -> Result<Self> {
        let other = matches!(cipher, ContentCipher::Old(old) if old.other_key_lens().contains(&key.len()));
        if key.len() != cipher.key_len() && !other {
            return Err(Error::Failed);
        }
        let mode = if cipher.is_aead() {
            let (stream, mac) = prepare(cipher, key.as_bytes(), &parameters.iv, aad).ok_or(Error::Failed)?;
            Mode::Aead(stream, Some(mac))
        } else if aad.is_empty() {
            plain(cipher, key.as_bytes(), &parameters.iv).ok_or(Error::Failed)?
        } else {
            return Err(Error::BadParameters("CBC authenticates no additional data"));
        };
        Ok(Decryptor { mode, tag_len: parameters.tag_len, left: limit(cipher) })
    }

    /// For the second pass over content that the first has proven, each block of which the caller compares by
    /// [`BlockTags`](crate::BlockTags): an AEAD then neither authenticates nor looks at the tag. CBC is as ever.
    ///
    /// # Errors
    /// As [`Decryptor::new`].
    pub fn without_proof(cipher: ContentCipher, parameters: &CipherParameters, key: &Secret) -> Result<Self> {
        let mut decryptor = Decryptor::new(cipher, parameters, key, &[])?;
        if let Mode::Aead(_, mac) = &mut decryptor.mode {
            *mac = None;
        }
        Ok(decryptor)
    }

    /// Appends the plaintext of `input` to `out`, as far as it is complete.
    ///
    /// # Errors
    /// [`Error::Failed`] beyond what the cipher can encrypt under one nonce.
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
    /// As [`Decryptor::update`], and [`Error::BadParameters`] where the buffer is too small.
    pub fn update_slice(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        if out.len() < input.len() + SLACK {
            return Err(Error::BadParameters("output buffer too small"));
        }
        self.left = self.left.checked_sub(input.len() as u64).ok_or(Error::Failed)?;
        let mut written = 0;
        for piece in input.chunks(PIECE) {
            let room = &mut out[written..];
            written += match &mut self.mode {
                Mode::Cbc(key) => key.update(piece, room).map_err(|_| Error::Failed)?.written().len(),
                Mode::Legacy(legacy) => legacy.update(piece, room).ok_or(Error::Failed)?,
                Mode::Aead(stream, mac) => {
                    if let Some(mac) = mac {
                        mac.update(piece);
                    }
                    stream.apply(piece, room).ok_or(Error::Failed)?;
                    piece.len()
                }
            };
        }
        Ok(written)
    }

    /// Checks the tag, which must be as long as the parameters say (E-04) and is checked for empty content too
    /// (E-07); for CBC the whole padding, appending what is left of the plaintext.
    ///
    /// # Errors
    /// [`Error::Failed`], whatever is wrong.
    pub fn finish(self, tag: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self.mode {
            Mode::Cbc(key) => {
                let mut last = Zeroizing::new([0; 16]);
                let written = key.finish(&mut *last).map_err(|_| Error::Failed)?;
                out.extend_from_slice(written.written());
                if tag.is_empty() { Ok(()) } else { Err(Error::Failed) }
            }
            Mode::Legacy(legacy) => {
                out.extend_from_slice(&legacy.finish()?);
                if tag.is_empty() { Ok(()) } else { Err(Error::Failed) }
            }
            Mode::Aead(_, Some(mac)) => {
                if mac.holds(tag, self.tag_len) {
                    Ok(())
                } else {
                    Err(Error::Failed)
                }
            }
            Mode::Aead(_, None) => Ok(()),
        }
    }
}

/// What does not authenticate, by the library where it has the cipher.
fn plain(cipher: ContentCipher, key: &[u8], iv: &[u8]) -> Option<Mode> {
    let legacy = match (cipher, cipher.rc2_bits()) {
        (ContentCipher::DesEde3Cbc, _) => return des_ede3_cbc_decrypting(key, iv).map(Mode::Cbc),
        (ContentCipher::Old(old), _) => Legacy::new(old, key, iv)?,
        (_, Some(bits)) => Legacy::Padded(Padded::new(Cbc::rc2(key, bits, iv)?)),
        _ => return cbc_decrypting(key, iv).map(Mode::Cbc),
    };
    Some(Mode::Legacy(Box::new(legacy)))
}

impl std::fmt::Debug for Decryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decryptor")
    }
}

/// The proof of AEAD content alone, without decrypting it: faster than [`Decryptor`] where nothing inside needs to
/// be seen yet.
pub struct Authenticator {
    mac: Mac,
    tag_len: usize,
    left: u64,
}

impl Authenticator {
    /// Starts as [`Decryptor::new`].
    ///
    /// # Errors
    /// As [`Decryptor::new`]; [`Error::Unsupported`] for CBC, which has no proof.
    pub fn new(cipher: ContentCipher, parameters: &CipherParameters, key: &Secret, aad: &[u8]) -> Result<Self> {
        if !cipher.is_aead() {
            return Err(Error::unsupported_here("authentication of CBC content"));
        }
        let (_, mac) = prepare(cipher, key.as_bytes(), &parameters.iv, aad).ok_or(Error::Failed)?;
        Ok(Authenticator { mac, tag_len: parameters.tag_len, left: limit(cipher) })
    }

    /// Adds ciphertext.
    ///
    /// # Errors
    /// [`Error::Failed`] beyond what the cipher can encrypt under one nonce.
    pub fn update(&mut self, input: &[u8]) -> Result<()> {
        self.left = self.left.checked_sub(input.len() as u64).ok_or(Error::Failed)?;
        self.mac.update(input);
        Ok(())
    }

    /// Whether the tag is right and as long as the parameters say.
    ///
    /// # Errors
    /// [`Error::Failed`], whatever is wrong.
    pub fn finish(self, tag: &[u8]) -> Result<()> {
        if self.mac.holds(tag, self.tag_len) { Ok(()) } else { Err(Error::Failed) }
    }
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authenticator")
    }
}
