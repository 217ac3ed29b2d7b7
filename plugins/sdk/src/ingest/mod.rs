//! How a plugin's data enters the catalog: sessions, and what is said about scopes without one.

mod convert;
mod session;

use portico_model::{EntityRef, Position};

use crate::error::Result;
use crate::host::ingest as host;

pub use session::{Session, Submission};

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

/// A document, facts or an object that the host refused. It is kept as a problem; the others stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Where the document was written down; of facts the entity stands in place of the file, of an object its kind.
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

/// Has the portal begin a run that is about these scopes, as soon as none goes on: for calls that hear of something and have no time to read
/// it, such as a webhook. At most 1,000 at once.
pub fn read_soon(scopes: &[String]) -> Result<()> {
    Ok(host::read_soon(scopes)?)
}

/// Says which scopes the plugin speaks for: everything that it holds in others is removed.
pub fn retain(scopes: &[String]) -> Result<()> {
    Ok(host::retain(scopes)?)
}
