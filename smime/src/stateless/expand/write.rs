//! The message that a mailing list sends to its members.

use std::io::{self, Write};

use cms::{Error, Readdressed, Recipient, SignOptions, Signer, Source, Workers};
use crypto::Random;
use mime::{Header, Limits, LineEnds};
use wire::ber::BerReader;

use crate::open::OpenError;
use crate::open::begin::{beneath, structure, structure_in};
use crate::open::form::Form;
use crate::open::{MessageKind, stage::Stage};
use crate::stateless::expand::decide::{Expansion, Inside};
use crate::stateless::form::{Body, OutputForm};
use crate::stateless::write::{pour_all, sign_poured};

/// To whom what is encrypted goes, and in what form the message is written.
pub struct Members<'a> {
    /// The members; nobody where the list only signs.
    pub recipients: &'a [Recipient],
    /// Who makes the keys of many members.
    pub workers: Option<&'a dyn Workers>,
    /// Leave the content outside of the signature.
    pub detached: bool,
    /// The form of the message.
    pub form: OutputForm,
}

impl Expansion<'_> {
    /// Writes the message, signed by the list (RFC 2634 §4.2.3). In the form [`OutputForm::Smime`] a mail's own header
    /// stays outside of it. The attributes of `options` are besides those that the list has to sign.
    ///
    /// # Errors
    /// As [`crate::stateless::sign`] and [`crate::stateless::encrypt`]; [`Error::Malformed`] where something is encrypted
    /// and nobody is a member.
    pub fn write(
        &self,
        signers: Vec<Signer<'_>>,
        mut options: SignOptions,
        members: &Members<'_>,
        out: &mut dyn Write,
        rng: &mut dyn Random,
    ) -> Result<(), Error> {
        options.attributes.extend(self.attributes.iter().cloned());
        let readdressed = match (self.inside, self.keys.first()) {
            (Inside::Readdressed { .. }, Some(key)) => {
                Some(Readdressed::new(key, members.recipients, members.workers, rng)?)
            }
            _ => None,
        };
        if members.form == OutputForm::Smime {
            self.header(out)?;
        }
        let content = |take: &mut dyn FnMut(&[u8]) -> io::Result<()>| self.pour(readdressed.as_ref(), take);
        sign_poured(&content, signers, options, members.detached, members.form, out, rng)
    }

    /// The fields of the mail that are not of its content.
    fn header(&self, out: &mut dyn Write) -> Result<(), Error> {
        let Some((header, _)) = self.mail()? else { return Ok(()) };
        for field in header.fields().filter(|field| !is_of_content(field.name()) && !field.is("MIME-Version")) {
            out.write_all(field.raw())?;
        }
        Ok(())
    }

    /// The header of a mail, and its body; `None` for a file of CMS.
    fn mail(&self) -> Result<Option<(Header, Stage<'_>)>, Error> {
        let mut input = self.source.open()?;
        if Form::of(input.fill_buf()?) != Form::Smime {
            return Ok(None);
        }
        let mut lines = LineEnds::new(Box::new(Stage::input(input)));
        mime::skip_prelude(&mut lines)?;
        let mut stage = Stage::Lines(lines);
        let header = Header::read(&mut stage, &Limits::default()).map_err(|error| failed(error.into()))?;
        Ok(Some((header, stage)))
    }

    /// The MIME entity that the list signs.
    fn pour(&self, to: Option<&Readdressed>, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), Error> {
        match (self.inside, to) {
            (Inside::Readdressed { depth, authenticated, .. }, Some(to)) => {
                let structure = match depth {
                    0 => structure(&self.source),
                    depth => beneath(&self.source, &self.keys, depth).and_then(structure_in),
                };
                let mut ber = BerReader::new(structure.map_err(failed)?);
                cms::enter(&mut ber)?;
                let kind = if authenticated { "authEnveloped-data" } else { "enveloped-data" };
                let body = Body::new(Taker(take), OutputForm::Smime, kind)?;
                to.copy(ber, authenticated, body)?.finish()?;
                Ok(())
            }
            (Inside::Readdressed { .. }, None) => Err(Error::Malformed("no key to pass on")),
            (Inside::Beneath(depth), _) => pour_all(beneath(&self.source, &self.keys, depth).map_err(failed)?, take),
            (Inside::Whole, _) => self.whole(take),
        }
    }

    fn whole(&self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), Error> {
        if let Some((header, body)) = self.mail()? {
            header.fields().filter(|field| is_of_content(field.name())).try_for_each(|field| take(field.raw()))?;
            take(b"\r\n")?;
            return pour_all(body, take);
        }
        let kind = match self.kind {
            MessageKind::Signed => "signed-data",
            MessageKind::Receipt => "signed-receipt",
            MessageKind::Compressed => "compressed-data",
            _ => "",
        };
        let mut body = Body::new(Taker(take), OutputForm::Smime, kind)?;
        pour_all(structure(&self.source).map_err(failed)?, |piece| body.write_all(piece))?;
        body.finish()?;
        Ok(())
    }
}

/// A writer that hands on what is written.
struct Taker<'t>(&'t mut dyn FnMut(&[u8]) -> io::Result<()>);

impl Write for Taker<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a field of a mail's header says what its body is (RFC 2045 §3).
fn is_of_content(name: &str) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"))
}

/// A message that was judged before and cannot be read again.
fn failed(error: OpenError) -> Error {
    match error {
        OpenError::Io(error) => Error::Io(error),
        error => Error::Io(io::Error::other(error)),
    }
}
