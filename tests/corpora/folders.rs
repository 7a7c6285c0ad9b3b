//! One test for each collection: every file of it is run for what it is, or counted as left with the reason.

use crypto::{PrivateKey, SoftKey};
use wire::Certificate;
use wire::der::Reader;

use crate::cms_files::outcome;
use crate::lamps::signed_by_itself;
use crate::raw::{algorithm, request, shown, signed_with};
use crate::shelf::{Shelf, read};
use crate::{Outcomes, cms_files, hackathon, kem, key_files, lamps, raw};

/// RFC 4134, all of it: sections 3 to 7, with the keys, certificates and lists of its people.
#[test]
fn rfc4134() {
    let Some(mut shelf) = Shelf::open("rfc4134", 41) else { return };
    let mut outcomes = Outcomes::new("rfc4134");
    cms_files::rfc4134(&shelf, &mut outcomes);
    let certificate = |file: &str| Certificate::from_der(&shelf.read(file)).unwrap();
    let (dss, rsa) = (certificate("CarlDSSSelf.cer"), certificate("CarlRSASelf.cer"));
    let by_carl = |file: &str| {
        let signer = if file.contains("RSASign") || file.contains("CarlRSA") { &rsa } else { &dss };
        signed_with(&shelf.read(file), signer.public_key().der())
    };
    for file in shelf.matching("*.cer") {
        outcomes.note(&file, "holds", &by_carl(&file));
    }
    for file in shelf.matching("*.crl") {
        let seen = format!("{}, {}", shown(&shelf.read(&file)), by_carl(&file));
        outcomes.note(&file, "shown: certificate-list, holds", &seen);
    }
    for (key, certificate) in [
        ("AlicePrivRSASign", "AliceRSASignByCarl"),
        ("BobPrivRSAEncrypt", "BobRSASignByCarl"),
        ("CarlPrivRSASign", "CarlRSASelf"),
        ("DianePrivRSASignEncrypt", "DianeRSASignByCarl"),
        ("AlicePrivDSSSign", "AliceDSSSignByCarlNoInherit"),
        ("CarlPrivDSSSign", "CarlDSSSelf"),
        ("DianePrivDSSSign", "DianeDSSSignByCarlInherit"),
    ] {
        let key = format!("{key}.pri");
        let certificate = Certificate::from_der(&shelf.read(&format!("{certificate}.cer"))).unwrap();
        // Their keys of 1024 bits open mail and sign no more.
        let seen = match SoftKey::from_pkcs8(&shelf.read(&key)) {
            Ok(key) => (key.public().spki() == certificate.public_key().der()).to_string(),
            Err(error) => error.to_string(),
        };
        outcomes.note(&key, "true", &seen);
    }
    shelf.leave("the text of the RFC", &["rfc4134.txt"]);
    outcomes.compare();
    shelf.close();
}

#[test]
fn asn1crypto() {
    let Some(mut shelf) = Shelf::open("asn1crypto", 137) else { return };
    let mut outcomes = Outcomes::new("asn1crypto");
    cms_files::asn1crypto(&shelf, &mut outcomes);
    for file in ["message.der", "message.pem"] {
        let nothing = cms::KeyList::default();
        outcomes.note(file, "data", &outcome(&shelf.read(file), b"", &nothing).0);
    }
    for (file, expected) in [
        ("aesccm_algo.der", "PBKDF2, 2.16.840.1.101.3.4.1.47"),
        ("scrypt_algo.der", "scrypt"),
        ("rc2_algo.der", "rc2-128-cbc, 8 octets"),
        ("rc5_algo.der", "reads"),
    ] {
        outcomes.note(file, expected, &algorithm(&shelf.read(file)));
    }
    for file in shelf.matching("*.csr") {
        // This one was changed by hand: openssl does not find it signed by its key either.
        let expected = if file == "test-windows-host.csr" { "the signature does not hold" } else { "holds" };
        let expected = format!("shown: certification-request, {expected}");
        outcomes.note(&file, &expected, &requested(&shelf.read(&file)));
    }
    for (file, expected) in [
        ("eid2011.crl", "shown: certificate-list"),
        ("ocsp_request", "shown: ocsp-request"),
        ("ocsp_response", "shown: ocsp-response"),
        ("tsp_request", "shown: time-stamp-request"),
        ("tsp_response", "shown: time-stamp-response"),
    ] {
        outcomes.note(file, expected, &shown(&shelf.read(file)));
    }
    // The token in it is SignedData (RFC 3161 section 2.4.2).
    let response = shelf.read("tsp_response");
    let mut response = Reader::new(&response).sequence().unwrap();
    response.any().unwrap();
    let token = response.any().unwrap().raw;
    // The signer's certificate was not asked for, and is not in it.
    outcomes.note("tsp_response token", "unsupported", &outcome(token, b"", &cms::KeyList::default()).0);
    shelf.leave("explanations", &["*readme.md"]);
    shelf.leave(
        "values without a message: parameters, a bag, an identifier",
        &["*.param", "certbag.der", "universal/object_identifier.der"],
    );
    shelf.leave("attribute certificates, of which RFC 5652 section 5.1 asks nothing", &["example-attr-cert.der"]);
    key_files::all(&shelf, &["", "password123"], &mut outcomes);
    outcomes.compare();
    shelf.close();
}

#[test]
fn oscrypto() {
    let Some(mut shelf) = Shelf::open("oscrypto", 104) else { return };
    let mut outcomes = Outcomes::new("oscrypto");
    raw::oscrypto(&shelf, &mut outcomes);
    for file in shelf.matching("*.csr") {
        outcomes.note(&file, "shown: certification-request, holds", &requested(&shelf.read(&file)));
    }
    shelf.leave("parameters of DSA alone", &["*.param"]);
    key_files::all(&shelf, &["password123", ""], &mut outcomes);
    outcomes.compare();
    shelf.close();
}

#[test]
fn openssl() {
    let Some(mut shelf) = Shelf::open("openssl", 111) else { return };
    let mut outcomes = Outcomes::new("openssl");
    raw::openssl(&shelf, &mut outcomes);
    key_files::openssl_forms_are_one_key(&shelf);
    shelf.leave("settings of its program", &["*.cnf"]);
    shelf.leave("parameters of DSA alone", &["smime-certs/smdsap.pem"]);
    key_files::all(&shelf, &["1234"], &mut outcomes);
    outcomes.compare();
    shelf.close();
}

#[test]
fn openssl_keys() {
    let Some(mut shelf) = Shelf::open("openssl-keys", 87) else { return };
    let mut outcomes = Outcomes::new("openssl-keys");
    key_files::openssl_ciphers_hide_one_key(&shelf);
    let sealed = outcome(&shelf.read("pkcs7.pem"), b"", &cms::KeyList::default()).0;
    outcomes.note("pkcs7.pem", "described: enveloped-data", &sealed);
    shelf.leave("explanations", &["*README.txt"]);
    key_files::all(&shelf, &["changeit", "password", "secret", "test"], &mut outcomes);
    outcomes.compare();
    shelf.close();
}

#[test]
fn rustcrypto_formats() {
    let Some(mut shelf) = Shelf::open("rustcrypto-formats", 240) else { return };
    let mut outcomes = Outcomes::new("rustcrypto-formats");
    cms_files::rustcrypto(&shelf);
    raw::pkcs5(&shelf, &mut outcomes);
    for pattern in ["*csr.der", "*csr.pem"] {
        for file in shelf.matching(pattern) {
            outcomes.note(&file, "shown: certification-request, holds", &requested(&shelf.read(&file)));
        }
    }
    for file in shelf.matching("*crl").into_iter().chain(shelf.matching("*-crl.der")) {
        outcomes.note(&file, "shown: certificate-list", &shown(&shelf.read(&file)));
    }
    for (pattern, expected) in [("*-req.der", "shown: ocsp-request"), ("*-res.der", "shown: ocsp-response")] {
        for file in shelf.matching(&format!("x509-ocsp/{pattern}")) {
            outcomes.note(&file, expected, &shown(&shelf.read(&file)));
        }
    }
    for name in ["internal-error", "malformed", "sig-required", "try-later", "unauthorized"] {
        let file = format!("x509-ocsp/tests/examples/ocsp-{name}.der");
        outcomes.note(&file, "shown: ocsp-response", &shown(&shelf.read(&file)));
    }
    let file = "x509-ocsp/tests/examples/DODEMAILCA_63-resp.der";
    outcomes.note(file, "shown: ocsp-response", &shown(&shelf.read(file)));
    shelf.leave("explanations and a text", &["*.txt"]);
    shelf.leave("trust anchors by RFC 5914, of which RFC 8550 asks nothing", &["*.ta"]);
    key_files::all(&shelf, &["", "hunter42", "hunter2", "1234", "password"], &mut outcomes);
    outcomes.compare();
    shelf.close();
}

#[test]
fn lamps_wg() {
    let Some(mut shelf) = Shelf::open("pqc/lamps-wg", 126) else { return };
    lamps::ml_dsa_certificates(&shelf);
    lamps::ml_dsa_messages(&shelf);
    lamps::slh_dsa_certificate(&shelf);
    lamps::composite_signatures(&shelf);
    lamps::composite_message(&shelf);
    kem::ml_kem_certificates(&shelf);
    kem::composite_kem_vectors(&shelf);
    kem::lamps_encrypted_messages(&shelf);
    raw::kem_traces(&shelf);
    let mut outcomes = Outcomes::new("certificatediscovery");
    let file = "certificatediscovery/ref_impl/self_signed_sia_cert.der";
    let seen = Certificate::from_der(&shelf.read(file)).map(|certificate| signed_by_itself(&certificate));
    outcomes.note(file, "holds", &seen.unwrap_or_else(|error| error.to_string()));
    outcomes.compare();
    shelf.leave(
        "printed forms of files that are run",
        &["*.crt.txt", "*.priv.txt", "*.pub.txt", "*.cms.txt", "*-attrs.txt"],
    );
    shelf.leave("the same vectors in folded lines", &["*_wrapped.json"]);
    shelf.leave("an empty file", &["cms-composite-kem/example/decrypted.txt"]);
    shelf.leave("settings and explanations", &["*.cnf", "*README", "*requirements.txt"]);
    shelf.close();
}

#[test]
fn hackathon() {
    let Some(mut shelf) = Shelf::open("pqc/hackathon", 284) else { return };
    hackathon::hackathon_certificates(&shelf);
    hackathon::hackathon_messages(&shelf);
    kem::hackathon_encapsulation(&shelf);
    kem::hackathon_encrypted_messages(&shelf);
    let mut outcomes = Outcomes::new("hackathon-anchors");
    for file in ["cht/artifacts_cms_v3/ta.der", "ossl35/artifacts_cms_v3/ta.der"] {
        let anchor = Certificate::from_der(&read(shelf.path(file))).unwrap();
        outcomes.note(file, "holds", &signed_by_itself(&anchor));
    }
    outcomes.compare();
    shelf.leave("the licence", &["license.txt"]);
    shelf.leave("tables of what other programs made of it", &["*.csv"]);
    shelf.close();
}

/// A certification request, in DER or in PEM.
fn requested(bytes: &[u8]) -> String {
    let der = match wire::pem::looks_like_pem(bytes) {
        true => wire::pem::parse(bytes).unwrap().remove(0).contents.to_vec(),
        false => bytes.to_vec(),
    };
    format!("{}, {}", shown(&der), request(&der))
}
