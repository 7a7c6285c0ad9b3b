//! Which changes are undone in which order: first each by itself, all of them; then two; then three.

use crypto::Digest;

use super::change::{Change, Note, Step};
use super::edit::{Edit, Move, Sought, applied, lines, part};
use super::entity::{Entity, entities};
use super::leaf::{self, Form};
use super::oracle::{Budget, Oracle, Text};
use super::{header, local};

/// What came of a search.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Each of these compositions leads from what was signed to what arrived. Several of one step are all that do;
    /// of compositions it is the first one found, of the fewest changes.
    pub explanations: Vec<Vec<Step>>,
    /// Digests that were computed.
    pub trials: u64,
    /// Octets that were digested.
    pub octets: u64,
    /// Whether the work came to its bound before everything was tried.
    pub exhausted: bool,
    /// The text is longer than what is searched.
    pub too_long: bool,
}

impl Outcome {
    /// Of a search that was not made.
    pub fn none() -> Self {
        Outcome { explanations: Vec::new(), trials: 0, octets: 0, exhausted: false, too_long: false }
    }
}

/// Looks for what happened to a text that had this digest.
pub(crate) fn search(text: &[u8], digest: Digest, wanted: &[u8], budget: Budget) -> Outcome {
    let oracle = Oracle::new(digest, wanted, budget);
    let mut search = Search { oracle, found: Vec::new(), steps: Vec::new(), kinds: 0, slack: 0, stop: false };
    let too_long = text.len() > search.oracle.length();
    if !too_long {
        for (kinds, slack) in [(1, 2), (2, 0), (3, 0), (2, 1), (3, 1)] {
            (search.kinds, search.slack) = (kinds, slack);
            search.whole(text, slack);
            if !search.found.is_empty() || search.oracle.spent() {
                break;
            }
        }
    }
    let exhausted = search.oracle.spent() && search.found.is_empty();
    let (trials, octets) = (search.oracle.trials, search.oracle.octets);
    Outcome { explanations: search.found, trials, octets, exhausted, too_long }
}

struct Search {
    oracle: Oracle,
    found: Vec<Vec<Step>>,
    /// What was undone so far.
    steps: Vec<Step>,
    /// How many kinds of changes a composition has to have.
    kinds: usize,
    /// How unusual all changes together may be.
    slack: usize,
    stop: bool,
}

impl Search {
    fn over(&self) -> bool {
        self.stop || self.oracle.spent()
    }

    fn used(&self, change: Change) -> bool {
        self.steps.iter().any(|step| step.change == change)
    }

    /// How many kinds are missing.
    fn left(&self) -> usize {
        let mut kinds: Vec<Change> = self.steps.iter().map(|step| step.change).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.kinds.saturating_sub(kinds.len())
    }

    /// Remembers what was undone, with these steps, unless another way of the same kinds is known.
    fn record(&mut self, more: &[&Step]) {
        let mut steps = self.steps.clone();
        steps.extend(more.iter().map(|step| (*step).clone()));
        let kinds = |steps: &[Step]| {
            let mut kinds: Vec<Change> = steps.iter().map(|step| step.change).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        };
        if self.found.iter().all(|known| kinds(known) != kinds(&steps)) {
            self.found.push(steps);
        }
        self.stop |= self.kinds > 1;
    }

    fn check(&mut self, text: &[u8]) {
        if self.oracle.is(text) {
            self.record(&[]);
        }
    }

    /// What concerns the whole text comes first: its line ends, and white space that its encodings ignore.
    fn whole(&mut self, text: &[u8], slack: usize) {
        // What is visible comes first: where a line end is bare, the rest is hardly looked for without mending it.
        let mended = line_ends(text);
        for other in &mended {
            self.with(Step::new(Change::LineEnds, Note::Plain("CRLF became something else")), |search| {
                search.unwrapped(other, slack);
                if let Some(clean) = without_ignored_space(other) {
                    search.with(ignored_space(), |search| search.unwrapped(&clean, slack));
                }
            });
        }
        if let Some(clean) = without_ignored_space(text) {
            self.with(ignored_space(), |search| search.unwrapped(&clean, slack));
        }
        if mended.is_empty() || self.kinds == 1 || slack > 0 {
            self.unwrapped(text, slack);
        }
    }

    /// Goes on with one more step, if another kind is allowed.
    fn with(&mut self, step: Step, next: impl FnOnce(&mut Self)) {
        if self.over() || self.left() == 0 && !self.used(step.change) {
            return;
        }
        self.steps.push(step);
        next(self);
        self.steps.pop();
    }

    /// A relay may have put the part into a multipart, beside its footer.
    fn unwrapped(&mut self, text: &[u8], slack: usize) {
        let all = entities(text);
        let Some(root) = all.first().filter(|root| root.multipart) else { return self.texts(text, slack) };
        for child in all.iter().skip(1).filter(|child| child.whole.end <= root.body.end) {
            for end in [&b""[..], b"\r\n"] {
                let inner = [part(text, child.whole.clone()), end].concat();
                let note = Note::Plain("it was put into a multipart, beside another part");
                self.with(Step::new(Change::Footer, note), |search| search.texts(&inner, slack));
            }
        }
        self.texts(text, slack);
    }

    fn texts(&mut self, text: &[u8], slack: usize) {
        // A footer that shows where it begins is taken off first: what was done before it was appended is undone without
        // it, and its own white space is nobody's.
        if self.kinds > 1 && !self.used(Change::Footer) {
            for at in footers(text) {
                let line = 1 + memchr::memchr_iter(b'\n', part(text, 0..at)).count();
                let step = Step::new(Change::Footer, Note::Line(line, "text was appended from here on"));
                self.with(step, |search| search.whole_texts(part(text, 0..at), slack));
            }
        }
        self.whole_texts(text, slack);
    }

    fn whole_texts(&mut self, text: &[u8], slack: usize) {
        self.leaves(text, 0, slack);
        if self.left() >= 2 {
            self.before(text, slack, None);
        }
    }

    /// What was changed in a text after it was encoded otherwise has to be undone before: behind the encoding that it
    /// had, the same place may look different. Of two such changes one order is enough: kinds beyond the last one.
    fn before(&mut self, text: &[u8], slack: usize, last: Option<Change>) {
        let all = entities(text);
        // Quoted-printable and base64 keep lines apart, so that most changes can be undone behind them as well.
        let recodes = |entity: &Entity| slack > 0 || entity.encoding.name().is_some_and(|name| name.ends_with("bit"));
        if !all.iter().any(|entity| !entity.multipart && recodes(entity)) {
            return;
        }
        let moves = local::moves(text, &all, true, Sought { most: slack, used: &self.steps });
        for next in &moves {
            if self.over() {
                return;
            }
            let change = next.step.change;
            if last.is_some_and(|last| change <= last) {
                continue;
            }
            let (mended, slack) = (applied(text, &next.edits), slack - next.rank);
            self.with(next.step.clone(), |search| {
                search.recoded(&mended, slack);
                if search.left() >= 2 && slack == search.slack {
                    search.before(&mended, slack, Some(change));
                }
            });
        }
    }

    /// Each entity in an encoding that it is not in.
    fn recoded(&mut self, text: &[u8], slack: usize) {
        for (index, entity) in entities(text).iter().enumerate() {
            leaf::recodings(text, entity, (slack, self.left()), &mut |form: Form| self.form(text, form, index, slack));
        }
    }

    /// Each entity from this one on in another form, or as it is.
    fn leaves(&mut self, text: &[u8], from: usize, slack: usize) {
        if self.over() {
            return;
        }
        let all = entities(text);
        let left = self.left();
        if left == 0 {
            self.check(text);
        } else {
            self.local(text, &all, slack);
        }
        // Another entity may have been changed in the same way, but hardly in an unusual one.
        let of_leaf = self.steps.iter().filter(|step| step.change.is_of_leaf()).count();
        let again = (1..=2).contains(&of_leaf) && slack == self.slack;
        if left == 0 && !again {
            return;
        }
        let most = if left == 0 { 0 } else { slack };
        for (index, entity) in all.iter().enumerate().skip(from) {
            leaf::forms(text, entity, (most, left), &mut |form: Form| self.form(text, form, index, slack));
        }
    }

    /// Goes on with one entity in another form; whether there is more to try.
    fn form(&mut self, text: &[u8], form: Form, index: usize, slack: usize) -> bool {
        let again = self.steps.iter().any(|step| step.change.is_of_leaf()) && form.rank == 0;
        let new = form.steps.iter().filter(|step| !self.used(step.change)).count();
        if new <= self.left() && (new > 0 || again) {
            let before = self.steps.len();
            self.steps.extend(form.steps);
            let other = applied(text, &form.edits);
            self.oracle.count(other.len());
            self.leaves(&other, index + 1, slack - form.rank.min(slack));
            self.steps.truncate(before);
        }
        !self.over()
    }

    /// As many changes at places of the text as are missing.
    fn local(&mut self, text: &[u8], all: &[Entity], slack: usize) {
        let sought = Sought { most: slack, used: &self.steps };
        let mut moves = header::moves(text, all, sought);
        moves.extend(local::moves(text, all, false, sought));
        let base = Text::new(text, &mut self.oracle);
        self.moves(&base, text, &moves, &[], &[], slack);
        if self.kinds <= 2 && self.steps.is_empty() {
            self.cut_anywhere(&base, text, all);
        }
    }

    fn moves(&mut self, base: &Text<'_>, text: &[u8], moves: &[Move], chosen: &[&Move], edits: &[&Edit], slack: usize) {
        let left = self.left() - chosen.len();
        if left == 1 {
            self.cut(base, text, chosen, edits);
        }
        let mut both = Vec::new();
        for (index, next) in moves.iter().enumerate() {
            if self.over() {
                return;
            }
            let known = chosen.iter().any(|other| other.step.change == next.step.change);
            if known || next.rank > slack {
                continue;
            }
            if !merged(edits, &next.edits, &mut both) {
                continue;
            }
            if left > 1 {
                let chosen: Vec<&Move> = chosen.iter().copied().chain([next]).collect();
                let rest = moves.get(index + 1..).unwrap_or_default();
                self.moves(base, text, rest, &chosen, &both, slack - next.rank);
            } else if base.with(&both, &mut self.oracle) {
                let steps: Vec<&Step> = chosen.iter().copied().chain([next]).map(|m| &m.step).collect();
                self.record(&steps);
            }
        }
    }

    /// Where text was appended at the end, it ends at one of its lines.
    fn cut(&mut self, base: &Text<'_>, text: &[u8], chosen: &[&Move], edits: &[&Edit]) {
        if self.used(Change::Footer) || chosen.iter().any(|m| m.step.change == Change::Footer) {
            return;
        }
        let other;
        let fresh;
        let (base, text) = if edits.is_empty() {
            (base, text)
        } else {
            other = applied(text, edits.iter().copied());
            fresh = Text::new(&other, &mut self.oracle);
            (&fresh, other.as_slice())
        };
        let (from, to) = appendable(text, &entities(text));
        let positions =
            lines(text, from..to).into_iter().skip(1).flat_map(|(start, ..)| [start.saturating_sub(2), start]);
        let Some(found) = base.cut(positions.filter(|at| *at <= to && *at >= from), b"", &mut self.oracle) else {
            return;
        };
        let line = 1 + memchr::memchr_iter(b'\n', part(text, 0..found)).count();
        let step = Step::new(Change::Footer, Note::Line(line, "text was appended from here on"));
        let steps: Vec<&Step> = chosen.iter().map(|m| &m.step).chain([&step]).collect();
        self.record(&steps);
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

/// Where footers begin by the line that programs put before them (RFC 3676 §4.3, or a rule): with the line end before it,
/// and without.
fn footers(text: &[u8]) -> Vec<usize> {
    let (from, to) = appendable(text, &entities(text));
    let rule = |line: &[u8]| {
        let line = line.trim_ascii_end();
        line == b"--" || (line.len() >= 10 && [b'_', b'-', b'=', b'*'].iter().any(|o| line.iter().all(|c| c == o)))
    };
    let begins = |(start, stop, _): &(usize, usize, usize)| rule(part(text, *start..*stop));
    let found = lines(text, from..to).into_iter().skip(1).filter(begins).map(|(start, ..)| start);
    let found: Vec<usize> = found.collect();
    found.iter().rev().take(MAX_FOOTERS).flat_map(|start| [start.saturating_sub(2), *start]).collect()
}

/// Where text may have been appended: from behind the header, or behind the last delimiter, to the last character that is
/// no white space, for line ends alone are no text.
fn appendable(text: &[u8], all: &[Entity]) -> (usize, usize) {
    let from = all.first().map_or(0, |root| root.last_child.as_ref().map_or(root.body.start, |last| last.end));
    (from, text.trim_ascii_end().len())
}

impl Change {
    /// Whether entities are changed in this way each by itself.
    fn is_of_leaf(self) -> bool {
        matches!(self, Change::QuotedPrintable | Change::Base64 | Change::TransferEncoding | Change::Charset)
    }
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

/// The text with CRLF for every LF, and for what CRLF became otherwise.
fn line_ends(text: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for (bare_cr, doubled) in [(false, false), (false, true), (true, false)] {
        let mut other = Vec::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some((octet, behind)) = rest.split_first() {
            rest = behind;
            match octet {
                b'\r' if doubled && rest.starts_with(b"\r\n") => {}
                b'\r' if rest.starts_with(b"\n") => {
                    other.extend_from_slice(b"\r\n");
                    rest = rest.get(1..).unwrap_or_default();
                }
                b'\r' if bare_cr => other.extend_from_slice(b"\r\n"),
                b'\n' => other.extend_from_slice(b"\r\n"),
                octet => other.push(*octet),
            }
        }
        if other != text && !out.contains(&other) {
            out.push(other);
        }
    }
    out
}

fn ignored_space() -> Step {
    Step::new(Change::TrailingSpace, Note::Plain("white space was added at the ends of lines"))
}

/// The text without the white space at the ends of lines that quoted-printable and base64 ignore.
fn without_ignored_space(text: &[u8]) -> Option<Vec<u8>> {
    use mime::TransferEncoding::{Base64, QuotedPrintable};
    let mut edits = Vec::new();
    for entity in entities(text).iter().filter(|e| !e.multipart && matches!(e.encoding, Base64 | QuotedPrintable)) {
        for (start, end, _) in lines(text, entity.body.clone()) {
            let kept = part(text, start..end).trim_ascii_end().len();
            if start + kept < end {
                edits.push(Edit::new(start + kept, end, b""));
            }
        }
    }
    (!edits.is_empty()).then(|| applied(text, &edits))
}

/// Lines that may begin a footer.
const MAX_FOOTERS: usize = 2;
/// Octets at each of which a text is cut.
const MAX_ANYWHERE: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        Caf=C3=A9\r\nFrom here on.\r\n\r\n-- \r\nAlice\r\n";

    #[test]
    fn the_work_is_bounded() {
        let wanted = [7; 32];
        let text = PART.repeat(40);
        for (trials, octets) in [(1, u64::MAX), (5_000, u64::MAX), (u64::MAX, 1), (u64::MAX, 3_000_000)] {
            let budget = Budget { trials, octets, length: 1 << 20 };
            let outcome = search(text.as_bytes(), Digest::Sha256, &wanted, budget);
            assert!(outcome.exhausted && outcome.explanations.is_empty());
            // What was begun is ended: no more than one pass over the text and its places.
            let slack = u64::try_from(text.len()).unwrap() * 300;
            assert!(outcome.trials <= trials.saturating_add(4_000), "{} of {trials}", outcome.trials);
            assert!(outcome.octets <= octets.saturating_add(slack), "{} of {octets}", outcome.octets);
        }
        let outcome = search(text.as_bytes(), Digest::Sha256, &wanted, Budget { length: 100, ..Budget::default() });
        assert!(outcome.too_long && outcome.trials == 0);
    }

    /// Whatever is cut or flipped, it neither panics nor names a cause.
    #[test]
    fn odd_texts_have_no_cause() {
        let budget = Budget { trials: 300, octets: 1 << 20, length: 1 << 20 };
        for at in 0..PART.len() {
            for text in [&PART.as_bytes()[..at], &[&PART.as_bytes()[..at], &[0xFF], &PART.as_bytes()[at..]].concat()] {
                assert!(search(text, Digest::Sha256, &[7; 32], budget).explanations.is_empty());
            }
        }
    }
}
