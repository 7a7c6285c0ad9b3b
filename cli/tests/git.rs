//! git signs and verifies commits and tags with `sealpost-gpgsm`.

use std::path::Path;
use std::process::Command;

use crate::agent::Locked;
use crate::support::{Run, Sandbox, has, run};

/// A repository in the sandbox whose commits and tags are signed.
struct Repository<'a> {
    sandbox: &'a Sandbox,
}

impl Repository<'_> {
    fn new(sandbox: &Sandbox) -> Repository<'_> {
        std::fs::create_dir(sandbox.path("repository")).unwrap();
        let repository = Repository { sandbox };
        for line in [
            "init --quiet",
            "config user.name Alice",
            "config user.email alice@example.org",
            "config gpg.format x509",
            "config gpg.x509.program sealpost-gpgsm",
        ] {
            repository.git(line).expect(0);
        }
        repository
    }

    /// git, without anybody's settings and without a terminal.
    fn git(&self, line: &str) -> Run {
        let words: Vec<&str> = line.split(' ').collect();
        self.run(&words)
    }

    fn run(&self, words: &[&str]) -> Run {
        let mut command = Command::new("setsid");
        command.args(["--wait", "git"]).args(words).current_dir(self.sandbox.path("repository")).env_clear();
        let bin = Path::new(env!("CARGO_BIN_EXE_sealpost-gpgsm")).parent().unwrap();
        command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
        command.env("HOME", self.sandbox.path("")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("SEALPOST_STORE", self.sandbox.path("store")).env("XDG_RUNTIME_DIR", self.sandbox.path("run"));
        run(command, b"")
    }

    fn commit(&self, message: &str) {
        std::fs::write(self.sandbox.path("repository/file"), message).unwrap();
        self.git("add file").expect(0);
        self.run(&["commit", "--quiet", "-S", "-m", message]).expect(0);
    }
}

fn possible() -> bool {
    has("git") && has("setsid")
}

#[test]
fn commits_and_tags_are_signed_and_verified() {
    if !possible() {
        return;
    }
    let sandbox = Sandbox::with_people();
    let repository = Repository::new(&sandbox);
    repository.commit("one");
    let raw = repository.git("verify-commit --raw HEAD").expect(0).err;
    let keywords: Vec<&str> = raw.lines().filter_map(|l| l.strip_prefix("[GNUPG:] ")?.split(' ').next()).collect();
    assert_eq!(keywords, ["NEWSIG", "GOODSIG", "VALIDSIG", "TRUST_FULLY"]);
    repository.run(&["tag", "-s", "v1", "-m", "the first"]).expect(0);
    repository.git("verify-tag v1").expect(0);
    let shown = repository.git("log --show-signature -1").expect(0).text();
    assert!(shown.contains("Good signature") && shown.contains("by alice@example.org"), "{shown}");
    let format = repository.git("log -1 --format=%G?|%GS|%GF|%GT").expect(0).text();
    let fields: Vec<&str> = format.trim().split('|').collect();
    assert_eq!((fields[0], fields[1], fields[3]), ("G", "/CN=Alice Example", "fully"));

    // Another text under the same signature.
    let object = repository.git("cat-file commit HEAD").expect(0).text();
    std::fs::write(sandbox.path("repository/forged"), object.replace("\n\none", "\n\ntwo")).unwrap();
    let forged = repository.git("hash-object -t commit -w forged").expect(0).text();
    let told = repository.run(&["verify-commit", "--raw", forged.trim()]);
    assert_ne!(told.code, 0);
    assert!(told.err.contains("[GNUPG:] BADSIG ") && !told.err.contains("GOODSIG"), "{}", told.err);
    // One who is not believed, or no longer.
    let print = sandbox.json(&["id", "show", "alice@example.org"])["identity"]["keys"][0]["fingerprint"].clone();
    sandbox.ok(&["cert", "distrust", print.as_str().unwrap()]);
    let told = repository.git("verify-commit --raw HEAD");
    assert_ne!(told.code, 0);
    assert!(told.err.contains("[GNUPG:] TRUST_UNDEFINED") && !told.err.contains("TRUST_FULLY"), "{}", told.err);
    assert_ne!(repository.git("verify-tag v1").code, 0);
    // Who believes nobody yet.
    std::fs::rename(sandbox.path("store"), sandbox.path("away")).unwrap();
    let told = repository.git("verify-commit --raw HEAD");
    assert_ne!(told.code, 0);
    assert!(told.err.contains("GOODSIG") && told.err.contains("TRUST_UNDEFINED"), "{}", told.err);
    assert_eq!(repository.git("log -1 --format=%G?").expect(0).text(), "U\n");
}

#[test]
fn the_key_is_named_as_users_of_gpgsm_do() {
    if !possible() {
        return;
    }
    let sandbox = Sandbox::with_people();
    let repository = Repository::new(&sandbox);
    repository.commit("by the committer's address");
    let sha1 = repository.git("log -1 --format=%GF").expect(0).text().trim().to_owned();
    let keys = sandbox.json(&["id", "show", "alice@example.org"])["identity"]["keys"].clone();
    let sha256 = keys[0]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(sha1.len(), 40);
    let end = format!("0x{}", &sha1[32..]);
    for name in ["alice@example.org", "<alice@example.org>", &sha1, &end, &sha256, "Alice Ex", "/CN=alice example"] {
        repository.run(&["config", "user.signingkey", name]).expect(0);
        repository.commit(name);
        assert_eq!(repository.git("log -1 --format=%GF").expect(0).text().trim(), sha1, "{name}");
    }
    for (name, why) in [("nobody@example.org", "no key here is nobody@example.org"), ("deadbeef", "no key here is")] {
        repository.run(&["config", "user.signingkey", name]).expect(0);
        let told = repository.run(&["commit", "--allow-empty", "-S", "-m", "x"]);
        assert_ne!(told.code, 0);
        assert!(told.err.contains(why) && told.err.contains("hint: "), "{}", told.err);
    }
}

#[test]
fn a_rebase_of_fifty_commits_asks_once() {
    if !possible() || !cfg!(target_os = "linux") {
        return;
    }
    let alice = Locked::new();
    let repository = Repository::new(&alice.0);
    let told = repository.run(&["commit", "--allow-empty", "-S", "-m", "locked"]);
    assert_ne!(told.code, 0);
    assert!(told.err.contains("the key is locked") && told.err.contains("sealpost unlock"), "{}", told.err);
    repository.git("commit --allow-empty --quiet -m root").expect(0);
    for number in 1..=50 {
        std::fs::write(alice.0.path("repository/file"), number.to_string()).unwrap();
        repository.git("add file").expect(0);
        repository.run(&["commit", "--quiet", "-m", &number.to_string()]).expect(0);
    }
    // The one time that somebody says the passphrase.
    alice.unlock("15m").expect(0);
    repository.git("rebase --quiet --force-rebase -S HEAD~50").expect(0);
    let seen = repository.git("log --format=%G?").expect(0).text();
    assert_eq!(seen, "G\n".repeat(50) + "N\n");
    alice.run(&["lock"]).expect(0);
    assert_ne!(repository.git("rebase --quiet --force-rebase -S HEAD~1").code, 0);
}
