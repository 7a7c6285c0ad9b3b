//! Lines past the capture of the test harness, for counts are to be seen when all is well.

use std::io::Write;

#[allow(clippy::disallowed_methods)] // the room has no terminal, its tests have one
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
