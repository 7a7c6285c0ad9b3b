//! SIGINT and SIGTERM: what is unfinished is removed, the terminal echoes again, and the exit code says which it was.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{OptionalActions, Termios};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Waits for the two signals from now on. Called once, before there is anything to clean up.
pub fn watch() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            clean_up();
            std::process::exit(128 + signal);
        }
    };
    // Without a thread the system's own handling of the signals would be gone; there is one or there is no process.
    let _ = std::thread::Builder::new().name("signals".to_owned()).stack_size(STACK).spawn(wait);
}

/// A file that is removed if the program is interrupted before it is complete.
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Remembers the file until the value is dropped.
    pub fn new(path: &Path) -> Self {
        lock().files.push(path.to_owned());
        Unfinished(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        lock().files.retain(|f| *f != self.0);
    }
}

/// What the terminal was set to before its echo was turned off; `None` when it is restored.
pub fn restore_terminal(settings: Option<Termios>) {
    lock().terminal = settings;
}

#[derive(Default)]
struct Pending {
    files: Vec<PathBuf>,
    terminal: Option<Termios>,
}

fn clean_up() {
    let pending = lock();
    pending.files.iter().for_each(|f| drop(std::fs::remove_file(f)));
    if let (Some(settings), Ok(terminal)) = (&pending.terminal, std::fs::File::open("/dev/tty")) {
        let _ = rustix::termios::tcsetattr(&terminal, OptionalActions::Now, settings);
    }
}

fn lock() -> MutexGuard<'static, Pending> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

static PENDING: Mutex<Pending> = Mutex::new(Pending { files: Vec::new(), terminal: None });

/// Bytes; the thread removes files and nothing else.
const STACK: usize = 128 * 1024;
