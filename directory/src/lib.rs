//! Where certificates, keys and anchors rest: the store on disk, spools and output files.
//!
//! The directory decides nothing about belief: it keeps what the user marked and hands out candidates.

#[cfg(not(unix))]
compile_error!("sealpost runs on Linux and macOS; Windows is not supported yet");

mod error;
mod output;
mod scratch;
mod source;
mod spool;
#[cfg(test)]
mod testing;

pub use error::{DatabaseFault, Error, Result};
pub use output::OutputFile;
pub use source::FileSource;
pub use spool::Spool;
