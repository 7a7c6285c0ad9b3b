//! Bouncy Castle, by the program of `java/Peer.java`, compiled against Debian's packages.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Lab, has, letters, tell};

const JARS: [&str; 3] = ["/usr/share/java/bcprov.jar", "/usr/share/java/bcpkix.jar", "/usr/share/java/bcutil.jar"];

/// The peer's process: it obeys one line after the other, for a virtual machine takes long to start.
struct Castle {
    child: Child,
    orders: Option<ChildStdin>,
    answers: RefCell<BufReader<ChildStdout>>,
    /// Where its classes are.
    _classes: Lab,
}

impl Castle {
    fn new() -> Option<Castle> {
        if !has("openssl") || !has("javac") || !has("java") {
            return None;
        }
        if let Some(missing) = JARS.iter().find(|jar| !Path::new(jar).is_file()) {
            assert!(std::env::var_os("SEALPOST_REQUIRE").is_none(), "{missing} is required and not installed");
            tell("skipped, install libbcpkix-java");
            return None;
        }
        let classes = Lab::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/interop/java/Peer.java");
        let jars = JARS.join(":");
        classes.ok("javac", &format!("-cp {jars} -d . {}", source.to_str().unwrap()));
        let mut child = Command::new("java")
            .args(["-cp", &format!("{jars}:{}", classes.0.to_str().unwrap()), "Peer"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, answers) = (child.stdin.take(), child.stdout.take().unwrap());
        Some(Castle { child, orders, answers: RefCell::new(BufReader::new(answers)), _classes: classes })
    }

    fn answer(&self, lab: &Lab, order: &str) -> String {
        let mut orders = self.orders.as_ref().unwrap();
        writeln!(orders, "{} {order}", lab.0.to_str().unwrap()).unwrap();
        let mut answer = String::new();
        self.answers.borrow_mut().read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    #[track_caller]
    fn ok(&self, lab: &Lab, order: &str) {
        let answer = self.answer(lab, order);
        assert_eq!(answer, "ok", "{order}");
    }
}

impl Drop for Castle {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}

#[test]
fn bouncy_castle_signatures_both_ways() {
    let Some(castle) = Castle::new() else { return };
    let mut made = 0;
    for (kind, algorithm, ours) in SIGNERS {
        let lab = Lab::new();
        lab.person(kind, "digitalSignature");
        for letter in letters() {
            lab.write("m", &letter);
            for form in ["attached", "attached:ski"] {
                castle.ok(&lab, &format!("sign {algorithm} {form} m t"));
                assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{algorithm} {form}");
            }
            castle.ok(&lab, &format!("sign {algorithm} detached m t"));
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt --content m t"), letter, "{algorithm} detached");
            for named in ours.iter().flat_map(|_| ["", "--key-id"]) {
                let options = format!("{} {named}", ours.unwrap_or_default());
                lab.ok("sealpost", &format!("cms sign --cert k.crt --key k.key {options} --form der m -o s --force"));
                castle.ok(&lab, "verify s o");
                assert_eq!(lab.read("o"), letter, "{algorithm} made here {options}");
                made += 1;
            }
        }
        // One flip: neither of us lets it pass.
        let flip = |name: &str| {
            let mut message = lab.read(name);
            let last = message.len() - 40;
            message[last] ^= 1;
            lab.write(name, &message);
        };
        flip("t");
        assert_ne!(lab.run("sealpost", "cms verify --trust k.crt --content m t").0, 0, "{algorithm} flipped");
        if ours.is_some() {
            flip("s");
            assert_ne!(castle.answer(&lab, "verify s o"), "ok", "{algorithm} flipped");
        }
    }
    tell(&format!("Bouncy Castle: {} kinds of signatures, {made} letters signed here", SIGNERS.len()));
}

#[test]
fn bouncy_castle_recipients_both_ways() {
    let Some(castle) = Castle::new() else { return };
    let (mut theirs_read, mut ours_read) = (0, 0);
    for (kind, usage, theirs, ours) in RECIPIENTS {
        let lab = Lab::new();
        lab.person(kind, usage);
        for letter in letters() {
            lab.write("m", &letter);
            for (number, management) in theirs.iter().enumerate() {
                // Every cipher with the first way for the key, and two with the others, for the small letter.
                let ciphers = match (number, letter.len()) {
                    (0, _) => CIPHERS,
                    (_, ..1000) => &["aes-128-cbc", "aes-256-gcm"],
                    _ => continue,
                };
                for cipher in ciphers {
                    castle.ok(&lab, &format!("encrypt {cipher} {management} m t"));
                    let opened = lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t");
                    assert_eq!(opened, letter, "{management} {cipher}");
                    theirs_read += 1;
                }
            }
            for cipher in CIPHERS.iter().filter(|cipher| written(cipher)) {
                // Bouncy Castle 1.72 opens no AuthEnvelopedData by key agreement.
                if !cipher.ends_with("cbc") && kind.contains("ec ") {
                    continue;
                }
                for options in *ours {
                    let line = format!("cms encrypt --to k.crt --cipher {cipher} {options} --form der m -o s --force");
                    lab.ok("sealpost", &line);
                    castle.ok(&lab, "decrypt s o");
                    assert_eq!(lab.read("o"), letter, "{kind} {line}");
                    ours_read += 1;
                }
            }
        }
    }
    tell(&format!("Bouncy Castle: {theirs_read} letters encrypted by it, {ours_read} by us"));
}

/// Keys that both sides hold, and passwords: KEKRI and PWRI (RFC 5652 §6.2.3, §6.2.4).
#[test]
fn bouncy_castle_shared_secrets_both_ways() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "keyEncipherment");
    lab.write("word", b"secret\n");
    for (theirs, back, ours) in SHARED {
        if let Some(("shared", key)) = back.split_once(':') {
            lab.write("kek", key.as_bytes());
        }
        let [letter, _] = letters();
        lab.write("m", &letter);
        for cipher in ["aes-128-cbc", "aes-256-cbc", "aes-256-gcm"] {
            castle.ok(&lab, &format!("encrypt {cipher} {theirs} m t"));
            assert_eq!(lab.ok("sealpost", &format!("cms decrypt -q {ours} t")), letter, "{theirs} {cipher}");
        }
        // Bouncy Castle 1.72 opens no AuthEnvelopedData by either.
        lab.ok("sealpost", &format!("cms encrypt {ours} --cipher aes-256-cbc --form der m -o s --force"));
        castle.ok(&lab, &format!("decrypt {back} s o"));
        assert_eq!(lab.read("o"), letter, "{ours}");
    }
}

/// AEAD ciphers in EnvelopedData, as it wrote them before it knew better, and RC2 with keys that anybody can guess.
#[test]
fn bouncy_castle_s_damaged_mail_is_opened_when_asked_for() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "keyEncipherment");
    for letter in letters() {
        lab.write("m", &letter);
        for cipher in DAMAGED {
            castle.ok(&lab, &format!("encrypt {cipher} pkcs1 m t"));
            let (code, out, told) = lab.run("sealpost", "cms decrypt --key k.key --cert k.crt t");
            assert_eq!((code, out.len()), (13, 0), "{cipher} {told}");
            let (code, out, told) = lab.run("sealpost", "cms decrypt --import-damaged --key k.key --cert k.crt t");
            assert!(code == 0 && out == letter && told.contains("unauthenticated"), "{cipher} {code} {told}");
        }
    }
}

/// RFC 3274.
#[test]
fn bouncy_castle_compresses_and_expands() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "keyEncipherment");
    for letter in letters() {
        lab.write("m", &letter);
        castle.ok(&lab, "compress m t");
        assert_eq!(lab.ok("sealpost", "cms decompress t"), letter);
        lab.ok("sealpost", "cms compress --form der m -o s --force");
        castle.ok(&lab, "decompress s o");
        assert_eq!(lab.read("o"), letter);
    }
}

/// CMS-11: signatures over signatures.
#[test]
fn bouncy_castle_countersignatures_are_shown() {
    let Some(castle) = Castle::new() else { return };
    for (kind, algorithm, ours) in SIGNERS {
        let (Some(options), false) = (ours, kind.contains("ed25519")) else { continue };
        let lab = Lab::new();
        lab.person(kind, "digitalSignature");
        lab.write("m", b"text\r\n");
        lab.ok("sealpost", &format!("cms sign --cert k.crt --key k.key {options} --form der m -o s --force"));
        castle.ok(&lab, &format!("countersign {algorithm} s t"));
        let shown = String::from_utf8(lab.ok("sealpost", "cms verify --trust k.crt --json -o o --force t")).unwrap();
        let counter = &shown[shown.find("countersignatures").expect(&shown)..];
        assert!(counter.contains("\"signature\": \"good\"") && !shown.contains("countersignature-bad"), "{shown}");
    }
}

/// AuthenticatedData (RFC 5652 §9), with attributes and without.
#[test]
fn bouncy_castle_codes_are_checked() {
    let Some(castle) = Castle::new() else { return };
    for (kind, usage, management) in [(RSA, "keyEncipherment", "pkcs1"), (P256, "keyAgreement", "ecdh:SHA-256:256")] {
        let lab = Lab::new();
        lab.person(kind, usage);
        for letter in letters() {
            lab.write("m", &letter);
            for (mac, digest) in CODES {
                castle.ok(&lab, &format!("authenticate {mac} {digest} {management} m t"));
                assert_eq!(lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t"), letter, "{mac} {digest}");
                let mut changed = lab.read("t");
                let at = changed.windows(letter.len().min(40)).position(|w| letter.starts_with(w)).unwrap();
                changed[at] ^= 1;
                lab.write("t", &changed);
                assert_eq!(
                    lab.run("sealpost", "cms decrypt --key k.key --cert k.crt t").0,
                    29,
                    "{mac} {digest} flipped"
                );
            }
        }
    }
}

/// HMAC and the digest of the content, where there are attributes. SHA-1 has keys of 20 octets, which AES wraps not.
const CODES: &[(&str, &str)] = &[
    ("1.2.840.113549.2.9", "none"),
    ("1.2.840.113549.2.9", "2.16.840.1.101.3.4.2.1"),
    ("1.2.840.113549.2.10", "2.16.840.1.101.3.4.2.3"),
    ("1.2.840.113549.2.11", "none"),
    ("1.2.840.113549.2.11", "2.16.840.1.101.3.4.2.1"),
];

const RSA: &str = "-newkey rsa:2048";
const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
const P384: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-384";
const P521: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-521";
const BRAINPOOL: &str = "-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP384r1";

/// The key, its signature by Bouncy Castle's name, and the options with which we make the same; none where we sign so
/// no more, or never did.
const SIGNERS: &[(&str, &str, Option<&str>)] = &[
    (RSA, "SHA224withRSA", None),
    (RSA, "SHA256withRSA", Some("")),
    (RSA, "SHA384withRSA", Some("--digest sha384")),
    (RSA, "SHA512withRSA", Some("--digest sha512")),
    (RSA, "SHA3-256withRSA", Some("--digest sha3-256")),
    (RSA, "SHA3-384withRSA", Some("--digest sha3-384")),
    (RSA, "SHA3-512withRSA", Some("--digest sha3-512")),
    (RSA, "SHA256withRSAandMGF1", Some("--pss")),
    (RSA, "SHA384withRSAandMGF1", Some("--pss --digest sha384")),
    (RSA, "SHA512withRSAandMGF1", Some("--pss --digest sha512")),
    (RSA, "SHA3-256withRSAandMGF1", Some("--pss --digest sha3-256")),
    (RSA, "SHA3-512withRSAandMGF1", Some("--pss --digest sha3-512")),
    (RSA, "SHAKE128WITHRSAPSS", Some("--pss --digest shake128")),
    (RSA, "SHAKE256WITHRSAPSS", Some("--pss --digest shake256")),
    (P256, "SHA224withECDSA", None),
    (P256, "SHA256withECDSA", Some("")),
    (P384, "SHA384withECDSA", Some("")),
    (P521, "SHA512withECDSA", Some("")),
    (P256, "SHA3-256withECDSA", Some("--digest sha3-256")),
    (P384, "SHA3-384withECDSA", Some("--digest sha3-384")),
    (P521, "SHA3-512withECDSA", Some("--digest sha3-512")),
    (P256, "SHAKE128withECDSA", Some("--digest shake128")),
    (P384, "SHAKE256withECDSA", Some("--digest shake256")),
    (BRAINPOOL, "SHA384withECDSA", None),
    ("-newkey ed25519", "Ed25519", Some("")),
    ("-newkey ed448", "Ed448", Some("")),
];

type Kind = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// The key and its usage, how Bouncy Castle encrypts to it, and how we do.
const RECIPIENTS: &[Kind] = &[
    (
        RSA,
        "keyEncipherment",
        &[
            "pkcs1",
            "pkcs1:ski",
            "oaep:SHA-1:SHA-1",
            "oaep:SHA-224:SHA-224",
            "oaep:SHA-256:SHA-256",
            "oaep:SHA-512:SHA-512",
            "oaep:SHA-256:SHA-1",
            "oaep:SHA-384:SHA-512:label",
            "oaep:SHA3-256:SHA3-256",
        ],
        &["--rsa oaep", "--rsa pkcs1", "--rsa oaep --key-id"],
    ),
    (
        P256,
        "keyAgreement",
        &[
            "ecdh:SHA-256:128",
            "ecdh:SHA-1:128",
            "ecdh:SHA-224:128",
            "ecdh:SHA-256:192",
            "ecdh:SHA-256:256",
            "ecdh:SHA-384:256",
            "ecdh:SHA-512:256",
            "ecdh:SHA-256:256:ski",
            "ecdh:SHA-256:256:two",
            "cofactor:SHA-1:128",
            "cofactor:SHA-256:256",
            "cofactor:SHA-512:256",
        ],
        &["", "--key-id"],
    ),
    (P384, "keyAgreement", &["ecdh:SHA-384:256", "ecdh:SHA-256:256", "cofactor:SHA-384:192:ski"], &[""]),
    (P521, "keyAgreement", &["ecdh:SHA-512:256", "ecdh:SHA-384:256", "cofactor:SHA-512:256:two"], &["", "--key-id"]),
    (BRAINPOOL, "keyAgreement", &["ecdh:SHA-384:256", "cofactor:SHA-384:256"], &[""]),
];

const CIPHERS: &[&str] = &[
    "aes-128-cbc",
    "aes-192-cbc",
    "aes-256-cbc",
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
    "aes-128-ccm",
    "aes-192-ccm",
    "aes-256-ccm",
    "des-ede3-cbc",
    "camellia-128-cbc",
    "camellia-192-cbc",
    "camellia-256-cbc",
    "rc2-128",
];

/// Not what we read of old mail alone.
fn written(cipher: &str) -> bool {
    cipher.starts_with("aes")
}

/// Bouncy Castle's word for a shared secret, the one by which it opens, and our options for both.
const SHARED: &[(&str, &str, &str)] = &[
    (
        "shared:0102:000102030405060708090a0b0c0d0e0f",
        "shared:000102030405060708090a0b0c0d0e0f",
        "--kek-file kek --kek-id 0102",
    ),
    (
        "shared:03:000102030405060708090a0b0c0d0e0f1011121314151617",
        "shared:000102030405060708090a0b0c0d0e0f1011121314151617",
        "--kek-file kek --kek-id 03",
    ),
    (
        "shared:03:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "shared:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "--kek-file kek --kek-id 03",
    ),
    ("password:secret:SHA-1:aes-128-cbc", "password:secret", "--password-file word"),
    ("password:secret:SHA-1:des-ede3-cbc", "password:secret", "--password-file word"),
    ("password:secret:SHA-224:aes-192-cbc", "password:secret", "--password-file word"),
    ("password:secret:SHA-256:aes-256-cbc", "password:secret", "--password-file word"),
    ("password:secret:SHA-384:aes-256-cbc", "password:secret", "--password-file word"),
    ("password:secret:SHA-512:aes-256-cbc", "password:secret", "--password-file word"),
];

/// ChaCha20-Poly1305 has no other place there in 1.72.
const DAMAGED: &[&str] = &[
    "enveloped-aes-128-gcm",
    "enveloped-aes-256-gcm",
    "enveloped-aes-128-ccm",
    "enveloped-aes-256-ccm",
    "enveloped-chacha20-poly1305",
    "rc2-40",
    "rc2-64",
];
