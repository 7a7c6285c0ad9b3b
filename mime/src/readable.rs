//! What a mail says to people, as text: its own words, without markup, and what is attached by name.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use crate::base64::Base64Reader;
use crate::charset::decode;
use crate::content::TransferEncoding;
use crate::error::Error;
use crate::header::Header;
use crate::html::text_of;
use crate::limits::Limits;
use crate::quoted::QuotedPrintableReader;
use crate::walk::{Kind, Part, Place, Visitor, Walk};

/// The readable text of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readable {
    /// Its texts, in their order.
    pub texts: Vec<Text>,
    /// What else is in it.
    pub attachments: Vec<Attachment>,
    /// There is more than is read, [`MOST`] octets of text or parts beyond [`Limits`], or a part of it is damaged.
    pub cut: bool,
}

/// One text. It may hold any character, whatever that does to a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Lines that end in LF.
    pub text: String,
    /// It is made from HTML: there is no plain form.
    pub from_html: bool,
    /// Which child of the root, counted from 0, it stands in; none where the root is the text.
    pub top: Option<usize>,
}

/// A part that is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its type, such as `application/pdf`, in lower case.
    pub kind: String,
    /// Its file name, for people.
    pub name: Option<String>,
    /// Octets as they are encoded; none of an attached message.
    pub octets: Option<u64>,
}

/// Reads the body, in CRLF form, of the mail that `header` begins. Of alternatives the plain one is taken, HTML is turned
/// into text where there is no other, and nothing is fetched or run.
///
/// # Errors
/// [`Error::Io`]. What is beyond the limits is an attachment.
pub fn readable(header: &Header, body: &mut dyn BufRead) -> Result<Readable, Error> {
    let limits = Limits::default();
    let mut walk = Walk::reading(header, &limits, Collector { most_parts: limits.parts, ..Collector::default() })?;
    loop {
        let piece = body.fill_buf()?;
        let len = piece.len();
        if len == 0 {
            break;
        }
        walk.take(piece)?;
        body.consume(len);
    }
    walk.end()?;
    Ok(std::mem::take(walk.visitor()).conclude())
}

#[derive(Default)]
struct Collector {
    found: Vec<Found>,
    attachments: Vec<Attachment>,
    /// The place of every multipart/alternative, by its number.
    alternatives: BTreeMap<usize, Option<(usize, usize)>>,
    /// Parts that are told of.
    most_parts: usize,
    open: Open,
    held: usize,
    cut: bool,
}

/// What is being read.
#[derive(Default)]
enum Open {
    Text(Found, TransferEncoding),
    Attachment(Attachment),
    #[default]
    Nothing,
}

/// A text that may be shown.
struct Found {
    place: Place,
    html: bool,
    charset: String,
    /// As it is encoded while it is read, then decoded.
    bytes: Vec<u8>,
}

impl Visitor for Collector {
    fn open(&mut self, part: &Part<'_>) -> Result<(), Error> {
        if part.place.attached {
            return Ok(());
        }
        if part.number >= self.most_parts {
            self.cut = true;
            return Ok(());
        }
        let empty = Header::default();
        let header = part.header.unwrap_or(&empty);
        let content = header.content_type();
        let kind = || short(&format!("{}/{}", content.kind, content.subtype));
        let disposition = header.disposition();
        let named = disposition.as_ref().and_then(|d| d.filename.clone());
        let name = named.or_else(|| content.param("name").map(crate::words::decode)).map(|name| short(&name));
        self.open = match part.kind {
            Kind::Multipart(_) => {
                if content.subtype == "alternative" {
                    self.alternatives.insert(part.number, part.place.choice);
                }
                Open::Nothing
            }
            Kind::Message => {
                self.attachments.push(Attachment { kind: "message/rfc822".to_owned(), name, octets: None });
                Open::Nothing
            }
            Kind::Leaf | Kind::Frozen => {
                let html = content.is("text", "html");
                let text = html || content.is("text", "plain");
                let inline = disposition.is_none_or(|d| d.kind == "inline");
                if text && inline && part.header.is_some() {
                    let charset = short(content.param("charset").unwrap_or("us-ascii"));
                    let found = Found { place: part.place, html, charset, bytes: Vec::new() };
                    Open::Text(found, header.transfer_encoding())
                } else {
                    Open::Attachment(Attachment { kind: kind(), name, octets: Some(0) })
                }
            }
        };
        Ok(())
    }

    fn text(&mut self, content: &[u8]) -> Result<(), Error> {
        match &mut self.open {
            Open::Text(found, _) => {
                let room = MOST.saturating_sub(self.held);
                self.cut |= content.len() > room;
                let taken = content.get(..room.min(content.len())).unwrap_or_default();
                found.bytes.extend_from_slice(taken);
                self.held += taken.len();
            }
            Open::Attachment(Attachment { octets: Some(octets), .. }) => {
                *octets = octets.saturating_add(u64::try_from(content.len()).unwrap_or(u64::MAX));
            }
            _ => {}
        }
        Ok(())
    }

    fn line_end(&mut self) -> Result<(), Error> {
        self.text(b"\r\n")
    }

    fn close(&mut self, _: bool) -> Result<(), Error> {
        match std::mem::take(&mut self.open) {
            Open::Text(mut found, encoding) => {
                let bytes = std::mem::take(&mut found.bytes);
                let mut text = Vec::new();
                // What comes before damage is shown.
                let decoded = match encoding {
                    TransferEncoding::Base64 => Base64Reader::new(bytes.as_slice()).read_to_end(&mut text),
                    TransferEncoding::QuotedPrintable => {
                        QuotedPrintableReader::new(bytes.as_slice()).read_to_end(&mut text)
                    }
                    _ => {
                        text = bytes;
                        Ok(0)
                    }
                };
                self.cut |= decoded.is_err();
                found.bytes = text;
                self.found.push(found);
            }
            Open::Attachment(attachment) => self.attachments.push(attachment),
            Open::Nothing => {}
        }
        Ok(())
    }

    fn delimiter(&mut self, _: bool, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

impl Collector {
    fn conclude(self) -> Readable {
        // Of each multipart/alternative the first branch with plain text, else the first with any.
        let mut chosen: BTreeMap<usize, usize> = BTreeMap::new();
        for html in [false, true] {
            for found in self.found.iter().filter(|found| found.html == html && !blank(&found.bytes)) {
                for (alternative, branch) in self.branches(found.place.choice) {
                    chosen.entry(alternative).or_insert(branch);
                }
            }
        }
        let shown = |found: &&Found| {
            self.branches(found.place.choice).all(|(alternative, branch)| chosen.get(&alternative) == Some(&branch))
        };
        let texts = self.found.iter().filter(shown).filter(|found| !blank(&found.bytes));
        let texts = texts.map(|found| Text {
            text: if found.html { text_of(&found.decoded()) } else { lines(&found.decoded()) },
            from_html: found.html,
            top: found.place.top,
        });
        Readable { texts: texts.collect(), attachments: self.attachments, cut: self.cut }
    }

    /// The alternatives around a part, from the inside, and the branch of each.
    fn branches(&self, innermost: Option<(usize, usize)>) -> impl Iterator<Item = (usize, usize)> {
        std::iter::successors(innermost, |(number, _)| self.alternatives.get(number).copied().flatten())
    }
}

impl Found {
    fn decoded(&self) -> String {
        // What says ASCII and is none: UTF-8 if it is, else what most programs mean.
        match self.charset.to_ascii_lowercase().as_str() {
            "us-ascii" | "ascii" => crate::charset::guess(&self.bytes),
            charset => decode(charset, &self.bytes),
        }
    }
}

/// What a header says, as far as it is held of each of many parts.
fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

/// Lines that end in LF.
fn lines(text: &str) -> String {
    let mut out = text.replace("\r\n", "\n");
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Octets of text, as they are encoded, that are read of one mail.
pub const MOST: usize = 4 * 1024 * 1024;
/// Characters of a name, a type or a charset.
const LONGEST: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mail: &str) -> Readable {
        let mut rest = mail.as_bytes();
        let header = Header::read(&mut rest, &Limits::default()).unwrap();
        readable(&header, &mut rest).unwrap()
    }

    fn texts(mail: &str) -> Vec<(String, bool, Option<usize>)> {
        read(mail).texts.into_iter().map(|t| (t.text, t.from_html, t.top)).collect()
    }

    #[test]
    fn plain_text_is_decoded() {
        for (mail, want) in [
            ("\r\nHello\r\nyou", "Hello\nyou\n"),
            (
                "Content-Type: text/plain; charset=iso-8859-2\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=B1=\r\n=E6\r\n",
                "ąć\n",
            ),
            (
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n",
                "Grüße\n",
            ),
            ("Content-Type: text/plain\r\n\r\nü\r\n", "ü\n"),
        ] {
            assert_eq!(texts(mail), [(want.to_owned(), false, None)], "{mail}");
        }
        assert_eq!(read("\r\n"), Readable::default());
        assert!(read("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n").cut);
    }

    #[test]
    fn of_alternatives_the_plain_one_is_read() {
        let mail = |plain: &str| {
            format!(
                "Content-Type: multipart/mixed; boundary=m\r\n\r\nno\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
                 --a\r\n\r\n{plain}\r\n--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n\
                 <p>Rich</p>\r\n--r\r\nContent-Type: image/png; name=\"a.png\"\r\n\r\nxyz\r\n--r--\r\n--a--\r\n--m\r\n\
                 Content-Type: text/plain\r\nContent-Disposition: attachment; filename=\"notes.txt\"\r\n\r\nattached\r\n--m\r\n\
                 Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nforwarded\r\n--m\r\n\r\nFooter\r\n--m--\r\nno\r\n"
            )
        };
        let plain = read(&mail("Plain"));
        let shown: Vec<_> = plain.texts.iter().map(|t| (t.text.as_str(), t.top)).collect();
        assert_eq!(shown, [("Plain\n", Some(0)), ("Footer\n", Some(3))]);
        let attached: Vec<_> =
            plain.attachments.iter().map(|a| (a.kind.as_str(), a.name.as_deref(), a.octets)).collect();
        assert_eq!(
            attached,
            [
                ("image/png", Some("a.png"), Some(3)),
                ("text/plain", Some("notes.txt"), Some(8)),
                ("message/rfc822", None, None)
            ]
        );
        let rich = read(&mail(" "));
        let shown: Vec<_> = rich.texts.iter().map(|t| (t.text.as_str(), t.from_html)).collect();
        assert_eq!(shown, [("Rich\n", true), ("Footer\n", false)]);
    }

    #[test]
    fn signed_mail_of_other_kinds_is_read_and_encrypted_is_attached() {
        let signed = "Content-Type: multipart/signed; boundary=s; protocol=\"application/pgp-signature\"\r\n\r\n--s\r\n\r\nHello\r\n\
            --s\r\nContent-Type: application/pgp-signature\r\n\r\nxx\r\n--s--\r\n";
        let read_it = read(signed);
        assert_eq!((read_it.texts.len(), read_it.attachments[0].kind.as_str()), (1, "application/pgp-signature"));
        let sealed = read("Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nMIAG\r\n");
        assert_eq!((sealed.texts.len(), sealed.attachments[0].name.as_deref()), (0, Some("smime.p7m")));
    }

    #[test]
    fn the_parts_that_are_told_of_are_bounded() {
        let parts = |count: usize, part: &str| {
            read(&format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n", part.repeat(count)))
        };
        let text = "--b\r\n\r\nx\r\n";
        let attached = format!("--b\r\nContent-Type: image/png; name=\"{}\"\r\n\r\nx\r\n", "n".repeat(1000));
        assert_eq!((parts(999, text).texts.len(), parts(999, text).cut), (999, false));
        for (part, kind) in [(text, "text"), (&attached, "attachment"), ("--b\r\n", "empty")] {
            let found = parts(100_000, part);
            assert!(found.cut && found.texts.len() + found.attachments.len() <= 1000, "{kind}");
            assert!(found.attachments.iter().all(|a| a.name.as_ref().is_none_or(|name| name.len() == LONGEST)));
        }
    }

    #[test]
    fn the_text_that_is_held_is_bounded() {
        let mail = format!("\r\n{}", "0123456789\r\n".repeat(MOST / 10));
        let found = read(&mail);
        assert!(found.cut && found.texts[0].text.len() <= MOST);
    }
}
