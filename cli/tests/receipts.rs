//! Signed receipts from end to end: a sealed mail asks for one, `open` tells, one is given and compared with the mail.

use crate::help::bare_pair;
use crate::mail::letter;
use crate::support::Sandbox;

/// People with keys in files: `NAME.crt`, `NAME.key` to sign, `NAME.pem` to decrypt; `roots.pem`, and a mail that asks.
fn scene() -> Sandbox {
    let sandbox = Sandbox::with_people();
    sandbox.write("password", "battery staple\n");
    for (name, address) in [("alice", "alice@example.org"), ("bob", "bob@example.net")] {
        bare_pair(&sandbox, "opens", address, 1, "password");
        sandbox.write(&format!("{name}.pem"), [sandbox.read("opens.key"), sandbox.read("opens.crt")].concat());
        bare_pair(&sandbox, name, address, 0, "password");
    }
    let trusted = sandbox.json(&["cert", "list", "--trusted"]);
    let root = trusted["certificates"].as_array().unwrap().iter().find(|c| c["subject"] == "CN=Example CA").unwrap();
    sandbox.ok(&["cert", "show", root["fingerprint"].as_str().unwrap(), "--pem", "-o", "roots.pem"]);
    sandbox.write("letter.eml", letter());
    sandbox
}

const ANSWER: [&str; 10] =
    ["cms", "receipt", "--cert", "bob.crt", "--key", "bob.key", "--trust", "roots.pem", "--decrypt-with", "bob.pem"];
const VERIFY: [&str; 8] =
    ["cms", "verify-receipt", "--trust", "roots.pem", "--decrypt-with", "alice.pem", "--decrypt-with", "bob.pem"];

fn with<'a>(start: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [start, more].concat()
}

#[test]
fn ess_03_a_sealed_mail_asks_and_its_receipt_is_verified() {
    let s = scene();
    for (how, name) in
        [("--sign-only", "signed.eml"), ("--to=bob@example.net", "sealed.eml"), ("--triple-wrap", "wrapped.eml")]
    {
        let told = s.run(&["seal", "--request-receipt", how, "letter.eml", "-o", name]).expect(0).err;
        assert!(told.contains("a signed receipt is requested"), "{told}");
        let verdict = s.json(&["open", name]);
        assert_eq!(verdict["verdict"], "verified", "{how}");
        assert_eq!(verdict["receipt"]["requested_from"], "all");
        assert_eq!(verdict["receipt"]["to"][0], "alice@example.org");
        let told = s.run(&["open", name]).expect(0).err;
        assert!(told.contains("requests a signed receipt, to be sent to alice@example.org"), "{told}");

        let told = s.run(&with(&ANSWER, &[name, "-o", "receipt.eml", "--force"])).expect(0).err;
        assert_eq!(told, "send the receipt to alice@example.org\n");
        assert!(String::from_utf8(s.read("receipt.eml")).unwrap().contains("smime-type=signed-receipt"));
        let verified = s.json(&with(&VERIFY, &["--original", name, "receipt.eml"]));
        assert_eq!((&verified["accepted"], &verified["findings"]), (&true.into(), &serde_json::json!([])), "{how}");
        assert_eq!(verified["signers"][0]["addresses"][0], "bob@example.net");
        // The receipt may be encrypted (RFC 2634 §2.4 number 11).
        s.ok(&with(&ANSWER, &[name, "--encrypt-to", "alice.pem", "-o", "hidden.eml", "--force"]));
        let inspected = s.ok(&["cms", "inspect", "hidden.eml"]);
        assert!(inspected.contains("contentHint"), "{inspected}");
        s.ok(&with(&VERIFY, &["--original", name, "hidden.eml"]));
        s.ok(&["cms", "encrypt", "--to", "alice.pem", "receipt.eml", "-o", "plain.eml", "--force"]);
        s.ok(&with(&VERIFY, &["--original", name, "plain.eml"]));
    }
    // Only the innermost signature asks (RFC 2634 §1.3.4).
    assert!(s.ok(&["cms", "inspect", "signed.eml"]).contains("receiptRequest"));
    assert!(!s.ok(&["cms", "inspect", "wrapped.eml"]).contains("receiptRequest"));
}

#[test]
fn ess_03_a_receipt_for_another_mail_is_told_apart() {
    let s = scene();
    for name in ["one.eml", "two.eml"] {
        s.ok(&["seal", "--request-receipt", "--sign-only", "letter.eml", "-o", name]);
    }
    s.ok(&with(&ANSWER, &["one.eml", "-o", "receipt.eml"]));
    let codes = |original: &str| {
        let run = s.run(&with(&VERIFY, &["--json", "--original", original, "receipt.eml"])).expect(3);
        let report: serde_json::Value = serde_json::from_str(&run.text()).unwrap();
        assert_eq!(report["accepted"], false);
        let codes = report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(codes("two.eml"), "receipt-content-identifier receipt-signature-value receipt-message-digest");
    s.ok(&["seal", "--sign-only", "letter.eml", "-o", "unasked.eml"]);
    assert_eq!(codes("unasked.eml"), "receipt-not-requested");
    // What was sent is looked at as well.
    let mail = String::from_utf8(s.read("one.eml")).unwrap();
    s.write("changed.eml", mail.replace("Forty-two", "Forty-three"));
    assert_eq!(codes("changed.eml"), "signature-bad");
    let trust = ["cms", "verify-receipt", "--trust", "alice.crt", "--original", "one.eml", "receipt.eml"];
    s.run(&trust).expect(3);
    s.run(&with(&VERIFY, &["--original", "one.eml", "two.eml"])).expect(41);
}

#[test]
fn ess_03_no_receipt_is_given_where_none_may_be() {
    let s = scene();
    let sign = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "letter.eml", "-o"];
    s.ok(&with(&sign, &["unasked.eml"]));
    s.ok(&with(&sign, &["others.eml", "--request-receipt", "carol@example.org"]));
    s.ok(&with(&sign, &["asked.eml", "--request-receipt", "bob@example.net", "--receipt-to", "desk@example.org"]));
    let refused = |name: &str, exit: i32, why: &str| {
        let told = s.run(&with(&ANSWER, &[name, "-o", "none"])).expect(exit).err;
        assert!(told.contains(why), "{name}: {told}");
        assert!(!s.path("none").exists());
    };
    refused("unasked.eml", 1, "no receipt is requested");
    refused("others.eml", 1, "requested of others");
    let told = s.run(&with(&ANSWER, &["asked.eml", "-o", "receipt.eml"])).expect(0).err;
    assert_eq!(told, "send the receipt to desk@example.org\n");
    refused("receipt.eml", 1, "a receipt itself");
    s.ok(&["seal", "--sign-only", "--request-receipt", "letter.eml", "-o", "signed.eml"]);
    let changed = String::from_utf8(s.read("signed.eml")).unwrap().replace("Forty-two", "Forty-three");
    s.write("changed.eml", changed);
    refused("changed.eml", 3, "not what was signed");
    for wrong in
        [&["--request-receipt", "all", "--request-receipt", "a@b.example"][..], &["--receipt-to", "a@b.example"]]
    {
        s.run(&with(&sign, &[&["wrong.eml"], wrong].concat())).expect(2);
    }
}

#[test]
fn ess_03_open_knows_a_receipt_from_a_mail() {
    let s = scene();
    s.ok(&["seal", "--request-receipt", "letter.eml", "-o", "sealed.eml"]);
    s.ok(&with(&ANSWER, &["sealed.eml", "-o", "receipt.eml"]));
    let run = s.run(&["open", "--json", "receipt.eml"]).expect(3);
    let report: serde_json::Value = serde_json::from_str(&run.text()).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().any(|f| f["code"] == "receipt"), "{report}");
    assert!(!findings.iter().any(|f| f["code"] == "smime-type-differs"), "{report}");
    assert!(run.err.contains("verify-receipt"), "{}", run.err);
}
