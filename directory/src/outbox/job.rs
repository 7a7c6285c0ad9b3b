//! A job: who gets which copy, and what was done of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use trust::Address;

use super::plan::{JobPlan, Progressed};
use super::text;
use crate::error::{Error, Result};
use crate::scratch;
use crate::submit::Delivery;

/// A job in its folder, which nobody else works on while this is open.
#[derive(Debug)]
pub struct Job {
    folder: PathBuf,
    journal: File,
    plan: JobPlan,
}

impl Job {
    /// Opens a job by its folder.
    ///
    /// # Errors
    /// [`Error::NotAJob`]; [`Error::JobBusy`] where another process works on it; [`Error::Io`].
    pub fn open(folder: &Path) -> Result<Job> {
        let named = |name: &'static str| move |source: io::Error| Error::Io { path: folder.join(name), source };
        let file = File::open(folder.join("plan")).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::NotAJob(folder.to_owned()),
            _ => named("plan")(error),
        })?;
        let mut text = String::new();
        file.take(MAX_TEXT).read_to_string(&mut text).map_err(named("plan"))?;
        let mut plan = text::read_plan(&text).ok_or_else(|| Error::NotAJob(folder.to_owned()))?;
        let path = folder.join("journal");
        let journal = OpenOptions::new().read(true).append(true).open(path).map_err(named("journal"))?;
        match flock(&journal, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(Error::JobBusy(folder.to_owned())),
            other => other.map_err(|e| named("journal")(e.into()))?,
        }
        let mut done = Vec::new();
        (&journal).take(MAX_TEXT).read_to_end(&mut done).map_err(named("journal"))?;
        let done = String::from_utf8_lossy(&done).into_owned();
        text::replay(&mut plan, &done);
        let job = Job { folder: folder.to_owned(), journal, plan };
        // What was torn is ended, so that the next line is one of its own.
        if !done.is_empty() && !done.ends_with('\n') {
            job.note("\n").map_err(named("journal"))?;
        }
        Ok(job)
    }

    /// The jobs in the outbox of a store's folder that stopped, on which no process works; what cannot be read is passed over.
    pub fn stopped(store: &Path) -> Vec<Job> {
        let mut folders: Vec<PathBuf> =
            fs::read_dir(store.join(OUTBOX)).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        folders.sort_unstable();
        folders.iter().filter_map(|folder| Job::open(folder).ok()).collect()
    }

    /// Its folder, by which it is gone on with.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is to be done, and how far it is.
    pub fn plan(&self) -> &JobPlan {
        &self.plan
    }

    /// The file of a copy; `None` is the sender's own.
    pub fn copy(&self, number: Option<usize>) -> PathBuf {
        self.folder.join(Job::file_name(number))
    }

    /// Who of a copy has not got it yet.
    pub fn missing(&self, copy: usize) -> Vec<Address> {
        let to = self.plan.copies.get(copy).map(|c| c.to.as_slice()).unwrap_or_default();
        to.iter().filter(|(_, state)| *state != Progressed::Accepted).map(|(to, _)| to.clone()).collect()
    }

    /// Notes that the end of a copy is about to be sent to those who were accepted; the others were refused, and are as they
    /// were told.
    ///
    /// # Errors
    /// What the system says; nothing may be sent then.
    pub fn sending(&mut self, copy: usize, refused: &[Delivery]) -> io::Result<()> {
        let lines = text::sending(copy) + &outcomes(copy, refused);
        self.note(&lines)?;
        text::replay(&mut self.plan, &lines);
        Ok(())
    }

    /// Notes what the server said about each recipient of a copy.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn settled(&mut self, copy: usize, deliveries: &[Delivery]) -> Result<()> {
        self.noted(&outcomes(copy, deliveries))
    }

    /// Notes that the sender's own copy is in its place.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn filed(&mut self) -> Result<()> {
        self.noted(text::FILED)
    }

    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        let delivered = self.plan.copies.iter().all(|c| c.to.iter().all(|(_, state)| *state == Progressed::Accepted));
        delivered && (self.plan.filed || self.plan.sent.is_none())
    }

    /// Removes the job, copies and all. It loses its name first: nobody goes on with half of one, and what a power cut leaves
    /// of it is swept away as a draft is.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn remove(self) -> Result<()> {
        let folder = self.folder.canonicalize().map_err(Error::io(&self.folder))?;
        let parent = scratch::parent(&folder);
        let word = scratch::word().map_err(Error::io(parent))?;
        let gone = parent.join(format!("{UNNAMED}{word}"));
        fs::rename(&folder, &gone).map_err(Error::io(&folder))?;
        fs::remove_dir_all(&gone).map_err(Error::io(&gone))?;
        scratch::sync_folder(parent).map_err(Error::io(parent))
    }

    pub(super) fn file_name(number: Option<usize>) -> String {
        number.map_or("own.eml".to_owned(), |n| format!("copy-{n}.eml"))
    }

    fn noted(&mut self, lines: &str) -> Result<()> {
        self.note(lines).map_err(Error::io(&self.folder.join("journal")))?;
        text::replay(&mut self.plan, lines);
        Ok(())
    }

    fn note(&self, lines: &str) -> io::Result<()> {
        (&self.journal).write_all(lines.as_bytes())?;
        self.journal.sync_data()
    }
}

/// The lines that say what became of these recipients.
fn outcomes(copy: usize, deliveries: &[Delivery]) -> String {
    let line = |d: &Delivery| text::outcome(copy, &d.to, d.is_accepted(), &d.reply.to_string());
    deliveries.iter().map(line).collect()
}

/// In the store's folder.
pub(super) const OUTBOX: &str = "outbox";
/// What the name of a folder begins with that is no job: not yet, or not any more.
pub(super) const UNNAMED: &str = ".new-";
/// Octets of a plan or a journal: five thousand recipients, each tried some dozens of times.
const MAX_TEXT: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{JobCopy, JobDraft};
    use crate::submit::Dsn;

    fn plan() -> JobPlan {
        let to = |text: &str| (Address::parse(text).unwrap(), Progressed::Waiting);
        JobPlan {
            from: Address::parse("a@x.y").unwrap(),
            server: "smtps://h".parse().unwrap(),
            sent: Some("maildir:/x".parse().unwrap()),
            dsn: Dsn::default(),
            copies: vec![JobCopy { to: vec![to("b@x.y"), to("c@x.y")] }],
            filed: false,
        }
    }

    fn delivery(to: &str, code: u16) -> Delivery {
        let reply = wire::smtp::SmtpReply { code, lines: vec!["text".to_owned()] };
        Delivery { to: Address::parse(to).unwrap(), reply }
    }

    #[test]
    fn a_job_goes_on_where_it_stopped() {
        let folder = crate::testing::Folder::new();
        let draft = JobDraft::begin(folder.path()).unwrap();
        draft.copy::<_, Error>(Some(0), |out| out.write_all(b"sealed").map_err(Error::io(Path::new("x")))).unwrap();
        let mut job = draft.commit(&plan()).unwrap();
        let path = job.folder().to_owned();
        assert_eq!(fs::read(job.copy(Some(0))).unwrap(), b"sealed");
        assert!(matches!(Job::open(&path), Err(Error::JobBusy(_))), "two at once");
        let states = |job: &Job| job.plan().copies[0].to.iter().map(|(_, state)| state.clone()).collect::<Vec<_>>();
        // It ends here: who was refused before the mail left has not got it, and the other may have.
        job.sending(0, &[delivery("c@x.y", 450)]).unwrap();
        let refused = Progressed::Refused("450 text".to_owned());
        assert_eq!(states(&job), [Progressed::Uncertain, refused.clone()]);
        assert!(Job::stopped(folder.path()).is_empty(), "it is worked on");
        drop(job);
        assert_eq!(Job::stopped(folder.path()).iter().map(Job::folder).collect::<Vec<_>>(), [&path]);
        let mut job = Job::open(&path).unwrap();
        assert_eq!(states(&job), [Progressed::Uncertain, refused]);
        job.settled(0, &[delivery("b@x.y", 250), delivery("c@x.y", 450)]).unwrap();
        drop(job);
        // A line that was torn is as if it had never been.
        fs::OpenOptions::new().append(true).open(path.join("journal")).unwrap().write_all(b"accepted 0 c@x.").unwrap();
        let mut job = Job::open(&path).unwrap();
        assert_eq!(job.missing(0), [Address::parse("c@x.y").unwrap()]);
        assert_eq!(job.plan().copies[0].to[1].1, Progressed::Refused("450 text".to_owned()));
        job.settled(0, &[delivery("c@x.y", 250)]).unwrap();
        assert!(!job.is_done());
        job.filed().unwrap();
        drop(job);
        let job = Job::open(&path).unwrap();
        assert!(job.is_done());
        job.remove().unwrap();
        assert_eq!(fs::read_dir(folder.path().join("outbox")).unwrap().count(), 0);
    }

    #[test]
    fn half_a_draft_leaves_nothing_and_other_folders_are_no_jobs() {
        let folder = crate::testing::Folder::new();
        let draft = JobDraft::begin(folder.path()).unwrap();
        draft.copy::<_, Error>(None, |_| Ok(())).unwrap();
        drop(draft);
        let outbox = folder.path().join("outbox");
        assert_eq!(fs::read_dir(&outbox).unwrap().count(), 0);
        assert!(matches!(Job::open(&outbox), Err(Error::NotAJob(_))));
        fs::write(outbox.join("plan"), "something else").unwrap();
        assert!(matches!(Job::open(&outbox), Err(Error::NotAJob(_))));
    }
}
