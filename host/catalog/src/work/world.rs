//! What derived properties see of the catalog: its state inside the transaction.

use portico_kinds::World;
use serde_json::Value;

use super::{Work, parse};
use crate::read::stored;
use crate::{StoreError, relations};

impl World for Work<'_> {
    type Error = StoreError;

    fn targets(&self, from: &str, relation: &str) -> Result<Vec<String>, StoreError> {
        relations::targets(self.relations.table(), from, relation)
    }

    fn entity(&self, reference: &str) -> Result<Option<Value>, StoreError> {
        let Some(record) = self.record(reference)? else { return Ok(None) };
        stored(&self.entities, record.id)?.map(|json| parse(&json)).transpose()
    }
}
