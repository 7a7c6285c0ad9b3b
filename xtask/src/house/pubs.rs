//! Everything public in a library says what it is.

use crate::lex::{Kind, Token};
use crate::source::Source;
use crate::workspace::Krate;

/// The undocumented public items of a crate that has a library. Fields, re-exports and what is public
/// only inside the crate (`pub(crate)`) need no words; a module may carry its own inside.
pub fn check(krate: &Krate) -> Vec<String> {
    if !krate.sources.iter().any(|s| s.path == "lib.rs") {
        return Vec::new();
    }
    let library = krate.sources.iter().filter(|s| s.path != "main.rs" && !s.path.starts_with("bin/"));
    let mut faults = Vec::new();
    for source in library {
        for (line, what, name) in undocumented(source) {
            if what == "mod" && speaks_inside(krate, source, &name) {
                continue;
            }
            let path = &source.path;
            faults.push(format!("pubs: {}/src/{path}:{line} {what} {name} has no doc comment", krate.name));
        }
    }
    faults
}

fn undocumented(source: &Source) -> Vec<(usize, String, String)> {
    let code = &source.code;
    let mut found = Vec::new();
    for (i, token) in code.iter().enumerate().filter(|(_, t)| t.is_word("pub")) {
        if let Some((what, name)) = item(&code[i + 1..]).filter(|_| !documented(code, i)) {
            found.push((token.line, what, name));
        }
    }
    found
}

/// The keyword and the name of the item that follows `pub`; nothing for what needs no words.
fn item(after: &[Token]) -> Option<(String, String)> {
    let mut words = after.iter().map_while(Token::word).peekable();
    while let Some(word) = words.next() {
        let qualifier = QUALIFIERS.contains(&word);
        let names_fn = words.peek().is_some_and(|next| *next == "fn" || QUALIFIERS.contains(next));
        if ITEMS.contains(&word) && !(qualifier && names_fn) {
            let name = words.next()?;
            return Some((word.to_owned(), name.to_owned()));
        }
        if !qualifier {
            return None;
        }
    }
    None
}

/// Whether the attributes and comments right before `at` hold a doc comment.
fn documented(code: &[Token], at: usize) -> bool {
    let mut i = at;
    while i > 0 {
        match code[i - 1].kind {
            Kind::Doc => return true,
            Kind::Mark(']') => match attribute_start(code, i - 1) {
                Some(start) if code[start..i].iter().any(|t| t.is_word("doc")) => return true,
                Some(start) => i = start,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

/// The `#` of the attribute that the bracket at `close` ends.
fn attribute_start(code: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for i in (0..=close).rev() {
        match code[i].kind {
            Kind::Mark(']') => depth += 1,
            Kind::Mark('[') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (i > 0 && code[i - 1].is_mark('#')).then(|| i - 1);
        }
    }
    None
}

fn speaks_inside(krate: &Krate, parent: &Source, name: &str) -> bool {
    let mut module = parent.module();
    module.push(name.to_owned());
    krate.sources.iter().any(|s| s.module() == module && s.code.iter().any(|t| t.kind == Kind::InnerDoc))
}

const QUALIFIERS: [&str; 4] = ["const", "async", "unsafe", "extern"];
const ITEMS: [&str; 9] = ["fn", "struct", "enum", "trait", "const", "type", "mod", "static", "union"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::fixture;

    fn faults(text: &str) -> Vec<String> {
        check(&fixture("x", "", &[("lib.rs", text)]))
    }

    #[test]
    fn each_kind_of_item_is_caught() {
        let kinds = [
            "fn a() {}",
            "const fn a() {}",
            "struct a;",
            "enum a {}",
            "trait a {}",
            "const a: u8 = 1;",
            "type a = u8;",
            "static a: u8 = 1;",
            "mod a {}",
        ];
        for kind in kinds {
            let bare = format!("#[must_use]\n#[rustfmt::skip]\npub {kind}\n");
            assert_eq!(faults(&bare).len(), 1, "{kind}");
            assert!(faults(&format!("/// A.\n#[x(y = [1])]\npub {kind}\n")).is_empty(), "{kind}");
        }
    }

    #[test]
    fn methods_are_items_and_fields_are_not() {
        let text = "/// S.\npub struct S {\n    pub field: u8,\n}\nimpl S {\n    pub fn bare(&self) {}\n}\n";
        assert_eq!(faults(text), ["pubs: x/src/lib.rs:6 fn bare has no doc comment"]);
    }

    #[test]
    fn what_stays_inside_needs_no_words() {
        let text = "pub(crate) fn a() {}\npub use b::c;\n// plain\nfn d() {}\n#[cfg(test)]\nmod t { pub fn e() {} }\n";
        assert!(faults(text).is_empty());
        assert!(check(&fixture("x", "", &[("main.rs", "pub fn a() {}")])).is_empty());
    }

    #[test]
    fn a_plain_comment_is_no_doc_comment() {
        assert_eq!(faults("// A.\npub fn a() {}\n").len(), 1);
    }

    #[test]
    fn a_module_may_speak_inside() {
        let with = |inner: &str| check(&fixture("x", "", &[("lib.rs", "pub mod a;"), ("a.rs", inner)]));
        assert!(with("//! Words.\n").is_empty());
        assert_eq!(with("// no\n").len(), 1);
    }
}
