//! A portal in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use portico_sdk::locations::Location;
use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Problem, Put, Result, Summary, Violation};

use crate::portal::{Portal, Session, Submission};

/// A portal that notes what it is told. `W` is whatever world the plugin reads from.
#[derive(Default)]
pub struct Stage<W = ()> {
    /// Where the plugin reads.
    pub world: W,
    /// The locations that the plugin reads.
    pub locations: Vec<Location>,
    /// The scopes of those that others read.
    pub others: Vec<String>,
    /// What a run is about, if not about all.
    pub scopes: Option<Vec<String>>,
    /// By scope.
    pub cursors: RefCell<BTreeMap<String, String>>,
    /// Whether a sync of some files is not taken, as another file says one of their entities.
    pub says_elsewhere: bool,
    /// The run is told to stop after it has asked so often; never, if none.
    pub stops_after: Option<Cell<usize>>,
    /// What was noted and not yet asked for.
    pub notes: RefCell<Vec<String>>,
}

impl<W> Stage<W> {
    /// Notes something beside what the portal is told.
    pub fn say(&self, what: String) {
        self.notes.borrow_mut().push(what);
    }

    /// Everything since the last time, in order.
    pub fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.borrow_mut())
    }
}

/// A location as the portal hands it over.
///
/// # Panics
///
/// Never: the reference is one.
#[must_use]
pub fn location(kind: &str, target: &str) -> Location {
    let entity = EntityRef::parse("location:default/generated-1").expect("a reference");
    Location { kind: kind.to_owned(), target: target.to_owned(), scope: format!("{kind}:{target}"), entity }
}

/// An open sync.
pub struct Sync<'a, W> {
    stage: &'a Stage<W>,
    scope: String,
    files: Option<Vec<String>>,
    puts: usize,
    problems: Vec<String>,
}

impl<'a, W> Portal for &'a Stage<W> {
    type Session = Sync<'a, W>;

    fn locations(&self) -> Result<Vec<Location>> {
        Ok(self.locations.clone())
    }

    fn others(&self) -> Result<Vec<String>> {
        Ok(self.others.clone())
    }

    fn scopes(&self) -> Option<Vec<String>> {
        self.scopes.clone()
    }

    fn cursor(&self, scope: &str) -> Result<Option<String>> {
        Ok(self.cursors.borrow().get(scope).cloned())
    }

    fn current(&self, scope: &str) -> Result<()> {
        self.say(format!("current {scope}"));
        Ok(())
    }

    fn unreadable(&self, scope: &str, reason: &str) -> Result<()> {
        self.say(format!("unreadable {scope}: {reason}"));
        Ok(())
    }

    fn retain(&self, scopes: &[String]) -> Result<()> {
        self.say(format!("retain {}", scopes.join(" ")));
        Ok(())
    }

    fn session(&self, scope: &str) -> Result<Sync<'a, W>> {
        Ok(Sync { stage: self, scope: scope.to_owned(), files: None, puts: 0, problems: Vec::new() })
    }

    fn session_of(&self, scope: &str, files: &[String]) -> Result<Sync<'a, W>> {
        Ok(Sync { files: Some(files.to_vec()), ..self.session(scope)? })
    }

    fn progress(&self, done: usize, total: usize, message: &str) {
        self.say(format!("progress {done}/{total} {message}"));
    }

    fn cancelled(&self) -> bool {
        let Some(left) = &self.stops_after else { return false };
        left.set(left.get().saturating_sub(1));
        left.get() == 0
    }
}

impl Submission for Summary {
    fn wait(self) -> Result<Summary> {
        Ok(self)
    }
}

impl<W> Session for Sync<'_, W> {
    type Submission = Summary;

    fn check(&mut self, _: &str) -> Result<Vec<Violation>> {
        Ok(Vec::new())
    }

    fn put(&mut self, _: Put) -> Result<()> {
        self.puts += 1;
        Ok(())
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        self.problems.push(problem.message);
        Ok(())
    }

    fn submit(self, cursor: &str) -> Result<Summary> {
        if self.files.is_some() && self.stage.says_elsewhere {
            return Err(Error::Invalid("it is said elsewhere as well".to_owned()));
        }
        self.stage.cursors.borrow_mut().insert(self.scope.clone(), cursor.to_owned());
        let files = self.files.map(|files| format!(" [{}]", files.join(" "))).unwrap_or_default();
        self.stage.say(format!("commit {} of {}{files}, {} problems", self.puts, self.scope, self.problems.len()));
        self.problems.iter().for_each(|problem| self.stage.say(problem.clone()));
        Ok(Summary { added: self.puts as u64, ..Summary::default() })
    }
}
