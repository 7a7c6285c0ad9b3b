//! Handing a mail over to a submission server (RFC 6409, RFC 5321), in constant memory.

use std::io;
use std::time::Duration;

use trust::Address;
use wire::smtp::{SmtpExtensions, SmtpReply, SmtpReplyReader};

use super::connection::Connection;
use super::delivery::Delivery;
use super::error::SubmitError;
use super::outgoing::Outgoing;
use super::sasl::Sasl;
use super::server::{Login, Reach, Security, Server};

/// Who sends, who receives. Addresses were checked where they were made: no space, no control character, so that none
/// can be two commands.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Where failures are reported to.
    pub from: Address,
    /// Who receives, each once.
    pub to: Vec<Address>,
    /// What is asked for about delivery.
    pub dsn: Dsn,
}

/// What is asked for about delivery (RFC 3461). The default asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dsn {
    /// NOTIFY: when a report is wanted.
    pub notify: Option<Notify>,
    /// RET: how much of the mail is returned with a failure.
    pub ret: Option<Ret>,
    /// ENVID: a word that comes back in the reports; at most 100 characters (section 4.4).
    pub envid: Option<EnvelopeId>,
}

/// When a report is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notify {
    /// The mail was delivered.
    pub success: bool,
    /// It could not be.
    pub failure: bool,
    /// It takes longer.
    pub delay: bool,
}

/// How much of a mail is returned with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its header.
    Headers,
}

/// A word that names an envelope: printable ASCII, at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeId(String);

impl std::str::FromStr for EnvelopeId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = !text.is_empty() && text.len() <= 100 && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(EnvelopeId(text.to_owned())) } else { Err("1 to 100 printable characters of ASCII".to_owned()) }
    }
}

impl std::fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Notify {
    type Err = String;

    /// `never`, or `success`, `failure` and `delay` with commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut notify = Notify { success: false, failure: false, delay: false };
        if text.eq_ignore_ascii_case("never") {
            return Ok(notify);
        }
        for word in text.split(',') {
            match word.to_ascii_lowercase().as_str() {
                "success" => notify.success = true,
                "failure" => notify.failure = true,
                "delay" => notify.delay = true,
                _ => return Err("never, or some of success,failure,delay".to_owned()),
            }
        }
        Ok(notify)
    }
}

impl std::fmt::Display for Notify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = [(self.success, "SUCCESS"), (self.failure, "FAILURE"), (self.delay, "DELAY")];
        let named: Vec<&str> = words.iter().filter(|(asked, _)| *asked).map(|(_, word)| *word).collect();
        f.write_str(if named.is_empty() { "NEVER".to_owned() } else { named.join(",") }.as_str())
    }
}

impl std::fmt::Display for Ret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Ret::Full { "FULL" } else { "HDRS" })
    }
}

impl std::str::FromStr for Ret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "full" => Ok(Ret::Full),
            "hdrs" => Ok(Ret::Headers),
            _ => Err("full or hdrs".to_owned()),
        }
    }
}

/// A conversation with a submission server, over which several mails can be sent.
pub struct Submission {
    connection: Connection,
    extensions: SmtpExtensions,
    reach: Reach,
}

/// Connects, logs in if there is a login, hands one mail over and says goodbye.
///
/// # Errors
/// As [`Submission::open`] and [`Submission::send`].
pub fn submit(
    server: &Server,
    login: Option<&Login>,
    reach: &Reach,
    envelope: &Envelope,
    mail: &Outgoing<'_>,
) -> Result<Vec<Delivery>, SubmitError> {
    let mut submission = Submission::open(server, login, reach)?;
    let done = submission.send(envelope, mail, &mut |_| Ok(()))?;
    submission.quit();
    Ok(done)
}

impl Submission {
    /// Connects, begins TLS unless the server is one of this machine without it, and logs in.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn open(server: &Server, login: Option<&Login>, reach: &Reach) -> Result<Submission, SubmitError> {
        let connection = Connection::open(server, reach)?;
        let mut open = Submission { connection, extensions: SmtpExtensions::default(), reach: reach.clone() };
        let greeting = open.reply(reach.answer, "while its greeting was awaited")?;
        open.demand("the connection", greeting)?;
        open.hello()?;
        if server.security == Security::StartTls {
            if !open.extensions.starttls {
                return Err(SubmitError::NoStartTls(server.place()));
            }
            let reply = open.command("STARTTLS\r\n", "after STARTTLS")?;
            open.demand("STARTTLS", reply)?;
            open.connection = open.connection.with_tls(reach)?;
            // What was said before is forgotten (RFC 3207 section 4.2).
            open.hello()?;
        }
        if let Some(login) = login {
            open.log_in(login)?;
        }
        Ok(open)
    }

    /// What the server offers.
    pub fn extensions(&self) -> &SmtpExtensions {
        &self.extensions
    }

    /// Hands one mail over. `committing` is called when everything was sent but its end, with what was said to each recipient:
    /// until then nobody has it, and from then on those who were accepted may, whatever happens to the connection.
    ///
    /// # Errors
    /// [`SubmitError`] where no recipient got it, or where that is not known; refusals of single recipients are no
    /// error. [`SubmitError::Cut`] where the server went after it had refused some of them.
    pub fn send(
        &mut self,
        envelope: &Envelope,
        mail: &Outgoing<'_>,
        committing: &mut dyn FnMut(&[Delivery]) -> io::Result<()>,
    ) -> Result<Vec<Delivery>, SubmitError> {
        let begin = self.mail_command(envelope, mail)?;
        let mut found = self.envelope(&begin, envelope)?;
        if !found.iter().any(Delivery::is_accepted) {
            let reply = self.command("RSET\r\n", "after RSET")?;
            self.demand("RSET", reply)?;
            return Ok(found);
        }
        let reply = self.command("DATA\r\n", "after DATA")?;
        if reply.code != 354 {
            settle(&mut found, &reply);
            return if reply.is_positive() { Err(self.protocol("DATA was answered with success")) } else { Ok(found) };
        }
        let (connection, piece) = (&mut self.connection, self.reach.piece);
        let poured = mail.pour::<SubmitError>(true, &mut |bytes| {
            connection.within(piece, "while the mail was sent");
            connection.send(bytes)
        });
        poured.map_err(|error| self.last_word(error))?;
        committing(&found)?;
        self.may_ask()?;
        self.connection.within(piece, "while the mail was sent");
        self.connection.send(b".\r\n")?;
        let reply = self.reply(self.reach.last, "after the mail was sent")?;
        settle(&mut found, &reply);
        Ok(found)
    }

    /// Says goodbye; whether that is heard is of no matter.
    pub fn quit(mut self) {
        self.connection.within(self.reach.answer.min(GOODBYE), "after QUIT");
        let _ = self.connection.send(b"QUIT\r\n").and_then(|()| self.connection.line(MAX_LINE));
    }

    /// MAIL with all that this mail needs.
    fn mail_command(&self, envelope: &Envelope, mail: &Outgoing<'_>) -> Result<String, SubmitError> {
        let missing = |extension| SubmitError::NotOffered { server: self.connection.server().place(), extension };
        let offers = &self.extensions;
        if let Some(limit) = offers.size.filter(|limit| *limit > 0 && mail.size() > *limit) {
            let server = self.connection.server().place();
            return Err(SubmitError::TooLarge { server, size: mail.size(), limit });
        }
        let mut command = format!("MAIL FROM:<{}>", envelope.from);
        if offers.size.is_some() {
            command += &format!(" SIZE={}", mail.size());
        }
        if mail.eight_bit() {
            if !offers.eight_bit {
                return Err(missing("8BITMIME"));
            }
            command += " BODY=8BITMIME";
        }
        let ascii = envelope.from.is_ascii() && envelope.to.iter().all(Address::is_ascii);
        if !ascii || mail.header_utf8() {
            if !offers.utf8 {
                return Err(missing("SMTPUTF8"));
            }
            command += " SMTPUTF8";
        }
        let dsn = &envelope.dsn;
        if *dsn != Dsn::default() && !offers.dsn {
            return Err(missing("DSN"));
        }
        if let Some(ret) = dsn.ret {
            command += &format!(" RET={ret}");
        }
        if let Some(envid) = &dsn.envid {
            command += &format!(" ENVID={}", xtext(&envid.0));
        }
        Ok(command + "\r\n")
    }

    /// MAIL and all RCPT; what is said to each RCPT. Several go at once where the server takes that (RFC 2920), and so few
    /// that neither side waits for the other to read.
    fn envelope(&mut self, begin: &str, envelope: &Envelope) -> Result<Vec<Delivery>, SubmitError> {
        let reply = self.command(begin, "after MAIL")?;
        self.demand("the sender", reply)?;
        let at_once = if self.extensions.pipelining { AT_ONCE } else { 1 };
        let mut found = Vec::with_capacity(envelope.to.len());
        for group in envelope.to.chunks(at_once) {
            let told = self.recipients(group, &envelope.dsn, &mut found);
            told.map_err(|why| cut(why, std::mem::take(&mut found)))?;
        }
        Ok(found)
    }

    /// A group of RCPT, and what is said to each.
    fn recipients(&mut self, group: &[Address], dsn: &Dsn, found: &mut Vec<Delivery>) -> Result<(), SubmitError> {
        self.may_ask()?;
        self.connection.within(self.reach.answer, "after RCPT");
        self.connection.send(group.iter().map(|to| rcpt_command(to, dsn)).collect::<String>().as_bytes())?;
        for to in group {
            let reply = self.reply(self.reach.answer, "after RCPT")?;
            if reply.code == 421 {
                return Err(self.refused("RCPT", &reply));
            }
            found.push(Delivery { to: to.clone(), reply });
        }
        Ok(())
    }

    /// EHLO. The name is the one of nobody: what this machine is called is not the server's business.
    fn hello(&mut self) -> Result<(), SubmitError> {
        let reply = self.command("EHLO [127.0.0.1]\r\n", "after EHLO")?;
        self.extensions = SmtpExtensions::read(&reply);
        self.demand("EHLO", reply)
    }

    fn log_in(&mut self, login: &Login) -> Result<(), SubmitError> {
        let place = self.connection.server().place();
        let mut sasl = Sasl::choose(login, &self.extensions.auth, &place)?;
        let during = "while logging in";
        let mut line = zeroize::Zeroizing::new(format!("AUTH {}", sasl.name()));
        if let Some(initial) = sasl.initial() {
            line.push(' ');
            line.push_str(&initial);
        }
        line.push_str("\r\n");
        let mut reply = self.command(&line, during)?;
        while reply.code == 334 {
            let answer = sasl.answer().ok_or_else(|| self.protocol("it asks on while logging in"))?;
            reply = self.command(&zeroize::Zeroizing::new(format!("{}\r\n", answer.as_str())), during)?;
        }
        if reply.is_positive() {
            return Ok(());
        }
        Err(SubmitError::LoginRefused { server: place, user: login.user.clone(), text: reply.to_string() })
    }

    fn command(&mut self, line: &str, during: &'static str) -> Result<SmtpReply, SubmitError> {
        self.may_ask()?;
        self.connection.within(self.reach.answer, during);
        self.connection.send(line.as_bytes())?;
        self.reply(self.reach.answer, during)
    }

    /// A reply that came before it was due would be taken for one to what is said next, and from then on everybody would be
    /// told what was said to somebody else. Only a refusal may come by itself: the server goes (RFC 5321 section 3.8).
    fn may_ask(&self) -> Result<(), SubmitError> {
        match self.connection.unread().first() {
            None | Some(b'4' | b'5') => Ok(()),
            Some(_) => Err(self.protocol("it answers before it is asked")),
        }
    }

    /// A whole reply, all of whose lines come within the limit.
    fn reply(&mut self, limit: Duration, during: &'static str) -> Result<SmtpReply, SubmitError> {
        self.connection.within(limit, during);
        let mut reader = SmtpReplyReader::default();
        loop {
            let line = self.connection.line(MAX_LINE)?;
            match reader.push(&line) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(fault) => return Err(self.protocol(&fault.to_string())),
            }
        }
    }

    /// A server that hangs up amid the mail may have said why.
    fn last_word(&mut self, error: SubmitError) -> SubmitError {
        match error {
            SubmitError::Closed { .. } => match self.reply(LAST_WORD, "while the mail was sent") {
                Ok(reply) if !reply.is_positive() => self.refused("the mail", &reply),
                _ => error,
            },
            other => other,
        }
    }

    fn demand(&self, command: &'static str, reply: SmtpReply) -> Result<(), SubmitError> {
        if reply.is_positive() { Ok(()) } else { Err(self.refused(command, &reply)) }
    }

    fn refused(&self, command: &'static str, reply: &SmtpReply) -> SubmitError {
        let server = self.connection.server().place();
        SubmitError::Refused { server, command, text: reply.to_string(), transient: reply.is_transient() }
    }

    fn protocol(&self, what: &str) -> SubmitError {
        SubmitError::Protocol { server: self.connection.server().place(), what: what.to_owned() }
    }
}

/// The word on the whole mail is the word on everybody who was accepted for it.
fn settle(found: &mut [Delivery], reply: &SmtpReply) {
    found.iter_mut().filter(|d| d.is_accepted()).for_each(|d| d.reply = reply.clone());
}

/// Why a conversation ended, with what was said to recipients if some of them had been refused by then.
fn cut(why: SubmitError, told: Vec<Delivery>) -> SubmitError {
    if told.iter().all(Delivery::is_accepted) { why } else { SubmitError::Cut { why: Box::new(why), told } }
}

fn rcpt_command(to: &Address, dsn: &Dsn) -> String {
    let mut command = format!("RCPT TO:<{to}>");
    if let Some(notify) = dsn.notify {
        command += &format!(" NOTIFY={notify}");
        // The recipient as the sender knows it (section 4.2); one beyond ASCII has a form of its own (RFC 6533 section 3).
        let (kind, text) = if to.is_ascii() { ("rfc822", xtext(&to.to_string())) } else { ("utf-8", unitext(to)) };
        command += &format!(" ORCPT={kind};{text}");
    }
    command + "\r\n"
}

/// RFC 3461 section 4: what is no plain character stands in hexadecimal.
fn xtext(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_graphic() && b != b'+' && b != b'=';
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("+{b:02X}") }).collect()
}

/// utf-8-addr-xtext (RFC 6533 section 3): what is no plain character of ASCII stands by its number.
fn unitext(to: &Address) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !"+=\\".contains(c);
    let number = |c: char| format!("\\x{{{:X}}}", u32::from(c));
    to.to_string().chars().map(|c| if plain(c) { c.to_string() } else { number(c) }).collect()
}

/// Octets of a line of a reply (RFC 5321 section 4.5.3.1.5 says 512; some say more).
const MAX_LINE: usize = 4096;
/// RCPT commands sent at once: some kilobytes, which every system takes without anybody reading.
const AT_ONCE: usize = 30;
/// What a word after the end may take.
const LAST_WORD: Duration = Duration::from_secs(1);
/// What a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_stand_in_reports_as_they_were_written() {
        let dsn = Dsn { notify: Some("success,delay".parse().unwrap()), ..Dsn::default() };
        let plus = Address::parse("a+b@example.org").unwrap();
        let expected = "RCPT TO:<a+b@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@example.org\r\n";
        assert_eq!(rcpt_command(&plus, &dsn), expected);
        let international = Address::parse_international("jürgen@example.org").unwrap();
        let never = Dsn { notify: Some("never".parse().unwrap()), ..Dsn::default() };
        let expected = "RCPT TO:<jürgen@example.org> NOTIFY=NEVER ORCPT=utf-8;j\\x{FC}rgen@example.org\r\n";
        assert_eq!(rcpt_command(&international, &never), expected);
        assert!("success,never".parse::<Notify>().is_err() && "".parse::<Notify>().is_err());
        assert!("a b".parse::<EnvelopeId>().is_err() && "a\r\nQUIT".parse::<EnvelopeId>().is_err());
    }

    #[test]
    fn no_address_carries_a_command() {
        for text in ["a@b\r\nRCPT TO:<c@d>", "a\n@b", "a@b>", "a b@c", "<a@b", "a@b\0"] {
            assert!(Address::parse(text).is_err() && Address::parse_international(text).is_err(), "{text:?}");
        }
    }
}
