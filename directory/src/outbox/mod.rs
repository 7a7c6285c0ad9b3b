//! Mail on its way: sealed copies with the list of who gets which, and a journal of what was done, so that a delivery goes
//! on where it stopped, however it stopped.
//!
//! A job is a folder that gets its name when all of it is on the disk. What is done is a line at the end of its journal,
//! on the disk before anything else happens. That the end of a copy is about to be sent is a line too: of a copy whose last
//! line that is nobody knows whether it arrived, and it is sent once more (RFC 5321 section 4.5.4.2), under the same
//! Message-ID.

mod draft;
mod job;
mod plan;
mod text;

pub use draft::JobDraft;
pub use job::Job;
pub use plan::{JobCopy, JobPlan, Progressed};
