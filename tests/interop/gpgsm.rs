//! GnuPG's gpgsm. Version 2.2 takes no private key of a curve, and no certificate of P-521 or Ed25519.

use std::process::Command;

use crate::{Lab, has, letters, tell};

/// A keyring with the RSA key of `k.crt` and the certificates of two curves, all trusted.
struct Ring {
    lab: Lab,
    /// Of `k.crt`.
    fingerprint: String,
}

impl Ring {
    fn new() -> Option<Ring> {
        if !has("gpgsm") || !has("openssl") {
            return None;
        }
        let lab = Lab::new();
        std::fs::create_dir(lab.0.join("gnupg")).unwrap();
        std::fs::set_permissions(lab.0.join("gnupg"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        lab.write("gnupg/gpgsm.conf", b"disable-crl-checks\nno-secmem-warning\n");
        lab.write("gnupg/gpg-agent.conf", b"allow-loopback-pinentry\nallow-preset-passphrase\n");
        let mut trusted = Vec::new();
        for (name, newkey) in [("P-256", CURVE), ("P-384", CURVE), ("k", "-newkey rsa:2048")] {
            let newkey = newkey.replace("CURVE", name);
            lab.person(&newkey, "digitalSignature,keyEncipherment");
            if name != "k" {
                lab.ok("gpgsm", "--batch --import k.crt");
                std::fs::rename(lab.0.join("k.crt"), lab.0.join(format!("{name}.crt"))).unwrap();
                std::fs::rename(lab.0.join("k.key"), lab.0.join(format!("{name}.key"))).unwrap();
            }
            let file = if name == "k" { "k.crt".to_owned() } else { format!("{name}.crt") };
            let print = lab.ok("openssl", &format!("x509 -in {file} -noout -fingerprint -sha1"));
            trusted.push(String::from_utf8(print).unwrap().trim().rsplit('=').next().unwrap().replace(':', ""));
        }
        // gpgsm 2.2 reads only the old PKCS#12 protections.
        lab.ok("openssl", "pkcs12 -export -legacy -in k.crt -inkey k.key -passout pass:x -out k.p12");
        lab.write("stdin", b"x\n");
        let ring = Ring { fingerprint: trusted.last().unwrap().clone(), lab };
        ring.lab.ok("gpgsm", &format!("{AGENT} --import k.p12"));
        let list: String = trusted.iter().map(|print| format!("{print} S relax\n")).collect();
        ring.lab.write("gnupg/trustlist.txt", list.as_bytes());
        Some(ring)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let home = self.lab.0.join("gnupg");
        let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", home).status();
    }
}

#[test]
fn gpgsm_both_ways() {
    let Some(Ring { lab, fingerprint }) = &Ring::new() else { return };
    for letter in letters() {
        lab.write("m", &letter);
        for form in ["der", "pem"] {
            let kind = if form == "pem" { "--assume-armor" } else { "--assume-binary" };
            for (key, options) in SIGNERS {
                lab.ok(
                    "sealpost",
                    &format!("cms sign --cert {key}.crt --key {key}.key {options} --form {form} m -o s --force"),
                );
                lab.ok("gpgsm", &format!("--batch {kind} --output o --yes --verify s"));
                assert_eq!(lab.read("o"), letter, "signed {key} {options} {form}");
            }
            for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"] {
                let line = format!("cms encrypt --to k.crt --rsa pkcs1 --cipher {cipher} --form {form} m -o s --force");
                lab.ok("sealpost", &line);
                lab.ok("gpgsm", &format!("{AGENT} {kind} --output o --yes --decrypt s"));
                assert_eq!(lab.read("o"), letter, "encrypted {cipher} {form}");
            }
            let armor = if form == "pem" { "--armor" } else { "" };
            for digest in ["sha224", "sha256", "sha384", "sha512"] {
                let sign = format!("{AGENT} {armor} -u {fingerprint} --digest-algo {digest} --output t --yes");
                lab.ok("gpgsm", &format!("{sign} --sign m"));
                assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "gpgsm signs {digest} {form}");
                lab.ok("gpgsm", &format!("{sign} --detach-sign m"));
                let line = "cms verify --trust k.crt --content m t";
                assert_eq!(lab.ok("sealpost", line), letter, "gpgsm detaches {digest} {form}");
            }
            for cipher in CIPHERS {
                let line =
                    format!("{AGENT} {armor} -r {fingerprint} --cipher-algo {cipher} --output t --yes --encrypt m");
                lab.ok("gpgsm", &line);
                let opened = lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t");
                assert_eq!(opened, letter, "gpgsm encrypts {cipher} {form}");
            }
        }
    }
    tell(&format!(
        "gpgsm: {} kinds of signatures and 3 ciphers of ours, 4 and {} of its",
        SIGNERS.len(),
        CIPHERS.len()
    ));
}

const CURVE: &str = "-newkey ec -pkeyopt ec_paramgen_curve:CURVE -sha384";
const AGENT: &str = "--batch --pinentry-mode loopback --passphrase-fd 0";

/// The key, and our options. SHA-3 with PKCS #1 v1.5 and ECDSA it does not know.
const SIGNERS: &[(&str, &str)] = &[
    ("k", ""),
    ("k", "--digest sha384"),
    ("k", "--digest sha512"),
    ("k", "--pss"),
    ("k", "--pss --digest sha384"),
    ("k", "--pss --digest sha512"),
    ("P-256", ""),
    ("P-256", "--digest sha512"),
    ("P-384", ""),
];

/// What it writes; the old ones are read with a warning.
const CIPHERS: &[&str] = &["AES128", "AES192", "AES256", "3DES", "CAMELLIA128", "CAMELLIA192", "CAMELLIA256"];
