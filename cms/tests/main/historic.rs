//! Old mail: what opens with a word of warning, and what only somebody who insists gets to see (E-05, RFC 8551 §B.2).

use crypto::{ContentCipher, KeyWrap, Secret, SystemRandom};
use sealpost_cms::{EnvelopedFacts, Error, KeyList, Keys, Opening, SharedSecret};
use wire::cms::write_kek;
use wire::der::Tag;
use wire::oids;

use crate::forge::{content_info, der};
use crate::peer::Folder;
use crate::people::*;

fn import(message: &[u8], keys: &dyn Keys) -> Result<(Vec<u8>, EnvelopedFacts), Error> {
    let opening = Opening::Import { keys, permit: permit(), rng: &mut SystemRandom, attributes: Vec::new() };
    let opened = read_opening(message, opening)?;
    Ok((opened.content, opened.end?))
}

fn release(message: &[u8], facts: &EnvelopedFacts) -> Vec<u8> {
    read_opening(message, Opening::Release(&facts.key)).unwrap().content
}

/// What this OpenSSL encrypts with the option, if it knows the cipher.
fn encrypted(folder: &Folder, options: &str, to: &str) -> Option<Vec<u8>> {
    let (done, _) = folder.run(&format!(
        "openssl cms -encrypt -binary -in text -outform DER -out x -provider legacy -provider default {options} {to}"
    ));
    done.then(|| folder.read("x"))
}

#[test]
fn rc2_of_128_bits_and_camellia_are_read_and_told() {
    let Some(folder) = Folder::with("openssl") else { return };
    let who = alice(RSA);
    folder.person("a", &who);
    let mut seen = Vec::new();
    for (option, name) in [
        ("-rc2-128", "rc2-128-cbc"),
        ("-camellia128", "camellia-128-cbc"),
        ("-camellia192", "camellia-192-cbc"),
        ("-camellia256", "camellia-256-cbc"),
    ] {
        for length in [0, 1, 7, 8, 15, 16, 17, 1000, 300_001] {
            folder.write("text", &letter(length));
            let Some(message) = encrypted(&folder, &format!("{option} -stream"), "a.pem") else { continue };
            let (read, facts) = decrypt(&message, &who.keys()).unwrap();
            assert!(read == letter(length) && facts.cipher.to_string() == name, "{name} {length}");
            assert!(facts.cipher.is_historic() && !facts.cipher.is_broken() && !facts.authenticated && !facts.imported);
            assert_eq!(release(&message, &facts), letter(length));
            seen.push(name);
            for end in (0..message.len()).rev().step_by(message.len() / 20 + 1) {
                assert!(decrypt(&message[..end], &who.keys()).is_err(), "{name} {length} cut at {end}");
            }
        }
        assert!(name.parse::<ContentCipher>().is_err(), "never written");
    }
    seen.dedup();
    println!("{} of 4 ciphers known there", seen.len());
    assert!(seen.iter().any(|name| name.starts_with("camellia")));
}

#[test]
fn what_anybody_can_break_is_only_imported() {
    let Some(folder) = Folder::with("openssl") else { return };
    let who = alice(RSA);
    folder.person("a", &who);
    folder.write("text", &letter(1000));
    let mut seen = 0;
    for (option, name) in [("-rc2-40", "rc2-40-cbc"), ("-rc2-64", "rc2-64-cbc"), ("-des", "des-cbc")] {
        let Some(message) = encrypted(&folder, option, "a.pem") else { continue };
        let refused = decrypt(&message, &who.keys()).unwrap_err();
        assert!(matches!(refused, Error::NeedsImport(cipher) if cipher.to_string() == name), "{name} {refused:?}");
        let (read, facts) = import(&message, &who.keys()).unwrap();
        assert!(read == letter(1000) && facts.imported && !facts.authenticated, "{name}");
        assert_eq!(release(&message, &facts), letter(1000));
        seen += 1;
    }
    println!("{seen} of 3 ciphers known there");
}

#[test]
fn k_09_triple_des_wraps_keys_for_elliptic_curves() {
    let Some(folder) = Folder::with("openssl") else { return };
    let who = alice(P256);
    folder.person("a", &who);
    folder.write("text", &letter(1000));
    folder.must("openssl cms -encrypt -binary -in text -outform DER -out x -des3 a.pem");
    let message = folder.read("x");
    let wrap = der(|w| {
        w.oid(oids::DES3_WRAP);
    });
    assert!(message.windows(wrap.len()).any(|w| w == wrap), "triple DES wraps the key too");
    let (read, facts) = decrypt(&message, &who.keys()).unwrap();
    assert!(read == letter(1000) && facts.cipher == ContentCipher::DesEde3Cbc);
}

/// EnvelopedData with an AEAD whose tag ends the content, as Bouncy Castle wrote it before 1.70.
fn misplaced(cipher: ContentCipher, content: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let cek = Secret::new(vec![5; cipher.key_len()]);
    let iv = vec![6; cipher.iv_len()];
    let mut sealed = Vec::new();
    let tag = crypto::seal_once(cipher, &cek, &iv, b"", content, &mut sealed).unwrap();
    sealed.extend(tag);
    change(&mut sealed);
    let kek = Secret::new(vec![1; 16]);
    let info = der(|w| {
        let wrapped = KeyWrap::Aes128.wrap(&kek, cek.as_bytes()).unwrap();
        write_kek(w, b"id", &KeyWrap::Aes128.to_algorithm(), &wrapped);
    });
    let body = der(|w| {
        w.sequence(|w| {
            w.uint(2).set_of(Tag::SET, vec![info.clone()]).sequence(|w| {
                w.oid(oids::DATA).raw(&cipher.to_algorithm(&iv).to_der());
                w.element(Tag::context_primitive(0), &sealed);
            });
        });
    });
    content_info(oids::ENVELOPED_DATA, &body)
}

#[test]
fn e_05_an_aead_in_enveloped_data_is_only_imported_and_its_tag_still_counts() {
    let kek = SharedSecret::Kek { id: None, key: Secret::new(vec![1; 16]) };
    let keys = KeyList::default().with_shared(vec![kek]);
    for cipher in [ContentCipher::Aes128Gcm, ContentCipher::Aes256Gcm, ContentCipher::ChaCha20Poly1305] {
        for length in [0, 1, 15, 16, 17, 1000, 300_001] {
            let message = misplaced(cipher, &letter(length), |_| {});
            assert!(matches!(decrypt(&message, &keys), Err(Error::NeedsImport(c)) if c == cipher));
            let (read, facts) = import(&message, &keys).unwrap();
            assert!(read == letter(length) && facts.imported && !facts.authenticated, "{cipher} {length}");
            assert_eq!(release(&message, &facts), letter(length));
        }
        let failing: [fn(&mut Vec<u8>); 4] = [
            |sealed| *sealed.last_mut().unwrap() ^= 1,
            |sealed| sealed[0] ^= 1,
            |sealed| sealed.truncate(10),
            |sealed| sealed.clear(),
        ];
        for change in failing {
            let message = misplaced(cipher, &letter(100), change);
            assert!(matches!(import(&message, &keys), Err(Error::CannotDecrypt)));
        }
    }
}
