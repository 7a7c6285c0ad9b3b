//! What is to be said of each layer by itself, and of all their signers together. A mail that is wrapped three times
//! (RFC 2634 §1.1) has one word for each.

use cms::RecipientSeen;

use crate::open::agreement::layers_differ;
use crate::open::judge::{Judge, Judged};
use crate::open::prove::{Layer, Multipart, Proof};
use crate::open::walk::LayerKind;
use crate::report::{LayerReport, RecipientReport, SignerReport};
use crate::verdict::{Code, Finding, Severity};

/// The layers of a mail, judged.
pub(super) struct Layers {
    /// What came of all signers.
    pub judged: Judged,
    states: Vec<State>,
    /// The first layer with no encryption below it: only who signs from here on signs what the mail says.
    innermost: usize,
}

/// What came of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A signature, whose signers are nobody, somebody, the sender, or whose signature fails.
    Unsigned,
    Unverified,
    Verified,
    Broken,
    /// A signature that holds over all of the content, by somebody who is not the sender.
    Holds,
    /// Encryption that proves its content.
    Authenticated,
    Unauthenticated,
    /// What protects nothing.
    None,
}

impl Layers {
    /// Judges the signers of every layer.
    pub fn judge(proof: &Proof, judge: &Judge<'_>, findings: &mut Vec<Finding>) -> Self {
        let encrypted = |layer: &Layer| matches!(layer, Layer::Enveloped(_));
        let innermost = proof.layers.iter().rposition(encrypted).map_or(0, |last| last + 1);
        let mut layers = Layers { judged: Judged::default(), states: Vec::new(), innermost };
        for (index, layer) in proof.layers.iter().enumerate() {
            let (facts, whole) = match layer {
                Layer::Signed(facts) => (facts, !proof.broken_text),
                // Text around the parts is not signed, and never given out either.
                Layer::Multipart(Multipart { facts: Ok(facts), broken_text, .. }) => (facts, !broken_text),
                Layer::Multipart(_) => {
                    layers.states.push(State::Broken);
                    continue;
                }
                _ => {
                    layers.states.push(State::None);
                    continue;
                }
            };
            let judged = judge.layer(facts);
            layers.states.push(state(&judged, whole));
            layers.add(index, judged);
        }
        layers.around(findings);
        findings.append(&mut layers.judged.findings);
        findings.extend(layers_differ(&layers.judged.reports));
        layers.encryption(proof);
        layers
    }

    fn add(&mut self, index: usize, mut judged: Judged) {
        judged.reports.iter_mut().for_each(|report| report.layer = index);
        let all = &mut self.judged;
        all.reports.append(&mut judged.reports);
        all.findings.append(&mut judged.findings);
        all.good |= judged.good;
        all.bad |= judged.bad;
        all.stopped |= judged.stopped;
        // Whoever signs what is encrypted need not know what it says: anybody can take the signature off another's
        // ciphertext and sign it.
        if index < self.innermost {
            return;
        }
        all.learned.append(&mut judged.learned);
        all.shown.append(&mut judged.shown);
        // The innermost signature asks for receipts (RFC 2634 §2.3).
        all.receipt = judged.receipt;
        if all.verified.is_none() {
            all.verified = judged.verified;
            all.signed_at = judged.signed_at;
            all.revocation = judged.revocation;
        }
    }

    /// A signature around encryption that holds none.
    fn around(&self, findings: &mut Vec<Finding>) {
        if self.judged.good && self.authors().next().is_none() {
            let text = "what is signed is the encryption: it says nothing about who wrote what is within";
            findings.push(Finding::new(Code::SignatureAroundEncryption, Severity::Error, text));
        }
    }

    /// Encryption proves its content where it is an AEAD or holds exactly one signed layer whose signature is good; what
    /// was opened on import proves nothing at all.
    fn encryption(&mut self, proof: &Proof) {
        for (index, layer) in proof.layers.iter().enumerate() {
            let Layer::Enveloped(facts) = layer else { continue };
            let covered = matches!(self.states.get(index + 1), Some(State::Holds | State::Verified));
            let proven = !facts.imported && (facts.authenticated || covered);
            if let Some(state) = self.states.get_mut(index) {
                *state = if proven { State::Authenticated } else { State::Unauthenticated };
            }
        }
    }

    /// The signers of what the mail says.
    pub fn authors(&self) -> impl Iterator<Item = &SignerReport> {
        self.judged.reports.iter().filter(|report| report.layer >= self.innermost)
    }

    /// The confidentiality of the whole: that of its weakest layer.
    pub fn confidentiality(&self) -> &'static str {
        match (self.states.contains(&State::Unauthenticated), self.states.contains(&State::Authenticated)) {
            (true, _) => "unauthenticated",
            (false, true) => "authenticated",
            (false, false) => "none",
        }
    }

    /// Every layer for the report. Nobody is `verified` where the sender is `blocked`; where what is within CBC is
    /// `hidden`, nothing says which of several signatures broke.
    pub fn reports(&self, proof: &Proof, blocked: bool, hidden: bool) -> Vec<LayerReport> {
        let mut within_cbc = false;
        let layers = proof.layers.iter().zip(&self.states);
        layers
            .map(|(layer, state)| {
                let word = match state {
                    State::None | State::Authenticated | State::Unauthenticated => None,
                    _ if hidden && within_cbc => Some("broken"),
                    State::Unsigned => Some("unsigned"),
                    State::Verified if !blocked => Some("verified"),
                    State::Broken => Some("broken"),
                    State::Unverified | State::Verified | State::Holds => Some("unverified"),
                };
                within_cbc |= matches!(layer, Layer::Enveloped(facts) if !facts.authenticated);
                let confidentiality = match state {
                    State::Authenticated => Some("authenticated"),
                    State::Unauthenticated => Some("unauthenticated"),
                    _ => None,
                };
                LayerReport { verdict: word, confidentiality, ..layer_report(layer) }
            })
            .collect()
    }
}

fn state(judged: &Judged, whole: bool) -> State {
    match judged {
        _ if judged.bad || !whole => State::Broken,
        Judged { verified: Some(_), .. } => State::Verified,
        _ if judged.good => State::Holds,
        _ if judged.reports.is_empty() => State::Unsigned,
        _ => State::Unverified,
    }
}

fn layer_report(layer: &Layer) -> LayerReport {
    match layer {
        Layer::Signed(_) => plain_layer(LayerKind::Signed),
        Layer::Multipart(_) => plain_layer(LayerKind::MultipartSigned),
        Layer::Compressed => plain_layer(LayerKind::Compressed),
        Layer::Digested => plain_layer(LayerKind::Digested),
        Layer::Authenticated(facts) => LayerReport {
            opened_with: Some(facts.opened_with.clone()),
            recipients: facts.recipients.iter().map(recipient_report).collect(),
            ..plain_layer(LayerKind::Authenticated)
        },
        Layer::Enveloped(facts) => LayerReport {
            kind: if facts.authenticated { LayerKind::AuthEnveloped.word() } else { LayerKind::Enveloped.word() },
            cipher: Some(facts.cipher.to_string()),
            opened_with: Some(facts.opened_with.clone()),
            recipients: facts.recipients().iter().map(recipient_report).collect(),
            ..plain_layer(LayerKind::Enveloped)
        },
    }
}

fn recipient_report(seen: &RecipientSeen) -> RecipientReport {
    RecipientReport { id: seen.id.clone(), algorithm: seen.algorithm.clone(), local: seen.local.clone() }
}

fn plain_layer(kind: LayerKind) -> LayerReport {
    LayerReport {
        kind: kind.word(),
        verdict: None,
        confidentiality: None,
        cipher: None,
        opened_with: None,
        recipients: Vec::new(),
    }
}
