//! `sealpost cms inspect`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use smime::OpenError;
use smime::stateless::{self, Inspection};

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
        let kind = stateless::tree_kind(&input).map_err(failure::opening)?;
        let summary = stateless::inspect(&input);
        // A file of which not one element can be read leaves nothing behind.
        stateless::tree(&input, &mut Lines::new(std::io::sink())).map_err(failure::opening)?;
        let mut out = Output::open(global, Kind::Text)?;
        if global.json {
            json(&input, kind, summary, &mut out)?
        } else {
            text(&input, kind, summary, &mut out)?
        }
        out.commit()
    }
}

/// What of CMS cannot be summed up is told; of other files there is no summary.
fn problem(kind: &str, summary: &std::result::Result<Inspection, OpenError>) -> Option<String> {
    summary.as_ref().err().filter(|_| kind == "cms").map(ToString::to_string)
}

fn text(input: &Input, kind: &str, summary: std::result::Result<Inspection, OpenError>, out: &mut Output) -> Result {
    match (&summary, problem(kind, &summary)) {
        (Ok(found), _) => {
            for line in found.to_string().lines() {
                writeln!(out, "{}", terminal::escape(line))?;
            }
        }
        (Err(_), Some(problem)) => writeln!(out, "{kind}: {}", terminal::escape(&problem))?,
        (Err(_), None) => writeln!(out, "{kind}")?,
    }
    writeln!(out)?;
    stateless::tree(input, &mut Lines::new(out)).map_err(failure::opening)?;
    Ok(())
}

fn json(input: &Input, kind: &str, summary: std::result::Result<Inspection, OpenError>, out: &mut Output) -> Result {
    let head = match (&summary, problem(kind, &summary)) {
        (Ok(found), _) => serde_json::to_value(found).map_err(Failure::other)?,
        (Err(_), Some(problem)) => serde_json::json!({ "sealpost": 1, "type": kind, "problem": problem }),
        (Err(_), None) => serde_json::json!({ "sealpost": 1, "type": kind }),
    };
    let head = serde_json::to_string_pretty(&head).map_err(Failure::other)?;
    write!(out, "{},\n  \"tree\": ", head.strip_suffix("\n}").unwrap_or(&head))?;
    let mut tree = Json::new(&mut *out)?;
    stateless::tree(input, &mut tree).map_err(failure::opening)?;
    tree.finish()?;
    writeln!(out, "\n}}")?;
    Ok(())
}

const HELP: &str = "\
Examples:
  sealpost cms inspect sealed.eml
  sealpost cms inspect --json signed.p7m
  sealpost cms inspect bob.p12

Exit status:
  0 done, 2 usage, 41 nothing of this kind, 61 a file is missing";
