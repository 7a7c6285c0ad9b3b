//! Dates of RFC 5322 §3.3, obsolete forms included.

/// `Mon, 23 Nov 2026 21:33:17 +0000` of seconds since 1970 (UTC). Outside the years 1900 to 9999 the nearest second
/// inside is written.
#[must_use]
pub fn format_date(unix_seconds: i64) -> String {
    let t = unix_seconds.clamp(EARLIEST, LATEST);
    let (days, second) = (t.div_euclid(DAY), t.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let name = usize::try_from((days + 4).rem_euclid(7)).ok().and_then(|i| DAYS.get(i));
    let month = usize::try_from(month - 1).ok().and_then(|i| MONTHS.get(i));
    format!(
        "{}, {day} {} {year:04} {:02}:{:02}:{:02} +0000",
        name.copied().unwrap_or_default(),
        month.copied().unwrap_or_default(),
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Seconds since 1970 (UTC) of an unfolded date-time; None if it is none. Comments, missing seconds, years of two and
/// three digits and the zone names of RFC 5322 §4.3 are understood; a leap second counts as the next second.
#[must_use]
pub fn parse_date(value: &str) -> Option<i64> {
    let plain = without_comments(value)?;
    let after_day_name = match plain.split_once(',') {
        Some((name, rest)) => {
            let known = DAYS.iter().any(|d| d.eq_ignore_ascii_case(name.trim()));
            known.then_some(rest)?
        }
        None => plain.as_str(),
    };
    let spaced = after_day_name.replace(':', " : ");
    let mut words = spaced.split_ascii_whitespace();
    let day = number(words.next()?, 1, 2)?;
    let month_name = words.next()?;
    let month = MONTHS.iter().zip(1..).find(|(m, _)| m.eq_ignore_ascii_case(month_name))?.1;
    let year = full_year(words.next()?)?;
    if !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let hour = number(words.next()?, 1, 2)?;
    (words.next()? == ":").then_some(())?;
    let minute = number(words.next()?, 2, 2)?;
    let mut next = words.next();
    let mut second = 0;
    if next == Some(":") {
        second = number(words.next()?, 2, 2)?;
        next = words.next();
    }
    let offset = zone(next?)?;
    if hour > 23 || minute > 59 || second > 60 || words.next().is_some() {
        return None;
    }
    Some(days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset)
}

fn number(word: &str, least: usize, most: usize) -> Option<i64> {
    let good = (least..=most).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    good.then(|| word.parse().ok()).flatten()
}

/// RFC 5322 §4.3: 00 to 49 is 20xx, other two digits 19xx, three digits count from 1900.
fn full_year(word: &str) -> Option<i64> {
    let year = number(word, 2, 4)?;
    match (word.len(), year) {
        (2, 0..=49) => Some(year + 2000),
        (2 | 3, _) => Some(year + 1900),
        (_, 1900..) => Some(year),
        _ => None,
    }
}

/// Seconds east of UTC.
fn zone(word: &str) -> Option<i64> {
    if let Some(digits) = word.strip_prefix(['+', '-']) {
        let hhmm = number(digits, 4, 4)?;
        let (hours, minutes) = (hhmm / 100, hhmm % 100);
        let seconds = (hours * 60 + minutes) * 60;
        return (minutes < 60).then_some(if word.starts_with('-') { -seconds } else { seconds });
    }
    let hours = match word.to_ascii_uppercase().as_str() {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        // UT, GMT, Z; other names and the military letters carry no information (§4.3): -0000.
        name if !name.is_empty() && name.len() <= 5 && name.bytes().all(|b| b.is_ascii_alphabetic()) => 0,
        _ => return None,
    };
    Some(hours * 3600)
}

fn without_comments(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut depth = 0usize;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.checked_sub(1)?;
                out.push(' ');
            }
            '\\' if depth > 0 => {
                chars.next()?;
            }
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    (depth == 0).then_some(out)
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; years begin in March while counting.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

const DAY: i64 = 86_400;
/// 1900-01-01T00:00:00Z, the earliest year of RFC 5322 §3.3.
const EARLIEST: i64 = -2_208_988_800;
/// 9999-12-31T23:59:59Z.
const LATEST: i64 = 253_402_300_799;
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        for (text, want) in [
            ("Fri, 21 Nov 1997 09:55:06 -0600", Some(880_127_706)),
            ("21 Nov 97 09:55:06 GMT", Some(880_106_106)),
            ("Thu, 13\tFeb 1969 23:32 -0330 (Newfoundland (Time))", Some(-27_723_480)),
            ("1 Jan 1970 00:00:00 +0000", Some(0)),
            ("Mon, 23 Nov 2026 21 : 33 : 17 Z", Some(1_795_469_597)),
            ("29 Feb 2000 00:00 EST", Some(951_800_400)),
            ("29 Feb 2001 00:00 EST", None),
            ("Foo, 1 Jan 2001 00:00 +0000", None),
            ("1 Jan 2001 24:00 +0000", None),
            ("1 Jan 2001 00:00", None),
            ("1 Jan 2001 00:00 +0000 x", None),
            ("1 Jan 2001 00:00 +00000", None),
            ("", None),
        ] {
            assert_eq!(parse_date(text), want, "{text}");
        }
    }

    #[test]
    fn written_dates_read_back() {
        assert_eq!(format_date(0), "Thu, 1 Jan 1970 00:00:00 +0000");
        assert_eq!(format_date(1_795_469_597), "Mon, 23 Nov 2026 21:33:17 +0000");
        let mut t = EARLIEST;
        while t < LATEST {
            assert_eq!(parse_date(&format_date(t)), Some(t));
            t += 86_399 * 371;
        }
        assert_eq!(parse_date(&format_date(i64::MAX)), Some(LATEST));
        assert_eq!(parse_date(&format_date(i64::MIN)), Some(EARLIEST));
    }
}
