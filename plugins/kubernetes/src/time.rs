//! Times as Kubernetes writes them, `2026-01-10T09:00:00Z`, and as `kubectl` does, `2026-01-10T10:00:00+01:00`.

/// Days before the first of each month, in a year that is no leap year.
const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

const DAY: u64 = 86_400;

/// Milliseconds since 1970, if it is a time since then.
pub(crate) fn millis(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let (time, east) = zone(time)?;
    let numbers = |text: &str, sign: char| -> Option<[u64; 3]> {
        let numbers: Vec<u64> = text.split(sign).map(str::parse).collect::<Result<_, _>>().ok()?;
        numbers.try_into().ok()
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time.split_once('.').map_or(time, |(whole, _)| whole), ':')?;
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let before = BEFORE.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    let days =
        (year - 1970) * 365 + leaps(year - 1) - leaps(1969) + before + u64::from(month > 2 && is_leap(year)) + day - 1;
    (days * DAY + hour * 3_600 + minute * 60 + second).checked_add_signed(-east).map(|seconds| seconds * 1_000)
}

/// The time without its zone, and how many seconds that is east of UTC.
fn zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let (time, offset) = time.split_at_checked(time.len().checked_sub(6)?)?;
    let (sign, offset) = offset.split_at_checked(1)?;
    let (hours, minutes) = offset.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let seconds = i64::from(hours) * 3_600 + i64::from(minutes) * 60;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        "+" => Some((time, seconds)),
        "-" => Some((time, -seconds)),
        _ => None,
    }
}

/// The same time as text.
pub(crate) fn text(millis: u64) -> String {
    let seconds = millis / 1_000;
    let (mut days, rest) = (seconds / DAY, seconds % DAY);
    let length = |year| if is_leap(year) { 366 } else { 365 };
    let mut year = 1970;
    while days >= length(year) {
        days -= length(year);
        year += 1;
    }
    let begins = |month: usize| BEFORE[month] + u64::from(month >= 2 && is_leap(year));
    let month = (0..12).rev().find(|month| begins(*month) <= days).unwrap_or_default();
    let day = days - begins(month) + 1;
    format!("{year:04}-{:02}-{day:02}T{:02}:{:02}:{:02}Z", month + 1, rest / 3_600, rest / 60 % 60, rest % 60)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Leap years up to and with this one.
fn leaps(year: u64) -> u64 {
    year / 4 - year / 100 + year / 400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_and_written() {
        for (written, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000),
            ("2024-12-31T00:00:00Z", 1_735_603_200_000),
            ("2026-01-01T12:00:00Z", 1_767_268_800_000),
            ("2026-11-27T03:34:04Z", 1_795_750_444_000),
        ] {
            assert_eq!(millis(written), Some(expected), "{written}");
            assert_eq!(text(expected), written);
        }
        for written in ["2026-01-01T12:00:00.123456Z", "2026-01-01T13:00:00+01:00", "2026-01-01T06:30:00-05:30"] {
            assert_eq!(millis(written), Some(1_767_268_800_000), "{written}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for written in [
            "",
            "now",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+1",
            "2026-01-01T00:00:00+99:00",
            "2026-01-01T00:00:00é01:00",
            "1969-01-01T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
        ] {
            assert_eq!(millis(written), None, "{written}");
        }
    }
}
