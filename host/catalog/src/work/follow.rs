//! What follows from a transaction's claims: entities are stitched, their rows indexed, and what came out otherwise than it
//! was is logged.

use std::sync::Arc;

use portico_model::{Rows, rows};
use redb::ReadableTable;
use serde_json::Value;

use super::{Touch, Work, parse};
use crate::pack::{pack_entity, unpack, unpack_document};
use crate::record::{Claim, EntityRecord, ORPHANED, decode};
use crate::stitch::{Parts, Sealed, assemble, seal};
use crate::{ChangeKind, StoreError, relations};

/// Rounds of derivation in one transaction, each of which goes on to what looks at what the one before changed. Properties that
/// are derived from properties of others nest a few levels deep; more rounds mean that they go in a circle.
const ROUNDS: usize = 64;

/// An entity, and the document that it is made of.
struct Stitched {
    sealed: Sealed,
    document: Arc<[u8]>,
}

/// What is said of an entity.
struct Assembled {
    /// Put together, without what the portal itself says of it.
    entity: Value,
    document: Arc<[u8]>,
    /// Why its document could not be read since.
    stale: Option<String>,
}

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
            all.push((reference.value().to_owned(), record));
        }
        for (reference, record) in &all {
            let document = self.shown(reference, record)?;
            self.relate(reference, None, document.as_deref())?;
        }
        self.relations.flush()?;
        self.dangling.doubt_all()?;
        self.touched.clear();
        for (reference, _) in &all {
            self.restitch(reference)?;
            // What was derived just now may rest on entities that had not been stitched yet.
            if self.registry.derives(reference.split(':').next().unwrap_or_default()) {
                self.touch(reference, Touch::Derived);
            }
        }
        Ok(())
    }

    fn restitch(&mut self, reference: &str) -> Result<(), StoreError> {
        let Some(record) = self.record(reference)? else { return Ok(()) };
        let stitched = self.compose(reference, &record)?;
        self.index.replace(record.id, None, Some(&rows(&stitched.sealed.entity)))?;
        let Kept::Changed(before) = self.keep(reference, &record, &stitched)? else { return Ok(()) };
        let kind = if before.is_some() { ChangeKind::Updated } else { ChangeKind::Added };
        self.log.write(reference, kind, self.source, before.as_ref())
    }

    /// Stitches what was touched and what looks at it, and writes the indexes.
    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        self.relations.flush()?;
        for _ in 0..ROUNDS {
            if self.touched.is_empty() {
                break;
            }
            self.round()?;
        }
        for (reference, (why, source)) in self.take_touched() {
            self.speak_for(source);
            self.give_up(&reference, why)?;
        }
        let registry = self.registry.clone();
        self.dangling.settle(&self.records, self.relations.table(), registry.kinds(), self.now)?;
        self.index.flush()?;
        self.ids.close(&mut self.meta)?;
        self.log.close(&mut self.meta)
    }

    /// Stitches what is touched, and touches what looks at what came out otherwise.
    fn round(&mut self) -> Result<(), StoreError> {
        let registry = self.registry.clone();
        let mut changed = Vec::new();
        for (reference, (why, source)) in self.take_touched() {
            self.speak_for(source);
            let differs = self.stitch(&reference, why)?;
            if differs && registry.looks_at_others() {
                changed.push((reference, source));
            }
        }
        for (reference, source) in changed {
            self.speak_for(source);
            for dependent in registry.dependents(&reference, self)? {
                self.touch(&dependent, Touch::Derived);
            }
        }
        Ok(())
    }

    /// Stitches one entity; says whether it is another than before, or not there.
    fn stitch(&mut self, reference: &str, why: Touch) -> Result<bool, StoreError> {
        let Some(record) = self.record(reference)? else { return Ok(true) };
        let stitched = self.compose(reference, &record)?;
        self.take(reference, &record, &stitched, why)
    }

    /// Stitches an entity whose properties never come to rest, without them.
    fn give_up(&mut self, reference: &str, why: Touch) -> Result<bool, StoreError> {
        let Some(record) = self.record(reference)? else { return Ok(true) };
        let Assembled { entity, document, stale } = self.parts(reference, &record)?;
        let circle = "its properties are derived in a circle; break it, or look at other entities".to_owned();
        let sealed = seal(entity, record.uid, stale.as_deref(), &[circle])?;
        self.take(reference, &record, &Stitched { sealed, document }, why)
    }

    /// The entity as it follows from what is known of it.
    fn compose(&self, reference: &str, record: &EntityRecord) -> Result<Stitched, StoreError> {
        let Assembled { mut entity, document, stale } = self.parts(reference, record)?;
        let derived = self.registry.derive(reference, &entity, self)?;
        if !derived.properties.is_empty() {
            entity["properties"] = Value::Object(derived.properties);
        }
        let sealed = seal(entity, record.uid, stale.as_deref(), &derived.failures)?;
        Ok(Stitched { sealed, document })
    }

    fn parts(&self, reference: &str, record: &EntityRecord) -> Result<Assembled, StoreError> {
        let Some(document) = self.shown(reference, record)? else {
            return Err(StoreError::Damaged { table: "documents", reason: format!("{reference} has no document") });
        };
        let claim: Option<Claim> =
            self.claims.get((record.owner, reference))?.map(|claim| decode("claims", claim.value())).transpose()?;
        let relations = relations::of(self.relations.table(), reference)?.into_iter();
        let relations = relations.map(|relation| (relation.name, relation.to)).collect();
        let facts = self.facts.of(reference, &self.sources)?;
        let stale = claim.and_then(|claim| claim.stale);
        let is_orphan = stale.as_deref() == Some(ORPHANED);
        let entity = assemble(Parts { document: parse(&document)?, relations, facts, is_orphan })?;
        Ok(Assembled { entity, document, stale: stale.filter(|_| !is_orphan) })
    }

    /// Takes over an entity as it was stitched; says whether it is another than before.
    fn take(
        &mut self,
        reference: &str,
        record: &EntityRecord,
        stitched: &Stitched,
        why: Touch,
    ) -> Result<bool, StoreError> {
        let Kept::Changed(before) = self.keep(reference, record, stitched)? else { return Ok(false) };
        let old: Option<Rows> = before.as_ref().map(rows);
        self.index.replace(record.id, old.as_ref(), Some(&rows(&stitched.sealed.entity)))?;
        let (kind, before) = match (before, why) {
            (None, _) => (ChangeKind::Added, None),
            (before, Touch::Said) => (ChangeKind::Updated, before),
            (before, Touch::Facts) => (ChangeKind::Facts, before),
            (before, Touch::Derived) => (ChangeKind::Derived, before),
            (Some(_), Touch::Related) => (ChangeKind::Related, None),
        };
        // What an entity was before the transaction is in the first change that keeps it.
        if self.registry.looks_at_others() && kind != ChangeKind::Related && !self.logged.insert(reference.to_owned()) {
            return Ok(true);
        }
        self.log.write(reference, kind, self.source, before.as_ref())?;
        Ok(true)
    }

    /// Stores an entity with its document, unless both are as they were. What the entity was is what counts as a change.
    fn keep(&mut self, reference: &str, record: &EntityRecord, stitched: &Stitched) -> Result<Kept, StoreError> {
        self.fresh.remove(reference);
        let (json, document) = (stitched.sealed.json.as_slice(), &*stitched.document);
        let stored = self.entities.get(record.id)?.map(|stored| stored.value().to_vec());
        let Some(stored) = stored else {
            self.entities.insert(record.id, pack_entity(document, json).as_slice())?;
            return Ok(Kept::Changed(None));
        };
        let (before, beside) = (unpack("entities", &stored)?, unpack_document(&stored)?);
        if beside.is_none() {
            // A file of the first format.
            self.take_aside(reference, record.owner)?;
        }
        let same = before == json;
        if !same || beside.as_deref() != Some(document) {
            self.entities.insert(record.id, pack_entity(document, json).as_slice())?;
        }
        if same { Ok(Kept::Same) } else { Ok(Kept::Changed(Some(parse(&before)?))) }
    }
}
