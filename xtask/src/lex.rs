//! A small lexer for Rust source: enough to tell code from comments and literals, and no more.
//!
//! The rules of the house read tokens, never raw text, so that a word inside a comment or a string
//! cannot break or satisfy a rule.

/// What a token is. Literals and lifetimes carry no text, because no rule looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword; a raw identifier loses its `r#`.
    Word(String),
    /// `::`
    Sep,
    /// Any other single punctuation character.
    Mark(char),
    /// A string, character, byte or number literal.
    Literal,
    /// A lifetime or loop label.
    Lifetime,
    /// An outer doc comment (`///` or `/** */`).
    Doc,
    /// An inner doc comment (`//!` or `/*! */`).
    InnerDoc,
}

/// A token and the line, counted from 1, on which it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// The line it starts on, counted from 1.
    pub line: usize,
}

impl Token {
    /// Whether this is the word `text`.
    pub fn is_word(&self, text: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word == text)
    }

    /// Whether this is the punctuation `mark`.
    pub fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// The word, if it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Splits `text` into tokens. Broken source gives some tokens rather than an error: the compiler is
/// the one that complains about it.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, line: 1, out: Vec::new() };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.out
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    out: Vec<Token>,
}

impl Lexer {
    fn step(&mut self) {
        let line = self.line;
        let c = self.chars[self.at];
        match c {
            c if c.is_whitespace() => self.advance(1),
            '/' if self.peek(1) == Some('/') => self.line_comment(),
            '/' if self.peek(1) == Some('*') => self.block_comment(),
            '"' => {
                self.string();
                self.push(Kind::Literal, line);
            }
            '\'' => self.quote(),
            c if c.is_ascii_digit() => self.number(),
            c if is_word_start(c) => self.word(),
            ':' if self.peek(1) == Some(':') => {
                self.advance(2);
                self.push(Kind::Sep, line);
            }
            mark => {
                self.advance(1);
                self.push(Kind::Mark(mark), line);
            }
        }
    }

    fn line_comment(&mut self) {
        let line = self.line;
        let kind = match (self.peek(2), self.peek(3)) {
            (Some('/'), Some('/')) => None,
            (Some('/'), _) => Some(Kind::Doc),
            (Some('!'), _) => Some(Kind::InnerDoc),
            _ => None,
        };
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.advance(1);
        }
        if let Some(kind) = kind {
            self.push(kind, line);
        }
    }

    fn block_comment(&mut self) {
        let line = self.line;
        let kind = match (self.peek(2), self.peek(3)) {
            (Some('*'), Some('*' | '/')) => None,
            (Some('*'), _) => Some(Kind::Doc),
            (Some('!'), _) => Some(Kind::InnerDoc),
            _ => None,
        };
        self.advance(2);
        let mut depth = 1;
        while depth > 0 && self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.advance(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.advance(2);
                }
                _ => self.advance(1),
            }
        }
        if let Some(kind) = kind {
            self.push(kind, line);
        }
    }

    /// A string with escapes; the cursor is on its opening quote.
    fn string(&mut self) {
        self.advance(1);
        while let Some(c) = self.peek(0) {
            match c {
                '\\' => self.advance(2),
                '"' => return self.advance(1),
                _ => self.advance(1),
            }
        }
    }

    /// A raw string; the cursor is on the first `#` or on the opening quote.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.peek(0) == Some('#') {
            hashes += 1;
            self.advance(1);
        }
        self.advance(1);
        while self.at < self.chars.len() {
            let closes = self.peek(0) == Some('"') && (1..=hashes).all(|i| self.peek(i) == Some('#'));
            if closes {
                return self.advance(1 + hashes);
            }
            self.advance(1);
        }
    }

    /// A character literal or a lifetime; the cursor is on the quote.
    fn quote(&mut self) {
        let line = self.line;
        if self.peek(1) == Some('\\') {
            self.advance(3);
            while self.peek(0).is_some_and(|c| c != '\'') {
                self.advance(1);
            }
            self.advance(1);
            return self.push(Kind::Literal, line);
        }
        if self.peek(2) == Some('\'') {
            self.advance(3);
            return self.push(Kind::Literal, line);
        }
        self.advance(1);
        while self.peek(0).is_some_and(is_word_part) {
            self.advance(1);
        }
        self.push(Kind::Lifetime, line);
    }

    fn number(&mut self) {
        let line = self.line;
        while self.peek(0).is_some_and(is_word_part) {
            self.advance(1);
        }
        // `1.5` is one literal, `1..5` and `1.max(2)` are not.
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            self.advance(1);
            while self.peek(0).is_some_and(is_word_part) {
                self.advance(1);
            }
        }
        self.push(Kind::Literal, line);
    }

    fn word(&mut self) {
        let line = self.line;
        let start = self.at;
        while self.peek(0).is_some_and(is_word_part) {
            self.advance(1);
        }
        let text: String = self.chars[start..self.at].iter().collect();
        let raw = matches!(text.as_str(), "r" | "br" | "cr");
        match self.peek(0) {
            Some('"') if raw => self.raw_string(),
            Some('#') if raw && self.raw_string_follows() => self.raw_string(),
            Some('#') if text == "r" => {
                self.advance(1);
                return self.word();
            }
            Some('"') if matches!(text.as_str(), "b" | "c") => self.string(),
            Some('\'') if text == "b" => return self.quote(),
            _ => return self.push(Kind::Word(text), line),
        }
        self.push(Kind::Literal, line);
    }

    fn raw_string_follows(&self) -> bool {
        let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
        self.peek(hashes) == Some('"')
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn advance(&mut self, count: usize) {
        for _ in 0..count {
            if self.peek(0) == Some('\n') {
                self.line += 1;
            }
            self.at += 1;
        }
        self.at = self.at.min(self.chars.len());
    }

    fn push(&mut self, kind: Kind, line: usize) {
        self.out.push(Token { kind, line });
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).iter().filter_map(|t| t.word().map(str::to_owned)).collect()
    }

    #[test]
    fn comments_and_literals_hold_no_words() {
        let text = "a /* b /* c */ d */ // e\n f \"g \\\" h\" r#\"i\" j\"# b\"k\" 'l' '\\'' b'm' 12u8 1.5f32 n";
        assert_eq!(words(text), ["a", "f", "n"]);
    }

    #[test]
    fn lifetimes_are_not_character_literals() {
        let found = tokens("fn f<'a>(x: &'a str) -> &'static str { 'x' }");
        let lifetimes = found.iter().filter(|t| t.kind == Kind::Lifetime).count();
        let literals = found.iter().filter(|t| t.kind == Kind::Literal).count();
        assert_eq!((lifetimes, literals), (3, 1));
    }

    #[test]
    fn doc_comments_are_told_from_plain_ones() {
        let kinds: Vec<Kind> =
            tokens("//! i\n/// o\n//// plain\n// plain\n/** o */ /*! i */ /**/").into_iter().map(|t| t.kind).collect();
        assert_eq!(kinds, [Kind::InnerDoc, Kind::Doc, Kind::Doc, Kind::InnerDoc]);
    }

    #[test]
    fn lines_are_counted_through_strings() {
        let found = tokens("a\n\"x\ny\"\nb");
        assert_eq!((found[0].line, found[1].line, found[2].line), (1, 2, 4));
    }

    #[test]
    fn raw_identifiers_and_paths() {
        let found = tokens("r#type::x");
        assert!(found[0].is_word("type") && found[1].kind == Kind::Sep && found[2].is_word("x"));
    }
}
