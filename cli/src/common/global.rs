//! The options that every verb has.

use std::path::PathBuf;

use clap::Args;
use wire::Time;

use super::clock;
use super::error::{Failure, Result};
use super::secret::SecretSource;

/// The options that every verb has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The folder of the store [default: SEALPOST_STORE, else sealpost in the XDG data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// Where the store's passphrase comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, global = true, value_name = "SOURCE")]
    pub store_password_file: Option<SecretSource>,

    /// Where the PIN of a token comes from, if a key is in one: a path, @ENV:NAME or @FD:N
    #[arg(long, global = true, value_name = "SOURCE")]
    pub pin_file: Option<SecretSource>,

    /// Write to this file instead of standard output
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace the output file if it exists
    #[arg(long, global = true, requires = "output")]
    pub force: bool,

    /// Report as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,

    /// Judge as of this time (RFC 3339) instead of now
    #[arg(long, global = true, value_name = "TIME", value_parser = clock::parse)]
    pub at: Option<Time>,

    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more: algorithms, fingerprints and outcomes
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Global {
    /// The time to judge by.
    pub fn now(&self) -> Time {
        self.at.unwrap_or_else(clock::now)
    }

    /// Refuses `--json` where data is all that there is.
    ///
    /// # Errors
    /// Exit 2.
    pub fn no_json(&self) -> Result {
        if self.json { Err(Failure::usage("there is nothing to report as JSON here")) } else { Ok(()) }
    }

    /// Words for people, unless they want none.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            super::terminal::say(text.as_ref());
        }
    }

    /// Words for those who asked for more.
    pub fn detail(&self, text: impl AsRef<str>) {
        if self.verbose {
            super::terminal::say(text.as_ref());
        }
    }

    /// The folder of the store: `--store`, SEALPOST_STORE, or `sealpost` in the XDG data folder.
    pub fn store_folder(&self) -> Option<PathBuf> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let given = self.store.clone().or_else(|| std::env::var_os("SEALPOST_STORE").map(PathBuf::from));
        let data = || absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
        given.or_else(|| data().map(|data| data.join("sealpost")))
    }
}
