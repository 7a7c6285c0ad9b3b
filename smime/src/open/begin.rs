//! Where the envelope of a mail begins: in a mail, in a file by itself, or in a mail that only wraps another.

use std::io::BufRead;

use cms::{ContentKey, Inflated, Source};
use mime::{Base64Reader, Header, Limits, LineEnds, LineStyle, PartReader, SignedParts, TnefReader};

use crate::open::error::OpenError;
use crate::open::form::{Form, recognise};
use crate::open::pem::{BOM, PemBlocks};
use crate::open::stage::Stage;
use crate::open::walk::{Body, End, Entity, Purpose, Walk, Walker, Way, decoded, is_identity};

/// Opens the mail up to its payload: a mail, a CMS structure by itself, or either inside of a mail that only wraps it.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read at all.
pub(crate) fn walk<'a>(source: &'a dyn Source, purpose: Purpose<'_>) -> Result<Walk<'a>, OpenError> {
    walk_by(source, Walker::new(purpose, false))
}

/// Opens the one outermost layer of a CMS message in any form. What it holds is delivered byte for byte, whatever it is.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read at all.
pub(crate) fn walk_one<'a>(source: &'a dyn Source, purpose: Purpose<'_>) -> Result<Walk<'a>, OpenError> {
    walk_by(source, Walker::new(purpose, true))
}

/// The same, with this bound on what comes out of compression.
///
/// # Errors
/// As [`walk_one`].
pub(crate) fn walk_inflating<'a>(
    source: &'a dyn Source,
    purpose: Purpose<'_>,
    most: Inflated,
) -> Result<Walk<'a>, OpenError> {
    walk_by(source, Walker::new(purpose, true).inflating(most))
}

/// The one layer that an earlier walk found at this body, released.
///
/// # Errors
/// [`OpenError::Io`] where it cannot be read at all.
pub(crate) fn walk_again<'a>(
    source: &'a dyn Source,
    body: Body,
    keys: &[ContentKey],
    most: Inflated,
) -> Result<(Stage<'a>, End), OpenError> {
    let mut input = source.open().map_err(OpenError::Io)?;
    wire::read_past(&mut input, body.place).map_err(OpenError::Io)?;
    let mut walker = Walker::new(Purpose::Release { keys }, true).inflating(most);
    let step = walker.pkcs7(decoded(Stage::input(input), body.encoding), false);
    Ok(walker.from(step))
}

/// The one layer of CMS whose octets this delivers, looked at without keys.
pub(crate) fn look_at(octets: Box<dyn BufRead + '_>) -> Walk<'_> {
    let mut walker = Walker::new(Purpose::Inspect, true);
    let (stage, end) = begin(Stage::input(octets), &mut walker);
    Walk {
        stage,
        headers: walker.headers,
        kinds: walker.kinds,
        style: LineStyle::None,
        end,
        way: Way::File,
        body: None,
    }
}

fn walk_by<'a>(source: &'a dyn Source, mut walker: Walker<'_>) -> Result<Walk<'a>, OpenError> {
    loop {
        let (stage, end, style, way) = by_any_way(source, &mut walker)?;
        if !walker.learns(&end) {
            return Ok(Walk {
                stage,
                headers: walker.headers,
                kinds: walker.kinds,
                style,
                end,
                way,
                body: walker.body,
            });
        }
        walker.restart();
    }
}

type Walked<'a> = (Stage<'a>, End, LineStyle, Way);

fn by_any_way<'a>(source: &'a dyn Source, walker: &mut Walker<'_>) -> Result<Walked<'a>, OpenError> {
    let (form, input) = recognise(source.open().map_err(OpenError::Io)?).map_err(OpenError::Io)?;
    match form {
        Form::Smime => {}
        Form::Tnef => {
            let stage = Stage::Tnef(opened(Stage::input(input))?);
            let (stage, end) = in_tnef(stage, Header::default(), walker).ok_or_else(no_message)?;
            return Ok((stage, end, LineStyle::None, Way::TnefFile));
        }
        Form::Ber | Form::Base64 | Form::Pem => {
            walker.headers.push(Header::default());
            let (stage, end) = begin(bare(form, input, source)?, walker);
            return Ok((stage, end, LineStyle::None, Way::File));
        }
    }
    let mut lines = LineEnds::new(Box::new(Stage::input(input)));
    mime::skip_prelude(&mut lines).map_err(OpenError::Io)?;
    let style = lines.style();
    let (stage, end) = walker.run(Stage::Lines(lines));
    let payload = matches!(end, End::Payload) && walker.kinds.is_empty();
    if !payload || walker.headers.last().is_none_or(|header| Wrapper::of(header).is_none()) {
        return Ok((stage, end, style, Way::Mail));
    }
    walker.restart();
    let found = match inside(source)? {
        Some(Inside::Forwarded(stage, header)) => {
            let step = walker.step(stage, &header);
            walker.headers.push(header);
            let (stage, end) = walker.from(step);
            Some((stage, end, Way::Forwarded))
        }
        Some(Inside::Tnef(stage, header)) => in_tnef(stage, header, walker).map(|(stage, end)| (stage, end, Way::Tnef)),
        None => None,
    };
    if let Some((stage, end, way)) = found.filter(|_| !walker.kinds.is_empty()) {
        return Ok((stage, end, style, way));
    }
    // What it wraps is none of ours: it is a mail like any other.
    walker.restart();
    let (stage, end) = walker.run(lines_of(source)?);
    Ok((stage, end, style, Way::Mail))
}

/// The octets of a structure that stands by itself in this form; `input` is the source's, from its beginning.
fn bare<'a>(form: Form, mut input: Box<dyn BufRead + 'a>, source: &'a dyn Source) -> Result<Stage<'a>, OpenError> {
    let text = match form {
        Form::Pem => Stage::Pem(PemBlocks::of_message(source).map_err(OpenError::Io)?),
        Form::Base64 => {
            if input.fill_buf().map_err(OpenError::Io)?.starts_with(BOM) {
                input.consume(BOM.len());
            }
            Stage::input(input)
        }
        _ => return Ok(Stage::input(input)),
    };
    Ok(Stage::Base64(Base64Reader::new(Box::new(text))))
}

/// The structure that the stage delivers, and what is in it.
fn begin<'a>(stage: Stage<'a>, walker: &mut Walker<'_>) -> (Stage<'a>, End) {
    let step = walker.pkcs7(stage, false);
    walker.from(step)
}

/// The mail's lines from its first header line on.
pub(crate) fn lines_of(source: &dyn Source) -> Result<Stage<'_>, OpenError> {
    let mut lines = LineEnds::new(Box::new(Stage::input(source.open().map_err(OpenError::Io)?)));
    mime::skip_prelude(&mut lines).map_err(OpenError::Io)?;
    Ok(Stage::Lines(lines))
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

/// What stands in wrappers.
enum Inside<'a> {
    /// A mail whose outermost entity is a layer, at its body, and its header: the wrapper leaves no trace.
    Forwarded(Stage<'a>, Header),
    /// The message in a TNEF stream, and the header of the mail around that.
    Tnef(Stage<'a>, Header),
}

/// Reads the wrappers again, down to what they wrap; `None` where that is none of ours.
fn inside(source: &dyn Source) -> Result<Option<Inside<'_>>, OpenError> {
    let limits = Limits::default();
    let mut stage = lines_of(source)?;
    let mut forwarded = false;
    for _ in 0..MAX_WRAPPERS {
        let Ok(header) = Header::read(&mut stage, &limits) else { return Ok(None) };
        let stream = match Wrapper::of(&header) {
            Some(Wrapper::Message) => {
                forwarded = true;
                continue;
            }
            Some(Wrapper::Tnef) => decoded(stage, header.transfer_encoding()),
            Some(Wrapper::Mixed(boundary)) => {
                let Ok(Some((part, reader))) = PartReader::find(Box::new(stage), &boundary, &limits, is_tnef) else {
                    return Ok(None);
                };
                decoded(Stage::Part(reader), part.transfer_encoding())
            }
            // What has no From is no mail (RFC 5322 §3.6), but a part that somebody put there (F-15).
            None if forwarded && header.count("From") > 0 && Entity::of(&header).is_layer() => {
                return Ok(Some(Inside::Forwarded(stage, header)));
            }
            None => return Ok(None),
        };
        return Ok(opened(stream).ok().map(|reader| Inside::Tnef(Stage::Tnef(reader), header)));
    }
    Ok(None)
}

/// A TNEF stream, at the message in it.
fn opened(stream: Stage<'_>) -> Result<TnefReader<Box<Stage<'_>>>, OpenError> {
    TnefReader::open(Box::new(stream)).map_err(mime::Error::from)?.ok_or_else(no_message)
}

fn no_message() -> OpenError {
    OpenError::NotMail(mime::Error::NoMessage)
}

/// The message in a TNEF stream, under the header of the mail around it. A clear-signed one has a header of its own,
/// which tells its structure and nothing else.
fn in_tnef<'a>(mut stage: Stage<'a>, header: Header, walker: &mut Walker<'_>) -> Option<(Stage<'a>, End)> {
    let step = match Form::of(stage.fill_buf().ok()?) {
        Form::Ber => walker.pkcs7(stage, false),
        Form::Smime => {
            let mut lines = Stage::Lines(LineEnds::new(Box::new(stage)));
            let inside = Header::read(&mut lines, &Limits::default()).ok()?;
            walker.step(lines, &inside)
        }
        _ => return None,
    };
    walker.headers.push(header);
    Some(walker.from(step))
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

/// The octets of the outermost structure of a file in any form; of a multipart/signed they are those of its signature.
///
/// # Errors
/// [`OpenError::Damaged`] where it is a mail without CMS, [`OpenError::Io`] where it cannot be read.
pub(crate) fn structure<'a>(source: &'a dyn Source) -> Result<Stage<'a>, OpenError> {
    let (form, mut input) = recognise(source.open().map_err(OpenError::Io)?).map_err(OpenError::Io)?;
    match form {
        Form::Smime => {}
        Form::Tnef => return structure_in_tnef(Stage::Tnef(opened(Stage::input(input))?)),
        Form::Ber | Form::Base64 | Form::Pem => return bare(form, input, source),
    }
    let start = input.fill_buf().map_err(OpenError::Io)?;
    let line = start.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let text = line.iter().all(|octet| matches!(octet, b'\t' | b'\r' | b' '..=b'~')) || start.starts_with(BOM);
    if !text || start.is_empty() {
        return Ok(Stage::input(input));
    }
    let mut stage = lines_of(source)?;
    let header = Header::read(&mut stage, &Limits::default()).map_err(|_| no_structure())?;
    if Wrapper::of(&header).is_none() {
        return structure_of_entity(stage, &header);
    }
    match inside(source)? {
        Some(Inside::Forwarded(stage, header)) => structure_of_entity(stage, &header),
        Some(Inside::Tnef(stage, _)) => structure_in_tnef(stage),
        None => Err(no_structure()),
    }
}

fn structure_in_tnef(mut stage: Stage<'_>) -> Result<Stage<'_>, OpenError> {
    if Form::of(stage.fill_buf().map_err(mime::Error::from)?) == Form::Ber {
        return Ok(stage);
    }
    let mut lines = Stage::Lines(LineEnds::new(Box::new(stage)));
    let header = Header::read(&mut lines, &Limits::default()).map_err(|_| no_structure())?;
    structure_of_entity(lines, &header)
}

fn structure_of_entity<'a>(stage: Stage<'a>, header: &Header) -> Result<Stage<'a>, OpenError> {
    match Entity::of(header) {
        Entity::Pkcs7 { .. } => Ok(decoded(stage, header.transfer_encoding())),
        Entity::MultipartSigned { boundary, .. } => {
            let parts = SignedParts::new(Box::new(stage), &boundary, &Limits::default())
                .map_err(|(error, _)| OpenError::from(error))?;
            let (second, _) = parts.finish();
            let signature = second.map_err(OpenError::from)?.body;
            Ok(Stage::input(Box::new(std::io::Cursor::new(signature))))
        }
        _ => Err(no_structure()),
    }
}

fn no_structure() -> OpenError {
    OpenError::Damaged("this is no CMS message, and no other file that is known".to_owned())
}

/// Mails inside of mails that only wrap them.
const MAX_WRAPPERS: usize = 8;
