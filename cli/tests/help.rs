//! The help: every verb has examples and exit codes, and every example works.

use std::process::Command;

use crate::support::{self, Sandbox, snapshot};

#[test]
fn every_verb_has_examples_that_work() {
    let mut examples = Vec::new();
    let mut command = sealpost::command();
    command.build();
    collect(&mut command, &mut Vec::new(), &mut examples);
    assert!(!examples.is_empty());
    for (verb, lines) in examples {
        let sandbox = scene();
        for line in lines {
            let run = shell(&sandbox, &line);
            assert_eq!(run.code, 0, "{verb}: {line}\n{}", run.err);
        }
    }
}

#[test]
fn the_first_page() {
    let sandbox = Sandbox::new();
    snapshot("help.txt", &sandbox.ok(&["--help"]));
}

/// The folder that the examples speak of.
fn scene() -> Sandbox {
    let sandbox = Sandbox::with_people();
    let carol = Sandbox::new();
    carol.ok(&["id", "new", "carol@example.org", "--no-passphrase"]);
    let password = carol.write("password", "battery staple\n");
    let export = |name: &str, more: &[&str]| {
        let path = sandbox.path(name);
        let mut arguments = vec!["id", "export", "carol@example.org", "-o", path.to_str().unwrap()];
        arguments.extend(more);
        carol.ok(&arguments);
    };
    let password = password.to_str().unwrap();
    export("carol.p12", &["--key-password-file", password]);
    export("carol.pem", &["--format", "pem", "--key-password-file", password]);
    export("carol.crt", &["--public"]);
    sandbox
}

fn shell(sandbox: &Sandbox, line: &str) -> support::Run {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sealpost"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(sandbox.path("")).env("SEALPOST_STORE", sandbox.path("store"));
    command.env("PATH", path).env("STORE_PASSWORD", "correct horse").env("FILE_PASSWORD", "battery staple");
    support::run(command, b"")
}

fn collect(command: &mut clap::Command, names: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    if command.is_hide_set() {
        return;
    }
    names.push(command.get_name().to_owned());
    if command.has_subcommands() {
        command.get_subcommands_mut().for_each(|c| collect(c, names, found));
    } else {
        let verb = names.join(" ");
        let help = command.get_after_help().unwrap_or_else(|| panic!("{verb} has no examples")).to_string();
        let (_, after) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{verb} has no examples"));
        assert!(after.contains("Exit status:\n"), "{verb} has no exit status");
        let lines: Vec<String> =
            after.lines().map_while(|l| l.strip_prefix("  ")).map(|l| l.trim().to_owned()).collect();
        assert!(lines.iter().any(|l| l.contains(&verb)), "{verb} is in none of its examples");
        found.push((verb, lines));
    }
    names.pop();
}
