//! Encrypted containers: rows E-01 to E-14, X-03, X-04.

use std::io::Write;

use crypto::{ContentCipher, KeyTransport, SystemRandom};
use sealpost_cms::{EncryptWriter, EnvelopedReader, Error, Opening, Recipient, enter};
use wire::ber::BerReader;
use wire::cms::{Attribute, SignedAttributes};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, oids};

use crate::forge::{Enveloped, der, octets, oid_value, transport};
use crate::people::*;

const TEXT: &[u8] = b"Content-Type: text/plain\r\n\r\nsecret\r\n";
const AEADS: [ContentCipher; 4] =
    [ContentCipher::Aes128Gcm, ContentCipher::Aes192Gcm, ContentCipher::Aes256Gcm, ContentCipher::ChaCha20Poly1305];

/// To Alice, under a key of the cipher's own size.
fn message(cipher: ContentCipher, content: &[u8], attributes: &[u8]) -> Enveloped {
    let cek = vec![0x5a; cipher.key_len()];
    Enveloped::of(cipher, &cek, content, attributes).to(&[transport(&alice(RSA), &cek, &KeyTransport::RsaPkcs1)])
}

fn open(message: &Enveloped) -> Result<Vec<u8>, Error> {
    decrypt(&message.to_der(), &alice(RSA).keys()).map(|(content, _)| content)
}

#[test]
fn the_forger_s_tools_make_honest_messages_too() {
    for cipher in ContentCipher::ALL {
        assert_eq!(open(&message(cipher, TEXT, &[])).unwrap(), TEXT, "{cipher}");
    }
}

/// To Alice, with the content under a key derived for its cipher (RFC 9709 §2).
fn derived(cipher: ContentCipher) -> Enveloped {
    let cek = vec![0x5a; cipher.key_len()];
    let inner = cipher.to_algorithm(&vec![9; cipher.iv_len()]).to_der();
    let key = crypto::kdf::cek_hkdf(&crypto::Secret::new(cek.clone()), &inner).unwrap();
    let mut message = Enveloped::of(cipher, key.as_bytes(), TEXT, &[]);
    message.algorithm = AlgorithmIdentifier::with(oids::CEK_HKDF_SHA256, inner);
    message.to(&[transport(&alice(RSA), &cek, &KeyTransport::RsaPkcs1)])
}

#[test]
fn e_08_a_derived_content_key_opens_every_cipher() {
    for cipher in ContentCipher::ALL {
        let message = derived(cipher);
        let (content, facts) = decrypt(&message.to_der(), &alice(RSA).keys()).unwrap();
        assert_eq!((&content[..], facts.cipher), (TEXT, cipher));
        let der = message.to_der();
        let mut ber = BerReader::new(&der[..]);
        enter(&mut ber).unwrap();
        let seen = sealpost_cms::describe_enveloped(&mut ber, message.authenticated).unwrap();
        assert_eq!(seen.cipher, format!("{cipher} with cek-hkdf-sha256"));
    }
}

#[test]
fn e_08_sizes_and_containers_are_the_inner_cipher_s_and_nothing_is_nested() {
    let message = derived(ContentCipher::Aes256Gcm);
    let inner = message.algorithm.parameters.clone().unwrap();
    let with = |parameters: Option<Vec<u8>>| {
        let mut changed = message.clone();
        changed.algorithm = AlgorithmIdentifier { oid: oids::CEK_HKDF_SHA256, parameters };
        open(&changed)
    };
    assert_eq!(with(Some(inner.clone())).unwrap(), TEXT);
    let nested = AlgorithmIdentifier::with(oids::CEK_HKDF_SHA256, inner.clone()).to_der();
    assert!(matches!(with(Some(nested)), Err(Error::Unsupported(_))));
    assert!(matches!(with(None), Err(Error::Malformed(_))));
    assert!(matches!(with(Some(octets(&[9; 12]))), Err(Error::Damaged(_))));
    for end in 0..inner.len() {
        assert!(with(Some(inner[..end].to_vec())).is_err(), "{end}");
    }
    let cbc = ContentCipher::Aes256Cbc.to_algorithm(&[9; 16]).to_der();
    assert!(matches!(with(Some(cbc)), Err(Error::Unsupported(_)))); // in AuthEnvelopedData
}

/// The attack that the derivation is for (RFC 9709 §1): the AEAD's ciphertext offered as CBC, so that the reader's answer
/// tells what one block decrypts to.
#[test]
fn x_03_a_derived_key_serves_one_cipher_alone() {
    let gcm = derived(ContentCipher::Aes256Gcm);
    let aes = |iv: &[u8]| ContentCipher::Aes256Cbc.to_algorithm(iv);
    let counter = [&[9; 12][..], &[0, 0, 0, 2]].concat();
    for algorithm in [aes(&counter), AlgorithmIdentifier::with(oids::CEK_HKDF_SHA256, aes(&counter).to_der())] {
        let mut forged = gcm.clone();
        (forged.authenticated, forged.algorithm) = (false, algorithm);
        forged.content = forged.content.map(|content| content[..32].to_vec());
        assert!(open(&forged).map_or(true, |content| !TEXT.starts_with(&content[..content.len().min(16)])));
    }
}

/// The derivation taken away, or put where none was: another key, and the one failure.
#[test]
fn e_08_a_derived_key_is_not_the_key_that_was_sent() {
    let gcm = derived(ContentCipher::Aes256Gcm);
    let mut plain = gcm.clone();
    plain.algorithm = AlgorithmIdentifier::from_der(&gcm.algorithm.parameters.clone().unwrap()).unwrap();
    assert!(matches!(open(&plain), Err(Error::CannotDecrypt)));
    let mut wrapped = message(ContentCipher::Aes256Gcm, TEXT, &[]);
    wrapped.algorithm = AlgorithmIdentifier::with(oids::CEK_HKDF_SHA256, wrapped.algorithm.to_der());
    assert!(matches!(open(&wrapped), Err(Error::CannotDecrypt)));
}

#[test]
fn e_01_every_cipher_of_the_standard_in_its_container() {
    for cipher in ContentCipher::ALL {
        let sealed = encrypt(cipher, &[alice(RSA).recipient()], TEXT);
        let oid = enter(&mut BerReader::new(&sealed[..])).unwrap();
        assert_eq!(oid, if cipher.is_aead() { oids::AUTH_ENVELOPED_DATA } else { oids::ENVELOPED_DATA });
        let (content, facts) = decrypt(&sealed, &alice(RSA).keys()).unwrap();
        assert_eq!((content.as_slice(), facts.tag_len), (TEXT, if cipher.is_aead() { 16 } else { 0 }));
    }
}

#[test]
fn e_02_the_content_type_is_data_or_authenticated() {
    let typed = |oid, extra: &[Attribute]| {
        let mut list = vec![Attribute::new(oids::CONTENT_TYPE, oid_value(oid))];
        list.extend_from_slice(extra);
        SignedAttributes::new(list).der().to_vec()
    };
    for cipher in AEADS {
        let (content, facts) = decrypt(&message(cipher, TEXT, &[]).to_der(), &alice(RSA).keys()).unwrap();
        assert_eq!((content.as_slice(), facts.content_type), (TEXT, oids::DATA));
        // Another type without attributes, or with attributes that say otherwise: anybody could have changed it.
        let mut retyped = message(cipher, TEXT, &[]);
        retyped.content_type = oids::SIGNED_DATA;
        assert!(matches!(open(&retyped), Err(Error::CannotDecrypt)));
        let mut contrary = message(cipher, TEXT, &typed(oids::DATA, &[]));
        assert_eq!(open(&contrary).unwrap(), TEXT);
        contrary.content_type = oids::SIGNED_DATA;
        assert!(matches!(open(&contrary), Err(Error::CannotDecrypt)));
        let mut agreeing = message(cipher, TEXT, &typed(oids::SIGNED_DATA, &[]));
        agreeing.content_type = oids::SIGNED_DATA;
        assert_eq!(open(&agreeing).unwrap(), TEXT);
        let twice = Attribute::new(oids::CONTENT_TYPE, oid_value(oids::SIGNED_DATA));
        agreeing = message(cipher, TEXT, &typed(oids::SIGNED_DATA, &[twice]));
        agreeing.content_type = oids::SIGNED_DATA;
        assert!(open(&agreeing).is_err());
    }
}

#[test]
fn cms_02_authenticated_attributes_are_covered_under_the_set_tag() {
    let list = vec![
        Attribute::new(oids::SIGNING_TIME, der(|w| NOW.write(w))),
        Attribute::new(oids::CONTENT_TYPE, oid_value(oids::DATA)),
    ];
    let attributes = SignedAttributes::new(list).der().to_vec();
    for cipher in AEADS {
        for length in [0, 5, 100_000] {
            let content = letter(length);
            let good = message(cipher, &content, &attributes);
            assert!(open(&good).unwrap() == content, "{cipher} {length}");
            // Without them, with others, and with theirs where there were none: the tag does not hold.
            let dropped = Enveloped { attributes: Vec::new(), ..good.clone() };
            assert!(matches!(open(&dropped), Err(Error::CannotDecrypt)));
            let mut changed = good.clone();
            *changed.attributes.last_mut().unwrap() ^= 1;
            assert!(open(&changed).is_err());
            let added = Enveloped { attributes: attributes.clone(), ..message(cipher, &content, &[]) };
            assert!(matches!(open(&added), Err(Error::CannotDecrypt)));
        }
    }
}

#[test]
fn e_03_what_is_not_proven_never_ends_well() {
    use std::io::Read;
    for cipher in AEADS {
        for length in [0, 20, 200_000] {
            let content = letter(length);
            let good = message(cipher, &content, &[]);
            let mut damaged = vec![];
            for at in [0, 7, 15] {
                let mut bad = good.clone();
                bad.mac[at] ^= 0x80;
                damaged.push(bad);
            }
            for at in [0, length / 2, length.saturating_sub(1)] {
                let mut bad = good.clone();
                if let Some(octet) = bad.content.as_mut().unwrap().get_mut(at) {
                    *octet ^= 1;
                    damaged.push(bad);
                }
            }
            for bad in damaged {
                let bytes = bad.to_der();
                let mut ber = BerReader::new(&bytes[..]);
                enter(&mut ber).unwrap();
                let (keys, rng) = (alice(RSA).keys(), &mut SystemRandom);
                let opening =
                    Opening::Prove { keys: &keys, permit: permit(), rng, attributes: Vec::new(), report: true };
                let mut reader = EnvelopedReader::new(ber, true, opening).map_err(|b| b.error).unwrap();
                // Reading to the end fails, and goes on failing; nothing of it is an end of file.
                let mut delivered = Vec::new();
                for _ in 0..3 {
                    let error = reader.read_to_end(&mut delivered).unwrap_err();
                    assert!(matches!(Error::from_io(error), Error::CannotDecrypt));
                }
                let (end, _) = reader.finish();
                assert!(matches!(end, Err(Error::CannotDecrypt)), "{cipher} {length}");
            }
        }
    }
}

fn gcm_parameters(nonce: usize, tag: Option<u64>) -> AlgorithmIdentifier {
    let parameters = der(|w| {
        w.sequence(|w| {
            w.octet_string(&vec![9; nonce]);
            if let Some(tag) = tag {
                w.uint(tag);
            }
        });
    });
    AlgorithmIdentifier::with(oids::AES256_GCM, parameters)
}

#[test]
fn x_04_tags_of_every_wrong_length() {
    let good = message(ContentCipher::Aes256Gcm, TEXT, &[]);
    let tag: Vec<u8> = good.mac.iter().copied().cycle().take(64).collect();
    for stated in
        [None, Some(0), Some(1), Some(4), Some(8), Some(11), Some(12), Some(13), Some(15), Some(16), Some(17), Some(32)]
    {
        for length in [0, 1, 4, 8, 11, 12, 13, 15, 16, 17, 32] {
            let algorithm = gcm_parameters(12, stated);
            let forged = Enveloped { algorithm, mac: tag[..length].to_vec(), ..good.clone() };
            // A tag is as long as the parameters say, 12 where they are silent (E-06), and 12 to 16.
            let meant = stated.unwrap_or(12);
            let fits = u64::try_from(length).unwrap() == meant && (12..=16).contains(&meant);
            match open(&forged) {
                Ok(content) => assert!(fits && content == TEXT, "{stated:?} {length}"),
                Err(error) if (12..=16).contains(&meant) => {
                    assert!(!fits && matches!(error, Error::CannotDecrypt), "{stated:?} {length} {error:?}");
                }
                // A length that cannot be is seen, and told, without a key.
                Err(error) => assert!(matches!(error, Error::Malformed(_)), "{stated:?} {error:?}"),
            }
        }
    }
    let chacha = message(ContentCipher::ChaCha20Poly1305, TEXT, &[]);
    let tag: Vec<u8> = chacha.mac.iter().copied().cycle().take(64).collect();
    for length in [0, 1, 4, 8, 11, 12, 15, 17, 32] {
        let forged = Enveloped { mac: tag[..length].to_vec(), ..chacha.clone() };
        assert!(matches!(open(&forged), Err(Error::CannotDecrypt)), "{length}");
    }
}

#[test]
fn e_04_short_tags_are_told() {
    let good = message(ContentCipher::Aes256Gcm, TEXT, &[]);
    for length in 12..16 {
        let algorithm = gcm_parameters(12, Some(length));
        let mac = good.mac[..usize::try_from(length).unwrap()].to_vec();
        let (content, facts) =
            decrypt(&Enveloped { algorithm, mac, ..good.clone() }.to_der(), &alice(RSA).keys()).unwrap();
        assert_eq!((content.as_slice(), facts.tag_len), (TEXT, usize::try_from(length).unwrap()));
    }
}

#[test]
fn x_04_nonces_of_every_wrong_length() {
    for nonce in [0, 1, 11, 13, 16, 1024] {
        let good = message(ContentCipher::Aes256Gcm, TEXT, &[]);
        let algorithm = gcm_parameters(nonce, Some(16));
        let error = open(&Enveloped { algorithm, ..good }).unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{nonce} {error:?}");
    }
    for (cipher, right) in [(ContentCipher::ChaCha20Poly1305, 12), (ContentCipher::Aes128Cbc, 16)] {
        for nonce in [0, 1, 11, 12, 13, 16, 1024] {
            let algorithm = AlgorithmIdentifier::with(cipher.oid(), octets(&vec![9; nonce]));
            let result = open(&Enveloped { algorithm, ..message(cipher, TEXT, &[]) });
            assert_eq!(result.is_ok(), nonce == right, "{cipher} {nonce}");
        }
    }
    // Parameters that are no GCMParameters at all (E-06).
    for parameters in [None, Some(octets(&[9; 12])), Some(vec![5, 0]), Some(vec![0x30, 0]), Some(oid_value(oids::DATA))]
    {
        let algorithm = AlgorithmIdentifier { oid: oids::AES256_GCM, parameters };
        let forged = Enveloped { algorithm, ..message(ContentCipher::Aes256Gcm, TEXT, &[]) };
        assert!(open(&forged).is_err());
    }
}

#[test]
fn e_05_each_cipher_in_its_own_container() {
    for cipher in ContentCipher::ALL {
        let good = message(cipher, TEXT, &[]);
        let mac = if cipher.is_aead() { good.mac.clone() } else { vec![0; 16] };
        let other = Enveloped { authenticated: !good.authenticated, mac: mac.clone(), ..good.clone() };
        assert!(matches!(open(&other), Err(Error::Unsupported(_) | Error::NeedsImport(_))), "{cipher}");
        // GCM in EnvelopedData with the tag appended, as old writers did.
        let content = Some([good.content.clone().unwrap(), mac].concat());
        let appended = Enveloped { authenticated: false, content, ..good.clone() };
        if cipher.is_aead() {
            assert!(matches!(open(&appended), Err(Error::NeedsImport(_))), "{cipher}");
        }
    }
}

/// The downgrade of Roth and Strenzke: the ciphertext of GCM relabelled as CBC, for the padding to answer.
#[test]
fn x_03_the_ciphertext_of_an_aead_as_cbc_is_noise_or_the_one_failure() {
    let gcm = message(ContentCipher::Aes256Gcm, &letter(64), &[]);
    let whole = gcm.content.clone().unwrap();
    for iv in 0..=255 {
        let algorithm = AlgorithmIdentifier::with(oids::AES256_CBC, octets(&[iv; 16]));
        let content = Some(whole[..16 + 16 * usize::from(iv % 4)].to_vec());
        let relabelled = Enveloped { authenticated: false, algorithm, content, ..gcm.clone() };
        match decrypt(&relabelled.to_der(), &alice(RSA).keys()) {
            Ok((content, facts)) => assert!(!letter(64).starts_with(&content) && !facts.authenticated, "{iv}"),
            Err(error) => assert!(matches!(error, Error::CannotDecrypt), "{iv}"),
        }
    }
}

#[test]
fn e_07_empty_content_has_a_tag_and_absent_content_is_an_error() {
    for cipher in AEADS {
        let empty = message(cipher, b"", &[]);
        assert_eq!(open(&empty).unwrap(), b"");
        for at in 0..16 {
            let mut bad = empty.clone();
            bad.mac[at] ^= 4;
            assert!(matches!(open(&bad), Err(Error::CannotDecrypt)), "{cipher} {at}");
        }
        let no_tag = Enveloped { mac: Vec::new(), ..empty.clone() };
        assert!(open(&no_tag).is_err());
    }
    for cipher in ContentCipher::ALL {
        let absent = Enveloped { content: None, ..message(cipher, TEXT, &[]) };
        assert!(matches!(open(&absent), Err(Error::Malformed(_))), "{cipher}");
    }
    // CBC always has at least one block.
    let blocks = |content: &[u8]| {
        open(&Enveloped { content: Some(content.to_vec()), ..message(ContentCipher::Aes128Cbc, TEXT, &[]) })
    };
    for length in [0, 1, 15, 17, 31] {
        assert!(matches!(blocks(&vec![3; length]), Err(Error::CannotDecrypt)), "{length}");
    }
}

#[test]
fn e_09_every_recipient_has_a_copy_of_the_same_strength() {
    let (a, b) = (alice(RSA), person("bob", RSA));
    let message = encrypt(ContentCipher::Aes256Gcm, &[a.recipient(), b.recipient()], TEXT);
    for who in [&a, &b] {
        let (content, facts) = decrypt(&message, &who.keys()).unwrap();
        assert_eq!((content.as_slice(), facts.recipients().len()), (TEXT, 2));
        assert_eq!(facts.cipher, ContentCipher::Aes256Gcm);
    }
}

#[test]
fn cms_09_keys_and_nonces_are_fresh() {
    let who = alice(P256);
    for cipher in ContentCipher::ALL {
        let twice: Vec<_> = (0..2).map(|_| encrypt(cipher, &[who.recipient()], &[0; 64])).collect();
        let windows: std::collections::HashSet<&[u8]> = twice[0].windows(12).collect();
        let algorithm = cipher.to_algorithm(&[]).oid;
        let marker = oid_value(algorithm);
        let after = |m: &[u8]| m.windows(marker.len()).position(|w| w == marker).unwrap() + marker.len() + 2;
        let tail = &twice[1][after(&twice[1])..];
        let shared = tail.windows(12).filter(|w| windows.contains(w)).count();
        assert!(shared <= 8, "{cipher}: nonce and ciphertext share {shared} windows with another message's");
    }
}

/// The system's chance, with a record of what was drawn; or one that ends after so many draws.
#[derive(Default)]
struct Recorded {
    drawn: Vec<Vec<u8>>,
    end: Option<usize>,
}

impl crypto::Random for Recorded {
    fn fill(&mut self, out: &mut [u8]) -> crypto::Result<()> {
        if self.end == Some(self.drawn.len()) {
            return Err(crypto::Error::Random);
        }
        SystemRandom.fill(out)?;
        self.drawn.push(out.to_vec());
        Ok(())
    }
}

/// RFC 5652 §11: the key and the nonce of each message are what the one source of chance gave for it, and where it gives
/// nothing, nothing is written.
#[test]
fn x_28_key_and_nonce_are_drawn_for_each_message() {
    let who = alice(RSA);
    for cipher in ContentCipher::ALL {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..4 {
            let mut source = Recorded::default();
            let mut writer = EncryptWriter::new(Vec::new(), cipher, &[who.recipient()], &mut source).unwrap();
            writer.write_all(TEXT).unwrap();
            let message = writer.finish().unwrap();
            // The wrapped key is the one OCTET STRING of 256 octets.
            let at = message.windows(4).position(|w| w == [4, 0x82, 1, 0]).unwrap() + 4;
            let key = who.key.decrypt(&KeyTransport::RsaPkcs1, &message[at..at + 256]).unwrap();
            assert!(source.drawn.iter().any(|drawn| drawn == key.as_bytes()), "{cipher}");
            let is_nonce = |drawn: &&Vec<u8>| {
                drawn.len() == cipher.iv_len() && message.windows(drawn.len()).any(|w| w == drawn.as_slice())
            };
            let nonce = source.drawn.iter().find(is_nonce).unwrap();
            assert!(seen.insert(key.as_bytes().to_vec()) && seen.insert(nonce.clone()), "{cipher}");
        }
        let mut draws = 0;
        loop {
            let (mut out, mut source) = (Vec::new(), Recorded { end: Some(draws), ..Recorded::default() });
            match EncryptWriter::new(&mut out, cipher, &[who.recipient()], &mut source) {
                Err(error) => assert!(matches!(error, Error::Crypto(crypto::Error::Random)), "{error:?}"),
                Ok(_) => break,
            }
            assert!(out.is_empty(), "{cipher} {draws}");
            draws += 1;
        }
        assert!(draws >= 2, "{cipher}");
    }
}

#[test]
fn e_10_every_wrong_padding_is_the_one_failure() {
    // The block before the last, changed, changes the padding to what the attacker likes.
    let content = letter(31); // padded by one octet of 01
    let good = message(ContentCipher::Aes128Cbc, &content, &[]);
    assert_eq!(open(&good).unwrap(), content);
    let mut told = std::collections::HashSet::new();
    for value in 1..=255u8 {
        let mut bad = good.clone();
        bad.content.as_mut().unwrap()[15] ^= value;
        match open(&bad) {
            // Only a padding that is right throughout is taken: the last octet can hit 01, or 02 02 and so on.
            Ok(found) => assert!(found.len() < 31, "{value}"),
            Err(error) => {
                told.insert(format!("{error} {error:?}"));
            }
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    // Padding of zero, and longer than a block.
    for last in [0x00, 0x11, 0xff] {
        let mut bad = good.clone();
        bad.content.as_mut().unwrap()[15] ^= 0x01 ^ last;
        assert!(matches!(open(&bad), Err(Error::CannotDecrypt)), "{last:02x}");
    }
}

#[test]
fn e_12_an_aead_signs_nothing() {
    // The facts of an encrypted layer have nothing to say of a signer: no type leads from here to one.
    let sealed = encrypt(ContentCipher::Aes256Gcm, &[alice(P256).recipient()], TEXT);
    let error = read_signed(&sealed, None).err().unwrap();
    assert!(matches!(error, Error::ContentType(oids::AUTH_ENVELOPED_DATA)));
}

#[test]
fn e_14_unprotected_attributes_decide_nothing() {
    for cipher in ContentCipher::ALL {
        let tag = if cipher.is_aead() { Tag::context(2) } else { Tag::context(1) };
        let attribute = Attribute::new(oids::CONTENT_TYPE, oid_value(oids::SIGNED_DATA)).to_der();
        let mut with = message(cipher, TEXT, &[]);
        with.rest = der(|w: &mut Writer| {
            w.element(tag, &attribute);
        });
        let (content, facts) = decrypt(&with.to_der(), &alice(RSA).keys()).unwrap();
        assert_eq!((content.as_slice(), facts.content_type), (TEXT, oids::DATA));
        // What may not stand there is refused.
        with.rest = vec![0xa5, 0];
        assert!(open(&with).is_err());
    }
}

#[test]
fn cms_03_the_version_is_written_right_and_decides_nothing_when_read() {
    for version in [0, 1, 2, 3, 4, 99] {
        let forged = Enveloped { version, ..message(ContentCipher::Aes128Cbc, TEXT, &[]) };
        assert_eq!(open(&forged).unwrap(), TEXT);
    }
    let version_of = |cipher, to: &[Recipient]| {
        let sealed = encrypt(cipher, to, TEXT);
        let mut ber = BerReader::new(&sealed[..]);
        enter(&mut ber).unwrap();
        ber.enter(Tag::SEQUENCE).unwrap();
        ber.element(10).unwrap()[2]
    };
    let (rsa, ec) = (alice(RSA).recipient(), alice(P256).recipient());
    let by_id = Recipient { use_key_id: true, ..rsa.clone() };
    // RFC 5652 §6.1: 0 while every recipient's version is 0, else 2; RFC 5083 §2.1: always 0.
    assert_eq!(version_of(ContentCipher::Aes128Cbc, std::slice::from_ref(&rsa)), 0);
    assert_eq!(version_of(ContentCipher::Aes128Cbc, std::slice::from_ref(&by_id)), 2);
    assert_eq!(version_of(ContentCipher::Aes128Cbc, &[rsa.clone(), ec.clone()]), 2);
    assert_eq!(version_of(ContentCipher::Aes128Gcm, &[rsa, ec, by_id]), 0);
}

/// CCM (RFC 5084 §1.4) is no stream and says so, but reads and writes like the others up to its bound.
#[test]
fn e_01_ccm_in_authenticated_enveloped_data() {
    for cipher in ContentCipher::CCM {
        for length in [0, 1, 16, 1000, 300_001] {
            let message = encrypt(cipher, &[alice(P256).recipient()], &letter(length));
            let (read, facts) = decrypt(&message, &alice(P256).keys()).unwrap();
            assert!(read == letter(length) && facts.authenticated && facts.tag_len == 16, "{cipher} {length}");
            let released = read_opening(&message, Opening::Release(&facts.key)).unwrap();
            assert!(released.content == letter(length) && released.end.is_ok());
            let mut bad = message.clone();
            let place = bad.len() - 20 - length.min(20);
            bad[place] ^= 1;
            assert!(decrypt(&bad, &alice(P256).keys()).is_err());
        }
    }
}
