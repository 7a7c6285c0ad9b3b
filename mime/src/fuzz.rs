//! One entry for the fuzzer.

use std::io::{self, BufReader, Read};

use crate::address::{Mailbox, address_list};
use crate::base64::Base64Reader;
use crate::date::parse_date;
use crate::error::Error;
use crate::field::{encode_international_field, encode_raw_field};
use crate::header::Header;
use crate::html::{divs_of_class, text_of};
use crate::legacy::{WithLegacyDisplay, WithoutLegacyDisplay};
use crate::limits::Limits;
use crate::lines::LineEnds;
use crate::prelude::skip_prelude;
use crate::quoted::QuotedPrintableReader;
use crate::readable::readable;
use crate::rewrite::rewrite;
use crate::signed::SignedParts;
use crate::survey::Survey;
use crate::tnef::TnefReader;

/// Feeds `data` to every parser of this crate: prelude, line ends, header, addresses, dates, encodings, multiparts,
/// survey and rewriting. Never panics; what a rewriting leaves is always clean.
pub fn fuzz_mime(data: &[u8]) {
    // A failing parser is a result like any other here.
    let _ = whole_mail(data);
    let _ = io::copy(&mut Base64Reader::new(data), &mut io::sink());
    let _ = io::copy(&mut QuotedPrintableReader::new(data), &mut io::sink());
    if let Ok(Some(mut found)) = TnefReader::open(BufReader::with_capacity(5, data)) {
        let _ = io::copy(&mut found, &mut io::sink());
    }
    let text = String::from_utf8_lossy(data);
    let _ = address_list(&text);
    let _ = parse_date(&text);
    let _ = text_of(&text);
    let _ = divs_of_class(data, "x");
}

fn whole_mail(data: &[u8]) -> Result<(), Error> {
    let limits = Limits::default();
    // Small buffers, so that every border is met.
    let mut reader = LineEnds::new(BufReader::with_capacity(37, data));
    skip_prelude(&mut reader)?;
    let header = Header::read(&mut reader, &limits)?;
    for field in header.fields() {
        let _ = field.decoded();
        let _ = encode_raw_field(&field);
        let _ = encode_international_field(&field, &Mailbox::addr);
        let _ = address_list(&field.unfolded());
    }
    let _ = header.disposition();
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    if let Some(boundary) = header.content_type().param("boundary") {
        let inner = BufReader::with_capacity(11, body.as_slice());
        if let Ok(mut parts) = SignedParts::new(inner, boundary, &limits) {
            let _ = io::copy(&mut parts, &mut io::sink());
            let _ = parts.finish().0;
        }
    }
    let _ = readable(&header, &mut body.as_slice());
    let fields = [("Subject".to_owned(), text_of(&String::from_utf8_lossy(&body)))];
    let mut shown = Vec::new();
    let mut with = WithLegacyDisplay::new(BufReader::with_capacity(13, body.as_slice()), &header, &fields)?;
    if with.read_to_end(&mut shown).is_ok() && with.displayed().parts == 0 {
        assert!(shown == body, "what is not edited stays as it is");
    }
    let _ = WithoutLegacyDisplay::new(shown.as_slice(), &header)?.read_to_end(&mut Vec::new());
    let survey = Survey::of(&header, &mut body.as_slice(), &limits)?;
    if !survey.blocked() {
        let mut out = Vec::new();
        rewrite(&survey, &header, &mut body.as_slice(), &mut out)?;
        assert!(out.is_ascii(), "a rewritten body is 7-bit");
        assert!(!survey.clean() || out == body, "a clean body stays as it is");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_mails_never_panic() {
        let mail = b"\xEF\xBB\xBFFrom x\nFrom: =?utf-8?q?a?= <a@b>\nContent-Type: multipart/mixed; boundary=\"b\"\n\n\
            --b\nContent-Transfer-Encoding: base64\n\nQUJD\n--b\nContent-Type: message/rfc822\n\nSubject: \xC3\xA9\n\n=\n--b--\n";
        for at in 0..mail.len() {
            fuzz_mime(&mail[..at]);
            for bit in 0..8 {
                let mut bad = mail.to_vec();
                bad[at] ^= 1 << bit;
                fuzz_mime(&bad);
            }
        }
    }
}
