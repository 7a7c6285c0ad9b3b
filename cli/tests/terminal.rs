//! What a terminal gets, through one that `script` makes.

use std::process::Command;

use crate::support::{Run, Sandbox, has, run};

/// Runs the program with a terminal as standard output and standard error.
pub fn on_a_terminal(sandbox: &Sandbox, arguments: &str) -> Run {
    let mut command = Command::new("script");
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_sealpost"));
    command.args(["-qec", &line, "/dev/null"]).current_dir(sandbox.path(""));
    command.env("SEALPOST_STORE", sandbox.path("store"));
    run(command, b"")
}

#[test]
fn binary_data_is_refused_and_a_mail_controls_nothing() {
    if !cfg!(target_os = "linux") || !has("script") {
        return;
    }
    let sandbox = Sandbox::with_people();
    sandbox.write("pw", "pw");
    let refused = on_a_terminal(&sandbox, "id export alice@example.org --key-password-file pw").expect(2);
    assert!(String::from_utf8_lossy(&refused.out).contains("hint: name a file with -o FILE"));
    sandbox.write("evil.eml", b"From: a@example.org\r\nSubject: x\r\n\r\nred \x1b[31m bell \x07 caf\xe9\r\n");
    let shown = on_a_terminal(&sandbox, "open evil.eml").expect(0);
    let text = String::from_utf8(shown.out).unwrap();
    assert!(text.contains("red \\u{1b}[31m bell \\u{7} caf\\xe9"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
}

#[test]
fn a_passphrase_is_asked_for_twice_and_not_shown() {
    if !cfg!(target_os = "linux") || !has("script") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut command = Command::new("script");
    let line = format!("{} id new alice@example.org", env!("CARGO_BIN_EXE_sealpost"));
    command.args(["-qec", &line, "/dev/null"]).current_dir(sandbox.path(""));
    command.env("SEALPOST_STORE", sandbox.path("store"));
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut seen = String::new();
    for question in ["New passphrase of the store: ", "Again: "] {
        // An answer typed before the question would be shown by the terminal, and then dropped.
        read_until(&mut output, &mut seen, question);
        std::thread::sleep(std::time::Duration::from_millis(200));
        std::io::Write::write_all(&mut input, b"correct horse\r").unwrap();
    }
    std::io::Read::read_to_string(&mut output, &mut seen).unwrap();
    assert!(child.wait().unwrap().success(), "{seen}");
    assert!(!seen.contains("correct horse"), "{seen}");
    assert_eq!(sandbox.json(&["id", "list"])["protection"], "passphrase");
}

pub fn read_until(output: &mut impl std::io::Read, seen: &mut String, what: &str) {
    let mut octet = [0];
    while !seen.ends_with(what) {
        output.read_exact(&mut octet).unwrap_or_else(|_| panic!("it ended: {seen}"));
        seen.push(char::from(octet[0]));
    }
}
