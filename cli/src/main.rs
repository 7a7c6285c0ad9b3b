//! The program `sealpost`.
fn main() {}
