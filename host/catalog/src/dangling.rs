//! References that lead to nothing: which document says them, and since when.
//!
//! Rule: kept up in the transaction that makes or mends them. Looked at are the entities that came or went, and those that
//! relations began or ceased to lead to; nobody else.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::fast::RandomState;
use portico_api_types::{Problem, ProblemCause};
use portico_model::Kinds;
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, Table, WriteTransaction};

use crate::read::record_of;
use crate::record::{Claim, SourceRecord, decode};
use crate::relations::Relation;
use crate::{StoreError, relations, source, tables, time};

/// The table of a transaction, and the references to look at before it ends.
pub(crate) struct Dangling<'t> {
    table: Table<'t, (&'static str, &'static str, &'static str), i64>,
    doubtful: HashSet<String, RandomState>,
}

impl<'t> Dangling<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Dangling<'t>, StoreError> {
        Ok(Dangling { table: transaction.open_table(tables::DANGLING)?, doubtful: HashSet::default() })
    }

    /// An entity came or went, or something leads to it that did not, or does no longer.
    pub(crate) fn doubt(&mut self, reference: &str) {
        if !self.doubtful.contains(reference) {
            self.doubtful.insert(reference.to_owned());
        }
    }

    /// Doubts everything that is known to lead to nothing.
    pub(crate) fn doubt_all(&mut self) -> Result<(), StoreError> {
        let mut all = Vec::new();
        for entry in self.table.iter()? {
            all.push(entry?.0.value().0.to_owned());
        }
        self.doubtful.extend(all);
        Ok(())
    }

    /// Settles every doubt.
    pub(crate) fn settle(
        &mut self,
        records: &impl ReadableTable<&'static str, &'static [u8]>,
        relations: &impl ReadableTable<relations::Key, ()>,
        kinds: &Kinds,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut doubtful: Vec<String> = self.doubtful.drain().collect();
        doubtful.sort_unstable();
        for target in doubtful {
            let exists = records.get(target.as_str())?.is_some();
            if exists && self.table.is_empty()? {
                continue;
            }
            let wanted = if exists { BTreeSet::new() } else { leading_to(&target, relations, kinds)? };
            let mut known = BTreeMap::new();
            for entry in self.table.range((target.as_str(), "", "")..)? {
                let (key, since) = entry?;
                let (to, from, relation) = key.value();
                if to != target {
                    break;
                }
                known.insert((from.to_owned(), relation.to_owned()), since.value());
            }
            for (from, relation) in known.keys().filter(|key| !wanted.contains(*key)) {
                self.table.remove((target.as_str(), from.as_str(), relation.as_str()))?;
            }
            for (from, relation) in wanted.iter().filter(|key| !known.contains_key(*key)) {
                self.table.insert((target.as_str(), from.as_str(), relation.as_str()), now)?;
            }
        }
        Ok(())
    }
}

/// Which documents lead to a reference, and by which relation.
fn leading_to(
    target: &str,
    relations: &impl ReadableTable<relations::Key, ()>,
    kinds: &Kinds,
) -> Result<BTreeSet<(String, String)>, StoreError> {
    let mut found = BTreeSet::new();
    for Relation { name, to, said_by_target } in relations::of(relations, target)? {
        // This is the way back of what `to` says; what an entity says of itself it says from there.
        if (said_by_target || to == target)
            && let Some(relation) = kinds.inverse(&name)
        {
            found.insert((to, relation.to_owned()));
        }
    }
    Ok(found)
}

/// References that lead to nothing, of one source or of all, of one entity or of any.
pub(crate) fn problems(
    transaction: &ReadTransaction,
    source: Option<u32>,
    entity: Option<&str>,
) -> Result<Vec<Problem>, StoreError> {
    let table = transaction.open_table(tables::DANGLING)?;
    let mut found = Vec::new();
    match entity {
        Some(entity) => {
            for Relation { name, to, said_by_target } in
                relations::of(&transaction.open_table(tables::RELATIONS)?, entity)?
            {
                if let Some(since) = table.get((to.as_str(), entity, name.as_str()))?.filter(|_| !said_by_target) {
                    found.extend(describe(transaction, entity, &name, &to, since.value(), source)?);
                }
            }
        }
        None => {
            for entry in table.iter()? {
                let (key, since) = entry?;
                let (to, from, relation) = key.value();
                found.extend(describe(transaction, from, relation, to, since.value(), source)?);
            }
        }
    }
    Ok(found)
}

/// How many there are.
pub(crate) fn count(transaction: &ReadTransaction) -> Result<u64, StoreError> {
    Ok(transaction.open_table(tables::DANGLING)?.len()?)
}

fn describe(
    transaction: &ReadTransaction,
    from: &str,
    relation: &str,
    to: &str,
    since: i64,
    only: Option<u32>,
) -> Result<Option<Problem>, StoreError> {
    let Some(record) = record_of(transaction, from)?.filter(|record| only.is_none_or(|only| record.owner == only))
    else {
        return Ok(None);
    };
    let claims = transaction.open_table(tables::CLAIMS)?;
    let Some(claim) = claims.get((record.owner, from))? else { return Ok(None) };
    let claim: Claim = decode("claims", claim.value())?;
    let owner: SourceRecord =
        source::load(&transaction.open_table(tables::SOURCES)?, record.owner)?.unwrap_or_default();
    Ok(Some(Problem {
        source_id: record.owner,
        last_seen: time::timestamp(owner.synced_at.unwrap_or(since).max(since)),
        plugin: owner.plugin,
        scope: owner.scope,
        cause: ProblemCause::Dangling,
        file: claim.file,
        line: claim.line,
        column: 0,
        path: String::new(),
        entity: Some(from.to_owned()),
        owner: None,
        url: claim.url,
        message: format!(
            "`{relation}` leads to `{to}`, which is not in the catalog; correct the reference, or bring the entity in"
        ),
        first_seen: time::timestamp(since),
    }))
}
