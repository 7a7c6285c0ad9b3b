//! The policy: a table of rows, judged at *now*, which rejects whatever no row speaks of.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crypto::{KeyKind, SignatureAlgorithm};
use wire::Time;

use crate::algorithm::Algorithm;
use crate::clearance::Clearance;
use crate::discovery_policy::DiscoveryPolicy;
use crate::error::Error;
use crate::hcp::HeaderConfidentiality;
use crate::revocation_policy::RevocationPolicy;
use crate::writing::WritingProfile;

/// What an algorithm or a key is used for. Making (`Sign`, `Encrypt`) is strict, reading is graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    /// Making a signature over a message.
    Sign,
    /// Believing a signature over a message.
    Verify,
    /// Encrypting a message.
    Encrypt,
    /// Decrypting a message.
    Decrypt,
    /// Believing a signature over a certificate, and the key that made it.
    Certify,
}

impl Use {
    /// All five, in the order in which tables show them.
    pub const ALL: [Use; 5] = [Use::Sign, Use::Verify, Use::Encrypt, Use::Decrypt, Use::Certify];

    /// The word that tables and TOML have for it.
    pub fn word(self) -> &'static str {
        match self {
            Use::Sign => "sign",
            Use::Verify => "verify",
            Use::Encrypt => "encrypt",
            Use::Decrypt => "decrypt",
            Use::Certify => "certify",
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Use {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Use::ALL.into_iter().find(|u| u.word() == text).ok_or(Error::UnknownUse)
    }
}

/// How an algorithm stands, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// What to choose among several.
    Prefer,
    /// Good.
    Accept,
    /// Accepted with a finding.
    Warn,
    /// Refused.
    Reject,
}

impl Standing {
    /// All four, from best to worst.
    pub const ALL: [Standing; 4] = [Standing::Prefer, Standing::Accept, Standing::Warn, Standing::Reject];

    /// The word that tables and TOML have for it.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Prefer => "prefer",
            Standing::Accept => "accept",
            Standing::Warn => "warn",
            Standing::Reject => "reject",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Standing {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Standing::ALL.into_iter().find(|s| s.word() == text).ok_or(Error::UnknownStanding)
    }
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The use it speaks of.
    pub use_: Use,
    /// The algorithm's name, such as `ecdsa-sha256`, `aes-256-gcm` or `rsa` (the key).
    pub algorithm: Cow<'static, str>,
    /// For `rsa`: the least length of the modulus in bits, both bounds included.
    pub min_bits: Option<u32>,
    /// For `rsa`: the greatest length of the modulus in bits.
    pub max_bits: Option<u32>,
    /// The judgement.
    pub standing: Standing,
    /// The first second at which the row is in force; always, if there is none.
    pub from: Option<Time>,
    /// The first second at which it is no longer in force; never, if there is none.
    pub until: Option<Time>,
    /// Where this comes from, such as `RFC 8551 §2.2`.
    pub source: Cow<'static, str>,
}

impl Row {
    fn speaks_of(&self, use_: Use, algorithm: &Algorithm, now: Time) -> bool {
        self.use_ == use_
            && self.algorithm == algorithm.name()
            && self.min_bits.is_none_or(|min| algorithm.bits() >= min)
            && self.max_bits.is_none_or(|max| algorithm.bits() <= max)
            && self.from.is_none_or(|from| now >= from)
            && self.until.is_none_or(|until| now < until)
    }

    /// The algorithm with the lengths that the row is for, such as `rsa 2048..4096`.
    pub fn subject(&self) -> String {
        match (self.min_bits, self.max_bits) {
            (None, None) => self.algorithm.to_string(),
            (min, max) => {
                let bound = |b: Option<u32>| b.map(|b| b.to_string()).unwrap_or_default();
                format!("{} {}..{}", self.algorithm, bound(min), bound(max))
            }
        }
    }
}

/// The table. The first row that speaks of a use and an algorithm at a time decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    rows: Vec<Row>,
    /// The rows by length and letters of their algorithm's name, those of one name in their order.
    by_name: Vec<usize>,
    writing: WritingProfile,
    headers: HeaderConfidentiality,
    clearances: Vec<Clearance>,
    revocation: RevocationPolicy,
    discovery: DiscoveryPolicy,
    harvest: bool,
}

impl Policy {
    /// A policy of these rows; [`Policy::standard`] has the project's own.
    pub fn new(rows: Vec<Row>) -> Policy {
        let mut by_name: Vec<usize> = (0..rows.len()).collect();
        by_name.sort_by_key(|at| rows.get(*at).map(|row| (row.algorithm.len(), &row.algorithm)));
        let (writing, revocation) = (WritingProfile::default(), RevocationPolicy::default());
        let headers = HeaderConfidentiality::default();
        let discovery = DiscoveryPolicy::default();
        Policy { rows, by_name, writing, headers, clearances: Vec::new(), revocation, discovery, harvest: true }
    }

    /// With the rows of another policy, and whatever else this one says.
    #[must_use]
    pub fn with_rows_of(self, other: Policy) -> Policy {
        Policy { rows: other.rows, by_name: other.by_name, ..self }
    }

    /// With another profile for what is written than [`WritingProfile::Compat`].
    #[must_use]
    pub fn with_writing(self, writing: WritingProfile) -> Policy {
        Policy { writing, ..self }
    }

    /// How boldly mail is written.
    pub fn writing(&self) -> WritingProfile {
        self.writing
    }

    /// With another rule for what of a header encrypted mail shows outside than [`HeaderConfidentiality::Baseline`].
    #[must_use]
    pub fn with_headers(self, headers: HeaderConfidentiality) -> Policy {
        Policy { headers, ..self }
    }

    /// What of a header encrypted mail shows outside.
    pub fn headers(&self) -> HeaderConfidentiality {
        self.headers
    }

    /// With another rule for whether certificates of verified mail are kept than that they are.
    #[must_use]
    pub fn with_harvest(self, harvest: bool) -> Policy {
        Policy { harvest, ..self }
    }

    /// Whether the certificates are kept that a verified mail shows of its sender.
    pub fn harvest(&self) -> bool {
        self.harvest
    }

    /// With further clearances for security labels. Without any, labels are told and stop nothing.
    #[must_use]
    pub fn with_clearances(mut self, clearances: impl IntoIterator<Item = Clearance>) -> Policy {
        self.clearances.extend(clearances);
        self
    }

    /// What one is cleared for of what is labelled (RFC 2634 §3).
    pub fn clearances(&self) -> &[Clearance] {
        &self.clearances
    }

    /// With other rules for revocation than [`RevocationPolicy::default`].
    #[must_use]
    pub fn with_revocation(self, revocation: RevocationPolicy) -> Policy {
        Policy { revocation, ..self }
    }

    /// How revocation is looked up and what it means that nobody can tell.
    pub fn revocation(&self) -> &RevocationPolicy {
        &self.revocation
    }

    /// With other rules for where certificates are looked for than [`DiscoveryPolicy::default`].
    #[must_use]
    pub fn with_discovery(self, discovery: DiscoveryPolicy) -> Policy {
        Policy { discovery, ..self }
    }

    /// Where other people's certificates are looked for.
    pub fn discovery(&self) -> &DiscoveryPolicy {
        &self.discovery
    }

    /// Every row, in the order in which they are asked.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Judges one algorithm or key for one use at one time. What no row speaks of is rejected.
    pub fn judge(&self, use_: Use, algorithm: &Algorithm, now: Time) -> Judgement<'_> {
        self.judged(use_, algorithm.clone(), now)
    }

    fn judged(&self, use_: Use, algorithm: Algorithm, now: Time) -> Judgement<'_> {
        let name = algorithm.name();
        let before = |row: &Row| (row.algorithm.len(), &*row.algorithm) < (name.len(), name);
        let first = self.by_name.partition_point(|at| self.rows.get(*at).is_some_and(before));
        let later = self.by_name.get(first..).unwrap_or_default().iter().filter_map(|at| self.rows.get(*at));
        let mut of_that_name = later.take_while(|row| row.algorithm == name);
        let row = of_that_name.find(|row| row.speaks_of(use_, &algorithm, now));
        let standing = row.map_or(Standing::Reject, |row| row.standing);
        Judgement { use_, algorithm, standing, row }
    }

    /// Judges a signature algorithm together with the key that uses it; the worse of the two counts.
    pub fn judge_signature(&self, use_: Use, how: &SignatureAlgorithm, key: &KeyKind, now: Time) -> Judgement<'_> {
        let by_algorithm = self.judged(use_, Algorithm::from(how), now);
        let by_key = self.judged(use_, Algorithm::from(key), now);
        if by_key.standing > by_algorithm.standing { by_key } else { by_algorithm }
    }

    /// What this use of a signature algorithm and its key is warned of, in words; nothing twice where both have one
    /// name.
    pub fn signature_warnings(&self, use_: Use, how: &SignatureAlgorithm, key: &KeyKind, now: Time) -> Vec<String> {
        let (how, key) = (Algorithm::from(how), Algorithm::from(key));
        let both = if how == key { vec![how] } else { vec![how, key] };
        let judged = both.iter().map(|algorithm| self.judge(use_, algorithm, now));
        judged.filter(|judgement| judgement.standing == Standing::Warn).map(|judgement| judgement.to_string()).collect()
    }
}

/// The table as text, one line for each row, for people.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<8}{:<30}{:<9}{:<12}{:<12}source", "use", "algorithm", "standing", "from", "until")?;
        for row in &self.rows {
            let day =
                |time: Option<Time>| time.map_or_else(|| "-".to_owned(), |t| t.to_string().chars().take(10).collect());
            let (from, until) = (day(row.from), day(row.until));
            let subject = row.subject();
            writeln!(f, "{:<8}{subject:<30}{:<9}{from:<12}{until:<12}{}", row.use_, row.standing, row.source)?;
        }
        // What everybody has by default is not a table's news.
        if self.revocation != RevocationPolicy::default() {
            writeln!(f, "{}", self.revocation)?;
        }
        if self.discovery != DiscoveryPolicy::default() {
            writeln!(f, "{}", self.discovery)?;
        }
        for clearance in &self.clearances {
            writeln!(f, "cleared for labels of {clearance}")?;
        }
        Ok(())
    }
}

/// What the policy says of one algorithm, and the row that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement<'p> {
    /// The use that was asked about.
    pub use_: Use,
    /// The algorithm that was asked about.
    pub algorithm: Algorithm,
    /// The answer.
    pub standing: Standing,
    /// The row it comes from; `None` means that no row speaks of it, which rejects.
    pub row: Option<&'p Row>,
}

impl Judgement<'_> {
    /// Whether it may be used at all.
    pub fn is_accepted(&self) -> bool {
        self.standing < Standing::Reject
    }
}

/// A sentence that cites its source: `rsa-1024 is not accepted for encrypt (RFC 8551 §4.4)`.
impl fmt::Display for Judgement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.standing {
            Standing::Prefer => "is preferred",
            Standing::Accept => "is accepted",
            Standing::Warn => "is weak but accepted",
            Standing::Reject => "is not accepted",
        };
        let source = self.row.map_or("no row of the policy accepts it", |row| &row.source);
        write!(f, "{} {verb} for {} ({source})", self.algorithm, self.use_)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::{Brainpool, CompositeDsa, Curve, Digest, MlDsa, SlhDsa};

    const NOW: Time = Time(1_795_000_000);

    fn key(bits: u32) -> Algorithm {
        Algorithm::from(&KeyKind::Rsa { bits })
    }

    #[test]
    fn refusals_cite_their_source() {
        let policy = Policy::standard();
        let judgement = policy.judge(Use::Encrypt, &key(1024), NOW);
        assert_eq!(judgement.standing, Standing::Reject);
        assert_eq!(judgement.to_string(), "rsa-1024 is not accepted for encrypt (RFC 8551 §4.4)");
        let unknown = policy.judge(Use::Verify, &Algorithm::unknown("1.2.3"), NOW);
        assert_eq!(unknown.to_string(), "algorithm 1.2.3 is not accepted for verify (no row of the policy accepts it)");
        assert!(!unknown.is_accepted());
    }

    #[test]
    fn reading_is_graded_and_making_is_strict() {
        let policy = Policy::standard();
        let standing = |use_, algorithm: Algorithm| policy.judge(use_, &algorithm, NOW).standing;
        let ecdsa = |digest| Algorithm::from(&SignatureAlgorithm::Ecdsa(digest));
        let oaep = |digest| Algorithm::from(&crypto::KeyTransport::RsaOaep { digest, mgf: digest, label: Vec::new() });
        let x963 = |digest| Algorithm::from(&crypto::AgreementScheme::X963(digest));
        for (use_, algorithm, expected) in [
            (Use::Sign, ecdsa(Digest::Sha224), Standing::Reject),
            (Use::Verify, ecdsa(Digest::Sha224), Standing::Warn),
            (Use::Certify, ecdsa(Digest::Sha224), Standing::Reject),
            (Use::Verify, ecdsa(Digest::Sha1), Standing::Reject),
            (Use::Decrypt, key(1024), Standing::Warn),
            (Use::Decrypt, key(1023), Standing::Reject),
            (Use::Encrypt, oaep(Digest::Sha1), Standing::Accept),
            (Use::Encrypt, oaep(Digest::Sha384), Standing::Accept),
            (Use::Decrypt, oaep(Digest::Sha1), Standing::Accept),
            (Use::Encrypt, oaep(Digest::Sha256), Standing::Prefer),
            (Use::Encrypt, x963(Digest::Sha1), Standing::Reject),
            (Use::Decrypt, x963(Digest::Sha1), Standing::Accept),
            (Use::Encrypt, Algorithm::from(&KeyKind::Ed25519), Standing::Reject),
            (Use::Sign, Algorithm::from(&KeyKind::X25519), Standing::Reject),
            (Use::Verify, Algorithm::from(&KeyKind::Ec(Curve::P521)), Standing::Accept),
        ] {
            assert_eq!(standing(use_, algorithm.clone()), expected, "{use_} {algorithm}");
        }
    }

    /// Whatever can be read has a row that says how it stands: what none speaks of is refused.
    #[test]
    fn everything_that_is_read_has_a_row() {
        let plain = || Digest::ALL.into_iter().filter(|d| !d.is_extendable());
        let mut read: Vec<Algorithm> = crypto::ContentCipher::ALL.into_iter().map(Algorithm::from).collect();
        read.extend(crypto::ContentCipher::CCM.map(Algorithm::from));
        read.extend([crypto::ContentCipher::DesEde3Cbc, crypto::ContentCipher::Rc2Cbc128].map(Algorithm::from));
        let old = crypto::OldCipher::all().map(crypto::ContentCipher::Old).filter(|cipher| !cipher.is_broken());
        read.extend(old.map(Algorithm::from));
        read.extend(
            crypto::KeyWrap::ALL.into_iter().chain([crypto::KeyWrap::Des3, crypto::KeyWrap::Rc2]).map(Algorithm::from),
        );
        read.push(Algorithm::from(&crypto::KeyTransport::RsaPkcs1));
        for (digest, mgf) in plain().flat_map(|digest| plain().map(move |mgf| (digest, mgf))) {
            read.push(Algorithm::from(&crypto::KeyTransport::RsaOaep { digest, mgf, label: Vec::new() }));
        }
        read.extend(crypto::MlKem::ALL.into_iter().map(|set| Algorithm::from(&KeyKind::MlKem(set))));
        read.extend(crypto::CompositeKem::ALL.into_iter().map(|kem| Algorithm::from(&KeyKind::CompositeKem(kem))));
        for algorithm in read {
            assert!(Policy::standard().judge(Use::Decrypt, &algorithm, NOW).is_accepted(), "{algorithm}");
        }
        // PSS whose mask has another digest is believed with a warning (RFC 4056 §3).
        let sound = || plain().filter(|digest| !matches!(digest, Digest::Sha1 | Digest::Sha224));
        for (digest, mgf) in sound().flat_map(|digest| plain().map(move |mgf| (digest, mgf))) {
            let how = SignatureAlgorithm::RsaPss { digest, mgf, salt: 32 };
            let expected = if digest == mgf { Standing::Accept } else { Standing::Warn };
            assert_eq!(Policy::standard().judge(Use::Verify, &Algorithm::from(&how), NOW).standing, expected, "{how}");
        }
    }

    #[test]
    fn warnings_are_of_algorithm_and_key_and_none_twice() {
        let policy = Policy::standard();
        let warned = |how, kind| policy.signature_warnings(Use::Verify, &how, &kind, NOW);
        let large = KeyKind::Rsa { bits: 5000 };
        let both = warned(SignatureAlgorithm::RsaPkcs1(Digest::Sha224), large);
        assert_eq!(
            both,
            [
                "rsa-pkcs1-sha224 is weak but accepted for verify (RFC 5754 §2.1)",
                "rsa-5000 is weak but accepted for verify (RFC 8551 §4.3)"
            ]
        );
        let pair = CompositeDsa::ALL.into_iter().find(|pair| !CompositeDsa::RECOMMENDED.contains(pair)).unwrap();
        assert_eq!(warned(SignatureAlgorithm::CompositeDsa(pair), KeyKind::CompositeDsa(pair)).len(), 1);
        assert!(warned(SignatureAlgorithm::Ed25519, KeyKind::Ed25519).is_empty());
    }

    /// RFC 5639: read on every curve, written to the random ones, signed with on none.
    #[test]
    fn brainpool_is_read_and_encrypted_to() {
        for curve in Brainpool::ALL {
            let key = Algorithm::from(&KeyKind::Brainpool(curve));
            let accepted = |use_| Policy::standard().judge(use_, &key, NOW).is_accepted();
            assert!(accepted(Use::Verify) && accepted(Use::Certify) && accepted(Use::Decrypt), "{curve}");
            assert_eq!(accepted(Use::Encrypt), curve.name().ends_with("r1"), "{curve}");
            assert!(!accepted(Use::Sign), "{curve}");
        }
    }

    #[test]
    fn v_10_rsa_sizes_that_are_verified() {
        let policy = Policy::standard();
        for (bits, expected) in [
            (1024, Standing::Reject),
            (2047, Standing::Reject),
            (2048, Standing::Accept),
            (4096, Standing::Accept),
            (4097, Standing::Warn),
            (8192, Standing::Warn),
            (8193, Standing::Reject),
        ] {
            assert_eq!(policy.judge(Use::Verify, &key(bits), NOW).standing, expected, "{bits}");
        }
    }

    /// RFC 9882 table 1; a verifier may refuse what is weaker, and MD5 to SHA-224 are refused.
    #[test]
    fn ml_dsa_digests_are_judged() {
        let policy = Policy::standard();
        let judged = |set, digest| {
            let how = SignatureAlgorithm::MlDsa { set, digest };
            policy.judge_signature(Use::Verify, &how, &KeyKind::MlDsa(set), NOW).standing
        };
        for (set, weak) in [(MlDsa::Dsa44, 0), (MlDsa::Dsa65, 1), (MlDsa::Dsa87, 2)] {
            for (i, digest) in [Digest::Sha256, Digest::Sha384, Digest::Sha512].into_iter().enumerate() {
                let expected = if i < weak { Standing::Warn } else { Standing::Accept };
                assert_eq!(judged(set, digest), expected, "{set} {digest}");
            }
            assert_eq!(judged(set, Digest::Sha1), Standing::Reject);
            assert_eq!(judged(set, Digest::Sha224), Standing::Reject);
        }
    }

    /// RFC 9814 §4: a digest whose collisions are easier than what the set promises is told.
    #[test]
    fn slh_dsa_digests_are_judged() {
        let policy = Policy::standard();
        let judged = |set, digest| {
            let how = SignatureAlgorithm::SlhDsa { set, digest };
            policy.judge_signature(Use::Verify, &how, &KeyKind::SlhDsa(set), NOW).standing
        };
        for set in SlhDsa::ALL {
            assert_eq!(judged(set, set.own_digest()), Standing::Accept);
            assert_eq!(judged(set, Digest::Sha512), Standing::Accept);
            let by_256 = if set.n() == 16 { Standing::Accept } else { Standing::Warn };
            for digest in [Digest::Sha256, Digest::Sha3_256, Digest::Shake128] {
                assert_eq!(judged(set, digest), by_256, "{set} {digest}");
            }
            assert_eq!(judged(set, Digest::Sha384), if set.n() == 32 { Standing::Warn } else { Standing::Accept });
            assert_eq!(judged(set, Digest::Sha1), Standing::Reject);
        }
    }

    /// RFC 9708: believed over the digests that its trees have, told over others, and never made.
    #[test]
    fn hss_is_verified_and_never_made() {
        let policy = Policy::standard();
        for digest in Digest::ALL {
            let judged = |use_| {
                policy.judge_signature(use_, &SignatureAlgorithm::HssLms(digest), &KeyKind::HssLms, NOW).standing
            };
            let believed = match digest {
                Digest::Sha256 | Digest::Shake256 => Standing::Accept,
                Digest::Sha384 | Digest::Sha512 | Digest::Sha3_256 | Digest::Sha3_384 | Digest::Sha3_512 => {
                    Standing::Warn
                }
                _ => Standing::Reject,
            };
            assert_eq!(judged(Use::Verify), believed, "{digest}");
            assert_eq!(judged(Use::Sign), Standing::Reject);
        }
        let certified = policy.judge(Use::Certify, &Algorithm::from(&KeyKind::HssLms), NOW).standing;
        assert_eq!(certified, Standing::Accept);
    }

    /// RFC 9909 §3, RFC 9882 §3.1: HashSLH-DSA certifies, and signs no messages.
    #[test]
    fn hashed_slh_dsa_is_for_certificates() {
        let policy = Policy::standard();
        for set in SlhDsa::ALL {
            let (how, kind) = (SignatureAlgorithm::HashSlhDsa(set), KeyKind::HashSlhDsa(set));
            let judged = |use_| policy.judge_signature(use_, &how, &kind, NOW).standing;
            assert_eq!(judged(Use::Certify), Standing::Accept, "{set}");
            assert_eq!([judged(Use::Verify), judged(Use::Sign)], [Standing::Reject; 2], "{set}");
        }
    }

    /// Composite signatures are believed, and made only where a policy of one's own allows what is a draft.
    #[test]
    fn composites_are_off_for_writing() {
        let policy = Policy::standard();
        for pair in CompositeDsa::ALL {
            let (how, kind) = (SignatureAlgorithm::CompositeDsa(pair), KeyKind::CompositeDsa(pair));
            let judged = |use_| policy.judge_signature(use_, &how, &kind, NOW).standing;
            let believed = if CompositeDsa::RECOMMENDED.contains(&pair) { Standing::Accept } else { Standing::Warn };
            assert_eq!([judged(Use::Verify), judged(Use::Certify)], [believed; 2], "{pair}");
            assert_eq!(judged(Use::Sign), Standing::Reject);
        }
    }

    /// RFC 8551 §B.2: old signatures are told from broken ones, and no more.
    #[test]
    fn dsa_is_never_believed() {
        let policy = Policy::standard();
        for digest in Digest::ALL {
            for use_ in [Use::Sign, Use::Verify, Use::Certify] {
                let kind = KeyKind::Dsa { bits: 3072 };
                let judged = policy.judge_signature(use_, &SignatureAlgorithm::Dsa(digest), &kind, NOW);
                assert_eq!(judged.standing, Standing::Reject);
            }
        }
    }

    #[test]
    fn rows_are_in_force_from_and_until() {
        let row = |standing, from, until| Row {
            use_: Use::Verify,
            algorithm: "sha256".into(),
            min_bits: None,
            max_bits: None,
            standing,
            from,
            until,
            source: "a test".into(),
        };
        let end = Time(100);
        let policy =
            Policy::new(vec![row(Standing::Accept, None, Some(end)), row(Standing::Warn, Some(end), Some(Time(200)))]);
        let at = |now| policy.judge(Use::Verify, &Algorithm::from(Digest::Sha256), Time(now)).standing;
        assert_eq!(
            [at(99), at(100), at(199), at(200)],
            [Standing::Accept, Standing::Warn, Standing::Warn, Standing::Reject]
        );
    }

    #[test]
    fn the_worse_of_key_and_algorithm_counts() {
        let policy = Policy::standard();
        let how = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);
        let judged = |bits| policy.judge_signature(Use::Verify, &how, &KeyKind::Rsa { bits }, NOW);
        assert_eq!(judged(1024).algorithm.to_string(), "rsa-1024");
        assert_eq!(judged(2048).algorithm.to_string(), "rsa-pkcs1-sha256");
    }

    #[test]
    fn words_round_trip_and_the_table_shows_every_row() {
        assert!(Use::ALL.into_iter().all(|u| u.word().parse() == Ok(u)));
        assert!(Standing::ALL.into_iter().all(|s| s.word().parse() == Ok(s)));
        assert_eq!("Sign".parse::<Use>(), Err(Error::UnknownUse));
        let policy = Policy::standard();
        assert_eq!(policy.to_string().lines().count(), policy.rows().len() + 1);
        let rules = RevocationPolicy { max_age: Some(7200), ..RevocationPolicy::default() };
        assert!(policy.clone().with_revocation(rules).to_string().ends_with(
            "\nrevocation is soft; looked up for open: cached, for seal: fetch, for cert check: fetch; at most 2 hours old\n"
        ));
        assert!(
            policy
                .to_string()
                .contains("verify  rsa 2048..4096                accept   -           -           RFC 8551 §4.3\n")
        );
    }
}
