//! Numbers that grow: each is given once, and where a sequence stands is kept beside what was numbered.
//!
//! Rule: a number is written in the transaction that gives it away, so that none is given twice and none is lost to a failure.

use redb::{ReadableTable, Table};

use crate::StoreError;

/// A sequence of numbers that a transaction takes many of: read once, written once.
pub(crate) struct Sequence {
    name: &'static str,
    begun: u64,
    last: u64,
}

impl Sequence {
    pub(crate) fn open(
        meta: &impl ReadableTable<&'static str, u64>,
        name: &'static str,
    ) -> Result<Sequence, StoreError> {
        let last = meta.get(name)?.map_or(0, |number| number.value());
        Ok(Sequence { name, begun: last, last })
    }

    /// The next number, from 1.
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Writes down where the sequence stands.
    pub(crate) fn close(&self, meta: &mut Table<'_, &'static str, u64>) -> Result<(), StoreError> {
        if self.last != self.begun {
            meta.insert(self.name, self.last)?;
        }
        Ok(())
    }
}

/// Takes the next number of the sequence `name`, from 1.
pub(crate) fn next_number(meta: &mut Table<'_, &'static str, u64>, name: &'static str) -> Result<u64, StoreError> {
    let next = meta.get(name)?.map_or(0, |number| number.value()) + 1;
    meta.insert(name, next)?;
    Ok(next)
}
