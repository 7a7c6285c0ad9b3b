//! What becomes of a message that came for a mailing list (RFC 2634 §4.2).

use cms::{
    ContentKey, EnvelopedFacts, Expansion as Passed, ExpansionHistory, Keys, ListId, MlReceiptPolicy, NoExpansion,
    Permit, Source, content_hint,
};
use crypto::{ContentCipher, Random};
use wire::cms::Attribute;
use wire::oids;

use crate::open::judge::Judge;
use crate::open::prove::{Layer, Proof, is_signature, prove};
use crate::open::walk::{Plan, Way};
use crate::open::{MessageKind, OpenError};
use crate::stateless::expand::layer::SignedLayer;
use crate::stateless::pinned::Pinned;
use crate::stateless::read::VerifyRequest;

/// For which list, and by what its message is judged.
pub struct ExpandRequest<'a> {
    /// By what signatures are judged. Labels are passed on only where the policy has a clearance for them.
    pub verify: VerifyRequest<'a>,
    /// What the list is known by: the first is written into its messages, any of them in a message is a loop.
    pub own: Vec<ListId>,
    /// What the list says of receipts.
    pub receipts: Option<MlReceiptPolicy>,
}

/// A message that a list may pass on.
pub struct Expansion<'s> {
    pub(super) source: Pinned<'s>,
    pub(super) inside: Inside,
    /// The keys of the layers of encryption, the outermost first.
    pub(super) keys: Vec<ContentKey>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) kind: MessageKind,
    history: ExpansionHistory,
}

/// What the list signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// The message as it came.
    Whole,
    /// What so many of its layers hold.
    Beneath(usize),
    /// The encryption within so many layers, with other recipients.
    Readdressed { depth: usize, authenticated: bool, cipher: ContentCipher },
}

/// Finds out what of a message a list passes on to its members, and that it may: signatures hold by somebody to be
/// believed, there is a clearance for every label, and the message did not come by the list before. `keys` open what is
/// encrypted.
///
/// # Errors
/// [`OpenError::Unproven`] where a signature fails or the outer one is nobody's to be believed, [`OpenError::NotCleared`] for
/// a label, [`OpenError::NoExpansion`] for what else stands in the way, others where the message cannot be read.
pub fn expand<'s>(
    source: &'s dyn Source,
    request: ExpandRequest<'_>,
    keys: &dyn Keys,
    rng: &mut dyn Random,
) -> Result<Expansion<'s>, OpenError> {
    let now = request.verify.now;
    let list =
        request.own.first().cloned().ok_or(OpenError::NoExpansion(NoExpansion::Unreadable("EntityIdentifier")))?;
    let source = Pinned::new(source, rng)?;
    let permit = Permit::new(request.verify.policy, now);
    let proof = prove(&source, keys, permit, Plan::default(), rng)?;
    if proof.ambiguous || proof.broken_text {
        return Err(OpenError::Damaged("it can be understood in more than one way".to_owned()));
    }
    if proof.no_content {
        return Err(OpenError::OtherKind { found: MessageKind::Certificates, wanted: MessageKind::Mail });
    }
    let (judge, anybody) = request.verify.judge();
    let layers = Layers::check(&proof, &judge, anybody, &request.own)?;
    let outer = layers.outer();
    let envelope = layers.envelope(&proof)?;
    let inside = inside(&layers, outer, envelope);
    layers.accepted(&inside, outer)?;
    let mut attributes = Vec::new();
    let mut earlier = None;
    if let Some(Signed { layer, history }) = outer.and_then(|outer| layers.signed(outer)) {
        attributes = layer.attributes();
        earlier = history.as_ref();
    }
    let hinted = attributes.iter().any(|attribute| attribute.oid == oids::CONTENT_HINT);
    if matches!(inside, Inside::Readdressed { .. }) && !hinted && holds_receipt(&proof) {
        attributes.push(content_hint(oids::RECEIPT)); // what is masked is no mail (RFC 2634 §2.9)
    }
    let next = Passed { list, at: now, receipts: request.receipts };
    let history = ExpansionHistory::after(earlier, next).map_err(|_| OpenError::NoExpansion(NoExpansion::Full))?;
    attributes.push(history.attribute());
    let length: usize = attributes.iter().map(|attribute| attribute.to_der().len()).sum();
    if length > MAX_ATTRIBUTES_LENGTH || attributes.len() > MAX_ATTRIBUTES {
        return Err(OpenError::NoExpansion(NoExpansion::TooLong));
    }
    let (keys, kind) = (proof.content_keys(), kind(&proof));
    Ok(Expansion { source, inside, keys, attributes, kind, history })
}

impl Expansion<'_> {
    /// The cipher of what is encrypted to the members; `None` where the list only signs.
    pub fn cipher(&self) -> Option<ContentCipher> {
        match self.inside {
            Inside::Readdressed { cipher, .. } => Some(cipher),
            _ => None,
        }
    }

    /// The lists that it came by, this one last.
    pub fn history(&self) -> &ExpansionHistory {
        &self.history
    }
}

/// The layers of a message, from outside in, with what their signers say.
struct Layers<'f>(Vec<Checked<'f>>);

enum Checked<'f> {
    Signed(Signed<'f>),
    /// Encryption to somebody.
    Envelope,
    Other,
}

struct Signed<'f> {
    layer: SignedLayer<'f>,
    history: Option<ExpansionHistory>,
}

impl<'f> Layers<'f> {
    /// Checks all of them. Whatever is wrong with a signature within encryption that proves nothing is one failure.
    fn check(proof: &'f Proof, judge: &Judge<'_>, anybody: bool, own: &[ListId]) -> Result<Self, OpenError> {
        let mut found = Vec::new();
        let mut within_cbc = false;
        for layer in &proof.layers {
            let checked = match layer {
                Layer::Enveloped(facts) if facts.has_recipients() => Ok(Checked::Envelope),
                Layer::Signed(facts) => signed(SignedLayer::check(judge, anybody, facts), judge, own),
                Layer::Multipart(part) => match &part.facts {
                    Ok(_) if part.broken_text => {
                        Err(OpenError::Unproven("what is signed has line ends that are not CRLF, or NUL".to_owned()))
                    }
                    Ok(facts) => signed(SignedLayer::check(judge, anybody, facts), judge, own),
                    Err(why) => Err(OpenError::Unproven(why.clone())),
                },
                _ => Ok(Checked::Other),
            };
            let checked = checked.map_err(|error| match error {
                OpenError::Unproven(_) if within_cbc => OpenError::CannotDecrypt,
                error => error,
            });
            found.push(checked?);
            within_cbc |= matches!(layer, Layer::Enveloped(facts) if !facts.authenticated);
        }
        // What stands inside of another mail, or of a TNEF stream, is the data of the mail at hand.
        if !matches!(proof.way, Way::Mail | Way::File) {
            found.insert(0, Checked::Other);
        }
        Ok(Layers(found))
    }

    fn signed(&self, index: usize) -> Option<&Signed<'f>> {
        match self.0.get(index) {
            Some(Checked::Signed(signed)) => Some(signed),
            _ => None,
        }
    }

    /// The "outer" signedData layer: the first that names mailing lists or holds encryption.
    fn outer(&self) -> Option<usize> {
        let signatures = self.0.iter().take_while(|layer| matches!(layer, Checked::Signed(_))).count();
        (0..signatures).find(|index| {
            let around = matches!(self.0.get(index + 1), Some(Checked::Envelope));
            around || self.signed(*index).is_some_and(|signed| signed.history.is_some())
        })
    }

    /// The encryption that is expanded, with nothing but signatures around it.
    fn envelope<'p>(&self, proof: &'p Proof) -> Result<Option<(usize, &'p EnvelopedFacts)>, OpenError> {
        let mut envelopes = self.0.iter().enumerate().filter(|(_, layer)| matches!(layer, Checked::Envelope));
        let Some((first, _)) = envelopes.next() else { return Ok(None) };
        let around = self.0.iter().take(first).all(|layer| matches!(layer, Checked::Signed(_)));
        match proof.layers.get(first) {
            Some(Layer::Enveloped(facts)) if around && envelopes.next().is_none() => Ok(Some((first, facts))),
            _ => Err(OpenError::NoExpansion(NoExpansion::Buried)),
        }
    }

    /// The outermost signature, and all that the new one takes the place of, are somebody's to be believed
    /// (RFC 2634 §4.2.3.2 number 1).
    fn accepted(&self, inside: &Inside, outer: Option<usize>) -> Result<(), OpenError> {
        let stripped = match inside {
            Inside::Whole => 0,
            Inside::Beneath(depth) | Inside::Readdressed { depth, .. } => *depth,
        };
        let judged = stripped.max(outer.map_or(1, |outer| outer + 1));
        (0..judged).filter_map(|index| self.signed(index)).try_for_each(|signed| signed.layer.accepted())
    }
}

fn signed<'f>(layer: SignedLayer<'f>, judge: &Judge<'_>, own: &[ListId]) -> Result<Checked<'f>, OpenError> {
    layer.sound()?;
    layer.cleared(judge)?;
    let history = layer.history(own).map_err(OpenError::NoExpansion)?;
    Ok(Checked::Signed(Signed { layer, history }))
}

/// The rules of RFC 2634 §4.2: whatever is encrypted is expanded and all signatures around it go; without encryption,
/// an outer signature goes if what it signs is signed itself. One over data stays: nothing else would say where the data
/// are from (§4.2.3.2 number 3.3).
fn inside(layers: &Layers<'_>, outer: Option<usize>, envelope: Option<(usize, &EnvelopedFacts)>) -> Inside {
    if let Some((depth, facts)) = envelope {
        return Inside::Readdressed { depth, authenticated: facts.authenticated, cipher: facts.cipher };
    }
    let depth = outer.map_or(0, |outer| if layers.signed(outer + 1).is_some() { outer + 1 } else { outer });
    if depth == 0 { Inside::Whole } else { Inside::Beneath(depth) }
}

fn holds_receipt(proof: &Proof) -> bool {
    matches!(proof.layers.last(), Some(Layer::Signed(facts)) if facts.content_type == oids::RECEIPT)
}

/// What the message is at its outside.
fn kind(proof: &Proof) -> MessageKind {
    match proof.layers.first() {
        Some(Layer::Signed(facts)) if facts.content_type == oids::RECEIPT => MessageKind::Receipt,
        Some(layer) if is_signature(layer) => MessageKind::Signed,
        Some(Layer::Compressed) => MessageKind::Compressed,
        _ => MessageKind::Mail,
    }
}

/// Octets of what is signed beside the list's own attributes: receivers read 64 KiB in all.
const MAX_ATTRIBUTES_LENGTH: usize = 48 * 1024;
/// Attributes of it: receivers read 64.
const MAX_ATTRIBUTES: usize = 48;
