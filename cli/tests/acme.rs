//! `sealpost ca acme` and `sealpost id request --acme`: both sides of RFC 8823, with a mail server between them.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::send::mailserver::real::{Dovecot, Postfix, USERS};
use crate::send::mailserver::{MailServer, Say, smtp};
use crate::support::{Run, Sandbox, has};

/// A mail server that delivers into maildirs by To, as one that checks DKIM does.
pub struct Post {
    pub server: Arc<MailServer>,
    end: Arc<AtomicBool>,
}

impl Post {
    /// Delivers what is for each of these addresses into its maildir, with these fields before it.
    pub fn start(routes: Vec<(&'static str, PathBuf, &'static str)>) -> Post {
        Post::start_with(routes, |_| None)
    }

    /// The same; to some commands it answers otherwise.
    fn start_with(
        routes: Vec<(&'static str, PathBuf, &'static str)>,
        twist: impl Fn(&str) -> Option<Say> + Send + Sync + 'static,
    ) -> Post {
        // Python's library writes its commands in lower case.
        let script = smtp(&["8BITMIME", "SMTPUTF8"], move |line| {
            twist(line).or_else(|| line.eq_ignore_ascii_case("data").then_some(Say::Data))
        });
        let server = Arc::new(MailServer::start(None, false, script));
        for (_, maildir, _) in &routes {
            for folder in ["new", "cur", "tmp"] {
                fs::create_dir_all(maildir.join(folder)).unwrap();
            }
        }
        let end = Arc::new(AtomicBool::new(false));
        let (from, ended) = (Arc::clone(&server), Arc::clone(&end));
        thread::spawn(move || {
            let mut delivered = 0;
            while !ended.load(Ordering::Relaxed) {
                let mails = from.mails();
                for mail in &mails[delivered..] {
                    let text = String::from_utf8_lossy(mail).into_owned();
                    let to = text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap_or_default();
                    for (address, maildir, before) in &routes {
                        if to == *address {
                            let name = format!("{delivered}.test");
                            let tmp = maildir.join("tmp").join(&name);
                            // With LF alone, as programs that deliver write files.
                            fs::write(&tmp, format!("{before}{text}").replace("\r\n", "\n")).unwrap();
                            fs::rename(&tmp, maildir.join("new").join(&name)).unwrap();
                        }
                    }
                    delivered += 1;
                }
                thread::sleep(Duration::from_millis(50));
            }
        });
        Post { server, end }
    }

    pub fn url(&self) -> String {
        format!("smtp+plain://127.0.0.1:{}", self.server.port)
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
    }
}

/// `sealpost ca acme`, which ends with the test.
pub struct Authority {
    child: Child,
    pub directory: String,
    log: PathBuf,
}

impl Authority {
    pub fn start(sandbox: &Sandbox, post: &Post, more: &[&str]) -> Authority {
        let (answers, url) = (format!("maildir:{}", sandbox.path("answers").display()), post.url());
        let mut arguments = vec!["ca", "acme", "--from", FROM, "--mailbox", &answers, "--server", &url];
        arguments.extend(["--listen", "127.0.0.1:0", "--poll", "1", "-v"]);
        arguments.extend(more);
        Authority::begin(sandbox, &arguments)
    }

    /// Runs it, and waits until it is ready.
    fn begin(sandbox: &Sandbox, arguments: &[&str]) -> Authority {
        let log = sandbox.path("acme.log");
        let mut command = sandbox.command(arguments);
        let child = command.stdin(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let mut authority = Authority { child, directory: String::new(), log };
        let begun = Instant::now();
        while authority.directory.is_empty() && begun.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(20));
            let said = authority.said();
            let complete =
                said.strip_suffix('\n').or(said.rsplit_once('\n').map(|(lines, _)| lines)).unwrap_or_default();
            let told = complete.lines().find_map(|line| line.strip_prefix("the ACME directory is "));
            authority.directory = told.unwrap_or_default().to_owned();
        }
        assert!(!authority.directory.is_empty(), "{}", authority.said());
        authority
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub const FROM: &str = "acme@ca.example";
/// What a server that checked DKIM writes, above what whoever signed by it wrote.
pub const PROVEN: &str = "Authentication-Results: mx.ca.example; dkim=pass header.d=example.org\r\n\
    DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x; h=from:sender:reply-to:to:cc:subject:date:in-reply-to:\r\n \
    references:message-id:content-type:content-transfer-encoding; bh=AA==; b=AA==\r\n";

/// An authority, and Alice, whose store is empty.
fn world(proof: &'static str) -> (Sandbox, Sandbox, Post) {
    let (ca, alice) = (Sandbox::new(), Sandbox::new());
    ca.ok(&["ca", "init", "--name", "Example CA", "--no-passphrase", "-o", "root.pem"]);
    fs::copy(ca.path("root.pem"), alice.path("root.pem")).unwrap();
    let post = Post::start(vec![
        ("acme@ca.example", ca.path("answers"), proof),
        ("alice@example.org", alice.path("inbox"), ""),
    ]);
    (ca, alice, post)
}

fn request(alice: &Sandbox, authority: &Authority, post: &Post, more: &[&str]) -> Run {
    let inbox = format!("maildir:{}", alice.path("inbox").display());
    let url = post.url();
    let mut arguments = vec!["id", "request", "alice@example.org", "--acme", &authority.directory, "--mailbox", &inbox];
    arguments.extend(["--server", &url, "--timeout", "20"]);
    arguments.extend(more);
    alice.run(&arguments)
}

fn trust_in(alice: &Sandbox) {
    alice.ok(&["cert", "trust", "root.pem", "--yes"]);
}

/// Alice's mail to herself is sealed, and opens.
fn seals_and_opens(alice: &Sandbox, require: &[&str]) {
    alice.write("letter.eml", "From: alice@example.org\r\nTo: alice@example.org\r\nSubject: x\r\n\r\nForty-two.\r\n");
    let sealed = ["seal", "letter.eml", "-o", "sealed.eml", "--force", "--offline"];
    alice.ok(&sealed);
    let opened = alice.run(&[&["open", "--require", "encrypted", "sealed.eml"], require].concat()).expect(0);
    assert!(opened.text().contains("Forty-two."));
}

#[test]
fn i_01_whoever_answers_the_mail_gets_a_certificate_and_renews_it() {
    let (ca, alice, post) = world(PROVEN);
    let authority =
        Authority::start(&ca, &post, &["--authserv-id", "mx.ca.example", "--eab", "--domain", "example.org"]);
    let handed = ca.json(&["ca", "eab", "staff"]);
    ca.run(&["ca", "eab", "staff"]).expect(1);
    alice.write("eab.key", handed["hmac_key"].as_str().unwrap());
    trust_in(&alice);
    let none = request(&alice, &authority, &post, &["--no-passphrase"]).expect(2);
    assert!(none.err.contains("--eab-kid"), "{}", none.err);
    let bound = ["--eab-kid", "staff", "--eab-key-file", "eab.key", "--wait", "60", "--no-passphrase"];
    let made = request(&alice, &authority, &post, &bound).expect(0);
    assert!(made.err.contains("alice@example.org can sign and be written to"), "{}", made.err);
    assert!(authority.said().contains("alice@example.org answered its challenge"), "{}", authority.said());
    seals_and_opens(&alice, &["--require", "signed"]);
    let listed = ca.json(&["ca", "list"]);
    assert_eq!(listed["issued"].as_array().unwrap().len(), 2, "Alice's, and that of whoever signs challenges");
    // Nothing before the end is near, and then a new key; the old one still opens.
    let sent = post.server.mails().len();
    assert_eq!(sent, 2, "one challenge, one answer");
    let shown = alice.json(&["id", "show", "alice@example.org"]);
    let end = wire::Time::parse_rfc3339(shown["identity"]["keys"][0]["not_after"].as_str().unwrap()).unwrap();
    let [early, near] = [31, 29].map(|days| wire::Time(end.0 - days * 86_400).to_string());
    let renewed_on = &wire::Time(end.0 - 30 * 86_400).to_string()[..10];
    for at in [&[][..], &["--at", &early]] {
        let early = request(&alice, &authority, &post, at).expect(0);
        assert!(early.err.contains(&format!("there is nothing to do before {renewed_on}.")), "{}", early.err);
    }
    assert_eq!(post.server.mails().len(), sent);
    let renewed = request(&alice, &authority, &post, &["--at", &near, "--wait", "60", "--json"]).expect(0);
    let json: serde_json::Value = serde_json::from_slice(&renewed.out).unwrap();
    assert!(json["replaces"].is_string(), "{json}");
    alice.run(&["open", "--require", "encrypted", "sealed.eml"]).expect(0);
    seals_and_opens(&alice, &["--require", "signed"]);
    assert_eq!(post.server.mails().len(), 4);
    let all = alice.json(&["id", "list"]);
    assert_eq!(all["identities"].as_array().unwrap().len(), 2, "{all}");
}

#[test]
fn i_02_a_challenge_that_nothing_proves_is_not_answered_and_the_next_run_goes_on() {
    let (ca, alice, post) = world("");
    let authority = Authority::start(&ca, &post, &["--trust-from"]);
    // Two keys, so two orders; nobody here believes the authority yet.
    let more = ["--key", "ed25519+p256", "--no-passphrase"];
    let refused = request(&alice, &authority, &post, &[&more[..], &["--wait", "4"]].concat()).expect(1);
    assert!(refused.err.contains("is not answered: S/MIME does not prove it"), "{}", refused.err);
    assert!(refused.err.contains("hint: run the same command again: it goes on from here"), "{}", refused.err);
    assert_eq!(post.server.mails().len(), 1);
    trust_in(&alice);
    request(&alice, &authority, &post, &["--wait", "60"]).expect(0);
    let mails = post.server.mails();
    assert_eq!(mails.len(), 4, "the challenge that was there was answered, and one for the other key");
    let shown = alice.json(&["id", "show", "alice@example.org"]).to_string();
    assert!(shown.contains("ed25519") && shown.contains("p256"), "{shown}");
    let answer = String::from_utf8(mails[1].clone()).unwrap();
    for line in ["Auto-Submitted: auto-replied", "To: acme@ca.example", "-----BEGIN ACME RESPONSE-----"] {
        assert!(answer.contains(&format!("{line}\r\n")), "{answer}");
    }
}

/// Real servers: every mail goes by Postfix, and both sides read theirs by IMAP. The second address is beyond ASCII.
#[test]
fn i_01_challenges_and_answers_go_by_postfix_and_are_read_by_imap() {
    let Some(dovecot) = Dovecot::start() else { return };
    let Some(postfix) = Postfix::start(&dovecot) else { return };
    let ca = Sandbox::new();
    ca.ok(&["ca", "init", "--name", "Example CA", "--no-passphrase", "-o", "root.pem"]);
    let trust = dovecot.trust();
    let ways = |user: &str, smtp: &str, smtp_port: u16, imap: &str, imap_port: u16| {
        let user = user.replace('@', "%40").replace('\u{fc}', "%C3%BC");
        let server = format!("{smtp}://{user}@127.0.0.1:{smtp_port}");
        ["--server".to_owned(), server, "--mailbox".to_owned(), format!("{imap}://{user}@127.0.0.1:{imap_port}/INBOX")]
    };
    let [alice, authority, juergen] = [USERS[0], USERS[1], USERS[2]];
    ca.write("pw", authority.1);
    let way = ways(authority.0, "smtps", postfix.submissions, "imaps", dovecot.imaps);
    let mut arguments = vec!["ca", "acme", "--from", authority.0, "--trust-from", "--listen", "127.0.0.1:0"];
    arguments.extend(["--poll", "1", "-v", "--password-file", "pw", "--tls-trust", trust.to_str().unwrap()]);
    arguments.extend(way.iter().map(String::as_str));
    let authority = Authority::begin(&ca, &arguments);
    // It takes 17 s: servers are started, and mails are waited for.
    for ((address, password), smtp, imap) in [
        (alice, ("smtp", postfix.submission), ("imap", dovecot.imap)),
        (juergen, ("smtps", postfix.submissions), ("imaps", dovecot.imaps)),
    ] {
        let person = Sandbox::new();
        person.write("root.pem", ca.read("root.pem"));
        trust_in(&person);
        person.write("pw", password);
        let way = ways(address, smtp.0, smtp.1, imap.0, imap.1);
        let mut arguments = vec!["id", "request", address, "--acme", &authority.directory, "--no-passphrase"];
        arguments.extend(["--password-file", "pw", "--tls-trust", trust.to_str().unwrap(), "--wait", "60"]);
        arguments.extend(way.iter().map(String::as_str));
        let run = person.run(&arguments);
        assert_eq!(run.code, 0, "{}{}{}", run.err, authority.said(), postfix.log());
        assert!(authority.said().contains(&format!("{address} answered its challenge")), "{}", authority.said());
        let shown = person.json(&["id", "show", address]).to_string();
        assert!(shown.contains("CN=Example CA"), "{shown}");
        if address == juergen.0 {
            continue;
        }
        // A mailbox keeps its mails, and the next run answers none of them.
        let sent = dovecot.mails("bob@example.net", "", 1).len();
        let again = person.run(&[&arguments[..], &["--renew-days", "800"]].concat()).expect(0);
        assert!(again.err.contains("The old keys stay to read old mail"), "{}", again.err);
        assert_eq!(dovecot.mails("bob@example.net", "", sent + 1).len(), sent + 1, "one answer more");
    }
    assert!(!authority.said().contains("does not count"), "{}", authority.said());
}

#[test]
fn i_03_an_answer_whose_sender_nothing_proves_counts_for_nothing() {
    let (ca, alice, post) = world("Authentication-Results: mx.ca.example; dkim=fail header.d=example.org\r\n");
    let authority = Authority::start(&ca, &post, &["--authserv-id", "mx.ca.example"]);
    trust_in(&alice);
    let late = request(&alice, &authority, &post, &["--no-passphrase", "--wait", "6"]).expect(1);
    assert!(late.err.contains("the authority has not said that it came"), "{}", late.err);
    let said = authority.said();
    assert!(
        said.contains("does not count: its sender is not proven: no DKIM signature of example.org passed"),
        "{said}"
    );
    // It is answered once, also by the next run.
    request(&alice, &authority, &post, &["--wait", "3"]).expect(1);
    assert_eq!(post.server.mails().len(), 2);
    assert!(Path::new(&alice.path("store/acme")).is_dir());
}

/// Killed before it sent the challenge, and again after it took the answer and before it judged it.
#[test]
fn i_01_an_authority_that_was_killed_goes_on_where_it_was() {
    let (ca, alice) = (Sandbox::new(), Sandbox::new());
    ca.ok(&["ca", "init", "--name", "Example CA", "--no-passphrase", "-o", "root.pem"]);
    fs::copy(ca.path("root.pem"), alice.path("root.pem")).unwrap();
    trust_in(&alice);
    // Nobody delivers the answers.
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(ca.path("answers").join(folder)).unwrap();
    }
    let routes = vec![("alice@example.org", alice.path("inbox"), "")];
    let first = AtomicBool::new(true);
    let post = Post::start_with(routes, move |line| {
        let refused = line.starts_with("MAIL FROM:<acme@ca.example>") && first.swap(false, Ordering::Relaxed);
        refused.then(|| Say::Line("450 4.7.1 try again later".to_owned()))
    });
    let (answers, url) = (format!("maildir:{}", ca.path("answers").display()), post.url());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let arguments = ["ca", "acme", "--from", FROM, "--mailbox", &answers, "--server", &url, "--trust-from"];
    let arguments = [&arguments[..], &["--listen", &listen, "--poll", "1", "-v"]].concat();
    let authority = Authority::begin(&ca, &arguments);
    let none = request(&alice, &authority, &post, &["--no-passphrase", "--wait", "3"]).expect(1);
    assert!(none.err.contains("no challenge mail from acme@ca.example came"), "{}", none.err);
    drop(authority);
    let authority = Authority::begin(&ca, &arguments);
    let late = request(&alice, &authority, &post, &["--wait", "8"]).expect(1);
    assert!(late.err.contains("the authority has not said that it came"), "{}", late.err);
    drop(authority);
    // There it lies where it was put when it was taken.
    fs::write(ca.path("answers/cur/1.test:2,S"), post.server.mails().pop().unwrap()).unwrap();
    let authority = Authority::begin(&ca, &arguments);
    request(&alice, &authority, &post, &["--wait", "30"]).expect(0);
    assert_eq!(post.server.mails().len(), 2);
}

/// A server that would not take it yet, as greylisting has it, has not got it.
#[test]
fn i_02_an_answer_that_was_refused_is_sent_by_the_next_run() {
    let (ca, alice) = (Sandbox::new(), Sandbox::new());
    ca.ok(&["ca", "init", "--name", "Example CA", "--no-passphrase", "-o", "root.pem"]);
    fs::copy(ca.path("root.pem"), alice.path("root.pem")).unwrap();
    trust_in(&alice);
    let routes = vec![("acme@ca.example", ca.path("answers"), ""), ("alice@example.org", alice.path("inbox"), "")];
    let asked = AtomicU32::new(0);
    let post = Post::start_with(routes, move |line| {
        if !line.starts_with("MAIL FROM:<alice@example.org>") {
            return None;
        }
        match asked.fetch_add(1, Ordering::Relaxed) {
            0 => Some(Say::Line("450 4.7.1 try again later".to_owned())),
            1 => Some(Say::Close),
            _ => None,
        }
    });
    let authority = Authority::start(&ca, &post, &["--trust-from"]);
    let refused = request(&alice, &authority, &post, &["--no-passphrase", "--wait", "30"]).expect(1);
    assert!(refused.err.contains("450 4.7.1 try again later"), "{}", refused.err);
    // Cut off before the end of the mail.
    request(&alice, &authority, &post, &["--wait", "30"]).expect(1);
    request(&alice, &authority, &post, &["--wait", "30"]).expect(0);
    assert_eq!(post.server.mails().len(), 2);
}

/// Python with a package of PyPI, in an environment of its own beside the target folder; nothing where it cannot be installed.
fn python_with(package: &str, import: &str) -> Option<PathBuf> {
    let missing = |why: &str| {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "{package}: {why}");
        eprintln!("skipped, install {package}: {why}");
        None
    };
    let folder = Path::new(env!("CARGO_BIN_EXE_sealpost")).ancestors().nth(2)?.join(format!("python-{import}"));
    let python = folder.join("bin/python");
    let run = |program: &Path, arguments: &[&str]| {
        Command::new(program).args(arguments).output().is_ok_and(|out| out.status.success())
    };
    if !run(&python, &["-c", &format!("import {import}")]) {
        if !run(Path::new("python3"), &["-m", "venv", folder.to_str()?]) {
            return missing("no python3 with venv (python3-venv)");
        }
        if !run(&folder.join("bin/pip"), &["install", "--quiet", package]) {
            return missing("it cannot be had from PyPI");
        }
    }
    Some(python)
}

/// The client library of Certbot, with mails by Python's own library.
#[test]
fn i_06_a_client_of_other_people_gets_a_certificate_of_our_server() {
    let Some(python) = python_with("acme==5.9.0", "acme") else { return };
    let (ca, alice, post) = world(PROVEN);
    let authority = Authority::start(&ca, &post, &["--authserv-id", "mx.ca.example", "--eab"]);
    let handed = ca.json(&["ca", "eab", "staff"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acme_client.py");
    let mut command = Command::new(python);
    command.arg(script).args([&authority.directory, "staff", handed["hmac_key"].as_str().unwrap()]);
    command.arg("alice@example.org").arg(alice.path("inbox")).arg(post.server.port.to_string());
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned() + &authority.said();
    assert!(out.status.success() && out.stdout == b"done\n", "{said}");
    let listed = ca.json(&["ca", "list"]);
    let issued = listed["issued"].as_array().unwrap();
    assert!(issued.iter().any(|one| one["revoked"]["reason"] == "superseded"), "{listed}");
}

/// acme2certifier, with its own mails and its own check of the answer.
#[test]
fn i_01_our_client_gets_a_certificate_of_a_server_of_other_people() {
    let Some(python) = python_with("acme2certifier==0.46.3", "acme2certifier") else { return };
    if !has("openssl") {
        return;
    }
    let (ca, alice) = (Sandbox::new(), Sandbox::new());
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "100"])
        .args(["-subj", "/CN=Other CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        .current_dir(ca.path(""))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let post =
        Post::start(vec![("acme@ca.example", ca.path("answers"), ""), ("alice@example.org", alice.path("inbox"), "")]);
    let log = ca.path("server.log");
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acme_server.py"))
        .args([ca.path(""), ca.path("answers")])
        .arg(post.server.port.to_string())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut directory = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut directory).unwrap();
    let authority = Authority { child, directory: directory.trim().to_owned(), log };
    // Its challenge mails are signed by nothing.
    let refused = request(&alice, &authority, &post, &["--no-passphrase", "--wait", "3"]).expect(1);
    assert!(refused.err.contains("is not answered: its Auto-Submitted does not say auto-generated"), "{}", refused.err);
    let run = request(&alice, &authority, &post, &["--unproven-challenge", "--wait", "60"]);
    assert_eq!(run.code, 0, "{}{}", run.err, authority.said());
    let shown = alice.json(&["id", "show", "alice@example.org"]).to_string();
    assert!(shown.contains("CN=Other CA"), "{shown}");
    // The certificate has no subject and a subjectAltName that is not critical, so that nobody is to believe it (RFC 5280
    // section 4.1.2.6); its key works.
    seals_and_opens(&alice, &[]);
}

#[test]
fn acme_without_tls_is_for_this_machine_alone() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "N", "--no-passphrase"]);
    let serve = |more: &[&str]| {
        let arguments =
            ["ca", "acme", "--from", FROM, "--mailbox", "maildir:m", "--server", "smtp+plain://127.0.0.1:1"];
        sandbox.run(&[&arguments[..], &["--listen", "127.0.0.1:0"], more].concat())
    };
    serve(&[]).expect(2);
    serve(&["--trust-from", "--authserv-id", "x"]).expect(2);
    let plain = serve(&["--trust-from", "--url", "ftp://ca.example/acme"]).expect(2);
    assert!(plain.err.contains("HTTPS"), "{}", plain.err);
    let arguments = ["id", "request", "a@b.example", "--mailbox", "maildir:m", "--server", "smtp+plain://127.0.0.1:1"];
    let ask = |url: &str| sandbox.run(&[&arguments[..], &["--acme", url, "--wait", "1", "--timeout", "3"]].concat());
    // 192.0.2.1 is nobody's (RFC 5737): it is refused before anybody is asked.
    let far = ask("http://192.0.2.1/directory").expect(1);
    assert!(far.err.contains("without TLS"), "{}", far.err);
    assert!(ask("gopher://x/").expect(1).err.contains("no https:// URL"));
    assert!(ask("http://127.0.0.1:1/directory").expect(1).err.contains("error: 127.0.0.1"));
}
