//! A mail is read twice, and what changed in between is not released (promise 2).

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};

use sealpost_smime::{Desk, OpenError, Source};
use trust::Policy;

use crate::build::*;
use crate::ring::NOW;
use crate::world;

/// Shows one content for the first openings, then another.
struct Flips<'a> {
    first: &'a [u8],
    then: &'a [u8],
    openings: Cell<usize>,
    proofs: usize,
}

impl Source for Flips<'_> {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        let opening = self.openings.get();
        self.openings.set(opening + 1);
        Ok(Box::new(if opening < self.proofs { self.first } else { self.then }))
    }
}

/// Everything that is released, even behind an error, as a careless caller would read it.
fn carelessly(mail: &mut dyn Read) -> (Vec<u8>, bool) {
    let (mut out, mut failed) = (Vec::new(), false);
    let mut buffer = [0; 1000];
    let mut ends = 0;
    while ends < 5 {
        match mail.read(&mut buffer) {
            Ok(0) => ends += 1,
            Ok(count) => out.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => {
                failed = true;
                ends += 1;
            }
        }
    }
    (out, failed)
}

#[test]
fn a_mail_that_changes_between_the_readings_releases_nothing_unproven() {
    let w = world();
    let policy = Policy::standard();
    let desk = Desk::new(&policy, &w.ring).at(NOW);
    let long = format!("Content-Type: text/plain\r\n\r\n{}", "Pay one euro to Bob.\r\n".repeat(120_000));
    let evil = long.replace("one euro to Bob", "all of it to me");
    let short = long[..long.len() / 2].to_owned();
    let more = format!("{long}And another thing.\r\n");
    let late = format!("{}Pay all of it to me.\r\n", &long[..long.len() - 22]);
    type Make<'m> = &'m dyn Fn(&str) -> String;
    let makers: [Make<'_>; 4] = [
        &|part| clear_mail(part, &[&w.alice]),
        &|part| opaque_mail(part, &[&w.alice]),
        &|part| sealed_mail(HEAD, part, GCM, &[&w.bob]),
        &|part| sealed_mail(HEAD, part, CBC, &[&w.bob]),
    ];
    for make in makers {
        let first = make(&long);
        for then in [make(&evil), make(&short), make(&more), make(&late), String::new(), HEAD.to_owned(), long.clone()]
        {
            let source =
                Flips { first: first.as_bytes(), then: then.as_bytes(), openings: Cell::new(0), proofs: usize::MAX };
            drop(desk.open(&source).unwrap());
            let proofs = source.openings.get();
            let source = Flips { proofs, openings: Cell::new(0), ..source };
            let opened = desk.open(&source).unwrap();
            assert!(["verified", "unsigned"].contains(&opened.verdict().word()));
            match opened.mail() {
                Ok(mut mail) => {
                    let (out, failed) = carelessly(&mut mail);
                    let body = out.windows(4).position(|w| w == b"\r\n\r\n").map_or(&[][..], |at| &out[at + 4..]);
                    let proven = long.split_once("\r\n\r\n").unwrap().1.as_bytes();
                    assert!(proven.starts_with(body), "released what was never proven");
                    assert!(failed || body == proven, "it changed, and nobody noticed");
                }
                Err(error) => assert!(matches!(error, OpenError::Changed | OpenError::Io(_)), "{error:?}"),
            }
        }
    }
}

/// Gives a byte at a time, and is interrupted now and then.
struct Drip<'a> {
    bytes: &'a [u8],
}

impl Source for Drip<'_> {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(BufReader::with_capacity(1, self.bytes)))
    }
}

#[test]
fn it_does_not_matter_how_the_bytes_come() {
    let w = world();
    let policy = Policy::standard();
    let desk = Desk::new(&policy, &w.ring).at(NOW);
    let inner = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    for mail in [
        clear_mail(PAYLOAD, &[&w.alice]),
        opaque_mail(PAYLOAD, &[&w.alice]),
        sealed_mail(HEAD, &inner, GCM, &[&w.bob]),
        sealed_mail(HEAD, &inner, CBC, &[&w.bob]),
    ] {
        for mail in [mail.clone(), mail.replace("\r\n", "\n"), format!("\u{feff}From x\r\n{mail}")] {
            let whole = open(&mail, &w.ring);
            let source = Drip { bytes: mail.as_bytes() };
            let opened = desk.open(&source).unwrap();
            assert_eq!(opened.verdict().word(), "verified");
            let mut out = String::new();
            opened.mail().unwrap().read_to_string(&mut out).unwrap();
            assert_eq!(out, whole.text());
        }
    }
}

/// Fails after so many bytes.
struct Fails<'a> {
    bytes: &'a [u8],
    after: usize,
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "the disk is gone"))
    }
}

impl Source for Fails<'_> {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(BufReader::new(self.bytes[..self.after].chain(Failing))))
    }
}

#[test]
fn a_disk_that_fails_is_no_damaged_mail() {
    let w = world();
    let policy = Policy::standard();
    let desk = Desk::new(&policy, &w.ring).at(NOW);
    for mail in [
        clear_mail(PAYLOAD, &[&w.alice]),
        opaque_mail(PAYLOAD, &[&w.alice]),
        sealed_mail(HEAD, PAYLOAD, GCM, &[&w.bob]),
        sealed_mail(HEAD, PAYLOAD, CBC, &[&w.bob]),
        format!("{HEAD}{PAYLOAD}"),
    ] {
        for after in (0..mail.len()).step_by(37) {
            let source = Fails { bytes: mail.as_bytes(), after };
            let seen = desk.open(&source).map(|opened| opened.verdict().word());
            assert!(matches!(seen, Err(OpenError::Io(_))), "after {after} of {}: {seen:?}", mail.len());
        }
    }
}
