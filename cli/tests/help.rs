//! The help: every verb has examples and exit codes, and every example works.

use std::process::Command;

use crypto::{Curve, KeySpec, SoftKey};

use crate::support::{self, Sandbox, snapshot};

#[test]
fn every_verb_has_examples_that_work() {
    let mut examples = Vec::new();
    let mut command = sealpost::command();
    command.build();
    collect(&mut command, &mut Vec::new(), &mut examples);
    assert!(!examples.is_empty());
    let scene = scene();
    for (verb, lines) in examples {
        // The lines of one verb follow each other.
        let sandbox = scene.copy();
        for line in lines {
            if let Some((_, output)) = line.split_once(" -o ") {
                let _ = std::fs::remove_file(sandbox.path(output.split(' ').next().unwrap()));
            }
            if line.starts_with("sealpost ca serve ") || line.starts_with("sealpost ca acme ") {
                // It works where it listens, and has no end of its own.
                let words: Vec<String> = line.split(' ').skip(1).map(|word| word.replace('"', "")).collect();
                assert!(line.contains("--issuer \"Example CA\""), "{line}");
                let words = words.join("\n").replace("Example\nCA", "Example CA");
                crate::ca::Served::start(&sandbox, &words.split('\n').collect::<Vec<_>>());
                continue;
            }
            let run = shell(&sandbox, &line);
            assert_eq!(run.code, 0, "{verb}: {line}\n{}", run.err);
            if line.contains(" -o letter.") {
                let _ = std::fs::copy(scene.path("letter.eml"), sandbox.path("letter.eml"));
            }
        }
    }
}

#[test]
fn the_first_page() {
    let sandbox = Sandbox::new();
    snapshot("help.txt", &sandbox.ok(&["--help"]));
}

/// The example that people read is the one that is compiled and run.
#[test]
fn the_example_of_the_readme_is_the_doctest() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(folder.join("../README.md")).unwrap();
    let library = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
    let example = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    let lines: Vec<&str> = example.lines().filter(|l| !l.is_empty()).collect();
    assert!((10..=20).contains(&lines.len()));
    for line in lines {
        assert!(library.lines().any(|l| l.strip_prefix("//! ") == Some(line)), "not in lib.rs: {line}");
    }
}

/// The folder that the examples speak of.
fn scene() -> Sandbox {
    let sandbox = Sandbox::with_people();
    let carol = Sandbox::new();
    carol.ok(&["id", "new", "carol@example.org", "--no-passphrase"]);
    let password = carol.write("password", "battery staple\n");
    let export = |name: &str, more: &[&str]| {
        let path = sandbox.path(name);
        let mut arguments = vec!["id", "export", "carol@example.org", "-o", path.to_str().unwrap()];
        arguments.extend(more);
        carol.ok(&arguments);
    };
    let password = password.to_str().unwrap();
    export("carol.p12", &["--key-password-file", password]);
    export("carol.pem", &["--format", "pem", "--key-password-file", password]);
    export("carol.crt", &["--public"]);
    sandbox.ok(&["cert", "import", "carol.crt"]);
    sandbox.ok(&["cert", "trust", "carol@example.org", "--yes"]);
    sandbox.ok(&["id", "new", "list@example.org", "--issuer", "Example CA", "--no-passphrase"]);
    // The examples of looking for certificates ask nobody.
    let off = ["ldap", "smimea", "cert", "http"].map(|kind| format!("{kind} = \"off\"\n")).concat();
    sandbox.write("store/policy.toml", format!("[discovery]\n{off}"));
    bare_pair(&sandbox, "list", "list@example.org", 1, password);
    sandbox.write("list.pem", [sandbox.read("list.key"), sandbox.read("list.crt")].concat());
    bare_pair(&sandbox, "list", "list@example.org", 0, password);
    for (name, address, role) in [("alice", "alice@example.org", 0), ("bob", "bob@example.net", 1)] {
        bare_pair(&sandbox, name, address, role, password);
    }
    sandbox.write("bob.pass", "battery staple");
    sandbox.ok(&["id", "export", "bob@example.net", "--key-password-file", "bob.pass", "-o", "bob.p12"]);
    let trusted = sandbox.json(&["cert", "list", "--trusted"]);
    let root = trusted["certificates"].as_array().unwrap().iter().find(|c| c["subject"] == "CN=Example CA").unwrap();
    sandbox.ok(&["cert", "show", root["fingerprint"].as_str().unwrap(), "--pem", "-o", "roots.pem"]);
    crl(&sandbox, "Example CA", "ca.crl");
    sandbox.ok(&["ca", "issue", "--no-passphrase", "dave@example.org"]);
    sandbox.write("staff.csv", "address,name\nfrida@example.org,Frida\n");
    let erin = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut crypto::SystemRandom).unwrap().0;
    let address = trust::Address::parse("erin@example.org").unwrap();
    let request = ::ca::csr(&erin, &address, None, &mut crypto::SystemRandom).unwrap();
    sandbox.write("erin.csr", wire::pem::encode("CERTIFICATE REQUEST", &request));
    sandbox.ok(&["id", "request", "dave@example.org", "--dual", "--out-dir", "asked"]);
    sandbox.ok(&["ca", "issue", "dave@example.org", "--csr", "asked/dave@example.org.sign.csr", "--out-dir", "asked"]);
    std::fs::rename(sandbox.path("asked/dave@example.org.pem"), sandbox.path("answer.pem")).unwrap();
    sandbox.write("letter.txt", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
    sandbox.write("letter.eml", crate::mail::LETTER);
    sandbox.write("report.pdf", "%PDF, or so");
    sandbox.write("letter.pass", "correct horse");
    sandbox.ok(&["cms", "encrypt", "--password-file", "letter.pass", "letter.txt", "-o", "locked.eml"]);
    sandbox.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    sandbox.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    for place in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(sandbox.path("Maildir").join(place)).unwrap();
    }
    sandbox.write("Maildir/cur/1.a:2,S", sandbox.read("sealed.eml"));
    let kept = String::from_utf8(sandbox.read("sealed.eml")).unwrap().replace("\r\n", "\n");
    sandbox.write("archive.mbox", format!("From alice@example.org Mon Nov 23 09:00:00 2026\n{kept}\n"));
    let sign = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "--form", "der", "report.pdf"];
    sandbox.ok(&[&sign[..], &["--detached", "-o", "report.p7s"]].concat());
    sandbox.ok(&[&sign[..], &["-o", "signed.p7m"]].concat());
    sandbox.ok(&["cms", "encrypt", "--to", "list.pem", "letter.txt", "-o", "to-list.eml"]);
    sandbox.ok(&["cms", "compress", "letter.txt", "-o", "compressed.eml"]);
    let asks = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "--request-receipt", "all", "letter.txt"];
    for name in ["asking.eml", "asked.eml"] {
        sandbox.ok(&[&asks[..], &["-o", name]].concat());
    }
    let answers = ["cms", "receipt", "--cert", "alice.crt", "--key", "alice.key", "--no-chain", "asked.eml"];
    sandbox.ok(&[&answers[..], &["-o", "received.eml"]].concat());
    sandbox
}

/// What an authority of the store revoked: nothing. A list without entries or extensions (RFC 5280 section 5.1).
fn crl(sandbox: &Sandbox, authority: &str, file: &str) {
    let directory = directory::Directory::open(&sandbox.path("store"), directory::Unlock::None).unwrap();
    let authority = directory.authority(authority).unwrap();
    let how = cms::default_signature_algorithm(authority.key.public());
    let now = authority.certificate.not_before();
    let mut tbs = wire::der::Writer::new();
    tbs.sequence(|w| {
        how.to_x509().write(w);
        w.raw(authority.certificate.subject().der());
        now.write(w);
        wire::Time(now.0 + 30 * 86_400).write(w);
    });
    let signature = authority.key.sign(&how, tbs.as_bytes(), &mut crypto::SystemRandom).unwrap();
    sandbox.write(file, wire::x509::certificate_der(tbs.as_bytes(), &how.to_x509(), &signature));
}

/// A key without a password and its certificate, as two files.
pub fn bare_pair(sandbox: &Sandbox, name: &str, address: &str, role: usize, password: &str) {
    sandbox.ok(&["id", "export", address, "--format", "pem", "--key-password-file", password, "-o", "both.pem"]);
    let blocks = wire::pem::parse(&sandbox.read("both.pem")).unwrap();
    let key = wire::EncryptedPrivateKeyInfo::from_der(&blocks[2 * role].contents).unwrap();
    let key = crypto::password::decrypt_pkcs8(&key, b"battery staple").unwrap();
    sandbox.write(&format!("{name}.key"), wire::pem::encode("PRIVATE KEY", &key.to_der()));
    sandbox.write(&format!("{name}.crt"), wire::pem::encode("CERTIFICATE", &blocks[2 * role + 1].contents));
    std::fs::remove_file(sandbox.path("both.pem")).unwrap();
}

fn shell(sandbox: &Sandbox, line: &str) -> support::Run {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sealpost"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(sandbox.path("")).env("SEALPOST_STORE", sandbox.path("store"));
    command.env("PATH", path).env("STORE_PASSWORD", "correct horse").env("FILE_PASSWORD", "battery staple");
    support::run(command, b"")
}

fn collect(command: &mut clap::Command, names: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    if command.is_hide_set() {
        return;
    }
    names.push(command.get_name().to_owned());
    if command.has_subcommands() {
        command.get_subcommands_mut().for_each(|c| collect(c, names, found));
    } else {
        let verb = names.join(" ");
        let help = command.get_after_help().unwrap_or_else(|| panic!("{verb} has no examples")).to_string();
        let (_, after) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{verb} has no examples"));
        assert!(after.contains("Exit status:\n"), "{verb} has no exit status");
        let lines: Vec<String> =
            after.lines().map_while(|l| l.strip_prefix("  ")).map(|l| l.trim().to_owned()).collect();
        assert!(lines.iter().any(|l| l.contains(&verb)), "{verb} is in none of its examples");
        found.push((verb, lines));
    }
    names.pop();
}
