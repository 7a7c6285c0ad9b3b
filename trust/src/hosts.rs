//! Host names, URIs and addresses of hosts under name constraints (RFC 5280 section 4.2.1.10, RFC 9549 section 2.4).
//!
//! `None` says that a name or a constraint means nothing, so that neither "inside" nor "outside" can be said.

use crate::mailbox::is_host_name;

/// A dNSName lies in every domain that it ends with, label by label. Where names are excluded, a wildcard also lies in
/// what it could stand for.
pub(crate) fn dns_lies_in(name: &str, base: &str, excluding: bool) -> Option<bool> {
    let (wildcard, host) = match name.strip_prefix("*.") {
        Some(host) => (true, host),
        None => (false, name),
    };
    if !is_host_name(host) {
        return None;
    }
    if base.is_empty() {
        return Some(true);
    }
    if !is_host_name(base) {
        return None;
    }
    Some(is_within(host, base) || (wildcard && excluding && is_within(base, host)))
}

/// The host of a URI is compared alone: `.example.org` has every host below it, `example.org` that host and no other.
/// A URI without a host, or whose host is an address, satisfies nothing.
pub(crate) fn uri_lies_in(uri: &str, base: &str) -> Option<bool> {
    let host = uri_host(uri)?;
    let (sub_hosts, domain) = match base.strip_prefix('.') {
        Some(domain) => (true, domain),
        None => (false, base),
    };
    if !is_host_name(domain) {
        return None;
    }
    let same = host.eq_ignore_ascii_case(domain);
    Some(if sub_hosts { !same && is_within(host, domain) } else { same })
}

/// An iPAddress lies in a network of its family; the mask is one run of ones (RFC 4632 section 3.1).
pub(crate) fn ip_lies_in(address: &[u8], base: &[u8]) -> Option<bool> {
    if !matches!(address.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = base.split_at_checked(base.len() / 2)?;
    let ones = mask.iter().map(|octet| octet.leading_ones()).take_while(|ones| *ones == 8).count();
    let rest = mask.get(ones..).unwrap_or_default().split_first();
    let is_run = rest.is_none_or(|(first, zeros)| {
        first.leading_ones() == first.count_ones() && zeros.iter().all(|octet| *octet == 0)
    });
    if !is_run {
        return None;
    }
    let same = || address.iter().zip(network).zip(mask).all(|((a, n), m)| a & m == n & m);
    Some(address.len() == network.len() && same())
}

/// The registered name in the authority of a URI (RFC 3986 section 3.2).
fn uri_host(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut letters = scheme.bytes();
    let is_scheme = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
    let host = match authority.split_once('@') {
        Some((_, host)) => host,
        None => authority,
    };
    let host = match host.split_once(':') {
        Some((host, port)) => Some(host).filter(|_| port.bytes().all(|b| b.is_ascii_digit()))?,
        None => host,
    };
    let is_address = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    Some(host).filter(|host| is_scheme && !is_address && is_host_name(host))
}

/// Whether a host name is a domain or lies below it.
fn is_within(host: &str, domain: &str) -> bool {
    let start = host.len().checked_sub(domain.len());
    let tail = start.and_then(|at| host.get(at..));
    let at_label = start.is_some_and(|at| at == 0 || host.as_bytes().get(at - 1) == Some(&b'.'));
    at_label && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_04_host_names_end_at_labels() {
        let table = [
            ("example.org", "example.org", Some(true)),
            ("a.b.EXAMPLE.org", "example.ORG", Some(true)),
            ("badexample.org", "example.org", Some(false)),
            ("org", "example.org", Some(false)),
            ("anything.at.all", "", Some(true)),
            ("example.org.", "example.org", None),
            ("example.org\0", "example.org", None),
            ("", "example.org", None),
            ("example.org", ".example.org", None),
            ("example.org", "example.org.", None),
            ("a.*.org", "org", None),
            ("*.example.org", "example.org", Some(true)),
            ("*.example.org", "a.example.org", Some(false)),
        ];
        for (name, base, inside) in table {
            assert_eq!(dns_lies_in(name, base, false), inside, "{name} {base}");
        }
        assert_eq!(dns_lies_in("*.example.org", "a.example.org", true), Some(true));
        assert_eq!(dns_lies_in("*.example.org", "a.example.net", true), Some(false));
    }

    #[test]
    fn c_04_uris_by_their_host_alone() {
        let table = [
            ("http://a.example.org/x", ".example.org", Some(true)),
            ("http://a.b.example.org:8080?q", ".example.org", Some(true)),
            ("http://example.org/", ".example.org", Some(false)),
            ("HTTP://EXAMPLE.org", "example.org", Some(true)),
            ("http://a.example.org/", "example.org", Some(false)),
            ("http://user:pw@example.org/", "example.org", Some(true)),
            ("http://evil.com/@example.org", "example.org", Some(false)),
            ("http://example.org\\@evil.com/", "example.org", Some(false)),
            ("http://a@example.org@evil.com/", "example.org", None),
            ("http://192.0.2.1/", "example.org", None),
            ("http://[2001:db8::1]/", "example.org", None),
            ("http://example.org./", "example.org", None),
            ("http://%65xample.org/", "example.org", None),
            ("http://example.org:x/", "example.org", None),
            ("mailto:a@example.org", "example.org", None),
            ("urn:example.org", "example.org", None),
            ("//example.org/", "example.org", None),
            ("http:///x", "example.org", None),
            ("http://example.org/", "", None),
            ("http://example.org/", "http://example.org/", None),
        ];
        for (uri, base, inside) in table {
            assert_eq!(uri_lies_in(uri, base), inside, "{uri} {base}");
        }
    }

    #[test]
    fn c_04_addresses_of_hosts_by_network() {
        let four = |mask: [u8; 4]| [&[192, 0, 2, 0][..], &mask].concat();
        assert_eq!(ip_lies_in(&[192, 0, 2, 77], &four([255, 255, 255, 0])), Some(true));
        assert_eq!(ip_lies_in(&[192, 0, 3, 77], &four([255, 255, 255, 0])), Some(false));
        assert_eq!(ip_lies_in(&[192, 0, 3, 77], &four([255, 255, 254, 0])), Some(true));
        assert_eq!(ip_lies_in(&[10, 0, 0, 1], &four([0, 0, 0, 0])), Some(true));
        assert_eq!(ip_lies_in(&[192, 0, 2, 0], &four([255; 4])), Some(true));
        for odd in [[255, 0, 255, 0], [254, 1, 0, 0], [0, 0, 0, 1], [255, 253, 0, 0]] {
            assert_eq!(ip_lies_in(&[192, 0, 2, 1], &four(odd)), None, "{odd:?}");
        }
        let six = [&[0x20, 1, 0xd, 0xb8][..], &[0; 12], &[255; 4], &[0; 12]].concat();
        assert_eq!(ip_lies_in(&[&[0x20, 1, 0xd, 0xb8][..], &[7; 12]].concat(), &six), Some(true));
        assert_eq!(ip_lies_in(&[192, 0, 2, 1], &six), Some(false));
        assert_eq!(ip_lies_in(&[7; 16], &four([255; 4])), Some(false));
        for (address, base) in [(&[1; 5][..], &six[..]), (&[1; 4], &[1; 7]), (&[1; 4], &[]), (&[], &six)] {
            assert_eq!(ip_lies_in(address, base), None);
        }
    }
}
