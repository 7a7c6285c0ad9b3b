//! `sealpost send`, against a server that does what it is told.

#[path = "../../directory/tests/mailserver/mod.rs"]
pub mod mailserver;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mailserver::{MailServer, Say, line, smtp};

use crate::mail::{bob_of, letter};
use crate::support::{Run, Sandbox, snapshot};

const OFFERS: &[&str] = &["SIZE 100000000", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "AUTH PLAIN LOGIN XOAUTH2"];

fn url(server: &MailServer) -> String {
    format!("smtp+plain://127.0.0.1:{}", server.port)
}

/// Alice's store, which has Bob, Carol and Dave, and a letter to Bob and Carol.
fn world() -> Sandbox {
    let alice = Sandbox::with_people();
    for address in ["carol@example.net", "dave@example.com"] {
        alice.ok(&["id", "new", address, "--issuer", "Example CA", "--no-passphrase"]);
    }
    alice.write(
        "letter.eml",
        letter().replace("To: Bob <bob@example.net>", "To: Bob <bob@example.net>, carol@example.net"),
    );
    alice
}

fn send(alice: &Sandbox, server: &MailServer, more: &[&str]) -> Run {
    let url = url(server);
    alice.run(&[&["send", "--no-discovery", "--server", &url, "--timeout", "20"], more].concat())
}

fn field(mail: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(mail).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap().to_owned();
    head.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

fn plans(alice: &Sandbox) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(alice.path("store/outbox")) else { return Vec::new() };
    entries.map(|e| e.unwrap().path().display().to_string()).collect()
}

#[test]
fn the_plan_says_who_gets_what_and_sends_nothing() {
    let alice = world();
    let plan = alice.ok(&["send", "--dry-run", "--bcc", "dave@example.com", "letter.eml"]);
    snapshot("send_plan.txt", &plan);
    let json = alice.json(&["send", "--dry-run", "--bcc", "dave@example.com", "letter.eml"]);
    assert_eq!(json["copies"][0]["to"], serde_json::json!(["bob@example.net", "carol@example.net"]));
    assert_eq!(json["copies"][1]["to"], serde_json::json!(["dave@example.com"]));
    assert_eq!(
        (json["copies"][1]["hidden"].as_bool(), json["copies"][0]["hidden"].as_bool()),
        (Some(true), Some(false))
    );
    let readers: Vec<_> = json["copies"][1]["readers"].as_array().unwrap().iter().map(|r| &r["address"]).collect();
    assert_eq!(readers, ["dave@example.com", "alice@example.org"]);
    assert!(plans(&alice).is_empty());
}

#[test]
fn nobody_gets_it_silently_in_clear() {
    let alice = world();
    let server = MailServer::start(None, false, smtp(OFFERS, |_| None));
    for dry in [&["--dry-run"][..], &[]] {
        let more = [dry, &["--to", "eve@example.com", "letter.eml"]].concat();
        let run = send(&alice, &server, &more).expect(17);
        assert!(run.err.contains("error: eve@example.com cannot be encrypted to: no certificate of theirs is known"));
        assert!(run.err.contains("--allow-clear eve@example.com"), "{}", run.err);
        let text = run.text();
        assert_eq!(dry.is_empty(), !text.contains("to eve@example.com\n  IN CLEAR, signed"), "{text}");
    }
    // Leave for one is no leave for another.
    send(&alice, &server, &["--to", "eve@example.com", "--allow-clear", "bob@example.net", "letter.eml"]).expect(17);
    assert!(server.lines().is_empty() && plans(&alice).is_empty());

    let run =
        send(&alice, &server, &["--to", "eve@example.com", "--allow-clear", "eve@example.com", "letter.eml"]).expect(0);
    assert!(run.err.contains("note: eve@example.com gets it in clear"), "{}", run.err);
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert!(
        !String::from_utf8_lossy(&mails[0]).contains("Forty-two")
            && String::from_utf8_lossy(&mails[1]).contains("Forty-two")
    );
    let rcpts: Vec<String> = server.lines().into_iter().filter(|l| l.starts_with("RCPT")).collect();
    assert_eq!(rcpts, ["RCPT TO:<bob@example.net>", "RCPT TO:<carol@example.net>", "RCPT TO:<eve@example.com>"]);
}

#[test]
fn each_bcc_gets_a_copy_of_their_own_and_all_are_one_mail() {
    let alice = world();
    let server = MailServer::start(None, false, smtp(OFFERS, |_| None));
    let text = letter().replace("To: Bob", "Bcc: dave@example.com,\r\n carol@example.net\r\nTo: Bob");
    // Without a Message-ID one is made, and it is the same in all copies.
    let text: String = text.split_inclusive('\n').filter(|l| !l.starts_with("Message-ID")).collect();
    // LF alone, as files have it, leaves as CR LF.
    alice.write("bcc.eml", text.replace("\r\n", "\n"));
    let sent = alice.path("Sent");
    let place = format!("maildir:{}", sent.display());
    send(&alice, &server, &["--sent", &place, "bcc.eml"]).expect(0);
    let mails = server.mails();
    assert_eq!(mails.len(), 3);
    let id = field(&mails[0], "Message-ID").unwrap();
    assert!(mails.iter().all(|m| field(m, "Message-ID").as_ref() == Some(&id)), "{id}");
    let bob = bob_of(&alice);
    for (n, mail) in mails.iter().enumerate() {
        assert!(!String::from_utf8_lossy(mail).to_ascii_lowercase().contains("\nbcc:"));
        bob.write("in.eml", mail);
        let opened = bob.run(&["open", "in.eml"]);
        // Bob's copy names nobody but Bob and Alice as its readers, and the others' are not for him.
        assert_eq!(opened.code, if n == 0 { 0 } else { 29 }, "{}", opened.err);
        assert!(!opened.text().to_ascii_lowercase().contains("dave"));
        alice.write("in.eml", mail);
        alice.run(&["open", "in.eml", "--require", "signed", "--require", "encrypted"]).expect(0);
    }
    // The copy in Sent is the sender's alone.
    let filed: Vec<_> = std::fs::read_dir(sent.join("cur")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(filed.len(), 1);
    let copy = std::fs::read(&filed[0]).unwrap();
    assert_eq!(field(&copy, "Message-ID").unwrap(), id);
    bob.write("in.eml", &copy);
    bob.run(&["open", "in.eml"]).expect(29);
    assert!(alice.ok(&["open", filed[0].to_str().unwrap()]).contains("Forty-two"));
    assert!(plans(&alice).is_empty());
}

#[test]
fn what_was_refused_is_told_and_goes_on_later() {
    let alice = world();
    let full = Arc::new(AtomicBool::new(true));
    let shared = Arc::clone(&full);
    let twist = move |command: &str| {
        (command.contains("<carol@") && shared.load(Ordering::Relaxed)).then(|| line("452 4.2.2 mailbox\u{7} full"))
    };
    let server = MailServer::start(None, false, smtp(OFFERS, twist));
    let run = send(&alice, &server, &["--notify", "failure", "letter.eml", "--json"]).expect(1);
    assert!(run.err.contains("Sent to bob@example.net.\n"), "{}", run.err);
    assert!(run.err.contains("error: carol@example.net was refused: 452 4.2.2 mailbox  full\n"), "{}", run.err);
    let json: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!(json["recipients"][0]["outcome"], "accepted");
    assert_eq!(json["recipients"][1]["outcome"], "refused");
    let plan = json["plan"].as_str().unwrap().to_owned();
    assert!(run.err.contains(&format!("hint: go on with `sealpost send --resume {plan}`")), "{}", run.err);
    assert_eq!(plans(&alice), std::slice::from_ref(&plan));
    alice.run(&["send", "--resume", &plan]).expect(1);
    full.store(false, Ordering::Relaxed);
    alice.run(&["send", "--resume", &plan]).expect(0);
    assert!(plans(&alice).is_empty());
    let rcpts: Vec<String> = server.lines().into_iter().filter(|l| l.starts_with("RCPT")).collect();
    let bob = "RCPT TO:<bob@example.net> NOTIFY=FAILURE ORCPT=rfc822;bob@example.net";
    assert_eq!(rcpts.iter().filter(|l| *l == bob).count(), 1, "{rcpts:?}");
    assert_eq!((rcpts.len(), server.mails().len()), (4, 2));
    assert!(rcpts.iter().all(|l| l.contains("NOTIFY=FAILURE")), "{rcpts:?}");
    assert_eq!(server.mails()[0], server.mails()[1], "it is the same mail");
    alice.run(&["send", "--resume", &plan]).expect(1);
}

/// A power cut at the worst moment: the mail is sent to its end, and nobody heard the answer.
#[test]
fn nothing_is_lost_at_kill_9() {
    let alice = world();
    let hangs = Arc::new(AtomicBool::new(true));
    for at in ["MAIL", "DATA", "."] {
        hangs.store(true, Ordering::Relaxed);
        let shared = Arc::clone(&hangs);
        let twist = move |command: &str| {
            let verb = command.split(' ').next().unwrap_or_default();
            (verb == at && shared.load(Ordering::Relaxed)).then_some(Say::Never)
        };
        let server = MailServer::start(None, false, smtp(OFFERS, twist));
        let url = url(&server);
        let mut child = alice.command(&["send", "--server", &url, "letter.eml"]).spawn().unwrap();
        let begun = Instant::now();
        let reached = || match at {
            "." => !server.mails().is_empty(),
            verb => server.lines().iter().any(|l| l.split(' ').next() == Some(verb)),
        };
        while !reached() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        hangs.store(false, Ordering::Relaxed);
        let left = plans(&alice);
        assert_eq!(left.len(), 1, "{at}");
        let run = alice.run(&["send", "--resume", &left[0]]).expect(0);
        let twice = run.err.contains("note: bob@example.net may have got it before, and gets it again");
        assert_eq!(twice, at == ".", "{at}: {}", run.err);
        let mails = server.mails();
        assert_eq!(mails.len(), if at == "." { 2 } else { 1 });
        assert!(mails.iter().all(|m| *m == mails[0]));
        assert!(plans(&alice).is_empty());
    }
}

#[test]
fn a_server_that_dies_amid_the_mail_or_never_answers_leaves_the_plan() {
    let alice = world();
    let big = letter() + &"0123456789012345678901234567890123456789\r\n".repeat(50_000);
    alice.write("big.eml", big);
    for (say, text) in [
        (Say::DataThenClose(100_000), "ended while the mail was sent"),
        (Say::Never, "did not answer within 1 s after DATA"),
        (Say::LongLine, "answered more than"),
    ] {
        let twist = move |command: &str| (command == "DATA").then(|| say.clone());
        let server = MailServer::start(None, false, smtp(OFFERS, twist));
        let run = alice.run(&["send", "--server", &url(&server), "--timeout", "1", "big.eml"]).expect(1);
        assert!(run.err.contains(text) && run.err.contains("bob@example.net has not got it"), "{}", run.err);
        assert!(server.mails().is_empty());
        let left = plans(&alice);
        assert_eq!(left.len(), 1);
        std::fs::remove_dir_all(&left[0]).unwrap();
    }
}

#[test]
fn passwords_come_from_where_they_are_and_are_told_to_nobody() {
    let alice = world();
    let server = MailServer::start(None, false, smtp(OFFERS, |_| None));
    let place = format!("smtp+plain://alice@127.0.0.1:{}", server.port);
    alice.write("pw", "planted-secret\n");
    alice.write("store/send.toml", format!("[[identity]]\nfrom = \"alice@example.org\"\nserver = \"{place}\"\n"));
    let mut runs = vec![
        alice.run(&["send", "-v", "--password-file", "pw", "letter.eml"]).expect(0),
        // Nobody is there to ask.
        alice.run(&["send", "-v", "letter.eml"]).expect(67),
    ];
    assert!(runs[1].err.contains("send --resume"), "{}", runs[1].err);
    let left = plans(&alice);
    runs.push(alice.run(&["send", "--resume", &left[0], "--password-file", "pw", "--remember-password"]).expect(0));
    runs.push(alice.run(&["send", "letter.eml"]).expect(0));
    let mut command = alice.command(&["send", "--auth", "xoauth2", "--password-file", "@ENV:TOKEN", "letter.eml"]);
    command.env("TOKEN", "planted-secret");
    runs.push(crate::support::run(command, b"").expect(0));
    alice.write(
        "store/send.toml",
        format!(
            "[[identity]]\nserver = \"{place}\"\nauth = \"plain\"\npassword-command = [\"cat\", \"{}\"]\n",
            alice.path("pw").display()
        ),
    );
    runs.push(alice.run(&["send", "letter.eml"]).expect(0));
    let auth: Vec<String> = server.lines().into_iter().filter(|l| l.starts_with("AUTH")).collect();
    let plain = "AUTH PLAIN AGFsaWNlAHBsYW50ZWQtc2VjcmV0".to_owned();
    let token = "AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBwbGFudGVkLXNlY3JldAEB".to_owned();
    assert_eq!(auth, [plain.clone(), plain.clone(), plain.clone(), token, plain]);
    for run in runs {
        assert!(!run.err.contains("planted") && !run.text().contains("planted"));
        assert!(!run.err.contains("cGxhbnRlZC1zZWNyZXQ"));
    }
    let mut grep = std::process::Command::new("grep");
    grep.args(["-rc", "-e", "planted-secret", "-e", "cGxhbnRlZC1zZWNyZXQ"]).arg(alice.path("store"));
    let found = String::from_utf8(grep.output().unwrap().stdout).unwrap();
    assert!(found.lines().all(|l| l.ends_with(":0")), "{found}");
    alice.write("store/send.toml", "[[identity]]\nsever = \"x\"\n");
    assert!(alice.run(&["send", "letter.eml"]).expect(2).err.contains("send.toml"));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sealed() {
    let alice = world();
    for (arguments, text) in [
        (&["send", "letter.eml"][..], "nothing says which server"),
        (&["send", "--server", "smtps://alice:pw@h", "letter.eml"], "does not belong into the URL"),
        (&["send", "--server", "imaps://alice@h", "letter.eml"], "is no server to send by"),
        (&["send", "--server", "smtps://h", "--sent", "nowhere", "letter.eml"], "--sent"),
        (&["send", "--server", "smtps://h", "--to", "a@b\r\nDATA", "letter.eml"], "character"),
        (&["send", "--from", "bob@example.net", "--server", "smtps://h", "letter.eml"], "is From alice@example.org"),
    ] {
        let run = alice.run(arguments).expect(2);
        assert!(run.err.contains(text), "{arguments:?}: {}", run.err);
    }
    assert!(plans(&alice).is_empty());
    for none in ["letter.eml", "missing"] {
        let run = alice.run(&["send", "--resume", none]).expect(1);
        assert!(run.err.contains(&format!("{none} is no plan of a delivery")), "{}", run.err);
    }
}
