//! Detached signatures: the content goes elsewhere, only its digests come here.

use crypto::{Digest, Hasher, Random};
use wire::der::{Tag, Writer};
use wire::oids;

use crate::error::Error;
use crate::signed::signer::{SignOptions, Signer, Signers};

/// Makes the SignedData without content that stands in the second part of multipart/signed.
pub struct DetachedSigner<'a> {
    signers: Signers<'a>,
    hashers: Vec<Hasher>,
}

impl<'a> DetachedSigner<'a> {
    /// Begins a signature by these signers.
    ///
    /// # Errors
    /// [`Error::Malformed`] without a signer or where a key is not its certificate's.
    pub fn new(signers: Vec<Signer<'a>>, options: SignOptions) -> Result<Self, Error> {
        let signers = Signers::new(signers, options)?;
        let hashers = signers.digests().into_iter().map(Hasher::new).collect();
        Ok(DetachedSigner { signers, hashers })
    }

    /// Adds content, in the canonical form that is signed.
    pub fn update(&mut self, content: &[u8]) {
        for hasher in &mut self.hashers {
            hasher.update(content);
        }
    }

    /// The value of multipart/signed's micalg parameter (RFC 8551 §3.5.3.2).
    pub fn micalg(&self) -> String {
        self.signers.digests().into_iter().map(Digest::micalg).collect::<Vec<_>>().join(", ")
    }

    /// Signs what was added and gives the whole ContentInfo in DER.
    ///
    /// # Errors
    /// [`Error::Crypto`] where a key cannot sign.
    pub fn finish(self, rng: &mut dyn Random) -> Result<Vec<u8>, Error> {
        let digests: Vec<_> = self.hashers.into_iter().map(|h| (h.digest(), h.finish())).collect();
        let (head, tail) = (self.signers.head(), self.signers.tail(&digests, rng)?);
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(oids::SIGNED_DATA).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.raw(&head)
                        .sequence(|w| {
                            w.oid(self.signers.content_type());
                        })
                        .raw(&tail);
                });
            });
        });
        Ok(w.into_bytes())
    }
}
