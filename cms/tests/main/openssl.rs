//! OpenSSL reads what is written here, and what it writes is read here.

use crypto::{ContentCipher, Digest, KeySpec, KeyTransport, SignatureAlgorithm};
use sealpost_cms::{Recipient, SignOptions, SignatureFault};

use crate::peer::Folder;
use crate::people::*;

/// Text small enough for DER, and large enough to stream.
const LENGTHS: [usize; 2] = [1000, 200_001];
const VERIFY: &str = "openssl cms -verify -binary -inform DER -CAfile ca.pem -purpose smimesign -out out";

/// OpenSSL 3.0 knows no EdDSA in CMS and no ML-DSA at all; later ones do.
fn signs_with(folder: &Folder, spec: KeySpec) -> bool {
    !matches!(spec, KeySpec::Ed25519 | KeySpec::Ed448 | KeySpec::MlDsa(_) | KeySpec::CompositeDsa(_))
        || folder.run("openssl cms -sign -binary -in text -signer a.pem -inkey a.key -outform DER -out x").0
}

#[test]
fn what_is_signed_here_verifies_there() {
    let Some(folder) = Folder::with("openssl") else { return };
    for spec in SIGNING {
        let who = alice(spec);
        folder.person("a", &who);
        for length in LENGTHS {
            let text = letter(length);
            folder.write("text", &text);
            if !signs_with(&folder, spec) {
                println!("this openssl has no {spec} in CMS");
                continue;
            }
            for use_key_id in [false, true] {
                let options = || SignOptions { use_key_id, ..options() };
                folder.write("attached", &sign_attached(vec![who.signer()], options(), &text));
                folder.must(&format!("{VERIFY} -in attached"));
                assert!(folder.read("out") == text, "{spec} {length}");
                folder.write("detached", &sign_detached(vec![who.signer()], options(), &text));
                folder.must(&format!("{VERIFY} -in detached -content text"));
                folder.write("other", b"another text");
                let (verified, _) = folder.run(&format!("{VERIFY} -in detached -content other"));
                assert!(!verified, "{spec}");
            }
        }
    }
}

#[test]
fn pss_and_several_signers_from_here_verify_there() {
    let Some(folder) = Folder::with("openssl") else { return };
    let (rsa, ec) = (alice(RSA), alice(P256));
    let text = letter(70_000);
    for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        let pss = rsa.signer_with(SignatureAlgorithm::pss(digest));
        folder.write("pss", &sign_attached(vec![pss, ec.signer(), rsa.signer()], options(), &text));
        folder.must(&format!("{VERIFY} -in pss"));
        assert!(folder.read("out") == text);
    }
}

#[test]
fn what_is_signed_there_verifies_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    for spec in SIGNING {
        let who = alice(spec);
        folder.person("a", &who);
        for length in LENGTHS {
            let text = letter(length);
            folder.write("text", &text);
            if !signs_with(&folder, spec) {
                continue;
            }
            let md = if spec == KeySpec::Ed25519 { "-md sha512" } else { "-md sha256" };
            for extra in ["", "-keyid", "-nosmimecap", "-stream", "-certfile ca.pem", "-nocerts", "-cades"] {
                for nodetach in ["", "-nodetach"] {
                    folder.must(&format!(
                        "openssl cms -sign -binary -in text -signer a.pem -inkey a.key -outform DER -out x {md} {extra} {nodetach}"
                    ));
                    let read = read_signed(&folder.read("x"), Some(&text)).unwrap();
                    if extra == "-nocerts" {
                        assert_eq!(read.only().result.unwrap_err(), SignatureFault::NoCertificate);
                        continue;
                    }
                    assert!(read.holds(), "{spec} {extra} {nodetach} {:?}", read.only().result);
                    // Asked to stream it puts the content inside even where it was told not to.
                    assert_eq!(read.facts.has_content, nodetach == "-nodetach" || extra == "-stream");
                    assert!(!read.facts.has_content || read.content == text);
                    assert_eq!(read.only().certificate.as_ref(), Some(&who.certificate));
                    assert!(read.only().signed_at.is_some());
                }
            }
        }
    }
}

#[test]
fn v_07_without_attributes_from_there_is_refused_for_mail() {
    let Some(folder) = Folder::with("openssl") else { return };
    folder.write("text", &letter(500));
    for spec in [RSA, P256] {
        folder.person("a", &alice(spec));
        folder.must(
            "openssl cms -sign -binary -noattr -nodetach -in text -signer a.pem -inkey a.key -outform DER -out x",
        );
        let read = read_signed(&folder.read("x"), None).unwrap();
        assert_eq!(read.only().result.unwrap_err(), SignatureFault::NoAttributes);
        assert!(read.check_allowing(&read.facts.signers[0], true).unwrap().result.is_ok());
    }
}

#[test]
fn x_05_the_swap_of_an_openssl_signature_is_refused() {
    let Some(folder) = Folder::with("openssl") else { return };
    folder.person("a", &alice(RSA));
    folder.write("text", &letter(500));
    folder.must("openssl cms -sign -binary -nodetach -in text -signer a.pem -inkey a.key -outform DER -out x");
    let read = read_signed(&folder.read("x"), None).unwrap();
    let sealpost_cms::SignerEntry::Info(info) = &read.facts.signers[0] else { panic!() };
    let signed = info.signed.clone().unwrap();
    let forged = wire::cms::SignerInfo { signed: None, ..*info.clone() };
    let swapped = crate::forge::Signed::of(signed.der(), &[&alice(RSA).certificate], &[forged]).to_der();
    let read = read_signed(&swapped, None).unwrap();
    let checked = read.check_allowing(&read.facts.signers[0], true).unwrap();
    assert_eq!(checked.result.unwrap_err(), SignatureFault::NoAttributes);
}

/// RFC 8551 §B.1: what SHA-1, MD5 and DSA signed is intact or broken, and never believed.
#[test]
fn old_signatures_of_openssl_are_told_from_broken_ones() {
    let Some(folder) = Folder::with("openssl") else { return };
    let text = letter(500);
    folder.write("text", &text);
    folder.person("rsa", &alice(RSA));
    folder.person("ec", &alice(P256));
    folder.must(
        "openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -pkeyopt dsa_paramgen_q_bits:160 \
         -out parameters",
    );
    folder.must("openssl gendsa -out dsa.key parameters");
    folder.must("openssl req -x509 -new -key dsa.key -sha1 -subj /CN=alice -out dsa.pem");
    for (who, md, name) in [
        ("rsa", "md5", "rsa-pkcs1-md5"),
        ("rsa", "sha1", "rsa-pkcs1-sha1"),
        ("ec", "sha1", "ecdsa-p256-sha1"),
        ("dsa", "sha1", "dsa-sha1"),
        ("dsa", "sha256", "dsa-sha256"),
    ] {
        folder.must(&format!(
            "openssl cms -sign -binary -nodetach -in text -signer {who}.pem -inkey {who}.key -md {md} -outform DER -out x"
        ));
        let message = folder.read("x");
        let judged = |message: &[u8]| read_signed(message, None).unwrap().only();
        let honest = judged(&message);
        assert_eq!(honest.algorithm, name);
        let fault = honest.result.unwrap_err();
        assert!(matches!(fault, SignatureFault::Weak(_)) && !fault.is_bad(), "{name} {fault}");
        assert!(fault.to_string().starts_with("it holds, but "), "{fault}");
        let at = message.windows(text.len()).position(|window| window == text).unwrap();
        let mut content = message.clone();
        content[at + 100] ^= 1;
        assert_eq!(judged(&content).result.unwrap_err(), SignatureFault::DigestMismatch, "{name}");
        let mut signature = message;
        *signature.last_mut().unwrap() ^= 1;
        assert_eq!(judged(&signature).result.unwrap_err(), SignatureFault::BadSignature, "{name}");
    }
}

/// RFC 4056 §3: one digest for message and mask is a SHOULD; what does otherwise is read and told.
#[test]
fn pss_with_two_digests_is_read_and_warned_of() {
    let Some(folder) = Folder::with("openssl") else { return };
    folder.write("text", &letter(500));
    folder.person("a", &alice(RSA));
    for (md, mgf) in [("sha256", "sha512"), ("sha512", "sha256"), ("sha384", "sha1"), ("sha256", "sha224")] {
        folder.must(&format!(
            "openssl cms -sign -binary -nodetach -in text -signer a.pem -inkey a.key -md {md} \
             -keyopt rsa_padding_mode:pss -keyopt rsa_mgf1_md:{mgf} -outform DER -out x"
        ));
        let message = folder.read("x");
        let checked = read_signed(&message, None).unwrap().only();
        assert_eq!(checked.algorithm, format!("rsa-pss-{md}-mgf1-{mgf}"));
        let warned = format!("rsa-pss-{md}-mgf1-{mgf} is weak but accepted for verify (RFC 4056 §3)");
        assert_eq!(checked.warnings, [warned]);
        assert!(checked.result.is_ok());
        let mut signature = message;
        *signature.last_mut().unwrap() ^= 1;
        assert_eq!(read_signed(&signature, None).unwrap().only().result.unwrap_err(), SignatureFault::BadSignature);
    }
}

#[test]
fn sha3_goes_both_ways() {
    let Some(folder) = Folder::with("openssl") else { return };
    let text = letter(500);
    folder.write("text", &text);
    let who = alice(RSA);
    folder.person("a", &who);
    // OpenSSL 3.0 has no name in CMS for ECDSA with SHA-3.
    for digest in [Digest::Sha3_256, Digest::Sha3_384, Digest::Sha3_512] {
        folder.must(&format!(
            "openssl cms -sign -binary -nodetach -in text -signer a.pem -inkey a.key -md {digest} -outform DER -out x"
        ));
        let read = read_signed(&folder.read("x"), None).unwrap();
        assert!(read.holds(), "{digest} {:?}", read.only().result);
        assert_eq!(read.only().algorithm, format!("rsa-pkcs1-{digest}"));
        let signer = who.signer_with(SignatureAlgorithm::RsaPkcs1(digest));
        folder.write("y", &sign_attached(vec![signer], options(), &text));
        folder.must(&format!("{VERIFY} -in y"));
    }
}

#[test]
fn pss_from_there_with_any_salt_verifies_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    folder.person("a", &alice(RSA));
    folder.write("text", &letter(500));
    for options in [
        "",
        "-keyopt rsa_pss_saltlen:32",
        "-keyopt rsa_pss_saltlen:20",
        "-keyopt rsa_pss_saltlen:0",
        "-keyopt rsa_pss_saltlen:digest",
        "-keyopt rsa_pss_saltlen:max",
    ] {
        for md in ["sha256", "sha384", "sha512"] {
            folder.must(&format!(
                "openssl cms -sign -binary -nodetach -in text -signer a.pem -inkey a.key -md {md} -outform DER -out x \
                 -keyopt rsa_padding_mode:pss {options}"
            ));
            let read = read_signed(&folder.read("x"), None).unwrap();
            assert!(read.holds(), "{md} {options} {:?}", read.only().result);
            assert_eq!(read.only().algorithm, format!("rsa-pss-{md}"));
        }
    }
}

#[test]
fn several_signers_added_there_and_pem() {
    let Some(folder) = Folder::with("openssl") else { return };
    folder.person("a", &alice(RSA));
    folder.person("b", &person("bob", P256));
    folder.write("text", &letter(500));
    folder.must(
        "openssl cms -sign -binary -nodetach -in text -signer a.pem -inkey a.key -signer b.pem -inkey b.key -outform PEM -out x",
    );
    let pem = wire::pem::parse(&folder.read("x")).unwrap();
    let read = read_signed(&pem[0].contents, None).unwrap();
    assert!(read.holds() && read.facts.signers.len() == 2);
    folder.write("one", &sign_attached(vec![alice(P256).signer()], options(), &letter(500)));
    folder.must(
        "openssl cms -resign -binary -nodetach -inform DER -in one -signer a.pem -inkey a.key -outform DER -out x",
    );
    let read = read_signed(&folder.read("x"), None).unwrap();
    assert!(read.holds() && read.facts.signers.len() == 2);
}

/// OpenSSL 3.0 encrypts to no X25519 or X448 key and does not know ML-KEM; later ones do.
fn takes(folder: &Folder, spec: KeySpec) -> bool {
    !matches!(spec, KeySpec::X25519 | KeySpec::X448 | KeySpec::MlKem(_))
        || folder.run("openssl cms -encrypt -binary -in text -outform DER -out x -aes-256-cbc a.pem").0
}

#[test]
fn what_is_encrypted_here_is_read_there() {
    let Some(folder) = Folder::with("openssl") else { return };
    for spec in TAKING {
        let who = alice(spec);
        folder.person("a", &who);
        for length in LENGTHS {
            let text = letter(length);
            folder.write("text", &text);
            if !takes(&folder, spec) {
                println!("this openssl has no {spec} in CMS");
                continue;
            }
            for cipher in ContentCipher::ALL {
                if cipher == ContentCipher::ChaCha20Poly1305 {
                    continue; // no openssl knows RFC 8103
                }
                for (use_key_id, transport) in
                    [(false, KeyTransport::RsaPkcs1), (true, KeyTransport::oaep(Digest::Sha256))]
                {
                    let to = Recipient { use_key_id, transport, ..who.recipient() };
                    folder.write("x", &encrypt(cipher, &[to, person("bob", RSA).recipient()], &text));
                    folder.must("openssl cms -decrypt -binary -inform DER -in x -recip a.pem -inkey a.key -out out");
                    assert!(folder.read("out") == text, "{spec} {cipher} {length}");
                }
            }
        }
    }
}

#[test]
fn what_is_encrypted_there_is_read_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    for spec in TAKING {
        let who = alice(spec);
        folder.person("a", &who);
        let key_options: &[&str] = match spec {
            KeySpec::Rsa(_) => &[
                "",
                "-keyopt rsa_padding_mode:oaep",
                "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256",
                "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha384 -keyopt rsa_mgf1_md:sha1",
                "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha512 -keyopt rsa_oaep_label:6c6162656c",
            ],
            KeySpec::X25519 | KeySpec::X448 | KeySpec::MlKem(_) => &[""],
            _ => &[
                "",
                "-keyopt ecdh_kdf_md:sha256",
                "-keyopt ecdh_kdf_md:sha384 -aes128-wrap",
                "-keyopt ecdh_kdf_md:sha512 -aes256-wrap",
            ],
        };
        for length in LENGTHS {
            let text = letter(length);
            folder.write("text", &text);
            if !takes(&folder, spec) {
                continue;
            }
            for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm"] {
                for option in key_options {
                    let stream = if length > 65_536 { "-stream" } else { "-keyid" };
                    folder.must(&format!(
                        "openssl cms -encrypt -binary -in text -outform DER -out x -{cipher} {stream} -recip a.pem {option}"
                    ));
                    let (read, facts) = decrypt(&folder.read("x"), &who.keys())
                        .unwrap_or_else(|e| panic!("{spec} {cipher} {option}: {e:?}"));
                    assert!(read == text && facts.cipher.to_string() == cipher, "{spec} {cipher} {option}");
                }
            }
        }
    }
}

/// RFC 8551 §B.3: what old programs write is read, told apart, and never written.
#[test]
fn triple_des_from_there_is_read_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    let who = alice(RSA);
    folder.person("a", &who);
    for length in [0, 1, 7, 8, 9, LENGTHS[0], LENGTHS[1]] {
        let text = letter(length);
        folder.write("text", &text);
        folder.must("openssl cms -encrypt -binary -in text -outform DER -out x -des3 -stream a.pem");
        let message = folder.read("x");
        let (read, facts) = decrypt(&message, &who.keys()).unwrap();
        assert!(read == text && facts.cipher.is_historic() && !facts.authenticated, "{length}");
        for end in (0..message.len()).rev().step_by(message.len() / 50 + 1) {
            assert!(decrypt(&message[..end], &who.keys()).is_err(), "{length} cut at {end}");
        }
    }
    let key = crypto::Secret::new(vec![1; 24]);
    for iv in [8, 16] {
        assert!(crypto::Encryptor::new(ContentCipher::DesEde3Cbc, &key, &vec![2; iv], &[]).is_err(), "{iv}");
    }
    assert!("des-ede3-cbc".parse::<ContentCipher>().is_err());
}

#[test]
fn many_recipients_there_and_each_reads_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    folder.write("text", &letter(3000));
    let people = [alice(RSA), alice(P256), person("bob", RSA), person("bob", KeySpec::Ec(crypto::Curve::P384))];
    let names: Vec<_> = (0..people.len()).map(|i| format!("p{i}")).collect();
    for (name, who) in names.iter().zip(&people) {
        folder.person(name, who);
    }
    let to = names.iter().map(|n| format!("{n}.pem")).collect::<Vec<_>>().join(" ");
    for cipher in ["aes-256-cbc", "aes-256-gcm"] {
        folder.must(&format!("openssl cms -encrypt -binary -in text -outform DER -out x -{cipher} {to}"));
        for who in &people {
            assert_eq!(decrypt(&folder.read("x"), &who.keys()).unwrap().0, letter(3000));
        }
        // A key without its certificate finds its recipient by trying.
        let keys = sealpost_cms::KeyList::new(vec![sealpost_cms::OwnKey { certificate: None, ..people[2].own_key() }]);
        assert_eq!(decrypt(&folder.read("x"), &keys).unwrap().0, letter(3000));
    }
}

#[test]
fn certificates_only_both_ways() {
    let Some(folder) = Folder::with("openssl") else { return };
    let people = [alice(RSA).certificate.clone(), authority().certificate.clone()];
    folder.write("x", &sealpost_cms::certs_only(&people));
    let said = folder.must("openssl pkcs7 -inform DER -in x -print_certs -noout");
    assert!(said.contains("alice") && said.contains("authority"));
    folder.person("a", &alice(RSA));
    folder.must("openssl crl2pkcs7 -nocrl -certfile a.pem -certfile ca.pem -outform DER -out y");
    let read = read_signed(&folder.read("y"), None).unwrap();
    assert_eq!((read.facts.certificates.len(), read.facts.signers.len()), (2, 0));
}
