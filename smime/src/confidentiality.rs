//! What of a header stands outside of an encrypted mail: the Header Confidentiality Policies of RFC 9788 section 3.2, and
//! what a mail that is answered asks for (section 6.1).

use mime::{Error, address_list, fold, format_date, parse_date};
use trust::HeaderConfidentiality;

use crate::headers::{HP_OUTER, Line, Protection};
use crate::reply::ReferencePolicy;

/// What is asked of every field before it is written outside.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Confidentiality<'a> {
    /// The sender's own.
    pub(crate) policy: HeaderConfidentiality,
    /// That of the mail which is answered.
    pub(crate) reference: Option<&'a ReferencePolicy>,
}

impl Confidentiality<'_> {
    /// What of the field stands outside: the sender's own rule first, and where that leaves the field alone, the one of
    /// the mail that is answered (RFC 9788 section 5.2.1).
    ///
    /// # Errors
    /// [`Error::LineTooLong`], [`Error::ControlInHeader`].
    pub(crate) fn outside(&self, line: &Line) -> Result<Option<Line>, Error> {
        // Only the sender's own copy has one, and wherever it lies it is nobody else's business.
        if line.is("Bcc") {
            return Ok(None);
        }
        let own = match self.policy {
            HeaderConfidentiality::Baseline => baseline(line)?,
            HeaderConfidentiality::Shy => shy(line)?,
        };
        match (own, self.reference) {
            (Some(own), Some(reference)) if own == *line => match reference.outside(&line.pair()) {
                None => Ok(Some(own)),
                Some(None) => Ok(None),
                Some(Some(value)) => Line::new(line.name(), value).map(Some),
            },
            (own, _) => Ok(own),
        }
    }

    /// The fields that people see and that are hidden outside, for a Legacy Display Element (RFC 9788 section 5.2.1
    /// number 2).
    ///
    /// # Errors
    /// As [`Confidentiality::outside`].
    pub(crate) fn hidden(&self, lines: &[Line]) -> Result<Vec<(String, String)>, Error> {
        let mut hidden = Vec::new();
        for line in lines.iter().filter(|line| USER_FACING.iter().any(|name| line.is(name))) {
            if self.outside(line)?.as_ref() != Some(line) {
                hidden.push((line.name().to_owned(), mime::decode_words(line.value())));
            }
        }
        Ok(hidden)
    }
}

/// `hcp_baseline` (RFC 9788 section 3.2.1): the subject becomes `[...]`, Comments and Keywords are left out, everything
/// else stays.
fn baseline(line: &Line) -> Result<Option<Line>, Error> {
    if line.is("Subject") {
        return Line::new(line.name(), HIDDEN_SUBJECT).map(Some);
    }
    let hidden = line.is("Comments") || line.is("Keywords");
    Ok((!hidden).then(|| line.clone()))
}

/// `hcp_shy` (RFC 9788 section 3.2.2): addresses lose their names, the date its time zone. What is not the list or the
/// date that the field should be stays as it is; the names of groups are names, so their members are listed without.
fn shy(line: &Line) -> Result<Option<Line>, Error> {
    let list = || address_list(line.value()).unwrap_or_default();
    let changed = if line.is("From") {
        match list().as_slice() {
            [one] => Some(one.addr()),
            _ => None,
        }
    } else if line.is("To") || line.is("Cc") {
        let addresses: Vec<String> = list().iter().map(mime::Mailbox::addr).collect();
        (!addresses.is_empty()).then(|| addresses.join(", "))
    } else if line.is("Date") {
        parse_date(line.value()).map(format_date)
    } else {
        return baseline(line);
    };
    match changed {
        Some(value) if value != line.value() => Line::new(line.name(), &value).map(Some),
        _ => Ok(Some(line.clone())),
    }
}

/// The two header sections of a protected mail, without the structural fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sections {
    /// On the payload's root: every field, and for encrypted mail HP-Outer for every field outside.
    pub(crate) payload: Vec<u8>,
    /// On the outside.
    pub(crate) outside: Vec<u8>,
}

/// Composes the two sections of the mail's non-structural fields (RFC 9788 section 5.2.1), with this confidentiality
/// where it is encrypted.
///
/// # Errors
/// [`Error::LineTooLong`].
pub(crate) fn protect(
    lines: &[Line],
    how: Protection,
    confidentiality: &Confidentiality<'_>,
) -> Result<Sections, Error> {
    let mut out = Sections::default();
    let mut outer = Vec::new();
    for line in lines {
        out.payload.extend_from_slice(line.raw());
        match how {
            Protection::Cipher => outer.extend(confidentiality.outside(line)?),
            Protection::Clear => outer.push(line.clone()),
        }
    }
    for line in &outer {
        out.outside.extend_from_slice(line.raw());
        if how == Protection::Cipher {
            out.payload.extend(fold(HP_OUTER, &format!("{}: {}", line.name(), line.value()))?);
        }
    }
    Ok(out)
}

/// RFC 9788 section 3.2.1: three dots in brackets.
const HIDDEN_SUBJECT: &str = "[...]";
/// User-Facing Header Fields (RFC 9787 section 1.1.2).
const USER_FACING: [&str; 8] = ["Subject", "From", "To", "Cc", "Date", "Reply-To", "Followup-To", "Sender"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::{Mark, is_structural, marked_content_type};
    use mime::{ContentType, Header, Limits};

    fn baseline(lines: &[Line], how: Protection) -> Result<Sections, Error> {
        protect(lines, how, &Confidentiality::default())
    }

    fn header(text: &str) -> Header {
        Header::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn lines(text: &str) -> Vec<Line> {
        let header = header(text);
        let fields = header.fields().filter(|f| !is_structural(f.name()) && !f.is(HP_OUTER));
        fields.map(|f| Line::from_field(&f).unwrap()).collect()
    }

    fn section(bytes: &[u8]) -> Vec<(String, String)> {
        let header = Header::parse(bytes, &Limits::default()).unwrap();
        header.fields().map(|f| (f.name().to_owned(), f.unfolded())).collect()
    }

    fn outside(policy: HeaderConfidentiality, name: &str, value: &str) -> Option<String> {
        let line = Line::new(name, value).unwrap();
        let how = Confidentiality { policy, reference: None };
        how.outside(&line).unwrap().map(|line| line.value().to_owned())
    }

    #[test]
    fn h_04_the_shy_policy_hides_names_and_time_zones() {
        for (name, value, shown) in [
            ("From", "Alice <alice@example.org>", Some("alice@example.org")),
            ("From", "a@b.c, d@e.f", Some("a@b.c, d@e.f")),
            (
                "to",
                "\"B, Bob\" <bob@example.net>, =?utf-8?q?=C3=A9?= <e@f.g> (at work)",
                Some("bob@example.net, e@f.g"),
            ),
            ("Cc", "team: c@x.y, D <d@x.y>;", Some("c@x.y, d@x.y")),
            ("Cc", "undisclosed-recipients:;", Some("undisclosed-recipients:;")),
            ("To", "not an address", Some("not an address")),
            ("Date", "Mon, 23 Nov 2026 10:59:00 +0100", Some("Mon, 23 Nov 2026 09:59:00 +0000")),
            ("Date", "yesterday", Some("yesterday")),
            ("Subject", "The plan", Some("[...]")),
            ("KEYWORDS", "x", None),
            ("Comments", "x", None),
            ("Reply-To", "Alice <alice@example.org>", Some("Alice <alice@example.org>")),
            ("Message-ID", "<1@example.org>", Some("<1@example.org>")),
        ] {
            assert_eq!(outside(HeaderConfidentiality::Shy, name, value).as_deref(), shown, "{name}: {value}");
        }
    }

    #[test]
    fn h_06_the_element_has_what_people_see_and_is_hidden() {
        let lines = [("Subject", "=?utf-8?q?caf=C3=A9?="), ("From", "A <a@b.c>"), ("Keywords", "k"), ("Date", "x")];
        let lines = lines.map(|(name, value)| Line::new(name, value).unwrap());
        let hidden = |policy| {
            let hidden = Confidentiality { policy, reference: None }.hidden(&lines).unwrap();
            hidden.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(hidden(HeaderConfidentiality::Baseline), ["Subject: café"]);
        assert_eq!(hidden(HeaderConfidentiality::Shy), ["Subject: café", "From: A <a@b.c>"]);
    }

    const FIELDS: &str =
        "subject: The plan\r\nFrom: a@b.c\r\nComments: x\r\nKEYWORDS: y\r\nX-Own: z\r\nSubject: again\r\n";

    #[test]
    fn h_03_each_outer_field_is_told_inside_where_the_mail_is_encrypted() {
        let sections = baseline(&lines(FIELDS), Protection::Cipher).unwrap();
        let outer = "HP-Outer: subject: [...]\r\nHP-Outer: From: a@b.c\r\nHP-Outer: X-Own: z\r\n\
            HP-Outer: Subject: [...]\r\n";
        assert_eq!(String::from_utf8(sections.payload).unwrap(), format!("{FIELDS}{outer}"));
        assert_eq!(baseline(&lines(FIELDS), Protection::Clear).unwrap().payload, FIELDS.as_bytes());
    }

    #[test]
    fn h_04_the_baseline_hides_three_fields_of_an_encrypted_mail() {
        let sections = baseline(&lines(FIELDS), Protection::Cipher).unwrap();
        let outside = "subject: [...]\r\nFrom: a@b.c\r\nX-Own: z\r\nSubject: [...]\r\n";
        assert_eq!(String::from_utf8(sections.outside).unwrap(), outside);
        assert_eq!(baseline(&lines(FIELDS), Protection::Clear).unwrap().outside, FIELDS.as_bytes());
    }

    #[test]
    fn h_03_a_folded_field_is_told_with_its_whole_value() {
        let text = format!("References: <{}@example.org>\r\n\t<b@example.org>  <c@example.org>\r\n", "a".repeat(60));
        let sections = baseline(&lines(&text), Protection::Cipher).unwrap();
        let told = section(&sections.payload);
        let (_, value) = section(&sections.outside).remove(0);
        assert_eq!(told.last().unwrap(), &("HP-Outer".to_owned(), format!("References: {value}")));
        assert!(value.contains(">\t<b@example.org>  <c"));
    }

    /// The samples of RFC 9788 appendix C: composing what they protect gives what they have, inside and outside.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn h_05_the_samples_of_the_rfc_are_composed_alike() {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpora");
        let folder = std::env::var("SEALPOST_CORPORA").unwrap_or_else(|_| default.to_owned());
        let samples = [
            ("smime-signed-enc-hp-baseline", Protection::Cipher),
            ("smime-signed-enc-hp-baseline-reply", Protection::Cipher),
            ("smime-multipart-hp", Protection::Clear),
        ];
        for (sample, how) in samples {
            let read = |kind: &str| std::fs::read(format!("{folder}/rfc9788/{kind}/{sample}.eml"));
            let (Ok(payload), Ok(mail)) = (read("payload"), read("eml")) else {
                assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "no corpora");
                println!("skipped: no corpora");
                return;
            };
            let plain = |bytes: &[u8]| -> Vec<(String, String)> {
                section(bytes).into_iter().filter(|(name, _)| !is_structural(name)).collect()
            };
            let own = header(&String::from_utf8(payload.clone()).unwrap());
            let fields = own.fields().filter(|f| !is_structural(f.name()) && !f.is(HP_OUTER));
            let lines: Vec<Line> = fields.map(|f| Line::from_field(&f).unwrap()).collect();
            let sections = baseline(&lines, how).unwrap();
            assert_eq!(section(&sections.payload), plain(&payload), "{sample}");
            assert_eq!(section(&sections.outside), plain(&mail), "{sample}");
            let marked =
                ContentType::parse(&section(&marked_content_type(&own, Mark { how, legacy: false }).unwrap())[0].1);
            assert_eq!(marked, own.content_type(), "{sample}");
        }
    }
}
