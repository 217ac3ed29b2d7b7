//! Sessions that agents send: lines, each judged as if the plugin had handed it over here, stored together or not at all.
//!
//! Rule: nothing is stored before the last line has come and says how many there were. What is no session is an error, and what may not be
//! stored is an answer, which is kept for who did not hear it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use portico_api_types::{AgentLine, AgentMode, AgentProblem, AgentProblemCause, AgentSession, AgentStored, Summary};
use portico_catalog::{About, Mode, Report, Session};
use portico_model::EntityRef;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::lease::{LastSession, Lease};
use super::served::AgentError;
use crate::admit;
use crate::bindings::portico::plugin::ingest::{Attachment, Origin, Put};
use crate::bindings::portico::plugin::types::Error;
use crate::capabilities::books::refusal;
use crate::capabilities::handed::{attach_one, guest_reference, place, take_each};
use crate::capabilities::ingest::{CURSOR, open_session};
use crate::capabilities::session::{AT_ONCE, ENTITIES, PROBLEMS, STAGED};
use crate::capabilities::submission::refused;
use crate::classify::clean;
use crate::guest::Call;
use crate::kinds::Taken;

/// Bytes of the first line: paths of all files that a session may speak of, of a usual length ten times over.
const FIRST: usize = 8 << 20;

/// Bytes of any other line: the largest document, and what writing it as text adds.
const LINE: usize = 4 << 20;

/// How long the next piece of a body may take to come.
const PIECE: Duration = Duration::from_secs(30);

/// Lines that are judged together, and their bytes.
const TOGETHER: usize = 1_000;
const TOGETHER_BYTES: usize = 8 << 20;

/// Why a session is not taken.
enum Stop {
    /// It is no session, or came to no end; nothing is said of it when it is sent again.
    Broken(AgentError),
    /// It may not be stored.
    Refused(Error),
}

impl From<AgentError> for Stop {
    fn from(error: AgentError) -> Stop {
        Stop::Broken(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Refused(error)
    }
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Stop {
        Stop::Broken(AgentError::Unable(format!("{error:#}")))
    }
}

fn wrong(message: impl Into<String>) -> Stop {
    Stop::Broken(AgentError::Wrong(message.into()))
}

/// Takes a session, or says again what became of it.
pub(super) async fn take<B>(lease: Arc<Lease>, number: u64, body: B) -> Result<AgentStored, AgentError>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: std::fmt::Display,
{
    let mut last = lease.last.clone().lock_owned().await;
    match (&last.stored, last.number) {
        (Some(stored), known) if known == number => return Ok(stored.clone()),
        // One that was given up leaves a gap.
        (_, known) if number > known => {}
        (_, known) => {
            return Err(AgentError::Wrong(format!("session {number} does not come after session {known}")));
        }
    }
    let stored = match read(&lease, body).await {
        Ok((session, cursor)) => return store(lease, last, number, session, cursor).await,
        Err(Stop::Broken(error)) => return Err(error),
        Err(Stop::Refused(error)) => AgentStored::Refused(refusal(error)),
    };
    *last = LastSession { number, stored: Some(stored.clone()) };
    Ok(stored)
}

/// Stores a session that is whole, also if its sender has hung up.
async fn store(
    lease: Arc<Lease>,
    mut last: OwnedMutexGuard<LastSession>,
    number: u64,
    session: Session,
    cursor: Option<String>,
) -> Result<AgentStored, AgentError> {
    let storing = tokio::spawn(async move {
        let holder = lease.clone();
        let stored = lease.job.call.blocking(move |call| {
            // Looked at while the run's work is held: who has ended the lease waits for that.
            if !holder.hold.is_held() {
                return Err(AgentError::Over);
            }
            let cursor = cursor.map(|cursor| admit::mark(&call.judged_by(), cursor));
            let committed = |summary: &Summary| {
                call.counters.committed(summary);
                call.live.committed(*summary);
            };
            Ok(session.commit(cursor).inspect(committed))
        });
        let stored = stored.await.map_err(|error| AgentError::Unable(error.to_string()))??;
        let stored = match stored {
            Ok(summary) => AgentStored::Stored(summary),
            Err(error) => AgentStored::Refused(refusal(refused(error))),
        };
        *last = LastSession { number, stored: Some(stored.clone()) };
        Ok(stored)
    });
    storing.await.map_err(|error| AgentError::Unable(error.to_string()))?
}

/// Reads a session to its end. Answers what it says, and where the reading stands.
async fn read<B>(lease: &Lease, body: B) -> Result<(Session, Option<String>), Stop>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: std::fmt::Display,
{
    let call = &lease.job.call;
    let mut lines = Lines { body, rest: BytesMut::new(), looked: 0 };
    let first: AgentSession = lines.next(lease, FIRST).await?.ok_or_else(|| wrong("the session has no first line"))?;
    let AgentSession { scope, mode, cursor } = first;
    if let Some(cursor) = cursor.as_ref().filter(|cursor| cursor.len() > CURSOR) {
        return Err(Error::Invalid(format!("the cursor has {} bytes; at most {CURSOR} are kept", cursor.len())).into());
    }
    let mode = match mode {
        AgentMode::Full => Mode::Full,
        AgentMode::Delta => Mode::Delta,
        AgentMode::Files(files) if files.len() > AT_ONCE => {
            let found = format!("{} files; a session speaks of at most {AT_ONCE}, read the scope whole", files.len());
            return Err(Error::Invalid(found).into());
        }
        AgentMode::Files(files) => Mode::Files(files.iter().map(|file| place(file)).collect()),
    };
    let mut taking =
        Taking { session: open_session(call, &scope, mode, false).await??, size: Size::default(), unprocessed: false };
    let mut count = 0;
    let mut batch = Batch::default();
    loop {
        let line: AgentLine = lines.next(lease, LINE).await?.ok_or_else(|| wrong("the session breaks off"))?;
        if let AgentLine::End { lines: said } = line {
            if said != count {
                return Err(wrong(format!("the session says that it has {said} lines, and {count} came")));
            }
            break;
        }
        count += 1;
        batch.add(line, &mut taking.size)?;
        if batch.is_full() {
            taking = taking.take(call, std::mem::take(&mut batch)).await?;
        }
    }
    if lines.next::<AgentLine>(lease, LINE).await?.is_some() {
        return Err(wrong("the session goes on after its end"));
    }
    let taking = taking.take(call, batch).await?;
    // What a plugin could not process is to be handed over again.
    Ok((taking.session, cursor.filter(|_| !taking.unprocessed)))
}

/// Lines of a body, as they come in.
struct Lines<B> {
    body: B,
    rest: BytesMut,
    /// Bytes of the rest that hold no end of a line.
    looked: usize,
}

impl<B> Lines<B>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: std::fmt::Display,
{
    /// The next line; none at the end.
    async fn next<T: serde::de::DeserializeOwned>(&mut self, lease: &Lease, longest: usize) -> Result<Option<T>, Stop> {
        loop {
            if let Some(end) = self.rest[self.looked..].iter().position(|byte| *byte == b'\n') {
                let line = self.rest.split_to(self.looked + end + 1);
                self.looked = 0;
                return self::line(&line[..line.len() - 1], longest).map(Some);
            }
            self.looked = self.rest.len();
            if self.looked > longest {
                return Err(too_long(longest));
            }
            if !lease.hold.is_held() {
                return Err(AgentError::Over.into());
            }
            match timeout(PIECE, self.body.frame()).await {
                Err(_) => return Err(wrong(format!("nothing more of the session came for {} s", PIECE.as_secs()))),
                Ok(None) if self.rest.is_empty() => return Ok(None),
                Ok(None) => return Err(wrong("the session breaks off in the middle of a line")),
                Ok(Some(Err(error))) => return Err(wrong(format!("the session broke off: {error}"))),
                Ok(Some(Ok(frame))) => {
                    lease.hold.renew();
                    if let Ok(data) = frame.into_data() {
                        self.rest.extend_from_slice(&data);
                    }
                }
            }
        }
    }
}

fn too_long(longest: usize) -> Stop {
    wrong(format!("a line of the session has more than {longest} bytes"))
}

fn line<T: serde::de::DeserializeOwned>(line: &[u8], longest: usize) -> Result<T, Stop> {
    if line.len() > longest {
        return Err(too_long(longest));
    }
    serde_json::from_slice(line).map_err(|error| wrong(format!("a line of the session cannot be read: {error}")))
}

/// How much a session holds.
#[derive(Default)]
struct Size {
    entities: u64,
    problems: u64,
    bytes: u64,
}

impl Size {
    fn add(&mut self, entities: usize, problems: usize, bytes: u64) -> Result<(), Error> {
        self.entities += entities as u64;
        self.problems += problems as u64;
        self.bytes += bytes;
        if self.bytes > STAGED {
            return Err(Error::Invalid(format!(
                "the session holds more than {} MiB; commit in smaller scopes",
                STAGED >> 20
            )));
        }
        if self.entities > ENTITIES {
            return Err(Error::Invalid(format!("more than {ENTITIES} entities in one session; split the scope")));
        }
        if self.problems > PROBLEMS {
            return Err(Error::Invalid(format!("more than {PROBLEMS} problems in one session; split the scope")));
        }
        Ok(())
    }
}

/// Lines that are judged together.
#[derive(Default)]
struct Batch {
    puts: Vec<Put>,
    attached: Vec<Attachment>,
    detached: Vec<EntityRef>,
    removed: Vec<EntityRef>,
    reports: Vec<Report>,
    warnings: Vec<Report>,
    lines: usize,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.lines >= TOGETHER || self.bytes >= TOGETHER_BYTES
    }

    fn add(&mut self, line: AgentLine, size: &mut Size) -> Result<(), Stop> {
        let before = self.bytes;
        match line {
            AgentLine::Put { document, file, line, url, parent } => {
                self.bytes += document.len() + file.len();
                let parent = parent.as_deref().map(named).transpose()?;
                let origin = Origin { file, line, url, parent: parent.as_ref().map(guest_reference) };
                self.puts.push(Put { document, origin });
            }
            AgentLine::Attach { entity, facts } => {
                self.bytes += facts.len() + entity.len();
                self.attached.push(Attachment { entity: guest_reference(&named(&entity)?), facts });
            }
            AgentLine::Detach(entity) => {
                self.bytes += entity.len();
                self.detached.push(named(&entity)?);
            }
            AgentLine::Remove(entity) => {
                self.bytes += entity.len();
                self.removed.push(named(&entity)?);
            }
            AgentLine::Problem(problem) => {
                size.add(0, 1, 0)?;
                self.lines += 1;
                match problem.cause {
                    AgentProblemCause::Warned => self.warnings.push(report(problem)),
                    AgentProblemCause::Unreadable | AgentProblemCause::Refused => self.reports.push(report(problem)),
                }
                return Ok(());
            }
            AgentLine::End { .. } => return Ok(()),
        }
        self.lines += 1;
        Ok(size.add(1, 0, (self.bytes - before) as u64)?)
    }
}

fn named(entity: &str) -> Result<EntityRef, Stop> {
    EntityRef::parse(entity).map_err(|error| wrong(format!("`{entity}` names no entity: {error}")))
}

fn report(problem: AgentProblem) -> Report {
    // A broken document may well have a broken name; the problem counts without it.
    let named = |entity: Option<String>| entity.and_then(|entity| EntityRef::parse(&entity).ok());
    Report {
        refused: problem.cause == AgentProblemCause::Refused,
        file: place(&problem.file),
        line: problem.line,
        column: problem.column,
        path: place(&problem.path),
        about: About { entity: named(problem.entity), owner: named(problem.owner) },
        url: problem.url.as_deref().map(place),
        message: clean(&problem.message),
    }
}

/// A session as far as it was taken.
struct Taking {
    session: Session,
    size: Size,
    unprocessed: bool,
}

impl Taking {
    /// Takes what was read, judged by the rights of the plugin. What is refused is kept beside what stands.
    async fn take(mut self, call: &Call, batch: Batch) -> Result<Taking, Stop> {
        let Batch { puts, attached, detached, removed, reports, warnings, .. } = batch;
        let before = (puts.len(), puts.iter().map(|put| put.document.len()).sum::<usize>() as u64);
        let taken = call.host.taken(puts).await;
        let after = taken.iter().map(Taken::size).fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        self.size.add(after.0.saturating_sub(before.0), 0, after.1.saturating_sub(before.1))?;
        self.unprocessed |= taken.iter().any(Taken::is_unprocessed);
        let work = move |call: &Call| {
            let session = &mut self.session;
            let rejected = take_each(session, call, taken).into_iter().filter(Result::is_err).count();
            for one in &attached {
                if let Err(reason) = attach_one(session, call, one) {
                    let message = clean(&reason);
                    session.warn(Report { file: one.entity.name.clone(), message, ..Report::default() });
                }
            }
            detached.into_iter().for_each(|entity| session.detach(entity));
            removed.into_iter().for_each(|entity| session.remove(entity));
            reports.into_iter().for_each(|report| session.report(report));
            warnings.into_iter().for_each(|warning| session.warn(warning));
            self.size.add(0, rejected, 0).map(|()| self)
        };
        Ok(call.blocking(work).await??)
    }
}
