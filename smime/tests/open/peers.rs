//! What OpenSSL and GnuPG write is read.

use std::path::{Path, PathBuf};
use std::process::Command;

use crypto::{Curve, KeySpec};
use wire::x509::KeyUsage;

use crate::build::*;
use crate::ring::{Person, Ring, make};

/// A folder with the people's keys; `None` where the program is not installed.
fn folder(program: &str, name: &str, people: &[(&str, &Person)]) -> Option<PathBuf> {
    if Command::new(program).arg("version").output().is_err() {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "{program} is not installed");
        println!("skipped, install {program}");
        return None;
    }
    let folder = std::env::temp_dir().join(format!("sealpost-open-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, person) in people {
        let certificate = wire::pem::encode("CERTIFICATE", person.certificate.der());
        std::fs::write(folder.join(format!("{file}.crt")), certificate).unwrap();
        std::fs::write(folder.join(format!("{file}.key")), wire::pem::encode("PRIVATE KEY", &person.pkcs8)).unwrap();
    }
    Some(folder)
}

fn openssl(folder: &Path, arguments: &str, input: &str) -> String {
    std::fs::write(folder.join("in"), input).unwrap();
    let mut command = Command::new("openssl");
    let (verb, flags) = arguments.split_once(' ').unwrap();
    command.args(["cms", verb, "-in", "in", "-out", "out"]).args(flags.split(' ')).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    // The header of a mail goes before it, in LF as it writes everything but the signed part.
    let head = HEAD.replace("MIME-Version: 1.0\r\n", "").replace("\r\n", "\n");
    head + &std::fs::read_to_string(folder.join("out")).unwrap()
}

fn people() -> [(&'static str, Person); 4] {
    let agreement = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT;
    let transport = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
    [
        ("rsa", make("alice@example.org", KeySpec::Rsa(2048), 300, transport)),
        ("p256", make("alice@example.org", KeySpec::Ec(Curve::P256), 300, agreement)),
        ("p384", make("alice@example.org", KeySpec::Ec(Curve::P384), 300, agreement)),
        ("p521", make("alice@example.org", KeySpec::Ec(Curve::P521), 300, agreement)),
    ]
}

/// RFC 8551 §B.1: old mail is intact and not believed, or broken; what is weak and believed is told.
#[test]
fn old_algorithms_of_openssl_are_intact_or_broken_and_weak_ones_told() {
    let rsa = &people()[0].1;
    let Some(folder) = folder("openssl", "old", &[("rsa", rsa)]) else { return };
    let ring = Ring::of(rsa, &[rsa]);
    let lf = PAYLOAD.replace("\r\n", "\n");
    let pss = " -keyopt rsa_padding_mode:pss";
    for (flags, verdict, words) in [
        (" -md sha1".to_owned(), "unverified", ("unsupported", "weak")),
        (" -md md5".to_owned(), "unverified", ("unsupported", "weak")),
        (" -md sha224".to_owned(), "verified", ("good", "trusted")),
        (format!(" -md sha256{pss} -keyopt rsa_mgf1_md:sha512"), "verified", ("good", "trusted")),
        (format!(" -md sha256{pss}"), "verified", ("good", "trusted")),
    ] {
        let mail = openssl(&folder, &format!("-sign -signer rsa.crt -inkey rsa.key{flags}"), &lf);
        let seen = open(&mail, &ring);
        assert_eq!(seen.verdict, verdict, "{flags} {:?}", seen.report.findings);
        let signer = &seen.report.signers[0];
        assert_eq!((signer.signature, signer.certificate), words, "{flags}");
        let told = seen.report.findings.iter().any(|f| f.code == "weak-algorithm" && f.severity == "warning");
        assert_eq!(told, verdict == "verified" && flags != format!(" -md sha256{pss}"), "{flags}");
        let changed = open(mail.replace("Meet at noon", "Meet at dawn"), &ring);
        assert_eq!((changed.verdict, changed.report.signers[0].signature), ("broken", "bad"), "{flags}");
    }
}

#[test]
fn openssl_signs_and_it_is_read() {
    let people = people();
    let list: Vec<_> = people.iter().map(|(name, person)| (*name, person)).collect();
    let Some(folder) = folder("openssl", "sign", &list) else { return };
    for (name, person) in &people {
        let ring = Ring::of(person, &[person]);
        for (flags, verdict) in [
            ("", "verified"),
            (" -nodetach", "verified"),
            (" -nodetach -stream", "verified"),
            (" -nosmimecap", "verified"),
            (" -md sha512", "verified"),
            (" -cades", "verified"),
            (" -noattr", "broken"),
            (" -nocerts", "verified"),
            (" -md sha1", "unverified"),
        ] {
            let lf = PAYLOAD.replace("\r\n", "\n");
            let mail = openssl(&folder, &format!("-sign -signer {name}.crt -inkey {name}.key{flags}"), &lf);
            let seen = open(&mail, &ring);
            assert_eq!(seen.verdict, verdict, "{name}{flags} {:?}\n{mail}", seen.report.findings);
            if verdict == "verified" {
                assert!(seen.text().replace("\r\n", "\n").ends_with("\n\nMeet at noon.\n"), "{}", seen.text());
            }
        }
    }
    let ring = Ring::of(&people[0].1, &[&people[0].1]);
    let mail = openssl(&folder, "-sign -signer rsa.crt -inkey rsa.key -keyopt rsa_padding_mode:pss", PAYLOAD);
    assert_eq!(open(&mail, &ring).verdict, "verified");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn openssl_encrypts_and_it_is_read() {
    let people = people();
    let list: Vec<_> = people.iter().map(|(name, person)| (*name, person)).collect();
    let Some(folder) = folder("openssl", "encrypt", &list) else { return };
    for (name, person) in &people {
        let ring = Ring::of(person, &[person]);
        let signed = openssl(&folder, &format!("-sign -signer {name}.crt -inkey {name}.key"), PAYLOAD);
        let inner = signed.split_once("MIME-Version: 1.0").unwrap().1.trim_start();
        for (flags, confidentiality) in [
            ("-aes-128-cbc", "unauthenticated"),
            ("-aes-256-cbc -stream", "unauthenticated"),
            ("-aes-256-gcm", "authenticated"),
            ("-aes-128-gcm -stream", "authenticated"),
        ] {
            let plain = openssl(&folder, &format!("-encrypt {flags} {name}.crt"), PAYLOAD);
            let seen = open(&plain, &ring);
            assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", confidentiality), "{name} {flags}");
            let both = openssl(&folder, &format!("-encrypt {flags} {name}.crt"), inner);
            let seen = open(&both, &ring);
            assert_eq!((seen.verdict, seen.confidentiality), ("verified", "authenticated"), "{name} {flags}");
        }
    }
    let ring = Ring::of(&people[0].1, &[&people[0].1]);
    for hash in ["sha1", "sha256", "sha512"] {
        let flags =
            format!("-encrypt -aes-256-gcm -recip rsa.crt -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:{hash}");
        assert_eq!(open(openssl(&folder, &flags, PAYLOAD), &ring).confidentiality, "authenticated", "{hash}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
