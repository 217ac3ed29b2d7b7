//! Brings the entities that descriptors in Git repositories describe into the catalog.
//!
//! Reading one repository is `reader`, with `location`, `placeholder`, `skeleton` and `annotate` for what documents hold
//! and `forge` for how their files are addressed. What is read under one name is a `scope`: a repository of the settings,
//! or a location that people `registered`. Going through all of them is `sync`. They work on traits, and this is where the
//! portal stands behind them.

mod annotate;
mod forge;
mod location;
mod paths;
mod placeholder;
mod portal;
mod reader;
mod registered;
mod scope;
mod settings;
mod skeleton;
mod sync;
mod tree;

use portico_sdk::Violation;
use portico_sdk::locations::Location;
use portico_sdk::repositories::{self, Head, Snapshot};
use portico_sdk::{Problem, Put, Result, Session, Submission, Summary, run, settings as sdk_settings};

use crate::settings::Settings;

portico_sdk::plugin!(sync_all);

fn sync_all() -> Result<()> {
    let settings = sdk_settings::read::<Settings>()?.check()?;
    sync::run(&Host, &settings)
}

/// The portal that runs the plugin.
struct Host;

impl portal::Portal for Host {
    type Tree = Snapshot;
    type Session = Session;

    fn resolve(&self, url: &str, reference: Option<&str>) -> Result<Head> {
        repositories::resolve(url, reference)
    }

    fn open(&self, url: &str, reference: Option<&str>) -> Result<(Snapshot, Head)> {
        let snapshot = Snapshot::open(url, reference)?;
        let head = snapshot.head();
        Ok((snapshot, head))
    }

    fn locations(&self) -> Result<Vec<Location>> {
        portico_sdk::locations::registered()
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

    fn session(&self, scope: &str) -> Result<Session> {
        Session::full(scope)
    }

    fn progress(&self, done: usize, total: usize, message: &str) {
        run::progress(done as u64, Some(total as u64), message);
    }

    fn cancelled(&self) -> bool {
        run::cancelled()
    }
}

impl portal::Session for Session {
    type Submission = Submission;

    fn check(&mut self, document: &str) -> Result<Vec<Violation>> {
        portico_sdk::check(document)
    }

    fn put(&mut self, put: Put) -> Result<()> {
        self.put_document(put)
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        Session::report(self, &[problem])
    }

    fn submit(self, cursor: &str) -> Result<Submission> {
        Session::submit(self, Some(cursor))
    }
}

impl portal::Submission for Submission {
    fn wait(self) -> Result<Summary> {
        Submission::wait(self)
    }
}
