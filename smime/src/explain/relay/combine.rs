//! Changes at places of a text in combinations: every choice of kinds, those with the fewest candidates first.

use super::change::{Change, Note, Step};
use super::edit::{Edit, Move, Moves, Sought, is_rule, lines, part};
use super::entity::{Entity, entities};
use super::oracle::Text;
use super::room::Room;
use super::undone::{PLACES, Search};
use super::{header, local};

/// The moves of one kind and rank, at single lines or by what they have in common.
struct Layer {
    change: Change,
    rank: usize,
    single: bool,
    moves: Vec<Move>,
    /// Where the text may end, if what follows was appended.
    cuts: Vec<usize>,
}

impl Layer {
    /// How many candidates it makes of one; a cut costs hardly anything.
    fn size(&self) -> u64 {
        u64::try_from(self.moves.len() + self.cuts.len().div_ceil(CUTS)).unwrap_or(u64::MAX)
    }
}

impl Search {
    /// As many changes at places of the text as are missing.
    pub(super) fn local(&mut self, text: &[u8], all: &[Entity], slack: usize, room: Room) {
        let left = self.left();
        let used = self.steps.clone();
        let sought = Sought { most: slack, used: &used, room: room.most };
        let mut moves = header::moves(text, all, sought);
        let cuts = if self.used(Change::Footer) { Vec::new() } else { cuts(text, all) };
        self.oracle.count(text.len().saturating_mul(PLACES));
        let base = Text::new(text, &mut self.oracle);
        if self.kinds == 1 {
            let only = Layer { change: Change::Footer, rank: 0, single: true, moves, cuts };
            self.last(&base, &only, &[], &[]);
            let mut tried = |next: &Move| {
                if base.with(&next.edits, &mut self.oracle) {
                    self.record(&[&next.step]);
                }
                !self.over()
            };
            local::moves(text, all, false, &mut Moves::tried(sought, &mut tried));
        } else {
            let mut found = Moves::held(sought);
            local::moves(text, all, false, &mut found);
            moves.append(&mut found.found);
            let layers = layers(moves, cuts);
            let mut picks = Vec::new();
            choose(&layers, (left, slack), &mut Vec::new(), &mut |layers: &[&Layer]| {
                let candidates = layers.iter().fold(1u64, |product, layer| product.saturating_mul(layer.size()));
                if room.has(candidates) {
                    picks.push((candidates, layers.to_vec()));
                }
            });
            picks.sort_by_key(|(candidates, _)| *candidates);
            for (_, pick) in &picks {
                self.nested(&base, &base, pick, &[], &[]);
            }
        }
        if self.kinds <= 2 && self.steps.is_empty() {
            self.cut_anywhere(&base, text, all);
        }
    }

    /// Every move of the first layer, with every one of the others.
    fn nested(&mut self, bare: &Text<'_>, base: &Text<'_>, pick: &[&Layer], chosen: &[&Move], edits: &[&Edit]) {
        let Some((layer, rest)) = pick.split_first() else { return };
        if rest.is_empty() {
            return self.last(base, layer, chosen, edits);
        }
        let mut both = Vec::new();
        for next in &layer.moves {
            if self.over() {
                return;
            }
            if merged(edits, &next.edits, &mut both) {
                let chosen: Vec<&Move> = chosen.iter().copied().chain([next]).collect();
                let other = bare.patched(&both, &mut self.oracle);
                self.nested(bare, &other, rest, &chosen, &both);
            }
        }
    }

    /// Every move of the last layer, on a text where the others are made.
    fn last(&mut self, base: &Text<'_>, layer: &Layer, chosen: &[&Move], edits: &[&Edit]) {
        if !layer.cuts.is_empty() {
            // What is behind the end of a text cannot have been changed in it.
            let least = edits.last().map_or(0, |edit| edit.end);
            let from = layer.cuts.partition_point(|at| *at < least);
            let positions = layer.cuts.get(from..).unwrap_or_default();
            if let Some(found) = base.cut(positions.iter().copied(), b"", &mut self.oracle) {
                let line = 1 + memchr::memchr_iter(b'\n', base.until(found)).count();
                let step = Step::new(Change::Footer, Note::Line(line, "text was appended from here on"));
                let steps: Vec<&Step> = chosen.iter().map(|m| &m.step).chain([&step]).collect();
                self.record(&steps);
            }
        }
        let mut both = Vec::new();
        for next in &layer.moves {
            if self.over() {
                return;
            }
            if merged(edits, &next.edits, &mut both) && base.with(&next.edits, &mut self.oracle) {
                let steps: Vec<&Step> = chosen.iter().copied().chain([next]).map(|m| &m.step).collect();
                self.record(&steps);
            }
        }
    }

    /// Text that was appended to the last line; which may have lost its line end before.
    fn cut_anywhere(&mut self, base: &Text<'_>, text: &[u8], all: &[Entity]) {
        let (from, to) = appendable(text, all);
        if to - from.min(to) > MAX_ANYWHERE {
            return;
        }
        let lost = Step::new(Change::LineEnds, Note::Plain("line ends behind the last line were taken away"));
        let end: &[u8] = if self.kinds == 1 { b"" } else { b"\r\n" };
        if let Some(found) = base.cut(from..to, end, &mut self.oracle) {
            let line = 1 + memchr::memchr_iter(b'\n', part(text, 0..found)).count();
            let step = Step::new(Change::Footer, Note::Line(line, "text was appended from here on"));
            if end.is_empty() { self.record(&[&step]) } else { self.record(&[&step, &lost]) }
        }
    }
}

/// The moves by kind and rank; of footers there may be nothing but cuts.
fn layers(moves: Vec<Move>, cuts: Vec<usize>) -> Vec<Layer> {
    let empty = |change, rank, single| Layer { change, rank, single, moves: Vec::new(), cuts: Vec::new() };
    let mut out = vec![Layer { cuts, ..empty(Change::Footer, 0, true) }];
    for next in moves {
        let (change, rank, single) = (next.step.change, next.rank, matches!(next.step.note, Note::Line(..)));
        let known = out.iter().position(|layer| (layer.change, layer.rank, layer.single) == (change, rank, single));
        if known.is_none() {
            out.push(empty(change, rank, single));
        }
        let last = out.len() - 1;
        if let Some(layer) = out.get_mut(known.unwrap_or(last)) {
            layer.moves.push(next);
        }
    }
    out.retain(|layer| layer.size() > 0);
    // Cuts are made last, and otherwise the most are: those before are made for each of them.
    out.sort_by_key(|layer| (!layer.cuts.is_empty(), layer.size()));
    out
}

/// Every choice of so many kinds whose ranks together are exactly so much.
fn choose<'l>(
    layers: &'l [Layer],
    (kinds, slack): (usize, usize),
    chosen: &mut Vec<&'l Layer>,
    give: &mut dyn FnMut(&[&'l Layer]),
) {
    if kinds == 0 {
        if slack == 0 {
            give(chosen);
        }
        return;
    }
    for (index, layer) in layers.iter().enumerate() {
        if layer.rank <= slack && chosen.iter().all(|other| other.change != layer.change) {
            chosen.push(layer);
            choose(layers.get(index + 1..).unwrap_or_default(), (kinds - 1, slack - layer.rank), chosen, give);
            chosen.pop();
        }
    }
}

/// Where a text that was appended at the end may begin: at a line, or before the line end that came with it.
fn cuts(text: &[u8], all: &[Entity]) -> Vec<usize> {
    let (from, to) = appendable(text, all);
    let starts = lines(text, from..to).into_iter().skip(1);
    let both = starts.flat_map(|(start, ..)| [start.saturating_sub(2), start]);
    let mut out: Vec<usize> = both.filter(|at| *at <= to && *at >= from).collect();
    out.sort_unstable();
    out
}

/// Where footers begin by the line that programs put before them (RFC 3676 §4.3, or a rule): with the line end before it,
/// and without.
pub(super) fn footers(text: &[u8]) -> Vec<usize> {
    let (from, to) = appendable(text, &entities(text));
    let mut out = Vec::new();
    for (start, stop, _) in lines(text, from..to).into_iter().skip(1).rev() {
        let line = part(text, start..stop);
        if is_rule(line) {
            out.extend([start.saturating_sub(2), start]);
        } else if let Some(kept) = line.strip_suffix(b"-- ").or_else(|| line.strip_suffix(b"__________")) {
            // Put right behind a last line that has no end.
            let kept = kept.len() - kept.iter().rev().take_while(|octet| **octet == b'_').count();
            out.push(start + kept);
        }
        if out.len() >= 2 * MAX_FOOTERS {
            break;
        }
    }
    out
}

/// Where text may have been appended: from behind the header, or behind the last delimiter, to the last character that is
/// no white space, for line ends alone are no text.
fn appendable(text: &[u8], all: &[Entity]) -> (usize, usize) {
    let from = all.first().map_or(0, |root| root.last_child.as_ref().map_or(root.body.start, |last| last.end));
    (from, text.trim_ascii_end().len())
}

/// Both lists in one order; whether they do not touch.
fn merged<'e>(one: &[&'e Edit], two: &'e [Edit], into: &mut Vec<&'e Edit>) -> bool {
    into.clear();
    into.extend(one.iter().copied().chain(two));
    if one.last().is_some_and(|last| two.first().is_some_and(|first| last.start > first.start)) {
        into.sort_by_key(|edit| edit.start);
    }
    into.iter().zip(into.iter().skip(1)).all(|(a, b)| a.end <= b.start && a.start < b.start)
}

/// Cuts that cost as much as one candidate.
const CUTS: usize = 4;
/// Lines that may begin a footer.
const MAX_FOOTERS: usize = 2;
/// Octets at each of which a text is cut.
const MAX_ANYWHERE: usize = 256 * 1024;
