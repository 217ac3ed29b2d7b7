//! The bin: entities that nobody says any more, kept for a while so that they can come back.
//!
//! Rule: what goes because its source no longer says it goes into the bin, in the same transaction. What comes back is said by the
//! portal itself, until a source says it again.

use portico_api_types::{BinEntry, PORTAL, Removed};
use portico_model::EntityRef;
use redb::{ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::pack::{pack, unpack};
use crate::record::{Claim, SourceRecord, decode, encode};
use crate::{Catalog, Mode, Origin, SessionError, StoreError, plugin_bin, tables, time};

/// Who says what came back out of the bin.
pub(crate) const RESTORED: (&str, &str) = (PORTAL, "restored");

/// What is kept of an entity.
#[derive(Serialize, Deserialize)]
struct BinRecord {
    /// Packed.
    document: Vec<u8>,
    plugin: String,
    scope: String,
    file: String,
    line: u32,
    url: Option<String>,
    parent: Option<String>,
    removed_at: i64,
}

/// The tables of a transaction.
pub(crate) struct Bin<'t> {
    entries: Table<'t, &'static str, &'static [u8]>,
    ages: Table<'t, (i64, &'static str), ()>,
}

impl<'t> Bin<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Bin<'t>, StoreError> {
        Ok(Bin { entries: transaction.open_table(tables::BIN)?, ages: transaction.open_table(tables::BIN_AGES)? })
    }

    /// Puts an entity in, as its source last said it.
    pub(crate) fn put(
        &mut self,
        reference: &str,
        document: &[u8],
        claim: Claim,
        source: SourceRecord,
        now: i64,
    ) -> Result<(), StoreError> {
        self.take(reference)?;
        let Claim { file, line, url, parent, .. } = claim;
        let SourceRecord { plugin, scope, .. } = source;
        let record = BinRecord { document: pack(document), plugin, scope, file, line, url, parent, removed_at: now };
        self.entries.insert(reference, encode("bin", &record)?.as_slice())?;
        self.ages.insert((now, reference), ())?;
        Ok(())
    }

    /// Takes an entity out: it is there again, or its time is over.
    pub(crate) fn take(&mut self, reference: &str) -> Result<(), StoreError> {
        let old = self.entries.remove(reference)?.map(|old| decode::<BinRecord>("bin", old.value())).transpose()?;
        if let Some(old) = old {
            self.ages.remove((old.removed_at, reference))?;
        }
        Ok(())
    }
}

/// What became of the wish to have an entity back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is there again.
    Done,
    /// It is not in the bin.
    Absent,
    /// The catalog's rules of today refuse it, and why.
    Refused(String),
}

impl Catalog {
    /// What is in the bin, last removed first, at most `limit`, and how many there are.
    pub fn bin(&self, limit: usize) -> Result<Removed, StoreError> {
        use redb::ReadableTableMetadata;
        let transaction = self.read()?;
        let entries = transaction.open_table(tables::BIN)?;
        let mut items = Vec::new();
        for entry in transaction.open_table(tables::BIN_AGES)?.iter()?.rev().take(limit) {
            let key = entry?.0;
            let (_, reference) = key.value();
            let Some(record) = entries.get(reference)? else { continue };
            let record: BinRecord = decode("bin", record.value())?;
            items.push(BinEntry {
                entity_ref: reference.to_owned(),
                plugin: record.plugin,
                scope: record.scope,
                file: record.file,
                line: record.line,
                url: record.url,
                removed_at: time::timestamp(record.removed_at),
            });
        }
        Ok(Removed { items, total: entries.len()?, plugins: Vec::new() })
    }

    /// Brings an entity back out of the bin. The portal itself says it, until a source does.
    pub fn restore_entity(&self, reference: &EntityRef) -> Result<Restored, SessionError> {
        let record = {
            let transaction = self.read()?;
            let entries = transaction.open_table(tables::BIN).map_err(StoreError::from)?;
            let found = entries.get(reference.as_str()).map_err(StoreError::from)?;
            let Some(found) = found else { return Ok(Restored::Absent) };
            decode::<BinRecord>("bin", found.value())?
        };
        let (plugin, scope) = RESTORED;
        let mut session = self.session(plugin, scope, Mode::Delta)?;
        let parent = record.parent.as_deref().and_then(|parent| EntityRef::parse(parent).ok());
        let origin = Origin { file: record.file, line: record.line, url: record.url, parent };
        if let Err(reason) = session.put(&String::from_utf8_lossy(&unpack("bin", &record.document)?), origin) {
            return Ok(Restored::Refused(reason));
        }
        session.commit(None).map_err(|error| match error {
            crate::CommitError::Store(error) => SessionError::Store(error),
            held @ (crate::CommitError::Held { .. } | crate::CommitError::Elsewhere { .. }) => {
                SessionError::Store(StoreError::Damaged { table: "held", reason: held.to_string() })
            }
        })?;
        Ok(Restored::Done)
    }

    /// Empties the bin of what was removed before `time`. Answers how much that was.
    pub fn empty_bin(&self, before: portico_api_types::Timestamp) -> Result<u64, StoreError> {
        let transaction = self.write()?;
        let mut old = Vec::new();
        for entry in transaction.open_table(tables::BIN_AGES)?.range(..(before.as_millisecond(), ""))? {
            old.push(entry?.0.value().1.to_owned());
        }
        let plugins = plugin_bin::empty(&transaction, before.as_millisecond())?;
        if old.is_empty() && plugins == 0 {
            transaction.abort()?;
            return Ok(0);
        }
        {
            let mut bin = Bin::open(&transaction)?;
            old.iter().try_for_each(|reference| bin.take(reference))?;
        }
        transaction.commit()?;
        Ok(old.len() as u64 + plugins)
    }
}
