//! Which hosts, ports and addresses may be asked.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::error::FetchError;

/// A host and port that the user listed: the rules on addresses and ports do not count for it, those on size, time and
/// number do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    host: String,
    port: u16,
}

impl FromStr for AllowedHost {
    type Err = String;

    /// `HOST:PORT`, an IPv6 address in brackets.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is not HOST:PORT");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let is_host = bare.map_or(!host.contains([':', '[', ']']), |inner| inner.parse::<Ipv6Addr>().is_ok());
        let plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && !b"/@?#%".contains(&b));
        let port = port.parse().ok().filter(|&p| p != 0 && port.bytes().all(|b| b.is_ascii_digit()));
        match port {
            Some(port) if plain && is_host => Ok(AllowedHost { host: fold(bare.unwrap_or(host)), port }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Whether one of these is the host and port. `host` has no brackets.
pub(crate) fn is_allowed(allowed: &[AllowedHost], host: &str, port: u16) -> bool {
    let host = fold(host);
    allowed.iter().any(|a| a.port == port && a.host == host)
}

/// Refuses the addresses of a name unless each of them is one that anybody on the Internet could ask as well. One bad
/// address among good ones refuses all: who mixes them means the bad one.
pub(crate) fn check_addresses<'a>(
    host: &str,
    addresses: impl IntoIterator<Item = &'a SocketAddr>,
) -> Result<(), FetchError> {
    for address in addresses {
        if let Some(range) = refused_range(address.ip()) {
            return Err(FetchError::Address { host: host.to_owned(), address: *address, range });
        }
    }
    Ok(())
}

/// What is at an address that is not asked; `None` for one of the public Internet (the registries of RFC 6890).
fn refused_range(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => refused_v6(v6),
    }
}

fn refused_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u32::from(address);
    let within = |net: [u8; 4], prefix: u32| (bits ^ u32::from_be_bytes(net)) >> (32 - prefix) == 0;
    RANGES.iter().find(|(net, prefix, _)| within(*net, *prefix)).map(|(_, _, what)| *what)
}

fn refused_v6(address: Ipv6Addr) -> Option<&'static str> {
    let s = address.segments();
    match s {
        // RFC 6052: an IPv4 address as a network without IPv4 reaches it.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            refused_v4(Ipv4Addr::new(a, b, c, d))
        }
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("no address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("this machine"),
        [0, 0, 0, 0, 0, 0xffff, ..] => Some("an IPv4 address in disguise"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xfc00..=0xfdff, ..] => Some("private"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        [0x2002, ..] | [0x2001, 0, ..] => Some("an IPv4 address in disguise"),
        [0x2001, 0xdb8, ..] | [0x2001, 0x1..=0x1ff, ..] | [0x3fff, 0..=0xfff, ..] => Some("reserved"),
        // 2000::/3 is all that was ever given out.
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

/// Names are compared without a final dot and without regard to case; an IPv6 address in its one form.
fn fold(host: &str) -> String {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.parse::<Ipv6Addr>().map_or_else(|_| host.to_ascii_lowercase(), |address| address.to_string())
}

const RANGES: [([u8; 4], u32, &str); 17] = [
    ([0, 0, 0, 0], 8, "no address"),
    ([10, 0, 0, 0], 8, "private"),
    ([100, 64, 0, 0], 10, "private (carrier-grade NAT)"),
    ([127, 0, 0, 0], 8, "this machine"),
    ([168, 63, 129, 16], 32, "a cloud's metadata server"),
    ([169, 254, 0, 0], 16, "link-local"),
    ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "reserved"),
    ([192, 0, 2, 0], 24, "reserved"),
    ([192, 31, 196, 0], 24, "reserved"),
    ([192, 88, 99, 0], 24, "reserved"),
    ([192, 168, 0, 0], 16, "private"),
    ([198, 18, 0, 0], 15, "reserved"),
    ([198, 51, 100, 0], 24, "reserved"),
    ([203, 0, 113, 0], 24, "reserved"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_05_only_the_public_internet_is_asked() {
        for refused in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.0.1",
            "203.0.113.9",
            "224.0.0.251",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::8.8.8.8",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::",
            "64:ff9b::a00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "3fff::1",
            "4000::1",
        ] {
            assert!(refused_range(refused.parse().unwrap()).is_some(), "{refused}");
        }
        for asked in [
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.1.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00::1",
            "64:ff9b::808:808",
        ] {
            assert_eq!(refused_range(asked.parse().unwrap()), None, "{asked}");
        }
    }

    #[test]
    fn r_05_one_private_address_among_public_ones_refuses_all() {
        let public: SocketAddr = "8.8.8.8:80".parse().unwrap();
        let private: SocketAddr = "10.0.0.1:80".parse().unwrap();
        assert_eq!(check_addresses("h", [&public]), Ok(()));
        let found = check_addresses("h", [&public, &private]);
        assert_eq!(found, Err(FetchError::Address { host: "h".into(), address: private, range: "private" }));
    }

    #[test]
    fn hosts_are_listed_with_their_port() {
        let allowed = ["Localhost:8080", "[::1]:389", "127.0.0.1:80"].map(|t| t.parse::<AllowedHost>().unwrap());
        assert!(is_allowed(&allowed, "localhost", 8080) && is_allowed(&allowed, "LOCALHOST.", 8080));
        assert!(is_allowed(&allowed, "0:0:0:0:0:0:0:1", 389));
        assert!(!is_allowed(&allowed, "localhost", 80) && !is_allowed(&allowed, "127.0.0.1", 8080));
        assert_eq!(allowed[1].to_string(), "[::1]:389");
        for wrong in ["", "h", "h:", ":80", "h:0", "h:70000", "h:+80", "::1:80", "[h]:80", "a/b:80", "a@b:80", "a b:80"]
        {
            assert!(wrong.parse::<AllowedHost>().is_err(), "{wrong}");
        }
    }
}
