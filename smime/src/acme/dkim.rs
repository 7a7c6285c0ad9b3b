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
    let signatures: Vec<_> = header.all("DKIM-Signature").map(|field| tags(&field.unfolded())).collect();
    if signatures.len() > MAX_SIGNATURES {
        return Err(failed());
    }
    let mut missing = None;
    for outcome in passed {
        // RFC 6008: where the result names a signature by its beginning, it is that one. Anybody can write a second one that
        // begins likewise, or beside a result without a name: whichever of them is meant has to cover everything.
        let start = outcome.signature.as_deref().unwrap_or_default();
        let meant = |tags: &&Tags| {
            tag(tags, "d").is_some_and(|d| d.eq_ignore_ascii_case(domain))
                && tag(tags, "b").unwrap_or_default().starts_with(start)
        };
        let mut meant = signatures.iter().filter(meant).peekable();
        if meant.peek().is_none() {
            continue;
        }
        match meant.find_map(|tags| uncovered(tags, wanted)) {
            None => return Ok(()),
            Some(field) => missing = missing.or(Some(field)),
        }
    }
    Err(missing.map_or_else(failed, |field| DkimFault::NotCovered { domain: domain.to_owned(), field }))
}

/// What of it a signature leaves open.
fn uncovered(tags: &Tags, wanted: &[&'static str]) -> Option<&'static str> {
    if tag(tags, "l").is_some() {
        // RFC 6376 section 8.2: anybody can add to a body of which a part is signed.
        return Some("all of the body");
    }
    let covered: Vec<&str> = tag(tags, "h").unwrap_or_default().split(':').collect();
    wanted.iter().find(|name| !covered.iter().any(|field| field.eq_ignore_ascii_case(name))).copied()
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

/// The tags of a signature, names and values.
type Tags = Vec<(String, String)>;

/// The tags of a signature (RFC 6376 section 3.2), white space taken out of their values.
fn tags(value: &str) -> Tags {
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    value.split(';').take(MAX_TAGS).filter_map(|tag| tag.split_once('=')).map(|(n, v)| (bare(n), bare(v))).collect()
}

fn tag<'t>(tags: &'t Tags, name: &str) -> Option<&'t str> {
    tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
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
    /// A mail of somebody's that his server signed, with another subject and a signature of nobody's put above it.
    #[test]
    fn i_02_a_signature_beside_the_one_that_passed_proves_nothing() {
        let weak = signature("").replace("subject:", "");
        let forged = signature("");
        let lacks = DkimFault::NotCovered { domain: "example.org".to_owned(), field: "Subject" };
        let failed = DkimFault::NotPassed { domain: "example.org".to_owned(), id: "mx.example.net".to_owned() };
        let passed = "Authentication-Results: mx.example.net; dkim=pass header.d=example.org";
        // Without a name, and with the same beginning.
        for name in ["", " header.b=dzdVyOfA", "; dkim=fail header.d=example.org"] {
            for two in [format!("{forged}{weak}"), format!("{weak}{forged}")] {
                assert_eq!(judge(&format!("{passed}{name}\r\n{two}")).unwrap_err(), lacks, "{name}");
            }
        }
        // Two that pass and cover everything, as servers sign that know two algorithms.
        let other = forged.replace("dzdVy", "other");
        assert_eq!(judge(&format!("{passed}\r\n{forged}{other}")), Ok(()));
        let named = format!("{passed} header.b=other; dkim=fail header.d=example.org header.b=dzdVyOfA\r\n");
        assert_eq!(judge(&format!("{named}{weak}{other}")), Ok(()));
        // The one that passed is not to be hidden behind more than are looked at.
        let many = format!("{passed}\r\n{}{weak}", forged.repeat(MAX_SIGNATURES));
        assert_eq!(judge(&many).unwrap_err(), failed);
    }
}
