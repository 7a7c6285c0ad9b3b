//! SIGINT and SIGTERM, while an output is half written.

use std::time::{Duration, Instant};

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
