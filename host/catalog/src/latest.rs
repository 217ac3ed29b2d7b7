//! The tables of the last committed state, held open for whoever reads one entity.
//!
//! Rule: held until the next commit and no longer, as a state that is held keeps its pages in the file. Every write goes through
//! [`Writing`], so that nobody reads what was before once a commit has returned.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use redb::{CommitError, ReadOnlyTable, StorageError, WriteTransaction};

use crate::{Catalog, StoreError, tables};

/// The tables that name an entity and hold it.
pub(crate) struct Open {
    /// How many commits there were when it was looked for.
    epoch: u64,
    pub(crate) records: ReadOnlyTable<&'static str, &'static [u8]>,
    pub(crate) entities: ReadOnlyTable<u32, &'static [u8]>,
}

/// What is held open.
#[derive(Default)]
pub(crate) struct Latest {
    epoch: AtomicU64,
    open: ArcSwapOption<Open>,
}

impl Latest {
    /// Another state may be the last one from now on.
    fn pass(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.open.store(None);
    }
}

impl Catalog {
    /// The tables of the last committed state.
    pub(crate) fn latest(&self) -> Result<Arc<Open>, StoreError> {
        let latest = self.held();
        // Before the state is looked for: what is committed in between is seen early, never late.
        let epoch = latest.epoch.load(Ordering::Acquire);
        if let Some(open) = latest.open.load_full().filter(|open| open.epoch == epoch && self.is_well()) {
            return Ok(open);
        }
        let transaction = self.read()?;
        let open = Arc::new(Open {
            epoch,
            records: transaction.open_table(tables::RECORDS)?,
            entities: transaction.open_table(tables::ENTITIES)?,
        });
        latest.open.store(Some(open.clone()));
        Ok(open)
    }
}

/// A transaction that writes.
pub(crate) struct Writing {
    transaction: WriteTransaction,
    catalog: Catalog,
}

impl Writing {
    pub(crate) fn new(transaction: WriteTransaction, catalog: Catalog) -> Writing {
        Writing { transaction, catalog }
    }

    /// Makes it the last state. Where that fails at its very end, it may be so all the same.
    pub(crate) fn commit(self) -> Result<(), CommitError> {
        // A commit takes back the pages that nobody reads any more.
        self.catalog.held().open.store(None);
        let committed = self.transaction.commit();
        self.catalog.held().pass();
        committed
    }

    /// Lets go of it.
    pub(crate) fn abort(self) -> Result<(), StorageError> {
        self.transaction.abort()
    }
}

impl Deref for Writing {
    type Target = WriteTransaction;

    fn deref(&self) -> &WriteTransaction {
        &self.transaction
    }
}
