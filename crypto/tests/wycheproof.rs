//! Project Wycheproof's vectors for everything this crate does. Each case either ends as its file says or stands in
//! `wycheproof.exceptions.tsv` with a reason; an exception that no longer happens fails too.
#![allow(clippy::disallowed_methods)] // tests read corpora

mod tell;

use std::collections::BTreeMap;
use std::path::PathBuf;

use sealpost_crypto::{
    CipherParameters, ContentCipher, Curve, Decryptor, Digest, Encryptor, Kem, KeyTransport, KeyWrap, MlDsa, MlKem,
    PrivateKey, PublicKey, Secret, SignatureAlgorithm, SoftKey, SystemRandom, kdf, open_once, seal_once, transport_cek,
};
use serde_json::Value;
use wire::der::Writer;
use wire::{AlgorithmIdentifier, PrivateKeyInfo, SubjectPublicKeyInfo, oids};
use zeroize::Zeroizing;

use tell::tell;

/// Whether the case was accepted with the result it states.
type Runner = fn(group: &Value, case: &Value) -> bool;

#[test]
fn wycheproof() {
    let Some(folder) = corpus("wycheproof") else { return };
    let mut exceptions = exceptions();
    let listed = exceptions.len();
    let mut wrong = Vec::new();
    let (mut total, mut accepted_optional, mut optional) = (0, 0, 0);
    for (file, run) in FILES {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let suite: Value = serde_json::from_str(&text).unwrap();
        let mut count = 0;
        for group in suite["testGroups"].as_array().unwrap() {
            for case in group["tests"].as_array().unwrap() {
                count += 1;
                let id = format!("{}#{}", file.trim_end_matches("_test.json"), case["tcId"]);
                let expected = case["result"].as_str().unwrap();
                let actual = if run(group, case) { "valid" } else { "invalid" };
                if expected == "acceptable" {
                    optional += 1;
                    accepted_optional += usize::from(actual == "valid");
                } else if let Some(exception) = exceptions.remove(&id) {
                    if exception != (expected.to_owned(), actual.to_owned()) {
                        wrong.push(format!("{id}\t{expected}\t{actual}\tthe exception says otherwise"));
                    }
                } else if expected != actual {
                    wrong.push(format!("{id}\t{expected}\t{actual}\t{} {}", case["comment"], case["flags"]));
                }
            }
        }
        assert!(count > 0, "{file} is empty");
        total += count;
    }
    wrong.extend(exceptions.keys().map(|id| format!("{id}\tan exception for no case")));
    let here = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let here: Vec<String> = here.collect();
    let known = |file: &&String| FILES.iter().any(|(run, _)| run == file) || LEFT.iter().any(|(left, _)| left == file);
    wrong.extend(here.iter().filter(|file| !known(file)).map(|file| format!("{file}\tneither run nor left")));
    let left: Vec<String> = LEFT.iter().map(|(file, reason)| format!("{file}, {reason}")).collect();
    let (files, run) = (here.len(), FILES.len());
    tell(&format!("wycheproof: {files} files, {run} run, {} left: {}", LEFT.len(), left.join("; ")));
    tell(&format!(
        "wycheproof: {total} cases, {} as expected, {listed} exceptions, {optional} optional ({accepted_optional} accepted)",
        total - optional - listed
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// E-08: the derivations of RFC 9709 appendix B.
#[test]
fn e_08_content_keys_are_derived_as_rfc_9709_does() {
    let Some(folder) = corpus("rfc9709") else { return };
    let text = std::fs::read_to_string(folder.join("vectors.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let octets = |name: &str| {
            let hex = vector[name].as_str().unwrap();
            (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect::<Vec<u8>>()
        };
        let key = kdf::cek_hkdf(&Secret::new(octets("ikm")), &octets("info")).unwrap();
        assert_eq!(key.as_bytes(), octets("okm"), "{}", vector["name"]);
    }
    tell(&format!("rfc9709: {} vectors", vectors.len()));
}

/// Files of the folder that are not run, and why.
const LEFT: [(&str, &str); 2] =
    [("LICENSE", "the licence"), ("aes_kwp_test.json", "padding that RFC 5649 adds and no algorithm of CMS names")];

const FILES: [(&str, Runner); 62] = [
    ("aes_cbc_pkcs5_test.json", cbc),
    ("aes_ccm_test.json", ccm),
    ("aes_gcm_test.json", gcm),
    ("aes_wrap_test.json", wrap),
    ("ecdh_secp256r1_ecpoint_test.json", ecdh),
    ("ecdh_secp256r1_test.json", ecdh),
    ("ecdh_secp384r1_ecpoint_test.json", ecdh),
    ("ecdh_secp384r1_test.json", ecdh),
    ("ecdh_secp521r1_ecpoint_test.json", ecdh),
    ("ecdh_secp521r1_test.json", ecdh),
    ("ecdsa_secp256r1_sha256_test.json", ecdsa),
    ("ed25519_test.json", ed25519),
    ("mldsa_44_verify_test.json", ml_dsa),
    ("mldsa_65_verify_test.json", ml_dsa),
    ("mldsa_87_verify_test.json", ml_dsa),
    ("hkdf_sha1_test.json", |_, c| hkdf(Digest::Sha1, c)),
    ("hkdf_sha256_test.json", |_, c| hkdf(Digest::Sha256, c)),
    ("hkdf_sha384_test.json", |_, c| hkdf(Digest::Sha384, c)),
    ("hkdf_sha512_test.json", |_, c| hkdf(Digest::Sha512, c)),
    ("mlkem_1024_encaps_test.json", encapsulate),
    ("mlkem_1024_keygen_seed_test.json", seed),
    ("mlkem_1024_semi_expanded_decaps_test.json", decapsulate),
    ("mlkem_1024_test.json", decapsulate),
    ("mlkem_512_encaps_test.json", encapsulate),
    ("mlkem_512_keygen_seed_test.json", seed),
    ("mlkem_512_semi_expanded_decaps_test.json", decapsulate),
    ("mlkem_512_test.json", decapsulate),
    ("mlkem_768_encaps_test.json", encapsulate),
    ("mlkem_768_keygen_seed_test.json", seed),
    ("mlkem_768_semi_expanded_decaps_test.json", decapsulate),
    ("mlkem_768_test.json", decapsulate),
    ("pbkdf2_hmacsha1_test.json", |_, c| pbkdf2(Digest::Sha1, c)),
    ("pbkdf2_hmacsha224_test.json", |_, c| pbkdf2(Digest::Sha224, c)),
    ("pbkdf2_hmacsha256_test.json", |_, c| pbkdf2(Digest::Sha256, c)),
    ("pbkdf2_hmacsha384_test.json", |_, c| pbkdf2(Digest::Sha384, c)),
    ("pbkdf2_hmacsha512_test.json", |_, c| pbkdf2(Digest::Sha512, c)),
    ("rsa_oaep_2048_sha1_mgf1sha1_test.json", rsa_decrypt),
    ("rsa_oaep_2048_sha256_mgf1sha1_test.json", rsa_decrypt),
    ("rsa_oaep_2048_sha256_mgf1sha256_test.json", rsa_decrypt),
    ("rsa_oaep_2048_sha512_mgf1sha1_test.json", rsa_decrypt),
    ("rsa_oaep_2048_sha512_mgf1sha512_test.json", rsa_decrypt),
    ("rsa_pkcs1_2048_test.json", rsa_decrypt),
    ("rsa_pkcs1_3072_test.json", rsa_decrypt),
    ("rsa_pkcs1_4096_test.json", rsa_decrypt),
    ("rsa_pss_2048_sha256_mgf1_0_params_test.json", pss),
    ("rsa_pss_2048_sha256_mgf1_0_test.json", pss),
    ("rsa_pss_2048_sha256_mgf1_32_params_test.json", pss),
    ("rsa_pss_2048_sha256_mgf1_32_test.json", pss),
    ("rsa_pss_2048_sha256_mgf1sha1_20_test.json", pss),
    ("rsa_pss_3072_sha256_mgf1_32_params_test.json", pss),
    ("rsa_pss_3072_sha256_mgf1_32_test.json", pss),
    ("rsa_signature_2048_sha256_test.json", pkcs1),
    ("rsa_signature_2048_sha384_test.json", pkcs1),
    ("rsa_signature_2048_sha512_test.json", pkcs1),
    ("rsa_signature_3072_sha256_test.json", pkcs1),
    ("rsa_signature_3072_sha384_test.json", pkcs1),
    ("rsa_signature_3072_sha512_test.json", pkcs1),
    ("rsa_signature_4096_sha256_test.json", pkcs1),
    ("rsa_signature_4096_sha384_test.json", pkcs1),
    ("rsa_signature_4096_sha512_test.json", pkcs1),
    ("x25519_test.json", x25519),
    ("x448_test.json", x448),
];

fn cbc(group: &Value, case: &Value) -> bool {
    let cipher = match group["keySize"].as_u64() {
        Some(128) => ContentCipher::Aes128Cbc,
        Some(192) => ContentCipher::Aes192Cbc,
        _ => ContentCipher::Aes256Cbc,
    };
    cipher_case(cipher, 0, b"", b"", case)
}

fn gcm(group: &Value, case: &Value) -> bool {
    let cipher = match group["keySize"].as_u64() {
        Some(128) => ContentCipher::Aes128Gcm,
        Some(192) => ContentCipher::Aes192Gcm,
        _ => ContentCipher::Aes256Gcm,
    };
    cipher_case(cipher, 16, &hex(&case["aad"]), &hex(&case["tag"]), case)
}

/// Written with a tag of 16 octets only.
fn ccm(group: &Value, case: &Value) -> bool {
    let cipher = match group["keySize"].as_u64() {
        Some(128) => ContentCipher::Aes128Ccm,
        Some(192) => ContentCipher::Aes192Ccm,
        _ => ContentCipher::Aes256Ccm,
    };
    let [key, iv, msg, ct, aad, tag] = ["key", "iv", "msg", "ct", "aad", "tag"].map(|name| hex(&case[name]));
    let tag_len = usize::try_from(group["tagSize"].as_u64().unwrap() / 8).unwrap();
    if tag_len == 16 {
        return cipher_case(cipher, 16, &aad, &tag, case);
    }
    let parameters = CipherParameters { iv, tag_len };
    let mut opened = Vec::new();
    let done = open_once(cipher, &parameters, &Secret::new(key), &aad, &ct, &tag, &mut opened);
    done.is_ok() && opened == msg
}

/// Both ways, at once and in pieces of seven octets; all four must agree.
fn cipher_case(cipher: ContentCipher, tag_len: usize, aad: &[u8], tag: &[u8], case: &Value) -> bool {
    let [key, iv, msg, ct] = ["key", "iv", "msg", "ct"].map(|name| hex(&case[name]));
    let key = Secret::new(key);
    let parameters = CipherParameters { iv: iv.clone(), tag_len };
    let mut opened = Vec::new();
    let at_once = open_once(cipher, &parameters, &key, aad, &ct, tag, &mut opened).is_ok() && opened == msg;
    let mut opened = Vec::new();
    let in_pieces = Decryptor::new(cipher, &parameters, &key, aad).is_ok_and(|mut decryptor| {
        ct.chunks(7).for_each(|piece| decryptor.update(piece, &mut opened).unwrap());
        decryptor.finish(tag, &mut opened).is_ok()
    }) && opened == msg;
    assert_eq!(at_once, in_pieces, "{case}");
    if at_once {
        let mut sealed = Vec::new();
        assert_eq!(seal_once(cipher, &key, &iv, aad, &msg, &mut sealed).unwrap(), tag);
        assert_eq!(sealed, ct);
        let mut encryptor = Encryptor::new(cipher, &key, &iv, aad).unwrap();
        let mut sealed = Vec::new();
        msg.chunks(7).for_each(|piece| encryptor.update(piece, &mut sealed).unwrap());
        assert_eq!((encryptor.finish(&mut sealed).unwrap(), sealed), (tag.to_vec(), ct));
    }
    at_once
}

fn wrap(group: &Value, case: &Value) -> bool {
    let [key, msg, ct] = ["key", "msg", "ct"].map(|name| hex(&case[name]));
    let wrap = match group["keySize"].as_u64() {
        Some(128) => KeyWrap::Aes128,
        Some(192) => KeyWrap::Aes192,
        _ => KeyWrap::Aes256,
    };
    let key = Secret::new(key);
    let unwrapped = wrap.unwrap(&key, &ct).is_ok_and(|cek| cek.as_bytes() == msg);
    if unwrapped {
        assert_eq!(wrap.wrap(&key, &msg).unwrap(), ct);
    }
    unwrapped
}

/// The private key as PKCS#8, the public one as SubjectPublicKeyInfo or as a point.
fn ecdh(group: &Value, case: &Value) -> bool {
    let curve = match group["curve"].as_str() {
        Some("secp256r1") => Curve::P256,
        Some("secp384r1") => Curve::P384,
        _ => Curve::P521,
    };
    let mut name = Writer::new();
    name.oid(curve.oid());
    let algorithm = AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, name.into_bytes());
    let number = hex(&case["private"]);
    let start = number.iter().position(|b| *b != 0).unwrap_or(number.len());
    let mut octets = vec![0; curve.field_len() - (number.len() - start)];
    octets.extend_from_slice(&number[start..]);
    let mut private = Writer::new();
    private.sequence(|w| {
        w.uint(1).octet_string(&octets);
    });
    let info = PrivateKeyInfo::new(algorithm, Zeroizing::new(private.into_bytes()));
    let Ok(key) = SoftKey::from_info(&info) else { return false };
    let public = hex(&case["public"]);
    let point = match group["encoding"].as_str() {
        Some("ecpoint") => public,
        _ => match PublicKey::from_spki(&public) {
            Ok(public) if public.kind() == key.public().kind() => public.octets().to_vec(),
            _ => return false,
        },
    };
    key.agree(&point).is_ok_and(|shared| shared.as_bytes() == hex(&case["shared"]))
}

fn x25519(_: &Value, case: &Value) -> bool {
    montgomery(oids::X25519, case)
}

fn x448(_: &Value, case: &Value) -> bool {
    montgomery(oids::X448, case)
}

fn montgomery(oid: wire::Oid, case: &Value) -> bool {
    let mut w = Writer::new();
    w.octet_string(&hex(&case["private"]));
    let info = PrivateKeyInfo::new(AlgorithmIdentifier::new(oid), Zeroizing::new(w.into_bytes()));
    let key = SoftKey::from_info(&info).unwrap();
    key.agree(&hex(&case["public"])).is_ok_and(|shared| shared.as_bytes() == hex(&case["shared"]))
}

/// An ML-KEM key in one of the forms of RFC 9935.
fn ml_kem_key(group: &Value, key: &[u8], form: u8) -> Option<SoftKey> {
    let mut w = Writer::new();
    w.octet_string(key);
    let mut contents = w.into_bytes();
    contents[0] = form;
    let info = PrivateKeyInfo::new(AlgorithmIdentifier::new(ml_kem(group).oid()), Zeroizing::new(contents));
    SoftKey::from_info(&info).ok()
}

fn ml_kem(group: &Value) -> MlKem {
    let name = group["parameterSet"].as_str().unwrap().to_lowercase();
    MlKem::ALL.into_iter().find(|set| set.name() == name).unwrap()
}

/// What is encapsulated cannot be foreseen; that the key is one can.
fn encapsulate(group: &Value, case: &Value) -> bool {
    let algorithm = AlgorithmIdentifier::new(ml_kem(group).oid());
    let spki = SubjectPublicKeyInfo::new(algorithm, hex(&case["ek"]));
    PublicKey::new(spki).is_ok_and(|key| {
        let (ciphertext, shared) = key.encapsulate(Kem::MlKem(ml_kem(group))).unwrap();
        (ciphertext.len(), shared.len()) == (ml_kem(group).ciphertext_len(), 32)
    })
}

/// Also that the expanded form is the same key.
fn seed(group: &Value, case: &Value) -> bool {
    let Some(key) = ml_kem_key(group, &hex(&case["seed"]), 0x80) else { return false };
    let expanded = ml_kem_key(group, &hex(&case["dk"]), 4).unwrap();
    key.public() == expanded.public() && key.public().octets() == hex(&case["ek"])
}

fn decapsulate(group: &Value, case: &Value) -> bool {
    let key = match case["seed"].as_str() {
        Some(_) => ml_kem_key(group, &hex(&case["seed"]), 0x80),
        None => ml_kem_key(group, &hex(&case["dk"]), 4),
    };
    let Some(key) = key else { return false };
    let shared = key.decapsulate(Kem::MlKem(ml_kem(group)), &hex(&case["c"]));
    shared.is_ok_and(|shared| shared.as_bytes() == hex(&case["K"]))
}

fn ecdsa(group: &Value, case: &Value) -> bool {
    verify(&SignatureAlgorithm::Ecdsa(digest(&group["sha"])), &hex(&group["publicKeyDer"]), case)
}

fn ed25519(group: &Value, case: &Value) -> bool {
    verify(&SignatureAlgorithm::Ed25519, &hex(&group["publicKeyDer"]), case)
}

fn ml_dsa(group: &Value, case: &Value) -> bool {
    let der = hex(&group["publicKeyDer"]);
    let spki = SubjectPublicKeyInfo::from_der(&der).unwrap();
    let set = MlDsa::from_oid(spki.algorithm.oid).unwrap();
    // Keys of another length are the suite's cases too.
    PublicKey::new(spki).is_ok() && verify(&SignatureAlgorithm::ml_dsa(set), &der, case)
}

fn pkcs1(group: &Value, case: &Value) -> bool {
    verify(&SignatureAlgorithm::RsaPkcs1(digest(&group["sha"])), &hex(&group["publicKeyDer"]), case)
}

fn pss(group: &Value, case: &Value) -> bool {
    let salt = u32::try_from(group["sLen"].as_u64().unwrap()).unwrap();
    let algorithm = SignatureAlgorithm::RsaPss { digest: digest(&group["sha"]), mgf: digest(&group["mgfSha"]), salt };
    verify(&algorithm, &hex(&group["publicKeyDer"]), case)
}

/// Over the message and over its digest, which must agree.
fn verify(algorithm: &SignatureAlgorithm, spki: &[u8], case: &Value) -> bool {
    let public = PublicKey::from_spki(spki).unwrap();
    assert_eq!(public.spki(), SubjectPublicKeyInfo::from_der(spki).unwrap().der());
    let (message, signature) = (hex(&case["msg"]), hex(&case["sig"]));
    let whole = public.verify(algorithm, &message, &signature).is_ok();
    if !algorithm.is_pure() {
        let value = sealpost_crypto::digest(algorithm.digest(), &message);
        assert_eq!(public.verify_digest(algorithm, &value, &signature).is_ok(), whole);
    }
    whole
}

/// K-01, K-04: what does not decrypt still gives a content key, another one, and always the same.
fn rsa_decrypt(group: &Value, case: &Value) -> bool {
    let how = match group["type"].as_str() {
        Some("RsaesPkcs1Decrypt") => KeyTransport::RsaPkcs1,
        _ => KeyTransport::RsaOaep {
            digest: digest(&group["sha"]),
            mgf: digest(&group["mgfSha"]),
            label: hex(&case["label"]),
        },
    };
    let key = SoftKey::from_pkcs8(&hex(&group["privateKeyPkcs8"])).unwrap();
    let (ciphertext, message) = (hex(&case["ct"]), hex(&case["msg"]));
    let opened = key.decrypt(&how, &ciphertext).is_ok_and(|plain| plain.as_bytes() == message);
    let octets = group["keySize"].as_u64().unwrap() / 8;
    if !opened && ciphertext.len() as u64 == octets {
        let substitute = || transport_cek(&key, &how, &ciphertext, 32, &mut SystemRandom).unwrap();
        assert_eq!(substitute(), substitute());
        assert_eq!(substitute().len(), 32);
    }
    opened
}

fn hkdf(digest: Digest, case: &Value) -> bool {
    let [ikm, salt, info, okm] = ["ikm", "salt", "info", "okm"].map(|name| hex(&case[name]));
    let size = usize::try_from(case["size"].as_u64().unwrap()).unwrap();
    kdf::hkdf(digest, Some(&salt), &Secret::new(ikm), &info, size).is_ok_and(|key| key.as_bytes() == okm)
}

fn pbkdf2(digest: Digest, case: &Value) -> bool {
    let [password, salt, dk] = ["password", "salt", "dk"].map(|name| hex(&case[name]));
    let iterations = u32::try_from(case["iterationCount"].as_u64().unwrap()).unwrap();
    let length = usize::try_from(case["dkLen"].as_u64().unwrap()).unwrap();
    kdf::pbkdf2(digest, &password, &salt, iterations, length).is_ok_and(|key| key.as_bytes() == dk)
}

fn digest(name: &Value) -> Digest {
    name.as_str().unwrap().to_lowercase().parse().unwrap()
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    assert!(text.len().is_multiple_of(2));
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// Identity to what the suite expects and what happens.
fn exceptions() -> BTreeMap<String, (String, String)> {
    let lines = include_str!("wycheproof.exceptions.tsv").lines().skip(1);
    let parsed = lines.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        assert!(fields.len() == 4 && !fields[3].is_empty(), "{line}");
        (fields[0].to_owned(), (fields[1].to_owned(), fields[2].to_owned()))
    });
    parsed.collect()
}

/// A folder of the corpora; without one the test says so, or fails where CI demands everything.
fn corpus(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("SEALPOST_CORPORA").map_or_else(beside, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("SEALPOST_REQUIRE").is_none_or(|r| r != "all"), "no corpora");
    tell("skipped: no corpora");
    None
}
