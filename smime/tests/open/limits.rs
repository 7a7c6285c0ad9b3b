//! No work without a bound (rows ).

use std::time::{Duration, Instant};

use wire::oids;

use crate::build::*;
use crate::world;

/// Whatever it is, it is answered soon, without a panic, and believed by nobody.
fn soon(mail: &[u8]) {
    let w = world();
    let start = Instant::now();
    let seen = try_open(mail, &w.ring);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(seen.map_or(true, |seen| seen.verdict != "verified"));
}

#[test]
fn x_14_deep_nesting_is_refused() {
    // Indefinite lengths opened and never closed; constructed strings in constructed strings.
    let depths = [&[0x30, 0x80][..], &[0x24, 0x80], &[0xa0, 0x80], &[0x31, 0x80]];
    let head =
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x09\
        \x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80";
    for open in depths {
        soon(smime(HEAD, "signed-data", &open.repeat(100_000)).as_bytes());
        soon(smime(HEAD, "signed-data", &[head.as_slice(), &open.repeat(100_000)].concat()).as_bytes());
    }
    // Multiparts in multiparts, and comments in comments.
    let deep: String =
        (0..5000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    soon(format!("{HEAD}{deep}").as_bytes());
    soon(format!("From: {}alice@example.org\r\n\r\n", "(".repeat(60_000)).as_bytes());
    soon(format!("{HEAD}Content-Type: {}\r\n\r\n", "(".repeat(60_000)).as_bytes());
}

#[test]
fn x_15_lengths_that_promise_more_than_there_is() {
    for length in
        [&[0x84, 0xff, 0xff, 0xff, 0xff][..], &[0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0xff]]
    {
        soon(smime(HEAD, "signed-data", &[&[0x30], length, &[0; 40]].concat()).as_bytes());
        let head = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31";
        soon(smime(HEAD, "signed-data", &[head, length, &[0; 40]].concat()).as_bytes());
    }
}

#[test]
fn x_15_a_content_in_a_million_fragments() {
    let w = world();
    let content = format!("Content-Type: text/plain\r\n\r\n{}\r\n", "x".repeat(200));
    // Sound ones in fragments of any size are read all the same.
    let der = opaque(content.as_bytes(), &[&w.alice]);
    for size in [1, 7, 64] {
        let ber = fragmented(&der, content.as_bytes(), size);
        assert_eq!(open(smime(HEAD, "signed-data", &ber), &w.ring).verdict, "verified", "{size}");
    }
    let empty = b"\x04\x00".repeat(3_000_000);
    let ber = with_content(&der, content.as_bytes(), &empty);
    soon(smime(HEAD, "signed-data", &ber).as_bytes());
}

/// The same SignedData in BER with its content in fragments.
fn fragmented(der: &[u8], content: &[u8], size: usize) -> Vec<u8> {
    let octets = |piece: &[u8]| [&[4, piece.len() as u8], piece].concat();
    with_content(der, content, &content.chunks(size).flat_map(octets).collect::<Vec<_>>())
}

fn with_content(der: &[u8], content: &[u8], fragments: &[u8]) -> Vec<u8> {
    let at = der.windows(content.len()).position(|w| w == content).unwrap();
    let tail = &der[at + content.len()..];
    let head = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01";
    let announced = crypto::Digest::Sha256.algorithm_identifier().to_der();
    let set = [&[0x31, announced.len() as u8], announced.as_slice()].concat();
    let start = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80";
    [head, set.as_slice(), start, fragments, &[0; 6], tail, &[0; 6]].concat()
}

#[test]
fn x_16_x_17_keys_of_absurd_size_cost_nothing() {
    let w = world();
    // An RSA key of 16384 bits in the signer's certificate.
    let mut spki = wire::der::Writer::new();
    spki.sequence(|s| {
        wire::AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION).write(s);
        let mut key = wire::der::Writer::new();
        key.sequence(|k| {
            k.unsigned(&[0xff; 2048]).unsigned(&[0xff; 2048]);
        });
        s.bit_string(key.as_bytes());
    });
    let mut forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, attributes(PAYLOAD.as_bytes())));
    let old = w.alice.certificate.public_key().der().to_vec();
    let tbs = wire::x509::TbsCertificate {
        serial: w.alice.certificate.serial().to_vec(),
        signature: w.alice.certificate.signature_algorithm().clone(),
        issuer: w.alice.certificate.issuer().clone(),
        not_before: w.alice.certificate.not_before(),
        not_after: w.alice.certificate.not_after(),
        subject: w.alice.certificate.subject().clone(),
        spki: spki.into_bytes(),
        extensions: Vec::new(),
    }
    .to_der();
    assert!(!old.is_empty());
    let der = wire::x509::certificate_der(&tbs, w.alice.certificate.signature_algorithm(), &[0; 64]);
    forge.certificates = vec![wire::Certificate::from_der(&der).unwrap()];
    soon(smime(HEAD, "signed-data", &forge.to_der()).as_bytes());
}

#[test]
fn x_18_thousands_of_certificates_recipients_and_fields() {
    let w = world();
    let mut forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, attributes(PAYLOAD.as_bytes())));
    forge.certificates = vec![w.mallory.certificate.clone(); 1500];
    soon(smime(HEAD, "signed-data", &forge.to_der()).as_bytes());
    let mut container = Container::of(&sealed(PAYLOAD.as_bytes(), GCM, &[&w.bob]));
    let one = wire::der::Reader::new(&container.recipients).set().unwrap().rest().to_vec();
    let mut set = wire::der::Writer::new();
    set.element(wire::der::Tag::SET, &one.repeat(6000));
    container.recipients = set.into_bytes();
    assert!(try_open(container.mail().as_bytes(), &w.ring).is_err());
    let fields = "X: y\r\n".repeat(40_000);
    soon(format!("{fields}{HEAD}\r\nHello\r\n").as_bytes());
    soon(format!("From: {}\r\n\r\n", "a@b,".repeat(15_000)).as_bytes());
    let line = "x".repeat(20_000_000);
    soon(format!("{HEAD}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n--b\r\n\r\n{line}\r\n--b\r\n\r\n{line}\r\n--b--\r\n").as_bytes());
}
