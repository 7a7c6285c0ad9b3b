//! The contents of a primitive element in words.

use std::fmt::Write as _;

use crate::der::{Reader, Tag};
use crate::oid::Oid;
use crate::time::Time;
use crate::tree::walk::{MAX_SHOWN, Start};

/// Contents in words, from their first octets; `None` for what has no words, or what may not be shown.
pub(super) fn of(start: &Start, contents: &[u8], show: bool) -> Option<String> {
    let length = start.length.unwrap_or(0);
    let whole = length <= MAX_SHOWN;
    if start.class != 0 {
        return show.then(|| hex(contents));
    }
    match start.number {
        1 => Some(if contents == [0] { "FALSE" } else { "TRUE" }.to_owned()),
        2 | 10 if contents.len() <= 8 && whole => integer(contents),
        5 => None,
        6 if whole => {
            let oid = Oid::from_contents(contents).ok()?;
            Some(oid.name().map_or_else(|| oid.to_string(), |name| format!("{name} ({oid})")))
        }
        12 | 18 | 19 | 20 | 21 | 22 | 25 | 26 | 27 if show => Some(text(contents, whole)),
        28 | 30 if show && whole => wide(contents, if start.number == 30 { 2 } else { 4 }),
        23 | 24 => time(start, contents).or_else(|| show.then(|| text(contents, whole))),
        _ if show => Some(hex(contents)),
        _ => None,
    }
}

fn integer(contents: &[u8]) -> Option<String> {
    let negative = contents.first()? & 0x80 != 0;
    let fill = if negative { 0xff } else { 0 };
    let mut octets = [fill; 8];
    let start = octets.len().checked_sub(contents.len())?;
    octets.get_mut(start..)?.copy_from_slice(contents);
    Some(i64::from_be_bytes(octets).to_string())
}

fn text(contents: &[u8], whole: bool) -> String {
    let text = String::from_utf8_lossy(contents);
    if whole { format!("{text:?}") } else { format!("{text:?}…") }
}

/// BMPString and UniversalString: code points of two or four octets.
fn wide(contents: &[u8], size: usize) -> Option<String> {
    let point = |octets: &[u8]| octets.iter().fold(0u32, |point, octet| point << 8 | u32::from(*octet));
    let text: String = contents
        .chunks(size)
        .map(|octets| char::from_u32(point(octets)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some(format!("{text:?}"))
}

fn time(start: &Start, contents: &[u8]) -> Option<String> {
    let mut element = vec![if start.number == 23 { Tag::UTC_TIME.0 } else { Tag::GENERALIZED_TIME.0 }];
    element.push(u8::try_from(contents.len()).ok().filter(|length| *length < 0x80)?);
    element.extend_from_slice(contents);
    Some(Time::read(&mut Reader::new(&element)).ok()?.to_string())
}

fn hex(contents: &[u8]) -> String {
    let mut out = String::new();
    for octet in contents.iter().take(PREVIEW) {
        let _ = write!(out, "{octet:02x}");
    }
    if contents.len() > PREVIEW {
        out.push('…');
    }
    out
}

/// The name of a tag, such as `SEQUENCE` or `[0]`.
pub(super) fn tag(start: &Start) -> String {
    let universal = || {
        let index = usize::try_from(start.number).ok()?;
        UNIVERSAL.get(index).copied().filter(|name| !name.is_empty())
    };
    match start.class {
        0 => universal().map_or_else(|| format!("UNIVERSAL {}", start.number), str::to_owned),
        1 => format!("[APPLICATION {}]", start.number),
        2 => format!("[{}]", start.number),
        _ => format!("[PRIVATE {}]", start.number),
    }
}

const UNIVERSAL: [&str; 31] = [
    "",
    "BOOLEAN",
    "INTEGER",
    "BIT STRING",
    "OCTET STRING",
    "NULL",
    "OBJECT IDENTIFIER",
    "ObjectDescriptor",
    "EXTERNAL",
    "REAL",
    "ENUMERATED",
    "EMBEDDED PDV",
    "UTF8String",
    "RELATIVE-OID",
    "TIME",
    "",
    "SEQUENCE",
    "SET",
    "NumericString",
    "PrintableString",
    "TeletexString",
    "VideotexString",
    "IA5String",
    "UTCTime",
    "GeneralizedTime",
    "GraphicString",
    "VisibleString",
    "GeneralString",
    "UniversalString",
    "CHARACTER STRING",
    "BMPString",
];
/// Octets shown of what has no words.
const PREVIEW: usize = 16;
