//! What the policy lets a message be decrypted with.

use trust::{Algorithm, Policy, Use};
use wire::Time;

use crate::error::Error;

/// The policy at a time, as it is asked before a key is used on anything that a message names.
#[derive(Debug, Clone, Copy)]
pub struct Permit<'p>(Option<(&'p Policy, Time)>);

impl<'p> Permit<'p> {
    /// What this policy accepts at this time for [`Use::Decrypt`].
    pub fn new(policy: &'p Policy, now: Time) -> Self {
        Permit(Some((policy, now)))
    }

    /// Nothing: for readings that have no key to use.
    pub fn none() -> Self {
        Permit(None)
    }

    /// What the policy warns of among these.
    ///
    /// # Errors
    /// [`Error::Refused`] with the row for the first that it rejects.
    pub(crate) fn judge(&self, algorithms: &[Algorithm]) -> Result<Vec<String>, Error> {
        let Some((policy, now)) = self.0 else {
            return Err(Error::Refused("this reading decrypts nothing".to_owned()));
        };
        let mut warnings = Vec::new();
        for algorithm in algorithms {
            let judgement = policy.judge(Use::Decrypt, algorithm, now);
            match judgement.standing {
                trust::Standing::Reject => return Err(Error::Refused(judgement.to_string())),
                trust::Standing::Warn => warnings.push(judgement.to_string()),
                trust::Standing::Accept | trust::Standing::Prefer => {}
            }
        }
        Ok(warnings)
    }
}
