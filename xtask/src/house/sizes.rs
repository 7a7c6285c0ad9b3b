//! How long files and functions may be.

use std::fmt::Write;

use crate::lex::{Kind, Token};
use crate::source::{Source, after_group};
use crate::workspace::Krate;

/// The faults of a crate: its median, its files, its functions.
pub fn check(krate: &Krate) -> Vec<String> {
    let mut faults = Vec::new();
    let median = median(krate);
    if median > MEDIAN {
        faults.push(format!("sizes: {} has a median of {median} lines a file, over {MEDIAN}", krate.name));
    }
    for source in &krate.sources {
        if source.lines > FILE {
            let (path, lines) = (&source.path, source.lines);
            faults.push(format!("sizes: {}/src/{path} has {lines} lines, over {FILE}", krate.name));
        }
        let long = functions(source);
        for f in long.iter().filter(|f| f.lines > FUNCTION && !f.excused) {
            let (path, line, name, lines) = (&source.path, f.line, &f.name, f.lines);
            faults
                .push(format!("sizes: {}/src/{path}:{line} fn {name} has {lines} lines, over {FUNCTION}", krate.name));
        }
    }
    faults
}

/// One line for each crate: files, median, largest file, longest function.
pub fn table(crates: &[Krate]) -> String {
    let mut out = format!(
        "{:<10} {:>5} {:>6} {:>6}  {:<30} longest function\n",
        "crate", "files", "lines", "median", "largest file"
    );
    for krate in crates {
        let lines: usize = krate.sources.iter().map(|s| s.lines).sum();
        let largest = krate.sources.iter().max_by_key(|s| s.lines);
        let largest = largest.map_or(String::new(), |s| format!("{} {}", s.lines, s.path));
        let functions = krate.sources.iter().flat_map(functions);
        let longest = functions.max_by_key(|f| f.lines);
        let longest = longest.map_or(String::new(), |f| format!("{} {}", f.lines, f.name));
        let (name, files, median) = (&krate.name, krate.sources.len(), median(krate));
        let _ = writeln!(out, "{name:<10} {files:>5} {lines:>6} {median:>6}  {largest:<30} {longest}");
    }
    out
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
    excused: bool,
}

fn functions(source: &Source) -> Vec<Function> {
    let code = &source.code;
    let mut found = Vec::new();
    for (i, pair) in code.windows(2).enumerate() {
        let Some(name) = pair[1].word().filter(|_| pair[0].is_word("fn")) else {
            continue;
        };
        let Some(close) = body_end(code, i) else {
            continue;
        };
        found.push(Function {
            name: name.to_owned(),
            line: pair[0].line,
            lines: code[close].line + 1 - pair[0].line,
            excused: excused(&source.text, pair[0].line),
        });
    }
    found
}

/// The closing brace of the function whose `fn` is at `start`; nothing for a signature alone.
fn body_end(code: &[Token], start: usize) -> Option<usize> {
    let mut i = start;
    while i < code.len() {
        match code[i].kind {
            Kind::Mark('(' | '[') => i = after_group(code, i),
            Kind::Mark('{') => return Some(after_group(code, i).saturating_sub(1).min(code.len() - 1)),
            Kind::Mark(';') => return None,
            _ => i += 1,
        }
    }
    None
}

/// Whether the comments and attributes right above `line` give a reason: `// long: reason`.
fn excused(text: &str, line: usize) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    lines[..line.saturating_sub(1).min(lines.len())]
        .iter()
        .rev()
        .map(|l| l.trim())
        .take_while(|l| l.starts_with("//") || l.starts_with("#["))
        .any(|l| l.strip_prefix("// long:").is_some_and(|r| r.trim().len() > 3))
}

fn median(krate: &Krate) -> usize {
    let mut lines: Vec<usize> = krate.sources.iter().map(|s| s.lines).collect();
    lines.sort_unstable();
    lines.get(lines.len() / 2).copied().unwrap_or_default()
}

const MEDIAN: usize = 250;
const FILE: usize = 600;
const FUNCTION: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::fixture;

    fn faults(text: &str) -> Vec<String> {
        // Small neighbours keep the median out of the way.
        check(&fixture("x", "", &[("a.rs", ""), ("b.rs", ""), ("c.rs", text)]))
    }

    fn function(lines: usize) -> String {
        format!("fn f(a: [u8; 2]) {{\n{}}}\n", "    g();\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_function_is_caught() {
        assert!(faults(&function(80)).is_empty());
        assert_eq!(faults(&function(81)), ["sizes: x/src/c.rs:1 fn f has 81 lines, over 80"]);
    }

    #[test]
    fn a_reason_excuses_a_long_function() {
        assert!(faults(&format!("// long: one table\n#[inline]\n{}", function(90))).is_empty());
        assert_eq!(faults(&format!("// long:\n{}", function(90))).len(), 1);
        assert_eq!(faults(&format!("// long: one table\n\n{}", function(90))).len(), 1);
    }

    #[test]
    fn a_large_file_is_caught_and_its_tests_do_not_count() {
        assert_eq!(faults(&"//\n".repeat(601)), ["sizes: x/src/c.rs has 601 lines, over 600"]);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(700));
        assert!(faults(&format!("{}{tests}", "//\n".repeat(600))).is_empty());
    }

    #[test]
    fn a_high_median_is_caught() {
        let text = "//\n".repeat(251);
        let found = check(&fixture("x", "", &[("a.rs", ""), ("b.rs", &text), ("c.rs", &text)]));
        assert_eq!(found, ["sizes: x has a median of 251 lines a file, over 250"]);
    }
}
