//! What an attempt to open a message came to.

use crypto::{Random, Secret};

use crate::error::Error;

/// A content key, real or substituted.
#[derive(Debug)]
pub(crate) struct Opened {
    pub cek: Secret,
    /// The name of the key that gave it.
    pub name: String,
    /// It is a random one that stands in for what could not be had: the message fails at its end.
    pub doomed: bool,
    /// It stands in for what could not be had, whether that is known or not.
    pub substituted: bool,
    /// What the policy warns of in how it was had.
    pub warnings: Vec<String>,
}

impl Opened {
    /// Of an attempt whose failure is known; a key of another length is one.
    pub fn of(
        result: Result<Secret, crypto::Error>,
        name: String,
        length: usize,
        rng: &mut dyn Random,
    ) -> Result<Opened, Error> {
        Ok(match result {
            Ok(cek) if cek.len() == length => {
                Opened { cek, name, doomed: false, substituted: false, warnings: Vec::new() }
            }
            _ => Opened {
                cek: crypto::random_secret(length, rng)?,
                name,
                doomed: true,
                substituted: true,
                warnings: Vec::new(),
            },
        })
    }
}
