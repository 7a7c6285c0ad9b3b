//! Anchors that the system carries with trust for mail: what Mozilla, a distribution or an administrator says of them.
//!
//! A system has anchors for servers in any case; that an authority may vouch for servers says nothing about mail. So only
//! sources that speak of mail are read, unless the plain bundle is asked for.

mod files;
mod folders;
mod nss;
mod said;

use std::path::{Path, PathBuf};

use wire::Certificate;

use self::said::Said;

/// An anchor, and who says so.
#[derive(Debug, Clone)]
pub struct SystemAnchor {
    /// The certificate of an authority.
    pub certificate: Certificate,
    /// The file that says so.
    pub source: PathBuf,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct SystemAnchors {
    /// Each once, by the first file that has it.
    pub anchors: Vec<SystemAnchor>,
    /// Every file that was read, with how many anchors for mail it has.
    pub sources: Vec<(PathBuf, usize)>,
    /// Files that could not be read, and why.
    pub failures: Vec<(PathBuf, String)>,
}

/// Reads what the system says, below `root`, which is `/`: the source files of p11-kit's trust module, what it extracted
/// for mail, and NSS's own module. What one of them distrusts is left out whatever another says. With `plain_bundle` also
/// the bundle that is meant for servers.
pub fn system_anchors(root: &Path, plain_bundle: bool) -> SystemAnchors {
    let mut said: Vec<(PathBuf, Said)> = Vec::new();
    let mut failures = Vec::new();
    let mut add = |path: PathBuf, found: Result<Option<Said>, String>| match found {
        Ok(Some(found)) => said.push((path, found)),
        Ok(None) => {}
        Err(why) => failures.push((path, why)),
    };
    for (path, place) in folders::source_files(root) {
        let found = files::read(&path, place);
        add(path, found);
    }
    if let Some(path) = folders::first(root, folders::MAIL_BUNDLES) {
        let found = files::read_bundle(&path);
        add(path, found);
    }
    if let Some(path) = folders::first(root, &folders::nss_modules()) {
        let found = nss::read(&path);
        add(path, found);
    }
    if plain_bundle && let Some(path) = folders::first(root, folders::PLAIN_BUNDLES) {
        let found = files::read_bundle(&path);
        add(path, found);
    }
    gather(said, failures)
}

fn gather(said: Vec<(PathBuf, Said)>, failures: Vec<(PathBuf, String)>) -> SystemAnchors {
    let refused = |c: &Certificate| said.iter().any(|(_, s)| s.distrusted.contains(c));
    let mut found = SystemAnchors { failures, ..SystemAnchors::default() };
    for (path, file) in &said {
        let is_authority = |c: &&Certificate| c.basic_constraints().is_some_and(|b| b.ca) && !refused(c);
        let usable: Vec<&Certificate> = file.trusted.iter().filter(is_authority).collect();
        found.sources.push((path.clone(), usable.len()));
        for certificate in usable {
            if !found.anchors.iter().any(|known| known.certificate == *certificate) {
                found.anchors.push(SystemAnchor { certificate: certificate.clone(), source: path.clone() });
            }
        }
    }
    found
}
