//! The names under which an address stands in the DNS, in directories and in stores.

use icu_normalizer::ComposingNormalizerBorrowed;
use trust::Address;
use wire::ldap::{LdapFilter, LdapScope, LdapUrl};

use crate::fetch::FetchError;

/// The owner name of an address's SMIMEA records, without the final dot (RFC 8162 section 3): SHA-256 of its local part,
/// cut to 28 octets, in hexadecimal; `_smimecert`; the domain in A-labels. The local part is UTF-8 in normal form C,
/// without quotes, and in the letter case that it has.
pub fn smimea_owner(address: &Address) -> String {
    let local = ComposingNormalizerBorrowed::new_nfc().normalize(unquoted(address)).into_owned();
    let digest = crypto::fingerprint(local.as_bytes());
    let cut = digest.get(..28).unwrap_or_default();
    format!("{}._smimecert.{}", wire::hex(cut), address.domain().to_ascii_lowercase())
}

/// The labels of an address as a mailbox of the DNS (RFC 4398 section 3.1, RFC 1035 section 8): the local part is one.
pub(crate) fn mailbox_labels(address: &Address) -> Option<Vec<Vec<u8>>> {
    let local = unquoted(address).as_bytes().to_vec();
    let domain = address.domain().split('.').map(|label| label.as_bytes().to_vec());
    (1..=63).contains(&local.len()).then(|| std::iter::once(local).chain(domain).collect())
}

/// The search for an address below the base of a configured server: by this attribute, for what people have there.
pub(crate) fn ldap_search(server: &str, attribute: &str, value: &str) -> Result<LdapUrl, FetchError> {
    let mut url = LdapUrl::parse(server).map_err(|_| FetchError::BadUrl)?;
    if url.host.is_empty() {
        return Err(FetchError::BadUrl);
    }
    url.attributes = PERSON.iter().map(|name| (*name).to_owned()).collect();
    url.scope = LdapScope::Subtree;
    url.filter = LdapFilter::Equal(attribute.to_owned(), value.as_bytes().to_vec());
    Ok(url)
}

/// The URL that asks a store for an address (RFC 4387 section 2.2).
pub(crate) fn store_query(store: &str, address: &Address) -> String {
    format!("{store}?uri={}", form_urlencoded(&address.to_string()))
}

/// The store that a domain is expected to have (RFC 4387 section 3.3).
pub(crate) fn store_of_domain(address: &Address) -> String {
    format!("http://certificates.{}/search.cgi", address.domain().to_ascii_lowercase())
}

/// As the media type of that name writes values: all but letters, digits and four signs escaped.
pub(crate) fn form_urlencoded(text: &str) -> String {
    let mut out = String::new();
    for octet in text.bytes() {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(char::from(octet)),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}

fn unquoted(address: &Address) -> &str {
    let local = address.local();
    local.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(local)
}

/// What RFC 2798 has for people: a whole SignedData with the chain, and bare certificates.
const PERSON: [&str; 2] = ["userSMIMECertificate", "userCertificate"];

#[cfg(test)]
mod tests {
    use super::*;

    /// DI-01: the example of RFC 8162 section 3, and what must not be mapped.
    #[test]
    fn di_01_the_owner_name_is_that_of_the_standard() {
        let owner = |text: &str| smimea_owner(&Address::parse_international(text).unwrap());
        let hugh = "c93f1e400f26708f98cb19d936620da35eec8f72e57f9eec01c1afd6._smimecert.example.com";
        assert_eq!(owner("hugh@example.com"), hugh);
        assert_eq!(owner("\"hugh\"@Example.COM"), hugh);
        assert_ne!(owner("Hugh@example.com"), hugh);
        // Internationalised: A-labels, and one local part whether it was typed composed or not.
        let composed = owner("j\u{f6}rg@b\u{fc}cher.example");
        assert!(composed.ends_with("._smimecert.xn--bcher-kva.example"), "{composed}");
        assert_eq!(owner("jo\u{308}rg@b\u{fc}cher.example"), composed);
        let octets = crypto::fingerprint("j\u{f6}rg".as_bytes());
        assert!(composed.starts_with(&wire::hex(&octets[..28])));
    }

    #[test]
    fn di_04_an_address_is_one_value_of_a_search() {
        let url = ldap_search("ldaps://ldap.example.org/dc=example,dc=org", "mail", "a*)(uid=*@example.org").unwrap();
        assert_eq!(url.filter, LdapFilter::Equal("mail".into(), b"a*)(uid=*@example.org".to_vec()));
        assert_eq!(LdapUrl::parse(&url.to_string()), Ok(url));
        let quoted = Address::parse("\"a&b=c d\"@example.org");
        assert!(quoted.is_err(), "no space in an address");
        let odd = Address::parse("a&uri=b?c#d%2b@example.org").map(|a| store_query("http://h/s", &a)).unwrap();
        assert_eq!(odd, "http://h/s?uri=a%26uri%3Db%3Fc%23d%252b%40example.org");
    }
}
