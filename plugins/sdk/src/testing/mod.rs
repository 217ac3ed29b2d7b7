//! A portal in memory, for tests of plugins.
//!
//! ```
//! use portico_sdk::testing::{Answer, Portal};
//! use portico_sdk::{Result, Session, http, settings};
//! use serde::Deserialize;
//! use serde_json::{Value, json};
//!
//! #[derive(Deserialize)]
//! struct Settings {
//!     url: String,
//! }
//!
//! fn sync() -> Result<()> {
//!     let settings: Settings = settings::read()?;
//!     let mut session = Session::full("services")?;
//!     for service in http::get(settings.url).send()?.ok()?.json::<Vec<Value>>()? {
//!         session.push("service", &service)?;
//!     }
//!     session.commit(None)?;
//!     Ok(())
//! }
//!
//! let portal = Portal::new()
//!     .settings(json!({ "url": "https://x.test/services" }))
//!     .answer("GET", "https://x.test/services", Answer::json(&json!([{ "id": 1 }])));
//! portal.run(sync).expect("the services are there");
//! let committed = portal.committed("services").expect("a session was committed");
//! assert_eq!(committed.objects, [("service".to_owned(), json!({ "id": 1 }))]);
//! ```
//!
//! Rule: what a test does not say is as if the operator had not granted it. Documents of the kinds that every portal has are judged as
//! a portal judges them; of other kinds only that they are documents. What stands in the catalog is what the test put there: a commit
//! is collected, and changes nothing in it. A Git repository is a tree of one commit, files of the machine are those that a test says, and the
//! workspace of an action is a folder in a temporary place, whose links lead as little out of it as a portal's. What is pushed is collected.

mod answer;
mod committed;
pub(crate) mod contract;
pub(crate) mod disk;
mod folder;
mod repository;
mod session;
#[cfg(test)]
mod tests;
mod world;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use portico_model::EntityRef;
use serde_json::Value;

use crate::run::Level;
use world::World;

pub use answer::{Answer, Asked};
pub use committed::Committed;
pub use folder::{Push, PushedFile};
pub use repository::Repository;

thread_local! {
    static CURRENT: RefCell<Option<Rc<RefCell<World>>>> = const { RefCell::new(None) };
}

/// A portal in memory. It stands behind the SDK's functions while [`Portal::run`] goes on.
#[derive(Clone, Default)]
pub struct Portal(Rc<RefCell<World>>);

impl Portal {
    /// A portal with nothing in it, and empty settings.
    pub fn new() -> Portal {
        Portal::default()
    }

    /// With these settings.
    #[must_use]
    pub fn settings(self, settings: Value) -> Portal {
        self.0.borrow_mut().settings = settings;
        self
    }

    /// With an answer to a request. Several for the same address come one after the other; the last one stays.
    #[must_use]
    pub fn answer(self, method: &str, url: &str, answer: Answer) -> Portal {
        let key = (method.to_owned(), url.to_owned());
        self.0.borrow_mut().answers.entry(key).or_default().push_back(answer);
        self
    }

    /// With an entity in the catalog, which the plugin may read.
    #[must_use]
    pub fn entity(self, entity: impl Into<Value>) -> Portal {
        self.0.borrow_mut().entities.push(world::served(entity.into()));
        self
    }

    /// With a value in the plugin's state.
    #[must_use]
    pub fn keep(self, key: &str, value: &Value) -> Portal {
        self.0.borrow_mut().state.insert(key.to_owned(), value.to_string().into_bytes());
        self
    }

    /// With room for so many bytes of state, keys and values together, rather than for any.
    #[must_use]
    pub fn room(self, bytes: usize) -> Portal {
        self.0.borrow_mut().room = bytes;
        self
    }

    /// Which does not take it that scopes are gone, as a portal does not until a person confirms that so much goes.
    #[must_use]
    pub fn guarded(self, reason: &str) -> Portal {
        self.0.borrow_mut().guard = Some(reason.to_owned());
        self
    }

    /// With the cursor of an earlier commit of a scope.
    #[must_use]
    pub fn cursor(self, scope: &str, cursor: &str) -> Portal {
        self.0.borrow_mut().cursors.insert(scope.to_owned(), cursor.to_owned());
        self
    }

    /// In a run that is about these scopes alone.
    #[must_use]
    pub fn scopes(self, scopes: &[&str]) -> Portal {
        self.0.borrow_mut().scopes = Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        self
    }

    /// With a Git repository, which the plugin may read.
    #[must_use]
    pub fn repository(self, url: &str, repository: Repository) -> Portal {
        let key = (url.to_owned(), repository.branch().to_owned());
        self.0.borrow_mut().repositories.insert(key, repository);
        self
    }

    /// With a file of the machine, which the plugin may read.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl Into<Vec<u8>>) -> Portal {
        self.0.borrow_mut().files.insert(path.to_owned(), (bytes.into(), false));
        self
    }

    /// With a file of the machine that may be executed.
    #[must_use]
    pub fn executable(self, path: &str, bytes: impl Into<Vec<u8>>) -> Portal {
        self.0.borrow_mut().files.insert(path.to_owned(), (bytes.into(), true));
        self
    }

    /// With an address of descriptors that can be registered, and the entities that it holds.
    #[must_use]
    pub fn location(self, target: &str, held: &[&str]) -> Portal {
        let reference = |text: &&str| EntityRef::parse(text).expect("a test names entities");
        self.0.borrow_mut().locations.insert(target.to_owned(), held.iter().map(reference).collect());
        self
    }

    /// At this time, in milliseconds since 1970, rather than at noon of the first of January 2026. It goes on by what is waited.
    #[must_use]
    pub fn at(self, now: u64) -> Portal {
        self.0.borrow_mut().now = now;
        self
    }

    /// The time that it is by now.
    pub fn now(&self) -> u64 {
        self.0.borrow().now
    }

    /// Asks the run to stop, from now on.
    pub fn cancel(&self) {
        self.0.borrow_mut().is_cancelled = true;
    }

    /// Calls a plugin's function with this portal behind it, in this thread.
    pub fn run<T>(&self, call: impl FnOnce() -> T) -> T {
        struct Before(Option<Rc<RefCell<World>>>);
        impl Drop for Before {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        // Also after a test's own panic: the thread may be another test's next.
        let _before = Before(CURRENT.replace(Some(self.0.clone())));
        call()
    }

    /// What was asked of servers, in order.
    pub fn requests(&self) -> Vec<Asked> {
        self.0.borrow().asked.clone()
    }

    /// The last session of a scope that was committed.
    pub fn committed(&self, scope: &str) -> Option<Committed> {
        self.0.borrow().committed.iter().rfind(|committed| committed.scope == scope).cloned()
    }

    /// The scopes of all sessions that were committed, in order.
    pub fn commits(&self) -> Vec<String> {
        self.0.borrow().committed.iter().map(|committed| committed.scope.clone()).collect()
    }

    /// What was said of scopes that could not be read: the scope, and why.
    pub fn unreadable(&self) -> Vec<(String, String)> {
        self.0.borrow().unreadable.clone()
    }

    /// The scopes that the plugin asked to have read soon.
    pub fn wanted(&self) -> Vec<String> {
        self.0.borrow().wanted.iter().cloned().collect()
    }

    /// The scopes that the plugin speaks for, if it said so.
    pub fn retained(&self) -> Option<Vec<String>> {
        self.0.borrow().retained.clone()
    }

    /// A value of the plugin's state.
    pub fn state(&self, key: &str) -> Option<Value> {
        self.0.borrow().state.get(key).and_then(|bytes| serde_json::from_slice(bytes).ok())
    }

    /// The addresses that the plugin registered, in order.
    pub fn registered(&self) -> Vec<String> {
        self.0.borrow().registered.clone()
    }

    /// The folder behind the action's workspace, for a test to put files into and to look at.
    pub fn workspace(&self) -> PathBuf {
        self.0.borrow_mut().workspace().path().to_owned()
    }

    /// The folder behind what came with a template that is tried. Without it being asked for, there is none.
    pub fn template(&self) -> PathBuf {
        self.0.borrow_mut().template.get_or_insert_with(folder::Folder::new).path().to_owned()
    }

    /// What was pushed, in order.
    pub fn pushed(&self) -> Vec<Push> {
        self.0.borrow().pushed.clone()
    }

    /// The lines of the run's log.
    pub fn log(&self) -> Vec<(Level, String)> {
        self.0.borrow().log.clone()
    }
}

/// The world of the portal that stands behind this thread's calls.
fn current() -> Option<Rc<RefCell<World>>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Asks the portal that stands behind this thread's calls.
fn with<T>(ask: impl FnOnce(&mut World) -> T) -> T {
    let world = current().unwrap_or_else(|| {
        panic!("there is no portal outside of one; call the plugin's function inside of `portico_sdk::testing::Portal::run`")
    });
    let mut world = world.borrow_mut();
    ask(&mut world)
}
