//! The portal that runs the plugin.

use portico_sdk::locations::Location;
use portico_sdk::{Problem, Put, Result, Summary, Violation, run};

use crate::portal::{Portal, Session, Submission};

/// The portal that runs the plugin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host;

impl Portal for Host {
    type Session = portico_sdk::Session;

    fn locations(&self) -> Result<Vec<Location>> {
        portico_sdk::locations::registered()
    }

    fn others(&self) -> Result<Vec<String>> {
        portico_sdk::locations::others()
    }

    fn scopes(&self) -> Option<Vec<String>> {
        run::scopes()
    }

    fn cursor(&self, scope: &str) -> Result<Option<String>> {
        portico_sdk::cursor(scope)
    }

    fn current(&self, scope: &str) -> Result<()> {
        portico_sdk::current(scope)
    }

    fn unreadable(&self, scope: &str, reason: &str) -> Result<()> {
        portico_sdk::unreadable(scope, reason)
    }

    fn retain(&self, scopes: &[String]) -> Result<()> {
        portico_sdk::retain(scopes)
    }

    fn session(&self, scope: &str) -> Result<portico_sdk::Session> {
        portico_sdk::Session::full(scope)
    }

    fn session_of(&self, scope: &str, files: &[String]) -> Result<portico_sdk::Session> {
        portico_sdk::Session::files(scope, files)
    }

    fn progress(&self, done: usize, total: usize, message: &str) {
        run::progress(done as u64, Some(total as u64), message);
    }

    fn cancelled(&self) -> bool {
        run::cancelled()
    }
}

impl Session for portico_sdk::Session {
    type Submission = portico_sdk::Submission;

    fn check(&mut self, document: &str) -> Result<Vec<Violation>> {
        portico_sdk::check(document)
    }

    fn put(&mut self, put: Put) -> Result<()> {
        self.put_document(put)
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        portico_sdk::Session::report(self, &[problem])
    }

    fn submit(self, cursor: &str) -> Result<portico_sdk::Submission> {
        portico_sdk::Session::submit(self, Some(cursor))
    }
}

impl Submission for portico_sdk::Submission {
    fn wait(self) -> Result<Summary> {
        portico_sdk::Submission::wait(self)
    }
}
