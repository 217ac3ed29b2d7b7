//! Reading single entities, as the JSON that is served.

use portico_model::EntityRef;
use redb::{ReadTransaction, ReadableTable};

use crate::pack::unpack;
use crate::record::{EntityRecord, decode};
use crate::{Catalog, StoreError, tables};

impl Catalog {
    /// The entity of that name, as JSON.
    pub fn entity(&self, reference: &EntityRef) -> Result<Option<Vec<u8>>, StoreError> {
        let latest = self.latest()?;
        let Some(record) = latest.records.get(reference.as_str())? else { return Ok(None) };
        let record: EntityRecord = decode("records", record.value())?;
        stored(&latest.entities, record.id)
    }

    /// The entity with that `metadata.uid`, as JSON.
    pub fn entity_by_uid(&self, uid: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Ok(uid) = uuid::Uuid::parse_str(uid) else { return Ok(None) };
        let transaction = self.read()?;
        let Some(id) = transaction.open_table(tables::UIDS)?.get(uid.as_u128())?.map(|id| id.value()) else {
            return Ok(None);
        };
        stored(&transaction.open_table(tables::ENTITIES)?, id)
    }

    /// The entities of those names, in that order. Names are compared as they stand with the lower-case form.
    pub fn entities_by_refs<S: AsRef<str>>(&self, references: &[S]) -> Result<Vec<Option<Found>>, StoreError> {
        let transaction = self.read()?;
        let records = transaction.open_table(tables::RECORDS)?;
        let entities = transaction.open_table(tables::ENTITIES)?;
        let mut found = Vec::with_capacity(references.len());
        for reference in references {
            let Some(record) = records.get(reference.as_ref())? else {
                found.push(None);
                continue;
            };
            let record: EntityRecord = decode("records", record.value())?;
            let json = stored(&entities, record.id)?;
            found.push(json.map(|json| Found { id: record.id, json }));
        }
        Ok(found)
    }

    /// The entities with larger numbers than `after`, in their order, at most `limit`; each with its number.
    pub fn entities_after(&self, after: u32, limit: usize) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
        let transaction = self.read()?;
        let mut found = Vec::new();
        for entry in transaction.open_table(tables::ENTITIES)?.range(after.saturating_add(1)..)?.take(limit) {
            let (id, json) = entry?;
            found.push((id.value(), unpack("entities", json.value())?));
        }
        Ok(found)
    }

    /// How many entities there are.
    pub fn count(&self) -> Result<u64, StoreError> {
        use redb::ReadableTableMetadata;
        Ok(self.read()?.open_table(tables::ENTITIES)?.len()?)
    }

    /// The ids of the entities that match a filter, to test others against.
    pub fn matching(&self, filter: &portico_model::Filter) -> Result<roaring::RoaringBitmap, StoreError> {
        let transaction = self.read()?;
        crate::select::Reader::open(&transaction)?.select(filter)
    }
}

/// An entity found by its name.
pub struct Found {
    /// Its number inside the catalog.
    pub id: u32,
    /// The entity as JSON.
    pub json: Vec<u8>,
}

pub(crate) fn record_of(transaction: &ReadTransaction, reference: &str) -> Result<Option<EntityRecord>, StoreError> {
    transaction.open_table(tables::RECORDS)?.get(reference)?.map(|record| decode("records", record.value())).transpose()
}

/// The entity of that number, as JSON.
pub(crate) fn stored(
    entities: &impl ReadableTable<u32, &'static [u8]>,
    id: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    entities.get(id)?.map(|entity| unpack("entities", entity.value())).transpose()
}
