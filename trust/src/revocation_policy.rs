//! What the policy says of revocation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// `[revocation]` of policy.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationPolicy {
    /// What it means that nobody can tell.
    pub mode: RevocationMode,
    /// When a mail is opened. Fetching then tells whoever chose the addresses that it is read.
    pub open: Fetch,
    /// When a mail is sealed.
    pub seal: Fetch,
    /// When a certificate is asked about.
    pub check: Fetch,
    /// The greatest age of what says "good", in seconds since its thisUpdate; where there is none, only its own next
    /// update counts.
    pub max_age: Option<i64>,
    /// Hosts with ports (`ldap.example.org:3890`) that may be fetched from whatever their address.
    pub allow_hosts: Vec<String>,
}

/// What it means that nobody can tell whether a certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationMode {
    /// The certificate is believed, and it is told.
    Soft,
    /// The certificate is not believed.
    Hard,
}

/// Where evidence may come from beside what came along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fetch {
    /// Nowhere: revocation is judged by what came along.
    Never,
    /// From what was kept.
    Cached,
    /// From the network where what was kept does not settle it.
    Fetch,
}

/// The table as it stands in TOML; what is left out is as [`RevocationPolicy::default`] has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RevocationText {
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age_hours: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow_hosts: Vec<String>,
}

impl RevocationText {
    /// What the table says.
    pub fn read(self) -> Result<RevocationPolicy, Error> {
        let bad = |field| move |_| Error::PolicyRevocation(field);
        let usual = RevocationPolicy::default();
        let fetch = |text: Option<String>, usual: Fetch, field| match text {
            Some(text) => text.parse().map_err(bad(field)),
            None => Ok(usual),
        };
        let mode = self.mode.map(|text| text.parse().map_err(bad("mode"))).transpose()?;
        if !self.allow_hosts.iter().all(|host| is_host_with_port(host)) {
            return Err(Error::PolicyRevocation("allow-hosts"));
        }
        Ok(RevocationPolicy {
            mode: mode.unwrap_or(usual.mode),
            open: fetch(self.open, usual.open, "open")?,
            seal: fetch(self.seal, usual.seal, "seal")?,
            check: fetch(self.check, usual.check, "check")?,
            max_age: self.max_age_hours.map(|hours| i64::from(hours) * 3600),
            allow_hosts: self.allow_hosts,
        })
    }

    /// The table that says it.
    pub fn write(rules: &RevocationPolicy) -> RevocationText {
        let hours = |age: i64| u32::try_from(age / 3600).unwrap_or(u32::MAX);
        RevocationText {
            mode: Some(rules.mode.to_string()),
            open: Some(rules.open.to_string()),
            seal: Some(rules.seal.to_string()),
            check: Some(rules.check.to_string()),
            max_age_hours: rules.max_age.map(hours),
            allow_hosts: rules.allow_hosts.clone(),
        }
    }
}

/// A name or an address, IPv6 in brackets, and a port.
fn is_host_with_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let named = |c: char| c.is_ascii_alphanumeric() || "-.[]:".contains(c);
    !host.is_empty() && host.chars().all(named) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

impl Default for RevocationPolicy {
    fn default() -> Self {
        RevocationPolicy {
            mode: RevocationMode::Soft,
            open: Fetch::Cached,
            seal: Fetch::Fetch,
            check: Fetch::Fetch,
            max_age: None,
            allow_hosts: Vec::new(),
        }
    }
}

/// One line for people.
impl fmt::Display for RevocationPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RevocationPolicy { mode, open, seal, check, .. } = self;
        write!(f, "revocation is {mode}; looked up for open: {open}, for seal: {seal}, for cert check: {check}")?;
        if let Some(age) = self.max_age {
            write!(f, "; at most {} hours old", age / 3600)?;
        }
        if !self.allow_hosts.is_empty() {
            write!(f, "; may be fetched from {}", self.allow_hosts.join(", "))?;
        }
        Ok(())
    }
}

impl RevocationMode {
    /// Its word in policy.toml.
    pub fn word(self) -> &'static str {
        match self {
            RevocationMode::Soft => "soft",
            RevocationMode::Hard => "hard",
        }
    }
}

impl Fetch {
    /// Its word in policy.toml.
    pub fn word(self) -> &'static str {
        match self {
            Fetch::Never => "never",
            Fetch::Cached => "cached",
            Fetch::Fetch => "fetch",
        }
    }
}

impl fmt::Display for RevocationMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for RevocationMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [RevocationMode::Soft, RevocationMode::Hard].into_iter().find(|m| m.word() == text).ok_or(Error::UnknownMode)
    }
}

impl FromStr for Fetch {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Fetch::Never, Fetch::Cached, Fetch::Fetch].into_iter().find(|f| f.word() == text).ok_or(Error::UnknownFetch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn r_06_the_table_round_trips_and_what_is_wrong_is_named() {
        let text = "[revocation]\nmode = \"hard\"\nopen = \"never\"\nmax-age-hours = 48\n\
            allow-hosts = [\"ldap.example.org:3890\", \"[::1]:8080\"]\n";
        let policy = Policy::from_toml(text).unwrap();
        let rules = policy.revocation();
        assert_eq!((rules.mode, rules.open, rules.seal), (RevocationMode::Hard, Fetch::Never, Fetch::Fetch));
        assert_eq!((rules.max_age, rules.allow_hosts.len()), (Some(48 * 3600), 2));
        assert_eq!(Policy::from_toml(&policy.to_toml()), Ok(policy));
        assert_eq!(Policy::from_toml("").unwrap().revocation(), &RevocationPolicy::default());
        for (field, line) in [
            ("mode", "mode = \"maybe\""),
            ("open", "open = \"always\""),
            ("seal", "seal = \"\""),
            ("check", "check = \"Fetch\""),
            ("allow-hosts", "allow-hosts = [\"ldap.example.org\"]"),
            ("allow-hosts", "allow-hosts = [\"a b:80\"]"),
            ("allow-hosts", "allow-hosts = [\"a:0\"]"),
        ] {
            let read = Policy::from_toml(&format!("[revocation]\n{line}\n"));
            assert_eq!(read, Err(Error::PolicyRevocation(field)), "{line}");
        }
        assert!(matches!(Policy::from_toml("[revocation]\nfetch = 1\n"), Err(Error::PolicySyntax(_))));
    }
}
