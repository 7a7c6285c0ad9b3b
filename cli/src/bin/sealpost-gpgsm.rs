//! The program under the name by which git and others call it in place of gpgsm.

use std::process::ExitCode;

fn main() -> ExitCode {
    sealpost::run_gpgsm(std::env::args_os())
}
