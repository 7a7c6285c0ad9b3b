//! Handing mail over, against servers that do their worst.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crypto::Secret;
use sealpost_directory::{
    Dsn, Envelope, Imap, Login, Mechanism, Outgoing, Reach, Server, Submission, SubmitError, submit,
};
use trust::Address;

use crate::mailserver::real::certificate;
use crate::mailserver::{MailServer, Say, Secure, line, smtp};

const MAIL: &[u8] = b"From: a@x.y\r\nSubject: s\r\n\r\n.dot\r\nend\r\n";
const OFFERS: &[&str] = &["SIZE 1000000", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "AUTH PLAIN LOGIN XOAUTH2"];

fn envelope(to: &[&str]) -> Envelope {
    let address = |text: &str| Address::parse_international(text).unwrap();
    Envelope { from: address("a@x.y"), to: to.iter().map(|t| address(t)).collect(), dsn: Dsn::default() }
}

fn login(mechanism: Option<Mechanism>) -> Login {
    Login { user: "alice".into(), secret: Secret::new(b"planted-secret".to_vec()), mechanism }
}

fn plain(server: &MailServer) -> Server {
    format!("smtp+plain://127.0.0.1:{}", server.port).parse().unwrap()
}

fn short() -> Reach {
    Reach::default().at_most(Duration::from_secs(1))
}

/// Sends the mail to b@x.y without a login.
fn send(server: &Server) -> Result<Vec<sealpost_directory::Delivery>, SubmitError> {
    let mail = Outgoing::check(&MAIL).unwrap().unwrap();
    submit(server, None, &short(), &envelope(&["b@x.y"]), &mail)
}

#[test]
fn a_mail_goes_out_as_it_is_with_all_that_it_needs() {
    let server = MailServer::start(None, false, smtp(OFFERS, |_| None));
    let mail = Outgoing::check(&MAIL).unwrap().unwrap();
    let mut envelope = envelope(&["b@x.y", "jürgen@x.y"]);
    envelope.dsn = Dsn { notify: "failure".parse().ok(), ret: "hdrs".parse().ok(), envid: "e+1".parse().ok() };
    let done = submit(&plain(&server), Some(&login(None)), &short(), &envelope, &mail).unwrap();
    assert!(done.len() == 2 && done.iter().all(|d| d.is_accepted()));
    assert_eq!(server.mails(), [b"From: a@x.y\r\nSubject: s\r\n\r\n..dot\r\nend\r\n"]);
    let lines = server.lines();
    assert_eq!(
        lines,
        [
            "EHLO [127.0.0.1]",
            "AUTH PLAIN AGFsaWNlAHBsYW50ZWQtc2VjcmV0",
            "MAIL FROM:<a@x.y> SIZE=38 SMTPUTF8 RET=HDRS ENVID=e+2B1",
            "RCPT TO:<b@x.y> NOTIFY=FAILURE ORCPT=rfc822;b@x.y",
            "RCPT TO:<jürgen@x.y> NOTIFY=FAILURE ORCPT=utf-8;j\\x{FC}rgen@x.y",
            "DATA",
            "QUIT"
        ]
    );
}

#[test]
fn login_and_xoauth2_are_spoken() {
    let two_turns = |command: &str| match command {
        "AUTH LOGIN" => Some(line("334 VXNlcm5hbWU6")),
        "YWxpY2U=" => Some(line("334 UGFzc3dvcmQ6")),
        "cGxhbnRlZC1zZWNyZXQ=" => Some(line("235 ok")),
        _ => None,
    };
    let server = MailServer::start(None, false, smtp(&["AUTH LOGIN"], two_turns));
    Submission::open(&plain(&server), Some(&login(None)), &short()).unwrap().quit();
    assert_eq!(server.lines()[1..4], ["AUTH LOGIN", "YWxpY2U=", "cGxhbnRlZC1zZWNyZXQ="]);

    let said = "AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBwbGFudGVkLXNlY3JldAEB";
    let server = MailServer::start(None, false, smtp(OFFERS, |_| None));
    Submission::open(&plain(&server), Some(&login(Some(Mechanism::XOauth2))), &short()).unwrap().quit();
    assert_eq!(server.lines()[1], said);
    // A token that is refused: the server explains in a question, and wants an empty answer (as Google and Microsoft say).
    let refuse = move |command: &str| match command {
        command if command == said => Some(line("334 eyJzdGF0dXMiOiI0MDEifQ==")),
        "\0" => Some(line("535 5.7.8 token expired")),
        _ => None,
    };
    let server = MailServer::start(None, false, smtp(OFFERS, refuse));
    let error = Submission::open(&plain(&server), Some(&login(Some(Mechanism::XOauth2))), &short()).err().unwrap();
    let text = error.to_string();
    assert!(matches!(error, SubmitError::LoginRefused { .. }) && text.contains("535 5.7.8 token expired"), "{text}");
    assert!(!text.contains("planted"));
    // One that asks without end is not answered without end.
    let forever = |command: &str| (command.starts_with("AUTH") || !command.contains(' ')).then(|| line("334 "));
    let server = MailServer::start(None, false, smtp(OFFERS, move |c| forever(c).filter(|_| !c.is_empty())));
    let error = Submission::open(&plain(&server), Some(&login(None)), &short()).err().unwrap();
    assert!(matches!(error, SubmitError::Protocol { .. }), "{error}");
}

#[test]
fn one_refused_recipient_does_not_keep_the_others_from_it() {
    let twist = |command: &str| command.contains("<c@").then(|| line("550 5.1.1 no such user"));
    for offers in [OFFERS, &["SIZE"]] {
        let server = MailServer::start(None, false, smtp(offers, twist));
        let mail = Outgoing::check(&MAIL).unwrap().unwrap();
        let to: Vec<String> = (0..100).map(|n| if n == 50 { "c@x.y".into() } else { format!("b{n}@x.y") }).collect();
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        let done = submit(&plain(&server), None, &short(), &envelope(&to), &mail).unwrap();
        let refused: Vec<_> = done.iter().filter(|d| !d.is_accepted()).collect();
        assert_eq!((done.len(), refused.len(), server.mails().len()), (100, 1, 1));
        assert_eq!((refused[0].to.to_string().as_str(), refused[0].reply.code), ("c@x.y", 550));
        // If it is the only one, no mail is sent.
        let done = submit(&plain(&server), None, &short(), &envelope(&["c@x.y"]), &mail).unwrap();
        assert!(!done[0].is_accepted() && server.mails().len() == 1);
        assert!(server.lines().contains(&"RSET".into()));
    }
}

#[test]
fn a_refusal_of_the_whole_is_everybodys() {
    let server = MailServer::start(None, false, smtp(OFFERS, |c| (c == ".").then(|| line("452 4.3.1 full"))));
    let done = send(&plain(&server)).unwrap();
    assert!(done[0].reply.is_transient() && !done[0].is_accepted());
    let server = MailServer::start(None, false, smtp(OFFERS, |c| (c == "DATA").then(|| line("554 no"))));
    assert_eq!(send(&plain(&server)).unwrap()[0].reply.code, 554);
    let server = MailServer::start(None, false, smtp(OFFERS, |c| c.starts_with("MAIL").then(|| line("550 who?"))));
    assert!(matches!(send(&plain(&server)), Err(SubmitError::Refused { command: "the sender", .. })));
    let server = MailServer::start(None, false, smtp(OFFERS, |c| c.is_empty().then(|| line("554 go away"))));
    assert!(matches!(send(&plain(&server)), Err(SubmitError::Refused { command: "the connection", .. })));
}

#[test]
fn what_the_server_lacks_is_told_before_anything_is_sent() {
    let none = MailServer::start(None, false, smtp(&["SIZE 20"], |_| None));
    assert!(matches!(send(&plain(&none)), Err(SubmitError::TooLarge { size: 38, limit: 20, .. })));
    let bare = MailServer::start(None, false, smtp(&[], |_| None));
    let utf8 = "Subject: ö\r\n\r\n".as_bytes();
    let eight = "Subject: o\r\n\r\nö\r\n".as_bytes();
    for (mail, to, dsn, missing) in [
        (MAIL, "ö@x.y", Dsn::default(), "SMTPUTF8"),
        (eight, "b@x.y", Dsn::default(), "8BITMIME"),
        (utf8, "b@x.y", Dsn::default(), "8BITMIME"),
        (MAIL, "b@x.y", Dsn { ret: "full".parse().ok(), ..Dsn::default() }, "DSN"),
    ] {
        let mail = Outgoing::check(&mail).unwrap().unwrap();
        let failed = submit(&plain(&bare), None, &short(), &Envelope { dsn, ..envelope(&[to]) }, &mail);
        assert!(matches!(failed, Err(SubmitError::NotOffered { extension, .. }) if extension == missing), "{missing}");
    }
    let failed = Submission::open(&plain(&bare), Some(&login(None)), &short()).err().unwrap();
    assert!(matches!(failed, SubmitError::NoMechanism { .. }), "{failed}");
    assert!(!bare.lines().iter().any(|l| l.starts_with("MAIL") || l.starts_with("AUTH")));
}

/// Nothing hangs longer than its limit, and nothing is read without end.
#[test]
fn servers_that_never_answer_or_never_end_are_left() {
    let case = |say: Say, at: &'static str| {
        let answer = say.clone();
        let twist = move |command: &str| {
            let verb = command.split(' ').next().unwrap_or_default();
            (verb == at).then(|| answer.clone())
        };
        let server = MailServer::start(None, false, smtp(OFFERS, twist));
        let begun = Instant::now();
        let error = send(&plain(&server)).unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(10), "{say:?} at {at:?} took {:?}", begun.elapsed());
        let fits = matches!(
            (&say, &error),
            (Say::Never | Say::Drip, SubmitError::Timeout { seconds: 1, .. })
                | (Say::LongLine, SubmitError::TooLong { .. })
                | (Say::Endless(_), SubmitError::Protocol { .. })
                | (Say::Close, SubmitError::Closed { .. })
        );
        assert!(fits, "{say:?} at {at:?}: {error}");
    };
    std::thread::scope(|scope| {
        for say in [Say::Never, Say::Drip, Say::Endless("250-"), Say::Endless("220-"), Say::LongLine, Say::Close] {
            for at in ["", "EHLO", "MAIL", "RCPT", "DATA", "."] {
                let say = say.clone();
                scope.spawn(move || case(say, at));
            }
        }
    });
}

/// An answer to what was not said yet would be taken for one to the next command, and all after it for each other's.
#[test]
fn answers_that_come_before_they_are_due_are_refused() {
    let early = |at: &'static str, bytes: &'static str| {
        let twist = move |command: &str| {
            let verb = command.split(' ').next().unwrap_or_default();
            (verb == at).then(|| Say::Bytes(bytes.as_bytes().to_vec()))
        };
        let server = MailServer::start(None, false, smtp(OFFERS, twist));
        (send(&plain(&server)), server.mails().len())
    };
    for (at, bytes) in [
        ("", "220 hello\r\n250 ok\r\n"),
        ("EHLO", "250-mail\r\n250 PIPELINING\r\n250 ok\r\n"),
        ("MAIL", "250 ok\r\n250 ok\r\n"),
        ("RCPT", "250 ok\r\n354 go\r\n250 ok\r\n"),
        ("DATA", "354 go\r\n250 taken\r\n"),
    ] {
        let (failed, mails) = early(at, bytes);
        let told =
            matches!(&failed, Err(SubmitError::Protocol { what, .. }) if what == "it answers before it is asked");
        assert!(told && mails == 0, "{at}: {failed:?}");
    }
    // A server that goes says so whenever it wants (RFC 5321 section 3.8).
    let (failed, _) = early("MAIL", "250 ok\r\n421 4.3.2 going down\r\n");
    assert!(matches!(failed, Err(SubmitError::Refused { command: "RCPT", .. })), "{failed:?}");
}

#[test]
fn death_amid_the_mail_is_told_apart_from_death_after_it() {
    let big = [b"Subject: s\r\n\r\n".to_vec(), b"0123456789\r\n".repeat(400_000)].concat();
    let mail = Outgoing::check(&big).unwrap().unwrap();
    let twist = |command: &str| (command == "DATA").then_some(Say::DataThenClose(100_000));
    let server = MailServer::start(None, false, smtp(&["PIPELINING"], twist));
    let mut open = Submission::open(&plain(&server), None, &short()).unwrap();
    let mut committed = false;
    let failed = open.send(&envelope(&["b@x.y"]), &mail, &mut |_| {
        committed = true;
        Ok(())
    });
    assert!(matches!(failed, Err(SubmitError::Closed { during: "while the mail was sent", .. })), "{failed:?}");
    assert!(!committed && server.mails().is_empty());

    let server = MailServer::start(None, false, smtp(&[], |c| (c == ".").then_some(Say::Close)));
    let mut open = Submission::open(&plain(&server), None, &short()).unwrap();
    let failed = open.send(&envelope(&["b@x.y"]), &mail, &mut |_| {
        committed = true;
        Ok(())
    });
    assert!(matches!(failed, Err(SubmitError::Closed { during: "after the mail was sent", .. })), "{failed:?}");
    assert!(committed && server.mails().len() == 1);
    // Nobody gets the end of a mail of which was noted nothing.
    let server = MailServer::start(None, false, smtp(&[], |_| None));
    let mut open = Submission::open(&plain(&server), None, &short()).unwrap();
    let failed = open.send(&envelope(&["b@x.y"]), &mail, &mut |_| Err(std::io::Error::other("disk full")));
    assert!(matches!(failed, Err(SubmitError::Io(_))));
    drop(open);
    assert!(server.mails().is_empty());
}

#[test]
fn without_tls_only_this_machine_is_asked() {
    let reach = short();
    for host in ["192.0.2.1", "[2001:db8::1]"] {
        let server: Server = format!("smtp+plain://{host}").parse().unwrap();
        let refused = Submission::open(&server, None, &reach).err().unwrap();
        assert!(matches!(refused, SubmitError::NotThisMachine(_)), "{refused}");
    }
    let unknown: Server = "smtps://no-such-host.invalid".parse().unwrap();
    assert!(matches!(Submission::open(&unknown, None, &reach).err().unwrap(), SubmitError::UnknownHost(_)));
}

/// An authority and a server certificate of it for 127.0.0.1, by openssl; how the server begins TLS, and the authority's
/// file.
pub struct Pki {
    folder: std::path::PathBuf,
    secure: Secure,
}

impl Pki {
    pub fn new() -> Option<Pki> {
        Pki::of("IP:127.0.0.1,DNS:localhost")
    }

    /// With a certificate for these names.
    fn of(names: &str) -> Option<Pki> {
        if !crate::has("openssl") {
            return None;
        }
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("sealpost-submit-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        certificate(&folder, names);
        let read = |name: &str, label: &str| -> Vec<u8> {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            wire::pem::parse(&bytes).unwrap().iter().find(|b| b.label == label).unwrap().contents.to_vec()
        };
        let chain = vec![read("server.pem", "CERTIFICATE").into()];
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(read("server.key", "PRIVATE KEY"));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key.into()).unwrap());
        let secure: Secure = Arc::new(move |stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(rustls::StreamOwned::new(connection, stream))
        });
        Some(Pki { folder, secure })
    }

    fn reach(&self) -> Reach {
        Reach { trust: Some(self.folder.join("ca.pem")), ..short() }
    }
}

impl Drop for Pki {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn tls_is_required_and_its_certificate_believed_only_when_it_is_vouched_for() {
    let Some(pki) = Pki::new() else { return };
    let mail = Outgoing::check(&MAIL).unwrap().unwrap();
    let envelope = envelope(&["b@x.y"]);
    for (scheme, implicit) in [("smtp", false), ("smtps", true)] {
        let server = MailServer::start(Some(pki.secure.clone()), implicit, smtp(&["STARTTLS", "AUTH PLAIN"], |_| None));
        let url = |host: &str| format!("{scheme}://{host}:{}", server.port).parse::<Server>().unwrap();
        let done = submit(&url("127.0.0.1"), Some(&login(None)), &pki.reach(), &envelope, &mail).unwrap();
        assert!(done[0].is_accepted());
        // The login came after TLS began and the offers were asked for again.
        let lines = server.lines();
        let expected: &[&str] = if implicit { &[] } else { &["EHLO [127.0.0.1]", "STARTTLS", "<TLS>"] };
        assert_eq!(lines[..expected.len()], *expected);
        assert!(lines[expected.len()] == "EHLO [127.0.0.1]" && lines[expected.len() + 1].starts_with("AUTH"));
        let before = lines.len();
        // The system vouches for nothing of it.
        let refused = submit(&url("127.0.0.1"), Some(&login(None)), &short(), &envelope, &mail).unwrap_err();
        assert!(matches!(refused, SubmitError::Tls { .. }), "{refused}");
        assert!(!server.lines()[before..].iter().any(|l| l.starts_with("AUTH") || l.starts_with("MAIL")));
        // The certificate of another name is another server's, whoever vouches for it.
        let other = Pki::of("IP:127.0.0.2,DNS:mail.example.org").unwrap();
        let server =
            MailServer::start(Some(other.secure.clone()), implicit, smtp(&["STARTTLS", "AUTH PLAIN"], |_| None));
        let url = format!("{scheme}://127.0.0.1:{}", server.port).parse::<Server>().unwrap();
        let refused = submit(&url, Some(&login(None)), &other.reach(), &envelope, &mail).unwrap_err();
        assert!(matches!(&refused, SubmitError::Tls { why, .. } if why.contains("not valid for name")), "{refused}");
        assert!(!server.lines().iter().any(|l| l.starts_with("AUTH") || l.starts_with("MAIL")));
    }
    let nothing = pki.folder.join("ext");
    let reach = Reach { trust: Some(nothing), ..short() };
    let server = MailServer::start(Some(pki.secure.clone()), true, smtp(&[], |_| None));
    let url: Server = format!("smtps://127.0.0.1:{}", server.port).parse().unwrap();
    assert!(matches!(submit(&url, None, &reach, &envelope, &mail), Err(SubmitError::NoAnchor(_))));
}

/// RFC 3207 section 6, and CVE-2011-0411: what somebody in between says in the clear must not count.
#[test]
fn starttls_cannot_be_taken_away_or_filled() {
    let Some(pki) = Pki::new() else { return };
    let url = |server: &MailServer| format!("smtp://127.0.0.1:{}", server.port).parse::<Server>().unwrap();
    let open = |server: &MailServer| Submission::open(&url(server), Some(&login(None)), &pki.reach()).err().unwrap();
    let stripped = MailServer::start(None, false, smtp(&["AUTH PLAIN"], |_| None));
    assert!(matches!(open(&stripped), SubmitError::NoStartTls(_)));
    let refused = MailServer::start(
        None,
        false,
        smtp(&["STARTTLS", "AUTH PLAIN"], |c| (c == "STARTTLS").then(|| line("454 TLS not available"))),
    );
    assert!(matches!(open(&refused), SubmitError::Refused { command: "STARTTLS", .. }));
    let injected = MailServer::start(
        Some(pki.secure.clone()),
        false,
        smtp(&["STARTTLS", "AUTH PLAIN"], |c| {
            (c == "STARTTLS").then(|| Say::Tls(b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n".to_vec()))
        }),
    );
    assert!(matches!(open(&injected), SubmitError::Injected(_)));
    for server in [&stripped, &refused, &injected] {
        assert!(!server.lines().iter().any(|l| l.starts_with("AUTH")), "{:?}", server.lines());
    }
    // TLS that is cut: by closing, and by something that is no TLS.
    let cut = MailServer::start(
        None,
        false,
        smtp(&["STARTTLS"], |c| {
            (c == "STARTTLS").then(|| line("220 go")).or((c.starts_with('\u{16}')).then_some(Say::Close))
        }),
    );
    let error = open(&cut);
    assert!(matches!(error, SubmitError::Closed { .. } | SubmitError::Tls { .. }), "{error}");
    let dropped = MailServer::start(
        Some(pki.secure.clone()),
        true,
        smtp(&["AUTH PLAIN"], |c| c.starts_with("RCPT").then_some(Say::Close)),
    );
    let server: Server = format!("smtps://127.0.0.1:{}", dropped.port).parse().unwrap();
    let mail = Outgoing::check(&MAIL).unwrap().unwrap();
    let error = submit(&server, Some(&login(None)), &pki.reach(), &envelope(&["b@x.y"]), &mail).unwrap_err();
    assert!(matches!(error, SubmitError::Closed { during: "after RCPT", .. }), "{error}");
}

/// The same for mailboxes (RFC 9051 sections 6.2.1 and 7.1.4).
#[test]
fn imap_starttls_cannot_be_taken_away_or_filled() {
    let Some(pki) = Pki::new() else { return };
    let open = |script: fn(&str) -> Say| {
        let server = MailServer::start(Some(pki.secure.clone()), false, script);
        let url: Server = format!("imap://alice@127.0.0.1:{}", server.port).parse().unwrap();
        let error = Imap::open(&url, &login(None), &pki.reach()).err().unwrap();
        let lines = server.lines();
        assert!(!lines.iter().any(|l| l.contains("AUTHENTICATE") || l.contains("LOGIN")), "{error}: {lines:?}");
        (error, lines)
    };
    // What it offers before TLS is another thing than what it offers by TLS: no way to log in, for once.
    fn usual(command: &str) -> Say {
        let offers =
            |tag: &str, what: &str| Say::Bytes(format!("* CAPABILITY IMAP4rev1 {what}\r\n{tag} OK\r\n").into());
        match command {
            "" => line("* OK hello"),
            "s1 CAPABILITY" => offers("s1", "STARTTLS AUTH=PLAIN"),
            "s2 STARTTLS" => Say::Tls(b"s2 OK go\r\n".to_vec()),
            "s3 CAPABILITY" => offers("s3", "LOGINDISABLED AUTH=XOAUTH2"),
            _ => line("* BAD what"),
        }
    }
    let (error, lines) = open(usual);
    assert!(matches!(&error, SubmitError::NoMechanism { offered, .. } if offered == "XOAUTH2"), "{error}");
    assert_eq!(lines, ["s1 CAPABILITY", "s2 STARTTLS", "<TLS>", "s3 CAPABILITY"]);
    let (stripped, _) = open(|c| match c {
        "s1 CAPABILITY" => Say::Bytes(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\ns1 OK\r\n".to_vec()),
        c => usual(c),
    });
    assert!(matches!(stripped, SubmitError::NoStartTls(_)), "{stripped}");
    let (refused, _) = open(|c| if c == "s2 STARTTLS" { line("s2 NO not now") } else { usual(c) });
    assert!(matches!(refused, SubmitError::Refused { command: "STARTTLS", .. }), "{refused}");
    let (injected, _) = open(|c| match c {
        "s2 STARTTLS" => Say::Tls(b"s2 OK go\r\n* CAPABILITY AUTH=PLAIN\r\ns3 OK\r\n".to_vec()),
        c => usual(c),
    });
    assert!(matches!(injected, SubmitError::Injected(_)), "{injected}");
    let (authenticated, lines) = open(|_| line("* PREAUTH you are in"));
    assert!(matches!(authenticated, SubmitError::Refused { command: "the connection", .. }), "{authenticated}");
    assert!(lines.is_empty());
}

#[test]
fn imap_servers_that_do_their_worst_are_left() {
    let imap = |script: fn(&str) -> Say| {
        let server = MailServer::start(None, false, script);
        let url: Server = format!("imap+plain://alice@127.0.0.1:{}", server.port).parse().unwrap();
        let begun = Instant::now();
        let error = Imap::open(&url, &login(None), &short())
            .and_then(|mut open| open.find("INBOX", "Subject", "ACME", 100_000))
            .err()
            .unwrap();
        assert!(begun.elapsed() < Duration::from_secs(4), "{error}: {:?}", begun.elapsed());
        error
    };
    fn usual(command: &str) -> Say {
        let (tag, verb) = command.split_once(' ').unwrap_or((command, ""));
        match verb.split(' ').next().unwrap_or_default() {
            _ if command.is_empty() => line("* OK hello"),
            "CAPABILITY" => Say::Bytes(format!("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK\r\n").into_bytes()),
            "AUTHENTICATE" => line("+ "),
            "" => line("s2 OK in"),
            "SEARCH" => Say::Bytes(format!("* SEARCH 1 2\r\n{tag} OK\r\n").into_bytes()),
            _ => Say::Line(format!("{tag} OK")),
        }
    }
    assert!(matches!(imap(|_| Say::Never), SubmitError::Timeout { .. }));
    assert!(matches!(imap(|_| Say::LongLine), SubmitError::TooLong { .. }));
    assert!(matches!(imap(|_| Say::Endless("* ")), SubmitError::Protocol { .. }));
    assert!(matches!(imap(|_| line("* BYE full")), SubmitError::Refused { .. }));
    let endless = imap(|c| if c.contains("SEARCH") { Say::Endless("* 1 RECENT ") } else { usual(c) });
    assert!(matches!(endless, SubmitError::Protocol { .. }), "{endless}");
    // A gigabyte where a mail of at most 100,000 octets was wanted, announced and said to be small.
    let giant = imap(|c| match c {
        c if c.contains("BODY") => Say::Bytes(b"* 2 FETCH (BODY[] {1073741824}\r\n".to_vec()),
        c if c.contains("FETCH") => {
            let tag = c.split(' ').next().unwrap();
            Say::Bytes(format!("* 2 FETCH (RFC822.SIZE 10)\r\n{tag} OK\r\n").into_bytes())
        }
        c => usual(c),
    });
    assert!(matches!(giant, SubmitError::TooLong { .. }), "{giant}");
    let no = imap(|c| if c.is_empty() || c.contains("CAPA") { usual(c) } else { line("s2 NO who are you") });
    assert!(matches!(no, SubmitError::LoginRefused { .. }), "{no}");
}
