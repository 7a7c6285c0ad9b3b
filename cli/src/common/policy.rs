//! The policy: the project's own table, or what the store's folder says instead.

use std::io::Read;

use trust::{MAX_POLICY_BYTES, Policy};

use super::error::{Exit, Failure, Result};
use super::global::Global;

/// The policy of the store's `policy.toml`, where there is one. A file without a row keeps the project's own table, with
/// whatever else it says.
///
/// # Errors
/// Exit 2 where the file cannot be read as a policy, exit 1 where it cannot be read.
pub fn load(global: &Global) -> Result<Policy> {
    let Some(path) = global.store_folder().map(|folder| folder.join(FILE)) else { return Ok(Policy::standard()) };
    let mut text = String::new();
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Policy::standard()),
        Err(error) => return Err(Failure::new(Exit::Other, format!("{}: {error}", path.display()))),
    };
    let most = u64::try_from(MAX_POLICY_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{}: {why}", path.display()));
    file.take(most).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    let policy = Policy::from_toml(&text).map_err(|error| wrong(&error))?;
    Ok(if policy.rows().is_empty() { policy.with_rows_of(Policy::standard()) } else { policy })
}

const FILE: &str = "policy.toml";
