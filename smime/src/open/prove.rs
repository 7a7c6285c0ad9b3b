//! The first reading: everything is decrypted, digested and checked, and nothing released.

use std::io::{BufRead, Read};
use std::ops::Range;

use cms::{
    AuthenticatedFacts, ContentKey, EnvelopedFacts, Keys, Permit, SignedFacts, SignedReader, SignerEntry, Source,
};
use crypto::{BlockTags, Digest, Random};
use mime::{Defect, Header, LineStyle, SecondPart, TextCheck, TransferEncoding};
use wire::ber::BerReader;

use crate::open::begin::walk;
use crate::open::error::{MessageKind, OpenError, is_damage};
use crate::open::rfc8551::Wrapped;
use crate::open::stage::{LayerEnd, PartsEnd, Stage};
use crate::open::walk::{End, Failure, LayerKind, Plan, Purpose, Walk, Way};

/// A mail read once to its end.
pub(crate) struct Proof {
    /// The header of every layer and, last, of the payload.
    pub headers: Vec<Header>,
    /// The layers of the envelope, the outermost first.
    pub layers: Vec<Layer>,
    /// The tags of the payload's body, by which the second reading knows it again.
    pub blocks: Blocks,
    /// How the lines of the mail end.
    pub style: LineStyle,
    /// How its envelope came.
    pub way: Way,
    /// The envelope ends in a SignedData without content.
    pub no_content: bool,
    /// A structure of signature that another reader could understand differently.
    pub ambiguous: bool,
    /// The header of the mail that the payload is, where it is wrapped as RFC 8551 §3.1 protects headers.
    pub wrapped: Option<Header>,
    /// What an opaque layer signs has bare CR, bare LF or NUL where no encoding allows it.
    pub broken_text: bool,
}

/// One layer of the envelope, read to its end.
pub(crate) enum Layer {
    /// Opaque SignedData.
    Signed(SignedFacts),
    /// multipart/signed, whose signature may be unusable.
    Multipart(Multipart),
    /// Encryption that opened.
    Enveloped(EnvelopedFacts),
    /// Compression, which protects nothing.
    Compressed,
    /// A digest that holds, and that nobody signed.
    Digested,
    /// A code that holds, by a key that all its readers share.
    Authenticated(AuthenticatedFacts),
}

/// A multipart/signed, read to its end.
pub(crate) struct Multipart {
    /// What its second part says; `Err` says in words why that is no signature.
    pub facts: Result<SignedFacts, String>,
    /// The signed text has bare CR, bare LF or NUL.
    pub broken_text: bool,
    /// There is text before or after the parts, which nobody signed.
    pub unsigned_text: bool,
}

impl Proof {
    /// The payload's own header.
    pub fn payload(&self) -> Option<&Header> {
        self.headers.last()
    }

    /// The key of every layer of encryption, the outermost first.
    pub fn content_keys(&self) -> Vec<ContentKey> {
        let key = |layer: &Layer| match layer {
            Layer::Enveloped(facts) => Some(facts.key.clone()),
            _ => None,
        };
        self.layers.iter().filter_map(key).collect()
    }
}

/// Keyed tags of the blocks of a proven content.
pub(crate) struct Blocks {
    tags: BlockTags,
    pub list: Vec<[u8; 16]>,
    /// Where in the source these octets stand as they are, and how many they are.
    place: Option<Range<u64>>,
}

/// Reads the mail to its end, as often as it takes to know which digests and attributes it needs.
pub(crate) fn prove(
    source: &dyn Source,
    keys: &dyn Keys,
    permit: Permit<'_>,
    mut plan: Plan,
    rng: &mut dyn Random,
) -> Result<Proof, OpenError> {
    for _ in 0..MAX_READINGS {
        match read(source, (keys, permit), rng, &plan)? {
            Outcome::Proven(proof) => return Ok(*proof),
            Outcome::Again(next) => plan = next,
        }
    }
    Err(OpenError::Damaged("it keeps asking for more".to_owned()))
}

enum Outcome {
    Proven(Box<Proof>),
    Again(Plan),
}

fn read(
    source: &dyn Source,
    (keys, permit): (&dyn Keys, Permit<'_>),
    rng: &mut dyn Random,
    plan: &Plan,
) -> Result<Outcome, OpenError> {
    let mut blocks = Blocks::new(rng)?;
    let mut walk = walk(source, Purpose::Prove { keys, permit, rng, plan })?;
    let mut text = opaque_text(&walk);
    let mut wrapped = Wrapped::of(&walk);
    if matches!(walk.end, End::Payload)
        && let Err(error) = blocks.take_stage(&mut walk.stage, |block| {
            text.iter_mut().for_each(|t| t.update(block));
            wrapped.see(block);
        })
    {
        walk.end = End::Failed(Failure::Mime(mime::Error::Io(error)));
    }
    let broken_text = text.is_some_and(|text| text.broken());
    let wrapped = wrapped.conclude(&walk);
    conclude(walk, blocks, (broken_text, wrapped), plan)
}

/// A check of the text that an opaque layer signs, begun with the headers in it: clear-signed parts are
/// checked where they are digested. Binary content is nobody's text (RFC 8551 §3.1.3).
fn opaque_text(walk: &Walk<'_>) -> Option<TextCheck> {
    if walk.headers.len() <= walk.kinds.len() {
        return None; // a receipt, which is no text
    }
    let opaque = walk.kinds.iter().position(|kind| *kind == LayerKind::Signed)?;
    let mut text = TextCheck::new();
    for header in walk.headers.iter().skip(opaque + 1) {
        text.update(header.raw());
    }
    let binary = walk.headers.last().is_some_and(|h| h.transfer_encoding() == TransferEncoding::Binary);
    (!binary || text.broken()).then_some(text)
}

/// Unwinds the stages and decides which of several failures is the one to tell.
fn conclude(
    walk: Walk<'_>,
    blocks: Blocks,
    (broken_text, wrapped): (bool, Option<Header>),
    plan: &Plan,
) -> Result<Outcome, OpenError> {
    let Walk { stage, headers, kinds, style, end, way, body: _ } = walk;
    let no_content = matches!(end, End::NoContent);
    let mut next = plan.clone();
    let kinds_met = kinds.len();
    let mut layers = Vec::with_capacity(kinds_met);
    let mut failure = match end {
        End::Failed(failure) => Some(failure),
        _ => None,
    };
    // Whether what failed lies within encryption that proves nothing: then it is that layer's failure.
    let mut within_cbc = false;
    for (index, end) in stage.unwind().into_iter().enumerate() {
        match end {
            LayerEnd::Enveloped(Ok(facts)) => {
                within_cbc |= !facts.authenticated;
                layers.push(Layer::Enveloped(facts));
            }
            LayerEnd::Enveloped(Err(cms::Error::NeedsAttributes(attributes))) => {
                next.attributes.push((index, attributes));
                return Ok(Outcome::Again(next));
            }
            LayerEnd::Enveloped(Err(error)) => return Err(error.into()),
            LayerEnd::Signed(Ok(facts)) => layers.push(Layer::Signed(facts)),
            LayerEnd::Compressed(Ok(_)) => layers.push(Layer::Compressed),
            LayerEnd::Digested(Ok(_)) => layers.push(Layer::Digested),
            LayerEnd::Authenticated(Ok(facts)) => layers.push(Layer::Authenticated(facts)),
            LayerEnd::Authenticated(Err(error)) => return Err(error.into()),
            LayerEnd::Signed(Err(error)) | LayerEnd::Compressed(Err(error)) | LayerEnd::Digested(Err(error)) => {
                failure = Some(Failure::Cms(error));
                break;
            }
            // That the input cannot be read says nothing about the signature.
            LayerEnd::Parts(PartsEnd { second: Err(mime::Error::Io(error)), .. }) if !is_damage(&error) => {
                failure = Some(Failure::Mime(mime::Error::Io(error)));
                break;
            }
            LayerEnd::Parts(end) => layers.push(Layer::Multipart(multipart(end, &mut next.digests))),
        }
    }
    if next.digests.len() > plan.digests.len() && failure.is_none() {
        return Ok(Outcome::Again(next));
    }
    if way.is_file() && no_content && failure.is_none() {
        return Err(without_content(layers.last()));
    }
    if way == Way::Mail && failure.is_none() && headers.first().is_some_and(|header| header.raw().is_empty()) {
        return Err(OpenError::NotMail(mime::Error::NoHeader)); // an empty file, or one of nothing but text
    }
    let mut ambiguous = false;
    match failure {
        Some(_) if within_cbc => return Err(OpenError::CannotDecrypt),
        // By its first octets it could have been CMS, and then was neither that nor a mail.
        Some(Failure::Cms(cms::Error::Damaged(_))) if way.is_file() && kinds_met == 0 => {
            return Err(OpenError::Damaged("this is neither a mail nor a CMS message".to_owned()));
        }
        Some(Failure::Cms(error)) => return Err(error.into()),
        Some(Failure::Mime(error)) if way.is_file() && headers.len() == layers.len() => {
            return Err(not_entity(error));
        }
        Some(Failure::TooDeep | Failure::File { .. }) => return Err(OpenError::Damaged("too many layers".to_owned())),
        Some(Failure::Mime(error)) if headers.is_empty() => return Err(not_mail(error)),
        // A multipart/signed that is none is a mail whose signature cannot be told (F-04, X-10).
        Some(Failure::Mime(mime::Error::Multipart(_) | mime::Error::Boundary) | Failure::Ambiguous) => ambiguous = true,
        Some(Failure::Mime(error)) => return Err(error.into()),
        None => {}
    }
    let proof = Proof { headers, layers, blocks, style, way, no_content, ambiguous, wrapped, broken_text };
    Ok(Outcome::Proven(Box::new(proof)))
}

/// A file of signatures or certificates, by themselves.
fn without_content(last: Option<&Layer>) -> OpenError {
    match last {
        Some(Layer::Signed(facts)) if facts.signers.is_empty() => {
            OpenError::OtherKind { found: MessageKind::Certificates, wanted: MessageKind::Mail }
        }
        _ => OpenError::ContentMissing,
    }
}

/// What a file holds of which nobody says that it is a mail.
fn not_entity(error: mime::Error) -> OpenError {
    match error {
        mime::Error::NotAHeader { .. } | mime::Error::HeaderTooLong { .. } | mime::Error::LineTooLong { .. } => {
            OpenError::NotEntity
        }
        error => error.into(),
    }
}

fn not_mail(error: mime::Error) -> OpenError {
    match error {
        mime::Error::Io(error) => OpenError::Io(error),
        error => OpenError::NotMail(error),
    }
}

/// Reads the signature in the second part; digests that it uses and that were not computed are asked for.
pub(crate) fn multipart(end: PartsEnd, wanted: &mut Vec<Digest>) -> Multipart {
    let PartsEnd { second, digests, start, broken_text } = end;
    let unsigned_text = match &second {
        Ok(second) => second.defects.iter().any(|d| matches!(d, Defect::Preamble | Defect::Epilogue)),
        Err(_) => false,
    };
    let facts = second.map_err(|error| error.to_string()).and_then(|second| signature(&second)).map(|mut facts| {
        for info in facts.signers.iter() {
            if let SignerEntry::Info(info) = info
                && let Ok(digest) = Digest::of_old_mail(&info.digest)
                && digests.iter().all(|(known, _)| *known != digest)
                && !wanted.contains(&digest)
            {
                wanted.push(digest);
            }
        }
        facts.digests = digests;
        facts.start = start;
        facts
    });
    Multipart { facts, broken_text, unsigned_text }
}

/// The SignedData of a second part: detached, so without content of its own (F-12).
fn signature(second: &SecondPart) -> Result<SignedFacts, String> {
    let content_type = second.header.content_type();
    let signature = ["pkcs7-signature", "x-pkcs7-signature", "octet-stream"];
    if !signature.iter().any(|subtype| content_type.is("application", subtype)) {
        return Err("the second part is not a signature".to_owned());
    }
    let mut ber = BerReader::new(second.body.as_slice());
    match cms::enter(&mut ber) {
        Ok(wire::oids::SIGNED_DATA) => {}
        Ok(_) => return Err("the second part is not a signature".to_owned()),
        Err(error) => return Err(error.to_string()),
    }
    let reader = SignedReader::new(ber, false).map_err(|broken| broken.error.to_string())?;
    if reader.has_content() {
        return Err("the signature carries a content of its own".to_owned());
    }
    reader.finish().0.map_err(|error| error.to_string())
}

impl Blocks {
    /// With a fresh key.
    pub fn new(rng: &mut dyn Random) -> Result<Self, OpenError> {
        Ok(Blocks { tags: BlockTags::new(rng).map_err(|_| OpenError::Random)?, list: Vec::new(), place: None })
    }

    /// Reads everything and keeps the tag of each block.
    pub fn take<R: BufRead>(&mut self, stage: &mut R, mut seen: impl FnMut(&[u8])) -> std::io::Result<()> {
        let mut block = Vec::new();
        while fill(stage, &mut block)? {
            seen(&block);
            self.list.push(self.tag(self.list.len(), &block)?);
        }
        Ok(())
    }

    /// The same of a stage, and remembers where in the source it stands.
    pub fn take_stage(&mut self, stage: &mut Stage<'_>, mut seen: impl FnMut(&[u8])) -> std::io::Result<()> {
        let place = stage.place();
        let mut octets = 0;
        self.take(stage, |block| {
            octets += u64::try_from(block.len()).unwrap_or(u64::MAX);
            seen(block);
        })?;
        self.place = place.map(|start| start..start.saturating_add(octets));
        Ok(())
    }

    /// The same octets once more, without walking to them, where they stand in the source as they are. Whoever reads
    /// them compares them with the tags, as always.
    pub fn again<'a>(&self, source: &'a dyn Source) -> std::io::Result<Option<Stage<'a>>> {
        let Some(place) = &self.place else { return Ok(None) };
        let mut reader = source.open()?;
        wire::read_past(&mut reader, place.start)?;
        Ok(Some(Stage::input(Box::new(reader.take(place.end.saturating_sub(place.start))))))
    }

    /// The tag of one block.
    pub fn tag(&self, index: usize, block: &[u8]) -> std::io::Result<[u8; 16]> {
        let index = u64::try_from(index).unwrap_or(u64::MAX);
        self.tags.tag(index, block).map_err(std::io::Error::other)
    }
}

/// Reads the next block; `false` at the end.
pub(crate) fn fill<R: BufRead>(reader: &mut R, block: &mut Vec<u8>) -> std::io::Result<bool> {
    block.clear();
    append(reader, block)
}

/// Puts the next block behind what is there; `false` at the end.
pub(crate) fn append<R: BufRead>(reader: &mut R, out: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut left = BLOCK;
    while left > 0 {
        let available = reader.fill_buf()?;
        let taken = available.get(..available.len().min(left)).unwrap_or_default();
        if taken.is_empty() {
            break;
        }
        out.extend_from_slice(taken);
        let used = taken.len();
        left -= used;
        reader.consume(used);
    }
    Ok(left < BLOCK)
}

/// Whether the layer at `index` is one of signature.
pub(crate) fn is_signature(layer: &Layer) -> bool {
    matches!(layer, Layer::Signed(_) | Layer::Multipart(_))
}

impl LayerKind {
    /// Its word in the report; a contract.
    pub fn word(self) -> &'static str {
        match self {
            LayerKind::Signed => "signed-data",
            LayerKind::MultipartSigned => "multipart-signed",
            LayerKind::Enveloped => "enveloped-data",
            LayerKind::AuthEnveloped => "auth-enveloped-data",
            LayerKind::Encrypted => "encrypted-data",
            LayerKind::Compressed => "compressed-data",
            LayerKind::Digested => "digested-data",
            LayerKind::Authenticated => "authenticated-data",
        }
    }
}

/// Octets of a block: one tag of 16 octets is kept for each.
const BLOCK: usize = 1024 * 1024;
/// Readings of one mail before it is released: digests and attributes that it did not announce.
const MAX_READINGS: usize = 4;
