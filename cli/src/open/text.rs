//! `sealpost open --text`: what a mail says, for a terminal.
//!
//! Lines of ours begin with `== `, and none of the mail's does: a mail that draws such a line gets a space before it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;

use mime::{Attachment, Header, Limits, LineEnds, Readable, readable};
use smime::{Mail, Opened, SignedPart, Verdict};

use crate::common::terminal;

/// The text of an opened mail, with its parts told apart where some of them are signed.
///
/// # Errors
/// Where it cannot be read again, or is no mail.
pub fn of(mail: Mail<'_>, opened: &Opened<'_>) -> io::Result<String> {
    let whole = read(mail)?;
    let mut out = String::new();
    let parts = opened.signed_parts();
    if parts.is_empty() {
        whole.texts.iter().for_each(|text| show(&mut out, text));
    } else {
        apart(&mut out, &whole, parts)?;
    }
    if out.is_empty() {
        mark(&mut out, "there is no text in this mail");
    }
    if whole.cut {
        mark(
            &mut out,
            "there is more text than is shown, or a part of it is damaged: without --text all of it is given out",
        );
    }
    whole.attachments.iter().for_each(|attachment| mark(&mut out, &line(attachment)));
    Ok(out)
}

/// Each part under a line that says whose it is; of a signed one what the signature is over, and not what else could be
/// read there.
fn apart(out: &mut String, whole: &Readable, parts: &[SignedPart<'_>]) -> io::Result<()> {
    let tops: BTreeSet<usize> =
        whole.texts.iter().filter_map(|text| text.top).chain(parts.iter().map(SignedPart::index)).collect();
    for top in tops {
        let signed = parts.iter().find(|part| part.index() == top);
        mark(out, &heading(top + 1, signed));
        match signed {
            None => whole.texts.iter().filter(|text| text.top == Some(top)).for_each(|text| show(out, text)),
            Some(part) => {
                if let Ok(mail) = part.mail() {
                    read(mail)?.texts.iter().for_each(|text| show(out, text));
                }
            }
        }
    }
    Ok(())
}

fn read(mail: Mail<'_>) -> io::Result<Readable> {
    let mut lines = LineEnds::new(mail);
    let failed = |error: mime::Error| match error {
        mime::Error::Io(error) => error,
        error => io::Error::other(error),
    };
    let header = Header::read(&mut lines, &Limits::default()).map_err(failed)?;
    readable(&header, &mut lines).map_err(failed)
}

fn heading(number: usize, signed: Option<&SignedPart<'_>>) -> String {
    match signed.map(SignedPart::verdict) {
        Some(Verdict::Verified { signer }) => format!("part {number}, signed by {}", signer.address()),
        Some(Verdict::Broken { .. }) => format!("part {number} has a signature that fails: it is not shown"),
        Some(_) => format!("part {number}, signed by somebody who is not known to be the sender"),
        None => format!("part {number}, signed by nobody"),
    }
}

fn show(out: &mut String, text: &mime::Text) {
    if text.from_html {
        mark(out, "there is only HTML: this is its text, of which nothing was fetched or run");
    }
    for line in text.text.split_inclusive('\n') {
        if line.starts_with("==") {
            out.push(' ');
        }
        for (index, c) in line.chars().enumerate() {
            // No line of a mail is longer (RFC 5322 section 2.1.1).
            if index > 0 && index % LONGEST == 0 && c != '\n' {
                out.push_str("\n ");
            }
            terminal::push_text(out, c);
        }
    }
}

fn line(attachment: &Attachment) -> String {
    let Attachment { kind, name, octets } = attachment;
    let mut line = "attached: ".to_owned();
    if let Some(name) = name {
        let _ = write!(line, "{name}, ");
    }
    let _ = write!(line, "{kind}");
    if let Some(octets) = octets {
        let _ = write!(line, ", {octets} octets");
    }
    line
}

/// A line of ours, whatever it names.
fn mark(out: &mut String, text: &str) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    let _ = writeln!(out, "== {}", terminal::escape(text));
}

/// Characters of a line.
const LONGEST: usize = 998;
