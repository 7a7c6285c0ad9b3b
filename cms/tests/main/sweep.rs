//! Every sample truncated at every length and with every octet changed: nothing panics, nothing that was
//! not signed is said to be, nothing that was not sealed by an AEAD is delivered as proven.

use crypto::{ContentCipher, KeySpec};
use sealpost_cms::{Keys, SignOptions};

use crate::people::*;

const TEXT: &[u8] = b"Content-Type: text/plain\r\n\r\nDear Bob,\r\nyours\r\n";

/// The message cut at every length, and every octet of it changed in three ways.
fn damaged(message: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let cut = (0..message.len()).map(|end| (format!("cut at {end}"), message[..end].to_vec()));
    let changed = (0..message.len()).flat_map(move |at| {
        [0x01, 0x80, 0xff].map(|bits| {
            let mut bad = message.to_vec();
            bad[at] ^= bits;
            (format!("octet {at} of {:02x} xor {bits:02x}", message[at]), bad)
        })
    });
    cut.chain(changed)
}

fn no_signature_on_anything_else(message: &[u8], detached: Option<&[u8]>) {
    assert!(read_signed(message, detached).unwrap().holds());
    for (what, bad) in damaged(message) {
        let Ok(read) = read_signed(&bad, detached) else { continue };
        let signed = if read.facts.has_content { read.content.as_slice() } else { detached.unwrap_or_default() };
        for (entry, checked) in read.facts.signers.iter().zip(read.all()) {
            let allowed = read.check_allowing(entry, true).is_some_and(|c| c.result.is_ok());
            if checked.result.is_ok() || allowed {
                assert!(signed == TEXT, "{what}: holds over {signed:02x?}");
            }
        }
    }
}

#[test]
fn signatures_of_every_key() {
    // The structure is the same whatever signs; these two take their time for each of the many damages.
    let slow = |spec: &KeySpec| matches!(spec, KeySpec::Ed448 | KeySpec::CompositeDsa(_));
    for spec in SIGNING.into_iter().filter(|spec| !slow(spec)) {
        let who = alice(spec);
        for use_key_id in [false, true] {
            let options = || SignOptions { use_key_id, ..options() };
            no_signature_on_anything_else(&sign_attached(vec![who.signer()], options(), TEXT), None);
            no_signature_on_anything_else(&sign_detached(vec![who.signer()], options(), TEXT), Some(TEXT));
        }
    }
}

#[test]
fn signatures_of_several() {
    let (a, b) = (alice(P256), person("bob", KeySpec::Ed25519));
    no_signature_on_anything_else(&sign_attached(vec![a.signer(), b.signer()], options(), TEXT), None);
}

#[test]
fn descriptions_and_certificates_without_a_signer() {
    let people = [alice(RSA).certificate.clone(), alice(P256).certificate.clone()];
    for (_, bad) in damaged(&sealpost_cms::certs_only(&people)) {
        if let Ok(read) = read_signed(&bad, Some(TEXT)) {
            assert!(!read.holds());
        }
    }
    let message = encrypt(ContentCipher::Aes256Gcm, &[alice(RSA).recipient(), alice(P256).recipient()], TEXT);
    let describe = |bytes: &[u8]| {
        let mut ber = wire::ber::BerReader::new(bytes);
        sealpost_cms::enter(&mut ber)?;
        sealpost_cms::describe_enveloped(&mut ber, true)
    };
    assert_eq!(describe(&message).unwrap().recipients.len(), 2);
    for end in 0..message.len() {
        assert!(describe(&message[..end]).is_err(), "{end}");
    }
    for (_, bad) in damaged(&message) {
        let _ = describe(&bad);
    }
}

#[test]
fn signatures_that_stream() {
    // Large: cut and changed around every boundary of structure, and here and there in the content.
    let who = alice(P256);
    let content = letter(150_000);
    let message = sign_attached(vec![who.signer()], options(), &content);
    assert!(read_signed(&message, None).unwrap().holds());
    let near =
        (0..200).chain(65_500..65_800).chain(message.len() - 1500..message.len()).chain((0..150).map(|i| i * 997));
    for at in near {
        assert!(read_signed(&message[..at], None).map_or(true, |read| !read.holds()), "cut at {at}");
        for bits in [0x01, 0x80] {
            let mut bad = message.clone();
            bad[at] ^= bits;
            if let Ok(read) = read_signed(&bad, None)
                && read.all().iter().any(|c| c.result.is_ok())
            {
                assert!(read.content == content, "{at} {bits:02x}");
            }
        }
    }
}

/// What each damaged message gives; equal content is fine (a hint that nothing covers was hit).
fn nothing_else_is_delivered(message: &[u8], keys: &dyn Keys, aead: bool) {
    assert_eq!(decrypt(message, keys).unwrap().0, TEXT);
    for (what, bad) in damaged(message) {
        if let Ok((content, facts)) = decrypt(&bad, keys)
            && content != TEXT
        {
            // CBC proves nothing, and says so; a message that was AEAD never turns into it unnoticed.
            assert!(!facts.authenticated && !aead, "{what}: {content:02x?}");
        }
    }
}

#[test]
fn encryption_with_every_cipher() {
    for cipher in ContentCipher::ALL {
        let who = alice(P256);
        nothing_else_is_delivered(&encrypt(cipher, &[who.recipient()], TEXT), &who.keys(), cipher.is_aead());
    }
}

#[test]
fn encryption_to_every_key() {
    for spec in TAKING {
        let who = alice(spec);
        let message = encrypt(ContentCipher::Aes256Gcm, &[who.recipient()], TEXT);
        nothing_else_is_delivered(&message, &who.keys(), true);
    }
}

#[test]
fn encryption_that_streams() {
    let who = alice(P256);
    let content = letter(150_000);
    for cipher in [ContentCipher::Aes256Gcm, ContentCipher::ChaCha20Poly1305, ContentCipher::Aes256Cbc] {
        let message = encrypt(cipher, &[who.recipient()], &content);
        let near =
            (0..600).chain(65_900..66_300).chain(message.len() - 60..message.len()).chain((0..150).map(|i| i * 997));
        for at in near {
            let cut = decrypt(&message[..at], &who.keys());
            assert!(cut.is_err(), "{cipher} cut at {at}");
            let mut bad = message.clone();
            bad[at] ^= 0x11;
            if let Ok((read, facts)) = decrypt(&bad, &who.keys()) {
                assert!(read == content || !facts.authenticated && !cipher.is_aead(), "{cipher} {at}");
            }
        }
    }
}
