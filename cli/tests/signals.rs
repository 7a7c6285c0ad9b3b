//! SIGINT and SIGTERM, while an output is half written.

use std::time::{Duration, Instant};

use crate::mail::letter;
use crate::send::mailserver::{MailServer, Say, smtp};
use crate::send::{plans, world};
use crate::support::Sandbox;

#[test]
fn an_interrupted_output_leaves_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = Sandbox::with_people();
        sandbox.ok(&["id", "export", "bob@example.net", "--public", "-o", "bob.crt"]);
        let all = String::from_utf8(sandbox.read("bob.crt")).unwrap();
        let certificates: Vec<&str> = all.split_inclusive("-----END CERTIFICATE-----\n").collect();
        sandbox.write("bob.crt", certificates[1]);
        // A file with a hole: as long as it takes, and no room on the disk.
        std::fs::File::create(sandbox.path("big")).unwrap().set_len(64 << 30).unwrap();
        let arguments = ["cms", "encrypt", "--to", "bob.crt", "--form", "der", "big", "-o", "out"];
        let mut child = sandbox.command(&arguments).spawn().unwrap();
        let begun = Instant::now();
        while sandbox.files().len() < 3 {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", sandbox.files());
            std::thread::sleep(Duration::from_millis(2));
        }
        let kill = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(sandbox.files(), ["big", "bob.crt"]);
    }
}

/// What is half sealed is gone; what is whole stays, and how to go on with it is told.
#[test]
fn an_interrupted_delivery_leaves_all_of_it_or_nothing() {
    let alice = world();
    let server = MailServer::start(None, false, smtp(&[], |c| c.starts_with("MAIL").then_some(Say::Never)));
    let url = format!("smtp+plain://127.0.0.1:{}", server.port);
    // As large as it takes to be sealed for long, with no room on the disk.
    let big = alice.write("big.eml", letter());
    std::fs::OpenOptions::new().append(true).open(big).unwrap().set_len(64 << 30).unwrap();
    for (mail, reached) in [("big.eml", 1), ("letter.eml", 2)] {
        let arguments = ["send", "--no-discovery", "--server", &url, mail];
        let child = alice.command(&arguments).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        let there = || match reached {
            1 => !plans(&alice).is_empty(),
            _ => server.lines().iter().any(|line| line.starts_with("MAIL")),
        };
        while !there() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{mail}");
            std::thread::sleep(Duration::from_millis(2));
        }
        let kill = std::process::Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(143), "{}", String::from_utf8_lossy(&output.stderr));
        let (said, left) = (String::from_utf8_lossy(&output.stderr).into_owned(), plans(&alice));
        match reached {
            1 => assert!(left.is_empty() && said.is_empty(), "{left:?} {said}"),
            _ => assert!(left.len() == 1 && said.contains(&format!("send --resume {}`", left[0])), "{left:?} {said}"),
        }
    }
}
