//! What the signers of one layer have to say alike (RFC 2634 §1.3.4).

use cms::{SignatureHolds, SignedFacts, SignerEntry};
use wire::cms::SignerInfo;
use wire::oids;

use crate::report::SignerReport;
use crate::verdict::{Code, Finding, Severity};

/// Where one signer states a security label, or the way through mailing lists, every signer has to state the same.
pub(super) fn disagreements(facts: &SignedFacts) -> Vec<Finding> {
    let kinds = [
        (oids::SECURITY_LABEL, "how confidential it is"),
        (oids::ML_EXPANSION_HISTORY, "which mailing lists it came by"),
    ];
    let mut found = Vec::new();
    for (oid, what) in kinds {
        let mut values = facts.signers.iter().filter_map(|entry| match entry {
            SignerEntry::Info(info) => Some(info.signed.as_ref().and_then(|s| s.single(oid).ok().flatten())),
            SignerEntry::Unreadable(_) => None,
        });
        let Some(first) = values.next() else { continue };
        if values.any(|other| other != first) {
            let text = format!("its signers do not say the same about {what}");
            found.push(Finding::new(Code::SignersDisagree, Severity::Warning, text));
        }
    }
    found
}

/// Signers whose signatures hold and who name different ways through mailing lists: the processing stops (RFC 2634 §4.1).
/// Those who name none are passed over.
pub(super) fn histories_differ(holding: &[(&SignerInfo, &SignatureHolds)]) -> bool {
    let signed = holding.iter().filter_map(|(info, _)| info.signed.as_ref());
    let mut values = signed.filter_map(|signed| signed.single(oids::ML_EXPANSION_HISTORY).ok().flatten());
    values.next().is_some_and(|first| values.any(|other| other != first))
}

/// Layers whose signers label what they hold differently. A layer without a label says nothing about one.
pub(super) fn layers_differ(signers: &[SignerReport]) -> Option<Finding> {
    let mut labels = signers.iter().filter_map(|signer| Some((signer.layer, signer.label.as_ref()?)));
    let (layer, first) = labels.next()?;
    labels.any(|(other, label)| other != layer && label != first).then(|| {
        let text = "its layers do not say the same about how confidential it is";
        Finding::new(Code::SignersDisagree, Severity::Warning, text)
    })
}
