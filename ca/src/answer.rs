//! What an authority answers over HTTP: CRL, OCSP (RFC 6960 appendix A), its own certificate (RFC 5280 section
//! 4.2.2.1) and the certificates of addresses (RFC 4387).

use base64_simd::STANDARD_NO_PAD;
use crypto::{Digest, Random};
use wire::{Certificate, Time};

use crate::http::{HttpAnswer, HttpRequest};
use crate::issue::Authority;
use crate::journal::Journal;
use crate::respond::{crl, respond};
use crate::service::{CERTIFICATE, CRL, OCSP, Service};

/// Answers one request from what the journal says; the CRL is made anew for each who asks.
///
/// # Errors
/// Where the key does not sign.
pub fn answer(
    service: &Service,
    request: &HttpRequest,
    authority: &Authority<'_>,
    journal: &Journal,
    now: Time,
    rng: &mut dyn Random,
) -> Result<HttpAnswer, crate::Error> {
    let path = request.path.strip_prefix(service.path()).filter(|p| p.starts_with('/')).unwrap_or(&request.path);
    let reads = matches!(request.method.as_str(), "GET" | "HEAD");
    let ocsp = |der: &[u8], rng| {
        let answer = respond(authority, journal, der, now, rng)?;
        Ok(HttpAnswer::new(200, "application/ocsp-response", answer))
    };
    match path {
        CRL if reads => {
            let der = crl(authority, journal, now, rng)?.der().to_vec();
            Ok(HttpAnswer::new(200, "application/pkix-crl", der))
        }
        CERTIFICATE if reads => Ok(HttpAnswer::new(200, "application/pkix-cert", authority.certificate().der())),
        STORE if reads => Ok(store(request.query.as_deref().unwrap_or_default(), journal, now)),
        OCSP if request.method == "POST" => match request.header("content-type") {
            Some("application/ocsp-request") => ocsp(&request.body, rng),
            _ => Ok(HttpAnswer::text(415, "send application/ocsp-request")),
        },
        _ if reads && path.starts_with(OCSP_GET) => match base64(path.get(OCSP_GET.len()..).unwrap_or_default()) {
            Some(der) => ocsp(&der, rng),
            None => Ok(HttpAnswer::text(400, "the request behind /ocsp/ is no base64")),
        },
        CRL | CERTIFICATE | STORE => Ok(HttpAnswer::text(405, "ask by GET").with("Allow", "GET, HEAD")),
        OCSP => Ok(HttpAnswer::text(405, "ask by POST, or by GET below /ocsp/").with("Allow", "POST")),
        _ => Ok(HttpAnswer::text(404, "there is /ca.crl, /ca.cer, /ocsp and /certificates?email=")),
    }
}

/// The HTTP certificate store (RFC 4387 section 2): by address, by the hash of the certificate or by that of its key's identifier.
fn store(query: &str, journal: &Journal, now: Time) -> HttpAnswer {
    let Some((name, value)) = query.split('&').next().and_then(|q| q.split_once('=')) else {
        return HttpAnswer::text(400, "ask by email=, certHash= or sKIDHash=");
    };
    let Some(value) = percent(value) else { return HttpAnswer::text(400, "the value is not percent-encoded UTF-8") };
    // Section 2.1: the base64 of the SHA-1 without its last "=".
    let hash = |octets: &[u8]| STANDARD_NO_PAD.encode_to_string(&*crypto::digest(Digest::Sha1, octets));
    let is = |octets: &[u8]| hash(octets) == value.trim_end_matches('=');
    let address = trust::Address::parse_international(&value).ok();
    let fits = |c: &Certificate| match name {
        "email" => address.as_ref().is_some_and(|a| trust::names_address(c, a)),
        "certHash" => is(c.der()),
        "sKIDHash" => c.subject_key_id().is_some_and(is),
        _ => false,
    };
    if !["email", "certHash", "sKIDHash"].contains(&name) {
        return HttpAnswer::text(400, "ask by email=, certHash= or sKIDHash=");
    }
    let usable = journal.issued().filter(|i| i.revoked.is_none() && i.certificate.not_after() >= now);
    let found: Vec<&Certificate> = usable.map(|i| &i.certificate).filter(|c| fits(c)).take(MAX_FOUND).collect();
    match found.as_slice() {
        [] => HttpAnswer::text(404, "no certificate is here for that"),
        [one] => HttpAnswer::new(200, "application/pkix-cert", one.der()),
        // Section 2.4: several are sent as multipart/mixed.
        many => {
            let mut body = Vec::new();
            for certificate in many {
                body.extend_from_slice(b"--sealpost\r\nContent-Type: application/pkix-cert\r\n\r\n");
                body.extend_from_slice(certificate.der());
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"--sealpost--\r\n");
            HttpAnswer::new(200, "multipart/mixed; boundary=sealpost", body)
        }
    }
}

/// `%41` to `A`; nothing for what is cut or is no UTF-8.
fn percent(text: &str) -> Option<String> {
    String::from_utf8(wire::unescaped(text.as_bytes(), b'%')?).ok()
}

/// What stands behind the slash: percent-encoded base64 of the DER (RFC 6960 appendix A.1).
fn base64(text: &str) -> Option<Vec<u8>> {
    let plain = percent(text)?;
    let fits = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    base64_simd::forgiving_decode_to_vec(plain.as_bytes()).ok().filter(|_| fits)
}

const OCSP_GET: &str = "/ocsp/";
const STORE: &str = "/certificates";
const MAX_FOUND: usize = 32;
