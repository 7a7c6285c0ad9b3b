//! How a verb fails: one exit code, one sentence, at most one hint.

use std::io;

use super::terminal;

/// The exit codes that scripts may rely on. Their numbers are those of the Stateless OpenPGP command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Any failure that has no number of its own.
    Other = 1,
    /// The command line asks for something that makes no sense.
    Usage = 2,
    /// No signature that verifies, or what `--require` asks for is not there.
    NoSignature = 3,
    /// An algorithm or a form that is not supported.
    Unsupported = 13,
    /// The certificate of a recipient cannot be used to encrypt.
    CannotEncrypt = 17,
    /// The message cannot be decrypted. There is one text for it, whatever the cause.
    CannotDecrypt = 29,
    /// Not a message, or a damaged one.
    Damaged = 41,
    /// The output file exists.
    OutputExists = 59,
    /// The input is not there.
    InputMissing = 61,
    /// A key is locked and nobody is there to unlock it.
    Locked = 67,
    /// The key cannot sign.
    CannotSign = 79,
}

impl Exit {
    /// The number for the operating system.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Why a verb ends without having done its work.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: Option<String>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure that is told in one sentence.
    pub fn new(exit: Exit, message: impl ToString) -> Failure {
        Failure { exit, message: Some(message.to_string()), hints: Vec::new() }
    }

    /// A failure without a number of its own.
    pub fn other(message: impl ToString) -> Failure {
        Failure::new(Exit::Other, message)
    }

    /// A command line that makes no sense.
    pub fn usage(message: impl ToString) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    /// A failure that was told already, as a verdict.
    pub fn told(exit: Exit) -> Failure {
        Failure { exit, message: None, hints: Vec::new() }
    }

    /// The one text for everything that a private key or a password did not open.
    pub fn cannot_decrypt() -> Failure {
        Failure::new(Exit::CannotDecrypt, "cannot decrypt this message")
            .hint("it may be for somebody else, or damaged on its way; ask the sender to send it again")
    }

    /// Says first what it is about, such as a file.
    pub fn of(mut self, what: impl std::fmt::Display) -> Failure {
        self.message = self.message.map(|message| format!("{what}: {message}"));
        self
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl ToString) -> Failure {
        self.hints.push(hint.to_string());
        self
    }

    /// Adds what to do next, if there is something to say.
    pub fn hint_if(self, hint: Option<impl ToString>) -> Failure {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Message and first hint in one line, with a tab between them: for another process of ours.
    pub fn in_a_line(&self) -> String {
        let hint = self.hints.first().map(String::as_str).unwrap_or_default();
        terminal::escape(self.message.as_deref().unwrap_or_default()) + "\t" + &terminal::escape(hint)
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The sentence, where it was not told already.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What to do next.
    pub fn hints(&self) -> impl Iterator<Item = &str> {
        self.hints.iter().map(String::as_str)
    }

    /// Tells it on standard error: `error:` and what happened, `hint:` and what to do next.
    pub fn tell(&self) {
        if let Some(message) = &self.message {
            terminal::say(&format!("error: {message}"));
        }
        for hint in &self.hints {
            terminal::say(&format!("hint: {hint}"));
        }
    }
}

/// Reading and writing: a closed pipe is the end of the work, and no failure.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::told(Exit::Done),
            _ => Failure::other(error),
        }
    }
}

/// What a verb returns.
pub type Result<T = ()> = std::result::Result<T, Failure>;
