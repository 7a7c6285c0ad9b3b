//! The front door: mail in, a verdict out; mail out, sealed mail.
