//! `sealpost cms`: files and pipes, without a store.

use std::process::Command;

use crate::support::{Run, Sandbox, has, run};

/// A folder with `alice.pem` and `bob.pem` (keys under the password in `pw`, and certificates) and `root.pem`.
fn files() -> Sandbox {
    let sandbox = Sandbox::with_people();
    sandbox.write("pw", "pw");
    for name in ["alice@example.org", "bob@example.net"] {
        let file = format!("{}.pem", name.split('@').next().unwrap());
        sandbox.ok(&["id", "export", name, "--format", "pem", "--key-password-file", "pw", "-o", &file]);
    }
    let list = sandbox.json(&["cert", "list", "--trusted"]);
    let root = list["certificates"][0]["fingerprint"].as_str().unwrap().to_owned();
    sandbox.ok(&["cert", "show", &root, "--pem", "-o", "root.pem"]);
    // The keys' file begins with the pair that signs; the pair that decrypts is a file of its own.
    for name in ["alice", "bob"] {
        let text = String::from_utf8(sandbox.read(&format!("{name}.pem"))).unwrap();
        let pairs: Vec<&str> = text.split_inclusive("-----END CERTIFICATE-----\n").collect();
        sandbox.write(&format!("{name}-sign.pem"), pairs[0]);
        sandbox.write(&format!("{name}-encrypt.pem"), pairs[1]);
    }
    sandbox.write("content", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
    sandbox
}

const ALICE: [&str; 6] = ["--cert", "alice-sign.pem", "--key", "alice-sign.pem", "--key-password-file", "pw"];
const BOB: [&str; 4] = ["--key", "bob-encrypt.pem", "--key-password-file", "pw"];

fn cms(sandbox: &Sandbox, verb: &str, some: &[&str], more: &[&str]) -> Run {
    sandbox.run(&[&["cms", verb], some, more].concat())
}

#[test]
fn what_is_signed_verifies_in_every_form() {
    let sandbox = files();
    for form in ["smime", "der", "pem"] {
        cms(&sandbox, "sign", &ALICE, &["--form", form, "content", "-o", form]).expect(0);
        let run = cms(&sandbox, "verify", &["--trust", "root.pem"], &[form]).expect(0);
        assert_eq!(run.out, sandbox.read("content"), "{form}");
        cms(&sandbox, "verify", &["--trust", "bob-sign.pem"], &[form]).expect(3);
        cms(&sandbox, "verify", &["--no-chain"], &[form]).expect(0);
        let inspected = sandbox.json(&["cms", "inspect", form]);
        assert_eq!(inspected["type"], "signed-data");
        // From a pipe it is written as a stream; it reads the same.
        let piped =
            sandbox.run_with(&[&["cms", "sign", "--form", form][..], &ALICE].concat(), &sandbox.read("content"));
        let back = sandbox.run_with(&["cms", "verify", "--trust", "root.pem"], &piped.expect(0).out).expect(0);
        assert_eq!(back.out, sandbox.read("content"), "{form}");
    }
    cms(&sandbox, "verify", &[], &["smime"]).expect(2);
}

#[test]
fn a_detached_signature_is_of_one_content_only() {
    let sandbox = files();
    cms(&sandbox, "sign", &ALICE, &["--detached", "--form", "der", "content", "-o", "sig"]).expect(0);
    let verify = |content: &str| cms(&sandbox, "verify", &["--trust", "root.pem", "--content", content], &["sig"]);
    assert_eq!(verify("content").expect(0).out, sandbox.read("content"));
    sandbox.write("other", "Content-Type: text/plain\r\n\r\nForty-one.\r\n");
    assert_eq!(verify("other").expect(3).out, b"");
    assert!(cms(&sandbox, "verify", &["--trust", "root.pem"], &["sig"]).expect(61).err.contains("--content"));
    cms(&sandbox, "sign", &ALICE, &["--detached", "content", "-o", "clear"]).expect(0);
    assert_eq!(cms(&sandbox, "verify", &["--trust", "root.pem"], &["clear"]).expect(0).out, sandbox.read("content"));
}

#[test]
fn every_cipher_and_form_comes_back() {
    let sandbox = files();
    for cipher in ["aes-128-cbc", "aes-256-cbc", "aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"] {
        for form in ["smime", "der", "pem"] {
            let made = cms(
                &sandbox,
                "encrypt",
                &["--to", "bob-encrypt.pem"],
                &["--cipher", cipher, "--form", form, "content"],
            );
            // The file has a private key beside the certificate; nobody is asked for its password.
            let made = made.expect(0);
            let back = sandbox.run_with(&[&["cms", "decrypt"][..], &BOB].concat(), &made.out).expect(0);
            assert_eq!(back.out, sandbox.read("content"), "{cipher} {form}");
            assert_eq!(back.err.contains("unauthenticated"), cipher.ends_with("cbc"), "{cipher}: {}", back.err);
        }
    }
    cms(&sandbox, "encrypt", &["--to", "bob-encrypt.pem"], &["--cipher", "des-ede3-cbc", "content"]).expect(2);
    cms(&sandbox, "encrypt", &["--to", "bob-sign.pem"], &["content", "-o", "x"]).expect(17);
}

/// Promise 5: whatever is wrong, a layer that a key was used on fails in one way.
#[test]
fn every_failure_to_decrypt_looks_the_same() {
    let sandbox = files();
    let mut seen = std::collections::BTreeSet::new();
    for (cipher, places) in [("aes-256-gcm", &[1, 20, 40][..]), ("aes-256-cbc", &[20])] {
        let make = ["--to", "bob-encrypt.pem", "--cipher", cipher, "--form", "der", "content"];
        let good = cms(&sandbox, "encrypt", &make, &[]).expect(0).out;
        // From the end: the tag, the ciphertext, for CBC the octet that turns into padding. Then the wrapped key.
        let wrapped = good.windows(2).position(|w| w == [0x04, 0x28]).unwrap() + 7;
        for place in places.iter().map(|p| good.len() - p).chain([wrapped]) {
            let mut bad = good.clone();
            bad[place] ^= 0x40;
            for v in [&[][..], &["-v"]] {
                let run = sandbox.run_with(&[&["cms", "decrypt"][..], &BOB, v].concat(), &bad);
                seen.insert((run.code, run.out, run.err));
            }
        }
    }
    let text = "error: cannot decrypt this message\nhint: it may be for somebody else, or damaged on its way; ask the \
                sender to send it again\n";
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [(29, Vec::new(), text.to_owned())]);
}

/// What the policy of the store's folder rejects for decrypt is refused with exit 13 before a key is used; what it warns
/// of is told.
#[test]
fn decrypting_follows_the_policy() {
    let sandbox = files();
    let sealed = cms(&sandbox, "encrypt", &["--to", "bob-encrypt.pem"], &["--cipher", "aes-128-cbc", "content"]);
    let sealed = sealed.expect(0).out;
    let decrypt = || sandbox.run_with(&[&["cms", "decrypt"][..], &BOB].concat(), &sealed);
    assert!(!decrypt().expect(0).err.contains("weak"));
    let standard = sandbox.ok(&["policy", "show", "--toml"]);
    let row = |standing: &str| format!("use = \"decrypt\"\nalgorithm = \"aes-128-cbc\"\nstanding = \"{standing}\"\n");
    assert!(standard.contains(&row("accept")));
    sandbox.write("store/policy.toml", standard.replace(&row("accept"), &row("warn")));
    assert!(decrypt().expect(0).err.contains("warning: aes-128-cbc is weak but accepted for decrypt (RFC 8551 §2.7)"));
    sandbox.write("store/policy.toml", standard.replace(&row("accept"), &row("reject")));
    let refused = decrypt().expect(13);
    assert!(refused.err.contains("error: aes-128-cbc is not accepted for decrypt (RFC 8551 §2.7)"), "{}", refused.err);
    assert_eq!(refused.out, b"");
}

#[test]
fn damage_in_plain_sight_is_41() {
    let sandbox = files();
    sandbox.write("noise", "no mail, no CMS");
    for verb in [
        &["verify", "--no-chain"][..],
        &["inspect"],
        &["decrypt", "--key", "bob-encrypt.pem", "--key-password-file", "pw"],
    ] {
        sandbox.run(&[&["cms"], verb, &["noise"]].concat()).expect(41);
        sandbox.run(&[&["cms"], verb, &["missing"]].concat()).expect(61);
    }
    sandbox.write("wrong", "wrong");
    sandbox.run(&["cms", "decrypt", "--key", "bob-encrypt.pem", "--key-password-file", "wrong", "noise"]).expect(67);
}

/// The flags for secrets that both sides hold are a contract.
#[test]
fn shared_keys_passwords_and_content_keys() {
    let sandbox = Sandbox::new();
    sandbox.write("content", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
    let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    sandbox.write("key", format!("{key}\n"));
    sandbox.write("raw", (0..16).collect::<Vec<u8>>());
    sandbox.write("password", "secret\n");
    sandbox.write("wrong", "Secret\n");
    let kek = ["--kek-file", "key", "--kek-id", "6f6e65"];
    let (password, content_key) = (["--password-file", "password"], ["--content-key-file", "raw"]);
    for (secret, kind) in [(&kek[..], "auth-enveloped-data"), (&password, "auth-enveloped-data")] {
        for form in ["smime", "der", "pem"] {
            cms(&sandbox, "encrypt", secret, &["--form", form, "content", "--force", "-o", form]).expect(0);
            assert_eq!(cms(&sandbox, "decrypt", secret, &[form]).expect(0).out, sandbox.read("content"));
            assert_eq!(sandbox.json(&["cms", "inspect", form])["type"], kind);
        }
    }
    cms(&sandbox, "encrypt", &[&kek[..], &password].concat(), &["content", "-o", "both"]).expect(0);
    for secret in [&kek[..], &password, &["--kek-file", "key"]] {
        assert_eq!(cms(&sandbox, "decrypt", secret, &["both"]).expect(0).out, sandbox.read("content"));
    }
    for wrong in [&["--password-file", "wrong"][..], &["--kek-file", "raw"], &["--kek-file", "key", "--kek-id", "00"]] {
        assert_eq!(cms(&sandbox, "decrypt", wrong, &["both"]).expect(29).out, b"");
    }
    cms(&sandbox, "encrypt", &content_key, &["--form", "der", "content", "-o", "encrypted"]).expect(0);
    let run = cms(&sandbox, "decrypt", &content_key, &["encrypted"]).expect(0);
    assert!(run.out == sandbox.read("content") && run.err.contains("unauthenticated"), "{}", run.err);
    let seen = sandbox.json(&["cms", "inspect", "encrypted"]);
    assert_eq!((&seen["type"], &seen["cipher"]), (&"encrypted-data".into(), &"aes-128-cbc".into()));
    cms(&sandbox, "decrypt", &password, &["encrypted"]).expect(29);
    cms(&sandbox, "decrypt", &["--content-key-file", "key"], &["encrypted"]).expect(29);
    for nonsense in [
        &["--cipher", "aes-256-gcm"][..],
        &["--cipher", "aes-256-cbc"],
        &["--password-file", "password"],
        &["--kek-id", "00"],
    ] {
        cms(&sandbox, "encrypt", &content_key, &[nonsense, &["content", "-o", "x"]].concat()).expect(2);
    }
    cms(&sandbox, "encrypt", &["--kek-file", "password"], &["content", "-o", "x"]).expect(41);
    cms(&sandbox, "encrypt", &["--kek-file", "missing"], &["content", "-o", "x"]).expect(61);
    cms(&sandbox, "encrypt", &[], &["content", "-o", "x"]).expect(2);
}

/// a digest that holds is enough for who believes anybody, and nobody's signature.
#[test]
fn x_06_a_digest_alone_is_nobody_s_signature() {
    if !has("openssl") {
        return;
    }
    let sandbox = files();
    let mut command = Command::new("openssl");
    command.args([
        "cms",
        "-digest_create",
        "-binary",
        "-nodetach",
        "-md",
        "sha256",
        "-in",
        "content",
        "-outform",
        "DER",
    ]);
    command.args(["-out", "digested"]).current_dir(sandbox.path(""));
    run(command, b"").expect(0);
    let run = cms(&sandbox, "verify", &["--no-chain"], &["digested"]).expect(0);
    assert!(run.out == sandbox.read("content") && run.err.contains("nobody signed it"), "{}", run.err);
    let run = cms(&sandbox, "verify", &["--trust", "root.pem"], &["digested"]).expect(3);
    assert!(run.out.is_empty() && run.err.contains("nobody signed it"), "{}", run.err);
    assert_eq!(sandbox.json(&["cms", "inspect", "digested"])["type"], "digested-data");
    let mut bad = sandbox.read("digested");
    *bad.last_mut().unwrap() ^= 1;
    sandbox.write("bad", bad);
    cms(&sandbox, "verify", &["--no-chain"], &["bad"]).expect(41);
}

#[test]
fn openssl_and_the_program_read_each_other() {
    if !has("openssl") {
        return;
    }
    let sandbox = files();
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(sandbox.path(""));
        run(command, b"").expect(0)
    };
    cms(&sandbox, "sign", &ALICE, &["--detached", "content", "-o", "ours"]).expect(0);
    openssl(&["cms", "-verify", "-in", "ours", "-CAfile", "root.pem", "-purpose", "smimesign", "-out", "theirs.out"]);
    openssl(&[
        "cms",
        "-sign",
        "-in",
        "content",
        "-signer",
        "alice-sign.pem",
        "-inkey",
        "alice-sign.pem",
        "-passin",
        "pass:pw",
        "-out",
        "theirs",
    ]);
    cms(&sandbox, "verify", &["--trust", "root.pem"], &["theirs"]).expect(0);
    openssl(&["cms", "-encrypt", "-aes256", "-in", "content", "-out", "theirs.enc", "bob-encrypt.pem"]);
    assert!(cms(&sandbox, "decrypt", &BOB, &["theirs.enc"]).expect(0).text().contains("Forty-two."));
    cms(&sandbox, "encrypt", &["--to", "bob-encrypt.pem"], &["--cipher", "aes-256-cbc", "content", "-o", "ours.enc"])
        .expect(0);
    let key = ["-recip", "bob-encrypt.pem", "-inkey", "bob-encrypt.pem", "-passin", "pass:pw"];
    let theirs = openssl(&[&["cms", "-decrypt", "-in", "ours.enc"][..], &key].concat());
    assert!(theirs.text().contains("Forty-two."));
}

#[test]
fn what_is_compressed_is_decompressed_in_every_form() {
    let sandbox = files();
    for form in ["smime", "der", "pem"] {
        cms(&sandbox, "compress", &["--form", form], &["content", "-o", form]).expect(0);
        assert_eq!(cms(&sandbox, "decompress", &[], &[form]).expect(0).out, sandbox.read("content"), "{form}");
        assert_eq!(sandbox.json(&["cms", "inspect", form])["type"], "compressed-data");
        let piped = sandbox.run_with(&["cms", "compress", "--form", form], &sandbox.read("content")).expect(0);
        assert_eq!(sandbox.run_with(&["cms", "decompress"], &piped.out).expect(0).out, sandbox.read("content"));
    }
    assert!(String::from_utf8(sandbox.read("smime")).unwrap().contains("smime-type=compressed-data"));
    // The last octets are zlib's checksum.
    let mut damaged = sandbox.read("der");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(sandbox.run_with(&["cms", "decompress"], &damaged).expect(41).out.is_empty());
    sandbox.write("bomb", vec![b'0'; 8 << 20]);
    cms(&sandbox, "compress", &["--form", "der"], &["bomb", "-o", "small"]).expect(0);
    let run = cms(&sandbox, "decompress", &[], &["small", "-o", "large"]).expect(41);
    assert!(run.out.is_empty());
    cms(&sandbox, "sign", &ALICE, &["content", "-o", "signed"]).expect(0);
    let run = cms(&sandbox, "decompress", &[], &["signed"]).expect(41);
    assert!(run.err.contains("this is a signed message, not a compressed message"), "{}", run.err);
    assert!(run.err.contains("hint: `sealpost cms verify`"), "{}", run.err);
    cms(&sandbox, "decompress", &[], &["content"]).expect(41);
}

#[test]
fn a_signer_whose_certificate_is_not_in_the_message_is_found_beside_it() {
    if !has("openssl") {
        return;
    }
    let sandbox = files();
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(sandbox.path(""));
        run(command, b"").expect(0)
    };
    openssl(&["pkey", "-in", "alice-sign.pem", "-passin", "pass:pw", "-out", "alice.key"]);
    let sign = ["cms", "-sign", "-binary", "-nodetach", "-nocerts", "-in", "content", "-signer", "alice-sign.pem"];
    for (form, more) in [("DER", &[][..]), ("SMIME", &["-keyid"])] {
        let to = ["-inkey", "alice.key", "-outform", form, "-out", "bare"];
        openssl(&[&sign[..], &to, more].concat());
        cms(&sandbox, "verify", &["--trust", "root.pem"], &["bare"]).expect(3);
        cms(&sandbox, "verify", &["--no-chain"], &["bare"]).expect(3);
        let beside = |certs: &str, trust: &[&str]| cms(&sandbox, "verify", trust, &["--certs", certs, "bare"]);
        assert_eq!(beside("alice-sign.pem", &["--trust", "root.pem"]).expect(0).out, sandbox.read("content"), "{form}");
        assert_eq!(beside("alice-sign.pem", &["--no-chain"]).expect(0).out, sandbox.read("content"));
        // To be there is not to be believed, and somebody else's is no help.
        beside("alice-sign.pem", &["--trust", "bob-sign.pem"]).expect(3);
        beside("bob-sign.pem", &["--trust", "root.pem"]).expect(3);
    }
}

#[test]
fn recipients_are_shared_out_among_threads() {
    let sandbox = files();
    let to: Vec<&str> = std::iter::repeat_n(["--to", "bob-encrypt.pem"], 20).flatten().collect();
    for jobs in ["1", "2", "64"] {
        let run = cms(&sandbox, "encrypt", &to, &["--jobs", jobs, "content", "-o", "sealed", "--force"]);
        run.expect(0);
        assert_eq!(cms(&sandbox, "decrypt", &BOB, &["sealed"]).expect(0).out, sandbox.read("content"));
    }
    for wrong in ["0", "65", "-1", "two"] {
        cms(&sandbox, "encrypt", &["--to", "bob-encrypt.pem"], &["--jobs", wrong, "content"]).expect(2);
    }
}
