//! Deliveries that came in from outside, so that each counts once.
//!
//! Rule: a delivery is known for as long as its sender may send it again; what is older is forgotten with the next one.

use redb::ReadableTable;

use crate::{Catalog, StoreError, tables};

/// How long a delivery is known, in milliseconds: the large forges send one again for three days at most.
const KEPT: i64 = 7 * 24 * 3_600 * 1_000;

/// Old deliveries that are forgotten with each new one, so that a store that was idle for long is not busy for long.
const FORGOTTEN: usize = 100;

impl Catalog {
    /// Notes a delivery to `target`. False if it is known from before.
    pub fn deliver(&self, target: &str, delivery: &str) -> Result<bool, StoreError> {
        self.deliver_at(target, delivery, crate::time::now())
    }

    fn deliver_at(&self, target: &str, delivery: &str, now: i64) -> Result<bool, StoreError> {
        let transaction = self.write()?;
        {
            let mut known = transaction.open_table(tables::DELIVERIES)?;
            if known.get((target, delivery))?.is_some_and(|at| at.value() > now - KEPT) {
                return Ok(false);
            }
            let mut ages = transaction.open_table(tables::DELIVERY_AGES)?;
            let old: Vec<(i64, String, String)> = ages
                .range(..(now - KEPT, "", ""))?
                .take(FORGOTTEN)
                .map(|entry| {
                    entry.map(|(key, _)| {
                        let (at, target, id) = key.value();
                        (at, target.to_owned(), id.to_owned())
                    })
                })
                .collect::<Result<_, _>>()?;
            for (at, target, delivery) in &old {
                ages.remove((*at, target.as_str(), delivery.as_str()))?;
                known.remove((target.as_str(), delivery.as_str()))?;
            }
            known.insert((target, delivery), now)?;
            ages.insert((now, target, delivery), ())?;
        }
        transaction.commit()?;
        Ok(true)
    }

    /// Forgets a delivery that could not be taken, so that it may come again.
    pub fn undeliver(&self, target: &str, delivery: &str) -> Result<(), StoreError> {
        let transaction = self.write()?;
        {
            let mut known = transaction.open_table(tables::DELIVERIES)?;
            let at = known.remove((target, delivery))?.map(|at| at.value());
            if let Some(at) = at {
                transaction.open_table(tables::DELIVERY_AGES)?.remove((at, target, delivery))?;
            }
        }
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_counts_once_until_it_is_old_or_was_not_taken() {
        let catalog = Catalog::in_memory().unwrap();
        let deliver = |target, delivery, now| catalog.deliver_at(target, delivery, now).unwrap();
        assert!(deliver("a", "1", 1_000) && deliver("a", "2", 1_000) && deliver("b", "1", 1_000));
        assert!(!deliver("a", "1", 2_000));
        catalog.undeliver("a", "1").unwrap();
        catalog.undeliver("a", "never").unwrap();
        assert!(deliver("a", "1", 3_000));
        assert!(!deliver("a", "1", 3_000 + KEPT - 1));
        assert!(deliver("a", "1", 3_000 + KEPT));
        assert!(deliver("a", "2", 3_000 + KEPT), "it was forgotten with the one before");
    }
}
