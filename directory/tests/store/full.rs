//! A full disk: a file system of 2 MiB in memory, which a child of this test program fills.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::Command;

use directory::{DatabaseFault, Directory, Error, OutputFile, Spool, Unlock};

use crate::people::{Folder, NOW, person};

const DISK: &str = "SEALPOST_TEST_DISK";
const MOUNT: &str = "mount -t tmpfs -o size=2m,mode=700 tmpfs \"$SEALPOST_TEST_DISK\" || exit 77; exec \"$0\" \"$@\"";

/// Not a test of its own: what the next one starts, on a disk of its own.
#[test]
#[ignore = "started by another test"]
fn child() {
    let Some(disk) = std::env::var_os(DISK) else { return };
    let disk = Path::new(&disk);
    a_spool_names_folder_and_bytes(disk);
    an_output_leaves_nothing(disk);
    a_store_stays_as_it_was(disk);
}

fn a_spool_names_folder_and_bytes(disk: &Path) {
    let error = Spool::from_reader(io::repeat(7).take(8 << 20), disk).unwrap_err();
    let Error::Spool { folder, wanted, source } = &error else { panic!("{error}") };
    assert_eq!((folder.as_path(), source.kind()), (disk, io::ErrorKind::StorageFull));
    assert!((1 << 20..4 << 20).contains(wanted), "{wanted}");
    assert!(error.to_string().contains(&format!("{wanted} bytes")) && error.hint().is_some());
    assert_eq!(fs::read_dir(disk).unwrap().count(), 0);
    Spool::from_reader(io::repeat(7).take(3 << 19), disk).unwrap();
}

fn an_output_leaves_nothing(disk: &Path) {
    let mut out = OutputFile::create(&disk.join("out"), false).unwrap();
    assert_eq!(out.write_all(&vec![7; 4 << 20]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    drop(out);
    assert_eq!(fs::read_dir(disk).unwrap().count(), 0);
}

fn a_store_stays_as_it_was(disk: &Path) {
    let store = Directory::open(&disk.join("store"), Unlock::None).unwrap();
    let filler = disk.join("filler");
    let mut added = 0;
    let failed = loop {
        match store.add_identity(&person(&format!("p{added}@example.org"), NOW.0), NOW) {
            Ok(_) => added += 1,
            Err(error) => break error,
        }
        if added == 3 {
            // What `fs::write` cannot place any more stays unwritten: the disk is full to its last page.
            let _ = fs::write(&filler, vec![7; 4 << 20]);
        }
        assert!(added < 1000, "the disk never filled");
    };
    assert!(
        matches!(&failed, Error::Database { fault: DatabaseFault::Full, path } if path.starts_with(disk)),
        "{failed}"
    );
    drop(store);
    fs::remove_file(&filler).unwrap();
    let store = Directory::open(&disk.join("store"), Unlock::None).unwrap();
    let identities = store.identities().unwrap();
    assert!(added >= 3 && identities.len() == added && identities.iter().all(|i| store.export(i.id).is_ok()));
    store.add_identity(&person("after@example.org", NOW.0), NOW).unwrap();
}

#[test]
fn a_full_disk_is_named_and_nothing_is_half_written() {
    let folder = Folder::new();
    let disk = folder.store();
    fs::create_dir(&disk).unwrap();
    let run = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", MOUNT])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full::child", "--ignored", "--nocapture"])
        .env(DISK, &disk)
        .output();
    match run {
        Ok(run) if run.status.success() => {
            assert!(String::from_utf8_lossy(&run.stdout).contains("1 passed"), "the child ran no test");
        }
        Ok(run) if ![Some(1), Some(77)].contains(&run.status.code()) => {
            panic!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        }
        _ if std::env::var("SEALPOST_REQUIRE").is_ok_and(|v| v == "all") => panic!("no small disk can be mounted"),
        _ => println!("skipped: no small disk can be mounted (it needs unshare and user namespaces)"),
    }
}
