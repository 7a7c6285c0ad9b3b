//! A job that is being put together.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::job::{Job, OUTBOX, UNNAMED};
use super::plan::JobPlan;
use super::text;
use crate::error::{Error, Result};
use crate::scratch;

/// A job that is being put together; dropped before it is committed, nothing is left of it.
#[derive(Debug)]
pub struct JobDraft {
    outbox: PathBuf,
    folder: PathBuf,
    done: bool,
}

impl JobDraft {
    /// Begins a job in the outbox of a store's folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn begin(store: &Path) -> Result<JobDraft> {
        let outbox = store.join(OUTBOX);
        DirBuilder::new().recursive(true).mode(0o700).create(&outbox).map_err(Error::io(&outbox))?;
        sweep(&outbox);
        let folder = outbox.join(format!("{UNNAMED}{}", scratch::word().map_err(Error::io(&outbox))?));
        DirBuilder::new().mode(0o700).create(&folder).map_err(Error::io(&folder))?;
        Ok(JobDraft { outbox, folder, done: false })
    }

    /// Where it is until it is committed.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes one copy: the next number is the next copy of the plan; `None` is the sender's own. What is encrypted comes
    /// encrypted: no plaintext of it is ever here.
    ///
    /// # Errors
    /// [`Error::Io`] for the file, or what `write` failed with.
    pub fn copy<T, E: From<Error>>(
        &self,
        number: Option<usize>,
        write: impl FnOnce(&mut dyn Write) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let path = self.folder.join(Job::file_name(number));
        let file = private(&path).map_err(Error::io(&path))?;
        let mut out = BufWriter::with_capacity(BUFFER, file);
        let written = write(&mut out)?;
        let finish = || -> io::Result<()> { out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all() };
        finish().map_err(Error::io(&path))?;
        Ok(written)
    }

    /// All copies are there: writes the plan and gives the job its name, in one step that nobody sees half of.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn commit(mut self, plan: &JobPlan) -> Result<Job> {
        for (name, text) in [("plan", text::plan(plan)), ("journal", String::new())] {
            let path = self.folder.join(name);
            let write = || -> io::Result<()> {
                let mut file = private(&path)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()
            };
            write().map_err(Error::io(&path))?;
        }
        let word = self.folder.file_name().map(|n| n.to_string_lossy().replace(UNNAMED, "")).unwrap_or_default();
        let target = self.outbox.join(word);
        scratch::sync_folder(&self.folder).map_err(Error::io(&self.folder))?;
        fs::rename(&self.folder, &target).map_err(Error::io(&target))?;
        self.done = true;
        scratch::sync_folder(&self.outbox).map_err(Error::io(&self.outbox))?;
        Job::open(&target)
    }
}

impl Drop for JobDraft {
    fn drop(&mut self) {
        if !self.done {
            // Nothing can be done about a failure here.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes what a draft left that was killed; one that is not of today is nobody's any more.
fn sweep(outbox: &Path) {
    for entry in fs::read_dir(outbox).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
        if entry.file_name().to_string_lossy().starts_with(UNNAMED) && age.is_some_and(|age| age > DAY) {
            // The next one tries again.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

const DAY: Duration = Duration::from_secs(86_400);
const BUFFER: usize = 128 << 10;
