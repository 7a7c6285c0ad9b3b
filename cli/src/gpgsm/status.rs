//! The lines that programs read: `[GNUPG:] KEYWORD …` on a file descriptor of their choice.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};

use crypto::SignatureAlgorithm;
use wire::Certificate;

use crate::common::error::{Failure, Result};

/// Where status lines go, if anywhere.
pub struct Status {
    out: Option<Box<dyn Write>>,
}

impl Status {
    /// Lines on this file descriptor.
    ///
    /// # Errors
    /// Exit 2 where it is not open.
    pub fn open(descriptor: Option<u32>) -> Result<Status> {
        let out: Option<Box<dyn Write>> = match descriptor {
            None => None,
            Some(1) => Some(Box::new(io::stdout())),
            Some(2) => Some(Box::new(io::stderr())),
            Some(number) => {
                let path = format!("/dev/fd/{number}");
                let file = OpenOptions::new().append(true).open(path);
                Some(Box::new(file.map_err(|e| Failure::usage(format!("--status-fd {number}: {e}")))?))
            }
        };
        Ok(Status { out })
    }

    /// One line. What is said behind the keyword is ours or was [made safe](text).
    pub fn line(&mut self, keyword: &str, said: &str) -> Result {
        let Some(out) = &mut self.out else { return Ok(()) };
        let space = if said.is_empty() { "" } else { " " };
        out.write_all(format!("[GNUPG:] {keyword}{space}{said}\n").as_bytes())?;
        Ok(out.flush()?)
    }
}

/// A certificate's fingerprint as gpgsm names keys: SHA-1, in capitals.
pub fn fingerprint(certificate: &Certificate) -> String {
    wire::hex(&crypto::digest(crypto::Digest::Sha1, certificate.der())).to_uppercase()
}

/// A certificate's fingerprint and subject, whose parts each have a slash before them.
pub fn signer(certificate: &Certificate) -> String {
    let subject = slashed(&certificate.subject().to_string());
    format!("{} {}", fingerprint(certificate), text(&subject))
}

/// `CN=A,O=B` as `/CN=A/O=B`; a comma behind a backslash belongs to the value.
fn slashed(name: &str) -> String {
    let mut out = String::from("/");
    let mut escaped = false;
    for c in name.chars() {
        out.push(if c == ',' && !escaped { '/' } else { c });
        escaped = c == '\\' && !escaped;
    }
    out
}

/// Text of others: control characters and the percent sign by their octets, so that a line is a line.
pub fn text(of: &str) -> String {
    let mut out = String::with_capacity(of.len());
    let mut octets = [0; 4];
    for c in of.chars() {
        if c.is_control() || c == '%' {
            for octet in c.encode_utf8(&mut octets).bytes() {
                let _ = write!(out, "%{octet:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The numbers that GnuPG has for a public-key algorithm and a digest (libgcrypt's; 0 for what it does not know).
pub fn numbers(algorithm: &str) -> String {
    let key = match algorithm {
        a if a.starts_with("rsa") => 1,
        a if a.starts_with("ecdsa") => 18,
        a if a.starts_with("ed25519") || a.starts_with("ed448") => 303,
        a if a.starts_with("dsa") => 17,
        _ => 0,
    };
    let digest = match algorithm.rsplit('-').next().unwrap_or_default() {
        "sha1" => 2,
        "sha256" => 8,
        "sha384" => 9,
        "sha512" => 10,
        "sha224" => 11,
        _ => 0,
    };
    let digest = if algorithm == "ed25519" { 10 } else { digest };
    format!("{key} {digest}")
}

/// The same of an algorithm that signs here.
pub fn numbers_of(algorithm: &SignatureAlgorithm) -> String {
    numbers(&algorithm.to_string())
}

/// `2026-11-23T10:00:00Z` as gpgsm writes it: `20261123T100000`.
pub fn moment(time: &str) -> String {
    time.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_line_whatever_a_name_says() {
        assert_eq!(text("CN=a\n[GNUPG:] GOODSIG 100%\u{85}"), "CN=a%0A[GNUPG:] GOODSIG 100%25%C2%85");
    }

    #[test]
    fn parts_of_a_name_have_slashes() {
        assert_eq!(slashed("CN=A\\, B,O=C"), "/CN=A\\, B/O=C");
    }

    #[test]
    fn algorithms_have_the_numbers_of_libgcrypt() {
        for (name, expected) in [
            ("rsa-pkcs1-sha256", "1 8"),
            ("rsa-pss-sha512", "1 10"),
            ("ecdsa-p384-sha384", "18 9"),
            ("ed25519", "303 10"),
            ("ml-dsa-65", "0 0"),
        ] {
            assert_eq!(numbers(name), expected, "{name}");
        }
    }

    #[test]
    fn moments_are_digits() {
        assert_eq!(moment("2026-11-23T10:00:00Z"), "20261123T100000");
    }
}
