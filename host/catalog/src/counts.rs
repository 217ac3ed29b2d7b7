//! How many entities saved queries find, kept for as long as nothing changes.
//!
//! Rule: a count is of the catalog as it is, unless it took long: then it may be behind by a few times what it took, so that pages that show
//! many of them do not count all the time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portico_kinds::Registry;
use redb::ReadableTable;

use crate::{Catalog, StoreError, tables};

/// A count stands for so many times what it took: a twentieth of the time goes into counting at most.
const STANDS: u32 = 20;

/// Counts that are kept: as many as there are queries, and some that were changed lately.
const MOST: usize = 1_000;

/// What was counted, by the question.
#[derive(Default)]
pub(crate) struct Counts(Mutex<HashMap<Vec<u8>, Count>>);

#[derive(Clone)]
struct Count {
    /// The last change of the catalog, and its kinds, then.
    change: u64,
    registry: Arc<Registry>,
    at: Instant,
    took: Duration,
    entities: u64,
}

impl Count {
    fn stands(&self, change: u64, registry: &Arc<Registry>) -> bool {
        let is_same = self.change == change && Arc::ptr_eq(&self.registry, registry);
        is_same || self.at.elapsed() < self.took * STANDS
    }
}

impl Catalog {
    /// How many entities a question finds, by what it was before or by `count`.
    pub(crate) fn counted(
        &self,
        question: &[u8],
        count: impl FnOnce() -> Result<u64, StoreError>,
    ) -> Result<u64, StoreError> {
        let registry = self.registry();
        // Before it is counted: what changes in between is seen the next time.
        let change = self.read()?.open_table(tables::CHANGES)?.last()?.map_or(0, |last| last.0.value());
        let kept = || self.counts().0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(question).filter(|known| known.stands(change, &registry)) {
            return Ok(known.entities);
        }
        let at = Instant::now();
        let entities = count()?;
        let mut kept = kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(question.to_owned(), Count { change, registry, at, took: at.elapsed(), entities });
        Ok(entities)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_stands_until_something_changes_and_longer_the_longer_it_took() {
        let catalog = Catalog::in_memory().unwrap();
        let registry = catalog.registry();
        let count = |took: u64, ago: u64| Count {
            change: 7,
            registry: registry.clone(),
            at: Instant::now().checked_sub(Duration::from_millis(ago)).unwrap(),
            took: Duration::from_millis(took),
            entities: 1,
        };
        for (took, ago, change, stands) in
            [(0, 50_000, 7, true), (0, 1, 8, false), (60_000, 1, 8, true), (1, 50_000, 8, false)]
        {
            assert_eq!(count(took, ago).stands(change, &registry), stands, "{took} {ago} {change}");
        }
    }

    #[test]
    fn what_is_counted_once_is_not_counted_again() {
        let catalog = Catalog::in_memory().unwrap();
        assert_eq!(catalog.counted(b"a", || Ok(3)).unwrap(), 3);
        assert_eq!(catalog.counted(b"a", || panic!("it is known")).unwrap(), 3);
        assert_eq!(catalog.counted(b"b", || Ok(4)).unwrap(), 4);
    }
}
