//! What a run needs of the portal, so that it can be tested without one.

use portico_sdk::locations::Location;
use portico_sdk::{Problem, Put, Result, Summary, Violation, debug};

use crate::reader::Sink;

/// The portal.
pub trait Portal {
    /// A sync of one scope.
    type Session: Session;

    /// The locations that the plugin reads.
    fn locations(&self) -> Result<Vec<Location>>;
    /// The scopes of the locations that other plugins read.
    fn others(&self) -> Result<Vec<String>>;
    /// The scopes that the run is about; none if it is about all.
    fn scopes(&self) -> Option<Vec<String>>;
    /// The cursor of the last commit of a scope.
    fn cursor(&self, scope: &str) -> Result<Option<String>>;
    /// Says that a scope is as its cursor says.
    fn current(&self, scope: &str) -> Result<()>;
    /// Says that a scope could not be read.
    fn unreadable(&self, scope: &str, reason: &str) -> Result<()>;
    /// Says which scopes there are.
    fn retain(&self, scopes: &[String]) -> Result<()>;
    /// Begins a sync.
    fn session(&self, scope: &str) -> Result<Self::Session>;
    /// Begins a sync of some files of a scope.
    fn session_of(&self, scope: &str, files: &[String]) -> Result<Self::Session>;
    /// Says how far the run is.
    fn progress(&self, done: usize, total: usize, message: &str);
    /// Whether somebody asked for the run to stop.
    fn cancelled(&self) -> bool;
}

/// A sync of one scope.
pub trait Session {
    /// What it becomes.
    type Submission: Submission;

    /// What is wrong with a document by the portal's kinds.
    fn check(&mut self, document: &str) -> Result<Vec<Violation>>;
    /// An entity.
    fn put(&mut self, put: Put) -> Result<()>;
    /// What could not be read.
    fn report(&mut self, problem: Problem) -> Result<()>;
    /// Has all of it made visible, and does not wait for that.
    fn submit(self, cursor: &str) -> Result<Self::Submission>;
}

/// A session on its way to being visible.
pub trait Submission {
    /// Waits until it is.
    fn wait(self) -> Result<Summary>;
}

/// What becomes of the sessions of a portal.
pub type Submitted<P> = <<P as Portal>::Session as Session>::Submission;

/// A session that also knows when to stop.
pub struct Collector<'a, P: Portal> {
    portal: &'a P,
    session: P::Session,
}

impl<'a, P: Portal> Collector<'a, P> {
    /// Begins a sync of a scope.
    pub fn begin(portal: &'a P, scope: &str) -> Result<Collector<'a, P>> {
        Ok(Collector { portal, session: portal.session(scope)? })
    }

    /// Begins a sync of some files of a scope.
    pub fn begin_files(portal: &'a P, scope: &str, files: &[String]) -> Result<Collector<'a, P>> {
        Ok(Collector { portal, session: portal.session_of(scope, files)? })
    }

    /// Has all of it made visible, and does not wait for that.
    pub fn submit(self, cursor: &str) -> Result<Submitted<P>> {
        self.session.submit(cursor)
    }
}

impl<P: Portal> Sink for Collector<'_, P> {
    fn check(&mut self, document: &str) -> Result<Vec<Violation>> {
        self.session.check(document)
    }

    fn put(&mut self, put: Put) -> Result<()> {
        self.session.put(put)
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        let position =
            problem.position.map(|position| format!(":{}:{}", position.line, position.column)).unwrap_or_default();
        debug!("{}{position}: {}", problem.file, problem.message);
        self.session.report(problem)
    }

    fn stops(&self) -> bool {
        self.portal.cancelled()
    }
}
