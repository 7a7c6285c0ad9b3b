//! The tree of layers: those that open, and those that can only be seen from outside.

use cms::Source;

use super::recipients::Recipients;
use super::report::{LayerExplained, RecipientExplained};
use super::scene::Scene;
use crate::open::begin::walk;
use crate::open::judge::Judge;
use crate::open::prove::{Layer, Proof, multipart};
use crate::open::stage::LayerEnd;
use crate::open::walk::{End, LayerKind, Purpose};
use crate::open::{OpenError, is_damage};
use crate::report::{LayerReport, SignerReport};

/// The layers of a mail that opened, as they are judged.
pub(super) fn opened(
    proof: &Proof,
    reports: &[LayerReport],
    scene: &Scene<'_>,
) -> Result<Vec<LayerExplained>, OpenError> {
    let recipients = Recipients::new(scene)?;
    let one = |(layer, report): (&Layer, &LayerReport)| LayerExplained {
        kind: report.kind,
        opened: true,
        verdict: report.verdict,
        confidentiality: report.confidentiality,
        cipher: report.cipher.clone(),
        length: None,
        opened_with: report.opened_with.clone(),
        recipients: match layer {
            Layer::Enveloped(facts) => recipients.explained(&facts.recipients()),
            Layer::Authenticated(facts) => recipients.explained(&facts.recipients),
            _ => Vec::new(),
        },
    };
    Ok(proof.layers.iter().zip(reports).map(one).collect())
}

/// The layers that can be seen, and who signed those that are open.
type Seen = (Vec<LayerExplained>, Vec<SignerReport>);

/// What can be seen without keys: the layers around the first encryption, that, and who signed around it. `None` where
/// there is no layer at all.
pub(super) fn closed(source: &dyn Source, scene: &Scene<'_>) -> Result<Option<Seen>, OpenError> {
    let found = walk(source, Purpose::Inspect)?;
    let mut layers: Vec<LayerExplained> = found.kinds.iter().map(|kind| seen(*kind)).collect();
    if let (End::Sealed(description), Some(last)) = (&found.end, layers.last_mut()) {
        last.cipher = Some(description.cipher.clone());
        last.length = Some(description.length);
        last.recipients = Recipients::new(scene)?.explained(&description.recipients);
    }
    let judge = Judge::new(scene.policy, scene.now, scene.keyring, None)?;
    let mut signers = Vec::new();
    for (index, end) in found.stage.unwind().into_iter().enumerate() {
        let facts = match end {
            LayerEnd::Signed(facts) => facts.ok(),
            LayerEnd::Parts(end) => multipart(end, &mut Vec::new()).facts.ok(),
            _ => None,
        };
        let Some(facts) = facts else { continue };
        signers.extend(judge.layer(&facts).reports.into_iter().map(|report| SignerReport { layer: index, ..report }));
    }
    let inner = layers.len().saturating_sub(1);
    layers.iter_mut().take(inner).for_each(|layer| layer.opened = true);
    Ok((!layers.is_empty()).then_some((layers, signers)))
}

fn seen(kind: LayerKind) -> LayerExplained {
    LayerExplained {
        kind: kind.word(),
        opened: false,
        verdict: None,
        confidentiality: None,
        cipher: None,
        length: None,
        opened_with: None,
        recipients: Vec::new(),
    }
}

/// What to do about a mail that does not open.
pub(super) fn hint(layers: &[LayerExplained], error: &OpenError, scene: &Scene<'_>) -> String {
    let recipients = || layers.iter().flat_map(|layer| &layer.recipients);
    let has = |key: &str| recipients().any(|recipient: &RecipientExplained| recipient.key == key);
    match error {
        OpenError::Locked => format!("sealpost open --store-password-file FILE {}", scene.name),
        OpenError::NeedsImport(_) => format!("sealpost open --import-damaged {}", scene.name),
        OpenError::Refused(_) => "sealpost policy show --use decrypt".to_owned(),
        OpenError::NotForUs { .. } if has("shared-secret") => {
            format!("sealpost cms decrypt --password-file FILE {}", scene.name)
        }
        OpenError::NotForUs { .. } => "sealpost id import FILE.p12".to_owned(),
        OpenError::NoContentKey => format!("sealpost cms decrypt --content-key-file FILE {}", scene.name),
        OpenError::CannotDecrypt => "ask the sender to send it again".to_owned(),
        OpenError::ContentMissing => format!("sealpost cms verify --content FILE {}", scene.name),
        OpenError::OtherKind { .. } | OpenError::NotEntity | OpenError::Damaged(_) | OpenError::Unsupported(_) => {
            format!("sealpost cms inspect {}", scene.name)
        }
        OpenError::Io(error) if is_damage(error) => format!("sealpost cms inspect {}", scene.name),
        _ => String::new(),
    }
}
