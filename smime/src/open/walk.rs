//! From a mail's first byte inwards: names each cryptographic layer of the envelope and stacks the
//! readers that open it, up to the first part that is none (the payload).

use std::io::BufRead;

use cms::{
    Broken, CompressedReader, ContentKey, DigestedReader, EnvelopedDescription, EnvelopedReader, Keys, Opening,
    SignedReader, Source,
};
use crypto::{Digest, Random};
use mime::{
    Base64Reader, ContentType, Header, Limits, LineEnds, LineStyle, QuotedPrintableReader, SignedParts,
    TransferEncoding,
};
use wire::ber::BerReader;
use wire::oids;

use crate::open::error::{MessageKind, OpenError};
use crate::open::stage::{Parts, PemBody, Stage};

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
    Prove { keys: &'k dyn Keys, rng: &'k mut dyn Random, plan: &'k Plan },
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
}

impl LayerKind {
    /// What a message is whose outermost layer this is.
    pub(crate) fn message(self) -> MessageKind {
        match self {
            LayerKind::Signed | LayerKind::MultipartSigned => MessageKind::Signed,
            LayerKind::Enveloped | LayerKind::AuthEnveloped | LayerKind::Encrypted => MessageKind::Encrypted,
            LayerKind::Compressed => MessageKind::Compressed,
            LayerKind::Digested => MessageKind::Digested,
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
}

/// Opens the mail up to its payload.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read at all.
pub(crate) fn walk<'a>(source: &'a dyn Source, purpose: Purpose<'_>) -> Result<Walk<'a>, OpenError> {
    let input = Stage::Input(source.open().map_err(OpenError::Io)?);
    let mut lines = LineEnds::new(Box::new(input));
    mime::skip_prelude(&mut lines).map_err(OpenError::Io)?;
    let mut walker = Walker::new(purpose, false);
    let style = lines.style();
    let (stage, end) = walker.run(Stage::Lines(lines));
    Ok(Walk { stage, headers: walker.headers, kinds: walker.kinds, style, end })
}

/// Opens the one outermost layer of a CMS message in any form: S/MIME, PEM or BER. What it holds is
/// delivered byte for byte, whatever it is.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read at all.
pub(crate) fn walk_one<'a>(source: &'a dyn Source, purpose: Purpose<'_>) -> Result<Walk<'a>, OpenError> {
    let mut input = source.open().map_err(OpenError::Io)?;
    let form = Form::of(input.fill_buf().map_err(OpenError::Io)?);
    let mut walker = Walker::new(purpose, true);
    let mut style = LineStyle::None;
    let (stage, end) = match form {
        Form::Ber => walker.one(Stage::Input(input)),
        Form::Pem => {
            let body = PemBody::new(input).map_err(OpenError::Io)?;
            walker.one(Stage::Base64(Base64Reader::new(Box::new(Stage::Pem(body)))))
        }
        Form::Smime => {
            let mut lines = LineEnds::new(Box::new(Stage::Input(input)));
            mime::skip_prelude(&mut lines).map_err(OpenError::Io)?;
            style = lines.style();
            walker.run(Stage::Lines(lines))
        }
    };
    Ok(Walk { stage, headers: walker.headers, kinds: walker.kinds, style, end })
}

/// The octets of the outermost structure of a file in any form: S/MIME, PEM or bare; of a multipart/signed they are
/// those of its signature.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read, [`OpenError::Damaged`] where it is a mail without CMS.
pub(crate) fn structure<'a>(source: &'a dyn Source) -> Result<Stage<'a>, OpenError> {
    let none = || OpenError::Damaged("this is no CMS message, and no other file that is known".to_owned());
    let mut input = source.open().map_err(OpenError::Io)?;
    let start = input.fill_buf().map_err(OpenError::Io)?;
    if let Some(label) = label(start) {
        input.consume(label);
        let body = PemBody::new(input).map_err(OpenError::Io)?;
        return Ok(Stage::Base64(Base64Reader::new(Box::new(Stage::Pem(body)))));
    }
    let line = start.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let text = line.iter().all(|octet| matches!(octet, b'\t' | b'\r' | b' '..=b'~'));
    if !text || start.is_empty() {
        return Ok(Stage::Input(input));
    }
    let mut lines = LineEnds::new(Box::new(Stage::Input(input)));
    mime::skip_prelude(&mut lines).map_err(OpenError::Io)?;
    let mut stage = Stage::Lines(lines);
    let limits = Limits::default();
    let header = Header::read(&mut stage, &limits).map_err(|_| none())?;
    match Entity::of(&header) {
        Entity::Pkcs7 => Ok(decoded(stage, header.transfer_encoding())),
        Entity::MultipartSigned { boundary, .. } => {
            let parts =
                SignedParts::new(Box::new(stage), &boundary, &limits).map_err(|(error, _)| OpenError::from(error))?;
            let (second, _) = parts.finish();
            let signature = second.map_err(OpenError::from)?.body;
            Ok(Stage::Input(Box::new(std::io::Cursor::new(signature))))
        }
        _ => Err(none()),
    }
}

/// Where the first line that begins a PEM block is, if text alone stands before it.
fn label(start: &[u8]) -> Option<usize> {
    let at = memchr::memmem::find(start, b"-----BEGIN ")?;
    let before = start.get(..at)?;
    let text = before.iter().all(|octet| matches!(octet, b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0x80..));
    (text && (at == 0 || before.ends_with(b"\n")) && !before.starts_with(b"0")).then_some(at)
}

/// The form a CMS message is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Smime,
    Pem,
    Ber,
}

impl Form {
    /// By how it begins: a SEQUENCE, a PEM label, or else a mail header.
    pub fn of(start: &[u8]) -> Form {
        match start {
            [0x30, second, ..] if !second.is_ascii_graphic() || *second >= 0x80 => Form::Ber,
            // A short one: no header has the octet that an OBJECT IDENTIFIER begins with.
            [0x30, _, 0x06, ..] => Form::Ber,
            _ if start.starts_with(b"-----BEGIN ") => Form::Pem,
            _ => Form::Smime,
        }
    }
}

struct Walker<'k> {
    purpose: Purpose<'k>,
    headers: Vec<Header>,
    kinds: Vec<LayerKind>,
    envelopes: usize,
    limits: Limits,
    /// Stop at what the first layer holds.
    single: bool,
}

/// A stage that could be put on top, or why not and what lies below.
type Step<'a> = Result<Stage<'a>, Box<(End, Stage<'a>)>>;

impl<'k> Walker<'k> {
    fn new(purpose: Purpose<'k>, single: bool) -> Self {
        Walker { purpose, headers: Vec::new(), kinds: Vec::new(), envelopes: 0, limits: Limits::default(), single }
    }

    /// One layer of CMS, whose bytes the stage delivers.
    fn one<'a>(&mut self, stage: Stage<'a>) -> (Stage<'a>, End) {
        match self.pkcs7(stage) {
            Ok(stage) => (stage, End::Payload),
            Err(stopped) => (stopped.1, stopped.0),
        }
    }

    /// What a layer holds is a MIME entity, unless nobody asks.
    fn entity<'a>(&self, stage: Stage<'a>) -> Stage<'a> {
        if self.single { stage } else { Stage::Lines(LineEnds::new(Box::new(stage))) }
    }

    fn run<'a>(&mut self, mut stage: Stage<'a>) -> (Stage<'a>, End) {
        loop {
            let header = match Header::read(&mut stage, &self.limits) {
                Ok(header) => header,
                Err(error) => return (stage, End::Failed(Failure::Mime(error))),
            };
            let encoding = header.transfer_encoding();
            let entity = match Entity::of(&header) {
                // No encoding may be applied to a multipart (RFC 2045 §6.4): some would undo it, others not.
                Entity::MultipartSigned { .. } if !is_identity(encoding) => Entity::Ambiguous,
                entity => entity,
            };
            self.headers.push(header);
            if entity.is_layer() && self.kinds.len() >= MAX_LAYERS {
                return (stage, End::Failed(Failure::TooDeep));
            }
            let step = match entity {
                Entity::Payload => return (stage, End::Payload),
                Entity::Ambiguous => return (stage, End::Failed(Failure::Ambiguous)),
                Entity::MultipartSigned { boundary, digests } => self.multipart(stage, &boundary, digests),
                Entity::Pkcs7 => self.pkcs7(decoded(stage, encoding)),
            };
            stage = match step {
                Ok(next) if self.single => return (next, End::Payload),
                Ok(next) => next,
                Err(stopped) => return (stopped.1, stopped.0),
            };
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

    fn pkcs7<'a>(&mut self, stage: Stage<'a>) -> Step<'a> {
        let mut ber = BerReader::new(Box::new(stage));
        match cms::enter(&mut ber) {
            Ok(oids::SIGNED_DATA) => self.signed(ber),
            Ok(oids::ENVELOPED_DATA) => self.enveloped(ber, LayerKind::Enveloped),
            Ok(oids::AUTH_ENVELOPED_DATA) => self.enveloped(ber, LayerKind::AuthEnveloped),
            Ok(oids::ENCRYPTED_DATA) => self.enveloped(ber, LayerKind::Encrypted),
            Ok(oids::COMPRESSED_DATA) => self.compressed(ber),
            Ok(oids::DIGESTED_DATA) => self.digested(ber),
            Ok(other) => Err(Box::new((End::Failed(Failure::Cms(cms::Error::ContentType(other))), *ber.into_inner()))),
            Err(error) => Err(Box::new((End::Failed(Failure::Cms(error)), *ber.into_inner()))),
        }
    }

    fn signed<'a>(&mut self, ber: BerReader<Box<Stage<'a>>>) -> Step<'a> {
        let prove = !matches!(self.purpose, Purpose::Release { .. });
        let reader = SignedReader::new(ber, prove).map_err(broken)?;
        self.kinds.push(LayerKind::Signed);
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

    fn compressed<'a>(&mut self, ber: BerReader<Box<Stage<'a>>>) -> Step<'a> {
        if self.kinds.last() == Some(&LayerKind::Compressed) {
            // Nobody gains by it but who wants a hundred times a hundred (Z-02).
            let twice = cms::Error::Malformed("compressed twice");
            return Err(Box::new((End::Failed(Failure::Cms(twice)), *ber.into_inner())));
        }
        let limit = if self.single { u64::MAX } else { MAX_INFLATED };
        let reader = CompressedReader::new(ber, limit).map_err(broken)?;
        self.kinds.push(LayerKind::Compressed);
        Ok(self.entity(Stage::Compressed(reader)))
    }

    fn enveloped<'a>(&mut self, mut ber: BerReader<Box<Stage<'a>>>, kind: LayerKind) -> Step<'a> {
        let layer = self.kinds.len();
        let authenticated = kind == LayerKind::AuthEnveloped;
        let opening = match &mut self.purpose {
            Purpose::Prove { keys, rng, plan } => {
                let known = plan.attributes.iter().find(|(index, _)| *index == layer);
                let attributes = known.map(|(_, der)| der.clone()).unwrap_or_default();
                match plan.import {
                    true => Opening::Import { keys: *keys, rng: *rng, attributes },
                    false => Opening::Prove { keys: *keys, rng: *rng, attributes },
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
                None => {
                    self.kinds.push(kind);
                    return Err(Box::new((End::Failed(Failure::TooDeep), *ber.into_inner())));
                }
            },
        };
        let reader = match kind {
            LayerKind::Encrypted => EnvelopedReader::encrypted(ber, opening),
            _ => EnvelopedReader::new(ber, authenticated, opening),
        };
        let reader = reader.map_err(broken)?;
        self.envelopes += 1;
        self.kinds.push(kind);
        Ok(self.entity(Stage::Enveloped(reader)))
    }
}

fn broken(broken: Broken<Box<Stage<'_>>>) -> Box<(End, Stage<'_>)> {
    Box::new((End::Failed(Failure::Cms(broken.error)), *broken.inner))
}

fn is_identity(encoding: TransferEncoding) -> bool {
    matches!(encoding, TransferEncoding::SevenBit | TransferEncoding::EightBit | TransferEncoding::Binary)
}

fn decoded(stage: Stage<'_>, encoding: TransferEncoding) -> Stage<'_> {
    match encoding {
        TransferEncoding::Base64 => Stage::Base64(Base64Reader::new(Box::new(stage))),
        TransferEncoding::QuotedPrintable => Stage::Quoted(QuotedPrintableReader::new(Box::new(stage))),
        _ => stage,
    }
}

/// What a MIME entity is to S/MIME, by its Content-Type alone (F-15).
enum Entity {
    MultipartSigned { boundary: String, digests: Vec<Digest> },
    Pkcs7,
    Payload,
    Ambiguous,
}

impl Entity {
    fn of(header: &Header) -> Entity {
        let content_type = header.content_type();
        let entity = if content_type.is("multipart", "signed") {
            Entity::multipart(&content_type)
        } else if is_pkcs7(header, &content_type) {
            Entity::Pkcs7
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
        let protocol = content_type.param("protocol").unwrap_or_default().to_ascii_lowercase();
        if !matches!(protocol.as_str(), "application/pkcs7-signature" | "application/x-pkcs7-signature") {
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

    fn is_layer(&self) -> bool {
        matches!(self, Entity::MultipartSigned { .. } | Entity::Pkcs7)
    }
}

fn mentions_smime(value: &str) -> bool {
    value.contains("pkcs7-") || value.contains("multipart/signed")
}

/// application/pkcs7-mime under both its names, or application/octet-stream with an S/MIME file name
/// (RFC 8551 §3.2, §3.10).
fn is_pkcs7(header: &Header, content_type: &ContentType) -> bool {
    if content_type.is("application", "pkcs7-mime") || content_type.is("application", "x-pkcs7-mime") {
        return true;
    }
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
/// Octets that come out of compression within a mail (standards.md §19). A file of its own is bound by the ratio alone.
const MAX_INFLATED: u64 = 256 * 1024 * 1024;
