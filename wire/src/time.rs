//! Points in time: UTCTime and GeneralizedTime (RFC 5280 §4.1.2.5), shown as RFC 3339.

use std::fmt::{self, Write};

use crate::der::{Element, Reader, Tag, Writer};
use crate::error::{Error, Result};

/// A second in UTC, counted from 1970-01-01T00:00:00Z; leap seconds are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// 9999-12-31T23:59:59Z, which RFC 5280 §4.1.2.5 uses for "no end".
    pub const NO_END: Time = Time(253_402_300_799);

    /// From a civil date and time of day in UTC. `None` when a field is out of range.
    pub fn from_civil(year: i64, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<Time> {
        let longest = match month {
            2 if is_leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if day == 0 || day > longest || hour > 23 || minute > 59 || second > 59 || !(0..=9999).contains(&year) {
            return None;
        }
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Some(Time(days_from_civil(year, i64::from(month), i64::from(day)) * 86_400 + seconds))
    }

    /// Reads `Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }` in its DER form.
    pub fn read(reader: &mut Reader<'_>) -> Result<Time> {
        let element = reader.any()?;
        Time::from_element(&element)
    }

    /// From an element that is one of the two time types.
    pub fn from_element(element: &Element<'_>) -> Result<Time> {
        let digits = element.contents.strip_suffix(b"Z").ok_or(BAD)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(BAD);
        }
        let (year, rest) = match (element.tag, digits.len()) {
            (Tag::UTC_TIME, 12) => {
                let (year, rest) = take(digits, 2)?;
                (if year >= 50 { 1900 + year } else { 2000 + year }, rest)
            }
            (Tag::GENERALIZED_TIME, 14) => take(digits, 4)?,
            _ => return Err(BAD),
        };
        let mut fields = [0u8; 5];
        let mut rest = rest;
        for field in &mut fields {
            let (value, after) = take(rest, 2)?;
            *field = u8::try_from(value).map_err(|_| BAD)?;
            rest = after;
        }
        let [month, day, hour, minute, second] = fields;
        Time::from_civil(year, month, day, hour, minute, second).ok_or(BAD)
    }

    /// Writes UTCTime through 2049 and GeneralizedTime after it (RFC 5280 §4.1.2.5, RFC 5652 §11.3).
    pub fn write(self, w: &mut Writer) {
        let c = self.civil();
        let tail = format!("{:02}{:02}{:02}{:02}{:02}Z", c.month, c.day, c.hour, c.minute, c.second);
        if (1950..2050).contains(&c.year) {
            w.element(Tag::UTC_TIME, format!("{:02}{tail}", c.year.rem_euclid(100)).as_bytes());
        } else {
            w.element(Tag::GENERALIZED_TIME, format!("{:04}{tail}", c.year).as_bytes());
        }
    }

    /// Writes GeneralizedTime whatever the year, where a structure has no other.
    pub fn write_generalized(self, w: &mut Writer) {
        let c = self.civil();
        let tail = format!("{:02}{:02}{:02}{:02}{:02}Z", c.month, c.day, c.hour, c.minute, c.second);
        w.element(Tag::GENERALIZED_TIME, format!("{:04}{tail}", c.year).as_bytes());
    }

    /// Reads RFC 3339: `2026-11-23T10:00:00Z`, an offset in place of Z, or a date alone (its first second).
    pub fn parse_rfc3339(text: &str) -> Option<Time> {
        let (date, rest) = text.split_at_checked(10)?;
        let mut fields = date.split('-');
        let year = number(fields.next()?, 4)?;
        let month = number(fields.next()?, 2)?;
        let day = number(fields.next()?, 2)?;
        let (clock, offset) = match rest {
            "" => ("00:00:00", 0),
            _ => split_clock(rest)?,
        };
        let mut parts = clock.split(':');
        let hour = number(parts.next()?, 2)?;
        let minute = number(parts.next()?, 2)?;
        let second = number(parts.next()?, 2)?;
        if parts.next().is_some() {
            return None;
        }
        let small = |v: i64| u8::try_from(v).ok();
        let local = Time::from_civil(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?)?;
        Some(Time(local.0 - offset))
    }

    /// The civil fields in UTC.
    pub fn civil(self) -> Civil {
        let days = self.0.div_euclid(86_400);
        let seconds = self.0.rem_euclid(86_400);
        let (year, month, day) = civil_from_days(days);
        Civil { year, month, day, hour: seconds / 3600, minute: seconds / 60 % 60, second: seconds % 60 }
    }
}

/// The fields of a [`Time`] in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year of the proleptic Gregorian calendar.
    pub year: i64,
    /// 1–12.
    pub month: i64,
    /// 1–31.
    pub day: i64,
    /// 0–23.
    pub hour: i64,
    /// 0–59.
    pub minute: i64,
    /// 0–59.
    pub second: i64,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        // At once: whoever collects it has room for it at once.
        let mut text = String::with_capacity(20);
        write!(text, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)?;
        f.write_str(&text)
    }
}

fn split_clock(rest: &str) -> Option<(&str, i64)> {
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, zone) = rest.split_at_checked(8)?;
    if matches!(zone, "Z" | "z") {
        return Some((clock, 0));
    }
    let (sign, zone) = zone.split_at_checked(1)?;
    let (hours, minutes) = zone.split_once(':')?;
    let seconds = number(hours, 2)? * 3600 + number(minutes, 2)? * 60;
    match sign {
        "+" => Some((clock, seconds)),
        "-" => Some((clock, -seconds)),
        _ => None,
    }
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn take(digits: &[u8], count: usize) -> Result<(i64, &[u8])> {
    let (head, rest) = digits.split_at_checked(count).ok_or(BAD)?;
    Ok((head.iter().fold(0, |sum, b| sum * 10 + i64::from(b - b'0')), rest))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar: years are counted from March,
/// so that the leap day is a year's last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

const BAD: Error = Error::BadValue("Time");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(Time(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Time(951_782_400).to_string(), "2000-02-29T00:00:00Z");
        assert_eq!(Time::NO_END.to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Time::parse_rfc3339("2026-11-23T11:00:00+01:00"), Time::parse_rfc3339("2026-11-23T10:00:00Z"));
        assert_eq!(Time::parse_rfc3339("1970-01-02"), Some(Time(86_400)));
    }

    #[test]
    fn every_day_round_trips() {
        for day in -30_000..120_000 {
            let (y, m, d) = civil_from_days(day);
            assert_eq!(days_from_civil(y, m, d), day);
        }
    }

    #[test]
    fn der_forms() {
        for (seconds, tag) in [(1_900_000_000, Tag::UTC_TIME), (2_600_000_000, Tag::GENERALIZED_TIME)] {
            let mut w = Writer::new();
            Time(seconds).write(&mut w);
            assert_eq!(w.as_bytes()[0], tag.0);
            assert_eq!(Time::read(&mut Reader::new(w.as_bytes())), Ok(Time(seconds)));
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-01-01T24:00:00Z",
            "2026-01-01T10:00Z",
            "26-01-01",
            "2026-01-01T10:00:00",
            "2026-01-01T10:00:00+1:00",
        ] {
            assert_eq!(Time::parse_rfc3339(text), None, "{text}");
        }
        let no_zone = Element { tag: Tag::UTC_TIME, contents: b"991231235959", raw: b"" };
        assert!(Time::from_element(&no_zone).is_err());
    }
}
