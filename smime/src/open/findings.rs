//! What is worth telling about a mail besides its verdict.

use cms::EnvelopedFacts;
use mime::{Header, LineStyle, TextCheck, address_list, parse_date};
use wire::{Time, oids};

use crate::learned::LearnedCapabilities;
use crate::open::headers::{Heads, Protection};
use crate::open::judge::Judge;
use crate::open::prove::{Layer, Proof};
use crate::open::walk::Way;
use crate::report::SignerReport;
use crate::strengths::Strengths;
use crate::verdict::{Code, Finding, Severity};

/// What is worth saying about a verified signature.
pub(super) fn signed_findings(signed_at: Option<Time>, effective: &Header, findings: &mut Vec<Finding>) {
    findings.push(Finding::new(
        Code::RevocationNotChecked,
        Severity::Note,
        "whether the signer's certificate was revoked was not checked",
    ));
    let date = effective.get("Date").and_then(|f| parse_date(&f.unfolded()));
    if let (Some(signed), Some(date)) = (signed_at, date)
        && signed.0.abs_diff(date) > AN_HOUR
    {
        let text = format!("it was signed at {signed}, but its Date is {}", Time(date));
        findings.push(Finding::new(Code::SigningTimeDiffers, Severity::Warning, text));
    }
}

pub(super) fn structure_findings(proof: &Proof, findings: &mut Vec<Finding>) {
    if proof.style == LineStyle::Lf && !proof.layers.is_empty() {
        let text = "its lines end in LF and were read as ending in CRLF";
        findings.push(Finding::new(Code::LineEnds, Severity::Note, text));
    }
    if proof.ambiguous {
        let text = "it says that it is signed, but its structure can be understood in more than one way";
        findings.push(Finding::new(Code::AmbiguousStructure, Severity::Error, text));
    }
    match proof.way {
        Way::Mail | Way::File => {}
        Way::Forwarded => {
            // Whoever passed it on need not be whom it is from, and is whom the mail at hand is from (F-15).
            let text = "it came inside of another mail, which nobody signed and which is left out";
            findings.push(Finding::new(Code::Forwarded, Severity::Error, text));
        }
        Way::Tnef | Way::TnefFile => {
            let text = "it came inside of a TNEF stream (winmail.dat); what stands beside it is left out";
            findings.push(Finding::new(Code::UnsignedText, Severity::Note, text));
        }
    }
    if proof.no_content {
        let text = "it carries certificates and no mail";
        findings.push(
            Finding::new(Code::CertificatesOnly, Severity::Warning, text).hint("`sealpost cert import` takes them"),
        );
    }
    if proof.broken_text {
        findings.push(mixed_lines());
    }
    for layer in &proof.layers {
        let Layer::Multipart(part) = layer else { continue };
        if let Err(reason) = &part.facts {
            findings.push(Finding::new(
                Code::SignatureBad,
                Severity::Error,
                format!("its signature cannot be read: {reason}"),
            ));
        }
        if part.broken_text {
            findings.push(mixed_lines());
        }
        if part.unsigned_text {
            let text = "there is text around the signed part that nobody signed; it is left out";
            findings.push(Finding::new(Code::UnsignedText, Severity::Note, text));
        }
    }
}

fn mixed_lines() -> Finding {
    let text = "what is signed has line ends that are not CRLF, or NUL, which programs understand differently";
    Finding::new(Code::LineEndsMixed, Severity::Error, text)
}

/// smime-type says what the content says or it is told (F-01); it never decides anything.
pub(super) fn kind_findings(proof: &Proof, findings: &mut Vec<Finding>) {
    for (index, (layer, header)) in proof.layers.iter().zip(&proof.headers).enumerate() {
        let content_type = header.content_type();
        let Some(said) = content_type.param("smime-type") else { continue };
        let empty = proof.no_content && index + 1 == proof.layers.len();
        let right: &[&str] = match layer {
            Layer::Signed(_) if empty => &["certs-only", "signed-data"],
            Layer::Signed(facts) if facts.content_type == oids::RECEIPT => &["signed-receipt", "signed-data"],
            Layer::Signed(_) => &["signed-data"],
            Layer::Enveloped(facts) if facts.authenticated => &["authenveloped-data"],
            Layer::Enveloped(_) => &["enveloped-data"],
            Layer::Compressed => &["compressed-data"],
            Layer::Digested | Layer::Authenticated(_) | Layer::Multipart(_) => continue,
        };
        if !right.iter().any(|right| right.eq_ignore_ascii_case(said)) {
            let text = "it says that it is another kind of message than it is";
            findings.push(Finding::new(Code::SmimeTypeDiffers, Severity::Warning, text));
        }
    }
}

/// What two programs could understand differently about the header and the payload.
pub(super) fn payload_findings(heads: &Heads<'_>, findings: &mut Vec<Finding>) {
    let (outer, payload) = (heads.outer, heads.root);
    for name in ["Content-Type", "Content-Transfer-Encoding"] {
        if payload.count(name) > 1 {
            let text = format!("the field {name} stands more than once");
            findings.push(Finding::new(Code::DuplicateHeader, Severity::Error, text));
        }
    }
    if payload.content_type().ambiguous && payload.count("Content-Type") == 1 {
        let text = "the type of its content can be understood in more than one way";
        findings.push(Finding::new(Code::AmbiguousStructure, Severity::Error, text));
    }
    let mut text = TextCheck::new();
    text.update(outer.raw());
    if text.bare_cr() {
        let text = "its header has line ends that programs understand differently";
        findings.push(Finding::new(Code::LineEndsMixed, Severity::Error, text));
    }
}

pub(super) fn header_findings(heads: &Heads<'_>, findings: &mut Vec<Finding>) {
    let Heads { effective, protection, enveloped, .. } = heads;
    for name in ["Subject", "Date", "Message-ID", "Sender", "Reply-To", "To", "Cc"] {
        if effective.count(name) > 1 {
            let text = format!("the field {name} stands more than once");
            findings.push(Finding::new(Code::DuplicateHeader, Severity::Error, text));
        }
    }
    let single = |header: &Header, name: &str| {
        let value = header.get(name).map(|f| f.unfolded()).unwrap_or_default();
        address_list(&value).ok().and_then(|list| list.into_iter().next())
    };
    if let (Some(sender), Some(from)) = (single(effective, "Sender"), single(effective, "From"))
        && !sender.same_mailbox(&from)
    {
        let text = format!("sent by {} on behalf of {}", sender.addr(), from.addr());
        let severity = if *enveloped { Severity::Error } else { Severity::Warning };
        findings.push(Finding::new(Code::SenderDiffers, severity, text));
    }
    if heads.scheme.is_none() {
        if *enveloped {
            let text = "its header (From, To, Subject, Date) is covered by neither signature nor encryption";
            findings.push(Finding::new(Code::HeaderUnprotected, Severity::Note, text));
        }
        return;
    }
    if *protection == Protection::Clear
        && effective.content_type().param("hp").is_some_and(|hp| hp.eq_ignore_ascii_case("cipher"))
    {
        let text = "it says that its header is hidden by encryption, and is not encrypted";
        findings.push(Finding::new(Code::HeaderProtectionFalse, Severity::Warning, text));
    }
}

/// From inside and outside (RFC 9788 §4.4): whether the one outside is to be shown. Hosts on the way have looked at that
/// one; the one inside says who it is from only where a signature that counts is theirs.
pub(super) fn from_findings(heads: &Heads<'_>, verified: bool, findings: &mut Vec<Finding>) -> bool {
    let Some((outside, inside)) = heads.mismatch_of_from() else { return false };
    let text = format!("outside it says it is from {outside}, inside from {inside}");
    if verified {
        findings.push(Finding::new(Code::HeaderDiffers, Severity::Note, text));
        return false;
    }
    let text = format!("{text}, and nobody's signature vouches for either");
    let hint = "take it for fraud until somebody you know confirms it in another way";
    findings.push(Finding::new(Code::HeaderDiffers, Severity::Error, text).hint(hint));
    heads.outer.count("From") > 0
}

/// E-11: a sender who reads ciphers that authenticate wrote one that does not. They may not know what is read here, as
/// after a first mail nobody does; or somebody made another message of theirs.
pub(super) fn downgraded(sender: &LearnedCapabilities) -> Option<Finding> {
    if !Strengths::of(sender.capabilities()).has(Strengths::AEAD) {
        return None;
    }
    let text = "its cipher does not authenticate (CBC), though its sender's program knows better ones";
    let hint = "a signed answer tells that program what is read here";
    Some(Finding::new(Code::CipherDowngraded, Severity::Note, text).hint(hint))
}

pub(super) fn encryption_findings(proof: &Proof, confidentiality: &str, findings: &mut Vec<Finding>) {
    if confidentiality == "unauthenticated" {
        let text =
            "its encryption does not prove that the content is what was sent: it may have been changed on the way";
        findings.push(Finding::new(Code::Unauthenticated, Severity::Warning, text));
    }
    for layer in &proof.layers {
        if let Layer::Authenticated(facts) = layer {
            let text = format!(
                "its hmac-{} holds, by a key that every reader has: it is from one of them, whoever that is",
                facts.mac
            );
            findings.push(Finding::new(Code::SharedCode, Severity::Warning, text));
        }
        let (warnings, broken) = match layer {
            Layer::Enveloped(facts) => (&facts.warnings, facts.cipher.is_broken().then_some(facts.cipher)),
            Layer::Authenticated(facts) => (&facts.warnings, None),
            _ => continue,
        };
        let broken = broken.map(|cipher| format!("it is encrypted with {cipher}, which anybody can break"));
        let weak = warnings.iter().map(|warning| format!("it is encrypted weakly: {warning}"));
        findings
            .extend(broken.into_iter().chain(weak).map(|text| Finding::new(Code::WeakCipher, Severity::Warning, text)));
    }
    let short = |facts: &EnvelopedFacts| facts.authenticated && facts.tag_len < 16;
    if proof.layers.iter().any(|layer| matches!(layer, Layer::Enveloped(facts) if short(facts))) {
        let text = "its authentication tag is shorter than 16 octets";
        findings.push(Finding::new(Code::ShortTag, Severity::Warning, text));
    }
}

pub(super) fn mismatch<'r>(judge: &Judge<'_>, signers: impl Iterator<Item = &'r SignerReport>) -> Finding {
    let named: Vec<&str> = signers.flat_map(|s| s.addresses.iter().map(String::as_str)).collect();
    let signer =
        if named.is_empty() { "somebody whose certificate names no address".to_owned() } else { named.join(", ") };
    let from = judge.from.as_ref().map_or_else(|| "somebody unknown".to_owned(), ToString::to_string);
    Finding::new(
        Code::FromMismatch,
        Severity::Error,
        format!("the mail says it is from {from}, but {signer} signed it"),
    )
    .hint("do not take it for a mail from the address it shows")
}

/// Seconds between signing time and Date from which on it is told (V-13).
const AN_HOUR: u64 = 3600;
