//! Header fields of the signed entities as another program may have written them: folding, letter case, quotes, order.
//! What they mean is the same (RFC 5322 §2.2.3, RFC 2045 §5.1), and what is signed is another text.

use std::ops::Range;

use mime::{Header, Limits};

use super::change::{Change, Note, Step};
use super::edit::{Edit, Move, Sought, part};
use super::entity::Entity;

/// One field, by where its pieces stand.
struct Field {
    whole: Range<usize>,
    name: Range<usize>,
    /// White space in the value at which it may be folded, or none where it could stand.
    gaps: Vec<Range<usize>>,
    params: Vec<Param>,
    /// Where the first `;` stands, or the value ends.
    head: Range<usize>,
}

/// A parameter.
struct Param {
    name: Range<usize>,
    /// With its quotes, if it has any.
    value: Range<usize>,
}

/// Every other way to write a header that is tried.
pub(super) fn moves(text: &[u8], entities: &[Entity], sought: Sought<'_>) -> Vec<Move> {
    let mut out = Vec::new();
    let (folds_too, rewritten_too) = (sought.takes(Change::HeaderFolded, 0), sought.takes(Change::HeaderRewritten, 0));
    if !folds_too && !rewritten_too {
        return out;
    }
    for entity in entities {
        let fields = fields(text, entity);
        let mut own = Vec::new();
        for field in &fields {
            folds(text, field, &mut own);
            if rewritten_too {
                names(text, field, &mut own);
                values(text, field, &mut own);
            }
        }
        all_fields(text, &fields, &mut own);
        own.retain(|m| sought.takes(m.step.change, m.rank));
        if sought.most > 0 {
            let pairs = pairs(&own);
            if folds_too {
                fields.iter().for_each(|field| subsets(text, field, &mut own));
            }
            if rewritten_too {
                order(text, &fields, &mut own);
                more_or_less(text, entity, &fields, &mut own);
            }
            own.extend(pairs);
        }
        out.append(&mut own);
    }
    out.retain(|m| m.edits.iter().any(|edit| part(text, edit.start..edit.end) != &*edit.with));
    out
}

/// The edits that make a parameter another one, in every spelling of the value that is given; one is added where there
/// is none.
pub(super) fn with_param(text: &[u8], entity: &Entity, name: &str, values: &[&str]) -> Vec<Vec<Edit>> {
    let Some(field) = fields(text, entity).into_iter().find(|f| is(text, f, "content-type")) else { return Vec::new() };
    let same = |p: &&Param| part(text, p.name.clone()).eq_ignore_ascii_case(name.as_bytes());
    let mut out = Vec::new();
    let found = field.params.iter().find(same);
    let quoted = found.is_some_and(|p| part(text, p.value.clone()).starts_with(b"\""));
    for quotes in [quoted, !quoted] {
        for value in values {
            let value = if quotes { format!("\"{value}\"") } else { (*value).to_owned() };
            out.push(match found {
                Some(p) => vec![Edit::new(p.value.start, p.value.end, value.as_bytes())],
                None => vec![Edit::new(field.head.end, field.head.end, format!("; {name}={value}").as_bytes())],
            });
        }
    }
    out
}

/// The edit that takes a parameter away, with the `;` before it.
pub(super) fn without_param(text: &[u8], entity: &Entity, name: &str) -> Option<Edit> {
    let field = fields(text, entity).into_iter().find(|f| is(text, f, "content-type"))?;
    let index = field.params.iter().position(|p| part(text, p.name.clone()).eq_ignore_ascii_case(name.as_bytes()))?;
    let before = index.checked_sub(1).and_then(|index| field.params.get(index)).map_or(field.head.end, |p| p.value.end);
    Some(Edit::new(before, field.params.get(index)?.value.end, b""))
}

/// The edits that make the Content-Transfer-Encoding another one; the usual ones first. `None` stands for no field.
pub(super) fn with_encoding(text: &[u8], entity: &Entity, values: &[Option<&str>]) -> Vec<Vec<Edit>> {
    let fields = fields(text, entity);
    let found = fields.iter().find(|f| is(text, f, "content-transfer-encoding"));
    let mut out = Vec::new();
    for value in values {
        match (found, value) {
            (Some(field), Some(value)) => {
                let head = part(text, field.head.clone());
                if !head.eq_ignore_ascii_case(value.as_bytes()) {
                    out.push(vec![Edit::new(field.head.start, field.head.end, value.as_bytes())]);
                }
            }
            (Some(field), None) => out.push(vec![Edit::new(field.whole.start, field.whole.end, b"")]),
            (None, Some(value)) => {
                let line = format!("Content-Transfer-Encoding: {value}\r\n");
                let ends = std::iter::once(entity.header.end).chain(fields.iter().map(|f| f.whole.start));
                out.extend(ends.map(|at| vec![Edit::new(at, at, line.as_bytes())]));
            }
            (None, None) => out.push(Vec::new()),
        }
    }
    out
}

fn fields(text: &[u8], entity: &Entity) -> Vec<Field> {
    let Ok(header) = Header::parse(part(text, entity.whole.clone()), &Limits::default()) else { return Vec::new() };
    let mut at = entity.header.start;
    let mut out = Vec::new();
    for field in header.fields().take(MAX_FIELDS) {
        let whole = at..at + field.raw().len();
        at = whole.end;
        out.push(scan(text, whole, field.name().len()));
    }
    out
}

/// Finds gaps and parameters in one pass over the value.
fn scan(text: &[u8], whole: Range<usize>, name: usize) -> Field {
    let raw = part(text, whole.clone());
    let colon = memchr::memchr(b':', raw).map_or(whole.end, |found| whole.start + found + 1);
    let end = whole.start + raw.trim_ascii_end().len();
    let mut field =
        Field { name: whole.start..whole.start + name, whole, gaps: Vec::new(), params: Vec::new(), head: colon..end };
    let blank = |at: usize| at < end && text.get(at).is_some_and(u8::is_ascii_whitespace);
    let (mut at, mut quoted, mut equals, mut semicolon) = (colon, false, None, None);
    let mut break_here = true; // behind the colon, a semicolon or a comma there may be a gap of no length
    while at < end {
        if break_here || blank(at) {
            let start = at;
            while blank(at) {
                at += 1;
            }
            if field.gaps.len() < MAX_GAPS {
                field.gaps.push(start..at);
            }
            break_here = false;
            continue;
        }
        match text.get(at) {
            Some(b'"') => quoted = !quoted,
            Some(b'\\') if quoted => at += 1,
            Some(b'=') if !quoted && semicolon.is_some() && equals.is_none() => equals = Some(at),
            Some(b';') if !quoted => {
                param(text, semicolon, equals, at, &mut field);
                (semicolon, equals, break_here) = (Some(at), None, true);
            }
            Some(b',') if !quoted => break_here = true,
            _ => {}
        }
        at += 1;
    }
    param(text, semicolon, equals, end, &mut field);
    let first = field.gaps.first().map_or(colon, |gap| gap.end);
    let head = part(text, first..field.head.end);
    let head = memchr::memchr(b';', head).map_or(head, |at| part(head, 0..at)).trim_ascii_end();
    field.head = first..first + head.len();
    field
}

fn param(text: &[u8], semicolon: Option<usize>, equals: Option<usize>, end: usize, field: &mut Field) {
    let (Some(semicolon), Some(equals)) = (semicolon, equals) else { return };
    let trimmed = |range: Range<usize>| {
        let raw = part(text, range.clone());
        let start = range.start + (raw.len() - raw.trim_ascii_start().len());
        start..start + raw.trim_ascii().len()
    };
    field.params.push(Param { name: trimmed(semicolon + 1..equals), value: trimmed(equals + 1..end) });
}

fn is(text: &[u8], field: &Field, name: &str) -> bool {
    part(text, field.name.clone()).eq_ignore_ascii_case(name.as_bytes())
}

fn folded(rank: usize, edits: Vec<Edit>) -> Move {
    Move { step: Step::new(Change::HeaderFolded, Note::Plain("a header field was folded or unfolded")), rank, edits }
}

fn rewritten(rank: usize, text: &'static str, edits: Vec<Edit>) -> Move {
    Move { step: Step::new(Change::HeaderRewritten, Note::Plain(text)), rank, edits }
}

/// One gap written otherwise, and all of them.
fn folds(text: &[u8], field: &Field, out: &mut Vec<Move>) {
    for gap in &field.gaps {
        let now = part(text, gap.clone());
        let bare: Vec<u8> = now.iter().filter(|o| !matches!(o, b'\r' | b'\n')).copied().collect();
        let mut seen: Vec<Vec<u8>> = vec![now.to_vec()];
        let kept = [bare.clone(), [b"\r\n", bare.as_slice()].concat()];
        let usual = [&b" "[..], b"\r\n ", b"\r\n\t", b""].map(<[u8]>::to_vec);
        let rare = [&b"\t"[..], b"\r\n  ", b"\r\n    ", b"\r\n        ", b"  ", b"\r\n\t\t"].map(<[u8]>::to_vec);
        let ranked = kept.into_iter().chain(usual).map(|with| (0, with)).chain(rare.into_iter().map(|with| (1, with)));
        for (rank, with) in ranked {
            // A line that is folded has to begin with white space, and words do not grow together.
            let apart = !with.is_empty() || matches!(text.get(gap.start.wrapping_sub(1)), Some(b':' | b';' | b','));
            if seen.contains(&with) || with.ends_with(b"\n") || !apart {
                continue;
            }
            let edits = vec![Edit::new(gap.start, gap.end, &with)];
            let breaks = with.contains(&b'\n') || now.contains(&b'\n');
            let space = "white space in a header field is another";
            out.push(if breaks { folded(rank, edits) } else { rewritten(1, space, edits) });
            seen.push(with);
        }
    }
    for with in [&b" "[..], b"\r\n ", b"\r\n\t"] {
        let behind = |gap: &&Range<usize>| text.get(gap.start.wrapping_sub(1)) == Some(&b';');
        let edits = field.gaps.iter().filter(behind).map(|gap| Edit::new(gap.start, gap.end, with)).collect();
        out.push(folded(0, edits));
    }
    out.push(folded(0, unfolded(text, field, false)));
    out.push(folded(0, unfolded(text, field, true)));
}

/// Without folds; a space for each, or the white space that was in it.
fn unfolded(text: &[u8], field: &Field, keep: bool) -> Vec<Edit> {
    let folds = field.gaps.iter().filter(|gap| part(text, (*gap).clone()).contains(&b'\n'));
    folds
        .map(|gap| {
            let kept: Vec<u8> =
                part(text, gap.clone()).iter().filter(|o| !matches!(o, b'\r' | b'\n')).copied().collect();
            Edit::new(gap.start, gap.end, if keep { &kept } else { b" " })
        })
        .collect()
}

/// Every choice of gaps to fold at.
fn subsets(text: &[u8], field: &Field, out: &mut Vec<Move>) {
    let gaps: Vec<_> = field.gaps.iter().filter(|gap| gap.start > field.head.start).collect();
    if gaps.len() < 2 || gaps.len() > MAX_SUBSET {
        return;
    }
    for fold in [&b"\r\n "[..], b"\r\n\t"] {
        for choice in 0..1u32 << gaps.len() {
            let edit = |(index, gap): (usize, &&Range<usize>)| {
                let here = choice >> index & 1 == 1;
                let now = part(text, (*gap).clone());
                let flat = if now.is_empty() { &b""[..] } else { b" " };
                Edit::new(gap.start, gap.end, if here { fold } else { flat })
            };
            out.push(folded(1, gaps.iter().enumerate().map(edit).collect()));
        }
    }
}

/// The name in other letters.
fn names(text: &[u8], field: &Field, out: &mut Vec<Move>) {
    for (rank, name) in spellings(part(text, field.name.clone())) {
        let edits = vec![Edit::new(field.name.start, field.name.end, &name)];
        out.push(rewritten(rank, "the name of a header field is in other letters", edits));
    }
    let colon = field.name.end;
    if part(text, colon..colon + 2) == b": " {
        out.push(rewritten(1, "white space in a header field is another", vec![Edit::new(colon, colon, b" ")]));
    }
}

/// `Content-Type`, `content-type`, `CONTENT-TYPE`, `Content-type`; and `MIME` in its own.
fn spellings(name: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let lower = name.to_ascii_lowercase();
    let upper = name.to_ascii_uppercase();
    let titled = |every: bool| {
        let mut begin = true;
        let letter = |octet: &u8| {
            let out = if begin { octet.to_ascii_uppercase() } else { *octet };
            begin = every && *octet == b'-';
            out
        };
        lower.iter().map(letter).collect::<Vec<u8>>()
    };
    let (title, first) = (titled(true), titled(false));
    // What stands as most programs write it was hardly written otherwise before.
    let usual = usize::from(name == title || name.starts_with(b"MIME-") || name.ends_with(b"-ID"));
    let mut out = vec![(usual, title.clone()), (usual, lower.clone()), (usual, first), (usual, upper)];
    for (word, own) in [(&b"Mime-"[..], &b"MIME-"[..]), (b"-Id", b"-ID")] {
        if let Some(at) = memchr::memmem::find(&title, word) {
            let mut special = title.clone();
            special.splice(at..at + word.len(), own.iter().copied());
            out.push((0, special));
        }
    }
    out.retain(|(_, spelled)| spelled != name);
    out
}

/// Values in other letters, parameters with quotes or without.
fn values(text: &[u8], field: &Field, out: &mut Vec<Move>) {
    let letters = "the value of a header field is in other letters";
    let known = ["content-type", "content-transfer-encoding", "content-disposition", "mime-version"];
    if !known.iter().any(|name| is(text, field, name)) {
        return;
    }
    for range in std::iter::once(&field.head).chain(field.params.iter().map(|p| &p.name)) {
        let now = part(text, range.clone());
        let usual = usize::from(now == now.to_ascii_lowercase());
        for spelled in [now.to_ascii_lowercase(), now.to_ascii_uppercase(), title(now)] {
            out.push(rewritten(usual, letters, vec![Edit::new(range.start, range.end, &spelled)]));
        }
    }
    for param in &field.params {
        let (name, now) = (part(text, param.name.clone()), part(text, param.value.clone()));
        let other = toggled(now);
        if name.eq_ignore_ascii_case(b"charset") || name.eq_ignore_ascii_case(b"format") {
            for spelled in [now.to_ascii_lowercase(), now.to_ascii_uppercase()] {
                out.push(rewritten(0, letters, vec![Edit::new(param.value.start, param.value.end, &spelled)]));
                let other = toggled(&spelled);
                out.push(rewritten(1, letters, vec![Edit::new(param.value.start, param.value.end, &other)]));
            }
        }
        let edits = vec![Edit::new(param.value.start, param.value.end, &other)];
        out.push(rewritten(0, "a parameter got quotes or lost them", edits));
    }
}

fn title(word: &[u8]) -> Vec<u8> {
    let mut begin = true;
    let letter = |octet: &u8| {
        let out = if begin { octet.to_ascii_uppercase() } else { octet.to_ascii_lowercase() };
        begin = !octet.is_ascii_alphanumeric();
        out
    };
    word.iter().map(letter).collect()
}

/// With quotes where there were none, and the other way round.
fn toggled(value: &[u8]) -> Vec<u8> {
    match value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")) {
        Some(bare) => bare.to_vec(),
        None => [b"\"", value, b"\""].concat(),
    }
}

/// What a program that writes a header anew does to all of its fields.
fn all_fields(text: &[u8], fields: &[Field], out: &mut Vec<Move>) {
    let every = |make: &dyn Fn(&Field) -> Vec<Edit>| {
        let mut edits: Vec<Edit> = fields.iter().flat_map(make).collect();
        edits.sort_by_key(|edit| edit.start);
        edits
    };
    for keep in [false, true] {
        out.push(folded(0, every(&|field| unfolded(text, field, keep))));
    }
    let letters = "the names of the header fields are in other letters";
    for index in 0..4 {
        let spelled = |field: &Field| {
            let other = spellings(part(text, field.name.clone())).into_iter().nth(index).map(|(_, name)| name);
            other.map(|name| Edit::new(field.name.start, field.name.end, &name)).into_iter().collect()
        };
        let usual =
            fields.iter().all(|field| spellings(part(text, field.name.clone())).iter().any(|(rank, _)| *rank > 0));
        out.push(rewritten(usize::from(usual), letters, every(&spelled)));
    }
    for quotes in [false, true] {
        let toggle = |field: &Field| {
            let params = field.params.iter().filter(|p| part(text, p.value.clone()).starts_with(b"\"") != quotes);
            params.map(|p| Edit::new(p.value.start, p.value.end, &toggled(part(text, p.value.clone())))).collect()
        };
        out.push(rewritten(0, "parameters got quotes or lost them", every(&toggle)));
    }
}

/// Two changes of the same kind in one header.
fn pairs(own: &[Move]) -> Vec<Move> {
    let usual: Vec<&Move> = own.iter().filter(|m| m.rank == 0 && m.edits.len() == 1).collect();
    let mut out = Vec::new();
    for (index, first) in usual.iter().enumerate() {
        for second in usual.iter().skip(index + 1) {
            let (Some(a), Some(b)) = (first.edits.first(), second.edits.first()) else { continue };
            if first.step.change != second.step.change || out.len() >= MAX_PAIRS {
                continue;
            }
            let (a, b) = if a.start <= b.start { (a, b) } else { (b, a) };
            if a.end <= b.start && a.start != b.start {
                out.push(Move { step: first.step.clone(), rank: 1, edits: vec![a.clone(), b.clone()] });
            }
        }
    }
    out
}

/// The fields in another order: two of them exchanged, or one moved.
fn order(text: &[u8], fields: &[Field], out: &mut Vec<Move>) {
    let whole = |field: &Field| part(text, field.whole.clone());
    let fields: Vec<&Field> = fields.iter().take(MAX_ORDER).collect();
    let (Some(first), Some(last)) = (fields.first(), fields.last()) else { return };
    if last.whole.end - first.whole.start > MAX_ORDERED {
        return;
    }
    for from in 0..fields.len() {
        for to in 0..fields.len() {
            let mut other = fields.clone();
            let moved = other.remove(from);
            other.insert(to, moved);
            let mut swapped = fields.clone();
            swapped.swap(from, to);
            for order in [other, swapped] {
                let with: Vec<u8> = order.iter().flat_map(|field| whole(field)).copied().collect();
                let edits = vec![Edit::new(first.whole.start, last.whole.end, &with)];
                out.push(rewritten(1, "the header fields are in another order", edits));
            }
        }
    }
}

/// A field that a relay added, or one that it took away.
fn more_or_less(text: &[u8], entity: &Entity, fields: &[Field], out: &mut Vec<Move>) {
    for field in fields {
        if is(text, field, "content-transfer-encoding") {
            continue; // that is a change of the encoding
        }
        let edits = vec![Edit::new(field.whole.start, field.whole.end, b"")];
        out.push(rewritten(1, "a header field was added", edits));
    }
    for line in USUAL_FIELDS {
        let name = line.split(':').next().unwrap_or_default();
        if fields.iter().any(|field| is(text, field, name)) {
            continue;
        }
        for at in fields.iter().map(|field| field.whole.start).chain([entity.header.end]) {
            let edits = vec![Edit::new(at, at, format!("{line}\r\n").as_bytes())];
            out.push(rewritten(1, "a header field was taken away", edits));
        }
    }
}

/// Fields that say what holds without them, so that programs leave them out.
const USUAL_FIELDS: [&str; 4] = [
    "MIME-Version: 1.0",
    "Content-Disposition: inline",
    "Content-Type: text/plain; charset=us-ascii",
    "Content-Language: en",
];
const MAX_GAPS: usize = 40;
const MAX_SUBSET: usize = 7;
const MAX_PAIRS: usize = 600;
const MAX_ORDER: usize = 8;
/// Octets of fields whose order is changed, and fields that are written otherwise.
const MAX_ORDERED: usize = 8192;
const MAX_FIELDS: usize = 100;
