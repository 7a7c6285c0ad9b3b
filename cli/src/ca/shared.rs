//! What the verbs of an authority share.

use ::ca::{Authority, Service};
use directory::{AuthorityInfo, Directory, JournalFile, StoredAuthority};
use trust::Address;
use wire::{Certificate, Time};

use crate::common::certificate;
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
    /// The root above it, where it is none itself.
    pub root: Option<AuthorityInfo>,
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
        let root = above(directory, &stored.certificate)?;
        Ok(Opened { stored, journal, root })
    }

    /// One that is to issue: not one that the root above revoked, whose certificates nobody would believe.
    ///
    /// # Errors
    /// Exit 1 where it is revoked, and as [`Opened::open`].
    pub fn to_issue(directory: &Directory, global: &Global, name: Option<&str>) -> Result<Opened> {
        let opened = Opened::of(directory, global, name)?;
        let Some(root) = &opened.root else { return Ok(opened) };
        let journal = JournalFile::open(&store::folder(global)?, &root.certificate)?;
        let known = journal.journal().find(opened.stored.certificate.serial());
        let Some((at, _)) = known.and_then(|issued| issued.revoked) else { return Ok(opened) };
        let (name, day) = (&opened.stored.name, certificate::day(at));
        Err(Failure::other(format!(
            "{name:?} was revoked by {:?} on {day}: nobody would believe what it issues",
            root.name
        ))
        .hint("issue by another one; `sealpost ca init --under ROOT` makes one"))
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

    /// Its certificate, and that of the root above.
    pub fn chain(&self) -> Vec<Certificate> {
        let root = self.root.iter().map(|root| root.certificate.clone());
        std::iter::once(self.stored.certificate.clone()).chain(root).collect()
    }

    /// So many seconds from now on, or up to the end of the authority, which is told then.
    pub fn validity(&self, global: &Global, seconds: i64) -> (Time, Time) {
        let now = global.now();
        let (wished, end) = (Time(now.0.saturating_add(seconds - 1)), self.stored.certificate.not_after());
        if end < wished {
            let day = certificate::day(end);
            global.say(format!("note: valid until {day} and no longer, for that is the end of {:?}", self.stored.name));
        }
        (now, wished.min(end))
    }
}

/// An authority that is ready to sign.
///
/// # Errors
/// Where certificate and key do not fit.
pub fn ready(stored: &StoredAuthority) -> Result<Authority<'_>> {
    Authority::new(stored.certificate.clone(), stored.key.as_ref()).map_err(Failure::other)
}

/// The authority of this name, or the only one there is; a root with authorities below is taken by its name alone.
///
/// # Errors
/// As [`Opened::open`].
pub fn chosen(directory: &Directory, name: Option<&str>) -> Result<AuthorityInfo> {
    let mut all = directory.authorities()?;
    match name {
        Some(name) => all.retain(|info| info.name == name),
        None => {
            let known = all.clone();
            all.retain(|info| !known.iter().any(|other| signed(&info.certificate, &other.certificate)));
        }
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

/// The authority of this store that certified another.
///
/// # Errors
/// Where the store cannot be read.
pub fn above(directory: &Directory, certificate: &Certificate) -> Result<Option<AuthorityInfo>> {
    Ok(directory.authorities()?.into_iter().find(|info| signed(&info.certificate, certificate)))
}

/// Whether an authority signed itself.
pub fn is_its_own(certificate: &Certificate) -> bool {
    certificate.subject() == certificate.issuer()
}

/// What a certificate is named by on the command line.
pub struct Selector {
    address: Option<Address>,
    digits: String,
}

impl Selector {
    /// A serial number in hexadecimal, or an address.
    pub fn new(text: &str) -> Selector {
        Selector { address: Address::parse_international(text).ok(), digits: text.to_ascii_lowercase() }
    }

    /// Those of what was issued that it names.
    ///
    /// # Errors
    /// Exit 1 where there is none, exit 2 where several serial numbers begin like that.
    pub fn find(&self, journal: &::ca::Journal) -> Result<Vec<::ca::Issued>> {
        let fits = |c: &Certificate| match &self.address {
            Some(address) => trust::names_address(c, address),
            None => self.digits.len() >= 8 && wire::hex(c.serial()).starts_with(&self.digits),
        };
        let found: Vec<_> = journal.issued().filter(|i| fits(&i.certificate)).cloned().collect();
        match found.len() {
            0 => Err(Failure::other(format!("no certificate of {:?} was issued here", self.digits))
                .hint("`sealpost ca list` shows what was")),
            2.. if self.address.is_none() => {
                Err(Failure::usage("several serial numbers begin like that").hint("give more digits"))
            }
            _ => Ok(found),
        }
    }
}

fn signed(issuer: &Certificate, certificate: &Certificate) -> bool {
    !is_its_own(certificate)
        && issuer.subject().matches(certificate.issuer())
        && issuer.subject_key_id() == certificate.authority_key_id()
}
