//! Signed parts of a mail that is not signed as a whole: what a mailing list leaves that adds a footer (row G-03).
//!
//! Each is judged by itself, as if it were the mail, against the From of the mail around it; nothing of that becomes the
//! mail's own verdict, and nothing is decrypted here (G-09).

use std::cell::RefCell;
use std::io::{self, BufRead, Cursor, Read};

use cms::{Permit, Source};
use crypto::Random;
use mime::{Header, Limits, PartReader};
use trust::Policy;
use wire::Time;

use crate::headers::is_structural;
use crate::keyring::{Keyring, NoKeyring};
use crate::open::begin::lines_of;
use crate::open::conclude::{Judgement, judge};
use crate::open::error::OpenError;
use crate::open::mail::{Head, Mail};
use crate::open::prove::{Layer, Proof, is_signature, prove};
use crate::open::walk::{Entity, Plan, Way, is_identity};
use crate::report::{PartReport, Report};
use crate::verdict::{Code, Finding, Severity, Verdict};

/// A part of a mail that is signed, while the mail is not.
pub struct SignedPart<'s> {
    source: PartSource<'s>,
    proof: Proof,
    judgement: Judgement,
}

impl SignedPart<'_> {
    /// Which child of the mail's root it is, counted from 0.
    pub fn index(&self) -> usize {
        self.source.index
    }

    /// Whom to believe about this part, and about it alone.
    pub fn verdict(&self) -> &Verdict {
        &self.judgement.verdict
    }

    /// Everything there is to say about it.
    pub fn report(&self) -> &Report {
        &self.judgement.report
    }

    /// What is signed, under the header of the mail around it.
    ///
    /// # Errors
    /// As [`crate::Opened::mail`].
    pub fn mail(&self) -> Result<Mail<'_>, OpenError> {
        if matches!(self.judgement.verdict, Verdict::Broken { .. }) || self.judgement.stopped {
            return Err(OpenError::Withheld);
        }
        let head = Head { header: self.judgement.header.clone(), ..Head::default() };
        Mail::new(&self.source, &[], &self.proof.blocks, head, self.proof.style)
    }

    /// Its line in the report of the mail.
    pub(super) fn line(&self) -> PartReport {
        let report = self.report();
        PartReport {
            part: self.index() + 1,
            kind: report.layers.first().map_or("", |layer| layer.kind),
            verdict: report.verdict,
            signers: report.signers.clone(),
        }
    }

    /// What to say of it.
    pub(super) fn finding(&self) -> Finding {
        let part = self.index() + 1;
        let text = match self.verdict() {
            Verdict::Verified { signer } => {
                format!("part {part} is signed by {}; what stands beside it is signed by nobody", signer.address())
            }
            Verdict::Broken { .. } => format!("part {part} has a signature that fails"),
            _ => format!("part {part} is signed by somebody who is not known to be the sender"),
        };
        Finding::new(Code::PartlySigned, Severity::Note, text)
    }
}

/// The signed ones among the parts of a mail that has no layer of its own.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read, [`OpenError::Keyring`] where the keyring fails.
pub(super) fn signed_parts<'s>(
    source: &'s dyn Source,
    proof: &Proof,
    keyring: &dyn Keyring,
    (policy, now): (&Policy, Time),
    rng: &mut dyn Random,
) -> Result<Vec<SignedPart<'s>>, OpenError> {
    let mut found = Vec::new();
    let Some(header) =
        proof.payload().filter(|_| proof.layers.is_empty() && !proof.ambiguous && proof.way == Way::Mail)
    else {
        return Ok(found);
    };
    let content_type = header.content_type();
    let mixed = content_type.is("multipart", "mixed") && !content_type.ambiguous;
    let Some(boundary) = content_type.param("boundary").filter(|_| mixed && is_identity(header.transfer_encoding()))
    else {
        return Ok(found);
    };
    for index in candidates(source, boundary)? {
        let source = PartSource { source, boundary: boundary.to_owned(), index, head: fields(header, false) };
        // Without keys: what is encrypted in there stays so. What cannot be read is a part like any other.
        let permit = Permit::new(policy, now);
        let proof = match prove(&source, &NoKeyring, permit, Plan::default(), rng) {
            Ok(proof) if proof.way == Way::Mail && proof.layers.first().is_some_and(signs) => proof,
            Err(OpenError::Io(error)) => return Err(OpenError::Io(error)),
            _ => continue,
        };
        let judgement = judge(&proof, keyring, policy, now)?;
        found.push(SignedPart { source, proof, judgement });
    }
    Ok(found)
}

fn signs(layer: &Layer) -> bool {
    match layer {
        Layer::Signed(facts) => !facts.signers.is_empty(),
        layer => is_signature(layer),
    }
}

/// Which parts say of themselves that they are signed.
fn candidates(source: &dyn Source, boundary: &str) -> Result<Vec<usize>, OpenError> {
    let limits = Limits::default();
    let mut stage = lines_of(source)?;
    Header::read(&mut stage, &limits)?;
    let seen = RefCell::new((0, Vec::new()));
    let note = |header: &Header| {
        let (index, found) = &mut *seen.borrow_mut();
        if Entity::of(header).is_layer() {
            found.push(*index);
        }
        *index += 1;
        false
    };
    // A mail whose parts cannot be told has none.
    drop(PartReader::find(Box::new(stage), boundary, &limits, note));
    let (_, mut found) = seen.into_inner();
    found.truncate(MOST);
    Ok(found)
}

/// The structural fields of a header, or all others.
fn fields(header: &Header, structural: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for field in header.fields().filter(|f| is_structural(f.name()) == structural) {
        out.extend_from_slice(field.raw());
    }
    out
}

/// One part, as a mail of its own under the fields of the mail around it.
struct PartSource<'s> {
    source: &'s dyn Source,
    boundary: String,
    index: usize,
    /// Those fields.
    head: Vec<u8>,
}

impl Source for PartSource<'_> {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        let limits = Limits::default();
        let failed = |error: OpenError| match error {
            OpenError::Io(error) => error,
            error => io::Error::other(error),
        };
        let mut stage = lines_of(self.source).map_err(failed)?;
        Header::read(&mut stage, &limits).map_err(io::Error::other)?;
        let count = RefCell::new(0);
        let wanted = |_: &Header| {
            *count.borrow_mut() += 1;
            *count.borrow() == self.index + 1
        };
        let part = PartReader::find(stage, &self.boundary, &limits, wanted).map_err(io::Error::other)?;
        let (header, body) = part.ok_or_else(|| io::Error::other(OpenError::Changed))?;
        let mut head = self.head.clone();
        head.extend(fields(&header, true));
        head.extend_from_slice(b"\r\n");
        Ok(Box::new(Cursor::new(head).chain(body)))
    }

    fn length(&self) -> Option<u64> {
        None
    }
}

/// Signed parts of one mail that are judged.
const MOST: usize = 4;
