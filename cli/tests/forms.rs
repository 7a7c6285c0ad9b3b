//! The forms that files come in, and what is said of files that cannot be read.

use crypto::{KeySpec, PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom};
use serde_json::Value;
use wire::x509::{KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{AlgorithmIdentifier, NameBuilder, Time, oids};

use crate::support::{Run, Sandbox, has, run};

fn pem(label: &str, contents: &[u8]) -> String {
    wire::pem::encode(label, contents)
}

fn openssl(sandbox: &Sandbox, line: &str) {
    let mut command = std::process::Command::new("openssl");
    command.args(line.split_whitespace()).current_dir(sandbox.path(""));
    run(command, b"").expect(0);
}

/// Text and blank lines before PEM, and base64 without PEM, as `openssl` and people write them.
#[test]
fn text_before_pem_and_base64_alone_are_read() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("content", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
    openssl(
        &sandbox,
        "req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=Alice -addext keyUsage=digitalSignature,keyEncipherment",
    );
    openssl(&sandbox, "cms -sign -binary -nodetach -in content -signer cert -inkey key -outform PEM -out signed");
    openssl(&sandbox, "smime -sign -binary -in content -signer cert -inkey key -outform PEM -out signature");
    openssl(&sandbox, "cms -encrypt -binary -aes256 -in content -outform PEM -out sealed cert");
    openssl(&sandbox, "x509 -in cert -text -out before");
    let read = |name: &str| String::from_utf8(sandbox.read(name)).unwrap();
    let content = sandbox.read("content");
    let forms = |name: &str| {
        let pem = read(name);
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        [
            pem.clone(),
            format!("\n\n{pem}"),
            format!("This is {name}:\n\n{pem}"),
            format!("{}{pem}", read("before")),
            lines.join("\n"),
            lines.concat(),
        ]
    };
    for (number, file) in forms("signed").iter().enumerate() {
        let verified = sandbox.run_with(&["cms", "verify", "--no-chain"], file.as_bytes()).expect(0);
        assert_eq!(verified.out, content, "{number}");
    }
    for (number, file) in forms("signature").iter().enumerate() {
        let verify = ["cms", "verify", "--no-chain", "--content", "content"];
        assert_eq!(sandbox.run_with(&verify, file.as_bytes()).expect(0).out, content, "{number}");
        sandbox.run_with(&["cms", "verify", "--no-chain", "--content", "before"], file.as_bytes()).expect(3);
    }
    for (number, file) in forms("sealed").iter().enumerate() {
        let decrypt = ["cms", "decrypt", "--key", "key", "--cert", "cert"];
        assert_eq!(sandbox.run_with(&decrypt, file.as_bytes()).expect(0).out, content, "{number}");
        let shown = sandbox.run_with(&["cms", "inspect"], file.as_bytes()).expect(0).text();
        assert!(shown.contains("enveloped-data of data"), "{number}: {shown}");
    }
}

#[test]
fn every_block_of_a_pem_file_is_shown() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::new();
    openssl(&sandbox, "req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=Alice");
    openssl(&sandbox, "rsa -in key -aes128 -traditional -passout pass:x -out old");
    openssl(&sandbox, "cms -sign -binary -nodetach -in cert -signer cert -inkey key -outform PEM -out signed");
    let read = |name: &str| String::from_utf8(sandbox.read(name)).unwrap();
    let garbage = pem("X", b"");
    sandbox.write("all", format!("{}text\n{}{garbage}{}{}", read("cert"), read("old"), read("signed"), read("key")));
    let all = sandbox.json(&["cms", "inspect", "all"]);
    let more = all["more"].as_array().unwrap();
    let blocks: Vec<&Value> = std::iter::once(&all).chain(more).collect();
    let member = |name: &str| blocks.iter().map(|block| block[name].as_str().unwrap_or("")).collect::<Vec<_>>();
    assert_eq!(member("type"), ["certificate", "encrypted-private-key", "unknown", "signed-data", "private-key"]);
    assert_eq!(member("label"), ["CERTIFICATE", "RSA PRIVATE KEY", "X", "CMS", "PRIVATE KEY"]);
    // Each is what it is by itself.
    assert_eq!(blocks[0]["tree"], sandbox.json(&["cms", "inspect", "cert"])["tree"]);
    let alone = sandbox.json(&["cms", "inspect", "signed"]);
    assert_eq!((&blocks[3]["tree"], &blocks[3]["signers"]), (&alone["tree"], &alone["signers"]));
    assert_eq!((alone.get("more"), blocks[3].get("sealpost")), (None, None));
    assert!(blocks[2]["problem"].is_string(), "{}", blocks[2]);
    let length = sandbox.json(&["cms", "inspect", "old"])["content_length"].as_u64().unwrap();
    assert_eq!(
        (blocks[1]["cipher"].as_str(), blocks[1]["content_length"].as_u64()),
        (Some("AES-128-CBC"), Some(length))
    );
    assert_eq!(blocks[1]["tree"].as_array().map(Vec::len), Some(0));
    let text = sandbox.ok(&["cms", "inspect", "all"]);
    for line in ["PEM block 1, CERTIFICATE", "PEM block 5, PRIVATE KEY"] {
        assert!(text.lines().any(|found| found == line), "{text}");
    }
    assert!(text.contains(&format!("{length} octets of ciphertext under AES-128-CBC")), "{text}");
    assert!(!text.contains("PEM block 6"));
    // Nothing to show in any of them.
    sandbox.run_with(&["cms", "inspect"], garbage.repeat(3).as_bytes()).expect(41);
}

/// A report in JSON is of what was read: a script looks at the exit code first (design.md section 3).
#[test]
fn what_is_no_message_gives_no_json() {
    let sandbox = Sandbox::new();
    for file in ["", "\n", "no mail, no CMS", "-----BEGIN CMS-----\n!\n-----END CMS-----\n"] {
        for verb in [&["open"][..], &["cms", "verify", "--no-chain"], &["cms", "inspect"]] {
            let run = sandbox.run_with(&[verb, &["--json"]].concat(), file.as_bytes()).expect(41);
            assert_eq!((run.out.len(), run.err.starts_with("error: ")), (0, true), "{file:?} {verb:?}: {run:?}");
        }
    }
    let empty = sandbox.run_with(&["open"], b"").expect(41);
    assert_eq!(empty.err, "error: this is not a mail message: it has no header\n");
}

#[test]
fn z_02_a_file_swells_to_256_mib_or_to_what_is_asked_for() {
    let sandbox = Sandbox::new();
    let content: Vec<u8> = (0..3_000_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    sandbox.write("content", &content);
    sandbox.ok(&["cms", "compress", "--form", "der", "content", "-o", "small"]);
    let decompress = |most: &str| sandbox.run(&["cms", "decompress", "--max-size", most, "small"]);
    assert_eq!(decompress("3000000").expect(0).out, content);
    let run = decompress("2999999").expect(41);
    assert_eq!(run.out, b"");
    assert!(run.err.contains("more than 2999999 octets") && run.err.contains("--max-size"), "{}", run.err);
    for wrong in ["", "-1", "much"] {
        decompress(wrong).expect(2);
    }
    // A thousand to one: what a stranger may not, whoever expects it may have.
    sandbox.write("content", "0".repeat(3_000_000));
    sandbox.ok(&["cms", "compress", "--form", "der", "content", "-o", "small", "--force"]);
    let run = sandbox.run(&["cms", "decompress", "small"]).expect(41);
    assert!(run.out.is_empty() && run.err.contains("--max-size"), "{}", run.err);
    let run = sandbox.run(&["cms", "decompress", "--max-size", "3000000", "small"]).expect(0);
    assert!(run.out == vec![b'0'; 3_000_000]);
    assert!(sandbox.ok(&["cms", "decompress", "--help"]).contains("268435456"));
}

#[test]
fn what_is_missing_on_the_command_line_is_named_with_its_alternatives() {
    let sandbox = Sandbox::new();
    let told = |arguments: &[&str], words: &[&str]| {
        let run = sandbox.run(arguments).expect(2);
        assert!(words.iter().all(|word| run.err.contains(word)), "{arguments:?}: {}", run.err);
        run
    };
    let shared = ["--password-file", "--kek-file", "--content-key-file"];
    told(&["cms", "decrypt", "x"], &[&["--key", "--p12"][..], &shared].concat());
    told(&["cms", "encrypt", "x"], &[&["--to"][..], &shared].concat());
    told(&["cms", "verify", "x"], &["--trust", "--no-chain"]);
    told(&["cms", "receipt", "--cert", "c", "--key", "k", "x"], &["--trust", "--no-chain"]);
    told(&["cms", "verify-receipt", "--original", "o", "x"], &["--trust", "--no-chain"]);
    let run = told(&["cms", "decrypt", "--kek-id", "00", "x"], &["--kek-file"]);
    assert!(!run.err.contains("--key "), "{}", run.err);
}

/// Promise 4: who, why, and what next.
#[test]
fn errors_name_the_file_the_person_and_the_way_out() {
    let sandbox = Sandbox::new();
    sandbox.write("text", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
    sandbox.write("pw", "pw");
    let told = |run: Run, words: &[&str]| {
        assert!(words.iter().all(|word| run.err.contains(word)), "{}", run.err);
    };
    // A file of keys that would take for ever to open, and one with nothing in it.
    let algorithm = AlgorithmIdentifier::with_null(oids::SHA256);
    let mac = wire::pkcs12::MacData { algorithm, digest: vec![1; 32], salt: vec![2; 16], iterations: 10_000_001 };
    sandbox.write("slow.p12", wire::pkcs12::Pfx::new(Vec::new(), Some(mac)).to_der());
    sandbox.write("empty", "");
    let decrypt = |p12: &str| sandbox.run(&["cms", "decrypt", "--p12", p12, "--key-password-file", "pw", "text"]);
    told(decrypt("slow.p12").expect(41), &["slow.p12", "iterations", "hint: export it again"]);
    told(decrypt("empty").expect(41), &["empty: the file is empty"]);
    told(sandbox.run(&["cms", "encrypt", "--to", "empty", "text"]).expect(41), &["empty: the file is empty"]);
    // A mail under a password, or under a key that both sides hold.
    sandbox.write("kek", "00".repeat(16));
    sandbox.ok(&["cms", "encrypt", "--password-file", "pw", "text", "-o", "by-password"]);
    sandbox.ok(&["cms", "encrypt", "--kek-file", "kek", "text", "-o", "by-kek"]);
    sandbox.ok(&["cms", "encrypt", "--kek-file", "kek", "--password-file", "pw", "text", "-o", "by-both"]);
    for (file, words) in [
        ("by-password", &["under a password", "cms decrypt --password-file"][..]),
        ("by-kek", &["under a key that both sides hold", "cms decrypt --kek-file"]),
        ("by-both", &["its 2 recipients'", "--password-file", "--kek-file"]),
    ] {
        told(sandbox.run(&["open", file]).expect(29), words);
    }
    // Two certificates, one of which takes OAEP with a digest that nobody has and nothing else.
    sandbox.write("good.crt", certificate("good@example.net", false));
    sandbox.write("odd.crt", certificate("odd@example.net", true));
    let run = sandbox.run(&["cms", "encrypt", "--to", "good.crt", "--to", "odd.crt", "text"]).expect(17);
    told(run, &["odd.crt: odd@example.net cannot be encrypted to", "hint: "]);
    sandbox.ok(&["cms", "encrypt", "--to", "good.crt", "text"]);
    // A private key of a kind that nothing here uses.
    if has("openssl") {
        openssl(&sandbox, "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -out parameters");
        openssl(&sandbox, "genpkey -paramfile parameters -out dsa.key");
        openssl(&sandbox, "req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=Alice");
        sandbox.write("both.pem", [sandbox.read("good.crt"), sandbox.read("cert")].concat());
        let pair = ["--cert", "both.pem", "--key", "key"];
        let sign = |more: &[&str]| sandbox.run(&[&["cms", "sign"], &pair[..], more, &["text"]].concat());
        told(
            sign(&["--cert", "good.crt", "--key", "key"]).expect(79),
            &["good.crt: not the certificate of the key in key"],
        );
        told(sign(&["--digest", "sha1"]).expect(13), &["key: sha1 is not used to sign"]);
        told(sandbox.run(&["cms", "decrypt", "--key", "dsa.key", "by-kek"]).expect(13), &["dsa.key: private key: "]);
    }
}

/// A self-signed certificate for an RSA key, which may be for OAEP alone with SHA-1 (RFC 4055 §3).
fn certificate(address: &str, oaep: bool) -> String {
    let (key, _) = SoftKey::generate(KeySpec::Rsa(2048), &mut SystemRandom).unwrap();
    let mut spki = wire::der::Reader::new(key.public().spki()).sequence().unwrap();
    spki.any().unwrap();
    let bits = spki.any().unwrap().raw.to_vec();
    let mut parameters = wire::der::Writer::new();
    parameters.sequence(|w| {
        w.nested(wire::der::Tag::context(0), |w| AlgorithmIdentifier::new(oids::DATA).write(w));
    });
    let parameters = parameters.into_bytes();
    let mut w = wire::der::Writer::new();
    w.sequence(|w| {
        match oaep {
            true => AlgorithmIdentifier::with(oids::RSAES_OAEP, parameters).write(w),
            false => AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION).write(w),
        };
        w.raw(&bits);
    });
    let algorithm = SignatureAlgorithm::RsaPkcs1(crypto::Digest::Sha256);
    let name = NameBuilder::new().common_name(address).build();
    let tbs = TbsCertificate {
        serial: vec![7],
        signature: algorithm.to_x509(),
        issuer: name.clone(),
        not_before: Time(0),
        not_after: Time::NO_END,
        subject: name,
        spki: w.into_bytes(),
        extensions: vec![
            extension::key_usage(KeyUsage::KEY_ENCIPHERMENT),
            extension::subject_alt_name(&[wire::x509::GeneralName::Rfc822(address.to_owned())], false),
        ],
    }
    .to_der();
    let signature = key.sign(&algorithm, &tbs, &mut SystemRandom).unwrap();
    pem("CERTIFICATE", &certificate_der(&tbs, &algorithm.to_x509(), &signature))
}

/// What the policy refuses is mended in the policy; another key is the other way.
#[test]
fn a_key_that_the_policy_refuses_is_told_with_the_policy() {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter", "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Hello\r\n\r\nForty-two.\r\n");
    sandbox.ok(&["seal", "letter", "-o", "sealed"]);
    let table = sandbox.ok(&["policy", "show", "--toml"]);
    let without = |verb: &str| {
        let row = |row: &&str| !(row.contains("\"p256\"") && row.contains(&format!("\"{verb}\"")));
        table.split("\n\n").filter(row).collect::<Vec<_>>().join("\n\n")
    };
    for (verb, who) in [("sign", "alice@example.org"), ("encrypt", "bob@example.net")] {
        sandbox.write("store/policy.toml", without(verb));
        let run = sandbox.run(&["seal", "--no-discovery", "letter"]);
        assert!(matches!(run.code, 17 | 79), "{run:?}");
        for word in ["p256 is not", "policy.toml", "sealpost policy show", who] {
            assert!(run.err.contains(word), "{verb}: {word}: {}", run.err);
        }
    }
}
