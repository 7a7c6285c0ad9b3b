//! The mail that answers a challenge (RFC 8823 section 3.2).

use std::io::{BufRead, Read};

use mime::{Base64Reader, ContentType, Header, Limits, LineEnds, PartReader, QuotedPrintableReader, TransferEncoding};
use trust::Address;

use super::dkim::{self, RESPONSE};
use super::fault::AcmeFault;
use super::fields::{BEGIN, END, address, header, token};
use crate::open::AuthservId;

/// A response mail as it was read. That it is from whom it says, is proven by [`Response::signed_by_domain`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Who answers.
    pub from: Address,
    /// The first part of the token, as the subject has it.
    pub part1: String,
    /// The digest of the key authorization, in base64url, without white space.
    pub digest: String,
}

impl Response {
    /// Reads one that nothing proves.
    ///
    /// # Errors
    /// [`AcmeFault`].
    pub fn read(mail: &[u8]) -> Result<Response, AcmeFault> {
        // Who delivers into files makes LF of CRLF.
        let mut bytes = Vec::with_capacity(mail.len());
        LineEnds::new(mail).read_to_end(&mut bytes).map_err(|e| AcmeFault::Mail(e.to_string()))?;
        let mut body = bytes.as_slice();
        let header = header(&mut body)?;
        let list = header.fields().find(|f| f.name().get(..5).is_some_and(|n| n.eq_ignore_ascii_case("List-")));
        if let Some(field) = list {
            return Err(AcmeFault::List(field.name().to_owned()));
        }
        let (_, part1) = token(&header)?;
        let from = address(&header, "From")?;
        let digest = digest(&text(&header, body)?)?;
        Ok(Response { from, part1, digest })
    }

    /// Reads one of which the server `id`, that received it, says that DKIM proves it: by a signature of the domain in From
    /// over all that section 3.2 names.
    ///
    /// # Errors
    /// [`AcmeFault`].
    pub fn signed_by_domain(mail: &[u8], id: &AuthservId) -> Result<Response, AcmeFault> {
        let response = Response::read(mail)?;
        let mut rest = mail;
        dkim::check(&header(&mut rest)?, id, response.from.domain(), RESPONSE)?;
        Ok(response)
    }
}

/// The text/plain of a mail that is this, or an alternative of it.
fn text(header: &Header, body: &[u8]) -> Result<String, AcmeFault> {
    let content = header.content_type();
    if is_plain(&content) {
        return decoded(header, body);
    }
    let boundary = content.param("boundary").filter(|_| content.is("multipart", "alternative"));
    let boundary = boundary.ok_or(AcmeFault::MediaType)?;
    let wanted = |header: &Header| is_plain(&header.content_type());
    let found = PartReader::find(body, boundary, &Limits::default(), wanted);
    let (header, part) = found.map_err(|e| AcmeFault::Mail(e.to_string()))?.ok_or(AcmeFault::MediaType)?;
    decoded(&header, part)
}

fn is_plain(content: &ContentType) -> bool {
    content.is("text", "plain") && !content.ambiguous
}

/// The octets of a text, of which what counts is ASCII in every charset that mail knows.
fn decoded(header: &Header, body: impl BufRead) -> Result<String, AcmeFault> {
    let mut out = Vec::new();
    let read = match header.transfer_encoding() {
        TransferEncoding::Base64 => Base64Reader::new(body).take(MAX_TEXT).read_to_end(&mut out),
        TransferEncoding::QuotedPrintable => QuotedPrintableReader::new(body).take(MAX_TEXT).read_to_end(&mut out),
        TransferEncoding::Unknown => return Err(AcmeFault::MediaType),
        _ => body.take(MAX_TEXT).read_to_end(&mut out),
    };
    read.map_err(|e| AcmeFault::Mail(e.to_string()))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// What stands between the two lines, without the line ends that may be anywhere in it.
fn digest(text: &str) -> Result<String, AcmeFault> {
    let mut lines = text.lines().map(|line| line.trim_end_matches([' ', '\t', '\r']));
    lines.by_ref().find(|line| *line == BEGIN).ok_or(AcmeFault::Block)?;
    let mut digest = String::new();
    for line in lines {
        if line == END {
            let bare = digest.trim_end_matches('=');
            let spelled = bare.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            // SHA-256 in base64url, with the padding that RFC 8823's example has or without.
            let fits = bare.len() == 43 && digest.len() - bare.len() <= 1;
            return if spelled && fits { Ok(digest) } else { Err(AcmeFault::Block) };
        }
        digest.extend(line.chars().filter(|c| !matches!(c, ' ' | '\t')));
        if digest.len() > MAX_DIGEST {
            return Err(AcmeFault::Block);
        }
    }
    Err(AcmeFault::Block)
}

/// Octets of text that are looked at.
const MAX_TEXT: u64 = 256 << 10;
const MAX_DIGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acme::fuzz_acme;

    /// RFC 8823 figure 2.
    const FIGURE_2: &str = "Date: Sat, 5 Dec 2020 12:01:45 +0100\r\n\
        Message-ID: <111-22222-3333333@example.com>\r\n\
        In-Reply-To: <A2299BB.FF7788@example.org>\r\n\
        From: alexey@example.com\r\n\
        To: acme-generator@example.org\r\n\
        Subject: Re: ACME: LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME=\r\n\
        Content-Type: text/plain\r\n\
        MIME-Version: 1.0\r\n\
        \r\n\
        -----BEGIN ACME RESPONSE-----\r\n\
        LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowy\r\n\
        jxAjEuX0=\r\n\
        -----END ACME RESPONSE-----\r\n";

    #[test]
    fn i_03_the_response_of_the_rfc_is_read() {
        let expected = Response {
            from: Address::parse("alexey@example.com").unwrap(),
            part1: "LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME=".to_owned(),
            digest: "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0=".to_owned(),
        };
        assert_eq!(Response::read(FIGURE_2.as_bytes()), Ok(expected.clone()));
        assert_eq!(Response::read(FIGURE_2.replace("\r\n", "\n").as_bytes()), Ok(expected.clone()));
        let (head, body) = FIGURE_2.split_once("\r\n\r\n").unwrap();
        // As programs that know nothing of ACME write it: a prefix of their own, text around, an alternative, a transfer
        // encoding.
        let head = head.replace("Re: ", "AW: ");
        let around = format!("Hello,\r\n{body}On Saturday you wrote:\r\n> -----BEGIN ACME RESPONSE-----\r\n");
        let alternative = format!(
            "{}\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x\r\nContent-Type: text/plain\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n--x--\r\n",
            head.replace("text/plain", "multipart/alternative; boundary=x"),
            around.replace('=', "=3D"),
        );
        let base64 = format!(
            "{head}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            wire::pem::encode("X", around.as_bytes()).lines().filter(|l| !l.starts_with('-')).collect::<String>(),
        );
        for mail in [format!("{head}\r\n\r\n{around}"), alternative, base64] {
            assert_eq!(Response::read(mail.as_bytes()), Ok(expected.clone()), "{mail}");
        }
    }

    #[test]
    fn i_03_what_section_3_2_forbids_is_no_response() {
        let with = |from: &str, to: &str| {
            assert!(FIGURE_2.contains(from));
            Response::read(FIGURE_2.replace(from, to).as_bytes())
        };
        assert_eq!(with("To: ", "List-Id: x\r\nTo: "), Err(AcmeFault::List("List-Id".to_owned())));
        assert_eq!(with("text/plain", "text/html"), Err(AcmeFault::MediaType));
        assert_eq!(with("text/plain", "multipart/mixed; boundary=x"), Err(AcmeFault::MediaType));
        assert_eq!(with("text/plain", "multipart/alternative; boundary=x"), Err(AcmeFault::MediaType));
        assert_eq!(with("-----BEGIN", "> -----BEGIN"), Err(AcmeFault::Block));
        assert_eq!(with("-----END ACME RESPONSE-----", ""), Err(AcmeFault::Block));
        assert_eq!(with("jxAjEuX0=", "jxAjEuX"), Err(AcmeFault::Block));
        assert_eq!(with("jxAjEuX0=", "jxAjEu+0="), Err(AcmeFault::Block));
        assert_eq!(with("jxAjEuX0=", &"A".repeat(1 << 20)), Err(AcmeFault::Block));
        assert_eq!(with("ACME: ", "ABBA: "), Err(AcmeFault::Token));
        for at in 0..FIGURE_2.len() {
            fuzz_acme(&FIGURE_2.as_bytes()[..at]);
            let mut bad = FIGURE_2.as_bytes().to_vec();
            bad[at] ^= 1;
            fuzz_acme(&bad);
        }
    }
}
