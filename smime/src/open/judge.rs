//! From what was proven to the verdict: each signer against the content, the anchors and the sender.

use std::fmt::{self, Display};

use cms::{
    Checked, NoReceipt, Requested, SignatureFault, SignedFacts, SignerEntry, check_countersignatures, check_signer,
    requested,
};
use mime::Header;
use trust::{
    Address, CertificateState, Fetch, PathError, Policy, ProvenPath, RevocationEvidence, certificate_addresses,
    names_address,
};
use wire::cms::SignerInfo;
use wire::{Certificate, Time, oids};

use crate::belief::{Belief, Believer, Stamp};
use crate::keyring::Keyring;
use crate::learned::LearnedCapabilities;
use crate::open::agreement::{disagreements, histories_differ};
use crate::open::error::OpenError;
use crate::open::harvest::{self, Shown};
use crate::open::receipts::not_mail;
use crate::open::services::{self, fingerprint};
use crate::report::{SignerReport, StampReport};
use crate::verdict::{Code, Finding, Severity, VerifiedSigner};

/// What signers are judged by.
pub(crate) struct Judge<'a> {
    pub policy: &'a Policy,
    pub now: Time,
    pub keyring: &'a dyn Keyring,
    pub anchors: Vec<Certificate>,
    pub intermediates: Vec<Certificate>,
    /// The one address in From, if there is exactly one.
    pub from: Option<Address>,
    /// Signatures over the bare content count too, which mail never allows.
    pub without_attributes: bool,
    /// What is signed may be anything, not only the data that mail is (RFC 8551 §2.4.1).
    pub any_content: bool,
    /// CRLs and OCSP answers beside those of the message and of the keyring.
    pub known: RevocationEvidence,
    /// Where the keyring may get more.
    pub fetch: Fetch,
}

/// What came of the signers of one layer.
#[derive(Default)]
pub(crate) struct Judged {
    pub reports: Vec<SignerReport>,
    pub findings: Vec<Finding>,
    /// The first signer that is tied to the sender.
    pub verified: Option<VerifiedSigner>,
    /// A signature holds, whoever made it.
    pub good: bool,
    /// A signature holds by a certificate with a proven path.
    pub trusted: bool,
    /// A signature was checked and fails.
    pub bad: bool,
    /// When the signer that counts says it was signed.
    pub signed_at: Option<Time>,
    /// What the signers that are tied to the sender can read.
    pub learned: Vec<LearnedCapabilities>,
    /// What the signers that are tied to the sender show of their certificates.
    pub shown: Vec<Shown>,
    /// What is known of the revocation of the signer that counts: `good | unknown | not-checked`; empty where there is
    /// none.
    pub revocation: &'static str,
    /// A label is beyond what one is cleared for: nothing is given out (RFC 2634 §3.1.2).
    pub stopped: bool,
    /// The receipt that signatures which hold ask for.
    pub receipt: Option<Result<Requested, NoReceipt>>,
}

impl<'a> Judge<'a> {
    /// # Errors
    /// [`OpenError::Keyring`] where the keyring fails.
    pub fn new(
        policy: &'a Policy,
        now: Time,
        keyring: &'a dyn Keyring,
        from: Option<Address>,
    ) -> Result<Self, OpenError> {
        let failed = |error: crate::KeyringError| OpenError::from(cms::Error::from(error));
        let anchors = keyring.anchors().map_err(failed)?;
        let intermediates = keyring.intermediates().map_err(failed)?;
        Ok(Judge {
            policy,
            now,
            keyring,
            anchors,
            intermediates,
            from,
            without_attributes: false,
            any_content: false,
            known: RevocationEvidence::default(),
            fetch: policy.revocation().open,
        })
    }

    /// Judges every signer of one layer.
    pub fn layer(&self, facts: &SignedFacts) -> Judged {
        let mut judged = Judged::default();
        if !self.any_content && facts.content_type != oids::DATA && !facts.signers.is_empty() {
            judged.bad = true;
            judged.findings.push(not_mail(facts.content_type));
        }
        // Signers may leave out certificates that whoever believes them has already.
        let at_hand = self.at_hand();
        let mut holding = Vec::new();
        for entry in &facts.signers {
            match entry {
                SignerEntry::Info(info) => {
                    let checked = check_signer(info, facts, &at_hand, self.policy, self.now, self.without_attributes);
                    holding.extend(checked.result.as_ref().ok().map(|holds| (&**info, holds.clone())));
                    let holds = checked.result.is_ok();
                    let who = Who(checked.certificate.clone());
                    let trusted = self.translator(&checked, facts);
                    self.signer(info, checked, &who, facts, &mut judged);
                    if let (true, Some(report)) = (holds, judged.reports.last_mut()) {
                        let clearances = self.policy.clearances();
                        let findings = &mut judged.findings;
                        judged.stopped |= services::describe(info, &who, clearances, &trusted, report, findings);
                        let state = |certificate: &Certificate| match self.path(certificate, facts) {
                            Ok(_) => CertificateState::Trusted,
                            Err(error) => CertificateState::from(&error),
                        };
                        let counters = check_countersignatures(info, facts, &at_hand, self.policy, self.now);
                        report.countersignatures =
                            services::describe_countersignatures(&counters, &state, &mut judged.findings);
                    }
                }
                SignerEntry::Unreadable(error) => {
                    judged.bad = true;
                    judged.findings.push(Finding::new(
                        Code::SignatureBad,
                        Severity::Error,
                        format!("a signature cannot be read: {error}"),
                    ));
                }
            }
        }
        let holding: Vec<_> = holding.iter().map(|(info, holds)| (*info, holds)).collect();
        judged.findings.extend(disagreements(facts));
        if histories_differ(&holding) {
            judged.bad = true;
            let text = "what is signed is ambiguous: its signers name different mailing lists that it came by";
            judged.findings.push(Finding::new(Code::SignersDisagree, Severity::Error, text));
        }
        judged.receipt = Some(requested(facts.content_type, &holding));
        if facts.ignored_signers > 0 {
            let text = format!("{} more signers were not looked at", facts.ignored_signers);
            judged.findings.push(Finding::new(Code::SignersIgnored, Severity::Warning, text));
        }
        judged
    }

    /// Judges one signature, and no certificate.
    pub fn check(&self, info: &SignerInfo, facts: &SignedFacts) -> Checked {
        check_signer(info, facts, &self.at_hand(), self.policy, self.now, self.without_attributes)
    }

    /// The addresses of a signer whose signature holds and whose certificate is trusted, if anybody's translations of
    /// labels are.
    pub fn translator(&self, checked: &Checked, facts: &SignedFacts) -> Vec<Address> {
        let some = self.policy.clearances().iter().any(|clearance| !clearance.translators.is_empty());
        match &checked.result {
            Ok(holds) if some && self.path(holds.certificate(), facts).is_ok() => {
                certificate_addresses(holds.certificate())
            }
            _ => Vec::new(),
        }
    }

    fn at_hand(&self) -> Vec<Certificate> {
        self.intermediates.iter().chain(&self.anchors).cloned().collect()
    }

    fn signer(&self, info: &SignerInfo, checked: Checked, who: &dyn Display, facts: &SignedFacts, judged: &mut Judged) {
        let stamp = checked.result.as_ref().ok().and_then(|_| self.believer().stamp(info, facts));
        // Nothing is looked up for whoever did not sign.
        let fetch = if checked.result.is_ok() { self.fetch } else { Fetch::Never };
        let belief =
            checked.certificate.as_ref().map(|certificate| self.belief(certificate, facts, stamp.as_ref(), fetch));
        judged.reports.push(self.report(&checked, belief.as_ref(), stamp.as_ref()));
        let holds = match checked.result {
            Ok(holds) => holds,
            Err(fault) => {
                judged.bad |= fault.is_bad();
                judged.findings.push(fault_finding(&fault, who));
                return;
            }
        };
        judged.good = true;
        let signature = checked.warnings.iter().map(|text| Finding::weak(&format!("the signature of {who}"), text));
        judged.findings.extend(signature);
        judged.findings.extend(stamp.as_ref().map(|stamp| stamp_finding(stamp, who)));
        let Some(Belief { path, revocation, doubt }) = belief else { return };
        if let Some((authority, why)) = doubt.filter(|_| path.is_ok()) {
            let whose = authority.map_or_else(|| who.to_string(), |name| format!("the authority \"{name}\""));
            let text = format!("whether the certificate of {whose} is revoked cannot be told: {why}");
            judged.findings.push(Finding::new(Code::RevocationUnknown, Severity::Warning, text));
        }
        let path = match path {
            Ok(path) => path,
            Err(error) => {
                return judged.findings.push(path_finding(&error, who, holds.certificate(), checked.signed_at));
            }
        };
        let weak = |text| Finding::weak(&format!("the path of the certificate of {who}"), text);
        judged.findings.extend(path.warnings().iter().map(|text| weak(text)));
        judged.trusted = true;
        let tied = self.from.as_ref().and_then(|from| VerifiedSigner::new(&holds, path, from));
        if let Some(tied) = &tied {
            judged.shown.push(harvest::shown(&self.believer(), info, tied, facts));
            judged.learned.extend(LearnedCapabilities::of(info, &holds, checked.signed_at, self.now));
        }
        if judged.verified.is_none() && tied.is_some() {
            judged.verified = tied;
            judged.signed_at = checked.signed_at;
            judged.revocation = revocation;
        }
    }

    fn report(
        &self,
        checked: &Checked,
        belief: Option<&Belief>,
        stamp: Option<&Result<Stamp, String>>,
    ) -> SignerReport {
        let names_from = |certificate: &Certificate| self.from.as_ref().is_some_and(|a| names_address(certificate, a));
        let signature = match &checked.result {
            Ok(_) => "good",
            Err(fault) if fault.is_bad() => "bad",
            Err(_) => "unsupported",
        };
        SignerReport {
            layer: 0,
            addresses: checked.certificate.iter().flat_map(certificate_addresses).map(|a| a.to_string()).collect(),
            matches_from: checked.certificate.as_ref().is_some_and(names_from),
            signature,
            certificate: state(checked, belief.map(|belief| &belief.path)).word(),
            revocation: belief.map_or("not-checked", |belief| belief.revocation),
            algorithm: checked.algorithm.clone(),
            fingerprint: checked.certificate.as_ref().map(fingerprint).unwrap_or_default(),
            held: checked.certificate.clone(),
            signed_at: checked.signed_at.map(|time| time.to_string()),
            time_stamp: stamp
                .and_then(|stamp| stamp.as_ref().ok())
                .map(|stamp| StampReport { at: stamp.at.to_string(), by: stamp.by.clone() }),
            label: None,
            equivalent_labels: Vec::new(),
            content_hint: None,
            content_identifier: None,
            refers_to: None,
            lists: Vec::new(),
            countersignatures: Vec::new(),
        }
    }

    /// By what certificates are believed.
    pub fn believer(&self) -> Believer<'_> {
        Believer {
            policy: self.policy,
            now: self.now,
            keyring: self.keyring,
            anchors: &self.anchors,
            intermediates: &self.intermediates,
            known: &self.known,
            fetch: self.fetch,
        }
    }

    /// Now; where the certificate has expired or was revoked since, as of the time that a stamp proves (V-13).
    fn belief(
        &self,
        certificate: &Certificate,
        facts: &SignedFacts,
        stamp: Option<&Result<Stamp, String>>,
        fetch: Fetch,
    ) -> Belief {
        let believer = Believer { fetch, ..self.believer() };
        let now = believer.believe(certificate, facts, None);
        let over = matches!(now.path, Err(PathError::Expired { .. } | PathError::Revoked { .. }));
        let Some(Ok(stamp)) = stamp.filter(|_| over) else { return now };
        let then = believer.believe(certificate, facts, Some(stamp.at));
        if then.path.is_ok() { then } else { now }
    }

    /// The path of a signer's certificate to an anchor, and that nothing on it is revoked.
    pub fn path(&self, certificate: &Certificate, facts: &SignedFacts) -> Result<ProvenPath, PathError> {
        self.believer().believe(certificate, facts, None).path
    }
}

fn stamp_finding(stamp: &Result<Stamp, String>, who: &dyn Display) -> Finding {
    match stamp {
        Ok(stamp) => {
            let text =
                format!("the signature of {who} existed at {}, says the time stamp of \"{}\"", stamp.at, stamp.by);
            Finding::new(Code::TimeStamp, Severity::Note, text)
        }
        Err(why) => {
            let text = format!("the time stamp of the signature of {who} proves nothing: {why}");
            Finding::new(Code::TimeStampUnusable, Severity::Warning, text)
        }
    }
}

/// Who signed, in the words that somebody asks for.
struct Who(Option<Certificate>);

impl Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.as_ref().map_or_else(|| "the signer".to_owned(), signer_name))
    }
}

/// The From of a header: exactly one field with exactly one mailbox, whose display name does not show
/// another address (G-11, X-09).
pub(crate) fn sender(header: &Header, findings: &mut Vec<Finding>) -> Option<Address> {
    let mut unusable = |text: &str| {
        findings.push(Finding::new(Code::FromUnusable, Severity::Error, text));
        None
    };
    if header.count("From") != 1 {
        return unusable(if header.count("From") == 0 { "there is no From" } else { "there are several From fields" });
    }
    let Some(field) = header.get("From") else { return unusable("there is no From") };
    let value = field.unfolded();
    let mailboxes = mime::address_list(&value).unwrap_or_default();
    let [mailbox] = mailboxes.as_slice() else { return unusable("From is not exactly one address") };
    let Ok(address) = Address::parse_international(&mailbox.addr()) else {
        return unusable("the address in From cannot be read");
    };
    // Comments are names to some programs: whatever stands beside the address is looked at.
    let shown = field.decoded().replacen(&mailbox.addr(), "", 1);
    if shows_other_address(&shown, &address)
        || shows_other_address(mailbox.display.as_deref().unwrap_or_default(), &address)
    {
        let text = format!("the name shown in From contains another address than {address}");
        findings.push(Finding::new(Code::DisplayName, Severity::Error, text));
    }
    Some(address)
}

fn shows_other_address(shown: &str, address: &Address) -> bool {
    // Characters that are shown like it.
    let shown = shown.replace(['\u{ff20}', '\u{fe6b}'], "@");
    let separators = |c: char| c.is_whitespace() || "<>()[],;:\"'".contains(c);
    let words = shown.split(separators).filter(|word| word.contains('@'));
    let same = |word: &str| Address::parse_international(word).is_ok_and(|a| a.same_mailbox(address));
    words.into_iter().any(|word| !same(word.trim_end_matches('.')))
}

fn state(checked: &Checked, path: Option<&Result<ProvenPath, PathError>>) -> CertificateState {
    match (path, &checked.result) {
        (_, Err(SignatureFault::Weak(_))) => CertificateState::Weak,
        (None, _) => CertificateState::Missing,
        (Some(Ok(_)), _) => CertificateState::Trusted,
        (Some(Err(error)), _) => CertificateState::from(error),
    }
}

fn path_finding(error: &PathError, who: &dyn Display, certificate: &Certificate, signed: Option<Time>) -> Finding {
    let code = match CertificateState::from(error) {
        CertificateState::Expired => Code::CertificateExpired,
        CertificateState::WrongPurpose => Code::CertificateWrongPurpose,
        CertificateState::Weak => Code::CertificateWeak,
        CertificateState::Revoked => Code::CertificateRevoked,
        _ if matches!(error, PathError::RevocationUnknown { .. }) => Code::RevocationUnknown,
        _ => Code::CertificateUntrusted,
    };
    let finding = Finding::new(code, Severity::Error, format!("the certificate of {who} is not trusted: {error}"));
    match error {
        PathError::NoIssuer { .. } => finding.hint(format!(
            "if you can confirm the fingerprint {} with them, import the certificate and run `sealpost cert trust {}`",
            fingerprint(certificate),
            fingerprint(certificate).trim_start_matches("sha256:").get(..16).unwrap_or_default(),
        )),
        PathError::Expired { not_after, .. } => finding.hint(match signed {
            Some(signed) if signed <= *not_after => format!(
                "it was valid on {signed}, when the mail says that it was signed, and only a time stamp would prove that; ask \
                 them for a mail signed with the certificate that follows it"
            ),
            Some(signed) => format!(
                "it had expired before the mail was signed, which was on {signed} by what it says; ask them for a mail signed \
                 with the certificate that follows it"
            ),
            None => "ask them for a mail signed with the certificate that follows it".to_owned(),
        }),
        PathError::Revoked { .. } => finding.hint("ask them for a mail signed with a certificate that holds"),
        PathError::RevocationUnknown { .. } => {
            finding.hint("get the CRL of its issuer, or set mode = \"soft\" under [revocation] in policy.toml")
        }
        _ => finding,
    }
}

fn fault_finding(fault: &SignatureFault, who: &dyn Display) -> Finding {
    let (code, text) = match fault {
        SignatureFault::NoCertificate => (Code::CertificateMissing, fault.to_string()),
        SignatureFault::Weak(_) | SignatureFault::Unsupported(_) => {
            (Code::SignatureUnsupported, format!("the signature of {who} does not count: {fault}"))
        }
        _ => (Code::SignatureBad, format!("the signature of {who} fails: {fault}")),
    };
    Finding::new(code, Severity::Error, text)
}

/// How people know the owner of a certificate.
pub(crate) fn signer_name(certificate: &Certificate) -> String {
    let addresses = certificate_addresses(certificate);
    match addresses.first() {
        Some(address) => address.to_string(),
        None => format!("\"{}\"", certificate.subject()),
    }
}
