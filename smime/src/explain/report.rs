//! An explanation as JSON. Names are a contract: fields are only ever added.

use serde::Serialize;

use crate::report::{FindingReport, SignerReport};

/// Everything that can be said of a mail.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The version of this contract.
    pub sealpost: u32,
    /// One sentence for people.
    pub summary: String,
    /// `verified | unverified | broken | unsigned`; nothing where it cannot be opened here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// `authenticated | unauthenticated | none`; nothing where it cannot be opened here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidentiality: Option<&'static str>,
    /// What it is made of, the outermost layer first.
    pub layers: Vec<LayerExplained>,
    /// Who signed it.
    pub signers: Vec<SignerExplained>,
    /// What relays changed: where one kind of change explains the digest, every kind that alone does; else the kinds of
    /// the composition that was found. See [`crate::Change::word`].
    pub changes: Vec<&'static str>,
    /// The same for each clear-signed layer, at length.
    pub way: Vec<Way>,
    /// A signed part that stands within other text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inside: Option<Box<Explanation>>,
    /// What else there is to know.
    pub findings: Vec<FindingReport>,
}

/// One layer.
#[derive(Debug, Clone, Serialize)]
pub struct LayerExplained {
    /// `signed-data | multipart-signed | enveloped-data | auth-enveloped-data | encrypted-data | compressed-data |
    /// digested-data | authenticated-data`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether what it holds could be read here.
    pub opened: bool,
    /// For a signature: whom to believe about what it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// For encryption that was opened: whether it proves its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidentiality: Option<&'static str>,
    /// For encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// Octets of encrypted content, where it was not opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Our key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_with: Option<String>,
    /// Whom it is encrypted to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<RecipientExplained>,
}

/// One recipient.
#[derive(Debug, Clone, Serialize)]
pub struct RecipientExplained {
    /// `issuer-serial:<hex>`, `key-id:<hex>`, or the name of a secret that both sides hold.
    pub id: String,
    /// The issuer of the certificate whose key is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Its serial number in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Its subject key identifier in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// How the content key reaches them.
    pub algorithm: String,
    /// Where the key is: `here | locked | destroyed | elsewhere | unknown | shared-secret`.
    pub key: &'static str,
    /// The name of our own key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    /// What the store knows of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateKnown>,
    /// All this in a sentence.
    pub text: String,
}

/// A certificate that is in the store.
#[derive(Debug, Clone, Serialize)]
pub struct CertificateKnown {
    /// The addresses that it names.
    pub addresses: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// `sha256:` and its digest in hexadecimal digits.
    pub fingerprint: String,
    /// Its first second.
    pub not_before: String,
    /// Its last second.
    pub not_after: String,
    /// `trusted | untrusted | expired | revoked | wrong-purpose | weak`, for encryption, at the time of judging.
    pub state: &'static str,
    /// The fingerprint of a newer certificate of the same address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// Since when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_at: Option<String>,
}

/// One signer.
#[derive(Debug, Clone, Serialize)]
pub struct SignerExplained {
    /// As `open` reports them.
    #[serde(flatten)]
    pub report: SignerReport,
    /// The one thing to do about the certificate, if there is a problem with it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// What happened to a clear-signed text on its way.
#[derive(Debug, Clone, Serialize)]
pub struct Way {
    /// Which of the layers, counted from 0.
    pub layer: usize,
    /// `intact`: the text is what was signed; `broken`: it is not.
    pub digest: &'static str,
    /// `found | not-found | not-searched`.
    pub result: &'static str,
    /// The kinds of changes, as in [`Explanation::changes`].
    pub changes: Vec<&'static str>,
    /// Each of these leads from what was signed to what arrived.
    pub explanations: Vec<Vec<WayStep>>,
    /// Candidates whose digest was computed.
    pub trials: u64,
    /// Octets that were digested for them.
    pub octets: u64,
    /// Whether the work came to its bound before everything was tried.
    pub exhausted: bool,
    /// All this in a sentence.
    pub text: String,
}

/// One change.
#[derive(Debug, Clone, Serialize)]
pub struct WayStep {
    /// Its kind.
    pub change: &'static str,
    /// Where and how.
    pub text: String,
}
