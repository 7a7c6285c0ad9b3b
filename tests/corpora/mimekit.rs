//! MimeKit's people, who sign and are believed or not, and a mail that a client of 2013 signed.

use std::fmt::Write;

use cms::{SignOptions, Signer};
use crypto::SystemRandom;

use crate::ring::{Ring, certificates, pkcs12, pkcs12_certificates};
use crate::{NOW, Outcomes, corpus, open};

#[test]
fn mimekit() {
    let Some(root) = corpus("mimekit").map(|root| root.join("smime")) else { return };
    let mut outcomes = Outcomes::new("mimekit");
    let anchors = pkcs12_certificates(&pkcs12(&root.join("certificate-authority.pfx"), "no.secret"));
    // MimeKit's own tests believe these where they do not look at revocation.
    let people = [
        ("rsa", "verified"),
        ("ec", "verified"),
        ("revoked", "verified"),
        ("dnsnames", "unverified"),
        ("nochain", "unverified"),
        ("revokednochain", "unverified"),
        ("revokedsubca", "verified"),
    ];
    for (name, expected) in people {
        let file = pkcs12(&root.join(name).join("smime.pfx"), "no.secret");
        let mut ring = Ring { anchors: anchors.clone(), ..Ring::default() };
        if let Err(error) = ring.add_pkcs12(&file) {
            outcomes.note(name, expected, &error.to_string());
            continue;
        }
        let own = &ring.own[0];
        let certificate = own.certificate.as_ref().unwrap();
        let chain: Vec<_> = pkcs12_certificates(&file).into_iter().filter(|c| c != certificate).collect();
        let mail = opaque(&format!("{name}@mimekit.net"), own, &chain);
        let seen = open(&mail, &ring);
        outcomes.note(name, expected, &seen.verdict);
    }
    // SHA-1, and a certificate of an authority that is no more: what is signed is still shown.
    let mail = std::fs::read(root.join("thunderbird-signed.txt")).unwrap();
    let mut ring = Ring::trusting(&root.join("StartComCertificationAuthority.crt"));
    ring.intermediates =
        certificates(&std::fs::read(root.join("StartComClass1PrimaryIntermediateClientCA.crt")).unwrap());
    let seen = open(&mail, &ring);
    outcomes.note("thunderbird-signed.txt", "verified", &seen.verdict);
    assert!(String::from_utf8_lossy(&seen.mail).contains("Hopefully this works..."));
    outcomes.compare();
}

/// A mail signed as an opaque whole by this key, whoever it belongs to.
fn opaque(from: &str, own: &smime::OwnKey, chain: &[wire::Certificate]) -> Vec<u8> {
    let algorithm = cms::default_signature_algorithm(own.key.public());
    let signer = Signer { certificate: own.certificate.clone().unwrap(), key: &*own.key, algorithm };
    let options = SignOptions { chain: chain.to_vec(), ..SignOptions::at(NOW) };
    let mut out = Vec::new();
    let mut writer = cms::AttachedSigner::new(&mut out, vec![signer], options).unwrap();
    std::io::Write::write_all(&mut writer, b"Content-Type: text/plain\r\n\r\nHello.\r\n").unwrap();
    writer.finish(&mut SystemRandom).unwrap();
    let mut mail = format!(
        "From: {from}\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    );
    let base64 = wire::pem::encode("X", &out);
    for line in base64.lines().filter(|line| !line.starts_with('-')) {
        write!(mail, "{line}\r\n").unwrap();
    }
    mail.into_bytes()
}
