//! Which points in time an axis names, and how.
//!
//! Rule: they are round on the reader's own clock: full hours, midnights, Mondays, firsts of months. One offset holds
//! for the whole axis, so that the days on both sides of a change of clocks are named the same way.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::text::time::month_in_short;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps that divide the next longer thing, up to a week. Longer ones are months.
const STEPS: [i64; 16] = [
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];

/// More than these do not stand beside each other in a narrow card.
const MOST: i64 = 6;

/// The first Monday after 1970 began.
const MONDAY: i64 = 4 * DAY;

/// A named point: milliseconds since 1970, and its name.
pub(super) type Tick = (f64, String);

/// The points that are named between two, as seen `offset` minutes east of Greenwich.
pub(super) fn ticks(low: f64, high: f64, offset: i32) -> Vec<Tick> {
    let shift = i64::from(offset) * MINUTE;
    // Whole milliseconds, within what a calendar can say: others are no points in time.
    let (low, high) = ((low.ceil() as i64).saturating_add(shift), (high.floor() as i64).saturating_add(shift));
    if civil(low).is_none() || civil(high).is_none() {
        return Vec::new();
    }
    let named = match STEPS.into_iter().find(|step| (high - low) / step < MOST) {
        Some(step) => even(low, high, step).filter_map(|at| Some((at, name(civil(at)?, step)))).collect(),
        None => months(low, high).unwrap_or_default(),
    };
    named.into_iter().map(|(at, name)| ((at - shift) as f64, name)).collect()
}

/// What a place is called where each place has its name: by its day, its clock time, or both, as far as neighbours
/// differ by it. `nearest` is how far they are apart, none for one that stands alone.
pub(super) fn place(at: f64, nearest: Option<f64>, offset: i32) -> String {
    let Some(at) = on_clock(at, offset) else { return String::new() };
    match nearest {
        None => format!("{}, {:02}:{:02}", name(at, DAY), at.hour(), at.minute()),
        Some(nearest) if nearest >= (27 * DAY) as f64 => month_in_short(at).to_owned(),
        Some(nearest) if nearest >= (DAY - HOUR) as f64 => name(at, DAY),
        Some(_) => name(at, MINUTE),
    }
}

/// A point in time with its day, its year and its hour, for a table that may reach far back.
pub(super) fn in_full(at: f64, offset: i32) -> String {
    let Some(at) = on_clock(at, offset) else { return String::new() };
    format!("{} {} {}, {:02}:{:02}", at.day(), month_in_short(at), at.year(), at.hour(), at.minute())
}

/// Whether clock times are among the names, so that their zone matters.
pub(super) fn names_hours(low: f64, high: f64) -> bool {
    STEPS.into_iter().take_while(|step| *step < DAY).any(|step| (high - low) as i64 / step < MOST)
}

/// Multiples of a step; those of weeks are Mondays.
fn even(low: i64, high: i64, step: i64) -> impl Iterator<Item = i64> {
    let from = if step % (7 * DAY) == 0 { MONDAY } else { 0 };
    let first = (low - from).div_euclid(step) + i64::from((low - from).rem_euclid(step) > 0);
    (0..).map(move |index| from + (first + index) * step).take_while(move |at| *at <= high)
}

fn name(at: DateTime, step: i64) -> String {
    let is_midnight = at.hour() == 0 && at.minute() == 0 && at.second() == 0;
    if step >= DAY || is_midnight {
        format!("{} {}", at.day(), month_in_short(at))
    } else if step < MINUTE {
        format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    } else {
        format!("{:02}:{:02}", at.hour(), at.minute())
    }
}

/// Firsts of months between two points, as many apart as there is room for. January is named by its year.
fn months(low: i64, high: i64) -> Option<Vec<(i64, String)>> {
    let count = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month()) - 1;
    let (from, to) = (count(civil(low)?), count(civil(high)?));
    let fits = |step: &i64| (to - from) / step < MOST;
    let years = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].map(|years| 12 * years);
    // Calendars end before ten thousand years.
    let step = [1, 3, 6].into_iter().chain(years).find(fits)?;
    let mut named = Vec::new();
    for month in (from.div_euclid(step)..=to.div_euclid(step)).map(|index| index * step) {
        let year = i16::try_from(month.div_euclid(12)).ok()?;
        let first =
            Date::new(year, i8::try_from(month.rem_euclid(12)).ok()? + 1, 1).ok()?.to_datetime(Time::midnight());
        let at = Offset::UTC.to_timestamp(first).ok()?.as_millisecond();
        // The month in which the axis begins began before it.
        if (low..=high).contains(&at) {
            named.push((at, if first.month() == 1 { year.to_string() } else { month_in_short(first).to_owned() }));
        }
    }
    Some(named)
}

fn on_clock(at: f64, offset: i32) -> Option<DateTime> {
    civil((at as i64).saturating_add(i64::from(offset) * MINUTE))
}

fn civil(at: i64) -> Option<DateTime> {
    Timestamp::from_millisecond(at).ok().map(|at| Offset::UTC.to_datetime(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> f64 {
        text.parse::<Timestamp>().unwrap().as_millisecond() as f64
    }

    fn names(low: &str, high: &str, offset: i32) -> Vec<String> {
        ticks(at(low), at(high), offset).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn points_are_round_on_the_readers_clock() {
        for (low, high, offset, expected) in [
            (
                "2026-11-19T14:03:00Z",
                "2026-11-19T14:03:21Z",
                0,
                &["14:03:00", "14:03:05", "14:03:10", "14:03:15", "14:03:20"][..],
            ),
            ("2026-11-18T14:03:00Z", "2026-11-19T14:03:00Z", 0, &["18:00", "19 Nov", "06:00", "12:00"]),
            ("2026-11-18T14:03:00Z", "2026-11-19T14:03:00Z", 330, &["19 Nov", "06:00", "12:00", "18:00"]),
            ("2026-11-14T09:00:00Z", "2026-11-19T09:00:00Z", 0, &["15 Nov", "16 Nov", "17 Nov", "18 Nov", "19 Nov"]),
            ("2026-10-20T00:00:00Z", "2026-11-19T00:00:00Z", 0, &["26 Oct", "2 Nov", "9 Nov", "16 Nov"]),
            ("2026-06-10T00:00:00Z", "2026-11-19T00:00:00Z", 0, &["Jul", "Aug", "Sep", "Oct", "Nov"]),
            ("2024-11-19T00:00:00Z", "2026-11-19T00:00:00Z", 0, &["2025", "Jul", "2026", "Jul"]),
            ("1990-06-01T00:00:00Z", "2026-11-19T00:00:00Z", 0, &["2000", "2010", "2020"]),
            ("2026-11-19T00:00:00Z", "2026-11-19T00:00:00Z", 0, &["19 Nov"]),
        ] {
            assert_eq!(names(low, high, offset), expected, "{low} to {high} at {offset}");
        }
    }

    #[test]
    fn a_name_stands_where_its_hour_is() {
        let midnight = &ticks(at("2026-11-18T14:00:00Z"), at("2026-11-19T14:00:00Z"), 60)[1];
        assert_eq!(*midnight, (at("2026-11-18T23:00:00Z"), "19 Nov".to_owned()));
    }

    #[test]
    fn a_place_is_called_by_what_its_neighbours_differ_in() {
        for (nearest, name) in [
            (None, "19 Nov, 14:03"),
            (Some(300_000.0), "14:03"),
            (Some(86_400_000.0), "19 Nov"),
            // A day of 23 hours, when clocks change.
            (Some(82_800_000.0), "19 Nov"),
            (Some(28.0 * 86_400_000.0), "Nov"),
        ] {
            assert_eq!(place(at("2026-11-19T14:03:00Z"), nearest, 0), name);
        }
    }

    #[test]
    fn in_a_table_a_point_has_its_year() {
        assert_eq!(in_full(at("2026-11-19T23:03:00Z"), 60), "20 Nov 2026, 00:03");
        assert_eq!(in_full(f64::MAX, 60), "");
    }

    #[test]
    fn what_is_no_point_in_time_is_not_named() {
        for (low, high) in [(f64::MIN, f64::MAX), (1e17, 2e17), (-1e300, 0.0)] {
            assert_eq!(ticks(low, high, 0), []);
        }
    }

    #[test]
    fn hours_are_named_within_days() {
        for (low, high, named) in [
            ("2026-11-18T14:00:00Z", "2026-11-19T14:00:00Z", true),
            ("2026-11-01T00:00:00Z", "2026-11-19T14:00:00Z", false),
        ] {
            assert_eq!(names_hours(at(low), at(high)), named);
        }
    }
}
