//! `sealpost cms inspect`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use smime::stateless::{Structure, Structures};

use super::tree::{Json, Lines};
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{Kind, Output};
use crate::common::terminal;
use crate::open::failure;

/// Show what a file of CMS, certificates or keys is made of, without keys
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Inspect {
    /// The file: S/MIME, PEM, DER or BER
    file: Option<PathBuf>,
}

impl Inspect {
    /// Inspects.
    pub fn run(self, global: &Global) -> Result {
        let input = Input::open(self.file.as_deref())?;
        // A file of which not one element can be read leaves nothing behind.
        let mut structures = Structures::new(&input).map_err(failure::opening)?;
        let Some(first) = structures.advance().map_err(failure::opening)? else { return Ok(()) };
        let mut out = Output::open(global, Kind::Text)?;
        if global.json {
            json(&mut structures, first, &mut out)?
        } else {
            text(&mut structures, first, &mut out)?
        }
        out.commit()
    }
}

fn text(structures: &mut Structures<'_>, first: Structure, out: &mut Output) -> Result {
    let mut next = Some(first);
    for number in 1.. {
        let Some(found) = next else { return Ok(()) };
        if number > 1 {
            writeln!(out)?;
        }
        if let Some(label) = &found.label {
            writeln!(out, "PEM block {number}, {}", terminal::escape(label))?;
        }
        head(&found, out)?;
        writeln!(out)?;
        structures.tree(&mut Lines::new(&mut *out)).map_err(failure::opening)?;
        next = structures.advance().map_err(failure::opening)?;
    }
    Ok(())
}

fn head(found: &Structure, out: &mut Output) -> Result {
    if let Some(summary) = &found.summary {
        for line in summary.to_string().lines() {
            writeln!(out, "{}", terminal::escape(line))?;
        }
        return Ok(());
    }
    write!(out, "{}", found.kind)?;
    if let Some((cipher, length)) = &found.sealed {
        let cipher = if cipher.is_empty() { "a cipher that is not named" } else { cipher };
        write!(out, ", {length} octets of ciphertext under {}", terminal::escape(cipher))?;
    }
    if let Some(problem) = &found.problem {
        write!(out, ": {}", terminal::escape(problem))?;
    }
    writeln!(out)?;
    Ok(())
}

/// The first structure, and in `more` those behind it.
fn json(structures: &mut Structures<'_>, first: Structure, out: &mut Output) -> Result {
    object(structures, &first, true, out)?;
    let mut any = false;
    while let Some(found) = structures.advance().map_err(failure::opening)? {
        out.write_all(if any { b",\n" } else { b",\n  \"more\": [\n" })?;
        any = true;
        object(structures, &found, false, out)?;
        out.write_all(b"\n}")?;
    }
    out.write_all(if any { b"\n]\n}\n" } else { b"\n}\n" })?;
    Ok(())
}

/// An object without its last brace.
fn object(structures: &mut Structures<'_>, found: &Structure, outermost: bool, out: &mut Output) -> Result {
    let mut head = match &found.summary {
        Some(summary) => serde_json::to_value(summary).map_err(Failure::other)?,
        None => serde_json::json!({ "sealpost": 1, "type": found.kind }),
    };
    if let Some(members) = head.as_object_mut().filter(|_| !outermost) {
        members.shift_remove("sealpost");
    }
    if let Some(label) = &found.label {
        head["label"] = label.as_str().into();
    }
    if let Some((cipher, length)) = &found.sealed {
        head["cipher"] = cipher.as_str().into();
        head["content_length"] = (*length).into();
    }
    if let Some(problem) = &found.problem {
        head["problem"] = problem.as_str().into();
    }
    let head = serde_json::to_string_pretty(&head).map_err(Failure::other)?;
    write!(out, "{},\n  \"tree\": ", head.strip_suffix("\n}").unwrap_or(&head))?;
    let mut tree = Json::new(&mut *out)?;
    structures.tree(&mut tree).map_err(failure::opening)?;
    tree.finish()?;
    Ok(())
}

const HELP: &str = "\
Examples:
  sealpost cms inspect sealed.eml
  sealpost cms inspect --json signed.p7m
  sealpost cms inspect bob.p12

A file of PEM is shown block by block; in JSON the first is the report, and `more` has the others. Where the exit status
is not 0 there is no JSON.

Exit status:
  0 done, 2 usage, 41 nothing of this kind, 61 a file is missing";
