//! The two files of a job: what is to be done, and what was.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use trust::Address;

use super::plan::{JobCopy, JobPlan, Progressed};
use crate::submit::Dsn;

/// Writes what is to be done.
pub(super) fn plan(plan: &JobPlan) -> String {
    let mut out = format!("{HEAD}\nfrom {}\nserver {}\n", plan.from, plan.server);
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out += &format!("{name} {value}\n");
        }
    };
    field("sent", plan.sent.as_ref().map(ToString::to_string));
    field("notify", plan.dsn.notify.map(|n| n.to_string()));
    field("ret", plan.dsn.ret.map(|r| r.to_string()));
    field("envid", plan.dsn.envid.as_ref().map(ToString::to_string));
    for copy in &plan.copies {
        out += "copy\n";
        for to in &copy.to {
            out += &format!("to {}\n", to.0);
        }
    }
    out + "end\n"
}

/// Reads it; `None` for what is no such file.
pub(super) fn read_plan(text: &str) -> Option<JobPlan> {
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return None;
    }
    let mut lines = lines.map(|line| line.split_once(' ').unwrap_or((line, "")));
    let mut next = || lines.next();
    let ("from", from) = next()? else { return None };
    let ("server", server) = next()? else { return None };
    let from = Address::parse_international(from).ok()?;
    let (server, mut sent, mut dsn) = (server.parse().ok()?, None, Dsn::default());
    let mut copies: Vec<JobCopy> = Vec::new();
    loop {
        match next()? {
            ("sent", place) if copies.is_empty() => sent = Some(place.parse().ok()?),
            ("notify", words) => dsn.notify = Some(words.parse().ok()?),
            ("ret", word) => dsn.ret = Some(word.parse().ok()?),
            ("envid", word) => dsn.envid = Some(word.parse().ok()?),
            ("copy", "") => copies.push(JobCopy { to: Vec::new() }),
            ("to", address) => {
                let to = Address::parse_international(address).ok()?;
                copies.last_mut()?.to.push((to, Progressed::Waiting));
            }
            ("end", "") => break,
            _ => return None,
        }
    }
    let usable = !copies.is_empty() && copies.iter().all(|copy| !copy.to.is_empty());
    usable.then_some(JobPlan { from, server, sent, dsn, copies, filed: false })
}

/// The line that says that the end of a copy is about to be sent.
pub(super) fn sending(copy: usize) -> String {
    format!("sending {copy}\n")
}

/// The line that says what became of a recipient.
pub(super) fn outcome(copy: usize, to: &Address, accepted: bool, reply: &str) -> String {
    let word = if accepted { "accepted" } else { "refused" };
    // A reply is the server's text: nothing in it may be a line of its own.
    let reply: String = reply.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REPLY).collect();
    format!("{word} {copy} {to} {reply}\n")
}

/// The line that says that the sender's own copy is in its place.
pub(super) const FILED: &str = "filed\n";

/// Takes what was done into account. The last line counts only if it is whole.
pub(super) fn replay(plan: &mut JobPlan, journal: &str) {
    let whole = journal.rfind('\n').map_or("", |end| journal.get(..end).unwrap_or(""));
    // Thousands of lines are about thousands of recipients.
    let named = |copy: &JobCopy| copy.to.iter().enumerate().map(|(at, (to, _))| (to.to_string(), at)).collect();
    let mut places: BTreeMap<usize, HashMap<String, usize>> = BTreeMap::new();
    for line in whole.lines() {
        let mut words = line.splitn(4, ' ');
        let word = words.next().unwrap_or_default();
        if word == "filed" {
            plan.filed = true;
        }
        let number = words.next().and_then(|n| usize::from_str(n).ok());
        let Some((number, copy)) = number.and_then(|n| Some((n, plan.copies.get_mut(n)?))) else { continue };
        let open = |state: &Progressed| *state != Progressed::Accepted;
        if word == "sending" {
            copy.to.iter_mut().filter(|to| open(&to.1)).for_each(|to| to.1 = Progressed::Uncertain);
            continue;
        }
        let (to, reply) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let places = places.entry(number).or_insert_with(|| named(copy));
        let Some((_, state)) = places.get(to).and_then(|at| copy.to.get_mut(*at)) else { continue };
        match word {
            "accepted" => *state = Progressed::Accepted,
            "refused" if open(state) => *state = Progressed::Refused(reply.to_owned()),
            _ => {}
        }
    }
}

const HEAD: &str = "sealpost plan 1";
/// Characters of a reply that are kept.
const MAX_REPLY: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> JobPlan {
        let to = |text: &str| (Address::parse(text).unwrap(), Progressed::Waiting);
        JobPlan {
            from: Address::parse("a@x.y").unwrap(),
            server: "smtps://a%40x.y@h:465".parse().unwrap(),
            sent: Some("imaps://a%40x.y@h:993/Sent%20Mail".parse().unwrap()),
            dsn: Dsn { notify: "success".parse().ok(), ret: "full".parse().ok(), envid: "e".parse().ok() },
            copies: vec![JobCopy { to: vec![to("b@x.y"), to("c@x.y")] }, JobCopy { to: vec![to("d@x.y")] }],
            filed: false,
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written_and_never_in_part() {
        let text = plan(&sample());
        assert_eq!(plan(&read_plan(&text).unwrap()), text);
        assert_eq!(read_plan(&text).unwrap().server, sample().server);
        for end in 0..text.len() - 1 {
            assert!(read_plan(&text[..end]).is_none(), "{end}");
        }
    }

    #[test]
    fn a_journal_is_worth_what_is_whole_of_it() {
        let b = Address::parse("b@x.y").unwrap();
        let c = Address::parse("c@x.y").unwrap();
        let journal =
            sending(0) + &outcome(0, &b, true, "250 ok") + &outcome(0, &c, false, "550 no\r\naccepted 0 c@x.y");
        let states = |end: usize| {
            let mut plan = sample();
            replay(&mut plan, &journal[..end]);
            plan.copies[0].to.iter().map(|(_, state)| state.clone()).collect::<Vec<_>>()
        };
        use Progressed::{Accepted, Refused, Uncertain, Waiting};
        let refused = Refused("550 no  accepted 0 c@x.y".to_owned());
        assert_eq!(states(journal.len()), [Accepted, refused]);
        assert_eq!(states(journal.len() - 1), [Accepted, Uncertain]);
        let first = sending(0).len();
        assert_eq!((states(first), states(first - 1)), (vec![Uncertain; 2], vec![Waiting; 2]));
        let mut plan = sample();
        replay(&mut plan, "sending 7\naccepted x b@x.y\nnonsense\nfiled\n");
        assert!(plan.filed && plan.copies.iter().all(|c| c.to.iter().all(|t| t.1 == Waiting)));
    }
}
