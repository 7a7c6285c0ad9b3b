//! `sealpost id request` and the answer that `id import` takes: by openssl and by our own authority.

use std::process::Command;

use crate::support::{Sandbox, has};

fn openssl(sandbox: &Sandbox, line: &str) -> String {
    let out = Command::new("openssl").args(line.split_whitespace()).current_dir(sandbox.path("")).output().unwrap();
    let said = [out.stdout, out.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(out.status.success(), "openssl {line}: {said}");
    said
}

/// An authority that is none of ours, by openssl.
fn elsewhere(sandbox: &Sandbox) {
    openssl(
        sandbox,
        "req -x509 -newkey rsa:2048 -nodes -keyout their.key -out their.pem -days 100 -subj /CN=Elsewhere \
         -addext keyUsage=critical,keyCertSign,cRLSign",
    );
}

const ANSWER: &str = "x509 -req -CA their.pem -CAkey their.key -days 30 -copy_extensions copy";

#[test]
fn openssl_reads_a_request_and_its_answer_completes_the_identity() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::new();
    elsewhere(&sandbox);
    for (kind, verifies) in [("p256", "id-ecPublicKey"), ("rsa-2048", "rsaEncryption"), ("p521", "secp521r1")] {
        let address = format!("{kind}@example.org");
        let request = ["id", "request", &address, "--key", kind, "--form", "der", "--no-passphrase", "-o", "r.der"];
        sandbox.ok(&[&request[..], &["--force"]].concat());
        let text = openssl(&sandbox, "req -verify -inform DER -in r.der -noout -text");
        assert!(text.contains("verify OK") && text.contains(verifies), "{text}");
        assert!(text.contains(&format!("email:{address}")) && text.contains("Digital Signature"), "{text}");
        openssl(&sandbox, &format!("{ANSWER} -inform DER -in r.der -out a.pem"));
        // What comes may be PKCS#7, DER, with the path in it.
        openssl(&sandbox, "crl2pkcs7 -nocrl -certfile a.pem -certfile their.pem -outform DER -out a.p7b");
        let made = sandbox.json(&["id", "import", "a.p7b"]);
        assert_eq!(made["identities"][0]["address"], address, "{made}");
        assert_eq!(made["identities"][0]["chain"][0]["subject"], "CN=Elsewhere", "{made}");
    }
    assert_eq!(sandbox.json(&["id", "list"])["requests"], serde_json::json!([]));
    sandbox.ok(&["cert", "import", "their.pem"]);
    let print = openssl(&sandbox, "x509 -in their.pem -noout -fingerprint -sha256");
    sandbox.ok(&["cert", "trust", print.trim().split('=').nth(1).unwrap(), "--yes"]);
    sandbox.write("letter.eml", "From: p256@example.org\nTo: p521@example.org\nSubject: Hello\n\nHello.\n");
    sandbox.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    let opened = sandbox.json(&["open", "sealed.eml"]);
    assert_eq!((&opened["verdict"], &opened["confidentiality"]), (&"verified".into(), &"authenticated".into()));
}

#[test]
fn two_keys_wait_for_two_answers_under_the_passphrase_of_the_store() {
    let (me, them) = (Sandbox::new(), Sandbox::new());
    me.write("pass", "correct horse\n");
    them.ok(&["ca", "init", "--name", "N", "--no-passphrase", "-o", "root.pem"]);
    let with = |more: &[&str]| me.run(&[&["--store-password-file", "pass"], more].concat());
    with(&["id", "request", "Eve@Example.org", "--name", "Eve", "--dual", "--out-dir", "asked"]).expect(0);
    with(&["id", "request", "eve@example.org", "--key", "ed25519+x25519"]).expect(2);
    let waits = me.ok(&["id", "list"]);
    assert!(waits.contains("r1") && waits.contains("requested"), "{waits}");
    // Lost on the way, they are written again for the same keys.
    with(&["id", "request", "eve@example.org", "--again", "--out-dir", "again"]).expect(0);
    with(&["id", "request", "eve@example.org", "--again", "--out-dir", "again"]).expect(59);
    with(&["id", "request", "nobody@example.org", "--again"]).expect(1);
    for (name, folder) in [("sign", "asked"), ("encrypt", "again")] {
        let csr = me.read(&format!("{folder}/Eve@Example.org.{name}.csr"));
        them.write(&format!("{name}.csr"), csr);
    }
    let issue = ["ca", "issue", "eve@example.org", "--csr", "sign.csr", "--csr", "encrypt.csr"];
    them.ok(&issue);
    for name in ["sign", "encrypt"] {
        me.write(&format!("{name}.pem"), them.read(&format!("eve@example.org.{name}.pem")));
    }
    // Nothing is unlocked to take the answers.
    let first = me.run(&["id", "import", "encrypt.pem"]).expect(0);
    assert!(first.err.contains("kept; the certificate of the key that signs has yet to come"), "{}", first.err);
    assert!(!me.ok(&["id", "list"]).contains("in use"));
    me.ok(&["id", "import", "sign.pem"]);
    me.ok(&["id", "import", "sign.pem"]);
    let shown = me.json(&["id", "show", "eve@example.org"]);
    let roles: Vec<_> =
        shown["identity"]["keys"].as_array().unwrap().iter().map(|k| (&k["role"], &k["uses"])).collect();
    assert_eq!(roles[0], (&"sign".into(), &serde_json::json!(["digitalSignature", "nonRepudiation"])));
    assert_eq!(roles[1], (&"encrypt".into(), &serde_json::json!(["keyAgreement"])));
    assert_eq!(shown["identity"]["name"], "Eve");
}

#[test]
fn an_answer_that_is_no_certificate_for_mail_is_refused_and_the_right_one_taken() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::new();
    elsewhere(&sandbox);
    sandbox.ok(&["id", "request", "alice@example.org", "--no-passphrase", "-o", "r.pem"]);
    let with = |more: &str, days: u32| {
        sandbox.write("with.cnf", format!("subjectAltName=email:alice@example.org\n{more}\n"));
        let line = "x509 -req -CA their.pem -CAkey their.key -in r.pem -extfile with.cnf -out a.pem -days";
        openssl(&sandbox, &format!("{line} {days}"));
        sandbox.run(&["id", "import", "a.pem"])
    };
    for wrong in ["basicConstraints=critical,CA:TRUE", "extendedKeyUsage=serverAuth,clientAuth", "keyUsage=cRLSign"] {
        let told = with(wrong, 30).expect(1);
        assert!(
            told.err.contains("does not let its key s") && told.err.contains("the key still waits"),
            "{}",
            told.err
        );
    }
    with("extendedKeyUsage=clientAuth,emailProtection", 30).expect(0);
    // In the place of one in use neither.
    let again = with("basicConstraints=critical,CA:TRUE", 40).expect(41);
    assert!(again.err.contains("no key here waits"), "{}", again.err);
}

#[test]
fn an_answer_that_nobody_waits_for_says_what_to_do() {
    let (me, them) = (Sandbox::new(), Sandbox::new());
    them.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    them.ok(&["ca", "issue", "--no-passphrase", "bob@example.org"]);
    me.write("bob.pem", them.read("bob@example.org.pem"));
    let told = me.run(&["id", "import", "bob.pem"]).expect(41);
    assert!(told.err.contains("no key here waits for the certificate of bob@example.org"), "{}", told.err);
    assert!(told.err.contains("hint: ") && told.err.contains("cert import"), "{}", told.err);
    // For another address than was asked for: the key waits on.
    me.ok(&["id", "request", "alice@example.org", "--no-passphrase", "-o", "alice.csr"]);
    them.write("alice.csr", me.read("alice.csr"));
    them.ok(&["ca", "issue", "--csr", "alice.csr", "alicia@example.org"]);
    me.write("alicia.pem", them.read("alicia@example.org.pem"));
    let told = me.run(&["id", "import", "alicia.pem"]).expect(1);
    assert!(told.err.contains("for alicia@example.org, and alice@example.org was asked for"), "{}", told.err);
    assert!(told.err.contains("the key still waits"), "{}", told.err);
    // A request whose output is there already makes no key.
    me.run(&["id", "request", "alice@example.org", "-o", "alice.csr", "--no-passphrase"]).expect(59);
    assert_eq!(me.json(&["id", "list"])["requests"].as_array().unwrap().len(), 1);
    // One that is given up takes its key along.
    me.ok(&["id", "remove", "r1"]);
    me.run(&["id", "remove", "r1"]).expect(1);
    me.run(&["id", "import", "alicia.pem"]).expect(41);
}

#[test]
fn a_request_takes_the_place_of_an_identity_and_a_renewed_certificate_of_the_old() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    sandbox.ok(&["id", "new", "alice@example.org"]);
    sandbox.write("letter.eml", "From: alice@example.org\nTo: alice@example.org\nSubject: Old\n\nOld.\n");
    sandbox.ok(&["seal", "letter.eml", "-o", "old.eml"]);
    sandbox.ok(&["id", "request", "alice@example.org", "--renews", "alice@example.org", "-o", "alice.csr"]);
    sandbox.ok(&["ca", "issue", "--csr", "alice.csr", "--days", "10", "alice@example.org"]);
    sandbox.ok(&["id", "import", "alice@example.org.pem"]);
    let states = |sandbox: &Sandbox| -> Vec<bool> {
        let all = sandbox.json(&["id", "list"]);
        all["identities"].as_array().unwrap().iter().map(|i| i["retired_at"].is_null()).collect()
    };
    assert_eq!(states(&sandbox), [true, false]);
    sandbox.ok(&["open", "old.eml"]);
    // The authority renews; the owner imports, and the key stays.
    sandbox.ok(&["ca", "renew", "alice@example.org", "--days", "20", "--out-dir", "renewed"]);
    let renewed = sandbox.run(&["id", "import", "renewed/alice@example.org.pem"]).expect(0);
    assert!(renewed.err.contains("has a newer certificate"), "{}", renewed.err);
    assert_eq!(states(&sandbox), [true, false, false]);
    sandbox.ok(&["seal", "--offline", "letter.eml", "-o", "new.eml"]);
    assert_eq!(sandbox.json(&["open", "new.eml"])["verdict"], "verified");
}
