//! Deliveries that name themselves, so that each counts once.
//!
//! Rule: a delivery is known while somebody reads it, and for good once it was taken. However else that ends, by an error, by a crash, or
//! by a portal that stops, it may come again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portico_catalog::{Catalog, StoreError};

use super::gate::IntakeError;

/// What a delivery is known by: what it came to, and what it is called.
type Key = (String, String);

/// The deliveries that are read, before those that the catalog knows.
#[derive(Clone)]
pub(crate) struct Deliveries {
    catalog: Catalog,
    begun: Arc<Mutex<BTreeSet<Key>>>,
}

/// A delivery that is read. Unless it is taken, it may come again.
pub(crate) struct Delivery {
    deliveries: Deliveries,
    key: Key,
}

impl Deliveries {
    pub(crate) fn new(catalog: Catalog) -> Deliveries {
        Deliveries { catalog, begun: Arc::default() }
    }

    /// Begins a delivery to `target`, which is an error if it came before.
    pub(super) async fn begin(&self, target: &str, id: &str) -> Result<Delivery, IntakeError> {
        let key = (target.to_owned(), id.to_owned());
        if !self.begun().insert(key.clone()) {
            return Err(IntakeError::Underway);
        }
        // From here on it is not begun any more wherever this ends.
        let delivery = Delivery { deliveries: self.clone(), key };
        let asked = delivery.key.clone();
        let is_known = self.stored(move |catalog| catalog.is_delivered(&asked.0, &asked.1)).await;
        match is_known.map_err(IntakeError::Unable)? {
            true => Err(IntakeError::Again),
            false => Ok(delivery),
        }
    }

    async fn stored<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalog) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, String> {
        let catalog = self.catalog.clone();
        let done = tokio::task::spawn_blocking(move || work(&catalog)).await;
        done.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    fn begun(&self) -> MutexGuard<'_, BTreeSet<Key>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivery {
    /// Notes that it was taken, so that it counts once.
    pub(super) async fn taken(self) {
        let key = self.key.clone();
        if let Err(problem) = self.deliveries.stored(move |catalog| catalog.deliver(&key.0, &key.1)).await {
            let (target, id) = &self.key;
            tracing::error!(
                target,
                id,
                problem,
                "a delivery was taken and could not be noted; if it comes again, it counts again"
            );
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.deliveries.begun().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_delivery_counts_once_while_it_is_read_and_after_it_was_taken() {
        let deliveries = Deliveries::new(Catalog::in_memory().unwrap());
        let begin = async |id: &str| deliveries.begin("a", id).await;
        let first = begin("1").await.ok().unwrap();
        assert_eq!(begin("1").await.err(), Some(IntakeError::Underway));
        let other = begin("2").await.ok().unwrap();
        first.taken().await;
        assert_eq!(begin("1").await.err(), Some(IntakeError::Again));
        drop(other);
        assert!(begin("2").await.is_ok(), "it was not taken");
        assert!(deliveries.begin("b", "1").await.is_ok(), "another place has deliveries of its own");
    }

    #[tokio::test]
    async fn a_delivery_that_was_read_when_the_portal_died_may_come_again() {
        let catalog = Catalog::in_memory().unwrap();
        let _read_by_the_one_that_died = Deliveries::new(catalog.clone()).begin("a", "1").await.ok().unwrap();
        assert!(Deliveries::new(catalog).begin("a", "1").await.is_ok());
    }
}
