//! `sealpost ca`: issuing, revoking, publishing; pkilint and openssl judge.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::{Sandbox, has};

/// A server that ends with the test.
pub struct Served {
    child: Child,
    pub url: String,
}

impl Served {
    /// Runs `sealpost ca serve`, and waits for it to listen.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Served {
        let mut command = sandbox.command(arguments);
        let mut child = command.stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening at ").map(str::to_owned);
        let served = Served { child, url: url.clone().unwrap_or_default() };
        assert!(url.is_some(), "{line}");
        served
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn openssl(sandbox: &Sandbox, arguments: &[&str]) -> (bool, String) {
    let out = Command::new("openssl").args(arguments).current_dir(sandbox.path("")).output().unwrap();
    (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
}

/// pkilint in an environment of its own beside the target folder; nothing where it cannot be installed.
fn pkilint() -> Option<PathBuf> {
    let missing = |why: &str| {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "pkilint: {why}");
        eprintln!("skipped, install pkilint: {why}");
        None
    };
    let target = Path::new(env!("CARGO_BIN_EXE_sealpost")).ancestors().nth(2)?;
    let lint = target.join("pkilint/bin/lint_cabf_smime_cert");
    if !lint.is_file() {
        let run = |program: &Path, arguments: &[&str]| {
            Command::new(program).args(arguments).output().is_ok_and(|out| out.status.success())
        };
        let folder = target.join("pkilint");
        if !run(Path::new("python3"), &["-m", "venv", folder.to_str()?]) {
            return missing("no python3 with venv (python3-venv)");
        }
        if !run(&folder.join("bin/pip"), &["install", "--quiet", "pkilint"]) {
            return missing("it cannot be had from PyPI");
        }
    }
    Some(lint)
}

#[test]
fn every_kind_of_certificate_passes_pkilint() {
    let Some(lint) = pkilint() else { return };
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    let issue = |more: &[&str]| {
        let mut arguments = vec!["ca", "issue", "--no-passphrase", "--out-dir", "out"];
        arguments.extend(more);
        sandbox.ok(&arguments);
    };
    issue(&["alice@example.org"]);
    issue(&["--key", "rsa-3072", "--dual", "bob@example.org"]);
    issue(&["--key", "ed25519+p384", "carol@example.org"]);
    issue(&["--key", "ml-dsa-65+ml-kem-768", "pq@example.org"]);
    issue(&["j\u{fc}rgen@b\u{fc}cher.example.org"]);
    issue(&["a-local-part-that-is-too-long-for-a-common-name-as-x520-has-it@example.org"]);
    sandbox.ok(&["ca", "renew", "alice@example.org", "--out-dir", "out/renewed"]);
    let below = ["--issuing", "--url", "http://ca.example.org", "--organization", "Example", "--country", "XX"];
    for (name, key) in [("E", "p384"), ("R", "rsa-4096"), ("P", "ml-dsa-65")] {
        sandbox.ok(&[&["ca", "init", "--name", name, "--key", key][..], &below].concat());
        issue(&["--issuer", name, &format!("below-{key}@example.org")]);
    }
    // It knows nothing of P-521.
    for p521 in
        [&["issue", "--issuer", "N", "--key", "p521", "x@example.org"][..], &["init", "--name", "X", "--key", "p521"]]
    {
        assert!(sandbox.run(&[&["ca"], p521, &["--no-passphrase"]].concat()).expect(2).err.contains("choose p384"));
    }
    let mut linted = 0;
    let files = |folder: &str| std::fs::read_dir(sandbox.path(folder)).unwrap().map(|entry| entry.unwrap().path());
    for path in files("out").chain(files("out/renewed")) {
        if path.is_dir() || path.to_str().unwrap().ends_with(".key.pem") {
            continue;
        }
        // It reads a file as one certificate, and not what leads to the root after it.
        let alone = wire::pem::encode("CERTIFICATE", &block(&sandbox, path.to_str().unwrap(), 0));
        let alone = sandbox.write("alone.pem", alone);
        let out =
            Command::new(&lint).args(["lint", "-t", "MAILBOX-STRICT", "-s", "ERROR"]).arg(&alone).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success() && said.trim().is_empty(), "{}: {said}", path.display());
        linted += 1;
    }
    assert_eq!(linted, 13);
    // It can say no: the root is no certificate of a mailbox.
    sandbox.write("root.pem", sandbox.ok(&["ca", "export", "--issuer", "N"]));
    let root = sandbox.path("root.pem");
    assert!(!Command::new(&lint).args(["lint", "-t", "MAILBOX-STRICT"]).arg(&root).output().unwrap().status.success());
}

#[test]
fn openssl_and_we_believe_crl_and_ocsp_of_a_running_authority() {
    if !has("openssl") {
        return;
    }
    for kind in ["p384", "rsa-4096"] {
        let sandbox = Sandbox::new();
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        sandbox.ok(&["ca", "init", "--name", "N", "--key", kind, "--url", &url, "--no-passphrase", "-o", "root.pem"]);
        sandbox.ok(&["ca", "issue", "--no-passphrase", "alice@example.org", "bob@example.org"]);
        let served = Served::start(&sandbox, &["ca", "serve", "--listen", &format!("127.0.0.1:{port}")]);
        // What is revoked while the server runs is told at once.
        sandbox.ok(&["ca", "revoke", "bob@example.org", "--reason", "key-compromise"]);
        sandbox.run(&["ca", "revoke", "bob@example.org"]).expect(1);
        sandbox.ok(&["ca", "crl", "-o", "ca.crl"]);
        let verify = |who: &str| {
            openssl(
                &sandbox,
                &["verify", "-x509_strict", "-crl_check", "-CRLfile", "ca.crl", "-CAfile", "root.pem", who],
            )
        };
        assert!(verify("alice@example.org.pem").0, "{}", verify("alice@example.org.pem").1);
        assert!(verify("bob@example.org.pem").1.contains("certificate revoked"));
        let ocsp = format!("{}/ocsp", served.url);
        let ask = |who: &str| {
            openssl(&sandbox, &["ocsp", "-issuer", "root.pem", "-cert", who, "-url", &ocsp, "-CAfile", "root.pem"]).1
        };
        let good = ask("alice@example.org.pem");
        assert!(good.contains("Response verify OK") && good.contains("alice@example.org.pem: good"), "{good}");
        assert!(!good.contains("nonce"), "openssl misses its nonce: {good}");
        let bad = ask("bob@example.org.pem");
        assert!(bad.contains("Response verify OK") && bad.contains("Reason: keyCompromise"), "{bad}");
        let unknown = ask("root.pem");
        assert!(unknown.contains("root.pem: unknown"), "{unknown}");
        // Our own verifier, over the network and with the file.
        let allowed = format!("127.0.0.1:{port}");
        sandbox.ok(&["cert", "check", "alice@example.org.pem", "--allow-host", &allowed]);
        sandbox.run(&["cert", "check", "bob@example.org.pem", "--allow-host", &allowed]).expect(3);
        sandbox.ok(&["cert", "check", "alice@example.org.pem", "--offline", "--crl", "ca.crl"]);
        sandbox.run(&["cert", "check", "bob@example.org.pem", "--offline", "--crl", "ca.crl"]).expect(3);
    }
}

#[test]
fn a_request_gives_its_key_and_nothing_else() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase", "-o", "root.pem"]);
    let made = openssl(
        &sandbox,
        &[
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "k.pem",
            "-out",
            "r.der",
            "-outform",
            "DER",
            "-subj",
            "/CN=mallory@example.net",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
        ],
    );
    assert!(made.0, "{}", made.1);
    sandbox.ok(&["ca", "issue", "--csr", "r.der", "carol@example.org"]);
    let text = openssl(&sandbox, &["x509", "-in", "carol@example.org.pem", "-noout", "-text"]).1;
    assert!(text.contains("CA:FALSE") && !text.contains("mallory"), "{text}");
    assert!(openssl(&sandbox, &["verify", "-CAfile", "root.pem", "carol@example.org.pem"]).0);
    // Whoever does not have the key gets no certificate for it.
    let whole = sandbox.read("r.der");
    for at in [10, whole.len() / 2, whole.len() - 1] {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        sandbox.write("bent.der", bent);
        sandbox.run(&["ca", "issue", "--csr", "bent.der", "dave@example.org"]).expect(41);
    }
    sandbox.write("cut.der", &whole[..whole.len() - 1]);
    sandbox.run(&["ca", "issue", "--csr", "cut.der", "dave@example.org"]).expect(41);
    assert_eq!(sandbox.json(&["ca", "list"])["issued"].as_array().unwrap().len(), 1);
}

#[test]
fn an_identity_of_the_store_stands_in_its_authoritys_journal() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    let issued = || sandbox.json(&["ca", "list"])["issued"].as_array().unwrap().clone();
    sandbox.ok(&["id", "new", "alice@example.org", "--issuer", "N"]);
    let first = issued();
    assert_eq!(first.len(), 2);
    sandbox.ok(&["id", "renew", "alice@example.org"]);
    assert_eq!(issued().len(), 4);
    sandbox.ok(&["ca", "revoke", first[0]["serial"].as_str().unwrap()]);
    assert_eq!(issued().iter().filter(|one| !one["revoked"].is_null()).count(), 1);
}

#[test]
fn a_torn_journal_is_mended_and_a_changed_one_is_told() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    sandbox.ok(&["ca", "issue", "--no-passphrase", "alice@example.org", "bob@example.org"]);
    let path = journal(&sandbox);
    let whole = std::fs::read(&path).unwrap();
    let count = || sandbox.json(&["ca", "list"])["issued"].as_array().unwrap().len();
    // As kill -9 amid a write leaves it.
    std::fs::write(&path, [&whole[..], b"0123 issued 30"].concat()).unwrap();
    assert_eq!(count(), 2);
    sandbox.ok(&["ca", "issue", "--no-passphrase", "carol@example.org"]);
    assert_eq!(count(), 3);
    let mut bent = std::fs::read(&path).unwrap();
    let at = bent.len() / 4;
    bent[at] ^= 1;
    std::fs::write(&path, bent).unwrap();
    let refused = sandbox.run(&["ca", "issue", "--no-passphrase", "dave@example.org"]).expect(1);
    assert!(refused.err.contains("the journal was changed"), "{}", refused.err);
    assert!(!sandbox.path("dave@example.org.pem").exists());
}

fn journal(sandbox: &Sandbox) -> PathBuf {
    let mut files = std::fs::read_dir(sandbox.path("store/authorities")).unwrap().map(|e| e.unwrap().path());
    files.find(|path| path.extension().is_some_and(|end| end == "journal")).unwrap()
}

/// What was revoked would be valid again.
#[test]
fn a_journal_that_was_cut_short_or_is_gone_is_told_and_a_backup_has_it() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    sandbox.ok(&["ca", "issue", "--no-passphrase", "alice@example.org"]);
    sandbox.ok(&["ca", "revoke", "alice@example.org"]);
    sandbox.write("pw", "secret\n");
    sandbox.ok(&["id", "export", "--all", "--key-password-file", "pw", "-o", "all.backup"]);
    let path = journal(&sandbox);
    let whole = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
    let last = whole.trim_end().rfind('\n').unwrap() + 1;
    for left in [&whole[..last], ""] {
        std::fs::write(&path, left).unwrap();
        for verb in [&["list"][..], &["crl"], &["issue", "--no-passphrase", "bob@example.org"], &["serve"]] {
            let refused = sandbox.run(&[&["ca"], verb].concat()).expect(1);
            assert!(refused.err.contains("the journal lacks what was written into it"), "{}", refused.err);
        }
    }
    std::fs::remove_file(&path).unwrap();
    let gone = sandbox.run(&["ca", "list"]).expect(1);
    assert!(gone.err.contains("nobody knows what the authority issued and revoked"), "{}", gone.err);
    assert!(!path.exists());
    let other = Sandbox::new();
    other.write("all.backup", sandbox.read("all.backup"));
    other.write("pw", "secret\n");
    other.ok(&["id", "import", "all.backup", "--key-password-file", "pw"]);
    assert!(other.ok(&["ca", "list"]).contains("revoked"));
}

/// Ended amid a list, the journal has one at most that has no files.
#[test]
fn a_run_that_is_killed_leaves_the_journal_and_the_files_in_step() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    sandbox.write("many.csv", (0..40).map(|i| format!("u{i}@example.org\n")).collect::<String>());
    let mut child = sandbox.command(&["ca", "issue", "--no-passphrase", "--csv", "many.csv", "--out-dir", "out"]);
    let mut child = child.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let files =
        std::fs::read_dir(sandbox.path("out")).unwrap().filter_map(|e| e.unwrap().file_name().into_string().ok());
    let whole =
        files.filter(|name| name.ends_with(".pem") && !name.ends_with(".key.pem") && !name.starts_with('.')).count();
    let listed = sandbox.json(&["ca", "list"])["issued"].as_array().unwrap().len();
    assert!(whole >= 1 && (whole..=whole + 1).contains(&listed), "{line}: {whole} files, {listed} in the journal");
}

/// RFC 5280 section 5.2.3, with several processes at work.
#[test]
fn each_list_has_a_number_of_its_own() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase", "--url", "http://ca.example.org"]);
    let served = Served::start(&sandbox, &["ca", "serve", "--listen", "127.0.0.1:0"]);
    let lists = std::sync::Mutex::new(std::collections::BTreeMap::new());
    std::thread::scope(|scope| {
        for who in 0..4 {
            let (sandbox, served, lists) = (&sandbox, &served, &lists);
            scope.spawn(move || {
                for at in 0..3 {
                    let address = format!("u{who}.{at}@example.org");
                    sandbox.ok(&["ca", "issue", "--no-passphrase", &address]);
                    sandbox.ok(&["ca", "revoke", &address]);
                    let own =
                        wire::pem::parse(sandbox.ok(&["ca", "crl"]).as_bytes()).unwrap().remove(0).contents.to_vec();
                    for der in [own, get(&served.url, "/ca.crl")] {
                        let list = wire::Crl::from_der(&der).unwrap();
                        let number = list.number().unwrap().to_vec();
                        let other = lists.lock().unwrap().insert(number, der.clone());
                        assert!(other.is_none_or(|other| other == der), "two lists of one number");
                    }
                }
            });
        }
    });
    assert!(lists.lock().unwrap().len() >= 12);
}

#[test]
fn a_table_of_addresses_is_read_as_spreadsheets_write_it_and_a_faulty_line_stops_all() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    let issue = |table: &[u8]| {
        sandbox.write("t.csv", table);
        sandbox.run(&["ca", "issue", "--no-passphrase", "--csv", "t.csv", "--out-dir", "out"])
    };
    for (table, code, text) in [
        (&b"alice@example.org\nbob@example.org\nno address\ncarol@example.org\n"[..], 41, "t.csv: line 3: "),
        (b"alice@example.org\nALICE@Example.org\n", 2, "ALICE@Example.org is named twice"),
        (b"a/b@example.org\na_b@example.org\n", 2, "a/b@example.org and a_b@example.org would have the same name"),
        (b"mail\n", 2, "no address is named"),
        (b"a\xff@example.org\n", 41, "t.csv: invalid utf-8"),
    ] {
        let run = issue(table).expect(code);
        assert!(run.err.contains(text), "{}", run.err);
    }
    assert!(!sandbox.path("out").exists());
    assert_eq!(sandbox.json(&["ca", "list"])["issued"].as_array().unwrap().len(), 0);
    issue(b"\xef\xbb\xbfalice@example.org;Alice\r\n\"bob@example.org\";\"B, Bob\"\r\n").expect(0);
    assert!(sandbox.path("out/alice@example.org.pem").exists() && sandbox.path("out/bob@example.org.key.pem").exists());
}

#[test]
fn keys_leave_under_a_password_as_pem_or_pkcs12() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    sandbox.write("pw", "secret\n");
    sandbox.write("staff.csv", "mail,name\nalice@example.org,Alice\n\"bob@example.org\",Bob\n");
    sandbox.ok(&["ca", "issue", "--key-password-file", "pw", "--csv", "staff.csv"]);
    let key = String::from_utf8(sandbox.read("bob@example.org.key.pem")).unwrap();
    assert!(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{key}");
    // Nothing is issued whose file is there already, and nobody is asked where nobody is.
    sandbox.run(&["ca", "issue", "--no-passphrase", "alice@example.org"]).expect(59);
    sandbox.run(&["ca", "issue", "dora@example.org"]).expect(67);
    assert_eq!(sandbox.json(&["ca", "list"])["issued"].as_array().unwrap().len(), 2);
    sandbox.ok(&["ca", "issue", "--dual", "--p12", "--key-password-file", "pw", "erin@example.org"]);
    sandbox.ok(&["id", "import", "erin@example.org.p12", "--key-password-file", "pw"]);
    assert!(sandbox.ok(&["id", "list"]).contains("erin@example.org"));
}

#[test]
fn a_root_rests_while_the_authority_below_issues() {
    if !has("openssl") {
        return;
    }
    for kind in ["p384", "ml-dsa-65"] {
        let sandbox = Sandbox::new();
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        sandbox.run(&["ca", "init", "--name", "N", "--issuing", "--no-passphrase"]).expect(2);
        let init = ["ca", "init", "--name", "N", "--issuing", "--key", kind, "--url", &url, "--no-passphrase"];
        let made = sandbox.json(&init);
        assert_eq!((&made["root"]["subject"], &made["certificate"]["subject"]), (&"CN=N Root".into(), &"CN=N".into()));
        sandbox.run(&init).expect(1);
        sandbox.ok(&["ca", "export", "-o", "root.pem"]);
        // The root's key goes into a file, and nothing day by day misses it.
        sandbox.write("pw", "secret\n");
        let root = ["--issuer", "N Root"];
        let out = ["ca", "export", "--key", "--destroy", "--key-password-file", "pw"];
        sandbox.run(&[&out[..], &root].concat()).expect(2);
        sandbox.ok(&[&out[..], &root, &["-o", "root.p12"]].concat());
        let away = sandbox.run(&[&["ca", "crl"][..], &root].concat()).expect(1);
        assert!(away.err.contains("not in this store") && away.err.contains("ca import"), "{}", away.err);
        sandbox.ok(&["ca", "issue", "--no-passphrase", "alice@example.org", "bob@example.org"]);
        sandbox.ok(&["ca", "revoke", "bob@example.org"]);
        let served = Served::start(&sandbox, &["ca", "serve", "--listen", &format!("127.0.0.1:{port}")]);
        let allowed = format!("127.0.0.1:{port}");
        let check = |who: &str| sandbox.run(&["cert", "check", who, "--allow-host", &allowed]);
        check("alice@example.org.pem").expect(0);
        check("bob@example.org.pem").expect(3);
        if kind == "p384" {
            for name in ["root", "ca"] {
                sandbox.write(&format!("{name}.crl"), get(&served.url, &format!("/{name}.crl")));
                let to_pem =
                    ["crl", "-inform", "DER", "-in", &format!("{name}.crl"), "-out", &format!("{name}.crl.pem")];
                assert!(openssl(&sandbox, &to_pem).0);
            }
            sandbox.write("crls.pem", [sandbox.read("root.crl.pem"), sandbox.read("ca.crl.pem")].concat());
            let verify = |who: &str| {
                let file = format!("{who}@example.org.pem");
                let strict =
                    ["verify", "-x509_strict", "-crl_check_all", "-CRLfile", "crls.pem", "-CAfile", "root.pem"];
                openssl(&sandbox, &[&strict[..], &["-untrusted", &file, &file]].concat())
            };
            assert!(verify("alice").0, "{}", verify("alice").1);
            assert!(verify("bob").1.contains("certificate revoked"), "{}", verify("bob").1);
            assert_eq!(get(&served.url, "/root.cer"), block(&sandbox, "root.pem", 0));
            assert_eq!(get(&served.url, "/ca.cer"), block(&sandbox, "alice@example.org.pem", 1));
        }
        // The root comes back to revoke the authority below; who serves hands out its new list at once.
        let listed = sandbox.json(&[&["ca", "list"][..], &root].concat());
        let serial = listed["issued"][0]["serial"].as_str().unwrap().to_owned();
        let told =
            sandbox.run(&[&["ca", "revoke", &serial, "--reason", "key-compromise"][..], &root].concat()).expect(0);
        assert!(told.err.contains("Nobody hears of it before"), "{}", told.err);
        sandbox.write("wrong", "else\n");
        sandbox.run(&["ca", "import", "root.p12", "--key-password-file", "wrong"]).expect(67);
        sandbox.run(&["ca", "import", "alice@example.org.key.pem"]).expect(1);
        sandbox.ok(&["ca", "import", "root.p12", "--key-password-file", "pw"]);
        sandbox.ok(&[&["ca", "crl"][..], &root].concat());
        let fresh = Sandbox::new();
        for name in ["root.pem", "alice@example.org.pem"] {
            fresh.write(name, sandbox.read(name));
        }
        let trust = ["cert", "check", "alice@example.org.pem", "--trust", "root.pem", "--allow-host", &allowed];
        let refused = fresh.run(&trust).expect(3);
        assert!((refused.text() + &refused.err).contains("revoked"), "{}{}", refused.text(), refused.err);
    }
}

#[test]
fn another_authority_comes_below_the_same_root() {
    let sandbox = Sandbox::new();
    let url = ["--url", "http://ca.example.org", "--no-passphrase", "--organization", "Example", "--country", "XX"];
    sandbox.ok(&[&["ca", "init", "--name", "N", "--issuing"][..], &url].concat());
    sandbox.ok(&[&["ca", "init", "--name", "Next", "--under", "N Root"][..], &url].concat());
    sandbox.run(&["ca", "issue", "--no-passphrase", "alice@example.org"]).expect(2);
    sandbox.ok(&["ca", "issue", "--no-passphrase", "--issuer", "Next", "alice@example.org"]);
    let chain = sandbox.ok(&["ca", "export", "--issuer", "Next", "--chain"]);
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
    sandbox.ok(&["cert", "check", "alice@example.org.pem", "--no-revocation", "--profile", "smime-br"]);
    assert_eq!(sandbox.json(&["ca", "list", "--issuer", "N Root"])["issued"].as_array().unwrap().len(), 2);
    // The default kind is P-384.
    assert_eq!(sandbox.json(&["ca", "list", "--issuer", "N Root"])["issued"][0]["key"], "p384");
    // One that the root revoked issues nothing any more; the other does, and lists are signed by both.
    let listed = sandbox.json(&["ca", "list", "--issuer", "N Root"]);
    sandbox.ok(&["ca", "revoke", "--issuer", "N Root", listed["issued"][1]["serial"].as_str().unwrap()]);
    for verb in [
        &["ca", "issue", "--no-passphrase", "carol@example.org"][..],
        &["ca", "renew", "alice@example.org", "--out-dir", "renewed"],
        &["id", "new", "carol@example.org", "--no-passphrase"],
    ] {
        let told = sandbox.run(&[verb, &["--issuer", "Next"]].concat()).expect(1).err;
        assert!(
            told.contains("\"Next\" was revoked by \"N Root\" on ") && told.contains("hint: issue by another"),
            "{told}"
        );
    }
    sandbox.ok(&["ca", "crl", "--issuer", "Next", "-o", "next.crl"]);
    sandbox.ok(&["ca", "issue", "--no-passphrase", "--issuer", "N", "carol@example.org"]);
}

#[test]
fn what_is_renewed_has_the_same_subject_key_and_use_and_never_outlives_the_authority() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    sandbox.ok(&["ca", "issue", "--no-passphrase", "--dual", "--days", "30", "alice@example.org"]);
    let list = || sandbox.json(&["ca", "list"])["issued"].as_array().unwrap().clone();
    let before = list();
    let renewed = sandbox.json(&["ca", "renew", "alice@example.org", "--out-dir", "renewed"]);
    for (old, new) in before.iter().zip(renewed["issued"].as_array().unwrap()) {
        for same in ["subject", "addresses", "key", "uses", "issuer"] {
            assert_eq!(old[same], new[same], "{same}");
        }
        assert_eq!(new["replaces"], old["serial"]);
        assert_ne!(new["serial"], old["serial"]);
    }
    let spki = |file: &str| {
        let certificate = wire::Certificate::from_der(&block(&sandbox, file, 0)).unwrap();
        certificate.public_key().der().to_vec()
    };
    for use_ in ["sign", "encrypt"] {
        let old = spki(&format!("alice@example.org.{use_}.pem"));
        assert_eq!(old, spki(&format!("renewed/alice@example.org.{use_}.pem")));
    }
    assert!(!sandbox.path("renewed/alice@example.org.sign.key.pem").exists());
    // Superseded is not revoked.
    let after = list();
    assert_eq!(after[0]["superseded_by"], after[2]["serial"]);
    assert!(after.iter().all(|one| one["revoked"].is_null()));
    assert!(sandbox.ok(&["ca", "list"]).contains("superseded by "));
    let once_more = sandbox.run(&["ca", "renew", after[0]["serial"].as_str().unwrap(), "--out-dir", "x"]).expect(1);
    assert!(once_more.err.contains("was renewed already"), "{}", once_more.err);
    // A new key, and the old certificate ends.
    let serial = after[2]["serial"].as_str().unwrap();
    let again = ["ca", "renew", &serial[..12], "--key", "p384", "--revoke", "--no-passphrase", "--out-dir", "new"];
    sandbox.ok(&again);
    assert!(sandbox.path("new/alice@example.org.sign.key.pem").exists());
    let last = list();
    assert_eq!((&last[2]["revoked"]["reason"], &last[4]["key"]), (&"superseded".into(), &"p384".into()));
    sandbox.ok(&["ca", "revoke", "alice@example.org"]);
    let refused = sandbox.run(&["ca", "renew", "alice@example.org", "--out-dir", "y"]).expect(1);
    assert!(refused.err.contains("nothing that is revoked is renewed"), "{}", refused.err);
    // Near the end of the authority it is said that the time is shorter, and at last nothing is won.
    let at = |day: &str, more: &[&str]| sandbox.run(&[&["--at", day, "ca"], more].concat());
    let year = 10 + before[0]["not_before"].as_str().unwrap()[..4].parse::<i32>().unwrap();
    let issue = ["issue", "--no-passphrase", "--days", "800", "carol@example.org"];
    let near = at(&format!("{}-06-01T00:00:00Z", year - 1), &issue).expect(0);
    assert!(near.err.contains("that is the end of \"N\""), "{}", near.err);
    let later = format!("{}-07-01T00:00:00Z", year - 1);
    let refused = at(&later, &["renew", "carol@example.org", "--out-dir", "z"]).expect(1);
    assert!(refused.err.contains("nothing would be won") && refused.err.contains("hint: "), "{}", refused.err);
    assert!(!sandbox.path("z").exists());
}

/// What a server answers to GET, without its head.
fn get(url: &str, path: &str) -> Vec<u8> {
    use std::io::{Read, Write};
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    assert!(all.starts_with(b"HTTP/1.1 200 "), "{path}: {}", String::from_utf8_lossy(&all));
    let head = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    all.split_off(head + 4)
}

/// A block of a PEM file.
fn block(sandbox: &Sandbox, file: &str, at: usize) -> Vec<u8> {
    wire::pem::parse(&sandbox.read(file)).unwrap()[at].contents.to_vec()
}
