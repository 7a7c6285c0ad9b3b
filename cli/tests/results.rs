//! `sealpost open --authentication-results`: the verdict as mail software reads it (RFC 7281).

use crate::support::Sandbox;

const OURS: &str = "Authentication-Results: mx.example.net;";

/// The fields of what is opened, without folding.
fn fields(sandbox: &Sandbox, more: &[&str], code: i32) -> Vec<String> {
    let arguments = [&["open", "--authentication-results", "mx.example.net", "in.eml"], more].concat();
    let mail = sandbox.run(&arguments).expect(code).text().replace("\r\n", "\n");
    let header = mail.split("\n\n").next().unwrap().replace("\n ", " ").replace("\n\t", " ");
    header.lines().map(str::to_owned).collect()
}

fn properties(field: &str) -> Vec<(String, String)> {
    let after = field.strip_prefix(OURS).unwrap_or_else(|| panic!("{field}"));
    // Issuers of these tests have one space in quotes.
    let quoted = after.replace("CN=Example CA", "CN=Example_CA");
    quoted.split_whitespace().map(|p| p.split_once('=').unwrap()).map(|(a, b)| (a.into(), b.into())).collect()
}

fn scene() -> Sandbox {
    let sandbox = Sandbox::with_people();
    sandbox.write("letter.eml", crate::mail::letter());
    sandbox
}

#[test]
fn gw_12_the_verdict_stands_at_the_top() {
    let sandbox = scene();
    let certificate = sandbox.json(&["id", "show", "alice@example.org"])["identity"]["keys"][0].clone();
    let serial = certificate["serial"].as_str().unwrap();
    for (how, part) in [(&["--sign-only"][..], "2"), (&[], "1/2"), (&["--triple-wrap"], "1/2")] {
        let mut seal = vec!["seal", "letter.eml", "--force", "-o", "in.eml"];
        seal.extend(how);
        sandbox.ok(&seal);
        let fields = fields(&sandbox, &[], 0);
        let pairs = properties(&fields[0]);
        let expected = [
            ("smime", "pass"),
            ("body.smime-identifier", "alice@example.org"),
            ("body.smime-part", part),
            ("body.smime-serial", serial),
            ("body.smime-issuer", "\"CN=Example_CA\""),
        ];
        assert_eq!(pairs, expected.map(|(a, b)| (a.to_owned(), b.to_owned())), "{how:?}");
        assert_eq!(fields.iter().filter(|f| f.starts_with("Authentication-Results")).count(), 1);
    }
    // Opaque.
    sandbox.write("pw", "battery staple");
    crate::help::bare_pair(&sandbox, "alice", "alice@example.org", 0, "pw");
    sandbox.ok(&["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "letter.eml", "-o", "signed"]);
    sandbox.write("in.eml", [b"From: alice@example.org\r\n", &sandbox.read("signed")[..]].concat());
    assert_eq!(properties(&fields(&sandbox, &[], 0)[0])[2], ("body.smime-part".to_owned(), "1".to_owned()));
}

#[test]
fn gw_12_every_result_has_its_word() {
    let sandbox = scene();
    let result = |mail: &[u8], more: &[&str], code: i32| -> (String, Option<String>) {
        sandbox.write("in.eml", mail);
        let pairs = properties(&fields(&sandbox, more, code)[0]);
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        (get("smime").unwrap(), get("reason"))
    };
    let reason = |word: &str| Some(word.to_owned());
    let letter = sandbox.read("letter.eml");
    assert_eq!(result(&letter, &[], 0), ("none".into(), None));
    sandbox.ok(&["seal", "letter.eml", "--encrypt-only", "-o", "encrypted.eml"]);
    assert_eq!(result(&sandbox.read("encrypted.eml"), &[], 0), ("none".into(), None));
    sandbox.ok(&["seal", "letter.eml", "--sign-only", "-o", "signed.eml"]);
    let signed = String::from_utf8(sandbox.read("signed.eml")).unwrap();
    let bent = signed.replace("Forty-two", "Forty-one");
    assert_eq!(result(bent.as_bytes(), &["--show-broken"], 3), ("fail".into(), reason("signature-bad")));
    // Without the option there is no mail, and no field.
    assert!(sandbox.run(&["open", "--authentication-results", "mx.example.net", "in.eml"]).expect(3).out.is_empty());
    // Signed by somebody else than the one in From: it holds, and is not what is accepted.
    sandbox.write("pw", "battery staple");
    crate::help::bare_pair(&sandbox, "alice", "alice@example.org", 0, "pw");
    let sign = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "--detached", "letter.eml"];
    let entity = sandbox.run(&sign).expect(0).out;
    let from = |field: &str| [field.as_bytes(), &entity].concat();
    assert_eq!(result(&from("From: alice@example.org\r\n"), &[], 0), ("pass".into(), None));
    assert_eq!(result(&from("From: bob@example.net\r\n"), &[], 0), ("policy".into(), reason("from-mismatch")));
    assert_eq!(result(&from("To: bob@example.net\r\n"), &[], 0), ("permerror".into(), reason("from-unusable")));
    // Out of its time, then by nobody who is known, then by nobody at all.
    let late = result(signed.as_bytes(), &["--at", "2050-01-01"], 0);
    assert_eq!(late, ("fail".into(), reason("certificate-expired")));
    let stranger = Sandbox::new();
    stranger.write("in.eml", &signed);
    let pairs = properties(&fields(&stranger, &[], 0)[0]);
    assert_eq!((&*pairs[0].1, &*pairs[1].1), ("fail", "certificate-untrusted"));
}

#[test]
fn gw_12_forged_fields_go_and_those_of_others_stay() {
    let sandbox = scene();
    let forged = "Authentication-Results: MX.example.net;\r\n smime=pass body.smime-identifier=boss@example.org\r\n\
        Authentication-Results: (hi) \"mx.example.net\" 1; smime=pass\r\n\
        Authentication-Results: other.example; spf=pass\r\n";
    sandbox.ok(&["seal", "letter.eml", "-o", "sealed.eml"]);
    for name in ["letter.eml", "sealed.eml"] {
        let mail = [forged.as_bytes(), &sandbox.read(name)].concat();
        sandbox.write("in.eml", &mail);
        let found: Vec<String> =
            fields(&sandbox, &[], 0).into_iter().filter(|f| f.starts_with("Authentication-Results")).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with(OURS) && !found[0].contains("boss"), "{found:?}");
        assert_eq!(found[1], "Authentication-Results: other.example; spf=pass");
        // With LF as well.
        sandbox.write("in.eml", String::from_utf8(mail).unwrap().replace("\r\n", "\n"));
        let out = sandbox.ok(&["open", "--authentication-results", "mx.example.net", "in.eml"]);
        assert!(!out.contains('\r') && !out.contains("boss") && out.starts_with(OURS), "{out}");
        // Nobody asked: nothing is written and nothing taken out.
        let out = sandbox.ok(&["open", "in.eml"]);
        assert!(out.contains("boss") && !out.contains(OURS), "{out}");
    }
    // One that the sender put inside counts for nothing, whatever its name.
    let inside = [b"Authentication-Results: mx.example.net; smime=pass\r\n", &sandbox.read("letter.eml")[..]].concat();
    sandbox.write("inside.eml", inside);
    sandbox.ok(&["seal", "inside.eml", "--force", "-o", "in.eml"]);
    assert_eq!(fields(&sandbox, &[], 0).iter().filter(|f| f.starts_with("Authentication-Results")).count(), 1);
    for wrong in ["", "a b", "x;y"] {
        sandbox.run(&["open", "--authentication-results", wrong, "in.eml"]).expect(2);
    }
}
