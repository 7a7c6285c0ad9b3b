//! The program `sealpost`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sealpost::run(std::env::args_os())
}
