//! Submissions: sessions on their way into the store, while their plugin goes on.
//!
//! Rule: what was submitted is stored whatever becomes of the call, and a failure is heard: by the plugin that waits for it, or in the
//! run's log.

use std::sync::Arc;

use portico_api_types::{LogLevel, Summary};
use portico_catalog::{CommitError, Session};
use tokio::sync::{OwnedRwLockReadGuard, Semaphore};
use tokio::task::JoinHandle;

use super::books::refusal;
use crate::bindings::portico::plugin::ingest;
use crate::bindings::portico::plugin::types::Error;
use crate::classify::HostFault;
use crate::guest::Call;
use crate::live::LiveRun;

/// Bytes that a call may have submitted and not stored: a few thousand entities, so that reading and storing keep each other busy.
pub(crate) const AHEAD: usize = 24 << 20;

/// What is counted, as the bytes of the largest sessions are more than a semaphore holds.
const KIBIBYTE: u64 = 1 << 10;

/// A session that is being stored.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Submission {
    scope: String,
    stored: Summary,
    /// Away once somebody waits for it.
    storing: Option<Storing>,
}

struct Storing {
    work: JoinHandle<Result<Summary, Error>>,
    live: Arc<LiveRun>,
    /// The run is not over before its failure is said.
    guard: Arc<OwnedRwLockReadGuard<()>>,
}

/// Room for what is submitted.
pub(crate) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AHEAD / KIBIBYTE as usize))
}

impl Submission {
    /// What was stored, or is of no consequence.
    pub(crate) fn stored(stored: Summary) -> Submission {
        Submission { scope: String::new(), stored, storing: None }
    }

    /// Begins to store a session, as soon as there is room for it.
    pub(crate) async fn begin(
        call: &Call,
        room: Arc<Semaphore>,
        scope: String,
        session: Session,
        cursor: Option<String>,
        bytes: u64,
    ) -> Submission {
        // One that is larger than the room takes all of it.
        let wanted = (bytes / KIBIBYTE + 1).min((AHEAD as u64) / KIBIBYTE);
        let taken = room.acquire_many_owned(u32::try_from(wanted).unwrap_or(u32::MAX)).await;
        let guard = Arc::new(call.live.work.clone().read_owned().await);
        let (live, counters, kept) = (call.live.clone(), call.counters.clone(), (taken, guard.clone()));
        let work = match call.assignment.clone() {
            None => tokio::task::spawn_blocking(move || {
                let _kept = kept;
                let summary = session.commit(cursor).map_err(refused)?;
                // Said here, so that the run knows of a commit whose call did not live to see its end.
                counters.committed(&summary);
                live.committed(summary);
                Ok(summary)
            }),
            Some(assignment) => tokio::spawn(async move {
                let _kept = kept;
                let summary = assignment.store(session, cursor).await?;
                counters.committed(&summary);
                live.committed(summary);
                Ok(summary)
            }),
        };
        let storing = Storing { work, live: call.live.clone(), guard };
        Submission { scope, stored: Summary::default(), storing: Some(storing) }
    }

    /// Waits until it is stored.
    pub(crate) async fn outcome(mut self) -> wasmtime::Result<Result<ingest::Summary, Error>> {
        let outcome = match self.storing.take() {
            None => Ok(self.stored),
            Some(Storing { work, .. }) => {
                work.await.map_err(|error| HostFault(format!("work in the store ended early: {error}")))?
            }
        };
        Ok(match outcome {
            Ok(Summary { added, updated, unchanged, removed, refused, facts }) => {
                Ok(ingest::Summary { added, updated, unchanged, removed, refused, facts })
            }
            Err(error) => Err(error),
        })
    }
}

/// Why a session is not stored, as its plugin hears it.
pub(crate) fn refused(error: CommitError) -> Error {
    match error {
        error @ CommitError::Held { .. } => Error::Denied(error.to_string()),
        error @ CommitError::Elsewhere { .. } => Error::Invalid(error.to_string()),
        CommitError::Store(error) => Error::Failed(error.to_string()),
    }
}

impl Drop for Submission {
    fn drop(&mut self) {
        let Some(Storing { work, live, guard }) = self.storing.take() else { return };
        let scope = std::mem::take(&mut self.scope);
        tokio::spawn(async move {
            let _guard = guard;
            let reason = match work.await {
                Ok(Ok(_)) => return,
                Ok(Err(error)) => refusal(error).message,
                Err(error) => error.to_string(),
            };
            live.note(LogLevel::Error, &format!("What was submitted for `{scope}` was not stored: {reason}"));
        });
    }
}
