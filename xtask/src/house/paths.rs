//! Which file of a crate names what of which other: modules, imports and paths, resolved on the text.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Facts, Import};
use crate::source::Source;
use crate::workspace::Krate;

/// The files of a crate with what each defines and imports.
#[derive(Debug)]
pub struct Map<'a> {
    sources: &'a [Source],
    facts: Vec<Facts>,
    modules: BTreeMap<Vec<String>, usize>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Module(Vec<String>),
    File(usize),
}

impl<'a> Map<'a> {
    /// Reads every file of the crate.
    pub fn new(krate: &'a Krate) -> Self {
        let sources = krate.sources.as_slice();
        let library = sources.iter().any(|s| s.path == "lib.rs");
        // With a lib.rs, nothing can import from main.rs.
        let modules = sources
            .iter()
            .enumerate()
            .filter(|(_, s)| !(library && s.path == "main.rs"))
            .map(|(i, s)| (s.module(), i))
            .collect();
        let facts = sources.iter().map(Facts::read).collect();
        Self { sources, facts, modules }
    }

    /// For each file the other files that it imports from.
    pub fn edges(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        (0..self.sources.len()).map(|file| (file, self.imports_of(file))).collect()
    }

    fn imports_of(&self, file: usize) -> BTreeSet<usize> {
        let facts = &self.facts[file];
        let mut found = BTreeSet::new();
        for import in &facts.imports {
            let used = |name: &str| facts.words.contains(name);
            match &import.name {
                // A door that is only opened for others is no import.
                Some(name) if import.public && !used(name) => {}
                Some(_) => found.extend(self.file_of(file, &import.inline, &import.path)),
                None if import.public => {}
                None => found.extend(self.glob(file, import, &facts.words)),
            }
        }
        for (inline, path) in &facts.paths {
            found.extend(self.file_of(file, inline, path));
        }
        found.remove(&file);
        found
    }

    /// The files that define the `words` which a glob import brings in.
    fn glob(&self, file: usize, import: &Import, words: &BTreeSet<String>) -> Vec<usize> {
        let Some(Target::Module(module)) = self.resolve(file, &import.inline, &import.path, 0) else {
            return Vec::new();
        };
        words
            .iter()
            .filter_map(|word| self.item(&module, word, 0))
            .filter_map(|target| match target {
                Target::File(file) => Some(file),
                Target::Module(_) => None,
            })
            .collect()
    }

    fn file_of(&self, file: usize, inline: &[String], path: &[String]) -> Option<usize> {
        match self.resolve(file, inline, path, 0)? {
            Target::File(file) => Some(file),
            // Naming a module is no import; what is named through it counts.
            Target::Module(_) => None,
        }
    }

    fn resolve(&self, file: usize, inline: &[String], path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let mut here = self.sources[file].module();
        here.extend(inline.iter().cloned());
        match first.as_str() {
            "crate" => self.walk(Vec::new(), rest, depth),
            "self" => self.walk(here, rest, depth),
            "super" => {
                let ups = path.iter().take_while(|s| *s == "super").count();
                here.truncate(here.len().checked_sub(ups)?);
                self.walk(here, &path[ups..], depth)
            }
            name => {
                here.push(name.to_owned());
                if self.modules.contains_key(&here) {
                    return self.walk(here, rest, depth);
                }
                match self.alias(file, name, depth)? {
                    Target::Module(module) => self.walk(module, rest, depth),
                    target => Some(target),
                }
            }
        }
    }

    /// Follows `rest` down from a module.
    fn walk(&self, mut module: Vec<String>, rest: &[String], depth: usize) -> Option<Target> {
        for (i, name) in rest.iter().enumerate() {
            let mut child = module.clone();
            child.push(name.clone());
            let last = i + 1 == rest.len();
            let door = last && self.file(&module).is_some_and(|f| self.facts[f].imports_name(name));
            if !self.modules.contains_key(&child) || door {
                return self.item(&module, name, depth).or_else(|| self.file(&module).map(Target::File));
            }
            module = child;
        }
        Some(match self.modules.contains_key(&module) {
            true => Target::Module(module),
            false => Target::File(self.file(&module)?),
        })
    }

    /// Where the item `name` of a module is defined, if the text tells.
    fn item(&self, module: &[String], name: &str, depth: usize) -> Option<Target> {
        let file = self.file(module)?;
        let facts = &self.facts[file];
        if facts.definitions.contains(name) {
            return Some(Target::File(file));
        }
        self.alias(file, name, depth).or_else(|| {
            let globs = facts.imports.iter().filter(|i| i.name.is_none() && depth < DEPTH);
            globs.filter_map(|i| self.resolve(file, &i.inline, &i.path, depth + 1)).find_map(|target| match target {
                Target::Module(inner) if inner != module => self.item(&inner, name, depth + 1),
                _ => None,
            })
        })
    }

    /// What a file's own `use` makes `name` mean.
    fn alias(&self, file: usize, name: &str, depth: usize) -> Option<Target> {
        let facts = &self.facts[file];
        facts
            .imports
            .iter()
            .filter(|i| depth < DEPTH && i.name.as_deref() == Some(name))
            .find_map(|i| self.resolve(file, &i.inline, &i.path, depth + 1))
    }

    /// The file that holds a module, which may be an inline one.
    fn file(&self, module: &[String]) -> Option<usize> {
        (0..=module.len()).rev().find_map(|n| self.modules.get(&module[..n])).copied()
    }
}

/// How many re-exports are followed.
const DEPTH: usize = 16;
