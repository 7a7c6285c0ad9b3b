//! No file of a crate imports, directly or through others, a file that imports it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::paths::Map;
use crate::workspace::Krate;

/// One fault for each circle, printed as the shortest way around through its first file.
pub fn check(krate: &Krate) -> Vec<String> {
    let edges = Map::new(krate).edges();
    let path = |i: &usize| krate.sources[*i].path.clone();
    circles(&edges)
        .iter()
        .map(|circle| {
            let names: Vec<String> = circle.iter().map(path).collect();
            format!("circles: {}/src: {}", krate.name, names.join(" → "))
        })
        .collect()
}

type Edges = BTreeMap<usize, BTreeSet<usize>>;

fn circles(edges: &Edges) -> Vec<Vec<usize>> {
    edges
        .keys()
        .filter_map(|start| shortest(edges, *start))
        // Each circle is told once, by the first of its files.
        .filter(|circle| circle.iter().min() == circle.first())
        .collect()
}

/// The shortest way from `start` back to itself, both ends included.
fn shortest(edges: &Edges, start: usize) -> Option<Vec<usize>> {
    let mut came_from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for &next in edges.get(&at).into_iter().flatten() {
            if next == start {
                return Some(way(&came_from, start, at));
            }
            if let Entry::Vacant(entry) = came_from.entry(next) {
                entry.insert(at);
                queue.push_back(next);
            }
        }
    }
    None
}

fn way(came_from: &BTreeMap<usize, usize>, start: usize, last: usize) -> Vec<usize> {
    let mut back = vec![start, last];
    let mut at = last;
    while let Some(&before) = came_from.get(&at).filter(|_| at != start) {
        back.push(before);
        at = before;
    }
    back.reverse();
    if last == start {
        back.truncate(2);
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::fixture;

    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        check(&fixture("x", "", files))
    }

    const LIB: (&str, &str) = ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B;");

    #[test]
    fn a_circle_of_two_is_caught() {
        let found = faults(&[LIB, ("a.rs", "use crate::b::B; struct A;"), ("b.rs", "fn f() { super::a::g(); }")]);
        assert_eq!(found, ["circles: x/src: a.rs → b.rs → a.rs"]);
    }

    #[test]
    fn a_circle_of_three_through_reexports_is_caught_once() {
        let found = faults(&[
            LIB,
            ("a.rs", "use crate::{c::C, B}; struct A;"),
            ("b.rs", "use super::c; struct B; fn f() { c::g() }"),
            ("c.rs", "use crate::A; struct C;"),
        ]);
        assert_eq!(found, ["circles: x/src: a.rs → c.rs → a.rs"]);
        let found = faults(&[
            LIB,
            ("a.rs", "use crate::B; struct A;"),
            ("b.rs", "use super::c; struct B; fn f() { c::g() }"),
            ("c.rs", "use crate::A; struct C;"),
        ]);
        assert_eq!(found, ["circles: x/src: a.rs → b.rs → c.rs → a.rs"]);
    }

    #[test]
    fn a_parent_that_only_opens_doors_is_no_part() {
        let found = faults(&[LIB, ("a.rs", "use crate::B; struct A;"), ("b.rs", "struct B;")]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_parent_that_defines_and_uses_is_part() {
        let parent = "mod a; pub struct Error; fn f() { a::g(); }";
        let child = ("a.rs", "use super::Error; pub fn g() {}");
        assert_eq!(faults(&[("lib.rs", parent), child]), ["circles: x/src: lib.rs → a.rs → lib.rs"]);
        let used = "mod a; pub use a::A; pub struct Error; fn f(a: A) {}";
        let child = ("a.rs", "use super::Error; pub struct A;");
        assert_eq!(faults(&[("lib.rs", used), child]).len(), 1);
    }

    #[test]
    fn globs_count_for_the_names_that_are_used() {
        let parent = ("lib.rs", "mod a; pub struct Error; fn f() { a::g(); }");
        assert_eq!(faults(&[parent, ("a.rs", "use super::*; fn g() -> Error {}")]).len(), 1);
        assert!(faults(&[parent, ("a.rs", "use super::*; fn g() {}")]).is_empty());
    }

    #[test]
    fn tests_and_comments_do_not_count() {
        let a = ("a.rs", "// use crate::b::B;\n#[cfg(test)]\nmod t { use crate::b::B; }\npub struct A;");
        assert!(faults(&[LIB, a, ("b.rs", "use crate::a::A; pub struct B;")]).is_empty());
    }

    #[test]
    fn super_inside_an_inline_module_is_the_file_itself() {
        let a = ("a.rs", "pub struct A; mod inner { use super::A; } use crate::b::B;");
        assert!(faults(&[LIB, a, ("b.rs", "pub struct B;")]).is_empty());
    }
}
