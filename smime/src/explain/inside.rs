//! A signed part that stands within other text: what mailing lists make of a mail when they add a footer to it.

use std::io::Read;

use cms::Source;
use mime::{Header, Limits};

use super::relay::{Change, MAX_LENGTH, entities};
use super::report::Explanation;
use crate::open::OpenError;
use crate::open::begin::lines_of;
use crate::report::FindingReport;

/// The first signed part within the parts of a mail, under the mail's own header; `None` where there is none, or the mail
/// is too long to be held.
pub(super) fn signed_part(source: &dyn Source) -> Result<Option<Vec<u8>>, OpenError> {
    let mut text = Vec::new();
    let most = u64::try_from(MAX_LENGTH).unwrap_or(u64::MAX);
    if lines_of(source)?.take(most + 1).read_to_end(&mut text).is_err() || text.len() > MAX_LENGTH {
        return Ok(None);
    }
    let all = entities(&text);
    let signed = all.iter().skip(1).find(|entity| {
        let smime = ["pkcs7-mime", "x-pkcs7-mime"].iter().any(|s| entity.content_type.is("application", s));
        smime || entity.content_type.is("multipart", "signed")
    });
    let (Some(entity), Ok(header)) = (signed, Header::parse(&text, &Limits::default())) else { return Ok(None) };
    let mut mail = Vec::new();
    for field in header.fields() {
        let name = field.name().to_ascii_lowercase();
        if !name.starts_with("content-") && name != "mime-version" {
            mail.extend_from_slice(field.raw());
        }
    }
    mail.extend_from_slice(text.get(entity.whole.clone()).unwrap_or_default());
    mail.extend_from_slice(b"\r\n");
    Ok(Some(mail))
}

/// Says what it means that there is one.
pub(super) fn tell(explanation: &mut Explanation) {
    let Some(inside) = &explanation.inside else { return };
    let text = format!("a signed part stands within other text that nobody signed; of that part: {}", inside.summary);
    let hint = "believe what it says of the signed part alone; a mailing list or a relay put the rest around it";
    explanation.changes.push(Change::Footer.word());
    explanation.changes.extend(inside.changes.iter().filter(|c| **c != "footer"));
    explanation.findings.push(FindingReport {
        code: "signed-part-inside",
        severity: "warning",
        text,
        hint: hint.to_owned(),
    });
}
