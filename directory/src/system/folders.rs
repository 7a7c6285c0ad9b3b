//! Where systems keep such files.

use std::path::{Path, PathBuf};

/// What a folder says by being what it is, to files that say nothing themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing: a certificate without attributes is no anchor.
    Source,
    /// Every certificate is an anchor, for everything unless it says otherwise.
    Anchors,
    /// None may be used.
    Blocked,
}

/// The source files of p11-kit's trust module (`trust(1)`): by folder, then by name.
pub(super) fn source_files(root: &Path) -> Vec<(PathBuf, Place)> {
    let mut files = Vec::new();
    for folder in SOURCES {
        let folder = root.join(folder);
        let places = [
            ("", Place::Source),
            ("anchors", Place::Anchors),
            ("blocklist", Place::Blocked),
            ("blacklist", Place::Blocked),
        ];
        for (name, place) in places {
            files.extend(files_in(&folder.join(name)).into_iter().map(|path| (path, place)));
        }
    }
    files.truncate(MAX_FILES);
    files
}

/// The first of these that is there.
pub(super) fn first(root: &Path, names: &[impl AsRef<str>]) -> Option<PathBuf> {
    names.iter().map(|name| root.join(name.as_ref())).find(|path| path.is_file())
}

/// Where NSS's module of root certificates is.
pub(super) fn nss_modules() -> Vec<String> {
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    let folders = [
        format!("usr/lib/{triplet}/nss"),
        format!("usr/lib/{triplet}"),
        "usr/lib64/nss".into(),
        "usr/lib64".into(),
        "usr/lib/nss".into(),
        "usr/lib".into(),
    ];
    folders.iter().map(|folder| format!("{folder}/libnssckbi.so")).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}

/// Bundles for mail that the trust module extracted.
pub(super) const MAIL_BUNDLES: &[&str] = &[
    "etc/pki/ca-trust/extracted/pem/email-ca-bundle.pem",
    "etc/ca-certificates/extracted/email-ca-bundle.pem",
    "var/lib/ca-certificates/pem/email-ca-bundle.pem",
];
/// Bundles for servers.
pub(super) const PLAIN_BUNDLES: &[&str] = &[
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/ssl/ca-bundle.pem",
    "etc/ssl/cert.pem",
];
const SOURCES: [&str; 8] = [
    "etc/pki/ca-trust/source",
    "etc/ca-certificates/trust-source",
    "etc/pki/trust",
    "usr/share/pki/ca-trust-source",
    "usr/share/ca-certificates/trust-source",
    "usr/share/pki/trust",
    "usr/share/p11-kit/trust",
    "etc/p11-kit/trust",
];
/// Files that are read.
const MAX_FILES: usize = 2000;
