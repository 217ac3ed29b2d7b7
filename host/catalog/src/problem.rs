//! Problems: what could not be taken into the catalog, kept with its source.

use std::collections::{HashMap, HashSet};

use portico_api_types::{Problem, ProblemCause};
use portico_model::EntityRef;
use redb::{ReadableTable, WriteTransaction};

use crate::record::{Cause, ProblemRecord, SourceRecord, decode, encode};
use crate::session::Staged;
use crate::{Catalog, StoreError, dangling, relations, source, tables, time};

/// Puts `problems` in the place of those that the source had. One that was there before keeps the time it was first seen.
/// Answers how many there are now.
pub(crate) fn replace(
    transaction: &WriteTransaction,
    source: u32,
    problems: &[ProblemRecord],
) -> Result<u32, StoreError> {
    let mut table = transaction.open_table(tables::PROBLEMS)?;
    let mut seen: HashMap<(String, String, String), i64> = HashMap::new();
    for entry in table.range((source, 0)..(source + 1, 0))? {
        let problem: ProblemRecord = decode("problems", entry?.1.value())?;
        seen.insert((problem.file, problem.path, problem.message), problem.first_seen);
    }
    table.retain_in((source, 0)..(source + 1, 0), |_, _| false)?;
    for (place, problem) in (0..).zip(problems) {
        let key = (problem.file.clone(), problem.path.clone(), problem.message.clone());
        let problem = ProblemRecord { first_seen: *seen.get(&key).unwrap_or(&problem.first_seen), ..problem.clone() };
        table.insert((source, place), encode("problems", &problem)?.as_slice())?;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the places above count them as well")]
    Ok(problems.len() as u32)
}

/// The problems of a source that a session which names only what changed leaves as they are: those of files and entities
/// that it does not speak of.
pub(crate) fn elsewhere(
    transaction: &WriteTransaction,
    source: u32,
    staged: &Staged,
) -> Result<Vec<ProblemRecord>, StoreError> {
    let spoken: HashSet<&str> = staged.documents.values().map(|document| document.origin.file.as_str()).collect();
    let entities: HashSet<&str> =
        staged.documents.keys().chain(&staged.unchanged).chain(&staged.removed).map(EntityRef::as_str).collect();
    let mut kept = Vec::new();
    for entry in transaction.open_table(tables::PROBLEMS)?.range((source, 0)..(source + 1, 0))? {
        let problem: ProblemRecord = decode("problems", entry?.1.value())?;
        let file = spoken.contains(problem.file.as_str()) || staged.broken.contains_key(&problem.file);
        let entity = problem.entity.as_deref().is_some_and(|entity| entities.contains(entity));
        if !file && !entity {
            kept.push(problem);
        }
    }
    Ok(kept)
}

/// A conflict is over: the source that came second is shown now.
pub(crate) fn settle_conflict(transaction: &WriteTransaction, heir: u32, reference: &str) -> Result<(), StoreError> {
    let mut kept = Vec::new();
    for entry in transaction.open_table(tables::PROBLEMS)?.range((heir, 0)..(heir + 1, 0))? {
        let problem: ProblemRecord = decode("problems", entry?.1.value())?;
        if problem.cause != Cause::Conflict || problem.entity.as_deref() != Some(reference) {
            kept.push(problem);
        }
    }
    let count = replace(transaction, heir, &kept)?;
    let mut sources = transaction.open_table(tables::SOURCES)?;
    if let Some(mut record) = source::load(&sources, heir)? {
        record.problems = count;
        source::save(&mut sources, heir, &record)?;
    }
    Ok(())
}

fn describe(source_id: u32, source: &SourceRecord, record: ProblemRecord) -> Problem {
    Problem {
        source_id,
        plugin: source.plugin.clone(),
        scope: source.scope.clone(),
        cause: match record.cause {
            Cause::Unreadable => ProblemCause::Unreadable,
            Cause::Refused => ProblemCause::Refused,
            Cause::Conflict => ProblemCause::Conflict,
        },
        file: record.file,
        line: record.line,
        column: record.column,
        path: record.path,
        entity: record.entity,
        url: record.url,
        message: record.message,
        first_seen: time::timestamp(record.first_seen),
        last_seen: time::timestamp(record.last_seen),
    }
}

impl Catalog {
    /// Open problems and references that lead to nothing, of one source or of all, about one entity (`kind:namespace/name`) or about any.
    pub fn problems(&self, source: Option<u32>, entity: Option<&str>) -> Result<Vec<Problem>, StoreError> {
        let transaction = self.read()?;
        let sources = transaction.open_table(tables::SOURCES)?;
        let table = transaction.open_table(tables::PROBLEMS)?;
        let range = source.map_or((0, 0)..(u32::MAX, 0), |id| (id, 0)..(id + 1, 0));
        let mut found = Vec::new();
        let mut owner: Option<(u32, SourceRecord)> = None;
        for entry in table.range(range)? {
            let (key, record) = entry?;
            let id = key.value().0;
            let record: ProblemRecord = decode("problems", record.value())?;
            if entity.is_some_and(|entity| record.entity.as_deref() != Some(entity)) {
                continue;
            }
            if owner.as_ref().is_none_or(|(owner, _)| *owner != id) {
                owner = Some((id, source::load(&sources, id)?.unwrap_or_default()));
            }
            if let Some((_, source)) = &owner {
                found.push(describe(id, source, record));
            }
        }
        found.extend(dangling::problems(&transaction, source, entity)?);
        found.sort_by(|a, b| (a.source_id, &a.file, a.line).cmp(&(b.source_id, &b.file, b.line)));
        Ok(found)
    }

    /// As [`Catalog::problems`] of all sources, about entities of one owner (`kind:namespace/name`).
    pub fn problems_of(&self, owner: &str) -> Result<Vec<Problem>, StoreError> {
        let transaction = self.read()?;
        let table = transaction.open_table(tables::RELATIONS)?;
        let mut found = Vec::new();
        for problem in self.problems(None, None)? {
            if let Some(entity) = &problem.entity
                && relations::leads(&table, entity, "ownedBy", owner)?
            {
                found.push(problem);
            }
        }
        Ok(found)
    }

    /// How many problems there are of each cause.
    pub fn problem_counts(&self) -> Result<Vec<(ProblemCause, u64)>, StoreError> {
        let transaction = self.read()?;
        let (mut unreadable, mut refused, mut conflicts) = (0, 0, 0);
        for entry in transaction.open_table(tables::PROBLEMS)?.iter()? {
            let record: ProblemRecord = decode("problems", entry?.1.value())?;
            match record.cause {
                Cause::Unreadable => unreadable += 1,
                Cause::Refused => refused += 1,
                Cause::Conflict => conflicts += 1,
            }
        }
        Ok(vec![
            (ProblemCause::Unreadable, unreadable),
            (ProblemCause::Refused, refused),
            (ProblemCause::Conflict, conflicts),
            (ProblemCause::Dangling, dangling::count(&transaction)?),
        ])
    }
}
