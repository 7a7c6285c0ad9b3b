//! `sealpost id renew` and `sealpost mail rekey`: an identity's new key, and kept mail moved to it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::mail::letter;
use crate::support::{Sandbox, has};

/// Alice and Bob in one store; sealed mails of several kinds to Alice, before she gets a new key.
fn old_mail() -> Sandbox {
    let sandbox = Sandbox::with_people();
    let to_alice = letter().replace("Bob <bob@example.net>", "alice@example.org");
    sandbox.write("plain.eml", &to_alice);
    sandbox.ok(&["seal", "plain.eml", "-o", "signed-cbc.eml"]);
    sandbox.ok(&["seal", "--encrypt-only", "plain.eml", "-o", "gcm.eml"]);
    let pem = certificate(&sandbox, "alice@example.org");
    sandbox.write("old.crt", pem);
    // In CBC, with nothing within that proves it.
    sandbox.write("text.txt", "Content-Type: text/plain\r\n\r\nForty-two, said in private.\r\n");
    let bare = sandbox.ok(&["cms", "encrypt", "--to", "old.crt", "--cipher", "aes-128-cbc", "text.txt"]);
    let head = "From: bob@example.net\nTo: alice@example.org\nX-Odd:  kept \t as it is\n";
    sandbox.write("cbc.eml", [head, &bare.replace("\r\n", "\n")].concat());
    sandbox.write("for-bob.eml", letter().replace("Alice <alice@example.org>", "bob@example.net"));
    sandbox.ok(&["seal", "--from", "bob@example.net", "for-bob.eml", "-o", "others.eml"]);
    sandbox
}

/// The certificate in use that decrypts, as PEM.
fn certificate(sandbox: &Sandbox, address: &str) -> String {
    let shown = sandbox.json(&["id", "list"]);
    let in_use = |i: &&serde_json::Value| i["address"] == address && i["retired_at"].is_null();
    let identity = shown["identities"].as_array().unwrap().iter().find(in_use).unwrap();
    let key = identity["keys"].as_array().unwrap().iter().find(|k| k["role"] == "encrypt").unwrap();
    sandbox.ok(&["cert", "show", key["fingerprint"].as_str().unwrap(), "--pem"])
}

/// The number of the identity that was retired.
fn retired(sandbox: &Sandbox) -> String {
    let shown = sandbox.json(&["id", "list"]);
    let old = shown["identities"].as_array().unwrap().iter().find(|i| !i["retired_at"].is_null()).unwrap();
    old["id"].to_string()
}

fn maildir(sandbox: &Sandbox, mails: &[(&str, &str)]) -> PathBuf {
    let folder = sandbox.path("Maildir");
    for place in ["cur", "new", "tmp"] {
        fs::create_dir_all(folder.join(place)).unwrap();
    }
    for (mail, name) in mails {
        let path = folder.join(name);
        fs::write(&path, sandbox.read(mail)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::new(1_500_000_000, 123_000_000);
        fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for place in ["cur", "new", "tmp"] {
        let entries = fs::read_dir(folder.join(place)).unwrap();
        found.extend(entries.map(|e| format!("{place}/{}", e.unwrap().file_name().into_string().unwrap())));
    }
    found.sort();
    found
}

fn opened(sandbox: &Sandbox, mail: &Path) -> (serde_json::Value, Vec<u8>) {
    let path = mail.to_str().unwrap();
    let verdict = sandbox.json(&["open", path]);
    (verdict, sandbox.run(&["open", path]).expect(0).out)
}

#[test]
fn renewing_keeps_the_old_key_for_old_mail_and_signs_and_seals_with_the_new_one() {
    let sandbox = old_mail();
    let before = sandbox.run(&["open", "signed-cbc.eml"]).expect(0).out;
    let old = certificate(&sandbox, "alice@example.org");
    let report = sandbox.json(&["id", "renew", "alice@example.org"]);
    assert_eq!(report["identity"]["address"], "alice@example.org");
    assert_eq!(report["identity"]["name"], "Alice Example");
    assert!(report["identity"]["retired_at"].is_null() && report["replaces"]["retired_at"].is_string());
    // By the authority that certified the old ones, and of the same kind.
    assert_eq!(report["identity"]["keys"][0]["issuer"], report["replaces"]["keys"][0]["issuer"]);
    assert_ne!(report["identity"]["keys"][0]["fingerprint"], report["replaces"]["keys"][0]["fingerprint"]);
    let new = certificate(&sandbox, "alice@example.org");
    assert_ne!(new, old);
    assert_eq!(sandbox.run(&["open", "signed-cbc.eml"]).expect(0).out, before);
    sandbox.ok(&["seal", "plain.eml", "-o", "now.eml"]);
    let layers = sandbox.json(&["open", "now.eml"]);
    let serial = report["identity"]["keys"].as_array().unwrap().iter().find(|k| k["role"] == "encrypt").unwrap();
    let serial = serial["serial"].as_str().unwrap().to_lowercase().replace(':', "");
    let ids: Vec<_> = layers["layers"][0]["recipients"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
    assert_eq!(ids, [&format!("issuer-serial:{serial}")]);
    // Another kind, signed by itself; and what makes no sense.
    let report = sandbox.json(&["id", "renew", "alice@example.org", "--key", "ed25519+x25519", "--self-signed"]);
    assert_eq!(report["identity"]["keys"][1]["key"], "x25519", "{report}");
    assert_eq!(sandbox.run(&["open", "now.eml"]).expect(0).out, sandbox.run(&["open", "now.eml"]).out);
    let other = Sandbox::new();
    other.write("pw", "pw");
    let file = other.path("bob.p12");
    let pw = other.path("pw");
    sandbox.ok(&[
        "id",
        "export",
        "bob@example.net",
        "--key-password-file",
        pw.to_str().unwrap(),
        "-o",
        file.to_str().unwrap(),
    ]);
    other.ok(&["id", "import", "bob.p12", "--key-password-file", "pw", "--no-passphrase"]);
    let told = other.run(&["id", "renew", "bob@example.net"]).expect(2).err;
    assert!(told.contains("authority that certified bob@example.net is not in this store"), "{told}");
    sandbox.run(&["id", "renew", "nobody@example.net"]).expect(1);
}

#[test]
fn a_maildir_is_moved_to_the_current_key_and_nothing_else_of_it_changes() {
    let sandbox = old_mail();
    let folder = maildir(
        &sandbox,
        &[
            ("signed-cbc.eml", "cur/1.a.host:2,S"),
            ("gcm.eml", "cur/2.b.host,S=4711:2,RS"),
            ("cbc.eml", "new/3.c.host"),
            ("plain.eml", "cur/4.d.host:2,"),
            ("others.eml", "cur/5.e.host:2,F"),
        ],
    );
    let files = names(&folder);
    let mails: Vec<PathBuf> = files.iter().map(|name| folder.join(name)).collect();
    let before: Vec<_> = mails.iter().map(|mail| (fs::read(mail).unwrap(), opened(&sandbox, mail))).collect();
    sandbox.ok(&["id", "renew", "alice@example.org"]);
    // Bob's keys are not here any more.
    sandbox.ok(&["id", "remove", "bob@example.net", "--destroy-key", "--yes"]);

    let dry = sandbox.json(&["mail", "rekey", "Maildir", "--dry-run"]);
    let numbers =
        |r: &serde_json::Value| ["mails", "rekeyed", "current", "plain", "left"].map(|n| r[n].as_u64().unwrap());
    assert_eq!(numbers(&dry), [5, 3, 0, 1, 1], "{dry}");
    assert_eq!(dry["left_mails"][0]["why"], "not-ours");
    assert_eq!(dry["left_mails"][0]["mail"], "cur/5.e.host:2,F");
    assert!(mails.iter().zip(&before).all(|(mail, (bytes, _))| fs::read(mail).unwrap() == *bytes));

    let done = sandbox.json(&["mail", "rekey", "Maildir"]);
    assert_eq!(numbers(&done), [5, 3, 0, 1, 1]);
    assert_eq!(names(&folder), files);
    for mail in &mails {
        let metadata = fs::metadata(mail).unwrap();
        assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (1_500_000_000, 123_000_000), "{}", mail.display());
        assert_eq!(metadata.mode() & 0o777, 0o640);
    }
    // The old key goes, and everything that was for it is read all the same.
    sandbox.ok(&["id", "remove", &retired_alice(&sandbox), "--destroy-key", "--yes"]);
    for (i, (mail, (bytes, (verdict, text)))) in mails.iter().zip(&before).enumerate() {
        if files[i].contains("5.e") || files[i].contains("4.d") {
            assert_eq!(fs::read(mail).unwrap(), *bytes);
            continue;
        }
        let (now, released) = opened(&sandbox, mail);
        assert_eq!(released, *text, "{}", files[i]);
        for same in ["verdict", "confidentiality", "headers"] {
            assert_eq!(now[same], verdict[same], "{}", files[i]);
        }
        // The header is the same but for what it says of the encryption.
        let head = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let end = text.find("\r\n\r\n").or(text.find("\n\n")).unwrap();
            text[..end].replace("authEnveloped", "enveloped")
        };
        assert_eq!(head(&fs::read(mail).unwrap()), head(bytes), "{}", files[i]);
    }
    let cipher = |mail: usize| opened(&sandbox, &mails[mail]).0["layers"][0]["cipher"].as_str().unwrap().to_owned();
    assert_eq!(cipher(position(&files, "1.a")), "aes-256-gcm", "a good signature covers it");
    assert_eq!(cipher(position(&files, "2.b")), "aes-256-gcm");
    assert_eq!(cipher(position(&files, "3.c")), "aes-256-cbc", "nothing proves it");
    let bare = opened(&sandbox, &mails[position(&files, "3.c")]).0;
    assert_eq!(bare["confidentiality"], "unauthenticated");
    // Once more: nothing is left to do, and nothing is touched.
    let after: Vec<_> = mails.iter().map(|mail| fs::metadata(mail).unwrap().ino()).collect();
    let again = sandbox.json(&["mail", "rekey", "Maildir"]);
    assert_eq!(numbers(&again), [5, 0, 3, 1, 1]);
    assert_eq!(mails.iter().map(|mail| fs::metadata(mail).unwrap().ino()).collect::<Vec<_>>(), after);
}

fn retired_alice(sandbox: &Sandbox) -> String {
    let shown = sandbox.json(&["id", "list"]);
    let old = |i: &&serde_json::Value| i["address"] == "alice@example.org" && !i["retired_at"].is_null();
    shown["identities"].as_array().unwrap().iter().find(old).unwrap()["id"].to_string()
}

fn position(files: &[String], part: &str) -> usize {
    files.iter().position(|name| name.contains(part)).unwrap()
}

/// What an attacker changed within CBC, and a signature that fails, prove nothing: no other cipher makes it look proven.
#[test]
fn what_a_bad_signature_covers_stays_unauthenticated() {
    let sandbox = old_mail();
    sandbox.ok(&["seal", "--sign-only", "plain.eml", "-o", "signed.eml"]);
    let signed = String::from_utf8(sandbox.read("signed.eml")).unwrap();
    let broken = signed.replace("Forty-two, as agreed", "Forty-one, as agreed");
    assert_ne!(signed, broken);
    let start = broken.find("MIME-Version").unwrap();
    for (name, text) in [("broken.txt", &broken), ("good.txt", &signed)] {
        sandbox.write(name, &text[start..]);
    }
    let folder = maildir(&sandbox, &[]);
    for (from, to) in [("broken.txt", "cur/1:2,"), ("good.txt", "cur/2:2,")] {
        let mail = sandbox.ok(&["cms", "encrypt", "--to", "old.crt", "--cipher", "aes-256-cbc", from]);
        fs::write(folder.join(to), format!("From: alice@example.org\r\n{mail}")).unwrap();
    }
    sandbox.ok(&["id", "renew", "alice@example.org"]);
    let done = sandbox.json(&["mail", "rekey", "Maildir"]);
    assert_eq!(done["rekeyed"], 2, "{done}");
    let mail = |name: &str| String::from_utf8(fs::read(folder.join(name)).unwrap()).unwrap();
    assert!(mail("cur/1:2,").contains("smime-type=enveloped-data"));
    assert!(mail("cur/2:2,").contains("smime-type=authEnveloped-data"));
    let broken = sandbox.run(&["open", "--json", folder.join("cur/1:2,").to_str().unwrap()]).expect(3);
    let verdict: serde_json::Value = serde_json::from_slice(&broken.out).unwrap();
    assert_eq!((&verdict["verdict"], &verdict["confidentiality"]), (&"broken".into(), &"unauthenticated".into()));
}

fn mbox(sandbox: &Sandbox, mails: &[&str]) -> PathBuf {
    let mut all = Vec::new();
    for (number, mail) in mails.iter().enumerate() {
        let text = String::from_utf8(sandbox.read(mail)).unwrap().replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap();
        all.extend(format!("From bob@example.net Mon Nov 23 09:00:{number:02} 2026\n").into_bytes());
        let length = body.len();
        all.extend(format!("{head}\nStatus: RO\nX-Status: A\nContent-Length: {length}\n\n{body}\n").into_bytes());
    }
    let path = sandbox.write("kept.mbox", all);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// The mails of an mbox, each in a file.
fn split(sandbox: &Sandbox, path: &Path) -> Vec<(String, PathBuf)> {
    let text = String::from_utf8(fs::read(path).unwrap()).unwrap();
    assert!(text.starts_with("From "));
    let mut found = Vec::new();
    for (number, mail) in text[5..].split("\n\nFrom ").enumerate() {
        let (line, mail) = mail.split_once('\n').unwrap();
        found.push((line.to_owned(), sandbox.write(&format!("split-{number}.eml"), format!("{mail}\n"))));
    }
    found
}

#[test]
fn an_mbox_keeps_its_lines_and_states_and_is_locked_while_it_is_written() {
    let sandbox = old_mail();
    let path = mbox(&sandbox, &["gcm.eml", "plain.eml", "signed-cbc.eml", "others.eml", "cbc.eml"]);
    let before = split(&sandbox, &path);
    let texts: Vec<_> = before.iter().map(|(_, mail)| opened(&sandbox, mail).1).collect();
    let bytes = fs::read(&path).unwrap();
    sandbox.ok(&["id", "renew", "alice@example.org"]);
    sandbox.json(&["mail", "rekey", "kept.mbox", "--dry-run"]);
    assert_eq!(fs::read(&path).unwrap(), bytes);

    // Another program holds it, and one that is gone did.
    let mut sleep = Command::new("sleep").arg("60").spawn().unwrap();
    sandbox.write("kept.mbox.lock", format!("{}\n", sleep.id()));
    let mut waiting = sandbox.command(&["mail", "rekey", "kept.mbox"]).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(waiting.try_wait().unwrap().is_none() && fs::read(&path).unwrap() == bytes);
    sleep.kill().unwrap();
    sleep.wait().unwrap();
    assert!(waiting.wait().unwrap().success());

    assert_eq!(sandbox.files().iter().filter(|n| n.contains("kept.mbox")).collect::<Vec<_>>(), ["kept.mbox"]);
    sandbox.ok(&["id", "remove", &retired(&sandbox), "--destroy-key", "--yes"]);
    let after = split(&sandbox, &path);
    assert_eq!(after.len(), 5);
    for (i, ((line, mail), text)) in after.iter().zip(&texts).enumerate() {
        assert_eq!(*line, before[i].0);
        let (_, released) = opened(&sandbox, mail);
        // The header that is released has the fields of the mailbox as they are outside.
        let strip = |bytes: &[u8]| {
            let lines = String::from_utf8(bytes.to_vec()).unwrap();
            lines.lines().filter(|l| !l.starts_with("Content-Length")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(strip(&released), strip(text), "{i}");
        let raw = String::from_utf8(fs::read(mail).unwrap()).unwrap();
        assert!(raw.contains("\nStatus: RO\nX-Status: A\n"), "{raw}");
        // A length that is no longer that of the body is worse than none.
        assert_eq!(raw.contains("Content-Length"), [1, 3].contains(&i), "{i}");
        assert!(!raw.contains('\r'));
    }
    let again = sandbox.json(&["mail", "rekey", "kept.mbox"]);
    assert_eq!((&again["rekeyed"], &again["current"]), (&0.into(), &4.into()), "{again}");
    sandbox.write("no.mbox", "Subject: no mbox\n\n");
    let told = sandbox.run(&["mail", "rekey", "no.mbox"]).expect(1).err;
    assert!(told.contains("neither a maildir nor an mbox"), "{told}");
    sandbox.run(&["mail", "rekey", "store"]).expect(1);
    sandbox.run(&["mail", "rekey", "missing"]).expect(1);
}

/// Killed at many places, whatever it was doing: each mail opens by the old or the new key, none is twice there and none is
/// missing; and a run that is let be completes it.
#[test]
fn nothing_is_lost_at_kill_9() {
    for kind in ["maildir", "mbox"] {
        let sandbox = old_mail();
        let kinds = ["gcm.eml", "signed-cbc.eml", "cbc.eml", "plain.eml"];
        let count = 16;
        let folder = if kind == "maildir" {
            let mails: Vec<_> = (0..count).map(|i| (kinds[i % 4], format!("cur/{i:02}.a:2,S"))).collect();
            let mails: Vec<_> = mails.iter().map(|(mail, name)| (*mail, name.as_str())).collect();
            maildir(&sandbox, &mails)
        } else {
            mbox(&sandbox, &(0..count).map(|i| kinds[i % 4]).collect::<Vec<_>>())
        };
        sandbox.ok(&["id", "renew", "alice@example.org"]);
        let folder_name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        // Each round is let live a little longer than it takes to begin, which differs by the machine.
        let begun = std::time::Instant::now();
        sandbox.ok(&["id", "list"]);
        let begins = begun.elapsed();
        let mut killed = 0;
        for round in 0..200 {
            let mut child = sandbox.command(&["mail", "rekey", &folder_name]);
            let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(begins + Duration::from_millis(round));
            let _ = child.kill(); // SIGKILL
            if child.wait().unwrap().success() {
                break;
            }
            killed += 1;
            if kind == "maildir" {
                let there: Vec<_> = names(&folder).into_iter().filter(|name| !name.starts_with("tmp/")).collect();
                assert_eq!(there, (0..count).map(|i| format!("cur/{i:02}.a:2,S")).collect::<Vec<_>>());
            } else {
                assert_eq!(split(&sandbox, &folder).len(), count);
            }
        }
        assert!(killed > 3, "{kind}: it was never killed in the middle");
        let last = sandbox.json(&["mail", "rekey", &folder_name]);
        let sum = last["rekeyed"].as_u64().unwrap() + last["current"].as_u64().unwrap();
        assert_eq!((sum, last["plain"].as_u64(), last["left"].as_u64()), (12, Some(4), Some(0)), "{last}");
        sandbox.ok(&["id", "remove", &retired(&sandbox), "--destroy-key", "--yes"]);
        let mails: Vec<PathBuf> = match kind {
            "maildir" => {
                let all = names(&folder);
                assert_eq!(all.len(), count, "{all:?}");
                all.iter().map(|name| folder.join(name)).collect()
            }
            _ => {
                let left: Vec<_> = sandbox.files().into_iter().filter(|n| n.contains("kept.mbox")).collect();
                assert_eq!(left, ["kept.mbox"]);
                split(&sandbox, &folder).into_iter().map(|(_, mail)| mail).collect()
            }
        };
        assert_eq!(mails.len(), count);
        for (i, mail) in mails.iter().enumerate() {
            let text = sandbox.run(&["open", mail.to_str().unwrap()]).expect(0).text();
            assert!(text.contains("Forty-two, "), "{kind} {i}: {text}");
            assert_eq!(text.contains("said in private"), i % 4 == 2);
        }
    }
}

/// Two folders on a small disk that another file fills; then it is removed.
const FULL: &str = r#"
mount -t tmpfs -o size=1m,mode=700 tmpfs disk || exit 77
cp -a Maildir kept.mbox disk/
head -c 4000000 /dev/zero > disk/filler 2> no-room
for folder in Maildir kept.mbox; do
    "$SEALPOST" mail rekey "disk/$folder" 2> told
    echo "$folder $? $(cat told)"
    diff -r "$folder" "disk/$folder" && echo the same
done
rm disk/filler
for folder in Maildir kept.mbox; do "$SEALPOST" mail rekey "disk/$folder" 2>&1; done
find disk -type f | sort
"#;

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let sandbox = old_mail();
    // More than what is left of the last page of a file.
    let long = letter().replace("Bob <bob@example.net>", "alice@example.org") + &"Forty-two.\r\n".repeat(2000);
    sandbox.write("plain.eml", long);
    sandbox.ok(&["seal", "plain.eml", "-o", "long.eml"]);
    maildir(&sandbox, &[("long.eml", "cur/1.a:2,S")]);
    let length = fs::metadata(mbox(&sandbox, &["long.eml"])).unwrap().len();
    sandbox.ok(&["id", "renew", "alice@example.org"]);
    fs::create_dir(sandbox.path("disk")).unwrap();
    let program = sandbox.command::<&str>(&[]);
    let run = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", FULL])
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("SEALPOST", program.get_program())
        .current_dir(sandbox.path(""))
        .output();
    let run = match run {
        Ok(run) if ![Some(1), Some(77)].contains(&run.status.code()) => run,
        _ if std::env::var("SEALPOST_REQUIRE").is_ok_and(|v| v == "all") => panic!("no small disk can be mounted"),
        _ => return println!("skipped: no small disk can be mounted (it needs unshare and user namespaces)"),
    };
    let text = String::from_utf8(run.stdout).unwrap();
    assert_eq!(text.matches("the same").count(), 2, "{text}{}", String::from_utf8_lossy(&run.stderr));
    assert!(text.contains("Maildir 1 error: disk/Maildir cannot hold the mail anew: "), "{text}");
    assert!(text.contains("kept.mbox 1 error: ") && text.contains(&format!("({length} bytes wanted)")), "{text}");
    assert_eq!(text.matches("hint: free some space and run it again").count(), 2, "{text}");
    assert_eq!(text.matches("1 of 1 mails are moved to the current key").count(), 2, "{text}");
    assert!(text.ends_with("disk/Maildir/cur/1.a:2,S\ndisk/kept.mbox\n"), "{text}");
}

/// A mail program changes flags all the time while mails are moved: none is there twice, and none is missing.
#[test]
fn flags_that_change_meanwhile_make_no_second_mail() {
    let sandbox = old_mail();
    let count = 12;
    let mails: Vec<_> = (0..count).map(|i| ("gcm.eml", format!("cur/{i:02}.a:2,"))).collect();
    let mails: Vec<_> = mails.iter().map(|(mail, name)| (*mail, name.as_str())).collect();
    let folder = maildir(&sandbox, &mails);
    sandbox.ok(&["id", "renew", "alice@example.org"]);
    let mut child = sandbox.command(&["mail", "rekey", "Maildir"]);
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut changes = 0;
    while child.try_wait().unwrap().is_none() {
        for name in names(&folder).into_iter().filter(|name| name.starts_with("cur/")) {
            let flags = [":2,", ":2,S", ":2,RS"];
            let (unique, old) = name.split_once(':').unwrap();
            let next = flags[(flags.iter().position(|f| f[1..] == *old).unwrap() + 1) % 3];
            changes += usize::from(fs::rename(folder.join(&name), folder.join(format!("{unique}{next}"))).is_ok());
            std::thread::sleep(Duration::from_micros(500));
        }
    }
    child.wait().unwrap();
    assert!(changes > count);
    let last = sandbox.json(&["mail", "rekey", "Maildir"]);
    let sum = last["rekeyed"].as_u64().unwrap() + last["current"].as_u64().unwrap();
    assert_eq!((sum, last["mails"].as_u64()), (12, Some(12)), "{last}");
    sandbox.ok(&["id", "remove", &retired(&sandbox), "--destroy-key", "--yes"]);
    let there = names(&folder);
    let mut unique: Vec<&str> = there.iter().map(|name| name.split(':').next().unwrap()).collect();
    unique.dedup();
    assert_eq!((there.len(), unique.len()), (count, count), "{there:?}");
    for name in &there {
        sandbox.run(&["open", folder.join(name).to_str().unwrap()]).expect(0);
    }
}

/// Somebody else's program reads what is written.
#[test]
fn openssl_reads_a_mail_that_was_moved() {
    if !has("openssl") {
        return;
    }
    let sandbox = old_mail();
    let folder = maildir(&sandbox, &[("cbc.eml", "cur/1:2,")]);
    sandbox.ok(&["id", "renew", "alice@example.org", "--key", "rsa-2048"]);
    sandbox.ok(&["mail", "rekey", "Maildir"]);
    sandbox.write("pw", "pw");
    let export = ["id", "export", "alice@example.org", "--format", "pem", "--key-password-file", "pw", "-o", "a.pem"];
    sandbox.ok(&export);
    let mail = folder.join("cur/1:2,");
    let crt = sandbox.write("new.crt", certificate(&sandbox, "alice@example.org"));
    let keys = String::from_utf8(sandbox.read("a.pem")).unwrap();
    let marker = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    let mut found = false;
    for key in keys.split(marker).skip(1) {
        let key = sandbox.write("one.key", format!("{marker}{key}"));
        let run = Command::new("openssl")
            .args(["cms", "-decrypt", "-passin", "pass:pw", "-in"])
            .arg(&mail)
            .arg("-recip")
            .arg(&crt)
            .arg("-inkey")
            .arg(&key)
            .output()
            .unwrap();
        found |= run.status.success() && run.stdout == sandbox.read("text.txt");
    }
    assert!(found);
}
