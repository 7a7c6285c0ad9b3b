//! From a mail's first byte inwards: names each cryptographic layer of the envelope and stacks the
//! readers that open it, up to the first part that is none (the payload).

use cms::{
    AuthenticatedReader, Broken, CompressedReader, ContentKey, DigestedReader, EnvelopedDescription, EnvelopedReader,
    Inflated, Keys, Opening, Permit, SignedReader,
};
use crypto::{Digest, Random};
use mime::{
    Base64Reader, ContentType, Header, Limits, LineEnds, LineStyle, QuotedPrintableReader, SignedParts,
    TransferEncoding,
};
use wire::ber::BerReader;
use wire::oids;

use crate::open::error::MessageKind;
use crate::open::stage::{Parts, Stage};

/// What an earlier reading of the same mail found to be needed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Plan {
    /// Digests that signatures use and the mail's own hints did not name.
    pub digests: Vec<Digest>,
    /// Authenticated attributes of the layer at this index.
    pub attributes: Vec<(usize, Vec<u8>)>,
    /// Whether somebody insists on what protects nothing.
    pub import: bool,
}

/// Why the mail is read.
pub(crate) enum Purpose<'k> {
    /// To prove it.
    Prove { keys: &'k dyn Keys, permit: Permit<'k>, rng: &'k mut dyn Random, plan: &'k Plan },
    /// To see what it is, without keys.
    Inspect,
    /// To release what was proven, with the key of each layer of encryption, the outermost first.
    Release { keys: &'k [ContentKey] },
}

/// A mail opened up to its payload, or as far as it can be.
pub(crate) struct Walk<'a> {
    /// Delivers the payload's body.
    pub stage: Stage<'a>,
    /// The header of every layer and, last, of the payload.
    pub headers: Vec<Header>,
    /// What each layer is, the outermost first.
    pub kinds: Vec<LayerKind>,
    /// How the lines of the mail end.
    pub style: LineStyle,
    /// Where the walk ended.
    pub end: End,
    /// How its envelope came.
    pub way: Way,
    /// Where the structure of CMS stands that its first entity is.
    pub body: Option<Body>,
}

/// The body of an entity, where it stands in the source as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body {
    /// Octets before it.
    pub place: u64,
    /// How it is encoded.
    pub encoding: TransferEncoding,
}

/// How an envelope comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As a mail.
    Mail,
    /// As a file of CMS by itself.
    File,
    /// As a mail inside of another one that is nothing but its wrapper.
    Forwarded,
    /// In a TNEF stream, whatever else stands beside that.
    Tnef,
    /// In a file that is such a stream.
    TnefFile,
}

impl Way {
    /// Whether there was no mail around it.
    pub(crate) fn is_file(self) -> bool {
        matches!(self, Way::File | Way::TnefFile)
    }
}

/// What a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerKind {
    Signed,
    MultipartSigned,
    Enveloped,
    AuthEnveloped,
    Encrypted,
    Compressed,
    Digested,
    Authenticated,
}

impl LayerKind {
    /// What a message is whose outermost layer this is.
    pub(crate) fn message(self) -> MessageKind {
        match self {
            LayerKind::Signed | LayerKind::MultipartSigned => MessageKind::Signed,
            LayerKind::Enveloped | LayerKind::AuthEnveloped | LayerKind::Encrypted => MessageKind::Encrypted,
            LayerKind::Compressed => MessageKind::Compressed,
            LayerKind::Digested => MessageKind::Digested,
            LayerKind::Authenticated => MessageKind::Authenticated,
        }
    }
}

/// Where a walk ended.
pub(crate) enum End {
    /// At a part that is no cryptographic layer.
    Payload,
    /// At a SignedData without content: certificates, or a signature without what it signs.
    NoContent,
    /// At encryption, which was only looked at from outside.
    Sealed(Box<EnvelopedDescription>),
    /// At something that cannot be read.
    Failed(Failure),
}

/// Why a walk could not go on.
#[derive(Debug)]
pub(crate) enum Failure {
    Cms(cms::Error),
    Mime(mime::Error),
    /// Two programs could understand the structure differently.
    Ambiguous,
    TooDeep,
    /// A file of another kind has the name of a CMS file.
    File {
        /// How many layers are around it.
        depth: usize,
    },
}

/// Goes from layer to layer, and remembers what it met.
pub(crate) struct Walker<'k> {
    purpose: Purpose<'k>,
    /// The header of every layer and, last, of the payload.
    pub(crate) headers: Vec<Header>,
    /// What each layer is, the outermost first.
    pub(crate) kinds: Vec<LayerKind>,
    envelopes: usize,
    limits: Limits,
    /// Stop at what the first layer holds.
    single: bool,
    /// What may come out of compression.
    inflated: Inflated,
    /// Entities at these depths have the name of a CMS file and are none.
    files: Vec<usize>,
    /// Stop at what the last of so many layers holds.
    depth: Option<usize>,
    /// The body of the first entity, if that is a structure of CMS.
    pub(crate) body: Option<Body>,
}

/// A stage that could be put on top, or why not and what lies below.
pub(crate) type Step<'a> = Result<Stage<'a>, Box<(End, Stage<'a>)>>;

impl<'k> Walker<'k> {
    /// `single` stops it at what the first layer holds.
    pub(crate) fn new(purpose: Purpose<'k>, single: bool) -> Self {
        let limits = Limits::default();
        let inflated = match purpose {
            Purpose::Inspect => Inflated::Bounded(u64::MAX),
            _ => MAX_INFLATED,
        };
        let (headers, kinds, files) = (Vec::new(), Vec::new(), Vec::new());
        Walker { purpose, headers, kinds, envelopes: 0, limits, single, inflated, files, depth: None, body: None }
    }

    /// Lets this much come out of compression.
    pub(crate) fn inflating(self, most: Inflated) -> Self {
        Walker { inflated: most, ..self }
    }

    /// Stops it at what the last of so many layers holds.
    pub(crate) fn down_to(self, depth: usize) -> Self {
        Walker { depth: Some(depth), ..self }
    }

    /// Whether it was to go no further than here.
    pub(crate) fn is_down(&self) -> bool {
        self.depth == Some(self.kinds.len())
    }

    /// Forgets what it met, before another way in is taken.
    pub(crate) fn restart(&mut self) {
        self.headers.clear();
        self.kinds.clear();
        self.envelopes = 0;
        self.body = None;
    }

    /// Where a file that is no CMS was taken for one by its name, the next walk takes it for a file.
    pub(crate) fn learns(&mut self, end: &End) -> bool {
        let End::Failed(Failure::File { depth }) = end else { return false };
        let new = !self.files.contains(depth);
        self.files.push(*depth);
        new
    }

    /// Goes on from the first step.
    pub(crate) fn from<'a>(&mut self, step: Step<'a>) -> (Stage<'a>, End) {
        match step {
            Ok(next) if self.single || self.is_down() => (next, End::Payload),
            Ok(next) => self.run(next),
            Err(stopped) => (stopped.1, stopped.0),
        }
    }

    /// What a layer holds is a MIME entity, unless nobody asks.
    fn entity<'a>(&self, stage: Stage<'a>) -> Stage<'a> {
        if self.single { stage } else { Stage::Lines(LineEnds::new(Box::new(stage))) }
    }

    /// From the header of an entity inwards.
    pub(crate) fn run<'a>(&mut self, mut stage: Stage<'a>) -> (Stage<'a>, End) {
        loop {
            let header = match Header::read(&mut stage, &self.limits) {
                Ok(header) => header,
                Err(error) => return (stage, End::Failed(Failure::Mime(error))),
            };
            let step = self.step(stage, &header);
            self.headers.push(header);
            stage = match step {
                Ok(next) if self.single || self.is_down() => return (next, End::Payload),
                Ok(next) => next,
                Err(stopped) => return (stopped.1, stopped.0),
            };
        }
    }

    /// From the body of an entity to what stands in it, if it is a layer.
    pub(crate) fn step<'a>(&mut self, stage: Stage<'a>, header: &Header) -> Step<'a> {
        let encoding = header.transfer_encoding();
        let entity = match Entity::of(header) {
            // No encoding may be applied to a multipart (RFC 2045 §6.4): some would undo it, others not.
            Entity::MultipartSigned { .. } if !is_identity(encoding) => Entity::Ambiguous,
            Entity::Pkcs7 { named: true } if self.files.contains(&self.kinds.len()) => Entity::Payload,
            entity => entity,
        };
        if entity.is_layer() && self.kinds.len() >= MAX_LAYERS {
            return Err(Box::new((End::Failed(Failure::TooDeep), stage)));
        }
        match entity {
            Entity::Payload => Err(Box::new((End::Payload, stage))),
            Entity::Ambiguous => Err(Box::new((End::Failed(Failure::Ambiguous), stage))),
            Entity::MultipartSigned { boundary, digests } => self.multipart(stage, &boundary, digests),
            Entity::Pkcs7 { named } => {
                if self.headers.is_empty() {
                    self.body = stage.place().map(|place| Body { place, encoding });
                }
                self.pkcs7(decoded(stage, encoding), named && !self.single)
            }
        }
    }

    fn multipart<'a>(&mut self, stage: Stage<'a>, boundary: &str, mut digests: Vec<Digest>) -> Step<'a> {
        let prove = match &self.purpose {
            Purpose::Prove { plan, .. } => {
                digests.extend(plan.digests.iter().filter(|d| !digests.contains(d)).copied().collect::<Vec<_>>());
                true
            }
            Purpose::Release { .. } => false,
            Purpose::Inspect => true,
        };
        let read_as_crlf = matches!(&stage, Stage::Lines(lines) if lines.style() == LineStyle::Lf);
        match SignedParts::new(Box::new(stage), boundary, &self.limits) {
            Ok(parts) => {
                self.kinds.push(LayerKind::MultipartSigned);
                Ok(Stage::Parts(Parts::new(parts, read_as_crlf, &digests, prove)))
            }
            Err((error, stage)) => Err(Box::new((End::Failed(Failure::Mime(error)), *stage))),
        }
    }

    /// The CMS structure that the stage delivers. `named` says that nothing tells that it is one but a file name.
    pub(crate) fn pkcs7<'a>(&mut self, stage: Stage<'a>, named: bool) -> Step<'a> {
        let mut ber = BerReader::new(Box::new(stage));
        match cms::enter(&mut ber) {
            Ok(oids::SIGNED_DATA) => self.signed(ber),
            Ok(oids::ENVELOPED_DATA) => self.enveloped(ber, LayerKind::Enveloped),
            Ok(oids::AUTH_ENVELOPED_DATA) => self.enveloped(ber, LayerKind::AuthEnveloped),
            Ok(oids::ENCRYPTED_DATA) => self.enveloped(ber, LayerKind::Encrypted),
            Ok(oids::COMPRESSED_DATA) => self.compressed(ber),
            Ok(oids::DIGESTED_DATA) => self.digested(ber),
            Ok(oids::AUTHENTICATED_DATA) => self.authenticated(ber),
            Ok(other) => Err(Box::new((End::Failed(Failure::Cms(cms::Error::ContentType(other))), *ber.into_inner()))),
            Err(error) => {
                // Inside of what proves nothing, that it is no CMS is not told apart from any other failure.
                let proven = !self.kinds.iter().any(|k| matches!(k, LayerKind::Enveloped | LayerKind::Encrypted));
                let failure = match error {
                    cms::Error::Damaged(_) if named && proven => Failure::File { depth: self.kinds.len() },
                    error => Failure::Cms(error),
                };
                Err(Box::new((End::Failed(failure), *ber.into_inner())))
            }
        }
    }

    fn signed<'a>(&mut self, ber: BerReader<Box<Stage<'a>>>) -> Step<'a> {
        let prove = !matches!(self.purpose, Purpose::Release { .. });
        let reader = SignedReader::new(ber, prove).map_err(broken)?;
        self.kinds.push(LayerKind::Signed);
        if reader.has_content() && reader.content_type() == oids::RECEIPT {
            // Never a MIME entity (RFC 2634 §2.4 number 9).
            return Err(Box::new((End::Payload, Stage::Signed(reader))));
        }
        if reader.has_content() {
            Ok(self.entity(Stage::Signed(reader)))
        } else {
            Err(Box::new((End::NoContent, Stage::Signed(reader))))
        }
    }

    fn digested<'a>(&mut self, ber: BerReader<Box<Stage<'a>>>) -> Step<'a> {
        let reader = DigestedReader::new(ber).map_err(broken)?;
        self.kinds.push(LayerKind::Digested);
        Ok(self.entity(Stage::Digested(reader)))
    }

    fn authenticated<'a>(&mut self, mut ber: BerReader<Box<Stage<'a>>>) -> Step<'a> {
        let reader = match &mut self.purpose {
            Purpose::Prove { keys, permit, rng, .. } => AuthenticatedReader::new(ber, *keys, *permit, *rng),
            Purpose::Release { .. } => AuthenticatedReader::without_proof(ber),
            Purpose::Inspect => {
                let description = cms::describe_authenticated(&mut ber);
                self.kinds.push(LayerKind::Authenticated);
                let end = description.map_or_else(|e| End::Failed(Failure::Cms(e)), |d| End::Sealed(Box::new(d)));
                return Err(Box::new((end, *ber.into_inner())));
            }
        };
        self.kinds.push(LayerKind::Authenticated);
        let reader = reader.map_err(broken)?;
        Ok(self.entity(Stage::Authenticated(Box::new(reader))))
    }

    fn compressed<'a>(&mut self, ber: BerReader<Box<Stage<'a>>>) -> Step<'a> {
        if self.kinds.last() == Some(&LayerKind::Compressed) {
            // Nobody gains by it but who wants a hundred times a hundred (Z-02).
            let twice = cms::Error::Malformed("compressed twice");
            return Err(Box::new((End::Failed(Failure::Cms(twice)), *ber.into_inner())));
        }
        let reader = CompressedReader::new(ber, self.inflated).map_err(broken)?;
        self.kinds.push(LayerKind::Compressed);
        Ok(self.entity(Stage::Compressed(reader)))
    }

    fn enveloped<'a>(&mut self, mut ber: BerReader<Box<Stage<'a>>>, kind: LayerKind) -> Step<'a> {
        let layer = self.kinds.len();
        let authenticated = kind == LayerKind::AuthEnveloped;
        let opening = match &mut self.purpose {
            Purpose::Prove { keys, permit, rng, plan } => {
                let permit = *permit;
                let known = plan.attributes.iter().find(|(index, _)| *index == layer);
                let attributes = known.map(|(_, der)| der.clone()).unwrap_or_default();
                let report = !self.single;
                match plan.import {
                    true => Opening::Import { keys: *keys, permit, rng: *rng, attributes, report },
                    false => Opening::Prove { keys: *keys, permit, rng: *rng, attributes, report },
                }
            }
            Purpose::Inspect => {
                let description = match kind {
                    LayerKind::Encrypted => cms::describe_encrypted(&mut ber),
                    _ => cms::describe_enveloped(&mut ber, authenticated),
                };
                let end = match description {
                    Ok(description) => End::Sealed(Box::new(description)),
                    Err(error) => End::Failed(Failure::Cms(error)),
                };
                self.kinds.push(kind);
                return Err(Box::new((end, *ber.into_inner())));
            }
            Purpose::Release { keys } => match keys.get(self.envelopes) {
                Some(key) => Opening::Release(key),
                None => return Err(Box::new((End::Failed(Failure::TooDeep), *ber.into_inner()))),
            },
        };
        let reader = match kind {
            LayerKind::Encrypted => EnvelopedReader::encrypted(ber, opening),
            _ => EnvelopedReader::new(ber, authenticated, opening),
        };
        self.kinds.push(kind);
        let reader = reader.map_err(broken)?;
        self.envelopes += 1;
        Ok(self.entity(Stage::Enveloped(reader)))
    }
}

fn broken(broken: Broken<Box<Stage<'_>>>) -> Box<(End, Stage<'_>)> {
    Box::new((End::Failed(Failure::Cms(broken.error)), *broken.inner))
}

pub(crate) fn is_identity(encoding: TransferEncoding) -> bool {
    matches!(encoding, TransferEncoding::SevenBit | TransferEncoding::EightBit | TransferEncoding::Binary)
}

pub(crate) fn decoded(stage: Stage<'_>, encoding: TransferEncoding) -> Stage<'_> {
    match encoding {
        TransferEncoding::Base64 => Stage::Base64(Base64Reader::new(Box::new(stage))),
        TransferEncoding::QuotedPrintable => Stage::Quoted(QuotedPrintableReader::new(Box::new(stage))),
        _ => stage,
    }
}

/// What a MIME entity is to S/MIME, by its Content-Type alone (F-15).
pub(crate) enum Entity {
    MultipartSigned {
        boundary: String,
        digests: Vec<Digest>,
    },
    /// By its type, or by nothing but its file name.
    Pkcs7 {
        named: bool,
    },
    Payload,
    Ambiguous,
}

impl Entity {
    pub(crate) fn of(header: &Header) -> Entity {
        let content_type = header.content_type();
        let entity = if content_type.is("multipart", "signed") {
            Entity::multipart(&content_type)
        } else if content_type.is("application", "pkcs7-mime") || content_type.is("application", "x-pkcs7-mime") {
            Entity::Pkcs7 { named: false }
        } else if is_named_pkcs7(header, &content_type) {
            Entity::Pkcs7 { named: true }
        } else {
            Entity::Payload
        };
        // A structure that another reader could take for something else is not taken at all.
        let many = header.count("Content-Type") > 1 || header.count("Content-Transfer-Encoding") > 1;
        let suspicious = many || content_type.ambiguous;
        let mentions = || header.all("Content-Type").any(|f| mentions_smime(&f.unfolded().to_ascii_lowercase()));
        if suspicious && (entity.is_layer() || mentions()) { Entity::Ambiguous } else { entity }
    }

    fn multipart(content_type: &ContentType) -> Entity {
        let protocol = content_type.param("protocol").unwrap_or_default();
        let known = ["application/pkcs7-signature", "application/x-pkcs7-signature"];
        if !known.iter().any(|known| known.eq_ignore_ascii_case(protocol)) {
            return Entity::Payload;
        }
        let Some(boundary) = content_type.param("boundary") else { return Entity::Ambiguous };
        let micalg = content_type.param("micalg").unwrap_or_default().to_ascii_lowercase();
        let mut digests: Vec<Digest> = micalg.split(',').filter_map(|name| digest_named(name.trim())).collect();
        if digests.is_empty() {
            digests.push(Digest::Sha256);
        }
        digests.dedup();
        Entity::MultipartSigned { boundary: boundary.to_owned(), digests }
    }

    pub(crate) fn is_layer(&self) -> bool {
        matches!(self, Entity::MultipartSigned { .. } | Entity::Pkcs7 { .. })
    }
}

fn mentions_smime(value: &str) -> bool {
    value.contains("pkcs7-") || value.contains("multipart/signed")
}

/// application/octet-stream with an S/MIME file name (RFC 8551 §3.2, §3.10).
fn is_named_pkcs7(header: &Header, content_type: &ContentType) -> bool {
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        [".p7m", ".p7c", ".p7z"].iter().any(|ending| name.ends_with(ending))
    };
    content_type.is("application", "octet-stream")
        && (content_type.param("name").is_some_and(named)
            || header.disposition().and_then(|d| d.filename).is_some_and(|name| named(&name)))
}

/// The digest a micalg value names (RFC 8551 §3.5.3.2); a hint for what to compute, nothing more.
fn digest_named(name: &str) -> Option<Digest> {
    match name.strip_prefix("rsa-").unwrap_or(name).replace('-', "").as_str() {
        "md5" => Some(Digest::Md5),
        "sha1" => Some(Digest::Sha1),
        "sha224" => Some(Digest::Sha224),
        "sha256" => Some(Digest::Sha256),
        "sha384" => Some(Digest::Sha384),
        "sha512" => Some(Digest::Sha512),
        "sha3256" => Some(Digest::Sha3_256),
        "sha3384" => Some(Digest::Sha3_384),
        "sha3512" => Some(Digest::Sha3_512),
        "shake128" => Some(Digest::Shake128),
        "shake256" => Some(Digest::Shake256),
        "shake256len" => Some(Digest::Shake256Len),
        _ => None,
    }
}

/// Cryptographic layers of one envelope (standards.md §19).
const MAX_LAYERS: usize = 8;
/// Octets that come out of compression, unless somebody asks for more (standards.md §19).
pub(crate) const MAX_INFLATED: Inflated = Inflated::Bounded(256 * 1024 * 1024);
