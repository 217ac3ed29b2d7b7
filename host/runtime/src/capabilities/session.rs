//! The sessions that a guest holds: what they have room for, and how things come into them.
//!
//! Rule: room is taken before anything is kept, and for what things became rather than for what they were.

use portico_catalog::Session;
use wasmtime::component::Resource;

use super::ingest::{Answer, invalid};
use crate::bindings::portico::plugin::ingest::{Put, Rejection};
use crate::bindings::portico::plugin::types::{Error, Unavailable};
use crate::capabilities::handed::take_each;
use crate::classify::{HostFault, clean};
use crate::guest::{Call, Guest};
use crate::kinds::Taken;

/// Entities in one call of `put` or `remove`, and problems in one call of `report`.
pub(crate) const AT_ONCE: usize = 10_000;

/// Entities of one session, with what it removes: ten times the largest catalogs known.
pub(crate) const ENTITIES: u64 = 1_000_000;

/// Problems of one session, with the documents that were refused; nobody reads on after that many.
pub(crate) const PROBLEMS: u64 = 10_000;

/// Bytes that the open sessions of one call hold: 100,000 ordinary entities.
pub(crate) const STAGED: u64 = 256 << 20;

/// Seconds after which there may be room again: calls that hold much are over by then, or have committed.
const SOON: u32 = 10;

/// A session that a guest holds.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct OpenSession {
    /// Away while a call works on it.
    pub(super) session: Option<Session>,
    pub(super) scope: String,
    pub(super) bytes: u64,
    pub(super) entities: u64,
    pub(super) problems: u64,
    /// What documents are judged by beside their kinds, as it was when the session began: by what came later nothing of it was judged.
    pub(super) judged_by: String,
    /// Whether a plugin failed that processes documents of it: the cursor would have them passed over the next time.
    pub(super) unprocessed: bool,
}

impl Guest {
    /// What becomes of documents on their way into a session.
    pub(super) async fn taken(
        &mut self,
        handle: &Resource<OpenSession>,
        puts: Vec<Put>,
    ) -> wasmtime::Result<Vec<Taken>> {
        let taken = self.call.host.clone().taken(puts).await;
        self.table.get_mut(handle)?.unprocessed |= taken.iter().any(Taken::is_unprocessed);
        Ok(taken)
    }

    /// Whether a session has room for more; if so, the room is taken.
    pub(super) fn admit(
        &mut self,
        handle: &Resource<OpenSession>,
        entities: usize,
        bytes: u64,
        problems: usize,
    ) -> Answer<()> {
        if entities > AT_ONCE || problems > AT_ONCE {
            return Ok(invalid(format!("{} in one call; hand over at most {AT_ONCE} at once", entities.max(problems))));
        }
        self.take_room(handle, entities, bytes, problems)
    }

    /// As [`Guest::admit`], for what the portal itself makes of what was handed over.
    pub(super) fn take_room(
        &mut self,
        handle: &Resource<OpenSession>,
        entities: usize,
        bytes: u64,
        problems: usize,
    ) -> Answer<()> {
        let staged = self.staged + bytes;
        if staged > STAGED {
            return Ok(invalid(format!(
                "the open sessions hold more than {} MiB; commit in smaller scopes",
                STAGED >> 20
            )));
        }
        let open = self.table.get_mut(handle)?;
        if open.entities + entities as u64 > ENTITIES {
            return Ok(invalid(format!("more than {ENTITIES} entities in one session; split the scope")));
        }
        if open.problems + problems as u64 > PROBLEMS {
            return Ok(invalid(format!(
                "more than {PROBLEMS} problems and refused documents in one session; split the scope"
            )));
        }
        if self.memory.lend(bytes).is_err() {
            let reason =
                "the portal holds as much for the calls that go on as it may; commit what is open, or come again"
                    .to_owned();
            return Ok(Err(Error::Unavailable(Unavailable { reason, retry_after: Some(SOON) })));
        }
        open.entities += entities as u64;
        open.problems += problems as u64;
        open.bytes += bytes;
        self.staged = staged;
        Ok(Ok(()))
    }

    /// Hands some documents over, of which the first has a number among all. What they became counts, and not what they were.
    pub(super) async fn put_some(
        &mut self,
        handle: &Resource<OpenSession>,
        puts: Vec<Put>,
        first: u32,
    ) -> Answer<Vec<Rejection>> {
        let before = (puts.len(), puts.iter().map(|put| put.document.len()).sum::<usize>() as u64);
        let taken = self.taken(handle, puts).await?;
        let after = taken.iter().map(Taken::size).fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        let (more, bytes) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
        if let Err(error) = self.take_room(handle, more, bytes, 0)? {
            return Ok(Err(error));
        }
        self.hand_over_all(handle, first, move |session, call| take_each(session, call, taken)).await
    }

    /// Hands things over, of which the first has a number among all; what is refused is said beside those that stand.
    pub(super) async fn hand_over_all(
        &mut self,
        handle: &Resource<OpenSession>,
        first: u32,
        hand_over: impl FnOnce(&mut Session, &Call) -> Vec<Result<(), String>> + Send + 'static,
    ) -> Answer<Vec<Rejection>> {
        let mut session = self.take(handle)?;
        let work = move |call: &Call| {
            let results = (first..).zip(hand_over(&mut session, call));
            let rejected =
                |(index, result): (u32, Result<(), String>)| Some(Rejection { index, reason: clean(&result.err()?) });
            let rejections: Vec<Rejection> = results.filter_map(rejected).collect();
            (session, rejections)
        };
        let (session, rejections): (Session, Vec<Rejection>) = self.call.blocking(work).await?;
        self.give_back(handle, session)?;
        self.table.get_mut(handle)?.problems += rejections.len() as u64;
        Ok(Ok(rejections))
    }

    pub(super) fn take(&mut self, handle: &Resource<OpenSession>) -> wasmtime::Result<Session> {
        let session = self.table.get_mut(handle)?.session.take();
        session.ok_or_else(|| HostFault("a session was used while it was in use".to_owned()).into())
    }

    pub(super) fn give_back(&mut self, handle: &Resource<OpenSession>, session: Session) -> wasmtime::Result<()> {
        self.table.get_mut(handle)?.session = Some(session);
        Ok(())
    }

    /// The guest holds a session no more.
    pub(super) fn close(&mut self, handle: Resource<OpenSession>) -> wasmtime::Result<OpenSession> {
        let open = self.table.delete(handle)?;
        if let Some(count) = self.open.get_mut(&open.scope) {
            *count -= 1;
        }
        self.open.retain(|_, count| *count > 0);
        self.staged -= open.bytes;
        self.memory.take_back(open.bytes);
        Ok(open)
    }
}
