//! What the policy says of looking for other people's certificates.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// `[discovery]` of policy.toml. Whoever is asked learns to whom somebody is about to write, so each kind of place has
/// a switch of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveryPolicy {
    /// The directory servers that are listed here; no others are asked.
    pub ldap: Discover,
    /// SMIMEA records of the address (RFC 8162).
    pub smimea: Discover,
    /// CERT records of the address (RFC 4398).
    pub cert: Discover,
    /// Certificate stores by HTTP (RFC 4387): those that are listed here and the one of the address's own domain.
    pub http: Discover,
    /// Servers as LDAP URLs with the base of the search: `ldaps://ldap.example.org/dc=example,dc=org`.
    pub ldap_servers: Vec<String>,
    /// Stores as URLs without a query: `https://certificates.example.org/search.cgi`.
    pub http_stores: Vec<String>,
    /// Whether the domain of the address is asked for a store of its own as well.
    pub http_of_domain: Discover,
    /// The resolver that is asked, an IP address and a port; the system's where there is none.
    pub resolver: Option<String>,
    /// A file of DNSKEY records that DNSSEC begins from; the root's own keys where there is none.
    pub dns_anchors: Option<PathBuf>,
}

/// When a kind of place is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Discover {
    /// Never.
    Off,
    /// Where somebody looks for a certificate by `cert find`.
    Find,
    /// Also when a mail is sealed to somebody whose certificate is missing.
    Seal,
}

/// The table as it stands in TOML; what is left out is as [`DiscoveryPolicy::default`] has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DiscoveryText {
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smimea: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cert: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_of_domain: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ldap_servers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    http_stores: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dns_anchors: Option<String>,
}

impl DiscoveryText {
    /// What the table says.
    pub fn read(self) -> Result<DiscoveryPolicy, Error> {
        let usual = DiscoveryPolicy::default();
        let when = |text: Option<String>, usual: Discover, field| match text {
            Some(text) => text.parse().map_err(|_| Error::PolicyDiscovery(field)),
            None => Ok(usual),
        };
        // Nobody logs in, and what stands before an @ would be shown wherever the server is named.
        let begins = |url: &str, schemes: [&str; 2]| {
            let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
            rest.is_some_and(|rest| !rest.split('/').next().unwrap_or_default().contains('@'))
        };
        if !self.ldap_servers.iter().all(|url| begins(url, ["ldap://", "ldaps://"])) {
            return Err(Error::PolicyDiscovery("ldap-servers"));
        }
        if !self.http_stores.iter().all(|url| begins(url, ["http://", "https://"]) && !url.contains(['?', '#'])) {
            return Err(Error::PolicyDiscovery("http-stores"));
        }
        if !self.resolver.as_deref().is_none_or(is_address_with_port) {
            return Err(Error::PolicyDiscovery("resolver"));
        }
        Ok(DiscoveryPolicy {
            ldap: when(self.ldap, usual.ldap, "ldap")?,
            smimea: when(self.smimea, usual.smimea, "smimea")?,
            cert: when(self.cert, usual.cert, "cert")?,
            http: when(self.http, usual.http, "http")?,
            http_of_domain: when(self.http_of_domain, usual.http_of_domain, "http-of-domain")?,
            ldap_servers: self.ldap_servers,
            http_stores: self.http_stores,
            resolver: self.resolver,
            dns_anchors: self.dns_anchors.map(PathBuf::from),
        })
    }

    /// The table that says it.
    pub fn write(rules: &DiscoveryPolicy) -> DiscoveryText {
        let word = |when: Discover| Some(when.to_string());
        DiscoveryText {
            ldap: word(rules.ldap),
            smimea: word(rules.smimea),
            cert: word(rules.cert),
            http: word(rules.http),
            http_of_domain: word(rules.http_of_domain),
            ldap_servers: rules.ldap_servers.clone(),
            http_stores: rules.http_stores.clone(),
            resolver: rules.resolver.clone(),
            dns_anchors: rules.dns_anchors.as_ref().map(|path| path.display().to_string()),
        }
    }
}

/// Digits and dots, or an IPv6 address in brackets, and a port; whether it is one is whoever connects to say.
fn is_address_with_port(text: &str) -> bool {
    let Some((address, port)) = text.rsplit_once(':') else { return false };
    let v6 = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let fits = match v6 {
        Some(inner) => inner.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '.'),
        None => !address.is_empty() && address.chars().all(|c| c.is_ascii_digit() || c == '.'),
    };
    fits && port.parse::<u16>().is_ok_and(|port| port > 0)
}

impl Default for DiscoveryPolicy {
    fn default() -> Self {
        DiscoveryPolicy {
            ldap: Discover::Seal,
            smimea: Discover::Seal,
            cert: Discover::Seal,
            http: Discover::Seal,
            ldap_servers: Vec::new(),
            http_stores: Vec::new(),
            // In the clear, so that everybody on the way reads the address.
            http_of_domain: Discover::Find,
            resolver: None,
            dns_anchors: None,
        }
    }
}

/// One line for people.
impl fmt::Display for DiscoveryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DiscoveryPolicy { ldap, smimea, cert, http, http_of_domain, .. } = self;
        write!(
            f,
            "certificates are looked for by ldap: {ldap}, smimea: {smimea}, cert: {cert}, http: {http}, http of the domain: \
             {http_of_domain}"
        )?;
        for (what, list) in [("directory servers", &self.ldap_servers), ("stores", &self.http_stores)] {
            if !list.is_empty() {
                write!(f, "; {what}: {}", list.join(", "))?;
            }
        }
        if let Some(resolver) = &self.resolver {
            write!(f, "; resolver {resolver}")?;
        }
        if let Some(path) = &self.dns_anchors {
            write!(f, "; DNSSEC begins from {}", path.display())?;
        }
        Ok(())
    }
}

impl Discover {
    /// Its word in policy.toml.
    pub fn word(self) -> &'static str {
        match self {
            Discover::Off => "off",
            Discover::Find => "find",
            Discover::Seal => "seal",
        }
    }
}

impl fmt::Display for Discover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Discover {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Discover::Off, Discover::Find, Discover::Seal];
        all.into_iter().find(|when| when.word() == text).ok_or(Error::UnknownDiscover)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn di_08_the_table_round_trips_and_what_is_wrong_is_named() {
        let text = "[discovery]\nsmimea = \"off\"\nhttp = \"find\"\nresolver = \"127.0.0.1:5353\"\n\
            ldap-servers = [\"ldaps://ldap.example.org/dc=example,dc=org\"]\ndns-anchors = \"/etc/root.key\"\n\
            http-stores = [\"https://certificates.example.org/search.cgi\"]\n";
        let policy = Policy::from_toml(text).unwrap();
        let rules = policy.discovery();
        assert_eq!((rules.smimea, rules.http, rules.ldap), (Discover::Off, Discover::Find, Discover::Seal));
        assert_eq!(rules.resolver.as_deref(), Some("127.0.0.1:5353"));
        assert_eq!(Policy::from_toml(&policy.to_toml()), Ok(policy));
        assert_eq!(Policy::from_toml("").unwrap().discovery(), &DiscoveryPolicy::default());
        for (field, line) in [
            ("ldap", "ldap = \"always\""),
            ("smimea", "smimea = \"\""),
            ("resolver", "resolver = \"localhost\""),
            ("resolver", "resolver = \"localhost:53\""),
            ("resolver", "resolver = \"127.0.0.1:0\""),
            ("ldap-servers", "ldap-servers = [\"http://x/\"]"),
            ("http-stores", "http-stores = [\"http://x/?a=b\"]"),
            ("ldap-servers", "ldap-servers = [\"ldaps://cn=x:secret@ldap.example.org/dc=x\"]"),
            ("http-stores", "http-stores = [\"https://x:secret@example.org/search.cgi\"]"),
        ] {
            let read = Policy::from_toml(&format!("[discovery]\n{line}\n"));
            assert_eq!(read, Err(Error::PolicyDiscovery(field)), "{line}");
        }
        assert!(matches!(Policy::from_toml("[discovery]\nwkd = \"find\"\n"), Err(Error::PolicySyntax(_))));
    }
}
