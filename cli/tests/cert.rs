//! `sealpost cert` and `sealpost ca`: other people's certificates, anchors and authorities.

use crate::support::{Sandbox, has, run};

#[test]
fn candidates_become_trusted_and_distrusted_only_when_it_is_said() {
    let alice = Sandbox::with_people();
    let public = alice.ok(&["id", "export", "alice@example.org", "--public"]);
    let bob = Sandbox::new();
    bob.write("alice.crt", &public);
    let imported = bob.json(&["cert", "import", "alice.crt"]);
    let all = imported["certificates"].as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|c| c["mark"] == "none" && c["new"] == true && c["origin"] == "file"));
    assert_eq!(bob.json(&["cert", "import", "alice.crt"])["certificates"][0]["new"], false);

    let told = bob.run(&["cert", "trust", "nobody@example.org", "--yes"]).expect(1);
    assert!(told.err.contains("hint: "), "{}", told.err);
    let root = all.iter().find(|c| c["subject"] == "CN=Example CA").unwrap()["fingerprint"].as_str().unwrap();
    assert_eq!(bob.json(&["cert", "trust", &root[..23], "--yes"])["certificates"][0]["mark"], "trusted");
    assert_eq!(bob.json(&["cert", "list", "--trusted"])["certificates"].as_array().unwrap().len(), 1);
    assert_eq!(bob.json(&["cert", "distrust", "alice@example.org"])["certificates"].as_array().unwrap().len(), 2);
    assert_eq!(bob.json(&["cert", "show", "alice@example.org"])["certificates"][0]["mark"], "distrusted");
    assert_eq!(bob.json(&["cert", "distrust", "alice@example.org", "--undo"])["certificates"][1]["mark"], "none");
    bob.ok(&["cert", "remove", "alice@example.org"]);
    assert_eq!(bob.json(&["cert", "list"])["certificates"].as_array().unwrap().len(), 1);
    bob.run(&["cert", "show", "alice@example.org"]).expect(1);
    bob.run(&["cert", "show", "abc"]).expect(1);
}

#[test]
fn certificates_come_as_pem_der_and_certs_only() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::with_people();
    sandbox.write("all.pem", sandbox.ok(&["id", "export", "alice@example.org", "--public"]));
    let openssl = |arguments: &[&str]| {
        let mut command = std::process::Command::new("openssl");
        command.args(arguments).current_dir(sandbox.path(""));
        run(command, b"").expect(0);
    };
    openssl(&["x509", "-in", "all.pem", "-outform", "DER", "-out", "one.der"]);
    openssl(&["crl2pkcs7", "-nocrl", "-certfile", "all.pem", "-outform", "DER", "-out", "all.p7c"]);
    openssl(&["crl2pkcs7", "-nocrl", "-certfile", "all.pem", "-out", "all.p7b.pem"]);
    // OpenSSL's own form, in which the trust that its owner gave follows the certificate.
    openssl(&["x509", "-in", "all.pem", "-trustout", "-addtrust", "emailProtection", "-out", "trusted.pem"]);
    assert!(sandbox.read("trusted.pem").starts_with(b"-----BEGIN TRUSTED CERTIFICATE-----"));
    for (file, count) in [("all.pem", 3), ("one.der", 1), ("trusted.pem", 1), ("all.p7c", 3), ("all.p7b.pem", 3)] {
        let other = Sandbox::new();
        let path = sandbox.path(file);
        let imported = other.json(&["cert", "import", path.to_str().unwrap()]);
        assert_eq!(imported["certificates"].as_array().unwrap().len(), count, "{file}");
    }
}

#[test]
fn what_is_no_certificate_is_told_apart() {
    let sandbox = Sandbox::new();
    sandbox.write("empty", "");
    sandbox.write("noise", [0x30, 0x82, 0xff, 0xff, 1, 2, 3]);
    sandbox.write("bad.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    for file in ["empty", "noise", "bad.pem"] {
        sandbox.run(&["cert", "import", file]).expect(41);
    }
    sandbox.run(&["cert", "import", "missing"]).expect(61);
}

#[test]
fn one_of_your_own_cannot_be_forgotten() {
    let sandbox = Sandbox::with_people();
    let told = sandbox.run(&["cert", "remove", "alice@example.org"]).expect(1);
    assert!(told.err.contains("sealpost id remove"), "{}", told.err);
    assert_eq!(sandbox.json(&["cert", "list"])["certificates"].as_array().unwrap().len(), 5);
}

#[test]
fn an_authority_is_made_once_and_trusted_here() {
    let sandbox = Sandbox::new();
    let pem = sandbox.ok(&["ca", "init", "--name", "Our CA", "--no-passphrase"]);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
    let told = sandbox.run(&["ca", "init", "--name", "Our CA", "--no-passphrase"]).expect(1);
    assert_eq!(told.err, "error: an authority named \"Our CA\" exists\nhint: choose another name\n");
    let trusted = sandbox.json(&["cert", "list", "--trusted"]);
    assert_eq!(trusted["certificates"][0]["subject"], "CN=Our CA");
    sandbox.run(&["ca", "init", "--name", "X", "--key", "x25519"]).expect(2);
}
