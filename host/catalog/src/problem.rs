//! Problems: what could not be taken into the catalog, kept with its source.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use portico_api_types::{Problem, ProblemCause};
use portico_model::EntityRef;
use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use crate::record::{Cause, Claim, ProblemRecord, SourceRecord, decode};
use crate::session::{Mode, Staged};
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
        let problem = ProblemRecord::read(entry?.1.value())?;
        seen.insert((problem.file, problem.path, problem.message), problem.first_seen);
    }
    table.retain_in((source, 0)..(source + 1, 0), |_, _| false)?;
    for (place, problem) in (0..).zip(problems) {
        let key = (problem.file.clone(), problem.path.clone(), problem.message.clone());
        let problem = ProblemRecord { first_seen: *seen.get(&key).unwrap_or(&problem.first_seen), ..problem.clone() };
        table.insert((source, place), problem.write()?.as_slice())?;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the places above count them as well")]
    Ok(problems.len() as u32)
}

/// The problems of a source that a session leaves as they are: those of files and entities that it does not speak of.
pub(crate) fn elsewhere(
    transaction: &WriteTransaction,
    source: u32,
    staged: &Staged,
) -> Result<Vec<ProblemRecord>, StoreError> {
    if staged.mode == Mode::Full {
        return Ok(Vec::new());
    }
    let spoken: HashSet<&str> = staged.documents.values().map(|document| document.origin.file.as_str()).collect();
    let entities: HashSet<&str> =
        staged.documents.keys().chain(&staged.unchanged).chain(&staged.removed).map(EntityRef::as_str).collect();
    let mut kept = Vec::new();
    for entry in transaction.open_table(tables::PROBLEMS)?.range((source, 0)..(source + 1, 0))? {
        let problem = ProblemRecord::read(entry?.1.value())?;
        let is_spoken_of = match &staged.mode {
            Mode::Full | Mode::Files(_) => staged.mode.speaks_of(&problem.file),
            Mode::Delta => {
                let file = spoken.contains(problem.file.as_str()) || staged.broken.contains_key(&problem.file);
                file || problem.entity.as_deref().is_some_and(|entity| entities.contains(entity))
            }
        };
        if !is_spoken_of {
            kept.push(problem);
        }
    }
    Ok(kept)
}

/// A conflict is over: the source that came second is shown now.
pub(crate) fn settle_conflict(transaction: &WriteTransaction, heir: u32, reference: &str) -> Result<(), StoreError> {
    let mut kept = Vec::new();
    for entry in transaction.open_table(tables::PROBLEMS)?.range((heir, 0)..(heir + 1, 0))? {
        let problem = ProblemRecord::read(entry?.1.value())?;
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

/// What files brought before they could not be read any more, by source and file. A source is looked through once.
#[derive(Default)]
struct StaleFiles(HashMap<u32, HashMap<String, Vec<String>>>);

impl StaleFiles {
    fn brought(&mut self, transaction: &ReadTransaction, source: u32, file: &str) -> Result<&[String], StoreError> {
        let files = match self.0.entry(source) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let mut files: HashMap<String, Vec<String>> = HashMap::new();
                for entry in transaction.open_table(tables::CLAIMS)?.range((source, "")..(source + 1, ""))? {
                    let (key, claim) = entry?;
                    let claim: Claim = decode("claims", claim.value())?;
                    if claim.stale.is_some() {
                        files.entry(claim.file).or_default().push(key.value().1.to_owned());
                    }
                }
                unknown.insert(files)
            }
        };
        Ok(files.get(file).map(Vec::as_slice).unwrap_or_default())
    }
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
            Cause::Warned => ProblemCause::Warned,
        },
        file: record.file,
        line: record.line,
        column: record.column,
        path: record.path,
        entity: record.entity,
        owner: record.owner,
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
            let record = ProblemRecord::read(record.value())?;
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

    /// As [`Catalog::problems`] of all sources, about entities of one owner (`kind:namespace/name`): those that are in the catalog,
    /// those that never came in and name the owner, and those whose file cannot be read any more.
    pub fn problems_of(&self, owner: &str) -> Result<Vec<Problem>, StoreError> {
        let transaction = self.read()?;
        let table = transaction.open_table(tables::RELATIONS)?;
        let owns = |entity: &str| relations::leads(&table, entity, "ownedBy", owner);
        let mut files = StaleFiles::default();
        let mut found = Vec::new();
        for problem in self.problems(None, None)? {
            let is_owned = match &problem.entity {
                _ if problem.owner.as_deref() == Some(owner) => true,
                Some(entity) => owns(entity)?,
                None => {
                    let brought = files.brought(&transaction, problem.source_id, &problem.file)?;
                    brought.iter().try_fold(false, |any, entity| Ok::<_, StoreError>(any || owns(entity)?))?
                }
            };
            if is_owned {
                found.push(problem);
            }
        }
        Ok(found)
    }

    /// How many problems there are of each cause.
    pub fn problem_counts(&self) -> Result<Vec<(ProblemCause, u64)>, StoreError> {
        let transaction = self.read()?;
        let (mut unreadable, mut refused, mut conflicts, mut warned) = (0, 0, 0, 0);
        for entry in transaction.open_table(tables::PROBLEMS)?.iter()? {
            let record = ProblemRecord::read(entry?.1.value())?;
            match record.cause {
                Cause::Unreadable => unreadable += 1,
                Cause::Refused => refused += 1,
                Cause::Conflict => conflicts += 1,
                Cause::Warned => warned += 1,
            }
        }
        Ok(vec![
            (ProblemCause::Unreadable, unreadable),
            (ProblemCause::Refused, refused),
            (ProblemCause::Conflict, conflicts),
            (ProblemCause::Dangling, dangling::count(&transaction)?),
            (ProblemCause::Warned, warned),
        ])
    }
}
