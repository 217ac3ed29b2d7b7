//! What a run needs of the portal, so that it can be tested without one.

use portico_sdk::Violation;
use portico_sdk::locations::Location;
use portico_sdk::repositories::Head;
use portico_sdk::{Problem, Put, Result, Summary};

use crate::tree::Tree;

/// The portal.
pub(crate) trait Portal {
    /// An open repository.
    type Tree: Tree;
    /// A sync of one scope.
    type Session: Session;

    /// What a reference points at.
    fn resolve(&self, url: &str, reference: Option<&str>) -> Result<Head>;
    /// The tree that a reference points at, and its commit.
    fn open(&self, url: &str, reference: Option<&str>) -> Result<(Self::Tree, Head)>;
    /// The locations that were registered.
    fn locations(&self) -> Result<Vec<Location>>;
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
    /// Says how far the run is.
    fn progress(&self, done: usize, total: usize, message: &str);
    /// Whether somebody asked for the run to stop.
    fn cancelled(&self) -> bool;
}

/// A sync of one scope.
pub(crate) trait Session {
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
pub(crate) trait Submission {
    /// Waits until it is.
    fn wait(self) -> Result<Summary>;
}
