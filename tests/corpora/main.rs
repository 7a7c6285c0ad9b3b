//! Mails that other projects publish with what is to come of them. What differs from their word is listed in
//! `exceptions.tsv` with the reason, and the list fails both ways.

mod cms_files;
mod folders;
mod hackathon;
mod kem;
mod key_files;
mod lamps;
mod mimekit;
mod pkits;
mod raw;
mod rfc4134;
mod rfc9216;
mod rfc9788;
mod ring;
mod shelf;
mod thunderbird;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use smime::{Desk, OpenError};
use trust::Policy;
use wire::Time;

use ring::Ring;
use shelf::tell;

/// 2026-11-23T10:00:00Z.
const NOW: Time = Time(1_795_428_000);

/// The folder of one corpus, if the corpora are here.
fn corpus(name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let root = std::env::var_os("SEALPOST_CORPORA").map_or(default, PathBuf::from).join(name);
    if root.is_dir() {
        return Some(root);
    }
    assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "no corpora");
    tell("skipped: no corpora");
    None
}

/// What opening a mail came to.
#[derive(Default)]
struct Seen {
    verdict: String,
    confidentiality: String,
    layers: Vec<&'static str>,
    protection: &'static str,
    scheme: Option<&'static str>,
    /// Name, value and state of every header field.
    states: Vec<(String, String, &'static str)>,
    /// What is released; empty where nothing is.
    mail: Vec<u8>,
}

fn open(mail: &[u8], ring: &Ring) -> Seen {
    let policy = Policy::standard();
    let opened = match Desk::new(&policy, ring).at(NOW).open(&mail) {
        Ok(opened) => opened,
        Err(error) => return Seen { verdict: format!("error: {error}"), ..Seen::default() },
    };
    let report = opened.report();
    let mut released = Vec::new();
    match opened.mail() {
        Ok(mut mail) => drop(std::io::Read::read_to_end(&mut mail, &mut released).unwrap()),
        Err(OpenError::Withheld) => {}
        Err(error) => panic!("{error}"),
    }
    Seen {
        verdict: report.verdict.to_owned(),
        confidentiality: report.confidentiality.to_owned(),
        layers: report.layers.iter().map(|layer| layer.kind).collect(),
        protection: report.headers.protection,
        scheme: report.headers.scheme,
        states: report.headers.states.iter().map(|f| (f.name.clone(), f.value.clone(), f.state)).collect(),
        mail: released,
    }
}

/// What came of the cases of one corpus.
struct Outcomes {
    corpus: &'static str,
    total: usize,
    /// Expected and actual, of those that differ.
    other: BTreeMap<String, (String, String)>,
}

impl Outcomes {
    fn new(corpus: &'static str) -> Self {
        Outcomes { corpus, total: 0, other: BTreeMap::new() }
    }

    fn note(&mut self, case: &str, expected: &str, actual: &str) {
        self.total += 1;
        if expected != actual {
            self.other.insert(format!("{} {case}", self.corpus), (expected.to_owned(), actual.to_owned()));
        }
    }

    /// What differs must be what the list says, no less and no more.
    fn compare(self) {
        let prefix = format!("{} ", self.corpus);
        let listed: BTreeMap<&str, (&str, &str)> = EXCEPTIONS
            .lines()
            .skip(1)
            .filter(|line| line.starts_with(&prefix))
            .map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                assert!(fields.len() == 4 && !fields[3].is_empty(), "{line}");
                (fields[0], (fields[1], fields[2]))
            })
            .collect();
        let mut wrong = Vec::new();
        for (id, (expected, actual)) in &self.other {
            if listed.get(id.as_str()) != Some(&(expected, actual)) {
                wrong.push(format!("{id}\t{expected}\t{actual}"));
            }
        }
        wrong.extend(listed.keys().filter(|id| !self.other.contains_key(**id)).map(|id| format!("{id} passes now")));
        let (total, other) = (self.total, self.other.len());
        tell(&format!("{}: {total} cases, {} as expected, {other} exceptions", self.corpus, total - other));
        assert!(wrong.is_empty(), "not as listed:\n{}", wrong.join("\n"));
    }
}

const EXCEPTIONS: &str = include_str!("exceptions.tsv");
