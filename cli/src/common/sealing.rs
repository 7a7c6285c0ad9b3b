//! What `seal` and `send` share: how a mail is sealed, and how its readers are told.

use clap::Args;
use serde_json::{Value, json};
use smime::{Reader, SealNote, Sealing};
use trust::{HeaderConfidentiality, WritingProfile};

use super::certificate;
use super::jobs::Jobs;

/// How a mail is sealed.
#[derive(Debug, Args)]
pub struct Manner {
    /// Which headers are hidden outside (RFC 9788): baseline or shy, which hides names and time zone too [default: the
    /// policy's, else baseline]
    #[arg(long, value_name = "NAME", conflicts_with = "sign_only")]
    hcp: Option<HeaderConfidentiality>,

    /// Hide how long the mail is: fill it up inside the encryption, to 4 KiB or by a twelfth
    #[arg(long, conflicts_with = "sign_only")]
    pad: bool,

    /// How boldly it is encrypted: compat, strict, pq-preferred or pq-required [default: the policy's, else compat]
    #[arg(long, value_name = "PROFILE", conflicts_with = "sign_only")]
    pub profile: Option<WritingProfile>,

    /// Share the recipients out among so many threads
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: Jobs,

    /// Request a signed receipt of every recipient (RFC 2634), to be sent to the From address
    #[arg(long, conflicts_with = "encrypt_only")]
    pub request_receipt: bool,
}

impl Manner {
    /// Seals in this manner. Whether a receipt is requested is left to whoever knows for whom the mail is.
    pub fn of<'a>(&'a self, mut sealing: Sealing<'a>) -> Sealing<'a> {
        sealing = sealing.workers(self.jobs.workers());
        if let Some(hcp) = self.hcp {
            sealing = sealing.header_confidentiality(hcp);
        }
        if let Some(profile) = self.profile {
            sealing = sealing.profile(profile);
        }
        if self.pad { sealing.pad() } else { sealing }
    }
}

/// Who can read it, and by what.
pub fn readers(readers: &[Reader]) -> Vec<Value> {
    let one = |reader: &Reader| {
        json!({
            "address": reader.address.to_string(),
            "fingerprint": certificate::print(&reader.certificate),
            "how": reader.how,
            "why": reader.knowledge.to_string(),
        })
    };
    readers.iter().map(one).collect()
}

/// What somebody should know about it.
pub fn notes(notes: &[SealNote]) -> Vec<Value> {
    notes.iter().map(|note| json!({ "code": note.code(), "text": note.to_string() })).collect()
}
