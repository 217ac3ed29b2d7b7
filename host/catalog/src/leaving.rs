//! Sources that their plugin names no more: what they hold goes, unless that is so much that a person has to say so first.
//!
//! Most often much is missing because a list broke off, or a token sees less than it did. Rule: as long as it is asked, every source of
//! the plugin stays; a person who confirms has those removed that were asked about, at once, and no others. A source that is named
//! again is asked about no more. Nothing is asked where people changed what the plugin reads: they meant it.

use portico_api_types::{Held, Summary};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::commit::release_sources;
use crate::record::SourceRecord;
use crate::{Catalog, RemovalGuard, RetainError, StoreError, source, tables, time};

/// References of a source that a person is shown.
const EXAMPLES: usize = 20;

/// A source: its scope and its id.
pub(crate) type Named = (String, u32);

/// That a source would go, as stored; the numbers are of all that would go with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LeavingRecord {
    at: i64,
    sources: u64,
    removes: u64,
    holds: u64,
}

/// What a source holds: the entities that it speaks for, and those that it attaches facts to.
fn held_by(transaction: &WriteTransaction, source: u32) -> Result<u64, StoreError> {
    let range = (source, "")..(source + 1, "");
    let claims = transaction.open_table(tables::CLAIMS)?.range(range.clone())?.count();
    let attachments = transaction.open_table(tables::ATTACHMENTS)?.range(range)?.count();
    Ok((claims + attachments) as u64)
}

/// The sources of a plugin.
pub(crate) fn of_plugin(transaction: &WriteTransaction, plugin: &str) -> Result<Vec<Named>, StoreError> {
    let mut sources = Vec::new();
    for entry in transaction.open_table(tables::SOURCE_IDS)?.range((plugin, "")..)? {
        let (key, id) = entry?;
        let (owner, scope) = key.value();
        if owner != plugin {
            break;
        }
        sources.push((scope.to_owned(), id.value()));
    }
    Ok(sources)
}

/// Asks about sources, or asks no more. True if anything changed.
fn ask(transaction: &WriteTransaction, sources: &[Named], asked: Option<&LeavingRecord>) -> Result<bool, StoreError> {
    let mut table = transaction.open_table(tables::LEAVING)?;
    let mut is_changed = false;
    for (_, id) in sources {
        let before = table.get(id)?.map(|before| read(before.value())).transpose()?;
        match asked {
            None if before.is_some() => drop(table.remove(id)?),
            // Since when it is asked stays, as long as the question does.
            Some(asked)
                if before.as_ref().is_none_or(|before| LeavingRecord { at: asked.at, ..before.clone() } != *asked) =>
            {
                drop(table.insert(id, write(asked)?.as_slice())?);
            }
            _ => continue,
        }
        is_changed = true;
    }
    Ok(is_changed)
}

fn read(stored: &[u8]) -> Result<LeavingRecord, StoreError> {
    serde_json::from_slice(stored).map_err(damaged)
}

fn write(record: &LeavingRecord) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(damaged)
}

fn damaged(error: serde_json::Error) -> StoreError {
    StoreError::Damaged { table: "leaving", reason: error.to_string() }
}

/// What is asked of a source.
pub(crate) fn held(transaction: &ReadTransaction, source: u32) -> Result<Option<Held>, StoreError> {
    let Some(record) = transaction.open_table(tables::LEAVING)?.get(source)?.map(|stored| read(stored.value())) else {
        return Ok(None);
    };
    let record = record?;
    let range = (source, "")..(source + 1, "");
    let mut examples = Vec::new();
    for entry in transaction.open_table(tables::CLAIMS)?.range(range.clone())?.take(EXAMPLES) {
        examples.push(entry?.0.value().1.to_owned());
    }
    for entry in transaction.open_table(tables::ATTACHMENTS)?.range(range)?.take(EXAMPLES - examples.len()) {
        examples.push(entry?.0.value().1.to_owned());
    }
    Ok(Some(Held {
        since: time::timestamp(record.at),
        removes: record.removes,
        holds: record.holds,
        examples,
        confirmed: false,
        leaving: Some(record.sources),
    }))
}

/// A source is gone, and what was asked about it with it.
pub(crate) fn forget(transaction: &WriteTransaction, source: u32) -> Result<(), StoreError> {
    transaction.open_table(tables::LEAVING)?.remove(source)?;
    Ok(())
}

/// The plugin of a source that is asked about, and all its sources that are. None if nothing is asked of this one.
fn asked_with(transaction: &WriteTransaction, source: u32) -> Result<Option<(SourceRecord, Vec<Named>)>, StoreError> {
    if transaction.open_table(tables::LEAVING)?.get(source)?.is_none() {
        return Ok(None);
    }
    let Some(record) = source::load(&transaction.open_table(tables::SOURCES)?, source)? else { return Ok(None) };
    let mut sources = of_plugin(transaction, &record.plugin)?;
    let table = transaction.open_table(tables::LEAVING)?;
    let mut asked = Vec::new();
    for named in sources.drain(..) {
        if table.get(named.1)?.is_some() {
            asked.push(named);
        }
    }
    Ok(Some((record, asked)))
}

/// Removes the sources that are asked about together with this one. False if nothing is asked of it.
pub(crate) fn confirm(catalog: &Catalog, transaction: &WriteTransaction, source: u32) -> Result<bool, StoreError> {
    let Some((record, sources)) = asked_with(transaction, source)? else { return Ok(false) };
    release(catalog, transaction, &record.plugin, &sources)?;
    Ok(true)
}

/// Asks no more about the sources that are asked about together with this one. The plugin and the scope, if it was asked.
pub(crate) fn discard(transaction: &WriteTransaction, source: u32) -> Result<Option<(String, String)>, StoreError> {
    let Some((record, sources)) = asked_with(transaction, source)? else { return Ok(None) };
    ask(transaction, &sources, None)?;
    Ok(Some((record.plugin, record.scope)))
}

/// Removes sources of a plugin with all that they hold.
pub(crate) fn release(
    catalog: &Catalog,
    transaction: &WriteTransaction,
    plugin: &str,
    sources: &[Named],
) -> Result<Summary, StoreError> {
    let sources: Vec<(String, String, u32)> =
        sources.iter().map(|(scope, id)| (plugin.to_owned(), scope.clone(), *id)).collect();
    release_sources(transaction, &catalog.registry(), &sources)
}

impl Catalog {
    /// Says which scopes a plugin speaks for: everything that it holds in others is removed, with the sources themselves, unless that is
    /// so much that a person has to say so first; see [`RemovalGuard`]. `told` stands for what people told the plugin to read, such as a
    /// digest of its settings: where it is not what it was the last time, nobody is asked.
    pub fn retain(&self, plugin: &str, scopes: &[String], told: &str) -> Result<Summary, RetainError> {
        self.retain_or_ask(plugin, scopes, told)?
            .map_err(|LeavingRecord { sources, removes, holds, .. }| RetainError::Leaving { sources, removes, holds })
    }

    fn retain_or_ask(
        &self,
        plugin: &str,
        scopes: &[String],
        told: &str,
    ) -> Result<Result<Summary, LeavingRecord>, StoreError> {
        let transaction = self.write()?;
        let (kept, gone): (Vec<Named>, Vec<Named>) =
            of_plugin(&transaction, plugin)?.into_iter().partition(|(scope, _)| scopes.contains(scope));
        let mut is_changed = ask(&transaction, &kept, None)?;
        let before = transaction.open_table(tables::TOLD)?.get(plugin)?.map(|told| told.value().to_owned());
        let is_meant = before.as_ref().is_some_and(|before| before != told);
        let stopped = if is_meant { None } else { stop(&transaction, self.removal_guard(), &kept, &gone)? };
        let outcome = match stopped {
            Some(asked) => {
                is_changed |= ask(&transaction, &gone, Some(&asked))?;
                Err(asked)
            }
            None => {
                is_changed |= !gone.is_empty() || before.as_deref() != Some(told);
                transaction.open_table(tables::TOLD)?.insert(plugin, told)?;
                Ok(release(self, &transaction, plugin, &gone)?)
            }
        };
        // Nothing to do costs no write to the disk.
        if is_changed {
            transaction.commit()?;
        } else {
            transaction.abort()?;
        }
        Ok(outcome)
    }
}

/// What is asked, if so much would go.
fn stop(
    transaction: &WriteTransaction,
    guard: RemovalGuard,
    kept: &[Named],
    gone: &[Named],
) -> Result<Option<LeavingRecord>, StoreError> {
    if gone.is_empty() {
        return Ok(None);
    }
    let held = |sources: &[Named]| sources.iter().map(|(_, id)| held_by(transaction, *id)).sum::<Result<u64, _>>();
    let removes = held(gone)?;
    let holds = removes + held(kept)?;
    let asked = LeavingRecord { at: time::now(), sources: gone.len() as u64, removes, holds };
    Ok(guard.asks(removes, holds).then_some(asked))
}
