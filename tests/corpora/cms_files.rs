//! CMS files of every content type: the examples of RFC 4134, and those of two libraries. What is signed must hold,
//! whatever the policy says of its algorithms; what is encrypted must open where there is a key, and be described where
//! there is none.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::cms::{KeyList, OwnKey, Permit, SharedSecret};
use crypto::{Secret, SoftKey, SystemRandom};
use smime::stateless::{self, Trust, VerifyRequest};
use trust::Policy;
use wire::Certificate;
use wire::cms::SignerInfo;

use crate::shelf::Shelf;
use crate::{NOW, Outcomes};

/// RFC 4134, all of it: sections 3 to 7.
pub fn rfc4134(shelf: &Shelf, outcomes: &mut Outcomes) {
    let read = |name: &str| shelf.read(name);
    let text = read("ExContent.bin");
    let bob = own(&read("BobPrivRSAEncrypt.pri"), &read("BobRSASignByCarl.cer"));
    let keys = KeyList::new(vec![bob]).with_shared(vec![SharedSecret::ContentKey(Secret::new(KEY.to_vec()))]);
    for (name, expected) in [
        ("3.1.bin", "data"),
        ("3.2.bin", "data"),
        ("4.1.bin", "good"),
        ("4.2.bin", "good"),
        ("4.3.bin", "good"),
        ("4.4.bin", "good"),
        ("4.5.bin", "good"),
        ("4.6.bin", "good good"),
        ("4.7.bin", "good"),
        ("4.8.eml", "good"),
        ("4.9.eml", "good"),
        ("4.10.bin", "good"),
        ("4.11.bin", "certificates"),
        ("5.1.bin", "opens"),
        ("5.2.bin", "opens"),
        ("5.3.eml", "opens"),
        ("6.0.bin", "whole"),
        ("7.1.bin", "opens"),
        ("7.2.bin", "opens"),
    ] {
        let (seen, content) = outcome(&read(name), &text, &keys);
        outcomes.note(name, expected, &seen);
        let plain = ["opens", "whole"].contains(&seen.as_str()) && !name.ends_with("eml");
        assert!(!plain || content == text, "{name}");
    }
    // Most of them are signed with DSA and SHA-1.
    assert!(TAMPERED.load(Ordering::SeqCst) >= 7, "{TAMPERED:?} were changed and found broken");
}

pub fn asn1crypto(shelf: &Shelf, outcomes: &mut Outcomes) {
    let read = |name: &str| shelf.read(name);
    let text = read("message.txt");
    let own = own(&read("keys/test-der.key"), &read("keys/test-der.crt"));
    let keys = KeyList::new(vec![own]);
    for (name, expected) in [
        ("cms-compressed.der", "whole"),
        ("cms-compressed.pem", "whole"),
        ("cms-digested.der", "whole"),
        ("cms-digested.pem", "whole"),
        ("cms-encrypted.der", "described: encrypted-data"),
        ("cms-encrypted.pem", "described: encrypted-data"),
        ("cms-enveloped.der", "opens"),
        ("cms-enveloped.pem", "opens"),
        // "All have invalid signatures", its readme says.
        ("cms-signed-digested.der", "bad"),
        ("cms-signed-digested.pem", "bad"),
        ("pkcs7-signed-digested.der", "bad"),
        ("pkcs7-signed-digested.pem", "bad"),
        ("cms-signed-indefinite-length.der", "good"),
        ("cms-signed.der", "good"),
        ("cms-signed.pem", "good"),
        ("pkcs7-signed.der", "good"),
        ("pkcs7-signed.pem", "good"),
        ("meca2_compressed.der", "whole"),
        ("mozilla-generated-by-openssl.pkcs7.der", "detached"),
        ("smime-signature-generated-by-thunderbird.p7s", "detached"),
    ] {
        outcomes.note(name, expected, &outcome(&read(name), &text, &keys).0);
    }
}

pub fn rustcrypto(shelf: &Shelf) {
    let mut outcomes = Outcomes::new("rustcrypto-cms");
    let keys = KeyList::default();
    for (name, expected) in [
        ("cms_ber.bin", "good"),
        ("cms_der.bin", "good"),
        ("sd.cms", "good"),
        ("scep_der.bin", "good"),
        ("apple_mdm_signature_der.bin", "good"),
        ("authroot.stl", "good"),
        ("certData.bin", "data"),
        ("pkits.p7b", "certificates"),
        ("pkits_ee.p7b", "certificates"),
        ("compressed_data.bin", "whole"),
        ("digested_data.bin", "whole"),
        ("encrypted_data.bin", "described: encrypted-data"),
        ("keyEncryptedData.bin", "described: encrypted-data"),
        ("enveloped_data_kari.bin", "described: enveloped-data"),
        ("enveloped_data_kekri.bin", "described: enveloped-data"),
        ("enveloped_data_ktri.bin", "described: enveloped-data"),
        ("enveloped_data_multi.bin", "described: enveloped-data"),
        ("enveloped_data_pwri.bin", "described: enveloped-data"),
        ("kms_ciphertext_for_recipient_1.ber", "described: enveloped-data"),
        ("kms_ciphertext_for_recipient_2.ber", "described: enveloped-data"),
        ("kms_ciphertext_for_recipient_3.ber", "described: enveloped-data"),
        ("kms_ciphertext_for_recipient_4.ber", "described: enveloped-data"),
        ("1.3.6.1.4.1.22554.5.6.1_ML-KEM-512-ipd_kemri_auth.der", "described: auth-enveloped-data"),
        ("1.3.6.1.4.1.22554.5.6.1_ML-KEM-512-ipd_kemri_id-alg-hkdf-with-sha256.der", "described: enveloped-data"),
        ("1.3.6.1.4.1.22554.5.6.1_ML-KEM-512-ipd_kemri_ukm.der", "described: enveloped-data"),
    ] {
        let bytes = shelf.read(&format!("cms/tests/examples/{name}"));
        outcomes.note(name, expected, &outcome(&bytes, b"", &keys).0);
    }
    // A SignedData without the ContentInfo around it, and SignerInfos that are not in a SET or tagged wrongly.
    let bare = shelf.read("cms/tests/examples/authroot.stl.sd");
    outcomes.note("authroot.stl.sd", "good", &outcome(&bare, b"", &keys).0);
    for name in ["signer_info_explicit_attrs.bin", "signer_info_sequence_not_set.bin"] {
        let bytes = shelf.read(&format!("cms/tests/examples/{name}"));
        let infos = wire::der::Reader::lenient(&bytes).set().and_then(|mut set| SignerInfo::from_der(set.any()?.raw));
        outcomes.note(name, "refused", infos.map_or("refused", |_| "taken"));
    }
    outcomes.compare();
}

pub fn own(key: &[u8], certificate: &[u8]) -> OwnKey {
    let key = match SoftKey::from_pkcs8(key) {
        Ok(key) => key,
        Err(_) => {
            let rsa = wire::AlgorithmIdentifier::with_null(wire::oids::RSA_ENCRYPTION);
            SoftKey::from_info(&wire::PrivateKeyInfo::new(rsa, key.to_vec().into())).unwrap()
        }
    };
    let certificate = Certificate::from_der(certificate).unwrap();
    OwnKey { name: "own".to_owned(), certificate: Some(certificate), key: Arc::new(key) }
}

/// What comes of a file, and the content where it is released. `text` is what detached signatures sign.
pub fn outcome(bytes: &[u8], text: &[u8], keys: &KeyList) -> (String, Vec<u8>) {
    let bytes = bytes.to_vec();
    let kind = match stateless::inspect(&bytes) {
        Ok(inspection) => inspection.kind,
        Err(error) => return (error.to_string(), Vec::new()),
    };
    let mut content = Vec::new();
    let seen = match kind {
        "signed-data" | "multipart-signed" => signed(&bytes, text),
        "digested-data" => match verify(&bytes, None, &permissive()) {
            Ok(verified) if verified.is_accepted() => {
                verified.content().unwrap().read_to_end(&mut content).unwrap();
                "whole".to_owned()
            }
            Ok(_) => "refused".to_owned(),
            Err(error) => error.to_string(),
        },
        "compressed-data" => match stateless::decompress(&bytes, None, &mut SystemRandom) {
            Ok(_) => "whole".to_owned(),
            Err(error) => error.to_string(),
        },
        _ => match stateless::import(&bytes, keys, Permit::new(&Policy::standard(), NOW), &mut SystemRandom) {
            Ok(decrypted) => {
                decrypted.content().unwrap().read_to_end(&mut content).unwrap();
                "opens".to_owned()
            }
            Err(smime::OpenError::NotForUs { .. } | smime::OpenError::NoContentKey) => format!("described: {kind}"),
            Err(error) => error.to_string(),
        },
    };
    (seen, content)
}

/// The word for each signature, whatever the policy says; one whose content is elsewhere is tried with the text. What
/// holds is intact under the standard policy too, believed or not, and broken there once its content was changed.
fn signed(bytes: &Vec<u8>, text: &[u8]) -> String {
    let text = text.to_vec();
    let mut detached = None;
    let policy = permissive();
    let verified = match verify(bytes, None, &policy) {
        Err(error) if error.to_string().contains("detached") => {
            detached = Some(&text);
            match verify(bytes, detached, &policy) {
                Ok(verified) if verified.signers().iter().all(|s| s.signature == "bad") => {
                    return "detached".to_owned();
                }
                other => other,
            }
        }
        other => other,
    };
    match verified {
        Ok(verified) => {
            let words: Vec<&str> = verified.signers().iter().map(|s| s.signature).collect();
            if verified.is_accepted() {
                let mut content = Vec::new();
                verified.content().unwrap().read_to_end(&mut content).unwrap();
                judged_by_the_standard(bytes, detached, &content, &words);
            }
            words.join(" ")
        }
        Err(smime::OpenError::OtherKind { found: smime::MessageKind::Certificates, .. }) => "certificates".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[allow(clippy::ptr_arg)] // a Source is a Vec, not a slice
fn judged_by_the_standard(bytes: &Vec<u8>, detached: Option<&Vec<u8>>, content: &[u8], before: &[&str]) {
    let standard = Policy::standard();
    let words = |bytes: &Vec<u8>, detached: Option<&Vec<u8>>| -> Vec<&'static str> {
        verify(bytes, detached, &standard).unwrap().signers().iter().map(|signer| signer.signature).collect()
    };
    assert!(words(bytes, detached).iter().all(|word| ["good", "unsupported"].contains(word)));
    let middle = content.len() / 2;
    let broken = match detached {
        Some(text) => {
            let mut text = text.clone();
            text[middle] ^= 1;
            words(bytes, Some(&text))
        }
        None => match bytes.windows(content.len().max(1)).position(|window| window == content) {
            Some(at) => {
                let mut bytes = bytes.clone();
                bytes[at + middle] ^= 1;
                words(&bytes, None)
            }
            None => return, // in fragments, or in base64
        },
    };
    let told = before.iter().zip(&broken).all(|(before, after)| *before != "good" || *after == "bad");
    assert!(told && broken.len() == before.len(), "{before:?} {broken:?}");
    TAMPERED.fetch_add(1, Ordering::SeqCst);
}

/// What this collection has to say is about signatures, not about algorithms that are historic today.
fn permissive() -> Policy {
    Policy::from_toml(&Policy::standard().to_toml().replace("\"reject\"", "\"accept\"")).unwrap()
}

#[allow(clippy::ptr_arg)] // a Source is a Vec, not a slice
fn verify<'a>(
    bytes: &'a Vec<u8>,
    text: Option<&'a Vec<u8>>,
    policy: &Policy,
) -> Result<stateless::Verified<'a>, smime::OpenError> {
    let request =
        VerifyRequest { policy, now: NOW, trust: Trust::Anybody, certificates: Vec::new(), without_attributes: true };
    stateless::verify(bytes, text.map(|text| text as &dyn ::cms::Source), request, &mut SystemRandom)
}

/// Messages that were changed and found broken.
static TAMPERED: AtomicUsize = AtomicUsize::new(0);
/// The key of RFC 4134 §7.
const KEY: &[u8] = b"\x73\x7c\x79\x1f\x25\xea\xd0\xe0\x46\x29\x25\x43\x52\xf7\xdc\x62\x91\xe5\xcb\x26\x91\x7a\xda\x32";
