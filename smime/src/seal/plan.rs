//! What a mail's header says about who seals it and for whom: decisions without keys.

use mime::{Header, Mailbox, address_list};
use trust::{Address, AddressFault};

use crate::headers::{HP_OUTER, Line, is_structural};
use crate::seal::error::{Refusal, SealError};

/// What was read from the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The one author.
    pub(crate) from: Address,
    /// Everyone in To and Cc, groups expanded, and whom the caller added; each mailbox once.
    pub(crate) recipients: Vec<Address>,
    /// The non-structural fields in their order.
    pub(crate) lines: Vec<Line>,
    /// The mail is itself a layer of S/MIME.
    pub(crate) sealed_already: bool,
}

impl Plan {
    /// Reads the header of a mail. `sender` is the identity that was asked for, `extra` are recipients whom no field
    /// names.
    pub(crate) fn of(header: &Header, sender: Option<&Address>, extra: &[Address]) -> Result<Plan, SealError> {
        if header.count("Bcc") > 0 {
            return Err(Refusal::BccPresent.into());
        }
        Plan::of_copy(header, sender, extra, true)
    }

    /// The same for one copy of a mail, whose Bcc field is left out (RFC 5322 section 3.6.3): it is for `extra`, and for
    /// those whom the header names only where that is said.
    pub(crate) fn of_copy(
        header: &Header,
        sender: Option<&Address>,
        extra: &[Address],
        named: bool,
    ) -> Result<Plan, SealError> {
        if let Some(field) = header.fields().find(|f| starts_with(f.name(), "Resent-")) {
            return Err(Refusal::ResentFields { name: field.name().to_owned() }.into());
        }
        let from = author(header)?;
        if let Some(asked) = sender.filter(|asked| !asked.same_mailbox(&from)) {
            return Err(Refusal::FromMismatch { asked: asked.clone(), from }.into());
        }
        let recipients = if named { recipients(header, extra)? } else { extra.to_vec() };
        let content = header.content_type();
        if content.ambiguous {
            return Err(Refusal::AmbiguousContentType.into());
        }
        Ok(Plan { from, recipients, lines: lines(header)?, sealed_already: is_layer(header) })
    }
}

/// An address that somebody typed, for a recipient or an identity.
pub(crate) fn parse_address(text: &str) -> Result<Address, Refusal> {
    Address::parse_international(text.trim()).map_err(|error| match error {
        trust::Error::Address(fault) => Refusal::BadAddress { address: text.to_owned(), fault },
        _ => Refusal::BadAddress { address: text.to_owned(), fault: AddressFault::LocalPart },
    })
}

fn author(header: &Header) -> Result<Address, Refusal> {
    let mut fields = header.all("From");
    let field = fields.next().ok_or(Refusal::NoFrom)?;
    if fields.next().is_some() {
        return Err(Refusal::SeveralFrom);
    }
    match mailboxes(&field)?.as_slice() {
        [] => Err(Refusal::NoFrom),
        [one] => parse_address(&one.addr()),
        _ => Err(Refusal::SeveralFrom),
    }
}

fn recipients(header: &Header, extra: &[Address]) -> Result<Vec<Address>, Refusal> {
    let mut found: Vec<Address> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut add = |address: Address| {
        if seen.insert(address.folded()) {
            found.push(address);
        }
    };
    named(header)?.into_iter().chain(extra.iter().cloned()).for_each(&mut add);
    if found.is_empty() {
        return Err(Refusal::NoRecipient);
    }
    // One more key is the sender's.
    if found.len() >= MAX_RECIPIENTS {
        return Err(Refusal::TooManyRecipients { limit: MAX_RECIPIENTS - 1 });
    }
    Ok(found)
}

/// Everyone whom To and Cc name, as often as they do.
pub(crate) fn named(header: &Header) -> Result<Vec<Address>, Refusal> {
    addresses(header.all("To").chain(header.all("Cc")))
}

/// Everyone whom these fields name.
pub(crate) fn addresses<'h>(fields: impl Iterator<Item = mime::Field<'h>>) -> Result<Vec<Address>, Refusal> {
    let mut found = Vec::new();
    for field in fields {
        for mailbox in mailboxes(&field)? {
            found.push(parse_address(&mailbox.addr())?);
        }
    }
    Ok(found)
}

fn mailboxes(field: &mime::Field<'_>) -> Result<Vec<Mailbox>, Refusal> {
    address_list(&field.unfolded()).map_err(|_| Refusal::UnreadableAddresses { field: field.name().to_owned() })
}

/// HP-Outer speaks of the layer in which it stands: one from elsewhere would lie about this one (RFC 9788 section 2.2).
fn lines(header: &Header) -> Result<Vec<Line>, SealError> {
    let mut out = Vec::new();
    for field in header.fields().filter(|f| !is_structural(f.name()) && !f.is(HP_OUTER) && !f.is("Bcc")) {
        out.push(Line::from_field(&field).map_err(|error| field_error(error, field.name()))?);
    }
    Ok(out)
}

/// What is wrong with writing the field of this name.
pub(crate) fn field_error(error: mime::Error, name: &str) -> SealError {
    match error {
        mime::Error::ControlInHeader | mime::Error::LineTooLong { .. } => {
            Refusal::UnwritableField { name: name.to_owned() }.into()
        }
        mime::Error::Address { .. } => Refusal::UnreadableAddresses { field: name.to_owned() }.into(),
        mime::Error::AmbiguousField { name } if name.eq_ignore_ascii_case("Content-Type") => {
            Refusal::AmbiguousContentType.into()
        }
        mime::Error::AmbiguousField { name } => Refusal::UnwritableField { name }.into(),
        other => other.into(),
    }
}

/// Whether the mail's own root is a cryptographic layer, so that its payload, the place of protected fields, lies within
/// and cannot be changed. Compressed data and bare certificates are no such layers (RFC 9787 section 3.1).
fn is_layer(header: &Header) -> bool {
    let content = header.content_type();
    let pkcs7 = |text: &str, what: &str| {
        let text = text.to_ascii_lowercase();
        text.strip_prefix("application/").is_some_and(|t| t.strip_prefix("x-").unwrap_or(t) == what)
    };
    if content.is("multipart", "signed") {
        return content.param("protocol").is_some_and(|p| pkcs7(p, "pkcs7-signature"));
    }
    let essence = format!("{}/{}", content.kind, content.subtype);
    if pkcs7(&essence, "pkcs7-mime") {
        let kind = content.param("smime-type").unwrap_or_default().to_ascii_lowercase();
        return kind != "compressed-data" && kind != "certs-only";
    }
    let p7m = |name: &str| name.to_ascii_lowercase().ends_with(".p7m");
    let named = content.param("name").is_some_and(p7m)
        || header.disposition().and_then(|d| d.filename).is_some_and(|name| p7m(&name));
    content.is("application", "octet-stream") && named
}

fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Readers scan at most so many RecipientInfos (standards.md section 19).
const MAX_RECIPIENTS: usize = 5000;

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<Plan, SealError> {
        Plan::of(&Header::parse(text.as_bytes(), &mime::Limits::default()).unwrap(), None, &[])
    }

    fn refusal(text: &str) -> Refusal {
        match plan(text) {
            Err(SealError::Refused(refusal)) => refusal,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn what_is_refused_is_refused_with_its_reason_exit_2_and_a_hint() {
        let utf8 = |text: &str| Refusal::IdentifierNotAscii { text: text.to_owned() };
        let bad = |address: &str| Refusal::BadAddress { address: address.to_owned(), fault: AddressFault::Character };
        let unreadable = |field: &str| Refusal::UnreadableAddresses { field: field.to_owned() };
        let cases = [
            ("To: b@x.y\n", Refusal::NoFrom),
            ("From: \nTo: b@x.y\n", Refusal::NoFrom),
            ("From: a@x.y\nFrom: a@x.y\nTo: b@x.y\n", Refusal::SeveralFrom),
            ("From: a@x.y, b@x.y\nTo: b@x.y\n", Refusal::SeveralFrom),
            ("From: both: a@x.y, b@x.y;\nTo: b@x.y\n", Refusal::SeveralFrom),
            ("From: a@x.y\n", Refusal::NoRecipient),
            ("From: a@x.y\nTo: undisclosed-recipients:;\nCc: \n", Refusal::NoRecipient),
            ("From: a@x.y\nTo: b@x.y\nBCC:\n", Refusal::BccPresent),
            ("From: a@x.y\nTo: b@x.y\nrESENT-Date: x\n", Refusal::ResentFields { name: "rESENT-Date".to_owned() }),
            ("From: a@x.y\nTo: b@x.y\nReferences: <ä@x.y>\n", utf8("<ä@x.y>")),
            ("From: a@x.y\nTo: b\u{202e}@x.y\n", bad("b\u{202e}@x.y")),
            ("From: a@x.y\nTo: b@x.y <\n", unreadable("To")),
            ("From: a\nTo: b@x.y\n", unreadable("From")),
            ("From: a@x.y\nTo: b@x.y\nContent-Type: a/b; c=1; c=2\n", Refusal::AmbiguousContentType),
            ("From: a@x.y\nTo: b@x.y\nX-A: b\u{7}\n", Refusal::UnwritableField { name: "X-A".to_owned() }),
        ];
        for (text, expected) in cases {
            let got = refusal(text);
            assert_eq!(got, expected, "{text:?}");
            assert!(!got.hint().is_empty());
            assert_eq!(SealError::from(got).exit_code(), 2);
        }
        assert!(matches!(refusal("From: a@x.y\nTo: b@[1.2.3.4]\n"), Refusal::BadAddress { .. }));
    }

    /// RFC 6531, RFC 6532 section 3.2.
    #[test]
    fn addresses_beyond_ascii_are_written_as_they_are() {
        let plan = plan("From: Jürgen <jürgen@X.y>\nTo: b@ö.y, 用户@例え.jp\nReply-To: ä@x.y\n").unwrap();
        assert_eq!(plan.from.to_string(), "jürgen@X.y");
        let found: Vec<String> = plan.recipients.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["b@xn--nda.y", "用户@xn--r8jz45g.jp"]);
        let values: Vec<&str> = plan.lines.iter().map(Line::value).collect();
        let expected = ["=?utf-8?Q?J=C3=BCrgen?= <jürgen@X.y>", "b@xn--nda.y, 用户@xn--r8jz45g.jp", "ä@x.y"];
        assert_eq!(values, expected);
    }

    #[test]
    fn b_03_each_mailbox_counts_once_and_groups_are_expanded() {
        let text = "From: A <a@x.y>\nTo: B <b@x.y>, team: c@x.y, \"B\" <B@X.Y>;\nCc: d@x.y\nTo: e@x.y\n";
        let header = Header::parse(text.as_bytes(), &mime::Limits::default()).unwrap();
        let extra = [parse_address("D@x.y").unwrap(), parse_address("f@x.y").unwrap()];
        let plan = Plan::of(&header, Some(&parse_address("A@X.y").unwrap()), &extra).unwrap();
        let found: Vec<String> = plan.recipients.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["b@x.y", "c@x.y", "e@x.y", "d@x.y", "f@x.y"]);
        let other = parse_address("b@x.y").unwrap();
        let mismatch = Plan::of(&header, Some(&other), &[]);
        assert!(matches!(mismatch, Err(SealError::Refused(Refusal::FromMismatch { .. }))));
    }

    #[test]
    fn recipients_are_as_many_as_readers_look_through() {
        let many = |count: usize| (0..count).map(|n| parse_address(&format!("r{n}@x.y")).unwrap()).collect::<Vec<_>>();
        let header = Header::parse(b"From: a@x.y\n", &mime::Limits::default()).unwrap();
        assert!(Plan::of(&header, None, &many(4999)).is_ok());
        let more = Plan::of(&header, None, &many(5000));
        assert!(matches!(more, Err(SealError::Refused(Refusal::TooManyRecipients { limit: 4999 }))));
    }

    #[test]
    fn hp_outer_of_another_layer_is_left_out() {
        let plan = plan("From: a@x.y\nTo: b@x.y\nhp-outer: Subject: lie\nContent-Language: de\nSubject: s\n").unwrap();
        let names: Vec<&str> = plan.lines.iter().map(Line::name).collect();
        assert_eq!(names, ["From", "To", "Subject"]);
    }

    #[test]
    fn layers_are_told_from_other_parts() {
        let is =
            |content: &str| plan(&format!("From: a@x.y\nTo: b@x.y\nContent-Type: {content}\n")).unwrap().sealed_already;
        for content in [
            "multipart/signed; boundary=a; protocol=\"application/pkcs7-signature\"",
            "multipart/signed; boundary=a; protocol=\"Application/X-PKCS7-signature\"",
            "application/pkcs7-mime; smime-type=enveloped-data",
            "application/x-pkcs7-mime",
            "application/octet-stream; name=smime.P7M",
        ] {
            assert!(is(content), "{content}");
        }
        for content in [
            "text/plain",
            "multipart/signed; boundary=a; protocol=\"application/pgp-signature\"",
            "multipart/mixed; boundary=a",
            "application/pkcs7-mime; smime-type=certs-only",
            "application/pkcs7-mime; smime-type=Compressed-Data",
            "application/octet-stream; name=a.p7m.txt",
        ] {
            assert!(!is(content), "{content}");
        }
    }
}
