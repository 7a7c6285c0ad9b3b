//! `sealpost tour`: the whole story in a throw-away store.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::Args;

use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::terminal;

/// See the whole story: a mail sealed, opened and believed, in a throw-away store
///
/// Makes an authority and two people, carries the sender's certificate to the recipient, seals the letter, opens it,
/// and shows three things going wrong. Every step is a command to paste.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Tour {
    /// The letter to seal [default: one of its own]
    letter: Option<PathBuf>,
}

impl Tour {
    /// Tells the story by running the program itself, as a person would.
    pub fn run(self, global: &Global) -> Result {
        if global.output.is_some() {
            return Err(Failure::usage("the tour leaves its mails in a folder of its own: it has no -o"));
        }
        let letter = match &self.letter {
            Some(path) => {
                fs::read(path).map_err(|e| Failure::new(Exit::InputMissing, format!("{}: {e}", path.display())))?
            }
            None => LETTER.replace("{date}", &mime::format_date(global.now().0)).into_bytes(),
        };
        let people = People::of(&letter)?;
        let guide = Guide::new()?;
        guide.write("letter.eml", &letter)?;
        guide.meet(&people)?;
        guide.seal_and_open(&people)?;
        guide.go_wrong(&people)?;
        terminal::say("");
        terminal::say(&format!("Every mail of this tour is in {}", guide.folder.display()));
        Ok(())
    }
}

/// The sender and the recipients of the letter.
struct People {
    sender: String,
    recipient: String,
    others: Vec<String>,
}

impl People {
    fn of(letter: &[u8]) -> Result<People> {
        let start = letter.strip_prefix(b"\xef\xbb\xbf").unwrap_or(letter);
        let start = match start.starts_with(b"From ") {
            true => start.splitn(2, |b| *b == b'\n').nth(1).unwrap_or_default(),
            false => start,
        };
        let header = mime::Header::parse(start, &mime::Limits::default())
            .map_err(|e| Failure::new(Exit::Damaged, format!("the letter is not a mail: {e}")))?;
        let addresses = |name: &str| -> Vec<String> {
            let values = header.all(name).map(|f| f.unfolded()).collect::<Vec<_>>();
            values.iter().flat_map(|v| mime::address_list(v).unwrap_or_default()).map(|m| m.addr()).collect()
        };
        let sender = addresses("From").into_iter().next();
        let sender = sender.ok_or_else(|| Failure::usage("the letter has no From that can be read"))?;
        let mut recipients: Vec<String> = addresses("To");
        recipients.extend(addresses("Cc"));
        recipients.retain(|address| !address.eq_ignore_ascii_case(&sender));
        recipients.sort();
        recipients.dedup();
        if recipients.is_empty() {
            return Err(Failure::usage("the letter has nobody in To or Cc but its sender"));
        }
        let recipient = recipients.remove(0);
        Ok(People { sender, recipient, others: recipients })
    }
}

/// Runs and shows the commands.
struct Guide {
    program: PathBuf,
    folder: PathBuf,
}

impl Guide {
    fn new() -> Result<Guide> {
        let folder = std::env::temp_dir().join(format!("sealpost-tour-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Guide { program: std::env::current_exe()?, folder })
    }

    /// An authority, two people with stores of their own, and the root carried from one to the other.
    fn meet(&self, people: &People) -> Result {
        self.title("An authority of its own, and two people");
        self.must("sender", &["ca", "init", "--name", "Tour CA", "--no-passphrase", "-o", "root.crt"])?;
        self.must("sender", &["id", "new", &people.sender, "--issuer", "Tour CA", "--no-passphrase"])?;
        self.must("recipient", &["id", "new", &people.recipient, "--no-passphrase"])?;
        self.title("Certificates are carried over; the recipient compares one fingerprint, the authority's");
        self.must("sender", &["id", "export", &people.sender, "--public", "-o", "sender.crt"])?;
        self.must("recipient", &["cert", "import", "sender.crt"])?;
        let root = self.fingerprint("root.crt")?;
        self.must("recipient", &["cert", "trust", &root, "--yes"])?;
        self.carry("recipient", &people.recipient)?;
        for (index, other) in people.others.iter().enumerate() {
            let store = format!("other-{}", index + 1);
            self.must(&store, &["id", "new", other, "--no-passphrase"])?;
            self.carry(&store, other)?;
        }
        Ok(())
    }

    fn carry(&self, store: &str, address: &str) -> Result {
        let file = format!("{store}.crt");
        self.must(store, &["id", "export", address, "--public", "-o", &file])?;
        self.must("sender", &["cert", "import", &file])?;
        self.must("sender", &["cert", "trust", address, "--yes"])
    }

    /// The first digits of the fingerprint of the certificate in a file.
    fn fingerprint(&self, file: &str) -> Result<String> {
        let blocks = wire::pem::parse(&fs::read(self.folder.join(file))?).map_err(Failure::other)?;
        let der = blocks.first().map(|block| block.contents.to_vec()).unwrap_or_default();
        Ok(wire::hex(&crypto::fingerprint(&der)).chars().take(16).collect())
    }

    fn seal_and_open(&self, people: &People) -> Result {
        self.title(&format!("{} seals the letter", people.sender));
        self.must("sender", &["seal", "-v", "letter.eml", "-o", "sealed.eml"])?;
        self.title(&format!("{} opens it, and learns whom to believe", people.recipient));
        self.must("recipient", &["open", "-v", "sealed.eml", "-o", "opened.eml"])
    }

    fn go_wrong(&self, people: &People) -> Result {
        self.title("Wrong, first: one byte of the sealed mail was changed on its way");
        let mut changed = fs::read(self.folder.join("sealed.eml"))?;
        let place = changed.len() / 2;
        if let Some(byte) =
            changed.get_mut(place..).and_then(|rest| rest.iter_mut().find(|b| b.is_ascii_alphanumeric()))
        {
            *byte = if *byte == b'A' { b'B' } else { b'A' };
        }
        self.write("changed.eml", &changed)?;
        self.must_not("recipient", &["open", "changed.eml", "-o", "never.eml"])?;

        self.title("Wrong, second: somebody else opens it");
        self.must("stranger", &["id", "new", "stranger@example.com", "--no-passphrase"])?;
        self.must_not("stranger", &["open", "sealed.eml", "-o", "never.eml"])?;

        self.title(&format!("Wrong, third: mallory signs a mail that says it is from {}", people.sender));
        self.must("sender", &["id", "new", "mallory@example.com", "--issuer", "Tour CA", "--no-passphrase"])?;
        self.write("mallory.pass", b"not a secret")?;
        self.write("forged-body.txt", FORGED)?;
        let password = ["--key-password-file", "mallory.pass"];
        let export = ["id", "export", "mallory@example.com", "--format", "pem", "-o", "mallory.pem"];
        self.must("sender", &[&export[..], &password].concat())?;
        let sign = ["cms", "sign", "--detached", "--cert", "mallory.pem", "--key", "mallory.pem", "forged-body.txt"];
        self.must("sender", &[&sign[..], &password, &["-o", "forged-signed.txt"]].concat())?;
        let signed = fs::read(self.folder.join("forged-signed.txt"))?;
        let head = format!("From: {}\r\nTo: {}\r\nSubject: Urgent\r\n", people.sender, people.recipient);
        self.write("forged.eml", &[head.as_bytes(), &signed].concat())?;
        self.must("recipient", &["open", "forged.eml", "-o", "forged-opened.eml"])?;
        self.must_not("recipient", &["open", "--require", "signed", "forged.eml", "-o", "never.eml"])
    }

    fn title(&self, text: &str) {
        terminal::say(&format!("\n== {text}"));
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result {
        Ok(fs::write(self.folder.join(name), bytes)?)
    }

    fn must(&self, store: &str, arguments: &[&str]) -> Result {
        let output = self.command(store, arguments)?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Failure::other("the tour stops here: that should have worked"))
        }
    }

    fn must_not(&self, store: &str, arguments: &[&str]) -> Result {
        let output = self.command(store, arguments)?;
        if output.status.success() {
            return Err(Failure::other("the tour stops here: that should not have worked"));
        }
        terminal::say(&format!("(exit {}; no mail was written)", output.status.code().unwrap_or(-1)));
        Ok(())
    }

    /// Shows the command as it can be pasted, runs it, and shows what it says.
    fn command(&self, store: &str, arguments: &[&str]) -> Result<Output> {
        let shown = arguments.iter().map(|a| self.quoted(a)).collect::<Vec<_>>().join(" ");
        let store = self.folder.join(store);
        terminal::say(&format!("$ {} --store {} {shown}", self.program.display(), store.display()));
        let output = Command::new(&self.program)
            .arg("--store")
            .arg(&store)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(std::process::Stdio::null())
            .output()?;
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            terminal::say(&format!("  {line}"));
        }
        Ok(output)
    }

    /// File names become whole paths, so that the command works from anywhere.
    fn quoted(&self, argument: &str) -> String {
        let file = Path::new(argument);
        let is_file = file.extension().is_some_and(|e| ["eml", "crt", "pem", "txt", "pass"].iter().any(|k| e == *k));
        let text = if is_file { self.folder.join(file).display().to_string() } else { argument.to_owned() };
        if text.contains(' ') { format!("\"{text}\"") } else { text }
    }
}

const FORGED: &[u8] = b"Content-Type: text/plain\r\n\r\nPlease pay to the account that Mallory will tell you.\r\n";

const LETTER: &str = "\
From: Alice Müller <alice@example.org>\r\n\
To: Bob <bob@example.net>\r\n\
Subject: Grüße aus Århus ✉\r\n\
Date: {date}\r\n\
Message-ID: <tour@example.org>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"tour\"\r\n\
\r\n\
--tour\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: 8bit\r\n\
\r\n\
Lieber Bob,\r\n\
\r\n\
die Zahlen liegen bei – vertraulich, bitte. Smørrebrød am Freitag?\r\n\
\r\n\
Alice\r\n\
--tour\r\n\
Content-Type: text/csv; name=\"figures.csv\"\r\n\
Content-Disposition: attachment; filename=\"figures.csv\"\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
cXVhcnRlcixyZXZlbnVlClExLDQyClEyLDQ3ClEzLDUxCg==\r\n\
--tour--\r\n";

const HELP: &str = "\
Examples:
  sealpost tour
  sealpost tour letter.eml

Exit status:
  0 done, 1 a step went another way than it should, 2 the letter has no sender or recipient, 61 no such letter";
