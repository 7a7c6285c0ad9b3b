//! The pure rooms know no clock, no disk, no socket and no environment, and every room forbids unsafe
//! code. Each pure room's clippy.toml forbids the calls; this rule forbids the paths, and looks that
//! the clippy.toml and the lints are there.

use crate::lex::{Kind, Token};
use crate::source::Source;
use crate::workspace::Krate;

/// What a crate lacks or names.
pub fn check(krate: &Krate) -> Vec<String> {
    let mut faults = Vec::new();
    let name = krate.name.as_str();
    if !krate.manifest.contains("[lints]\nworkspace = true") {
        faults.push(format!("purity: {name}/Cargo.toml does not take the workspace's lints"));
    }
    if STRICT.contains(&name) {
        faults.extend(lax(krate));
    }
    if !PURE.contains(&name) {
        return faults;
    }
    if krate.clippy.as_deref().is_none_or(|text| !text.contains("disallowed-methods")) {
        faults.push(format!("purity: {name}/clippy.toml disallows no methods"));
    }
    for source in &krate.sources {
        for (line, path) in effects(source) {
            faults.push(format!("purity: {name}/src/{}:{line} names {path}", source.path));
        }
    }
    faults
}

/// The lints that the rooms which meet hostile bytes must deny in their lib.rs.
fn lax(krate: &Krate) -> Vec<String> {
    let root = krate.sources.iter().find(|s| s.path == "lib.rs");
    let denied = |lint: &str| root.is_some_and(|s| denies(&s.code, lint));
    DENIED
        .iter()
        .filter(|lint| !denied(lint))
        .map(|lint| format!("purity: {}/src/lib.rs does not deny clippy::{lint}", krate.name))
        .collect()
}

fn denies(code: &[Token], lint: &str) -> bool {
    let attributes = code.split(|t| t.is_mark('#'));
    attributes
        .filter(|a| a.first().is_some_and(|t| t.is_mark('!')))
        .filter(|a| a.get(2).is_some_and(|t| t.is_word("deny") || t.is_word("forbid")))
        .any(|a| a.iter().take_while(|t| !t.is_mark(']')).any(|t| t.is_word(lint)))
}

fn effects(source: &Source) -> Vec<(usize, String)> {
    let code = &source.code;
    let mut found = Vec::new();
    for (i, token) in code.iter().enumerate() {
        let Some(word) = token.word() else { continue };
        let after = |n: usize| code.get(i + n);
        if word == "std" && after(1).is_some_and(|t| t.kind == Kind::Sep) {
            let module = after(2).and_then(Token::word).filter(|m| EFFECTS.contains(m));
            found.extend(module.map(|m| (token.line, format!("std::{m}"))));
            if after(2).is_some_and(|t| t.is_mark('{')) {
                found.extend(grouped(&code[i + 3..]).map(|m| (token.line, format!("std::{m}"))));
            }
        }
        if CLOCKS.contains(&word) {
            found.push((token.line, word.to_owned()));
        }
    }
    found
}

/// The forbidden modules in `use std::{fs, io::Read}`, whose opening brace was just read.
fn grouped(after: &[Token]) -> impl Iterator<Item = &str> {
    let mut depth = 1usize;
    let mut head = true;
    after
        .iter()
        .map_while(move |t| {
            let first = head && depth == 1;
            match t.kind {
                Kind::Mark('{') => depth += 1,
                Kind::Mark('}') => depth -= 1,
                _ => {}
            }
            head = t.is_mark(',');
            (depth > 0).then_some((first, t))
        })
        .filter_map(|(first, t)| t.word().filter(|m| first && EFFECTS.contains(m)))
}

const PURE: [&str; 7] = ["wire", "mime", "crypto", "trust", "cms", "smime", "ca"];
const STRICT: [&str; 4] = ["wire", "mime", "cms", "smime"];
const DENIED: [&str; 5] = ["unwrap_used", "expect_used", "indexing_slicing", "as_conversions", "panic"];
const EFFECTS: [&str; 6] = ["fs", "net", "env", "process", "os", "thread"];
const CLOCKS: [&str; 2] = ["SystemTime", "Instant"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::fixture;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    fn pure(text: &str) -> Vec<String> {
        let mut krate = fixture("trust", LINTS, &[("lib.rs", text)]);
        krate.clippy = Some("disallowed-methods = []".to_owned());
        check(&krate)
    }

    #[test]
    fn effects_are_caught_in_every_form() {
        assert_eq!(pure("fn f() { std::fs::read(x); }"), ["purity: trust/src/lib.rs:1 names std::fs"]);
        assert_eq!(pure("use std::{io::Read, net};").len(), 1);
        assert_eq!(pure("use std::time::SystemTime;").len(), 1);
        assert!(pure("use std::{io::Read, fmt}; // std::fs\n#[cfg(test)]\nmod t { use std::fs; }").is_empty());
    }

    #[test]
    fn a_missing_clippy_file_is_caught() {
        let found = check(&fixture("ca", LINTS, &[]));
        assert_eq!(found, ["purity: ca/clippy.toml disallows no methods"]);
    }

    #[test]
    fn the_workspace_lints_are_asked_for() {
        assert_eq!(check(&fixture("cli", "", &[])), ["purity: cli/Cargo.toml does not take the workspace's lints"]);
    }

    #[test]
    fn strict_rooms_deny_what_can_panic() {
        let text = "#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]\n#![cfg_attr(test, allow(clippy::panic))]\n#![deny(clippy::as_conversions)]\n";
        let mut krate = fixture("wire", LINTS, &[("lib.rs", text)]);
        krate.clippy = Some("disallowed-methods = []".to_owned());
        assert_eq!(check(&krate), ["purity: wire/src/lib.rs does not deny clippy::panic"]);
    }
}
