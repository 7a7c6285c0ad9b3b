//! What two programs published at the IETF's hackathon on post-quantum certificates: OpenSSL 3.5 (`ossl35`) and that of
//! Chunghwa Telecom (`cht`). Self-signed certificates (`_ta.der`), their private keys, and signed messages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wire::Certificate;

use crate::Outcomes;
use crate::lamps::{belongs, signed_by_itself, verified};
use crate::shelf::{Shelf, read, text, try_read};

/// Certificates hold under their own keys, and private keys belong to them.
pub fn hackathon_certificates(shelf: &Shelf) {
    let root = shelf.path("");
    let mut outcomes = Outcomes::new("hackathon-certificates");
    for who in ["ossl35", "cht"] {
        let folder = root.join(who).join("artifacts_certs_r5");
        for (name, path) in files(&folder, "_ta.der") {
            let certificate = Certificate::from_der(&read(path)).unwrap();
            outcomes.note(&format!("{who} {name}"), "holds", &signed_by_itself(&certificate));
            for form in ["seed", "expandedkey", "both", ""] {
                let file = match form {
                    "" => format!("{name}_priv.der"),
                    form => format!("{name}_{form}_priv.der"),
                };
                let Some(private) = try_read(folder.join(file)) else { continue };
                let case = format!("{who} {name} key {form}");
                outcomes.note(case.trim_end(), "belongs", &belongs(&private, certificate.public_key().der()));
            }
        }
    }
    outcomes.compare();
}

/// Signed messages carry their certificates.
pub fn hackathon_messages(shelf: &Shelf) {
    let root = shelf.path("");
    let mut outcomes = Outcomes::new("hackathon-messages");
    let folder = root.join("ossl35/artifacts_cms_v3");
    let content = text(folder.join("expected_plaintext.txt"));
    for (name, path) in files(&folder, "_signed_attrs.der") {
        // The name ends in the object identifier.
        let algorithm = name.rsplit_once('-').unwrap().0;
        let seen = verified(&read(path), &[]);
        let (found, rest) = seen.split_once(": ").unwrap_or((&seen, ""));
        let found = if rest == content && found.starts_with(algorithm) { algorithm } else { &seen };
        outcomes.note(&name, algorithm, found);
    }
    outcomes.compare();
}

/// The files of a folder that end so, by what stands before.
fn files(folder: &Path, end: &str) -> BTreeMap<String, PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        Some((name.strip_suffix(end)?.to_owned(), entry.path()))
    });
    named.collect()
}
