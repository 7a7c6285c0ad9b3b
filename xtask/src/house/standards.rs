//! docs/standards.md names only tests that exist, each row once, and for some rows a test of their own.

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
        let tests_of_row = || named.split('`').skip(1).step_by(2);
        if own(row).is_some_and(|start| !tests_of_row().any(|name| is_own(name, &start))) {
            faults.push(format!("standards: {row} has no test whose name begins with it alone"));
        }
        for name in tests_of_row() {
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

/// With what the name of a test begins that is of such a row alone: signatures, end-to-end mail, mailboxes, header
/// protection and attacks.
fn own(row: &str) -> Option<String> {
    let (letter, number) = row.split_once('-').filter(|_| is_row(row))?;
    matches!(letter, "V" | "G" | "B" | "H" | "X").then(|| format!("{}_{number}_", letter.to_lowercase()))
}

fn is_own(name: &str, start: &str) -> bool {
    let is_id = |rest: &str| {
        let mut words = rest.splitn(3, '_');
        let (letter, number) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        letter.len() == 1 && number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit())
    };
    name.strip_prefix(start).is_some_and(|rest| !is_id(rest))
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
        assert!(faults("| C-01 | §5 | x | cms | `zero_signers` |\n| C-02 | §5 | x | cms | – |\n").is_empty());
    }

    #[test]
    fn a_test_that_is_not_there_is_caught() {
        let found = faults("| C-01 | §5 | x | cms | `cms::gone` |\n");
        assert_eq!(found, ["standards: C-01 names the test cms::gone, which is not there"]);
    }

    #[test]
    fn a_row_twice_and_no_row_are_caught() {
        let row = "| C-01 | §5 | x | cms | – |\n";
        assert_eq!(faults(&row.repeat(2)), ["standards: line 4 repeats C-01"]);
        assert_eq!(faults("").len(), 1);
    }

    #[test]
    fn a_row_without_a_test_of_its_own_is_caught() {
        let names = ["v_01_nobody", "v_01_x_06_nobody", "x_06_nobody", "zero_signers"];
        let tests: BTreeSet<String> = names.map(str::to_owned).into();
        for (row, name, fine) in [
            ("V-01", "v_01_nobody", true),
            ("V-01", "v_01_x_06_nobody", false),
            ("X-06", "v_01_x_06_nobody", false),
            ("V-01", "x_06_nobody", false),
            ("V-01", "zero_signers", false),
            ("CAP-01", "zero_signers", true),
            ("E-01", "zero_signers", true),
        ] {
            let found = check(&format!("| {row} | §5 | x | cms | `{name}` |\n"), &tests);
            assert_eq!(found.is_empty(), fine, "{row} {name} {found:?}");
        }
    }
}
