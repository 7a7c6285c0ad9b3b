//! The workspace as the rules see it: crates, their manifests and their sources.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::lex::tokens;
use crate::source::Source;

/// A member of the workspace.
#[derive(Debug)]
pub struct Krate {
    /// The folder's name, which is also the name that other rooms import it by.
    pub name: String,
    /// The text of its `Cargo.toml`.
    pub manifest: String,
    /// The text of its `clippy.toml`, if it has one.
    pub clippy: Option<String>,
    /// Its files, those that only tests use left out.
    pub sources: Vec<Source>,
}

impl Krate {
    /// A crate made of texts: its name, its manifest and pairs of path and source.
    pub fn new(name: &str, manifest: &str, files: &[(String, String)]) -> Self {
        let mut sources: Vec<Source> = files.iter().map(|(p, t)| Source::new(p, t)).collect();
        let tests: Vec<Vec<String>> = sources.iter().flat_map(test_modules).collect();
        sources.retain(|s| !tests.iter().any(|t| s.module().starts_with(t)));
        Self { name: name.to_owned(), manifest: manifest.to_owned(), clippy: None, sources }
    }

    /// The names in a section of the manifest, such as `dependencies`; target-specific sections of
    /// the same kind are included.
    pub fn section(&self, kind: &str) -> Vec<String> {
        section(&self.manifest, kind)
    }

    /// Whether some file of the crate is, or declares, a module of this name.
    pub fn has_module(&self, name: &str) -> bool {
        self.sources.iter().any(|s| {
            s.module().last().is_some_and(|n| n == name)
                || s.code.windows(2).any(|w| w[0].is_word("mod") && w[1].is_word(name))
        })
    }
}

/// The folder that holds the workspace's manifest.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Reads every member of the workspace at `root`.
pub fn read(root: &Path) -> io::Result<Vec<Krate>> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    members(&manifest).iter().map(|name| read_crate(root, name)).collect()
}

/// The names of all functions of the workspace, tests and their folders included.
pub fn functions(root: &Path) -> io::Result<BTreeSet<String>> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let mut files = Vec::new();
    let of_members =
        members(&manifest).into_iter().flat_map(|name| ["src", "tests"].map(|part| root.join(&name).join(part)));
    let shared = ["tests/corpora", "tests/interop"].map(|part| root.join(part));
    for folder in of_members.chain(shared).filter(|folder| folder.is_dir()) {
        read_sources(&folder, "", &mut files)?;
    }
    let mut names = BTreeSet::new();
    for (_, text) in files {
        let code = tokens(&text);
        let named = code.windows(2).filter(|w| w[0].is_word("fn"));
        names.extend(named.filter_map(|w| w[1].word().map(str::to_owned)));
    }
    Ok(names)
}

fn read_crate(root: &Path, name: &str) -> io::Result<Krate> {
    let folder = root.join(name);
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
    let mut files = Vec::new();
    read_sources(&folder.join("src"), "", &mut files)?;
    files.sort();
    let mut krate = Krate::new(name, &manifest, &files);
    krate.clippy = fs::read_to_string(folder.join("clippy.toml")).ok();
    Ok(krate)
}

fn read_sources(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            read_sources(&entry.path(), &format!("{path}/"), files)?;
        } else if name.ends_with(".rs") {
            files.push((path, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

fn test_modules(source: &Source) -> Vec<Vec<String>> {
    let child = |name: &String| {
        let mut path = source.module();
        path.push(name.clone());
        path
    };
    source.test_modules.iter().map(child).collect()
}

/// The strings of `members = [...]`.
fn members(manifest: &str) -> Vec<String> {
    let Some((_, after)) = manifest.split_once("\nmembers") else {
        return Vec::new();
    };
    let list = after.split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn section(manifest: &str, kind: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            let head = head.split(']').next().unwrap_or_default();
            inside = head == kind || head.ends_with(&format!(".{kind}"));
            let sub = format!("{kind}.");
            names.extend(head.strip_prefix(&sub).map(str::to_owned));
        } else if inside && !line.starts_with('#') && line.contains('=') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            names.push(real_name(name, line));
        }
    }
    names
}

/// `x = { package = "sealpost-wire" }` is an import of `wire`, whatever it is called here.
fn real_name(name: &str, line: &str) -> String {
    let package = line.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or(name);
    match package {
        "sealpost" => "cli".to_owned(),
        other => other.strip_prefix("sealpost-").unwrap_or(other).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_listed() {
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"wire\",\n \"mime\"]\nexclude = [\"fuzz\"]\n";
        assert_eq!(members(manifest), ["wire", "mime"]);
    }

    #[test]
    fn dependencies_are_seen_in_every_form() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nwire.workspace = true\n# mime = \"1\"\nodd = { package = \"sealpost-cms\", path = \"../cms\" }\n\
            [dependencies.trust]\npath = \"..\"\n[target.'cfg(unix)'.dependencies]\nrustix = \"1\"\n[dev-dependencies]\nca = \"1\"\n";
        assert_eq!(section(manifest, "dependencies"), ["wire", "cms", "trust", "rustix"]);
        assert_eq!(section(manifest, "dev-dependencies"), ["ca"]);
    }

    #[test]
    fn files_that_only_tests_use_are_left_out() {
        let file = |p: &str, t: &str| (p.to_owned(), t.to_owned());
        let files = [
            file("lib.rs", "#[cfg(test)]\nmod vectors;\nmod real;\n"),
            file("vectors.rs", "fn f() {}\n"),
            file("real.rs", "fn f() {}\n"),
        ];
        let krate = Krate::new("x", "", &files);
        let paths: Vec<&str> = krate.sources.iter().map(|s| s.path.as_str()).collect();
        assert_eq!(paths, ["lib.rs", "real.rs"]);
        assert!(krate.has_module("real") && !krate.has_module("wire"));
    }
}
