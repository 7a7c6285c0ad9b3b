//! What has to be recoded before a mail is 7-bit and no relay has a reason to touch it (F-07: RFC 8551 §3.1.2,
//! RFC 3156 §3 for the white space).

use std::io::BufRead;

use crate::content::TransferEncoding;
use crate::error::Error;
use crate::field::encode_raw_field;
use crate::header::Header;
use crate::limits::Limits;
use crate::walk::{Kind, Part, Visitor, walk};

/// What one reading of a body found, part by part; [`crate::rewrite`] acts on it.
///
/// A leaf passes as it is if it is ASCII without NUL, in lines of at most 76 characters that end in CRLF, have no white
/// space at their end, do not begin with `From ` and are no lone dot. Otherwise text becomes quoted-printable, or base64
/// where that is shorter, and anything else base64. What is inside multipart/signed, multipart/encrypted or
/// application/pkcs7-mime, and what can't be understood, is never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    plans: Vec<Plan>,
    blocked: bool,
    limits: Limits,
}

/// What happens to one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How its body is written.
    pub(crate) body: Recode,
    /// The new Content-Transfer-Encoding, if it changes.
    pub(crate) label: Option<TransferEncoding>,
    /// Its header has fields that are not ASCII.
    pub(crate) fields: bool,
}

/// How a body is written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recode {
    /// As it is.
    Keep,
    /// Plain to quoted-printable.
    Quote,
    /// Quoted-printable decoded and encoded again.
    Requote,
    /// Plain to base64.
    Base64,
    /// Base64 in new lines.
    Rewrap,
}

impl Survey {
    /// Reads `body`, in CRLF form, to its end; `header` is the header it belongs to.
    ///
    /// # Errors
    /// [`Error::TooDeep`], [`Error::TooManyParts`], [`Error::HeaderTooLong`], [`Error::Io`].
    pub fn of(header: &Header, body: &mut dyn BufRead, limits: &Limits) -> Result<Survey, Error> {
        let mut surveyor = Surveyor::default();
        walk(header, body, limits, &mut surveyor)?;
        let Surveyor { mut plans, blocked, .. } = surveyor;
        if blocked {
            plans.iter_mut().for_each(|p| *p = KEEP);
        }
        Ok(Survey { plans, blocked, limits: *limits })
    }

    /// The body may pass as it is.
    #[must_use]
    pub fn clean(&self) -> bool {
        !self.blocked && self.plans.iter().all(|p| *p == KEEP)
    }

    /// Something that may not be recoded has 8-bit bytes, NUL, bare CR or LF, or lines over 998 characters: only an
    /// opaque signature keeps it.
    #[must_use]
    pub fn blocked(&self) -> bool {
        self.blocked
    }

    /// The Content-Transfer-Encoding that the root header has to name after [`crate::rewrite`], if it changes.
    #[must_use]
    pub fn root_transfer_encoding(&self) -> Option<TransferEncoding> {
        self.plans.first()?.label
    }

    pub(crate) fn plan(&self, number: usize) -> Option<Plan> {
        self.plans.get(number).copied()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

#[derive(Default)]
struct Surveyor {
    plans: Vec<Plan>,
    blocked: bool,
    stats: Stats,
    /// What is being read; None between parts.
    open: Option<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    frozen: bool,
    text: bool,
    /// message/* may have no encoding but 7bit, 8bit and binary (RFC 2046 §5.2).
    message: bool,
    encoding: TransferEncoding,
}

#[derive(Default)]
struct Stats {
    total: u64,
    /// Bytes that cost three characters in quoted-printable.
    costly: u64,
    eight_bit: bool,
    nul: bool,
    bare: bool,
    over_998: bool,
    over_76: bool,
    fragile: bool,
    line: Line,
}

#[derive(Default)]
struct Line {
    len: usize,
    start: [u8; 5],
    last: u8,
}

impl Visitor for Surveyor {
    fn open(&mut self, part: &Part<'_>) -> Result<(), Error> {
        self.stats = Stats::default();
        let mut plan = KEEP;
        let content = part.header.map(Header::content_type).unwrap_or_default();
        let encoding = part.header.map_or(TransferEncoding::Unknown, Header::transfer_encoding);
        if part.number > 0 {
            self.look_at_header(part, &mut plan);
        }
        let labelled = matches!(encoding, TransferEncoding::EightBit | TransferEncoding::Binary);
        let container = matches!(part.kind, Kind::Multipart(_) | Kind::Message);
        if container && labelled {
            plan.label = Some(TransferEncoding::SevenBit);
        }
        self.open = (!container).then(|| Open {
            frozen: *part.kind == Kind::Frozen,
            text: content.kind == "text",
            message: content.kind == "message",
            encoding,
        });
        self.plans.push(plan);
        Ok(())
    }

    fn text(&mut self, content: &[u8]) -> Result<(), Error> {
        self.stats.text(content);
        Ok(())
    }

    fn line_end(&mut self) -> Result<(), Error> {
        self.stats.line_end();
        Ok(())
    }

    fn close(&mut self, _at_end: bool) -> Result<(), Error> {
        self.stats.line_end();
        let stats = std::mem::take(&mut self.stats);
        match self.open.take() {
            Some(open) => match stats.decide(open) {
                Some((body, label)) => {
                    if let Some(plan) = self.plans.last_mut() {
                        plan.body = body;
                        plan.label = label;
                    }
                }
                None => self.blocked = true,
            },
            None => self.blocked |= stats.hard(),
        }
        Ok(())
    }

    fn delimiter(&mut self, _after_line: bool, _line: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

impl Surveyor {
    fn look_at_header(&mut self, part: &Part<'_>, plan: &mut Plan) {
        let mut stats = Stats::default();
        for line in part.raw.split_inclusive(|b| *b == b'\n') {
            stats.text(line.strip_suffix(b"\r\n").unwrap_or(line));
            stats.line_end();
        }
        self.blocked |= stats.nul || stats.bare || stats.over_998;
        if stats.eight_bit {
            plan.fields = true;
            let good = |h: &Header| h.fields().all(|f| encode_raw_field(&f).is_ok());
            self.blocked |= !part.header.is_some_and(good);
        }
    }
}

impl Stats {
    fn text(&mut self, content: &[u8]) {
        self.total += u64::try_from(content.len()).unwrap_or(u64::MAX);
        let nul = memchr::memchr(0, content).is_some();
        self.nul |= nul;
        if nul || !content.is_ascii() {
            self.eight_bit |= !content.is_ascii();
            let costly = content.iter().filter(|b| **b >= 0x80 || **b == 0).count();
            self.costly += u64::try_from(costly).unwrap_or(u64::MAX);
        }
        self.bare |= memchr::memchr2(b'\r', b'\n', content).is_some();
        self.line.take(content);
    }

    fn line_end(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.over_76 |= line.len > 76;
        self.over_998 |= line.len > 998;
        let lone_dot = line.len == 1 && line.last == b'.';
        let from = line.start == *b"From ";
        self.fragile |= lone_dot || from || matches!(line.last, b' ' | b'\t');
    }

    /// What no relay without 8BITMIME and BINARYMIME takes.
    fn hard(&self) -> bool {
        self.eight_bit || self.nul || self.bare || self.over_998
    }

    /// How to write the leaf, and its new label; None if it can't be helped.
    fn decide(&self, open: Open) -> Option<(Recode, Option<TransferEncoding>)> {
        use TransferEncoding::{Base64, Binary, EightBit, QuotedPrintable, SevenBit, Unknown};
        let bad = self.hard() || self.over_76 || self.fragile;
        if open.frozen || open.encoding == Unknown {
            return (!self.hard()).then_some((Recode::Keep, None));
        }
        match open.encoding {
            Base64 if self.eight_bit || self.nul => None,
            Base64 if bad => Some((Recode::Rewrap, None)),
            QuotedPrintable if bad => Some((Recode::Requote, None)),
            SevenBit | EightBit | Binary if open.message && self.hard() => None,
            SevenBit | EightBit | Binary if bad && !open.message => {
                if open.text && self.costly.saturating_mul(6) <= self.total {
                    Some((Recode::Quote, Some(QuotedPrintable)))
                } else {
                    Some((Recode::Base64, Some(Base64)))
                }
            }
            EightBit | Binary => Some((Recode::Keep, Some(SevenBit))),
            _ => Some((Recode::Keep, None)),
        }
    }
}

impl Line {
    fn take(&mut self, content: &[u8]) {
        for (slot, byte) in self.start.iter_mut().skip(self.len).zip(content) {
            *slot = *byte;
        }
        self.len = self.len.saturating_add(content.len());
        self.last = content.last().copied().unwrap_or(self.last);
    }
}

const KEEP: Plan = Plan { body: Recode::Keep, label: None, fields: false };

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(mail: &str) -> Survey {
        survey_bytes(mail.as_bytes())
    }

    fn survey_bytes(mail: &[u8]) -> Survey {
        let limits = Limits::default();
        let mut rest = mail;
        let header = Header::read(&mut rest, &limits).unwrap();
        Survey::of(&header, &mut rest, &limits).unwrap()
    }

    #[test]
    fn what_each_defect_makes_of_a_leaf() {
        use TransferEncoding::{Base64, QuotedPrintable, SevenBit};
        let long = "x".repeat(77);
        let umlauts = "ü".repeat(30);
        for (head, body, want) in [
            ("", "plain\r\n", None),
            ("", "From: x\r\n..\r\n", None),
            ("", "", None),
            ("", "é and much more text to make it mostly plain\r\n", Some(QuotedPrintable)),
            ("", umlauts.as_str(), Some(Base64)),
            ("", "trailing \r\n", Some(QuotedPrintable)),
            ("", "From me\r\n", Some(QuotedPrintable)),
            ("", "a\r\n.\r\n", Some(QuotedPrintable)),
            ("", "bare\rcr", Some(QuotedPrintable)),
            ("", "bare\nlf", Some(QuotedPrintable)),
            ("", long.as_str(), Some(QuotedPrintable)),
            ("", "nul in a long text\0\r\n", Some(QuotedPrintable)),
            ("Content-Type: image/png\r\n", "\0", Some(Base64)),
            ("Content-Type: application/json\r\n", long.as_str(), Some(Base64)),
            ("Content-Transfer-Encoding: 8bit\r\n", "plain\r\n", Some(SevenBit)),
            ("Content-Transfer-Encoding: binary\r\n", "é mostly plain\r\n", Some(QuotedPrintable)),
        ] {
            let found = survey(&format!("{head}\r\n{body}"));
            assert!(!found.blocked());
            assert_eq!(found.root_transfer_encoding(), want, "{head}{body:?}");
            assert_eq!(found.clean(), want.is_none());
        }
    }

    #[test]
    fn what_may_not_be_recoded_blocks() {
        let long = "x".repeat(999);
        for (head, body, blocked) in [
            ("Content-Type: multipart/signed; boundary=b\r\n", "--b\r\n\r\né\r\n--b--\r\n", true),
            ("Content-Type: multipart/signed; boundary=b\r\n", "--b\r\n\r\nFrom x \r\n--b--\r\n", false),
            ("Content-Type: multipart/encrypted; boundary=b\r\n", long.as_str(), true),
            ("Content-Type: application/pkcs7-mime\r\n", "\0", true),
            ("Content-Type: multipart/mixed\r\n", "é", true),
            ("Content-Type: multipart/mixed; boundary=b; boundary=c\r\n", "é", true),
            ("Content-Type: unreadable\r\n", "é", true),
            ("Content-Transfer-Encoding: x-odd\r\n", "é", true),
            ("Content-Transfer-Encoding: base64\r\n", "é", true),
            ("Content-Type: message/delivery-status\r\n", "é", true),
            ("Content-Type: multipart/mixed; boundary=b\r\n", "é\r\n--b\r\n\r\n--b--\r\n", true),
            ("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n\r\n--b--\r\né", true),
            ("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\nno header é\r\n\r\n--b--\r\n", true),
            ("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\nMessage-ID: <é>\r\n\r\n--b--\r\n", true),
            ("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\nSubject: é\r\n\r\n--b--\r\n", false),
            ("Content-Type: message/rfc822\r\n", "From: é@x\r\n\r\n", true),
            ("Content-Type: message/rfc822\r\n", "From: é <x@y>\r\n\r\n", false),
        ] {
            let found = survey(&format!("{head}\r\n{body}"));
            assert_eq!(found.blocked(), blocked, "{head}{body:?}");
            assert!(!blocked || (!found.clean() && found.root_transfer_encoding().is_none()));
        }
    }

    #[test]
    fn bounds() {
        let limits = Limits { depth: 3, parts: 5, ..Limits::default() };
        let header = Header::parse(b"Content-Type: message/rfc822\r\n", &limits).unwrap();
        let nested = |n: usize| "Content-Type: message/rfc822\r\n\r\n".repeat(n);
        assert!(Survey::of(&header, &mut nested(2).as_bytes(), &limits).is_ok());
        let deep = Survey::of(&header, &mut nested(3).as_bytes(), &limits);
        assert!(matches!(deep, Err(Error::TooDeep { limit: 3 })));
        let header = Header::parse(b"Content-Type: multipart/mixed; boundary=b\r\n", &limits).unwrap();
        let parts = |n: usize| "--b\r\n\r\nx\r\n".repeat(n);
        assert!(Survey::of(&header, &mut parts(4).as_bytes(), &limits).is_ok());
        let many = Survey::of(&header, &mut parts(5).as_bytes(), &limits);
        assert!(matches!(many, Err(Error::TooManyParts { limit: 5 })));
        let endless = format!("--b\r\n{}", "A: b\r\n".repeat(60_000));
        let long = Survey::of(&header, &mut endless.as_bytes(), &limits);
        assert!(matches!(long, Err(Error::HeaderTooLong { .. })));
    }
}
