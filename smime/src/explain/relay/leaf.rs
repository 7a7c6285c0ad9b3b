//! One entity in other encodings and charsets: what it says is the same, and what is signed is another text.

use std::sync::LazyLock;

use mime::TransferEncoding;

use super::change::{Change, Note, Step};
use super::charset::{Charset, converted};
use super::edit::{Edit, is_rule, lines, part};
use super::entity::Entity;
use super::header;
use super::quoted::{self, Wrap};
use super::sixtyfour::{self, Sixtyfour};

/// Another form of one entity, as a change of the text.
pub(super) struct Form {
    pub steps: Vec<Step>,
    pub rank: usize,
    pub edits: Vec<Edit>,
}

/// Whom the forms are given to; `false` ends it.
type Visit<'v> = dyn FnMut(Form) -> bool + 'v;

/// Every form of at most this rank, and by at most so many kinds of changes.
pub(super) fn forms(text: &[u8], entity: &Entity, most: (usize, usize), visit: &mut Visit<'_>) -> bool {
    let Some(leaf) = Leaf::of(text, entity) else { return true };
    let (most, kinds) = most;
    let more = leaf.rewrapped(most, visit);
    if !leaf.clean {
        return more;
    }
    more && leaf.within(most, visit)
        && leaf.recoded(&leaf.octets, None, (most, kinds), visit)
        && leaf.other_charsets((most, kinds), visit)
}

/// Every form of at most this rank whose encoding is written anew, and is not the one that it has now.
pub(super) fn recodings(text: &[u8], entity: &Entity, most: (usize, usize), visit: &mut Visit<'_>) -> bool {
    let Some(leaf) = Leaf::of(text, entity) else { return true };
    if !leaf.clean {
        return true;
    }
    let mut written = |form: Form| {
        let plain = form.steps.iter().all(|step| matches!(step.note, Note::Names(_, "7bit, 8bit or binary", _)));
        plain && !form.steps.is_empty() || visit(form)
    };
    leaf.recoded(&leaf.octets, None, most, &mut written) && leaf.other_charsets(most, &mut written)
}

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Identity,
    Quoted,
    Sixtyfour,
}

struct Leaf<'t> {
    text: &'t [u8],
    entity: &'t Entity,
    body: &'t [u8],
    way: Way,
    /// The content without its encoding.
    octets: Vec<u8>,
    base64: Option<Sixtyfour>,
    /// Without white space at the ends of lines that the encoding ignores.
    clean: bool,
}

/// A body, how unusual it is, and what else has changed if it is what was signed.
struct Body {
    octets: Vec<u8>,
    rank: usize,
    also: Option<Change>,
}

impl<'t> Leaf<'t> {
    /// `None` where it is not written as its encoding has it: a line end or white space that the encoding ignores would
    /// be mended in passing, by a step that says nothing of it.
    fn of(text: &'t [u8], entity: &'t Entity) -> Option<Self> {
        let body = part(text, entity.body.clone());
        if entity.multipart || body.is_empty() {
            return None;
        }
        let way = match entity.encoding {
            TransferEncoding::Base64 => Way::Sixtyfour,
            TransferEncoding::QuotedPrintable => Way::Quoted,
            TransferEncoding::Unknown => return None,
            _ => Way::Identity,
        };
        let all = lines(body, 0..body.len());
        let white = |start: usize, end: usize| part(body, start..end).last().is_some_and(|o| matches!(o, b' ' | b'\t'));
        let broken = |start: usize, end: usize| part(body, start..end).trim_ascii_end().ends_with(b"=");
        let bare = all.iter().any(|(_, end, next)| next - end == 1);
        // What was appended as it is has white space of its own.
        let footer = all.iter().position(|(start, end, _)| is_rule(part(body, *start..*end))).unwrap_or(all.len());
        let all = all.get(..footer).unwrap_or_default();
        let clean = way == Way::Identity || !bare && !all.iter().any(|(start, end, _)| white(*start, *end));
        // Lines of quoted-printable can be broken anew and keep the white space at their ends, but not behind a break.
        let kept = way == Way::Quoted
            && !bare
            && !all.iter().any(|(start, end, _)| white(*start, *end) && broken(*start, *end));
        if !clean && !kept {
            return None;
        }
        let base64 = if way == Way::Sixtyfour { Some(Sixtyfour::of(body)?) } else { None };
        let octets = match (way, &base64) {
            (Way::Quoted, _) => quoted::decoded(body)?,
            (_, Some(base64)) => base64.octets.clone(),
            _ => body.to_vec(),
        };
        Some(Leaf { text, entity, body, way, octets, base64, clean })
    }

    /// The edit that gives the entity this body.
    fn body(&self, octets: &[u8]) -> Edit {
        Edit::new(self.entity.body.start, self.entity.body.end, octets)
    }

    /// What stands behind the lines of base64.
    fn rest(&self) -> &[u8] {
        let end = self.base64.as_ref().map_or(self.body.len(), |base64| base64.end);
        self.body.get(end..).unwrap_or_default()
    }

    /// The same encoding, wrapped or written in another way.
    fn rewrapped(&self, most: usize, visit: &mut Visit<'_>) -> bool {
        let change = match self.way {
            Way::Identity => return true,
            Way::Quoted => Change::QuotedPrintable,
            Way::Sixtyfour => Change::Base64,
        };
        let note = match change {
            Change::Base64 => "base64 is in lines of another length",
            _ => "quoted-printable is wrapped or written in another way",
        };
        let mut give = |octets: Vec<u8>, rank: usize| {
            if rank > most || octets == self.body {
                return true;
            }
            visit(Form { steps: vec![Step::new(change, Note::Plain(note))], rank, edits: vec![self.body(&octets)] })
        };
        match &self.base64 {
            Some(base64) => self.sixtyfours(base64, &mut give),
            None => {
                let joined = quoted::joined(self.body);
                for (rank, wrap) in ranked_wraps(most) {
                    if !give(quoted::wrapped(&joined, *wrap), *rank) {
                        return false;
                    }
                }
                !self.clean || quoted_forms(&self.octets, most, &mut |octets, rank| give(octets, rank))
            }
        }
    }

    fn sixtyfours(&self, base64: &Sixtyfour, give: &mut dyn FnMut(Vec<u8>, usize) -> bool) -> bool {
        let widths = sixtyfour::USUAL.into_iter().map(|width| (0, width));
        for (rank, width) in widths.chain(sixtyfour::others().map(|width| (1, width))) {
            for closed in [base64.closed, !base64.closed] {
                let same = sixtyfour::wrapped(&base64.characters, width, base64.closed);
                if self.body.starts_with(&same) && same.len() == base64.end || !closed && !self.rest().is_empty() {
                    continue; // nothing but the last line end, which is another change
                }
                let form = [&sixtyfour::wrapped(&base64.characters, width, closed)[..], self.rest()].concat();
                if !give(form, rank + usize::from(closed != base64.closed)) {
                    return false;
                }
            }
        }
        // From some line on.
        let all = lines(self.body, 0..base64.end);
        for (index, (start, ..)) in all.iter().enumerate().skip(1).take(MAX_LINES) {
            let before: usize = all.iter().take(index).map(|(start, end, _)| end - start).sum();
            for width in sixtyfour::USUAL {
                let tail =
                    sixtyfour::wrapped(base64.characters.get(before..).unwrap_or_default(), width, base64.closed);
                if !give([part(self.body, 0..*start), &tail, self.rest()].concat(), 1) {
                    return false;
                }
            }
        }
        true
    }

    /// Changes of a text within base64, by a relay that decoded and encoded it again.
    fn within(&self, most: usize, visit: &mut Visit<'_>) -> bool {
        let Some(base64) = self.base64.as_ref().filter(|_| self.entity.is_text()) else { return true };
        let mut give = |step: Step, octets: &[u8], rank: usize| {
            for (more, width) in std::iter::once((0, base64.width)).chain(sixtyfour::USUAL.map(|width| (1, width))) {
                if rank + more > most || more > 0 && width == base64.width {
                    continue;
                }
                let form = sixtyfour::wrapped(&sixtyfour::characters(octets), width, base64.closed);
                let also =
                    (more > 0).then(|| Step::new(Change::Base64, Note::Plain("base64 is in lines of another length")));
                let steps = std::iter::once(step.clone()).chain(also).collect();
                let edits = vec![self.body(&[&form[..], self.rest()].concat())];
                if !visit(Form { steps, rank: rank + more, edits }) {
                    return false;
                }
            }
            true
        };
        let ends = "line ends within base64 are others";
        for octets in [crlf(&self.octets), lf(&self.octets)].into_iter().filter(|octets| *octets != self.octets) {
            if !give(Step::new(Change::LineEnds, Note::Plain(ends)), &octets, 0) {
                return false;
            }
        }
        for (start, ..) in lines(&self.octets, 0..self.octets.len()).into_iter().skip(1) {
            for cut in [start, start.saturating_sub(2)] {
                let tail = self.octets.get(cut..).unwrap_or_default();
                let step = Step::new(Change::Footer, Note::Plain("text was appended within base64"));
                if !tail.trim_ascii().is_empty() && !give(step, part(&self.octets, 0..cut), 0) {
                    return false;
                }
            }
        }
        true
    }

    /// The same octets, or those of another charset, in every other encoding.
    fn recoded(&self, octets: &[u8], charset: Option<&[Label]>, most: (usize, usize), visit: &mut Visit<'_>) -> bool {
        let (most, kinds) = most;
        let unlabelled = [Label { rank: 0, edits: Vec::new() }];
        let labels = charset.unwrap_or(&unlabelled);
        for way in [Way::Identity, Way::Quoted, Way::Sixtyfour] {
            let same = way == self.way;
            if same && charset.is_none() && way != Way::Identity {
                continue; // this is only wrapped in another way
            }
            if !same && charset.is_some() && kinds == 1 {
                continue;
            }
            let encodings = self.encodings(way, same);
            let mut give = |body: Body| {
                for encoding in &encodings {
                    for label in labels {
                        let rank = body.rank + encoding.rank + label.rank;
                        let changed = !same || !encoding.edits.is_empty();
                        if rank > most || !changed && charset.is_none() {
                            continue;
                        }
                        let steps = self.steps(charset.is_some(), changed, way, body.also);
                        let mut edits = [&label.edits[..], &encoding.edits].concat();
                        edits.sort_by_key(|edit| edit.start);
                        edits.push(self.body(&body.octets));
                        if !visit(Form { steps, rank, edits }) {
                            return false;
                        }
                    }
                }
                true
            };
            if !self.bodies(octets, way, most, &mut give) {
                return false;
            }
        }
        true
    }

    fn steps(&self, charset: bool, encoding: bool, way: Way, also: Option<Change>) -> Vec<Step> {
        let name = |way: Way| match way {
            Way::Identity => "7bit, 8bit or binary",
            Way::Quoted => "quoted-printable",
            Way::Sixtyfour => "base64",
        };
        let mut steps = Vec::new();
        if charset {
            steps.push(Step::new(Change::Charset, Note::Plain("the text was converted to another charset")));
        }
        if encoding {
            let note = Note::Names("the Content-Transfer-Encoding was changed from", name(way), name(self.way));
            steps.push(Step::new(Change::TransferEncoding, note));
        }
        steps.extend(also.map(|change| Step::new(change, Note::Plain("it is wrapped in another way"))));
        steps
    }

    /// How the header may name the encoding.
    fn encodings(&self, way: Way, same: bool) -> Vec<Label> {
        let usual: &[Option<&str>] = match way {
            Way::Identity => &[Some("8bit"), Some("7bit"), None, Some("binary")],
            Way::Quoted => &[Some("quoted-printable")],
            Way::Sixtyfour => &[Some("base64")],
        };
        let rare: &[Option<&str>] = match way {
            Way::Identity => &[Some("8BIT"), Some("7BIT"), Some("8Bit"), Some("7Bit")],
            Way::Quoted => &[Some("Quoted-Printable"), Some("QUOTED-PRINTABLE")],
            Way::Sixtyfour => &[Some("BASE64"), Some("Base64")],
        };
        let mut out = Vec::new();
        if same {
            out.push(Label { rank: 0, edits: Vec::new() });
            if way != Way::Identity {
                return out;
            }
        }
        for (rank, values) in [(0, usual), (1, rare)] {
            let found = header::with_encoding(self.text, self.entity, values);
            let edits = found.into_iter().filter(|edits| !edits.is_empty());
            // Of the places where a field may stand, the last and the first are likely.
            out.extend(edits.enumerate().map(|(index, edits)| Label { rank: rank + usize::from(index > 4), edits }));
        }
        out
    }

    /// The octets in this encoding.
    fn bodies(&self, octets: &[u8], way: Way, most: usize, give: &mut dyn FnMut(Body) -> bool) -> bool {
        let same = way == self.way;
        match way {
            Way::Identity => {
                let whole = [octets, self.rest()].concat();
                let lines = crlf(&whole);
                let bare = self.way == Way::Sixtyfour && lines != whole;
                give(Body { octets: whole, rank: 0, also: None })
                    && (!bare || give(Body { octets: lines, rank: 0, also: None }))
            }
            // Written as it is now, it was only the charset; otherwise it was wrapped anew as well.
            Way::Quoted => quoted_forms_of(octets, &self.octets, most, &mut |form, now, rank| {
                let also = (same && now != self.body).then_some(Change::QuotedPrintable);
                give(Body { octets: form, rank, also })
            }),
            Way::Sixtyfour => {
                let width = self.base64.as_ref().map(|base64| base64.width);
                let widths = width.into_iter().chain(sixtyfour::USUAL).chain([usize::MAX]).enumerate();
                let closings: &[bool] = match &self.base64 {
                    Some(base64) if base64.closed => &[true],
                    Some(_) => &[false],
                    None => &[true, false],
                };
                let lines = lf(octets);
                let variants = [Some((0, octets)), (lines != octets && !same).then_some((1, lines.as_slice()))];
                for (index, wide) in widths {
                    for (more, octets) in variants.into_iter().flatten() {
                        for (open, closed) in closings.iter().enumerate() {
                            let form = sixtyfour::wrapped(&sixtyfour::characters(octets), wide, *closed);
                            let also = (same && width != Some(wide)).then_some(Change::Base64);
                            let rank = usize::from(index > 2) + more + open;
                            let octets = [&form[..], self.rest()].concat();
                            if rank <= most && !give(Body { octets, rank, also }) {
                                return false;
                            }
                        }
                    }
                }
                true
            }
        }
    }

    fn other_charsets(&self, bounds: (usize, usize), visit: &mut Visit<'_>) -> bool {
        if !self.entity.is_text() {
            return true;
        }
        let most = bounds.0;
        let declared = self.entity.content_type.param("charset").unwrap_or_default();
        let is_declared = |charset: Charset| charset.spellings().iter().any(|name| name.eq_ignore_ascii_case(declared));
        // A name alone, where the text is the same in both.
        let only: Vec<Label> =
            self.labels(&Charset::ALL.into_iter().filter(|c| !is_declared(*c)).collect::<Vec<_>>(), true);
        for label in only.into_iter().filter(|label| label.rank <= most) {
            let steps = vec![Step::new(Change::Charset, Note::Plain("the charset is named otherwise"))];
            if !visit(Form { steps, rank: label.rank, edits: label.edits }) {
                return false;
            }
        }
        if self.octets.is_ascii() {
            return true;
        }
        let utf8 = std::str::from_utf8(&self.octets).is_ok();
        let mut seen: Vec<(Charset, Vec<u8>)> = Vec::new();
        for from in Charset::ALL {
            for to in Charset::ALL {
                // Text that is UTF-8 was hardly written as anything else, unless it says so.
                let unlikely = (from == Charset::Utf8) != utf8 && !(utf8 && is_declared(from));
                if from == to || unlikely {
                    continue;
                }
                let Some(octets) = converted(&self.octets, from, to) else { continue };
                if seen.iter().any(|(known, text)| *known == to && *text == octets) {
                    continue;
                }
                let mut labels = vec![Label { rank: 0, edits: Vec::new() }];
                if !is_declared(to) {
                    labels.extend(self.labels(&[to], false));
                }
                let first = !seen.iter().any(|(_, text)| *text == octets);
                // Without another name the same octets are the same form.
                let labels = labels.get(usize::from(!first)..).unwrap_or_default();
                if !self.recoded(&octets, Some(labels), bounds, visit) {
                    return false;
                }
                seen.push((to, octets));
            }
        }
        true
    }

    /// How the header may have named these charsets.
    fn labels(&self, charsets: &[Charset], ascii: bool) -> Vec<Label> {
        let declared = self.entity.content_type.param("charset").unwrap_or_default();
        let mut out = Vec::new();
        let ascii_names = if ascii { &["us-ascii", "US-ASCII"][..] } else { &[] };
        let names = charsets.iter().map(|charset| charset.spellings()).chain([ascii_names]);
        for names in names {
            let names: Vec<&str> = names.iter().filter(|name| !name.eq_ignore_ascii_case(declared)).copied().collect();
            for (index, edits) in header::with_param(self.text, self.entity, "charset", &names).into_iter().enumerate()
            {
                out.push(Label { rank: usize::from(index >= 2.min(names.len())), edits });
            }
        }
        if ascii {
            let without = header::without_param(self.text, self.entity, "charset");
            out.extend(without.map(|edit| Label { rank: 1, edits: vec![edit] }));
        }
        out
    }
}

/// Another name in the header.
struct Label {
    rank: usize,
    edits: Vec<Edit>,
}

/// The wraps that are met most, and all.
static WRAPS: LazyLock<(usize, Vec<(usize, Wrap)>)> = LazyLock::new(|| {
    let mut all: Vec<(usize, Wrap)> = quoted::usual().into_iter().map(|wrap| (0, wrap)).collect();
    let usual = all.len();
    all.extend(quoted::others().into_iter().map(|wrap| (1, wrap)));
    (usual, all)
});

fn ranked_wraps(most: usize) -> &'static [(usize, Wrap)] {
    let (usual, all) = &*WRAPS;
    all.get(..if most > 0 { all.len() } else { *usual }).unwrap_or_default()
}

/// A text in quoted-printable, written from the beginning.
fn quoted_forms(octets: &[u8], most: usize, give: &mut dyn FnMut(Vec<u8>, usize) -> bool) -> bool {
    quoted_forms_of(octets, &[], most, &mut |form, _, rank| give(form, rank))
}

/// A text in quoted-printable and another one written the same way.
fn quoted_forms_of(
    octets: &[u8],
    other: &[u8],
    most: usize,
    give: &mut dyn FnMut(Vec<u8>, Vec<u8>, usize) -> bool,
) -> bool {
    if !give(quoted::own(octets), quoted::own(other), 0) {
        return false;
    }
    let (escapes, usual) = quoted::escapes_for(octets);
    for (index, escape) in escapes.into_iter().enumerate() {
        let (joined, other) = (quoted::encoded(octets, escape), quoted::encoded(other, escape));
        for (place, (rank, wrap)) in ranked_wraps(most).iter().enumerate() {
            // Of several choices each of both is likely, and two that are not are hardly met together.
            let first = index == 0 || index < usual.min(ESCAPES_FIRST) && place < WRAPS_FIRST;
            let rank = (*rank).max(usize::from(!first)) + usize::from(index >= usual);
            if rank <= most && !give(quoted::wrapped(&joined, *wrap), quoted::wrapped(&other, *wrap), rank) {
                return false;
            }
        }
    }
    true
}

fn crlf(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + 64);
    for (start, end, next) in lines(octets, 0..octets.len()) {
        out.extend_from_slice(part(octets, start..end));
        if next > end {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn lf(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    for (start, end, next) in lines(octets, 0..octets.len()) {
        out.extend_from_slice(part(octets, start..end));
        if next > end {
            out.push(b'\n');
        }
    }
    out
}

/// Lines of base64 from which on another length is tried.
const MAX_LINES: usize = 400;
/// Wraps that are tried first in compositions.
const WRAPS_FIRST: usize = 11;
/// And ways to escape: nothing but what must be, and one thing more.
const ESCAPES_FIRST: usize = 4;
