//! `cargo xtask man [DIR]`: the man pages, written by the program from its own definition.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

/// Writes the pages into `folder`, `target/man` if none is given. Says whether that worked.
pub fn run(root: &Path, folder: Option<OsString>) -> io::Result<bool> {
    let folder = folder.unwrap_or_else(|| root.join("target/man").into_os_string());
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "sealpost", "--", "man"])
        .arg(&folder)
        .current_dir(root)
        .status()?;
    Ok(status.success())
}
