//! What a CMS message is made of, seen without keys and without judging it.

use std::fmt;
use std::io::BufRead;

use cms::{SignedFacts, SignerEntry, Source};
use crypto::SystemRandom;
use serde::Serialize;
use wire::cms::{SignerId, SignerInfo};
use wire::der::Reader;
use wire::{Certificate, Oid, Time, oids};

use crate::open::OpenError;
use crate::open::begin::{look_at, walk_one};
use crate::open::prove::{Blocks, multipart};
use crate::open::stage::LayerEnd;
use crate::open::walk::{End, Purpose, Walk};
use crate::report::RecipientReport;
use crate::stateless::read::take;

/// One layer of CMS, described.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The version of the JSON contract.
    pub sealpost: u32,
    /// `signed-data | multipart-signed | enveloped-data | auth-enveloped-data | compressed-data |
    /// encrypted-data | digested-data`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What the content is said to be.
    pub content_type: String,
    /// Octets of the content: as it is for a signature, as it is encrypted or compressed
    /// otherwise. `None` where it
    /// is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_length: Option<u64>,
    /// The cipher, for encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// Whom it is encrypted to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<RecipientReport>,
    /// The digests that signatures announce.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<String>,
    /// Who signed, not judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<SignerSeen>,
    /// Certificates sent along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateSeen>,
}

/// One SignerInfo, described.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SignerSeen {
    /// `issuer-serial:<hex>` or `key-id:<hex>`; empty where it cannot be read.
    pub id: String,
    /// The digest algorithm.
    pub digest: String,
    /// The signature algorithm.
    pub algorithm: String,
    /// When it says it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<String>,
    /// The signed attributes, by name.
    pub attributes: Vec<String>,
}

/// One certificate, described.
#[derive(Debug, Clone, Serialize)]
pub struct CertificateSeen {
    /// Its subject.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// The last second it is valid.
    pub not_after: String,
    /// `sha256:` and its digest in hex.
    pub fingerprint: String,
}

/// Describes the outermost layer of a message in any form.
///
/// # Errors
/// [`OpenError::Damaged`] where it is no CMS message, [`OpenError::Io`] where it cannot be read.
pub fn inspect(source: &dyn Source) -> Result<Inspection, OpenError> {
    describe(walk_one(source, Purpose::Inspect)?)
}

/// The same for a structure by itself, of which these are the octets.
pub(super) fn inspect_bare(octets: Box<dyn BufRead + '_>) -> Result<Inspection, OpenError> {
    describe(look_at(octets))
}

fn describe(mut walk: Walk<'_>) -> Result<Inspection, OpenError> {
    let mut blocks = Blocks::new(&mut SystemRandom)?;
    let kind = walk.kinds.first().map_or("unknown", |kind| kind.word());
    if let End::Sealed(description) = walk.end {
        return Ok(Inspection {
            content_type: name(description.content_type),
            content_length: Some(description.length),
            cipher: Some(description.cipher),
            recipients: description
                .recipients
                .into_iter()
                .map(|r| RecipientReport { id: r.id, algorithm: r.algorithm, local: r.local })
                .collect(),
            ..Inspection::of(kind)
        });
    }
    let mut length = 0u64;
    take(&mut walk, &mut blocks, |block| length += u64::try_from(block.len()).unwrap_or(0))?;
    let elsewhere = matches!(walk.end, End::NoContent);
    let facts = match walk.stage.unwind().pop() {
        Some(LayerEnd::Signed(facts)) => facts.map_err(OpenError::from)?,
        Some(LayerEnd::Parts(end)) => multipart(end, &mut Vec::new()).facts.map_err(OpenError::Damaged)?,
        Some(LayerEnd::Digested(facts)) => {
            let facts = facts.map_err(OpenError::from)?;
            let (content_type, content_length) = (name(facts.content_type), Some(facts.length));
            let digests = vec![facts.digest.to_string()];
            return Ok(Inspection { content_type, content_length, digests, ..Inspection::of(kind) });
        }
        Some(LayerEnd::Compressed(facts)) => {
            let facts = facts.map_err(OpenError::from)?;
            let (content_type, content_length) = (name(facts.content_type), Some(facts.compressed));
            return Ok(Inspection { content_type, content_length, ..Inspection::of(kind) });
        }
        _ => return Err(OpenError::Damaged("this is not a CMS message".to_owned())),
    };
    Ok(Inspection { content_length: (!elsewhere).then_some(length), ..signed(kind, &facts) })
}

impl Inspection {
    fn of(kind: &'static str) -> Self {
        Inspection {
            sealpost: 1,
            kind,
            content_type: String::new(),
            content_length: None,
            cipher: None,
            recipients: Vec::new(),
            digests: Vec::new(),
            signers: Vec::new(),
            certificates: Vec::new(),
        }
    }
}

fn signed(kind: &'static str, facts: &SignedFacts) -> Inspection {
    Inspection {
        content_type: name(facts.content_type),
        digests: facts.digest_algorithms.iter().map(|a| name(a.oid)).collect(),
        signers: facts
            .signers
            .iter()
            .map(|entry| match entry {
                SignerEntry::Info(info) => signer(info),
                SignerEntry::Unreadable(_) => SignerSeen::default(),
            })
            .collect(),
        certificates: facts.certificates.iter().map(certificate).collect(),
        ..Inspection::of(kind)
    }
}

fn signer(info: &SignerInfo) -> SignerSeen {
    let id = match &info.signer {
        SignerId::IssuerSerial { serial, .. } => format!("issuer-serial:{}", wire::hex(serial)),
        SignerId::KeyId(id) => format!("key-id:{}", wire::hex(id)),
    };
    let signed = info.signed.as_ref();
    let time = signed.and_then(|signed| signed.single(oids::SIGNING_TIME).ok().flatten());
    SignerSeen {
        id,
        digest: name(info.digest.oid),
        algorithm: name(info.algorithm.oid),
        signed_at: time.and_then(|value| Time::read(&mut Reader::lenient(value)).ok()).map(|time| time.to_string()),
        attributes: signed.map(|s| s.list().iter().map(|a| name(a.oid)).collect()).unwrap_or_default(),
    }
}

fn certificate(certificate: &Certificate) -> CertificateSeen {
    CertificateSeen {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_after: certificate.not_after().to_string(),
        fingerprint: format!("sha256:{}", wire::hex(&crypto::certificate_fingerprint(certificate))),
    }
}

fn name(oid: Oid) -> String {
    oid.name().map_or_else(|| oid.to_string(), str::to_owned)
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.content_type)?;
        match self.content_length {
            Some(length) => writeln!(f, ", {length} octets")?,
            None => writeln!(f, ", content elsewhere")?,
        }
        if let Some(cipher) = &self.cipher {
            writeln!(f, "  cipher {cipher}")?;
        }
        for r in &self.recipients {
            writeln!(f, "  recipient {} {}", r.id, r.algorithm)?;
        }
        for digest in &self.digests {
            writeln!(f, "  digest {digest}")?;
        }
        for s in &self.signers {
            writeln!(f, "  signer {} {} with {}", s.id, s.algorithm, s.digest)?;
            if let Some(time) = &s.signed_at {
                writeln!(f, "    says it was signed at {time}")?;
            }
            writeln!(f, "    attributes {}", s.attributes.join(", "))?;
        }
        for c in &self.certificates {
            writeln!(f, "  certificate {}", c.subject)?;
            writeln!(f, "    issued by {}, until {}", c.issuer, c.not_after)?;
            writeln!(f, "    {}", c.fingerprint)?;
        }
        Ok(())
    }
}
