//! Whether the server that received a mail says that DKIM proves its sender's domain (RFC 8601, RFC 6376). The signature
//! itself needs a key from the DNS; that server asked for it. It has to take out what claims to be its own word
//! (RFC 8601 section 5).

use mime::Header;

use super::fault::DkimFault;
use crate::open::AuthservId;

/// The one that received it says of a DKIM signature by `domain` that it passes, and that signature covers `wanted`.
pub(super) fn check(header: &Header, id: &AuthservId, domain: &str, wanted: &[&'static str]) -> Result<(), DkimFault> {
    let own = id.word();
    // What that server wrote stands above what the mail came with: the first field about DKIM is the one.
    let written = header.all("Authentication-Results").map(|field| results(&field.unfolded()));
    let mut about = written.filter(|(by, _)| by.eq_ignore_ascii_case(own)).map(|(_, found)| found);
    let found = about.find(|found| !found.is_empty()).ok_or_else(|| DkimFault::NoResult(own.to_owned()))?;
    let passed: Vec<&Outcome> = found
        .iter()
        .filter(|o| o.passed && o.domain.as_deref().is_some_and(|d| d.eq_ignore_ascii_case(domain)))
        .collect();
    let failed = || DkimFault::NotPassed { domain: domain.to_owned(), id: own.to_owned() };
    if passed.is_empty() {
        return Err(failed());
    }
    let mut missing = None;
    for signature in header.all("DKIM-Signature").take(MAX_SIGNATURES) {
        let tags = tags(&signature.unfolded());
        let tag = |name: &str| tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let value = tag("b").unwrap_or_default();
        // RFC 6008: where the result names a signature by its beginning, it is that one.
        let meant = |o: &&Outcome| o.signature.as_deref().is_none_or(|start| value.starts_with(start));
        if !tag("d").is_some_and(|d| d.eq_ignore_ascii_case(domain)) || !passed.iter().any(meant) {
            continue;
        }
        if tag("l").is_some() {
            // RFC 6376 section 8.2: anybody can add to a body of which a part is signed.
            missing = missing.or(Some("all of the body"));
            continue;
        }
        let covered: Vec<&str> = tag("h").unwrap_or_default().split(':').collect();
        match wanted.iter().find(|name| !covered.iter().any(|field| field.eq_ignore_ascii_case(name))) {
            None => return Ok(()),
            Some(field) => missing = missing.or(Some(*field)),
        }
    }
    Err(missing.map_or_else(failed, |field| DkimFault::NotCovered { domain: domain.to_owned(), field }))
}

/// One result of the method `dkim`.
#[derive(Debug, PartialEq, Eq, Default)]
struct Outcome {
    passed: bool,
    /// `header.d`.
    domain: Option<String>,
    /// `header.b`, the beginning of the signature's value.
    signature: Option<String>,
}

/// Who wrote the field, and its results about DKIM (RFC 8601 section 2.2).
fn results(value: &str) -> (String, Vec<Outcome>) {
    let plain = without_comments(value);
    let mut parts = plain.split(';');
    let by = parts.next().unwrap_or_default().split_whitespace().next().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for part in parts.take(MAX_SIGNATURES) {
        // White space may stand around the signs of equality and the dots.
        let words = part.replace('=', " = ");
        let words: Vec<&str> = words.split_whitespace().collect();
        let mut outcome = Outcome::default();
        let mut is_dkim = false;
        for (at, three) in words.windows(3).enumerate() {
            let [name, "=", value] = three else { continue };
            let method = name.split('/').next().unwrap_or_default();
            if at == 0 && method.eq_ignore_ascii_case("dkim") {
                is_dkim = true;
                outcome.passed = value.eq_ignore_ascii_case("pass");
            } else if name.eq_ignore_ascii_case("header.d") {
                outcome.domain = outcome.domain.or(Some((*value).to_owned()));
            } else if name.eq_ignore_ascii_case("header.b") {
                outcome.signature = outcome.signature.or(Some((*value).to_owned()));
            }
        }
        if is_dkim {
            found.push(outcome);
        }
    }
    (by, found)
}

/// The text without comments (RFC 5322 section 3.2.2) and without quotes. What is quoted can neither begin a result nor a
/// comment: its separators become `_`.
fn without_comments(value: &str) -> String {
    let (mut out, mut depth, mut quoted) = (String::with_capacity(value.len()), 0_u32, false);
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' if quoted || depth > 0 => {
                characters.next();
                if quoted {
                    out.push('_');
                }
            }
            '"' if depth == 0 => quoted = !quoted,
            ';' | '(' | ')' | '=' | ' ' | '\t' if quoted => out.push('_'),
            '(' => depth = depth.saturating_add(1),
            ')' if depth > 0 => {
                depth -= 1;
                out.push(' ');
            }
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The tags of a signature (RFC 6376 section 3.2), white space taken out of their values.
fn tags(value: &str) -> Vec<(String, String)> {
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    value.split(';').take(MAX_TAGS).filter_map(|tag| tag.split_once('=')).map(|(n, v)| (bare(n), bare(v))).collect()
}

/// What RFC 8823 section 3.1 has signed.
pub(super) const CHALLENGE: &[&str] = &[
    "From",
    "Sender",
    "Reply-To",
    "To",
    "CC",
    "Subject",
    "Date",
    "In-Reply-To",
    "References",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
];
/// What section 3.2 has signed.
pub(super) const RESPONSE: &[&str] = &[
    "From",
    "Sender",
    "Reply-To",
    "To",
    "CC",
    "Subject",
    "Date",
    "In-Reply-To",
    "References",
    "Message-ID",
    "Content-Type",
    "Content-Transfer-Encoding",
];
const MAX_SIGNATURES: usize = 32;
const MAX_TAGS: usize = 64;

#[cfg(test)]
mod tests {
    use mime::Limits;

    use super::*;

    const H: &str = "from:sender:reply-to:to:cc:subject:date:in-reply-to:references:\r\n message-id:content-type:\
        content-transfer-encoding";

    fn judge(fields: &str) -> Result<(), DkimFault> {
        let header = Header::parse(fields.as_bytes(), &Limits::default()).unwrap();
        check(&header, &"mx.example.net".parse().unwrap(), "example.org", RESPONSE)
    }

    fn signature(more: &str) -> String {
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=Example.ORG; s=x;\r\n h={H}{more};\r\n bh=AA==; b=dzdVy\r\n OfAK\r\n"
        )
    }

    #[test]
    fn i_02_the_word_of_the_server_that_received_it_counts() {
        for result in [
            "Authentication-Results: mx.example.net; dkim=pass header.d=example.org",
            "Authentication-Results: MX.example.net 1;\r\n spf=fail smtp.mailfrom=x;\r\n dkim = pass (good; \"key\") \
             header.i=@example.org header.d=EXAMPLE.org header.b=dzdVyOf",
            "Authentication-Results: mx.example.net;\r\n dkim=fail header.d=example.com; dkim/1=pass \
             reason=\"a; dkim=fail\" header.d=example.org",
            "Authentication-Results: other.example; dkim=fail header.d=example.org\r\n\
             Authentication-Results: mx.example.net; spf=pass\r\n\
             Authentication-Results: mx.example.net; dkim=pass header.d=example.org",
        ] {
            assert_eq!(judge(&format!("{result}\r\n{}", signature(""))), Ok(()), "{result}");
        }
    }

    #[test]
    fn i_02_anything_else_proves_nothing() {
        let signed = signature("");
        let none = DkimFault::NoResult("mx.example.net".to_owned());
        let failed = DkimFault::NotPassed { domain: "example.org".to_owned(), id: "mx.example.net".to_owned() };
        for (result, fault) in [
            ("", &none),
            ("Authentication-Results: evil.example; dkim=pass header.d=example.org\r\n", &none),
            ("Authentication-Results: mx.example.net; spf=pass\r\n", &none),
            ("Authentication-Results: mx.example.net; spf=pass (dkim=pass header.d=example.org)\r\n", &none),
            ("Authentication-Results: mx.example.net; spf=pass reason=\"; dkim=pass header.d=example.org\"\r\n", &none),
            ("Authentication-Results: mx.example.net; dkim=fail header.d=example.org\r\n", &failed),
            ("Authentication-Results: mx.example.net; dkim=pass header.d=evil.example\r\n", &failed),
            ("Authentication-Results: mx.example.net; dkim=pass header.d=sub.example.org\r\n", &failed),
            ("Authentication-Results: mx.example.net; dkim=pass header.d=example.org header.b=other\r\n", &failed),
            // What the mail came with stands below what that server wrote.
            (
                "Authentication-Results: mx.example.net; dkim=none\r\n\
                 Authentication-Results: mx.example.net; dkim=pass header.d=example.org\r\n",
                &failed,
            ),
        ] {
            assert_eq!(judge(&format!("{result}{signed}")).unwrap_err(), *fault, "{result}");
        }
        let good = "Authentication-Results: mx.example.net; dkim=pass header.d=example.org\r\n";
        assert_eq!(judge(good).unwrap_err(), failed, "no signature of it is there");
        let missing = judge(&format!("{good}{}", signed.replace("subject:", ""))).unwrap_err();
        assert_eq!(missing, DkimFault::NotCovered { domain: "example.org".to_owned(), field: "Subject" });
        let part = judge(&format!("{good}{}", signed.replace("s=x;", "s=x; l=10;"))).unwrap_err();
        assert_eq!(part, DkimFault::NotCovered { domain: "example.org".to_owned(), field: "all of the body" });
    }
}
