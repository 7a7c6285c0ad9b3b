//! What certificate stores and directories hand out.

use wire::{Certificate, pem};

use super::certs_only;

/// The certificates of an answer: one in DER (RFC 2585), a certs-only message, PEM, or several of these as the parts of a
/// multipart body (RFC 4387 section 2), whose first line is its delimiter. At most [`MAX_CERTIFICATES`], in their order;
/// parts that are none of these are passed over. `None` where there is none at all.
pub fn certificates_of_answer(body: &[u8]) -> Option<Vec<Certificate>> {
    let mut found: Vec<Certificate> = Vec::new();
    let parts = if pem::looks_like_pem(body) { None } else { parts(body) };
    match parts {
        Some(parts) => parts.iter().filter_map(|part| one(part)).for_each(|list| found.extend(list)),
        None => found.extend(one(body)?),
    }
    found.truncate(MAX_CERTIFICATES);
    (!found.is_empty()).then_some(found)
}

/// Reads anything as an answer. For fuzzing.
pub fn fuzz_store_answer(bytes: &[u8]) {
    if let Some(found) = certificates_of_answer(bytes) {
        assert!((1..=MAX_CERTIFICATES).contains(&found.len()));
    }
}

fn one(body: &[u8]) -> Option<Vec<Certificate>> {
    let single = |der: &[u8]| Certificate::from_der(der).ok().map(|certificate| vec![certificate]);
    if !pem::looks_like_pem(body) {
        return single(body).or_else(|| certs_only(body));
    }
    let blocks = pem::parse(body).ok()?;
    let read = |label: &str, der: &[u8]| if label == "CERTIFICATE" { single(der) } else { certs_only(der) };
    Some(blocks.iter().filter_map(|block| read(&block.label, &block.contents)).flatten().collect())
}

/// The bodies of the parts (RFC 2046 section 5.1.1): what is sent is octets as they are, so nothing is decoded; line ends
/// may be LF. A last part without its delimiter was cut off and is none.
fn parts(body: &[u8]) -> Option<Vec<&[u8]>> {
    let body = body.strip_prefix(b"\r\n").unwrap_or(body);
    let end = body.iter().position(|octet| *octet == b'\n')?;
    let delimiter = body.get(..end)?.trim_ascii_end();
    let name = delimiter.strip_prefix(b"--").filter(|name| (1..=MAX_BOUNDARY).contains(&name.len()))?;
    if !name.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ') {
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = body.get(delimiter.len()..)?;
    while parts.len() < MAX_CERTIFICATES {
        let Some((part, after)) = until_delimiter(rest, delimiter) else { break };
        parts.extend(content(part));
        if after.starts_with(b"--") {
            break;
        }
        rest = after;
    }
    Some(parts)
}

/// What stands before the next delimiter, without the line end that belongs to it, and what stands behind.
fn until_delimiter<'b>(bytes: &'b [u8], delimiter: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let mut from = 0;
    loop {
        let line = bytes.get(from..)?;
        let after = line.strip_prefix(delimiter);
        let ends = |after: &&[u8]| after.first().is_none_or(|next| b"\r\n \t-".contains(next));
        if let Some(after) = after.filter(ends) {
            let part = bytes.get(..from)?;
            let part = part.strip_suffix(b"\n").map_or(part, |p| p.strip_suffix(b"\r").unwrap_or(p));
            return Some((part, after));
        }
        from = from.saturating_add(line.iter().position(|octet| *octet == b'\n')?).saturating_add(1);
    }
}

/// What follows the empty line behind the header of a part, which begins with the end of the line of its delimiter.
fn content(part: &[u8]) -> Option<&[u8]> {
    let mut rest = part;
    for line_number in 0.. {
        let end = rest.iter().position(|octet| *octet == b'\n')?;
        let line = rest.get(..end)?;
        rest = rest.get(end.saturating_add(1)..)?;
        if line_number > 0 && line.trim_ascii().is_empty() {
            return Some(rest);
        }
    }
    None
}

/// Certificates of one answer.
const MAX_CERTIFICATES: usize = 20;
/// RFC 2046 section 5.1.1.
const MAX_BOUNDARY: usize = 70;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stateless::read::tests::self_signed;
    use crypto::{Curve, KeySpec, SoftKey, SystemRandom};

    fn certificate(name: &str) -> Certificate {
        let (key, _) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
        self_signed(&key, name)
    }

    fn multipart(parts: &[&[u8]], line: &str) -> Vec<u8> {
        let mut body = Vec::new();
        for part in parts {
            body.extend(format!("--b 1{line}Content-Type: application/pkix-cert{line}{line}").into_bytes());
            body.extend_from_slice(part);
            body.extend_from_slice(line.as_bytes());
        }
        body.extend(format!("--b 1--{line}").into_bytes());
        body
    }

    /// DI-05: one certificate, several, and what was cut off.
    #[test]
    fn di_05_answers_of_stores_are_read() {
        let (a, b) = (certificate("a"), certificate("b"));
        assert_eq!(certificates_of_answer(a.der()), Some(vec![a.clone()]));
        let pem = format!("{}{}", pem::encode("CERTIFICATE", a.der()), pem::encode("CERTIFICATE", b.der()));
        assert_eq!(certificates_of_answer(pem.as_bytes()), Some(vec![a.clone(), b.clone()]));
        for line in ["\r\n", "\n"] {
            let body = multipart(&[a.der(), b"what else", b.der()], line);
            assert_eq!(certificates_of_answer(&body), Some(vec![a.clone(), b.clone()]));
            for end in 0..body.len() {
                let found = certificates_of_answer(&body[..end]).unwrap_or_default();
                assert!(found.iter().all(|c| *c == a || *c == b), "{end}");
                let closed = body.len() - 2 - line.len();
                assert_eq!(found.len() == 2, end >= closed, "{end}");
            }
            for at in 0..body.len() {
                let mut bent = body.clone();
                bent[at] ^= 0x20;
                fuzz_store_answer(&bent);
            }
        }
        let many = vec![a.der(); 100];
        assert_eq!(certificates_of_answer(&multipart(&many, "\r\n")).unwrap().len(), MAX_CERTIFICATES);
        for nothing in [&b""[..], b"--", b"--\n", b"--b\n", b"--b\n\n--b--", b"<html>", b"--b\r\n\r\n0\r\n--bc\r\n"] {
            assert_eq!(certificates_of_answer(nothing), None);
        }
    }
}
