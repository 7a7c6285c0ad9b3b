//! For each clear-signed layer: whether the text is what was signed, and if not, what a relay did to it.

use std::io::Read;

use cms::{SignatureFault, SignedFacts, SignerEntry, Source};
use crypto::Digest;
use wire::cms::SignerInfo;
use wire::der::Reader;
use wire::oids;

use super::relay::{Change, Outcome, Step, search};
use super::report::{Explanation, Way, WayStep};
use super::scene::Scene;
use crate::open::OpenError;
use crate::open::begin::beneath;
use crate::open::judge::Judge;
use crate::open::prove::{Layer, Multipart, Proof};
use crate::open::walk::Way as Envelope;
use crate::report::FindingReport;

/// What happened to each clear-signed layer whose text is not what was signed.
pub(super) fn searched(source: &dyn Source, proof: &Proof, scene: &Scene<'_>) -> Result<Vec<Way>, OpenError> {
    let judge = Judge::new(scene.policy, scene.now, scene.keyring, None)?;
    let mut out = Vec::new();
    let mut unproven = false;
    for (index, layer) in proof.layers.iter().enumerate() {
        match layer {
            Layer::Multipart(Multipart { facts: Ok(facts), unsigned_text, .. }) => {
                let Some((digest, wanted)) = signed_digest(facts, &judge) else {
                    out.extend(unsigned_text.then(|| around(index)));
                    continue;
                };
                let text = match (unproven, proof.way) {
                    (false, Envelope::Mail | Envelope::File) => Some(text(source, proof, index, scene)?),
                    _ => None,
                };
                out.push(match text {
                    Some(Some(text)) => told(index, search(&text, digest, &wanted, scene.budget)),
                    Some(None) => told(index, Outcome { too_long: true, ..Outcome::none() }),
                    None if unproven => withheld(index),
                    None => told(index, Outcome::none()),
                });
            }
            // What exactly broke within such encryption would tell whoever changed it something about the text.
            Layer::Enveloped(facts) => unproven |= !facts.authenticated,
            _ => {}
        }
    }
    Ok(out)
}

/// The digest that a signature names, which holds but for the text: the attributes are what was signed.
fn signed_digest(facts: &SignedFacts, judge: &Judge<'_>) -> Option<(Digest, Vec<u8>)> {
    let infos = facts.signers.iter().filter_map(|entry| match entry {
        SignerEntry::Info(info) => Some(info),
        SignerEntry::Unreadable(_) => None,
    });
    infos.into_iter().find_map(|info| {
        let checked = judge.check(info, facts);
        let mismatch = matches!(checked.result, Err(SignatureFault::DigestMismatch));
        let (digest, wanted) = claimed(info).filter(|_| mismatch)?;
        // The same signature over a text that has this digest.
        let value = crypto::DigestValue::of(&wanted)?;
        let as_signed = SignedFacts {
            content_type: facts.content_type,
            has_content: facts.has_content,
            digest_algorithms: facts.digest_algorithms.clone(),
            digests: vec![(digest, value)],
            start: facts.start.clone(),
            certificates: facts.certificates.clone(),
            unreadable_certificates: facts.unreadable_certificates,
            signers: Vec::new(),
            ignored_signers: 0,
            crls: Vec::new(),
            ocsp: Vec::new(),
        };
        let holds = matches!(judge.check(info, &as_signed).result, Ok(_) | Err(SignatureFault::Weak(_)));
        holds.then_some((digest, wanted))
    })
}

fn claimed(info: &SignerInfo) -> Option<(Digest, Vec<u8>)> {
    let digest = Digest::of_old_mail(&info.digest).ok()?;
    let value = info.signed.as_ref()?.single(oids::MESSAGE_DIGEST).ok()??;
    Some((digest, Reader::lenient(value).octet_string().ok()?.to_vec()))
}

/// The signed part as it arrived; `None` where it is longer than what is searched.
fn text(source: &dyn Source, proof: &Proof, index: usize, scene: &Scene<'_>) -> Result<Option<Vec<u8>>, OpenError> {
    let most = scene.budget.length;
    let mut out = Vec::new();
    let stage = beneath(source, &proof.content_keys(), index + 1)?;
    stage
        .take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1))
        .read_to_end(&mut out)
        .map_err(OpenError::Io)?;
    Ok((out.len() <= most).then_some(out))
}

/// Without what another step of the same explanation carries with it: to convert the charset of an encoded text is to
/// write its encoding anew, in whatever way that is wrapped.
fn apart(mut steps: Vec<Step>) -> Vec<Step> {
    if steps.iter().any(|step| step.change == Change::Charset) {
        steps.retain(|step| !matches!(step.change, Change::QuotedPrintable | Change::Base64));
    }
    steps
}

fn told(layer: usize, mut outcome: Outcome) -> Way {
    outcome.explanations = outcome.explanations.into_iter().map(apart).collect();
    let mut changes: Vec<&'static str> = Vec::new();
    for step in outcome.explanations.iter().flatten() {
        if !changes.contains(&step.change.word()) {
            changes.push(step.change.word());
        }
    }
    let step = |step: &Step| WayStep { change: step.change.word(), text: step.note.to_string() };
    let (result, text) = match (outcome.explanations.len(), outcome.too_long) {
        (0, true) => ("not-searched", "the signed text is too long to look for what was changed".to_owned()),
        (0, _) if outcome.trials == 0 => ("not-searched", "the signed text cannot be read by itself".to_owned()),
        (0, _) => ("not-found", "not found: no change that relays are known to make explains the digest".to_owned()),
        _ => ("found", format!("a relay changed the signed text on its way: {}", changes.join(", "))),
    };
    Way {
        layer,
        digest: "broken",
        result,
        changes,
        explanations: outcome.explanations.iter().map(|steps| steps.iter().map(step).collect()).collect(),
        trials: outcome.trials,
        octets: outcome.octets,
        exhausted: outcome.exhausted,
        text,
    }
}

/// Text around the parts: the digest holds.
fn around(layer: usize) -> Way {
    let step = Step::new(Change::Footer, super::relay::Note::Plain("text stands before or behind the signed parts"));
    let found = Outcome { explanations: vec![vec![step]], ..Outcome::none() };
    let text = "text was put around the signed parts; what was signed is as it was".to_owned();
    Way { digest: "intact", text, ..told(layer, found) }
}

fn withheld(layer: usize) -> Way {
    let text =
        "what was decrypted is not what was signed; it is not said what of it, for its encryption proves nothing";
    Way { text: text.to_owned(), ..told(layer, Outcome::none()) }
}

/// Sums up, in the words of findings.
pub(super) fn tell(explanation: &mut Explanation, proof: &Proof) {
    for way in &explanation.way {
        explanation.changes.extend(
            way.changes.iter().filter(|change| !explanation.changes.contains(change)).copied().collect::<Vec<_>>(),
        );
        let code = match way.result {
            "found" => "relay-change",
            "not-found" => "relay-change-not-found",
            _ => "relay-change-not-searched",
        };
        let severity = if way.digest == "intact" { "warning" } else { "note" };
        let hint = match way.result {
            "found" if way.digest == "intact" => "believe only what is between the delimiters",
            "found" => {
                "nobody needs to have forged it; ask the sender to sign opaquely (application/pkcs7-mime), which relays leave alone"
            }
            "not-found" if way.exhausted => {
                "the work came to its bound; the text may have been changed by hand: ask the sender"
            }
            _ => "the text may have been changed by hand: ask the sender",
        };
        explanation.findings.push(FindingReport { code, severity, text: way.text.clone(), hint: hint.to_owned() });
    }
    let opaque = proof.layers.iter().any(|layer| matches!(layer, Layer::Signed(_)));
    if opaque && explanation.way.is_empty() && explanation.signers.iter().any(|s| s.report.signature == "bad") {
        let text =
            "it is signed opaquely: relays leave such a text alone, so that it was changed or damaged as a whole";
        explanation.findings.push(FindingReport {
            code: "relay-change-not-searched",
            severity: "note",
            text: text.to_owned(),
            hint: "ask the sender to send it again".to_owned(),
        });
    }
}
