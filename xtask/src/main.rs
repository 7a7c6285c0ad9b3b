//! Chores of the workspace: `cargo xtask house | man | fuzz`.

mod fuzz;
mod house;
mod lex;
mod man;
mod source;
mod workspace;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = workspace::root();
    let mut args = env::args_os().skip(1);
    let chore = args.next().unwrap_or_default();
    let done = match chore.to_str() {
        Some("house") => house::run(&root),
        Some("man") => man::run(&root, args.next()),
        Some("fuzz") => fuzz::run(&root, args),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
cargo xtask house                                     check the walls of the design
cargo xtask man [DIR]                                 write the man pages (default: target/man)
cargo xtask fuzz [--seconds N | --smoke] [TARGET]...  run the fuzz targets
";
