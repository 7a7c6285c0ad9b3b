//! `sealpost unlock`, and the agent that it starts.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use directory::{Agent, AgentSocket, Protection};

use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::signals::Unfinished;
use crate::common::store;

/// Keep the store unlocked for a while: its passphrase is asked for once
///
/// An agent holds the key of the store and gives it to programs of yours, until its time is over or `sealpost lock`
/// ends it. An agent that is there already begins anew.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Unlock {
    /// For how long: a number with s, m, h or d, at most 7d
    #[arg(long = "for", value_name = "TIME", default_value = "15m")]
    lasting: Lasting,
}

/// A time to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting(Duration);

impl FromStr for Lasting {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || "a number with s, m, h or d, such as 15m; at most 7d".to_owned();
        let unit = text.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => return Err(wrong()),
        };
        let digits = text.strip_suffix(unit).filter(|t| t.bytes().all(|b| b.is_ascii_digit())).ok_or_else(wrong)?;
        let count: u64 = digits.parse().map_err(|_| wrong())?;
        let all = count.checked_mul(seconds).filter(|all| (1..=LONGEST).contains(all)).ok_or_else(wrong)?;
        Ok(Lasting(Duration::from_secs(all)))
    }
}

impl std::fmt::Display for Lasting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.0.as_secs();
        let units = [(86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
        let (seconds, unit) = units.into_iter().find(|(s, _)| all.is_multiple_of(*s)).unwrap_or((1, "second"));
        let count = all / seconds;
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

impl Unlock {
    /// Asks for the passphrase and starts the agent.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open_locked(global)?;
        if directory.protection()? != Protection::Passphrase {
            global.say("This store is under no passphrase: there is nothing to unlock.");
            return Ok(());
        }
        directory.unlock()?;
        let store = store::folder(global)?;
        let failed = |what: io::Error| Failure::other(format!("the agent does not start: {what}"));
        let program = std::env::current_exe().map_err(failed)?;
        // Nothing else of what is around here: a variable may hold the passphrase.
        let around = std::env::var_os("XDG_RUNTIME_DIR").map(|folder| ("XDG_RUNTIME_DIR", folder));
        let mut child = Command::new(program)
            .env_clear()
            .envs(around)
            .args(["agent", "--seconds", &self.lasting.0.as_secs().to_string(), "--store"])
            .arg(std::path::absolute(store).map_err(failed)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .current_dir("/")
            .spawn()
            .map_err(failed)?;
        if let Some(mut pipe) = child.stdin.take() {
            // Where that fails the agent says why.
            let _ = directory.lend_key(&mut pipe);
        }
        let mut said = String::new();
        if let Some(pipe) = child.stdout.take() {
            BufReader::new(pipe.take(MOST_SAID)).read_line(&mut said).map_err(failed)?;
        }
        if said.trim_end() != READY {
            let _ = child.wait();
            let (message, hint) = said.trim_end().split_once('\t').unwrap_or((said.trim_end(), ""));
            let message = if message.is_empty() { "it ended at once" } else { message };
            let failure = Failure::other(format!("the agent does not start: {message}"));
            return Err(if hint.is_empty() { failure } else { failure.hint(hint) });
        }
        global.say(format!("Unlocked for {}; `sealpost lock` ends it.", self.lasting));
        Ok(())
    }
}

/// Hold the key that comes by standard input: what `unlock` starts
#[derive(Args)]
pub struct RunAgent {
    /// For how long
    #[arg(long, value_name = "N")]
    seconds: u64,
}

impl RunAgent {
    /// Begins to listen, says so, and serves.
    pub fn run(self, global: &Global) -> Result {
        // A session of its own: what the terminal sends, and its end, do not reach it.
        let _ = rustix::process::setsid();
        let lasting = Duration::from_secs(self.seconds.min(LONGEST));
        let start = || {
            let socket = AgentSocket::of(&store::folder(global)?)?;
            let guard = Unfinished::new(socket.path());
            let agent = Agent::start(socket, &mut io::stdin().lock(), lasting)?;
            guard.made();
            Ok((agent, guard))
        };
        let (agent, _guard) = match start() {
            Ok(started) => started,
            Err(failure) => return answer(&Failure::in_a_line(&failure)),
        };
        answer(READY)?;
        agent.serve();
        Ok(())
    }
}

fn answer(text: &str) -> Result {
    let mut out = io::stdout();
    out.write_all(format!("{text}\n").as_bytes())?;
    Ok(out.flush()?)
}

/// What the agent says when it listens.
const READY: &str = "ready";
/// Octets of what it says.
const MOST_SAID: u64 = 4096;
/// Seconds: a week.
const LONGEST: u64 = 7 * 86400;

const HELP: &str = "\
Examples:
  sealpost unlock --store-password-file @ENV:STORE_PASSWORD
  sealpost unlock --for 8h --store-password-file @ENV:STORE_PASSWORD

Exit status:
  0 done, or the store is under no passphrase; 1 there is no store, or the agent does not start; 2 usage; 67 the
  passphrase is wrong, or there is no terminal to ask on";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_bounded() {
        let seconds = |text: &str| text.parse::<Lasting>().map(|l| l.0.as_secs()).ok();
        assert_eq!(
            [seconds("15m"), seconds("90s"), seconds("8h"), seconds("7d")],
            [Some(900), Some(90), Some(28800), Some(604800)]
        );
        for wrong in ["", "m", "0m", "8d", "15", "-1m", "+1m", "1.5h", "99999999999999999999s", "1ü"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        let said = |text: &str| text.parse::<Lasting>().unwrap().to_string();
        assert_eq!(
            [said("15m"), said("90s"), said("60s"), said("24h")],
            ["15 minutes", "90 seconds", "1 minute", "1 day"]
        );
    }
}
