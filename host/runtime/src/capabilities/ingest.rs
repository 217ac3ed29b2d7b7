//! `ingest`: sessions, through which a plugin's data enters the catalog.
//!
//! Rule: a session holds a limited amount, and everything in it is checked before it is committed. What breaks a limit is
//! answered in words; what breaks a rule of the catalog, or may not come from where it comes from (see [`crate::admit`]), is a
//! rejection beside documents that stand. Of a trial nothing is kept, see [`crate::aim`].

use std::time::Duration;

use portico_api_types::{AgentAsk, AgentReply};
use portico_catalog::{Mode, Session, SessionError};
use portico_manifest::Extension;
use portico_model::{Entity, EntityRef};
use tokio::time::{Instant, interval};
use wasmtime::component::Resource;

use super::books::unexpected;
use super::session::{AT_ONCE, OpenSession};
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use super::submission::Submission;
use crate::admit;
use crate::bindings::portico::plugin::ingest::{
    self, Attachment, Host, HostSession, HostSubmission, Object, Problem, Put, Rejection, Summary, Violation,
};
use crate::bindings::portico::plugin::types::{EntityRef as GuestRef, Error, Unavailable};
use crate::capabilities::handed::{DOCUMENT, attach_one, place, reference, report};
use crate::classify::clean;
use crate::guest::{Call, Guest};
use crate::mapped::withdraw_one;

/// Documents that pass the plugins of their kinds at once, which may make each as large as a document may be.
const PROCESSED: usize = 1_000;

/// Sessions that a call may have open at once; each holds a view of the store.
const SESSIONS: u32 = 64;

/// Scopes that a plugin may speak for.
pub(crate) const SCOPES: usize = 100_000;

/// Scopes of which one call asks to have them read.
const WANTED: usize = 1_000;

/// Violations of one document that a plugin hears of: who mends these sees the next.
const VIOLATIONS: usize = 100;

/// Bytes of a cursor: a commit id, or a page of resource versions.
pub(crate) const CURSOR: usize = 64 << 10;

/// What is said to who wants to bring data in where nobody may.
const ONLY_LOOKS: &str = "drawing a card, processing documents and checking change nothing; bring data in by a run, a request, a button, a \
                          watcher, or when changes are handled";

pub(super) type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl HostSession for Guest {
    async fn open(&mut self, scope: String, mode: ingest::Mode) -> Answer<Resource<OpenSession>> {
        if let Err(denied) = self.may_ingest() {
            return Ok(Err(denied));
        }
        let mode = match mode {
            ingest::Mode::Full => Mode::Full,
            ingest::Mode::Delta => Mode::Delta,
        };
        self.begin(scope, mode).await
    }

    async fn open_files(&mut self, scope: String, files: Vec<String>) -> Answer<Resource<OpenSession>> {
        if let Err(denied) = self.may_ingest() {
            return Ok(Err(denied));
        }
        if files.len() > AT_ONCE {
            return Ok(invalid(format!(
                "{} files; a session speaks of at most {AT_ONCE}, read the scope whole",
                files.len()
            )));
        }
        let files = files.iter().map(|file| place(file)).collect();
        self.begin(scope, Mode::Files(files)).await
    }

    async fn put(&mut self, handle: Resource<OpenSession>, entities: Vec<Put>) -> Answer<Vec<Rejection>> {
        let bytes = entities.iter().map(|put| put.document.len() + put.origin.file.len()).sum::<usize>() as u64;
        if let Err(error) = self.admit(&handle, entities.len(), bytes, 0)? {
            return Ok(Err(error));
        }
        let (mut rejections, mut entities) = (Vec::new(), entities.into_iter().peekable());
        let mut number = 0;
        while entities.peek().is_some() {
            let some: Vec<Put> = entities.by_ref().take(PROCESSED).collect();
            let count = some.len();
            match self.put_some(&handle, some, number).await? {
                Ok(refused) => rejections.extend(refused),
                Err(error) => return Ok(Err(error)),
            }
            number += count as u32;
        }
        Ok(Ok(rejections))
    }

    async fn attach(&mut self, handle: Resource<OpenSession>, attachments: Vec<Attachment>) -> Answer<Vec<Rejection>> {
        let bytes = attachments.iter().map(|one| one.facts.len() + one.entity.name.len()).sum::<usize>() as u64;
        if let Err(error) = self.admit(&handle, attachments.len(), bytes, 0)? {
            return Ok(Err(error));
        }
        self.hand_over_all(&handle, 0, move |session, call| each(session, call, &attachments, attach_one)).await
    }

    async fn detach(&mut self, handle: Resource<OpenSession>, entities: Vec<GuestRef>) -> Answer<()> {
        self.name_each(&handle, &entities, Session::detach)
    }

    async fn remove(&mut self, handle: Resource<OpenSession>, entities: Vec<GuestRef>) -> Answer<()> {
        self.name_each(&handle, &entities, Session::remove)
    }

    async fn push(&mut self, handle: Resource<OpenSession>, objects: Vec<Object>) -> Answer<Vec<Rejection>> {
        self.push_objects(handle, objects).await
    }

    async fn withdraw(&mut self, handle: Resource<OpenSession>, objects: Vec<Object>) -> Answer<Vec<Rejection>> {
        if let Err(error) = self.admit(&handle, objects.len(), 0, 0)? {
            return Ok(Err(error));
        }
        self.hand_over_all(&handle, 0, move |session, call| each(session, call, &objects, withdraw_one)).await
    }

    async fn report(&mut self, handle: Resource<OpenSession>, problems: Vec<Problem>) -> Answer<()> {
        if let Err(error) = self.admit(&handle, 0, 0, problems.len())? {
            return Ok(Err(error));
        }
        let mut session = self.take(&handle)?;
        for problem in problems {
            session.report(report(problem));
        }
        self.give_back(&handle, session)?;
        Ok(Ok(()))
    }

    async fn commit(&mut self, handle: Resource<OpenSession>, cursor: Option<String>) -> Answer<Summary> {
        match self.hand_over(handle, cursor).await? {
            Ok(submission) => submission.outcome().await,
            Err(error) => Ok(Err(error)),
        }
    }

    async fn submit(&mut self, handle: Resource<OpenSession>, cursor: Option<String>) -> Answer<Resource<Submission>> {
        match self.hand_over(handle, cursor).await? {
            Ok(submission) => Ok(Ok(self.table.push(submission)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn drop(&mut self, handle: Resource<OpenSession>) -> wasmtime::Result<()> {
        let open = self.close(handle)?;
        // Where others wait for a thread, letting go of a hundred thousand documents takes too long.
        self.call.blocking(move |_| drop(open)).await
    }
}

impl HostSubmission for Guest {
    async fn wait(&mut self, handle: Resource<Submission>) -> Answer<Summary> {
        self.table.delete(handle)?.outcome().await
    }

    async fn drop(&mut self, handle: Resource<Submission>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl Host for Guest {
    async fn check(&mut self, document: String) -> Answer<Vec<Violation>> {
        if document.len() > DOCUMENT {
            return Ok(invalid(format!("the document has {} bytes; at most {DOCUMENT} are judged", document.len())));
        }
        let judged = self.call.blocking(move |call| {
            let value =
                serde_json::from_str(&document).map_err(|error| format!("this is not a JSON document: {error}"))?;
            let broken = Entity::judge(value, call.catalog.registry().kinds()).err().unwrap_or_default();
            Ok(broken
                .into_iter()
                .take(VIOLATIONS)
                .map(|one| Violation { path: one.path, message: one.message })
                .collect())
        });
        Ok(judged.await?.map_err(Error::Invalid))
    }

    async fn cursor(&mut self, scope: String) -> Answer<Option<String>> {
        if self.call.live.aim.trial().is_some() {
            return Ok(Ok(None));
        }
        Ok(match self.call.ask(AgentAsk::Cursor { scope }).await? {
            Ok(AgentReply::Text(cursor)) => Ok(cursor),
            other => Err(unexpected(other)),
        })
    }

    async fn current(&mut self, scope: String) -> Answer<()> {
        if let Err(error) = self.may_ingest().and_then(|()| named(&scope)) {
            return Ok(Err(error));
        }
        if self.call.live.aim.trial().is_some() {
            return Ok(Ok(()));
        }
        Ok(self.call.ask(AgentAsk::Current { scope }).await?.map(drop))
    }

    async fn unreadable(&mut self, scope: String, reason: String) -> Answer<()> {
        if let Err(error) = self.may_ingest().and_then(|()| named(&scope)) {
            return Ok(Err(error));
        }
        let reason = clean(&reason);
        if let Some(trial) = self.call.live.aim.trial() {
            trial.unreadable(&scope, &reason);
            return Ok(Ok(()));
        }
        Ok(self.call.ask(AgentAsk::Unreadable { scope, reason }).await?.map(drop))
    }

    async fn read_soon(&mut self, scopes: Vec<String>) -> Answer<()> {
        if let Err(error) = self.may_ingest().and_then(|()| scopes.iter().try_for_each(|scope| named(scope))) {
            return Ok(Err(error));
        }
        let Call { live, host, loaded, .. } = &self.call;
        let manifest = &loaded.manifest;
        let wrong = match scopes.len() {
            _ if live.id() > 0 => "a run asks for none; read what is to be read".to_owned(),
            _ if !manifest.offers(Extension::Ingestion) => "the plugin brings nothing in by runs".to_owned(),
            many if many > WANTED => format!("{many} scopes at once; at most {WANTED} are asked for in one call"),
            _ if scopes.iter().all(|scope| host.read_scope(&manifest.name, scope)) => return Ok(Ok(())),
            _ => {
                let reason = "more scopes wait to be read than a plugin may have; come again".to_owned();
                return Ok(Err(Error::Unavailable(Unavailable { reason, retry_after: Some(60) })));
            }
        };
        Ok(invalid(wrong))
    }

    async fn retain(&mut self, scopes: Vec<String>) -> Answer<()> {
        if let Err(denied) = self.may_ingest().and_then(|()| too_many_scopes(scopes.len())) {
            return Ok(Err(denied));
        }
        if self.call.live.aim.trial().is_some() {
            return Ok(Ok(()));
        }
        Ok(self.call.ask(AgentAsk::Retain { scopes }).await?.map(drop))
    }
}

/// Whether a plugin speaks for no more scopes than it may.
pub(super) fn too_many_scopes(scopes: usize) -> Result<(), Error> {
    if scopes > SCOPES {
        return Err(Error::Invalid(format!("{scopes} scopes; a plugin speaks for at most {SCOPES}")));
    }
    Ok(())
}

/// Scopes are keys in the store and lines on a page; sessions check theirs in the catalog.
pub(super) fn named(scope: &str) -> Result<(), Error> {
    if (1..=512).contains(&scope.len()) && !scope.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "a scope is named by 1 to 512 bytes without control characters, this one has {}",
        scope.len()
    )))
}

/// How long a session waits for one like it of another call: as long as senders of webhooks wait for their answer.
const TURN: Duration = Duration::from_secs(8);

/// How often it is looked whether that one has ended.
const LOOK: Duration = Duration::from_millis(20);

impl Guest {
    /// Whether the call may change anything.
    fn may_ingest(&self) -> Result<(), Error> {
        match self.call.may_ingest {
            true => Ok(()),
            false if self.call.is_dry => Err(Error::Denied("nothing is brought in in a dry run".to_owned())),
            false => Err(Error::Denied(ONLY_LOOKS.to_owned())),
        }
    }

    async fn begin(&mut self, scope: String, mode: Mode) -> Answer<Resource<OpenSession>> {
        if self.open.values().sum::<u32>() >= SESSIONS {
            return Ok(invalid(format!(
                "{SESSIONS} sessions are open, the most at once; commit or drop one before opening another"
            )));
        }
        let judged_by = self.call.judged_by();
        let is_own = self.open.contains_key(scope.as_str());
        let is_beside = is_own && mode == Mode::Delta;
        let mut session = match open_session(&self.call, &scope, mode, is_own).await? {
            Ok(session) => session,
            Err(error) => return Ok(Err(error)),
        };
        if is_beside {
            session.in_place_of_whole();
        }
        *self.open.entry(scope.clone()).or_default() += 1;
        let open = OpenSession {
            session: Some(session),
            scope,
            bytes: 0,
            entities: 0,
            problems: 0,
            judged_by,
            unprocessed: false,
        };
        Ok(Ok(self.table.push(open)?))
    }

    /// Has a session stored, and does not wait for it.
    async fn hand_over(&mut self, handle: Resource<OpenSession>, cursor: Option<String>) -> Answer<Submission> {
        if let Some(cursor) = cursor.as_ref().filter(|cursor| cursor.len() > CURSOR) {
            return Ok(invalid(format!("the cursor has {} bytes; at most {CURSOR} are kept", cursor.len())));
        }
        let open = self.table.get(&handle)?;
        let (bytes, judged_by) = (open.bytes, open.judged_by.clone());
        let cursor = cursor.filter(|_| !open.unprocessed);
        let session = self.take(&handle)?;
        let scope = self.close(handle)?.scope;
        if let Some(trial) = self.call.live.aim.trial() {
            let found = session.collected();
            let (added, refused) = (found.documents.len() as u64, found.problems.len() as u64);
            trial.committed(&scope, found);
            let summary = portico_api_types::Summary { added, refused, ..Default::default() };
            return Ok(Ok(Submission::stored(summary)));
        }
        let cursor = cursor.map(|cursor| admit::mark(&judged_by, cursor));
        Ok(Ok(Submission::begin(&self.call, self.submitted.clone(), scope, session, cursor, bytes).await))
    }

    /// Says something of each of these entities, or of none if one of them is none.
    fn name_each(
        &mut self,
        handle: &Resource<OpenSession>,
        entities: &[GuestRef],
        say: fn(&mut Session, EntityRef),
    ) -> Answer<()> {
        let mut references = Vec::with_capacity(entities.len());
        for entity in entities {
            match reference(entity) {
                Ok(reference) => references.push(reference),
                Err(reason) => return Ok(invalid(reason)),
            }
        }
        let bytes = references.iter().map(|reference| reference.as_str().len()).sum::<usize>() as u64;
        if let Err(error) = self.admit(handle, entities.len(), bytes, 0)? {
            return Ok(Err(error));
        }
        let mut session = self.take(handle)?;
        references.into_iter().for_each(|reference| say(&mut session, reference));
        self.give_back(handle, session).map(Ok)
    }
}

/// Opens a session, and waits for one like it that another call has open; one that this call has open itself would never end.
pub(crate) async fn open_session(call: &Call, scope: &str, mode: Mode, is_own: bool) -> Answer<Session> {
    let patience = (Instant::now() + TURN).min(call.deadline);
    let mut look = interval(LOOK);
    let opened = loop {
        look.tick().await;
        let (name, mode) = (scope.to_owned(), mode.clone());
        let opened = call.blocking(move |call| match call.live.aim.trial() {
            Some(_) => call.catalog.trial(&call.loaded.manifest.name, &name),
            None => call.catalog.session(&call.loaded.manifest.name, &name, mode),
        });
        let opened = opened.await?;
        let is_elsewhere = matches!(opened, Err(SessionError::AlreadyOpen { .. })) && !is_own;
        if !is_elsewhere || Instant::now() >= patience || call.is_over() {
            break opened;
        }
    };
    Ok(match opened {
        Ok(session) => Ok(session),
        Err(SessionError::AlreadyOpen { .. }) if !is_own => {
            let reason =
                format!("another call of the plugin has had a session for `{scope}` open for long; come again");
            Err(Error::Unavailable(Unavailable { reason, retry_after: Some(1) }))
        }
        Err(error @ (SessionError::AlreadyOpen { .. } | SessionError::BadScope { .. })) => invalid(error.to_string()),
        Err(SessionError::Store(error)) => Err(Error::Failed(error.to_string())),
    })
}

/// Hands each of some things over.
fn each<T>(
    session: &mut Session,
    call: &Call,
    things: &[T],
    hand_over: fn(&mut Session, &Call, &T) -> Result<(), String>,
) -> Vec<Result<(), String>> {
    things.iter().map(|thing| hand_over(session, call, thing)).collect()
}

pub(super) fn invalid<T>(reason: String) -> Result<T, Error> {
    Err(Error::Invalid(reason))
}
