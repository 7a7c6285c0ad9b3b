//! What the tests of the program share: a folder of its own for each, with a store, and runs of the program in it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that vanishes with the value.
pub struct Sandbox {
    folder: PathBuf,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Sandbox {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sealpost-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Sandbox { folder }
    }

    /// A folder with a store of one authority and two people whom it certified, none under a passphrase.
    pub fn with_people() -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.ok(&["ca", "init", "--name", "Example CA", "--no-passphrase"]);
        for (address, name) in [("alice@example.org", "Alice Example"), ("bob@example.net", "Bob Example")] {
            sandbox.ok(&["id", "new", address, "--name", name, "--issuer", "Example CA", "--no-passphrase"]);
        }
        sandbox
    }

    /// Another folder with the same files in it.
    pub fn copy(&self) -> Sandbox {
        let other = Sandbox::new();
        let done = Command::new("cp").arg("-pR").arg(self.folder.join(".")).arg(&other.folder).status().unwrap();
        assert!(done.success());
        other
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The program, in this folder, with its store in it and without a terminal's settings.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealpost"));
        command.args(arguments).current_dir(&self.folder).env_clear();
        command.env("SEALPOST_STORE", self.path("store")).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    pub fn run_with<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Run {
        run(self.command(arguments), input)
    }

    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Run {
        self.run_with(arguments, b"")
    }

    /// Runs the program, which must succeed, and gives its standard output.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        self.run(arguments).expect(0).text()
    }

    /// Runs the program, which must report JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let value: serde_json::Value = serde_json::from_str(&self.ok(&arguments)).unwrap();
        assert_eq!(value["sealpost"], 1);
        value
    }

    /// The names of all files in the folder but the store.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|n| n != "store");
        names.sort();
        names
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Run {
    /// Checks the exit code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Run {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", String::from_utf8_lossy(&self.out), self.err);
        self
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }
}

/// Runs a command with this input.
pub fn run(mut command: Command, input: &[u8]) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may well end without reading all of it.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run { code: status.code().unwrap_or(-1), out: stdout, err: String::from_utf8(stderr).unwrap() }
}

/// Compares with the file of this name in `snapshots`; SEALPOST_UPDATE=1 writes it anew.
#[track_caller]
pub fn snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("SEALPOST_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{} differs; SEALPOST_UPDATE=1 writes it anew", path.display());
}

/// Whether a program is there. Says so if it is not, and fails where everything is required.
pub fn has(program: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|f| f.join(program).is_file());
    if !found {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "{program} is not installed");
        eprintln!("skipped: install {program}");
    }
    found
}

/// The time so many seconds from now, as `--at` takes it.
pub fn from_now(seconds: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    wire::Time(i64::try_from(now).unwrap() + seconds).to_string()
}

/// Seconds.
pub const DAY: i64 = 86_400;
