//! `sealpost explain`: twelve mails that relays damaged, each with its cause, and a thirteenth that somebody changed.

use serde_json::Value;

use crate::support::{Sandbox, has};

/// What is signed: CRLF lines, a soft break, a space at an end, a tab, `From `, a dot.
const PLAIN: &str = "Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
    Dear Bob,\r\n\r\nthe caf\u{e9} opens at noon. \r\nFrom there we go on:\r\n.by tram\r\n\tor on foot\r\n\r\n-- \r\nAlice\r\n";
const QUOTED: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    Dear Bob, this is a long line which a program broke where it had to break i=\r\n\
    t, at seventy-six characters as the standard has it, and the caf=C3=A9 open=\r\n\
    s at noon.\r\n";
const BASE64: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    RGVhciBCb2IsDQoNCnRoZSBjYWbDqSBvcGVucyBhdCBub29uLCBhbmQgZnJvbSB0aGVyZSB3ZSBn\r\nbyBvbiBieSB0cmFtIG9yIG9uIGZvb3QuDQoN\
    CkFsaWNlDQo=\r\n";

/// A mail, clear-signed by openssl with Alice's key, whose signed part arrives as this.
fn mail(sandbox: &Sandbox, part: &[u8], arrived: &[u8]) -> Vec<u8> {
    sandbox.write("part", part);
    let mut command = std::process::Command::new("openssl");
    let arguments =
        "cms -sign -binary -in part -signer alice.crt -inkey alice.key -md sha256 -outform PEM -out part.pem";
    let output = command.args(arguments.split(' ')).current_dir(sandbox.path("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let pem = String::from_utf8(sandbox.read("part.pem")).unwrap();
    let signature: String = pem.lines().filter(|l| !l.starts_with('-')).map(|l| format!("{l}\r\n")).collect();
    let head = "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"b1\"\r\n\r\n--b1\r\n";
    let tail = format!(
        "\r\n--b1\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n{signature}\r\n--b1--\r\n"
    );
    [head.as_bytes(), arrived, tail.as_bytes()].concat()
}

fn replaced(text: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(text.contains(from));
    text.replacen(from, to, 1).into_bytes()
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn twelve_damaged_mails_and_a_thirteenth() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::with_people();
    let password = sandbox.write("password", "battery staple");
    crate::help::bare_pair(&sandbox, "alice", "alice@example.org", 0, password.to_str().unwrap());
    let body = PLAIN.split_once("\r\n\r\n").unwrap();
    let mailman = format!(
        "Content-Type: multipart/mixed; boundary=\"===1==\"\r\n\r\n--===1==\r\n{PLAIN}\r\n--===1==\r\n\
         Content-Type: text/plain\r\n\r\nlist@example.com\r\n--===1==--\r\n"
    );
    let cases: [(&str, &str, Vec<u8>); 12] = [
        ("line-ends", PLAIN, format!("{}\r\n\r\n{}", body.0, body.1.replace("\r\n", "\n")).into_bytes()),
        ("trailing-space", PLAIN, replaced(PLAIN, "noon. \r\n", "noon.\r\n")),
        ("trailing-space", QUOTED, replaced(QUOTED, "noon.\r\n", "noon. \r\n")),
        ("quoted-printable", QUOTED, replaced(QUOTED, "i=\r\n", "=\r\ni")),
        ("transfer-encoding", QUOTED, {
            let text = QUOTED.replace("=\r\n", "").replace("=C3=A9", "\u{e9}");
            replaced(&text, "quoted-printable", "8bit")
        }),
        ("base64", BASE64, replaced(BASE64, "dCBub29uLCBhbmQg", "dCBub29uLCBh\r\nbmQg").to_vec()),
        ("charset", PLAIN, latin(&PLAIN.replace("utf-8", "iso-8859-1"))),
        ("footer", PLAIN, format!("{PLAIN}_____\r\nlist@example.com\r\n").into_bytes()),
        ("footer", PLAIN, mailman.into_bytes()),
        ("header-folded", PLAIN, replaced(PLAIN, "; format", ";\r\n\tformat")),
        ("from-escaped", PLAIN, replaced(PLAIN, "\r\nFrom ", "\r\n>From ")),
        ("tabs", PLAIN, replaced(PLAIN, "\tor", "        or")),
    ];
    for (index, (cause, part, arrived)) in cases.into_iter().enumerate() {
        assert_ne!(part.as_bytes(), arrived, "{index}");
        sandbox.write("damaged.eml", mail(&sandbox, part.as_bytes(), &arrived));
        let report = sandbox.json(&["explain", "damaged.eml"]);
        assert_eq!(report["verdict"], "broken", "{index}");
        assert_eq!(report["changes"], serde_json::json!([cause]), "{index}: {report:#}");
        assert_eq!(report["way"][0]["result"], "found");
        let words = sandbox.ok(&["explain", "damaged.eml"]);
        assert!(words.contains(&format!("{cause}: ")), "{words}");
    }
    sandbox.write("forged.eml", mail(&sandbox, PLAIN.as_bytes(), &replaced(PLAIN, "noon", "nine")));
    let report = sandbox.json(&["explain", "forged.eml"]);
    assert_eq!((&report["changes"], &report["way"][0]["result"]), (&serde_json::json!([]), &"not-found".into()));
    assert!(sandbox.ok(&["explain", "forged.eml"]).contains("not found"), "it says so in words");
    // One that nobody changed has nothing to explain.
    sandbox.write("sound.eml", mail(&sandbox, PLAIN.as_bytes(), PLAIN.as_bytes()));
    let report = sandbox.json(&["explain", "sound.eml"]);
    assert_eq!((&report["verdict"], &report["way"]), (&"verified".into(), &serde_json::json!([])));
}

#[test]
fn who_can_open_it_and_what_became_of_the_key() {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter.eml", crate::mail::LETTER);
    sandbox.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    let recipients = |report: &Value| report["layers"][0]["recipients"].as_array().unwrap().clone();
    let report = sandbox.json(&["explain", "sealed.eml"]);
    assert_eq!(report["verdict"], "verified");
    assert!(recipients(&report).iter().all(|r| r["key"] == "here" && r["issuer"] == "CN=Example CA"), "{report:#}");
    assert_eq!(report["signers"][0]["certificate"], "trusted");
    // Somebody else knows the certificates and has no key; a third one knows nothing.
    let other = Sandbox::new();
    other.write("sealed.eml", sandbox.read("sealed.eml"));
    let report = other.json(&["explain", "sealed.eml"]);
    assert_eq!(report.get("verdict"), None);
    assert_eq!(report["layers"][0]["opened"], false);
    assert!(report["layers"][0]["length"].as_u64().unwrap() > 1000);
    assert!(recipients(&report).iter().all(|r| r["key"] == "unknown" && r["serial"].is_string()), "{report:#}");
    assert_eq!(report["findings"][0]["code"], "cannot-open");
    for address in ["alice@example.org", "bob@example.net"] {
        let path = other.path("one.crt");
        sandbox.ok(&["id", "export", address, "--public", "-o", path.to_str().unwrap()]);
        other.ok(&["cert", "import", "one.crt"]);
        std::fs::remove_file(path).unwrap();
    }
    let report = other.json(&["explain", "sealed.eml", "--at", "2036-01-01T00:00:00Z"]);
    for recipient in recipients(&report) {
        assert_eq!((&recipient["key"], &recipient["certificate"]["state"]), (&"elsewhere".into(), &"expired".into()));
        let text = recipient["text"].as_str().unwrap();
        assert!(text.contains("whose key is not here; expired since 20"), "{text}");
    }
    // A newer identity takes the place of the old one, whose key stays.
    sandbox.ok(&[
        "id",
        "new",
        "bob@example.net",
        "--issuer",
        "Example CA",
        "--no-passphrase",
        "--at",
        "2036-01-01T00:00:00Z",
    ]);
    let report = sandbox.json(&["explain", "sealed.eml", "--at", "2036-01-02T00:00:00Z"]);
    let superseded =
        recipients(&report).iter().filter(|r| r["certificate"]["superseded_at"] == "2036-01-01T00:00:00Z").count();
    assert_eq!(superseded, 1, "{report:#}");
}

#[test]
fn what_to_do_about_a_certificate_is_one_command() {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter.eml", crate::mail::LETTER);
    sandbox.ok(&["seal", "--sign-only", "letter.eml", "-o", "a mail.eml"]);
    let hint = |sandbox: &Sandbox, arguments: &[&str]| {
        let report = sandbox.json(&[&["explain", "a mail.eml"], arguments].concat());
        (
            report["signers"][0]["certificate"].clone(),
            report["signers"][0]["hint"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(hint(&sandbox, &[]), ("trusted".into(), String::new()));
    let (state, text) = hint(&sandbox, &["--at", "2099-01-01T00:00:00Z"]);
    assert!(state == "expired" && text.contains("sealpost open --at 20") && text.ends_with("'a mail.eml'"), "{text}");
    let other = Sandbox::new();
    other.write("a mail.eml", sandbox.read("a mail.eml"));
    let (state, text) = hint(&other, &[]);
    assert!(
        state == "untrusted" && text.contains("sealpost cert import 'a mail.eml' && sealpost cert trust "),
        "{text}"
    );
}

#[test]
fn a_signed_part_within_other_text_and_what_is_no_mail() {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter.eml", crate::mail::LETTER);
    sandbox.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let signed = String::from_utf8(sandbox.read("signed.eml")).unwrap();
    let at = signed.find("Content-Type: multipart/signed").unwrap();
    let (head, _) = signed.split_once("Content-Type:").unwrap();
    let listed = format!(
        "{head}Content-Type: multipart/mixed; boundary=l\r\n\r\n--l\r\n{}\r\n--l\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--l--\r\n",
        &signed[at..]
    );
    sandbox.write("listed.eml", listed);
    let report = sandbox.json(&["explain", "listed.eml"]);
    assert_eq!(
        (&report["verdict"], &report["inside"]["signers"][0]["signature"]),
        (&"unsigned".into(), &"good".into())
    );
    assert_eq!(report["changes"], serde_json::json!(["footer"]));
    // Text behind the closing delimiter.
    sandbox.write("behind.eml", format!("{signed}footer\r\n"));
    let report = sandbox.json(&["explain", "behind.eml"]);
    assert_eq!((&report["changes"], &report["way"][0]["digest"]), (&serde_json::json!(["footer"]), &"intact".into()));
    sandbox.run_with(&["explain"], b"\x01 no mail").expect(41);
    sandbox.run_with(&["explain"], b"").expect(41);
    let plain = sandbox.json(&["explain", "letter.eml"]);
    assert_eq!((&plain["verdict"], &plain["layers"]), (&"unsigned".into(), &serde_json::json!([])));
}

#[test]
fn no_store_is_needed_and_none_is_made() {
    let alice = Sandbox::with_people();
    alice.write("letter.eml", crate::mail::letter());
    alice.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    let nobody = Sandbox::new();
    nobody.write("sealed.eml", alice.read("sealed.eml"));
    let text = nobody.ok(&["explain", "sealed.eml"]);
    assert!(text.contains("layer 1: auth-enveloped-data") || text.contains("layer 1: enveloped-data"), "{text}");
    let report = nobody.json(&["explain", "sealed.eml"]);
    assert_eq!(report["layers"][0]["recipients"].as_array().unwrap().len(), 2);
    assert!(!nobody.path("store").exists());
}

/// A changed text beyond the bound: that it is too long is told, and no cause.
#[test]
fn a_text_that_is_too_long_to_search_is_told_as_such() {
    let alice = Sandbox::with_people();
    alice.write("letter.eml", crate::mail::letter());
    alice.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let signed = String::from_utf8(alice.read("signed.eml")).unwrap();
    let line = "another line of a text without end\r\n".repeat((2 << 20) / 36);
    assert!(signed.contains("Forty-two"));
    alice.write("long.eml", signed.replacen("Forty-two", &format!("{line}Forty-two"), 1));
    let report = alice.json(&["explain", "long.eml"]);
    assert_eq!(report["way"][0]["result"], "not-searched", "{}", report["way"]);
    let text = report["way"][0]["text"].as_str().unwrap();
    assert!(text.contains("too long"), "{text}");
}

/// Of a text with very many places where something may have been changed, no more is held than of any other: while it is
/// searched, the program stays within the memory that all of its verbs have.
#[cfg(target_os = "linux")]
#[test]
fn a_search_in_a_long_text_stays_within_its_memory() {
    let alice = Sandbox::with_people();
    alice.write("letter.eml", crate::mail::letter());
    alice.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let signed = String::from_utf8(alice.read("signed.eml")).unwrap();
    let line = "a line  of a text \twith many\t places\u{20}\r\n".repeat((1 << 20) / 43);
    alice.write("long.eml", signed.replacen("Forty-two", &format!("{line}Forty-two"), 1));
    let mut child = alice.command(&["explain", "long.eml"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    // The search goes on for long; what it holds of the text it holds soon.
    let (began, mut peak) = (std::time::Instant::now(), 0);
    while began.elapsed().as_secs() < 3 && child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        peak = peak.max(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let _ = child.kill();
    child.wait().unwrap();
    assert!((1..32 << 10).contains(&peak), "{peak} KiB");
}
