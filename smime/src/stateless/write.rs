//! Signing and encrypting files.

use std::io::{self, BufRead, Write};

use cms::{
    AttachedSigner, CompressWriter, DetachedSigner, EncryptWriter, Encryption, Error, Recipient, SharedSecret,
    SignOptions, Signer, Source,
};
use crypto::{ContentCipher, Random};
use mime::{Base64Writer, LineEnds, TextCheck};

use crate::stateless::form::{Body, OutputForm};

/// Signs `input` and writes the message. In the form [`OutputForm::Smime`] the input is a MIME entity:
/// what is signed is its canonical form, and a detached signature makes a multipart/signed.
///
/// # Errors
/// [`Error::Malformed`] for an entity whose line ends cannot be made canonical, and those of
/// [`AttachedSigner`] and [`DetachedSigner`].
pub fn sign(
    input: &dyn Source,
    signers: Vec<Signer<'_>>,
    options: SignOptions,
    detached: bool,
    form: OutputForm,
    out: &mut dyn Write,
    rng: &mut dyn Random,
) -> Result<(), Error> {
    sign_poured(&|take| pour(input, form, take), signers, options, detached, form, out, rng)
}

/// Hands a content on piece by piece, the same one each time.
pub(super) type Pour<'p> = dyn Fn(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), Error> + 'p;

/// The same for a content that is poured; as a multipart/signed it is poured twice.
pub(super) fn sign_poured(
    content: &Pour<'_>,
    signers: Vec<Signer<'_>>,
    options: SignOptions,
    detached: bool,
    form: OutputForm,
    out: &mut dyn Write,
    rng: &mut dyn Random,
) -> Result<(), Error> {
    if !detached {
        let body = Body::new(out, form, "signed-data")?;
        let mut writer = AttachedSigner::new(body, signers, options)?;
        content(&mut |piece| writer.write_all(piece))?;
        writer.finish(rng)?.finish()?;
        return Ok(());
    }
    let mut signer = DetachedSigner::new(signers, options)?;
    if form != OutputForm::Smime {
        content(&mut |piece| {
            signer.update(piece);
            Ok(())
        })?;
        let mut body = Body::new(out, form, "")?;
        body.write_all(&signer.finish(rng)?)?;
        body.finish()?;
        return Ok(());
    }
    check_text(content)?;
    let mut chance = [0; 18];
    rng.fill(&mut chance)?;
    let boundary = mime::boundary(&chance);
    write!(
        out,
        "MIME-Version: 1.0\r\n\
         Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n micalg=\"{}\"; boundary=\"{boundary}\"\r\n\
         \r\n--{boundary}\r\n",
        signer.micalg()
    )?;
    content(&mut |piece| {
        signer.update(piece);
        out.write_all(piece)
    })?;
    write!(
        out,
        "\r\n--{boundary}\r\n\
         Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n"
    )?;
    let mut text = Base64Writer::new(&mut *out);
    text.write_all(&signer.finish(rng)?)?;
    text.finish()?;
    write!(out, "--{boundary}--\r\n")?;
    Ok(())
}

/// Encrypts `input` to the recipients and writes the message. In the form [`OutputForm::Smime`] the input
/// is a MIME entity, and its canonical form is what is encrypted.
///
/// # Errors
/// Those of [`EncryptWriter`].
pub fn encrypt(
    input: &dyn Source,
    recipients: &[Recipient],
    cipher: ContentCipher,
    form: OutputForm,
    out: &mut dyn Write,
    rng: &mut dyn Random,
) -> Result<(), Error> {
    let how = Encryption { cipher, recipients, shared: &[], derive_key: false, workers: None };
    encrypt_as(input, &how, form, out, rng)
}

/// The same, also to those who hold a secret, and under a content key agreed beforehand.
///
/// # Errors
/// Those of [`EncryptWriter`].
pub fn encrypt_as(
    input: &dyn Source,
    how: &Encryption<'_>,
    form: OutputForm,
    out: &mut dyn Write,
    rng: &mut dyn Random,
) -> Result<(), Error> {
    let kind = match how.shared {
        [SharedSecret::ContentKey(_)] => "", // EncryptedData has no smime-type (RFC 8551 §3.2.2)
        _ if how.cipher.is_aead() => "authEnveloped-data",
        _ => "enveloped-data",
    };
    let mut writer = EncryptWriter::begin(Body::new(out, form, kind)?, how, rng)?;
    pour(input, form, |piece| writer.write_all(piece))?;
    writer.finish()?.finish()?;
    Ok(())
}

/// Compresses `input` and writes the message (RFC 3274). In the form [`OutputForm::Smime`] the input is a MIME entity,
/// and its canonical form is what is compressed.
///
/// # Errors
/// [`Error::Io`] from either side.
pub fn compress(input: &dyn Source, form: OutputForm, out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = CompressWriter::new(Body::new(out, form, "compressed-data")?);
    pour(input, form, |piece| writer.write_all(piece))?;
    writer.finish()?.finish()?;
    Ok(())
}

/// Hands the input on piece by piece, in canonical form if it is a MIME entity.
fn pour(input: &dyn Source, form: OutputForm, take: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), Error> {
    let reader = input.open().map_err(Error::Io)?;
    if form == OutputForm::Smime { pour_all(LineEnds::new(reader), take) } else { pour_all(reader, take) }
}

/// Hands all of a reader on.
pub(super) fn pour_all(mut reader: impl BufRead, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), Error> {
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(());
        }
        take(piece)?;
        let used = piece.len();
        reader.consume(used);
    }
}

/// Refuses what would not survive as signed text: every reader must see the same lines (F-05, X-10).
fn check_text(content: &Pour<'_>) -> Result<(), Error> {
    let mut text = TextCheck::new();
    content(&mut |piece| {
        text.update(piece);
        Ok(())
    })?;
    if text.broken() {
        return Err(Error::Malformed(
            "mixed line ends, bare CR or NUL cannot be signed in clear; leave out --detached",
        ));
    }
    Ok(())
}
