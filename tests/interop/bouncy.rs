//! Bouncy Castle, by the program of `java/Peer.java`, compiled against Debian's packages.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Lab, has, letters};

const JARS: [&str; 3] = ["/usr/share/java/bcprov.jar", "/usr/share/java/bcpkix.jar", "/usr/share/java/bcutil.jar"];

/// The peer's process: it obeys one line after the other, for a virtual machine takes long to start.
pub struct Castle {
    child: Child,
    orders: Option<ChildStdin>,
    answers: RefCell<BufReader<ChildStdout>>,
    /// Where its classes are.
    _classes: Lab,
}

impl Castle {
    pub fn new() -> Option<Castle> {
        if !has("openssl") || !has("javac") || !has("java") {
            return None;
        }
        if let Some(missing) = JARS.iter().find(|jar| !Path::new(jar).is_file()) {
            assert!(std::env::var_os("SEALPOST_REQUIRE").is_none(), "{missing} is required and not installed");
            eprintln!("skipped, install libbcpkix-java");
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
    pub fn ok(&self, lab: &Lab, order: &str) {
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
    for (kind, algorithm, ours) in SIGNERS {
        let lab = Lab::new();
        lab.person(kind, "digitalSignature");
        for letter in letters() {
            lab.write("m", &letter);
            castle.ok(&lab, &format!("sign {algorithm} attached m t"));
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{algorithm}");
            castle.ok(&lab, &format!("sign {algorithm} detached m t"));
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt --content m t"), letter, "{algorithm} detached");
            let Some(options) = ours else { continue };
            lab.ok("sealpost", &format!("cms sign --cert k.crt --key k.key {options} --form der m -o s --force"));
            castle.ok(&lab, "verify s o");
            assert_eq!(lab.read("o"), letter, "{algorithm} made here");
        }
        // One flip: neither of us lets it pass.
        for (name, message) in [("t", lab.read("t")), ("s", lab.read("s"))] {
            let mut message = message;
            let last = message.len() - 40;
            message[last] ^= 1;
            lab.write(name, &message);
        }
        assert_ne!(lab.run("sealpost", "cms verify --trust k.crt --content m t").0, 0, "{algorithm} flipped");
        assert_ne!(castle.answer(&lab, "verify s o"), "ok", "{algorithm} flipped");
    }
}

#[test]
fn bouncy_castle_recipients_both_ways() {
    let Some(castle) = Castle::new() else { return };
    let mut count = 0;
    for (kind, usage, theirs, ours) in RECIPIENTS {
        let lab = Lab::new();
        lab.person(kind, usage);
        for letter in letters() {
            lab.write("m", &letter);
            for cipher in CIPHERS {
                for management in *theirs {
                    castle.ok(&lab, &format!("encrypt {cipher} {management} m t"));
                    let opened = lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t");
                    assert_eq!(opened, letter, "{management} {cipher}");
                    count += 1;
                }
                // Bouncy Castle 1.72 opens no AuthEnvelopedData by key agreement.
                if READ_ONLY.contains(cipher) || (cipher.ends_with("gcm") && kind.contains("ec ")) {
                    continue;
                }
                for options in *ours {
                    let line = format!("cms encrypt --to k.crt --cipher {cipher} {options} --form der m -o s --force");
                    lab.ok("sealpost", &line);
                    castle.ok(&lab, "decrypt s o");
                    assert_eq!(lab.read("o"), letter, "{kind} {line}");
                }
            }
        }
    }
    println!("Bouncy Castle: {count} letters encrypted by it");
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
    for (kind, usage, management) in [
        ("-newkey rsa:2048", "keyEncipherment", "pkcs1"),
        ("-newkey ec -pkeyopt ec_paramgen_curve:P-256", "keyAgreement", "ecdh:SHA-256:256"),
    ] {
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

/// The key, its signature by Bouncy Castle's name, and the options with which we make the same.
const SIGNERS: &[(&str, &str, Option<&str>)] = &[
    ("-newkey rsa:2048", "SHA256withRSA", Some("")),
    ("-newkey rsa:2048", "SHA384withRSA", Some("--digest sha384")),
    ("-newkey rsa:2048", "SHA512withRSA", Some("--digest sha512")),
    ("-newkey rsa:2048", "SHA256withRSAandMGF1", Some("--pss")),
    ("-newkey rsa:2048", "SHA512withRSAandMGF1", Some("--pss --digest sha512")),
    ("-newkey ec -pkeyopt ec_paramgen_curve:P-256", "SHA256withECDSA", Some("")),
    ("-newkey ec -pkeyopt ec_paramgen_curve:P-384", "SHA384withECDSA", Some("")),
    ("-newkey ec -pkeyopt ec_paramgen_curve:P-521", "SHA512withECDSA", Some("")),
    ("-newkey ed25519", "Ed25519", Some("")),
];

type Kind = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// The key and its usage, how Bouncy Castle encrypts to it, and how we do.
const RECIPIENTS: &[Kind] = &[
    (
        "-newkey rsa:2048",
        "keyEncipherment",
        &["pkcs1", "oaep:SHA-1:SHA-1", "oaep:SHA-256:SHA-256", "oaep:SHA-512:SHA-512", "oaep:SHA-256:SHA-1"],
        &["--rsa oaep", "--rsa pkcs1"],
    ),
    (
        "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
        "keyAgreement",
        &["ecdh:SHA-1:128", "ecdh:SHA-256:128", "ecdh:SHA-256:256", "ecdh:SHA-384:256", "ecdh:SHA-512:256"],
        &["", "--key-id"],
    ),
    (
        "-newkey ec -pkeyopt ec_paramgen_curve:P-384",
        "keyAgreement",
        &["ecdh:SHA-256:256", "ecdh:SHA-384:256", "ecdh:SHA-512:256"],
        &[""],
    ),
];

const CIPHERS: &[&str] = &[
    "aes-128-cbc",
    "aes-192-cbc",
    "aes-256-cbc",
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
    "des-ede3-cbc",
    "camellia-256-cbc",
];
/// What we read of old mail and never write.
const READ_ONLY: [&str; 2] = ["des-ede3-cbc", "camellia-256-cbc"];
