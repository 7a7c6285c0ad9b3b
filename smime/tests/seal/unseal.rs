//! A reader of sealed mail that shares nothing with the sealing side but the rooms below.

use std::io::{BufReader, Read};

use cms::{EnvelopedReader, Opening, SignedFacts, SignedReader, SignerEntry};
use crypto::{ContentCipher, SystemRandom};
use mime::{Base64Reader, Header, Limits, SignedParts};
use trust::Policy;
use wire::ber::BerReader;
use wire::oids;

use crate::ring::{NOW, Ring};

/// An entity in CRLF form: its header, and its body as bytes.
pub struct Entity {
    pub header: Header,
    pub body: Vec<u8>,
}

pub fn entity(bytes: &[u8]) -> Entity {
    let mut rest = bytes;
    let header = Header::read(&mut rest, &Limits::default()).unwrap();
    Entity { header, body: rest.to_vec() }
}

/// What an encrypted mail holds, opened with a key of the ring, and the cipher.
pub fn decrypt(mail: &[u8], ring: &Ring) -> Result<(Vec<u8>, ContentCipher), cms::Error> {
    let outer = entity(mail);
    assert!(outer.header.content_type().is("application", "pkcs7-mime"));
    let mut ber = BerReader::new(BufReader::new(Base64Reader::new(outer.body.as_slice())));
    let kind = cms::enter(&mut ber)?;
    let policy = trust::Policy::standard();
    let permit = cms::Permit::new(&policy, NOW);
    let opening = Opening::Prove { keys: ring, permit, rng: &mut SystemRandom, attributes: Vec::new(), report: true };
    let mut reader =
        EnvelopedReader::new(ber, kind == oids::AUTH_ENVELOPED_DATA, opening).map_err(|broken| broken.error)?;
    let mut out = Vec::new();
    reader.read_to_end(&mut out).map_err(cms::Error::from)?;
    let facts = reader.finish().0?;
    Ok((out, facts.cipher))
}

/// The bytes that a multipart/signed covers, once its signature holds.
pub fn verify_clear(bytes: &[u8]) -> Vec<u8> {
    clear_facts(bytes).0
}

/// The same with who signs them.
pub fn clear_facts(bytes: &[u8]) -> (Vec<u8>, SignedFacts) {
    let outer = entity(bytes);
    let content = outer.header.content_type();
    assert!(content.is("multipart", "signed"), "{}", String::from_utf8_lossy(bytes));
    assert_eq!(content.param("protocol"), Some("application/pkcs7-signature"));
    let boundary = content.param("boundary").unwrap();
    let mut parts = SignedParts::new(outer.body.as_slice(), boundary, &Limits::default()).map_err(|(e, _)| e).unwrap();
    let mut first = Vec::new();
    parts.read_to_end(&mut first).unwrap();
    let second = parts.finish().0.unwrap();
    assert!(second.defects.is_empty());
    assert!(second.header.content_type().is("application", "pkcs7-signature"));
    let mut ber = BerReader::new(second.body.as_slice());
    assert_eq!(cms::enter(&mut ber).unwrap(), oids::SIGNED_DATA);
    let reader = SignedReader::new(ber, true).map_err(|broken| broken.error).unwrap();
    assert!(!reader.has_content());
    let mut facts = reader.finish().0.unwrap();
    let digest = crypto::Digest::from_algorithm(&facts.digest_algorithms[0]).unwrap();
    assert_eq!(content.param("micalg"), Some(digest.micalg()));
    facts.digests = vec![(digest, crypto::digest(digest, &first))];
    check(&facts);
    (first, facts)
}

/// The bytes inside an opaque signed entity, once its signature holds.
pub fn verify_opaque(bytes: &[u8]) -> Vec<u8> {
    let outer = entity(bytes);
    assert_eq!(outer.header.content_type().param("smime-type"), Some("signed-data"));
    let mut ber = BerReader::new(BufReader::new(Base64Reader::new(outer.body.as_slice())));
    assert_eq!(cms::enter(&mut ber).unwrap(), oids::SIGNED_DATA);
    let mut reader = SignedReader::new(ber, true).map_err(|broken| broken.error).unwrap();
    let mut out = Vec::new();
    reader.read_to_end(&mut out).unwrap();
    check(&reader.finish().0.unwrap());
    out
}

fn check(facts: &SignedFacts) {
    let [SignerEntry::Info(info)] = facts.signers.as_slice() else { panic!("not one signer") };
    let checked = cms::check_signer(info, facts, &[], &Policy::standard(), NOW, false);
    checked.result.unwrap();
    assert_eq!(checked.signed_at, Some(NOW));
}
