//! The history of one entity as people read it: what changed when, who caused it, and how it was at a time.
//!
//! The change log keeps what was before a change; what came of it is what was before the next one, or what is now. Rule:
//! relations are left out, since they follow from what others say, and have their own history there.

use std::collections::BTreeMap;

use portico_api_types::{ChangeCause, ChangeEntry, Changes, Difference, HistoryEntry, PORTAL, Timestamp};
use portico_model::EntityRef;
use redb::{ReadTransaction, ReadableTable};
use serde_json::Value;

use crate::change::KINDS;
use crate::read::{record_of, stored};
use crate::record::{ChangeRecord, decode};
use crate::{Catalog, ChangeKind, StoreError, source, tables, time};

/// Keys that follow from the rest.
const DERIVED: [&str; 2] = ["metadata.uid", "metadata.etag"];

/// Differences of one change that are shown; nobody reads more, and a definition that was rewritten has thousands.
const DIFFERENCES: usize = 200;

/// Since when the log knows everything: the time of the last change that was forgotten, under this name in `meta`.
const FORGOTTEN: &str = "changes-forgotten";

/// An entity at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum At {
    /// It was this.
    Was(Box<Value>),
    /// It was not there.
    WasNot,
    /// Changes of that time are not kept any more.
    Forgotten,
}

impl Catalog {
    /// The changes of one entity with what differs, newest first, at most `limit`; of those before the change `before`, if given.
    pub fn story(
        &self,
        reference: &EntityRef,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let transaction = self.read()?;
        let name = reference.as_str();
        let changes = transaction.open_table(tables::CHANGES)?;
        let mut after = current(&transaction, name)?;
        let mut entries = Vec::new();
        // From the newest on, since what a change led to is known from the one after it.
        for entry in transaction.open_table(tables::HISTORY)?.range((name, 0)..=(name, u64::MAX))?.rev() {
            let sequence = entry?.0.value().1;
            let Some(record) = changes.get(sequence)? else { continue };
            let record: ChangeRecord = decode("changes", record.value())?;
            let was = record.was()?;
            let is_wanted = before.is_none_or(|before| sequence < before);
            if is_wanted {
                let differences = match record.kind {
                    ChangeKind::Related => Vec::new(),
                    _ => differences(was.as_ref(), after.as_ref()),
                };
                entries.push(HistoryEntry {
                    sequence,
                    at: time::timestamp(record.at),
                    kind: word(record.kind),
                    cause: cause(&transaction, record.source)?,
                    differences,
                });
                if entries.len() == limit {
                    break;
                }
            }
            match record.kind {
                ChangeKind::Related => {}
                _ => after = was,
            }
        }
        Ok(entries)
    }

    /// The entity as it was at a time, without its relations.
    pub fn entity_at(&self, reference: &EntityRef, at: Timestamp) -> Result<At, StoreError> {
        let transaction = self.read()?;
        if forgotten(&transaction)?.is_some_and(|known| at < known) {
            return Ok(At::Forgotten);
        }
        let name = reference.as_str();
        let changes = transaction.open_table(tables::CHANGES)?;
        for entry in transaction.open_table(tables::HISTORY)?.range((name, 0)..=(name, u64::MAX))? {
            let Some(record) = changes.get(entry?.0.value().1)? else { continue };
            let record: ChangeRecord = decode("changes", record.value())?;
            if time::timestamp(record.at) > at && record.kind != ChangeKind::Related {
                let was = record.was()?;
                return Ok(was.map_or(At::WasNot, |entity| At::Was(Box::new(entity))));
            }
        }
        Ok(current(&transaction, name)?.map_or(At::WasNot, |entity| At::Was(Box::new(entity))))
    }

    /// What changed after the change `after`, oldest first, at most `limit`, and the number of the last change that there is.
    pub fn feed(&self, after: u64, limit: usize) -> Result<Changes, StoreError> {
        let transaction = self.read()?;
        let table = transaction.open_table(tables::CHANGES)?;
        let last = table.last()?.map_or(0, |(sequence, _)| sequence.value());
        let first = table.first()?.map_or(0, |(sequence, _)| sequence.value());
        let mut items = Vec::new();
        for entry in table.range(after.saturating_add(1)..)?.take(limit) {
            let (sequence, record) = entry?;
            let record: ChangeRecord = decode("changes", record.value())?;
            items.push(ChangeEntry {
                sequence: sequence.value(),
                at: time::timestamp(record.at),
                kind: word(record.kind),
                cause: cause(&transaction, record.source)?,
                entity_ref: record.reference,
            });
        }
        Ok(Changes { items, first, last })
    }

    /// Forgets changes from before `time`, oldest first, at most `most` of them. Answers how many that were.
    pub fn forget_changes(&self, before: Timestamp, most: usize) -> Result<u64, StoreError> {
        let transaction = self.write()?;
        let (mut old, mut last) = (Vec::new(), 0);
        {
            let table = transaction.open_table(tables::CHANGES)?;
            for entry in table.iter()?.take(most) {
                let (sequence, record) = entry?;
                let record: ChangeRecord = decode("changes", record.value())?;
                if time::timestamp(record.at) >= before {
                    break;
                }
                last = record.at;
                old.push((sequence.value(), record.reference));
            }
        }
        if old.is_empty() {
            transaction.abort()?;
            return Ok(0);
        }
        {
            let mut changes = transaction.open_table(tables::CHANGES)?;
            let mut history = transaction.open_table(tables::HISTORY)?;
            for (sequence, reference) in &old {
                changes.remove(sequence)?;
                history.remove((reference.as_str(), *sequence))?;
            }
            transaction.open_table(tables::META)?.insert(FORGOTTEN, last.cast_unsigned())?;
        }
        transaction.commit()?;
        Ok(old.len() as u64)
    }
}

/// Since when the log knows everything; none if it has forgotten nothing.
pub(crate) fn forgotten(transaction: &ReadTransaction) -> Result<Option<Timestamp>, StoreError> {
    let last = transaction.open_table(tables::META)?.get(FORGOTTEN)?.map(|last| last.value());
    Ok(last.map(|last| time::timestamp(last.cast_signed())))
}

/// The entity as it is, without its relations.
pub(crate) fn current(transaction: &ReadTransaction, name: &str) -> Result<Option<Value>, StoreError> {
    let Some(record) = record_of(transaction, name)? else { return Ok(None) };
    let entity = stored(&transaction.open_table(tables::ENTITIES)?, record.id)?;
    let mut entity = entity.map(|json| parse(&json)).transpose()?;
    if let Some(entity) = entity.as_mut().and_then(Value::as_object_mut) {
        entity.shift_remove("relations");
    }
    Ok(entity)
}

pub(crate) fn parse(json: &[u8]) -> Result<Value, StoreError> {
    serde_json::from_slice(json).map_err(|error| StoreError::Damaged { table: "changes", reason: error.to_string() })
}

fn word(kind: ChangeKind) -> portico_api_types::ChangeKind {
    match kind {
        ChangeKind::Added => portico_api_types::ChangeKind::Added,
        ChangeKind::Updated => portico_api_types::ChangeKind::Updated,
        ChangeKind::Related => portico_api_types::ChangeKind::Related,
        ChangeKind::Removed => portico_api_types::ChangeKind::Removed,
        ChangeKind::Facts => portico_api_types::ChangeKind::Facts,
        ChangeKind::Derived => portico_api_types::ChangeKind::Derived,
    }
}

/// What caused a change; none once its source is gone.
fn cause(transaction: &ReadTransaction, source: u32) -> Result<Option<ChangeCause>, StoreError> {
    if source == KINDS {
        return Ok(Some(ChangeCause { source_id: None, plugin: PORTAL.to_owned(), scope: "kinds".to_owned() }));
    }
    let record = source::load(&transaction.open_table(tables::SOURCES)?, source)?;
    Ok(record.map(|record| ChangeCause { source_id: Some(source), plugin: record.plugin, scope: record.scope }))
}

/// The values that differ, by their dotted paths. A list is one value.
fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    before.into_iter().for_each(|value| flatten("", value, &mut old));
    after.into_iter().for_each(|value| flatten("", value, &mut new));
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let differing = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
    differing
        .filter(|path| !DERIVED.contains(&path.as_str()))
        .take(DIFFERENCES)
        .map(|path| Difference {
            path: path.clone(),
            before: old.get(path).map(|value| (*value).clone()),
            after: new.get(path).map(|value| (*value).clone()),
        })
        .collect()
}

/// The values below a path, by their own: what is neither a mapping nor empty.
pub(crate) fn flatten<'a>(path: &str, value: &'a Value, values: &mut BTreeMap<String, &'a Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, values);
            }
        }
        value => {
            values.insert(path.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_named_by_its_path() {
        let before = json!({ "metadata": { "etag": "1", "tags": ["a"] }, "spec": { "owner": "x", "type": "t" } });
        let after =
            json!({ "metadata": { "etag": "2", "tags": ["a", "b"] }, "spec": { "owner": "y", "type": "t", "n": 1 } });
        let found: Vec<(String, Option<Value>, Option<Value>)> = differences(Some(&before), Some(&after))
            .into_iter()
            .map(|difference| (difference.path, difference.before, difference.after))
            .collect();
        assert_eq!(
            found,
            [
                ("metadata.tags".to_owned(), Some(json!(["a"])), Some(json!(["a", "b"]))),
                ("spec.n".to_owned(), None, Some(json!(1))),
                ("spec.owner".to_owned(), Some(json!("x")), Some(json!("y"))),
            ]
        );
    }
}
