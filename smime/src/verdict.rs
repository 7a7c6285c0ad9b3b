//! The one verdict on a mail, and what led to it.

use std::fmt;

use cms::SignatureHolds;
use trust::{Address, ProvenPath, names_address};
use wire::Certificate;

/// Whom to believe about a mail.
#[derive(Debug)]
pub enum Verdict {
    /// A signature holds, by a certificate trusted for mail now, that names the From address, and nothing
    /// is broken.
    Verified {
        /// Who signed it.
        signer: VerifiedSigner,
    },
    /// Signatures hold, or cannot be checked, and none can be tied to the sender.
    Unverified {
        /// Why not.
        findings: Vec<Finding>,
    },
    /// A signature that can be checked fails, or what is signed is ambiguous.
    Broken {
        /// What is broken.
        findings: Vec<Finding>,
    },
    /// There is no signature.
    Unsigned,
}

impl Verdict {
    /// Its word in the report; a contract.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Verified { .. } => "verified",
            Verdict::Unverified { .. } => "unverified",
            Verdict::Broken { .. } => "broken",
            Verdict::Unsigned => "unsigned",
        }
    }
}

/// A signer tied to the sender: a signature that holds, a proven path and the address, which belong
/// together. Made only from those proofs.
#[derive(Debug)]
pub struct VerifiedSigner {
    address: Address,
    path: ProvenPath,
}

impl VerifiedSigner {
    /// Ties the proofs together; `None` where they are of different certificates or the certificate does
    /// not name the address (RFC 8550 §3).
    pub(crate) fn new(holds: &SignatureHolds, path: ProvenPath, address: &Address) -> Option<Self> {
        let same = holds.certificate() == path.leaf();
        (same && names_address(path.leaf(), address)).then(|| VerifiedSigner { address: address.clone(), path })
    }

    /// The address in From, which the certificate names.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The signer's certificate.
    pub fn certificate(&self) -> &Certificate {
        self.path.leaf()
    }

    /// The proven path from the certificate to an anchor.
    pub fn path(&self) -> &ProvenPath {
        &self.path
    }
}

/// Something a person or a program should know about a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about; its word is a contract.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What is the case.
    pub text: String,
    /// What to do about it; empty where nothing can be done.
    pub hint: String,
}

impl Finding {
    /// A finding without a hint.
    pub fn new(code: Code, severity: Severity, text: impl Into<String>) -> Self {
        Finding { code, severity, text: text.into(), hint: String::new() }
    }

    /// Of something that counts and that the policy warns of, in its words.
    pub(crate) fn weak(what: &str, warning: &str) -> Self {
        Finding::new(Code::WeakAlgorithm, Severity::Warning, format!("{what} counts, but {warning}"))
    }

    /// With a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It keeps the mail from being `verified`.
    Error,
    /// It weakens what the mail can be used for.
    Warning,
    /// It is good to know.
    Note,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// No signer's certificate names the From address.
    FromMismatch,
    /// There is no From, several, or one that cannot be read.
    FromUnusable,
    /// A field that may stand once stands twice.
    DuplicateHeader,
    /// The display name of From shows another address.
    DisplayName,
    /// Sender differs from From.
    SenderDiffers,
    /// A signature was checked and fails.
    SignatureBad,
    /// A signature could not be checked.
    SignatureUnsupported,
    /// The signer's certificate is not to be had.
    CertificateMissing,
    /// There is no path from the signer's certificate to an anchor.
    CertificateUntrusted,
    /// The path is out of its time.
    CertificateExpired,
    /// The certificate is not for signing mail.
    CertificateWrongPurpose,
    /// The policy refuses an algorithm of the path.
    CertificateWeak,
    /// A certificate of the path was revoked.
    CertificateRevoked,
    /// Nobody can tell whether a certificate of the path is revoked.
    RevocationUnknown,
    /// A time-stamping authority says when the signature existed.
    TimeStamp,
    /// A time stamp proves nothing.
    TimeStampUnusable,
    /// The structure can be understood in two ways.
    AmbiguousStructure,
    /// The signed text has bare CR, bare LF or NUL.
    LineEndsMixed,
    /// Lines end in LF and were read as CRLF.
    LineEnds,
    /// There is text around the signed part.
    UnsignedText,
    /// The encryption proves nothing about the content.
    Unauthenticated,
    /// Nobody looked whether certificates are revoked.
    RevocationNotChecked,
    /// The header is not covered by signature or encryption.
    HeaderUnprotected,
    /// The protected header names another From than the outer one.
    HeaderDiffers,
    /// The message says that it hides headers and is not encrypted.
    HeaderProtectionFalse,
    /// The signing time and Date are far apart.
    SigningTimeDiffers,
    /// There are more signers than are looked at.
    SignersIgnored,
    /// A code holds by a key that all its readers share: it names no author.
    SharedCode,
    /// It came inside of another mail.
    Forwarded,
    /// The message carries certificates and nothing else.
    CertificatesOnly,
    /// The authentication tag is shorter than it could be.
    ShortTag,
    /// The policy warns of the cipher, or of the key or the way by which it was opened.
    WeakCipher,
    /// The policy accepts an algorithm or a key of a signature, and warns of it.
    WeakAlgorithm,
    /// The smime-type parameter names another kind of message.
    SmimeTypeDiffers,
    /// Signers of one layer say different things where they have to say the same.
    SignersDisagree,
    /// The signer requests a signed receipt.
    ReceiptRequested,
    /// Receipts are requested in a way that allows none.
    ReceiptRequestUnusable,
    /// It is a signed receipt, and no mail.
    Receipt,
    /// A receipt names another content than was sent.
    ReceiptContentIdentifier,
    /// A receipt holds another signature than was sent.
    ReceiptSignatureValue,
    /// A receipt holds another digest of the message than was sent, or none.
    ReceiptMessageDigest,
    /// A receipt names another content type than was sent.
    ReceiptContentType,
    /// What was sent requests no receipt.
    ReceiptNotRequested,
    /// What is encrypted is signed, and what is within is not.
    SignatureAroundEncryption,
    /// The sender reads better ciphers than the one that was written.
    CipherDowngraded,
    /// A label says how the content is to be handled, by rules that are not known here.
    SecurityLabel,
    /// A label says that the content is not for whoever reads it.
    LabelNotCleared,
    /// A signature over a signature fails or could not be checked.
    CountersignatureBad,
    /// A signed attribute is not what its name says.
    AttributeUnreadable,
    /// A part is signed, and the mail is not.
    PartlySigned,
    /// The sender's key is another than the one that is used, and nobody accepted it yet.
    KeyChanged,
}

impl Code {
    /// Its word in the report; a contract.
    pub fn word(self) -> &'static str {
        match self {
            Code::FromMismatch => "from-mismatch",
            Code::FromUnusable => "from-unusable",
            Code::DuplicateHeader => "duplicate-header",
            Code::DisplayName => "display-name",
            Code::SenderDiffers => "sender-differs",
            Code::SignatureBad => "signature-bad",
            Code::SignatureUnsupported => "signature-unsupported",
            Code::CertificateMissing => "certificate-missing",
            Code::CertificateUntrusted => "certificate-untrusted",
            Code::CertificateExpired => "certificate-expired",
            Code::CertificateWrongPurpose => "certificate-wrong-purpose",
            Code::CertificateWeak => "certificate-weak",
            Code::CertificateRevoked => "certificate-revoked",
            Code::RevocationUnknown => "revocation-unknown",
            Code::TimeStamp => "time-stamp",
            Code::TimeStampUnusable => "time-stamp-unusable",
            Code::AmbiguousStructure => "ambiguous-structure",
            Code::LineEndsMixed => "line-ends-mixed",
            Code::LineEnds => "line-ends",
            Code::UnsignedText => "unsigned-text",
            Code::Unauthenticated => "unauthenticated",
            Code::RevocationNotChecked => "revocation-not-checked",
            Code::HeaderUnprotected => "header-unprotected",
            Code::HeaderDiffers => "header-differs",
            Code::HeaderProtectionFalse => "header-protection-false",
            Code::SigningTimeDiffers => "signing-time-differs",
            Code::SignersIgnored => "signers-ignored",
            Code::SharedCode => "shared-code",
            Code::Forwarded => "forwarded",
            Code::CertificatesOnly => "certificates-only",
            Code::ShortTag => "short-tag",
            Code::WeakCipher => "weak-cipher",
            Code::WeakAlgorithm => "weak-algorithm",
            Code::SmimeTypeDiffers => "smime-type-differs",
            Code::SignersDisagree => "signers-disagree",
            Code::ReceiptRequested => "receipt-requested",
            Code::ReceiptRequestUnusable => "receipt-request-unusable",
            Code::Receipt => "receipt",
            Code::ReceiptContentIdentifier => "receipt-content-identifier",
            Code::ReceiptSignatureValue => "receipt-signature-value",
            Code::ReceiptMessageDigest => "receipt-message-digest",
            Code::ReceiptContentType => "receipt-content-type",
            Code::ReceiptNotRequested => "receipt-not-requested",
            Code::SignatureAroundEncryption => "signature-around-encryption",
            Code::CipherDowngraded => "cipher-downgraded",
            Code::SecurityLabel => "security-label",
            Code::LabelNotCleared => "label-not-cleared",
            Code::CountersignatureBad => "countersignature-bad",
            Code::AttributeUnreadable => "attribute-unreadable",
            Code::PartlySigned => "partly-signed",
            Code::KeyChanged => "key-changed",
        }
    }
}

impl Severity {
    /// Its word in the report; a contract.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity.word(), self.text)
    }
}
