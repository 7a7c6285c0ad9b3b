//! No work without a bound (rows ).

use std::time::{Duration, Instant};

use crypto::{Digest, KeySpec, PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom};
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

/// signatures that would hold under keys of absurd size are not even computed. What shows it: made in the same
/// way for a key within the bounds, the signature is good.
#[test]
fn x_17_keys_of_absurd_size_verify_nothing() {
    let attributes = wire::cms::SignedAttributes::new(attributes(PAYLOAD.as_bytes()));
    let signature_of = |spki: Vec<u8>, signature: Vec<u8>| {
        let w = world();
        let certificate = with_key(&w.alice.certificate, spki);
        let (issuer, serial) = certificate.issuer_and_serial();
        let info = wire::cms::SignerInfo {
            version: 1,
            signer: wire::cms::SignerId::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() },
            digest: Digest::Sha256.algorithm_identifier(),
            signed: Some(attributes.clone()),
            algorithm: SignatureAlgorithm::RsaPkcs1(Digest::Sha256).to_cms(),
            signature,
            unsigned: Vec::new(),
        };
        let mut forge = Forge::of(PAYLOAD.as_bytes());
        (forge.certificates, forge.infos) = (vec![certificate], vec![info.to_der()]);
        let start = Instant::now();
        let seen = open(smime(HEAD, "signed-data", &forge.to_der()), &w.ring);
        assert!(start.elapsed() < Duration::from_secs(10) && seen.verdict != "verified");
        seen.report.signers[0].signature
    };
    // A modulus made for the signature: its cube less the block that it must be. The block has a digest, and so a last
    // octet, of its own; the number under the cube is odd where that is even, so that the modulus is odd.
    for (bits, expected) in [(3072, "good"), (4080, "good"), (8208, "unsupported"), (16_392, "unsupported")] {
        let block = block(&attributes, bits / 8);
        let mut root = vec![0xf0; bits / 24];
        *root.last_mut().unwrap() |= 1 ^ (block.last().unwrap() & 1);
        let cube = times(&times(&root, &root), &root);
        let modulus = minus(&cube, &block);
        assert_eq!((cube.len(), modulus.len(), modulus[modulus.len() - 1] & 1), (bits / 8, bits / 8, 1), "{bits}");
        let signature = [vec![0; bits / 8 - root.len()], root].concat();
        assert_eq!(signature_of(rsa(&modulus, &[3]), signature), expected, "{bits} bits");
    }
    // An exponent that is the usual one and the order of the group more is the same to whoever computes it.
    let (key, pkcs8) = SoftKey::generate(KeySpec::Rsa(2048), &mut SystemRandom).unwrap();
    let private = wire::PrivateKeyInfo::from_der(&pkcs8).unwrap();
    let mut numbers = wire::der::Reader::new(&private.key).sequence().unwrap();
    numbers.uint().unwrap();
    let mut number = || numbers.unsigned().unwrap().to_vec();
    let (n, e, _, p, q) = (number(), number(), number(), number(), number());
    let order = times(&minus(&p, &[1]), &minus(&q, &[1]));
    let algorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);
    let signature = key.sign(&algorithm, attributes.der(), &mut SystemRandom).unwrap();
    assert_eq!(signature_of(rsa(&n, &e), signature.clone()), "good");
    assert_eq!(signature_of(rsa(&n, &plus(&order, &e)), signature), "unsupported");
}

/// The block of PKCS #1 v1.5 for a key of so many octets.
fn block(attributes: &wire::cms::SignedAttributes, octets: usize) -> Vec<u8> {
    let mut info = wire::der::Writer::new();
    info.sequence(|w| {
        wire::AlgorithmIdentifier::with_null(oids::SHA256).write(w);
        w.octet_string(&crypto::digest(Digest::Sha256, attributes.der()));
    });
    let info = info.into_bytes();
    [&[0, 1], vec![0xff; octets - info.len() - 3].as_slice(), &[0], &info].concat()
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let mut key = wire::der::Writer::new();
    key.sequence(|w| {
        w.unsigned(modulus).unsigned(exponent);
    });
    let algorithm = wire::AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION);
    wire::SubjectPublicKeyInfo::new(algorithm, key.into_bytes()).der().to_vec()
}

/// The certificate with another key, signed by nobody.
fn with_key(certificate: &wire::Certificate, spki: Vec<u8>) -> wire::Certificate {
    let tbs = wire::x509::TbsCertificate {
        serial: certificate.serial().to_vec(),
        signature: certificate.signature_algorithm().clone(),
        issuer: certificate.issuer().clone(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        subject: certificate.subject().clone(),
        spki,
        extensions: Vec::new(),
    };
    let der = wire::x509::certificate_der(&tbs.to_der(), certificate.signature_algorithm(), &[0; 64]);
    wire::Certificate::from_der(&der).unwrap()
}

// Numbers, the most significant octet first, without zeros before it.

fn times(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut product = vec![0u64; a.len() + b.len()];
    for (i, x) in a.iter().rev().enumerate() {
        for (j, y) in b.iter().rev().enumerate() {
            product[i + j] += u64::from(*x) * u64::from(*y);
        }
    }
    carried(product.into_iter().map(|digit| i64::try_from(digit).unwrap()))
}

fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let b = b.iter().rev().map(|y| i64::from(*y)).chain(std::iter::repeat(0));
    carried(a.iter().rev().zip(b).map(|(x, y)| i64::from(*x) - y))
}

fn plus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let b = b.iter().rev().map(|y| i64::from(*y)).chain(std::iter::repeat(0));
    carried(a.iter().rev().zip(b).map(|(x, y)| i64::from(*x) + y).chain([0]))
}

/// From digits of any size, the least significant first.
fn carried(digits: impl Iterator<Item = i64>) -> Vec<u8> {
    let mut carry = 0;
    let mut octets: Vec<u8> = digits
        .map(|digit| {
            carry += digit;
            let octet = carry.rem_euclid(256);
            carry = carry.div_euclid(256);
            octet as u8
        })
        .collect();
    assert_eq!(carry, 0);
    while octets.last() == Some(&0) {
        octets.pop();
    }
    octets.reverse();
    octets
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
