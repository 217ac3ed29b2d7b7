//! The change log: every change of every entity, numbered, with what it was before and who caused it.

use std::collections::BTreeMap;

use portico_api_types::Timestamp;
use redb::{ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::pack::pack;
use crate::record::{ChangeRecord, decode, encode};
use crate::sequence::Sequence;
use crate::stitch::json;
use crate::{Catalog, StoreError, tables, time};

/// The name of the store in `meta`.
pub(crate) const IDENTITY: &str = "identity";

/// In the place of a source: the declarations of kinds.
pub(crate) const KINDS: u32 = u32::MAX;

/// What happened to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// What its source says changed, or the state of its source.
    Updated,
    /// Others relate to it differently; what its source says is as it was.
    Related,
    /// It is gone.
    Removed,
    /// What sources attach to it changed; what its own source says is as it was.
    Facts,
    /// What is derived for it changed, because other entities did.
    Derived,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Counts up by one with every change in the catalog, from 1.
    pub sequence: u64,
    /// When it was committed.
    pub at: Timestamp,
    /// The entity, as `kind:namespace/name`.
    pub reference: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The source that caused it; no source has the largest number, which stands for the declarations of kinds.
    pub source: u32,
    /// The entity before as JSON, where the change took something of it away; relations are left out.
    pub before: Option<String>,
}

/// Writes changes into the log of a transaction.
pub(crate) struct Log<'t> {
    changes: Table<'t, u64, &'static [u8]>,
    history: Table<'t, (&'static str, u64), ()>,
    sequence: Sequence,
    at: i64,
}

impl<'t> Log<'t> {
    /// The log, to be closed with [`Log::close`].
    pub(crate) fn open(
        transaction: &'t WriteTransaction,
        meta: &Table<'t, &'static str, u64>,
    ) -> Result<Log<'t>, StoreError> {
        Ok(Log {
            sequence: Sequence::open(meta, "changes")?,
            changes: transaction.open_table(tables::CHANGES)?,
            history: transaction.open_table(tables::HISTORY)?,
            at: time::now(),
        })
    }

    /// Writes one change that `source` caused; `before` is the entity as it was.
    pub(crate) fn write(
        &mut self,
        reference: &str,
        kind: ChangeKind,
        source: u32,
        before: Option<&serde_json::Value>,
    ) -> Result<(), StoreError> {
        let sequence = self.sequence.next();
        let before = before.map(|entity| {
            let mut entity = entity.clone();
            if let Some(entity) = entity.as_object_mut() {
                entity.shift_remove("relations");
            }
            pack(&json(&entity))
        });
        let record = ChangeRecord { at: self.at, reference: reference.to_owned(), kind, source, before };
        self.changes.insert(sequence, encode("changes", &record)?.as_slice())?;
        self.history.insert((reference, sequence), ())?;
        Ok(())
    }

    /// Writes down how far the log is.
    pub(crate) fn close(&self, meta: &mut Table<'_, &'static str, u64>) -> Result<(), StoreError> {
        self.sequence.close(meta)
    }
}

impl Catalog {
    /// The changes after number `after`, oldest first, at most `limit`.
    pub fn changes(&self, after: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let transaction = self.read()?;
        let table = transaction.open_table(tables::CHANGES)?;
        let mut changes = Vec::new();
        for entry in table.range(after.saturating_add(1)..)?.take(limit) {
            let (sequence, record) = entry?;
            changes.push(describe(sequence.value(), record.value())?);
        }
        Ok(changes)
    }

    /// The changes of one entity, newest first, at most `limit`.
    pub fn history(&self, reference: &str, limit: usize) -> Result<Vec<Change>, StoreError> {
        let transaction = self.read()?;
        let changes = transaction.open_table(tables::CHANGES)?;
        let mut found = Vec::new();
        for entry in
            transaction.open_table(tables::HISTORY)?.range((reference, 0)..=(reference, u64::MAX))?.rev().take(limit)
        {
            let sequence = entry?.0.value().1;
            if let Some(record) = changes.get(sequence)? {
                found.push(describe(sequence, record.value())?);
            }
        }
        Ok(found)
    }
}

/// What changes came to for an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The number of the first of them, if that is the one which added it.
    pub added: Option<u64>,
    /// Whether it is not there after the last of them.
    pub is_gone: bool,
}

/// Of which entities something else is said after a change than before: relations and what is derived are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Their references.
    pub references: BTreeMap<String, Outcome>,
    /// The number of the last change that is in this; that of the question where nothing is.
    pub until: u64,
    /// The number of the oldest change that is kept; 0 where there is none.
    pub first: u64,
    /// The number of the last change that there is; 0 where there is none.
    pub last: u64,
}

impl Catalog {
    /// Names this store and no other, also not one that a backup was made of or put back into.
    pub fn identity(&self) -> Result<u64, StoreError> {
        Ok(self.read()?.open_table(tables::META)?.get(IDENTITY)?.map_or(0, |identity| identity.value()))
    }

    /// Of which entities the changes after number `after` say something else; at most `limit` changes are looked at.
    pub fn changed(&self, after: u64, limit: usize) -> Result<Changed, StoreError> {
        let transaction = self.read()?;
        let table = transaction.open_table(tables::CHANGES)?;
        let mut changed = Changed {
            until: after,
            first: table.first()?.map_or(0, |(sequence, _)| sequence.value()),
            last: table.last()?.map_or(0, |(sequence, _)| sequence.value()),
            references: BTreeMap::new(),
        };
        for entry in table.range(after.saturating_add(1)..)?.take(limit) {
            let (sequence, record) = entry?;
            let record: ChangeRecord = decode("changes", record.value())?;
            changed.until = sequence.value();
            let added = match record.kind {
                ChangeKind::Added => Some(sequence.value()),
                ChangeKind::Updated | ChangeKind::Facts | ChangeKind::Removed => None,
                ChangeKind::Related | ChangeKind::Derived => continue,
            };
            let is_gone = record.kind == ChangeKind::Removed;
            changed.references.entry(record.reference).or_insert(Outcome { added, is_gone }).is_gone = is_gone;
        }
        Ok(changed)
    }
}

/// Gives a store a name of its own.
pub(crate) fn identify(transaction: &WriteTransaction) -> Result<(), StoreError> {
    let (identity, _) = uuid::Uuid::new_v4().as_u64_pair();
    transaction.open_table(tables::META)?.insert(IDENTITY, identity)?;
    Ok(())
}

fn describe(sequence: u64, record: &[u8]) -> Result<Change, StoreError> {
    let record: ChangeRecord = decode("changes", record)?;
    let before = record.before()?.map(|json| String::from_utf8_lossy(&json).into_owned());
    Ok(Change {
        sequence,
        before,
        at: time::timestamp(record.at),
        reference: record.reference,
        kind: record.kind,
        source: record.source,
    })
}
