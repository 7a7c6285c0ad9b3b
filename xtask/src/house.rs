//! `cargo xtask house`: the walls of the design, checked on the text of the workspace.

mod arrows;
mod circles;
mod imports;
mod libraries;
mod paths;
mod pubs;
mod purity;
mod sizes;
mod standards;

use std::fs;
use std::io;
use std::path::Path;

use crate::workspace::{self, Krate};

/// Checks the workspace at `root`, prints what was found, and says whether every wall stands.
pub fn run(root: &Path) -> io::Result<bool> {
    let plan = fs::read_to_string(root.join("ARCHITECTURE.md"))?;
    let crates = workspace::read(root)?;
    let requirements = fs::read_to_string(root.join("docs/standards.md"))?;
    let mut faults = check(&plan, &crates);
    faults.extend(standards::check(&requirements, &workspace::functions(root)?));
    faults.sort();
    print!("{}", sizes::table(&crates));
    for fault in &faults {
        println!("{fault}");
    }
    println!("house: {} crates, {} faults", crates.len(), faults.len());
    Ok(faults.is_empty())
}

/// Every fault of every rule, one line each.
fn check(plan: &str, crates: &[Krate]) -> Vec<String> {
    let mut faults = Vec::new();
    match arrows::Plan::read(plan) {
        Ok(plan) => faults.extend(plan.check(crates)),
        Err(fault) => faults.push(fault),
    }
    for krate in crates {
        faults.extend(circles::check(krate));
        faults.extend(sizes::check(krate));
        faults.extend(pubs::check(krate));
        faults.extend(libraries::check(krate));
        faults.extend(purity::check(krate));
    }
    faults
}

/// What the rules' own tests share: a crate made of texts.
#[cfg(test)]
fn fixture(name: &str, manifest: &str, files: &[(&str, &str)]) -> Krate {
    let owned: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Krate::new(name, manifest, &owned)
}
