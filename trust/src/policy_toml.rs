//! The policy as TOML: an array `row`, each with the fields of a [`Row`].

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wire::{Oid, Time};

use crate::clearance::{Clearance, Levels, classification};
use crate::discovery_policy::DiscoveryText;
use crate::error::Error;
use crate::mailbox::Address;
use crate::policy::{Policy, Row};
use crate::revocation_policy::RevocationText;

impl Policy {
    /// Reads a table from TOML of at most [`MAX_POLICY_BYTES`] octets; it replaces the standard one whole.
    ///
    /// ```toml
    /// profile = "compat"          # how mail is written: compat (if left out), strict, pq-preferred, pq-required
    /// harvest = true              # keep the sender's certificates of a verified mail: true (if left out), false
    /// hcp = "baseline"            # which headers encrypted mail hides (RFC 9788 §3.2): baseline (if left out), shy
    ///
    /// [[row]]
    /// use = "verify"              # sign, verify, encrypt, decrypt, certify
    /// algorithm = "rsa"
    /// min-bits = 2048             # for "rsa" only, both bounds included
    /// max-bits = 4096
    /// standing = "accept"         # prefer, accept, warn, reject
    /// from = "2026-01-01"         # RFC 3339, the first second in force
    /// until = "2031-01-01"        # the first second no longer in force
    /// source = "RFC 8551 §4.3"
    ///
    /// [[clearance]]               # for security labels (RFC 2634 §3); with none, labels stop nothing
    /// label-policy = "1.2.3.4"
    /// highest = "confidential"    # a word of X.411 or a number; all, if left out
    /// # levels = ["unclassified", "11"] # instead of highest: which ones, for a policy that orders them otherwise
    /// categories = ["1.2.3.5.1"]  # their types; ["any"] is all; none, if left out
    /// translated-by = ["guard@example.org"] # whose equivalentLabels of this policy are believed
    ///
    /// [revocation]
    /// mode = "soft"               # nobody can tell: soft believes and tells it, hard does not believe
    /// open = "cached"             # where CRLs and OCSP answers come from: never, cached, fetch
    /// seal = "fetch"
    /// check = "fetch"             # `cert check`
    /// max-age-hours = 168         # of what says "good"; as long as it says itself, if left out
    /// allow-hosts = ["ldap.example.org:3890"] # fetched from whatever their address
    ///
    /// [discovery]                 # when each is asked for a missing certificate: off, find (`cert find`), seal
    /// ldap = "seal"
    /// smimea = "seal"
    /// cert = "seal"
    /// http = "seal"
    /// http-of-domain = "find"     # the store of the address's own domain, which is asked in the clear
    /// ldap-servers = ["ldaps://ldap.example.org/dc=example,dc=org"]
    /// http-stores = ["https://certificates.example.org/search.cgi"]
    /// resolver = "127.0.0.1:53"   # the system's, if left out
    /// dns-anchors = "/etc/unbound/root.key" # DNSKEY records that DNSSEC begins from; the root's own, if left out
    /// ```
    ///
    /// # Errors
    /// What is no TOML, an unknown field, a missing one, and values that mean nothing.
    pub fn from_toml(text: &str) -> Result<Policy, Error> {
        if text.len() > MAX_POLICY_BYTES {
            return Err(Error::PolicyTooLong);
        }
        let table: TableText = toml::from_str(text).map_err(|e| Error::PolicySyntax(e.message().to_owned()))?;
        let rows = table.row.into_iter().enumerate().map(|(i, row)| read(i + 1, row)).collect::<Result<_, _>>()?;
        let writing = table.profile.as_deref().map(FromStr::from_str).transpose().map_err(|_| Error::PolicyProfile)?;
        let clearances = table.clearance.into_iter().enumerate().map(|(i, text)| clearance(i + 1, text));
        let clearances = clearances.collect::<Result<Vec<_>, _>>()?;
        let revocation = table.revocation.map(RevocationText::read).transpose()?.unwrap_or_default();
        let discovery = table.discovery.map(DiscoveryText::read).transpose()?.unwrap_or_default();
        let headers = table.hcp.as_deref().map(FromStr::from_str).transpose().map_err(|_| Error::PolicyHeaders)?;
        let policy = Policy::new(rows).with_writing(writing.unwrap_or_default()).with_clearances(clearances);
        let policy = policy.with_harvest(table.harvest.unwrap_or(true)).with_discovery(discovery);
        Ok(policy.with_revocation(revocation).with_headers(headers.unwrap_or_default()))
    }

    /// Writes the table so that [`Policy::from_toml`] reads it back.
    pub fn to_toml(&self) -> String {
        let mut text = format!("profile = \"{}\"\nhcp = \"{}\"\n", self.writing(), self.headers());
        if !self.harvest() {
            text.push_str("harvest = false\n");
        }
        text.push('\n');
        for row in self.rows() {
            // Strings and numbers in a flat struct always have a form in TOML.
            let row = toml::to_string(&write(row)).unwrap_or_default();
            text.push_str("[[row]]\n");
            text.push_str(&row);
            text.push('\n');
        }
        for clearance in self.clearances() {
            text.push_str("[[clearance]]\n");
            text.push_str(&toml::to_string(&write_clearance(clearance)).unwrap_or_default());
            text.push('\n');
        }
        text.push_str("[revocation]\n");
        text.push_str(&toml::to_string(&RevocationText::write(self.revocation())).unwrap_or_default());
        text.push_str("\n[discovery]\n");
        text.push_str(&toml::to_string(&DiscoveryText::write(self.discovery())).unwrap_or_default());
        text
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableText {
    profile: Option<String>,
    hcp: Option<String>,
    harvest: Option<bool>,
    #[serde(default)]
    row: Vec<RowText>,
    #[serde(default)]
    clearance: Vec<ClearanceText>,
    revocation: Option<RevocationText>,
    discovery: Option<DiscoveryText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ClearanceText {
    label_policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    highest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    levels: Option<Vec<String>>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    translated_by: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RowText {
    r#use: String,
    algorithm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_bits: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_bits: Option<u32>,
    standing: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    source: String,
}

fn read(number: usize, row: RowText) -> Result<Row, Error> {
    let bad = |field| Error::PolicyRow { row: number, field };
    let time = |text: Option<String>, field| match text {
        None => Ok(None),
        Some(text) => Time::parse_rfc3339(&text).map(Some).ok_or(bad(field)),
    };
    let plain = |text: &str| !text.is_empty() && !text.contains(char::is_control);
    if !plain(&row.algorithm) || row.algorithm.contains(char::is_whitespace) {
        return Err(bad("algorithm"));
    }
    if !plain(&row.source) {
        return Err(bad("source"));
    }
    if (row.min_bits.is_some() || row.max_bits.is_some()) && row.algorithm != "rsa" {
        return Err(bad("min-bits"));
    }
    Ok(Row {
        use_: FromStr::from_str(&row.r#use).map_err(|_| bad("use"))?,
        standing: FromStr::from_str(&row.standing).map_err(|_| bad("standing"))?,
        algorithm: Cow::Owned(row.algorithm),
        min_bits: row.min_bits,
        max_bits: row.max_bits,
        from: time(row.from, "from")?,
        until: time(row.until, "until")?,
        source: Cow::Owned(row.source),
    })
}

fn clearance(number: usize, text: ClearanceText) -> Result<Clearance, Error> {
    let bad = |field| Error::PolicyClearance { number, field };
    let level = |text: &String, field| classification(text).ok_or(bad(field));
    let levels = match (&text.highest, &text.levels) {
        (None, None) => Levels::All,
        (Some(highest), None) => Levels::UpTo(level(highest, "highest")?),
        (None, Some(list)) => Levels::Listed(list.iter().map(|text| level(text, "levels")).collect::<Result<_, _>>()?),
        (Some(_), Some(_)) => return Err(bad("levels")),
    };
    let category = |text: &String| text.parse::<Oid>().map_err(|_| bad("categories"));
    let categories = match text.categories.as_slice() {
        [any] if any == ANY => None,
        list => Some(list.iter().map(category).collect::<Result<_, _>>()?),
    };
    let translator = |text: &String| Address::parse_international(text).map_err(|_| bad("translated-by"));
    Ok(Clearance {
        policy: text.label_policy.parse().map_err(|_| bad("label-policy"))?,
        levels,
        categories,
        translators: text.translated_by.iter().map(translator).collect::<Result<_, _>>()?,
    })
}

fn write_clearance(clearance: &Clearance) -> ClearanceText {
    let (highest, levels) = match &clearance.levels {
        Levels::All => (None, None),
        Levels::UpTo(highest) => (Some(highest.to_string()), None),
        Levels::Listed(list) => (None, Some(list.iter().map(ToString::to_string).collect())),
    };
    let categories = clearance.categories.as_ref();
    ClearanceText {
        label_policy: clearance.policy.to_string(),
        highest,
        levels,
        categories: categories.map_or_else(|| vec![ANY.to_owned()], |l| l.iter().map(ToString::to_string).collect()),
        translated_by: clearance.translators.iter().map(ToString::to_string).collect(),
    }
}

fn write(row: &Row) -> RowText {
    RowText {
        r#use: row.use_.to_string(),
        algorithm: row.algorithm.to_string(),
        min_bits: row.min_bits,
        max_bits: row.max_bits,
        standing: row.standing.to_string(),
        from: row.from.map(|t| t.to_string()),
        until: row.until.map(|t| t.to_string()),
        source: row.source.to_string(),
    }
}

/// Every category.
const ANY: &str = "any";
/// The longest policy that is read, in octets.
pub const MAX_POLICY_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hcp::HeaderConfidentiality;
    use crate::writing::WritingProfile;

    #[test]
    fn the_standard_table_round_trips() {
        let standard = Policy::standard();
        assert_eq!(Policy::from_toml(&standard.to_toml()), Ok(standard));
        let strict = Policy::standard().with_writing(WritingProfile::Strict);
        assert_eq!(Policy::from_toml(&strict.to_toml()), Ok(strict));
        assert_eq!(Policy::from_toml("profile = \"bold\""), Err(Error::PolicyProfile));
        let shy = Policy::standard().with_headers(HeaderConfidentiality::Shy);
        assert_eq!(Policy::from_toml(&shy.to_toml()), Ok(shy));
        let closed = Policy::standard().with_harvest(false);
        assert_eq!(Policy::from_toml(&closed.to_toml()), Ok(closed));
        assert!(Policy::from_toml("").unwrap().harvest() && !Policy::from_toml("harvest = false").unwrap().harvest());
        assert_eq!(Policy::from_toml("hcp = \"no_confidentiality\""), Err(Error::PolicyHeaders));
    }

    #[test]
    fn ess_04_clearances_round_trip_and_what_is_wrong_is_named() {
        let text = "[[clearance]]\nlabel-policy = \"1.2.3\"\nhighest = \"secret\"\ncategories = [\"1.2.4\"]\n\
            translated-by = [\"guard@example.org\"]\n[[clearance]]\nlabel-policy = \"1.2.5\"\nlevels = [\"1\", \"restricted\"]\n\
            [[clearance]]\nlabel-policy = \"1.2.6\"\ncategories = [\"any\"]\n";
        let policy = Policy::from_toml(text).unwrap();
        assert!(policy.rows().is_empty());
        let [one, two, three] = policy.clearances() else { panic!("{policy:?}") };
        assert_eq!((&one.levels, one.categories.as_ref().map(Vec::len)), (&Levels::UpTo(4), Some(1)));
        assert_eq!(one.translators[0].to_string(), "guard@example.org");
        assert_eq!((&two.levels, two.categories.as_deref()), (&Levels::Listed(vec![1, 2]), Some(&[][..])));
        assert_eq!((&three.levels, three.categories.is_none()), (&Levels::All, true));
        assert_eq!(Policy::from_toml(&policy.to_toml()), Ok(policy));
        for (field, wrong) in [
            ("label-policy", "label-policy = \"acme\""),
            ("highest", "label-policy = \"1.2.3\"\nhighest = \"deep\""),
            ("levels", "label-policy = \"1.2.3\"\nlevels = [\"257\"]"),
            ("levels", "label-policy = \"1.2.3\"\nlevels = [\"1\"]\nhighest = \"1\""),
            ("categories", "label-policy = \"1.2.3\"\ncategories = [\"any\", \"1.2.4\"]"),
            ("translated-by", "label-policy = \"1.2.3\"\ntranslated-by = [\"guard\"]"),
        ] {
            let found = Policy::from_toml(&format!("[[clearance]]\n{wrong}\n"));
            assert_eq!(found, Err(Error::PolicyClearance { number: 1, field }), "{wrong}");
        }
        assert!(matches!(Policy::from_toml("[[clearance]]\nhighest = \"1\""), Err(Error::PolicySyntax(_))));
    }

    #[test]
    fn names_the_row_and_the_field_that_is_wrong() {
        let row = |field: &str, value: &str| {
            let mut text = String::from("[[row]]\n");
            let mut put = |name: &str, usual: &str| {
                let value = if name == field { value } else { usual };
                text.push_str(&format!("{name} = {value}\n"));
            };
            put("use", "\"verify\"");
            put("algorithm", "\"rsa\"");
            put("min-bits", "2048");
            put("standing", "\"accept\"");
            put("from", "\"2026-01-01\"");
            put("source", "\"RFC 8551\"");
            Policy::from_toml(&text)
        };
        assert_eq!(row("", "").unwrap().rows()[0].from, Time::parse_rfc3339("2026-01-01T00:00:00Z"));
        for (field, value) in
            [("use", "\"any\""), ("standing", "\"\""), ("from", "\"soon\""), ("source", "\"\\u0007\"")]
        {
            assert_eq!(row(field, value), Err(Error::PolicyRow { row: 1, field }), "{field}");
        }
        assert_eq!(row("algorithm", "\"p256\""), Err(Error::PolicyRow { row: 1, field: "min-bits" }));
        assert!(matches!(row("min-bits", "-1"), Err(Error::PolicySyntax(_))));
        assert!(matches!(Policy::from_toml("[[row]]\nuses = 1"), Err(Error::PolicySyntax(_))));
        assert_eq!(Policy::from_toml(&" ".repeat(MAX_POLICY_BYTES + 1)), Err(Error::PolicyTooLong));
        assert_eq!(Policy::from_toml(""), Ok(Policy::new(Vec::new())));
    }
}
