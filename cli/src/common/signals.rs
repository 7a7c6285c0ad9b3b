//! SIGINT and SIGTERM: what is unfinished is removed, the terminal echoes again, and the exit code says which it was.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::termios::{OptionalActions, Termios};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::terminal;

/// Waits for the two signals from now on. Called once, before there is anything to clean up.
pub fn watch() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            // Held until the end: nothing new is begun any more.
            let held = CLEANER.clean_up();
            if let Some(words) = &held.words {
                terminal::say(words);
            }
            std::process::exit(128 + signal);
        }
    };
    // Without a thread the system's own handling of the signals would be gone; there is one or there is no process.
    let _ = std::thread::Builder::new().name("signals".to_owned()).stack_size(STACK).spawn(wait);
}

/// A file, or a folder with all that is in it, that is removed if the program is interrupted before it is complete.
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Remembers the name until the value is dropped, before there is such a file: whoever cleans up waits for it until
    /// [`Unfinished::made`] is called.
    pub fn new(path: &Path) -> Self {
        CLEANER.add(path);
        Unfinished(path.to_owned())
    }

    /// The file is there.
    pub fn made(&self) {
        CLEANER.made(&self.0);
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        CLEANER.forget(&self.0);
    }
}

/// What is said if the program is interrupted from now on; nothing with `None`.
pub fn last_words(words: Option<String>) {
    CLEANER.lock().words = words;
}

/// What the terminal was set to before its echo was turned off; `None` when it is restored.
pub fn restore_terminal(settings: Option<Termios>) {
    CLEANER.lock().terminal = settings;
}

/// What there is to do after a signal.
struct Cleaner {
    pending: Mutex<Pending>,
    changed: Condvar,
}

struct Pending {
    /// Names of files, and whether they are there already.
    files: Vec<(PathBuf, bool)>,
    terminal: Option<Termios>,
    words: Option<String>,
}

impl Cleaner {
    const fn new() -> Self {
        let pending = Pending { files: Vec::new(), terminal: None, words: None };
        Cleaner { pending: Mutex::new(pending), changed: Condvar::new() }
    }

    fn add(&self, path: &Path) {
        self.lock().files.push((path.to_owned(), false));
    }

    fn made(&self, path: &Path) {
        self.lock().files.iter_mut().filter(|(file, _)| file == path).for_each(|(_, made)| *made = true);
        self.changed.notify_all();
    }

    fn forget(&self, path: &Path) {
        self.lock().files.retain(|(file, _)| file != path);
        self.changed.notify_all();
    }

    /// Removes every file, those too that are about to be made.
    fn clean_up(&self) -> MutexGuard<'_, Pending> {
        let being_made = |pending: &mut Pending| pending.files.iter().any(|(_, made)| !made);
        let waited = self.changed.wait_timeout_while(self.lock(), LONGEST, being_made);
        let pending = waited.unwrap_or_else(PoisonError::into_inner).0;
        for (path, _) in &pending.files {
            let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        }
        if let (Some(settings), Ok(terminal)) = (&pending.terminal, std::fs::File::open("/dev/tty")) {
            let _ = rustix::termios::tcsetattr(&terminal, OptionalActions::Now, settings);
        }
        pending
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static CLEANER: Cleaner = Cleaner::new();

/// How long a folder may take to make a file.
const LONGEST: Duration = Duration::from_secs(1);
/// Bytes; the thread removes files and nothing else.
const STACK: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_just_being_made_is_removed_too() {
        let folder = std::env::temp_dir().join(format!("sealpost-signals-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (slow, failed) = (folder.join("slow"), folder.join("failed"));
        let cleaner = Cleaner::new();
        cleaner.add(&slow);
        cleaner.add(&failed);
        std::thread::scope(|scope| {
            let cleaning = scope.spawn(|| drop(cleaner.clean_up()));
            // The signal comes between the name and the file.
            std::thread::sleep(Duration::from_millis(50));
            std::fs::write(&slow, "half").unwrap();
            cleaner.made(&slow);
            cleaner.forget(&failed);
            cleaning.join().unwrap();
        });
        assert!(!slow.exists());
        std::fs::remove_dir(&folder).unwrap();
    }
}
