//! Sizes and times as people write them: `256MiB`, `5m`.
//!
//! Rule: a number without a unit is an error, since nobody can tell what its author had in mind.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::written::written_as_text;

/// A number of bytes, written with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

const SIZE_UNITS: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

impl Size {
    /// So many bytes.
    pub const fn bytes(bytes: u64) -> Size {
        Size(bytes)
    }

    /// So many mebibytes.
    pub const fn mebibytes(count: u64) -> Size {
        Size(count << 20)
    }

    /// The number of bytes.
    pub const fn as_bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let (number, unit) = split_unit(text.trim());
        let factor = SIZE_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(count, factor)| count.checked_mul(factor));
        bytes.map(Size).ok_or_else(|| {
            format!(
                "`{text}` is no size; write a whole number and a unit, such as `256MiB` (B, kB, MB, GB, KiB, MiB, GiB)"
            )
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
            .into_iter()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        match unit {
            Some((name, factor)) => write!(f, "{} {name}", self.0 / factor),
            None => write!(f, "{} B", self.0),
        }
    }
}

impl Size {
    /// As one writes it in YAML: without the space.
    pub fn yaml(self) -> String {
        self.to_string().replace(' ', "")
    }
}

/// A span of time, written with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(Duration);

const TIME_UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Period {
    /// So many seconds.
    pub const fn seconds(count: u64) -> Period {
        Period(Duration::from_secs(count))
    }

    /// So many milliseconds.
    pub const fn milliseconds(count: u64) -> Period {
        Period(Duration::from_millis(count))
    }

    /// The span.
    pub const fn as_duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Period, String> {
        let wrong = || {
            format!(
                "`{text}` is no span of time; write a whole number and a unit, such as `30s`, `5m` or `1h30m` (ms, s, m, h, d)"
            )
        };
        let mut rest = text.trim();
        let mut total: u64 = 0;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let (number, tail) = split_unit(rest);
            let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            let factor = TIME_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
            let part = number.parse::<u64>().ok().zip(factor).and_then(|(count, factor)| count.checked_mul(factor));
            total = part.and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
            rest = tail;
        }
        Ok(Period(Duration::from_millis(total)))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if left == 0 {
            return f.write_str("0s");
        }
        for (name, factor) in TIME_UNITS.into_iter().rev() {
            if left >= factor {
                write!(f, "{}{name}", left / factor)?;
                left %= factor;
            }
        }
        Ok(())
    }
}

/// How often a plugin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// On demand only, written `never`.
    Never,
    /// So long after a run began, the next begins.
    Period(Period),
}

/// A schedule below this asks for load, not for freshness: a run has a cost of its own.
const SHORTEST: Period = Period::seconds(1);

impl Every {
    /// The span between two runs; none for `never`.
    pub const fn as_duration(self) -> Option<Duration> {
        match self {
            Every::Never => None,
            Every::Period(period) => Some(period.as_duration()),
        }
    }
}

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Every, String> {
        if text.trim() == "never" {
            return Ok(Every::Never);
        }
        let period = text.parse::<Period>().map_err(|error| format!("{error}, or `never`"))?;
        if period < SHORTEST {
            return Err(format!("`{text}` is too often; the shortest is `{SHORTEST}`"));
        }
        Ok(Every::Period(period))
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Every::Never => f.write_str("never"),
            Every::Period(period) => period.fmt(f),
        }
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

written_as_text!(Period, "a span of time with a unit, such as `30s` or `5m`");
written_as_text!(Every, "a span of time with a unit, such as `5m`, or `never`");
written_as_text!(Size, "a size with a unit, such as `256MiB`");
