//! S/MIME that works by itself: the program `sealpost`, and the doors to the rooms it is made of.
//!
//! A [`Directory`] holds keys, certificates and whom the user trusts; a [`Desk`] seals and opens mail with it. What
//! is opened comes with one [`Verdict`], and is released only after it was proven.
//!
//! ```
//! use sealpost::{Desk, Directory, Policy, Unlock, Verdict};
//! # fn show(_: impl std::io::Read, _: &str) {}
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("sealpost-doctest-{}", std::process::id()));
//! # let store = folder.as_path();
//! # let now = sealpost::Time(1_795_000_000);
//! # for address in ["alice@example.org", "bob@example.net"] {
//! #     let new = ["sealpost", "-q", "--at", "2026-11-18", "id", "new", "--no-passphrase", "--store"];
//! #     sealpost::run(new.iter().map(std::ffi::OsString::from).chain([store.into(), address.into()]));
//! # }
//! # let mail: &[u8] = b"From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Hi\r\n\r\nHello Bob\r\n";
//! let people = Directory::open(store, Unlock::None)?;
//! let policy = Policy::standard();
//! let desk = Desk::new(&policy, &people).at(now);
//!
//! let sealed = desk.seal(&mail)                               // bytes, a file, or a spooled reader
//!     .sign_as("alice@example.org")?
//!     .encrypt_to(["bob@example.net"])?                       // the error names whoever has no usable certificate
//!     .finish()?;
//!
//! let opened = desk.open(&sealed)?;                           // Err only for "this is no mail" / "cannot be read"
//! match opened.verdict() {
//!     Verdict::Verified { signer }     => show(opened.mail()?, &signer.address().to_string()),
//!     Verdict::Unverified { findings } => show(opened.mail()?, &findings[0].text),
//!     Verdict::Broken { findings }     => eprintln!("{}", findings[0].text),
//!     Verdict::Unsigned                => show(opened.mail()?, "nobody"),
//! }
//! # assert!(matches!(opened.verdict(), Verdict::Verified { signer } if signer.address().to_string() == "alice@example.org"));
//! # assert!(std::io::read_to_string(opened.mail()?)?.contains("Subject: Hi\r\n"));
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```

mod ca;
mod cert;
mod cms;
mod common;
mod completions;
mod explain;
mod gpgsm;
mod id;
mod lock;
mod mail;
mod man;
mod open;
mod policy;
mod program;
mod seal;
mod send;
mod tour;
mod unlock;

pub use ::cms::Source;
pub use directory::{Directory, FileSource, Spool, Unlock};
pub use program::{command, gpgsm_command, run, run_gpgsm};
pub use smime::{AuthservId, Desk, Finding, Keyring, OpenError, Opened, SealError, Sealed, Verdict, stateless};
pub use trust::{Address, Policy};
pub use wire::{Certificate, Time};
