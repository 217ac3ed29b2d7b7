//! Amounts as Kubernetes writes them: `100m`, `1.5`, `128Mi`, `1e3`.

/// A quantity as thousandths of its unit, if it is one.
pub(crate) fn thousandths(text: &str) -> Option<u64> {
    let number_ends = text.find(|sign: char| !(sign.is_ascii_digit() || sign == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(number_ends);
    let number: f64 = number.parse().ok()?;
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024_f64.powi(2),
        "Gi" => 1024_f64.powi(3),
        "Ti" => 1024_f64.powi(4),
        "Pi" => 1024_f64.powi(5),
        "Ei" => 1024_f64.powi(6),
        exponent => 10_f64.powi(exponent.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    // A share of a thousandth counts as one, as schedulers have it; what is beyond all numbers is the greatest.
    Some((number * factor * 1_000.0).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_in_each_of_its_spellings() {
        for (written, expected) in [
            ("100m", Some(100)),
            ("1", Some(1_000)),
            ("1.5", Some(1_500)),
            ("128Mi", Some(134_217_728_000)),
            ("1G", Some(1_000_000_000_000)),
            ("1e3", Some(1_000_000)),
            ("500u", Some(1)),
            ("0", Some(0)),
            ("", None),
            ("many", None),
            ("1x", None),
            ("-1", None),
        ] {
            assert_eq!(thousandths(written), expected, "{written}");
        }
    }
}
