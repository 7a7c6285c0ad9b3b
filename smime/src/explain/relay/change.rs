//! The kinds of changes that relays make, and what is known of one.

use std::fmt;

/// A kind of change that a relay makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// CRLF became LF, or LF became CRLF; the last line end came or went.
    LineEnds,
    /// White space at the end of lines came or went.
    TrailingSpace,
    /// Quoted-printable was wrapped or written in another way.
    QuotedPrintable,
    /// Base64 was wrapped in another way.
    Base64,
    /// The text was encoded in another Content-Transfer-Encoding.
    TransferEncoding,
    /// The text was converted to another charset, or the charset is named otherwise.
    Charset,
    /// Text was appended, as a footer or as a part of its own.
    Footer,
    /// Text was put before.
    Banner,
    /// A header field was folded or unfolded.
    HeaderFolded,
    /// A header field is written in another way: letter case, quotes, order.
    HeaderRewritten,
    /// `From ` at the beginning of a line became `>From `, or back.
    FromEscaped,
    /// A dot at the beginning of a line was doubled, or one of two was taken away.
    Dots,
    /// Tabs became spaces, or spaces tabs.
    Tabs,
    /// A long line was broken in two.
    LineBroken,
}

impl Change {
    /// Its word in the report; a contract.
    pub fn word(self) -> &'static str {
        match self {
            Change::LineEnds => "line-ends",
            Change::TrailingSpace => "trailing-space",
            Change::QuotedPrintable => "quoted-printable",
            Change::Base64 => "base64",
            Change::TransferEncoding => "transfer-encoding",
            Change::Charset => "charset",
            Change::Footer => "footer",
            Change::Banner => "banner",
            Change::HeaderFolded => "header-folded",
            Change::HeaderRewritten => "header-rewritten",
            Change::FromEscaped => "from-escaped",
            Change::Dots => "dots",
            Change::Tabs => "tabs",
            Change::LineBroken => "line-broken",
        }
    }
}

/// One change, and what is known of where and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub change: Change,
    pub note: Note,
}

/// What is known of a change. Made for every candidate, so that it costs nothing until somebody reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// A sentence.
    Plain(&'static str),
    /// A sentence about the line of this number, counted from 1 in the signed part.
    Line(usize, &'static str),
    /// A sentence with two names in it.
    Names(&'static str, &'static str, &'static str),
}

impl Step {
    /// A change with what is known of it.
    pub fn new(change: Change, note: Note) -> Self {
        Step { change, note }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Plain(text) => f.write_str(text),
            Note::Line(line, text) => write!(f, "line {line} of the signed part: {text}"),
            Note::Names(text, from, to) => write!(f, "{text} {from} to {to}"),
        }
    }
}
