//! Reports: text for people, or JSON whose names are a contract.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::terminal::escape;

/// A JSON report: the version of the contract, then the fields of `body`.
pub fn json(body: Value) -> String {
    let mut report = json!({ "sealpost": 1 });
    if let (Some(report), Value::Object(body)) = (report.as_object_mut(), body) {
        report.extend(body);
    }
    format!("{report:#}\n")
}

/// A table with a heading; columns are as wide as their widest entry, the last one is not padded.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| escape(cell)).collect()).collect();
    let heading: Vec<String> = heading.iter().map(|&cell| cell.to_owned()).collect();
    let all = || std::iter::once(&heading).chain(&rows);
    let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..heading.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in all() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Lines of a name and a value, the values below each other.
pub fn fields(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 1;
    pairs.iter().fold(String::new(), |mut out, (name, value)| {
        let name = format!("{name}:");
        let _ = writeln!(out, "{name:<width$} {}", escape(value));
        out
    })
}

/// A fingerprint as reports have it.
pub fn fingerprint(bytes: &[u8]) -> String {
    format!("sha256:{}", wire::hex(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_carry_no_control_characters() {
        let rows = [vec!["é".to_owned(), "x\u{7}".to_owned()], vec!["long".to_owned(), String::new()]];
        assert_eq!(table(&["a", "b"], &rows), "a     b\né     x\\u{7}\nlong\n");
        assert_eq!(fields(&[("a", "1".to_owned()), ("long", "2".to_owned())]), "a:    1\nlong: 2\n");
    }

    #[test]
    fn reports_begin_with_the_contract() {
        assert_eq!(json(json!({ "a": [1] })), "{\n  \"sealpost\": 1,\n  \"a\": [\n    1\n  ]\n}\n");
    }
}
