//! docs/standards.md names only tests that exist, and each row once.

use std::collections::BTreeSet;

/// The faults of the table; `tests` are the names of all functions of the workspace.
pub fn check(table: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rows = BTreeSet::new();
    for (i, line) in table.lines().enumerate() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &[_, row, _, _, _, named, _] = cells.as_slice() else {
            continue;
        };
        if !rows.insert(row.to_owned()) && is_row(row) {
            faults.push(format!("standards: line {} repeats {row}", i + 1));
        }
        for name in named.split('`').skip(1).step_by(2) {
            let function = name.rsplit("::").next().unwrap_or(name);
            if !tests.contains(function) {
                faults.push(format!("standards: {row} names the test {name}, which is not there"));
            }
        }
    }
    if !rows.iter().any(|r| is_row(r)) {
        faults.push("standards: docs/standards.md has no rows".to_owned());
    }
    faults
}

fn is_row(cell: &str) -> bool {
    cell.split_once('-').is_some_and(|(_, n)| n.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rows: &str) -> Vec<String> {
        let head = "| row | clause | what | rooms | tests |\n|---|---|---|---|---|\n";
        let tests = BTreeSet::from(["zero_signers".to_owned()]);
        check(&format!("{head}{rows}"), &tests)
    }

    #[test]
    fn a_test_that_is_there_passes() {
        assert!(faults("| V-01 | §5 | x | cms | `zero_signers` |\n| V-02 | §5 | x | cms | – |\n").is_empty());
    }

    #[test]
    fn a_test_that_is_not_there_is_caught() {
        let found = faults("| V-01 | §5 | x | cms | `cms::gone` |\n");
        assert_eq!(found, ["standards: V-01 names the test cms::gone, which is not there"]);
    }

    #[test]
    fn a_row_twice_and_no_row_are_caught() {
        let row = "| V-01 | §5 | x | cms | – |\n";
        assert_eq!(faults(&row.repeat(2)), ["standards: line 4 repeats V-01"]);
        assert_eq!(faults("").len(), 1);
    }
}
