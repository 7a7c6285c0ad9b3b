//! `sealpost-gpgsm --decrypt`: one layer of encryption is taken off with the keys of the store.

use std::path::Path;

use ::cms::Permit;
use crypto::SystemRandom;
use smime::stateless::{self, DecryptedFacts};

use super::status::Status;
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::common::{policy, store};
use crate::open::failure;

/// Decrypts a file, or standard input.
pub fn run(file: Option<&Path>, global: &Global, status: &mut Status) -> Result {
    let directory = store::open(global)?;
    let policy = policy::load(global)?;
    let input = Input::open(file)?;
    let permit = Permit::new(&policy, global.now());
    let decrypted = match stateless::decrypt(&input, &directory, permit, &mut SystemRandom) {
        Ok(decrypted) => decrypted,
        Err(error) => {
            status.line("DECRYPTION_FAILED", "")?;
            return Err(match directory.passphrase_was_wrong() {
                true => directory::Error::WrongPassphrase.into(),
                false => failure::opening(error),
            });
        }
    };
    if !matches!(decrypted.facts(), DecryptedFacts::Enveloped(facts) if facts.authenticated) {
        global.say("warning: nothing proves that the content is what was sent, but a signature within it would");
    }
    let mut out = Output::open(global, Kind::Foreign)?;
    output::pour(&mut decrypted.content().map_err(failure::opening)?, &mut out).map_err(failure::reading)?;
    out.commit()?;
    status.line("DECRYPTION_OKAY", "")
}
