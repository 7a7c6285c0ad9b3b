//! What the streams of this crate reach here, in MB/s, and operations per second of its keys:
//! `cargo run --release -p sealpost-crypto --example speed`.
#![allow(clippy::disallowed_methods)] // a measurement needs a clock

use std::hint::black_box;
use std::time::{Duration, Instant};

use sealpost_crypto::{
    Authenticator, BlockTags, CipherParameters, ContentCipher, Curve, Decryptor, Digest, Encryptor, Ephemeral, Hasher,
    KeySpec, KeyTransport, PrivateKey, PublicKey, Secret, SignatureAlgorithm, SoftKey, SystemRandom, transport_cek,
};

fn main() {
    let text = vec![7; CHUNK];
    for digest in [Digest::Sha256, Digest::Sha512] {
        let mut hasher = Hasher::new(digest);
        megabytes(digest.name(), || hasher.update(&text));
    }
    for cipher in [ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm, ContentCipher::ChaCha20Poly1305] {
        ciphers(cipher, &text);
    }
    let tags = BlockTags::new(&mut SystemRandom).unwrap();
    let block = vec![7; 1 << 20];
    let rate = rate(|| drop(black_box(tags.tag(1, &block))));
    println!("{:<32}{:>10.0} MB/s", "block tags", rate * 1.048_576);
    for spec in [KeySpec::Rsa(2048), KeySpec::Ec(Curve::P256), KeySpec::Ec(Curve::P384), KeySpec::Ed25519] {
        signatures(spec);
    }
    let (rsa, _) = SoftKey::generate(KeySpec::Rsa(2048), &mut SystemRandom).unwrap();
    for how in [KeyTransport::RsaPkcs1, KeyTransport::oaep(Digest::Sha256)] {
        let sealed = rsa.public().encrypt(&how, &[1; 32], &mut SystemRandom).unwrap();
        each(&format!("{how} encrypt"), || drop(rsa.public().encrypt(&how, &[1; 32], &mut SystemRandom)));
        each(&format!("{how} decrypt"), || drop(transport_cek(&rsa, &how, &sealed, 32, &mut SystemRandom)));
    }
    for spec in [KeySpec::Ec(Curve::P256), KeySpec::X25519] {
        let (key, _) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
        let (peer, _) = key.public().agree_ephemeral().unwrap();
        let shared = Ephemeral::new(&spec.kind()).unwrap();
        each(&format!("{spec} fresh ephemeral"), || drop(key.public().agree_ephemeral()));
        each(&format!("{spec} shared ephemeral"), || drop(shared.agree(key.public())));
        each(&format!("{spec} agree"), || drop(key.agree(&peer)));
        each(&format!("{spec} read public key"), || drop(PublicKey::from_spki(key.public().spki())));
    }
}

fn ciphers(cipher: ContentCipher, text: &[u8]) {
    let key = Secret::new(vec![1; cipher.key_len()]);
    let parameters = CipherParameters { iv: vec![1; cipher.iv_len()], tag_len: 16 };
    let mut out = vec![0; CHUNK + 16];
    let mut encryptor = Encryptor::new(cipher, &key, &parameters.iv, b"").unwrap();
    megabytes(&format!("{cipher} encrypt"), || {
        encryptor.update_slice(text, &mut out).unwrap();
    });
    let mut decryptor = Decryptor::new(cipher, &parameters, &key, b"").unwrap();
    megabytes(&format!("{cipher} decrypt"), || {
        decryptor.update_slice(text, &mut out).unwrap();
    });
    let mut into = Vec::new();
    megabytes(&format!("{cipher} decrypt to a Vec"), || {
        into.clear();
        decryptor.update(text, &mut into).unwrap();
    });
    if !cipher.is_aead() {
        return;
    }
    let mut decryptor = Decryptor::without_proof(cipher, &parameters, &key).unwrap();
    megabytes(&format!("{cipher} without proof"), || {
        decryptor.update_slice(text, &mut out).unwrap();
    });
    let mut proof = Authenticator::new(cipher, &parameters, &key, b"").unwrap();
    megabytes(&format!("{cipher} proof alone"), || proof.update(text).unwrap());
}

fn signatures(spec: KeySpec) {
    let (key, _) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
    let algorithm = SignatureAlgorithm::for_key(&spec.kind(), Digest::Sha256).unwrap();
    let signature = key.sign(&algorithm, b"message", &mut SystemRandom).unwrap();
    each(&format!("{spec} sign"), || drop(key.sign(&algorithm, b"message", &mut SystemRandom)));
    each(&format!("{spec} verify"), || key.public().verify(&algorithm, b"message", &signature).unwrap());
}

fn megabytes(name: &str, work: impl FnMut()) {
    println!("{name:<32}{:>10.0} MB/s", rate(work) * CHUNK as f64 / 1e6);
}

fn each(name: &str, work: impl FnMut()) {
    println!("{name:<32}{:>10.0} /s", rate(work));
}

/// Calls per second, the best of three tries.
fn rate(mut work: impl FnMut()) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..3 {
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < Duration::from_millis(80) {
            work();
            calls += 1;
        }
        best = best.max(f64::from(calls) / start.elapsed().as_secs_f64());
    }
    best
}

const CHUNK: usize = 64 * 1024;
