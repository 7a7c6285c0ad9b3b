//! Everything that can be said of a mail, put together.

use cms::Source;
use crypto::SystemRandom;
use trust::Policy;
use wire::Time;

use super::relay::{self, Budget};
use super::report::Explanation;
use super::scene::Scene;
use super::{inside, layers, signers, way};
use crate::open::walk::Plan;
use crate::open::{OpenError, Opened, open};
use crate::report::FindingReport;

/// Explains any mail.
///
/// # Errors
/// [`OpenError::NotMail`] and the like where there is no mail, [`OpenError::Io`] where it cannot be read.
pub(crate) fn explain(source: &dyn Source, scene: &Scene<'_>) -> Result<Explanation, OpenError> {
    match open(source, scene.keyring, scene.policy, scene.now, Plan::default(), &mut SystemRandom) {
        Ok(opened) => opened_mail(source, &opened, scene),
        Err(error) => closed_mail(source, error, scene),
    }
}

fn opened_mail(source: &dyn Source, opened: &Opened<'_>, scene: &Scene<'_>) -> Result<Explanation, OpenError> {
    let report = opened.report().clone();
    let mut explanation = Explanation {
        sealpost: 1,
        summary: report.summary,
        verdict: Some(report.verdict),
        confidentiality: Some(report.confidentiality),
        layers: layers::opened(opened.proof(), &report.layers, scene)?,
        signers: signers::explained(report.signers, scene),
        changes: Vec::new(),
        way: way::searched(source, opened.proof(), scene)?,
        inside: None,
        findings: report.findings,
    };
    if opened.proof().layers.is_empty()
        && let Some(mail) = inside::signed_part(source)?
    {
        // Once: what stands within that is not looked for.
        if let Ok(inner) = open(&mail, scene.keyring, scene.policy, scene.now, Plan::default(), &mut SystemRandom)
            && !inner.proof().layers.is_empty()
        {
            explanation.inside = Some(Box::new(opened_mail(&mail, &inner, scene)?));
        }
    }
    inside::tell(&mut explanation);
    way::tell(&mut explanation, opened.proof());
    Ok(explanation)
}

/// A mail that cannot be opened here, as far as it can be seen from outside.
fn closed_mail(source: &dyn Source, error: OpenError, scene: &Scene<'_>) -> Result<Explanation, OpenError> {
    if matches!(
        error,
        OpenError::NotMail(_) | OpenError::Io(_) | OpenError::Keyring(_) | OpenError::Random | OpenError::Changed
    ) {
        return Err(error);
    }
    let Some((layers, signers)) = layers::closed(source, scene)? else { return Err(error) };
    let hint = layers::hint(&layers, &error, scene);
    let text = error.to_string();
    Ok(Explanation {
        sealpost: 1,
        summary: format!("This cannot be opened here: {text}."),
        verdict: None,
        confidentiality: None,
        layers,
        signers: signers::explained(signers, scene),
        changes: Vec::new(),
        way: Vec::new(),
        inside: None,
        findings: vec![FindingReport { code: "cannot-open", severity: "error", text, hint }],
    })
}

/// Explains the data as a mail with no keys at hand; never panics.
pub fn fuzz_explain(data: &[u8]) {
    let policy = Policy::standard();
    let budget = Budget { trials: 2_000, octets: 4 << 20, length: 1 << 20 };
    let keyring = crate::keyring::NoKeyring;
    let scene = Scene { keyring: &keyring, policy: &policy, now: Time(1_800_000_000), name: "MAIL", budget };
    let _ = explain(&data, &scene);
    // What a search does with a text is not left to whether a signature over it happens to hold.
    let _ = relay::search(data, crypto::Digest::Sha256, &[0; 32], budget);
}
