//! What an authority did, in the order that it did it: lines that each carry a hash over the line before, so that a
//! changed, removed or inserted one is told. The file is `directory`'s.

use std::collections::HashMap;

use thiserror::Error;
use trust::Revoked;
use wire::crl::Reason;
use wire::{Certificate, Time};

use crate::service::Service;

/// One thing that was done.
#[derive(Debug, Clone)]
pub enum Event {
    /// The authority was made, or publishes at another place from now on.
    Publishes(Service),
    /// A certificate was signed. It stands here before anybody has it.
    Issued(Certificate),
    /// Another certificate took the place of one, which stays valid.
    Superseded {
        /// The contents octets of the serial number of the one before.
        old: Vec<u8>,
        /// Those of the one that is there now.
        new: Vec<u8>,
    },
    /// A certificate is revoked.
    Revoked {
        /// The contents octets of its serial number.
        serial: Vec<u8>,
        /// Since when.
        at: Time,
        /// Why.
        reason: Reason,
    },
}

/// A certificate that was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificate.
    pub certificate: Certificate,
    /// Since when and why it is revoked.
    pub revoked: Option<(Time, Reason)>,
    /// The serial number, contents octets, of the one that took its place.
    pub superseded: Option<Vec<u8>>,
}

impl Issued {
    /// Whether it is neither revoked nor superseded; it may have expired.
    pub fn is_current(&self) -> bool {
        self.revoked.is_none() && self.superseded.is_none()
    }
}

/// Why a journal is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A line does not fit the one before: it was changed, or some were taken out or put in.
    #[error("line {0} of the journal does not fit the one before it: the journal was changed")]
    Broken(usize),
    /// A line that fits says nothing that is known: a newer program wrote it.
    #[error("line {0} of the journal is not known to this program")]
    Unknown(usize),
    /// What was written into it once does not stand in it any more.
    #[error("the journal lacks what was written into it: it was cut short, or replaced by another")]
    Shortened,
}

/// A journal that was read whole.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    issued: Vec<Issued>,
    by_serial: HashMap<Vec<u8>, usize>,
    service: Option<Service>,
    hash: String,
    lines: usize,
    length: usize,
}

impl Journal {
    /// Reads it. A last line without its end was torn when the machine or the program stopped, before anybody had what
    /// it tells of: it does not count, and [`Journal::length`] ends before it.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read(bytes: &[u8]) -> Result<Journal, JournalError> {
        let mut journal = Journal::default();
        journal.extend(bytes)?;
        Ok(journal)
    }

    /// Reads it, and checks that it goes on from where it was when [`Journal::mark`] gave this: lines that were taken off its
    /// end fit as well as any.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read_since(mark: &str, bytes: &[u8]) -> Result<Journal, JournalError> {
        let (length, hash) =
            mark.strip_suffix('\n').and_then(|mark| mark.split_once(' ')).ok_or(JournalError::Shortened)?;
        let length: usize = length.parse().map_err(|_| JournalError::Shortened)?;
        let (known, new) = bytes.split_at_checked(length).ok_or(JournalError::Shortened)?;
        let mut journal = Journal::read(known)?;
        if journal.length != length || journal.hash != hash {
            return Err(JournalError::Shortened);
        }
        journal.extend(new)?;
        Ok(journal)
    }

    /// How far it reaches: its length and the hash of its last line, as one line.
    pub fn mark(&self) -> String {
        format!("{} {}\n", self.length, self.hash)
    }

    /// Takes in what was written since: what stands in the file from [`Journal::length`] on.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let Some(text) = line.strip_suffix(b"\n") else { break };
            self.lines += 1;
            let broken = JournalError::Broken(self.lines);
            let text = std::str::from_utf8(text).map_err(|_| broken.clone())?;
            let (hash, event) = text.split_once(' ').ok_or(broken.clone())?;
            if hash != chained(&self.hash, event) {
                return Err(broken);
            }
            self.take(event).ok_or(JournalError::Unknown(self.lines))?;
            self.hash = hash.to_owned();
            self.length += line.len();
        }
        Ok(())
    }

    /// The lines that tell of these events, each with its end. They are part of it once they are written and taken in by
    /// [`Journal::extend`].
    pub fn lines(&self, events: &[Event]) -> String {
        let mut before = self.hash.clone();
        let mut lines = String::new();
        for event in events {
            let text = match event {
                Event::Publishes(service) => format!("publishes {}", service.base()),
                Event::Issued(certificate) => format!("issued {}", wire::hex(certificate.der())),
                Event::Superseded { old, new } => format!("superseded {} {}", wire::hex(old), wire::hex(new)),
                Event::Revoked { serial, at, reason } => {
                    format!("revoked {} {} {}", wire::hex(serial), at, reason.number())
                }
            };
            before = chained(&before, &text);
            lines += &format!("{before} {text}\n");
        }
        lines
    }

    /// Every certificate, in the order of issuing.
    pub fn issued(&self) -> impl Iterator<Item = &Issued> {
        self.issued.iter()
    }

    /// The certificate with this serial number, its contents octets.
    pub fn find(&self, serial: &[u8]) -> Option<&Issued> {
        self.by_serial.get(serial).and_then(|at| self.issued.get(*at))
    }

    /// What a line of a journal, its end included, says of revocation: the serial number, contents octets, since when and why.
    /// Read by itself, it is not proven by the lines before it: whoever changed those has not made it valid again.
    pub fn revoked_in(line: &[u8]) -> Option<(Vec<u8>, Revoked)> {
        let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
        let (serial, at, reason) = revoked(line.split_once(" revoked ")?.1)?;
        Some((serial, Revoked { at, reason, invalid_since: None }))
    }

    /// Where the authority publishes.
    pub fn service(&self) -> Option<&Service> {
        self.service.as_ref()
    }

    /// The octets of the lines that count.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many lines count.
    pub(crate) fn count(&self) -> usize {
        self.lines
    }

    fn take(&mut self, event: &str) -> Option<()> {
        let (word, rest) = event.split_once(' ')?;
        match word {
            "publishes" => self.service = Some(Service::at(rest)?),
            "issued" => {
                let certificate = Certificate::from_der(&wire::from_hex(rest.as_bytes())?).ok()?;
                self.by_serial.insert(certificate.serial().to_vec(), self.issued.len());
                self.issued.push(Issued { certificate, revoked: None, superseded: None });
            }
            "superseded" => {
                let (old, new) = rest.split_once(' ')?;
                let new = wire::from_hex(new.as_bytes()).filter(|new| self.by_serial.contains_key(new))?;
                self.by_serial(&wire::from_hex(old.as_bytes())?)?.superseded = Some(new);
            }
            "revoked" => {
                let (serial, at, reason) = revoked(rest)?;
                self.by_serial(&serial)?.revoked = Some((at, reason));
            }
            _ => return None,
        }
        Some(())
    }

    fn by_serial(&mut self, serial: &[u8]) -> Option<&mut Issued> {
        self.by_serial.get(serial).and_then(|at| self.issued.get_mut(*at))
    }
}

/// Reads anything as a journal, and as what the lines of one say. For fuzzing.
pub fn fuzz_journal(octets: &[u8]) {
    let _ = Journal::read(octets).map(|journal| journal.length());
    // No mutation finds a hash: the lines get theirs here.
    let mut journal = Journal::default();
    for event in String::from_utf8_lossy(octets).lines().take(64) {
        let line = format!("{} {event}\n", chained(&journal.hash, event));
        let before = journal.length;
        match journal.extend(line.as_bytes()) {
            Ok(()) => {
                assert_eq!(journal.length, before + line.len());
                assert_eq!(Journal::revoked_in(line.as_bytes()).is_some(), event.starts_with("revoked "));
            }
            Err(_) => return,
        }
        assert_eq!(journal.by_serial.values().max().map_or(0, |last| last + 1), journal.issued.len());
    }
}

/// What stands behind the word: the serial number, contents octets, since when, and why.
fn revoked(rest: &str) -> Option<(Vec<u8>, Time, Reason)> {
    let mut fields = rest.split(' ');
    let serial = wire::from_hex(fields.next()?.as_bytes())?;
    let at = Time::parse_rfc3339(fields.next()?)?;
    Some((serial, at, Reason::from_number(fields.next()?.parse().ok()?)))
}

/// The hash of a line, over that of the line before and what it says.
fn chained(before: &str, event: &str) -> String {
    wire::hex(&crypto::digest(crypto::Digest::Sha256, format!("{before} {event}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_cut_anywhere_is_one_that_was_and_a_flipped_bit_is_told() {
        let mut journal = Journal::default();
        let service = |n: usize| Event::Publishes(Service::at(&format!("http://ca{n}.example.org")).unwrap());
        let mut append = |n| {
            let line = journal.lines(&[service(n)]);
            journal.extend(line.as_bytes()).unwrap();
            line
        };
        let lines: Vec<String> = (0..3).map(&mut append).collect();
        assert_eq!(Journal::default().lines(&[service(0), service(1), service(2)]), lines.concat());
        let whole = lines.concat();
        assert_eq!(journal.length(), whole.len());
        for end in 0..=whole.len() {
            let read = Journal::read(&whole.as_bytes()[..end]).unwrap();
            let complete = whole[..end].matches('\n').count();
            assert_eq!(read.length(), lines[..complete].concat().len());
        }
        let last = whole.len() - 1;
        for bit in 0..last * 8 {
            let mut bent = whole.clone().into_bytes();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(Journal::read(&bent).is_err(), "bit {bit}");
        }
        // Taken off the end, or written anew with hashes that fit.
        let after = |lines: &[String]| Journal::read(lines.concat().as_bytes()).unwrap().mark();
        let whole = whole.as_bytes();
        for known in 0..=3 {
            let mark = after(&lines[..known]);
            assert_eq!(Journal::read_since(&mark, whole).unwrap().mark(), after(&lines));
            for left in 0..known {
                let short = lines[..left].concat();
                assert_eq!(Journal::read_since(&mark, short.as_bytes()).unwrap_err(), JournalError::Shortened);
            }
        }
        let other = Journal::default().lines(&[service(0), service(1), service(3)]);
        assert_eq!(Journal::read_since(&after(&lines), other.as_bytes()).unwrap_err(), JournalError::Shortened);
        for no_mark in ["", "x y", "3", "99999999999999999999 a"] {
            assert_eq!(Journal::read_since(no_mark, whole).unwrap_err(), JournalError::Shortened);
        }
        // Taken out, and put elsewhere.
        assert_eq!(Journal::read((lines[0].clone() + &lines[2]).as_bytes()).unwrap_err(), JournalError::Broken(2));
        assert_eq!(Journal::read((lines[1].clone() + &lines[0]).as_bytes()).unwrap_err(), JournalError::Broken(1));
    }

    #[test]
    fn what_supersedes_is_known_to_the_journal() {
        use crypto::{Curve, KeySpec, SoftKey, SystemRandom};
        let key = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap().0;
        let make = || crate::root("Example", &key, Time(1_800_000_000), &mut SystemRandom).unwrap();
        let [one, two] = [make(), make()];
        let [old, new] = [one.serial().to_vec(), two.serial().to_vec()];
        let mut journal = Journal::default();
        let lines = journal.lines(&[
            Event::Issued(one),
            Event::Issued(two),
            Event::Superseded { old: old.clone(), new: new.clone() },
        ]);
        journal.extend(lines.as_bytes()).unwrap();
        assert_eq!(journal.find(&old).unwrap().superseded.as_ref(), Some(&new));
        assert!(!journal.find(&old).unwrap().is_current() && journal.find(&new).unwrap().is_current());
        for (old, new) in [(&new, &vec![1]), (&vec![1], &new)] {
            let unknown = journal.lines(&[Event::Superseded { old: old.clone(), new: new.clone() }]);
            assert_eq!(journal.clone().extend(unknown.as_bytes()), Err(JournalError::Unknown(4)));
        }
        fuzz_journal(lines.as_bytes());
        let bare: String = lines.lines().map(|line| format!("{}\n", line.split_once(' ').unwrap().1)).collect();
        fuzz_journal(bare.as_bytes());
    }
}
