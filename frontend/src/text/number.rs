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

/// A number of any size with three digits that matter, more where they are whole: `1 280`, `0.042`, `12.5`, `−3`.
pub(crate) fn decimal(value: f64) -> String {
    let size = value.abs();
    // Larger ones than a 64-bit counter are told by their magnitude.
    if size >= 1e15 {
        let power = magnitude(size);
        return signed(value, format!("{}e{power}", with_decimals(size / 10_f64.powi(power), 2)));
    }
    let decimals = match size {
        _ if value.fract() == 0.0 || size >= 1000.0 => 0,
        100.0.. => 1,
        1.0.. => 2,
        // As many as nothing is before the first digit, and two more.
        _ => (2 - magnitude(size)).clamp(0, 12),
    };
    signed(value, with_decimals(size, decimals.unsigned_abs() as usize))
}

/// A value on an axis whose named values are `step` apart; `largest` of them says the unit of all.
pub(crate) fn on_axis(value: f64, step: f64, largest: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
    if largest.abs() >= 1e15 {
        return decimal(value);
    }
    // Numbers of up to four digits are read as they are.
    let unit = UNITS.into_iter().find(|(size, _)| largest.abs() >= *size && largest.abs() >= 1e4);
    let (size, name) = if value == 0.0 { (1.0, "") } else { unit.unwrap_or((1.0, "")) };
    let decimals = (-magnitude(step / size)).clamp(0, 12).unsigned_abs() as usize;
    signed(value, format!("{}{name}", with_decimals(value.abs() / size, decimals)))
}

/// The power of ten of a number's first digit. Counted rather than calculated, which takes less code than a logarithm.
pub(crate) fn magnitude(size: f64) -> i32 {
    let mut power = 0;
    // Halfway between two numbers that the steps could miss each other by; beyond 300 there is none.
    while power < 300 && size >= 10_f64.powi(power + 1) * (1.0 - 1e-12) {
        power += 1;
    }
    while power > -300 && size < 10_f64.powi(power) * (1.0 - 1e-12) {
        power -= 1;
    }
    power
}

/// With at most so many decimals, and none at the end that say nothing.
fn with_decimals(size: f64, decimals: usize) -> String {
    let text = format!("{size:.decimals$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole } else { format!("{whole}.{rest}") }
}

fn signed(value: f64, size: String) -> String {
    if value < 0.0 && size != "0" { format!("\u{2212}{size}") } else { size }
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
    fn numbers_keep_the_digits_that_matter() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (12.0, "12"),
            (12.5, "12.5"),
            (12.345, "12.35"),
            (123.456, "123.5"),
            (1280.4, "1\u{202f}280"),
            (1_234_567.0, "1\u{202f}234\u{202f}567"),
            (0.042, "0.042"),
            (0.000_123_456, "0.000123"),
            (1e-30, "0"),
            (-1e-30, "0"),
            (-3.0, "\u{2212}3"),
            (1e300, "1e300"),
            (-2.5e18, "\u{2212}2.5e18"),
        ] {
            assert_eq!(decimal(value), text, "{value}");
        }
    }

    #[test]
    fn a_magnitude_is_that_of_the_first_digit() {
        for (size, power) in
            [(1.0, 0), (9.99, 0), (10.0, 1), (0.1, -1), (0.099, -2), (0.001, -3), (1e150, 150), (0.0, -300)]
        {
            assert_eq!(magnitude(size), power, "{size}");
        }
    }

    #[test]
    fn an_axis_tells_its_values_in_one_unit() {
        for (value, step, largest, text) in [
            (0.0, 100.0, 400.0, "0"),
            (400.0, 100.0, 400.0, "400"),
            (0.5, 0.5, 2.0, "0.5"),
            (95.5, 0.5, 97.0, "95.5"),
            (5000.0, 1000.0, 5000.0, "5\u{202f}000"),
            (5000.0, 5000.0, 20_000.0, "5 k"),
            (2_500_000.0, 500_000.0, 3_000_000.0, "2.5 M"),
            (-20.0, 10.0, 30.0, "\u{2212}20"),
        ] {
            assert_eq!(on_axis(value, step, largest), text);
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
