//! The one rule of the books: debits equal credits, in each currency.

use std::collections::BTreeMap;

/// One side of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Debit,
    Credit,
}

/// An amount on an account.
#[derive(Debug, Clone)]
pub struct Line {
    pub account: String,
    pub side: Side,
    pub value: i64,
    pub currency: String,
}

/// Why a posting was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// One line moves nothing.
    TooFewLines,
    /// Debits exceed credits by this much, in this currency.
    Unbalanced { currency: String, by: i64 },
}

/// Checks that a posting balances.
pub fn check(lines: &[Line]) -> Result<(), Refused> {
    if lines.len() < 2 {
        return Err(Refused::TooFewLines);
    }
    let mut sums = BTreeMap::new();
    for line in lines {
        let sign = if line.side == Side::Debit { 1 } else { -1 };
        *sums.entry(line.currency.as_str()).or_insert(0) += sign * line.value;
    }
    match sums.into_iter().find(|(_, sum)| *sum != 0) {
        Some((currency, by)) => Err(Refused::Unbalanced { currency: currency.to_owned(), by }),
        None => Ok(()),
    }
}
