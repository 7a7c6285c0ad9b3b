//! What an authority answers over HTTP: CRL, OCSP (RFC 6960 appendix A), its own certificate (RFC 5280 section
//! 4.2.2.1) and the certificates of addresses (RFC 4387).

use base64_simd::STANDARD_NO_PAD;
use crypto::{Digest, Random};
use wire::{Certificate, Crl, Time, oids};

use crate::http::{HttpAnswer, HttpRequest};
use crate::issue::Authority;
use crate::journal::Journal;
use crate::respond::{crl, respond};
use crate::service::{CERTIFICATE, CRL, OCSP, ROOT_CERTIFICATE, ROOT_CRL, Service};

/// What an authority publishes, with the CRL that it signed last.
pub struct Publisher<'a> {
    service: Service,
    authority: Authority<'a>,
    root: Option<Root>,
    kept: Option<Kept>,
}

/// The root above the authority, whose key rests.
struct Root {
    certificate: Certificate,
    crl: Option<Vec<u8>>,
}

/// A CRL, with how much of the journal is in it.
struct Kept {
    crl: Crl,
    length: usize,
}

impl<'a> Publisher<'a> {
    /// For an authority that publishes there.
    pub fn new(service: Service, authority: Authority<'a>) -> Publisher<'a> {
        Publisher { service, authority, root: None, kept: None }
    }

    /// Publishes the root's certificate too, and its CRL in DER, where there is one. It may be set anew.
    pub fn set_root(&mut self, certificate: Certificate, crl: Option<Vec<u8>>) {
        self.root = Some(Root { certificate, crl });
    }

    /// Whether a request is for the CRL, and one has to be signed to answer it: the journal tells more, or half of its time is
    /// over.
    pub fn needs_crl(&self, request: &HttpRequest, journal: &Journal, now: Time) -> bool {
        self.path(request) == CRL && self.young(journal, now).is_none()
    }

    /// Signs one with a number greater than that of `last`, and has it from now on.
    ///
    /// # Errors
    /// Where the key does not sign.
    pub fn sign_crl(
        &mut self,
        journal: &Journal,
        last: Option<&Crl>,
        now: Time,
        rng: &mut dyn Random,
    ) -> Result<Crl, crate::Error> {
        let crl = crl(&self.authority, journal, last, now, rng)?;
        self.kept = Some(Kept { crl: crl.clone(), length: journal.length() });
        Ok(crl)
    }

    fn young(&self, journal: &Journal, now: Time) -> Option<&Crl> {
        let kept = self.kept.as_ref().filter(|kept| kept.length == journal.length() && is_young(&kept.crl, now));
        kept.map(|kept| &kept.crl)
    }

    /// Whether a request is for the root's CRL.
    pub fn asks_for_root_crl(&self, request: &HttpRequest) -> bool {
        self.path(request) == ROOT_CRL
    }

    /// Answers one request from what the journal says. The CRL is signed anew when the journal tells more, and when half of
    /// its time is over.
    ///
    /// # Errors
    /// Where the key does not sign.
    pub fn answer(
        &mut self,
        request: &HttpRequest,
        journal: &Journal,
        now: Time,
        rng: &mut dyn Random,
    ) -> Result<HttpAnswer, crate::Error> {
        let path = self.path(request);
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        match path {
            CRL if reads => Ok(HttpAnswer::new(200, "application/pkix-crl", self.crl(journal, now, rng)?.der())),
            CERTIFICATE if reads => {
                Ok(HttpAnswer::new(200, "application/pkix-cert", self.authority.certificate().der()))
            }
            ROOT_CRL if reads => Ok(match self.root.as_ref().and_then(|root| root.crl.as_deref()) {
                Some(der) => HttpAnswer::new(200, "application/pkix-crl", der),
                None => HttpAnswer::text(404, "there is no root above with a CRL that was signed"),
            }),
            ROOT_CERTIFICATE if reads => Ok(match &self.root {
                Some(root) => HttpAnswer::new(200, "application/pkix-cert", root.certificate.der()),
                None => HttpAnswer::text(404, "there is no root above"),
            }),
            STORE | SEARCH if reads => {
                let root = self.root.as_ref().map(|root| &root.certificate);
                let authorities: Vec<&Certificate> = root.into_iter().chain([self.authority.certificate()]).collect();
                Ok(store(request.query.as_deref().unwrap_or_default(), &authorities, journal, now))
            }
            OCSP if request.method == "POST" => match request.header("content-type") {
                Some("application/ocsp-request") => self.ocsp(&request.body, journal, now, rng),
                _ => Ok(HttpAnswer::text(415, "send application/ocsp-request")),
            },
            _ if reads && path.starts_with(OCSP_GET) => match base64(path.get(OCSP_GET.len()..).unwrap_or_default()) {
                Some(der) => self.ocsp(&der, journal, now, rng),
                None => Ok(HttpAnswer::text(400, "the request behind /ocsp/ is no base64")),
            },
            CRL | CERTIFICATE | ROOT_CRL | ROOT_CERTIFICATE | STORE | SEARCH => {
                Ok(HttpAnswer::text(405, "ask by GET").with("Allow", "GET, HEAD"))
            }
            OCSP => Ok(HttpAnswer::text(405, "ask by POST, or by GET below /ocsp/").with("Allow", "POST")),
            _ => Ok(HttpAnswer::text(404, "there is /ca.crl, /ca.cer, /ocsp and /search.cgi?uri=")),
        }
    }

    /// The path below the service's address.
    fn path<'r>(&self, request: &'r HttpRequest) -> &'r str {
        request.path.strip_prefix(self.service.path()).filter(|p| p.starts_with('/')).unwrap_or(&request.path)
    }

    fn ocsp(&self, der: &[u8], journal: &Journal, now: Time, rng: &mut dyn Random) -> Result<HttpAnswer, crate::Error> {
        Ok(HttpAnswer::new(200, "application/ocsp-response", respond(&self.authority, journal, der, now, rng)?))
    }

    fn crl(&mut self, journal: &Journal, now: Time, rng: &mut dyn Random) -> Result<Crl, crate::Error> {
        if let Some(young) = self.young(journal, now) {
            return Ok(young.clone());
        }
        let last = self.kept.as_ref().map(|kept| kept.crl.clone());
        self.sign_crl(journal, last.as_ref(), now, rng)
    }
}

/// Whether less than half of a list's time is over; not so where the clock went back behind it.
fn is_young(crl: &Crl, now: Time) -> bool {
    let begin = crl.this_update();
    crl.next_update().is_some_and(|end| now >= begin && now.0 - begin.0 < (end.0 - begin.0) / 2)
}

/// The HTTP certificate store (RFC 4387 section 2.2): the certificates that are current, and those of the authorities, which
/// complete their paths. By the issuer alone (iHash) only authorities are given: whom else it certified is nobody's list.
fn store(query: &str, authorities: &[&Certificate], journal: &Journal, now: Time) -> HttpAnswer {
    let asked = query.split('&').next().and_then(|q| q.split_once('='));
    let Some((name, value)) = asked.filter(|(name, _)| ATTRIBUTES.contains(name)) else {
        return HttpAnswer::text(400, &format!("ask by one of {}=", ATTRIBUTES.join("=, ")));
    };
    let Some(value) = percent(value) else { return HttpAnswer::text(400, "the value is not percent-encoded UTF-8") };
    // Section 2.1: the base64 of the SHA-1 without its last "=".
    let hash = |octets: &[u8]| STANDARD_NO_PAD.encode_to_string(&*crypto::digest(Digest::Sha1, octets));
    let is = |octets: &[u8]| hash(octets) == value.trim_end_matches('=');
    let address = trust::Address::parse_international(&value).ok();
    let fits = |c: &Certificate| match name {
        // Section 2.5 has the one as an alias of the other.
        "uri" | "email" => address.as_ref().is_some_and(|a| trust::names_address(c, a)),
        "certHash" => is(c.der()),
        "iHash" => is(c.issuer().der()),
        "iAndSHash" => is(&issuer_and_serial(c)),
        "name" => c.subject().attributes().any(|a| a.oid == oids::COMMON_NAME && a.text == value),
        "sHash" => is(c.subject().der()),
        _ => c.subject_key_id().is_some_and(is),
    };
    // Of one that took the place of another, the other is not given out.
    let usable = journal.issued().filter(|i| i.is_current() && i.certificate.not_after() >= now && name != "iHash");
    let all = usable.map(|i| &i.certificate).chain(authorities.iter().copied());
    let mut found: Vec<&Certificate> = Vec::new();
    for certificate in all.filter(|c| fits(c)) {
        if found.len() < MAX_FOUND && !found.contains(&certificate) {
            found.push(certificate);
        }
    }
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

/// IssuerAndSerialNumber (RFC 5652 section 10.2.4).
fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    let (issuer, serial) = certificate.issuer_and_serial();
    let mut both = wire::der::Writer::new();
    both.sequence(|w| {
        w.raw(issuer).raw(serial);
    });
    both.into_bytes()
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
/// The path that clients expect (RFC 4387 section 3.3), and one that says what it is.
const SEARCH: &str = "/search.cgi";
const STORE: &str = "/certificates";
/// RFC 4387 section 2.2, and the alias of section 2.5.
const ATTRIBUTES: [&str; 8] = ["uri", "email", "certHash", "iHash", "iAndSHash", "name", "sHash", "sKIDHash"];
const MAX_FOUND: usize = 32;
