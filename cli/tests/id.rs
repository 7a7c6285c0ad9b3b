//! `sealpost id`: the life of an identity.

use crate::support::{Sandbox, has, run, snapshot};

#[test]
fn new_makes_two_keys_of_every_kind() {
    let sandbox = Sandbox::new();
    for (kind, expected) in [
        ("p256", ["p256"; 2]),
        ("p384", ["p384"; 2]),
        ("p521", ["p521"; 2]),
        ("ed25519+x25519", ["ed25519", "x25519"]),
        ("ml-dsa-87+x25519", ["ml-dsa-87", "x25519"]),
        ("ml-dsa-65+ml-kem-768", ["ml-dsa-65", "ml-kem-768"]),
    ] {
        let address = format!("{}@example.org", expected[0]);
        let made = sandbox.json(&["id", "new", &address, "--key", kind, "--no-passphrase"]);
        let keys = made["identity"]["keys"].as_array().unwrap();
        let kinds: Vec<&str> = keys.iter().map(|k| k["key"].as_str().unwrap()).collect();
        assert_eq!(kinds, expected);
        assert_eq!(keys[0]["role"], "sign");
        assert_eq!(keys[1]["role"], "encrypt");
        assert!(keys.iter().all(|k| k["addresses"] == serde_json::json!([address])), "{keys:?}");
    }
    sandbox.run(&["id", "new", "x@example.org", "--key", "ed25519"]).expect(2);
    sandbox.run(&["id", "new", "no address", "--no-passphrase"]).expect(2);
    sandbox.run(&["id", "new", "x@example.org", "--issuer", "Nobody"]).expect(1);
    assert_eq!(sandbox.json(&["id", "list"])["identities"].as_array().unwrap().len(), 6);
}

#[test]
fn a_post_quantum_signature_is_believed() {
    let sandbox = Sandbox::new();
    sandbox.run(&["id", "new", "pia@example.org", "--key", "ml-dsa-65+p256", "--no-passphrase"]).expect(0);
    let pia = sandbox.json(&["id", "show", "pia@example.org"]);
    let print = pia["identity"]["keys"][0]["fingerprint"].as_str().unwrap().to_owned();
    sandbox.write("letter.eml", "From: pia@example.org\nTo: pia@example.org\nSubject: Secret\n\nHello.\n");
    sandbox.run(&["seal", "letter.eml", "-o", "sealed.eml"]).expect(0);
    sandbox.run(&["cert", "trust", &print, "--yes"]).expect(0);
    let opened = sandbox.json(&["open", "sealed.eml"]);
    assert_eq!(opened["verdict"], "verified", "{opened}");
    assert_eq!(opened["signers"][0]["algorithm"], "ml-dsa-65", "{opened}");
}

#[test]
fn a_composite_key_is_not_written_to_by_default() {
    let sandbox = Sandbox::new();
    let made = sandbox.run(&["id", "new", "x@example.org", "--key", "ed25519+mlkem768-x25519", "--no-passphrase"]);
    let why = "mlkem768-x25519 is not accepted for encrypt (draft-ietf-lamps-cms-composite-kem)";
    assert!(made.err.contains(why) && !made.err.contains("can sign and be written to"), "{}", made.err);
    sandbox.write("letter.eml", "From: x@example.org\nTo: x@example.org\nSubject: Secret\n\nHello.\n");
    let refused = sandbox.run(&["seal", "--no-discovery", "letter.eml", "-o", "sealed.eml"]);
    assert!(refused.code != 0 && refused.err.contains(why), "{}", refused.err);
    assert!(!sandbox.files().contains(&"sealed.eml".to_owned()));
}

#[test]
fn a_composite_signature_is_not_written_by_default() {
    let sandbox = Sandbox::new();
    let kind = "mldsa65-ecdsa-p256-sha512+p256";
    sandbox.run(&["id", "new", "pia@example.org", "--key", kind, "--no-passphrase"]).expect(0);
    sandbox.write("letter.eml", "From: pia@example.org\nTo: pia@example.org\nSubject: Secret\n\nHello.\n");
    let refused = sandbox.run(&["seal", "--no-discovery", "letter.eml", "-o", "sealed.eml"]);
    assert!(refused.err.contains("draft-ietf-lamps-pq-composite-sigs"), "{}", refused.text());
    assert!(!sandbox.files().contains(&"sealed.eml".to_owned()));
}

/// What is off by default is turned on by whoever writes it into the policy's file, in every verb.
#[test]
fn a_policy_file_lets_composites_be_written() {
    let sandbox = Sandbox::new();
    let kind = "mldsa65-ecdsa-p256-sha512+mlkem768-x25519";
    sandbox.run(&["id", "new", "pia@example.org", "--key", kind, "--no-passphrase"]).expect(0);
    sandbox.write("pass", "secret");
    sandbox.ok(&["id", "export", "pia@example.org", "--format", "pem", "--key-password-file", "pass", "-o", "pia.pem"]);
    sandbox.write("letter.eml", "From: pia@example.org\nTo: pia@example.org\nSubject: Secret\n\nHello.\n");
    let sign = ["cms", "sign", "--cert", "pia.pem", "--key", "pia.pem", "--key-password-file", "pass", "letter.eml"];
    let encrypt = ["cms", "encrypt", "--to", "pia.pem", "letter.eml"];
    assert!(sandbox.run(&sign).expect(79).err.contains("draft-ietf-lamps-pq-composite-sigs"));
    assert!(sandbox.run(&encrypt).expect(17).err.contains("draft-ietf-lamps-cms-composite-kem"));

    let table = sandbox.ok(&["policy", "show", "--toml"]);
    let rows: Vec<String> = table
        .split("[[row]]")
        .map(|row| {
            let off = row.contains("standing = \"reject\"") && row.contains("composite");
            if off { row.replace("reject", "accept") } else { row.to_owned() }
        })
        .collect();
    sandbox.write("store/policy.toml", rows.join("[[row]]"));
    sandbox.run(&[&sign[..], &["-o", "signed.eml"]].concat()).expect(0);
    sandbox.run(&["cms", "verify", "--trust", "pia.pem", "signed.eml", "-o", "content"]).expect(0);
    sandbox.run(&[&encrypt[..], &["-o", "sealed.eml"]].concat()).expect(0);
    let decrypt = ["cms", "decrypt", "--key", "pia.pem", "--key-password-file", "pass", "sealed.eml"];
    assert!(sandbox.run(&decrypt).expect(0).text().contains("Hello."));
    sandbox.run(&["seal", "letter.eml", "-o", "mail.eml"]).expect(0);
    let opened = sandbox.json(&["open", "mail.eml"]);
    assert_eq!(opened["signers"][0]["algorithm"], "mldsa65-ecdsa-p256-sha512", "{opened}");
    assert_eq!(opened["layers"][0]["recipients"][0]["algorithm"], "mlkem768-x25519", "{opened}");
}

#[test]
fn an_issuer_of_the_store_signs_and_is_named() {
    let sandbox = Sandbox::with_people();
    let alice = sandbox.json(&["id", "show", "alice@example.org"]);
    assert_eq!(alice["identity"]["name"], "Alice Example");
    for key in alice["identity"]["keys"].as_array().unwrap() {
        assert_eq!(key["issuer"], "CN=Example CA");
    }
    assert_eq!(alice["identity"]["chain"][0]["subject"], "CN=Example CA");
}

#[test]
fn a_passphrase_guards_the_store_and_nobody_is_asked_on_standard_input() {
    let sandbox = Sandbox::new();
    let right = sandbox.write("right", "correct horse\n");
    let wrong = sandbox.write("wrong", "wrong horse\n");
    let (right, wrong) = (right.to_str().unwrap(), wrong.to_str().unwrap());
    let with = |source: &str, more: &[&str]| {
        let mut arguments = vec!["--store-password-file", source];
        arguments.extend(more);
        sandbox.run(&arguments)
    };
    with(right, &["id", "new", "alice@example.org"]).expect(0);
    assert_eq!(sandbox.json(&["id", "list"])["protection"], "passphrase");
    // Only what needs a private key needs the passphrase.
    sandbox.ok(&["id", "show", "alice@example.org"]);
    let export = ["id", "export", "alice@example.org", "--key-password-file", right, "-o", "out.p12"];
    let told = with(wrong, &export).expect(67);
    assert!(told.err.starts_with("error: ") && told.err.contains("passphrase"), "{}", told.err);
    with(wrong, &["id", "new", "bob@example.org"]).expect(67);
    sandbox.run(&["id", "new", "bob@example.org", "--no-passphrase"]).expect(2);
    assert_eq!(sandbox.files(), ["right", "wrong"]);
    with(right, &export).expect(0);
    let mut by_variable = sandbox.command(&["--store-password-file", "@ENV:PASS", "id", "new", "bob@example.org"]);
    by_variable.env("PASS", "correct horse");
    run(by_variable, b"").expect(0);
    let program = env!("CARGO_BIN_EXE_sealpost");
    let mut by_descriptor = std::process::Command::new("sh");
    by_descriptor.args(["-c", &format!("{program} --store-password-file @FD:3 id new dora@example.org 3<right")]);
    by_descriptor.current_dir(sandbox.path("")).env("SEALPOST_STORE", sandbox.path("store"));
    run(by_descriptor, b"").expect(0);
    with("@ENV:NOT_SET", &["id", "new", "carol@example.org"]).expect(61);
    with("@FD:x", &["id", "list"]).expect(2);
}

#[test]
fn without_a_terminal_there_is_nobody_to_ask() {
    if !has("setsid") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut command = std::process::Command::new("setsid");
    command.args(["-w", env!("CARGO_BIN_EXE_sealpost"), "id", "new", "alice@example.org"]);
    command.current_dir(sandbox.path("")).env("SEALPOST_STORE", sandbox.path("store"));
    let told = run(command, b"correct horse\ncorrect horse\n").expect(67);
    snapshot("id_new_nobody_to_ask.txt", &told.err);
}

#[test]
fn a_secret_is_in_no_output() {
    let sandbox = Sandbox::new();
    let secret = "Planted-Secret-19";
    let source = sandbox.write("s", secret);
    let source = source.to_str().unwrap();
    let mut all = Vec::new();
    for arguments in [
        &["id", "new", "alice@example.org", "--store-password-file", source, "-v"][..],
        &["id", "list", "--json", "-v"],
        &[
            "id",
            "export",
            "alice@example.org",
            "--format",
            "pem",
            "--key-password-file",
            source,
            "--store-password-file",
            source,
        ],
        &["id", "export", "alice@example.org", "--format", "pem", "--key-password-file", secret],
    ] {
        let run = sandbox.run(arguments);
        all.extend_from_slice(&run.out);
        if arguments.last() != Some(&secret) {
            all.extend_from_slice(run.err.as_bytes());
        }
    }
    assert!(!String::from_utf8_lossy(&all).contains(secret));
}

#[test]
fn export_and_import_bring_an_identity_to_another_store() {
    for (format, file) in [("p12", "alice.p12"), ("pem", "alice.pem")] {
        let sandbox = Sandbox::with_people();
        let password = sandbox.write("password", "file password\r\n");
        let password = password.to_str().unwrap();
        sandbox.ok(&[
            "id",
            "export",
            "alice@example.org",
            "--format",
            format,
            "--key-password-file",
            password,
            "-o",
            file,
        ]);
        let before = sandbox.json(&["id", "show", "alice@example.org"]);
        let other = Sandbox::new();
        other.write(file, sandbox.read(file));
        other.write("wrong", "another");
        other.run(&["id", "import", file, "--key-password-file", "wrong", "--no-passphrase"]).expect(67);
        other.ok(&["id", "import", file, "--key-password-file", password, "--no-passphrase"]);
        let after = other.json(&["id", "show", "alice@example.org"]);
        assert_eq!(before["identity"]["keys"], after["identity"]["keys"], "{format}");
        assert_eq!(before["identity"]["chain"], after["identity"]["chain"], "{format}");
    }
}

#[test]
fn a_backup_brings_the_whole_store_back() {
    let sandbox = Sandbox::with_people();
    sandbox.write("password", "backup password\n");
    sandbox.ok(&["id", "remove", "bob@example.net"]);
    sandbox.ok(&["id", "export", "--all", "--key-password-file", "password", "-o", "all.backup"]);
    let other = Sandbox::new();
    other.write("all.backup", sandbox.read("all.backup"));
    other.write("password", "backup password");
    other.write("wrong", "password");
    other.run(&["id", "import", "all.backup", "--key-password-file", "wrong"]).expect(67);
    other.ok(&["id", "import", "all.backup", "--key-password-file", "password"]);
    for arguments in [["id", "list"], ["cert", "list"]] {
        assert_eq!(other.json(&arguments), sandbox.json(&arguments));
    }
    // A store that has something in it is not overwritten.
    assert_ne!(other.run(&["id", "import", "all.backup", "--key-password-file", "password"]).code, 0);
    other.ok(&["id", "new", "carol@example.org", "--issuer", "Example CA"]);
}

#[test]
fn openssl_reads_what_is_exported() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::with_people();
    sandbox.write("password", "pw");
    sandbox.ok(&["id", "export", "alice@example.org", "--key-password-file", "password", "-o", "alice.p12"]);
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["pkcs12", "-in", "alice.p12", "-passin", "file:password", "-nodes"]).current_dir(sandbox.path(""));
    let shown = run(openssl, b"").expect(0).text();
    assert_eq!(shown.matches("BEGIN PRIVATE KEY").count(), 2);
    assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 3);
    // What openssl writes again in its own way comes back.
    sandbox.write("nodes.pem", shown);
    let other = Sandbox::new();
    other.write("nodes.pem", sandbox.read("nodes.pem"));
    other.ok(&["id", "import", "nodes.pem", "--no-passphrase"]);
    assert_eq!(other.json(&["id", "list"])["identities"].as_array().unwrap().len(), 1);
}

#[test]
fn a_retired_identity_stays_and_a_destroyed_key_is_gone() {
    let sandbox = Sandbox::with_people();
    sandbox.ok(&["id", "remove", "alice@example.org"]);
    let alice = sandbox.json(&["id", "show", "alice@example.org"]);
    assert!(alice["identity"]["retired_at"].is_string());
    assert_eq!(alice["identity"]["keys"][0]["destroyed"], false);
    sandbox.ok(&["id", "remove", "alice@example.org", "--destroy-key", "--yes"]);
    let alice = sandbox.json(&["id", "show", "alice@example.org"]);
    assert_eq!(alice["identity"]["keys"][1]["destroyed"], true);
    sandbox.write("password", "pw");
    let told =
        sandbox.run(&["id", "export", "alice@example.org", "--key-password-file", "password", "-o", "x"]).expect(1);
    assert!(told.err.contains("destroyed"), "{}", told.err);
    assert_eq!(sandbox.files(), ["password"]);
    sandbox.run(&["id", "remove", "nobody@example.org"]).expect(1);
}

#[test]
fn the_list_is_a_table() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "Example CA", "--no-passphrase", "--at", "2026-11-23T10:00:00Z"]);
    let new = ["id", "new", "alice@example.org", "--name", "Alice \u{202e}x", "--issuer", "Example CA"];
    // A name that would turn the line around is refused when it is made.
    sandbox.run(&new).expect(2);
    sandbox.ok(&[
        "id",
        "new",
        "alice@example.org",
        "--name",
        "Alice",
        "--issuer",
        "Example CA",
        "--at",
        "2026-11-23T10:00:00Z",
    ]);
    let list = sandbox.ok(&["id", "list"]);
    let fingerprint =
        sandbox.json(&["id", "list"])["identities"][0]["keys"][0]["fingerprint"].as_str().unwrap()[..23].to_owned();
    snapshot("id_list.txt", &list.replace(&fingerprint, "sha256:0000000000000000"));
}

/// the policy by its name, as a file in the store's folder.
#[test]
fn a_06_cnsa_writes_nothing_that_a_quantum_computer_breaks() {
    let sandbox = Sandbox::new();
    for (address, kind) in [("pia@example.org", "ml-dsa-87+ml-kem-1024"), ("bob@example.net", "p384")] {
        sandbox.run(&["id", "new", address, "--key", kind, "--no-passphrase"]).expect(0);
    }
    sandbox.ok(&["policy", "show", "--named", "cnsa-2.0", "--toml", "-o", "store/policy.toml"]);
    let letter = |from: &str, to: &str| format!("From: {from}\nTo: {to}\nSubject: Secret\n\nHello.\n");
    sandbox.write("self.eml", letter("pia@example.org", "pia@example.org"));
    sandbox.run(&["seal", "self.eml", "-o", "sealed.eml"]).expect(0);
    let opened = sandbox.json(&["open", "sealed.eml"]);
    assert_eq!(opened["signers"][0]["algorithm"], "ml-dsa-87", "{opened}");
    assert_eq!(
        (&opened["layers"][0]["cipher"], opened["layers"][0]["recipients"].as_array().unwrap().len()),
        (&"aes-256-gcm".into(), 1)
    );
    sandbox.write("bob.eml", letter("pia@example.org", "bob@example.net"));
    sandbox.run(&["seal", "--no-discovery", "bob.eml"]).expect(17);
    sandbox.write("from.eml", letter("bob@example.net", "pia@example.org"));
    assert_ne!(sandbox.run(&["seal", "--no-discovery", "from.eml"]).code, 0);
    sandbox.run(&["policy", "show", "--named", "other"]).expect(2);
}
