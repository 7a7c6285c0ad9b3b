//! OpenSSL 3.6, by the program of tests/openssl36, for what the installed OpenSSL does not know.

use std::path::{Path, PathBuf};

use crate::{Lab, letters, tell};

/// The program: at SEALPOST_OPENSSL36, which `.ci/run --full` sets once it is built, or where it is built by hand.
fn peer() -> Option<String> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/openssl36/target/release/openssl36");
    let required = std::env::var_os("SEALPOST_OPENSSL36");
    let path = required.as_ref().map_or_else(beside, PathBuf::from);
    if path.is_file() {
        return Some(path.to_str().unwrap().to_owned());
    }
    assert!(required.is_none(), "{} is not there", path.display());
    tell("skipped: .ci/run --full builds OpenSSL 3.6");
    None
}

#[test]
fn openssl36_signatures_both_ways() {
    let Some(peer) = peer() else { return };
    for (algorithm, digest, ours) in SIGNERS {
        let lab = Lab::new();
        lab.ok(&peer, &format!("signer {algorithm} k.key k.crt"));
        for letter in letters() {
            lab.write("m", &letter);
            lab.ok(&peer, &format!("sign {digest} k.crt k.key m t"));
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{algorithm} {digest}");
            if *ours {
                lab.ok("sealpost", "cms sign --cert k.crt --key k.key --form der m -o s --force");
                lab.ok(&peer, "verify k.crt s o");
                assert_eq!(lab.read("o"), letter, "{algorithm} made here");
            }
        }
        // One flip of the content: nobody lets it pass.
        let mut message = lab.read("t");
        let at = message.windows(6).position(|w| w == b"line 7").unwrap();
        message[at] ^= 1;
        lab.write("t", &message);
        assert_ne!(lab.run("sealpost", "cms verify --trust k.crt t").0, 0, "{algorithm} flipped");
    }
    tell(&format!("OpenSSL 3.6: {} kinds of signatures", SIGNERS.len()));
}

#[test]
fn openssl36_recipients_both_ways() {
    let Some(peer) = peer() else { return };
    let mut count = 0;
    for algorithm in RECIPIENTS {
        let lab = Lab::new();
        lab.ok(&peer, &format!("recipient {algorithm} k.key k.crt"));
        for letter in letters() {
            lab.write("m", &letter);
            for cipher in CIPHERS {
                for (id, option) in [("", ""), ("keyid", "--key-id")] {
                    lab.ok(&peer, &format!("encrypt {cipher} k.crt m t {id}"));
                    let opened = lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t");
                    assert_eq!(opened, letter, "{algorithm} {cipher} {id}");
                    let line = format!("cms encrypt --to k.crt --cipher {cipher} {option} --form der m -o s --force");
                    lab.ok("sealpost", &line);
                    lab.ok(&peer, "decrypt k.key k.crt s o");
                    assert_eq!(lab.read("o"), letter, "{algorithm} {line}");
                    count += 1;
                }
            }
        }
    }
    tell(&format!("OpenSSL 3.6: {count} encrypted letters each way"));
}

/// Algorithm, digest, and whether we make such signatures.
const SIGNERS: &[(&str, &str, bool)] = &[
    ("RSA:2048", "sha256", true),
    ("EC:P-256", "sha256", true),
    ("ED25519", "sha512", true),
    // RFC 8419 section 3.1 wants id-shake256-len, which libcrypto does not know.
    ("ED448", "shake256", false),
    ("ML-DSA-44", "sha512", true),
    ("ML-DSA-65", "sha512", true),
    ("ML-DSA-65", "shake256", false),
    ("ML-DSA-87", "sha512", true),
    ("SLH-DSA-SHA2-128s", "sha256", true),
    ("SLH-DSA-SHA2-128f", "sha256", true),
    ("SLH-DSA-SHA2-192s", "sha512", false),
    ("SLH-DSA-SHA2-192f", "sha512", false),
    ("SLH-DSA-SHA2-256s", "sha512", false),
    ("SLH-DSA-SHA2-256f", "sha512", false),
    ("SLH-DSA-SHAKE-128s", "shake128", false),
    ("SLH-DSA-SHAKE-128f", "shake128", false),
    ("SLH-DSA-SHAKE-192s", "shake256", false),
    ("SLH-DSA-SHAKE-192f", "shake256", false),
    ("SLH-DSA-SHAKE-256s", "shake256", false),
    ("SLH-DSA-SHAKE-256f", "shake256", false),
];

/// Not X25519 and X448, which libcrypto has no CMS for (see docs/interop.md).
const RECIPIENTS: [&str; 5] = ["RSA:2048", "EC:P-256", "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"];
const CIPHERS: [&str; 4] = ["aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm"];
