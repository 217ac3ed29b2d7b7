//! One transaction at work: claims and documents change, and what follows from them is stitched.

mod follow;
mod kinds;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portico_api_types::Summary;
use portico_kinds::Registry;
use portico_model::{EntityRef, Kinds, relations_of, rows};
use redb::{ReadableTable, Table, WriteTransaction};
use serde_json::Value;

use crate::bin::{Bin, RESTORED};
use crate::change::Log;
use crate::dangling::Dangling;
use crate::facts::FactTables;
use crate::index::Index;
use crate::open::Sequence;
use crate::record::{Cause, Claim, EntityRecord, ProblemRecord, SourceRecord, decode, encode};
use crate::session::{Document, Mode, Staged};
use crate::{ChangeKind, StoreError, source, tables, time};

/// The open tables and what has been done so far.
pub(crate) struct Work<'t> {
    source: u32,
    now: i64,
    meta: Table<'t, &'static str, u64>,
    ids: Sequence,
    claims: Table<'t, (u32, &'static str), &'static [u8]>,
    documents: Table<'t, (&'static str, u32), &'static [u8]>,
    facts: FactTables<'t>,
    records: Table<'t, &'static str, &'static [u8]>,
    entities: Table<'t, u32, &'static [u8]>,
    uids: Table<'t, u128, u32>,
    relations: Table<'t, (&'static str, &'static str, &'static str, &'static str), ()>,
    sources: Table<'t, u32, &'static [u8]>,
    index: Index<'t>,
    log: Log<'t>,
    bin: Bin<'t>,
    dangling: Dangling<'t>,
    registry: Arc<Registry>,
    /// References to stitch, and why.
    touched: BTreeMap<String, Touch>,
    /// References whose change is in the log already.
    logged: BTreeSet<String>,
    done: Done,
}

/// Why an entity is stitched; of several reasons the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    /// What is derived for it may come out otherwise.
    Derived,
    /// Others relate to it differently.
    Related,
    /// Facts that are attached to it changed.
    Facts,
    /// Its own document, or the state of its source, changed.
    Said,
}

/// What a transaction did.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) summary: Summary,
    /// How many claims the source has gained or lost.
    pub(crate) claims: i64,
    /// References that others claimed first.
    pub(crate) conflicts: Vec<ProblemRecord>,
    /// Sources whose claim is shown now that the one before it is gone.
    pub(crate) inherited: Vec<(u32, String)>,
}

/// A relation as it stands in the table, without the entity that says so.
type RelationRow = (EntityRef, Arc<str>, EntityRef);

/// A claim whose file could not be read, and why.
type StaleClaim = (String, Claim, String);

impl<'t> Work<'t> {
    pub(crate) fn open(
        transaction: &'t WriteTransaction,
        source: u32,
        registry: Arc<Registry>,
    ) -> Result<Work<'t>, StoreError> {
        let meta = transaction.open_table(tables::META)?;
        let (ids, log) = (Sequence::open(&meta, "entities")?, Log::open(transaction, &meta, source)?);
        Ok(Work {
            source,
            now: time::now(),
            meta,
            ids,
            claims: transaction.open_table(tables::CLAIMS)?,
            documents: transaction.open_table(tables::DOCUMENTS)?,
            facts: FactTables::open(transaction)?,
            records: transaction.open_table(tables::RECORDS)?,
            entities: transaction.open_table(tables::ENTITIES)?,
            uids: transaction.open_table(tables::UIDS)?,
            relations: transaction.open_table(tables::RELATIONS)?,
            sources: transaction.open_table(tables::SOURCES)?,
            index: Index::open(transaction)?,
            log,
            bin: Bin::open(transaction)?,
            dangling: Dangling::open(transaction)?,
            registry,
            touched: BTreeMap::new(),
            logged: BTreeSet::new(),
            done: Done::default(),
        })
    }

    /// Takes over what a session collected.
    pub(crate) fn apply(&mut self, staged: &Staged) -> Result<(), StoreError> {
        for (reference, document) in &staged.documents {
            self.claim(reference, document)?;
        }
        for reference in &staged.unchanged {
            self.done.summary.unchanged += 1;
            self.note_conflict(reference.as_str())?;
        }
        match staged.mode {
            Mode::Delta => {
                for reference in &staged.removed {
                    self.release(reference.as_str())?;
                }
            }
            Mode::Full => self.release_unsaid(staged)?,
        }
        for reference in self.facts.apply(self.source, self.now, staged)? {
            self.done.summary.facts += 1;
            self.touch(reference, Touch::Facts);
        }
        Ok(())
    }

    /// What a full session would remove, entities and facts, and of how much.
    pub(crate) fn unsaid(&self, staged: &Staged) -> Result<(Vec<String>, u64), StoreError> {
        let (mut gone, _, holds) = self.claims_unsaid(staged)?;
        let (facts, attached) = self.facts.unsaid(self.source, staged)?;
        gone.extend(facts);
        Ok((gone, holds + attached))
    }

    /// Removes what the source held and did not say again, except what came from files that could not be read.
    fn release_unsaid(&mut self, staged: &Staged) -> Result<(), StoreError> {
        let (gone, stale, _) = self.claims_unsaid(staged)?;
        for reference in gone {
            self.release(&reference)?;
        }
        for (reference, claim, reason) in stale {
            self.done.summary.unchanged += 1;
            self.mark_stale(&reference, claim, reason)?;
        }
        Ok(())
    }

    /// Of the source's claims those that are not said again: what goes, and what came from files that could not be read. And how many
    /// there are in all.
    fn claims_unsaid(&self, staged: &Staged) -> Result<(Vec<String>, Vec<StaleClaim>, u64), StoreError> {
        let mut gone = Vec::new();
        let mut stale = Vec::new();
        let mut holds = 0;
        for entry in self.claims.range((self.source, "")..(self.source + 1, ""))? {
            let (key, claim) = entry?;
            holds += 1;
            let reference = key.value().1;
            let said =
                |set: &BTreeSet<EntityRef>| EntityRef::parse(reference).is_ok_and(|reference| set.contains(&reference));
            if said(&staged.unchanged)
                || EntityRef::parse(reference).is_ok_and(|reference| staged.documents.contains_key(&reference))
            {
                continue;
            }
            let claim: Claim = decode("claims", claim.value())?;
            match staged.broken.get(&claim.file) {
                Some(reason) => stale.push((reference.to_owned(), claim, reason.clone())),
                None => gone.push(reference.to_owned()),
            }
        }
        Ok((gone, stale, holds))
    }

    /// The source's word for an entity is new or different.
    fn claim(&mut self, reference: &EntityRef, document: &Document) -> Result<(), StoreError> {
        let key = (self.source, reference.as_str());
        let before: Option<Claim> = self.claims.get(key)?.map(|claim| decode("claims", claim.value())).transpose()?;
        let place = (reference.as_str(), self.source);
        let old = self.documents.insert(place, document.json.as_slice())?.map(|json| json.value().to_vec());
        let same = old.as_deref() == Some(document.json.as_slice());
        let claim = Claim {
            digest: document.digest,
            file: document.origin.file.clone(),
            line: document.origin.line,
            url: document.origin.url.clone(),
            parent: document.origin.parent.as_ref().map(ToString::to_string),
            claimed_at: before.as_ref().map_or(self.now, |claim| claim.claimed_at),
            changed_at: before.as_ref().filter(|_| same).map_or(self.now, |claim| claim.changed_at),
            stale: None,
        };
        self.claims.insert(key, encode("claims", &claim)?.as_slice())?;
        if before.is_none() {
            self.done.claims += 1;
        }
        match self.record(reference.as_str())? {
            Some(record) if record.owner != self.source => {
                if !self.is_restored(record.owner)? {
                    return self.note_conflict(reference.as_str());
                }
                return self.take_over(reference, &record, document);
            }
            Some(_) if same && before.as_ref().is_some_and(|claim| claim.stale.is_none()) => {
                self.done.summary.unchanged += 1;
                return Ok(());
            }
            Some(_) => self.done.summary.updated += 1,
            None => {
                self.create(reference.as_str(), self.source)?;
                self.done.summary.added += 1;
            }
        }
        self.relate(reference.as_str(), old.as_deref(), Some(&document.json))?;
        self.touch(reference.to_string(), Touch::Said);
        Ok(())
    }

    /// Whether a source is the portal itself, which says what came back out of the bin.
    fn is_restored(&self, source: u32) -> Result<bool, StoreError> {
        let record: SourceRecord = source::load(&self.sources, source)?.unwrap_or_default();
        Ok((record.plugin.as_str(), record.scope.as_str()) == RESTORED)
    }

    /// A source says again what the portal itself said in the meantime.
    fn take_over(
        &mut self,
        reference: &EntityRef,
        record: &EntityRecord,
        document: &Document,
    ) -> Result<(), StoreError> {
        let name = reference.as_str();
        self.claims.remove((record.owner, name))?;
        let old = self.documents.remove((name, record.owner))?.map(|json| json.value().to_vec());
        if let Some(mut restored) = source::load(&self.sources, record.owner)? {
            restored.entities = restored.entities.saturating_sub(1);
            source::save(&mut self.sources, record.owner, &restored)?;
        }
        let record = EntityRecord { owner: self.source, ..*record };
        self.records.insert(name, encode("records", &record)?.as_slice())?;
        self.relate(name, old.as_deref(), Some(&document.json))?;
        self.touch(name.to_owned(), Touch::Said);
        self.done.summary.updated += 1;
        Ok(())
    }

    fn record(&self, reference: &str) -> Result<Option<EntityRecord>, StoreError> {
        self.records.get(reference)?.map(|record| decode("records", record.value())).transpose()
    }

    fn create(&mut self, reference: &str, owner: u32) -> Result<(), StoreError> {
        #[expect(clippy::cast_possible_truncation, reason = "four billion entities would not fit the file")]
        let id = self.ids.next() as u32;
        let uid = uuid::Uuid::new_v4().as_u128();
        let record = EntityRecord { id, uid, owner };
        self.records.insert(reference, encode("records", &record)?.as_slice())?;
        self.uids.insert(uid, id)?;
        self.dangling.doubt(reference);
        self.bin.take(reference)
    }

    /// Another source speaks for the entity already: the claim is kept, and the conflict is shown.
    fn note_conflict(&mut self, reference: &str) -> Result<(), StoreError> {
        let Some(record) = self.record(reference)?.filter(|record| record.owner != self.source) else { return Ok(()) };
        let other: SourceRecord = source::load(&self.sources, record.owner)?.unwrap_or_default();
        let theirs: Option<Claim> =
            self.claims.get((record.owner, reference))?.map(|claim| decode("claims", claim.value())).transpose()?;
        let theirs = theirs.map_or_else(String::new, |claim| format!("{}:{} in ", claim.file, claim.line));
        let ours: Option<Claim> =
            self.claims.get((self.source, reference))?.map(|claim| decode("claims", claim.value())).transpose()?;
        let Some(ours) = ours else { return Ok(()) };
        self.done.conflicts.push(ProblemRecord {
            cause: Cause::Conflict,
            file: ours.file,
            line: ours.line,
            column: 0,
            path: String::new(),
            entity: Some(reference.to_owned()),
            url: ours.url,
            message: format!(
                "`{reference}` is already described by {theirs}{} ({}), which came first and is what the catalog shows; \
                 rename one of the two, or remove one",
                other.scope, other.plugin
            ),
            first_seen: self.now,
            last_seen: self.now,
        });
        Ok(())
    }

    fn mark_stale(&mut self, reference: &str, claim: Claim, reason: String) -> Result<(), StoreError> {
        if claim.stale.as_ref() == Some(&reason) {
            return Ok(());
        }
        let claim = Claim { stale: Some(reason), ..claim };
        self.claims.insert((self.source, reference), encode("claims", &claim)?.as_slice())?;
        self.touch(reference.to_owned(), Touch::Said);
        Ok(())
    }

    /// Removes everything that the source holds.
    pub(crate) fn release_all(&mut self) -> Result<(), StoreError> {
        let mut held = Vec::new();
        for entry in self.claims.range((self.source, "")..(self.source + 1, ""))? {
            held.push(entry?.0.value().1.to_owned());
        }
        held.iter().try_for_each(|reference| self.release(reference))?;
        for reference in self.facts.release_all(self.source)? {
            self.touch(reference, Touch::Facts);
        }
        Ok(())
    }

    /// The source no longer speaks for an entity. The next that does takes over; with none, the entity goes.
    pub(crate) fn release(&mut self, reference: &str) -> Result<(), StoreError> {
        let claim = self.claims.remove((self.source, reference))?.map(|claim| decode::<Claim>("claims", claim.value()));
        let Some(claim) = claim.transpose()? else { return Ok(()) };
        self.done.claims -= 1;
        let old = self.documents.remove((reference, self.source))?.map(|json| json.value().to_vec());
        let Some(record) = self.record(reference)?.filter(|record| record.owner == self.source) else { return Ok(()) };
        if let Some((heir, document)) = self.heir(reference)? {
            let record = EntityRecord { owner: heir, ..record };
            self.records.insert(reference, encode("records", &record)?.as_slice())?;
            self.relate(reference, old.as_deref(), Some(&document))?;
            self.touch(reference.to_owned(), Touch::Said);
            self.done.inherited.push((heir, reference.to_owned()));
            self.done.summary.updated += 1;
            return Ok(());
        }
        self.relate(reference, old.as_deref(), None)?;
        if let Some(document) = old {
            let said_by = source::load(&self.sources, self.source)?.unwrap_or_default();
            self.bin.put(reference, document, claim, said_by, self.now)?;
        }
        self.vanish(reference, &record)
    }

    /// The entity is no longer there.
    fn vanish(&mut self, reference: &str, record: &EntityRecord) -> Result<(), StoreError> {
        self.records.remove(reference)?;
        self.dangling.doubt(reference);
        self.uids.remove(record.uid)?;
        let entity = self.entities.remove(record.id)?.map(|json| parse(json.value())).transpose()?;
        if let Some(entity) = entity {
            self.index.replace(record.id, Some(&rows(&entity)), None)?;
            self.log.write(reference, ChangeKind::Removed, Some(&entity))?;
        }
        // Nothing is stitched for it, but what looks at it has to hear.
        self.touch(reference.to_owned(), Touch::Derived);
        self.done.summary.removed += 1;
        Ok(())
    }

    /// Of the other sources that claim an entity, the one that did so first.
    fn heir(&self, reference: &str) -> Result<Option<(u32, Vec<u8>)>, StoreError> {
        let mut first: Option<(i64, u32, Vec<u8>)> = None;
        for entry in self.documents.range((reference, 0)..=(reference, u32::MAX))? {
            let (key, document) = entry?;
            let source = key.value().1;
            let Some(claim) = self.claims.get((source, reference))? else { continue };
            let claim: Claim = decode("claims", claim.value())?;
            if first.as_ref().is_none_or(|(at, ..)| claim.claimed_at < *at) {
                first = Some((claim.claimed_at, source, document.value().to_vec()));
            }
        }
        Ok(first.map(|(_, source, document)| (source, document)))
    }

    /// Brings the relations that an entity's document says from the old document to the new one.
    fn relate(&mut self, reference: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), StoreError> {
        let kinds = self.registry.kinds().clone();
        let (old, new) = (relations_said(old, &kinds)?, relations_said(new, &kinds)?);
        self.relate_rows(reference, &old, &new)
    }

    fn relate_rows(
        &mut self,
        reference: &str,
        old: &BTreeSet<RelationRow>,
        new: &BTreeSet<RelationRow>,
    ) -> Result<(), StoreError> {
        for (from, relation, to) in old.difference(new) {
            self.relations.remove((from.as_str(), &**relation, to.as_str(), reference))?;
            self.dangling.doubt(to.as_str());
            self.touch(from.to_string(), Touch::Related);
        }
        for (from, relation, to) in new.difference(old) {
            self.relations.insert((from.as_str(), &**relation, to.as_str(), reference), ())?;
            self.dangling.doubt(to.as_str());
            self.touch(from.to_string(), Touch::Related);
        }
        Ok(())
    }

    fn touch(&mut self, reference: String, why: Touch) {
        let known = self.touched.entry(reference).or_insert(why);
        *known = (*known).max(why);
    }
}

/// The relations that a document says.
fn relations_said(document: Option<&[u8]>, kinds: &Kinds) -> Result<BTreeSet<RelationRow>, StoreError> {
    let Some(document) = document else { return Ok(BTreeSet::new()) };
    let relations = relations_of(&parse(document)?, kinds).into_iter();
    Ok(relations.map(|relation| (relation.from, relation.relation, relation.to)).collect())
}

fn parse(json: &[u8]) -> Result<Value, StoreError> {
    serde_json::from_slice(json).map_err(|error| StoreError::Damaged { table: "documents", reason: error.to_string() })
}
