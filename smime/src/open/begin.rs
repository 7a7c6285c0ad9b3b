//! Where the envelope of a mail begins: in a mail, in a file by itself, or in a mail that only wraps another.

use std::io::BufRead;

use cms::{ContentKey, Source};
use mime::{Base64Reader, Header, Limits, LineEnds, LineStyle, PartReader, SignedParts, TnefReader};

use crate::open::error::OpenError;
use crate::open::stage::{PemBody, Stage};
use crate::open::walk::{End, Entity, Purpose, Step, Walk, Walker, Way, decoded, is_identity};

/// Opens the mail up to its payload: a mail, a CMS structure by itself, or either inside of a mail that only wraps it.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read at all.
pub(crate) fn walk<'a>(source: &'a dyn Source, purpose: Purpose<'_>) -> Result<Walk<'a>, OpenError> {
    let mut walker = Walker::new(purpose, false);
    loop {
        let (stage, end, style, way) = by_any_way(source, &mut walker)?;
        if !walker.learns(&end) {
            return Ok(Walk { stage, headers: walker.headers, kinds: walker.kinds, style, end, way });
        }
        walker.restart();
    }
}

type Walked<'a> = (Stage<'a>, End, LineStyle, Way);

fn by_any_way<'a>(source: &'a dyn Source, walker: &mut Walker<'_>) -> Result<Walked<'a>, OpenError> {
    let mut input = source.open().map_err(OpenError::Io)?;
    let bare = match Form::of(input.fill_buf().map_err(OpenError::Io)?) {
        Form::Smime => None,
        Form::Ber => Some(Stage::Input(input)),
        Form::Pem => {
            let body = PemBody::new(input).map_err(OpenError::Io)?;
            Some(Stage::Base64(Base64Reader::new(Box::new(Stage::Pem(body)))))
        }
    };
    if let Some(stage) = bare {
        walker.headers.push(Header::default());
        let (stage, end) = from(walker.pkcs7(stage, false), walker);
        return Ok((stage, end, LineStyle::None, Way::File));
    }
    let (stage, style) = lines(source)?;
    let (stage, end) = walker.run(stage);
    let wraps = walker.headers.last().is_some_and(|header| Wrapper::of(header).is_some());
    if !matches!(end, End::Payload) || !walker.kinds.is_empty() || !wraps {
        return Ok((stage, end, style, Way::Mail));
    }
    if let Some((stage, end, way)) = unwrapped(source, walker)?
        && !walker.kinds.is_empty()
    {
        return Ok((stage, end, style, way));
    }
    // What it wraps is none of ours: it is a mail like any other.
    walker.restart();
    let (stage, end) = walker.run(lines(source)?.0);
    Ok((stage, end, style, Way::Mail))
}

/// The mail's lines from its first header line on, and how they end.
fn lines(source: &dyn Source) -> Result<(Stage<'_>, LineStyle), OpenError> {
    let mut lines = LineEnds::new(Box::new(Stage::Input(source.open().map_err(OpenError::Io)?)));
    mime::skip_prelude(&mut lines).map_err(OpenError::Io)?;
    let style = lines.style();
    Ok((Stage::Lines(lines), style))
}

/// Goes on from the first step.
fn from<'a>(step: Step<'a>, walker: &mut Walker<'_>) -> (Stage<'a>, End) {
    match step {
        Ok(next) if walker.is_down() => (next, End::Payload),
        Ok(next) => walker.run(next),
        Err(stopped) => (stopped.1, stopped.0),
    }
}

/// What stands around a mail in full and is no layer.
enum Wrapper {
    /// A forwarded mail (RFC 2046 §5.2.1).
    Message,
    /// A TNEF stream (MS-OXTNEF).
    Tnef,
    /// Parts, one of which may be a TNEF stream.
    Mixed(String),
}

impl Wrapper {
    fn of(header: &Header) -> Option<Wrapper> {
        let content_type = header.content_type();
        if content_type.ambiguous {
            None
        } else if content_type.is("message", "rfc822") || content_type.is("message", "global") {
            is_identity(header.transfer_encoding()).then_some(Wrapper::Message)
        } else if is_tnef(header) {
            Some(Wrapper::Tnef)
        } else if content_type.is("multipart", "mixed") && is_identity(header.transfer_encoding()) {
            content_type.param("boundary").map(|boundary| Wrapper::Mixed(boundary.to_owned()))
        } else {
            None
        }
    }
}

fn is_tnef(header: &Header) -> bool {
    let content_type = header.content_type();
    let named = |name: &str| name.eq_ignore_ascii_case("winmail.dat");
    content_type.is("application", "ms-tnef")
        || content_type.is("application", "vnd.ms-tnef")
        || content_type.is("application", "octet-stream")
            && (content_type.param("name").is_some_and(named)
                || header.disposition().and_then(|d| d.filename).is_some_and(|name| named(&name)))
}

/// Reads the wrappers again, down to a mail whose outermost entity is a layer, and walks that; `None` where there is
/// none. The wrapper of a forwarded mail leaves no trace: the header that counts is that of the mail inside.
fn unwrapped<'a>(source: &'a dyn Source, walker: &mut Walker<'_>) -> Result<Option<(Stage<'a>, End, Way)>, OpenError> {
    walker.restart();
    let limits = Limits::default();
    let (mut stage, _) = lines(source)?;
    let mut forwarded = false;
    for _ in 0..MAX_WRAPPERS {
        let Ok(header) = Header::read(&mut stage, &limits) else { return Ok(None) };
        match Wrapper::of(&header) {
            Some(Wrapper::Message) => forwarded = true,
            Some(Wrapper::Tnef) => return Ok(tnef(decoded(stage, header.transfer_encoding()), header, walker)),
            Some(Wrapper::Mixed(boundary)) => {
                let Ok(Some((part, reader))) = PartReader::find(Box::new(stage), &boundary, &limits, is_tnef) else {
                    return Ok(None);
                };
                return Ok(tnef(decoded(Stage::Part(reader), part.transfer_encoding()), header, walker));
            }
            // What has no From is no mail (RFC 5322 §3.6), but a part that somebody put there (F-15).
            None if forwarded && header.count("From") > 0 && Entity::of(&header).is_layer() => {
                let step = walker.step(stage, &header);
                walker.headers.push(header);
                let (stage, end) = from(step, walker);
                return Ok(Some((stage, end, Way::Forwarded)));
            }
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// The message in a TNEF stream, under the header of the mail around it. A clear-signed one has a header of its own,
/// which tells its structure and nothing else.
fn tnef<'a>(stage: Stage<'a>, header: Header, walker: &mut Walker<'_>) -> Option<(Stage<'a>, End, Way)> {
    let mut stage = Stage::Tnef(TnefReader::open(Box::new(stage)).ok()??);
    let step = match Form::of(stage.fill_buf().ok()?) {
        Form::Ber => walker.pkcs7(stage, false),
        Form::Pem => return None,
        Form::Smime => {
            let mut lines = Stage::Lines(LineEnds::new(Box::new(stage)));
            let inside = Header::read(&mut lines, &Limits::default()).ok()?;
            walker.step(lines, &inside)
        }
    };
    walker.headers.push(header);
    let (stage, end) = from(step, walker);
    Some((stage, end, Way::Tnef))
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
    Ok(Walk { stage, headers: walker.headers, kinds: walker.kinds, style, end, way: Way::Mail })
}

/// What so many layers of a proven mail hold, byte for byte: a MIME entity, or what a receipt's signature signs. `keys`
/// are those of its layers of encryption, the outermost first.
///
/// # Errors
/// [`OpenError::Changed`] where it has fewer layers, [`OpenError::Io`] where it cannot be read.
pub(crate) fn beneath<'a>(source: &'a dyn Source, keys: &[ContentKey], depth: usize) -> Result<Stage<'a>, OpenError> {
    let mut walker = Walker::new(Purpose::Release { keys }, false).down_to(depth);
    let (stage, end, _, way) = by_any_way(source, &mut walker)?;
    if !matches!(end, End::Payload) || !walker.is_down() || !matches!(way, Way::Mail | Way::File) {
        return Err(OpenError::Changed);
    }
    // Nothing was read of it yet: as it stands, not as lines.
    Ok(match stage {
        Stage::Lines(lines) => *lines.into_inner(),
        stage => stage,
    })
}

/// The octets of the structure of CMS that an entity is.
///
/// # Errors
/// [`OpenError::Changed`] where it is none.
pub(crate) fn structure_in(entity: Stage<'_>) -> Result<Stage<'_>, OpenError> {
    let mut stage = Stage::Lines(LineEnds::new(Box::new(entity)));
    let header = Header::read(&mut stage, &Limits::default())?;
    match Entity::of(&header) {
        Entity::Pkcs7 { .. } => Ok(decoded(stage, header.transfer_encoding())),
        _ => Err(OpenError::Changed),
    }
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
        Entity::Pkcs7 { .. } => Ok(decoded(stage, header.transfer_encoding())),
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

/// Mails inside of mails that only wrap them.
const MAX_WRAPPERS: usize = 8;
