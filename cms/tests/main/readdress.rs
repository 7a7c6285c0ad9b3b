//! The same encrypted content for other recipients (RFC 2634 §4.2.3.1).

use crypto::{ContentCipher, KeyTransport, SystemRandom};
use sealpost_cms::{Error, Readdressed, enter};
use wire::ber::BerReader;
use wire::cms::{Attribute, SignedAttributes};
use wire::der::Tag;
use wire::{AlgorithmIdentifier, oids};

use crate::forge::*;
use crate::people::*;

const CEK: u8 = 0x5a;

fn bob(spec: crypto::KeySpec) -> std::sync::Arc<Person> {
    person("bob", spec)
}

/// The message with Alice's place taken by whoever has this key.
fn readdressed(message: &[u8], to: &Person) -> Result<Vec<u8>, Error> {
    let (_, facts) = decrypt(message, &alice(RSA).keys())?;
    let recipients = [to.recipient()];
    let readdressed = Readdressed::new(&facts.key, &recipients, None, &mut SystemRandom)?;
    let mut ber = BerReader::new(message);
    let authenticated = enter(&mut ber)? == oids::AUTH_ENVELOPED_DATA;
    readdressed.copy(ber, authenticated, Vec::new())
}

fn message(cipher: ContentCipher, content: &[u8], attributes: &[u8]) -> Enveloped {
    let cek = vec![CEK; cipher.key_len()];
    Enveloped::of(cipher, &cek, content, attributes).to(&[transport(&alice(RSA), &cek, &KeyTransport::RsaPkcs1)])
}

fn some(tag: Tag) -> Vec<u8> {
    SignedAttributes::new(vec![Attribute::new(oids::CONTENT_HINT, vec![5, 0])]).der_tagged(tag)
}

#[test]
fn ess_05_every_cipher_changes_hands_and_nothing_else() {
    for cipher in ContentCipher::ALL {
        for length in [0, 27, 64 * 1024, 300_000] {
            let text = letter(length);
            let own = message(cipher, &text, &[]);
            for kind in [RSA, P256] {
                let passed = readdressed(&own.to_der(), &bob(kind)).unwrap();
                let (content, facts) = decrypt(&passed, &bob(kind).keys()).unwrap();
                assert_eq!((content == text, facts.cipher, facts.recipients().len()), (true, cipher, 1), "{cipher}");
                assert!(matches!(decrypt(&passed, &alice(RSA).keys()), Err(Error::NotForUs { recipients: 1, .. })));
                let encrypted = own.content.as_ref().unwrap();
                let start = &encrypted[..encrypted.len().min(1000)];
                assert!(passed.windows(start.len().max(1)).any(|w| w == start) || start.is_empty(), "{cipher}");
            }
        }
    }
}

/// What the tag covers, what nothing protects, and a key that is derived (RFC 9709).
#[test]
fn ess_05_attributes_and_derived_keys_stay() {
    let content_type = Attribute::new(oids::CONTENT_TYPE, oid_value(oids::DATA));
    let authenticated = SignedAttributes::new(vec![content_type]).der().to_vec();
    for cipher in ContentCipher::ALL {
        let attributes = if cipher.is_aead() { &authenticated[..] } else { &[] };
        for length in [27, 300_000] {
            let mut own = message(cipher, &letter(length), attributes);
            own.rest = some(Tag::context(if cipher.is_aead() { 2 } else { 1 }));
            let passed = readdressed(&own.to_der(), &bob(RSA)).unwrap();
            assert_eq!(decrypt(&passed, &bob(RSA).keys()).unwrap().0, letter(length), "{cipher}");
            assert!(passed.windows(own.rest.len()).any(|w| w == own.rest), "{cipher}");
        }
        let cek = vec![CEK; cipher.key_len()];
        let inner = cipher.to_algorithm(&vec![9; cipher.iv_len()]).to_der();
        let key = crypto::kdf::cek_hkdf(&crypto::Secret::new(cek.clone()), &inner).unwrap();
        let mut derived = Enveloped::of(cipher, key.as_bytes(), b"text", &[]);
        derived.algorithm = AlgorithmIdentifier::with(oids::CEK_HKDF_SHA256, inner);
        let derived = derived.to(&[transport(&alice(RSA), &cek, &KeyTransport::RsaPkcs1)]);
        let passed = readdressed(&derived.to_der(), &bob(P256)).unwrap();
        assert_eq!(decrypt(&passed, &bob(P256).keys()).unwrap().0, b"text", "{cipher}");
    }
}

/// A copy is copied to the same again, whatever the bytes were; the fuzz target `layers` goes on from here.
#[test]
fn ess_05_copies_of_damaged_messages_are_stable() {
    for cipher in [ContentCipher::Aes256Gcm, ContentCipher::Aes128Cbc] {
        let mut own = message(cipher, b"text", &[]);
        own.rest = some(Tag::context(if cipher.is_aead() { 2 } else { 1 }));
        let der = own.to_der();
        for at in 0..der.len() {
            for bit in [1, 0x20, 0x80] {
                let mut changed = der.clone();
                changed[at] ^= bit;
                sealpost_cms::fuzz_layers(&changed);
            }
        }
    }
}

#[test]
fn ess_05_a_copy_for_nobody_or_of_something_else_is_refused() {
    let own = message(ContentCipher::Aes256Gcm, b"text", &[]).to_der();
    let (_, facts) = decrypt(&own, &alice(RSA).keys()).unwrap();
    assert!(matches!(Readdressed::new(&facts.key, &[], None, &mut SystemRandom), Err(Error::Malformed(_))));
    let readdressed = Readdressed::new(&facts.key, &[bob(RSA).recipient()], None, &mut SystemRandom).unwrap();
    for end in 0..own.len() {
        let mut ber = BerReader::new(&own[..end]);
        let copied = enter(&mut ber).and_then(|_| readdressed.copy(ber, true, Vec::new()));
        assert!(copied.is_err(), "{end}");
    }
    let mut ber = BerReader::new(&own[..]);
    enter(&mut ber).unwrap();
    assert!(readdressed.copy(ber, false, Vec::new()).is_err(), "it has a tag");
}
