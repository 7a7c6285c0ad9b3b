//! One source file, with its test code set aside.

use crate::lex::{Kind, Token, tokens};

/// A file of a crate's `src` folder.
#[derive(Debug)]
pub struct Source {
    /// The path inside `src`, with `/`, such as `ber/reader.rs`.
    pub path: String,
    /// The raw text, for the rules that look at ordinary comments.
    pub text: String,
    /// The tokens outside test code.
    pub code: Vec<Token>,
    /// How many lines are outside test code.
    pub lines: usize,
    /// The modules that are declared here for tests only (`#[cfg(test)] mod x;`).
    pub test_modules: Vec<String>,
}

impl Source {
    /// Reads a file's text; what `#[cfg(test)]` or `#[test]` marks is taken out.
    pub fn new(path: &str, text: &str) -> Self {
        let mut rest = tokens(text);
        let mut code = Vec::new();
        let mut test_modules = Vec::new();
        let mut test_lines = 0;
        while let Some(start) = find_test_attribute(&rest) {
            let end = item_end(&rest, start);
            test_modules.extend(declared_module(&rest[start..=end]));
            test_lines += rest[end].line + 1 - rest[start].line;
            code.extend(rest.drain(..=end).take(start));
        }
        code.extend(rest);
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            lines: text.lines().count().saturating_sub(test_lines),
            test_modules,
        }
    }

    /// The module that the file is, as the names below the crate's root: `ber/reader.rs` is
    /// `[ber, reader]`, `lib.rs` is empty.
    pub fn module(&self) -> Vec<String> {
        let bare = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let mut names: Vec<String> = bare.split('/').map(str::to_owned).collect();
        let is_root = names.len() == 1 && matches!(names[0].as_str(), "lib" | "main");
        if is_root || names.last().is_some_and(|n| n == "mod") {
            names.pop();
        }
        names
    }
}

/// The index just after the bracket that closes the one at `open`.
pub fn after_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return i + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The index of the `#` of the first attribute that marks test code.
fn find_test_attribute(tokens: &[Token]) -> Option<usize> {
    (0..tokens.len()).find(|&i| {
        tokens[i].is_mark('#')
            && tokens.get(i + 1).is_some_and(|t| t.is_mark('['))
            && marks_test(&tokens[i + 2..after_group(tokens, i + 1)])
    })
}

fn marks_test(attribute: &[Token]) -> bool {
    let has = |word| attribute.iter().any(|t| t.is_word(word));
    let alone = attribute.len() == 2 && has("test");
    let cfg = attribute.first().is_some_and(|t| t.is_word("cfg"));
    // `any(test, fuzzing)` is built outside tests too, so it stays under the rules.
    alone || (cfg && has("test") && !has("not") && !has("any"))
}

/// The index of the last token of the item whose first attribute starts at `start`.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut i = start;
    let mut item = false;
    while i < tokens.len() {
        match &tokens[i].kind {
            Kind::Mark('#') if tokens.get(i + 1).is_some_and(|t| t.is_mark('[')) => {
                i = after_group(tokens, i + 1);
            }
            Kind::Mark('(' | '[') => i = after_group(tokens, i),
            Kind::Mark('{') => return brace_item_end(tokens, i),
            Kind::Mark(';') => return i,
            // A comma ends a field, a variant or an arm; in an item it parts generic arguments.
            Kind::Mark(',') if !item => return i,
            Kind::Word(word) => {
                item |= ITEM_WORDS.contains(&word.as_str());
                i += 1;
            }
            _ => i += 1,
        }
    }
    tokens.len().saturating_sub(1)
}

/// `use a::{b, c};` goes on after its brace; every other item ends with it.
fn brace_item_end(tokens: &[Token], open: usize) -> usize {
    let after = after_group(tokens, open);
    let import = open > 0 && tokens[open - 1].kind == Kind::Sep;
    match tokens.get(after) {
        Some(token) if import && token.is_mark(';') => after,
        _ => after.saturating_sub(1),
    }
}

fn declared_module(item: &[Token]) -> Option<String> {
    let end = item.last()?;
    let name = item.get(item.len().checked_sub(2)?)?.word()?;
    let keyword = item.get(item.len().checked_sub(3)?)?;
    (end.is_mark(';') && keyword.is_word("mod")).then(|| name.to_owned())
}

const ITEM_WORDS: [&str; 9] = ["fn", "impl", "struct", "enum", "trait", "type", "const", "static", "mod"];

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &Source) -> Vec<&str> {
        source.code.iter().filter_map(Token::word).collect()
    }

    #[test]
    fn test_code_is_set_aside() {
        let text = "fn a() {}\n#[cfg(test)]\nuse x::{y, z};\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}\n";
        let source = Source::new("x.rs", text);
        assert_eq!(words(&source), ["fn", "a", "fn", "c"]);
        assert_eq!(source.lines, 2);
    }

    #[test]
    fn other_conditions_stay() {
        let text =
            "#[cfg(test)]\nfn f<A, B>() {}\n#[cfg(not(test))]\nfn a() {}\n#[cfg(any(test, fuzzing))]\nfn b() {}\n";
        let source = Source::new("x.rs", text);
        assert!(!words(&source).contains(&"B"));
        assert!(words(&source).contains(&"a") && words(&source).contains(&"b"));
    }

    #[test]
    fn test_modules_in_files_of_their_own_are_named() {
        let source = Source::new("x.rs", "#[cfg(test)]\nmod vectors;\n");
        assert_eq!(source.test_modules, ["vectors"]);
        assert!(source.code.is_empty());
    }

    #[test]
    fn modules_are_named_by_their_path() {
        let module = |path| Source::new(path, "").module().join("::");
        assert_eq!(module("lib.rs"), "");
        assert_eq!(module("ber/mod.rs"), "ber");
        assert_eq!(module("ber/reader.rs"), "ber::reader");
    }
}
