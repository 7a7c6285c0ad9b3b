//! A token that was logged in to. One session for each token and process, which ends with the last key; a process that was
//! forked off has none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use wire::Pkcs11Uri;

use super::error::TokenError;
use super::module;
use super::pin::{AskPin, PinAsked};

/// The open token.
pub(super) struct Token {
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// What it can do.
    pub mechanisms: Vec<MechanismType>,
    /// The PIN, where there is a key that wants it each time; none where the token has keys of its own to type it on.
    pin: Option<AuthPin>,
    /// Closed in the process that opened it, and in none that was forked off.
    session: Mutex<Option<Session>>,
    /// The process that opened it.
    process: u32,
}

/// Finds the one token that fits, and logs in if it wants that.
pub(super) fn open(uri: &Pkcs11Uri, pin: &AskPin<'_>) -> Result<Arc<Token>, TokenError> {
    let (path, module) = module::load(uri)?;
    let failed = |why: Error| TokenError::Module { path: path.display().to_string(), why: why.to_string() };
    let mut fitting = Vec::new();
    for slot in module.get_slots_with_token().map_err(failed)? {
        // One that is pulled out just now is not there.
        let Ok(info) = module.get_token_info(slot) else { continue };
        if fits(uri, slot, &info) {
            fitting.push((slot, info));
        }
    }
    // A module may show a token that is not made yet; it has no keys.
    if fitting.iter().any(|(_, info)| info.token_initialized()) {
        fitting.retain(|(_, info)| info.token_initialized());
    }
    let count = fitting.len();
    let (Some((slot, info)), 1) = (fitting.pop(), count) else {
        let uri = named(uri);
        return Err(if count == 0 { TokenError::Absent(uri) } else { TokenError::Several { uri, count } });
    };
    let key = (path, info.label().to_owned(), info.serial_number().to_owned(), std::process::id());
    // Held while somebody is asked: two that want the same token ask once.
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(token) = open.get(&key).and_then(Weak::upgrade) {
        return Ok(token);
    }
    let token = Arc::new(log_in(&module, &key, (slot, &info), uri, pin)?);
    open.insert(key, Arc::downgrade(&token));
    Ok(token)
}

fn log_in(
    module: &Pkcs11,
    key: &Key,
    (slot, info): (Slot, &TokenInfo),
    uri: &Pkcs11Uri,
    pin: &AskPin<'_>,
) -> Result<Token, TokenError> {
    let label = info.label().to_owned();
    let failed = |why: Error| TokenError::Failed { token: label.clone(), why: why.to_string() };
    let mut wrong = WRONG.lock().unwrap_or_else(PoisonError::into_inner);
    if wrong.contains(key) {
        return Err(TokenError::WrongPin(label));
    }
    let session = module.open_ro_session(slot).map_err(failed)?;
    let mut typed = None;
    if info.login_required() {
        if info.user_pin_locked() {
            return Err(TokenError::PinLocked(label));
        }
        if info.protected_authentication_path() {
            // It has keys of its own to type the PIN on.
            entered(session.login(UserType::User, None), &label)?;
        } else if info.user_pin_final_try() {
            return Err(TokenError::LastTry(label));
        } else {
            let asked = PinAsked { token: &label, source: uri.pin_source.as_deref() };
            let no_pin = |why: String| TokenError::NoPin { token: label.clone(), why };
            let secret = pin(&asked).map_err(|e| no_pin(e.to_string()))?;
            let text = std::str::from_utf8(secret.as_bytes()).map_err(|_| no_pin("it is no text".to_owned()))?;
            if text.is_empty() {
                return Err(no_pin("it is empty".to_owned()));
            }
            // Wiped where it is dropped.
            let pin = AuthPin::from(text);
            let entered = entered(session.login(UserType::User, Some(&pin)), &label);
            if matches!(entered, Err(TokenError::WrongPin(_))) {
                wrong.insert(key.clone());
            }
            entered?;
            typed = Some(pin);
        }
    }
    let always = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::AlwaysAuthenticate(true)];
    let typed = typed.filter(|_| session.find_objects(&always).is_ok_and(|found| !found.is_empty()));
    let mechanisms = module.get_mechanism_list(slot).map_err(failed)?;
    let serial = info.serial_number().to_owned();
    let session = Mutex::new(Some(session));
    Ok(Token { label, serial, mechanisms, pin: typed, session, process: std::process::id() })
}

fn entered(result: cryptoki::error::Result<()>, label: &str) -> Result<(), TokenError> {
    match result {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid, _)) => {
            Err(TokenError::WrongPin(label.to_owned()))
        }
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::PinLocked(label.to_owned())),
        Err(why) => Err(TokenError::Failed { token: label.to_owned(), why: why.to_string() }),
    }
}

impl Token {
    /// Logs in for the operation that was begun, with the PIN that was right before.
    pub fn log_in_again(&self, session: &Session) -> cryptoki::error::Result<()> {
        session.login(UserType::ContextSpecific, self.pin.as_ref())
    }

    /// Runs one operation; `None` in another process than the one that logged in.
    pub fn with<T>(&self, run: impl FnOnce(&Session) -> T) -> Option<T> {
        if std::process::id() != self.process {
            return None;
        }
        self.session.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(run)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let session = self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if std::process::id() == self.process {
            drop(session); // closing the last session of a token logs out
        } else {
            std::mem::forget(session);
        }
    }
}

fn fits(uri: &Pkcs11Uri, slot: Slot, info: &TokenInfo) -> bool {
    let same = |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|wanted| wanted == has);
    same(&uri.token, info.label())
        && same(&uri.manufacturer, info.manufacturer_id())
        && same(&uri.serial, info.serial_number())
        && same(&uri.model, info.model())
        && uri.slot_id.is_none_or(|wanted| wanted == slot.id())
}

/// As errors tell it: without where the PIN is.
fn named(uri: &Pkcs11Uri) -> String {
    Pkcs11Uri { pin_source: None, ..uri.clone() }.to_string()
}

/// Module, label, serial number, process.
type Key = (PathBuf, String, String, u32);

static OPEN: Mutex<BTreeMap<Key, Weak<Token>>> = Mutex::new(BTreeMap::new());
/// Tokens whose PIN was wrong once.
static WRONG: Mutex<BTreeSet<Key>> = Mutex::new(BTreeSet::new());
