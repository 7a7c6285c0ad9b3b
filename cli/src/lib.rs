//! S/MIME that works by itself: the program `sealpost`, and the doors to the rooms it is made of.

mod ca;
mod cert;
mod cms;
mod common;
mod completions;
mod id;
mod man;
mod open;
mod policy;
mod program;
mod seal;
mod tour;

pub use program::{command, run};
