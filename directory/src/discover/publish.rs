//! What the owner of a certificate gives to those who run the DNS, a directory or a store, so that others find it.

use crypto::Digest;
use trust::{Address, DaneRecord};
use wire::{Certificate, pem};

use super::names::{form_urlencoded, smimea_owner};

/// A record in the syntax of zone files (RFC 1035 section 5.1; RFC 8162 section 2), in lines that editors take.
pub fn smimea_records(address: &Address, records: &[DaneRecord], seconds: u32) -> String {
    let mut text = format!("; {}\n", text_of(&address.to_string()));
    for record in records {
        let DaneRecord { usage, selector, matching, .. } = record;
        let owner = smimea_owner(address);
        text.push_str(&format!("{owner}. {seconds} IN SMIMEA {usage} {selector} {matching} (\n"));
        let hex = wire::hex(&record.data);
        for line in hex.as_bytes().chunks(LINE) {
            text.push_str(&format!("    {}\n", String::from_utf8_lossy(line)));
        }
        text.push_str("    )\n");
    }
    text
}

/// A change of a directory's entry (RFC 2849): its certificates are replaced by these. `signed` is a SignedData with
/// the chain and what its owner can read (RFC 2798 section 2.8), if there is one.
pub fn ldif(entry: &str, certificates: &[Certificate], signed: Option<&[u8]>) -> String {
    let mut text = attribute("dn", entry.as_bytes());
    text.push_str("changetype: modify\nreplace: userCertificate;binary\n");
    for certificate in certificates {
        text.push_str(&encoded("userCertificate;binary", certificate.der()));
    }
    text.push_str("-\n");
    if let Some(signed) = signed {
        // Without the option ";binary", which RFC 2798 asks for and OpenLDAP refuses; its syntax is Binary anyway.
        text.push_str("replace: userSMIMECertificate\n");
        text.push_str(&encoded("userSMIMECertificate", signed));
        text.push_str("-\n");
    }
    text
}

/// Files for a store by HTTP (RFC 4387 section 2.2): for each attribute that a client may ask by a folder, in it a file named
/// as the query writes the value, so that a web server gives `ATTRIBUTE/VALUE` to whoever asks `search.cgi?ATTRIBUTE=VALUE`.
/// By the issuer alone (iHash) everybody whom it certified would be asked for, which is no file of one person's.
pub fn store_files(address: &Address, certificate: &Certificate) -> Vec<(String, Vec<u8>)> {
    let (issuer, serial) = certificate.issuer_and_serial();
    let mut both = wire::der::Writer::new();
    both.sequence(|w| {
        w.raw(issuer).raw(serial);
    });
    let hashed = |octets: &[u8]| {
        // Section 2.1: SHA-1 in base64, without its padding.
        let encoded = base64(&crypto::digest(Digest::Sha1, octets));
        form_urlencoded(encoded.trim_end_matches('='))
    };
    let mut names = vec![
        ("certHash", hashed(certificate.der())),
        ("uri", form_urlencoded(&address.to_string())),
        ("email", form_urlencoded(&address.to_string())),
        ("iAndSHash", hashed(&both.into_bytes())),
        ("sHash", hashed(certificate.subject().der())),
    ];
    names.extend(certificate.subject_key_id().map(|id| ("sKIDHash", hashed(id))));
    let file = |(attribute, value)| (format!("{attribute}/{value}"), certificate.der().to_vec());
    names.into_iter().map(file).collect()
}

/// RFC 2849: what is no SAFE-STRING stands in base64.
fn attribute(name: &str, value: &[u8]) -> String {
    let first = value.first().is_none_or(|octet| !b" :<".contains(octet));
    let safe = value.iter().all(|octet| octet.is_ascii() && !octet.is_ascii_control());
    match std::str::from_utf8(value) {
        Ok(text) if first && safe && !text.ends_with(' ') => format!("{name}: {text}\n"),
        _ => encoded(name, value),
    }
}

fn encoded(name: &str, value: &[u8]) -> String {
    let line = format!("{name}:: {}", base64(value));
    let mut text = String::new();
    for (at, piece) in line.as_bytes().chunks(LINE).enumerate() {
        text.push_str(if at > 0 { " " } else { "" });
        text.push_str(&String::from_utf8_lossy(piece));
        text.push('\n');
    }
    text
}

fn base64(octets: &[u8]) -> String {
    let block = pem::encode("X", octets);
    block.lines().filter(|line| !line.starts_with('-')).collect()
}

/// An address as a comment of a zone file, in which a line end would end it.
fn text_of(address: &str) -> String {
    address.chars().filter(|c| !c.is_control()).collect()
}

/// Characters of a line.
const LINE: usize = 72;
