//! Bouncy Castle, by the program of `java/Peer.java`, compiled against Debian's packages.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Lab, has, letters, tell};

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

/// HSS/LMS (RFC 9708, RFC 9802), one tree and trees over trees: signatures on messages and on their certificates.
#[test]
fn bouncy_castle_hash_based_signatures_are_verified() {
    let Some(castle) = Castle::new() else { return };
    for levels in ["5/1", "5/8", "10/2", "5/4,5/8", "5/8,5/4,5/2,5/1", "5/8,5/8,5/8,5/8,5/8,5/8,5/8,5/8"] {
        let lab = Lab::new();
        let letter = &letters()[0];
        lab.write("m", letter);
        castle.ok(&lab, &format!("hash-based {levels} m t"));
        assert_eq!(&lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{levels}");
        assert_eq!(&lab.ok("sealpost", "cms verify --trust k.crt --content m d"), letter, "{levels} detached");
        let shown = String::from_utf8(lab.ok("sealpost", "cms verify --trust k.crt --json -o o --force t")).unwrap();
        assert!(shown.contains("\"hss-lms\""), "{shown}");
        let message = lab.read("t");
        // In the content, in the attributes, and in every part of the signature.
        let places = [message.len() - 1, message.len() - 500, message.len() - 1200];
        let content = message.windows(letter.len().min(20)).position(|w| letter.starts_with(w)).unwrap();
        for at in places.into_iter().chain([content]) {
            let mut bad = message.clone();
            bad[at] ^= 1;
            lab.write("b", &bad);
            assert_ne!(lab.run("sealpost", "cms verify --trust k.crt b").0, 0, "{levels} {at}");
        }
        // The authority's signature on the certificate in the message.
        let certificate = lab.read("c.der");
        let at = message.windows(certificate.len()).position(|w| w == certificate).unwrap() + certificate.len() - 1;
        let mut bad = message.clone();
        bad[at] ^= 1;
        lab.write("b", &bad);
        assert_ne!(lab.run("sealpost", "cms verify --trust k.crt b").0, 0, "{levels}");
    }
}

/// RFC 5652 §5.2.1: the content of PKCS #7 is a value of its own type, of which the octets behind the length are signed.
#[test]
fn bouncy_castle_pkcs7_values_are_verified() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "digitalSignature");
    for (type_, value) in [
        // DigestedData and its like are SEQUENCEs; a type of its own may be anything.
        ("1.2.840.113549.1.7.5", b"\x30\x06\x02\x01\x00\x02\x01\x07".to_vec()),
        ("1.3.6.1.4.1.311.2.1.4", [b"\x30\x82\x01\x02\x0c\x81\xff".as_slice(), &[b'x'; 255]].concat()),
        ("1.2.3.4", b"\x0c\x05hello".to_vec()),
    ] {
        lab.write("v", &value);
        castle.ok(&lab, &format!("sign-value SHA256withRSA {type_} v t"));
        let header = if value.len() > 255 { 4 } else { 2 };
        assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), value[header..], "{type_}");
        let shown = String::from_utf8(lab.ok("sealpost", "cms inspect t")).unwrap();
        assert!(shown.contains(type_) || shown.contains("igest"), "{shown}");
        let mut bad = lab.read("t");
        let at = bad.windows(value.len()).position(|w| w == value).unwrap() + value.len() - 1;
        bad[at] ^= 1;
        lab.write("t", &bad);
        assert_ne!(lab.run("sealpost", "cms verify --trust k.crt t").0, 0, "{type_} flipped");
    }
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

/// Every cipher of old and foreign mail that it writes; those that hide nothing are only imported.
#[test]
fn bouncy_castle_old_ciphers_are_read() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "keyEncipherment");
    for letter in letters() {
        lab.write("m", &letter);
        for (cipher, name, imported) in OLD_CIPHERS {
            castle.ok(&lab, &format!("encrypt {cipher} pkcs1 m t"));
            let line = "cms decrypt --key k.key --cert k.crt -v -o o --force t";
            let (code, _, mut told) = lab.run("sealpost", line);
            assert_eq!(code, if *imported { 13 } else { 0 }, "{cipher} {name} {told}");
            if *imported {
                told = lab.run("sealpost", &format!("{line} --import-damaged")).2;
            }
            assert_eq!(lab.read("o"), letter, "{cipher} {name}");
            assert!(told.contains(name) && told.contains("unauthenticated"), "{cipher} {told}");
        }
    }
}

/// ChaCha20-Poly1305 (RFC 8103) as we write it; what it writes of it is among the old ciphers, being no
/// AuthEnvelopedData.
#[test]
fn bouncy_castle_reads_chacha20_poly1305() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "keyEncipherment");
    for letter in letters() {
        lab.write("m", &letter);
        lab.ok("sealpost", "cms encrypt --to k.crt --cipher chacha20-poly1305 --form der m -o s --force");
        castle.ok(&lab, "decrypt s o");
        assert_eq!(lab.read("o"), letter);
        let mut changed = lab.read("s");
        let last = changed.len() - 1;
        changed[last] ^= 1;
        lab.write("s", &changed);
        assert_ne!(castle.answer(&lab, "decrypt s o"), "ok");
    }
}

/// Key wraps of old and foreign mail, for keys of several lengths.
#[test]
fn bouncy_castle_old_key_wraps_are_read() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey ec -pkeyopt ec_paramgen_curve:P-256", "keyAgreement");
    let text = letters().last().unwrap().clone();
    lab.write("m", &text);
    for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"] {
        for (wrap, name) in OLD_WRAPS {
            castle.ok(&lab, &format!("encrypt {cipher} ecdh:SHA-256:{wrap} m t"));
            let opened = lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t");
            assert_eq!(opened, text, "{cipher} {name}");
        }
        for (algorithm, length) in KEKS {
            castle.ok(&lab, &format!("encrypt {cipher} count:{algorithm}:{length} m t"));
            let kek: String = (1..=*length).map(|octet: u8| format!("{octet:02x}")).collect();
            lab.write("kek", kek.as_bytes());
            let opened = lab.ok("sealpost", "cms decrypt -q --kek-file kek t");
            assert_eq!(opened, text, "{cipher} {algorithm} {length}");
        }
    }
}

/// By identifier, with its name, and whether it is only imported.
const OLD_CIPHERS: &[(&str, &str, bool)] = &[
    ("1.2.392.200011.61.1.1.1.2", "camellia-128-cbc", false),
    ("1.2.392.200011.61.1.1.1.3", "camellia-192-cbc", false),
    ("1.2.392.200011.61.1.1.1.4", "camellia-256-cbc", false),
    ("1.2.410.200004.1.4", "seed-cbc", false),
    ("1.2.410.200046.1.1.2", "aria-128-cbc", false),
    ("1.2.410.200046.1.1.7", "aria-192-cbc", false),
    ("1.2.410.200046.1.1.12", "aria-256-cbc", false),
    ("1.2.410.200046.1.1.3", "aria-128-cfb", false),
    ("1.2.410.200046.1.1.4", "aria-128-ofb", false),
    ("1.2.410.200046.1.1.1", "aria-128-ecb", true),
    ("1.2.840.113533.7.66.10", "cast5-cbc", false),
    ("1.3.6.1.4.1.188.7.1.1.2", "idea-cbc", false),
    ("1.3.6.1.4.1.3029.1.1.2", "blowfish-cbc", false),
    ("1.2.840.113549.3.2", "rc2-128-cbc", false),
    ("1.2.840.113549.3.4", "rc4", true),
    ("1.2.840.113549.3.4:40", "rc4", true),
    ("1.3.14.3.2.7", "des-cbc", true),
    ("2.16.840.1.101.3.4.1.1", "aes-128-ecb", true),
    ("2.16.840.1.101.3.4.1.3", "aes-128-ofb", false),
    ("2.16.840.1.101.3.4.1.4", "aes-128-cfb", false),
    ("2.16.840.1.101.3.4.1.43:256", "aes-256-ofb", false),
    ("2.16.840.1.101.3.4.1.44:256", "aes-256-cfb", false),
    // What authenticates, where nothing of the kind belongs.
    ("1.2.840.113549.1.9.16.3.18", "chacha20-poly1305", true),
];

const OLD_WRAPS: &[(&str, &str)] = &[
    ("1.2.392.200011.61.1.1.3.2", "camellia-128-wrap"),
    ("1.2.392.200011.61.1.1.3.3", "camellia-192-wrap"),
    ("1.2.392.200011.61.1.1.3.4", "camellia-256-wrap"),
    ("1.2.840.113549.1.9.16.3.6", "des-ede3-wrap"),
    ("2.16.840.1.101.3.4.1.25", "aes-192-wrap"),
];

const KEKS: &[(&str, u8)] =
    &[("AES", 24), ("Camellia", 16), ("Camellia", 24), ("Camellia", 32), ("SEED", 16), ("DESede", 24), ("RC2", 16)];

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

/// RFC 2634 §3, §4: a label and a history that it wrote are understood, and it reads what a list makes of them.
#[test]
fn ess_05_bouncy_castle_labels_and_reads_the_history_of_lists() {
    let Some(castle) = Castle::new() else { return };
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "digitalSignature");
    for letter in letters() {
        lab.write("m", &letter);
        castle.ok(&lab, "ess SHA256withRSA m t");
        let shown = String::from_utf8(lab.ok("sealpost", "cms verify --trust k.crt --json -o o --force t")).unwrap();
        for expected in [
            "\"policy\": \"1.2.3.4\"",
            "\"classification\": \"confidential\"",
            "\"privacy_mark\": \"Company confidential\"",
            "\"1.2.3.4.1\"",
            "\"policy\": \"1.2.3.5\"",
            "\"content_hint\": \"a letter (data)\"",
            "\"content_identifier\": \"010203\"",
            "\"id\": \"issuer-serial:1267\"",
            "\"at\": \"2026-11-24T11:00:00Z\"",
        ] {
            assert!(shown.contains(expected), "{expected} in {shown}");
        }
        let expand = "cms expand --cert k.crt --key k.key --trust k.crt --list 0a0b";
        for refused in ["", "--accept-label 1.2.3.5", "--accept-label 1.2.3.4=restricted"] {
            assert_eq!(lab.run("sealpost", &format!("{expand} {refused} t -o x")).0, 3, "{refused}");
        }
        let more = "--receipts in-addition-to --receipt-to owner@example.org --accept-label 1.2.3.4";
        for detached in ["", "--detached"] {
            lab.ok("sealpost", &format!("{expand} {more} {detached} --form smime t -o x --force"));
            lab.ok("sealpost", "cms verify --trust k.crt x -o y --force");
        }
        lab.ok("sealpost", &format!("{expand} {more} --form der t -o x --force"));
        castle.ok(&lab, "lists x o");
        let told = String::from_utf8(lab.read("o")).unwrap();
        // The list before wants no receipts, which nobody after it can change (§4.3).
        let lines: Vec<&str> = told.lines().collect();
        let [before, own, "a letter", "010203"] = lines[..] else { panic!("{told}") };
        assert_eq!(before, "serial 4711 20261124110000GMT+00:00 0");
        assert!(own.starts_with("key 0a0b 20") && own.ends_with("GMT+00:00 0"), "{own}");
        assert_eq!(lab.run("sealpost", &format!("{expand} {more} x -o z")).0, 1, "a loop");
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
