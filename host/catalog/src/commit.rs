//! Commits: what a session collected becomes the catalog's state, in one transaction.
//!
//! Rule: work is proportional to the change. A commit writes the claims and documents that differ, and stitches the
//! entities that they touch: those whose document changed, and those that a changed document relates to.

use std::sync::Arc;

use portico_api_types::Summary;
use portico_kinds::Registry;
use redb::{ReadableTable, WriteTransaction};

use crate::record::{SourceRecord, decode};
use crate::session::{Mode, Session, Staged};
use crate::work::{Done, Work};
use crate::{Catalog, CommitError, StoreError, guard, problem, source, tables, time};

/// Stores what a session collected.
pub(crate) fn commit(catalog: &Catalog, session: &mut Session, cursor: Option<String>) -> Result<Summary, CommitError> {
    let transaction = catalog.write()?;
    let registry = catalog.registry();
    session.judge_by(&registry);
    let staged = &session.staged;
    let (id, record) = source::obtain(&transaction, &staged.plugin, &staged.scope)?;
    let mut work = Work::open(&transaction, id, registry)?;
    if staged.mode == Mode::Full {
        let (gone, holds) = work.unsaid(staged)?;
        if let Some((removes, holds)) = guard::stop(&transaction, catalog.removal_guard(), id, &gone, holds)? {
            drop(work);
            let stopped = CommitError::Held { removes, holds };
            let record = SourceRecord { failure: Some(stopped.to_string()), ..record };
            source::save(&mut transaction.open_table(tables::SOURCES).map_err(StoreError::from)?, id, &record)?;
            transaction.commit().map_err(StoreError::from)?;
            return Err(stopped);
        }
    }
    work.apply(staged)?;
    let done = work.finish()?;
    let summary = settle(&transaction, id, record, done, Some(staged), cursor)?;
    transaction.commit().map_err(StoreError::from)?;
    Ok(summary)
}

/// Brings the source's own record and its problems up to what was done.
fn settle(
    transaction: &WriteTransaction,
    id: u32,
    mut record: SourceRecord,
    done: Done,
    staged: Option<&Staged>,
    cursor: Option<String>,
) -> Result<Summary, StoreError> {
    let mut summary = done.summary;
    for (heir, reference) in &done.inherited {
        problem::settle_conflict(transaction, *heir, reference)?;
    }
    let mut problems = done.conflicts;
    if let Some(staged) = staged {
        problems.extend(staged.problems.iter().cloned());
        if staged.mode == Mode::Delta {
            problems.extend(problem::elsewhere(transaction, id, staged)?);
        }
    }
    record.problems = problem::replace(transaction, id, &problems)?;
    summary.refused = record.problems.into();
    let now = time::now();
    record.entities = record.entities.saturating_add_signed(done.claims);
    record.cursor = cursor.or(record.cursor);
    record.synced_at = Some(now);
    record.failure = None;
    if summary.added + summary.updated + summary.removed > 0 {
        record.changed_at = Some(now);
    }
    source::save(&mut transaction.open_table(tables::SOURCES)?, id, &record)?;
    Ok(summary)
}

/// Makes everything that follows from the documents again.
pub(crate) fn remake(transaction: &WriteTransaction, registry: &Arc<Registry>) -> Result<(), StoreError> {
    transaction.delete_table(tables::RELATIONS)?;
    transaction.delete_table(tables::KEYS)?;
    transaction.delete_table(tables::PRESENT)?;
    transaction.delete_table(tables::VALUELESS)?;
    transaction.delete_table(tables::POSTINGS)?;
    let mut work = Work::open(transaction, 0, registry.clone())?;
    work.restitch_all()?;
    work.finish()?;
    Ok(())
}

/// Makes everything that follows from the documents again, and has every source read afresh: for a change of the rules.
pub(crate) fn rebuild(transaction: &WriteTransaction, registry: &Arc<Registry>) -> Result<(), StoreError> {
    remake(transaction, registry)?;
    let mut sources = transaction.open_table(tables::SOURCES)?;
    let mut records: Vec<(u32, SourceRecord)> = Vec::new();
    for entry in sources.iter()? {
        let (id, record) = entry?;
        records.push((id.value(), decode("sources", record.value())?));
    }
    for (id, mut record) in records {
        record.cursor = None;
        source::save(&mut sources, id, &record)?;
    }
    Ok(())
}

/// Removes sources, each a plugin, a scope and an id, with everything that they hold.
pub(crate) fn release_sources(
    transaction: &WriteTransaction,
    registry: &Arc<Registry>,
    sources: &[(String, String, u32)],
) -> Result<Summary, StoreError> {
    let mut summary = Summary::default();
    for (plugin, scope, id) in sources {
        let mut work = Work::open(transaction, *id, registry.clone())?;
        work.release_all()?;
        let done = work.finish()?;
        for (heir, reference) in &done.inherited {
            problem::settle_conflict(transaction, *heir, reference)?;
        }
        problem::replace(transaction, *id, &[])?;
        guard::forget(transaction, *id)?;
        transaction.open_table(tables::SOURCES)?.remove(id)?;
        transaction.open_table(tables::SOURCE_IDS)?.remove((plugin.as_str(), scope.as_str()))?;
        summary.removed += done.summary.removed;
    }
    Ok(summary)
}

impl Catalog {
    /// Says which scopes a plugin speaks for: everything that it holds in others is removed, with the sources themselves.
    pub fn retain(&self, plugin: &str, scopes: &[String]) -> Result<Summary, StoreError> {
        let transaction = self.write()?;
        let mut gone = Vec::new();
        for entry in transaction.open_table(tables::SOURCE_IDS)?.range((plugin, "")..)? {
            let (key, id) = entry?;
            let (owner, scope) = key.value();
            if owner != plugin {
                break;
            }
            if !scopes.iter().any(|kept| kept == scope) {
                gone.push((plugin.to_owned(), scope.to_owned(), id.value()));
            }
        }
        let summary = release_sources(&transaction, &self.registry(), &gone)?;
        // Nothing to do costs no write to the disk.
        if gone.is_empty() {
            transaction.abort().map_err(StoreError::from)?;
        } else {
            transaction.commit()?;
        }
        Ok(summary)
    }
}
