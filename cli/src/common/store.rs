//! Opening the store, and where its passphrase comes from.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use crypto::Secret;
use directory::{Directory, PinAsked, Protection, Unlock};

use super::error::{Exit, Failure, Result};
use super::global::Global;
use super::prompt;
use super::{secret, token};

/// Opens the store. Its passphrase is asked for when a private key is needed, and not before.
///
/// # Errors
/// Where the store cannot be opened, or the source of its passphrase cannot be read.
pub fn open(global: &Global) -> Result<Directory> {
    let unlock = match &global.store_password_file {
        Some(source) => {
            let passphrase = source.read()?;
            // No store has an empty one: who gives it relies on the agent.
            let nobody = || Err(io::ErrorKind::NotFound.into());
            if passphrase.is_empty() { Unlock::AgentOrAsk(Box::new(nobody)) } else { Unlock::Passphrase(passphrase) }
        }
        None => Unlock::AgentOrAsk(Box::new(ask)),
    };
    open_with(global, unlock)
}

/// The same without an agent, whom whoever asks is about to start. None is made.
///
/// # Errors
/// As [`open`]; exit 1 where there is no store.
pub fn open_locked(global: &Global) -> Result<Directory> {
    let folder = folder(global)?;
    if !Directory::exists(&folder) {
        return Err(Failure::other(format!("there is no store in {}", folder.display()))
            .hint("`sealpost id new ADDRESS` makes one, or name its folder with --store"));
    }
    let unlock = match &global.store_password_file {
        Some(source) => Unlock::Passphrase(source.read()?),
        None => Unlock::Ask(Box::new(ask)),
    };
    open_with(global, unlock)
}

/// Opens the store if there is one; none is made.
///
/// # Errors
/// As [`open`].
pub fn open_if_there(global: &Global) -> Result<Option<Directory>> {
    match global.store_folder() {
        Some(folder) if Directory::exists(&folder) => open(global).map(Some),
        _ => Ok(None),
    }
}

/// Opens the store to add a private key. The first key decides how all are protected: by a new passphrase, or, if
/// that is said, by none.
///
/// # Errors
/// As [`open`]; exit 2 where no passphrase is wished for and the store has one.
pub fn open_to_add(global: &Global, no_passphrase: bool) -> Result<Directory> {
    if no_passphrase && global.store_password_file.is_some() {
        return Err(Failure::usage("--no-passphrase and --store-password-file contradict each other"));
    }
    let protection = open_with(global, Unlock::None)?.protection()?;
    match (protection, no_passphrase) {
        (Protection::Passphrase, true) => {
            Err(Failure::usage("the store is under a passphrase, which protects every key in it")
                .hint("leave --no-passphrase out, or name another folder with --store"))
        }
        (Protection::Undecided, false) => {
            let chosen = secret::read_or_choose(global.store_password_file.as_ref(), CHOOSE, OPTION)
                .map_err(|e| e.hint("with --no-passphrase, the permissions of the file alone protect the keys"))?;
            open_with(global, Unlock::Passphrase(chosen))
        }
        (Protection::None | Protection::Undecided, _) => open_with(global, Unlock::None),
        (Protection::Passphrase, false) => open(global),
    }
}

fn open_with(global: &Global, unlock: Unlock) -> Result<Directory> {
    let directory = Directory::open(&folder(global)?, unlock)?;
    let given = global.pin_file.clone();
    directory.set_pin_teller(Rc::new(move |asked: &PinAsked<'_>| token::pin(given.as_ref(), asked)));
    Ok(directory)
}

/// Says of a key that is locked what its token said.
pub fn why(directory: &Directory, failure: Failure) -> Failure {
    match directory.token_fault() {
        Some(fault) if failure.exit() == Exit::Locked => Failure::new(Exit::Locked, &fault).hint_if(fault.hint()),
        _ => failure,
    }
}

/// The folder of the store.
///
/// # Errors
/// Exit 2 where nothing says which it is.
pub fn folder(global: &Global) -> Result<PathBuf> {
    global.store_folder().ok_or_else(|| {
        Failure::usage("there is no home folder to keep a store in")
            .hint("name a folder with --store or SEALPOST_STORE")
    })
}

fn ask() -> io::Result<Secret> {
    match prompt::secret("Passphrase of the store") {
        Ok(answer) => Ok(answer.into()),
        Err(_) => Err(io::ErrorKind::NotFound.into()),
    }
}

const CHOOSE: &str = "New passphrase of the store";
const OPTION: &str = "--store-password-file";
