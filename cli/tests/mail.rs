//! `sealpost seal` and `sealpost open`: mail on its way between two stores.

use crate::support::{Sandbox, has, run, snapshot};

pub const LETTER: &str = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: The figures\r\n\
    Date: {date}\r\nMessage-ID: <1@example.org>\r\n\r\nForty-two, as agreed.\r\n";

/// The letter as it is written now: a Date far from the signing time would be told.
pub fn letter() -> String {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    LETTER.replace("{date}", &mime::format_date(now.try_into().unwrap()))
}

/// A store of Bob's that trusts the authority of Alice's store, which has Bob's certificates.
pub fn bob_of(alice: &Sandbox) -> Sandbox {
    let bob = Sandbox::new();
    bob.write("password", "pw");
    let password = bob.path("password");
    let file = bob.path("bob.p12");
    let (password, file) = (password.to_str().unwrap(), file.to_str().unwrap());
    alice.ok(&["id", "export", "bob@example.net", "--key-password-file", password, "-o", file]);
    bob.ok(&["id", "import", file, "--key-password-file", password, "--no-passphrase"]);
    let root = bob.json(&["cert", "list"])["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["subject"] == "CN=Example CA")
        .unwrap()["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    bob.ok(&["cert", "trust", &root, "--yes"]);
    bob
}

fn sealed() -> (Sandbox, Sandbox) {
    let alice = Sandbox::with_people();
    let bob = bob_of(&alice);
    alice.write("letter.eml", letter());
    let told = alice.run(&["seal", "letter.eml", "-o", "sealed.eml"]).expect(0).err;
    assert_eq!(told, "Signed by alice@example.org, encrypted to bob@example.net and to you.\n");
    bob.write("sealed.eml", alice.read("sealed.eml"));
    (alice, bob)
}

#[test]
fn a_sealed_mail_is_opened_and_believed() {
    let (alice, bob) = sealed();
    let outside = String::from_utf8(alice.read("sealed.eml")).unwrap();
    assert!(!outside.contains("figures") && outside.contains("Subject: [...]"), "{outside}");
    let run = bob.run(&["open", "sealed.eml"]).expect(0);
    assert!(run.text().contains("Subject: The figures\r\n") && run.text().ends_with("\r\nForty-two, as agreed.\r\n"));
    snapshot("open_verified.txt", &run.err);
    let verdict = bob.json(&["open", "sealed.eml"]);
    assert_eq!(verdict["verdict"], "verified");
    assert_eq!(verdict["headers"]["subject"], "The figures");
    assert_eq!(verdict["signers"][0]["addresses"][0], "alice@example.org");
    assert_eq!(verdict["layers"][0]["opened_with"], "bob@example.net");
    bob.ok(&["open", "--require", "signed", "--require", "encrypted", "sealed.eml", "-o", "opened.eml"]);
    assert_eq!(bob.read("opened.eml"), run.out);
    // From a pipe it is the same, and the sender can read it as well.
    assert_eq!(bob.run_with(&["open", "-"], &bob.read("sealed.eml")).expect(0).out, run.out);
    assert_eq!(alice.run(&["open", "sealed.eml"]).expect(0).out, run.out);
}

#[test]
fn with_json_and_an_output_both_are_written() {
    let (_, bob) = sealed();
    let verdict = bob.json(&["open", "sealed.eml", "-o", "opened.eml"]);
    assert_eq!(verdict["verdict"], "verified");
    assert!(bob.read("opened.eml").ends_with(b"Forty-two, as agreed.\r\n"));
}

#[test]
fn a_stranger_and_a_locked_store_read_nothing() {
    let (_, bob) = sealed();
    let stranger = Sandbox::new();
    stranger.write("sealed.eml", bob.read("sealed.eml"));
    stranger.ok(&["id", "new", "eve@example.com", "--no-passphrase"]);
    let run = stranger.run(&["open", "sealed.eml", "-o", "out"]).expect(29);
    assert!(run.err.starts_with("error: cannot decrypt this message") && run.out.is_empty(), "{}", run.err);
    assert_eq!(stranger.files(), ["sealed.eml"]);
}

#[test]
fn a_changed_clear_signed_mail_is_broken_and_shown_only_on_demand() {
    let (alice, bob) = sealed();
    alice.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let text = String::from_utf8(alice.read("signed.eml")).unwrap();
    bob.write("signed.eml", &text);
    bob.write("changed.eml", text.replace("Forty-two", "Forty-one"));
    assert_eq!(bob.json(&["open", "signed.eml"])["verdict"], "verified");
    let run = bob.run(&["open", "changed.eml", "-o", "out"]).expect(3);
    snapshot("open_broken.txt", &run.err);
    assert!(!bob.path("out").exists());
    let shown = bob.run(&["open", "--show-broken", "changed.eml"]).expect(3);
    assert!(shown.text().contains("Forty-one"));
    assert_eq!(bob.run(&["open", "--require", "encrypted", "signed.eml"]).expect(3).out, b"");
    assert_eq!(bob.json(&["open", "signed.eml"])["confidentiality"], "none");
}

#[test]
fn an_unsigned_mail_is_opened_and_not_required_to_be_more() {
    let bob = Sandbox::with_people();
    let plain = letter();
    bob.write("plain.eml", &plain);
    assert_eq!(bob.run(&["open", "plain.eml"]).expect(0).out, plain.as_bytes());
    bob.run(&["open", "--require", "signed", "plain.eml"]).expect(3);
    bob.write("noise", [0u8, 159, 146, 150]);
    bob.run(&["open", "noise"]).expect(41);
    bob.run(&["open", "missing.eml"]).expect(61);
}

#[test]
fn a_recipient_without_a_certificate_stops_it_by_name() {
    let alice = Sandbox::with_people();
    alice.write("letter.eml", letter().replace("bob@example.net", "carol@example.net"));
    let run = alice.run(&["seal", "--no-discovery", "letter.eml", "-o", "sealed.eml"]).expect(17);
    snapshot("seal_no_certificate.txt", &run.err);
    assert_eq!(alice.files(), ["letter.eml"]);
}

#[test]
fn what_cannot_be_sealed_safely_is_refused_with_a_hint() {
    let alice = Sandbox::with_people();
    for (name, letter) in [
        ("bcc", letter().replace("Subject:", "Bcc: eve@example.com\r\nSubject:")),
        ("resent", letter().replace("Subject:", "Resent-To: eve@example.com\r\nSubject:")),
        ("two", letter().replace("Alice <alice@example.org>", "alice@example.org, bob@example.net")),
        ("nobody", letter().replace("To: Bob <bob@example.net>\r\n", "")),
    ] {
        alice.write(name, letter);
        let run = alice.run(&["seal", name]).expect(2);
        assert!(run.out.is_empty() && run.err.contains("hint: "), "{name}: {}", run.err);
    }
    alice.write("letter.eml", letter());
    alice.run(&["seal", "--from", "bob@example.net", "letter.eml"]).expect(2);
    alice.run(&["seal", "--sign-only", "--encrypt-only", "letter.eml"]).expect(2);
    alice.write("other.eml", letter().replace("alice@", "dora@"));
    alice.run(&["seal", "--sign-only", "other.eml"]).expect(79);
}

#[test]
fn the_certificates_of_a_signed_mail_are_candidates() {
    let (alice, bob) = sealed();
    alice.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let other = Sandbox::new();
    let path = alice.path("signed.eml");
    let imported = other.json(&["cert", "import", path.to_str().unwrap()]);
    let all = imported["certificates"].as_array().unwrap();
    assert!(all.len() >= 2 && all.iter().all(|c| c["mark"] == "none" && c["origin"] == "mail"), "{all:?}");
    // A sealed mail has them inside.
    bob.ok(&["cert", "import", "sealed.eml"]);
    other.write("plain.eml", letter());
    other.run(&["cert", "import", "plain.eml"]).expect(41);
}

#[test]
fn a_subject_cannot_control_the_terminal_and_v_tells_no_content() {
    let alice = Sandbox::with_people();
    let bob = bob_of(&alice);
    alice.write("letter.eml", letter().replace("The figures", "Planted-Subject"));
    let told = alice.run(&["seal", "-v", "letter.eml", "-o", "sealed.eml"]).expect(0);
    let path = alice.path("sealed.eml");
    let opened = bob.run(&["open", "-v", path.to_str().unwrap(), "-o", "out"]).expect(0);
    for secret in ["Planted-Subject", "Forty-two"] {
        assert!(!told.err.contains(secret) && !opened.err.contains(secret));
    }
    let evil = letter().replace("Alice <alice@example.org>", "\"\u{1b}[2J eve@evil.example\" <alice@example.org>");
    bob.write("evil.eml", evil);
    let run = bob.run(&["open", "-v", "evil.eml", "-o", "evil.out"]);
    assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
}

/// A key of ML-KEM goes by PKCS#12 from store to store, and opens there what was encrypted to its certificate.
#[test]
fn k_10_a_mail_to_a_post_quantum_key_is_read() {
    let alice = Sandbox::new();
    alice.ok(&["ca", "init", "--name", "Example CA", "--no-passphrase"]);
    for (address, key) in [("alice@example.org", "p256"), ("bob@example.net", "p256+ml-kem-768")] {
        alice.ok(&["id", "new", address, "--key", key, "--issuer", "Example CA"]);
    }
    let bob = bob_of(&alice);
    alice.write("letter.eml", letter());
    let sealed = alice.run(&["seal", "letter.eml"]).expect(0).out;
    bob.write("sealed.eml", &sealed);
    let verdict = bob.json(&["open", "sealed.eml"]);
    assert_eq!(verdict["verdict"], "verified");
    assert!(verdict["layers"][0].to_string().contains("ml-kem-768"), "{verdict}");
    assert_eq!(alice.run_with(&["open", "-"], &sealed).expect(0).out, bob.run(&["open", "sealed.eml"]).expect(0).out);
    // One who has no classical key but a signing one, certified by nobody else.
    let carol = Sandbox::new();
    carol.ok(&["id", "new", "carol@example.org", "--key", "ed25519+ml-kem-1024", "--no-passphrase"]);
    let letter = "From: carol@example.org\r\nTo: carol@example.org\r\nSubject: Note\r\n\r\nRemember.\r\n";
    let sealed = carol.run_with(&["seal", "-"], letter.as_bytes()).expect(0).out;
    assert!(carol.run_with(&["open", "-"], &sealed).expect(0).text().ends_with("\r\n\r\nRemember.\r\n"));
}

#[test]
fn what_somebody_reads_is_remembered_from_their_mail_and_v_says_so() {
    let (alice, bob) = sealed();
    let told = alice.run(&["seal", "-v", "letter.eml", "-o", "first.eml"]).expect(0).err;
    assert!(
        told.contains("encrypted with aes-256-cbc, profile compat: it is not known what bob@example.net"),
        "{told}"
    );
    assert!(told.contains("to bob@example.net by p256 (nothing is known"), "{told}");
    // Alice's store has Bob's identity too; here it stands for Bob's program.
    alice.write("answer.eml", "From: bob@example.net\r\nTo: alice@example.org\r\nSubject: Re\r\n\r\nGood.\r\n");
    alice.ok(&["seal", "answer.eml", "-o", "answered.eml"]);
    let opened = alice.run(&["open", "-v", "answered.eml", "-o", "out.eml"]).expect(0).err;
    assert!(opened.contains("what the signer can read was remembered"), "{opened}");
    let again = alice.run(&["open", "-v", "answered.eml", "-o", "again.eml"]).expect(0).err;
    assert!(!again.contains("was remembered"), "{again}");
    let told = alice.run(&["seal", "-v", "letter.eml", "-o", "second.eml"]).expect(0).err;
    assert!(told.contains("encrypted with aes-256-gcm with cek-hkdf-sha256, profile compat: the best"), "{told}");
    assert!(told.contains("to bob@example.net by p256 (by their mail of 20"), "{told}");
    bob.write("second.eml", alice.read("second.eml"));
    let verdict = bob.json(&["open", "second.eml"]);
    assert_eq!((&verdict["verdict"], &verdict["confidentiality"]), (&"verified".into(), &"authenticated".into()));
}

#[test]
fn a_profile_comes_from_the_command_line_or_the_store_s_policy() {
    let alice = Sandbox::with_people();
    alice.write("letter.eml", letter());
    let cipher = |args: &[&str]| {
        let all = [&["seal", "letter.eml", "--force", "-o", "out.eml"][..], args].concat();
        alice.json(&all)["cipher"].as_str().unwrap().to_owned()
    };
    assert_eq!(cipher(&[]), "aes-256-cbc");
    assert_eq!(cipher(&["--profile", "strict"]), "aes-256-gcm");
    let run = alice.run(&["seal", "letter.eml", "--profile", "pq-required", "-o", "pq.eml"]).expect(17);
    snapshot("seal_pq_required.txt", &run.err);
    assert!(!alice.path("pq.eml").exists());
    alice.run(&["seal", "letter.eml", "--profile", "bold"]).expect(2);
    alice.write("store/policy.toml", "profile = \"strict\"\n");
    assert_eq!(cipher(&[]), "aes-256-gcm");
    assert_eq!(cipher(&["--profile", "compat"]), "aes-256-cbc");
    assert!(alice.run(&["policy", "show", "--toml"]).expect(0).text().starts_with("profile = \"strict\"\n"));
    alice.write("store/policy.toml", "profile = \"bold\"\n");
    assert!(alice.run(&["seal", "letter.eml"]).expect(2).err.contains("policy.toml"));
}

#[test]
fn a_02_two_identities_of_one_address_are_used_together() {
    let alice = Sandbox::with_people();
    let bob = bob_of(&alice);
    for address in ["alice@example.org", "bob@example.net"] {
        let key = ["--key", "ml-dsa-65+ml-kem-768", "--issuer", "Example CA", "--no-passphrase"];
        alice.ok(&[&["id", "new", address][..], &key].concat());
    }
    alice.write("letter.eml", letter());
    let sealed = alice.json(&["seal", "letter.eml", "-o", "sealed.eml"]);
    assert_eq!(sealed["signature"], "ecdsa-p256-sha256 and ml-dsa-65");
    assert_eq!(sealed["cipher"], "aes-256-gcm");
    let how: Vec<_> = sealed["readers"].as_array().unwrap().iter().map(|r| r["how"].as_str().unwrap()).collect();
    assert_eq!(how, ["ml-kem-768", "p256", "ml-kem-768", "p256"]);
    // Who has the classical key alone reads it, and sees both signatures.
    bob.write("sealed.eml", alice.read("sealed.eml"));
    let verdict = bob.json(&["open", "sealed.eml"]);
    assert_eq!(
        (&verdict["verdict"], &verdict["layers"][0]["opened_with"]),
        (&"verified".into(), &"bob@example.net".into())
    );
    let signers = verdict["signers"].as_array().unwrap();
    let seen: Vec<_> = signers.iter().map(|s| (s["algorithm"].as_str().unwrap(), &s["signature"])).collect();
    assert_eq!(seen, [("ecdsa-p256-sha256", &"good".into()), ("ml-dsa-65", &"good".into())]);
    let sealed = alice.json(&["seal", "letter.eml", "--profile", "pq-required", "-o", "pq.eml"]);
    assert!(sealed["readers"].as_array().unwrap().iter().all(|r| r["how"] == "ml-kem-768"), "{sealed}");
    bob.write("pq.eml", alice.read("pq.eml"));
    bob.run(&["open", "pq.eml", "-o", "out"]).expect(29);
    alice.ok(&["open", "pq.eml", "-o", "out"]);
}

/// Each of the three layers, taken off by another program (RFC 2634 section 1.1).
#[test]
fn ess_01_a_mail_that_is_wrapped_three_times() {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter.eml", LETTER);
    let told = sandbox.run(&["seal", "--triple-wrap", "letter.eml", "-o", "wrapped.eml"]).expect(0).err;
    assert!(told.contains("and signed again around that"), "{told}");
    let opened = sandbox.json(&["open", "wrapped.eml", "-o", "mail"]);
    let words: Vec<&str> = opened["layers"].as_array().unwrap().iter().map(|l| l["type"].as_str().unwrap()).collect();
    assert_eq!(words, ["multipart-signed", "enveloped-data", "multipart-signed"]);
    assert_eq!((&opened["verdict"], &opened["layers"][0]["verdict"]), (&"verified".into(), &"verified".into()));
    let told = sandbox.run(&["open", "wrapped.eml"]).expect(0).err;
    assert!(told.contains("layer 1, multipart-signed: verified, signed by alice@example.org"), "{told}");
    for wrong in ["--sign-only", "--encrypt-only"] {
        sandbox.run(&["seal", "--triple-wrap", wrong, "letter.eml"]).expect(2);
    }
    if !has("openssl") {
        return;
    }
    sandbox.write("pw", "secret");
    sandbox.ok(&["id", "export", "bob@example.net", "--format", "pem", "--key-password-file", "pw", "-o", "bob.pem"]);
    let openssl = |line: &str| {
        let mut command = std::process::Command::new("openssl");
        command.args(line.split(' ')).current_dir(sandbox.path(""));
        run(command, b"").expect(0)
    };
    openssl("cms -verify -noverify -in wrapped.eml -out sealed.eml");
    // The second of the two keys is the one that decrypts.
    let pem = String::from_utf8(sandbox.read("bob.pem")).unwrap();
    let keys: Vec<String> = pem.split_inclusive("-----END ENCRYPTED PRIVATE KEY-----\n").map(str::to_owned).collect();
    let opened = keys.iter().any(|key| {
        sandbox.write("key.pem", &key[key.find("-----BEGIN ENCRYPTED").unwrap_or(0)..]);
        let mut command = std::process::Command::new("openssl");
        let line = "cms -decrypt -in sealed.eml -inkey key.pem -passin file:pw -out signed.eml";
        command.args(line.split(' ')).current_dir(sandbox.path(""));
        run(command, b"").code == 0
    });
    assert!(opened);
    openssl("cms -verify -noverify -in signed.eml -out text");
    assert!(String::from_utf8(sandbox.read("text")).unwrap().contains("Subject:"));
}

/// E-13: the padding is gone from what the reader gets.
#[test]
fn e_13_padding_hides_the_length_and_is_not_seen() {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter.eml", LETTER);
    let told = sandbox.json(&["seal", "--pad", "letter.eml", "-o", "padded.eml"]);
    assert!(told["padding"].as_u64().is_some_and(|octets| octets > 3000), "{told}");
    sandbox.ok(&["seal", "letter.eml", "-o", "bare.eml"]);
    assert!(sandbox.read("padded.eml").len() > sandbox.read("bare.eml").len() + 3000);
    let mails = ["padded.eml", "bare.eml"].map(|name| {
        assert_eq!(sandbox.json(&["open", name, "-o", &format!("{name}.out")])["verdict"], "verified");
        sandbox.read(&format!("{name}.out"))
    });
    assert_eq!(String::from_utf8_lossy(&mails[0]), String::from_utf8_lossy(&mails[1]));
    sandbox.run(&["seal", "--pad", "--sign-only", "letter.eml"]).expect(2);
}

/// whoever reads a signed mail gets the certificates up to the root, which they have or do not believe.
#[test]
fn a_05_no_root_travels_with_a_mail() {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter.eml", LETTER);
    sandbox.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let seen = sandbox.json(&["cms", "inspect", "signed.eml"]);
    let certificates = seen["certificates"].as_array().unwrap();
    assert!(!certificates.is_empty() && certificates.iter().all(|c| c["subject"] != c["issuer"]), "{certificates:?}");
}
