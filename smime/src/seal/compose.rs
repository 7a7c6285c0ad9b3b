//! The header sections of a sealed mail.

use crypto::Random;
use mime::{Header, TransferEncoding, encode_raw_field, format_date};
use wire::Time;

use crate::confidentiality::{Confidentiality, Sections, protect};
use crate::headers::{Line, MIME_VERSION, Mark, Protection, is_structural, payload_structure};
use crate::seal::error::SealError;
use crate::seal::note::SealNote;
use crate::seal::plan::{Plan, field_error};

/// Both header sections, ready to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Composed {
    /// What stands outside, without structural fields and without the empty line.
    pub(crate) outside: Vec<u8>,
    /// The header of the entity that is signed or encrypted, the empty line included.
    pub(crate) payload: Vec<u8>,
}

/// Makes a Date and a Message-ID where the plan has none (RFC 5322 section 3.6), before anything is protected.
pub(crate) fn complete(plan: &mut Plan, now: Time, rng: &mut dyn Random) -> Result<Vec<SealNote>, SealError> {
    let mut notes = Vec::new();
    if !plan.lines.iter().any(|l| l.is("Date")) {
        plan.lines.push(Line::new("Date", &format_date(now.0))?);
        notes.push(SealNote::MadeDate);
    }
    if !plan.lines.iter().any(|l| l.is("Message-ID")) {
        let mut unique = [0; 16];
        rng.fill(&mut unique).map_err(SealError::Random)?;
        let unique = wire::hex(&unique);
        plan.lines.push(Line::new("Message-ID", &format!("<{unique}@{}>", plan.from.domain()))?);
        notes.push(SealNote::MadeMessageId);
    }
    if plan.lines.iter().any(|l| !l.value().is_ascii()) {
        notes.push(SealNote::International);
    }
    Ok(notes)
}

/// Composes both sections (RFC 9788 section 5.2). `encoding` is the payload's transfer encoding where it changes.
///
/// A mail that is already a layer keeps its header inside as it is: only whoever builds the payload may protect fields
/// (RFC 9788 section 2.1.1), and nothing is hidden that the inside does not give back.
pub(crate) fn compose(
    plan: &Plan,
    header: &Header,
    mark: Mark,
    confidentiality: &Confidentiality<'_>,
    encoding: Option<TransferEncoding>,
) -> Result<Composed, SealError> {
    if plan.sealed_already {
        let outside = protect(&plan.lines, Protection::Clear, confidentiality)?.outside;
        return Ok(Composed { outside, payload: kept_structure(header)? });
    }
    let Sections { mut payload, outside } = protect(&plan.lines, mark.how, confidentiality)?;
    payload.extend(payload_structure(header, mark, encoding).map_err(|e| field_error(e, "Content-Type"))?);
    payload.extend_from_slice(b"\r\n");
    Ok(Composed { outside, payload })
}

/// The structural fields as they are, and an empty line.
fn kept_structure(header: &Header) -> Result<Vec<u8>, SealError> {
    let mut out = MIME_VERSION.as_bytes().to_vec();
    for field in header.fields().filter(|f| is_structural(f.name()) && !f.is("MIME-Version")) {
        out.extend(encode_raw_field(&field).map_err(|e| field_error(e, field.name()))?);
    }
    out.extend_from_slice(b"\r\n");
    Ok(out)
}
