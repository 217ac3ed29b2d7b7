//! Times as Kubernetes writes them, `2026-01-10T09:00:00Z`.

/// Days before the first of each month, in a year that is no leap year.
const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

const DAY: u64 = 86_400;

/// Milliseconds since 1970, if it is a time since then, in UTC.
pub(crate) fn millis(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
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
    Some((days * DAY + hour * 3_600 + minute * 60 + second) * 1_000)
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
        assert_eq!(millis("2026-01-01T12:00:00.123456Z"), Some(1_767_268_800_000));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for written in
            ["", "now", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "1969-01-01T00:00:00Z"]
        {
            assert_eq!(millis(written), None, "{written}");
        }
    }
}
