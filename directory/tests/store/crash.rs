//! Two processes at once, and kill -9 at any moment. The processes are this test program with another test named.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crypto::Secret;
use directory::{Directory, Unlock};

use crate::people::{Folder, NOW, person};

const STORE: &str = "SEALPOST_TEST_STORE";
const NAME: &str = "SEALPOST_TEST_NAME";
const COUNT: &str = "SEALPOST_TEST_COUNT";

fn open(store: &Path) -> Directory {
    Directory::open(store, Unlock::Passphrase(Secret::new(b"tulip".to_vec()))).unwrap()
}

/// Not a test of its own: what the other tests start. It tells each address once its change is done.
#[test]
#[ignore = "started by other tests"]
fn child() {
    let Some(store) = std::env::var_os(STORE) else { return };
    let name = std::env::var(NAME).unwrap();
    let count: u32 = std::env::var(COUNT).unwrap().parse().unwrap();
    let store = open(Path::new(&store));
    for i in 0..count {
        let address = format!("{name}{i}@example.org");
        let id = store.add_identity(&person(&address, NOW.0), NOW).unwrap();
        let print = store.identity(id).unwrap().keys[0].fingerprint.clone();
        store.trust(&print).unwrap();
        if i % 4 == 3 {
            store.destroy_key(id, NOW).unwrap();
        }
        // Past the test harness, which keeps what a passing test prints.
        writeln!(std::io::stderr().lock(), "done {address}").unwrap();
    }
}

fn start(store: &Path, name: &str, count: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(STORE, store)
        .env(NAME, name)
        .env(COUNT, count.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn told(child: &mut Child) -> Vec<String> {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ").map(str::to_owned)).collect()
}

/// The database is whole, and so is every identity in it; their addresses.
fn check(store: &Path) -> Vec<String> {
    let directory = open(store);
    let identities = directory.identities().unwrap();
    for identity in &identities {
        assert_eq!(identity.keys.len(), 2, "{} is half there", identity.address);
        let exported = directory.export(identity.id).unwrap();
        let destroyed = exported.pkcs8.iter().filter(|key| key.is_none()).count();
        assert!(destroyed == 0 || (destroyed == 2 && identity.retired_at.is_some()), "half destroyed");
    }
    let connection = rusqlite::Connection::open(store.join("store.db")).unwrap();
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    let orphans: i64 = connection
        .query_row(
            "SELECT (SELECT count(*) FROM pragma_foreign_key_check)
               + (SELECT count(*) FROM keys WHERE id NOT IN (SELECT key FROM identity_keys))
               + (SELECT count(*) FROM certificates WHERE id NOT IN (SELECT certificate FROM addresses))",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(orphans, 0);
    identities.into_iter().map(|i| i.address).collect()
}

#[test]
fn processes_at_once_lose_nothing() {
    let folder = Folder::new();
    let store = folder.store();
    let mut children = ["a", "b", "c"].map(|name| start(&store, name, 12));
    for child in &mut children {
        let done = told(child);
        assert!(child.wait().unwrap().success());
        assert_eq!(done.len(), 12);
    }
    let mut found = check(&store);
    found.dedup();
    assert_eq!(found.len(), 36);
}

#[test]
fn what_was_done_before_a_kill_stays_and_what_was_not_is_not_there() {
    let folder = Folder::new();
    let store = folder.store();
    let mut promised = Vec::new();
    // The first rounds die while the store and its key are being made; later ones between any two writes.
    let pauses = [0, 3, 11, 60, 150, 240, 330, 371, 402, 453, 507];
    for (round, pause) in pauses.into_iter().enumerate() {
        let mut child = start(&store, &format!("r{round}-"), u32::MAX);
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        promised.extend(told(&mut child));
        child.wait().unwrap();
        let found = check(&store);
        assert!(promised.iter().all(|address| found.contains(address)), "a finished change was lost");
    }
    // The same, once it is sure that changes are being made: killed right after the tenth was told.
    let mut child = start(&store, "late", u32::MAX);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let since = Instant::now();
    for _ in 0..10 {
        let line = lines.find(|line| line.starts_with("done ")).expect("the child ended");
        promised.push(line["done ".len()..].to_owned());
        assert!(since.elapsed() < Duration::from_secs(60));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let found = check(&store);
    assert!(promised.len() >= 10 && promised.iter().all(|address| found.contains(address)));
}
