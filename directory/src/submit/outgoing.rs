//! A mail that was looked at before it is sent: nothing in it can be taken for the end of the mail or for a command.

use std::io::{self, BufRead};

use smime::Source;

/// A mail that can be sent: every line ends with CRLF, none is longer than 998 octets, and there is no NUL
/// (RFC 5322 section 2.3, RFC 5321 section 4.5.3.1.6). Made by reading it once.
pub struct Outgoing<'m> {
    source: &'m dyn Source,
    facts: Facts,
}

/// What a look at the mail found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Facts {
    size: u64,
    /// Octets beyond ASCII in the header, which take SMTPUTF8 (RFC 6532).
    header_utf8: bool,
    /// Octets beyond ASCII anywhere.
    eight_bit: bool,
    /// Whether it ends with a line end.
    ended: bool,
}

/// Why a mail cannot be sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MailFault {
    /// A CR without LF or an LF without CR: servers disagree on whether a line ends there, so that one mail could be made
    /// two (SMTP smuggling; RFC 5321 section 2.3.8).
    #[error("line {line} of the mail ends otherwise than with CR LF")]
    BareLineEnd {
        /// The number of the line, from 1.
        line: u64,
    },
    /// A NUL character.
    #[error("line {line} of the mail has a NUL character")]
    Nul {
        /// The number of the line, from 1.
        line: u64,
    },
    /// A line that is too long to be transported.
    #[error("line {line} of the mail is longer than {MAX_LINE} octets")]
    LongLine {
        /// The number of the line, from 1.
        line: u64,
    },
    /// It is another mail than the one that was looked at.
    #[error("the mail changed while it was sent")]
    Changed,
}

impl<'m> Outgoing<'m> {
    /// Reads the mail once.
    ///
    /// # Errors
    /// The fault, or why it could not be read.
    pub fn check(source: &'m dyn Source) -> io::Result<Result<Outgoing<'m>, MailFault>> {
        let mut reader = source.open()?;
        let mut scan = Scan::default();
        loop {
            let piece = reader.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            if let Err(fault) = scan.update(piece) {
                return Ok(Err(fault));
            }
            let used = piece.len();
            reader.consume(used);
        }
        Ok(scan.end().map(|facts| Outgoing { source, facts }))
    }

    /// The mail's length in octets.
    pub fn size(&self) -> u64 {
        self.facts.size
    }

    pub(crate) fn header_utf8(&self) -> bool {
        self.facts.header_utf8
    }

    pub(crate) fn eight_bit(&self) -> bool {
        self.facts.eight_bit
    }

    /// Reads the mail again, octet by octet what was looked at, and hands it on in pieces; `stuffed` doubles the dots that
    /// begin lines (RFC 5321 section 4.5.2) and ends the last line.
    pub(crate) fn pour<E: From<io::Error> + From<MailFault>>(
        &self,
        stuffed: bool,
        to: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = self.source.open()?;
        let mut scan = Scan::default();
        let mut out = Vec::new();
        let mut fresh = true;
        loop {
            let whole = reader.fill_buf()?;
            let piece = whole.get(..PIECE).unwrap_or(whole);
            if piece.is_empty() {
                break;
            }
            scan.update(piece)?;
            if stuffed {
                out.clear();
                for line in piece.split_inclusive(|b| *b == b'\n') {
                    if fresh && line.first() == Some(&b'.') {
                        out.push(b'.');
                    }
                    out.extend_from_slice(line);
                    fresh = line.last() == Some(&b'\n');
                }
                to(&out)?;
            } else {
                to(piece)?;
            }
            let used = piece.len();
            reader.consume(used);
        }
        let facts = scan.end()?;
        if facts != self.facts {
            return Err(MailFault::Changed.into());
        }
        if stuffed && !facts.ended {
            to(b"\r\n")?;
        }
        Ok(())
    }
}

/// The look itself, in whatever pieces the mail comes.
struct Scan {
    facts: Facts,
    line: u64,
    length: usize,
    cr: bool,
    /// Whether no empty line was there yet.
    header: bool,
}

impl Default for Scan {
    fn default() -> Self {
        let facts = Facts { ended: true, ..Facts::default() };
        Scan { facts, line: 1, length: 0, cr: false, header: true }
    }
}

impl Scan {
    fn update(&mut self, piece: &[u8]) -> Result<(), MailFault> {
        self.facts.size += piece.len() as u64;
        let line = |scan: &Scan| scan.line;
        for byte in piece {
            match (self.cr, *byte) {
                (true, b'\n') => {
                    self.header &= self.length > 0;
                    (self.cr, self.length) = (false, 0);
                    self.line += 1;
                }
                (true, _) | (false, b'\n') => return Err(MailFault::BareLineEnd { line: line(self) }),
                (false, b'\r') => self.cr = true,
                (false, 0) => return Err(MailFault::Nul { line: line(self) }),
                (false, octet) => {
                    self.length += 1;
                    if self.length > MAX_LINE {
                        return Err(MailFault::LongLine { line: line(self) });
                    }
                    if octet >= 0x80 {
                        self.facts.eight_bit = true;
                        self.facts.header_utf8 |= self.header;
                    }
                }
            }
        }
        Ok(())
    }

    fn end(mut self) -> Result<Facts, MailFault> {
        if self.cr {
            return Err(MailFault::BareLineEnd { line: self.line });
        }
        self.facts.ended = self.length == 0;
        Ok(self.facts)
    }
}

const MAX_LINE: usize = 998;
/// Octets handed on at a time.
const PIECE: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// A source that gives its octets in pieces of this size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Source for Pieces<'_> {
        fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
            Ok(Box::new(BufReader::with_capacity(self.1, self.0)))
        }
    }

    fn sent(mail: &[u8]) -> Result<Vec<u8>, MailFault> {
        let mut found: Option<Result<Vec<u8>, MailFault>> = None;
        for size in [1, 2, 3, 7, 1000] {
            let source = Pieces(mail, size);
            let this = Outgoing::check(&source).unwrap().map(|outgoing| {
                let mut out = Vec::new();
                let mut take = |piece: &[u8]| -> Result<(), crate::submit::SubmitError> {
                    out.extend_from_slice(piece);
                    Ok(())
                };
                outgoing.pour(true, &mut take).unwrap();
                assert_eq!(outgoing.size(), mail.len() as u64);
                out
            });
            assert!(found.as_ref().is_none_or(|other| *other == this), "pieces of {size}");
            found = Some(this);
        }
        found.unwrap()
    }

    #[test]
    fn dots_that_begin_a_line_are_doubled() {
        assert_eq!(sent(b".\r\n..a\r\nb.\r\n\r\n.c").unwrap(), b"..\r\n...a\r\nb.\r\n\r\n..c\r\n");
        assert_eq!(sent(b"a\r\n").unwrap(), b"a\r\n");
        assert_eq!(sent(b"").unwrap(), b"");
    }

    #[test]
    fn what_could_end_the_mail_early_is_refused() {
        for smuggled in ["a\n.\nb\r\n", "a\r.\rb\r\n", "a\n.\r\nb\r\n", "a\r\n.\nb\r\n", "a\r\n.\r\r\n", "a\r", "\n"] {
            let found = sent(smuggled.as_bytes());
            assert!(matches!(found, Err(MailFault::BareLineEnd { .. })), "{smuggled:?}: {found:?}");
        }
        assert_eq!(sent(b"a\r\nb\n"), Err(MailFault::BareLineEnd { line: 2 }));
        assert_eq!(sent(b"a\0b\r\n"), Err(MailFault::Nul { line: 1 }));
        let line = |length: usize| ["x".repeat(length).as_bytes(), b"\r\n"].concat();
        assert!(sent(&line(MAX_LINE)).is_ok());
        assert_eq!(sent(&line(MAX_LINE + 1)), Err(MailFault::LongLine { line: 1 }));
    }

    #[test]
    fn octets_beyond_ascii_are_found_where_they_are() {
        let look = |mail: &str| {
            let bytes = mail.as_bytes();
            let found = Outgoing::check(&bytes).unwrap().unwrap();
            (found.header_utf8(), found.eight_bit())
        };
        assert_eq!(look("A: b\r\n\r\nc\r\n"), (false, false));
        assert_eq!(look("A: b\r\n\r\nö\r\n"), (false, true));
        assert_eq!(look("A: ö\r\n\r\nc\r\n"), (true, true));
    }

    #[test]
    fn a_mail_that_changes_meanwhile_is_not_sent_to_its_end() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        struct Turns(AtomicUsize);
        impl Source for Turns {
            fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
                let first = self.0.fetch_add(1, Ordering::Relaxed) == 0;
                Ok(Box::new(if first { &b"a\r\n"[..] } else { &b"ab\r\n"[..] }))
            }
        }
        let turns = Turns(AtomicUsize::new(0));
        let outgoing = Outgoing::check(&turns).unwrap().unwrap();
        let poured = outgoing.pour::<crate::submit::SubmitError>(true, &mut |_| Ok(()));
        assert!(matches!(poured, Err(crate::submit::SubmitError::Mail(MailFault::Changed))));
    }
}
