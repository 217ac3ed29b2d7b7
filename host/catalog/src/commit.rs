//! Commits: what sessions collected becomes the catalog's state, in one transaction.
//!
//! Rule: work is proportional to the change. A commit writes the claims and documents that differ, and stitches the
//! entities that they touch: those whose document changed, and those that a changed document relates to. Sessions that are
//! submitted while another commit is under way share the next transaction; each is in it whole or not at all.

use std::slice;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use portico_api_types::Summary;
use portico_kinds::Registry;
use redb::{ReadableTable, WriteTransaction};

use crate::engine::unharmed;
use crate::record::{SourceRecord, decode};
use crate::session::{Mode, Session, Staged};
use crate::work::{Done, Work};
use crate::{Catalog, CommitError, StoreError, guard, leaving, problem, source, tables, time};

/// A session that is to be stored.
struct Submitted {
    session: Session,
    cursor: Option<String>,
    answer: SyncSender<Result<Summary, CommitError>>,
}

impl Submitted {
    fn answer(self, outcome: Result<Summary, CommitError>) {
        // Who hears the answer may open the scope again at once.
        drop(self.session);
        // Whoever asked waits for it, unless it was the one who answers.
        let _ = self.answer.send(outcome);
    }
}

/// Sessions that wait to be stored.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Vec<Submitted>>,
    /// Held by whoever stores.
    turn: Mutex<()>,
}

/// Stores what a session collected.
pub(crate) fn commit(catalog: &Catalog, session: Session, cursor: Option<String>) -> Result<Summary, CommitError> {
    let queue = catalog.queue();
    let (answer, answered) = sync_channel(1);
    queue.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Submitted { session, cursor, answer });
    // Whoever has the turn stores everything that waits by then; who comes after finds the answer there.
    let _turn = queue.turn.lock().unwrap_or_else(PoisonError::into_inner);
    if let Ok(outcome) = answered.try_recv() {
        return outcome;
    }
    let waiting = std::mem::take(&mut *queue.waiting.lock().unwrap_or_else(PoisonError::into_inner));
    store_all(catalog, waiting);
    answered.recv().expect("all that wait are answered, and this one was among them")
}

fn store_all(catalog: &Catalog, mut submitted: Vec<Submitted>) {
    match unharmed(|| store(catalog, &mut submitted)) {
        Ok(outcomes) => {
            submitted.into_iter().zip(outcomes).for_each(|(submitted, outcome)| submitted.answer(outcome));
        }
        Err(_) if submitted.len() > 1 => {
            // Each hears what becomes of it alone.
            for mut submitted in submitted {
                let outcome = unharmed(|| store(catalog, slice::from_mut(&mut submitted)));
                submitted.answer(outcome.map_err(CommitError::from).and_then(|mut outcomes| outcomes.remove(0)));
            }
        }
        Err(error) => {
            if let Some(only) = submitted.pop() {
                only.answer(Err(error.into()));
            }
        }
    }
}

/// Stores sessions in one transaction, and says what became of each. One that stops to ask leaves the others alone.
fn store(catalog: &Catalog, submitted: &mut [Submitted]) -> Result<Vec<Result<Summary, CommitError>>, StoreError> {
    let transaction = catalog.write()?;
    let registry = catalog.registry();
    let mut ids = Vec::with_capacity(submitted.len());
    for Submitted { session, .. } in submitted.iter_mut() {
        session.judge_by(&registry);
        ids.push(source::obtain(&transaction, &session.staged.plugin, &session.staged.scope)?);
    }
    let mut work = Work::open(&transaction, registry)?;
    let mut taken = Vec::with_capacity(submitted.len());
    for (Submitted { session, .. }, id) in submitted.iter_mut().zip(&ids) {
        catalog.yield_to_what_was_said(&mut session.staged);
        taken.push(take(catalog, &transaction, &mut work, *id, &session.staged)?);
    }
    work.finish()?;
    let mut outcomes = Vec::with_capacity(submitted.len());
    for ((Submitted { session, cursor, .. }, id), taken) in submitted.iter().zip(ids).zip(taken) {
        outcomes.push(match taken {
            Ok(done) => Ok(settle(&transaction, id, done, &session.staged, cursor.clone())?),
            Err(stopped) => {
                let mut sources = transaction.open_table(tables::SOURCES)?;
                let record = source::load(&sources, id)?.unwrap_or_default();
                source::save(&mut sources, id, &SourceRecord { failure: Some(stopped.to_string()), ..record })?;
                Err(stopped)
            }
        });
    }
    transaction.commit()?;
    Ok(outcomes)
}

/// Takes over what a session collected, unless that would remove so much that a person has to say so first.
fn take(
    catalog: &Catalog,
    transaction: &WriteTransaction,
    work: &mut Work<'_>,
    source: u32,
    staged: &Staged,
) -> Result<Result<Done, CommitError>, StoreError> {
    work.speak_for(source);
    if let Some((entity, file)) = work.strays(staged)? {
        return Ok(Err(CommitError::Elsewhere { entity, file }));
    }
    let unsaid = work.unsaid(staged, catalog.orphan_strategy())?;
    if staged.mode != Mode::Delta
        && let Some((removes, holds)) = guard::stop(transaction, catalog.removal_guard(), source, &unsaid)?
    {
        return Ok(Err(CommitError::Held { removes, holds }));
    }
    work.apply(staged, unsaid)?;
    Ok(Ok(work.done()))
}

/// Brings the source's own record and its problems up to what was done.
fn settle(
    transaction: &WriteTransaction,
    id: u32,
    done: Done,
    staged: &Staged,
    cursor: Option<String>,
) -> Result<Summary, StoreError> {
    let mut summary = done.summary;
    for (heir, reference) in &done.inherited {
        problem::settle_conflict(transaction, *heir, reference)?;
    }
    let mut problems = done.conflicts;
    problems.extend(staged.problems.iter().cloned());
    problems.extend(problem::elsewhere(transaction, id, staged)?);
    let problems = problem::replace(transaction, id, &problems)?;
    summary.refused = problems.into();
    let now = time::now();
    let mut sources = transaction.open_table(tables::SOURCES)?;
    let mut record = source::load(&sources, id)?.unwrap_or_default();
    record.problems = problems;
    record.entities = record.entities.saturating_add_signed(done.claims);
    record.cursor = cursor.or(record.cursor);
    record.synced_at = Some(now);
    record.failure = None;
    if summary.added + summary.updated + summary.removed > 0 {
        record.changed_at = Some(now);
    }
    source::save(&mut sources, id, &record)?;
    Ok(summary)
}

/// Makes everything that follows from the documents again.
pub(crate) fn remake(transaction: &WriteTransaction, registry: &Arc<Registry>) -> Result<(), StoreError> {
    transaction.delete_table(tables::RELATIONS)?;
    transaction.delete_table(tables::KEYS)?;
    transaction.delete_table(tables::PRESENT)?;
    transaction.delete_table(tables::VALUELESS)?;
    transaction.delete_table(tables::POSTINGS)?;
    let mut work = Work::open(transaction, registry.clone())?;
    work.restitch_all()?;
    work.finish()
}

/// Makes everything that follows from the documents again, and has every source read afresh: for a change of the rules.
pub(crate) fn rebuild(transaction: &WriteTransaction, registry: &Arc<Registry>) -> Result<(), StoreError> {
    remake(transaction, registry)?;
    let mut sources = transaction.open_table(tables::SOURCES)?;
    let mut records: Vec<(u32, SourceRecord)> = Vec::new();
    for entry in sources.iter()? {
        let (id, record) = entry?;
        records.push((id.value(), decode("sources", record.value())?));
    }
    for (id, mut record) in records {
        record.cursor = None;
        source::save(&mut sources, id, &record)?;
    }
    Ok(())
}

/// Removes sources, each a plugin, a scope and an id, with everything that they hold.
pub(crate) fn release_sources(
    transaction: &WriteTransaction,
    registry: &Arc<Registry>,
    sources: &[(String, String, u32)],
) -> Result<Summary, StoreError> {
    let mut work = Work::open(transaction, registry.clone())?;
    for (_, _, id) in sources {
        work.speak_for(*id);
        work.release_all()?;
    }
    let done = work.done();
    work.finish()?;
    for (heir, reference) in &done.inherited {
        problem::settle_conflict(transaction, *heir, reference)?;
    }
    for (plugin, scope, id) in sources {
        problem::replace(transaction, *id, &[])?;
        guard::forget(transaction, *id)?;
        leaving::forget(transaction, *id)?;
        transaction.open_table(tables::SOURCES)?.remove(id)?;
        transaction.open_table(tables::SOURCE_IDS)?.remove((plugin.as_str(), scope.as_str()))?;
    }
    Ok(Summary { removed: done.summary.removed, ..Summary::default() })
}
