//! What derived properties see of the catalog: its state inside the transaction.

use portico_kinds::World;
use redb::ReadableTable;
use serde_json::Value;

use super::{Work, parse};
use crate::StoreError;
use crate::read::stored;
use crate::tables::SAID_BY_FROM;

impl World for Work<'_> {
    type Error = StoreError;

    fn targets(&self, from: &str, relation: &str) -> Result<Vec<String>, StoreError> {
        let mut targets: Vec<String> = Vec::new();
        for entry in self.relations.range((from, relation, "", SAID_BY_FROM)..)? {
            let (key, _) = entry?;
            let (other, name, to, _) = key.value();
            if (other, name) != (from, relation) {
                break;
            }
            // Several entities may say the same relation.
            if targets.last().is_none_or(|last| last != to) {
                targets.push(to.to_owned());
            }
        }
        Ok(targets)
    }

    fn entity(&self, reference: &str) -> Result<Option<Value>, StoreError> {
        let Some(record) = self.record(reference)? else { return Ok(None) };
        stored(&self.entities, record.id)?.map(|json| parse(&json)).transpose()
    }
}
