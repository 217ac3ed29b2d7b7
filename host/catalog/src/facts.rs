//! Facts: what sources know of entities that they need not own, kept with the source that says it.
//!
//! In the entity they stand under `facts.<plugin>`. Where several scopes of a plugin attach to one entity, their objects
//! are merged in the order of the sources: what one alone says stands, and of two values the later source's counts.
//!
//! Rule: facts go with their source, and wait for an entity that is not there yet.

use std::collections::BTreeSet;

use redb::{ReadableTable, Table, WriteTransaction};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::record::{Attachment, SourceRecord, encode};
use crate::session::{Mode, Staged};
use crate::{StoreError, source, tables};

/// Bytes of one source's facts about one entity: what a page shows of a tool has a hundredth.
const BYTES: usize = 64 << 10;

/// Values in them: each is a search row, and an index of everything that a tool has would be larger than the tool's own.
const VALUES: usize = 1_000;

/// Levels of them; each makes the names of rows longer.
const LEVELS: usize = 12;

/// Says what is wrong with facts, in the rest of a sentence that names them; otherwise answers them as they are kept.
pub(crate) fn check(facts: &str) -> Result<Vec<u8>, String> {
    if facts.len() > BYTES {
        return Err(format!("have {} bytes; at most {BYTES} are kept, attach what people filter by", facts.len()));
    }
    let value: Value = serde_json::from_str(facts).map_err(|error| format!("are no JSON: {error}"))?;
    if !value.is_object() {
        return Err("are no JSON object; give each value a name".to_owned());
    }
    let mut values = 0;
    if !count(&value, 0, &mut values) {
        return Err(format!("are nested more than {LEVELS} deep; flatten them"));
    }
    if values > VALUES {
        return Err(format!("hold {values} values; at most {VALUES} are kept, attach what people filter by"));
    }
    Ok(value.to_string().into_bytes())
}

/// Counts values; false where they are too deep.
fn count(value: &Value, level: usize, values: &mut usize) -> bool {
    match value {
        _ if level > LEVELS => false,
        Value::Object(map) => map.values().all(|value| count(value, level + 1, values)),
        Value::Array(items) => items.iter().all(|item| count(item, level + 1, values)),
        _ => {
            *values += 1;
            true
        }
    }
}

/// Names facts, so that the same need no second look.
pub(crate) fn digest(facts: &str) -> [u8; 16] {
    let mut digest = [0; 16];
    digest.copy_from_slice(&Sha256::digest(facts)[..16]);
    digest
}

/// The tables of a transaction.
pub(crate) struct FactTables<'t> {
    attachments: Table<'t, (u32, &'static str), &'static [u8]>,
    facts: Table<'t, (&'static str, u32), &'static [u8]>,
}

impl<'t> FactTables<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<FactTables<'t>, StoreError> {
        Ok(FactTables {
            attachments: transaction.open_table(tables::ATTACHMENTS)?,
            facts: transaction.open_table(tables::FACTS)?,
        })
    }

    /// Takes over what a session says. Answers the references whose facts differ now.
    pub(crate) fn apply(
        &mut self,
        source: u32,
        now: i64,
        staged: &Staged,
        unsaid: Vec<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut changed = BTreeSet::new();
        for (reference, facts) in &staged.facts {
            let reference = reference.as_str();
            let attachment = Attachment { digest: facts.digest, changed_at: now };
            self.attachments.insert((source, reference), encode("attachments", &attachment)?.as_slice())?;
            let before = self.facts.insert((reference, source), facts.json.as_slice())?;
            if before.is_none_or(|before| before.value() != facts.json) {
                changed.insert(reference.to_owned());
            }
        }
        let detached = match &staged.mode {
            Mode::Delta | Mode::Files(_) => staged.detached.iter().map(ToString::to_string).collect(),
            Mode::Full => Vec::new(),
        };
        for reference in unsaid.into_iter().chain(detached) {
            if self.release(source, &reference)? {
                changed.insert(reference);
            }
        }
        Ok(changed)
    }

    /// What a source attaches and a full session does not attach again, and how much it attaches in all.
    pub(crate) fn unsaid(&self, source: u32, staged: &Staged) -> Result<(Vec<String>, u64), StoreError> {
        let said = staged.facts.keys().chain(&staged.facts_unchanged);
        let said: BTreeSet<&str> = said.map(portico_model::EntityRef::as_str).collect();
        let mut held = self.held(source)?;
        let count = held.len() as u64;
        held.retain(|reference| !said.contains(reference.as_str()));
        Ok((held, count))
    }

    /// Removes everything that a source attaches. Answers what it was attached to.
    pub(crate) fn release_all(&mut self, source: u32) -> Result<Vec<String>, StoreError> {
        let held = self.held(source)?;
        for reference in &held {
            self.release(source, reference)?;
        }
        Ok(held)
    }

    fn held(&self, source: u32) -> Result<Vec<String>, StoreError> {
        let mut held = Vec::new();
        for entry in self.attachments.range((source, "")..(source + 1, ""))? {
            held.push(entry?.0.value().1.to_owned());
        }
        Ok(held)
    }

    fn release(&mut self, source: u32, reference: &str) -> Result<bool, StoreError> {
        self.attachments.remove((source, reference))?;
        Ok(self.facts.remove((reference, source))?.is_some())
    }

    /// All facts about an entity, by the names of the plugins that attach them.
    pub(crate) fn of(
        &self,
        reference: &str,
        sources: &impl ReadableTable<u32, &'static [u8]>,
    ) -> Result<Map<String, Value>, StoreError> {
        let mut all = Map::new();
        for entry in self.facts.range((reference, 0)..=(reference, u32::MAX))? {
            let (key, json) = entry?;
            let SourceRecord { plugin, .. } = source::load(sources, key.value().1)?.unwrap_or_default();
            let facts: Value = serde_json::from_slice(json.value())
                .map_err(|error| StoreError::Damaged { table: "facts", reason: error.to_string() })?;
            merge(all.entry(plugin).or_insert_with(|| Value::Object(Map::new())), facts);
        }
        all.sort_keys();
        Ok(all)
    }
}

/// Brings `more` into `value`: mappings are joined, anything else is replaced.
fn merge(value: &mut Value, more: Value) {
    match (value, more) {
        (Value::Object(map), Value::Object(more)) => {
            for (key, more) in more {
                match map.get_mut(&key) {
                    Some(value) => merge(value, more),
                    None => {
                        map.insert(key, more);
                    }
                }
            }
        }
        (value, more) => *value = more,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_objects_within_limits() {
        let values = |count: usize| json!({ "all": vec![1; count] }).to_string();
        let levels = |count: usize| format!("{}1{}", "{\"a\":".repeat(count), "}".repeat(count));
        let bytes = |count: usize| json!({ "a": "x".repeat(count - 8) }).to_string();
        for good in ["{}".to_owned(), values(VALUES), levels(LEVELS), bytes(BYTES)] {
            assert!(check(&good).is_ok(), "{} bytes", good.len());
        }
        for (bad, expected) in [
            ("[1]".to_owned(), "are no JSON object"),
            ("{".to_owned(), "are no JSON: "),
            (values(VALUES + 1), "hold 1001 values"),
            (levels(LEVELS + 1), "are nested more than 12 deep"),
            (bytes(BYTES + 1), "have 65537 bytes"),
        ] {
            let reason = check(&bad).unwrap_err();
            assert!(reason.starts_with(expected), "{reason}");
        }
    }

    #[test]
    fn what_two_scopes_say_is_joined_and_the_later_value_counts() {
        let mut value = json!({ "ready": 1, "in": { "a": { "x": 1 } }, "list": [1, 2] });
        merge(&mut value, json!({ "ready": 2, "in": { "a": { "y": 2 }, "b": {} }, "list": [3] }));
        assert_eq!(value, json!({ "ready": 2, "in": { "a": { "x": 1, "y": 2 }, "b": {} }, "list": [3] }));
    }
}
