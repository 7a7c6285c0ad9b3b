//! Delivering what is in the outbox, as far as the servers let it.

use std::io::{self, BufRead};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use ::cms::Source;
use directory::{
    Delivery, Directory, Envelope, FileSource, Job, Login, Outgoing, Progressed, Reach, Server, Submission, SubmitError,
};
use serde_json::json;
use trust::Address;
use wire::Time;

use super::settings::Settings;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::progress::Progress;
use crate::common::{output, report, signals, store};

/// Delivers what is left of a job. What could not be delivered is told, and stays.
///
/// # Errors
/// Exit 1 where something is left.
pub fn deliver(mut job: Job, settings: &Settings, directory: &Directory, global: &Global) -> Result {
    for (to, state) in job.plan().copies.iter().flat_map(|copy| &copy.to) {
        if *state == Progressed::Uncertain {
            global.say(format!("note: {to} may have got it before, and gets it again"));
        }
    }
    signals::last_words(Some(format!("hint: {}", going_on(&job))));
    let mut stopped = None;
    match Way::of(&job, settings, directory) {
        Ok(way) => {
            let left = job.plan().copies.iter().any(|c| c.to.iter().any(|(_, s)| *s != Progressed::Accepted));
            if left {
                stopped = submit(&mut job, &way).err();
            }
            let accepted = job.plan().copies.iter().any(|c| c.to.iter().any(|(_, s)| *s == Progressed::Accepted));
            if accepted && let Err(failure) = file(&mut job, &way) {
                global.say(format!("warning: your own copy: {}", failure.message().unwrap_or_default()));
            }
        }
        Err(failure) => stopped = Some(failure),
    }
    signals::last_words(None);
    tell(job, stopped, global)
}

/// Tells of deliveries that stopped without anybody being told, as by a power cut, or that nobody went on with.
///
/// # Errors
/// Where the store has no folder.
pub fn tell_stopped(global: &Global) -> Result {
    for job in Job::stopped(&store::folder(global)?) {
        let missing: Vec<Address> = (0..job.plan().copies.len()).flat_map(|copy| job.missing(copy)).collect();
        let what = match missing.as_slice() {
            [] if job.is_done() => continue,
            [] => "your own copy of an earlier mail is in no folder yet".to_owned(),
            [one] => format!("an earlier mail has not reached {one}"),
            [one, more @ ..] => format!("an earlier mail has not reached {one} and {} more", more.len()),
        };
        global.say(format!("note: {what}: {}", going_on(&job)));
    }
    Ok(())
}

/// What to do about a delivery that stopped.
fn going_on(job: &Job) -> String {
    format!("go on with `sealpost send --resume {}`, or remove that folder", job.folder().display())
}

/// How what is in the outbox leaves.
struct Way<'a> {
    server: Server,
    login: Option<Login>,
    reach: Reach,
    settings: &'a Settings,
    directory: &'a Directory,
}

impl<'a> Way<'a> {
    fn of(job: &Job, settings: &'a Settings, directory: &'a Directory) -> Result<Way<'a>> {
        let server = job.plan().server.clone();
        let login = settings.login(&server, directory)?;
        Ok(Way { server, login, reach: settings.reach(), settings, directory })
    }

    fn open(&self) -> Result<Submission> {
        Ok(Submission::open(&self.server, self.login.as_ref(), &self.reach)?)
    }
}

/// Hands over every copy to those who have not got it. What keeps one copy from going keeps no other; it ends where the
/// server can no longer be used.
fn submit(job: &mut Job, way: &Way<'_>) -> Result {
    let mut open = way.open()?;
    way.settings.took(&way.server, way.login.as_ref(), way.directory)?;
    let mut stopped: Option<Failure> = None;
    for number in 0..job.plan().copies.len() {
        match submit_copy(&mut open, way, job, number)? {
            None => {}
            Some(error) => stopped = Some(both(stopped, error.into())),
        }
    }
    open.quit();
    stopped.map_or(Ok(()), Err)
}

/// Hands over one copy; says why it could not be begun.
fn submit_copy(open: &mut Submission, way: &Way<'_>, job: &mut Job, number: usize) -> Result<Option<SubmitError>> {
    let missing = job.missing(number);
    if missing.is_empty() {
        return Ok(None);
    }
    let source = Watched::open(&job.copy(Some(number)))?;
    let mail = Outgoing::check(&source)?.map_err(SubmitError::from)?;
    let (from, dsn) = (job.plan().from.clone(), job.plan().dsn.clone());
    let mut turns = Turns { missing, at_once: usize::MAX, refused: Vec::new() };
    while !turns.missing.is_empty() {
        let to = turns.next();
        let envelope = Envelope { from: from.clone(), to, dsn: dsn.clone() };
        // Those of an earlier turn as well: they do not get this turn's mail.
        let mut committing = |told: &[Delivery]| {
            let not_these = told.iter().filter(|delivery| !delivery.is_accepted());
            job.sending(number, &turns.refused.iter().chain(not_these).cloned().collect::<Vec<_>>())
        };
        match open.send(&envelope, &mail, &mut committing) {
            Ok(told) => {
                job.settled(number, &told)?;
                turns.took(told, true);
            }
            Err(error) if error.concerns_one_mail() => return Ok(Some(error)),
            // A server that leaves after so many refusals would leave at the same place each time.
            Err(SubmitError::Cut { told, .. }) => {
                let refused: Vec<Delivery> = told.iter().filter(|d| !d.is_accepted()).cloned().collect();
                job.settled(number, &refused)?;
                turns.took(told, false);
                *open = way.open()?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The recipients of a copy, as many at once as the server takes. Each turn has fewer left than the one before, or is smaller.
struct Turns {
    /// Who has not got it, and was not refused in this run.
    missing: Vec<Address>,
    at_once: usize,
    refused: Vec<Delivery>,
}

impl Turns {
    fn next(&self) -> Vec<Address> {
        self.missing.iter().take(self.at_once).cloned().collect()
    }

    /// What was said to the first of those who are missing; `got` says whether those who were accepted have the mail.
    fn took(&mut self, told: Vec<Delivery>, got: bool) {
        let accepted = told.iter().filter(|delivery| delivery.is_accepted()).count();
        let mut told = told.into_iter().peekable();
        let mut again = Vec::new();
        for to in std::mem::take(&mut self.missing) {
            // Of a turn that was cut, not everybody was answered.
            match told.next_if(|delivery| delivery.to == to) {
                Some(delivery) if delivery.is_accepted() && got => {}
                Some(delivery) if accepted > 0 && delivery.is_one_too_many() => {
                    self.at_once = accepted;
                    again.push(to);
                }
                Some(delivery) if !delivery.is_accepted() => self.refused.push(delivery),
                _ => again.push(to),
            }
        }
        self.missing = again;
    }
}

/// Both of two failures, as one.
fn both(first: Option<Failure>, second: Failure) -> Failure {
    let Some(first) = first else { return second };
    let words = |failure: &Failure| failure.message().unwrap_or_default().to_owned();
    let hints = first.hints().chain(second.hints()).map(|hint| hint.to_string()).collect::<Vec<_>>();
    let both = Failure::new(first.exit(), format!("{}\n{}", words(&first), words(&second)));
    hints.into_iter().fold(both, |failure, hint| failure.hint(hint))
}

/// Files the sender's own copy, once.
fn file(job: &mut Job, way: &Way<'_>) -> Result {
    let Some(place) = job.plan().sent.clone().filter(|_| !job.plan().filed) else { return Ok(()) };
    let login = way.settings.sent_login(&place, &way.server, way.login.as_ref(), way.directory)?;
    let source = Watched::open(&job.copy(None))?;
    let mail = Outgoing::check(&source)?.map_err(SubmitError::from)?;
    place.file(login.as_ref(), &way.reach, &mail, dated(&source))?;
    Ok(job.filed()?)
}

/// What the Date field of a mail says.
fn dated(mail: &Watched) -> Option<Time> {
    let header = mime::Header::read(&mut mail.file.reader(), &mime::Limits::default()).ok()?;
    mime::parse_date(&header.get("Date")?.unfolded()).map(Time)
}

/// Tells what became of everyone; a job of which nothing is left is removed.
fn tell(job: Job, stopped: Option<Failure>, global: &Global) -> Result {
    let done = job.is_done();
    let plan = job.plan().clone();
    let folder = job.folder().to_owned();
    let states: Vec<_> = plan.copies.iter().flat_map(|copy| &copy.to).cloned().collect();
    if global.json {
        let recipients = states.iter().map(|(to, state)| {
            let (outcome, reply) = words(state);
            json!({ "address": to.to_string(), "outcome": outcome, "reply": reply })
        });
        let copy = match (&plan.sent, plan.filed) {
            (None, _) => "none",
            (Some(_), true) => "filed",
            (Some(_), false) => "waiting",
        };
        output::report(&report::json(json!({
            "from": plan.from.to_string(),
            "recipients": recipients.collect::<Vec<_>>(),
            "sent_copy": copy,
            "plan": (!done).then(|| folder.display().to_string()),
        })))?;
    }
    let accepted: Vec<String> =
        states.iter().filter(|(_, s)| *s == Progressed::Accepted).map(|(to, _)| to.to_string()).collect();
    if !accepted.is_empty() {
        global.say(format!("Sent to {}.", accepted.join(", ")));
    }
    if done {
        return Ok(job.remove()?);
    }
    let mut lines: Vec<String> = stopped.iter().filter_map(|f| f.message().map(str::to_owned)).collect();
    for (to, state) in states.iter().filter(|(_, state)| *state != Progressed::Accepted) {
        lines.push(match words(state) {
            (_, Some(reply)) => format!("{to} was refused: {reply}"),
            ("uncertain", _) => format!("{to}: nobody knows whether it arrived"),
            _ => format!("{to} has not got it"),
        });
    }
    if plan.sent.is_some() && !plan.filed {
        lines.push("your own copy is not in its place".to_owned());
    }
    let exit = stopped.as_ref().map_or(Exit::Other, Failure::exit);
    let mut failure = Failure::new(exit, lines.join("\n"));
    for hint in stopped.iter().flat_map(Failure::hints) {
        failure = failure.hint(hint);
    }
    Err(failure.hint(going_on(&job)))
}

fn words(state: &Progressed) -> (&'static str, Option<&str>) {
    match state {
        Progressed::Waiting => ("waiting", None),
        Progressed::Uncertain => ("uncertain", None),
        Progressed::Accepted => ("accepted", None),
        Progressed::Refused(reply) => ("refused", Some(reply)),
    }
}

/// A file of the outbox; how far it is looked at, and then how far it is sent, is shown.
struct Watched {
    file: FileSource,
    looked_at: AtomicBool,
}

impl Watched {
    fn open(path: &Path) -> Result<Watched> {
        let missing = |e: io::Error| Failure::other(format!("{}: {e}", path.display()));
        match FileSource::open(path).map_err(missing)? {
            Ok(file) => Ok(Watched { file, looked_at: AtomicBool::new(false) }),
            Err(_) => Err(missing(io::ErrorKind::InvalidInput.into())),
        }
    }
}

impl Source for Watched {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        let what = if self.looked_at.swap(true, Ordering::Relaxed) { "sent" } else { "read" };
        Ok(Box::new(Progress::new(self.file.reader(), self.length()).called(what)))
    }

    fn length(&self) -> Option<u64> {
        Some(self.file.len())
    }
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Failure {
        Failure::other(&error).hint_if(error.hint())
    }
}
