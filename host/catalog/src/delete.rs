//! Deleting one entity by hand.
//!
//! Rule: a deletion is no wish for the future. Every source that spoke for the entity is read afresh, and one that still
//! has it brings it back, as another entity of the same name.

use portico_model::reference_of;
use redb::ReadableTable;

use crate::record::{EntityRecord, decode};
use crate::work::Work;
use crate::{Catalog, StoreError, problem, source, tables};

impl Catalog {
    /// Deletes the entity with that `metadata.uid`. Answers the sources that spoke for it, each a plugin and a scope, for
    /// whoever has them read; none if there is no such entity.
    pub fn delete_entity(&self, uid: &str) -> Result<Vec<(String, String)>, StoreError> {
        let Some(json) = self.entity_by_uid(uid)? else { return Ok(Vec::new()) };
        let entity: Option<serde_json::Value> = serde_json::from_slice(&json).ok();
        let reference = entity.as_ref().and_then(reference_of);
        let reference = reference.ok_or_else(|| StoreError::Damaged { table: "entities", reason: uid.to_owned() })?;
        let reference = reference.as_str();
        let transaction = self.write()?;
        let record: Option<EntityRecord> = {
            let records = transaction.open_table(tables::RECORDS)?;
            records.get(reference)?.map(|record| decode("records", record.value())).transpose()?
        };
        let mut speakers = Vec::new();
        for entry in transaction.open_table(tables::DOCUMENTS)?.range((reference, 0)..=(reference, u32::MAX))? {
            speakers.push(entry?.0.value().1);
        }
        // The owner goes last, so that nobody inherits the entity for a moment.
        speakers.extend(record.map(|record| record.owner));
        for id in &speakers {
            problem::settle_conflict(&transaction, *id, reference)?;
        }
        let mut work = Work::open(&transaction, self.registry())?;
        let mut claims = Vec::new();
        for id in speakers {
            work.speak_for(id);
            work.release(reference)?;
            claims.push((id, work.done().claims));
        }
        work.finish()?;
        let mut sources = Vec::new();
        let mut table = transaction.open_table(tables::SOURCES)?;
        for (id, claims) in claims {
            let Some(mut record) = source::load(&table, id)? else { continue };
            record.entities = record.entities.saturating_add_signed(claims);
            record.cursor = None;
            source::save(&mut table, id, &record)?;
            sources.push((record.plugin, record.scope));
        }
        drop(table);
        transaction.commit()?;
        Ok(sources)
    }
}
