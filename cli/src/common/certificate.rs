//! How certificates are shown.

use serde_json::{Value, json};
use wire::{Certificate, Time};

use super::report::fingerprint;

/// A certificate in a report. The names are a contract.
pub fn json(certificate: &Certificate) -> Value {
    json!({
        "fingerprint": print(certificate),
        "addresses": addresses(certificate),
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": wire::hex(certificate.serial()),
        "key": trust::key_kind(certificate.public_key()).to_string(),
        "uses": uses(certificate),
        "not_before": certificate.not_before().to_string(),
        "not_after": certificate.not_after().to_string(),
    })
}

/// A certificate for people, in lines of a name and a value.
pub fn fields(certificate: &Certificate) -> Vec<(&'static str, String)> {
    let addresses = addresses(certificate).join(", ");
    vec![
        ("addresses", if addresses.is_empty() { "none".to_owned() } else { addresses }),
        ("subject", certificate.subject().to_string()),
        ("issuer", certificate.issuer().to_string()),
        ("serial", wire::hex(certificate.serial())),
        ("key", trust::key_kind(certificate.public_key()).to_string()),
        ("uses", uses(certificate).join(", ")),
        ("valid", format!("{} to {}", certificate.not_before(), certificate.not_after())),
        ("fingerprint", print(certificate)),
    ]
}

/// As PEM.
pub fn pem(certificate: &Certificate) -> String {
    wire::pem::encode("CERTIFICATE", certificate.der())
}

/// The fingerprint as reports have it.
pub fn print(certificate: &Certificate) -> String {
    fingerprint(&crypto::fingerprint(certificate.der()))
}

/// The addresses that it names.
pub fn addresses(certificate: &Certificate) -> Vec<String> {
    trust::certificate_addresses(certificate).iter().map(ToString::to_string).collect()
}

/// Who it is for, in a few words: its addresses, or else its subject.
pub fn whose(certificate: &Certificate) -> String {
    let addresses = addresses(certificate);
    if addresses.is_empty() { certificate.subject().to_string() } else { addresses.join(", ") }
}

/// The day of a time.
pub fn day(time: Time) -> String {
    time.to_string().chars().take(10).collect()
}

/// What its key may be used for by the keyUsage extension, every word of which is the one of RFC 5280.
fn uses(certificate: &Certificate) -> Vec<&'static str> {
    certificate.key_usage().map(|usage| usage.names().collect()).unwrap_or_default()
}
