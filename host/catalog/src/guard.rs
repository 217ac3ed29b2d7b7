//! The guard before removals: a sync that would remove an implausible share of what its source holds stops and asks.
//!
//! Most such syncs are a mistake of the other side: an empty answer, half a list, a moved folder. Rule: nothing of such a sync
//! is taken, and nothing goes, until a person has said so; what they confirm is the number that they saw, and no more.

use portico_api_types::Held;
use redb::{ReadTransaction, ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::record::{SourceRecord, decode, encode};
use crate::work::Unsaid;
use crate::{Catalog, StoreError, leaving, source, tables, time};

/// References that a person is shown; enough to see what is meant.
const EXAMPLES: usize = 20;

/// When a sync stops and asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemovalGuard {
    /// The share of what a source holds, from 0 to 1, beyond which it asks.
    pub share: f64,
    /// It never asks for fewer removals than this.
    pub least: u64,
}

impl Default for RemovalGuard {
    fn default() -> RemovalGuard {
        RemovalGuard { share: 0.2, least: 10 }
    }
}

impl RemovalGuard {
    /// One that never asks.
    pub fn off() -> RemovalGuard {
        RemovalGuard { share: 1.0, least: u64::MAX }
    }

    /// Whether it asks before `gone` of `held` things go.
    pub(crate) fn asks(self, gone: u64, held: u64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a share need not be exact beyond 2^53 entities")]
        let share = gone as f64 / held.max(1) as f64;
        gone >= self.least && share > self.share
    }
}

/// What becomes of what a person confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// It goes with the next sync of this scope, which somebody has to begin.
    Read {
        /// The plugin that reads it.
        plugin: String,
        /// The scope.
        scope: String,
    },
    /// It is gone.
    Gone,
}

/// A sync that waits, as stored; its source is the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct HeldRecord {
    at: i64,
    removes: u64,
    holds: u64,
    examples: Vec<String>,
    confirmed: bool,
}

/// Stops a sync if the guard asks and nobody has confirmed so many removals. Answers how many it would have removed, and of
/// how many; the transaction then holds the question and nothing of the sync.
pub(crate) fn stop(
    transaction: &WriteTransaction,
    guard: RemovalGuard,
    source: u32,
    unsaid: &Unsaid,
) -> Result<Option<(u64, u64)>, StoreError> {
    let (removes, holds) = ((unsaid.entities.len() + unsaid.facts.len()) as u64, unsaid.holds);
    let mut table = transaction.open_table(tables::HELD)?;
    let before: Option<HeldRecord> = table.get(source)?.map(|held| decode("held", held.value())).transpose()?;
    let is_confirmed = before.as_ref().is_some_and(|held| held.confirmed && removes <= held.removes);
    if is_confirmed || !guard.asks(removes, holds) {
        table.remove(source)?;
        return Ok(None);
    }
    let at = before.filter(|held| held.removes == removes).map_or_else(time::now, |held| held.at);
    let examples = unsaid.entities.iter().chain(&unsaid.facts).take(EXAMPLES).cloned().collect();
    let held = HeldRecord { at, removes, holds, examples, confirmed: false };
    table.insert(source, encode("held", &held)?.as_slice())?;
    Ok(Some((removes, holds)))
}

/// What waits for a person: a sync of a source, or that the source goes.
pub(crate) fn held(transaction: &ReadTransaction, source: u32) -> Result<Option<Held>, StoreError> {
    let table = transaction.open_table(tables::HELD)?;
    let Some(record) = table.get(source)? else { return leaving::held(transaction, source) };
    let record: HeldRecord = decode("held", record.value())?;
    Ok(Some(Held {
        since: time::timestamp(record.at),
        removes: record.removes,
        holds: record.holds,
        examples: record.examples,
        confirmed: record.confirmed,
        leaving: None,
    }))
}

/// What a source asked is no longer of interest: it is gone.
pub(crate) fn forget(transaction: &WriteTransaction, source: u32) -> Result<(), StoreError> {
    transaction.open_table(tables::HELD)?.remove(source)?;
    Ok(())
}

impl Catalog {
    /// Has go what waits for a person: the next sync of the source may remove as much as the one that waits would have, or the source
    /// is removed, with those that its plugin names no more either. None if nothing waits.
    pub fn confirm_removals(&self, source: u32) -> Result<Option<Confirmed>, StoreError> {
        let transaction = self.write()?;
        let confirmed = match confirm(&transaction, source)? {
            Some((plugin, scope)) => Some(Confirmed::Read { plugin, scope }),
            None => leaving::confirm(self, &transaction, source)?.then_some(Confirmed::Gone),
        };
        transaction.commit()?;
        Ok(confirmed)
    }

    /// Forgets what waits for a person. The next sync that would remove so much stops again. None if nothing waits.
    pub fn discard_removals(&self, source: u32) -> Result<Option<(String, String)>, StoreError> {
        let transaction = self.write()?;
        let is_sync = transaction.open_table(tables::HELD)?.remove(source)?.is_some();
        let named = if is_sync { settle(&transaction, source)? } else { leaving::discard(&transaction, source)? };
        transaction.commit()?;
        Ok(named)
    }
}

/// Lets the next sync of a source remove what the one that waits would have. The plugin and the scope, if one waits.
fn confirm(transaction: &WriteTransaction, source: u32) -> Result<Option<(String, String)>, StoreError> {
    {
        let mut table = transaction.open_table(tables::HELD)?;
        let held: Option<HeldRecord> = table.get(source)?.map(|held| decode("held", held.value())).transpose()?;
        let Some(held) = held else { return Ok(None) };
        let held = HeldRecord { confirmed: true, ..held };
        table.insert(source, encode("held", &held)?.as_slice())?;
    }
    settle(transaction, source)
}

/// The source no longer fails for what it asked.
fn settle(transaction: &WriteTransaction, source: u32) -> Result<Option<(String, String)>, StoreError> {
    let mut table = transaction.open_table(tables::SOURCES)?;
    let Some(record) = source::load(&table, source)? else { return Ok(None) };
    let named = (record.plugin.clone(), record.scope.clone());
    source::save(&mut table, source, &SourceRecord { failure: None, ..record })?;
    Ok(Some(named))
}

#[cfg(test)]
mod tests {
    use super::RemovalGuard;

    #[test]
    fn it_asks_beyond_its_share_and_never_for_a_few() {
        let guard = RemovalGuard::default();
        for (gone, held, asks) in [
            (9, 9, false),
            (10, 10, true),
            (10, 50, false),
            (11, 50, true),
            (0, 0, false),
            (200, 1_000, false),
            (201, 1_000, true),
        ] {
            assert_eq!(guard.asks(gone, held), asks, "{gone} of {held}");
        }
        assert!(!RemovalGuard::off().asks(1_000_000, 1_000_000));
    }
}
