//! Times: milliseconds since 1970 inside, RFC 3339 in what PagerDuty says and in facts.
//!
//! Rule: a day is a day in UTC, so that two readings of one moment count alike wherever the portal stands.

use jiff::Timestamp;
use jiff::tz::Offset;

/// Milliseconds of a day.
pub(crate) const DAY: u64 = 24 * 60 * 60 * 1_000;

/// Days over which incidents are counted, today among them.
pub(crate) const DAYS: usize = 30;

/// A time as PagerDuty writes it; none for what is no time, and for what was before 1970.
pub(crate) fn read(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<Timestamp>().ok()?.as_millisecond()).ok()
}

/// A time to the second, in UTC.
pub(crate) fn written(milliseconds: u64) -> String {
    moment(milliseconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The day of a time, such as `2026-11-27`.
pub(crate) fn date(milliseconds: u64) -> String {
    moment(milliseconds).strftime("%Y-%m-%d").to_string()
}

fn moment(milliseconds: u64) -> jiff::Zoned {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    let moment = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX);
    moment.to_zoned(Offset::UTC.to_time_zone())
}

/// The beginning of the days over which incidents are counted.
pub(crate) fn window(now: u64) -> u64 {
    (now / DAY * DAY).saturating_sub((DAYS as u64 - 1) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_its_offset_and_written_in_utc() {
        let read = read("2024-03-01T09:00:00+01:00").expect("a time");
        assert_eq!((written(read).as_str(), date(read).as_str()), ("2024-03-01T08:00:00Z", "2024-03-01"));
        for wrong in ["", "yesterday", "1960-01-01T00:00:00Z", "2024-13-01T00:00:00Z"] {
            assert_eq!(super::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_window_is_thirty_days_with_today() {
        let now = read("2026-01-31T13:00:00Z").expect("a time");
        assert_eq!(written(window(now)), "2026-01-02T00:00:00Z");
        assert_eq!(window(5), 0, "a clock that is not set");
    }
}
