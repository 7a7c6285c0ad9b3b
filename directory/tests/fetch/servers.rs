//! Handing mail over to real servers: Postfix for submission, Dovecot for logins and mailboxes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use crypto::Secret;
use sealpost_directory::{
    Dsn, Envelope, Imap, Login, Mechanism, Outgoing, Reach, Server, Submission, SubmitError, submit,
};
use trust::Address;
use wire::Time;

use crate::mailserver::real::{Dovecot, MAX_SIZE, Postfix, USERS};

const MAIL: &[u8] = b"From: alice@example.org\r\nSubject: ACME: abc\r\n\r\n.dot\r\n..\r\nend\r\n";

fn login(mechanism: Option<Mechanism>) -> Login {
    let (user, password) = USERS[0];
    Login { user: user.to_owned(), secret: Secret::new(password.as_bytes().to_vec()), mechanism }
}

fn reach(trust: Option<PathBuf>) -> Reach {
    Reach { trust, ..Reach::default().at_most(Duration::from_secs(20)) }
}

fn envelope(to: &[&str]) -> Envelope {
    let address = |text: &str| Address::parse_international(text).unwrap();
    Envelope { from: address("alice@example.org"), to: to.iter().map(|t| address(t)).collect(), dsn: Dsn::default() }
}

fn at(scheme: &str, host: &str, port: u16) -> Server {
    format!("{scheme}://{host}:{port}").parse().unwrap()
}

#[test]
fn postfix_takes_mail_by_tls_and_login() {
    let Some(dovecot) = Dovecot::start() else { return };
    let Some(postfix) = Postfix::start(&dovecot) else { return };
    let reach = reach(Some(dovecot.trust()));
    let mail = Outgoing::check(&MAIL).unwrap().unwrap();
    let ways = [("smtp", postfix.submission), ("smtps", postfix.submissions)];
    for (scheme, port) in ways {
        for (mechanism, host) in [(None, "127.0.0.1"), (Some(Mechanism::Login), "localhost")] {
            let server = at(scheme, host, port);
            let done =
                submit(&server, Some(&login(mechanism)), &reach, &envelope(&["bob@example.net"]), &mail).unwrap();
            assert!(done[0].is_accepted(), "{done:?}");
        }
        // Who does not log in, or with another's password, hands nothing over.
        let server = at(scheme, "127.0.0.1", port);
        let done = submit(&server, None, &reach, &envelope(&["bob@example.net"]), &mail).unwrap();
        assert!(!done[0].is_accepted(), "{done:?}");
        let wrong = Login { secret: Secret::new(b"wrong".to_vec()), ..login(None) };
        let refused = submit(&server, Some(&wrong), &reach, &envelope(&["bob@example.net"]), &mail).unwrap_err();
        assert!(
            matches!(&refused, SubmitError::LoginRefused { text, .. } if text.starts_with("535 5.7.8")),
            "{refused}"
        );
        // A mechanism that it does not have, and an authority that nobody here believes.
        let token = submit(&server, Some(&login(Some(Mechanism::XOauth2))), &reach, &envelope(&["b@x.y"]), &mail);
        let told = token.unwrap_err().to_string();
        assert!(told.ends_with("takes no XOAUTH2; it offers PLAIN, LOGIN"), "{told}");
        let stranger = submit(&server, Some(&login(None)), &self::reach(None), &envelope(&["b@x.y"]), &mail);
        assert!(matches!(stranger, Err(SubmitError::Tls { .. })), "{stranger:?}");
    }
    let mails = dovecot.mails("bob@example.net", "", 4);
    for (path, mail) in &mails {
        let text = String::from_utf8(mail.clone()).unwrap();
        // Postfix writes lines as files have them. The protocol of a login over TLS is ESMTPSA (RFC 3848).
        assert!(text.contains("with ESMTPSA id"), "{path:?}: {text}");
        assert!(text.ends_with("\n\n.dot\n..\nend\n"), "{path:?}: {text}");
    }
    assert_eq!(mails.len(), 4);
    assert_eq!(postfix.log().matches("sasl_method=LOGIN, sasl_username=alice@example.org").count(), 2);
}

#[test]
fn postfix_refuses_what_it_does_not_take_and_reports_as_asked() {
    let Some(dovecot) = Dovecot::start() else { return };
    let Some(postfix) = Postfix::start(&dovecot) else { return };
    let reach = reach(Some(dovecot.trust()));
    let server = at("smtp", "localhost", postfix.submission);
    let mail = Outgoing::check(&MAIL).unwrap().unwrap();
    let mut open = Submission::open(&server, Some(&login(None)), &reach).unwrap();
    let offers = open.extensions();
    assert!(offers.pipelining && offers.dsn && offers.utf8 && offers.eight_bit && offers.size == Some(MAX_SIZE));
    // Nobody of them, and then somebody, over one connection.
    let nobody = open.send(&envelope(&["x@example.net", "y@elsewhere.example"]), &mail, &mut |_| Ok(())).unwrap();
    assert_eq!(nobody.iter().map(|d| d.reply.code).collect::<Vec<_>>(), [550, 550]);
    let mut many: Vec<String> = (0..60).map(|n| format!("x{n}@example.net")).collect();
    many.insert(31, "bob@example.net".to_owned());
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let done = open.send(&envelope(&many), &mail, &mut |_| Ok(())).unwrap();
    let taken: Vec<usize> = (0..done.len()).filter(|n| done[*n].is_accepted()).collect();
    assert_eq!(taken, [31], "each reply is that of its recipient");
    // SIZE is said before anything is sent; a size that is not said is seen at the end.
    let large = [MAIL, &b"0123456789\r\n".repeat(20_000)].concat();
    let large = Outgoing::check(&large).unwrap().unwrap();
    let refused = open.send(&envelope(&["bob@example.net"]), &large, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(refused, SubmitError::TooLarge { limit: MAX_SIZE, .. }), "{refused}");
    // SMTPUTF8, for the recipient's name and for the header; 8BITMIME for the body.
    let utf8 = "From: alice@example.org\r\nSubject: größer\r\n\r\nGrüße\r\n".as_bytes();
    let utf8 = Outgoing::check(&utf8).unwrap().unwrap();
    let mut wanted = envelope(&["jürgen@example.net"]);
    wanted.dsn = Dsn { notify: "success".parse().ok(), ret: "hdrs".parse().ok(), envid: "e+1=x".parse().ok() };
    assert!(open.send(&wanted, &utf8, &mut |_| Ok(())).unwrap()[0].is_accepted());
    open.quit();
    let arrived = dovecot.mails("jürgen@example.net", "", 1);
    let text = String::from_utf8(arrived[0].1.clone()).unwrap();
    for told in ["with UTF8SMTPSA id", "\nSubject: größer\n", "\n\nGrüße\n"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let report = dovecot.mails("alice@example.org", "", 1);
    let report = String::from_utf8(report[0].1.clone()).unwrap();
    for told in
        ["Original-Envelope-Id: e+1=x\n", "Original-Recipient: utf-8;jürgen@example.net\n", "Action: delivered\n"]
    {
        assert!(report.contains(told), "{told}: {report}");
    }
    assert_eq!(dovecot.mails("bob@example.net", "", 1).len(), 1);
}

#[test]
fn dovecot_files_mail_as_it_is_and_finds_it_again() {
    let Some(dovecot) = Dovecot::start() else { return };
    let reach = reach(Some(dovecot.trust()));
    let mail = Outgoing::check(&MAIL).unwrap().unwrap();
    let large = [b"Subject: large\r\n\r\n".to_vec(), b"0123456789012345678901234567890\r\n".repeat(100_000)].concat();
    let when = Time::parse_rfc3339("2025-02-03T04:05:06Z").unwrap();
    for (scheme, port, mechanism, host) in
        [("imap", dovecot.imap, None, "127.0.0.1"), ("imaps", dovecot.imaps, Some(Mechanism::Login), "localhost")]
    {
        let server = at(scheme, host, port);
        let mut open = Imap::open(&server, &login(mechanism), &reach).unwrap();
        open.append("Gesendete Größen & mehr", &mail, Some(when)).unwrap();
        open.append("Sent", &Outgoing::check(&large).unwrap().unwrap(), None).unwrap();
        assert_eq!(open.find("Sent", "Subject", "LARGE", 10 << 20).unwrap().last(), Some(&large));
        assert!(open.find("Sent", "Subject", "large", 1 << 20).unwrap().is_empty(), "longer than was wanted");
        assert!(open.find("Sent", "Subject", "\"no\\such", 1 << 20).unwrap().is_empty());
        let found = open.find("Gesendete Größen & mehr", "subject", "acme:", 1000).unwrap();
        assert_eq!(found.first().map(Vec::as_slice), Some(MAIL));
        let missing = open.find("No such mailbox", "Subject", "x", 1000).unwrap_err();
        assert!(matches!(missing, SubmitError::Refused { command: "EXAMINE", .. }), "{missing}");
        // A refusal leaves the conversation where it was.
        let nowhere = open.append("a/../b", &mail, None).unwrap_err();
        assert!(matches!(nowhere, SubmitError::Refused { .. }), "{nowhere}");
        assert!(open.find("INBOX", "Subject", "x", 1000).unwrap().is_empty());
        open.quit();
        let wrong = Login { secret: Secret::new(b"wrong".to_vec()), ..login(mechanism) };
        let refused = Imap::open(&server, &wrong, &reach).err().unwrap();
        assert!(matches!(&refused, SubmitError::LoginRefused { .. }), "{refused}");
        assert!(refused.to_string().contains("alice@example.org"), "{refused}");
        let token = Imap::open(&server, &login(Some(Mechanism::XOauth2)), &reach).err().unwrap();
        assert!(matches!(token, SubmitError::NoMechanism { .. }), "{token}");
        let stranger = Imap::open(&server, &login(None), &self::reach(None)).err().unwrap();
        assert!(matches!(stranger, SubmitError::Tls { .. }), "{stranger}");
    }
    let folder = ".Gesendete Gr&APYA3w-en &- mehr";
    let filed = dovecot.mails(USERS[0].0, folder, 2);
    assert_eq!(filed.len(), 2);
    for (path, octets) in &filed {
        assert!(path.to_str().unwrap().ends_with(":2,S"), "it was seen: {path:?}");
        assert_eq!(fs::metadata(path).unwrap().mtime(), when.0, "{path:?}");
        assert_eq!(octets, &String::from_utf8(MAIL.to_vec()).unwrap().replace("\r\n", "\n").into_bytes());
    }
    let subscribed = fs::read_to_string(dovecot.maildir(USERS[0].0).join("subscriptions")).unwrap();
    assert!(subscribed.lines().any(|l| l == "Sent"), "{subscribed}");
    assert!(!dovecot.log().contains("planted-secret"));
}
