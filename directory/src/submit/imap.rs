//! A mailbox on a server (RFC 9051, RFC 3501): a mail is appended, streamed in constant memory, or looked for by a field of
//! its header. Literals are synchronising ones, which every server takes.

use std::time::Duration;

use wire::Time;
use wire::imap::{ImapAnswer, ImapSaid, date_time, literal_length, mailbox_name, quoted};
use zeroize::Zeroizing;

use super::connection::Connection;
use super::error::SubmitError;
use super::outgoing::Outgoing;
use super::sasl::Sasl;
use super::server::{Login, Mechanism, Reach, Security, Server};

/// A conversation with an IMAP server.
pub struct Imap {
    connection: Connection,
    capabilities: Vec<String>,
    reach: Reach,
    tag: u32,
}

impl Imap {
    /// Connects, begins TLS unless the server is one of this machine without it, and logs in.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn open(server: &Server, login: &Login, reach: &Reach) -> Result<Imap, SubmitError> {
        let connection = Connection::open(server, reach)?;
        let mut open = Imap { connection, capabilities: Vec::new(), reach: reach.clone(), tag: 0 };
        open.connection.within(reach.answer, "while its greeting was awaited");
        match open.said(0)? {
            ImapSaid::State { state, .. } if state == "OK" => {}
            // RFC 9051 section 7.1.4; before STARTTLS it would be anybody's word, and it forbids STARTTLS.
            ImapSaid::State { state, .. } if state == "PREAUTH" && server.security != Security::StartTls => {
                return Ok(open);
            }
            ImapSaid::State { text, .. } => return Err(open.refused("the connection", text)),
            _ => return Err(open.protocol("it does not greet")),
        }
        if server.security == Security::StartTls {
            open.ask_capabilities()?;
            if !open.capabilities.iter().any(|c| c == "STARTTLS") {
                return Err(SubmitError::NoStartTls(server.place()));
            }
            open.command("STARTTLS", "STARTTLS", &mut |_| {})?;
            open.connection = open.connection.with_tls(reach)?;
        }
        open.ask_capabilities()?;
        open.log_in(login)?;
        Ok(open)
    }

    /// Appends a mail to a mailbox, marked as read and dated `at` (else by the server, as of now). The mailbox is made where
    /// the server says that this would help, and subscribed to: many programs show no other.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn append(&mut self, mailbox: &str, mail: &Outgoing<'_>, at: Option<Time>) -> Result<(), SubmitError> {
        let name = name_of(mailbox);
        match self.append_once(&name, mail, at) {
            // RFC 9051 section 6.3.12.
            Err(SubmitError::Refused { text, .. }) if text.to_ascii_uppercase().contains("[TRYCREATE]") => {
                self.command("CREATE", &format!("CREATE {name}"), &mut |_| {})?;
                match self.command("SUBSCRIBE", &format!("SUBSCRIBE {name}"), &mut |_| {}) {
                    Ok(()) | Err(SubmitError::Refused { .. }) => {}
                    Err(other) => return Err(other),
                }
                self.append_once(&name, mail, at)
            }
            other => other,
        }
    }

    fn append_once(&mut self, name: &str, mail: &Outgoing<'_>, at: Option<Time>) -> Result<(), SubmitError> {
        let date = at.and_then(date_time).map(|date| format!(" {date}")).unwrap_or_default();
        let line = format!("APPEND {name} (\\Seen){date} {{{}}}", mail.size());
        let tag = self.send_tagged(&line, "after APPEND")?;
        if !self.until_continued(&tag, "APPEND")? {
            return Err(self.protocol("it took a mail before it was sent"));
        }
        let (connection, piece) = (&mut self.connection, self.reach.piece);
        mail.pour::<SubmitError>(false, &mut |bytes| {
            connection.within(piece, "while the mail was sent");
            connection.send(bytes)
        })?;
        self.connection.within(self.reach.last, "after the mail was sent");
        self.connection.send(b"\r\n")?;
        self.until_done(&tag, "APPEND", 0, &mut |_| {})
    }

    /// The newest mails of a mailbox in whose header the field contains the text, without regard to letter case, as the
    /// server sees it; at most [`MAX_FOUND`], none longer than `most` octets, the newest first. They stay unread.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn find(&mut self, mailbox: &str, field: &str, text: &str, most: u64) -> Result<Vec<Vec<u8>>, SubmitError> {
        let wrong = || SubmitError::BadLogin;
        let (field, text) = (quoted(field).ok_or_else(wrong)?, quoted(text).ok_or_else(wrong)?);
        self.command("EXAMINE", &format!("EXAMINE {}", name_of(mailbox)), &mut |_| {})?;
        let mut numbers = Vec::new();
        self.command("SEARCH", &format!("SEARCH HEADER {field} {text}"), &mut |said| {
            if let ImapSaid::Search(found) = said {
                numbers.extend(found);
            }
        })?;
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.dedup();
        numbers.truncate(MAX_FOUND);
        let mut mails = Vec::new();
        for wanted in numbers {
            let mut length = None;
            self.command("FETCH", &format!("FETCH {wanted} (RFC822.SIZE)"), &mut |said| {
                if let ImapSaid::Fetch { number, size, .. } = said
                    && number == wanted
                {
                    length = size;
                }
            })?;
            if length.is_none_or(|length| length > most) {
                continue;
            }
            let mut mail = None;
            let line = format!("FETCH {wanted} (BODY.PEEK[])");
            self.command_with("FETCH", &line, most, &mut |said| {
                if let ImapSaid::Fetch { number, octets: Some(octets), .. } = said
                    && number == wanted
                {
                    mail = Some(octets);
                }
            })?;
            mails.extend(mail);
        }
        Ok(mails)
    }

    /// Says goodbye; whether that is heard is of no matter.
    pub fn quit(mut self) {
        let sent = self.send_tagged("LOGOUT", "after LOGOUT");
        self.connection.within(self.reach.answer.min(GOODBYE), "after LOGOUT");
        if let Ok(tag) = sent {
            let _ = self.until_done(&tag, "LOGOUT", 0, &mut |_| {});
        }
    }

    fn ask_capabilities(&mut self) -> Result<(), SubmitError> {
        let mut found = Vec::new();
        self.command("CAPABILITY", "CAPABILITY", &mut |said| {
            if let ImapSaid::Capability(list) = said {
                found = list;
            }
        })?;
        self.capabilities = found;
        Ok(())
    }

    fn log_in(&mut self, login: &Login) -> Result<(), SubmitError> {
        let offered: Vec<String> =
            self.capabilities.iter().filter_map(|c| c.strip_prefix("AUTH=").map(str::to_owned)).collect();
        let place = self.connection.server().place();
        let refused = |error| match error {
            SubmitError::Refused { server, text, .. } => {
                SubmitError::LoginRefused { server, user: login.user.clone(), text }
            }
            other => other,
        };
        // The command LOGIN has every server that does not forbid it, and no mechanism.
        let bare = offered.iter().all(|o| !["PLAIN", "LOGIN"].contains(&o.as_str()));
        if bare && login.mechanism.is_none_or(|m| m == Mechanism::Login) {
            if self.capabilities.iter().any(|c| c == "LOGINDISABLED") {
                return Err(SubmitError::NoMechanism {
                    server: place,
                    wanted: "LOGIN".into(),
                    offered: offered.join(", "),
                });
            }
            return self.plain_login(login).map_err(refused);
        }
        let mut sasl = Sasl::choose(login, &offered, &place)?;
        let tag = self.send_tagged(&format!("AUTHENTICATE {}", sasl.name()), "while logging in")?;
        let mut initial = sasl.initial();
        while self.until_continued(&tag, "AUTHENTICATE").map_err(refused)? {
            let answer = initial.take().or_else(|| sasl.answer());
            let answer = answer.ok_or_else(|| self.protocol("it asks on while logging in"))?;
            self.connection.send(Zeroizing::new(format!("{}\r\n", answer.as_str())).as_bytes())?;
        }
        Ok(())
    }

    /// LOGIN with literals, in which every character stands for itself.
    fn plain_login(&mut self, login: &Login) -> Result<(), SubmitError> {
        let secret = login.secret.as_bytes();
        if login.user.bytes().chain(secret.iter().copied()).any(|b| matches!(b, 0 | b'\r' | b'\n')) {
            return Err(SubmitError::BadLogin);
        }
        let tag = self.send_tagged(&format!("LOGIN {{{}}}", login.user.len()), "while logging in")?;
        let more = |open: &mut Self| match open.until_continued(&tag, "LOGIN")? {
            true => Ok(()),
            false => Err(open.protocol("it let somebody in without a password")),
        };
        more(self)?;
        self.connection.send(format!("{} {{{}}}\r\n", login.user, secret.len()).as_bytes())?;
        more(self)?;
        self.connection.send(&Zeroizing::new([secret, b"\r\n"].concat()))?;
        self.until_done(&tag, "LOGIN", 0, &mut |_| {})
    }

    fn command(&mut self, name: &'static str, line: &str, news: &mut dyn FnMut(ImapSaid)) -> Result<(), SubmitError> {
        self.command_with(name, line, 0, news)
    }

    /// A command whose answers may carry literals of so many octets.
    fn command_with(
        &mut self,
        name: &'static str,
        line: &str,
        literal: u64,
        news: &mut dyn FnMut(ImapSaid),
    ) -> Result<(), SubmitError> {
        let tag = self.send_tagged(line, name)?;
        self.until_done(&tag, name, literal, news)
    }

    fn send_tagged(&mut self, line: &str, during: &'static str) -> Result<String, SubmitError> {
        self.tag += 1;
        let tag = format!("s{}", self.tag);
        self.connection.within(self.reach.answer, during);
        self.connection.send(format!("{tag} {line}\r\n").as_bytes())?;
        Ok(tag)
    }

    /// Waits for the server to ask for more: true; false where it is done instead.
    fn until_continued(&mut self, tag: &str, name: &'static str) -> Result<bool, SubmitError> {
        for _ in 0..MAX_NEWS {
            match self.said(0)? {
                ImapSaid::Continue(_) => return Ok(true),
                said => {
                    if self.is_done(said, tag, name)?.is_none() {
                        return Ok(false);
                    }
                }
            }
        }
        Err(self.protocol("its news have no end"))
    }

    fn until_done(
        &mut self,
        tag: &str,
        name: &'static str,
        literal: u64,
        news: &mut dyn FnMut(ImapSaid),
    ) -> Result<(), SubmitError> {
        for _ in 0..MAX_NEWS {
            let said = self.said(literal)?;
            match self.is_done(said, tag, name)? {
                None => return Ok(()),
                Some(other) => news(other),
            }
        }
        Err(self.protocol("its news have no end"))
    }

    /// `None` for the end of the command; what was said otherwise.
    fn is_done(&self, said: ImapSaid, tag: &str, name: &'static str) -> Result<Option<ImapSaid>, SubmitError> {
        match said {
            ImapSaid::Done { tag: this, state, .. } if this == tag && state == "OK" => Ok(None),
            ImapSaid::Done { tag: this, text, .. } if this == tag => Err(self.refused(name, text)),
            ImapSaid::Done { .. } => Err(self.protocol("it answers a command that nobody gave")),
            // RFC 9051 section 7.1.5; after LOGOUT it is expected.
            ImapSaid::State { state, text } if state == "BYE" && name != "LOGOUT" => Err(self.refused(name, text)),
            other => Ok(Some(other)),
        }
    }

    /// One answer, with literals of at most `most` octets altogether.
    fn said(&mut self, most: u64) -> Result<ImapSaid, SubmitError> {
        let mut answer = ImapAnswer::default();
        let mut left = most.saturating_add(SMALL_LITERAL);
        loop {
            let line = self.connection.line(MAX_LINE)?;
            let Some(length) = literal_length(&line) else {
                answer.pieces.push((line, None));
                break;
            };
            left = left.checked_sub(length).filter(|_| answer.pieces.len() < MAX_PIECES).ok_or_else(|| {
                SubmitError::TooLong { server: self.connection.server().place(), limit: most + SMALL_LITERAL }
            })?;
            let literal = self.connection.exactly(length)?;
            answer.pieces.push((line, Some(literal)));
        }
        answer.read().ok_or_else(|| self.protocol("a line is no answer"))
    }

    fn refused(&self, command: &'static str, text: String) -> SubmitError {
        SubmitError::Refused { server: self.connection.server().place(), command, text, transient: false }
    }

    fn protocol(&self, what: &str) -> SubmitError {
        SubmitError::Protocol { server: self.connection.server().place(), what: what.to_owned() }
    }
}

/// The name of a mailbox as a quoted string; in modified UTF-7 there is no character that it cannot carry.
fn name_of(mailbox: &str) -> String {
    quoted(&mailbox_name(mailbox)).unwrap_or_default()
}

/// Mails that are looked at.
pub const MAX_FOUND: usize = 20;
/// Octets of a line: the numbers of some hundred thousand mails.
const MAX_LINE: usize = 1 << 20;
/// Octets that servers put into literals where none was asked for.
const SMALL_LITERAL: u64 = 64 << 10;
const MAX_PIECES: usize = 64;
/// Answers that one command may bring.
const MAX_NEWS: usize = 10_000;
/// What a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);
