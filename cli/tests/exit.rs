//! Exit codes and manners that all verbs share.

use std::io::Read;
use std::process::Stdio;

use crate::support::Sandbox;

#[test]
fn an_output_that_exists_is_59_and_stays_as_it_is() {
    let sandbox = Sandbox::new();
    sandbox.write("out", "mine");
    let run = sandbox.run(&["policy", "show", "-o", "out"]).expect(59);
    assert_eq!(run.err, "error: out exists\nhint: name another file, or replace it with --force\n");
    assert_eq!(sandbox.read("out"), b"mine");
    sandbox.ok(&["policy", "show", "-o", "out", "--force"]);
    assert!(sandbox.read("out").starts_with(b"use "));
    assert_eq!(sandbox.files(), ["out"]);
}

#[test]
fn nonsense_is_2() {
    let sandbox = Sandbox::new();
    for arguments in
        [&["frobnicate"][..], &[], &["policy"], &["policy", "show", "--force"], &["policy", "show", "-q", "-v"]]
    {
        sandbox.run(arguments).expect(2);
    }
    sandbox.run(&["policy", "show", "--at", "yesterday"]).expect(2);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["policy", "show"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[test]
fn a_full_disk_is_1_and_says_so() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["policy", "show", "-o", "/dev/full"]).expect(1);
    assert!(run.err.contains("No space left"), "{}", run.err);
}
