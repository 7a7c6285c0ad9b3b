//! `sealpost open`, and what reading messages fails with.

pub mod failure;
