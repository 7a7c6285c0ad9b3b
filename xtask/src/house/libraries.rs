//! Each outside library lives in one room, so that it can be replaced there.

use super::imports::Facts;
use crate::lex::Kind;
use crate::workspace::Krate;

/// The outside libraries that a crate imports or names although they belong to another room.
pub fn check(krate: &Krate) -> Vec<String> {
    if BESIDE.contains(&krate.name.as_str()) {
        return Vec::new();
    }
    let strange = |name: &str| {
        let name = name.replace('-', "_");
        HOMES
            .iter()
            .find(|(homes, libraries)| libraries.contains(&name.as_str()) && !homes.contains(&krate.name.as_str()))
            .map(|(homes, _)| homes.join(" or "))
    };
    let mut faults = Vec::new();
    for name in krate.section("dependencies") {
        if let Some(home) = strange(&name) {
            faults.push(format!("libraries: {}/Cargo.toml imports {name}, which lives in {home}", krate.name));
        }
    }
    for source in &krate.sources {
        let facts = Facts::read(source);
        for (i, pair) in source.code.windows(2).enumerate() {
            let head = i == 0 || source.code[i - 1].kind != Kind::Sep;
            let Some(name) = pair[0].word().filter(|_| head && pair[1].kind == Kind::Sep) else {
                continue;
            };
            if let Some(home) = strange(name).filter(|_| !krate.has_module(name) && !facts.shadows(name)) {
                let (path, line) = (&source.path, pair[0].line);
                faults.push(format!("libraries: {}/src/{path}:{line} names {name}, which lives in {home}", krate.name));
            }
        }
    }
    faults
}

/// Beside the house: the bench measures the bare libraries too.
const BESIDE: [&str; 2] = ["bench", "xtask"];

const HOMES: [(&[&str], &[&str]); 7] = [
    (
        &["crypto"],
        &[
            "aws_lc_rs",
            "aws_lc_sys",
            "rsa",
            "ghash",
            "polyval",
            "chacha20",
            "chacha20poly1305",
            "poly1305",
            "aes",
            "aes_kw",
            "aes_gcm",
            "cbc",
            "des",
            "sha1",
            "sha2",
            "hmac",
            "hkdf",
            "pbkdf2",
            "p256",
            "ecdsa",
            "ed25519_dalek",
            "x25519_dalek",
            "ml_kem",
            "x448",
            "rand",
            "rand_core",
            "getrandom",
            "ring",
            "openssl",
        ],
    ),
    (&["wire"], &["der", "spki", "pkcs1", "pkcs8", "pkcs12", "x509_cert", "const_oid", "asn1", "asn1_rs", "rasn"]),
    (&["directory"], &["rusqlite", "libsqlite3_sys"]),
    (&["directory"], &["hickory_resolver", "tokio", "icu_normalizer"]),
    (&["directory", "server"], &["ureq", "rustls", "reqwest", "hyper", "httparse", "ldap3"]),
    (&["directory", "crypto"], &["cryptoki"]),
    (&["cli", "server"], &["clap", "clap_complete", "clap_mangen", "anyhow"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::fixture;

    #[test]
    fn a_strange_dependency_is_caught() {
        let found = check(&fixture("cms", "[dependencies]\naws-lc-rs.workspace = true\n", &[]));
        assert_eq!(found, ["libraries: cms/Cargo.toml imports aws-lc-rs, which lives in crypto"]);
        let found = check(&fixture("smime", "[dependencies]\nclap = \"4\"\n", &[]));
        assert_eq!(found, ["libraries: smime/Cargo.toml imports clap, which lives in cli or server"]);
    }

    #[test]
    fn a_strange_path_is_caught() {
        let found = check(&fixture("cli", "", &[("lib.rs", "// rusqlite::x\nuse rusqlite::Connection;\n")]));
        assert_eq!(found, ["libraries: cli/src/lib.rs:2 names rusqlite, which lives in directory"]);
    }

    #[test]
    fn home_and_modules_of_the_same_name_pass() {
        let manifest = "[dependencies]\nrsa = \"0.10\"\n";
        assert!(check(&fixture("crypto", manifest, &[("lib.rs", "use rsa::X;")])).is_empty());
        let files = [("lib.rs", "mod pkcs8; use pkcs8::X;"), ("pkcs8.rs", "")];
        assert!(check(&fixture("crypto", "", &files)).is_empty());
        let files = [("lib.rs", "use wire::der; fn f() { der::g(); }")];
        assert!(check(&fixture("crypto", "", &files)).is_empty());
    }
}
