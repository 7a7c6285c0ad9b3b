//! The same encrypted content for other readers (RFC 2634 §4.2.3.1): a mailing list takes the recipients of a message
//! away and puts its members in their place; the content stays as its sender encrypted it.

use std::io::{BufRead, Write};

use crypto::Random;
use wire::ber::BerReader;
use wire::cms::SignedAttributes;
use wire::der::{Reader, Tag, Writer};
use wire::oids;

use crate::content::{self, Framed};
use crate::enveloped::reader::ContentKey;
use crate::enveloped::writer::{Recipient, Workers, recipient_infos, version};
use crate::error::Error;

/// The RecipientInfos of new readers, made once for as many copies as are wanted.
pub struct Readdressed {
    infos: Vec<Vec<u8>>,
    by_key_id: bool,
}

impl Readdressed {
    /// Wraps the key of a reading that proved the content for these recipients.
    ///
    /// # Errors
    /// [`Error::Malformed`] without a recipient, [`Error::Crypto`] for a key that cannot be encrypted to.
    pub fn new(
        key: &ContentKey,
        recipients: &[Recipient],
        workers: Option<&dyn Workers>,
        rng: &mut dyn Random,
    ) -> Result<Self, Error> {
        if recipients.is_empty() {
            return Err(Error::Malformed("no recipient"));
        }
        let by_key_id = recipients.iter().any(|r| r.use_key_id && r.certificate.subject_key_id().is_some());
        Ok(Readdressed { infos: recipient_infos(recipients, workers, key.given(), rng)?, by_key_id })
    }

    /// Copies an EnvelopedData, or an AuthEnvelopedData if `authenticated`, the ContentInfo around which was entered by
    /// [`crate::enter`], to `out` as a whole message for the new readers. originatorInfo is left out: it was for those who
    /// are gone. Nothing is proven again.
    ///
    /// # Errors
    /// [`Error::Damaged`] where it is no such structure, [`Error::Io`] from either side.
    pub fn copy<R: BufRead, W: Write>(&self, mut ber: BerReader<R>, authenticated: bool, out: W) -> Result<W, Error> {
        ber.enter(Tag::SEQUENCE)?;
        Reader::lenient(&content::small(&mut ber)?).uint()?;
        if ber.peek()? == Some(Tag::context(0)) {
            ber.skip()?; // originatorInfo
        }
        ber.skip()?; // recipientInfos
        ber.enter(Tag::SEQUENCE)?;
        let info = [content::small(&mut ber)?, content::small(&mut ber)?].concat();
        let head = Head { to: self, authenticated, info };
        ber.begin_octets(Tag::context_primitive(0))?;
        let mut framed = Framed::new(out);
        loop {
            let octets = ber.octets()?;
            let piece = octets.get(..octets.len().min(PIECE)).unwrap_or(octets);
            if piece.is_empty() {
                break;
            }
            framed.pending().extend_from_slice(piece);
            let used = piece.len();
            ber.consume_octets(used);
            framed.advance(|| head.streaming())?;
        }
        let tail = Tail::read(&mut ber, authenticated)?;
        if framed.is_streaming() {
            // Of EncryptedContentInfo and its content; then of what is around both.
            let end = [&[0u8; 4][..], &tail.encoded, &[0; 6]].concat();
            return Ok(framed.finish(&end)?);
        }
        let (octets, mut out) = framed.into_small();
        out.write_all(&head.small(&octets, &tail))?;
        Ok(out)
    }
}

/// What stands before the content.
struct Head<'a> {
    to: &'a Readdressed,
    authenticated: bool,
    /// Content type and algorithm, as they arrived.
    info: Vec<u8>,
}

impl Head<'_> {
    fn content_type(&self) -> wire::Oid {
        if self.authenticated { oids::AUTH_ENVELOPED_DATA } else { oids::ENVELOPED_DATA }
    }

    /// The version and to whom (RFC 5652 §6.1, RFC 5083 §2.1).
    fn write_recipients(&self, w: &mut Writer, unprotected: bool) {
        let version = match version(&self.to.infos, self.to.by_key_id) {
            _ if self.authenticated => 0,
            0 if unprotected => 2,
            version => version,
        };
        w.uint(version).set_of(Tag::SET, self.to.infos.clone());
    }

    /// The whole of a small message, in DER.
    fn small(&self, octets: &[u8], tail: &Tail) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(self.content_type()).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    self.write_recipients(w, tail.unprotected);
                    w.sequence(|w| {
                        w.raw(&self.info).element(Tag::context_primitive(0), octets);
                    });
                    w.raw(&tail.encoded);
                });
            });
        });
        w.into_bytes()
    }

    /// With indefinite lengths. Whether there are unprotected attributes shows at the end only; readers go by what they
    /// find, not by the version.
    fn streaming(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.raw(&[0x30, 0x80]).oid(self.content_type()).raw(&[0xa0, 0x80, 0x30, 0x80]);
        self.write_recipients(&mut w, false);
        w.raw(&[0x30, 0x80]).raw(&self.info).raw(&[0xa0, 0x80]);
        w.into_bytes()
    }
}

/// What stands behind the content.
struct Tail {
    encoded: Vec<u8>,
    unprotected: bool,
}

impl Tail {
    /// Authenticated attributes and tag are the sender's; what nothing protects is kept too, up to 64 KiB of it.
    fn read<R: BufRead>(ber: &mut BerReader<R>, authenticated: bool) -> Result<Tail, Error> {
        ber.leave()?;
        let mut encoded = Vec::new();
        if authenticated {
            if ber.peek()? == Some(Tag::context(1)) {
                let attributes = SignedAttributes::from_ber(&content::small(ber)?)?;
                encoded.extend(attributes.der_tagged(Tag::context(1)));
            }
            encoded.extend(content::small(ber)?);
        }
        let unprotected = if authenticated { Tag::context(2) } else { Tag::context(1) };
        let unprotected = ber.peek()? == Some(unprotected);
        if unprotected {
            encoded.extend(content::small(ber)?);
        }
        ber.leave()?;
        content::leave(ber)?;
        Ok(Tail { encoded, unprotected })
    }
}

/// Copies arbitrary bytes to nobody; never panics, and what comes out is copied to the same again.
pub(crate) fn fuzz_readdressed(data: &[u8]) {
    let nobody = Readdressed { infos: Vec::new(), by_key_id: false };
    let copy = |data: &[u8]| {
        let mut ber = BerReader::new(data);
        let authenticated = content::enter(&mut ber).ok()? == oids::AUTH_ENVELOPED_DATA;
        nobody.copy(ber, authenticated, Vec::new()).ok()
    };
    if let Some(copied) = copy(data) {
        assert_eq!(copy(&copied), Some(copied.clone()), "a copy is copied as something else");
    }
}

/// Octets copied at once.
const PIECE: usize = 64 * 1024;
