//! `sealpost cms expand`: a mailing list from end to end, and labels that stop whoever is not cleared for them.

use cms::{AttachedSigner, SignOptions, Signer};
use crypto::{SoftKey, SystemRandom};
use std::io::Write;
use wire::cms::Attribute;
use wire::der::{Tag, Writer};
use wire::oids;

use crate::help::bare_pair;
use crate::mail::letter;
use crate::support::Sandbox;

/// Alice writes and Bob is a member, both with the store; the list has its keys in files: `list.crt`, `list.key` to sign,
/// `list.pem` to decrypt. `bob.pem` is what is encrypted to, `roots.pem` whom all believe.
fn scene() -> Sandbox {
    let sandbox = Sandbox::with_people();
    sandbox.write("password", "battery staple\n");
    sandbox.ok(&["id", "new", "list@lists.example", "--issuer", "Example CA", "--no-passphrase"]);
    for (name, address) in [("alice", "alice@example.org"), ("bob", "bob@example.net"), ("list", "list@lists.example")]
    {
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

const EXPAND: [&str; 8] = ["cms", "expand", "--cert", "list.crt", "--key", "list.key", "--trust", "roots.pem"];
const MEMBERS: [&str; 4] = ["--decrypt-with", "list.pem", "--to", "bob.pem"];

fn with<'a>(parts: &[&[&'a str]]) -> Vec<&'a str> {
    parts.concat()
}

/// The letter, signed by Alice with this label.
fn labelled(s: &Sandbox, name: &str, policy: &str, classification: u64) {
    let mut w = Writer::new();
    w.nested(Tag::SET, |w| {
        w.oid(policy.parse().unwrap()).uint(classification);
    });
    let pem = |file: &str| wire::pem::parse(&s.read(file)).unwrap()[0].contents.to_vec();
    let key = SoftKey::from_pkcs8(&pem("alice.key")).unwrap();
    let certificate = wire::Certificate::from_der(&pem("alice.crt")).unwrap();
    let algorithm = cms::default_signature_algorithm(crypto::PrivateKey::public(&key));
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let options = SignOptions {
        attributes: vec![Attribute::new(oids::SECURITY_LABEL, w.into_bytes())],
        ..SignOptions::at(wire::Time(now.try_into().unwrap()))
    };
    let signer = Signer { certificate, key: &key, algorithm };
    let mut writer = AttachedSigner::new(Vec::new(), vec![signer], options).unwrap();
    writer.write_all(letter().as_bytes()).unwrap();
    let der = writer.finish(&mut SystemRandom).unwrap();
    let body = wire::pem::encode("X", &der);
    let body: String = body.lines().filter(|line| !line.starts_with('-')).map(|line| format!("{line}\r\n")).collect();
    let head = "From: alice@example.org\r\nTo: list@lists.example\r\nMIME-Version: 1.0\r\n\
        Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    s.write(name, format!("{head}{body}"));
}

#[test]
fn ess_05_a_list_passes_mail_on() {
    let s = scene();
    s.write("to-list.eml", letter().replace("bob@example.net", "list@lists.example"));
    for (how, kinds) in [
        (&["--sign-only"][..], &["signed-data", "multipart-signed"][..]),
        (&["--to=list@lists.example"], &["signed-data", "enveloped-data", "multipart-signed"]),
        (&["--triple-wrap", "--to=list@lists.example"], &["signed-data", "enveloped-data", "multipart-signed"]),
    ] {
        s.ok(&with(&[&["seal"], how, &["to-list.eml", "-o", "sealed.eml", "--force"]]));
        let told = s.run(&with(&[&EXPAND, &MEMBERS, &["sealed.eml", "-o", "passed.eml", "--force"]])).expect(0).err;
        assert!(how[0] != "--sign-only" || told.starts_with("note: the message is not encrypted"), "{told}");
        let verdict = s.json(&["open", "passed.eml"]);
        assert_eq!(verdict["verdict"], "verified", "{verdict:#}");
        let found: Vec<&str> =
            verdict["layers"].as_array().unwrap().iter().map(|layer| layer["type"].as_str().unwrap()).collect();
        assert_eq!(found, kinds, "{how:?}");
        assert_eq!(verdict["signers"][0]["addresses"][0], "list@lists.example");
        assert_eq!(verdict["signers"][0]["lists"].as_array().unwrap().len(), 1);
        let from = String::from_utf8(s.read("passed.eml")).unwrap();
        assert!(from.starts_with("From: Alice <alice@example.org>\r\nTo: Bob <list@lists.example>\r\n"), "{from}");
        // It comes back: a loop, whoever passed it on in between.
        let told = s.run(&with(&[&EXPAND, &MEMBERS[..2], &["--to", "bob.pem", "passed.eml", "-o", "none"]]));
        let told = match kinds.len() {
            2 => told.expect(1).err,
            _ => told.expect(29).err, // it is Bob's now
        };
        assert!(kinds.len() > 2 || told.contains("a loop of mailing lists: the list issuer-serial:"), "{told}");
        assert!(!s.path("none").exists());
    }
}

#[test]
fn ess_05_two_lists_pass_mail_on_and_a_loop_is_refused() {
    let s = scene();
    s.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml"]);
    let list = |name: &'static str| with(&[&EXPAND, &["--list", name]]);
    s.ok(&with(&[&list("a@lists.example"), &["signed.eml", "-o", "one.eml"]]));
    s.ok(&with(&[&list("00ff"), &["--receipts", "none", "one.eml", "-o", "two.eml"]]));
    let verdict = s.json(&["open", "two.eml"]);
    let lists = verdict["signers"][0]["lists"].as_array().unwrap();
    assert_eq!((lists.len(), lists[1]["id"].as_str()), (2, Some("key-id:00ff")));
    // The signature of the first list gave way to the second's.
    assert_eq!(verdict["signers"].as_array().unwrap().len(), 2);
    let told = s.run(&with(&[&list("A@lists.example"), &["two.eml", "-o", "none"]])).expect(1).err;
    assert!(told.contains("a loop of mailing lists: the list key-id:"), "{told}");
    s.run(&with(&[&list("00FF"), &["two.eml", "-o", "none"]])).expect(1);
    s.ok(&with(&[&list("c@lists.example"), &["two.eml", "-o", "three.eml"]]));
    // Two signers say the same (RFC 2634 §4.1).
    let both = with(&[&EXPAND, &["--cert", "alice.crt", "--key", "alice.key", "signed.eml", "-o", "both.eml"]]);
    s.ok(&both);
    let report = s.json(&["cms", "verify", "--trust", "roots.pem", "both.eml"]);
    let signers = report["signers"].as_array().unwrap();
    assert_eq!((signers.len(), &signers[0]["lists"]), (2, &signers[1]["lists"]));
    assert_eq!(signers[0]["lists"].as_array().unwrap().len(), 1);
    assert!(report["findings"].as_array().unwrap().is_empty(), "{report:#}");
    for wrong in [&["--list", "0"][..], &["--list", "a@"], &["--list", "xyz"]] {
        s.run(&with(&[&EXPAND, wrong, &["signed.eml", "-o", "none"]])).expect(2);
    }
}

#[test]
fn ess_05_a_list_has_a_say_in_receipts() {
    let s = scene();
    s.ok(&["seal", "--request-receipt", "--sign-only", "letter.eml", "-o", "asked.eml"]);
    let answer =
        ["cms", "receipt", "--cert", "bob.crt", "--key", "bob.key", "--trust", "roots.pem", "-o", "r", "--force"];
    let receipt = |how: &[&str]| {
        s.ok(&with(&[&EXPAND, how, &["asked.eml", "-o", "passed.eml", "--force"]]));
        s.run(&with(&[&answer, &["passed.eml"]]))
    };
    assert_eq!(receipt(&[]).expect(0).err, "send the receipt to alice@example.org\n");
    let owner = ["--receipt-to", "owner@lists.example"];
    let told = receipt(&with(&[&["--receipts", "in-addition-to"], &owner])).expect(0).err;
    assert_eq!(told, "send the receipt to alice@example.org, owner@lists.example\n");
    let told = receipt(&with(&[&["--receipts", "instead-of"], &owner])).expect(0).err;
    assert_eq!(told, "send the receipt to owner@lists.example\n");
    assert!(receipt(&["--receipts", "none"]).expect(1).err.contains("wants no receipts"));
    for wrong in [&["--receipts", "instead-of"][..], &owner, &with(&[&["--receipts", "none"], &owner])] {
        s.run(&with(&[&EXPAND, wrong, &["asked.eml", "-o", "none"]])).expect(2);
    }
}

/// Every failure after a private key was used is one text and one exit code (promise 5).
#[test]
fn ess_05_what_a_list_cannot_open_is_one_failure() {
    let s = scene();
    s.write("to-list.eml", letter().replace("bob@example.net", "list@lists.example"));
    s.ok(&["seal", "--sign-only", "to-list.eml", "-o", "signed.eml"]);
    let signed = String::from_utf8(s.read("signed.eml")).unwrap();
    let (_, entity) = signed.split_once("MIME-Version: 1.0\r\n").unwrap();
    s.write("entity", entity);
    s.write("broken", entity.replace("Forty-two", "Forty-ten"));
    let mut told = Vec::new();
    for (name, cipher) in [("entity", "aes-256-gcm"), ("entity", "aes-256-cbc"), ("broken", "aes-256-cbc")] {
        s.ok(&["cms", "encrypt", "--to", "list.pem", "--cipher", cipher, "--form", "der", name, "-o", "e", "--force"]);
        let mut changed = s.read("e");
        let end = changed.len() - 30;
        if name == "entity" {
            changed[end] ^= 1;
        }
        s.write("e", changed);
        told.push(s.run(&with(&[&EXPAND, &MEMBERS, &["e", "-o", "none"]])).expect(29).err);
    }
    assert!(
        told.iter().all(|one| *one == told[0]) && told[0].starts_with("error: cannot decrypt this message\n"),
        "{told:?}"
    );
    assert!(!s.path("none").exists());
    // What shows without a key is told.
    s.ok(&["cms", "encrypt", "--to", "list.pem", "entity", "-o", "e", "--force"]);
    s.run(&with(&[&EXPAND, &MEMBERS[..2], &["e", "-o", "none"]])).expect(2);
    s.run(&with(&[&EXPAND, &["--to", "bob.pem", "e", "-o", "none"]])).expect(29);
    s.run(&with(&[&EXPAND, &MEMBERS[..2], &["--to", "bob.crt", "e", "-o", "none"]])).expect(17);
    s.write("changed.eml", signed.replace("Forty-two", "Forty-ten"));
    assert!(s.run(&with(&[&EXPAND, &["changed.eml", "-o", "none"]])).expect(3).err.contains("not what was signed"));
    let trusting_nobody = with(&[&EXPAND[..6], &["--trust", "list.crt", "signed.eml", "-o", "none"]]);
    s.run(&trusting_nobody).expect(3);
    assert!(!s.path("none").exists());
}

#[test]
fn ess_05_a_list_accepts_labels_that_it_is_told_to() {
    let s = scene();
    labelled(&s, "secret.eml", "1.2.3.4", 4);
    let refused = |how: &[&str], why: &str| {
        let told = s.run(&with(&[&EXPAND, how, &["secret.eml", "-o", "none"]])).expect(3).err;
        assert!(told.contains(why) && told.contains("hint: --accept-label"), "{told}");
        assert!(!s.path("none").exists());
    };
    refused(&[], "alice@example.org labels it secret by policy 1.2.3.4, which no clearance is for");
    refused(&["--accept-label", "1.2.3.5"], "which no clearance is for");
    refused(&["--accept-label", "1.2.3.4=confidential"], "its classification is beyond");
    s.ok(&with(&[&EXPAND, &["--accept-label", "1.2.3.4", "secret.eml", "-o", "passed.eml"]]));
    s.run(&with(&[&EXPAND, &["--accept-label", "acme", "secret.eml", "-o", "none"]])).expect(2);
}

/// ESS-04: without a clearance labels are told; with one, what it is not for is withheld.
#[test]
fn ess_04_labels_beyond_the_clearance_are_withheld() {
    let s = scene();
    labelled(&s, "secret.eml", "1.2.3.4", 4);
    let verify = ["cms", "verify", "--trust", "roots.pem", "secret.eml"];
    assert!(s.run(&verify).expect(0).err.contains("the rules of that policy are not known here"));
    assert_eq!(s.json(&["open", "secret.eml"])["verdict"], "verified");
    let told = s.run(&with(&[&verify, &["--accept-label", "1.2.3.4=confidential"]])).expect(3);
    assert!(told.out.is_empty() && told.err.contains("its classification is beyond"), "{}", told.err);
    let told = s.run(&with(&[&verify, &["--accept-label", "1.2.3.4=secret"]])).expect(0).err;
    assert!(told.contains("note: alice@example.org labels it secret by policy 1.2.3.4"), "{told}");

    s.write("store/policy.toml", "[[clearance]]\nlabel-policy = \"1.2.3.4\"\nhighest = \"confidential\"\n");
    s.run(&verify).expect(3);
    let run = s.run(&["open", "secret.eml"]).expect(3);
    assert!(run.out.is_empty() && run.err.contains("its classification is beyond"), "{}", run.err);
    s.run(&["open", "--show-broken", "secret.eml"]).expect(3);
    let json = s.run(&["open", "--json", "secret.eml", "-o", "none"]).expect(3).text();
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["verdict"], "unverified");
    assert!(report["findings"].as_array().unwrap().iter().any(|f| f["code"] == "label-not-cleared"), "{report:#}");
    assert!(!s.path("none").exists());
    let receipt = ["cms", "receipt", "--cert", "bob.crt", "--key", "bob.key", "--trust", "roots.pem", "secret.eml"];
    assert!(s.run(&receipt).expect(3).err.contains("its classification is beyond"));
    // The flag adds to the file.
    s.run(&with(&[&verify, &["--accept-label", "1.2.3.4"]])).expect(0);
    labelled(&s, "foreign.eml", "1.2.3.5", 0);
    assert!(s.run(&["open", "foreign.eml"]).expect(3).err.contains("which no clearance is for"));
    labelled(&s, "known.eml", "1.2.3.4", 3);
    assert_eq!(s.json(&["open", "known.eml"])["verdict"], "verified");
    assert!(
        s.ok(&["policy", "show"]).ends_with("cleared for labels of 1.2.3.4 up to confidential, without categories\n")
    );
    assert!(s.ok(&["policy", "show", "--toml"]).contains("[[clearance]]"));
    s.write("store/policy.toml", "[[clearance]]\nlabel-policy = \"acme\"\n");
    assert!(s.run(&["open", "known.eml"]).expect(2).err.contains("clearance 1 of the policy"));
}

/// ESS-03: `cms verify` tells what `open` does, of the innermost signature alone.
#[test]
fn ess_03_verify_tells_that_a_receipt_is_requested() {
    let s = scene();
    for how in ["--form=smime", "--form=der", "--detached"] {
        let sign = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "--request-receipt", "all", how];
        s.ok(&with(&[&sign, &["letter.eml", "-o", "asked", "--force"]]));
        let verify = ["cms", "verify", "--trust", "roots.pem", "asked"];
        let told = s.run(&verify).expect(0).err;
        assert!(told.contains("requests a signed receipt, to be sent to alice@example.org"), "{told}");
        assert!(told.contains("hint: `sealpost cms receipt` makes one"), "{told}");
        let report = s.json(&verify);
        assert_eq!(
            (&report["receipt"]["requested_from"], &report["receipt"]["to"][0]),
            (&"all".into(), &"alice@example.org".into())
        );
    }
    let entity = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "letter.eml", "-o", "inside"];
    s.ok(&entity);
    let around = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "--request-receipt", "all", "inside"];
    s.ok(&with(&[&around, &["-o", "outside"]]));
    let report = s.json(&["cms", "verify", "--trust", "roots.pem", "outside"]);
    assert!(report.get("receipt").is_none(), "{report:#}");
    assert!(s.json(&["cms", "verify", "--trust", "roots.pem", "inside"]).get("receipt").is_none());
}
