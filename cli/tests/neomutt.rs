//! neomutt with contrib/neomutt: it signs, encrypts, opens and verifies through a terminal, and every command line of
//! the smime.rc does what neomutt expects of it.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Run, Sandbox, has, run};
use crate::terminal::read_until;

const PASSPHRASE: &str = "correct horse";

fn contrib() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../contrib/neomutt").canonicalize().unwrap()
}

/// Alice, who has neomutt and a store under a passphrase, with Bob's certificates and (for the tests) his keys in it.
struct Desk(Sandbox);

impl Desk {
    fn new() -> Desk {
        let sandbox = Sandbox::new();
        sandbox.write("pw", PASSPHRASE);
        sandbox.ok(&["ca", "init", "--name", "Example CA", "--store-password-file", "pw"]);
        for address in ["alice@example.org", "bob@example.net"] {
            let new = ["id", "new", address, "--issuer", "Example CA", "--store-password-file", "pw"];
            sandbox.ok(&new);
        }
        let desk = Desk(sandbox);
        desk.shell("sealpost-neomutt index", b"").expect(0);
        let here = desk.0.path("");
        desk.0.write("sendmail", "#!/bin/sh\ncat >\"$HOME/sent.eml\"\n");
        let set = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(desk.0.path("sendmail"), set).unwrap();
        let rc = format!(
            "set from = \"alice@example.org\"\nset realname = \"Alice\"\nset hostname = \"example.org\"\n\
             set sendmail = \"{0}/sendmail\"\nset folder = \"{0}\"\nset spoolfile = \"{0}/inbox\"\nset record = \"\"\n\
             set crypt_verify_sig = yes\nset editor = true\nset abort_unmodified = no\nset wait_key = no\n\
             set header_cache = \"\"\nsource {1}/smime.rc\n",
            here.display(),
            contrib().display()
        );
        desk.0.write("neomuttrc", rc);
        desk.0.write("inbox", "");
        // Without a line end at its end, which nobody may add or take away.
        desk.0.write("body", "Forty-two.\nas agreed");
        desk
    }

    fn surround(&self, command: &mut Command) {
        let bin = Path::new(env!("CARGO_BIN_EXE_sealpost")).parent().unwrap();
        let path = format!("{}:{}:{}", contrib().display(), bin.display(), std::env::var("PATH").unwrap());
        command.current_dir(self.0.path("")).env_clear().env("PATH", path).env("HOME", self.0.path(""));
        command.env("SEALPOST_STORE", self.0.path("store")).env("XDG_RUNTIME_DIR", self.0.path("run"));
        command.env("TERM", "xterm").env("LINES", "40").env("COLUMNS", "100");
    }

    fn shell(&self, line: &str, input: &[u8]) -> Run {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        self.surround(&mut command);
        run(command, input)
    }

    /// neomutt on a terminal: for each text that it shows, what is typed. All that it showed.
    fn neomutt(&self, arguments: &str, typed: &[(&str, &str)]) -> String {
        let mut command = Command::new("timeout");
        let line = format!("neomutt -n -F neomuttrc {arguments}");
        command.args(["60", "script", "-qefc", &line, "/dev/null"]);
        self.surround(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut seen = String::new();
        for (shown, answer) in typed {
            read_until(&mut output, &mut seen, shown);
            std::thread::sleep(std::time::Duration::from_millis(300));
            input.write_all(answer.as_bytes()).unwrap();
        }
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        child.wait().unwrap();
        seen + &String::from_utf8_lossy(&rest)
    }

    fn send(&self, more: &str) -> Vec<u8> {
        let _ = fs::remove_file(self.0.path("sent.eml"));
        let arguments = format!("{more} -s Figures -i body bob@example.net");
        let secret = format!("{PASSPHRASE}\r");
        let typed = [("@example.net", "\r"), ("ubject", "\r"), ("Security", "y"), ("passphrase", &*secret)];
        let shown = self.neomutt(&arguments, &typed);
        assert!(!shown.contains(PASSPHRASE));
        fs::read(self.0.path("sent.eml")).unwrap_or_else(|_| panic!("nothing was sent: {shown}"))
    }

    /// What neomutt shows of a mail.
    fn read(&self, mail: &[u8], typed: &[(&str, &str)]) -> String {
        let head = b"From alice@example.org Mon Nov 30 10:00:00 2026\n";
        let lf = String::from_utf8_lossy(mail).replace("\r\n", "\n");
        self.0.write("inbox", [&head[..], lf.as_bytes(), b"\n"].concat());
        self.neomutt("-f inbox -e 'push <enter>'", typed)
    }
}

#[test]
fn neomutt_signs_and_encrypts_and_reads_what_it_wrote() {
    if !cfg!(target_os = "linux") || !has("neomutt") || !has("script") || !has("timeout") {
        return;
    }
    let alice = Desk::new();
    let signed = alice.send("-e 'set crypt_auto_sign'");
    alice.0.write("signed.eml", &signed);
    let opened = alice.0.json(&["open", "signed.eml"]);
    assert_eq!(opened["verdict"], "verified", "{opened}");
    let shown = alice.read(&signed, &[("successfully verified", "qq")]);
    assert!(shown.contains("The following data is signed") && shown.contains("-two."), "{shown}");

    let both = alice.send("-e 'set crypt_auto_sign' -e 'set crypt_auto_encrypt'");
    alice.0.write("both.eml", &both);
    let opened = alice.0.json(&["open", "both.eml", "--store-password-file", "pw"]);
    let words = (opened["verdict"].as_str(), opened["confidentiality"].as_str());
    assert_eq!(words, (Some("verified"), Some("authenticated")), "{opened}");
    assert_eq!(opened["layers"][0]["recipients"].as_array().unwrap().len(), 2);
    let secret = format!("{PASSPHRASE}\r");
    let shown = alice.read(&both, &[("passphrase", &secret), ("successfully verified", "qq")]);
    assert!(shown.contains("S/MIME encrypted --]") && shown.contains("-two."), "{shown}");

    // What sealpost writes, read by neomutt: opaque within, and changed on its way.
    let letter = crate::mail::letter();
    alice.0.write("letter.eml", &letter);
    alice.0.ok(&["seal", "letter.eml", "-o", "sealed.eml", "--store-password-file", "pw"]);
    let shown = alice.read(&alice.0.read("sealed.eml"), &[("passphrase", &secret), ("successfully verified", "qq")]);
    assert!(shown.contains("The figures") && shown.contains("-two, as agreed."), "{shown}");
    let changed = String::from_utf8(signed).unwrap().replace("Forty-two", "Forty-one");
    let shown = alice.read(changed.as_bytes(), &[("could NOT be verified", "qq")]);
    assert!(!shown.contains("successfully verified"), "{shown}");
}

/// The commands of the smime.rc, by name.
fn commands() -> Vec<(String, String)> {
    let rc = fs::read_to_string(contrib().join("smime.rc")).unwrap();
    let lines = rc.lines().filter_map(|line| line.strip_prefix("set smime_")?.split_once("_command = "));
    lines.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
}

/// A command line as neomutt builds it.
fn built(name: &str, letters: &[(char, &str)]) -> String {
    let found = commands().into_iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no smime_{name}_command"));
    letters.iter().fold(found.1, |line, (letter, value)| line.replace(&format!("%{letter}"), value))
}

#[test]
fn each_command_of_the_rc_does_what_neomutt_expects() {
    if !has("awk") {
        return;
    }
    let alice = Desk::new();
    let names: Vec<String> = commands().into_iter().map(|(name, _)| name).collect();
    let all = [
        "sign",
        "encrypt",
        "decrypt",
        "verify",
        "verify_opaque",
        "pk7out",
        "get_cert",
        "get_signer_cert",
        "get_cert_email",
        "import_cert",
    ];
    assert_eq!(names, all);
    let folder = alice.0.path(".sealpost-neomutt");
    let index = fs::read_to_string(folder.join(".index")).unwrap();
    let file = |address: &str, purpose: &str| {
        let line = index.lines().find(|l| l.starts_with(address) && l.ends_with(&format!(" t {purpose}"))).unwrap();
        folder.join(line.split(' ').nth(1).unwrap()).to_str().unwrap().to_owned()
    };
    let keys = fs::read_to_string(folder.join("keys.rc")).unwrap();
    assert!(keys.contains("set smime_sign_as = \"") && keys.contains("set smime_default_key = \""), "{keys}");
    let (me, own, bob) = (file("alice@example.org", "s"), file("alice@example.org", "e"), file("bob@example.net", "e"));
    let passphrase = format!("{PASSPHRASE}\n");

    // Signing: quiet, or neomutt waits for a key; DER on standard output.
    alice.0.write("entity", "Content-Type: text/plain\n\nForty-two.\n");
    let sign = built("sign", &[('k', &me), ('f', "entity"), ('c', &me), ('i', &me), ('d', "sha256")]);
    let made = alice.shell(&sign, passphrase.as_bytes()).expect(0);
    assert_eq!((made.out.first(), &*made.err), (Some(&0x30), ""));
    let told = alice.shell(&sign, b"wrong\n");
    assert!(told.code != 0 && told.out.is_empty() && told.err.contains("passphrase is wrong"), "{}", told.err);
    let told = alice.shell(&sign, b"\n");
    assert!(told.code != 0 && told.out.is_empty() && told.err.contains("sealpost unlock"), "{}", told.err);

    // Verifying: the content has CRLF, and the first line says the two words, or not.
    alice.0.write("entity.sig", &made.out);
    alice.0.write("content", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
    let verify = built("verify", &[('s', "entity.sig"), ('f', "content")]);
    let told = alice.shell(&verify, b"").expect(0);
    assert_eq!(told.err.lines().next(), Some("Verification successful"));
    assert!(told.err.contains("alice@example.org") && told.out.is_empty(), "{}", told.err);
    alice.0.write("content", "Content-Type: text/plain\r\n\r\nForty-one.\r\n");
    let told = alice.shell(&verify, b"");
    assert!(told.code != 0 && !told.err.contains("successful"), "{}", told.err);

    // Encrypting to several, and decrypting.
    let to = format!("{bob} {own}");
    let encrypt = built("encrypt", &[('f', "entity"), ('c', &to), ('a', "aes256")]);
    let sealed = alice.shell(&encrypt, b"").expect(0);
    assert_eq!((sealed.out.first(), &*sealed.err), (Some(&0x30), ""));
    alice.0.write("sealed", &sealed.out);
    let decrypt = built("decrypt", &[('f', "sealed"), ('k', &own), ('c', &own)]);
    let opened = alice.shell(&decrypt, passphrase.as_bytes()).expect(0);
    assert_eq!(opened.text(), "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
    assert!(alice.shell(&decrypt, b"wrong\n").out.is_empty());

    // A signature with its content within, believed or not.
    bare_keys(&alice);
    let sign = ["cms", "sign", "--cert", "alice.crt", "--key", "alice.key", "--form", "der", "entity", "-o", "opaque"];
    alice.0.ok(&sign);
    let opaque = built("verify_opaque", &[('s', "opaque")]);
    let told = alice.shell(&opaque, b"").expect(0);
    assert_eq!(told.err.lines().next(), Some("Verification successful"));
    assert!(told.text().ends_with("Forty-two.\n"));

    // Certificates out of a mail, whose they are, and into the store.
    alice.0.write("letter.eml", crate::mail::letter());
    alice.0.ok(&["seal", "--sign-only", "letter.eml", "-o", "signed.eml", "--store-password-file", "pw"]);
    alice.0.write("out", alice.shell(&built("pk7out", &[('f', "signed.eml")]), b"").expect(0).out);
    let certificates = alice.shell(&built("get_cert", &[('f', "out")]), b"").expect(0);
    assert_eq!(wire::pem::parse(&certificates.out).unwrap().len(), 2);
    alice.0.write("signer", "");
    let open = fs::File::open(alice.0.path("signer")).unwrap();
    alice.shell(&built("get_signer_cert", &[('f', "signed.eml"), ('c', "signer")]), b"").expect(0);
    let mut whole = String::new();
    (&open).read_to_string(&mut whole).unwrap();
    assert_eq!(whole.matches("BEGIN CERTIFICATE").count(), 1, "neomutt has it open already");
    let addresses = alice.shell(&built("get_cert_email", &[('f', "signer")]), b"").expect(0);
    assert_eq!(addresses.text(), "alice@example.org\n");
    fs::rename(alice.0.path("store"), alice.0.path("away")).unwrap();
    alice.shell(&built("import_cert", &[('f', "out")]), b"").expect(0);
    let now = fs::read_to_string(folder.join(".index")).unwrap();
    assert!(now.lines().all(|l| l.starts_with("alice@example.org ")) && now.lines().count() == 2, "{now}");
    // Nobody is believed any more: it is shown, and said to be that.
    let told = alice.shell(&opaque, b"").expect(0);
    assert!(told.text().ends_with("Forty-two.\n") && !told.err.contains("successful"), "{}", told.err);
}

/// Alice's signing key and certificate as files that are under no password.
fn bare_keys(desk: &Desk) {
    desk.0.write("file-pw", "battery staple");
    let export = ["id", "export", "alice@example.org", "-o", "a.p12", "--key-password-file", "file-pw"];
    desk.0.ok(&[&export[..], &["--store-password-file", "pw"]].concat());
    let open = Sandbox::new();
    open.write("file-pw", "battery staple");
    let file = desk.0.path("a.p12");
    open.ok(&["id", "import", file.to_str().unwrap(), "--key-password-file", "file-pw", "--no-passphrase"]);
    crate::help::bare_pair(&open, "alice", "alice@example.org", 0, "file-pw");
    for name in ["alice.crt", "alice.key"] {
        desk.0.write(name, open.read(name));
    }
}
