//! Comparisons of numbers and points in time.
//!
//! Rule: values of entities are texts; one that is no number is neither smaller nor larger than a number, and likewise
//! for times.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How two things are to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Greater,
}

impl Comparison {
    /// Whether an order of two things is as wanted.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Equal => order.is_eq(),
            Comparison::AtLeast => order.is_ge(),
            Comparison::Greater => order.is_gt(),
        }
    }
}

/// What values are compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    /// A finite number.
    Number(f64),
    /// A point in time.
    Time(Timestamp),
}

impl Operand {
    /// Reads a number, a date (its beginning in UTC) or a time with its offset.
    pub fn parse(text: &str) -> Option<Operand> {
        number(text).map(Operand::Number).or_else(|| time(text).map(Operand::Time))
    }

    /// How a value of an entity compares with it; none if the value is of another sort.
    pub fn compare(self, value: &str) -> Option<Ordering> {
        match self {
            Operand::Number(wanted) => number(value)?.partial_cmp(&wanted),
            Operand::Time(wanted) => Some(time(value)?.cmp(&wanted)),
        }
    }
}

/// The number that a text is, as filters and orders take it; none if it is none.
pub fn number(text: &str) -> Option<f64> {
    // Words such as `inf` and `nan` are numbers to the parser and to nobody else.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let date: Date = text.parse().ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
