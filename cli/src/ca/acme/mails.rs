//! The mails of an ACME server, on a thread of their own: no request waits for a mail server.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use directory::{Dsn, Envelope, Login, MailPlace, Outgoing, Reach, Server, SubmitError, submit};
use trust::Address;

/// How mails leave and where answers arrive.
pub struct Way {
    /// The submission server.
    pub server: Server,
    /// Who logs in there.
    pub login: Option<Login>,
    /// Whom TLS believes, how long is waited.
    pub reach: Reach,
    /// Who sends.
    pub from: Address,
    /// Where answers arrive.
    pub mailbox: MailPlace,
    /// Who logs in there.
    pub mailbox_login: Option<Login>,
    /// How often it is looked at.
    pub every: Duration,
}

/// A mail to be sent.
pub struct Parcel {
    /// To whom.
    pub to: Address,
    /// The first part of the token in it.
    pub part1: String,
    /// It.
    pub mail: Vec<u8>,
}

/// What happened.
pub enum News {
    /// A mail arrived that may be an answer; it may come more than once.
    Arrived(Vec<u8>),
    /// Words for whoever runs the server.
    Said(String),
    /// The mail with this first part of a token was sent, or given up.
    Left {
        /// The part.
        part1: String,
        /// Whether it was sent.
        sent: bool,
    },
}

/// The other end of that thread.
pub struct Mails {
    parcels: Sender<Parcel>,
    news: Receiver<News>,
}

impl Mails {
    /// Begins to work.
    pub fn start(way: Way) -> Mails {
        let (parcels, to_send) = mpsc::channel();
        // Who does not read holds the thread up, and no memory fills.
        let (tell, news) = mpsc::sync_channel(64);
        thread::spawn(move || {
            let mut work = Work { way, waiting: VecDeque::new(), last: String::new(), looked: false };
            work.run(&to_send, &mut |news| tell.send(news).is_ok());
        });
        Mails { parcels, news }
    }

    /// Has a mail sent; `false` where the thread is no more.
    pub fn send(&self, parcel: Parcel) -> bool {
        self.parcels.send(parcel).is_ok()
    }

    /// What happened since.
    pub fn news(&self) -> Vec<News> {
        self.news.try_iter().collect()
    }
}

struct Work {
    way: Way,
    /// What is to be sent, how often it was tried, and when it is tried again.
    waiting: VecDeque<(Parcel, u32, Instant)>,
    /// What was said last, so that a server that is down is told of once.
    last: String,
    /// Whether the mailbox was looked at.
    looked: bool,
}

impl Work {
    fn run(&mut self, parcels: &Receiver<Parcel>, tell: &mut dyn FnMut(News) -> bool) {
        let mut look = Instant::now();
        loop {
            let now = Instant::now();
            let next = self.waiting.iter().map(|(_, _, at)| *at).chain([look]).min().unwrap_or(look);
            match parcels.recv_timeout(next.saturating_duration_since(now)) {
                Ok(parcel) => self.waiting.push_back((parcel, 0, Instant::now())),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let mut going = self.deliver(tell);
            if look <= Instant::now() {
                going = going && self.look(tell);
                look = Instant::now() + self.way.every;
            }
            if !going {
                return;
            }
        }
    }

    fn deliver(&mut self, tell: &mut dyn FnMut(News) -> bool) -> bool {
        for _ in 0..self.waiting.len() {
            let Some((parcel, tried, at)) = self.waiting.pop_front() else { break };
            if at > Instant::now() {
                self.waiting.push_back((parcel, tried, at));
                continue;
            }
            let why = match self.submit(&parcel) {
                Ok(None) => match tell(News::Left { part1: parcel.part1, sent: true }) {
                    true => continue,
                    false => return false,
                },
                Ok(Some(refusal)) => refusal,
                Err(error) => error.to_string(),
            };
            if tried + 1 < ATTEMPTS {
                self.waiting.push_back((parcel, tried + 1, Instant::now() + PAUSE * (tried + 1)));
                if !self.say(format!("a challenge mail waits to be sent: {why}"), tell) {
                    return false;
                }
            } else {
                let words = format!("the challenge mail to {} was not sent: {why}", parcel.to);
                if !tell(News::Said(words)) || !tell(News::Left { part1: parcel.part1, sent: false }) {
                    return false;
                }
            }
        }
        true
    }

    /// Why it was refused; nothing where it was taken.
    fn submit(&self, parcel: &Parcel) -> Result<Option<String>, SubmitError> {
        let way = &self.way;
        let mail = Outgoing::check(&parcel.mail)?.map_err(SubmitError::from)?;
        let envelope = Envelope { from: way.from.clone(), to: vec![parcel.to.clone()], dsn: Dsn::default() };
        let deliveries = submit(&way.server, way.login.as_ref(), &way.reach, &envelope, &mail)?;
        Ok(deliveries.iter().find(|delivery| !delivery.is_accepted()).map(|delivery| delivery.reply.to_string()))
    }

    /// At first also at what was taken before: a server that was killed may not have judged it.
    fn look(&mut self, tell: &mut dyn FnMut(News) -> bool) -> bool {
        let (way, mut found) = (&self.way, Ok(Vec::new()));
        let login = way.mailbox_login.as_ref();
        if !self.looked {
            found = way.mailbox.find(login, &way.reach, "Subject", "ACME:", MAX_ANSWER);
        }
        let arrived = way.mailbox.arrived(login, &way.reach, "Subject", "ACME:", MAX_ANSWER);
        match found.and_then(|found| Ok(found.into_iter().chain(arrived?).collect::<Vec<_>>())) {
            Ok(mails) => {
                self.looked = true;
                mails.into_iter().all(|mail| tell(News::Arrived(mail)))
            }
            Err(error) => self.say(format!("answers cannot be looked for: {error}"), tell),
        }
    }

    fn say(&mut self, words: String, tell: &mut dyn FnMut(News) -> bool) -> bool {
        if self.last == words {
            return true;
        }
        self.last.clone_from(&words);
        tell(News::Said(words))
    }
}

/// Octets of an answer.
const MAX_ANSWER: u64 = 1 << 20;
/// Times that a mail is tried to be sent, with longer and longer pauses: about half an hour.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_secs(60);
