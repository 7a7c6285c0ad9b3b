//! The verdict as JSON. Names are a contract: fields are only ever added.

use serde::Serialize;
use wire::Certificate;

/// Everything that is said about a mail.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The version of this contract.
    pub sealpost: u32,
    /// One sentence for people.
    pub summary: String,
    /// `verified | unverified | broken | unsigned`.
    pub verdict: &'static str,
    /// `authenticated | unauthenticated | none`.
    pub confidentiality: &'static str,
    /// The layers of the envelope, the outermost first.
    pub layers: Vec<LayerReport>,
    /// Every signer that was looked at.
    pub signers: Vec<SignerReport>,
    /// What the mail says about itself.
    pub headers: HeaderReport,
    /// The signed receipt that its signer requests (RFC 2634 section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// Parts that are signed while the mail is not, as behind a mailing list that adds a footer. They say nothing about
    /// the mail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReport>,
    /// What else there is to know.
    pub findings: Vec<FindingReport>,
}

/// A signed part of a mail that is not signed.
#[derive(Debug, Clone, Serialize)]
pub struct PartReport {
    /// Which child of the mail's root it is, counted from 1.
    pub part: usize,
    /// `multipart-signed | signed-data`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `verified | unverified | broken`: whom to believe about this part.
    pub verdict: &'static str,
    /// Its signers.
    pub signers: Vec<SignerReport>,
}

/// A request for a signed receipt.
#[derive(Debug, Clone, Serialize)]
pub struct ReceiptReport {
    /// `all | first-tier | listed`.
    pub requested_from: &'static str,
    /// The addresses that it is to be sent to.
    pub to: Vec<String>,
}

/// One layer of the envelope.
#[derive(Debug, Clone, Serialize)]
pub struct LayerReport {
    /// `signed-data | multipart-signed | enveloped-data | auth-enveloped-data`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `verified | unverified | broken | unsigned`, for a signature: whom to believe about what this layer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// `authenticated | unauthenticated`, for encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidentiality: Option<&'static str>,
    /// The cipher, for encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// The name of the key that opened it, for encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_with: Option<String>,
    /// Whom it is encrypted to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<RecipientReport>,
}

/// One recipient of a layer.
#[derive(Debug, Clone, Serialize)]
pub struct RecipientReport {
    /// Their certificate, as the message names it.
    pub id: String,
    /// How the content key reaches them.
    pub algorithm: String,
    /// The name of our own key, if it is one of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
}

/// One signer.
#[derive(Debug, Clone, Serialize)]
pub struct SignerReport {
    /// Which of the layers is signed, counted from 0, the outermost.
    pub layer: usize,
    /// The addresses that the certificate names.
    pub addresses: Vec<String>,
    /// Whether one of them is the From address.
    pub matches_from: bool,
    /// `good | bad | unsupported`.
    pub signature: &'static str,
    /// `trusted | untrusted | expired | revoked | wrong-purpose | missing | weak`.
    pub certificate: &'static str,
    /// `good | revoked | unknown | not-checked`.
    pub revocation: &'static str,
    /// Such as `ecdsa-p256-sha256`; empty where it is unknown.
    pub algorithm: String,
    /// `sha256:` and the certificate's digest in hex; empty where there is none.
    pub fingerprint: String,
    /// The certificate itself, for whoever has to name it in another way.
    #[serde(skip)]
    pub held: Option<Certificate>,
    /// When the signer says it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<String>,
    /// By when a time-stamping authority that is believed saw the signature (RFC 3161).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_stamp: Option<StampReport>,
    /// How the content is to be handled (RFC 2634 §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelReport>,
    /// The same under other policies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equivalent_labels: Vec<LabelReport>,
    /// What the sender says the content is (RFC 2634 §2.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_hint: Option<String>,
    /// What the sender calls the content, in hex (RFC 2634 §2.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_identifier: Option<String>,
    /// The identifier of the content that this one refers to, in hex (RFC 2634 §2.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<String>,
    /// The mailing lists that it came through (RFC 2634 §4.2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<ListReport>,
    /// Signatures over this signature, which say nothing about the content (RFC 5652 §11.4).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countersignatures: Vec<CounterReport>,
}

/// A time stamp that is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StampReport {
    /// The signature existed at this time.
    pub at: String,
    /// The name of who says so.
    pub by: String,
}

/// A security label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelReport {
    /// The policy by its object identifier.
    pub policy: String,
    /// `unmarked | unclassified | restricted | confidential | secret | top secret`, or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
    /// Words for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_mark: Option<String>,
    /// The types of its categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

/// A mailing list that passed a message on.
#[derive(Debug, Clone, Serialize)]
pub struct ListReport {
    /// `issuer-serial:…` or `key-id:…` of its certificate.
    pub id: String,
    /// When.
    pub at: String,
}

/// A countersignature.
#[derive(Debug, Clone, Serialize)]
pub struct CounterReport {
    /// The addresses that the certificate names.
    pub addresses: Vec<String>,
    /// `good | bad | unsupported`.
    pub signature: &'static str,
    /// `trusted | untrusted | expired | wrong-purpose | missing | weak`.
    pub certificate: &'static str,
    /// Empty where it is unknown.
    pub algorithm: String,
    /// `sha256:` and the certificate's digest in hex; empty where there is none.
    pub fingerprint: String,
    /// When its signer says it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<String>,
}

/// The header as it is to be shown.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HeaderReport {
    /// `cipher | clear | none`.
    pub protection: &'static str,
    /// How it is protected: `rfc9788`, or `rfc8551` and `protected-headers-v1` of older programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<&'static str>,
    /// The From field, decoded.
    pub from: String,
    /// The addresses in To.
    pub to: Vec<String>,
    /// The Subject, decoded.
    pub subject: String,
    /// The Date field as it stands.
    pub date: String,
    /// Every field with the protection that it has by itself: those that the sender protected, then what else stands
    /// outside.
    pub states: Vec<FieldReport>,
}

/// The state of one header field (RFC 9788 section 4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldReport {
    /// Its name as it stands.
    pub name: String,
    /// Its value, decoded.
    pub value: String,
    /// `signed-and-encrypted | encrypted-only | signed-only | unprotected | not-valid`; the last one is of a field
    /// outside that says something else than the sender did.
    pub state: &'static str,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub struct FindingReport {
    /// What it is about.
    pub code: &'static str,
    /// `error | warning | note`.
    pub severity: &'static str,
    /// What is the case.
    pub text: String,
    /// What to do about it.
    pub hint: String,
}
