//! Which room may import which: the table of ARCHITECTURE.md against manifests and sources.

use std::collections::BTreeMap;

use super::imports::Facts;
use crate::lex::Kind;
use crate::workspace::Krate;

/// The table `| crate | floor | may import |`.
#[derive(Debug)]
pub struct Plan {
    rooms: BTreeMap<String, Room>,
}

#[derive(Debug)]
struct Room {
    floor: Option<u32>,
    imports: Vec<String>,
}

impl Plan {
    /// Finds the table in the text of ARCHITECTURE.md. The error is the fault to print.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut rooms = BTreeMap::new();
        let mut inside = false;
        for line in text.lines() {
            let cells: Vec<String> = cells(line);
            match cells.as_slice() {
                [a, _, c] if a == "crate" && c == "may import" => inside = true,
                [a, floor, imports] if inside && !a.starts_with('-') => {
                    rooms.insert(a.clone(), Room::new(floor, imports));
                }
                [] => inside = false,
                _ => {}
            }
        }
        if rooms.is_empty() {
            return Err("arrows: ARCHITECTURE.md has no table `| crate | floor | may import |`".into());
        }
        Ok(Self { rooms })
    }

    /// The faults of all crates, and of the table itself.
    pub fn check(&self, crates: &[Krate]) -> Vec<String> {
        let mut faults = self.upward();
        for krate in crates {
            match self.rooms.get(&krate.name) {
                None => faults.push(format!("arrows: {} is not in the table", krate.name)),
                Some(room) => {
                    faults.extend(self.manifest(krate, room));
                    faults.extend(self.tests(krate, room));
                    faults.extend(self.sources(krate, room));
                }
            }
        }
        faults
    }

    /// The table may not permit an arrow that goes up or stays on its floor.
    fn upward(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, room) in &self.rooms {
            for import in &room.imports {
                match self.rooms.get(import) {
                    None => faults.push(format!("arrows: the table lets {name} import {import}, which it lacks")),
                    Some(other) if room.floor.is_some() && other.floor >= room.floor => {
                        faults.push(format!("arrows: the table's arrow {name} → {import} does not go down"));
                    }
                    Some(_) => {}
                }
            }
        }
        faults
    }

    fn manifest(&self, krate: &Krate, room: &Room) -> Vec<String> {
        let mut imports = krate.section("dependencies");
        imports.extend(krate.section("build-dependencies"));
        imports
            .iter()
            .filter(|name| self.rooms.contains_key(*name) && !room.imports.contains(name))
            .map(|name| format!("arrows: {}/Cargo.toml imports {name}", krate.name))
            .collect()
    }

    /// Tests may borrow from any room that is not above.
    fn tests(&self, krate: &Krate, room: &Room) -> Vec<String> {
        let above = |name: &&String| {
            let other = self.rooms.get(*name).and_then(|r| r.floor);
            room.floor.is_some() && other > room.floor
        };
        krate
            .section("dev-dependencies")
            .iter()
            .filter(above)
            .map(|name| format!("arrows: the tests of {} import {name}, which is above", krate.name))
            .collect()
    }

    fn sources(&self, krate: &Krate, room: &Room) -> Vec<String> {
        let mut faults = Vec::new();
        let forbidden = |name: &str| {
            name != krate.name
                && self.rooms.contains_key(name)
                && !room.imports.iter().any(|i| i == name)
                && !krate.has_module(name)
        };
        for source in &krate.sources {
            let facts = Facts::read(source);
            for (i, pair) in source.code.windows(2).enumerate() {
                let head = i == 0 || source.code[i - 1].kind != Kind::Sep;
                let Some(name) = pair[0].word().filter(|_| head && pair[1].kind == Kind::Sep) else {
                    continue;
                };
                if forbidden(name) && !facts.shadows(name) {
                    let line = pair[0].line;
                    faults.push(format!("arrows: {}/src/{}:{line} uses {name}", krate.name, source.path));
                }
            }
        }
        faults
    }
}

impl Room {
    fn new(floor: &str, imports: &str) -> Self {
        Self {
            floor: floor.parse().ok(),
            imports: imports
                .split([',', ' '])
                .filter(|name| !name.is_empty() && *name != "nothing")
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// The cells of a table's line, backquotes taken off; nothing if it is none.
fn cells(line: &str) -> Vec<String> {
    let Some(line) = line.trim().strip_prefix('|') else {
        return Vec::new();
    };
    let line = line.strip_suffix('|').unwrap_or(line);
    line.split('|').map(|c| c.trim().replace('`', "")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::fixture;

    const TABLE: &str = "# x\n\n| crate | floor | may import |\n|---|---|---|\n| `wire` | 1 | nothing |\n| `mime` | 1 | nothing |\n| `crypto` | 2 | `wire` |\n| `xtask` | – | nothing |\n\nend\n";

    fn faults(krate: Krate) -> Vec<String> {
        Plan::read(TABLE).unwrap().check(&[krate])
    }

    #[test]
    fn an_allowed_arrow_passes() {
        let files = [("lib.rs", "use wire::Oid; fn f() { wire::g(); }")];
        assert!(faults(fixture("crypto", "[dependencies]\nwire.workspace = true\n", &files)).is_empty());
    }

    #[test]
    fn a_forbidden_dependency_is_caught() {
        let manifest = "[dependencies]\nodd = { package = \"sealpost-mime\", path = \"../mime\" }\n";
        let found = faults(fixture("crypto", manifest, &[]));
        assert_eq!(found, ["arrows: crypto/Cargo.toml imports mime"]);
    }

    #[test]
    fn a_forbidden_path_is_caught_and_a_module_of_that_name_is_not() {
        let files = [("lib.rs", "// mime::x\nfn f() { mime::g(); a::mime::h(); }\n")];
        let found = faults(fixture("crypto", "", &files));
        assert_eq!(found, ["arrows: crypto/src/lib.rs:2 uses mime"]);
        let local = [("lib.rs", "mod mime; fn f() { mime::g(); }"), ("mime.rs", "")];
        assert!(faults(fixture("crypto", "", &local)).is_empty());
    }

    #[test]
    fn tests_may_not_borrow_from_above() {
        let found = faults(fixture("wire", "[dev-dependencies]\ncrypto.workspace = true\n", &[]));
        assert_eq!(found, ["arrows: the tests of wire import crypto, which is above"]);
        assert!(faults(fixture("wire", "[dev-dependencies]\nmime.workspace = true\n", &[])).is_empty());
    }

    #[test]
    fn a_crate_outside_the_table_is_caught() {
        assert_eq!(faults(fixture("attic", "", &[])), ["arrows: attic is not in the table"]);
    }

    #[test]
    fn the_table_itself_goes_down_only() {
        let table = TABLE.replace("| `mime` | 1 | nothing |", "| `mime` | 1 | `crypto`, `gone` |");
        let found = Plan::read(&table).unwrap().check(&[]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(Plan::read("no table").is_err());
    }
}
