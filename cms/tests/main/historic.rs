//! Old mail: what opens with a word of warning, and what only somebody who insists gets to see (E-05, RFC 8551 §B.3).

use crypto::{ContentCipher, KeyWrap, Secret, SystemRandom};
use sealpost_cms::{EnvelopedFacts, Error, KeyList, Keys, Opening, SharedSecret};
use wire::cms::write_kek;
use wire::der::Tag;
use wire::oids;

use crate::forge::{content_info, der};
use crate::peer::Folder;
use crate::people::*;

fn import(message: &[u8], keys: &dyn Keys) -> Result<(Vec<u8>, EnvelopedFacts), Error> {
    let opening =
        Opening::Import { keys, permit: permit(), rng: &mut SystemRandom, attributes: Vec::new(), report: true };
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

/// Every name of a cipher that this OpenSSL has. Where it writes a message that it reads itself, so do we; what it
/// writes and nobody reads (CFB of single bits or octets under the identifier of whole blocks) fails or is refused.
#[test]
fn every_cipher_that_openssl_writes_and_reads_is_read() {
    let Some(folder) = Folder::with("openssl") else { return };
    let who = alice(RSA);
    folder.person("a", &who);
    let (_, list) = folder.run("openssl enc -list -provider legacy -provider default");
    let mut names: Vec<&str> = list.split_whitespace().filter_map(|word| word.strip_prefix('-')).collect();
    // They authenticate, which that command does not do.
    names.extend(["aria-128-gcm", "aria-192-gcm", "aria-256-gcm", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm"]);
    let (mut read_here, mut theirs) = (std::collections::BTreeSet::new(), 0);
    for name in names {
        for length in [0, 16, 1000] {
            folder.write("text", &letter(length));
            let Some(message) = encrypted(&folder, &format!("-{name}"), "a.pem") else { continue };
            let (own, _) = folder.run(
                "openssl cms -decrypt -binary -in x -inform DER -inkey a.key -out y -provider legacy -provider default",
            );
            // Key wrap is no cipher for content, though OpenSSL does not mind.
            if !own || folder.read("y") != letter(length) || (name.starts_with("id-") && name.contains("wrap")) {
                continue;
            }
            theirs += 1;
            let (read, facts) = import(&message, &who.keys()).unwrap_or_else(|e| panic!("{name} {length}: {e}"));
            assert!(read == letter(length), "{name} {length}");
            let broken = facts.cipher.is_broken();
            assert!(facts.imported == broken, "{name}");
            assert_eq!(facts.authenticated, facts.cipher.is_aead(), "{name}");
            assert_eq!(release(&message, &facts), letter(length), "{name}");
            let plainly = decrypt(&message, &who.keys());
            assert_eq!(plainly.is_ok(), !broken, "{name}");
            assert!(!broken || matches!(plainly, Err(Error::NeedsImport(c)) if c == facts.cipher), "{name}");
            read_here.insert(facts.cipher.to_string());
        }
    }
    println!("OpenSSL: {theirs} letters in {} ciphers: {read_here:?}", read_here.len());
    assert!(read_here.len() >= 30);
}

/// ARIA-GCM streams, and its tag counts as every other's.
#[test]
fn aria_gcm_is_proven_by_its_tag() {
    let Some(folder) = Folder::with("openssl") else { return };
    let who = alice(RSA);
    folder.person("a", &who);
    for length in [0, 1, 15, 16, 17, 1000, 300_001] {
        folder.write("text", &letter(length));
        let Some(message) = encrypted(&folder, "-aria-256-gcm", "a.pem") else { return };
        let (read, facts) = decrypt(&message, &who.keys()).unwrap();
        assert!(read == letter(length) && facts.authenticated && facts.tag_len == 16, "{length}");
        assert_eq!(release(&message, &facts), letter(length));
        for place in (0..16.min(length)).chain([16]) {
            let mut bad = message.clone();
            let at = bad.len() - 1 - place;
            bad[at] ^= 1;
            assert!(decrypt(&bad, &who.keys()).is_err(), "{length} {place}");
        }
    }
}

/// Serpent and SEED, which no other program of these writes in mail, and Camellia.
#[test]
fn every_cipher_that_gpgsm_writes_is_read() {
    let who = alice(RSA);
    let Some(folder) = crate::gpgsm::keyring(&who, false) else { return };
    let mut seen = Vec::new();
    for cipher in GPGSM_CIPHERS {
        for length in [0, 16, 300_001] {
            folder.write("text", &letter(length));
            let to = "--recipient alice@example.org --output x --encrypt text";
            let (done, _) = folder.run(&format!("{} --cipher-algo {cipher} {to}", crate::gpgsm::GPGSM));
            if !done {
                continue;
            }
            let (read, facts) =
                decrypt(&folder.read("x"), &who.keys()).unwrap_or_else(|e| panic!("{cipher} {length}: {e}"));
            assert!(read == letter(length), "{cipher} {length}");
            seen.push(facts.cipher.to_string());
        }
    }
    seen.dedup();
    println!("gpgsm: {seen:?}");
    assert!(seen.iter().any(|name| name == "serpent-256-cbc"));
}

const GPGSM_CIPHERS: [&str; 18] = [
    "3DES",
    "AES",
    "AES192",
    "AES256",
    "SERPENT128",
    "SERPENT192",
    "SERPENT256",
    "SEED",
    "CAMELLIA128",
    "CAMELLIA192",
    "CAMELLIA256",
    "CAST5",
    "BLOWFISH",
    "TWOFISH",
    "IDEA",
    "SM4",
    "RFC2268_128",
    "GOST28147",
];

/// What is known and not read is told by its name, without a key.
#[test]
fn ciphers_that_are_not_read_have_a_name() {
    let kek = SharedSecret::Kek { id: None, key: Secret::new(vec![1; 16]) };
    let keys = KeyList::default().with_shared(vec![kek]);
    for name in ["skipjack", "twofish-256-cbc", "gost89", "dstu7624-256-cbc", "rc5-cbc-pad"] {
        let oid = wire::Oid::of_old_name(name).unwrap();
        let algorithm = der(|w| {
            w.sequence(|w| {
                w.oid(oid).octet_string(&[0; 16]);
            });
        });
        let message = wrapped(&algorithm, &[5; 16], b"ciphertext");
        let Err(Error::Unsupported(text)) = decrypt(&message, &keys) else { panic!("{name}") };
        assert!(text.contains(name) && text.contains(&oid.to_string()), "{text}");
    }
}

/// Keys of RC4 and Blowfish have any length, which nothing tells: only who insists has others tried than 128 bits.
#[test]
fn keys_of_lengths_that_nothing_tells() {
    let kek = SharedSecret::Kek { id: None, key: Secret::new(vec![1; 16]) };
    let keys = KeyList::default().with_shared(vec![kek]);
    for (name, iv) in [("bf-cbc", 8), ("rc4", 0)] {
        let algorithm = der(|w| {
            w.sequence(|w| {
                w.oid(wire::Oid::of_old_name(name).unwrap()).octet_string(&vec![0; iv]);
            });
        });
        for length in [16, 24, 32, 56] {
            // Whatever comes out: RC4 has no padding that could be wrong, and Blowfish has.
            let message = wrapped(&algorithm, &vec![5; length], &[7; 64]);
            let known = if name == "rc4" { [16, 32].contains(&length) } else { false };
            match import(&message, &keys) {
                Ok((_, facts)) => assert!(known && facts.imported, "{name} {length}"),
                Err(error) => assert!(!known && matches!(error, Error::CannotDecrypt), "{name} {length}"),
            }
            assert!(decrypt(&message, &keys).is_err(), "{name} {length}");
        }
    }
}

/// EnvelopedData with this algorithm, content key and ciphertext.
fn wrapped(algorithm: &[u8], cek: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let info = der(|w| {
        let wrapped = KeyWrap::Aes128.wrap(&Secret::new(vec![1; 16]), cek).unwrap();
        write_kek(w, b"id", &KeyWrap::Aes128.to_algorithm(), &wrapped);
    });
    let body = der(|w| {
        w.sequence(|w| {
            w.uint(2).set_of(Tag::SET, vec![info.clone()]).sequence(|w| {
                w.oid(oids::DATA).raw(algorithm);
                w.element(Tag::context_primitive(0), ciphertext);
            });
        });
    });
    content_info(oids::ENVELOPED_DATA, &body)
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
    wrapped(&cipher.to_algorithm(&iv).to_der(), cek.as_bytes(), &sealed)
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
