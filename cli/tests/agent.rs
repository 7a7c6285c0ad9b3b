//! `sealpost unlock` and `sealpost lock`: the agent, who gets an answer from it, and when it ends.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::{Run, Sandbox, has, run};

/// A sandbox whose store has one identity under a passphrase, and a runtime folder; what is left of its agent ends with
/// it.
pub struct Locked(pub Sandbox);

impl Locked {
    pub fn new() -> Locked {
        let sandbox = Sandbox::new();
        sandbox.write("pw", "correct horse");
        fs::create_dir(sandbox.path("run")).unwrap();
        fs::set_permissions(sandbox.path("run"), fs::Permissions::from_mode(0o700)).unwrap();
        sandbox.ok(&["id", "new", "alice@example.org", "--name", "Alice Example", "--store-password-file", "pw"]);
        sandbox.write("letter.eml", crate::mail::LETTER.replace("bob@example.net", "alice@example.org"));
        Locked(sandbox)
    }

    /// The program where there is no terminal to ask on.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let inner = self.0.command(arguments);
        let mut command = std::process::Command::new("setsid");
        command.arg("--wait").arg(inner.get_program()).args(inner.get_args()).current_dir(self.0.path(""));
        command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("XDG_RUNTIME_DIR", self.0.path("run"));
        run(command, b"")
    }

    pub fn unlock(&self, lasting: &str) -> Run {
        self.run(&["unlock", "--for", lasting, "--store-password-file", "pw"])
    }

    /// Signs: what needs the key.
    fn sign(&self) -> Run {
        self.run(&["seal", "--sign-only", "letter.eml"])
    }

    fn socket(&self) -> PathBuf {
        let entries = fs::read_dir(self.0.path("run/sealpost")).unwrap();
        let found: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    /// The process of the agent, by its command line.
    fn process(&self) -> u32 {
        let store = self.0.path("store");
        let is_agent = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let words: Vec<&[u8]> = line.split(|b| *b == 0).collect();
            words.get(1) == Some(&&b"agent"[..]) && words.contains(&store.as_os_str().as_encoded_bytes())
        };
        let all = fs::read_dir("/proc").unwrap();
        let numbers = all.filter_map(|e| e.unwrap().file_name().to_str()?.parse().ok());
        numbers.into_iter().find(is_agent).expect("there is no agent")
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.run(&["lock"]);
    }
}

fn possible() -> bool {
    cfg!(target_os = "linux") && has("setsid")
}

#[test]
fn it_is_asked_once_until_it_is_locked_again() {
    if !possible() {
        return;
    }
    let alice = Locked::new();
    let told = alice.sign().expect(67).err;
    assert!(
        told.contains("the key is locked") && told.contains("hint: ") && told.contains("sealpost unlock"),
        "{told}"
    );
    assert_eq!(alice.unlock("15m").expect(0).err, "Unlocked for 15 minutes; `sealpost lock` ends it.\n");
    for _ in 0..3 {
        alice.sign().expect(0);
    }
    // Sealed to oneself, and opened by the key of the agent.
    alice.run(&["seal", "letter.eml", "-o", "sealed.eml"]).expect(0);
    alice.run(&["open", "sealed.eml"]).expect(0);
    // Whoever names a passphrase means it.
    alice.0.write("wrong", "incorrect horse");
    alice.run(&["seal", "--sign-only", "letter.eml", "--store-password-file", "wrong"]).expect(67);
    assert_eq!(alice.run(&["lock"]).expect(0).err, "Locked.\n");
    alice.sign().expect(67);
    assert_eq!(alice.run(&["lock"]).expect(0).err, "No agent holds the key of this store.\n");
}

#[test]
fn where_there_is_no_store_none_is_made() {
    if !possible() {
        return;
    }
    let nobody = Sandbox::new();
    let told = nobody.run(&["unlock"]).expect(1).err;
    assert!(told.contains("there is no store in ") && told.contains("hint: "), "{told}");
    nobody.run(&["lock"]).expect(0);
    assert!(nobody.files().is_empty() && !nobody.path("store").exists());
}

#[test]
fn it_ends_by_itself() {
    if !possible() {
        return;
    }
    let alice = Locked::new();
    alice.unlock("2s").expect(0);
    let until = Instant::now() + Duration::from_secs(20);
    while fs::read_dir(alice.0.path("run/sealpost")).unwrap().next().is_some() {
        assert!(Instant::now() < until, "the agent does not end");
        std::thread::sleep(Duration::from_millis(100));
    }
    alice.sign().expect(67);
}

#[test]
fn only_its_user_gets_to_it_and_its_memory_stays_where_it_is() {
    if !possible() {
        return;
    }
    let alice = Locked::new();
    alice.unlock("15m").expect(0);
    let folder = fs::metadata(alice.0.path("run/sealpost")).unwrap();
    let socket = fs::metadata(alice.socket()).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!((folder.mode() & 0o777, socket.mode() & 0o777), (0o700, 0o600));
    let process = alice.process();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let locked = status.lines().find_map(|l| l.strip_prefix("VmLck:")).unwrap().trim().trim_end_matches(" kB");
    assert!(locked.parse::<u32>().unwrap() > 0, "{status}");
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let core: Vec<&str> =
        limits.lines().find_map(|l| l.strip_prefix("Max core file size")).unwrap().split_whitespace().collect();
    assert_eq!(core[..2], ["0", "0"]);
    // Of a process that cannot be dumped, the system's administrator owns what the system tells.
    assert_eq!(fs::metadata(format!("/proc/{process}/stat")).unwrap().uid(), 0);
    // It has neither a terminal nor anybody's pipes, and nobody's passphrase.
    let line = fs::read(format!("/proc/{process}/cmdline")).unwrap();
    assert!(!String::from_utf8_lossy(&line).contains("horse"));
    // Only the administrator can read this.
    if let Ok(around) = fs::read(format!("/proc/{process}/environ")) {
        let names = around.split(|b| *b == 0).filter(|v| !v.is_empty());
        assert!(names.into_iter().all(|v| v.starts_with(b"XDG_RUNTIME_DIR=")), "{}", String::from_utf8_lossy(&around));
    }
}

#[test]
fn clients_that_misbehave_change_nothing() {
    if !possible() {
        return;
    }
    let alice = Locked::new();
    alice.unlock("15m").expect(0);
    let socket = alice.socket();
    let connect = || UnixStream::connect(&socket).unwrap();
    let answer = |said: &[u8]| {
        let mut stream = connect();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let _ = stream.write_all(said);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut out = Vec::new();
        let _ = stream.read_to_end(&mut out);
        out
    };
    // The one question that has this answer.
    assert_eq!(answer(b"SPA1K").len(), 1 + 32);
    for said in
        [&b""[..], b"S", b"SPA1", b"SPA1k", b"SPA2K", b"K", b"\0\0\0\0\0", b"GET / HTTP/1.1\r\n\r\n", &[b'K'; 1 << 20]]
    {
        assert_eq!(answer(said), b"", "{:?}", &said[..said.len().min(20)]);
    }
    for bit in 0..40 {
        let mut said = *b"SPA1K";
        said[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(answer(&said), b"");
    }
    // Who asks and does not listen; who says nothing; who says it too slowly.
    for _ in 0..50 {
        drop(connect().write_all(b"SPA1K"));
    }
    let silent: Vec<UnixStream> = (0..3).map(|_| connect()).collect();
    let mut slow = connect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for octet in b"SPA1K" {
                let _ = slow.write_all(&[*octet]);
                std::thread::sleep(Duration::from_millis(300));
            }
        });
        alice.sign().expect(0);
    });
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop(silent);
    alice.sign().expect(0);
}

#[test]
fn there_is_one_for_each_store() {
    if !possible() {
        return;
    }
    let alice = Locked::new();
    alice.unlock("15m").expect(0);
    let first = alice.process();
    // Another one begins anew, and the first ends.
    alice.unlock("1h").expect(0);
    let ends = Instant::now() + Duration::from_secs(20);
    let second = loop {
        let found = alice.process();
        if found != first {
            break found;
        }
        assert!(Instant::now() < ends, "the first is still there");
        std::thread::sleep(Duration::from_millis(50));
    };
    alice.socket();
    // Another store of the same user has its own.
    let other = alice.0.path("other");
    let other = other.to_str().unwrap();
    let new = ["id", "new", "bob@example.net", "--store", other, "--store-password-file", "pw"];
    alice.run(&new).expect(0);
    alice.0.write("bob.eml", "From: bob@example.net\r\nTo: alice@example.org\r\nSubject: Hi\r\n\r\nHi\r\n");
    alice.run(&["seal", "--sign-only", "bob.eml", "--store", other]).expect(67);
    alice.run(&["unlock", "--store", other, "--store-password-file", "pw"]).expect(0);
    alice.run(&["seal", "--sign-only", "bob.eml", "--store", other]).expect(0);
    alice.run(&["lock", "--store", other]).expect(0);
    alice.run(&["seal", "--sign-only", "bob.eml", "--store", other]).expect(67);
    alice.sign().expect(0);
    // It ends cleanly when the system tells it to.
    assert!(std::process::Command::new("kill").arg(second.to_string()).status().unwrap().success());
    let until = Instant::now() + Duration::from_secs(10);
    while fs::read_dir(alice.0.path("run/sealpost")).unwrap().next().is_some() {
        assert!(Instant::now() < until, "its socket stays");
        std::thread::sleep(Duration::from_millis(50));
    }
    alice.sign().expect(67);
}

#[test]
fn what_cannot_be_unlocked_is_told() {
    if !possible() {
        return;
    }
    let alice = Locked::new();
    alice.0.write("wrong", "incorrect horse");
    alice.run(&["unlock", "--store-password-file", "wrong"]).expect(67);
    let told = alice.run(&["unlock"]).expect(67).err;
    assert!(told.contains("hint: "), "{told}");
    for wrong in ["0s", "8d", "soon", ""] {
        alice.unlock(wrong).expect(2);
    }
    // Where others could put a socket of theirs, there is no agent, and none is asked.
    alice.unlock("15m").expect(0);
    let folder = alice.0.path("run/sealpost");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    alice.sign().expect(67);
    let told = alice.unlock("15m").expect(1).err;
    assert!(told.contains("is not a folder that is yours alone") && told.contains("hint: "), "{told}");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    alice.sign().expect(0);
    // A store without a passphrase has nothing to unlock.
    let open = Sandbox::with_people();
    let told = open.run(&["unlock"]).expect(0).err;
    assert_eq!(told, "This store is under no passphrase: there is nothing to unlock.\n");
}
