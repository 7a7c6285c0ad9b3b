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
    for (algorithm, digest, options, ours) in SIGNERS {
        let lab = Lab::new();
        lab.ok(&peer, &format!("signer {algorithm} k.key k.crt"));
        for letter in letters() {
            lab.write("m", &letter);
            lab.ok(&peer, &format!("sign {digest} k.crt k.key m t {options}"));
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{algorithm} {digest} {options}");
            if let Some(ours) = ours {
                lab.ok("sealpost", &format!("cms sign --cert k.crt --key k.key {ours} --form der m -o s --force"));
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
    let (mut theirs, mut ours) = (0, 0);
    for (algorithm, options) in RECIPIENTS {
        let lab = Lab::new();
        lab.ok(&peer, &format!("recipient {algorithm} k.key k.crt"));
        for letter in letters() {
            lab.write("m", &letter);
            for (cipher, written) in CIPHERS {
                for (id, option) in [("", ""), ("keyid", "--key-id")] {
                    for key_option in *options {
                        lab.ok(&peer, &format!("encrypt {cipher} k.crt m t {id} {key_option}"));
                        let opened = lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t");
                        assert_eq!(opened, letter, "{algorithm} {cipher} {id} {key_option}");
                        theirs += 1;
                    }
                    let ways = if algorithm.starts_with("RSA") { &["--rsa oaep", "--rsa pkcs1"][..] } else { &[""] };
                    for way in ways.iter().filter(|_| written) {
                        let line = format!(
                            "cms encrypt --to k.crt --cipher {cipher} {option} {way} --form der m -o s --force"
                        );
                        lab.ok("sealpost", &line);
                        lab.ok(&peer, "decrypt k.key k.crt s o");
                        assert_eq!(lab.read("o"), letter, "{algorithm} {line}");
                        ours += 1;
                    }
                }
            }
        }
    }
    tell(&format!("OpenSSL 3.6: {theirs} letters encrypted by it, {ours} by us"));
}

/// KEKRI, PWRI and EncryptedData.
#[test]
fn openssl36_shared_secrets_both_ways() {
    let Some(peer) = peer() else { return };
    let lab = Lab::new();
    lab.write("word", b"secret\n");
    let [letter, _] = letters();
    lab.write("m", &letter);
    for (cipher, octets) in [("aes-128-cbc", 16), ("aes-192-cbc", 24), ("aes-256-cbc", 32), ("aes-256-gcm", 32)] {
        let key: String = (0..octets).map(|octet| format!("{octet:02x}")).collect();
        lab.write("key", key.as_bytes());
        let mut ways = vec![
            (
                format!("encrypt-key {cipher} {key} 0102"),
                format!("decrypt-key {key} 0102"),
                "--kek-file key --kek-id 0102",
            ),
            (format!("encrypt-password {cipher} secret"), "decrypt-password secret".to_owned(), "--password-file word"),
        ];
        if cipher.ends_with("cbc") {
            ways.push((
                format!("encrypt-data {cipher} {key}"),
                format!("decrypt-data {key}"),
                "--content-key-file key",
            ));
        }
        for (theirs, back, ours) in ways {
            // Under a password it wraps with the cipher of the content, and RFC 3211 wraps with none but CBC.
            if !(theirs.contains("password") && cipher.ends_with("gcm")) {
                lab.ok(&peer, &format!("{theirs} m t"));
                assert_eq!(lab.ok("sealpost", &format!("cms decrypt -q {ours} t")), letter, "{theirs}");
            }
            lab.ok("sealpost", &format!("cms encrypt {ours} --cipher {cipher} --form der m -o s --force"));
            lab.ok(&peer, &format!("{back} s o"));
            assert_eq!(lab.read("o"), letter, "{ours} {cipher}");
        }
    }
}

/// Algorithm, digest, options of the key there, and ours where we make such signatures.
const SIGNERS: &[(&str, &str, &str, Option<&str>)] = &[
    ("RSA:2048", "sha256", "", Some("")),
    ("RSA:3072", "sha512", "", Some("--digest sha512")),
    ("RSA:2048", "sha3-256", "", Some("--digest sha3-256")),
    ("RSA:2048", "sha256", "rsa_padding_mode:pss", Some("--pss")),
    ("RSA:2048", "sha384", "rsa_padding_mode:pss rsa_pss_saltlen:20", Some("--pss --digest sha384")),
    ("RSA:2048", "sha512", "rsa_padding_mode:pss", Some("--pss --digest sha512")),
    ("EC:P-256", "sha256", "", Some("")),
    ("EC:P-256", "sha3-256", "", Some("--digest sha3-256")),
    ("EC:P-384", "sha384", "", Some("")),
    ("EC:P-521", "sha512", "", Some("")),
    ("EC:brainpoolP256r1", "sha256", "", None),
    ("EC:brainpoolP384r1", "sha384", "", None),
    ("ED25519", "sha512", "", Some("")),
    // RFC 8419 section 3.1 wants id-shake256-len, which libcrypto does not know.
    ("ED448", "shake256", "", None),
    ("ML-DSA-44", "sha512", "", Some("")),
    ("ML-DSA-65", "sha512", "", Some("")),
    ("ML-DSA-65", "shake256", "", None),
    ("ML-DSA-87", "sha512", "", Some("")),
    ("SLH-DSA-SHA2-128s", "sha256", "", Some("")),
    ("SLH-DSA-SHA2-128f", "sha256", "", Some("")),
    ("SLH-DSA-SHA2-192s", "sha512", "", None),
    ("SLH-DSA-SHA2-192f", "sha512", "", None),
    ("SLH-DSA-SHA2-256s", "sha512", "", None),
    ("SLH-DSA-SHA2-256f", "sha512", "", None),
    ("SLH-DSA-SHAKE-128s", "shake128", "", None),
    ("SLH-DSA-SHAKE-128f", "shake128", "", None),
    ("SLH-DSA-SHAKE-192s", "shake256", "", None),
    ("SLH-DSA-SHAKE-192f", "shake256", "", None),
    ("SLH-DSA-SHAKE-256s", "shake256", "", None),
    ("SLH-DSA-SHAKE-256f", "shake256", "", None),
];

/// Algorithm, and the options of the key there. Not X25519 and X448, which libcrypto has no CMS for (docs/interop.md).
const RECIPIENTS: &[(&str, &[&str])] = &[
    (
        "RSA:2048",
        &[
            "",
            "rsa_padding_mode:oaep",
            "rsa_padding_mode:oaep rsa_oaep_md:sha256",
            "rsa_padding_mode:oaep rsa_oaep_md:sha512 rsa_mgf1_md:sha256",
            "rsa_padding_mode:oaep rsa_oaep_md:sha256 rsa_oaep_label:6c6162656c",
        ],
    ),
    (
        "EC:P-256",
        &[
            "",
            "ecdh_kdf_md:sha224",
            "ecdh_kdf_md:sha256",
            "ecdh_kdf_md:sha384",
            "ecdh_kdf_md:sha512",
            "ecdh_cofactor_mode:1",
        ],
    ),
    ("EC:P-384", &["", "ecdh_kdf_md:sha384"]),
    ("EC:P-521", &["", "ecdh_kdf_md:sha512"]),
    ("EC:brainpoolP256r1", &["", "ecdh_kdf_md:sha256"]),
    ("EC:brainpoolP384r1", &["", "ecdh_kdf_md:sha384"]),
    ("ML-KEM-512", &[""]),
    ("ML-KEM-768", &[""]),
    ("ML-KEM-1024", &[""]),
];
/// And whether we write it. The crate of its source builds it without Camellia.
const CIPHERS: [(&str, bool); 7] = [
    ("aes-128-cbc", true),
    ("aes-192-cbc", true),
    ("aes-256-cbc", true),
    ("aes-128-gcm", true),
    ("aes-192-gcm", true),
    ("aes-256-gcm", true),
    ("des-ede3-cbc", false),
];
