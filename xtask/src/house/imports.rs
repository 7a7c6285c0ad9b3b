//! What a file says about names: what it defines, what it imports, which paths it writes.

use std::collections::BTreeSet;

use crate::lex::{Kind, Token};
use crate::source::Source;

/// The names of one file, test code left out.
#[derive(Debug, Default)]
pub struct Facts {
    /// What is defined at the top of the file, inline modules included.
    pub definitions: BTreeSet<String>,
    /// Each name that a `use` brings in.
    pub imports: Vec<Import>,
    /// Each path of two names or more, with the inline modules around it.
    pub paths: Vec<(Vec<String>, Vec<String>)>,
    /// Every word outside `use`.
    pub words: BTreeSet<String>,
}

/// One name, or one glob, of a `use`.
#[derive(Debug, PartialEq, Eq)]
pub struct Import {
    /// The path as written.
    pub path: Vec<String>,
    /// The name that it gets here; nothing for a glob.
    pub name: Option<String>,
    /// Whether it is passed on (`pub use`, `pub(crate) use`).
    pub public: bool,
    /// The inline modules around it.
    pub inline: Vec<String>,
}

impl Facts {
    /// Reads a file's code.
    pub fn read(source: &Source) -> Self {
        let mut reader = Reader { code: &source.code, at: 0, depth: 0, inline: Vec::new(), facts: Facts::default() };
        while reader.at < reader.code.len() {
            reader.step();
        }
        reader.facts
    }

    /// Whether `name` means something of the house here, as after `use wire::der`, and not a crate.
    pub fn shadows(&self, name: &str) -> bool {
        let named = |i: &&Import| i.name.as_deref() == Some(name);
        self.imports.iter().filter(named).any(|i| i.path.first().is_some_and(|head| head != name))
    }

    /// Whether a `use` of this file makes the name.
    pub fn imports_name(&self, name: &str) -> bool {
        self.imports.iter().any(|i| i.name.as_deref() == Some(name))
    }
}

struct Reader<'a> {
    code: &'a [Token],
    at: usize,
    depth: usize,
    /// The inline modules around the cursor, each with the depth of its brace.
    inline: Vec<(String, usize)>,
    facts: Facts,
}

impl Reader<'_> {
    fn step(&mut self) {
        match &self.code[self.at].kind {
            Kind::Mark('{') => self.depth += 1,
            Kind::Mark('}') => {
                self.depth = self.depth.saturating_sub(1);
                self.inline.retain(|(_, depth)| *depth < self.depth + 1);
            }
            Kind::Word(word) if word == "use" && !self.captures() => return self.import(),
            Kind::Word(word) if word == "mod" => self.module(),
            Kind::Word(_) => return self.word(),
            _ => {}
        }
        self.at += 1;
    }

    /// `use<'a>` in a return type is no import.
    fn captures(&self) -> bool {
        self.code.get(self.at + 1).is_some_and(|t| t.is_mark('<'))
    }

    fn module(&mut self) {
        let name = self.code.get(self.at + 1).and_then(Token::word);
        let opens = self.code.get(self.at + 2).is_some_and(|t| t.is_mark('{'));
        if let Some(name) = name.filter(|_| opens) {
            if self.depth == 0 {
                self.facts.definitions.insert(name.to_owned());
            }
            self.inline.push((name.to_owned(), self.depth + 1));
        }
    }

    /// A word and the path that may start with it.
    fn word(&mut self) {
        let word = self.code[self.at].word().unwrap_or_default().to_owned();
        if self.depth == 0 && DEFINERS.contains(&word.as_str()) {
            let name = self.code[self.at + 1..].iter().take(2).find_map(Token::word);
            self.facts.definitions.extend(name.map(str::to_owned));
        }
        let absolute = self.at > 0 && self.code[self.at - 1].kind == Kind::Sep;
        let mut path = vec![word];
        self.at += 1;
        while let [sep, next, ..] = &self.code[self.at..] {
            let Some(next) = next.word().filter(|_| sep.kind == Kind::Sep) else {
                break;
            };
            path.push(next.to_owned());
            self.at += 2;
        }
        self.facts.words.extend(path.iter().cloned());
        if path.len() > 1 && !absolute {
            self.facts.paths.push((self.inline_names(), path));
        }
    }

    fn import(&mut self) {
        let before = self.at.checked_sub(1).and_then(|i| self.code.get(i));
        let public = before.is_some_and(|t| t.is_word("pub") || t.is_mark(')'));
        self.at += 1;
        if self.code.get(self.at).is_some_and(|t| t.kind == Kind::Sep) {
            self.skip_statement();
            return;
        }
        self.tree(&[], public);
        self.skip_statement();
    }

    /// One branch of a `use`: a path, then a name, a glob or a group of branches.
    fn tree(&mut self, prefix: &[String], public: bool) {
        let mut path = prefix.to_vec();
        let mut name = None;
        while let Some(token) = self.code.get(self.at) {
            match &token.kind {
                Kind::Word(word) if word == "as" => {
                    self.at += 1;
                    name = self.code.get(self.at).and_then(Token::word).map(str::to_owned);
                }
                Kind::Word(word) => path.push(word.clone()),
                Kind::Sep => {}
                Kind::Mark('*') => {
                    self.at += 1;
                    return self.record(path, None, public);
                }
                Kind::Mark('{') => return self.group(&path, public),
                _ => break,
            }
            self.at += 1;
        }
        // `use a::{self}` names `a` itself.
        if path.len() > 1 && path.last().is_some_and(|s| s == "self") {
            path.pop();
        }
        if let Some(last) = path.last().cloned() {
            self.record(path, Some(name.unwrap_or(last)), public);
        }
    }

    fn group(&mut self, prefix: &[String], public: bool) {
        self.at += 1;
        while let Some(token) = self.code.get(self.at) {
            match token.kind {
                Kind::Mark('}') => {
                    self.at += 1;
                    return;
                }
                Kind::Word(_) | Kind::Mark('*' | '{') => self.tree(prefix, public),
                _ => self.at += 1,
            }
        }
    }

    fn record(&mut self, path: Vec<String>, name: Option<String>, public: bool) {
        let inline = self.inline_names();
        self.facts.imports.push(Import { path, name, public, inline });
    }

    fn skip_statement(&mut self) {
        while self.code.get(self.at).is_some_and(|t| !t.is_mark(';')) {
            self.at += 1;
        }
    }

    fn inline_names(&self) -> Vec<String> {
        self.inline.iter().map(|(name, _)| name.clone()).collect()
    }
}

const DEFINERS: [&str; 9] = ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "macro_rules"];

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Facts {
        Facts::read(&Source::new("a.rs", text))
    }

    fn import(path: &str, name: Option<&str>, public: bool) -> Import {
        Import {
            path: path.split("::").map(str::to_owned).collect(),
            name: name.map(str::to_owned),
            public,
            inline: Vec::new(),
        }
    }

    #[test]
    fn a_use_is_read_in_every_form() {
        let found = facts("use crate::{self, a::{B, c as d}, e::*}; pub(crate) use f::g; use ::std::h; fn i() {}");
        assert_eq!(
            found.imports,
            [
                import("crate", Some("crate"), false),
                import("crate::a::B", Some("B"), false),
                import("crate::a::c", Some("d"), false),
                import("crate::e", None, false),
                import("f::g", Some("g"), true),
            ]
        );
        assert!(found.words.contains("i") && !found.words.contains("B"));
    }

    #[test]
    fn definitions_are_those_at_the_top() {
        let found = facts(
            "pub const fn a() { const B: u8 = 1; } macro_rules! c { () => {} } mod d { struct E; } impl F { fn g() {} }",
        );
        let names: Vec<&str> = found.definitions.iter().map(String::as_str).collect();
        assert_eq!(names, ["a", "c", "d", "fn"]);
    }

    #[test]
    fn paths_know_the_inline_modules_around_them() {
        let found = facts("mod x { fn a() { super::b::c(); } } fn d() { e::f::<u8>(); g.h(); }");
        let paths: Vec<String> =
            found.paths.iter().map(|(inline, path)| format!("[{}] {}", inline.join("::"), path.join("::"))).collect();
        assert_eq!(paths, ["[x] super::b::c", "[] e::f"]);
    }
}
