//! Answers of an IMAP server as a client reads them that appends and looks for mail (RFC 9051, RFC 3501).
//!
//! An answer is a line in which literals may stand (`{12}` at its end, then so many octets, then the line goes on). The
//! reader of lines puts the pieces together; what they say is read here.

use crate::time::{Civil, Time};

/// The length of the literal that the line announces at its end (RFC 9051 section 4.3); `None` where there is none.
pub fn literal_length(line: &[u8]) -> Option<u64> {
    let digits = line.strip_suffix(b"}")?;
    let start = digits.iter().rposition(|b| *b == b'{')?.checked_add(1)?;
    let digits = digits.get(start..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |sum, d| sum * 10 + u64::from(d - b'0')))
}

/// A whole answer: the pieces of its line, and the literal after each but the last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImapAnswer {
    /// Pieces of text and the literals that follow them.
    pub pieces: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImapSaid {
    /// `+ text`: the server waits for more.
    Continue(String),
    /// `* OK text`, `* PREAUTH text`, or the like without a tag.
    State {
        /// In capitals: OK, NO, BAD, BYE, PREAUTH.
        state: String,
        /// The words after it, a code in brackets included.
        text: String,
    },
    /// `* CAPABILITY …`: in capitals.
    Capability(Vec<String>),
    /// `* SEARCH …`: numbers of messages.
    Search(Vec<u32>),
    /// `* n FETCH (… {literal})`: the first literal that it carries.
    Fetch {
        /// The number of the message.
        number: u32,
        /// The octets, if it has some.
        octets: Option<Vec<u8>>,
        /// RFC822.SIZE, if it is told.
        size: Option<u64>,
    },
    /// `tag OK text`: the end of a command.
    Done {
        /// The tag.
        tag: String,
        /// OK, NO or BAD in capitals.
        state: String,
        /// The words after it.
        text: String,
    },
    /// Any other news.
    Other,
}

impl ImapAnswer {
    /// What it says; `None` for what is no answer.
    pub fn read(mut self) -> Option<ImapSaid> {
        let first = self.pieces.first()?.0.clone();
        let line = String::from_utf8_lossy(&first).into_owned();
        let (head, rest) = line.split_once(' ').unwrap_or((line.as_str(), ""));
        match head {
            "" => None,
            "+" => Some(ImapSaid::Continue(rest.to_owned())),
            "*" => self.untagged(rest),
            tag => {
                let (state, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let state = state.to_ascii_uppercase();
                let known = ["OK", "NO", "BAD"].contains(&state.as_str());
                known.then(|| ImapSaid::Done { tag: tag.to_owned(), state, text: text.to_owned() })
            }
        }
    }

    fn untagged(&mut self, rest: &str) -> Option<ImapSaid> {
        let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let upper = word.to_ascii_uppercase();
        Some(match upper.as_str() {
            "OK" | "NO" | "BAD" | "BYE" | "PREAUTH" => ImapSaid::State { state: upper, text: text.to_owned() },
            "CAPABILITY" => ImapSaid::Capability(text.split_ascii_whitespace().map(str::to_ascii_uppercase).collect()),
            "SEARCH" => ImapSaid::Search(text.split_ascii_whitespace().map_while(|n| n.parse().ok()).collect()),
            _ => {
                let Ok(number) = word.parse() else { return Some(ImapSaid::Other) };
                if !text.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case("FETCH")) {
                    return Some(ImapSaid::Other);
                }
                let octets = self.pieces.iter_mut().find_map(|(_, literal)| literal.take());
                ImapSaid::Fetch { number, octets, size: self.size() }
            }
        })
    }

    fn size(&self) -> Option<u64> {
        self.pieces.iter().find_map(|(text, _)| {
            let text = String::from_utf8_lossy(text).to_ascii_uppercase();
            let after = text.split_once("RFC822.SIZE ")?.1;
            after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        })
    }
}

/// A text as a quoted string (RFC 9051 section 4.3); `None` where it has characters that only a literal carries.
pub fn quoted(text: &str) -> Option<String> {
    let plain = text.bytes().all(|b| (b' '..0x7f).contains(&b));
    plain.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A date-time (RFC 9051 section 9), quotes included; `None` outside of the years 1 to 9999.
pub fn date_time(at: Time) -> Option<String> {
    let Civil { year, month, day, hour, minute, second } = at.civil();
    let month = usize::try_from(month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?))?;
    let known = (1..=9999).contains(&year);
    known.then(|| format!("\"{day:2}-{month}-{year:04} {hour:02}:{minute:02}:{second:02} +0000\""))
}

/// The name of a mailbox as IMAP4rev1 carries it: modified UTF-7 (RFC 3501 section 5.1.3).
pub fn mailbox_name(name: &str) -> String {
    let mut out = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    let end = |shifted: &mut Vec<u8>, out: &mut String| {
        if !shifted.is_empty() {
            let text = base64_simd::STANDARD_NO_PAD.encode_to_string(&shifted[..]).replace('/', ",");
            out.push('&');
            out.push_str(&text);
            out.push('-');
            shifted.clear();
        }
    };
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            end(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(c.encode_utf16(&mut units).iter().flat_map(|u| u.to_be_bytes()));
        }
    }
    end(&mut shifted, &mut out);
    out
}

/// Reads anything as answers. For fuzzing.
pub fn fuzz_imap(bytes: &[u8]) {
    let mut answer = ImapAnswer::default();
    for line in bytes.split(|b| *b == b'\n') {
        let literal = literal_length(line).map(|n| vec![0; usize::try_from(n.min(16)).unwrap_or_default()]);
        let more = literal.is_some();
        answer.pieces.push((line.to_vec(), literal));
        if !more {
            let _ = std::mem::take(&mut answer).read();
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = quoted(text);
        assert!(mailbox_name(text).bytes().all(|b| (b' '..0x7f).contains(&b)));
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Option<ImapSaid> {
        ImapAnswer { pieces: vec![(line.as_bytes().to_vec(), None)] }.read()
    }

    #[test]
    fn literals_are_announced_at_the_end() {
        assert_eq!(literal_length(b"* 1 FETCH (BODY[] {342}"), Some(342));
        assert_eq!(literal_length(b"{0}"), Some(0));
        assert_eq!(literal_length(b"{7+}"), Some(7));
        for none in ["{}", "{x}", "{-1}", "{1", "1}", "{1} ", "{9999999999999999999}", ""] {
            assert_eq!(literal_length(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(said("+ go on"), Some(ImapSaid::Continue("go on".into())));
        assert_eq!(said("+"), Some(ImapSaid::Continue(String::new())));
        let state = |state: &str, text: &str| Some(ImapSaid::State { state: state.into(), text: text.into() });
        assert_eq!(said("* ok hello"), state("OK", "hello"));
        assert_eq!(said("* BYE"), state("BYE", ""));
        assert_eq!(said("* CAPABILITY IMAP4rev1 auth=plain"), {
            Some(ImapSaid::Capability(vec!["IMAP4REV1".into(), "AUTH=PLAIN".into()]))
        });
        assert_eq!(said("* SEARCH 2 84"), Some(ImapSaid::Search(vec![2, 84])));
        assert_eq!(said("* SEARCH"), Some(ImapSaid::Search(vec![])));
        let done = |state: &str| ImapSaid::Done { tag: "a1".into(), state: state.into(), text: "x".into() };
        assert_eq!(said("a1 NO x"), Some(done("NO")));
        assert_eq!(said("* 23 EXISTS"), Some(ImapSaid::Other));
        assert_eq!(said("a1 MAYBE x"), None);
        assert_eq!(said(""), None);
    }

    #[test]
    fn a_fetched_literal_is_handed_out() {
        let pieces =
            vec![(b"* 12 FETCH (RFC822.SIZE 44 BODY[] {3}".to_vec(), Some(b"abc".to_vec())), (b")".to_vec(), None)];
        let expected = ImapSaid::Fetch { number: 12, octets: Some(b"abc".to_vec()), size: Some(44) };
        assert_eq!(ImapAnswer { pieces }.read(), Some(expected));
    }

    #[test]
    fn dates_are_written_as_the_grammar_has_them() {
        let written = |text: &str| date_time(Time::parse_rfc3339(text).unwrap());
        assert_eq!(written("2026-11-30T09:47:31Z").as_deref(), Some("\"30-Nov-2026 09:47:31 +0000\""));
        // RFC 9051: date-day-fixed = (SP DIGIT) / 2DIGIT.
        assert_eq!(written("1994-02-07T23:52:25+02:00").as_deref(), Some("\" 7-Feb-1994 21:52:25 +0000\""));
        for never in [i64::MIN, i64::MAX, Time::NO_END.0 + 1] {
            assert_eq!(date_time(Time(never)), None);
        }
    }

    #[test]
    fn names_and_strings_carry_no_control_character() {
        assert_eq!(quoted("a\"b\\c").as_deref(), Some("\"a\\\"b\\\\c\""));
        for not in ["a\r\nb", "ä", "\u{7f}", "\0"] {
            assert_eq!(quoted(not), None, "{not:?}");
        }
        // RFC 3501 section 5.1.3's own example.
        assert_eq!(mailbox_name("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(mailbox_name("A & Ü"), "A &- &ANw-");
        assert_eq!(mailbox_name("a\r\nb"), "a&AA0ACg-b");
    }
}
