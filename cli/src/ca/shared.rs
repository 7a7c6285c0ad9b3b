//! What the verbs of an authority share.

use ::ca::{Authority, Service};
use directory::{AuthorityInfo, Directory, JournalFile, StoredAuthority};

use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::store;

/// The address of a service, for the command line.
pub fn service(text: &str) -> std::result::Result<Service, String> {
    Service::at(text).ok_or_else(|| "it is http://HOST, perhaps with a port and a path".to_owned())
}

/// An authority that was opened.
pub struct Opened {
    /// It, with its key.
    pub stored: StoredAuthority,
    /// What it did.
    pub journal: JournalFile,
}

impl Opened {
    /// The authority of this name, or the only one there is.
    ///
    /// # Errors
    /// Exit 1 where there is none, exit 2 where there are several and none is named.
    pub fn open(global: &Global, name: Option<&str>) -> Result<Opened> {
        Opened::of(&store::open(global)?, global, name)
    }

    /// The same of a store that is open: its passphrase is asked for once.
    ///
    /// # Errors
    /// As [`Opened::open`].
    pub fn of(directory: &Directory, global: &Global, name: Option<&str>) -> Result<Opened> {
        let stored = directory.authority(&chosen(directory, name)?.name)?;
        let journal = JournalFile::open(&store::folder(global)?, &stored.certificate)?;
        Ok(Opened { stored, journal })
    }

    /// Where it publishes: what `ca init` was told, else the host `ca` of this domain. The strict profile demands that
    /// a certificate says so, and this machine's own name means nothing elsewhere.
    ///
    /// # Errors
    /// Exit 2 where the domain makes no address of a host.
    pub fn service(&self, domain: &str) -> Result<Service> {
        let usual = || service(&format!("http://ca.{domain}")).map_err(Failure::usage);
        self.journal.journal().service().cloned().map_or_else(usual, Ok)
    }
}

/// An authority that is ready to sign.
///
/// # Errors
/// Where certificate and key do not fit.
pub fn ready(stored: &StoredAuthority) -> Result<Authority<'_>> {
    Authority::new(stored.certificate.clone(), stored.key.as_ref()).map_err(Failure::other)
}

/// The authority of this name, or the only one there is.
pub fn chosen(directory: &Directory, name: Option<&str>) -> Result<AuthorityInfo> {
    let mut all = directory.authorities()?;
    if let Some(name) = name {
        all.retain(|info| info.name == name);
    }
    let many = all.len() > 1;
    match (all.pop(), many) {
        (Some(_), true) => {
            Err(Failure::usage("there are several authorities here").hint("name one of them with --issuer"))
        }
        (Some(info), false) => Ok(info),
        (None, _) => Err(Failure::other("there is no such authority here").hint("make one with `sealpost ca init`")),
    }
}
