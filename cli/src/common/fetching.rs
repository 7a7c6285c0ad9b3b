//! What may be fetched, and from where.

use std::rc::Rc;

use clap::Args;
use directory::{AllowedHost, Directory, Gatherer};
use trust::Policy;

use super::error::{Failure, Result};
use super::global::Global;

/// The options of verbs that look up whether certificates were revoked.
#[derive(Debug, Clone, Args)]
pub struct Fetching {
    /// Fetch nothing about certificates: what is here and what was kept has to do
    #[arg(long)]
    pub offline: bool,

    /// A host that may be asked about certificates whatever its address and port
    #[arg(long, value_name = "HOST:PORT")]
    pub allow_host: Vec<AllowedHost>,
}

impl Fetching {
    /// For one run of the program, with the hosts of the policy.
    ///
    /// # Errors
    /// Exit 2 where the policy names a host in another way.
    pub fn gatherer(&self, global: &Global, policy: &Policy) -> Result<Gatherer> {
        Ok(Gatherer::new(self.allowed(policy)?, global.now()).offline(self.offline))
    }

    /// The hosts that may be asked whatever their address: those of the command line and of the policy.
    ///
    /// # Errors
    /// As [`Fetching::gatherer`].
    pub fn allowed(&self, policy: &Policy) -> Result<Vec<AllowedHost>> {
        let mut allowed = self.allow_host.clone();
        for host in &policy.revocation().allow_hosts {
            allowed.push(host.parse().map_err(|why| Failure::usage(format!("allow-hosts in policy.toml: {why}")))?);
        }
        Ok(allowed)
    }

    /// Gives it to the store, for the front door to ask.
    ///
    /// # Errors
    /// As [`Fetching::gatherer`].
    pub fn prepare(&self, global: &Global, policy: &Policy, directory: &Directory) -> Result<Rc<Gatherer>> {
        let gatherer = Rc::new(self.gatherer(global, policy)?);
        directory.set_gatherer(Rc::clone(&gatherer));
        Ok(gatherer)
    }
}

/// What was fetched, for those who asked for more; what could not be, for everybody.
pub fn tell(global: &Global, gatherer: &Gatherer) {
    for note in gatherer.notes() {
        match note.outcome {
            Ok(from) => global.detail(format!("{}: {}", from.name(), note.url)),
            Err(why) => {
                global.say(format!("note: about revocation, {}: {why}", note.url));
                if let Some(hint) = why.hint() {
                    global.say(format!("hint: {hint}"));
                }
            }
        }
    }
}
