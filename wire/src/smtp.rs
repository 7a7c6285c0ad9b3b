//! Replies of an SMTP server as a submitting client reads them (RFC 5321 section 4.2), and what a server says that it can
//! do (section 4.1.1.1).

/// A whole reply: its code and the text of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpReply {
    /// Three digits, 200 to 599.
    pub code: u16,
    /// The text of each line, without code and line end; at most [`MAX_LINES`].
    pub lines: Vec<String>,
}

/// Reads the lines of one reply.
#[derive(Debug, Default)]
pub struct SmtpReplyReader {
    code: Option<u16>,
    lines: Vec<String>,
}

/// Why a line is no part of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpFault {
    /// It does not begin with a code and a space or hyphen.
    #[error("a line is no reply")]
    NoReply,
    /// Its code is another than that of the lines before.
    #[error("the lines of a reply have different codes")]
    CodeChanged,
    /// More lines than any reply has.
    #[error("a reply has more than {MAX_LINES} lines")]
    TooManyLines,
}

impl SmtpReplyReader {
    /// Takes a line without its line end; gives the reply when this was its last one.
    ///
    /// # Errors
    /// [`SmtpFault`].
    pub fn push(&mut self, line: &[u8]) -> Result<Option<SmtpReply>, SmtpFault> {
        let (digits, rest) = line.split_at_checked(3).ok_or(SmtpFault::NoReply)?;
        let first = digits.first().is_some_and(|d| (b'2'..=b'5').contains(d));
        if !first || !digits.iter().all(u8::is_ascii_digit) {
            return Err(SmtpFault::NoReply);
        }
        let code = digits.iter().fold(0, |sum, d| sum * 10 + u16::from(d - b'0'));
        if self.code.is_some_and(|known| known != code) {
            return Err(SmtpFault::CodeChanged);
        }
        // Section 4.2: a reply may be the code alone.
        let (more, text) = match rest.split_first() {
            None => (false, rest),
            Some((b' ', text)) => (false, text),
            Some((b'-', text)) => (true, text),
            Some(_) => return Err(SmtpFault::NoReply),
        };
        if self.lines.len() >= MAX_LINES {
            return Err(SmtpFault::TooManyLines);
        }
        self.code = Some(code);
        self.lines.push(String::from_utf8_lossy(text).into_owned());
        if more {
            return Ok(None);
        }
        self.code = None;
        Ok(Some(SmtpReply { code, lines: std::mem::take(&mut self.lines) }))
    }
}

impl SmtpReply {
    /// Whether what was asked for was done (section 4.2.1).
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Whether it failed for now only.
    pub fn is_transient(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// All of its text in one line.
    pub fn text(&self) -> String {
        self.lines.join(" ")
    }
}

impl std::fmt::Display for SmtpReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.text())
    }
}

/// What a server offers in its answer to EHLO, as far as a submitting client has use for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmtpExtensions {
    /// SIZE (RFC 1870): the largest message in octets; 0 where it names no limit.
    pub size: Option<u64>,
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// SMTPUTF8 (RFC 6531).
    pub utf8: bool,
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// AUTH (RFC 4954): the mechanisms in capitals.
    pub auth: Vec<String>,
}

impl SmtpExtensions {
    /// From the lines after the first of the reply to EHLO. What is not known is passed over.
    pub fn read(reply: &SmtpReply) -> SmtpExtensions {
        let mut found = SmtpExtensions::default();
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
            match keyword.as_str() {
                "SIZE" => found.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0)),
                "PIPELINING" => found.pipelining = true,
                "8BITMIME" => found.eight_bit = true,
                "SMTPUTF8" => found.utf8 = true,
                "STARTTLS" => found.starttls = true,
                "DSN" => found.dsn = true,
                "AUTH" => found.auth.extend(words.map(str::to_ascii_uppercase)),
                _ => {}
            }
        }
        found
    }
}

/// Reads anything as the lines of replies. For fuzzing.
pub fn fuzz_smtp(bytes: &[u8]) {
    let mut reader = SmtpReplyReader::default();
    for line in bytes.split(|b| *b == b'\n') {
        match reader.push(line.strip_suffix(b"\r").unwrap_or(line)) {
            Ok(Some(reply)) => {
                assert!((200..600).contains(&reply.code) && !reply.lines.is_empty() && reply.lines.len() <= MAX_LINES);
                let _ = SmtpExtensions::read(&reply);
            }
            Ok(None) => {}
            Err(_) => reader = SmtpReplyReader::default(),
        }
    }
}

/// Lines of one reply. Servers offer some twenty extensions.
pub const MAX_LINES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Option<SmtpReply>, SmtpFault> {
        let mut reader = SmtpReplyReader::default();
        let mut last = Ok(None);
        for line in lines {
            last = reader.push(line.as_bytes());
            if last.is_err() {
                break;
            }
        }
        last
    }

    #[test]
    fn replies_of_one_and_of_many_lines() {
        let one = read(&["250 2.1.0 Ok"]).unwrap().unwrap();
        assert_eq!((one.code, one.to_string().as_str()), (250, "250 2.1.0 Ok"));
        assert_eq!(read(&["354"]).unwrap().unwrap().lines, [""]);
        let many = read(&["250-mail.example.org", "250-SIZE 1000", "250 DSN"]).unwrap().unwrap();
        assert_eq!(many.lines, ["mail.example.org", "SIZE 1000", "DSN"]);
        assert_eq!(read(&["250-a"]).unwrap(), None);
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for line in ["", "25", "2x0 ok", "250ok", "150 wait", "650 no", " 250 ok", "٢٥٠ ok"] {
            assert_eq!(read(&[line]), Err(SmtpFault::NoReply), "{line:?}");
        }
        assert_eq!(read(&["250-a", "550 b"]), Err(SmtpFault::CodeChanged));
        assert_eq!(read(&vec!["250-a"; MAX_LINES + 1]), Err(SmtpFault::TooManyLines));
    }

    #[test]
    fn extensions_are_read_in_any_case() {
        let reply = read(&["250-host", "250-size 1000", "250-Auth plain LOGIN", "250-X-OTHER y", "250 DSN"]);
        let found = SmtpExtensions::read(&reply.unwrap().unwrap());
        let auth = vec!["PLAIN".to_owned(), "LOGIN".to_owned()];
        assert_eq!(found, SmtpExtensions { size: Some(1000), dsn: true, auth, ..Default::default() });
        let whole = read(&["250-host", "250-SIZE", "250-PIPELINING", "250-8BITMIME", "250-STARTTLS", "250 SMTPUTF8"]);
        let found = SmtpExtensions::read(&whole.unwrap().unwrap());
        assert!(found.pipelining && found.eight_bit && found.starttls && found.utf8 && found.size == Some(0));
    }
}
