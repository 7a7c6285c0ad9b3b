//! AuthenticatedData (RFC 5652 §9): what its code covers, and every damage to it. Messages of others: tests/interop.

use std::io::Read;

use crypto::{Digest, Hmac, KeyWrap, Secret, SystemRandom};
use sealpost_cms::{
    AuthenticatedFacts, AuthenticatedReader, Error, KeyList, SharedSecret, describe_authenticated, enter,
};
use wire::ber::BerReader;
use wire::cms::{Attribute, SignedAttributes, write_kek};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, Oid, oids};

use crate::people::permit;

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nMeet at noon.\r\n";

/// What is written, right or wrong.
struct Forge {
    mac: (Oid, Digest),
    digest: Option<Digest>,
    attributes: Option<Vec<Attribute>>,
    unauthenticated: bool,
    /// The code over this instead of what it should be over.
    over: Option<Vec<u8>>,
    kept: usize,
}

impl Forge {
    fn plain() -> Forge {
        let mac = (oids::HMAC_SHA256, Digest::Sha256);
        Forge { mac, digest: None, attributes: None, unauthenticated: false, over: None, kept: 64 }
    }

    fn with_attributes() -> Forge {
        Forge { digest: Some(Digest::Sha384), attributes: Some(attributes(oids::DATA, CONTENT)), ..Forge::plain() }
    }

    fn to_der(&self) -> Vec<u8> {
        let key = Secret::new(vec![7; self.mac.1.len()]);
        let set = self.attributes.as_ref().map(|list| {
            let mut w = Writer::new();
            w.set_of(Tag::SET, list.iter().map(Attribute::to_der).collect());
            w.into_bytes()
        });
        let mut code = Hmac::new(self.mac.1, &key);
        code.update(self.over.as_deref().or(set.as_deref()).unwrap_or(CONTENT));
        let code = code.finish();
        let wrapped = KeyWrap::Aes256.wrap(&kek(), key.as_bytes()).unwrap();
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(oids::AUTHENTICATED_DATA).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.uint(0).nested(Tag::SET, |w| write_kek(w, b"one", &KeyWrap::Aes256.to_algorithm(), &wrapped));
                    AlgorithmIdentifier::new(self.mac.0).write(w);
                    if let Some(digest) = self.digest {
                        w.nested(Tag::context(1), |w| {
                            w.oid(digest.oid());
                        });
                    }
                    w.sequence(|w| {
                        w.oid(oids::DATA).nested(Tag::context(0), |w| {
                            w.octet_string(CONTENT);
                        });
                    });
                    if let Some(set) = &set {
                        w.element(Tag::context(2), &set[2..]);
                    }
                    w.octet_string(&code[..code.len().min(self.kept)]);
                    if self.unauthenticated {
                        w.nested(Tag::context(3), |w| {
                            w.raw(&attributes(oids::DATA, CONTENT)[0].to_der());
                        });
                    }
                });
            });
        });
        w.into_bytes()
    }
}

fn kek() -> Secret {
    Secret::new(vec![1; 32])
}

fn attributes(content_type: Oid, content: &[u8]) -> Vec<Attribute> {
    let value = |write: &dyn Fn(&mut Writer)| {
        let mut w = Writer::new();
        write(&mut w);
        vec![w.into_bytes()]
    };
    let digest = crypto::digest(Digest::Sha384, content);
    let kind = value(&|w| {
        w.oid(content_type);
    });
    let digest = value(&|w| {
        w.octet_string(&digest);
    });
    vec![Attribute { oid: oids::CONTENT_TYPE, values: kind }, Attribute { oid: oids::MESSAGE_DIGEST, values: digest }]
}

fn read(message: &[u8]) -> Result<(Vec<u8>, AuthenticatedFacts), Error> {
    let keys = KeyList::default().with_shared(vec![SharedSecret::Kek { id: Some(b"one".to_vec()), key: kek() }]);
    let mut ber = BerReader::new(message);
    if enter(&mut ber)? != oids::AUTHENTICATED_DATA {
        return Err(Error::Malformed("another type"));
    }
    let mut reader =
        AuthenticatedReader::new(ber, &keys, permit(), &mut SystemRandom).map_err(|broken| broken.error)?;
    let mut content = Vec::new();
    reader.read_to_end(&mut content).map_err(Error::from_io)?;
    Ok((content, reader.finish().0?))
}

#[test]
fn v_14_a_code_over_the_content_or_over_attributes_that_name_it() {
    for forge in [Forge::plain(), Forge::with_attributes(), Forge { unauthenticated: true, ..Forge::plain() }] {
        let message = forge.to_der();
        let (content, facts) = read(&message).unwrap();
        assert_eq!((content.as_slice(), facts.mac, facts.content_type), (CONTENT, Digest::Sha256, oids::DATA));
        assert_eq!((facts.opened_with.as_str(), facts.recipients[0].id.as_str()), ("the shared key", "kek-id:6f6e65"));
        let mut ber = BerReader::new(message.as_slice());
        enter(&mut ber).unwrap();
        let seen = describe_authenticated(&mut ber).unwrap();
        let (cipher, length) = (seen.cipher.as_str(), usize::try_from(seen.length).unwrap());
        assert_eq!((cipher, length, seen.tag_len), ("hmac-sha256", CONTENT.len(), 32));
    }
    for (oid, digest) in [
        (oids::HMAC_SHA384, Digest::Sha384),
        (oids::HMAC_SHA512, Digest::Sha512),
        (oids::HMAC_SHA3_256, Digest::Sha3_256),
        (oids::HMAC_SHA3_512, Digest::Sha3_512),
    ] {
        assert_eq!(read(&Forge { mac: (oid, digest), ..Forge::plain() }.to_der()).unwrap().1.mac, digest);
    }
}

/// Row V-14: a digest and attributes come together. Otherwise the code of attributes could be given out as one of a
/// content, or the other way around.
#[test]
fn v_14_digest_and_attributes_come_together_and_agree() {
    let other = |change: &dyn Fn(&mut Forge)| {
        let mut forge = Forge::with_attributes();
        change(&mut forge);
        forge
    };
    let der = |list: Vec<Attribute>| {
        let mut w = Writer::new();
        w.set_of(Tag::SET, list.iter().map(Attribute::to_der).collect());
        SignedAttributes::from_ber(w.as_bytes()).unwrap().der().to_vec()
    };
    let wrong = [
        other(&|f| f.digest = None),
        other(&|f| f.attributes = None),
        other(&|f| f.attributes = Some(attributes(oids::DATA, b"another"))),
        other(&|f| f.attributes = Some(attributes(oids::SIGNED_DATA, CONTENT))),
        other(&|f| f.attributes.as_mut().unwrap().truncate(1)),
        other(&|f| drop(f.attributes.as_mut().unwrap().remove(0))),
        other(&|f| f.over = Some(CONTENT.to_vec())),
        Forge { over: Some(der(attributes(oids::DATA, CONTENT))), ..Forge::plain() },
        Forge { over: Some(b"another".to_vec()), ..Forge::plain() },
        Forge { kept: 31, ..Forge::plain() },
        Forge { kept: 1, ..Forge::plain() },
        Forge { kept: 0, ..Forge::plain() },
    ];
    for (n, forge) in wrong.iter().enumerate() {
        assert!(matches!(read(&forge.to_der()), Err(Error::CannotDecrypt)), "{n}");
    }
    let unknown = Forge { mac: (oids::SHA256, Digest::Sha256), ..Forge::plain() };
    assert!(matches!(read(&unknown.to_der()), Err(Error::Crypto(_) | Error::Unsupported(_))));
}

#[test]
fn every_damage_is_seen() {
    for forge in [Forge::plain(), Forge::with_attributes()] {
        let message = forge.to_der();
        for end in 0..message.len() {
            assert!(read(&message[..end]).is_err(), "{end}");
        }
        for bit in 0..8 * message.len() {
            let mut damaged = message.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // A version decides nothing.
            assert!(read(&damaged).is_ok_and(|(content, _)| content == CONTENT) || read(&damaged).is_err(), "{bit}");
        }
        let at = message.windows(CONTENT.len()).position(|window| window == CONTENT).unwrap();
        for octet in at..message.len() {
            let mut damaged = message.clone();
            damaged[octet] ^= 0x10;
            assert!(read(&damaged).is_err(), "{octet}");
        }
        assert!(read(&[message.as_slice(), b"\n"].concat()).is_err());
    }
}
