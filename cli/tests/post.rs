//! `sealpost send` to real servers: Postfix with the logins of Dovecot, and mailboxes of Dovecot.

use std::os::unix::fs::MetadataExt;

use crate::mail::{bob_of, letter};
use crate::send::mailserver::real::{Dovecot, IMPATIENT, MAX_SIZE, Postfix, USERS};
use crate::send::{field, plans, world};
use crate::support::Sandbox;

/// Alice's store, with everything about her servers in send.toml.
fn settled(dovecot: &Dovecot, server: &str, mailbox: &str) -> Sandbox {
    let alice = world();
    alice.write("pw", format!("{}\n", USERS[0].1));
    let (password, trust) = (alice.path("pw"), dovecot.trust());
    let lines = [
        "[[identity]]".to_owned(),
        "from = \"alice@example.org\"".to_owned(),
        format!("server = \"{server}\""),
        format!("sent = \"{mailbox}/Sent\""),
        format!("password = \"{}\"", password.display()),
        format!("tls-trust = \"{}\"", trust.display()),
        "timeout = 20".to_owned(),
    ];
    alice.write("store/send.toml", lines.join("\n"));
    alice.write("letter.eml", letter());
    alice
}

fn ways(dovecot: &Dovecot, postfix: &Postfix) -> [(String, String); 2] {
    let url = |scheme: &str, port: u16| format!("{scheme}://alice%40example.org@127.0.0.1:{port}");
    [
        (url("smtp", postfix.submission), url("imap", dovecot.imap)),
        (url("smtps", postfix.submissions), url("imaps", dovecot.imaps)),
    ]
}

#[test]
fn a_mail_goes_by_postfix_and_the_senders_copy_to_dovecot() {
    let Some(dovecot) = Dovecot::start() else { return };
    let Some(postfix) = Postfix::start(&dovecot) else { return };
    for (server, mailbox) in ways(&dovecot, &postfix) {
        let store = settled(&dovecot, &server, &mailbox);
        let arguments =
            ["send", "--notify", "success", "--envid", "word-1", "--bcc", "alice@example.org", "letter.eml"];
        let run = store.run(&arguments).expect(0);
        assert_eq!(run.err, "Sent to bob@example.net, alice@example.org.\n");
        assert!(plans(&store).is_empty());
        let bob = bob_of(&store);
        // What Bob has can be read by Bob, and is believed.
        let arrived = dovecot.mails("bob@example.net", "", 1);
        bob.write("in.eml", &arrived.last().unwrap().1);
        let verdict = bob.json(&["open", "--require", "signed", "--require", "encrypted", "in.eml", "-o", "out.eml"]);
        assert_eq!(verdict["verdict"], "verified", "{verdict}");
        assert!(String::from_utf8(bob.read("out.eml")).unwrap().contains("Forty-two"));
        // The copy is Alice's alone, was seen, is as old as the letter, and tells whom nobody else sees.
        let filed = dovecot.mails("alice@example.org", ".Sent", 1);
        let (path, copy) = filed.last().unwrap();
        assert!(path.to_str().unwrap().ends_with(":2,S"), "{path:?}");
        let date = field(&store.read("letter.eml"), "Date").unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().mtime(), mime::parse_date(&date).unwrap());
        bob.write("in.eml", copy);
        bob.run(&["open", "in.eml"]).expect(29);
        store.write("in.eml", copy);
        let opened = store.ok(&["open", "in.eml"]);
        assert!(opened.lines().any(|line| line == "Bcc: alice@example.org"), "{opened}");
        // Each way has a store of its own, whose keys the other's mail is not for.
        for (path, _) in arrived.iter().chain(&filed) {
            std::fs::remove_file(path).unwrap();
        }
    }
    // Two reports for each way, beside the copy of Bcc.
    let inbox = dovecot.mails("alice@example.org", "", 6);
    let reports =
        inbox.iter().filter(|(_, mail)| String::from_utf8_lossy(mail).contains("Original-Envelope-Id: word-1"));
    assert_eq!((reports.count(), inbox.len()), (4, 6));
}

#[test]
fn what_real_servers_refuse_is_told_in_their_words_and_goes_on() {
    let Some(dovecot) = Dovecot::start() else { return };
    let Some(postfix) = Postfix::start(&dovecot) else { return };
    let [(server, mailbox), _] = ways(&dovecot, &postfix);
    let alice = settled(&dovecot, &server, &mailbox);
    alice.write("wrong", "wrong");
    alice.write("large.eml", letter() + &"0123456789\r\n".repeat(20_000));
    let trust = alice.path("wrong.pem");
    let root = alice.ok(&["cert", "list", "--trusted", "--json"]);
    let root: serde_json::Value = serde_json::from_str(&root).unwrap();
    let root = root["certificates"][0]["fingerprint"].as_str().unwrap();
    alice.write("wrong.pem", alice.ok(&["cert", "show", root, "--pem"]));
    let no_tls = server.replace("smtp://", "smtps://");
    let limit = format!("takes {MAX_SIZE}\nbob@example.net has not got it");
    for (more, text, hint) in [
        (
            &["--password-file", "wrong"][..],
            "does not let alice@example.org in: 535 5.7.8 ",
            "where the password comes from",
        ),
        (&["--tls-trust", trust.to_str().unwrap()], "no TLS with 127.0.0.1:", "--tls-trust FILE"),
        (&["--auth", "xoauth2"], "takes no XOAUTH2; it offers PLAIN, LOGIN", "choose another with --auth"),
        (&["--server", &no_tls], "no TLS with 127.0.0.1:", ""),
        (&["large.eml"], &limit, "send a link"),
    ] {
        let mail = if more.contains(&"large.eml") { &[][..] } else { &["letter.eml"] };
        let run = alice.run(&[&["send"], more, mail].concat()).expect(1);
        assert!(run.err.contains(text) && run.err.contains(hint), "{more:?}: {}", run.err);
        assert!(run.err.contains("bob@example.net has not got it") && run.err.contains("--resume"), "{}", run.err);
        std::fs::remove_dir_all(&plans(&alice)[0]).unwrap();
    }
    // Carol has no mailbox. What is refused keeps Bob from nothing, and he gets it once.
    alice.write("letter.eml", letter().replace("To: Bob", "Cc: carol@example.net\r\nTo: Bob"));
    let run = alice.run(&["send", "letter.eml"]).expect(1);
    assert!(
        run.err.starts_with("Sent to bob@example.net.\nerror: carol@example.net was refused: 550 5.1.1 "),
        "{}",
        run.err
    );
    let left = plans(&alice);
    let again = alice.run(&["send", "--resume", &left[0]]).expect(1);
    assert!(again.err.contains("carol@example.net was refused: 550 5.1.1 "), "{}", again.err);
    std::fs::remove_dir_all(&left[0]).unwrap();
    // A mailbox that lets nobody in keeps no mail from going, and the copy is filed later.
    alice.write("letter.eml", letter());
    let run = alice.run(&["send", "--sent-password-file", "wrong", "letter.eml"]).expect(1);
    assert!(run.err.contains("warning: your own copy: 127.0.0.1:"), "{}", run.err);
    assert!(run.err.contains("error: your own copy is not in its place"), "{}", run.err);
    let left = plans(&alice);
    assert_eq!(alice.run(&["send", "--resume", &left[0]]).expect(0).err, "Sent to bob@example.net.\n");
    assert!(plans(&alice).is_empty());
    assert_eq!(dovecot.mails("bob@example.net", "", 2).len(), 2);
    assert_eq!(dovecot.mails("alice@example.org", ".Sent", 2).len(), 2);
    // A name beyond ASCII.
    let to = ["--to", "jürgen@example.net", "--allow-clear", "jürgen@example.net"];
    let run = alice.run(&[&["send"], &to[..], &["letter.eml"]].concat()).expect(0);
    assert!(run.err.contains("note: jürgen@example.net gets it in clear"), "{}", run.err);
    let arrived = dovecot.mails("jürgen@example.net", "", 1);
    assert!(String::from_utf8_lossy(&arrived[0].1).contains("with UTF8SMTPSA id"), "{:?}", arrived[0].1);
    // It leaves after some refusals, on each connection; whoever stands behind those who are refused gets the mail.
    let [_, (impatient, _)] = ways(&dovecot, &postfix);
    let nobody: Vec<String> = (0..2 * IMPATIENT + 1).map(|n| format!("x{n}@example.net")).collect();
    let to: Vec<&str> =
        nobody.iter().map(String::as_str).chain(["alice@example.org"]).flat_map(|to| ["--to", to]).collect();
    let run = alice
        .run(&[&["send", "--sign-only", "--sent", "none", "--server", &impatient], &to[..], &["letter.eml"]].concat())
        .expect(1);
    assert!(run.err.contains("Sent to bob@example.net, alice@example.org.\n"), "{}", run.err);
    for nobody in nobody {
        assert!(run.err.contains(&format!("{nobody} was refused: 550 5.1.1 ")), "{}", run.err);
    }
    assert!(postfix.log().contains("too many errors after RCPT"), "{}", postfix.log());
    for log in [postfix.log(), dovecot.log()] {
        assert!(!log.contains("planted-secret") && !log.contains("Forty-two"));
    }
}
