//! Certificates: issued for an order that is ready, downloaded, revoked (RFC 8555 sections 7.4, 7.4.2 and 7.6).

use crypto::PublicKey;
use serde_json::Value;
use trust::Address;
use wire::Certificate;

use super::base64url;
use super::issuer::{IssuerError, Wanted};
use super::limits::random_text;
use super::problem::Problem;
use super::records::{Issued, Order, Record, Shelf, read, record};
use super::server::{Answer, Context, Server, Signed};
use crate::csr::Csr;
use crate::http::HttpAnswer;

/// Makes the certificate of an order from the CSR in the payload: its identifier, and the records to be written.
pub(super) fn issue(
    order: &Order,
    payload: &Value,
    signed: &Signed,
    context: &mut Context<'_>,
) -> Result<(String, Vec<Record>), Problem> {
    let bad = |why: String| Problem::new(400, "badCSR", why);
    let der = payload.get("csr").and_then(Value::as_str).and_then(base64url::decode);
    let der = der.ok_or_else(|| Problem::malformed("the payload has no csr, a PKCS#10 request in base64url"))?;
    let csr = Csr::read(&der).map_err(|e| bad(e.to_string()))?;
    let asked = csr.asked().map_err(|e| bad(e.to_string()))?;
    let address = Address::parse_international(&order.address).map_err(|e| Problem::internal(e.to_string()))?;
    // RFC 8823 section 3 step 8: exactly what was ordered, in the subjectAltName.
    match asked.addresses.as_slice() {
        [one] if one.same_mailbox(&address) => {}
        _ => return Err(bad(format!("the CSR is to name {address} in its subjectAltName, and nothing else"))),
    }
    if csr.key == signed.key {
        return Err(bad("the key to be certified is the account's own; make another (RFC 8555 section 11.1)".into()));
    }
    let wanted = Wanted { address: &address, key: &csr.key, profile: asked.profile };
    let chain = context.issuer.issue(&wanted, context.now, context.random).map_err(told)?;
    let own = chain.first().ok_or_else(|| Problem::internal("the authority issued nothing"))?;
    let id = random_text(12, context.random)?;
    let pem = chain.iter().map(|certificate| wire::pem::encode("CERTIFICATE", certificate.der())).collect();
    let issued = Issued { account: order.account.clone(), address: order.address.clone(), chain: pem };
    let records = vec![
        record(Shelf::Certificate, &id, &issued, Some(own.not_after().0))?,
        record(Shelf::Fingerprint, &fingerprint(own), &id, Some(own.not_after().0))?,
    ];
    Ok((id, records))
}

/// The certificate's URL.
pub(super) fn download(id: &str, signed: &Signed, context: &Context<'_>) -> Result<Answer, Problem> {
    let account = signed.account()?;
    if !signed.is_get() {
        return Err(Problem::malformed("a certificate is asked for by POST-as-GET, with an empty payload"));
    }
    let issued: Option<Issued> = read(context.store, Shelf::Certificate, id)?;
    let issued = issued.filter(|issued| issued.account == account.id).ok_or_else(Problem::not_found)?;
    Ok(Answer::of(HttpAnswer::new(200, "application/pem-certificate-chain", issued.chain)))
}

/// revokeCert: by the account that ordered it, by one that has proven the same address, or by the certified key.
pub(super) fn revoke(_server: &Server, signed: &Signed, context: &mut Context<'_>) -> Result<Answer, Problem> {
    let payload = signed.payload()?;
    let der = payload.get("certificate").and_then(Value::as_str).and_then(base64url::decode);
    let certificate = der.and_then(|der| Certificate::from_der(&der).ok());
    let certificate = certificate.ok_or_else(|| Problem::malformed("the payload has no certificate in base64url"))?;
    let reason = match payload.get("reason").map(Value::as_u64) {
        None => 0,
        // RFC 5280 section 5.3.1: those that the holder of an end entity's certificate can know.
        Some(Some(reason @ (0 | 1 | 3 | 4 | 5))) => reason as u8,
        Some(_) => {
            let detail = "the reason is 0, 1 (key compromise), 3 (affiliation), 4 (superseded) or 5 (cessation)";
            return Err(Problem::new(400, "badRevocationReason", detail));
        }
    };
    let id: Option<String> = read(context.store, Shelf::Fingerprint, &fingerprint(&certificate))?;
    let issued: Option<Issued> = id.map(|id| read(context.store, Shelf::Certificate, &id)).transpose()?.flatten();
    let issued = issued.ok_or_else(|| Problem::new(404, "malformed", "that certificate was not issued here"))?;
    let may = match &signed.account {
        Some(account) if account.id == issued.account => true,
        Some(account) => {
            let id = format!("{} {}", account.id, issued.address);
            context.store.get(Shelf::Proven, &id).map_err(Problem::internal)?.is_some()
        }
        None => PublicKey::certified(&certificate).is_some_and(|key| key == signed.key),
    };
    if !may {
        return Err(Problem::unauthorized("neither the account nor the key is one that may revoke this certificate"));
    }
    context.issuer.revoke(&certificate, reason, context.now).map_err(told)?;
    Ok(Answer::empty(200))
}

fn told(error: IssuerError) -> Problem {
    match error {
        IssuerError::Refused(why) => Problem::new(400, "badCSR", why),
        IssuerError::AlreadyRevoked => Problem::new(400, "alreadyRevoked", "the certificate is revoked already"),
        IssuerError::Failed(why) => Problem::internal(why),
    }
}

fn fingerprint(certificate: &Certificate) -> String {
    wire::hex(&crypto::fingerprint(certificate.der()))
}
