//! Which changes are undone in which order: first each by itself, all of them; then two; then three.

use crypto::Digest;

use super::change::{Change, Note, Step};
use super::combine::footers;
use super::edit::{Edit, Move, Moves, Sought, applied, is_rule, lines, part};
use super::entity::{Entity, entities};
use super::leaf::{self, Form};
use super::local;
use super::oracle::{Budget, Oracle};
use super::room::Room;
use super::undone::{PLACES, Search};

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
    let mut search = Search::new(oracle);
    let too_long = text.len() > search.oracle.length() || memchr::memchr_iter(b'\n', text).count() > MAX_LINES;
    if !too_long {
        for (kinds, slack, room) in PASSES {
            (search.kinds, search.slack) = (kinds, slack);
            search.whole(text, slack, room);
            if !search.found.is_empty() || search.oracle.spent() {
                break;
            }
        }
    }
    let exhausted = search.oracle.spent() && search.found.is_empty();
    let (trials, octets) = (search.oracle.trials, search.oracle.octets);
    Outcome { explanations: search.found, trials, octets, exhausted, too_long }
}

/// Kinds of changes in a composition, how unusual they are together, and the combinations whose turn it is.
const PASSES: [(usize, usize, Room); 14] = [
    (1, 2, Room::ALL),
    (2, 0, Room::up_to(FEW)),
    (3, 0, Room::up_to(FEW)),
    (2, 0, Room::between(FEW, SOME)),
    (3, 0, Room::between(FEW, SOME)),
    (2, 1, Room::up_to(FEW)),
    (2, 2, Room::up_to(FEW)),
    (3, 0, Room::between(SOME, MANY)),
    (2, 1, Room::between(FEW, SOME)),
    (2, 2, Room::between(FEW, SOME)),
    (3, 1, Room::up_to(FEW)),
    (3, 2, Room::up_to(FEW)),
    (2, 0, Room::between(SOME, u64::MAX)),
    (3, 1, Room::between(FEW, SOME)),
];
const FEW: u64 = 10_000;
const SOME: u64 = 80_000;
const MANY: u64 = 640_000;

impl Search {
    fn check(&mut self, text: &[u8]) {
        if self.oracle.is(text) {
            self.record(&[]);
        }
    }

    /// What concerns the whole text comes first: its line ends, and white space that its encodings ignore.
    fn whole(&mut self, text: &[u8], slack: usize, room: Room) {
        // What is visible comes first: where a line end is bare, the rest is hardly looked for without mending it.
        let mended = line_ends(text);
        for other in &mended {
            self.with(Step::new(Change::LineEnds, Note::Plain("CRLF became something else")), |search| {
                search.unwrapped(other, slack, room);
                if let Some(clean) = without_ignored_space(other) {
                    search.with(ignored_space(), |search| search.unwrapped(&clean, slack, room));
                }
            });
        }
        if let Some(clean) = without_ignored_space(text) {
            self.with(ignored_space(), |search| search.unwrapped(&clean, slack, room));
        }
        if mended.is_empty() || self.kinds == 1 || slack > 0 {
            self.unwrapped(text, slack, room);
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
    fn unwrapped(&mut self, text: &[u8], slack: usize, room: Room) {
        let all = entities(text);
        let Some(root) = all.first().filter(|root| root.multipart) else { return self.texts(text, slack, room) };
        for child in all.iter().skip(1).filter(|child| child.whole.end <= root.body.end) {
            for end in [&b""[..], b"\r\n"] {
                let inner = [part(text, child.whole.clone()), end].concat();
                let note = Note::Plain("it was put into a multipart, beside another part");
                self.with(Step::new(Change::Footer, note), |search| search.texts(&inner, slack, room));
            }
        }
        self.texts(text, slack, room);
    }

    fn texts(&mut self, text: &[u8], slack: usize, room: Room) {
        // A footer that shows where it begins is taken off first: what was done before it was appended is undone without
        // it, and its own white space is nobody's.
        if self.kinds > 1 && !self.used(Change::Footer) {
            for at in footers(text) {
                let line = 1 + memchr::memchr_iter(b'\n', part(text, 0..at)).count();
                let step = Step::new(Change::Footer, Note::Line(line, "text was appended from here on"));
                self.with(step, |search| search.whole_texts(part(text, 0..at), slack, room));
            }
        }
        self.whole_texts(text, slack, room);
    }

    fn whole_texts(&mut self, text: &[u8], slack: usize, room: Room) {
        self.leaves(text, 0, slack, room);
        if self.left() >= 2 {
            self.before(text, slack, None, room);
        }
    }

    /// What was changed in a text after it was encoded otherwise has to be undone before: behind the encoding that it
    /// had, the same place may look different. Of two such changes one order is enough: kinds beyond the last one.
    fn before(&mut self, text: &[u8], slack: usize, last: Option<Change>, room: Room) {
        if room.among(OFTEN).is_none() {
            return;
        }
        let all = entities(text);
        // Quoted-printable and base64 keep lines apart, so that most changes can be undone behind them as well.
        let recodes = |entity: &Entity| slack > 0 || entity.encoding.name().is_some_and(|name| name.ends_with("bit"));
        if !all.iter().any(|entity| !entity.multipart && recodes(entity)) {
            return;
        }
        let mut found = Moves::held(Sought { most: slack, used: &self.steps, room: room.most });
        local::moves(text, &all, true, &mut found);
        let mut moves = found.found;
        self.oracle.count(text.len().saturating_mul(PLACES));
        moves.retain(|next| last.is_none_or(|last| next.step.change > last));
        let alike = |next: &Move| {
            let key = |m: &Move| (m.step.change, m.rank, matches!(m.step.note, Note::Line(..)));
            moves.iter().filter(|other| key(other) == key(next)).count()
        };
        let mut shares: Vec<((Change, usize, bool), Room)> = Vec::new();
        for next in &moves {
            if self.over() {
                return;
            }
            let change = next.step.change;
            let key = (change, next.rank, matches!(next.step.note, Note::Line(..)));
            let known = shares.iter().find(|(other, _)| *other == key);
            let room = known.map_or_else(|| room.among(alike(next)), |(_, room)| *room);
            if known.is_none() {
                shares.push((key, room));
            }
            if room.among(OFTEN).is_none() {
                continue;
            }
            let (mended, slack) = (applied(text, &next.edits), slack - next.rank);
            self.with(next.step.clone(), |search| {
                search.recoded(&mended, slack, room);
                if search.left() >= 2 && slack == search.slack {
                    search.before(&mended, slack, Some(change), room);
                }
            });
        }
    }

    /// Each entity in an encoding that it is not in.
    fn recoded(&mut self, text: &[u8], slack: usize, room: Room) {
        for (index, entity) in entities(text).iter().enumerate() {
            let most = (slack.min(rarest(room)), self.left());
            leaf::recodings(text, entity, most, &mut |form: Form| self.form(text, form, index, (slack, room)));
        }
    }

    /// Each entity from this one on in another form, or as it is.
    fn leaves(&mut self, text: &[u8], from: usize, slack: usize, room: Room) {
        if self.over() || room.is_none() {
            return;
        }
        let left = self.left();
        if left == 0 && (self.kinds == 1 || slack == 0) && room.has_one() {
            self.check(text);
        }
        // Another entity may have been changed in the same way, but hardly in an unusual one.
        let of_leaf = self.steps.iter().filter(|step| step.change.is_of_leaf()).count();
        let again = (1..=2).contains(&of_leaf) && slack == self.slack && !room.among(4 * OFTEN).is_none();
        let other = left > 0 && !room.among(OFTEN).is_none();
        if !again && !other && (left == 0 || room.is_small()) {
            return;
        }
        let all = entities(text);
        if left > 0 && !room.is_small() {
            self.local(text, &all, slack, room);
        }
        if !again && !other {
            return;
        }
        let most = if left == 0 { 0 } else { slack.min(rarest(room)) };
        for (index, entity) in all.iter().enumerate().skip(from) {
            leaf::forms(text, entity, (most, left), &mut |form: Form| self.form(text, form, index, (slack, room)));
        }
    }

    /// Goes on with one entity in another form; whether there is more to try.
    fn form(&mut self, text: &[u8], form: Form, index: usize, (slack, room): (usize, Room)) -> bool {
        let again = self.steps.iter().any(|step| step.change.is_of_leaf()) && form.rank == 0;
        let new = form.steps.iter().filter(|step| !self.used(step.change)).count();
        let pair = form.steps.len() > 1 || new == 0;
        let room = room.among(
            FORMS.get(form.rank).map_or(usize::MAX, |forms| if pair { forms.saturating_mul(4) } else { *forms }),
        );
        if new <= self.left() && (new > 0 || again) && !room.is_none() {
            let before = self.steps.len();
            self.steps.extend(form.steps);
            let other = applied(text, &form.edits);
            self.oracle.count(other.len());
            self.leaves(&other, index + 1, slack - form.rank.min(slack), room);
            self.steps.truncate(before);
        }
        !self.over()
    }
}

/// The highest rank of forms that there is room for.
fn rarest(room: Room) -> usize {
    FORMS.iter().take_while(|forms| !room.among(**forms).is_none()).count().saturating_sub(1)
}

impl Change {
    /// Whether entities are changed in this way each by itself.
    fn is_of_leaf(self) -> bool {
        matches!(self, Change::QuotedPrintable | Change::Base64 | Change::TransferEncoding | Change::Charset)
    }
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

/// The text without the white space at the ends of lines that quoted-printable and base64 ignore. That of a footer, which
/// was appended as it is, is nobody's.
fn without_ignored_space(text: &[u8]) -> Option<Vec<u8>> {
    use mime::TransferEncoding::{Base64, QuotedPrintable};
    let mut edits = Vec::new();
    for entity in entities(text).iter().filter(|e| !e.multipart && matches!(e.encoding, Base64 | QuotedPrintable)) {
        let lines = lines(text, entity.body.clone()).into_iter();
        for (start, end, _) in lines.take_while(|(start, end, _)| !is_rule(part(text, *start..*end))) {
            let kept = part(text, start..end).trim_ascii_end().len();
            if start + kept < end {
                edits.push(Edit::new(start + kept, end, b""));
            }
        }
    }
    (!edits.is_empty()).then(|| applied(text, &edits))
}

/// How many forms of an entity a kind of change makes, by rank, as far as room is shared among them.
const FORMS: [usize; 3] = [OFTEN, 2048, usize::MAX];
const OFTEN: usize = 32;
/// Lines of the longest text that is searched.
const MAX_LINES: usize = 30_000;

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
