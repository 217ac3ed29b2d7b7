//! Deliveries that came in from outside, so that each counts once.
//!
//! Rule: what is known was taken, for as long as its sender may send it again; what is older is forgotten with the next one.

use redb::ReadableTable;

use crate::{Catalog, StoreError, tables};

/// How long a delivery is known, in milliseconds: the large forges send one again for three days at most.
const KEPT: i64 = 7 * 24 * 3_600 * 1_000;

/// Old deliveries that are forgotten with each new one, so that a store that was idle for long is not busy for long.
const FORGOTTEN: usize = 100;

impl Catalog {
    /// Whether a delivery to `target` was taken before.
    pub fn is_delivered(&self, target: &str, delivery: &str) -> Result<bool, StoreError> {
        self.is_delivered_at(target, delivery, crate::time::now())
    }

    /// Notes a delivery to `target` that was taken.
    pub fn deliver(&self, target: &str, delivery: &str) -> Result<(), StoreError> {
        self.deliver_at(target, delivery, crate::time::now())
    }

    fn is_delivered_at(&self, target: &str, delivery: &str, now: i64) -> Result<bool, StoreError> {
        let known = self.read()?.open_table(tables::DELIVERIES)?.get((target, delivery))?.map(|at| at.value());
        Ok(known.is_some_and(|at| at > now - KEPT))
    }

    fn deliver_at(&self, target: &str, delivery: &str, now: i64) -> Result<(), StoreError> {
        let transaction = self.write()?;
        {
            let mut known = transaction.open_table(tables::DELIVERIES)?;
            let mut ages = transaction.open_table(tables::DELIVERY_AGES)?;
            // It is as old as its last coming, and must not go with the one before.
            let before = known.insert((target, delivery), now)?.map(|at| at.value());
            if let Some(before) = before {
                ages.remove((before, target, delivery))?;
            }
            ages.insert((now, target, delivery), ())?;
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
                let place = (target.as_str(), delivery.as_str());
                let is_this_one = known.get(place)?.is_some_and(|known| known.value() == *at);
                if is_this_one {
                    known.remove(place)?;
                }
            }
        }
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use redb::ReadableTableMetadata;

    use super::*;

    #[test]
    fn a_delivery_is_known_until_it_is_old() {
        let catalog = Catalog::in_memory().unwrap();
        let is_known = |target, delivery, now| catalog.is_delivered_at(target, delivery, now).unwrap();
        assert!(!is_known("a", "1", 1_000));
        catalog.deliver_at("a", "1", 1_000).unwrap();
        assert!(is_known("a", "1", 1_000) && is_known("a", "1", 1_000 + KEPT - 1));
        assert!(!is_known("a", "1", 1_000 + KEPT) && !is_known("a", "2", 1_000) && !is_known("b", "1", 1_000));
        catalog.deliver_at("a", "1", 1_000 + KEPT).unwrap();
        assert!(is_known("a", "1", 1_000 + KEPT + 1));
    }

    #[test]
    fn a_delivery_that_comes_again_while_many_older_ones_wait_to_be_forgotten_stays_known() {
        let catalog = Catalog::in_memory().unwrap();
        let older = FORGOTTEN + FORGOTTEN / 2;
        for number in 0..older {
            catalog.deliver_at("a", &number.to_string(), 1_000).unwrap();
        }
        catalog.deliver_at("a", "again", 2_000).unwrap();
        let later = 2_000 + KEPT + 1;
        catalog.deliver_at("a", "again", later).unwrap();
        catalog.deliver_at("a", "next", later + 1).unwrap();
        assert!(catalog.is_delivered_at("a", "again", later + 1).unwrap());
        let read = catalog.read().unwrap();
        assert_eq!(read.open_table(tables::DELIVERIES).unwrap().len().unwrap(), 2, "what is old is forgotten");
        assert_eq!(read.open_table(tables::DELIVERY_AGES).unwrap().len().unwrap(), 2);
    }

    #[test]
    fn a_row_of_an_age_that_another_has_taken_the_place_of_takes_nothing_with_it() {
        let catalog = Catalog::in_memory().unwrap();
        catalog.deliver_at("a", "1", 2_000 + KEPT).unwrap();
        let transaction = catalog.write().unwrap();
        transaction.open_table(tables::DELIVERY_AGES).unwrap().insert((1_000, "a", "1"), ()).unwrap();
        transaction.commit().unwrap();
        catalog.deliver_at("a", "2", 2_001 + KEPT).unwrap();
        assert!(catalog.is_delivered_at("a", "1", 2_001 + KEPT).unwrap());
    }
}
