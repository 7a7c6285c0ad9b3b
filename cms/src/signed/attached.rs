//! Attached (opaque) signatures: the content inside the SignedData.

use std::io::{self, Write};

use crypto::{Hasher, Random};
use wire::der::{Tag, Writer};
use wire::oids;

use crate::content::Framed;
use crate::error::Error;
use crate::signed::signer::{SignOptions, Signer, Signers};

/// A writer whose content ends up inside a SignedData: DER while the content is small, BER with
/// indefinite lengths once it streams.
pub struct AttachedSigner<'a, W: Write> {
    signers: Signers<'a>,
    hashers: Vec<Hasher>,
    framed: Framed<W>,
}

impl<'a, W: Write> AttachedSigner<'a, W> {
    /// Begins a message signed by these signers.
    ///
    /// # Errors
    /// [`Error::Malformed`] without a signer or where a key is not its certificate's.
    pub fn new(out: W, signers: Vec<Signer<'a>>, options: SignOptions) -> Result<Self, Error> {
        let signers = Signers::new(signers, options)?;
        let hashers = signers.digests().into_iter().map(Hasher::new).collect();
        Ok(AttachedSigner { signers, hashers, framed: Framed::new(out) })
    }

    /// Signs what was written and writes the rest of the message.
    ///
    /// # Errors
    /// [`Error::Crypto`] where a key cannot sign, [`Error::Io`] from the writer below.
    pub fn finish(self, rng: &mut dyn Random) -> Result<W, Error> {
        let digests: Vec<_> = self.hashers.into_iter().map(|h| (h.digest(), h.finish())).collect();
        let tail = self.signers.tail(&digests, rng)?;
        if self.framed.is_streaming() {
            // OCTET STRING, its [0], EncapsulatedContentInfo; then SignedData, [0], ContentInfo.
            let end = [&[0u8; 6][..], &tail, &[0; 6]].concat();
            return Ok(self.framed.finish(&end)?);
        }
        let (content, mut out) = self.framed.into_small();
        let head = self.signers.head();
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(oids::SIGNED_DATA).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.raw(&head).sequence(|w| {
                        w.oid(self.signers.content_type()).nested(Tag::context(0), |w| {
                            w.octet_string(&content);
                        });
                    });
                    w.raw(&tail);
                });
            });
        });
        out.write_all(w.as_bytes())?;
        Ok(out)
    }
}

/// Everything before the first fragment, with indefinite lengths.
fn streaming_head(signers: &Signers<'_>) -> Vec<u8> {
    let mut w = Writer::new();
    w.raw(&[0x30, 0x80]).oid(oids::SIGNED_DATA).raw(&[0xa0, 0x80, 0x30, 0x80]).raw(&signers.head());
    w.raw(&[0x30, 0x80]).oid(signers.content_type()).raw(&[0xa0, 0x80, 0x24, 0x80]);
    w.into_bytes()
}

impl<W: Write> Write for AttachedSigner<'_, W> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let content = content.get(..content.len().min(PIECE)).unwrap_or(content);
        for hasher in &mut self.hashers {
            hasher.update(content);
        }
        self.framed.pending().extend_from_slice(content);
        let signers = &self.signers;
        self.framed.advance(|| streaming_head(signers))?;
        Ok(content.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Octets taken at once, so that memory does not follow the caller's buffer.
const PIECE: usize = 64 * 1024;
