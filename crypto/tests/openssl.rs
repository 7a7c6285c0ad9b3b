//! OpenSSL reads the key files that we write, and signs and agrees as we do.
#![allow(clippy::disallowed_methods)] // tests start programs

use std::path::PathBuf;
use std::process::Command;

use sealpost_crypto::password::{Pkcs12Contents, Pkcs12Key, encrypt_pkcs8, open_pkcs12, write_pkcs12};
use sealpost_crypto::{
    Brainpool, Curve, Digest, Ephemeral, Error, KeyKind, KeySpec, KeyTransport, PrivateKey, PublicKey,
    SignatureAlgorithm, SoftKey, SystemRandom,
};
use wire::der::{Reader, Tag, Writer};
use wire::{AlgorithmIdentifier, PrivateKeyInfo, SubjectPublicKeyInfo, oids, pem};

#[test]
fn openssl_reads_our_keys_and_verifies_our_signatures() {
    let Some(folder) = scratch("keys") else { return };
    for spec in
        [KeySpec::Rsa(2048), KeySpec::Ec(Curve::P256), KeySpec::Ec(Curve::P521), KeySpec::Ed25519, KeySpec::Ed448]
    {
        let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
        let encrypted = encrypt_pkcs8(&pkcs8, "pässwort".as_bytes(), 1000, &mut SystemRandom).unwrap();
        let [private, public, message, signature] =
            ["key.pem", "pub.pem", "message", "signature"].map(|name| folder.join(name));
        std::fs::write(&private, pem::encode("ENCRYPTED PRIVATE KEY", &encrypted.to_der())).unwrap();
        let read = openssl(&["pkey", "-in", path(&private), "-passin", "pass:pässwort", "-pubout"]);
        assert_eq!(pem::parse(&read).unwrap()[0].contents.as_slice(), key.public().spki(), "{spec}");
        let algorithm = SignatureAlgorithm::for_key(&spec.kind(), Digest::Sha256).unwrap();
        std::fs::write(&public, read).unwrap();
        std::fs::write(&message, b"message").unwrap();
        std::fs::write(&signature, key.sign(&algorithm, b"message", &mut SystemRandom).unwrap()).unwrap();
        let mut arguments = vec!["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", path(&public)];
        arguments.extend(["-in", path(&message), "-sigfile", path(&signature)]);
        let pure = matches!(spec, KeySpec::Ed25519 | KeySpec::Ed448);
        if !pure {
            arguments.extend(["-digest", "sha256"]);
        }
        assert!(String::from_utf8_lossy(&openssl(&arguments)).contains("Verified Successfully"), "{spec}");
        if pure {
            // Such signatures have no chance in them: theirs is ours.
            let arguments = ["pkeyutl", "-sign", "-rawin", "-passin", "pass:pässwort", "-inkey", path(&private)];
            let theirs = openssl(&[&arguments[..], &["-in", path(&message)]].concat());
            assert_eq!(theirs, std::fs::read(&signature).unwrap(), "{spec}");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// RFC 8702 §3.2: what OpenSSL signs over its SHAKE holds here, and a PSS block made here is what it should be by
/// OpenSSL's RSA and SHAKE.
#[test]
fn sha3_and_shake_signatures_agree_with_openssl() {
    let Some(folder) = scratch("shake") else { return };
    let [private, message, hash, signature, seed] =
        ["key.pem", "message", "hash", "signature", "seed"].map(|name| folder.join(name));
    std::fs::write(&message, b"message").unwrap();
    let shake = |name: &str, length: usize, file: &std::path::Path| {
        openssl(&["dgst", &format!("-{name}"), "-xoflen", &length.to_string(), "-binary", path(file)])
    };
    for (digest, name, length) in [(Digest::Shake128, "shake128", 32), (Digest::Shake256, "shake256", 64)] {
        let hashed = shake(name, length, &message);
        std::fs::write(&hash, &hashed).unwrap();
        let (ec, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P521), &mut SystemRandom).unwrap();
        std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
        openssl(&["pkeyutl", "-sign", "-inkey", path(&private), "-in", path(&hash), "-out", path(&signature)]);
        let made = std::fs::read(&signature).unwrap();
        ec.public().verify(&SignatureAlgorithm::Ecdsa(digest), b"message", &made).unwrap();
        ec.public().verify(&SignatureAlgorithm::Ecdsa(digest), b"Message", &made).unwrap_err();

        let (rsa, pkcs8) = SoftKey::generate(KeySpec::Rsa(2048), &mut SystemRandom).unwrap();
        std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
        let made = rsa.sign(&SignatureAlgorithm::pss(digest), b"message", &mut SystemRandom).unwrap();
        std::fs::write(&signature, made).unwrap();
        let raw = ["-pkeyopt", "rsa_padding_mode:none", "-inkey", path(&private), "-in", path(&signature)];
        let block = openssl(&[&["pkeyutl", "-verifyrecover"], &raw[..]].concat());
        let (masked, rest) = block.split_at(256 - length - 1);
        let (h, trailer) = rest.split_at(length);
        std::fs::write(&seed, h).unwrap();
        let mut data: Vec<u8> = masked.iter().zip(shake(name, masked.len(), &seed)).map(|(a, b)| a ^ b).collect();
        data[0] &= 0x7f;
        let (padding, salt) = data.split_at(masked.len() - length);
        assert!(
            trailer == [0xbc] && padding.ends_with(&[0, 1]) && padding[..padding.len() - 1].iter().all(|b| *b == 0)
        );
        std::fs::write(&seed, [&[0; 8], &hashed[..], salt].concat()).unwrap();
        assert_eq!(shake(name, length, &seed), h);
    }
    let (ec, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
    for digest in [Digest::Sha3_256, Digest::Sha3_384, Digest::Sha3_512] {
        let made = openssl(&["dgst", &format!("-{digest}"), "-sign", path(&private), path(&message)]);
        ec.public().verify(&SignatureAlgorithm::Ecdsa(digest), b"message", &made).unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// RFC 8017 §A.1.2: keys of three and more primes sign, decrypt and unwrap like others.
#[test]
fn rsa_keys_of_many_primes_work_as_those_of_openssl() {
    let Some(folder) = scratch("primes") else { return };
    let [private, public, message, signature, sealed] =
        ["key.pem", "pub.pem", "message", "signature", "sealed"].map(|name| folder.join(name));
    std::fs::write(&message, b"message").unwrap();
    for (primes, bits) in [("3", "2048"), ("3", "3072"), ("4", "4096"), ("5", "8192")] {
        openssl(&["genrsa", "-traditional", "-primes", primes, "-out", path(&private), bits]);
        openssl(&["pkey", "-in", path(&private), "-pubout", "-out", path(&public)]);
        let block = pem::parse(&std::fs::read(&private).unwrap()).unwrap().remove(0);
        assert_eq!(block.label, "RSA PRIVATE KEY");
        let key = SoftKey::from_info(&PrivateKeyInfo::from_rsa_private_key(&block.contents).unwrap()).unwrap();
        let spki = pem::parse(&std::fs::read(&public).unwrap()).unwrap().remove(0);
        assert_eq!(key.public().spki(), spki.contents.as_slice());
        assert_eq!(SoftKey::from_pkcs8(&key.to_pkcs8()).unwrap().public(), key.public());
        // The largest takes its time.
        let digests = [Digest::Sha256, Digest::Sha384, Digest::Sha512, Digest::Sha3_256];
        for digest in digests.into_iter().take(if bits == "8192" { 1 } else { 4 }) {
            for (algorithm, padding) in
                [(SignatureAlgorithm::RsaPkcs1(digest), "pkcs1"), (SignatureAlgorithm::pss(digest), "pss")]
            {
                let made = key.sign(&algorithm, b"message", &mut SystemRandom).unwrap();
                key.public().verify(&algorithm, b"message", &made).unwrap();
                std::fs::write(&signature, made).unwrap();
                let mode = format!("rsa_padding_mode:{padding}");
                let mut arguments = vec!["dgst", "-verify", path(&public), "-signature", path(&signature)];
                let name = format!("-{digest}");
                arguments.extend([&name, "-sigopt", &mode, path(&message)]);
                assert!(String::from_utf8_lossy(&openssl(&arguments)).contains("Verified OK"), "{primes} {algorithm}");
            }
        }
        for (how, padding) in [
            (KeyTransport::RsaPkcs1, &["rsa_padding_mode:pkcs1"][..]),
            (KeyTransport::oaep(Digest::Sha256), &["rsa_padding_mode:oaep", "rsa_oaep_md:sha256"]),
        ] {
            let mut arguments = vec!["pkeyutl", "-encrypt", "-pubin", "-inkey", path(&public), "-in", path(&message)];
            padding.iter().for_each(|option| arguments.extend(["-pkeyopt", option]));
            arguments.extend(["-out", path(&sealed)]);
            openssl(&arguments);
            let mut ciphertext = std::fs::read(&sealed).unwrap();
            assert_eq!(key.decrypt(&how, &ciphertext).unwrap().as_bytes(), b"message", "{primes}");
            ciphertext[9] ^= 1;
            assert!(key.decrypt(&how, &ciphertext).map_or(true, |plain| plain.as_bytes() != b"message"));
        }
        // A prime that is none of the modulus is noticed.
        let third = wire::RsaPrivateKey::from_der(&block.contents).unwrap().primes[2].to_vec();
        let mut broken = block.contents.to_vec();
        let at = broken.windows(third.len()).position(|window| window == third).unwrap();
        broken[at + third.len() - 1] ^= 2;
        let broken = PrivateKeyInfo::from_rsa_private_key(&broken).unwrap();
        assert!(matches!(SoftKey::from_info(&broken), Err(Error::BadKey(_))));
    }
    // Under 2048 bits nothing is signed, whatever the primes.
    openssl(&["genrsa", "-traditional", "-primes", "3", "-out", path(&private), "1024"]);
    let block = pem::parse(&std::fs::read(&private).unwrap()).unwrap().remove(0);
    let small = SoftKey::from_info(&PrivateKeyInfo::from_rsa_private_key(&block.contents).unwrap()).unwrap();
    let refused = small.sign(&SignatureAlgorithm::RsaPkcs1(Digest::Sha256), b"message", &mut SystemRandom);
    assert_eq!(refused, Err(Error::KeyCannot("sign: RSA under 2048 bits")));
    std::fs::remove_dir_all(folder).unwrap();
}

/// RFC 5639 and RFC 3370 §3.1: verified, never made.
#[test]
fn brainpool_and_dsa_of_openssl_verify() {
    let Some(folder) = scratch("old") else { return };
    let [private, parameters, message] = ["key.pem", "parameters.pem", "message"].map(|name| folder.join(name));
    std::fs::write(&message, b"message").unwrap();
    let sha2 = [Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512];
    let mut keys: Vec<(KeyKind, Vec<&str>)> = Vec::new();
    for curve in Brainpool::ALL {
        let name = curve.oid().name().unwrap();
        let arguments = vec!["ecparam", "-genkey", "-noout", "-name", name, "-out", path(&private)];
        keys.push((KeyKind::Brainpool(curve), arguments));
    }
    for bits in [1024, 2048] {
        keys.push((KeyKind::Dsa { bits }, vec!["gendsa", "-out", path(&private), path(&parameters)]));
    }
    for (kind, arguments) in keys {
        if let KeyKind::Dsa { bits } = kind {
            let q_bits = if bits == 1024 { 160 } else { 256 };
            let [p, q] = [format!("dsa_paramgen_bits:{bits}"), format!("dsa_paramgen_q_bits:{q_bits}")];
            let options = ["-pkeyopt", &p, "-pkeyopt", &q];
            openssl(
                &[&["genpkey", "-genparam", "-algorithm", "DSA", "-out", path(&parameters)], &options[..]].concat(),
            );
        }
        openssl(&arguments);
        let spki = openssl(&["pkey", "-in", path(&private), "-pubout", "-outform", "DER"]);
        let public = PublicKey::from_spki(&spki).unwrap();
        assert_eq!(public.kind(), kind);
        assert!(!kind.signs() && SignatureAlgorithm::for_key(&kind, Digest::Sha256).is_none());
        for digest in sha2 {
            let made = openssl(&["dgst", &format!("-{digest}"), "-sign", path(&private), path(&message)]);
            let algorithm = match kind {
                KeyKind::Dsa { .. } => SignatureAlgorithm::Dsa(digest),
                _ => SignatureAlgorithm::Ecdsa(digest),
            };
            public.verify(&algorithm, b"message", &made).unwrap();
            assert_eq!(public.verify(&algorithm, b"Message", &made), Err(Error::BadSignature));
            for octet in (0..made.len()).step_by(5) {
                let mut bad = made.clone();
                bad[octet] ^= 1 << (octet % 8);
                assert_eq!(public.verify(&algorithm, b"message", &bad), Err(Error::BadSignature), "{kind} {octet}");
                assert_eq!(public.verify(&algorithm, b"message", &made[..octet]), Err(Error::BadSignature));
            }
            assert!(public.verify(&SignatureAlgorithm::Ed25519, b"message", &made).is_err());
        }
        // Any change of a key makes another key or none.
        for octet in (0..spki.len()).step_by(7) {
            let mut bad = spki.clone();
            bad[octet] ^= 0x10;
            assert!(PublicKey::from_spki(&bad).is_ok_and(|key| key == public) == (bad == spki));
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// RFC 5639 §3: the constants here are OpenSSL's. The private key 1 has the generator for its public one; the order is
/// the first number that is no private key, and the one below it has the generator's mirror image.
#[test]
fn brainpool_constants_are_those_of_openssl() {
    let Some(folder) = scratch("constants") else { return };
    for curve in Brainpool::ALL {
        let name = curve.oid().name().unwrap();
        let der = openssl(&["ecparam", "-name", name, "-param_enc", "explicit", "-outform", "DER"]);
        let mut outer = Reader::new(&der);
        let mut reader = outer.sequence().unwrap();
        assert_eq!(reader.uint().unwrap(), 1);
        reader.any().unwrap();
        reader.any().unwrap();
        let generator = reader.octet_string().unwrap();
        let order = reader.unsigned().unwrap();
        let key = |number: &[u8]| SoftKey::from_info(&brainpool_key(curve, number, None));
        let mut one = vec![0; curve.field_len()];
        assert_eq!(key(&one).unwrap_err(), Error::BadKey("not a private key of its curve"));
        *one.last_mut().unwrap() = 1;
        assert_eq!(key(&one).unwrap().public().octets(), generator, "{curve}");
        assert_eq!(key(&[1]).unwrap().public().octets(), generator, "{curve}: a short number");
        assert_eq!(key(&[&[0; 9][..], &one].concat()).unwrap().public().octets(), generator, "{curve}: a long one");
        assert!(key(&[&[1][..], &one].concat()).is_err(), "{curve}: too long a one");
        assert_eq!(key(order).unwrap_err(), Error::BadKey("not a private key of its curve"));
        let mut last = order.to_vec();
        *last.last_mut().unwrap() -= 1;
        let mirrored = key(&last).unwrap().public().octets().to_vec();
        let (x, y) = generator.split_at(1 + curve.field_len());
        assert!(mirrored.starts_with(x) && !mirrored.ends_with(y), "{curve}");
        let stated = |point: &[u8]| SoftKey::from_info(&brainpool_key(curve, &last, Some(point)));
        stated(&mirrored).unwrap();
        assert_eq!(stated(generator).unwrap_err(), Error::BadKey("private and public key do not belong together"));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// K-05: the secret of OpenSSL's key and ours, both ways, from either form of key file; other points give none.
#[test]
fn brainpool_agrees_with_openssl() {
    let Some(folder) = scratch("agree") else { return };
    let [sec1, private, public] = ["sec1.pem", "key.pem", "pub.pem"].map(|name| folder.join(name));
    for curve in Brainpool::ALL {
        let name = curve.oid().name().unwrap();
        openssl(&["ecparam", "-genkey", "-noout", "-name", name, "-out", path(&sec1)]);
        let theirs =
            SoftKey::from_pkcs8(&openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", path(&sec1), "-outform", "DER"]));
        let theirs = theirs.unwrap();
        let block = pem::parse(&std::fs::read(&sec1).unwrap()).unwrap().remove(0);
        let again = PrivateKeyInfo::from_ec_private_key(&block.contents).unwrap();
        assert_eq!(SoftKey::from_info(&again).unwrap().public(), theirs.public());
        let spki = openssl(&["pkey", "-in", path(&sec1), "-pubout", "-outform", "DER"]);
        assert_eq!(theirs.public().spki(), spki);
        for length in 0..again.key.len() {
            let cut = PrivateKeyInfo::new(again.algorithm.clone(), again.key[..length].to_vec().into());
            assert!(SoftKey::from_info(&cut).is_err(), "{curve} cut at {length}");
        }

        // Its other side is drawn here, and OpenSSL derives the same.
        let other = Ephemeral::new(&theirs.public().kind()).unwrap();
        let shared = other.agree(theirs.public()).unwrap();
        assert_eq!(shared.len(), curve.field_len());
        assert_eq!(theirs.agree(other.public()).unwrap(), shared);
        let algorithm = theirs.public().algorithm().clone();
        let info = SubjectPublicKeyInfo::new(algorithm, other.public());
        std::fs::write(&public, pem::encode("PUBLIC KEY", info.der())).unwrap();
        let derived = openssl(&["pkeyutl", "-derive", "-inkey", path(&sec1), "-peerkey", path(&public)]);
        assert_eq!(derived, shared.as_bytes(), "{curve}");
        std::fs::write(&private, pem::encode("PRIVATE KEY", &theirs.to_pkcs8())).unwrap();
        assert_eq!(openssl(&["pkey", "-in", path(&private), "-pubout", "-outform", "DER"]), spki);

        // Off the curve, of another form, too short or long, at infinity: the one failure.
        let point = other.public();
        for octet in (0..point.len()).step_by(11) {
            let mut bad = point.to_vec();
            bad[octet] ^= 1;
            assert_eq!(theirs.agree(&bad).unwrap_err(), Error::Failed, "{curve} {octet}");
            assert_eq!(theirs.agree(&point[..octet]).unwrap_err(), Error::Failed);
        }
        let odd = point.last().unwrap() & 1;
        let compressed = [&[2 + odd][..], &point[1..=curve.field_len()]].concat();
        let hybrid = [&[6 + odd][..], &point[1..]].concat();
        for bad in [&compressed, &hybrid, &vec![0], &[point, &[0]].concat(), &[&[4][..], &[0xff; 128][..]].concat()] {
            assert_eq!(theirs.agree(bad).unwrap_err(), Error::Failed, "{curve}");
            let spki = SubjectPublicKeyInfo::new(theirs.public().algorithm().clone(), bad.clone());
            assert!(matches!(PublicKey::new(spki), Err(Error::BadKey(_))), "{curve}");
        }
        let strange = Brainpool::ALL.into_iter().find(|c| *c != curve && c.field_len() == curve.field_len()).unwrap();
        let elsewhere = Ephemeral::new(&KeyKind::Brainpool(strange)).unwrap();
        assert_eq!(theirs.agree(elsewhere.public()).unwrap_err(), Error::Failed);
        assert!(elsewhere.agree(theirs.public()).is_err());
        let signed = theirs.sign(&SignatureAlgorithm::Ecdsa(Digest::Sha512), b"message", &mut SystemRandom);
        assert!(matches!(signed, Err(Error::KeyCannot(_))) && !theirs.public().kind().signs());
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A private key as RFC 5915 §3 has it, with its public key or without.
fn brainpool_key(curve: Brainpool, number: &[u8], public: Option<&[u8]>) -> PrivateKeyInfo {
    let mut name = Writer::new();
    name.oid(curve.oid());
    let mut w = Writer::new();
    w.sequence(|w| {
        w.uint(1).octet_string(number);
        if let Some(public) = public {
            w.nested(Tag::context(1), |w| {
                w.bit_string(public);
            });
        }
    });
    let algorithm = AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, name.into_bytes());
    PrivateKeyInfo::new(algorithm, w.into_bytes().into())
}

#[test]
fn pkcs12_goes_both_ways() {
    let Some(folder) = scratch("pkcs12") else { return };
    let (key, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    let info = PrivateKeyInfo::from_der(&pkcs8).unwrap();
    let keys = vec![Pkcs12Key { info, local_key_id: Some(vec![1]), friendly_name: Some("Käthe".to_owned()) }];
    let contents = Pkcs12Contents { keys, certificates: Vec::new() };
    let [ours, theirs, private, certificate] =
        ["ours.p12", "theirs.p12", "key.pem", "certificate.pem"].map(|name| folder.join(name));
    for password in ["secret", "pässwort", ""] {
        std::fs::write(&ours, write_pkcs12(&contents, password.as_bytes(), &mut SystemRandom).unwrap()).unwrap();
        let pass = format!("pass:{password}");
        let read = openssl(&["pkcs12", "-in", path(&ours), "-passin", &pass, "-nodes"]);
        let block = pem::parse(&read).unwrap().into_iter().find(|b| b.label == "PRIVATE KEY").unwrap();
        assert_eq!(SoftKey::from_pkcs8(&block.contents).unwrap().public(), key.public());

        std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
        let subject = ["-subj", "/CN=x", "-days", "2", "-out", path(&certificate)];
        openssl(&[&["req", "-x509", "-key", path(&private)], &subject[..]].concat());
        let mut arguments = vec!["pkcs12", "-export", "-inkey", path(&private), "-in", path(&certificate)];
        arguments.extend(["-out", path(&theirs), "-passout", &pass]);
        openssl(&arguments);
        let opened = open_pkcs12(&std::fs::read(&theirs).unwrap(), password.as_bytes()).unwrap();
        assert_eq!((opened.keys.len(), opened.certificates.len()), (1, 1));
        assert_eq!(SoftKey::from_info(&opened.keys[0].info).unwrap().public(), key.public());
        assert_eq!(opened.keys[0].local_key_id, opened.certificates[0].local_key_id);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {words}");
    output.stdout
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

/// A folder of its own for a test, where there is an openssl.
fn scratch(name: &str) -> Option<PathBuf> {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("SEALPOST_REQUIRE").is_none_or(|r| r != "all"), "no openssl");
        println!("skipped, install openssl");
        return None;
    }
    let folder = std::env::temp_dir().join(format!("sealpost-crypto-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}
