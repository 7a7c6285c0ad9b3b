//! The files of one collection and what becomes of each: it is read by its runner, or left with a reason. A file that
//! nobody has thought of fails the runner, and so does one that is both.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::corpus;

/// Everything that [`read`] has read in this process.
static READ: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A line past the capture of the test harness, for counts are to be seen when all is well.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Reads a file of a collection, which thereby is not left out.
pub fn read(path: impl AsRef<Path>) -> Vec<u8> {
    let path = path.as_ref();
    try_read(path).unwrap_or_else(|| panic!("{} is not there", path.display()))
}

/// As [`read`], where there may be no such file.
pub fn try_read(path: impl AsRef<Path>) -> Option<Vec<u8>> {
    let bytes = std::fs::read(path.as_ref()).ok()?;
    READ.lock().unwrap().insert(path.as_ref().to_owned());
    Some(bytes)
}

/// Reads a text.
pub fn text(path: impl AsRef<Path>) -> String {
    String::from_utf8(read(path)).unwrap()
}

pub struct Shelf {
    name: &'static str,
    root: PathBuf,
    /// By their paths below the root.
    files: BTreeSet<String>,
    left: BTreeMap<String, &'static str>,
}

impl Shelf {
    /// The collection, if the corpora are here, with as many files as were thought of.
    pub fn open(name: &'static str, count: usize) -> Option<Shelf> {
        let root = corpus(name)?;
        let mut files = BTreeSet::new();
        gather(&root, &root, &mut files);
        assert_eq!(files.len(), count, "{name} has other files than those that were thought of");
        Some(Shelf { name, root, files, left: BTreeMap::new() })
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    pub fn read(&self, file: &str) -> Vec<u8> {
        read(self.path(file))
    }

    /// Those that fit the pattern, in which a star stands for anything; at least one.
    pub fn matching(&self, pattern: &str) -> Vec<String> {
        let found: Vec<String> = self.files.iter().filter(|file| fits(file, pattern)).cloned().collect();
        assert!(!found.is_empty(), "{} has nothing like {pattern}", self.name);
        found
    }

    /// Those that are not run, and why.
    pub fn leave(&mut self, reason: &'static str, patterns: &[&str]) {
        let files: Vec<String> = patterns.iter().flat_map(|pattern| self.matching(pattern)).collect();
        self.left.extend(files.into_iter().map(|file| (file, reason)));
    }

    /// Neither read so far nor left.
    pub fn rest(&self) -> Vec<String> {
        let read = READ.lock().unwrap();
        let open = |file: &&String| !self.left.contains_key(*file) && !read.contains(&self.root.join(file));
        self.files.iter().filter(open).cloned().collect()
    }

    /// Tells how many files were run and how many left, and why; there may be no others.
    pub fn close(self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "{}: neither run nor left: {}", self.name, rest.join(" "));
        let read = READ.lock().unwrap().clone();
        let both: Vec<&String> = self.left.keys().filter(|file| read.contains(&self.root.join(file))).collect();
        assert!(both.is_empty(), "{}: run, and said to be left: {both:?}", self.name);
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for reason in self.left.values() {
            *reasons.entry(reason).or_default() += 1;
        }
        let why: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let (all, left) = (self.files.len(), self.left.len());
        tell(&format!("{}: {all} files, {} run, {left} left: {}", self.name, all - left, why.join("; ")));
    }
}

fn fits(file: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| file.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn gather(root: &Path, folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, into);
        } else {
            into.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}
