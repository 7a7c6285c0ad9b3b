//! Words for people. What comes from a mail, a certificate or a server never controls the terminal.

use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes lines to standard error, with control characters escaped. Nobody can be told if that fails.
pub fn say(text: &str) {
    let mut line = escape_lines(text);
    line.push('\n');
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// The text with control characters, and what reorders or hides text, written as `\u{…}`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out
}

/// The same for text of several lines: line feeds and tabs stay.
pub fn escape_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\n' | '\t') { out.push(c) } else { push(&mut out, c) }
    }
    out
}

/// A character of a text that people read: lines and tabs stay, and the joiners without which some scripts and symbols
/// fall apart; everything else as in [`escape`].
pub fn push_text(out: &mut String, c: char) {
    let joined =
        matches!(c, '\u{200c}' | '\u{200d}') && out.chars().next_back().is_some_and(|before| !before.is_ascii());
    if joined || matches!(c, '\n' | '\t') { out.push(c) } else { push(out, c) }
}

/// A writer in front of a terminal: lines stay lines, everything that could control the terminal, and bytes that
/// are no UTF-8, are shown escaped.
pub struct Escaped<W: Write> {
    out: W,
    /// The start of a character whose rest has not come yet.
    partial: Vec<u8>,
}

impl<W: Write> Escaped<W> {
    /// A writer that passes on to `out`.
    pub fn new(out: W) -> Self {
        Escaped { out, partial: Vec::new() }
    }

    /// Writes what is left over.
    pub fn finish(mut self) -> io::Result<W> {
        let rest = std::mem::take(&mut self.partial);
        self.out.write_all(hex(&rest).as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.partial);
        all.extend_from_slice(bytes);
        let mut text = String::with_capacity(all.len());
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            // A terminal needs no carriage return before a line feed.
            text.push_str(&escape_lines(&chunk.valid().replace("\r\n", "\n")));
            let invalid = chunk.invalid();
            let unfinished = chunks.peek().is_none() && invalid.len() < 4 && is_start(invalid);
            if unfinished { self.partial = invalid.to_vec() } else { text.push_str(&hex(invalid)) }
        }
        self.out.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn push(out: &mut String, c: char) {
    let hides = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    if c.is_control() || hides {
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// Whether more bytes could make a character of these.
fn is_start(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|e| e.error_len().is_none())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "\\x{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(escape("a\u{1b}[2Jb\u{202e}\r\n\u{9b}"), "a\\u{1b}[2Jb\\u{202e}\\u{d}\\u{a}\\u{9b}");
        assert_eq!(escape_lines("ü\tb\n\u{7}"), "ü\tb\n\\u{7}");
    }

    #[test]
    fn any_split_of_a_stream_shows_the_same() {
        let bytes = b"caf\xc3\xa9\r\n\xff\xe2\x82\xac\x1b[0m\xe2\x82";
        for split in 0..bytes.len() {
            let mut out = Escaped::new(Vec::new());
            out.write_all(&bytes[..split]).unwrap();
            out.write_all(&bytes[split..]).unwrap();
            let shown = String::from_utf8(out.finish().unwrap()).unwrap();
            // A carriage return is told from a line's end only with the line feed in sight.
            assert_eq!(shown.replace("\\u{d}", ""), "café\n\\xff€\\u{1b}[0m\\xe2\\x82", "{split}");
        }
    }
}
