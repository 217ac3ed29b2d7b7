//! Numbers as words.

/// A count with its noun, such as `1 run` or `12 480 entities`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// Digits in groups of three, parted by a thin space that does not break.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// An amount of memory, such as `52 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    let mut size = 1;
    while count / size >= 1024 && unit + 1 < UNITS.len() {
        size *= 1024;
        unit += 1;
    }
    let tenths = (u128::from(count) * 10 + u128::from(size) / 2) / u128::from(size);
    // One decimal where it says something: below ten of a unit.
    if tenths < 100 && tenths % 10 > 0 {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    } else {
        format!("{} {}", (tenths + 5) / 10, UNITS[unit])
    }
}

/// A share in whole percent; 100 at most, 0 of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> u64 {
    let share = (u128::from(part.min(whole)) * 100 + u128::from(whole) / 2).checked_div(u128::from(whole));
    // At most a hundred.
    share.and_then(|share| u64::try_from(share).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_in_threes() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1\u{202f}000"), (1234567, "1\u{202f}234\u{202f}567")] {
            assert_eq!(grouped(count), text);
        }
    }

    #[test]
    fn a_noun_agrees_with_its_count() {
        assert_eq!(counted(1, "entity", "entities"), "1 entity");
        assert_eq!(counted(0, "entity", "entities"), "0 entities");
    }

    #[test]
    fn memory_is_shown_in_the_largest_unit_that_fits() {
        for (count, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (54_525_952, "52 MiB"),
            (1_363_149, "1.3 MiB"),
            (1 << 31, "2 GiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        for (part, whole, share) in [(1, 0, 0), (1, 3, 33), (5, 4, 100)] {
            assert_eq!(percent(part, whole), share);
        }
    }
}
