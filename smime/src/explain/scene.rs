//! What an explanation is made with.

use trust::Policy;
use wire::Time;

use super::relay::Budget;
use crate::keyring::Keyring;

/// What an explanation is made with.
pub(crate) struct Scene<'a> {
    pub keyring: &'a dyn Keyring,
    pub policy: &'a Policy,
    pub now: Time,
    /// What the mail is called in the commands of hints.
    pub name: &'a str,
    pub budget: Budget,
}
