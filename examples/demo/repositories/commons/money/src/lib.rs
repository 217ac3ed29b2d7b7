//! Amounts with a currency, exact to the last minor unit.
//!
//! Rule: no floating point, no silent rounding.

/// An amount in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    value: i64,
    currency: [u8; 3],
}

impl Amount {
    /// An amount of `value` minor units.
    pub const fn new(value: i64, currency: [u8; 3]) -> Self {
        Self { value, currency }
    }

    /// The sum; none if the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        (self.currency == other.currency).then_some(())?;
        Some(Self { value: self.value.checked_add(other.value)?, ..self })
    }

    /// As many parts as asked for, which differ by one minor unit at most and add up to the whole.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let Ok(count) = i64::try_from(parts) else { return Vec::new() };
        (0..count)
            .map(|part| {
                let extra = i64::from(part < self.value.rem_euclid(count));
                Self { value: self.value.div_euclid(count) + extra, ..self }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_ten_cents_add_up() {
        let parts = Amount::new(10, *b"EUR").split(3);
        assert_eq!(parts.iter().map(|part| part.value).collect::<Vec<_>>(), [4, 3, 3]);
    }
}
