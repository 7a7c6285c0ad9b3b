//! `sealpost send`, against a server that does what it is told.

#[path = "../../directory/tests/mailserver/mod.rs"]
pub mod mailserver;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mailserver::{MailServer, Say, line, smtp};

use crate::mail::{bob_of, letter};
use crate::support::{Run, Sandbox, has, snapshot};

const OFFERS: &[&str] = &["SIZE 100000000", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "AUTH PLAIN LOGIN XOAUTH2"];

fn url(server: &MailServer) -> String {
    format!("smtp+plain://127.0.0.1:{}", server.port)
}

/// Alice's store, which has Bob, Carol and Dave, and a letter to Bob and Carol.
pub fn world() -> Sandbox {
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

pub fn field(mail: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(mail).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap().to_owned();
    head.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

pub fn plans(alice: &Sandbox) -> Vec<String> {
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
    send(&alice, &server, &["--sent", "maildir:Sent", "bcc.eml"]).expect(0);
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
    // Inside it tells the sender whom the others do not see; outside it tells nobody.
    let opened = alice.ok(&["open", filed[0].to_str().unwrap()]);
    assert!(
        opened.contains("Forty-two") && opened.contains("Bcc: dave@example.com, carol@example.net\r\n"),
        "{opened}"
    );
    assert!(!String::from_utf8_lossy(&copy).contains("Bcc:"));
    let date = mime::parse_date(&field(&copy, "Date").unwrap()).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mtime(&std::fs::metadata(&filed[0]).unwrap()), date);
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

#[test]
fn what_keeps_one_copy_from_going_keeps_no_other() {
    let alice = world();
    let clear = ["--bcc", "jürgen@example.net", "--allow-clear", "jürgen@example.net", "--bcc", "dave@example.com"];
    let server = MailServer::start(None, false, smtp(&["PIPELINING"], |_| None));
    let run = send(&alice, &server, &[&clear[..], &["letter.eml"]].concat()).expect(1);
    assert!(run.err.contains("Sent to bob@example.net, carol@example.net, dave@example.com.\n"), "{}", run.err);
    assert!(
        run.err.contains("does not offer SMTPUTF8, which this mail needs\njürgen@example.net has not got it"),
        "{}",
        run.err
    );
    std::fs::remove_dir_all(&plans(&alice)[0]).unwrap();
    // The sender is refused for one mail of three, and then for all of them with the server's leave.
    let count = Arc::new(AtomicU32::new(0));
    let begun = move |command: &str| {
        let nth = if command.starts_with("MAIL") { count.fetch_add(1, Ordering::Relaxed) } else { 9 };
        (nth == 1).then(|| line("451 4.3.0 not this one"))
    };
    let server = MailServer::start(None, false, smtp(OFFERS, begun));
    let run = send(&alice, &server, &[&clear[..], &["letter.eml"]].concat()).expect(1);
    assert!(run.err.contains("refused the sender: 451 4.3.0 not this one\njürgen@example.net has not"), "{}", run.err);
    assert_eq!((server.mails().len(), plans(&alice).len()), (2, 1));
    alice.run(&["send", "--resume", &plans(&alice)[0]]).expect(0);
    assert_eq!(server.mails().len(), 3);
}

/// RFC 6531, RFC 6532: addresses beyond ASCII on both sides, in the fields of the mail.
#[test]
fn a_mail_from_and_to_addresses_beyond_ascii_goes_where_they_are_taken() {
    let alice = world();
    for address in ["jürgen@example.org", "用户@example.net"] {
        alice.ok(&["id", "new", address, "--issuer", "Example CA", "--no-passphrase"]);
    }
    let text = letter().replace("Alice <alice@example.org>", "Jürgen Groß <jürgen@example.org>");
    let text = text.replace("Bob <bob@example.net>", "用户@example.net, bob@example.net");
    assert!(text.contains("From: Jürgen Groß <jürgen@") && text.contains("To: 用户@"), "{text}");
    alice.write("letter.eml", &text);
    let place = format!("maildir:{}", alice.path("Sent").display());
    for (number, how) in [&[][..], &["--sign-only"], &["--encrypt-only"]].into_iter().enumerate() {
        let server = MailServer::start(None, false, smtp(OFFERS, |_| None));
        let run = send(&alice, &server, &[how, &["--sent", &place, "letter.eml"]].concat()).expect(0);
        assert!(run.err.contains("note: an address in its header is not in ASCII"), "{}", run.err);
        assert!(run.err.contains("Sent to 用户@example.net, bob@example.net.\n"), "{}", run.err);
        let begin = server.lines().into_iter().find(|l| l.starts_with("MAIL")).unwrap();
        assert!(begin.starts_with("MAIL FROM:<jürgen@example.org> SIZE="), "{begin}");
        assert!(begin.ends_with(" BODY=8BITMIME SMTPUTF8"), "{begin}");
        let mail = server.mails().remove(0);
        let from = field(&mail, "From").unwrap();
        assert!(from.starts_with("=?utf-8?") && from.ends_with("?= <jürgen@example.org>"), "{from}");
        assert_eq!(field(&mail, "To").unwrap(), "用户@example.net, bob@example.net");
        alice.write("in.eml", &mail);
        if number < 2 {
            let json = alice.json(&["open", "in.eml"]);
            assert_eq!((&json["verdict"], &json["signers"][0]["matches_from"]), (&"verified".into(), &true.into()));
            assert_eq!(json["headers"]["from"], "Jürgen Groß <jürgen@example.org>");
        }
        assert!(alice.ok(&["open", "in.eml"]).contains("Forty-two"));
    }
    // OpenSSL sees the signature over the octets as they are, and the label says that they are not all 7-bit.
    if has("openssl") {
        let signed = alice.ok(&["seal", "--sign-only", "letter.eml"]);
        assert_eq!(field(signed.as_bytes(), "Content-Transfer-Encoding").as_deref(), Some("8bit"));
        alice.write("signed.eml", &signed);
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(["cms", "-verify", "-noverify", "-in", "signed.eml"]).current_dir(alice.path(""));
        let out = openssl.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(String::from_utf8_lossy(&out.stdout).contains("<jürgen@example.org>"));
    }
    // A server that does not take them is told apart before anything is sent.
    let server = MailServer::start(None, false, smtp(&["8BITMIME"], |_| None));
    let run = send(&alice, &server, &["letter.eml"]).expect(1);
    assert!(run.err.contains("does not offer SMTPUTF8, which this mail needs"), "{}", run.err);
    assert!(server.mails().is_empty());
}

/// RFC 5321 section 4.5.3.1.10.
#[test]
fn a_server_that_takes_few_recipients_at_once_gets_the_rest_in_further_turns() {
    let alice = world();
    let count = Arc::new(AtomicU32::new(0));
    let two = move |command: &str| match command.split(' ').next() {
        Some("MAIL") => {
            count.store(0, Ordering::Relaxed);
            None
        }
        Some("RCPT") if command.contains("<eve@") => Some(line("550 5.1.1 nobody")),
        Some("RCPT") => {
            let full = count.fetch_add(1, Ordering::Relaxed) >= 2;
            full.then(|| line("452 4.5.3 Error: too many recipients"))
        }
        _ => None,
    };
    let server = MailServer::start(None, false, smtp(OFFERS, two));
    let to: Vec<String> = ["eve@example.com", "d1@x.y", "d2@x.y", "d3@x.y"].map(str::to_owned).to_vec();
    let more: Vec<&str> = to.iter().flat_map(|to| ["--to", to.as_str()]).collect();
    let run = send(&alice, &server, &[&["--sign-only"], &more[..], &["letter.eml"]].concat()).expect(1);
    assert!(run.err.contains("Sent to bob@example.net, carol@example.net, d1@x.y, d2@x.y, d3@x.y.\n"), "{}", run.err);
    assert!(run.err.contains("error: eve@example.com was refused: 550 5.1.1 nobody\nhint"), "{}", run.err);
    assert_eq!(server.mails().len(), 3);
    // What it takes at once is known after the first turn.
    let rcpts = server.lines().iter().filter(|l| l.starts_with("RCPT")).count();
    assert_eq!(rcpts, 6 + 2 + 1);
    // What is left over says the same: nobody may have got it before.
    let again = alice.run(&["send", "--resume", &plans(&alice)[0]]).expect(1);
    assert!(!again.err.contains("may have got it before"), "{}", again.err);
    // One who takes nobody at all is not asked without end.
    let server = MailServer::start(None, false, smtp(OFFERS, |c| c.starts_with("RCPT").then(|| line("452 4.5.3 no"))));
    send(&alice, &server, &["letter.eml"]).expect(1);
    assert_eq!(server.lines().iter().filter(|l| l.starts_with("MAIL")).count(), 1);
}

/// Servers leave after so many refusals (RFC 5321 section 3.8), at the same recipient each time.
#[test]
fn a_server_that_leaves_after_some_refusals_keeps_nobody_from_it() {
    let alice = world();
    let count = Arc::new(AtomicU32::new(0));
    let twist = move |command: &str| {
        if command.starts_with("EHLO") {
            count.store(0, Ordering::Relaxed);
        }
        let bad = command.contains("<bad") && count.fetch_add(1, Ordering::Relaxed) < 2;
        match (command.contains("<bad"), bad) {
            (true, true) => Some(line("550 5.1.1 nobody")),
            (true, false) => Some(Say::Goodbye("421 4.7.0 too many errors")),
            _ => None,
        }
    };
    let bad: Vec<String> = (1..=5).map(|n| format!("bad{n}@x.y")).collect();
    let more: Vec<&str> = bad.iter().map(String::as_str).chain(["zoe@x.y"]).flat_map(|to| ["--to", to]).collect();
    for offers in [OFFERS, &["SIZE"]] {
        let server = MailServer::start(None, false, smtp(offers, twist.clone()));
        let run = send(&alice, &server, &[&["--sign-only"], &more[..], &["letter.eml"]].concat()).expect(1);
        assert!(run.err.contains("Sent to bob@example.net, carol@example.net, zoe@x.y.\n"), "{}", run.err);
        for bad in &bad {
            assert!(run.err.contains(&format!("{bad} was refused: 550 5.1.1 nobody\n")), "{}", run.err);
        }
        assert_eq!(server.mails().len(), 1);
        std::fs::remove_dir_all(&plans(&alice)[0]).unwrap();
    }
    // The same of those who are too many for it: they are no refusals that stay.
    let count = Arc::new(AtomicU32::new(0));
    let twist = move |command: &str| match command.split(' ').next() {
        Some("MAIL") => {
            count.store(0, Ordering::Relaxed);
            None
        }
        Some("RCPT") => match count.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => None,
            2 => Some(line("452 4.5.3 too many recipients")),
            _ => Some(Say::Goodbye("421 4.7.0 too many errors")),
        },
        _ => None,
    };
    let server = MailServer::start(None, false, smtp(&["SIZE"], twist));
    let to = ["--to", "d1@x.y", "--to", "d2@x.y", "--to", "d3@x.y"];
    send(&alice, &server, &[&["--sign-only"], &to[..], &["letter.eml"]].concat()).expect(0);
    assert_eq!(server.mails().len(), 3);
    // One that leaves without a word on anybody is not asked again.
    let server = MailServer::start(
        None,
        false,
        smtp(OFFERS, |c| c.starts_with("RCPT").then_some(Say::Goodbye("421 4.3.2 going down"))),
    );
    let run = send(&alice, &server, &["letter.eml"]).expect(1);
    assert!(run.err.contains("refused RCPT: 421 4.3.2 going down\nbob@example.net has not got it"), "{}", run.err);
    assert_eq!(server.lines().iter().filter(|l| l.starts_with("EHLO")).count(), 1);
}

/// The connection ends after the mail and before the answer: whoever was accepted may have it, and is told so at once.
#[test]
fn who_may_have_got_it_is_told_apart_from_who_was_refused() {
    let alice = world();
    let ends = Arc::new(AtomicBool::new(true));
    let shared = Arc::clone(&ends);
    let twist = move |command: &str| match command {
        "." => shared.load(Ordering::Relaxed).then_some(Say::Close),
        _ => command.contains("<carol@").then(|| line("550 5.1.1 nobody")),
    };
    let server = MailServer::start(None, false, smtp(OFFERS, twist));
    let run = send(&alice, &server, &["--json", "letter.eml"]).expect(1);
    let expected = "ended after the mail was sent\nbob@example.net: nobody knows whether it arrived\n\
                    carol@example.net was refused: 550 5.1.1 nobody\n";
    assert!(run.err.contains(expected), "{}", run.err);
    let json: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    let outcomes = [&json["recipients"][0]["outcome"], &json["recipients"][1]["outcome"]];
    assert_eq!(outcomes, ["uncertain", "refused"]);
    ends.store(false, Ordering::Relaxed);
    let run = alice.run(&["send", "--resume", &plans(&alice)[0]]).expect(1);
    let again = "note: bob@example.net may have got it before, and gets it again\nSent to bob@example.net.\n";
    assert!(run.err.starts_with(again) && run.err.contains("carol@example.net was refused"), "{}", run.err);
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
        // Nobody was told of the folder: the next one is.
        let next = alice.run(&["send", "--dry-run", "letter.eml"]).expect(0).err;
        let told = format!(
            "bob@example.net and 1 more: go on with `sealpost send --resume {}`, or remove that folder",
            left[0]
        );
        assert!(next.contains(&format!("note: an earlier mail has not reached {told}")), "{next}");
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

/// The peak of what a process has in memory, in KiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_large_mail_takes_no_more_memory_than_a_small_one() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let alice = world();
    let place = format!("maildir:{}", alice.path("Sent").display());
    let peak_with = |mebibytes: usize| {
        let line = "0123456789012345678901234567890123456789012345678901234567890\r\n";
        alice.write("large.eml", letter() + &line.repeat((mebibytes << 20) / line.len()));
        let (pid, seen) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU64::new(0)));
        let (whose, found) = (Arc::clone(&pid), Arc::clone(&seen));
        // It has sent all of the mail, and waits for the last word.
        let twist = move |command: &str| {
            if command == "." {
                found.fetch_max(peak(whose.load(Ordering::Relaxed)), Ordering::Relaxed);
            }
            None
        };
        let server = MailServer::start(None, false, smtp(OFFERS, twist));
        let mut command = alice.command(&["send", "--server", &url(&server), "--sent", &place, "large.eml"]);
        let mut child = command.spawn().unwrap();
        pid.store(child.id(), Ordering::Relaxed);
        assert!(child.wait().unwrap().success());
        assert!(server.mails()[0].len() > mebibytes << 20);
        seen.load(Ordering::Relaxed)
    };
    let (small, large) = (peak_with(1), peak_with(LARGE));
    println!("peak memory of send: {small} KiB with 1 MiB, {large} KiB with {LARGE} MiB");
    assert!(large < 32 << 10 && large < small + (4 << 10), "{small} KiB and {large} KiB");
}

const LARGE: usize = 64;

/// More than the buffers of a connection hold goes to a server that is in no hurry.
#[test]
fn who_waits_at_a_terminal_sees_how_far_it_is() {
    if !cfg!(target_os = "linux") || !has("script") {
        return;
    }
    let alice = world();
    alice.write("large.eml", letter() + &"0123456789012345678901234567890\r\n".repeat(500_000));
    let later = |command: &str| (command == "DATA").then_some(Say::DataLater(Duration::from_millis(1500)));
    let server = MailServer::start(None, false, smtp(OFFERS, later));
    let seen = crate::terminal::on_a_terminal(&alice, &format!("send --server {} large.eml", url(&server))).expect(0);
    let seen = String::from_utf8(seen.out).unwrap();
    let told = seen.split('\r').find(|piece| piece.ends_with("MiB sent ")).unwrap_or_else(|| panic!("{seen:?}"));
    let numbers: Vec<u64> = told.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(numbers.len() == 2 && numbers[0] <= numbers[1] && numbers[1] >= 20, "{told:?}");
    assert!(seen.contains("\r\u{1b}[K"), "it is wiped: {seen:?}");
    assert!(seen.ends_with("Sent to bob@example.net.\r\n"), "{seen:?}");
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
    // A program that says nothing is not waited for without end.
    let text = format!("[[identity]]\nserver = \"{place}\"\npassword-command = [\"sleep\", \"100\"]\n");
    alice.write("store/send.toml", &text);
    let begun = Instant::now();
    let late = alice.run(&["send", "--timeout", "1", "letter.eml"]).expect(61);
    assert!(late.err.contains("sleep: it gave no password within 1 s"), "{}", late.err);
    assert!(begun.elapsed() < Duration::from_secs(50), "{:?}", begun.elapsed());
    runs.push(late);
    // The store forgets its own when it is told so.
    alice.write("store/send.toml", "");
    let forget = ["send", "--forget-password", "--server", &place];
    assert_eq!(alice.run(&forget).expect(0).err, format!("The password for {place} is forgotten.\n"));
    assert!(alice.run(&forget).expect(1).err.contains("keeps no password for"));
    runs.push(alice.run(&["send", "--server", &place, "letter.eml"]).expect(67));
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

/// The line that `--help` shows, with a keyring of a session of its own.
#[test]
fn a_password_comes_from_the_keyring_of_the_desktop() {
    let programs = ["dbus-run-session", "gnome-keyring-daemon", "secret-tool"];
    if !cfg!(target_os = "linux") || !programs.iter().all(|program| has(program)) {
        return;
    }
    let alice = world();
    let server = MailServer::start(None, false, smtp(OFFERS, |_| None));
    let asks = r#"password-command = ["secret-tool", "lookup", "service", "smtp", "user", "alice"]"#;
    assert!(alice.ok(&["send", "--help"]).contains(asks));
    let text = format!("[[identity]]\nserver = \"smtp+plain://alice@127.0.0.1:{}\"\n{asks}\n", server.port);
    alice.write("store/send.toml", text);
    std::fs::create_dir(alice.path("run")).unwrap();
    let script = r#"printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
        printf planted-secret | secret-tool store --label=mail service smtp user alice && exec "$@""#;
    let mut command = std::process::Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_sealpost"), "send", "letter.eml"]);
    command.current_dir(alice.path("")).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", alice.path("")).env("XDG_RUNTIME_DIR", alice.path("run"));
    command.env("SEALPOST_STORE", alice.path("store"));
    let run = crate::support::run(command, b"").expect(0);
    assert!(run.err.contains("Sent to bob@example.net, carol@example.net."), "{}", run.err);
    assert!(server.lines().iter().any(|l| l == "AUTH PLAIN AGFsaWNlAHBsYW50ZWQtc2VjcmV0"), "{:?}", server.lines());
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sealed() {
    let alice = world();
    for (arguments, text) in [
        (&["send", "letter.eml"][..], "nothing says which server"),
        (&["send", "--server", "smtps://alice:planted@h", "letter.eml"], "does not belong into the URL"),
        (&["send", "--server", "smtps://h", "--sent", "imaps://a:planted@h/S", "letter.eml"], "does not belong into"),
        (&["send", "--server", "imaps://alice@h", "letter.eml"], "is no server to send by"),
        (
            &["send", "--server", "smtps://h", "--password-file", "pw", "letter.eml"],
            "whose password that is for smtps://h",
        ),
        (&["send", "--server", "smtps://h", "--sent", "nowhere", "letter.eml"], "--sent"),
        (&["send", "--server", "smtps://h", "--to", "a@b\r\nDATA", "letter.eml"], "character"),
        (&["send", "--from", "bob@example.net", "--server", "smtps://h", "letter.eml"], "is From alice@example.org"),
    ] {
        let run = alice.run(arguments).expect(2);
        assert!(run.err.contains(text) && !run.err.contains("planted"), "{arguments:?}: {}", run.err);
    }
    assert!(plans(&alice).is_empty());
    for none in ["letter.eml", "missing"] {
        let run = alice.run(&["send", "--resume", none]).expect(1);
        assert!(run.err.contains(&format!("{none} is no plan of a delivery")), "{}", run.err);
    }
}
