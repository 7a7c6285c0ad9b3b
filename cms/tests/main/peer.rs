//! Other programs, in a folder that goes away with its owner.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::people::{Person, authority};

pub struct Folder(pub PathBuf);

impl Folder {
    /// `None`, with a word about it, where the program is not installed.
    pub fn with(program: &str) -> Option<Folder> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        if Command::new(program).arg("--version").output().is_err() {
            assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "{program} is not installed");
            println!("skipped, install {program}");
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("sealpost-cms-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let folder = Folder(path);
        folder.write("ca.pem", wire::pem::encode("CERTIFICATE", authority().certificate.der()).as_bytes());
        Some(folder)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub fn person(&self, name: &str, who: &Person) {
        self.write(&format!("{name}.pem"), wire::pem::encode("CERTIFICATE", who.certificate.der()).as_bytes());
        self.write(&format!("{name}.key"), wire::pem::encode("PRIVATE KEY", &who.pkcs8).as_bytes());
    }

    /// Runs a command line, and gives whether it succeeded and all that it said.
    pub fn run(&self, line: &str) -> (bool, String) {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().unwrap());
        let output = command
            .args(words)
            .current_dir(&self.0)
            .stdin(self.input())
            .env("GNUPGHOME", self.0.join("gnupg"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// What every program reads: a passphrase.
    fn input(&self) -> std::process::Stdio {
        self.write("passphrase", b"x\n");
        fs::File::open(self.0.join("passphrase")).unwrap().into()
    }

    pub fn must(&self, line: &str) -> String {
        let (done, said) = self.run(line);
        assert!(done, "{line}: {said}");
        said
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.0.join("gnupg").is_dir() {
            let _ = self.run("gpgconf --kill all");
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder of the corpora; without one the test says so, or fails where CI demands everything.
pub fn corpus(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("SEALPOST_CORPORA").map_or_else(beside, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "no corpora");
    println!("skipped: no corpora");
    None
}
