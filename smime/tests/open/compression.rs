//! Compression within mail (rows Z-01, Z-02, X-13).

use std::io::Write;

use crate::build::*;
use crate::world;

fn compressed(content: &[u8]) -> Vec<u8> {
    let mut writer = cms::CompressWriter::new(Vec::new());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

/// An entity that holds the compressed one.
fn entity(content: &str) -> String {
    smime("", "compressed-data", &compressed(content.as_bytes()))
}

#[test]
fn z_01_compression_is_a_layer_that_protects_nothing() {
    let w = world();
    let seen = open(smime(HEAD, "compressed-data", &compressed(PAYLOAD.as_bytes())), &w.ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "none"));
    assert_eq!(seen.layers, ["compressed-data"]);
    assert!(seen.text().contains("noon"), "{}", seen.text());
    // Compressed and then signed, signed and then compressed: the signature holds either way (RFC 8551 §3.6).
    let seen = open(smime(HEAD, "signed-data", &opaque(entity(PAYLOAD).as_bytes(), &[&w.alice])), &w.ring);
    assert_eq!((seen.verdict, seen.layers.as_slice()), ("verified", ["signed-data", "compressed-data"].as_slice()));
    let signed = smime("", "signed-data", &opaque(PAYLOAD.as_bytes(), &[&w.alice]));
    let seen = open(smime(HEAD, "compressed-data", &compressed(signed.as_bytes())), &w.ring);
    assert_eq!((seen.verdict, seen.layers.as_slice()), ("verified", ["compressed-data", "signed-data"].as_slice()));
    let seen = open(sealed_mail(HEAD, &entity(PAYLOAD), GCM, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "authenticated"));
    assert_eq!(seen.layers, ["auth-enveloped-data", "compressed-data"]);
}

#[test]
fn x_13_a_bomb_is_not_opened() {
    let w = world();
    let bomb = format!("{PAYLOAD}{}", "x".repeat(64 << 20));
    assert!(try_open(smime(HEAD, "compressed-data", &compressed(bomb.as_bytes())).as_bytes(), &w.ring).is_err());
    assert!(try_open(sealed_mail(HEAD, &entity(&bomb), GCM, &[&w.bob]).as_bytes(), &w.ring).is_err());
}

#[test]
fn z_02_nothing_is_compressed_twice_and_damage_within_encryption_is_one_failure() {
    let w = world();
    let twice = smime(HEAD, "compressed-data", &compressed(entity(PAYLOAD).as_bytes()));
    assert!(try_open(twice.as_bytes(), &w.ring).is_err());
    // What fails inside of encryption that proves nothing fails like all the rest of it.
    let mut damaged = compressed(PAYLOAD.as_bytes());
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let inside = smime("", "compressed-data", &damaged);
    let error = try_open(sealed_mail(HEAD, &inside, CBC, &[&w.bob]).as_bytes(), &w.ring).err().unwrap();
    assert!(matches!(error, sealpost_smime::OpenError::CannotDecrypt), "{error}");
}
