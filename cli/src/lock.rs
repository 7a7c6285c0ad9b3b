//! `sealpost lock`.

use clap::Args;
use directory::AgentSocket;

use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::store;

/// End what `unlock` began: the agent forgets the key of the store
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Lock {}

impl Lock {
    /// Ends the agent of the store, if there is one.
    pub fn run(self, global: &Global) -> Result {
        let folder = store::folder(global)?;
        let there = folder.is_dir().then(|| AgentSocket::find(&folder)).transpose()?.flatten();
        let ended = there.is_some_and(|socket| socket.end());
        global.say(if ended { "Locked." } else { "No agent holds the key of this store." });
        Ok(())
    }
}

const HELP: &str = "\
Examples:
  sealpost lock

Exit status:
  0 no agent holds the key any more; 1 the folder of the agent is open to others; 2 usage";
