//! Mails of other projects' test suites: nothing panics, headers come back byte for byte, addresses and dates agree.

// The room has no clock and no disk; its tests have.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The corpora's folder, or None (said aloud) where there is none.
fn corpora() -> Option<PathBuf> {
    let named = std::env::var_os("SEALPOST_CORPORA").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = named.unwrap_or_else(beside);
    if folder.join("mime").is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("SEALPOST_REQUIRE").is_none_or(|v| v != "all"), "no corpora in {}", folder.display());
    tell("skipped: no corpora");
    None
}

/// A line past the capture of the test harness, for counts are to be seen when all is well.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn mails_of_others() {
    let Some(folder) = corpora() else { return };
    let mut all = Vec::new();
    for name in ["mime", "mimekit", "thunderbird", "rfc9788"] {
        if folder.join(name).is_dir() {
            files(&folder.join(name), &mut all);
        }
    }
    let (mut mails, mut rewritten, mut blocked) = (0, 0, 0);
    for path in &all {
        let data = fs::read(path).unwrap();
        sealpost_mime::fuzz_mime(&data);
        let limits = sealpost_mime::Limits::default();
        let mut reader = sealpost_mime::LineEnds::new(data.as_slice());
        sealpost_mime::skip_prelude(&mut reader).unwrap();
        let Ok(header) = sealpost_mime::Header::read(&mut reader, &limits) else {
            continue;
        };
        let together: Vec<u8> = header.fields().flat_map(|f| f.raw().to_vec()).collect();
        assert_eq!(together, header.raw(), "{}", path.display());
        if header.count("From") == 0 {
            continue;
        }
        mails += 1;
        let mut body = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut body).unwrap();
        let survey = sealpost_mime::Survey::of(&header, &mut body.as_slice(), &limits).unwrap();
        if survey.blocked() {
            blocked += 1;
            continue;
        }
        let mut out = Vec::new();
        sealpost_mime::rewrite(&survey, &header, &mut body.as_slice(), &mut out).unwrap();
        rewritten += usize::from(!survey.clean());
        assert!(out.is_ascii(), "{}", path.display());
        assert!(out.split(|b| *b == b'\n').all(|l| l.len() <= 999), "{}", path.display());
    }
    let (all, other) = (all.len(), all.len() - mails);
    tell(&format!("mime: {all} files, {mails} mails run ({rewritten} recoded, {blocked} refused), {other} no mails"));
    assert!(mails > 100 && rewritten > 10, "{mails} {rewritten}");
}
