//! The verdict for the mail software behind: the method `smime` of Authentication-Results (RFC 7281, RFC 8601).
//!
//! The field is made of the verdict and of nothing else. What claims to have been written under the same identifier
//! cannot have been, and is taken out (RFC 8601 §5, GW-12).

use std::str::FromStr;

use wire::{Certificate, Name};

use crate::open::Opened;
use crate::open::prove::Layer;
use crate::report::SignerReport;
use crate::verdict::{Code, Severity, Verdict};

/// Under which name a host writes Authentication-Results: the authserv-id of RFC 8601 §2.5, most often a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthservId(String);

impl FromStr for AuthservId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.is_empty() || text.len() > MAX_ID || !text.chars().all(good) {
            return Err("a domain, or a word of letters, digits, dots, hyphens and underscores".to_owned());
        }
        Ok(AuthservId(text.to_owned()))
    }
}

impl AuthservId {
    /// The identifier as it was given.
    pub(crate) fn word(&self) -> &str {
        &self.0
    }

    /// Whether a field under this identifier could be taken for one of ours.
    fn is_claimed_by(&self, other: &str) -> bool {
        let plain = |text: &str| {
            let visible: String = text.chars().filter(|c| !c.is_control()).collect();
            visible.trim().trim_end_matches('.').to_lowercase()
        };
        let (own, other) = (plain(&self.0), plain(other));
        // RFC 8601 §5 compares U-labels. Whatever of them stands in place of an A-label is taken for the same.
        other.is_empty() || own == other || (own.contains("xn--") && !other.is_ascii())
    }
}

/// A result of RFC 7281 §3.1, and whose signature it is about.
struct Outcome<'a> {
    result: &'static str,
    signer: Option<&'a SignerReport>,
    why: Option<Code>,
}

impl Opened<'_> {
    /// Writes an Authentication-Results field with the verdict at the top of the mail that is given out, and takes out
    /// those that claim to be of `id`. Fields of others stay.
    pub fn add_authentication_results(&mut self, id: &AuthservId) {
        let rest = without_claims(&self.judgement.header, id);
        self.judgement.header = [self.authentication_results(id).into_bytes(), rest].concat();
    }

    /// The field with the verdict, its line end included.
    fn authentication_results(&self, id: &AuthservId) -> String {
        let outcome = self.outcome();
        let mut field = format!("Authentication-Results: {};\r\n smime={}", id.0, outcome.result);
        if let Some(why) = outcome.why {
            field.push_str(" reason=");
            field.push_str(why.word());
        }
        if let Some(signer) = outcome.signer {
            let mut add = |name: &str, value: &str| {
                field.push_str("\r\n body.smime-");
                field.push_str(name);
                field.push('=');
                field.push_str(value);
            };
            if let Some(address) = self.identifier(signer) {
                add("identifier", &address);
            }
            add("part", &part(&self.proof.layers, signer.layer));
            if let Some(certificate) = &signer.held
                && let Some(issuer) = issuer(certificate.issuer())
            {
                add("serial", &serial(certificate));
                add("issuer", &issuer);
            }
        }
        field.push_str("\r\n");
        field
    }

    fn outcome(&self) -> Outcome<'_> {
        let signers = &self.judgement.report.signers;
        match &self.judgement.verdict {
            Verdict::Verified { signer } => {
                // Who signed several layers counts for what is within.
                let counts = |s: &&SignerReport| s.held.as_ref() == Some(signer.certificate()) && s.signature == "good";
                Outcome { result: "pass", signer: signers.iter().filter(counts).max_by_key(|s| s.layer), why: None }
            }
            Verdict::Unsigned => Outcome { result: "none", signer: None, why: None },
            Verdict::Broken { .. } => Outcome { result: "fail", signer: None, why: self.why() },
            Verdict::Unverified { .. } => {
                // The first of those who come nearest to be believed, in the innermost layer.
                let near =
                    |s: &&SignerReport| (s.signature == "good", s.matches_from, s.certificate == "trusted", s.layer);
                let nearest = signers.iter().rev().max_by_key(near);
                let no_from = self.judgement.findings.iter().any(|f| f.code == Code::FromUnusable);
                let result =
                    nearest.map_or("neutral", |s| unverified(s.signature, s.certificate, s.revocation, no_from));
                // A signature that was not checked says nothing of whom it names.
                Outcome { result, signer: nearest.filter(|s| s.signature == "good"), why: self.why() }
            }
        }
    }

    /// The finding that keeps it from being verified, the first of them.
    fn why(&self) -> Option<Code> {
        self.judgement.findings.iter().find(|f| f.severity == Severity::Error).map(|f| f.code)
    }

    /// The address that the signature is by: From, where the certificate names it, else what it names first.
    fn identifier(&self, signer: &SignerReport) -> Option<String> {
        let address = match &self.judgement.verdict {
            Verdict::Verified { signer } => signer.address().to_string(),
            _ => signer.addresses.first()?.clone(),
        };
        let mailboxes = mime::address_list(&address).ok()?;
        let [mailbox] = mailboxes.as_slice() else { return None };
        let text = mailbox.addr();
        let fits = text.len() <= MAX_VALUE && text.bytes().all(|b| matches!(b, b' '..=b'~'));
        fits.then_some(text)
    }
}

/// The result for a mail that is neither verified nor broken, by the words of the signer that comes nearest: tests come
/// before what is acceptable, and what could not be done before both.
fn unverified(signature: &str, certificate: &str, revocation: &str, no_from: bool) -> &'static str {
    match (signature, certificate) {
        // Where the policy insists, a list that could not be had keeps a certificate from being believed.
        ("good", "untrusted") if revocation == "unknown" => "temperror",
        ("good", "trusted") if no_from => "permerror",
        ("good", "trusted" | "weak") | (_, "weak") => "policy",
        ("good", _) => "fail",
        (_, "missing") => "permerror",
        _ => "neutral",
    }
}

/// Where the signature stands (RFC 7281 §3.2.1): part numbers, and `/` for each layer that has to be taken off before.
fn part(layers: &[Layer], index: usize) -> String {
    let mut out = String::new();
    let mut section = String::new();
    for (at, layer) in layers.iter().enumerate() {
        let clear = matches!(layer, Layer::Multipart(_));
        let number = if clear && at == index { "2" } else { "1" };
        if clear {
            if !section.is_empty() {
                section.push('.');
            }
            section.push_str(number);
        } else if section.is_empty() {
            section.push_str(number);
        }
        if at >= index {
            break;
        }
        if !clear {
            out.push_str(&section);
            out.push('/');
            section.clear();
        }
    }
    out.push_str(&section);
    out
}

/// The serial number in hexadecimal.
fn serial(certificate: &Certificate) -> String {
    wire::hex(certificate.serial())
}

/// The issuer's name as RFC 4514 writes it, as a quoted string of ASCII; `None` where it is too long for a line.
fn issuer(name: &Name) -> Option<String> {
    let mut out = String::from("\"");
    let mut octets = [0; 4];
    for c in name.to_string().chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            // The hexadecimal pair of RFC 4514 §2.4, whose backslash is quoted in turn.
            _ => c.encode_utf8(&mut octets).bytes().for_each(|b| out.push_str(&format!("\\\\{b:02X}"))),
        }
    }
    out.push('"');
    (out.len() <= MAX_VALUE).then_some(out)
}

/// The header without the fields that could be taken for ours.
fn without_claims(header: &[u8], id: &AuthservId) -> Vec<u8> {
    // To some programs a lone CR begins a new field.
    let lone = |at: usize| header.get(at + 1) != Some(&b'\n');
    let header: Vec<u8> =
        header.iter().enumerate().map(|(at, &b)| if b == b'\r' && lone(at) { b' ' } else { b }).collect();
    let mut out = Vec::with_capacity(header.len());
    let mut field: Vec<u8> = Vec::new();
    let mut lines = header.split_inclusive(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        field.extend_from_slice(line);
        if lines.peek().is_some_and(|next| matches!(next.first(), Some(b' ' | b'\t'))) {
            continue;
        }
        if !is_claim(&field, id) {
            out.append(&mut field);
        }
        field.clear();
    }
    out
}

/// Whether this is an Authentication-Results field of this identifier, of one that cannot be read, or of a version that
/// nobody knows (RFC 8601 §5).
fn is_claim(field: &[u8], id: &AuthservId) -> bool {
    let text = String::from_utf8_lossy(field);
    let Some((name, value)) = text.split_once(':') else { return false };
    if !name.trim().eq_ignore_ascii_case("Authentication-Results") {
        return false;
    }
    match head(value) {
        Some((claimed, version)) => id.is_claimed_by(&claimed) || !matches!(version.as_str(), "" | "1"),
        None => true,
    }
}

/// The identifier and the version of a field's value (RFC 8601 §2.2); `None` where a comment or a string has no end.
fn head(value: &str) -> Option<(String, String)> {
    let mut rest = past_comments(value)?;
    let mut claimed = String::new();
    if let Some(quoted) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = quoted.char_indices().find(|&(_, c)| {
            let ends = c == '"' && !escaped;
            let escapes = c == '\\' && !escaped;
            if !ends && !escapes {
                claimed.push(c);
            }
            escaped = escapes;
            ends
        });
        rest = quoted.get(end?.0 + 1..)?;
    } else {
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | '(')).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        claimed.push_str(word);
        rest = after;
    }
    let version = past_comments(rest)?.chars().take_while(char::is_ascii_digit).collect();
    Some((claimed, version))
}

/// What follows white space and comments, which nest.
fn past_comments(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if depth > 0 => escaped = true,
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 || c.is_whitespace() => {}
            _ => return text.get(at..),
        }
    }
    (depth == 0).then_some("")
}

/// Takes the data for a header with fields of others; never panics, and leaves none of ours.
pub fn fuzz_results(data: &[u8]) {
    let id = AuthservId("example.org".to_owned());
    let once = without_claims(data, &id);
    assert_eq!(without_claims(&once, &id), once, "what was left would be taken out");
}

/// Octets of an identifier.
const MAX_ID: usize = 255;
/// Octets of a value that stands on a line of its own (RFC 5322 §2.1.1: 998).
const MAX_VALUE: usize = 900;

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AuthservId {
        text.parse().unwrap()
    }

    fn stripped(header: &str) -> String {
        String::from_utf8(without_claims(header.as_bytes(), &id("mx.Example.org"))).unwrap()
    }

    #[test]
    fn gw_12_what_is_not_verified_has_one_result() {
        for (signature, certificate, revocation, no_from, expected) in [
            ("good", "trusted", "good", false, "policy"),
            ("good", "trusted", "not-checked", false, "policy"),
            ("good", "trusted", "unknown", false, "policy"),
            ("good", "untrusted", "unknown", false, "temperror"),
            ("good", "trusted", "good", true, "permerror"),
            ("good", "revoked", "revoked", false, "fail"),
            ("good", "expired", "unknown", false, "fail"),
            ("good", "untrusted", "not-checked", true, "fail"),
            ("good", "wrong-purpose", "not-checked", false, "fail"),
            ("good", "weak", "not-checked", false, "policy"),
            ("unsupported", "weak", "not-checked", false, "policy"),
            ("unsupported", "trusted", "not-checked", false, "neutral"),
            ("unsupported", "missing", "not-checked", false, "permerror"),
        ] {
            let found = unverified(signature, certificate, revocation, no_from);
            assert_eq!(found, expected, "{signature} {certificate} {revocation} {no_from}");
        }
    }

    #[test]
    fn gw_12_fields_that_claim_to_be_ours_are_taken_out() {
        for claim in [
            "Authentication-Results: mx.example.org; smime=pass\r\n",
            "AUTHENTICATION-RESULTS: MX.EXAMPLE.ORG; smime=pass\r\n",
            "Authentication-Results :mx.example.org;smime=pass\r\n",
            "Authentication-Results:\r\n\tmx.example.org;\r\n smime=pass\r\n",
            "Authentication-Results: (a (nested \\) ;) comment)\r\n (x) mx.example.org(y) 1; smime=pass\r\n",
            "Authentication-Results: \"mx.example.org\"; smime=pass\r\n",
            "Authentication-Results: \"mx\\.example.org\" 1; smime=pass\r\n",
            "Authentication-Results: mx.example.org.; smime=pass\r\n",
            "Authentication-Results: mx.example\u{7}.org; smime=pass\r\n",
            "Authentication-Results: mx.example.org\r\n",
            // Of whom nobody can say.
            "Authentication-Results: ; smime=pass\r\n",
            "Authentication-Results: (no end; mx.example.org; smime=pass\r\n",
            "Authentication-Results: \"no end; smime=pass\r\n",
            "Authentication-Results: other.example 2; smime=pass\r\n",
        ] {
            assert_eq!(stripped(&format!("A: b\r\n{claim}To: c\r\n\r\n")), "A: b\r\nTo: c\r\n\r\n", "{claim:?}");
            let lf = format!("A: b\n{claim}\n").replace("\r\n", "\n");
            assert_eq!(stripped(&lf), "A: b\n\n", "{claim:?}");
        }
    }

    #[test]
    fn gw_12_fields_of_others_stay_as_they_are() {
        for other in [
            "Authentication-Results: mx.example.net; smime=pass\r\n",
            "Authentication-Results: example.org; dkim=pass (mx.example.org)\r\n",
            "Authentication-Results: (mx.example.org) other.example 1;\r\n spf=pass\r\n",
            "Authentication-Results: notmx.example.org; spf=pass\r\n",
            "ARC-Authentication-Results: i=1; mx.example.org; smime=pass\r\n",
            "X-Authentication-Results: mx.example.org; smime=pass\r\n",
            "Subject: Authentication-Results: mx.example.org; smime=pass\r\n",
        ] {
            let whole = format!("{other}To: c\r\n\r\n");
            assert_eq!(stripped(&whole), whole);
        }
    }

    #[test]
    fn x_26_a_lone_cr_hides_no_field() {
        let hidden = "Subject: x\rAuthentication-Results: mx.example.org; smime=pass\r\n\r\n";
        assert_eq!(stripped(hidden), hidden.replacen('\r', " ", 1));
    }

    #[test]
    fn gw_12_international_identifiers_are_taken_for_their_own() {
        let header = "Authentication-Results: bücher.example; smime=pass\r\n";
        assert_eq!(without_claims(header.as_bytes(), &id("xn--bcher-kva.example")), b"");
        assert_eq!(stripped(header), header);
    }

    #[test]
    fn gw_12_identifiers_are_words() {
        for bad in ["", "a b", "a;b", "a\r\nB: c", "ü", "\"a\"", "a/1", &"a".repeat(256)] {
            assert!(bad.parse::<AuthservId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn whatever_a_header_holds_nothing_of_ours_is_left() {
        let whole = "A: b\r\nAuthentication-Results: (c\\)) \"mx.example.org\" 1;\r\n smime=pass\r\nC: d\rE: f\r\n\r\n";
        for end in 0..whole.len() {
            fuzz_results(&whole.as_bytes()[..end]);
        }
        for at in 0..whole.len() {
            for octet in [0, b'\r', b'\n', b' ', b'(', b')', b'"', b'\\', b';', b':', 0xff] {
                let mut bent = whole.as_bytes().to_vec();
                bent[at] = octet;
                fuzz_results(&bent);
            }
        }
    }

    #[test]
    fn issuers_are_quoted_strings_of_ascii() {
        let name = |text: &str| {
            let mut builder = wire::NameBuilder::new();
            builder = builder.common_name(text);
            builder.build()
        };
        assert_eq!(issuer(&name("A \"B\" é, c")).unwrap(), "\"CN=A \\\\\\\"B\\\\\\\" \\\\C3\\\\A9\\\\, c\"");
        assert!(issuer(&name(&"x".repeat(1000))).is_none());
    }
}
