//! What every verb shares: input, output, secrets, errors, the clock, the terminal.

pub mod certificate;
pub mod clock;
pub mod discovery;
pub mod error;
pub mod evidence;
pub mod fetching;
pub mod global;
pub mod input;
pub mod jobs;
pub mod material;
pub mod output;
pub mod policy;
pub mod progress;
pub mod prompt;
pub mod report;
pub mod sealing;
pub mod secret;
pub mod signals;
pub mod store;
pub mod terminal;
pub mod token;
