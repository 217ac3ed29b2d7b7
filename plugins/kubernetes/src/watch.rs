//! Events of a watch, and what they come to.
//!
//! A watch begins where a list ended and says each change on a line. A bookmark says how far it is although nothing changed, so that one
//! that broke goes on from there. One that fell too far behind is told so (410), and the list is read again.
//!
//! Rule: pure. Where lines come from and how long they are waited for is not known here.

mod waiting;

use std::rc::Rc;

use portico_sdk::model::EntityRef;
use portico_sdk::{Result, Session};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::Status;
use crate::model::{Change, Model};
use crate::part::Part;
use crate::sort::Purpose;
use crate::view::{OBJECT, Object, View};

pub(crate) use waiting::Waiting;

/// Seconds after which the server ends a watch by itself; the next one goes on from where it stood.
pub(crate) const ENDS_AFTER: u32 = 300;

/// One list that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    purpose: Purpose,
    path: String,
    moment: String,
    is_behind: bool,
}

/// What a line came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The model is another, or there is something to hand over.
    Changed,
    /// Nothing happened.
    Still,
    /// What happened since is not to be had any more: the list has to be read again.
    ListAgain,
    /// An object that cannot be read, in a sentence. The watch goes on.
    Unreadable(String),
    /// The server broke it off, in a sentence.
    BrokenOff(String),
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Versioned {
    metadata: Version,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "resourceVersion")]
    resource_version: String,
}

impl Watch {
    /// Begins where a list ended.
    pub(crate) fn from(purpose: Purpose, path: &str, moment: &str) -> Watch {
        Watch { purpose, path: path.to_owned(), moment: moment.to_owned(), is_behind: false }
    }

    pub(crate) fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Whether the list has to be read again.
    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// What happened since is not to be had any more.
    pub(crate) fn fell_behind(&mut self) {
        self.is_behind = true;
    }

    /// What to ask the server for, now or after the watch broke.
    pub(crate) fn path(&self) -> String {
        let Watch { path, moment, .. } = self;
        format!("{path}?watch=true&allowWatchBookmarks=true&resourceVersion={moment}&timeoutSeconds={ENDS_AFTER}")
    }

    /// Takes a line.
    pub(crate) fn take(&mut self, model: &mut Model, waiting: &mut Waiting, line: &[u8]) -> Told {
        let event: Event<'_> = match serde_json::from_slice(line) {
            Ok(event) => event,
            // A line that was cut off: the next watch says it again.
            Err(error) => return Told::Unreadable(format!("an event of {} is none ({error})", self.path)),
        };
        let change = match event.kind {
            "ADDED" | "MODIFIED" => Change::Stands,
            "DELETED" => Change::Gone,
            "BOOKMARK" if self.goes_back(event.object) => {
                self.is_behind = true;
                return Told::ListAgain;
            }
            "BOOKMARK" => {
                self.go_on(event.object);
                return Told::Still;
            }
            "ERROR" => return self.error(event.object),
            other => return Told::Unreadable(format!("`{other}` is no event that is known of {}", self.path)),
        };
        let json = event.object.get();
        let applied = self.purpose.facts.map_or(Ok(false), |sort| model.apply(sort, change, json));
        let handed = self.purpose.mappings.as_ref().map(|object| waiting.put(object, change, json)).transpose();
        self.go_on(event.object);
        match (applied, handed) {
            (Err(error), _) | (_, Err(error)) => {
                Told::Unreadable(format!("an object of {} cannot be read ({error})", self.path))
            }
            (Ok(false), Ok(None)) => Told::Still,
            _ => Told::Changed,
        }
    }

    /// Whether the server is at an earlier moment than it was: it was restored from a backup, and says nothing of what it does again.
    fn goes_back(&self, object: &RawValue) -> bool {
        let said = serde_json::from_str::<Versioned>(object.get()).ok();
        let said = said.and_then(|said| said.metadata.resource_version.parse::<u64>().ok());
        said.zip(self.moment.parse().ok()).is_some_and(|(said, known)| said < known)
    }

    fn go_on(&mut self, object: &RawValue) {
        if let Ok(Versioned { metadata }) = serde_json::from_str(object.get()) {
            self.moment = metadata.resource_version;
        }
    }

    fn error(&mut self, object: &RawValue) -> Told {
        let status: Status = serde_json::from_str(object.get()).unwrap_or_default();
        match status.code {
            410 => {
                self.is_behind = true;
                Told::ListAgain
            }
            code => Told::BrokenOff(format!(
                "the API server broke the watch of {} off ({code}): {}",
                self.path, status.message
            )),
        }
    }
}

/// What is different in a view from one before.
#[derive(Debug, Default)]
pub(crate) struct Changes<'a> {
    pub attached: Vec<(&'a EntityRef, &'a Part)>,
    pub detached: Vec<EntityRef>,
    pub pushed: Vec<&'a Object>,
    pub withdrawn: Vec<&'a Object>,
}

impl<'a> Changes<'a> {
    /// Whether nothing is.
    pub(crate) fn are_none(&self) -> bool {
        self.attached.is_empty() && self.detached.is_empty() && self.pushed.is_empty() && self.withdrawn.is_empty()
    }

    pub(crate) fn between(before: &'a View, after: &'a View) -> Changes<'a> {
        // Comparing figures that are shared would take most of the time in a large cluster.
        let is_same = |known: &Rc<Part>, part: &Rc<Part>| Rc::ptr_eq(known, part) || known == part;
        let stands =
            |entity: &EntityRef, part: &Rc<Part>| before.parts.get(entity).is_some_and(|known| is_same(known, part));
        let attached = after.parts.iter().filter(|(entity, part)| !stands(entity, part));
        let detached = before.parts.keys().filter(|entity| !after.parts.contains_key(*entity));
        let pushed = after.workloads.iter().filter(|(id, shown)| before.workloads.get(*id) != Some(shown));
        let withdrawn = before.workloads.iter().filter(|(id, _)| !after.workloads.contains_key(*id));
        Changes {
            attached: attached.map(|(entity, part)| (entity, &**part)).collect(),
            detached: detached.cloned().collect(),
            pushed: pushed.map(|(_, shown)| &shown.object).collect(),
            withdrawn: withdrawn.map(|(_, shown)| &shown.object).collect(),
        }
    }

    /// Says them in a session of the cluster's scope that names what changes.
    pub(crate) fn say(&self, cluster: &str, session: &mut Session) -> Result<()> {
        for (entity, part) in &self.attached {
            session.attach(entity, &View::facts(cluster, part))?;
        }
        session.detach(&self.detached)?;
        for object in &self.withdrawn {
            session.withdraw(OBJECT, *object)?;
        }
        for object in &self.pushed {
            session.push(OBJECT, *object)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
