//! One transaction at work: what a session collected is taken over (`claims`), what relates to what is brought up to it, and what follows is
//! stitched (`follow`).

mod claims;
mod documents;
mod follow;
mod kinds;
mod world;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use portico_api_types::Summary;
use portico_kinds::Registry;
use portico_model::{Kinds, Relation, relations_of};
use redb::{ReadableTable, Table, WriteTransaction};
use serde_json::Value;

use crate::bin::Bin;
use crate::change::Log;
use crate::dangling::Dangling;
use crate::facts::FactTables;
use crate::index::Index;
use crate::record::{Claim, EntityRecord, ProblemRecord, decode};
use crate::relations::Relations;
use crate::sequence::Sequence;
use crate::session::{Mode, Staged};
use crate::{OrphanStrategy, StoreError, tables, time};

/// No source has this number.
const NOBODY: u32 = 0;

/// The open tables and what has been done so far.
pub(crate) struct Work<'t> {
    /// Who speaks.
    source: u32,
    now: i64,
    meta: Table<'t, &'static str, u64>,
    ids: Sequence,
    claims: Table<'t, (u32, &'static str), &'static [u8]>,
    /// Documents that are not shown.
    documents: Table<'t, (&'static str, u32), &'static [u8]>,
    /// Documents that are shown from now on, by reference.
    fresh: HashMap<String, Arc<[u8]>, RandomState>,
    facts: FactTables<'t>,
    records: Table<'t, &'static str, &'static [u8]>,
    entities: Table<'t, u32, &'static [u8]>,
    uids: Table<'t, u128, u32>,
    relations: Relations<'t>,
    sources: Table<'t, u32, &'static [u8]>,
    index: Index<'t>,
    log: Log<'t>,
    bin: Bin<'t>,
    dangling: Dangling<'t>,
    registry: Arc<Registry>,
    /// References to stitch, why, and which source is the cause.
    touched: HashMap<String, (Touch, u32), RandomState>,
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

/// What one source's word did.
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

/// What a source holds and a session does not say again.
#[derive(Default)]
pub(crate) struct Unsaid {
    /// Entities that go.
    pub(crate) entities: Vec<String>,
    /// Entities that stay as they are.
    stale: Vec<StaleClaim>,
    /// Entities whose facts go.
    pub(crate) facts: Vec<String>,
    /// How much the source holds in all, entities and facts.
    pub(crate) holds: u64,
}

/// A claim whose file could not be read, and why.
type StaleClaim = (String, Claim, String);

impl<'t> Work<'t> {
    /// Work for which nobody speaks yet.
    pub(crate) fn open(transaction: &'t WriteTransaction, registry: Arc<Registry>) -> Result<Work<'t>, StoreError> {
        let meta = transaction.open_table(tables::META)?;
        let (ids, log) = (Sequence::open(&meta, "entities")?, Log::open(transaction, &meta)?);
        Ok(Work {
            source: NOBODY,
            now: time::now(),
            meta,
            ids,
            claims: transaction.open_table(tables::CLAIMS)?,
            documents: transaction.open_table(tables::DOCUMENTS)?,
            fresh: HashMap::default(),
            facts: FactTables::open(transaction)?,
            records: transaction.open_table(tables::RECORDS)?,
            entities: transaction.open_table(tables::ENTITIES)?,
            uids: transaction.open_table(tables::UIDS)?,
            relations: Relations::open(transaction)?,
            sources: transaction.open_table(tables::SOURCES)?,
            index: Index::open(transaction)?,
            log,
            bin: Bin::open(transaction)?,
            dangling: Dangling::open(transaction)?,
            registry,
            touched: HashMap::default(),
            logged: BTreeSet::new(),
            done: Done::default(),
        })
    }

    /// Says which source the work that follows is for.
    pub(crate) fn speak_for(&mut self, source: u32) {
        self.source = source;
    }

    /// What was done since the last time this was asked.
    pub(crate) fn done(&mut self) -> Done {
        std::mem::take(&mut self.done)
    }

    /// Takes over what a session collected.
    pub(crate) fn apply(&mut self, staged: &Staged, unsaid: Unsaid) -> Result<(), StoreError> {
        self.index.expect(staged.documents.len());
        for (reference, document) in &staged.documents {
            self.claim(reference, document)?;
        }
        for reference in &staged.unchanged {
            self.done.summary.unchanged += 1;
            self.note_conflict(reference.as_str())?;
        }
        if staged.mode == Mode::Delta {
            for reference in &staged.removed {
                self.release(reference.as_str())?;
            }
        }
        self.release_unsaid(&unsaid.entities, unsaid.stale)?;
        for reference in self.facts.apply(self.source, self.now, staged, unsaid.facts)? {
            self.done.summary.facts += 1;
            self.touch(&reference, Touch::Facts);
        }
        Ok(())
    }

    /// What the source holds and a session does not say again.
    pub(crate) fn unsaid(&self, staged: &Staged, orphans: OrphanStrategy) -> Result<Unsaid, StoreError> {
        if staged.mode == Mode::Delta {
            return Ok(Unsaid::default());
        }
        let (entities, stale, claims) = self.claims_unsaid(staged, orphans)?;
        let (facts, attached) = self.facts.unsaid(self.source, staged)?;
        // They are said of a whole scope, not of files of it.
        let facts = if staged.mode == Mode::Full { facts } else { Vec::new() };
        Ok(Unsaid { entities, stale, facts, holds: claims + attached })
    }

    fn record(&self, reference: &str) -> Result<Option<EntityRecord>, StoreError> {
        self.records.get(reference)?.map(|record| decode("records", record.value())).transpose()
    }

    /// Brings the relations that an entity's document says from the old document to the new one.
    fn relate(&mut self, reference: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), StoreError> {
        let kinds = self.registry.kinds().clone();
        let (old, new) = (relations_said(old, &kinds)?, relations_said(new, &kinds)?);
        self.relate_rows(reference, &old, &new)
    }

    fn relate_rows(&mut self, reference: &str, old: &[Relation], new: &[Relation]) -> Result<(), StoreError> {
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
        for relation in old.difference(&new) {
            self.relations.remove(relation, relation.from.as_str() != reference)?;
            self.dangling.doubt(relation.to.as_str());
            self.touch(relation.from.as_str(), Touch::Related);
        }
        for relation in new.difference(&old) {
            self.relations.insert(relation, relation.from.as_str() != reference)?;
            self.dangling.doubt(relation.to.as_str());
            self.touch(relation.from.as_str(), Touch::Related);
        }
        Ok(())
    }

    fn touch(&mut self, reference: &str, why: Touch) {
        match self.touched.get_mut(reference) {
            Some(known) if why > known.0 => *known = (why, self.source),
            Some(_) => {}
            None => drop(self.touched.insert(reference.to_owned(), (why, self.source))),
        }
    }

    /// What is touched, in the order of the references.
    fn take_touched(&mut self) -> Vec<(String, (Touch, u32))> {
        let mut touched: Vec<_> = self.touched.drain().collect();
        touched.sort_unstable();
        touched
    }
}

/// The relations that a document says.
fn relations_said(document: Option<&[u8]>, kinds: &Kinds) -> Result<Vec<Relation>, StoreError> {
    let Some(document) = document else { return Ok(Vec::new()) };
    Ok(relations_of(&parse(document)?, kinds))
}

fn parse(json: &[u8]) -> Result<Value, StoreError> {
    serde_json::from_slice(json).map_err(|error| StoreError::Damaged { table: "documents", reason: error.to_string() })
}
