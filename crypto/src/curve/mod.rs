//! The curves of RFC 5639 that no library below has: their constants, over its arithmetic, which takes the same time for
//! every secret.

mod define;
mod p320;
mod p512;

pub(crate) use p320::{BrainpoolP320r1, BrainpoolP320t1};
pub(crate) use p512::{BrainpoolP512r1, BrainpoolP512t1};
