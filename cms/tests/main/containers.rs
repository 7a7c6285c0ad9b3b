//! The structures around everything: rows CMS-01, CMS-03, CMS-04, CMS-08, CMS-10, X-14, X-15, X-18.

use crypto::{ContentCipher, Digest, KeyTransport, SignatureAlgorithm};
use sealpost_cms::{Error, SignOptions, SignerEntry};
use wire::cms::SignerInfo;
use wire::der::Tag;
use wire::oids;

use crate::forge::{Enveloped, Signed, attributes, content_info, der, info, transport};
use crate::people::*;

const TEXT: &[u8] = b"Content-Type: text/plain\r\n\r\nhello\r\n";
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);

fn signed_by_alice() -> Signed {
    let alice = alice(P256);
    Signed::of(TEXT, &[&alice.certificate], &[info(&alice, ECDSA, Some(attributes(TEXT, Digest::Sha256)), TEXT)])
}

fn sealed_for_alice(cipher: ContentCipher) -> Enveloped {
    let cek = vec![0x5a; cipher.key_len()];
    Enveloped::of(cipher, &cek, TEXT, &[]).to(&[transport(&alice(RSA), &cek, &KeyTransport::RsaPkcs1)])
}

/// The same message with every constructed element of indefinite length and, where `shred`, every
/// primitive OCTET STRING and [0] of the kind in fragments of seven octets, twice nested.
fn loosened(bytes: &[u8], shred: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut reader = wire::der::Reader::lenient(bytes);
    while !reader.is_empty() {
        let element = reader.any().unwrap();
        if element.tag.is_constructed() {
            out.extend([element.tag.0, 0x80]);
            out.extend(loosened(element.contents, shred));
            out.extend([0, 0]);
        } else if shred && matches!(element.tag, Tag::OCTET_STRING) {
            out.extend([0x24, 0x80]);
            for piece in element.contents.chunks(7) {
                let inner = der(|w| {
                    w.octet_string(piece);
                });
                out.extend(der(|w| {
                    w.element(Tag(0x24), &inner);
                }));
            }
            out.extend([0, 0]);
        } else {
            out.extend_from_slice(element.raw);
        }
    }
    out
}

/// Lengths in five octets where one would do.
fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut reader = wire::der::Reader::lenient(bytes);
    while !reader.is_empty() {
        let element = reader.any().unwrap();
        let contents = if element.tag.is_constructed() { padded(element.contents) } else { element.contents.to_vec() };
        out.extend([element.tag.0, 0x84]);
        out.extend(u32::try_from(contents.len()).unwrap().to_be_bytes());
        out.extend(contents);
    }
    out
}

#[test]
fn cms_01_any_ber_around_a_signature() {
    // The certificate is DER by its own rule: it is at hand, not in the message.
    let message = Signed { certificates: Vec::new(), ..signed_by_alice() }.to_der();
    for bytes in [message.clone(), loosened(&message, false), loosened(&message, true), padded(&message)] {
        let read = read_signed(&bytes, None).unwrap();
        assert_eq!(read.content, TEXT);
        let SignerEntry::Info(signer) = &read.facts.signers[0] else { panic!("{:?}", read.facts.signers) };
        let others = [alice(P256).certificate.clone()];
        let policy = trust::Policy::standard();
        let checked = sealpost_cms::check_signer(signer, &read.facts, &others, &policy, NOW, false);
        assert!(checked.result.is_ok(), "{:?}", checked.result);
    }
}

#[test]
fn cms_01_any_ber_around_encryption() {
    for spec in TAKING {
        let who = alice(spec);
        for cipher in ContentCipher::ALL {
            let message = encrypt(cipher, &[who.recipient()], TEXT);
            for bytes in [loosened(&message, false), loosened(&message, true), padded(&message)] {
                assert_eq!(decrypt(&bytes, &who.keys()).unwrap().0, TEXT, "{spec} {cipher}");
            }
        }
    }
}

#[test]
fn cms_03_the_version_of_signed_data_is_written_right_and_decides_nothing() {
    for version in [0, 1, 3, 4, 5, 77] {
        assert!(read_signed(&Signed { version, ..signed_by_alice() }.to_der(), None).unwrap().holds());
    }
    let version_of = |use_key_id| {
        let bytes = sign_detached(vec![alice(P256).signer()], SignOptions { use_key_id, ..options() }, TEXT);
        let mut ber = wire::ber::BerReader::new(&bytes[..]);
        sealpost_cms::enter(&mut ber).unwrap();
        ber.enter(Tag::SEQUENCE).unwrap();
        ber.element(10).unwrap()[2]
    };
    assert_eq!((version_of(false), version_of(true)), (1, 3));
    // A SignerInfo of a version that nobody knows, but of the known form, is judged like any other.
    let alice = alice(P256);
    let odd = SignerInfo { version: 9, ..info(&alice, ECDSA, Some(attributes(TEXT, Digest::Sha256)), TEXT) };
    assert!(read_signed(&Signed::of(TEXT, &[&alice.certificate], &[odd]).to_der(), None).unwrap().holds());
}

#[test]
fn cms_04_signers_that_cannot_be_read_leave_the_others() {
    for odd in [vec![0x30, 0], vec![0x30, 3, 2, 1, 5], vec![5, 0], vec![0xa7, 2, 5, 0]] {
        for first in [true, false] {
            let mut message = signed_by_alice();
            let at = if first { 0 } else { 1 };
            message.signers.insert(at, odd.clone());
            let read = read_signed(&message.to_der(), None).unwrap();
            assert_eq!(read.facts.signers.len(), 2);
            assert!(matches!(read.facts.signers[at], SignerEntry::Unreadable(_)));
            assert_eq!(read.all().iter().filter(|c| c.result.is_ok()).count(), 1);
            assert!(!read.holds(), "one of two could not be judged");
        }
    }
}

#[test]
fn cms_08_trailing_octets_are_refused() {
    let sealed = sealed_for_alice(ContentCipher::Aes256Gcm).to_der();
    let signed = signed_by_alice().to_der();
    for rest in [&b"\0"[..], b"\n", b"\x30\x00", b"\x05\x00"] {
        assert!(read_signed(&[&signed[..], rest].concat(), None).is_err());
        let longer = [&sealed[..], rest].concat();
        assert!(matches!(decrypt(&longer, &alice(RSA).keys()), Err(Error::CannotDecrypt)), "{rest:02x?}");
    }
    // Inside the frames too.
    let body = &signed[header(&signed)..];
    let stuffed = der(|w| {
        w.element(Tag::SEQUENCE, &[body, &[5, 0]].concat());
    });
    assert!(read_signed(&stuffed, None).is_err());
}

fn header(bytes: &[u8]) -> usize {
    if bytes[1] & 0x80 == 0 { 2 } else { 2 + usize::from(bytes[1] & 0x7f) }
}

#[test]
fn cms_08_no_recipient_is_an_error() {
    for cipher in ContentCipher::ALL {
        let message = Enveloped { recipients: Vec::new(), ..sealed_for_alice(cipher) };
        assert!(matches!(decrypt(&message.to_der(), &alice(RSA).keys()), Err(Error::Malformed(_))));
    }
}

#[test]
fn cms_08_what_is_no_content_info_is_damaged() {
    for bytes in [&b""[..], b"\x30", b"hello", b"\x30\x00", b"\x30\x80\x00\x00", &[0x30, 3, 6, 1, 42], &[0; 40]] {
        assert!(matches!(read_signed(bytes, None), Err(Error::Damaged(_))), "{bytes:02x?}");
    }
    for oid in [oids::DATA, oids::SIGNED_DATA, oids::ENVELOPED_DATA, oids::AUTH_ENVELOPED_DATA] {
        for content in [&[][..], &[5, 0], &[0x30, 0], &[0x30, 0x80, 0, 0], &[4, 2, 1, 2]] {
            let bytes = content_info(oid, content);
            assert!(read_signed(&bytes, None).is_err());
            assert!(decrypt(&bytes, &alice(RSA).keys()).is_err());
        }
    }
}

#[test]
fn cms_10_certificates_in_any_number_order_and_kind() {
    let (alice, bob) = (alice(P256), person("bob", P256));
    let mut message = signed_by_alice();
    message.certificates = vec![
        vec![0xa0, 2, 5, 0], // PKCS#6, long obsolete
        bob.certificate.der().to_vec(),
        vec![0xa2, 2, 5, 0], // an attribute certificate
        alice.certificate.der().to_vec(),
        vec![0x30, 2, 5, 0], // no certificate
        vec![0xa3, 2, 5, 0],
        alice.certificate.der().to_vec(),
    ];
    message.crls = vec![0xa1, 4, 0x30, 2, 5, 0];
    let read = read_signed(&message.to_der(), None).unwrap();
    assert!(read.holds());
    assert_eq!((read.facts.certificates.len(), read.facts.unreadable_certificates), (3, 4));
    // None that belongs to the signer, and none at all.
    for certificates in [vec![bob.certificate.der().to_vec()], vec![]] {
        let read = read_signed(&Signed { certificates, ..signed_by_alice() }.to_der(), None).unwrap();
        assert!(!read.holds() && read.facts.signers.len() == 1);
    }
}

#[test]
fn x_18_many_certificates_and_signers_are_bounded() {
    let alice = alice(P256);
    let der = alice.certificate.der().to_vec();
    let mut message = Signed { certificates: vec![der.clone(); 1000], ..signed_by_alice() };
    assert!(read_signed(&message.to_der(), None).unwrap().holds());
    message.certificates.push(der);
    let error = read_signed(&message.to_der(), None).err().unwrap();
    assert!(matches!(error, Error::Damaged(wire::Error::LimitExceeded(_))), "{error:?}");
    // Of thousands of signers ten are looked at, and the rest is told of.
    let mut crowd = signed_by_alice();
    crowd.signers = vec![crowd.signers[0].clone(); 5000];
    let read = read_signed(&crowd.to_der(), None).unwrap();
    assert_eq!((read.facts.signers.len(), read.facts.ignored_signers), (10, 4990));
    let mut digests = signed_by_alice();
    digests.digests = vec![Digest::Sha256.algorithm_identifier(); 5000];
    assert!(read_signed(&digests.to_der(), None).is_err());
}

#[test]
fn x_14_nesting_without_end_is_an_error() {
    for depth in [40, 2500, 100_000] {
        for opening in [[0x30u8, 0x80], [0xa0, 0x80], [0x24, 0x80], [0x31, 0x80]] {
            let deep = opening.repeat(depth);
            let closed = [&deep[..], &vec![0; depth * 2]].concat();
            for body in [&deep, &closed] {
                // In place of everything, of a certificate, of a signer, of a recipient, of attributes after all.
                assert!(read_signed(body, None).is_err());
                let certificates = Signed { certificates: vec![body.clone()], ..signed_by_alice() };
                let _ = read_signed(&certificates.to_der(), None).map(|read| assert!(!read.holds()));
                let signers = Signed { signers: vec![body.clone()], ..signed_by_alice() };
                let _ = read_signed(&signers.to_der(), None).map(|read| assert!(!read.holds()));
                let mut sealed = sealed_for_alice(ContentCipher::Aes256Gcm);
                sealed.recipients.insert(0, body.clone());
                let _ = decrypt(&sealed.to_der(), &alice(RSA).keys());
                let mut tailed = sealed_for_alice(ContentCipher::Aes256Gcm);
                tailed.rest = der(|w| {
                    w.element(Tag::context(2), body);
                });
                // What may stand there is passed over by its length; nobody looks inside.
                assert_eq!(decrypt(&tailed.to_der(), &alice(RSA).keys()).unwrap().0, TEXT);
                tailed.rest = [&[0xa2, 0x80][..], body, &[0, 0]].concat();
                assert!(matches!(decrypt(&tailed.to_der(), &alice(RSA).keys()), Err(Error::CannotDecrypt)));
            }
        }
    }
}

#[test]
fn x_15_fragments_and_lengths_that_ask_for_too_much() {
    let streamed = |content: &[u8], end: &[u8]| {
        let head = [
            &[0x30, 0x80][..],
            &crate::forge::oid_value(oids::SIGNED_DATA),
            &[0xa0, 0x80, 0x30, 0x80, 2, 1, 1, 0x31, 0, 0x30, 0x80],
            &crate::forge::oid_value(oids::DATA),
            &[0xa0, 0x80],
        ]
        .concat();
        let bytes = [&head[..], content, end].concat();
        read_signed(&bytes, None)
    };
    const END: [u8; 12] = [0, 0, 0, 0, 0x31, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(streamed(&[4, 2, b'h', b'i'], &END).unwrap().content, b"hi");
    assert_eq!(streamed(&[0x24, 0x80, 4, 1, b'h', 0x24, 3, 4, 1, b'i', 4, 0, 0, 0], &END).unwrap().content, b"hi");
    // A million fragments of nothing, then one more.
    let tiny = [&[0x24, 0x80][..], &[4, 0].repeat(1_000_001), &[0, 0]].concat();
    let error = streamed(&tiny, &END).err().unwrap();
    assert!(matches!(error, Error::Damaged(wire::Error::LimitExceeded(_))), "{error:?}");
    // Lengths of an exabyte, of more than eight octets, of more than what encloses them; other things inside.
    for content in [
        &[4, 0x88, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2][..],
        &[4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2],
        &[4, 0x80, 1, 2, 0, 0],
        &[0x24, 4, 4, 9, 1, 2],
        &[0x24, 0x80, 2, 1, 5, 0, 0],
        &[0x24, 0x80, 4, 1, b'h', 0, 1],
        &[0x24, 0x84, 0xff, 0xff, 0xff, 0xff, 4, 1, 1],
        &[12, 2, b'h', b'i'],
    ] {
        assert!(streamed(content, &END).is_err(), "{content:02x?}");
    }
}
