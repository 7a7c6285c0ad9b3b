//! The project's own policy: what the standards ask for, without what they keep only for historic mail.

use std::borrow::Cow;

use crypto::OldCipher;

use crate::policy::{Policy, Row, Standing, Use};
use crate::writing::WritingProfile;

impl Policy {
    /// The standard table. Each row cites its source; a `reject` row is there only for the citation,
    /// since everything is rejected of which no row speaks.
    pub fn standard() -> Policy {
        Policy::new(TABLE.iter().flat_map(expand).chain(historic()).collect())
    }

    /// The algorithms of CNSA 2.0 for whatever is made: ML-DSA-87, ML-KEM-1024, AES-256, SHA-384 and SHA-512, and
    /// nothing that a quantum computer breaks (draft-becker-cnsa2-smime-profile). What others made is read as by the
    /// standard table.
    pub fn cnsa() -> Policy {
        let made = |row: &Row| matches!(row.use_, Use::Sign | Use::Encrypt);
        let read = TABLE.iter().flat_map(expand).chain(historic()).filter(|row| !made(row));
        let rows = CNSA.iter().flat_map(expand).chain(read);
        Policy::new(rows.collect()).with_writing(WritingProfile::PqRequired)
    }

    /// The policy of this name: `standard` or `cnsa-2.0`.
    pub fn named(name: &str) -> Option<Policy> {
        match name {
            "standard" => Some(Policy::standard()),
            "cnsa-2.0" => Some(Policy::cnsa()),
            _ => None,
        }
    }
}

const CNSA: &[Entry] = &[
    entry(&[Use::Sign], &["sha384", "sha512"], Standing::Accept, "draft-becker-cnsa2-smime-profile"),
    entry(&[Use::Sign], &["ml-dsa-87"], Standing::Accept, "draft-becker-cnsa2-smime-profile"),
    entry(&[Use::Encrypt], &["ml-kem-1024"], Standing::Accept, "draft-becker-cnsa2-smime-profile"),
    entry(&[Use::Encrypt], &["aes-256-gcm"], Standing::Prefer, "draft-becker-cnsa2-smime-profile"),
    entry(&[Use::Encrypt], &["aes-256-cbc", "aes-256-wrap"], Standing::Accept, "draft-becker-cnsa2-smime-profile"),
];

/// One entry stands for a row of each use and each algorithm. Lengths are bits of an RSA modulus.
struct Entry {
    uses: &'static [Use],
    algorithms: &'static [&'static str],
    bits: (Option<u32>, Option<u32>),
    standing: Standing,
    source: &'static str,
}

fn expand(entry: &'static Entry) -> impl Iterator<Item = Row> {
    entry.uses.iter().flat_map(move |use_| {
        entry.algorithms.iter().map(move |algorithm| Row {
            use_: *use_,
            algorithm: Cow::Borrowed(algorithm),
            min_bits: entry.bits.0,
            max_bits: entry.bits.1,
            standing: entry.standing,
            from: None,
            until: None,
            source: Cow::Borrowed(entry.source),
        })
    })
}

/// What other programs write and nothing here does: read with a word, unless it hides nothing at all.
fn historic() -> impl Iterator<Item = Row> {
    OldCipher::all().map(|cipher| Row {
        use_: Use::Decrypt,
        algorithm: Cow::Borrowed(cipher.name()),
        min_bits: None,
        max_bits: None,
        standing: if cipher.is_broken() { Standing::Reject } else { Standing::Warn },
        from: None,
        until: None,
        source: Cow::Borrowed(source(cipher.name())),
    })
}

/// Who defines the cipher for CMS, or else who says what becomes of old ones.
fn source(name: &str) -> &'static str {
    match name.split('-').next() {
        Some("camellia") => "RFC 3657 §3",
        Some("aria") => "RFC 5794 §1",
        Some("seed") => "RFC 4010 §2",
        Some("cast5") => "RFC 2984 §3",
        Some("idea") => "RFC 3058 §3",
        Some("aes") => "NIST SP 800-38A",
        Some("rc4") => "RFC 7465 §1",
        _ => "RFC 8551 §B.2",
    }
}

const fn entry(
    uses: &'static [Use],
    algorithms: &'static [&'static str],
    standing: Standing,
    source: &'static str,
) -> Entry {
    Entry { uses, algorithms, bits: (None, None), standing, source }
}

const fn rsa(
    uses: &'static [Use],
    min: Option<u32>,
    max: Option<u32>,
    standing: Standing,
    source: &'static str,
) -> Entry {
    Entry { uses, algorithms: &["rsa"], bits: (min, max), standing, source }
}

use Standing::{Accept, Prefer, Reject, Warn};
use Use::{Certify, Decrypt, Encrypt, Sign, Verify};

const SIGNATURES: &[Use] = &[Sign, Verify, Certify];

const SLH_DSA: &[&str] = &[
    "slh-dsa-sha2-128s",
    "slh-dsa-sha2-128f",
    "slh-dsa-sha2-192s",
    "slh-dsa-sha2-192f",
    "slh-dsa-sha2-256s",
    "slh-dsa-sha2-256f",
    "slh-dsa-shake-128s",
    "slh-dsa-shake-128f",
    "slh-dsa-shake-192s",
    "slh-dsa-shake-192f",
    "slh-dsa-shake-256s",
    "slh-dsa-shake-256f",
];

const HASH_SLH_DSA: &[&str] = &[
    "hash-slh-dsa-sha2-128s",
    "hash-slh-dsa-sha2-128f",
    "hash-slh-dsa-sha2-192s",
    "hash-slh-dsa-sha2-192f",
    "hash-slh-dsa-sha2-256s",
    "hash-slh-dsa-sha2-256f",
    "hash-slh-dsa-shake-128s",
    "hash-slh-dsa-shake-128f",
    "hash-slh-dsa-shake-192s",
    "hash-slh-dsa-shake-192f",
    "hash-slh-dsa-shake-256s",
    "hash-slh-dsa-shake-256f",
];

const COMPOSITE_KEM: &[&str] = &[
    "mlkem768-rsa2048",
    "mlkem768-rsa3072",
    "mlkem768-rsa4096",
    "mlkem768-x25519",
    "mlkem768-p256",
    "mlkem768-p384",
    "mlkem768-brainpool-p256r1",
    "mlkem1024-rsa3072",
    "mlkem1024-p384",
    "mlkem1024-brainpool-p384r1",
    "mlkem1024-x448",
    "mlkem1024-p521",
];

/// The pairs that are recommended.
const COMPOSITES: &[&str] = &[
    "mldsa44-ed25519-sha512",
    "mldsa44-ecdsa-p256-sha256",
    "mldsa65-rsa3072-pss-sha512",
    "mldsa65-ecdsa-p256-sha512",
    "mldsa65-ed25519-sha512",
    "mldsa87-ecdsa-p384-sha512",
];

const OTHER_COMPOSITES: &[&str] = &[
    "mldsa44-rsa2048-pss-sha256",
    "mldsa44-rsa2048-pkcs15-sha256",
    "mldsa65-rsa3072-pkcs15-sha512",
    "mldsa65-rsa4096-pss-sha512",
    "mldsa65-rsa4096-pkcs15-sha512",
    "mldsa65-ecdsa-p384-sha512",
    "mldsa65-ecdsa-brainpoolp256r1-sha512",
    "mldsa87-ecdsa-brainpoolp384r1-sha512",
    "mldsa87-ed448-shake256",
    "mldsa87-rsa3072-pss-sha512",
    "mldsa87-rsa4096-pss-sha512",
    "mldsa87-ecdsa-p521-sha512",
];

/// RSASSA-PSS whose mask generation function has another digest than the message.
const PSS_OF_TWO_DIGESTS: &[&str] = &[
    "rsa-pss-sha256-mgf1-sha1",
    "rsa-pss-sha256-mgf1-sha224",
    "rsa-pss-sha256-mgf1-sha384",
    "rsa-pss-sha256-mgf1-sha512",
    "rsa-pss-sha256-mgf1-sha3-256",
    "rsa-pss-sha256-mgf1-sha3-384",
    "rsa-pss-sha256-mgf1-sha3-512",
    "rsa-pss-sha384-mgf1-sha1",
    "rsa-pss-sha384-mgf1-sha224",
    "rsa-pss-sha384-mgf1-sha256",
    "rsa-pss-sha384-mgf1-sha512",
    "rsa-pss-sha384-mgf1-sha3-256",
    "rsa-pss-sha384-mgf1-sha3-384",
    "rsa-pss-sha384-mgf1-sha3-512",
    "rsa-pss-sha512-mgf1-sha1",
    "rsa-pss-sha512-mgf1-sha224",
    "rsa-pss-sha512-mgf1-sha256",
    "rsa-pss-sha512-mgf1-sha384",
    "rsa-pss-sha512-mgf1-sha3-256",
    "rsa-pss-sha512-mgf1-sha3-384",
    "rsa-pss-sha512-mgf1-sha3-512",
    "rsa-pss-sha3-256-mgf1-sha1",
    "rsa-pss-sha3-256-mgf1-sha224",
    "rsa-pss-sha3-256-mgf1-sha256",
    "rsa-pss-sha3-256-mgf1-sha384",
    "rsa-pss-sha3-256-mgf1-sha512",
    "rsa-pss-sha3-256-mgf1-sha3-384",
    "rsa-pss-sha3-256-mgf1-sha3-512",
    "rsa-pss-sha3-384-mgf1-sha1",
    "rsa-pss-sha3-384-mgf1-sha224",
    "rsa-pss-sha3-384-mgf1-sha256",
    "rsa-pss-sha3-384-mgf1-sha384",
    "rsa-pss-sha3-384-mgf1-sha512",
    "rsa-pss-sha3-384-mgf1-sha3-256",
    "rsa-pss-sha3-384-mgf1-sha3-512",
    "rsa-pss-sha3-512-mgf1-sha1",
    "rsa-pss-sha3-512-mgf1-sha224",
    "rsa-pss-sha3-512-mgf1-sha256",
    "rsa-pss-sha3-512-mgf1-sha384",
    "rsa-pss-sha3-512-mgf1-sha512",
    "rsa-pss-sha3-512-mgf1-sha3-256",
    "rsa-pss-sha3-512-mgf1-sha3-384",
];

/// RSAES-OAEP with whatever digests: none of them has to resist collisions here.
const OAEP: &[&str] = &[
    "rsa-oaep-sha1",
    "rsa-oaep-sha224",
    "rsa-oaep-sha256",
    "rsa-oaep-sha384",
    "rsa-oaep-sha512",
    "rsa-oaep-sha3-256",
    "rsa-oaep-sha3-384",
    "rsa-oaep-sha3-512",
    "rsa-oaep-sha1-mgf1-sha224",
    "rsa-oaep-sha1-mgf1-sha256",
    "rsa-oaep-sha1-mgf1-sha384",
    "rsa-oaep-sha1-mgf1-sha512",
    "rsa-oaep-sha1-mgf1-sha3-256",
    "rsa-oaep-sha1-mgf1-sha3-384",
    "rsa-oaep-sha1-mgf1-sha3-512",
    "rsa-oaep-sha224-mgf1-sha1",
    "rsa-oaep-sha224-mgf1-sha256",
    "rsa-oaep-sha224-mgf1-sha384",
    "rsa-oaep-sha224-mgf1-sha512",
    "rsa-oaep-sha224-mgf1-sha3-256",
    "rsa-oaep-sha224-mgf1-sha3-384",
    "rsa-oaep-sha224-mgf1-sha3-512",
    "rsa-oaep-sha256-mgf1-sha1",
    "rsa-oaep-sha256-mgf1-sha224",
    "rsa-oaep-sha256-mgf1-sha384",
    "rsa-oaep-sha256-mgf1-sha512",
    "rsa-oaep-sha256-mgf1-sha3-256",
    "rsa-oaep-sha256-mgf1-sha3-384",
    "rsa-oaep-sha256-mgf1-sha3-512",
    "rsa-oaep-sha384-mgf1-sha1",
    "rsa-oaep-sha384-mgf1-sha224",
    "rsa-oaep-sha384-mgf1-sha256",
    "rsa-oaep-sha384-mgf1-sha512",
    "rsa-oaep-sha384-mgf1-sha3-256",
    "rsa-oaep-sha384-mgf1-sha3-384",
    "rsa-oaep-sha384-mgf1-sha3-512",
    "rsa-oaep-sha512-mgf1-sha1",
    "rsa-oaep-sha512-mgf1-sha224",
    "rsa-oaep-sha512-mgf1-sha256",
    "rsa-oaep-sha512-mgf1-sha384",
    "rsa-oaep-sha512-mgf1-sha3-256",
    "rsa-oaep-sha512-mgf1-sha3-384",
    "rsa-oaep-sha512-mgf1-sha3-512",
    "rsa-oaep-sha3-256-mgf1-sha1",
    "rsa-oaep-sha3-256-mgf1-sha224",
    "rsa-oaep-sha3-256-mgf1-sha256",
    "rsa-oaep-sha3-256-mgf1-sha384",
    "rsa-oaep-sha3-256-mgf1-sha512",
    "rsa-oaep-sha3-256-mgf1-sha3-384",
    "rsa-oaep-sha3-256-mgf1-sha3-512",
    "rsa-oaep-sha3-384-mgf1-sha1",
    "rsa-oaep-sha3-384-mgf1-sha224",
    "rsa-oaep-sha3-384-mgf1-sha256",
    "rsa-oaep-sha3-384-mgf1-sha384",
    "rsa-oaep-sha3-384-mgf1-sha512",
    "rsa-oaep-sha3-384-mgf1-sha3-256",
    "rsa-oaep-sha3-384-mgf1-sha3-512",
    "rsa-oaep-sha3-512-mgf1-sha1",
    "rsa-oaep-sha3-512-mgf1-sha224",
    "rsa-oaep-sha3-512-mgf1-sha256",
    "rsa-oaep-sha3-512-mgf1-sha384",
    "rsa-oaep-sha3-512-mgf1-sha512",
    "rsa-oaep-sha3-512-mgf1-sha3-256",
    "rsa-oaep-sha3-512-mgf1-sha3-384",
];

const BRAINPOOL_R1: &[&str] = &["brainpool-p256r1", "brainpool-p320r1", "brainpool-p384r1", "brainpool-p512r1"];

const BRAINPOOL_T1: &[&str] = &["brainpool-p256t1", "brainpool-p320t1", "brainpool-p384t1", "brainpool-p512t1"];

const TABLE: &[Entry] = &[
    // Digests.
    entry(&[Sign], &["sha256"], Prefer, "RFC 8551 §2.1"),
    entry(&[Sign], &["sha384", "sha512"], Accept, "RFC 8551 §2.1"),
    entry(&[Verify, Certify], &["sha256", "sha384", "sha512"], Accept, "RFC 8551 §2.1"),
    entry(&[Sign, Verify], &["sha3-256", "sha3-384", "sha3-512"], Accept, "RFC 9688 §2"),
    entry(&[Sign, Verify], &["shake128", "shake256", "shake256-len"], Accept, "RFC 8702 §3.1"),
    entry(&[Verify], &["sha224"], Warn, "RFC 8551 §2.1"),
    entry(SIGNATURES, &["sha1"], Reject, "RFC 8551 §B.1"),
    entry(SIGNATURES, &["md5"], Reject, "RFC 8551 §B.1, RFC 6151 §2"),
    // Signatures.
    entry(SIGNATURES, &["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"], Accept, "RFC 5754 §3.3"),
    entry(SIGNATURES, &["rsa-pkcs1-sha256", "rsa-pkcs1-sha384", "rsa-pkcs1-sha512"], Accept, "RFC 5754 §3.2"),
    entry(SIGNATURES, &["rsa-pss-sha256", "rsa-pss-sha384", "rsa-pss-sha512"], Accept, "RFC 4056 §3"),
    // One digest for both is only a SHOULD.
    entry(&[Verify], PSS_OF_TWO_DIGESTS, Warn, "RFC 4056 §3"),
    entry(&[Verify], &["ecdsa-sha224", "rsa-pkcs1-sha224", "rsa-pss-sha224"], Warn, "RFC 5754 §2.1"),
    entry(SIGNATURES, &["ecdsa-sha1", "rsa-pkcs1-sha1", "rsa-pss-sha1"], Reject, "RFC 8551 §B.2"),
    entry(SIGNATURES, &["rsa-pkcs1-md5"], Reject, "RFC 8551 §B.2, RFC 6151 §2"),
    entry(SIGNATURES, &["ecdsa-shake128", "ecdsa-shake256"], Accept, "RFC 8702 §3.2"),
    entry(SIGNATURES, &["rsa-pss-shake128", "rsa-pss-shake256"], Accept, "RFC 8702 §3.2"),
    entry(SIGNATURES, &["ecdsa-sha3-256", "ecdsa-sha3-384", "ecdsa-sha3-512"], Accept, "RFC 9688 §3"),
    entry(SIGNATURES, &["rsa-pkcs1-sha3-256", "rsa-pkcs1-sha3-384", "rsa-pkcs1-sha3-512"], Accept, "RFC 9688 §3"),
    entry(SIGNATURES, &["rsa-pss-sha3-256", "rsa-pss-sha3-384", "rsa-pss-sha3-512"], Accept, "RFC 4056 §3"),
    // The key and the signature algorithm of RFC 8419 have one name.
    entry(SIGNATURES, &["ed25519"], Accept, "RFC 8551 §2.2"),
    entry(SIGNATURES, &["dsa", "dsa-sha1", "dsa-sha224", "dsa-sha256"], Reject, "RFC 8551 §B.2"),
    entry(SIGNATURES, &["ed448"], Accept, "RFC 8419 §3"),
    entry(SIGNATURES, SLH_DSA, Accept, "RFC 9814 §3"),
    // In certificates; messages have the pure mode.
    entry(&[Certify], HASH_SLH_DSA, Accept, "RFC 9909 §3"),
    entry(&[Verify], HASH_SLH_DSA, Reject, "RFC 9882 §3.1"),
    // A digest shorter than the set is strong.
    entry(
        &[Verify],
        &["slh-dsa-with-sha256", "slh-dsa-with-sha384", "slh-dsa-with-sha3-256", "slh-dsa-with-sha3-384"],
        Warn,
        "RFC 9814 §4",
    ),
    entry(&[Verify], &["slh-dsa-with-shake128"], Warn, "RFC 9814 §4"),
    // The key and its signatures have one name. Who signs must keep a state, which nothing here keeps.
    entry(&[Verify, Certify], &["hss-lms"], Accept, "RFC 9708 §5"),
    // A digest that is not the hash function of the trees, but as strong.
    entry(
        &[Verify],
        &["hss-lms-sha384", "hss-lms-sha512", "hss-lms-sha3-256", "hss-lms-sha3-384", "hss-lms-sha3-512"],
        Warn,
        "RFC 9708 §5",
    ),
    entry(&[Sign], &["hss-lms"], Reject, "RFC 9708 §6"),
    // Nobody but those who ask for it writes what is still a draft.
    entry(&[Verify, Certify], COMPOSITES, Accept, "draft-ietf-lamps-pq-composite-sigs-19 §6"),
    entry(&[Verify, Certify], OTHER_COMPOSITES, Warn, "draft-ietf-lamps-pq-composite-sigs-19 §6"),
    entry(&[Sign], COMPOSITES, Reject, "draft-ietf-lamps-pq-composite-sigs-19 §6"),
    // Of ML-DSA too; with another digest than SHA-512 the signature has a name of its own.
    entry(SIGNATURES, &["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"], Accept, "RFC 9882 §3.3"),
    entry(
        &[Sign, Verify],
        &[
            "ml-dsa-44-sha256",
            "ml-dsa-44-sha384",
            "ml-dsa-44-sha3-256",
            "ml-dsa-44-sha3-384",
            "ml-dsa-44-sha3-512",
            "ml-dsa-44-shake128",
            "ml-dsa-44-shake256",
            "ml-dsa-65-sha384",
            "ml-dsa-65-sha3-384",
            "ml-dsa-65-sha3-512",
            "ml-dsa-65-shake256",
            "ml-dsa-87-sha3-512",
            "ml-dsa-87-shake256",
        ],
        Accept,
        "RFC 9882 §3.3",
    ),
    entry(
        &[Verify],
        &[
            "ml-dsa-65-sha256",
            "ml-dsa-65-sha3-256",
            "ml-dsa-65-shake128",
            "ml-dsa-87-sha256",
            "ml-dsa-87-sha384",
            "ml-dsa-87-sha3-256",
            "ml-dsa-87-sha3-384",
            "ml-dsa-87-shake128",
        ],
        Warn,
        "RFC 9882 §3.3",
    ),
    // Keys.
    entry(&[Sign, Verify, Certify, Encrypt, Decrypt], &["p256", "p384", "p521"], Accept, "RFC 8550 §4.3"),
    // Read wherever they are, and encrypted to where the German guideline has them; nothing is signed with them.
    entry(&[Verify, Certify, Decrypt], BRAINPOOL_R1, Accept, "RFC 5639 §3"),
    entry(&[Verify, Certify, Decrypt], BRAINPOOL_T1, Accept, "RFC 5639 §3"),
    entry(&[Encrypt], BRAINPOOL_R1, Accept, "BSI TR-03116-4, RFC 5639 §3"),
    entry(&[Encrypt, Decrypt], &["x25519"], Accept, "RFC 8551 §2.3"),
    entry(&[Encrypt, Decrypt], &["x448"], Accept, "RFC 8418 §2"),
    entry(&[Encrypt, Decrypt], &["ml-kem-512", "ml-kem-768", "ml-kem-1024"], Accept, "RFC 9936 §2"),
    // Read, and written once the draft is a standard or the policy says so.
    entry(&[Decrypt], COMPOSITE_KEM, Accept, "draft-ietf-lamps-cms-composite-kem"),
    entry(&[Encrypt], COMPOSITE_KEM, Reject, "draft-ietf-lamps-cms-composite-kem"),
    rsa(&[Sign], Some(2048), Some(8192), Accept, "RFC 8551 §4.2"),
    rsa(&[Verify], Some(2048), Some(4096), Accept, "RFC 8551 §4.3"),
    rsa(&[Verify], Some(4097), Some(8192), Warn, "RFC 8551 §4.3"),
    rsa(&[Certify], Some(2048), Some(8192), Accept, "RFC 8550 §4.3"),
    rsa(&[Encrypt], Some(2048), Some(8192), Accept, "RFC 8551 §4.4"),
    rsa(&[Decrypt], Some(2048), Some(8192), Accept, "RFC 8551 §4.5"),
    rsa(&[Decrypt], Some(1024), Some(2047), Warn, "RFC 8551 §4.5"),
    rsa(&[Sign], None, Some(2047), Reject, "RFC 8551 §4.2"),
    rsa(&[Verify], None, Some(2047), Reject, "RFC 8551 §4.3"),
    rsa(&[Certify], None, Some(2047), Reject, "RFC 8550 §4.3"),
    rsa(&[Encrypt], None, Some(2047), Reject, "RFC 8551 §4.4"),
    rsa(&[Sign, Verify, Certify, Encrypt, Decrypt], Some(8193), None, Reject, "RFC 8551 §6"),
    // Content encryption.
    entry(&[Encrypt], &["aes-256-gcm"], Prefer, "RFC 8551 §2.7"),
    entry(&[Encrypt], &["aes-128-gcm", "chacha20-poly1305", "aes-128-cbc"], Accept, "RFC 8551 §2.7"),
    entry(&[Encrypt, Decrypt], &["aes-192-gcm"], Accept, "RFC 5084 §1.5"),
    entry(&[Encrypt, Decrypt], &["aes-192-cbc", "aes-256-cbc"], Accept, "RFC 3565 §2.2"),
    entry(&[Decrypt], &["aes-256-gcm", "aes-128-gcm", "chacha20-poly1305", "aes-128-cbc"], Accept, "RFC 8551 §2.7"),
    entry(&[Decrypt], &["des-ede3-cbc"], Warn, "RFC 8551 §B.3"),
    entry(&[Encrypt], &["des-ede3-cbc"], Reject, "RFC 8551 §B.3"),
    entry(&[Encrypt, Decrypt], &["aes-128-ccm", "aes-192-ccm", "aes-256-ccm"], Accept, "RFC 5084 §1.4"),
    entry(&[Decrypt], &["rc2-128-cbc"], Warn, "RFC 8551 §B.3"),
    entry(&[Decrypt], &["rc2-64-cbc", "rc2-40-cbc"], Reject, "RFC 8551 §B.3"),
    // Key transport. OAEP is sound whatever its digests; others than SHA-256 are written to keys that demand them.
    entry(&[Encrypt], &["rsa-oaep-sha256"], Prefer, "RFC 8551 §2.3"),
    entry(&[Encrypt, Decrypt], &["rsa-pkcs1"], Accept, "RFC 8551 §2.3"),
    entry(&[Encrypt, Decrypt], OAEP, Accept, "RFC 3560 §1.3, RFC 4055 §4.1"),
    // Key agreement. What OpenSSL writes by default uses the KDF with SHA-1, so that is read.
    entry(
        &[Encrypt, Decrypt],
        &["ecdh-x963-sha256", "ecdh-x963-sha384", "ecdh-x963-sha512"],
        Accept,
        "RFC 5753 §7.1.4",
    ),
    entry(&[Encrypt, Decrypt], &["ecdh-hkdf-sha256", "ecdh-hkdf-sha384", "ecdh-hkdf-sha512"], Accept, "RFC 8418 §2.1"),
    entry(&[Decrypt], &["ecdh-x963-sha1", "ecdh-x963-sha224"], Accept, "RFC 5753 §7.1.4"),
    entry(&[Encrypt], &["ecdh-x963-sha1", "ecdh-x963-sha224"], Reject, "RFC 8551 §2.3"),
    entry(&[Encrypt, Decrypt], &["aes-128-wrap", "aes-192-wrap", "aes-256-wrap"], Accept, "RFC 3565 §2.3.2"),
    entry(&[Decrypt], &["des-ede3-wrap", "rc2-128-wrap"], Warn, "RFC 3217 §1"),
    entry(&[Decrypt], &["camellia-128-wrap", "camellia-192-wrap", "camellia-256-wrap"], Warn, "RFC 3657 §3"),
    entry(&[Decrypt], &["aria-128-wrap", "aria-192-wrap", "aria-256-wrap"], Warn, "RFC 5794 §1"),
    entry(&[Decrypt], &["seed-wrap"], Warn, "RFC 4010 §2"),
];

#[cfg(test)]
mod tests {
    use crypto::{ContentCipher, KeyWrap};

    use super::*;
    use crate::algorithm::Algorithm;
    use crate::policy::Judgement;

    /// Each cipher and key wrap that is read has a row of its own: with a word, or refused where it hides nothing; and
    /// none is written.
    #[test]
    fn historic_ciphers_are_read_and_never_written() {
        let policy = Policy::standard();
        let now = wire::Time(1_800_000_000);
        let judged = |use_, algorithm: Algorithm| -> (Standing, bool) {
            let Judgement { standing, row, .. } = policy.judge(use_, &algorithm, now);
            (standing, row.is_some())
        };
        for old in OldCipher::all() {
            let cipher = ContentCipher::Old(old);
            let expected = if cipher.is_broken() { Standing::Reject } else { Standing::Warn };
            assert_eq!(judged(Use::Decrypt, cipher.into()), (expected, true), "{cipher}");
            assert_eq!(judged(Use::Encrypt, cipher.into()), (Standing::Reject, false), "{cipher}");
        }
        for wrap in [KeyWrap::Des3, KeyWrap::Rc2, KeyWrap::Camellia192, KeyWrap::Aria256, KeyWrap::Seed] {
            assert_eq!(judged(Use::Decrypt, wrap.into()), (Standing::Warn, true), "{wrap}");
            assert_eq!(judged(Use::Encrypt, wrap.into()).0, Standing::Reject, "{wrap}");
        }
    }
}
