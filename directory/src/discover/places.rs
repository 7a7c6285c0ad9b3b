//! The places of the network that have certificates: what each answers to a question about an address.

use hickory_resolver::proto::rr::rdata::cert::CertType;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use trust::{Address, DaneRecord};
use wire::Certificate;

use super::dns::{Dns, DnsAnswer};
use super::error::DiscoverError;
use super::{keep, names};
use crate::fetch::{FetchError, Fetcher, Wanted};

/// The values of an answer, and for how many seconds it counts.
pub(crate) type Answered = (Vec<Vec<u8>>, i64);

/// A directory server: by the address in `mail`, and where nobody has it there in `proxyAddresses`, as Active Directory
/// writes it.
pub(crate) fn ldap(fetcher: &Fetcher, server: &str, address: &Address) -> Result<Answered, DiscoverError> {
    let search = |attribute: &str, value: &str| {
        let url = names::ldap_search(server, attribute, value)?;
        fetcher.fetch(&url.to_string(), &Wanted::Person)
    };
    let plain = address.to_string();
    let found = match search("mail", &plain) {
        Err(FetchError::NothingThere) => search("proxyAddresses", &format!("smtp:{plain}")),
        other => other,
    };
    counted(found)
}

/// A certificate store (RFC 4387).
pub(crate) fn http(fetcher: &Fetcher, store: &str, address: &Address) -> Result<Answered, DiscoverError> {
    counted(fetcher.fetch(&names::store_query(store, address), &Wanted::Person))
}

/// SMIMEA records (RFC 8162): the data of each.
pub(crate) fn smimea(dns: &Dns, owner: &str) -> Result<Answered, DiscoverError> {
    let name = Name::from_ascii(format!("{owner}.")).map_err(|e| DiscoverError::Name(e.to_string()))?;
    let DnsAnswer { records, seconds, .. } = dns.lookup(&name, RecordType::SMIMEA)?;
    let data = records.into_iter().filter_map(|record| match record {
        RData::SMIMEA(smimea) => {
            let tlsa = smimea.0;
            let head = [u8::from(tlsa.cert_usage), u8::from(tlsa.selector), u8::from(tlsa.matching)];
            Some([&head[..], &tlsa.cert_data].concat())
        }
        _ => None,
    });
    Ok((data.collect(), seconds))
}

/// CERT records (RFC 4398) that hold a certificate: types PKIX. Those that only say where one is are not followed.
pub(crate) fn cert(dns: &Dns, address: &Address) -> Result<Answered, DiscoverError> {
    let labels = names::mailbox_labels(address);
    let labels = labels.ok_or_else(|| DiscoverError::Name("its local part is too long for a label".to_owned()))?;
    let mut name =
        Name::from_labels(labels.iter().map(Vec::as_slice)).map_err(|e| DiscoverError::Name(e.to_string()))?;
    name.set_fqdn(true);
    let DnsAnswer { records, seconds, .. } = dns.lookup(&name, RecordType::CERT)?;
    let data = records.into_iter().filter_map(|record| match record {
        RData::CERT(cert) if cert.cert_type == CertType::PKIX => Some(cert.cert_data),
        _ => None,
    });
    Ok((data.collect(), seconds))
}

/// What the values of LDAP, HTTP and CERT records hold.
pub(crate) fn certificates(values: &[Vec<u8>]) -> Vec<Certificate> {
    let mut found: Vec<Certificate> = Vec::new();
    for certificate in values.iter().filter_map(|v| smime::stateless::certificates_of_answer(v)).flatten() {
        if found.len() < MAX_CERTIFICATES && !found.contains(&certificate) {
            found.push(certificate);
        }
    }
    found
}

/// The records of what SMIMEA answered.
pub(crate) fn records(values: &[Vec<u8>]) -> Vec<DaneRecord> {
    values.iter().filter_map(|value| keep::record(value)).collect()
}

fn counted(found: Result<Vec<Vec<u8>>, FetchError>) -> Result<Answered, DiscoverError> {
    match found {
        Ok(values) => Ok((values, HERE)),
        Err(FetchError::NothingThere) => Ok((Vec::new(), NOTHING)),
        Err(error) => Err(error.into()),
    }
}

/// Seconds for which it counts what a server had, and that it had nothing.
const HERE: i64 = 6 * 3600;
const NOTHING: i64 = 3600;
/// Certificates of one answer.
const MAX_CERTIFICATES: usize = 40;
