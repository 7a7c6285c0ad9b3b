//! What the IETF's LAMPS group publishes with its documents on post-quantum signatures: keys, certificates, messages.

use std::io::Read;
use std::path::Path;

use cms::{SignedReader, SignerEntry, check_signer};
use crypto::{KeyKind, PrivateKey, PublicKey, SignatureAlgorithm, SlhDsa, SoftKey, SystemRandom};
use trust::Policy;
use wire::Certificate;
use wire::ber::BerReader;

use crate::ring::certificates;
use crate::shelf::{Shelf, read, text};
use crate::{NOW, Outcomes};

const SETS: [&str; 3] = ["44", "65", "87"];

/// RFC 9881 appendix C: keys in their three forms, inconsistent ones, certificates.
pub fn ml_dsa_certificates(shelf: &Shelf) {
    let root = shelf.path("dilithium-certificates/examples");
    let mut outcomes = Outcomes::new("ml-dsa-certificates");
    for set in SETS {
        let public = read_pem(&root.join(format!("ML-DSA-{set}.pub")));
        let certificate = certificates(&read(root.join(format!("ML-DSA-{set}.crt")))).remove(0);
        outcomes.note(&format!("{set} certificate"), "holds", &signed_by_itself(&certificate));
        let seed = SoftKey::from_pkcs8(&read_pem(&root.join(format!("ML-DSA-{set}-seed.priv")))).unwrap();
        for form in ["seed", "expanded", "both"] {
            let private = read_pem(&root.join(format!("ML-DSA-{set}-{form}.priv")));
            outcomes.note(&format!("{set} {form}"), "belongs", &belongs(&private, &public));
            let kept = SoftKey::from_pkcs8(&private).unwrap().to_pkcs8();
            // The seed is what is kept wherever it is known (RFC 9881 section 6).
            assert_eq!(kept == seed.to_pkcs8(), form != "expanded");
        }
    }
    for bad in 1..=3 {
        let private = read_pem(&root.join(format!("bad-ML-DSA-44-{bad}.priv")));
        outcomes.note(&format!("44 inconsistent {bad}"), "refused", &belongs(&private, &[]));
    }
    outcomes.compare();
}

/// RFC 9882 appendix B, with the certificates of RFC 9881, which the messages do not carry.
pub fn ml_dsa_messages(shelf: &Shelf) {
    let root = shelf.path("");
    let mut outcomes = Outcomes::new("cms-ml-dsa");
    for set in SETS {
        let certificate = root.join(format!("dilithium-certificates/examples/ML-DSA-{set}.crt"));
        let others = certificates(&read(certificate));
        let message = read_pem(&root.join(format!("cms-ml-dsa/examples/mldsa{set}-signed-attrs.pem")));
        let expected = format!("ml-dsa-{set}: ML-DSA-{set} signed-data example with signed attributes");
        outcomes.note(set, &expected, &verified(&message, &others));
        let last = message.len() - 1;
        let mut broken = message.clone();
        broken[last - 100] ^= 1;
        outcomes.note(
            &format!("{set} broken"),
            "the signature does not match the signer's key",
            &verified(&broken, &others),
        );
    }
    outcomes.compare();
}

/// RFC 9909 appendix C.
pub fn slh_dsa_certificate(shelf: &Shelf) {
    let root = shelf.path("x509-slhdsa");
    let mut outcomes = Outcomes::new("x509-slhdsa");
    let file = |end: &str| root.join(format!("id-slh-dsa-sha2-128s.{end}"));
    let public = read_pem(&file("pub"));
    outcomes.note("key", "belongs", &belongs(&read_pem(&file("priv")), &public));
    let certificate = certificates(&read(file("pem"))).remove(0);
    assert_eq!(certificate.public_key().der(), public);
    outcomes.note("certificate", "holds", &signed_by_itself(&certificate));
    outcomes.compare();
}

/// The vectors of draft-ietf-lamps-pq-composite-sigs: keys, certificates and signatures of every pair.
pub fn composite_signatures(shelf: &Shelf) {
    let root = shelf.path("draft-composite-sigs/src");
    let text = text(root.join("testvectors.json"));
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    let message = base64(&vectors["m"]);
    let mut outcomes = Outcomes::new("composite-sigs");
    for vector in vectors["tests"].as_array().unwrap() {
        let name = vector["tcId"].as_str().unwrap();
        let certificate = Certificate::from_der(&base64(&vector["x5c"])).unwrap();
        let spki = certificate.public_key();
        assert_eq!(spki.key(), base64(&vector["pk"]));
        outcomes.note(&format!("{name} certificate"), "holds", &signed_by_itself(&certificate));
        outcomes.note(&format!("{name} key"), "belongs", &belongs(&base64(&vector["sk_pkcs8"]), spki.der()));
        let algorithm = SignatureAlgorithm::from_x509(certificate.signature_algorithm()).unwrap();
        let public = PublicKey::from_spki(spki.der()).unwrap();
        let holds = |message: &[u8], signature: &[u8]| public.verify(&algorithm, message, signature).is_ok();
        let made = base64(&vector["s"]);
        outcomes.note(&format!("{name} signature"), "true", &holds(&message, &made).to_string());
        // With an application context, which neither certificates nor messages have.
        let with_context = base64(&vector["sWithContext"]);
        outcomes.note(&format!("{name} context"), "false", &holds(&message, &with_context).to_string());
        // Each half alone fails the whole (CVE-2026-5588 is about none at all).
        for octet in [0, made.len() - 1] {
            let mut bad = made.clone();
            bad[octet] ^= 1;
            assert!(!holds(&message, &bad), "{name} {octet}");
        }
        for length in [0, made.len() / 2, made.len() - 1] {
            assert!(!holds(&message, &made[..length]), "{name} {length}");
        }
        assert!(!holds(b"another", &made));
    }
    outcomes.compare();
}

/// The message of draft-ietf-lamps-cms-composite-sigs.
pub fn composite_message(shelf: &Shelf) {
    let root = shelf.path("cms-composite-sigs/examples");
    let mut outcomes = Outcomes::new("cms-composite-sigs");
    let name = "id-MLDSA65-ECDSA-P256-SHA512";
    let others = certificates(&read(root.join(format!("in/{name}.crt"))));
    outcomes.note("certificate", "holds", &signed_by_itself(&others[0]));
    let private = read_pem(&root.join(format!("in/{name}.key")));
    outcomes.note("key", "belongs", &belongs(&private, others[0].public_key().der()));
    let seen = verified(&read_pem(&root.join(format!("{name}-signed-attrs.pem"))), &others);
    let expected = format!("mldsa65-ecdsa-p256-sha512: {name} signed-data example with signed attributes");
    outcomes.note("message", &expected, &seen);
    outcomes.compare();
}

/// The algorithm and the content, or what is wrong with the signature.
pub fn verified(message: &[u8], others: &[Certificate]) -> String {
    let mut ber = BerReader::new(message);
    cms::enter(&mut ber).unwrap();
    let mut reader = SignedReader::new(ber, true).map_err(|broken| broken.error).unwrap();
    let mut content = Vec::new();
    reader.read_to_end(&mut content).unwrap();
    let facts = reader.finish().0.unwrap();
    let [SignerEntry::Info(info)] = facts.signers.as_slice() else { return "not one signer".to_owned() };
    let checked = check_signer(info, &facts, others, &Policy::standard(), NOW, false);
    match checked.result {
        Ok(_) => format!("{}: {}", checked.algorithm, String::from_utf8_lossy(&content)),
        Err(fault) => fault.to_string(),
    }
}

/// Whether a certificate holds under its own key.
pub fn signed_by_itself(certificate: &Certificate) -> String {
    let algorithm = SignatureAlgorithm::from_x509(certificate.signature_algorithm());
    let key = PublicKey::from_spki(certificate.public_key().der());
    match (algorithm, key) {
        (Ok(algorithm), Ok(key)) => match key.verify(&algorithm, certificate.tbs(), certificate.signature()) {
            Ok(()) => "holds".to_owned(),
            Err(error) => error.to_string(),
        },
        (Err(error), _) | (_, Err(error)) => error.to_string(),
    }
}

/// Whether a private key is read, is that of the public key, and signs what the public key verifies.
pub fn belongs(private: &[u8], public: &[u8]) -> String {
    let key = match SoftKey::from_pkcs8(private) {
        Ok(key) => key,
        Err(crypto::Error::BadKey(_)) => return "refused".to_owned(),
        Err(error) => return error.to_string(),
    };
    if key.public().spki() != public {
        return "another key".to_owned();
    }
    // A small signature of SLH-DSA takes its time; one set shows that the octets are in their order.
    if matches!(key.public().kind(), KeyKind::SlhDsa(set) if set != SlhDsa::Sha2_128f && set != SlhDsa::Shake128f) {
        return "belongs".to_owned();
    }
    // Read, and nothing is signed with it.
    if !signs(&key.public().kind()) {
        return "belongs".to_owned();
    }
    let algorithm = cms::default_signature_algorithm(key.public());
    let signature = match key.sign(&algorithm, b"a message", &mut SystemRandom) {
        Ok(signature) => signature,
        Err(error) => return error.to_string(),
    };
    let verified = PublicKey::from_spki(public).unwrap().verify(&algorithm, b"a message", &signature);
    verified.map_or_else(|error| error.to_string(), |()| "belongs".to_owned())
}

/// Whether signatures are made with such a key: not in the pre-hash mode, nor with a curve of RFC 5639.
fn signs(kind: &KeyKind) -> bool {
    match kind {
        KeyKind::HashSlhDsa(_) => false,
        KeyKind::CompositeDsa(pair) => pair.signs(),
        _ => true,
    }
}

pub fn read_pem(path: &Path) -> Vec<u8> {
    wire::pem::parse(&read(path)).unwrap().remove(0).contents.to_vec()
}

fn base64(text: &serde_json::Value) -> Vec<u8> {
    let pem = format!("-----BEGIN DATA-----\n{}\n-----END DATA-----\n", text.as_str().unwrap());
    wire::pem::parse(pem.as_bytes()).unwrap().remove(0).contents.to_vec()
}
