//! The same mail again, recoded as a survey decided.

use std::io::{BufRead, Write};

use crate::base64::Base64Writer;
use crate::content::TransferEncoding;
use crate::error::Error;
use crate::field::encode_raw_field;
use crate::header::Header;
use crate::quoted::{Decoder, QuotedPrintableWriter};
use crate::survey::{Plan, Recode, Survey};
use crate::walk::{Part, Visitor, walk};

/// Reads the surveyed body again and writes it recoded: 7-bit, in lines that relays leave alone. Only the body is
/// written; the root header needs [`Survey::root_transfer_encoding`]. What the survey left alone comes out byte for byte.
///
/// # Errors
/// [`Error::Blocked`] if the survey was blocked, [`Error::Changed`] if this is not the body that was surveyed,
/// [`Error::Io`].
pub fn rewrite(survey: &Survey, header: &Header, body: &mut dyn BufRead, out: &mut dyn Write) -> Result<(), Error> {
    if survey.blocked() {
        return Err(Error::Blocked);
    }
    let mut rewriter = Rewriter { survey, out, ready: Vec::new(), sink: Sink::Pass };
    walk(header, body, survey.limits(), &mut rewriter)?;
    rewriter.out.write_all(&rewriter.ready)?;
    Ok(())
}

struct Rewriter<'a> {
    survey: &'a Survey,
    out: &'a mut dyn Write,
    /// What is ready to be written.
    ready: Vec<u8>,
    sink: Sink,
}

/// Where the text of the open part goes.
enum Sink {
    Pass,
    Quote(QuotedPrintableWriter<Vec<u8>>),
    Requote(Decoder, QuotedPrintableWriter<Vec<u8>>),
    Base64(Base64Writer<Vec<u8>>),
    /// The column.
    Rewrap(usize),
}

impl Visitor for Rewriter<'_> {
    fn open(&mut self, part: &Part<'_>) -> Result<(), Error> {
        let plan = self.survey.plan(part.number).ok_or(Error::Changed)?;
        if part.number > 0 {
            self.header(part, plan)?;
        }
        self.sink = match plan.body {
            Recode::Keep => Sink::Pass,
            Recode::Quote => Sink::Quote(QuotedPrintableWriter::new(Vec::new())),
            Recode::Requote => Sink::Requote(Decoder::default(), QuotedPrintableWriter::new(Vec::new())),
            Recode::Base64 => Sink::Base64(Base64Writer::new(Vec::new())),
            Recode::Rewrap => Sink::Rewrap(0),
        };
        Ok(())
    }

    fn text(&mut self, content: &[u8]) -> Result<(), Error> {
        self.sink.take(content, &mut self.ready)?;
        if self.ready.len() >= FLUSH {
            self.out.write_all(&self.ready)?;
            self.ready.clear();
        }
        Ok(())
    }

    fn line_end(&mut self) -> Result<(), Error> {
        self.sink.take(b"\r\n", &mut self.ready)
    }

    fn close(&mut self, at_end: bool) -> Result<(), Error> {
        let sink = std::mem::replace(&mut self.sink, Sink::Pass);
        sink.finish(at_end, &mut self.ready)
    }

    fn delimiter(&mut self, after_line: bool, line: &[u8]) -> Result<(), Error> {
        if after_line {
            self.ready.extend_from_slice(b"\r\n");
        }
        self.ready.extend_from_slice(line);
        Ok(())
    }
}

impl Rewriter<'_> {
    fn header(&mut self, part: &Part<'_>, plan: Plan) -> Result<(), Error> {
        let Some(header) = part.header.filter(|_| plan.fields || plan.label.is_some()) else {
            self.ready.extend_from_slice(part.raw);
            return Ok(());
        };
        let label = plan.label.and_then(TransferEncoding::name);
        let mut written = false;
        for field in header.fields() {
            match label {
                Some(label) if field.is("Content-Transfer-Encoding") => {
                    if !written {
                        self.label(label);
                    }
                    written = true;
                }
                _ if plan.fields => self.ready.extend(encode_raw_field(&field)?),
                _ => self.ready.extend_from_slice(field.raw()),
            }
        }
        if let Some(label) = label.filter(|_| !written) {
            // A header that a delimiter interrupts may lack its last line end, but then there is nothing to recode.
            self.label(label);
        }
        self.ready.extend_from_slice(header.blank_line());
        Ok(())
    }

    fn label(&mut self, label: &str) {
        let line = format!("Content-Transfer-Encoding: {label}\r\n");
        self.ready.extend_from_slice(line.as_bytes());
    }
}

impl Sink {
    fn take(&mut self, content: &[u8], ready: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Sink::Pass => ready.extend_from_slice(content),
            Sink::Quote(writer) => {
                writer.write_all(content)?;
                ready.append(writer.get_mut());
            }
            Sink::Requote(decoder, writer) => {
                decoder.feed(content);
                writer.write_all(decoder.taken())?;
                decoder.clear();
                ready.append(writer.get_mut());
            }
            Sink::Base64(writer) => {
                writer.write_all(content)?;
                ready.append(writer.get_mut());
            }
            Sink::Rewrap(column) => {
                for byte in content.iter().filter(|b| !b.is_ascii_whitespace()) {
                    if *column == COLUMNS {
                        ready.extend_from_slice(b"\r\n");
                        *column = 0;
                    }
                    ready.push(*byte);
                    *column += 1;
                }
            }
        }
        Ok(())
    }

    /// The CRLF behind the last line is left to the delimiter, where one follows.
    fn finish(self, at_end: bool, ready: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Sink::Pass => {}
            Sink::Quote(writer) => ready.append(&mut writer.finish()?),
            Sink::Requote(mut decoder, mut writer) => {
                decoder.end();
                writer.write_all(decoder.taken())?;
                ready.append(&mut writer.finish()?);
            }
            Sink::Base64(writer) => {
                ready.append(&mut writer.finish()?);
                if !at_end && ready.ends_with(b"\r\n") {
                    ready.truncate(ready.len() - 2);
                }
            }
            Sink::Rewrap(_) if at_end => ready.extend_from_slice(b"\r\n"),
            Sink::Rewrap(_) => {}
        }
        Ok(())
    }
}

const FLUSH: usize = 64 * 1024;
const COLUMNS: usize = 76;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use std::io::BufReader;

    fn run(mail: &[u8], capacity: usize) -> (Survey, Vec<u8>) {
        let limits = Limits::default();
        let mut body = mail;
        let header = Header::read(&mut body, &limits).unwrap();
        let mut reader = BufReader::with_capacity(capacity, body);
        let survey = Survey::of(&header, &mut reader, &limits).unwrap();
        let mut out = Vec::new();
        let mut reader = BufReader::with_capacity(capacity, body);
        rewrite(&survey, &header, &mut reader, &mut out).unwrap();
        let mut again = out.as_slice();
        let mut root = Vec::new();
        // The root header as its writer would adjust it.
        for field in header.fields().filter(|f| !f.is("Content-Transfer-Encoding")) {
            root.extend_from_slice(field.raw());
        }
        let old = header.transfer_encoding();
        let label = survey.root_transfer_encoding().unwrap_or(old).name().unwrap();
        root.extend_from_slice(format!("Content-Transfer-Encoding: {label}\r\n").as_bytes());
        let root = Header::parse(&root, &limits).unwrap();
        let second = Survey::of(&root, &mut again, &limits).unwrap();
        assert!(second.clean(), "{}", String::from_utf8_lossy(&out));
        (survey, out)
    }

    const MIXED: &str = "Content-Type: multipart/mixed; boundary=\"o\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
        preamble \r\n--o\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
        Gr\u{fc}\u{df}e an alle, die das lesen\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\n\
        plain\r\n--i \r\nContent-Type: application/x; name=\"\u{e9}.bin\"\r\n\r\n\u{0}\r\n--i--\r\nepilogue\r\n--o\r\n\
        Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nsigned \r\n--s--\r\n\r\n--o\r\n\
        Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: \u{e9}\r\n\r\nInner \u{e9} text, quite long\r\n--o--\r\n";

    const WANT: &str = "preamble \r\n--o\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        Gr=C3=BC=C3=9Fe an alle, die das lesen\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\n\
        plain\r\n--i \r\nContent-Type: application/x; name*=utf-8''%C3%A9.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAA==\r\n--i--\r\nepilogue\r\n--o\r\n\
        Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nsigned \r\n--s--\r\n\r\n--o\r\n\
        Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: =?utf-8?B?w6k=?=\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nInner =C3=A9 text, quite long\r\n--o--\r\n";

    #[test]
    fn a_tree_of_everything() {
        for capacity in [1, 2, 3, 17, 100_000] {
            let (survey, out) = run(MIXED.as_bytes(), capacity);
            assert_eq!(String::from_utf8(out).unwrap(), WANT);
            assert_eq!(survey.root_transfer_encoding(), Some(TransferEncoding::SevenBit));
        }
    }

    #[test]
    fn single_leaves() {
        let digits = "QUJD".repeat(300);
        for (mail, want) in [
            ("\r\nends \r\n", "ends=20\r\n".to_owned()),
            ("\r\nends ", "ends=20".to_owned()),
            ("Content-Type: a/b\r\n\r\n\0\r\n", "AA0K\r\n".to_owned()),
            (
                "Content-Transfer-Encoding: quoted-printable\r\n\r\nFrom a=3Db = \r\n.\r\n",
                "=46rom a=3Db .\r\n".to_owned(),
            ),
            ("Content-Transfer-Encoding: base64\r\n\r\nQUJD \r\nQUJD\r\n", "QUJDQUJD\r\n".to_owned()),
            (
                &format!("Content-Transfer-Encoding: base64\r\n\r\n{digits}\r\n"),
                digits.as_bytes().chunks(76).map(|l| format!("{}\r\n", String::from_utf8_lossy(l))).collect(),
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: 1\r\n--b\r\n--b--",
                "--b\r\nA: 1\r\n--b\r\n--b--".to_owned(),
            ),
            (
                "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: \u{e9}\r\n\r\nx",
                "--b\r\n\r\nSubject: =?utf-8?B?w6k=?=\r\n\r\nx".to_owned(),
            ),
        ] {
            let (_, out) = run(mail.as_bytes(), 50);
            assert_eq!(String::from_utf8(out).unwrap(), want, "{mail:?}");
        }
    }

    #[test]
    fn a_huge_line_streams() {
        let mail = [b"Content-Type: application/x\r\n\r\n".as_slice(), &vec![b'\r'; 300_000], b"\n"].concat();
        let (_, out) = run(&mail, 70_001);
        let mut back = Vec::new();
        std::io::Read::read_to_end(&mut crate::Base64Reader::new(out.as_slice()), &mut back).unwrap();
        assert_eq!(back, &mail[31..]);
    }

    #[test]
    fn another_body_is_noticed() {
        let limits = Limits::default();
        let header = Header::parse(b"Content-Type: multipart/mixed; boundary=b\r\n", &limits).unwrap();
        let survey = Survey::of(&header, &mut &b"--b\r\n\r\n--b--\r\n"[..], &limits).unwrap();
        let more = &mut &b"--b\r\n\r\n--b\r\n\r\n--b--\r\n"[..];
        let found = rewrite(&survey, &header, more, &mut Vec::new());
        assert!(matches!(found, Err(Error::Changed)));
        let blocked = Survey::of(&header, &mut "é".as_bytes(), &limits).unwrap();
        let found = rewrite(&blocked, &header, &mut "é".as_bytes(), &mut Vec::new());
        assert!(matches!(found, Err(Error::Blocked)));
    }
}
