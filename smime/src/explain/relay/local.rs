//! Changes at places of the text: lines, and what stands at their beginning and end.

use super::change::{Change, Note, Step};
use super::edit::{Edit, Move, Moves, lines, part};
use super::entity::Entity;
use mime::TransferEncoding;

/// Where the text of a line stands, and its number.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    start: usize,
    end: usize,
    next: usize,
    number: usize,
    text: &'t [u8],
    /// The last of its body.
    last: bool,
    /// In a body of base64, where spaces mean nothing and are many.
    opaque: bool,
}

/// Everything that is tried at single places of the text, the header fields aside. What may have been appended at the very
/// end is among it if `ends`.
pub(super) fn moves(text: &[u8], entities: &[Entity], ends: bool, out: &mut Moves<'_>) {
    let lines = all_lines(text, entities);
    let mut next = |find: &dyn Fn(&mut Moves<'_>)| {
        out.begin();
        find(out);
    };
    next(&|out| trailing_lost(&lines, out));
    next(&|out| trailing_added(&lines, out));
    next(&|out| last_line(text, entities, out));
    next(&|out| marked(&lines, Change::FromEscaped, out));
    next(&|out| marked(&lines, Change::Dots, out));
    next(&|out| dots_lost(&lines, out));
    next(&|out| tabs(&lines, entities.first().map_or(0, |root| root.body.start), out));
    for entity in entities {
        next(&|out| added_text(text, entity, ends, out));
        if entity.encoding == TransferEncoding::QuotedPrintable && !entity.multipart {
            next(&|out| breaks(text, entity, out));
        }
    }
    next(&|out| joined(&lines, entities, out));
    next(&|out| line_ends(text, &lines, entities, out));
}

fn all_lines<'t>(text: &'t [u8], entities: &[Entity]) -> Vec<Line<'t>> {
    let opaque = |at: usize| {
        let base64 = |e: &&Entity| e.encoding == TransferEncoding::Base64 && !e.multipart;
        entities.iter().filter(base64).any(|e| e.body.contains(&at))
    };
    let last = |next: usize| entities.iter().any(|e| !e.multipart && e.body.end == next);
    let all = lines(text, 0..text.len());
    let whole = entities.iter().any(|e| e.encoding == TransferEncoding::Base64);
    let line = |(index, (start, end, next))| Line {
        start,
        end,
        next,
        number: index + 1,
        text: part(text, start..end),
        last: last(next),
        opaque: whole && opaque(start),
    };
    all.into_iter().enumerate().map(line).collect()
}

fn at_line(change: Change, line: &Line<'_>, text: &'static str) -> Step {
    Step::new(change, Note::Line(line.number, text))
}

fn everywhere(change: Change, text: &'static str, rank: usize, edits: Vec<Edit>) -> Move {
    Move { step: Step::new(change, Note::Plain(text)), rank, edits }
}

/// White space that was taken away: at one line, or by rules that say which lines had some.
fn trailing_lost(lines: &[Line<'_>], out: &mut Moves<'_>) {
    const LOST: &str = "white space at its end was taken away";
    const MANY: &str = "white space at the ends of lines was taken away";
    if !out.takes(Change::TrailingSpace, 0) {
        return;
    }
    for (rank, with) in [(0, &b" "[..]), (1, b"  "), (1, b"\t"), (1, b"   "), (1, b"    ")] {
        if !out.takes(Change::TrailingSpace, rank) {
            break;
        }
        for line in lines.iter().filter(|l| !l.opaque) {
            let step = at_line(Change::TrailingSpace, line, LOST);
            out.push(Move { step, rank, edits: vec![Edit::new(line.end, line.end, with)] });
        }
    }
    let by = |out: &mut Moves<'_>, rank, rule: &dyn Fn(usize, &Line<'_>) -> bool| {
        let fits = lines.iter().enumerate().filter(|(index, line)| !line.opaque && rule(*index, line));
        let edits: Vec<Edit> = fits.map(|(_, line)| Edit::new(line.end, line.end, b" ")).collect();
        if edits.len() > 1 {
            out.push(everywhere(Change::TrailingSpace, MANY, rank, edits));
        }
    };
    by(out, 0, &|_, line| line.text == b"--");
    by(out, 0, &|_, line| line.text == b">");
    by(out, 0, &|_, line| line.text.starts_with(b">") && line.text.iter().all(|o| *o == b'>'));
    if !out.takes(Change::TrailingSpace, 1) {
        return;
    }
    by(out, 1, &|_, line| line.text.is_empty());
    by(out, 1, &|_, line| !line.text.is_empty());
    by(out, 1, &|_, _| true);
    // format=flowed (RFC 3676 §4.1): lines of a paragraph but its last, which are those that are long enough.
    let follows = |index: usize| lines.get(index + 1).is_some_and(|next| !next.text.is_empty());
    for least in (20..=78).rev() {
        by(out, 1, &|index, line| line.text.len() >= least && follows(index) || line.text == b"--");
    }
    let short: Vec<&Line<'_>> = lines.iter().filter(|l| !l.opaque).collect();
    if short.len() <= MAX_PAIRED && out.takes_many(Change::TrailingSpace, 1, short.len()) {
        let rare = out.takes_many(Change::TrailingSpace, 2, short.len() * short.len().saturating_sub(4) / 2);
        for (index, one) in short.iter().enumerate() {
            for two in short.iter().skip(index + 1) {
                // The line before a signature has a space always (RFC 3676 §4.3).
                let rank = if one.text == b"--" || two.text == b"--" { 1 } else { 2 };
                if rank == 1 || rare {
                    let edits = vec![Edit::new(one.end, one.end, b" "), Edit::new(two.end, two.end, b" ")];
                    out.push(everywhere(Change::TrailingSpace, MANY, rank, edits));
                }
            }
        }
    }
}

/// White space that was added: at one line, at some of a few, at all.
fn trailing_added(lines: &[Line<'_>], out: &mut Moves<'_>) {
    const ADDED: &str = "white space was added at its end";
    const MANY: &str = "white space was added at the ends of lines";
    let white = |line: &Line<'_>| line.text.len() - line.text.trim_ascii_end().len();
    let with: Vec<&Line<'_>> = lines.iter().filter(|line| white(line) > 0).collect();
    let cut = |line: &Line<'_>, keep: usize| Edit::new(line.end - white(line) + keep, line.end, b"");
    for line in &with {
        for keep in 0..white(line).min(8) {
            let step = at_line(Change::TrailingSpace, line, ADDED);
            out.push(Move { step, rank: 0, edits: vec![cut(line, keep)] });
        }
    }
    for keep in 0..4 {
        let edits = with.iter().filter(|line| white(line) > keep).map(|line| cut(line, keep)).collect();
        out.push(everywhere(Change::TrailingSpace, MANY, 0, edits));
    }
    for less in 1..4 {
        let fits = with.iter().filter(|line| white(line) >= less);
        let edits = fits.map(|line| Edit::new(line.end - less, line.end, b"")).collect();
        out.push(everywhere(Change::TrailingSpace, MANY, 0, edits));
    }
    for less in [0, 1] {
        let fit = |line: &&&Line<'_>| white(line) > less;
        let edits: Vec<Edit> =
            with.iter().filter(fit).map(|line| cut(line, if less == 0 { 0 } else { white(line) - 1 })).collect();
        some_of(Change::TrailingSpace, MANY, &edits, out);
    }
}

/// Every choice of a few edits, but none, one and all of them, which are tried already.
fn some_of(change: Change, text: &'static str, edits: &[Edit], out: &mut Moves<'_>) {
    if !out.takes(change, 1) {
        return;
    }
    if edits.len() > MAX_SUBSET {
        for skip in (0..edits.len().min(MAX_PAIRED)).take_while(|_| edits.len() <= MAX_PLACES) {
            if !out.takes(change, 1) {
                return;
            }
            let rest = edits.iter().enumerate().filter(|(index, _)| *index != skip).map(|(_, edit)| edit.clone());
            out.push(everywhere(change, text, 1, rest.collect()));
        }
        return;
    }
    let all = (1u32 << edits.len()) - 1;
    for choice in 1..all {
        if choice.count_ones() > 1 {
            let chosen = edits.iter().enumerate().filter(|(index, _)| choice >> index & 1 == 1);
            out.push(everywhere(change, text, 1, chosen.map(|(_, edit)| edit.clone()).collect()));
        }
    }
}

/// The line end behind the last line, which a body may or may not have.
fn last_line(text: &[u8], entities: &[Entity], out: &mut Moves<'_>) {
    const CHANGE: Change = Change::LineEnds;
    let ends_all = |e: &&Entity| e.whole.end == text.len() && e.whole.start == 0;
    for entity in entities.iter().filter(|e| !e.multipart || ends_all(e)) {
        let end = entity.body.end;
        let rank = usize::from(end != text.len());
        for with in [&b"\r\n"[..], b"\r\n\r\n", b"\r\n\r\n\r\n"] {
            let edits = vec![Edit::new(end, end, with)];
            out.push(everywhere(CHANGE, "line ends behind the last line were taken away", rank, edits));
        }
        let mut from = end;
        while from >= entity.body.start + 2 && part(text, from - 2..from) == b"\r\n" && end - from < 40 {
            from -= 2;
            let edits = vec![Edit::new(from, end, b"")];
            out.push(everywhere(CHANGE, "line ends were added behind the last line", rank, edits));
        }
    }
}

/// `>From `, `..`: what relays put before lines that mean something else to other programs (RFC 4155, RFC 5321 §4.5.2).
fn marked(lines: &[Line<'_>], change: Change, out: &mut Moves<'_>) {
    let escape = change == Change::FromEscaped;
    let is_marked = |line: &&Line<'_>| match escape {
        true => line.text.starts_with(b">") && line.text.trim_ascii_start_matches(b'>').starts_with(b"From "),
        false => line.text.starts_with(b".."),
    };
    let lacks = |line: &&Line<'_>| match escape {
        true => line.text.trim_ascii_start_matches(b'>').starts_with(b"From "),
        false => line.text.starts_with(b"."),
    };
    let (put, taken) = match escape {
        true => ("`From ` at its beginning got a `>`", "`From ` at its beginning lost its `>`"),
        false => ("the dot at its beginning was doubled", "one of two dots at its beginning was taken away"),
    };
    let many = match escape {
        true => "`From ` at the beginning of lines got or lost a `>`",
        false => "dots at the beginning of lines were doubled or halved",
    };
    let off: Vec<(&Line<'_>, Edit)> =
        lines.iter().filter(is_marked).map(|l| (l, Edit::new(l.start, l.start + 1, b""))).collect();
    let mark = if escape { b">" } else { b"." };
    let on: Vec<(&Line<'_>, Edit)> =
        lines.iter().filter(lacks).map(|l| (l, Edit::new(l.start, l.start, mark))).collect();
    for (found, words) in [(off, put), (on, taken)] {
        let edits: Vec<Edit> = found.iter().map(|(_, edit)| edit.clone()).collect();
        for (line, edit) in &found {
            out.push(Move { step: at_line(change, line, words), rank: 0, edits: vec![edit.clone()] });
        }
        if edits.len() > 1 {
            out.push(everywhere(change, many, 0, edits.clone()));
            some_of(change, many, &edits, out);
        }
    }
}

trait Trim {
    fn trim_ascii_start_matches(&self, octet: u8) -> &[u8];
}

impl Trim for [u8] {
    fn trim_ascii_start_matches(&self, octet: u8) -> &[u8] {
        let from = self.iter().position(|o| *o != octet).unwrap_or(self.len());
        self.get(from..).unwrap_or_default()
    }
}

/// A dot that was taken from a line which had but one.
fn dots_lost(lines: &[Line<'_>], out: &mut Moves<'_>) {
    if !out.takes_many(Change::Dots, 1, lines.len() / 2) {
        return;
    }
    for line in lines.iter().filter(|l| !l.opaque && !l.text.starts_with(b".")) {
        let step = at_line(Change::Dots, line, "the dot at its beginning was taken away");
        out.push(Move { step, rank: 1, edits: vec![Edit::new(line.start, line.start, b".")] });
    }
}

/// Tabs that became spaces, by the column they stand in or by a fixed number, and spaces that became tabs.
fn tabs(lines: &[Line<'_>], body: usize, out: &mut Moves<'_>) {
    const SPACES: &str = "a tab became spaces";
    const MANY: &str = "tabs became spaces, or spaces tabs";
    for (rank, width, by_column) in
        [(0, 8, true), (0, 8, false), (0, 4, false), (0, 4, true), (1, 2, false), (1, 1, false)]
    {
        if !out.takes(Change::Tabs, rank) {
            break;
        }
        let mut all = Vec::new();
        let mut all_long = Vec::new();
        for line in lines.iter().filter(|l| !l.opaque) {
            let edits = tab_edits(line, width, by_column);
            // In a header they are what it is folded with, which is another change.
            for edit in edits.iter().filter(|_| line.start >= body) {
                // One space that happens to stand before a column is mostly a space.
                let rank = rank.max(usize::from(edit.end - edit.start == 1));
                let step = at_line(Change::Tabs, line, SPACES);
                out.push(Move { step, rank, edits: vec![edit.clone()] });
            }
            if edits.len() > 1 {
                out.push(Move { step: at_line(Change::Tabs, line, MANY), rank: 1, edits: edits.clone() });
            }
            // Nor are those at its end, which are mostly white space that came behind it.
            // Of very many nobody knows that they were all tabs, or none.
            if all.len() <= MAX_PLACES {
                all_long.extend(edits.iter().filter(|edit| edit.end - edit.start > 1 && edit.end < line.end).cloned());
                all.extend(edits);
            }
        }
        for all in [all, all_long] {
            if (2..=MAX_PLACES).contains(&all.len()) {
                some_of(Change::Tabs, MANY, &all, out);
                out.push(everywhere(Change::Tabs, MANY, rank, all));
            }
        }
    }
    for width in [8, 4, 2, 1] {
        if !out.takes(Change::Tabs, 0) {
            break;
        }
        let mut all = Vec::new();
        for line in lines.iter().filter(|l| !l.opaque) {
            let mut column = 0;
            let mut own = Vec::new();
            for (at, octet) in line.text.iter().enumerate() {
                let wide = if *octet == b'\t' { width - column % width } else { 1 };
                if *octet == b'\t' {
                    own.push(Edit::new(line.start + at, line.start + at + 1, part(b"        ", 0..wide)));
                }
                column += wide;
            }
            for edit in &own {
                let step = at_line(Change::Tabs, line, "spaces became a tab");
                out.push(Move { step, rank: 0, edits: vec![edit.clone()] });
            }
            if all.len() <= MAX_PLACES {
                all.extend(own);
            }
        }
        if (2..=MAX_PLACES).contains(&all.len()) {
            out.push(everywhere(Change::Tabs, MANY, 0, all));
        }
    }
}

/// The runs of spaces in a line that may have been tabs.
fn tab_edits(line: &Line<'_>, width: usize, by_column: bool) -> Vec<Edit> {
    let mut out = Vec::new();
    let (mut run, mut column) = (0, 0);
    for (at, octet) in line.text.iter().enumerate() {
        column += 1;
        run = if *octet == b' ' { run + 1 } else { 0 };
        let stop = if by_column { column % width == 0 } else { run == width };
        if stop && run > 0 {
            let end = line.start + at + 1;
            out.push(Edit::new(end - run.min(width), end, b"\t"));
            run = 0;
        }
    }
    out
}

/// Text that was put at the end or the beginning of a body.
fn added_text(text: &[u8], entity: &Entity, ends: bool, out: &mut Moves<'_>) {
    let range = entity.body.clone();
    if entity.multipart {
        if let Some(last) = &entity.last_child {
            let step = Step::new(Change::Footer, Note::Plain("a part was appended"));
            out.push(Move { step, rank: 0, edits: vec![Edit::new(last.start, last.end, b"")] });
        }
        return;
    }
    if !out.takes(Change::Footer, 0) && !out.takes(Change::Banner, 1) {
        return;
    }
    let all = lines(text, range.clone());
    let numbered = |index: usize, note| Note::Line(entity.line + index, note);
    let plain = |octets: &[u8]| {
        let line = octets.trim_ascii();
        line.is_empty() || line.starts_with(b"--") || line.iter().all(|o| matches!(o, b'_' | b'-' | b'=' | b'*' | b'#'))
    };
    let html = entity.content_type.subtype.eq_ignore_ascii_case("html");
    // Where a document in HTML goes on behind a footer.
    let resumes: Vec<usize> = if html {
        let close = |at: usize| part(text, at..at + 2) == b"</";
        memchr::memchr_iter(b'<', part(text, range.clone()))
            .map(|at| range.start + at)
            .filter(|at| close(*at))
            .collect()
    } else {
        Vec::new()
    };
    let last = range.end == text.len() && !ends;
    let blank = |from: usize, to: usize| part(text, from..to).trim_ascii().is_empty();
    for (index, (start, end, next)) in all.iter().enumerate() {
        let late = index + FOOTER + usize::from(html) * 2 >= all.len();
        let rank = usize::from(!ends && !late && !plain(part(text, *start..*end)));
        // Those at the end of all are found faster by cutting there (`Text::cut`).
        let cuts = [*start, start.saturating_sub(2)];
        for from in cuts.into_iter().filter(|from| !last && *from >= range.start && !blank(*from, range.end)) {
            let step = Step::new(Change::Footer, numbered(index, "text was appended from here on"));
            out.push(Move { step, rank, edits: vec![Edit::new(from, range.end, b"")] });
        }
        for resume in resumes.iter().rev().take(2).filter(|resume| **resume > *start) {
            let rank = usize::from(!late);
            let step = Step::new(Change::Footer, numbered(index, "text was put in from here on"));
            out.push(Move { step, rank, edits: vec![Edit::new(*start, *resume, b"")] });
        }
        if *next < range.end && !blank(range.start, *next) {
            let step = Step::new(Change::Banner, numbered(index, "text was put before, down to here"));
            out.push(Move { step, rank: 1, edits: vec![Edit::new(range.start, *next, b"")] });
        }
    }
}

/// Breaks of quoted-printable: one that was put in, or taken out.
fn breaks(text: &[u8], entity: &Entity, out: &mut Moves<'_>) {
    const CHANGE: Change = Change::QuotedPrintable;
    if !out.takes(CHANGE, 0) {
        return;
    }
    let rare = out.takes_many(CHANGE, 1, entity.body.len() / 2);
    let all = lines(text, entity.body.clone());
    for (index, (start, end, next)) in all.iter().copied().enumerate() {
        let line = part(text, start..end);
        if let (Some(content), Some((_, behind, _)), true) = (line.strip_suffix(b"="), all.get(index + 1), rare) {
            // It stood at another place of the two lines.
            let both = [content, part(text, next..*behind)].concat();
            for at in 1..both.len() {
                let inside = (1..=2).any(|back| at >= back && both.get(at - back) == Some(&b'='));
                if !inside && at != content.len() {
                    let with = [part(&both, 0..at), b"=\r\n", both.get(at..).unwrap_or_default()].concat();
                    let step = Step::new(CHANGE, Note::Line(entity.line + index, "the break in it was moved"));
                    out.push(Move { step, rank: 1, edits: vec![Edit::new(start, *behind, &with)] });
                }
            }
        }
        if line.ends_with(b"=") {
            let step = Step::new(CHANGE, Note::Line(entity.line + index, "it was broken at its end"));
            out.push(Move { step, rank: 0, edits: vec![Edit::new(end - 1, next, b"")] });
        }
        for at in (1..=line.len()).filter(|_| rare) {
            let inside = (1..=2).any(|back| at >= back && line.get(at - back) == Some(&b'='));
            if !inside {
                let step = Step::new(CHANGE, Note::Line(entity.line + index, "a break in it was taken out"));
                out.push(Move { step, rank: 1, edits: vec![Edit::new(start + at, start + at, b"=\r\n")] });
            }
        }
    }
}

/// Lines that were too long for a relay (RFC 5321 §4.5.3.1.6).
fn joined(lines: &[Line<'_>], entities: &[Entity], out: &mut Moves<'_>) {
    if !out.takes_many(Change::LineBroken, 1, lines.len() / 2) {
        return;
    }
    // A header that is folded is another change.
    let body = |line: &Line<'_>| entities.iter().any(|e| !e.multipart && e.body.contains(&line.start));
    for (line, behind) in lines.iter().zip(lines.iter().skip(1)) {
        if line.opaque || line.last || line.text.is_empty() || behind.text.is_empty() || !body(line) {
            continue;
        }
        let bang = usize::from(line.text.ends_with(b"!"));
        for (less, more, with) in [(0, 0, &b""[..]), (0, 0, b" "), (0, 1, b""), (bang, 0, b""), (bang, 1, b"")] {
            let step = at_line(Change::LineBroken, line, "it was broken in two");
            out.push(Move { step, rank: 1, edits: vec![Edit::new(line.end - less, line.next + more, with)] });
        }
    }
}

/// Line ends that were LF where they are CRLF now. Nobody should sign such a text (RFC 8551 §3.1.1), and some do.
fn line_ends(text: &[u8], lines: &[Line<'_>], entities: &[Entity], out: &mut Moves<'_>) {
    const MANY: &str = "LF became CRLF";
    if !out.takes(Change::LineEnds, 0) {
        return;
    }
    let crlf = |line: &&Line<'_>| part(text, line.end..line.next) == b"\r\n";
    let edit = |line: &Line<'_>| Edit::new(line.end, line.next, b"\n");
    let body = entities.first().map_or(0, |root| root.body.start);
    for from in [0, body] {
        let edits = lines.iter().filter(|l| l.start >= from).filter(crlf).map(edit).collect();
        out.push(everywhere(Change::LineEnds, MANY, 0, edits));
    }
    let rare = out.takes(Change::LineEnds, 1);
    for line in lines.iter().filter(crlf).filter(|_| rare) {
        let step = at_line(Change::LineEnds, line, "its LF became CRLF");
        out.push(Move { step, rank: 1, edits: vec![edit(line)] });
    }
}

/// Places of which every choice is tried, and lines of which every pair is.
const MAX_SUBSET: usize = 8;
const MAX_PAIRED: usize = 120;
/// Places of which all are changed together, where they are no lines.
const MAX_PLACES: usize = 20_000;
/// Lines that most footers do not exceed.
const FOOTER: usize = 8;
