//! Times and durations as words.
//!
//! Rule: what is near is short. Today a clock time, this week a weekday with it, before that a date.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::Offset;
use portico_api_types::Timestamp;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A time as a reader `offset` minutes east of Greenwich sees it at `now`; without an offset in UTC, and it says so.
pub(crate) fn short(at: Timestamp, now: Timestamp, offset: Option<i32>) -> String {
    let (at, now) = (local(at, offset), local(now, offset));
    let days = at.date().duration_until(now.date()).as_hours() / 24;
    let clock = format!("{:02}:{:02}{}", at.hour(), at.minute(), zone(offset));
    match days {
        0 => clock,
        -6..=6 => format!("{} {clock}", weekday(at)),
        _ if at.year() == now.year() => format!("{} {}", at.day(), month(at)),
        _ => format!("{} {} {}", at.day(), month(at), at.year()),
    }
}

/// A time in full, for a tooltip: `Thu 19 November 2026, 14:03:21 UTC`.
pub(crate) fn full(at: Timestamp, offset: Option<i32>) -> String {
    let clock = clock(at, offset);
    let at = local(at, offset);
    format!("{} {} {} {}, {clock}{}", weekday(at), at.day(), month(at), at.year(), zone(offset))
}

/// The clock time to the second, as logs show it.
pub(crate) fn clock(at: Timestamp, offset: Option<i32>) -> String {
    let at = local(at, offset);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// How long something took, such as `320 ms`, `6.2 s`, `4 min 20 s`.
pub(crate) fn took(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = (to.as_millisecond() - from.as_millisecond()).max(0);
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..=9 => format!("{}.{} s", seconds, milliseconds % 1000 / 100),
        10..=59 => format!("{seconds} s"),
        _ => span(seconds.unsigned_abs()),
    }
}

/// A length of time in its two largest units, such as `30 min` or `1 h 30 min`.
pub(crate) fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let first = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len() - 1);
    let (size, name) = UNITS[first];
    let rest = seconds % size;
    match UNITS.get(first + 1) {
        Some((small, small_name)) if rest >= *small => {
            format!("{} {name} {} {small_name}", seconds / size, rest / small)
        }
        _ => format!("{} {name}", seconds / size),
    }
}

fn local(at: Timestamp, offset: Option<i32>) -> DateTime {
    // Offsets come from a browser in whole minutes; one beyond a day is no offset.
    Offset::from_seconds(offset.unwrap_or(0).saturating_mul(60)).unwrap_or(Offset::UTC).to_datetime(at)
}

fn zone(offset: Option<i32>) -> &'static str {
    if offset.is_none() { " UTC" } else { "" }
}

fn month(at: DateTime) -> &'static str {
    MONTHS[usize::from(at.month().unsigned_abs()) - 1]
}

/// The three letters of a month.
pub(crate) fn month_in_short(at: DateTime) -> &'static str {
    // English names of months begin with ASCII letters, three at least.
    &month(at)[..3]
}

fn weekday(at: DateTime) -> &'static str {
    match at.weekday() {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_near_is_short() {
        let now = at("2026-11-19T14:03:00Z");
        for (time, offset, text) in [
            ("2026-11-19T13:33:10Z", Some(0), "13:33"),
            ("2026-11-19T13:33:10Z", None, "13:33 UTC"),
            ("2026-11-18T22:33:00Z", Some(0), "Wed 22:33"),
            ("2026-11-18T23:30:00Z", Some(60), "00:30"),
            ("2026-11-19T04:30:00Z", Some(-300), "Wed 23:30"),
            ("2026-11-20T06:00:00Z", Some(0), "Fri 06:00"),
            ("2026-09-03T10:00:00Z", Some(0), "3 September"),
            ("2024-02-29T10:00:00Z", Some(0), "29 February 2024"),
        ] {
            assert_eq!(short(at(time), now, offset), text, "{time} at {offset:?}");
        }
    }

    #[test]
    fn a_time_in_full_names_day_and_second() {
        assert_eq!(full(at("2026-11-19T14:03:21Z"), None), "Thu 19 November 2026, 14:03:21 UTC");
        assert_eq!(full(at("1969-12-31T23:59:59Z"), Some(0)), "Wed 31 December 1969, 23:59:59");
    }

    #[test]
    fn durations_keep_two_units() {
        let start = at("2026-11-19T14:03:00Z");
        for (end, text) in [
            ("2026-11-19T14:03:00.320Z", "320 ms"),
            ("2026-11-19T14:03:06.290Z", "6.2 s"),
            ("2026-11-19T14:03:18Z", "18 s"),
            ("2026-11-19T14:07:20Z", "4 min 20 s"),
            ("2026-11-19T16:03:09Z", "2 h"),
            ("2026-11-19T14:02:00Z", "0 ms"),
        ] {
            assert_eq!(took(start, at(end)), text);
        }
        for (seconds, text) in [(0, "0 s"), (1800, "30 min"), (5400, "1 h 30 min"), (90_000, "1 d 1 h")] {
            assert_eq!(span(seconds), text);
        }
    }
}
