//! Security labels that one is cleared for, as the `cms` verbs name them.

use clap::Args;
use trust::{Clearance, Policy};

/// The option of the verbs that read what is labelled.
#[derive(Args)]
pub struct Labels {
    /// Accept security labels (RFC 2634) of this policy, up to a classification if one is given: 1.2.3.4=confidential;
    /// then those of no other policy are, but for the clearances of policy.toml
    #[arg(long, value_name = "OID[=HIGHEST]")]
    accept_label: Vec<Clearance>,
}

impl Labels {
    /// The policy with these clearances as well.
    pub fn with(&self, policy: Policy) -> Policy {
        policy.with_clearances(self.accept_label.iter().cloned())
    }
}
