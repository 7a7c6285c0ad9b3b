//! NIST PKITS 4.1 to 4.7 by the program: `cert check` with the CRLs of each case, nothing fetched, the exit code is the
//! verdict.

use std::process::Command;

use crate::{Outcomes, corpus};

#[test]
fn pkits_by_the_program() {
    let Some(folder) = corpus("pkits") else { return };
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut lines = table.lines().filter(|line| !line.starts_with('#'));
    let heading: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let mut outcomes = Outcomes::new("pkits");
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |name: &str| fields[heading.iter().position(|n| *n == name).unwrap()];
        let certs: Vec<&str> = field("certs").split(',').collect();
        let [anchor, chain @ .., leaf] = &certs[..] else { panic!("{line}") };
        let path = |kind: &str, name: &str, end: &str| folder.join(kind).join(format!("{name}.{end}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealpost"));
        command.env_clear().args(["cert", "check", "--purpose", "any", "--offline", "--no-system-trust"]);
        command.args(["--store", "/nonexistent", "--at", "2015-01-01T00:00:00Z", "--trust"]);
        command.arg(path("certs", anchor, "crt"));
        for name in chain {
            command.arg("--chain").arg(path("certs", name, "crt"));
        }
        for name in field("crls").split(',').filter(|name| !name.is_empty()) {
            command.arg("--crl").arg(path("crls", name, "crl"));
        }
        for (name, flag) in [
            ("SetInitialExplicitPolicy", "--explicit-policy"),
            ("SetInitialInhibitAnyPolicy", "--inhibit-any-policy"),
            ("SetInitialPolicyMappingInhibit", "--inhibit-policy-mapping"),
        ] {
            if field(name) == "true" {
                command.arg(flag);
            }
        }
        assert_eq!(field("SetInitialPolicySet"), "", "{line}");
        let run = command.arg(path("certs", leaf, "crt")).output().unwrap();
        let expected = if field("should_validate") == "true" { "0" } else { "3" };
        outcomes.note(field("test"), expected, &run.status.code().unwrap_or(-1).to_string());
    }
    outcomes.compare();
}
