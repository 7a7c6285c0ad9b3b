//! Writing a sealed mail as a stream: payload, signature inside, encryption outside, and a signature around it all where
//! it is wrapped three times.

use std::io::{self, BufRead, Write};

use cms::{AttachedSigner, DetachedSigner, EncryptWriter, Recipient, SignOptions, Source, Workers};
use crypto::{ContentCipher, Random};
use mime::{Base64Writer, CrlfToLf, Header, LineStyle, Survey, boundary};
use wire::Time;
use wire::cms::Attribute;

use crate::headers::MIME_VERSION;
use crate::seal::compose::Composed;
use crate::seal::error::SealError;
use crate::seal::letter::Letter;
use crate::seal::people::Author;

/// Everything that was decided.
pub(crate) struct Job<'a> {
    pub(crate) mail: &'a dyn Source,
    pub(crate) now: Time,
    pub(crate) style: LineStyle,
    pub(crate) survey: Survey,
    /// Fields that are repeated at the beginning of the text.
    pub(crate) displayed: Vec<(String, String)>,
    pub(crate) composed: Composed,
    pub(crate) author: Option<Author>,
    /// Signed attributes of the innermost signature beyond those that every mail has.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) encryption: Option<Encryption<'a>>,
    /// Whether the author signs what is encrypted once more (RFC 2634 section 1.1).
    pub(crate) wrapped: bool,
}

/// How, and for whom.
pub(crate) struct Encryption<'a> {
    pub(crate) cipher: ContentCipher,
    /// Whether the content key is derived for the cipher (RFC 9709).
    pub(crate) derived: bool,
    pub(crate) recipients: Vec<Recipient>,
    /// Who makes their keys.
    pub(crate) workers: Option<&'a dyn Workers>,
}

impl Job<'_> {
    /// Writes the mail, its outer lines ending as those of the input.
    pub(crate) fn write(&self, out: &mut dyn Write, rng: &mut dyn Random) -> Result<(), SealError> {
        if self.style != LineStyle::Lf {
            return self.write_crlf(out, rng);
        }
        let mut lf = CrlfToLf::new(out);
        self.write_crlf(&mut lf, rng)?;
        lf.finish()?;
        Ok(())
    }

    fn write_crlf(&self, out: &mut dyn Write, rng: &mut dyn Random) -> Result<(), SealError> {
        let mut head = self.composed.outside.clone();
        head.extend_from_slice(MIME_VERSION.as_bytes());
        match (&self.encryption, &self.author) {
            (Some(encryption), Some(author)) if self.wrapped => {
                let options = SignOptions { attributes: Vec::new(), ..self.sign_options(author) };
                self.write_clear(author, options, &head, out, rng, |out, rng| {
                    self.write_encrypted(Vec::new(), encryption, out, rng)
                })
            }
            (Some(encryption), _) => self.write_encrypted(head, encryption, out, rng),
            (None, _) => self.write_signed(&head, out, rng),
        }
    }

    fn write_encrypted(
        &self,
        mut head: Vec<u8>,
        encryption: &Encryption<'_>,
        out: &mut dyn Write,
        rng: &mut dyn Random,
    ) -> Result<(), SealError> {
        let Encryption { cipher, derived, recipients, workers } = encryption;
        let how = cms::Encryption { cipher: *cipher, recipients, shared: &[], derive_key: *derived, workers: *workers };
        let kind = if cipher.is_aead() { "authEnveloped-data" } else { "enveloped-data" };
        head.extend(opaque_structure(kind));
        let base64 = Base64Writer::new(Late { head, out });
        let mut encrypted = EncryptWriter::begin(base64, &how, rng)?;
        if self.author.is_some() {
            self.write_signed(b"", &mut encrypted, rng)?;
        } else {
            self.write_payload(&mut encrypted)?;
        }
        encrypted.finish()?.finish()?;
        Ok(())
    }

    /// A signed entity with these fields before its own; the payload as it is, if nobody signs.
    fn write_signed(&self, head: &[u8], out: &mut dyn Write, rng: &mut dyn Random) -> Result<(), SealError> {
        match &self.author {
            Some(author) if self.survey.blocked() => self.write_opaque(author, head, out, rng),
            Some(author) => {
                let options = self.sign_options(author);
                self.write_clear(author, options, head, out, rng, |out, _| self.write_payload(out))
            }
            None => self.write_payload(out),
        }
    }

    /// multipart/signed (RFC 8551 section 3.5.3) around the entity that `content` writes.
    fn write_clear(
        &self,
        author: &Author,
        options: SignOptions,
        head: &[u8],
        out: &mut dyn Write,
        rng: &mut dyn Random,
        content: impl FnOnce(&mut dyn Write, &mut dyn Random) -> Result<(), SealError>,
    ) -> Result<(), SealError> {
        let mut signer = DetachedSigner::new(author.signers(), options)?;
        let mut unique = [0; 16];
        rng.fill(&mut unique).map_err(SealError::Random)?;
        let boundary = boundary(&unique);
        out.write_all(head)?;
        // RFC 2045 section 6.4: what stands inside beyond ASCII is addresses in the payload's header.
        if !self.composed.payload.is_ascii() {
            out.write_all(EIGHT_BIT.as_bytes())?;
        }
        let micalg = signer.micalg();
        write!(
            out,
            "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n micalg=\"{micalg}\";\r\n \
             boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
        )?;
        content(&mut Tee { signer: &mut signer, out }, rng)?;
        write!(out, "\r\n--{boundary}\r\n{SIGNATURE_STRUCTURE}")?;
        let mut base64 = Base64Writer::new(&mut *out);
        base64.write_all(&signer.finish(rng)?)?;
        base64.finish()?;
        write!(out, "\r\n--{boundary}--\r\n")?;
        Ok(())
    }

    /// application/pkcs7-mime with the content inside (RFC 8551 section 3.5.2).
    fn write_opaque(
        &self,
        author: &Author,
        head: &[u8],
        out: &mut dyn Write,
        rng: &mut dyn Random,
    ) -> Result<(), SealError> {
        let head = [head, &opaque_structure("signed-data")].concat();
        let base64 = Base64Writer::new(Late { head, out });
        let mut signed = AttachedSigner::new(base64, author.signers(), self.sign_options(author))?;
        self.write_payload(&mut signed)?;
        signed.finish(rng)?.finish()?;
        Ok(())
    }

    /// The entity that is protected, from its header to the end of its body.
    pub(super) fn write_payload(&self, out: &mut dyn Write) -> Result<(), SealError> {
        out.write_all(&self.composed.payload)?;
        let mut letter = Letter::open(self.mail)?;
        let header = letter.header.clone();
        if self.displayed.is_empty() {
            return self.write_body(&header, letter.body(), out);
        }
        self.write_body(&header, &mut letter.displaying(&self.displayed)?, out)
    }

    fn write_body(&self, header: &Header, body: &mut dyn BufRead, out: &mut dyn Write) -> Result<(), SealError> {
        if self.survey.clean() || self.survey.blocked() {
            loop {
                let piece = match body.fill_buf() {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    other => other?,
                };
                let length = piece.len();
                if length == 0 {
                    return Ok(());
                }
                out.write_all(piece)?;
                body.consume(length);
            }
        }
        mime::rewrite(&self.survey, header, body, out)?;
        Ok(())
    }

    fn sign_options(&self, author: &Author) -> SignOptions {
        SignOptions { chain: author.chain(), attributes: self.attributes.clone(), ..SignOptions::at(self.now) }
    }
}

/// The structural fields of a CMS object of this smime-type, and the empty line (RFC 8551 section 3.2.2).
fn opaque_structure(kind: &str) -> Vec<u8> {
    format!(
        "Content-Type: application/pkcs7-mime; smime-type={kind};\r\n name=\"smime.p7m\"\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n"
    )
    .into_bytes()
}

/// A writer that writes its head before the first thing written to it: until then nothing is outside that a failure
/// could leave behind.
struct Late<'a> {
    head: Vec<u8>,
    out: &'a mut dyn Write,
}

impl Write for Late<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            self.out.write_all(&std::mem::take(&mut self.head))?;
        }
        self.out.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes on, and lets the signer see it.
struct Tee<'a, 'k> {
    signer: &'a mut DetachedSigner<'k>,
    out: &'a mut dyn Write,
}

impl Write for Tee<'_, '_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.out.write(data)?;
        self.signer.update(data.get(..written).unwrap_or(data));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

const EIGHT_BIT: &str = "Content-Transfer-Encoding: 8bit\r\n";
const SIGNATURE_STRUCTURE: &str = "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n\
    Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n";
