//! What follows from a transaction's claims: entities are stitched, their rows indexed, and what came out otherwise than it
//! was is logged.

use std::collections::BTreeSet;

use portico_model::{Rows, rows};
use redb::ReadableTable;
use serde_json::Value;

use super::{Done, Touch, Work, parse};
use crate::record::{Claim, EntityRecord, decode};
use crate::stitch::{Parts, stitch};
use crate::{ChangeKind, StoreError};

/// What became of an entity that was stitched.
enum Kept {
    /// It is as it was.
    Same,
    /// It is another than before, if there was one.
    Changed(Option<Value>),
}

impl Work<'_> {
    /// Stitches every entity from the documents, with its relations and its rows in the indexes, which were emptied before. Only what
    /// comes out otherwise than it was is a change.
    pub(crate) fn restitch_all(&mut self) -> Result<(), StoreError> {
        let mut all = Vec::new();
        for entry in self.records.iter()? {
            let (reference, record) = entry?;
            let record: EntityRecord = decode("records", record.value())?;
            all.push((reference.value().to_owned(), record.owner));
        }
        for (reference, owner) in &all {
            let document = self.documents.get((reference.as_str(), *owner))?.map(|json| json.value().to_vec());
            self.relate(reference, None, document.as_deref())?;
        }
        self.touched.clear();
        for (reference, _) in &all {
            self.restitch(reference)?;
        }
        Ok(())
    }

    fn restitch(&mut self, reference: &str) -> Result<(), StoreError> {
        let Some(record) = self.record(reference)? else { return Ok(()) };
        let entity = self.compose(reference, &record)?;
        self.index.replace(record.id, None, Some(&rows(&entity)))?;
        let Kept::Changed(before) = self.keep(record.id, &entity)? else { return Ok(()) };
        let kind = if before.is_some() { ChangeKind::Updated } else { ChangeKind::Added };
        self.log.write(reference, kind, before.as_ref())
    }

    /// Stitches what was touched, and writes the indexes.
    pub(crate) fn finish(mut self) -> Result<Done, StoreError> {
        for (reference, why) in std::mem::take(&mut self.touched) {
            self.stitch(&reference, why)?;
        }
        self.index.flush()?;
        self.ids.close(&mut self.meta)?;
        self.log.close(&mut self.meta)?;
        Ok(self.done)
    }

    /// The entity as it follows from what is known of it.
    fn compose(&self, reference: &str, record: &EntityRecord) -> Result<Value, StoreError> {
        let Some(document) = self.documents.get((reference, record.owner))?.map(|json| json.value().to_vec()) else {
            return Err(StoreError::Damaged { table: "documents", reason: format!("{reference} has no document") });
        };
        let claim: Option<Claim> =
            self.claims.get((record.owner, reference))?.map(|claim| decode("claims", claim.value())).transpose()?;
        let stale = claim.as_ref().and_then(|claim| claim.stale.as_deref());
        let mut relations = BTreeSet::new();
        for entry in self.relations.range((reference, "", "", "")..)? {
            let (key, ()) = (entry?.0, ());
            let (from, relation, to, _) = key.value();
            if from != reference {
                break;
            }
            relations.insert((relation.to_owned(), to.to_owned()));
        }
        let facts = self.facts.of(reference, &self.sources)?;
        stitch(Parts { document: &document, uid: record.uid, relations, facts, stale })
    }

    fn stitch(&mut self, reference: &str, why: Touch) -> Result<(), StoreError> {
        let Some(record) = self.record(reference)? else { return Ok(()) };
        let entity = self.compose(reference, &record)?;
        let Kept::Changed(before) = self.keep(record.id, &entity)? else { return Ok(()) };
        let old: Option<Rows> = before.as_ref().map(rows);
        self.index.replace(record.id, old.as_ref(), Some(&rows(&entity)))?;
        let (kind, before) = match (before, why) {
            (None, _) => (ChangeKind::Added, None),
            (before, Touch::Said) => (ChangeKind::Updated, before),
            (before, Touch::Facts) => (ChangeKind::Facts, before),
            (Some(_), Touch::Related) => (ChangeKind::Related, None),
        };
        self.log.write(reference, kind, before.as_ref())
    }

    /// Stores an entity, unless it is as it was.
    fn keep(&mut self, id: u32, entity: &Value) -> Result<Kept, StoreError> {
        let json = entity.to_string();
        let before = self.entities.get(id)?.map(|json| json.value().to_vec());
        if before.as_deref() == Some(json.as_bytes()) {
            return Ok(Kept::Same);
        }
        self.entities.insert(id, json.as_bytes())?;
        Ok(Kept::Changed(before.map(|json| parse(&json)).transpose()?))
    }
}
