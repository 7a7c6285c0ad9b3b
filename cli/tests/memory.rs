//! What the store remembers of people: certificates of verified mail, keys that change, and every key of one's own.

use serde_json::Value;

use crate::support::{DAY, Sandbox, from_now};

fn letter(from: &str, to: &str, id: &str) -> String {
    format!("From: {from}\r\nTo: {to}\r\nSubject: Figures\r\nMessage-ID: <{id}>\r\n\r\nForty-two.\r\n")
}

/// Carol, who has a key of her own, believes the authority of Alice and Bob, and has no certificate of theirs.
fn carol(people: &Sandbox) -> Sandbox {
    let carol = Sandbox::new();
    carol.ok(&["id", "new", "carol@example.org", "--no-passphrase"]);
    let trusted = people.json(&["cert", "list", "--trusted"]);
    let roots = trusted["certificates"].as_array().unwrap();
    let root = roots.iter().find(|c| c["subject"] == "CN=Example CA").unwrap()["fingerprint"].as_str().unwrap();
    carol.write("root.pem", people.ok(&["cert", "show", root, "--pem"]));
    carol.ok(&["cert", "trust", "root.pem", "--yes"]);
    carol
}

/// A mail from Alice to Carol that is signed by her newest key, brought to Carol.
fn signed(people: &Sandbox, carol: &Sandbox, id: &str) -> String {
    people.write("out.eml", letter("Alice <alice@example.org>", "carol@example.org", id));
    let name = format!("{id}.eml");
    carol.write(&name, people.ok(&["seal", "--sign-only", "out.eml"]));
    name
}

fn of_alice(store: &Sandbox) -> Vec<Value> {
    let run = store.run(&["cert", "show", "alice@example.org", "--json"]);
    if run.code == 1 {
        return Vec::new();
    }
    let value: Value = serde_json::from_str(&run.expect(0).text()).unwrap();
    value["certificates"].as_array().unwrap().clone()
}

fn standings(store: &Sandbox) -> Vec<String> {
    let word = |c: &Value| c["standings"][0]["standing"].as_str().unwrap().to_owned();
    of_alice(store).iter().map(word).collect()
}

/// Whom Carol's mail to Alice is encrypted to.
fn encrypted_to(carol: &Sandbox) -> String {
    carol.write("answer.eml", letter("carol@example.org", "alice@example.org", "answer@example.org"));
    let facts = carol.json(&["seal", "answer.eml", "--force", "-o", "sealed.eml"]);
    let readers = facts["readers"].as_array().unwrap();
    let hers: Vec<_> = readers.iter().filter(|r| r["address"] == "alice@example.org").collect();
    assert_eq!(hers.len(), 1, "one certificate, never all that are held: {facts}");
    hers[0]["fingerprint"].as_str().unwrap().to_owned()
}

fn changed(report: &Value) -> Vec<Value> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().filter(|f| f["code"] == "key-changed").cloned().collect()
}

#[test]
fn di_06_a_verified_mail_brings_the_certificates_of_its_sender_and_nothing_else_does() {
    let people = Sandbox::with_people();
    let carol = carol(&people);
    let mail = signed(&people, &carol, "one@example.org");
    carol.write("answer.eml", letter("carol@example.org", "alice@example.org", "answer@example.org"));
    carol.run(&["seal", "--no-discovery", "answer.eml"]).expect(17);
    // Told not to, or where anything is wrong, nothing is kept.
    carol.json(&["open", "--no-harvest", &mail]);
    carol.write("store/policy.toml", "harvest = false\n");
    carol.json(&["open", &mail]);
    std::fs::remove_file(carol.path("store/policy.toml")).unwrap();
    let text = String::from_utf8(carol.read(&mail)).unwrap();
    carol.write("broken.eml", text.replace("Forty-two", "Forty-three"));
    carol.run(&["open", "broken.eml"]).expect(3);
    carol.write("other.eml", text.replace("From: Alice <alice@example.org>", "From: dora@example.org"));
    carol.run(&["open", "other.eml"]).expect(3);
    let stranger = Sandbox::new();
    stranger.ok(&["id", "new", "alice@example.org", "--no-passphrase"]);
    let strange = signed(&stranger, &carol, "strange@example.org");
    assert_eq!(carol.json(&["open", &strange])["verdict"], "unverified");
    assert_eq!(of_alice(&carol).len(), 0);

    let (first, last) = (from_now(DAY), from_now(5 * DAY));
    let report = carol.json(&["open", &mail, "--at", &first]);
    assert_eq!((&report["verdict"], changed(&report).len()), (&"verified".into(), 0));
    let kept = of_alice(&carol);
    assert_eq!(kept.len(), 2, "the one that signs and the one to encrypt to: {kept:?}");
    for certificate in &kept {
        assert_eq!((&certificate["origin"], &certificate["mark"]), (&"mail".into(), &"none".into()));
        let source = &certificate["sources"][0];
        assert_eq!((&source["source"], &source["detail"]), (&"mail".into(), &"alice@example.org".into()));
        assert_eq!(source["first_in"], "<one@example.org>");
        assert_eq!(source["first_seen"], first.as_str());
        assert_eq!(certificate["standings"][0]["standing"], "used");
    }
    let signs = kept.iter().find(|c| c["uses"].to_string().contains("digital")).unwrap();
    assert!(signs["capabilities"]["list"].to_string().contains("aes"), "{signs}");
    assert!(signs["capabilities"]["signed_at"].is_string());
    // Seen again, later and in another mail.
    let again = signed(&people, &carol, "two@example.org");
    carol.json(&["open", &again, "--at", &last]);
    let certificate = &of_alice(&carol)[0];
    assert_eq!(
        (&certificate["first_seen"], &certificate["last_seen"]),
        (&first.as_str().into(), &last.as_str().into())
    );
    let source = &certificate["sources"][0];
    assert_eq!((&source["first_in"], &source["last_in"]), (&"<one@example.org>".into(), &"<two@example.org>".into()));
    let shown = carol.ok(&["cert", "show", "alice@example.org"]);
    assert!(shown.contains(&format!("mail alice@example.org, first {first} in <one@example.org>")), "{shown}");
    assert!(carol.ok(&["cert", "list"]).contains(&last[..10]));
    let listed = carol.json(&["cert", "list"]);
    assert!(listed["certificates"].as_array().unwrap().iter().any(|c| c["sources"][0]["source"] == "mail"));
    // And now she can be written to.
    encrypted_to(&carol);
}

#[test]
fn di_06_a_key_that_changed_is_told_and_not_used_until_it_is_accepted() {
    let people = Sandbox::with_people();
    let carol = carol(&people);
    let first = signed(&people, &carol, "one@example.org");
    carol.json(&["open", &first]);
    let old = encrypted_to(&carol);
    people.ok(&["id", "new", "alice@example.org", "--issuer", "Example CA", "--no-passphrase"]);
    let second = signed(&people, &carol, "two@example.org");
    for _ in 0..2 {
        let report = carol.json(&["open", &second]);
        assert_eq!(report["verdict"], "verified");
        let findings = changed(&report);
        assert_eq!(findings.len(), 2, "the key that signs, and the one to encrypt to: {report}");
        for finding in &findings {
            assert_eq!(finding["severity"], "warning");
            assert!(finding["hint"].as_str().unwrap().contains("sealpost cert accept "), "{finding}");
        }
        let text = findings.iter().find(|f| f["text"].as_str().unwrap().contains("encryption key")).unwrap();
        assert!(text["text"].as_str().unwrap().contains(&old), "{text}");
        assert_eq!(encrypted_to(&carol), old, "the one before stays in use");
    }
    let told = carol.run(&["open", &second]).expect(0).err;
    assert!(told.contains("warning: the signing key of alice@example.org changed"), "{told}");
    let mut words = standings(&carol);
    words.sort();
    assert_eq!(words, ["changed", "changed", "used", "used"]);
    assert!(carol.ok(&["cert", "list"]).contains("changed"));
    // The first key is still known: an old mail is no change.
    assert_eq!(changed(&carol.json(&["open", &first])).len(), 0);

    let accepted = carol.json(&["cert", "accept", "alice@example.org"]);
    assert_eq!(accepted["accepted"].as_array().unwrap().len(), 2, "{accepted}");
    let new = encrypted_to(&carol);
    assert_ne!(new, old);
    assert!(accepted.to_string().contains(&new) && accepted.to_string().contains(&old), "{accepted}");
    let mut words = standings(&carol);
    words.sort();
    assert_eq!(words, ["superseded", "superseded", "used", "used"]);
    for mail in [&first, &second] {
        assert_eq!(changed(&carol.json(&["open", mail])).len(), 0);
    }
    assert_eq!(encrypted_to(&carol), new, "an old mail brings no old key back");
    assert_eq!(carol.json(&["cert", "accept", "alice@example.org"])["accepted"].as_array().unwrap().len(), 0);
    carol.run(&["cert", "accept", "nobody@example.org"]).expect(1);
    // What was superseded is never chosen, not even where nothing else is left; and every one says why.
    carol.ok(&["cert", "distrust", new.trim_start_matches("sha256:")]);
    let told = carol.run(&["seal", "--no-discovery", "answer.eml"]).expect(17).err;
    let prefix = |print: &str| print.chars().take(7 + 16).collect::<String>();
    assert!(told.contains(&format!("{} was superseded", prefix(&old))), "{told}");
    assert!(told.contains(&format!("{} is distrusted", prefix(&new))), "{told}");
    // Unless somebody says so.
    carol.ok(&["cert", "accept", old.trim_start_matches("sha256:")]);
    assert_eq!(encrypted_to(&carol), old);
}

#[test]
fn of_several_that_cannot_be_encrypted_to_each_says_why() {
    let people = Sandbox::with_people();
    let carol = carol(&people);
    let mail = signed(&people, &carol, "one@example.org");
    carol.json(&["open", &mail]);
    let own = people.json(&["cert", "list"]);
    let hers = own["certificates"].as_array().unwrap().iter().filter(|c| c["addresses"][0] == "alice@example.org");
    assert_eq!(hers.count(), 2);
    carol.write("answer.eml", letter("carol@example.org", "alice@example.org", "answer@example.org"));
    // When both of hers are over, and Carol's own are not.
    let end = of_alice(&carol)[0]["not_after"].as_str().unwrap().to_owned();
    let year: u32 = end[..4].parse().unwrap();
    let late = format!("{}{}", year + 1, &end[4..]);
    let late = ["id", "new", "carol@example.org", "--no-passphrase", "--at", &late];
    carol.ok(&late);
    let told = carol.run(&["seal", "--no-discovery", "answer.eml", "--at", late[5]]).expect(17).err;
    assert!(told.contains("expired on"), "{told}");
    assert!(told.lines().any(|l| l.starts_with("  sha256:") && l.contains("is not for this use")), "{told}");
}

#[test]
fn every_key_that_was_ever_used_opens_old_mail() {
    let alice = Sandbox::with_people();
    alice.write("letter.eml", letter("bob@example.net", "alice@example.org", "old@example.org"));
    alice.ok(&["seal", "letter.eml", "-o", "old.eml"]);
    for _ in 0..3 {
        alice.ok(&["id", "new", "alice@example.org", "--issuer", "Example CA", "--no-passphrase"]);
    }
    // Bob's copy cannot be what opens it, and neither can what the header says of its reader.
    alice.ok(&["id", "remove", "bob@example.net", "--destroy-key", "--yes"]);
    let text = String::from_utf8(alice.read("old.eml")).unwrap();
    alice.write("old.eml", text.replace("To: alice@example.org", "To: undisclosed@example.com"));
    let report = alice.json(&["open", "old.eml"]);
    assert_eq!(report["layers"][0]["opened_with"], "alice@example.org", "{report}");
}

#[test]
fn a_bundle_of_any_length_is_taken_as_it_is_read_or_not_at_all() {
    let people = Sandbox::with_people();
    let carol = Sandbox::new();
    let some = people.ok(&["cert", "show", "alice@example.org", "--pem"]);
    let bundle = some.repeat((300 << 10) / some.len() + 1);
    let all = bundle.matches("BEGIN").count();
    assert!(all > 300);
    carol.write("bad.pem", format!("{bundle}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
    let told = carol.run(&["cert", "import", "bad.pem"]).expect(41).err;
    assert!(told.contains(&format!("block {}", all + 1)), "{told}");
    assert_eq!(of_alice(&carol).len(), 0, "a part of it was taken");
    carol.write("good.pem", &bundle);
    let told = carol.json(&["cert", "import", "good.pem"]);
    assert_eq!((&told["new"], &told["known"]), (&2.into(), &(all - 2).into()));
    let certificate = &of_alice(&carol)[0];
    assert_eq!(
        (&certificate["sources"][0]["source"], &certificate["sources"][0]["detail"]),
        (&"file".into(), &"good.pem".into())
    );
    assert_eq!(carol.run_with(&["cert", "import", "-", "--json"], bundle.as_bytes()).expect(0).err.lines().count(), 1);
}
