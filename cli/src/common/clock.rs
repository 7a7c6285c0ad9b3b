//! What time it is: the clock's time, or the one that `--at` gives.

use std::time::{SystemTime, UNIX_EPOCH};

use wire::Time;

/// The time of the system's clock.
pub fn now() -> Time {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(0, |s| -s),
    };
    Time(seconds)
}

/// Reads the value of `--at`.
pub fn parse(text: &str) -> Result<Time, String> {
    Time::parse_rfc3339(text).ok_or_else(|| "not a time; write it like 2026-11-23T10:00:00Z or 2026-11-23".to_owned())
}
