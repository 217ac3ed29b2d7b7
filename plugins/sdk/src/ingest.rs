//! How a plugin's data enters the catalog: sessions, and what is said about scopes without one.

use portico_model::{EntityRef, Position};
use serde::Serialize;

use crate::bindings::portico::plugin::{ingest as host, types};
use crate::error::Result;

/// Documents that are handed over at once; each call into the host costs something, and so does each document kept.
const MOST_DOCUMENTS: usize = 200;

/// Bytes that are handed over at once; the host takes 8 MiB in one call.
const MOST_BYTES: usize = 1024 * 1024;

/// What a session says about what it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What this scope held before and is not put again is removed at commit.
    Full,
    /// Only what is named changes.
    Delta,
}

/// Where an entity was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file inside the scope, or any other stable name of the place.
    pub file: String,
    /// The line at which the document begins, from 1.
    pub line: u32,
    /// A page on which a person can read it.
    pub url: Option<String>,
    /// The entity that led here, such as a Location.
    pub parent: Option<EntityRef>,
}

impl Origin {
    /// The beginning of a file.
    pub fn file(file: impl Into<String>) -> Origin {
        Origin { file: file.into(), line: 1, url: None, parent: None }
    }
}

/// One entity that the plugin owns, as a whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The document as JSON.
    pub document: String,
    /// Where it was written down.
    pub origin: Origin,
}

/// A document that the host refused. It is kept as a problem; the others stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Where the document was written down.
    pub origin: Origin,
    /// Why.
    pub reason: String,
}

/// Why something is not in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It could not be read.
    Unreadable,
    /// It was read, and breaks a rule.
    Refused,
}

/// Something that the plugin could not take over. It is shown in the portal, and what the same file brought before stays until
/// the file can be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem it is.
    pub cause: Cause,
    /// As in [`Origin::file`].
    pub file: String,
    /// Where in it, as far as it is known.
    pub position: Option<Position>,
    /// The place inside the document, as a JSON pointer; empty for the whole document.
    pub path: String,
    /// The entity concerned, where it could be made out.
    pub entity: Option<EntityRef>,
    /// Who owns it by its own word, where that could be made out.
    pub owner: Option<EntityRef>,
    /// A page on which a person can read the file.
    pub url: Option<String>,
    /// What was found, what is allowed, and what to do.
    pub message: String,
}

impl Problem {
    /// A problem of a file as a whole, which could not be read.
    pub fn new(file: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem {
            cause: Cause::Unreadable,
            file: file.into(),
            position: None,
            path: String::new(),
            entity: None,
            owner: None,
            url: None,
            message: message.into(),
        }
    }
}

/// What a commit changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entities that are new.
    pub added: u64,
    /// Entities that changed.
    pub updated: u64,
    /// Entities that were said again as they were.
    pub unchanged: u64,
    /// Entities that are gone.
    pub removed: u64,
    /// Documents that were refused or could not be read.
    pub refused: u64,
    /// Entities to which other facts are attached than before.
    pub facts: u64,
}

/// One sync of one scope. Nothing of it is visible before it is committed, all of it after. What is put is handed over in
/// batches, so that memory stays bounded whatever the size of a scope.
pub struct Session {
    session: host::Session,
    puts: Vec<Put>,
    attachments: Vec<(EntityRef, String)>,
    bytes: usize,
    rejections: Vec<Rejection>,
}

impl Session {
    /// Begins a sync of `scope` that names everything that is there.
    pub fn full(scope: &str) -> Result<Session> {
        Session::open(scope, Mode::Full)
    }

    /// Begins a sync of `scope` that names what changes.
    pub fn delta(scope: &str) -> Result<Session> {
        Session::open(scope, Mode::Delta)
    }

    /// Begins a sync that names everything that these files of `scope` bring, and leaves the rest of it as it is. Its commit is
    /// [`Error::Invalid`](crate::Error::Invalid) if one of its entities is said by another file of the scope.
    pub fn files(scope: &str, files: &[String]) -> Result<Session> {
        Ok(Session::begun(host::Session::open_files(scope, files)?))
    }

    fn open(scope: &str, mode: Mode) -> Result<Session> {
        let mode = match mode {
            Mode::Full => host::Mode::Full,
            Mode::Delta => host::Mode::Delta,
        };
        Ok(Session::begun(host::Session::open(scope, mode)?))
    }

    fn begun(session: host::Session) -> Session {
        Session { session, puts: Vec::new(), attachments: Vec::new(), bytes: 0, rejections: Vec::new() }
    }

    /// Says that an entity exists.
    pub fn put<T: Serialize + ?Sized>(&mut self, entity: &T, origin: Origin) -> Result<()> {
        let document = serde_json::to_string(entity)?;
        self.put_document(Put { document, origin })
    }

    /// Says that an entity exists, with the document ready made.
    pub fn put_document(&mut self, put: Put) -> Result<()> {
        if self.bytes + put.document.len() > MOST_BYTES || self.puts.len() == MOST_DOCUMENTS {
            self.flush()?;
        }
        self.bytes += put.document.len();
        self.puts.push(put);
        Ok(())
    }

    /// Attaches facts, an object of the plugin's own making, to an entity that it need not own. They are found under `facts.` and
    /// the plugin's name.
    pub fn attach<T: Serialize + ?Sized>(&mut self, entity: &EntityRef, facts: &T) -> Result<()> {
        let facts = serde_json::to_string(facts)?;
        if self.bytes + facts.len() > MOST_BYTES || self.attachments.len() == MOST_DOCUMENTS {
            self.flush()?;
        }
        self.bytes += facts.len();
        self.attachments.push((entity.clone(), facts));
        Ok(())
    }

    /// Takes back what was attached to entities; for sessions that name what changes.
    pub fn detach(&mut self, entities: &[EntityRef]) -> Result<()> {
        let entities: Vec<_> = entities.iter().map(reference).collect();
        Ok(self.session.detach(&entities)?)
    }

    /// Says that entities are gone; for sessions that name what changes.
    pub fn remove(&mut self, entities: &[EntityRef]) -> Result<()> {
        let entities: Vec<_> = entities.iter().map(reference).collect();
        Ok(self.session.remove(&entities)?)
    }

    /// Records what could not be read.
    pub fn report(&mut self, problems: &[Problem]) -> Result<()> {
        for batch in problems.chunks(MOST_DOCUMENTS) {
            let batch: Vec<_> = batch.iter().map(problem).collect();
            self.session.report(&batch)?;
        }
        Ok(())
    }

    /// What the host refused since the last time this was asked. It keeps these as problems by itself.
    pub fn rejections(&mut self) -> Result<Vec<Rejection>> {
        self.flush()?;
        Ok(std::mem::take(&mut self.rejections))
    }

    /// Makes all of it visible at once. `cursor` says where the reading stands, and is stored with the data.
    pub fn commit(mut self, cursor: Option<&str>) -> Result<Summary> {
        self.flush()?;
        Ok(summary(host::Session::commit(self.session, cursor)?))
    }

    /// As [`Session::commit`], but does not wait for it: the plugin reads on meanwhile.
    pub fn submit(mut self, cursor: Option<&str>) -> Result<Submission> {
        self.flush()?;
        Ok(Submission(host::Session::submit(self.session, cursor)?))
    }

    fn flush(&mut self) -> Result<()> {
        self.bytes = 0;
        self.flush_puts()?;
        self.flush_attachments()
    }

    fn flush_attachments(&mut self) -> Result<()> {
        if self.attachments.is_empty() {
            return Ok(());
        }
        let attachments = std::mem::take(&mut self.attachments);
        let batch: Vec<host::Attachment> = attachments
            .iter()
            .map(|(entity, facts)| host::Attachment { entity: reference(entity), facts: facts.clone() })
            .collect();
        for rejection in self.session.attach(&batch)? {
            if let Some((entity, _)) = attachments.get(rejection.index as usize) {
                self.rejections.push(Rejection { origin: Origin::file(entity.as_str()), reason: rejection.reason });
            }
        }
        Ok(())
    }

    fn flush_puts(&mut self) -> Result<()> {
        if self.puts.is_empty() {
            return Ok(());
        }
        // Their documents are handed over as they are; what is kept is where they stood.
        let (batch, origins): (Vec<host::Put>, Vec<Origin>) =
            std::mem::take(&mut self.puts).into_iter().map(put).unzip();
        for rejection in self.session.put(&batch)? {
            // An index beyond the list would be the host's mistake; there is nothing to attach it to.
            if let Some(origin) = origins.get(rejection.index as usize) {
                self.rejections.push(Rejection { origin: origin.clone(), reason: rejection.reason });
            }
        }
        Ok(())
    }
}

/// A session on its way to being visible.
pub struct Submission(host::Submission);

impl Submission {
    /// Waits until it is visible.
    pub fn wait(self) -> Result<Summary> {
        Ok(summary(host::Submission::wait(self.0)?))
    }
}

fn summary(summary: host::Summary) -> Summary {
    let host::Summary { added, updated, unchanged, removed, refused, facts } = summary;
    Summary { added, updated, unchanged, removed, refused, facts }
}

/// A rule that a document breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The place inside the document, as a JSON pointer; empty for the whole document.
    pub path: String,
    /// What was found, what is allowed, and what to do.
    pub message: String,
}

/// What is wrong with a document, JSON, by the kinds of the portal; nothing if it would be taken.
pub fn check(document: &str) -> Result<Vec<Violation>> {
    let violations = host::check(document)?.into_iter();
    Ok(violations.map(|violation| Violation { path: violation.path, message: violation.message }).collect())
}

/// The cursor of the last commit of `scope`; none if there was no commit, or if the scope has to be read afresh.
pub fn cursor(scope: &str) -> Result<Option<String>> {
    Ok(host::cursor(scope)?)
}

/// Says that `scope` was looked at and stands as its cursor says: it is as fresh as now.
pub fn current(scope: &str) -> Result<()> {
    Ok(host::current(scope)?)
}

/// Says that `scope` could not be read. Its entities stay as they were; the portal shows since when, and why.
pub fn unreadable(scope: &str, reason: &str) -> Result<()> {
    Ok(host::unreadable(scope, reason)?)
}

/// Says which scopes the plugin speaks for: everything that it holds in others is removed.
pub fn retain(scopes: &[String]) -> Result<()> {
    Ok(host::retain(scopes)?)
}

fn reference(entity: &EntityRef) -> types::EntityRef {
    types::EntityRef {
        kind: entity.kind().to_owned(),
        namespace: entity.namespace().to_owned(),
        name: entity.name().to_owned(),
    }
}

fn put(Put { document, origin }: Put) -> (host::Put, Origin) {
    let Origin { file, line, url, parent } = origin.clone();
    let of_host = host::Origin { file, line, url, parent: parent.as_ref().map(reference) };
    (host::Put { document, origin: of_host }, origin)
}

fn problem(problem: &Problem) -> host::Problem {
    let position = problem.position.unwrap_or(Position { line: 0, column: 0 });
    host::Problem {
        cause: match problem.cause {
            Cause::Unreadable => host::Cause::Unreadable,
            Cause::Refused => host::Cause::Refused,
        },
        file: problem.file.clone(),
        line: position.line,
        column: position.column,
        path: problem.path.clone(),
        entity: problem.entity.as_ref().map(reference),
        owner: problem.owner.as_ref().map(reference),
        url: problem.url.clone(),
        message: problem.message.clone(),
    }
}
