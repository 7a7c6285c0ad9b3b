//! The command line from its definition to the exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::signals;
use crate::{ca, cert, cms, completions, explain, gpgsm, id, lock, mail, man, open, policy, seal, send, tour, unlock};

/// The definition of the command line, from which help, completions and man pages are made.
pub fn command() -> clap::Command {
    Program::command()
}

/// The same under the program's other name, by which it stands in the place of gpgsm.
pub fn gpgsm_command() -> clap::Command {
    gpgsm::command()
}

/// Runs the program on its arguments, the first of which is its name. What it returns is the process's exit code.
pub fn run<I: IntoIterator<Item = OsString>>(arguments: I) -> ExitCode {
    let mut arguments = arguments.into_iter().peekable();
    if gpgsm::is_called(arguments.peek()) {
        return gpgsm::run(arguments);
    }
    let program = command().try_get_matches_from(arguments).and_then(|found| Program::from_arg_matches(&found));
    let program = match program {
        Ok(program) => program,
        Err(mut error) => {
            conceal(&mut error);
            // Help goes to standard output and is no failure; a pipe that is closed is none either.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    signals::watch();
    match program.dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.exit().code())
        }
    }
}

/// An argument into which somebody wrote a password or a PIN is refused without being said again: what is said on standard
/// error often ends in a log.
fn conceal(error: &mut clap::Error) {
    let has_password = |text: &str| {
        let authority = text.split_once("://").map(|(_, rest)| rest);
        authority.and_then(|rest| rest.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'))
    };
    if let Some(ContextValue::String(text)) = error.get(ContextKind::InvalidValue)
        && (text.contains("pin-value") || has_password(text))
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
}

/// Runs the program in the place of gpgsm, whatever the first of its arguments says.
pub fn run_gpgsm<I: IntoIterator<Item = OsString>>(arguments: I) -> ExitCode {
    gpgsm::run(arguments.into_iter())
}

/// S/MIME that works by itself
///
/// Seals mail for its recipients, opens mail, and says whom to believe and why. Data goes to standard output, words
/// to standard error. Without FILE, or with -, a verb reads standard input.
#[derive(Parser)]
#[command(name = "sealpost", version, disable_help_subcommand = true, after_help = EXIT_STATUS, max_term_width = 100)]
struct Program {
    #[command(flatten)]
    global: Global,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Tour(tour::Tour),
    Seal(seal::Seal),
    Open(open::Open),
    Explain(explain::Explain),
    Send(Box<send::Send>),
    #[command(subcommand)]
    Id(id::Verb),
    #[command(subcommand)]
    Cert(cert::Verb),
    #[command(subcommand)]
    Mail(mail::Verb),
    #[command(subcommand)]
    Ca(ca::Verb),
    #[command(subcommand)]
    Policy(policy::Verb),
    #[command(subcommand)]
    Cms(cms::Verb),
    Unlock(unlock::Unlock),
    Lock(lock::Lock),
    #[command(hide = true)]
    Agent(unlock::RunAgent),
    Completions(completions::Completions),
    #[command(hide = true)]
    Man(man::Man),
}

impl Program {
    fn dispatch(self) -> Result {
        let global = &self.global;
        match self.verb {
            Verb::Tour(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Seal(verb) => verb.run(global),
            Verb::Open(verb) => verb.run(global),
            Verb::Explain(verb) => verb.run(global),
            Verb::Send(verb) => verb.run(global),
            Verb::Id(verb) => verb.run(global),
            Verb::Cert(verb) => verb.run(global),
            Verb::Mail(verb) => verb.run(global),
            Verb::Ca(verb) => verb.run(global),
            Verb::Policy(verb) => verb.run(global),
            Verb::Cms(verb) => verb.run(global),
            Verb::Unlock(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Lock(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Agent(verb) => verb.run(global),
            Verb::Completions(verb) => global.no_json().and_then(|()| verb.run(global, command())),
            Verb::Man(verb) => global.no_json().and_then(|()| verb.run([command(), gpgsm::command()])),
        }
    }
}

const EXIT_STATUS: &str = "\
Exit status:
   0  done
   1  any other failure
   2  the command line makes no sense
   3  no signature that verifies, or --require not met
  13  algorithm not supported
  17  a recipient's certificate cannot be used to encrypt
  29  cannot decrypt
  41  not a message, or damaged
  59  the output file exists
  61  the input is missing
  67  a key is locked
  79  the key cannot sign";
