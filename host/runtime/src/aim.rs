//! What a call of a plugin is for: everything that it reads, some scopes, or a trial.
//!
//! A trial answers what would come of a location. Rule: it reads like any run, and nothing that it says is kept, neither
//! in the catalog nor in the plugin's state.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use portico_catalog::Collected;
use portico_model::LocationRef;

/// What a call is for.
#[derive(Clone, Debug, Default)]
pub(crate) enum Aim {
    /// Everything that the plugin reads.
    #[default]
    Everything,
    /// Some of its scopes.
    Scopes(BTreeSet<String>),
    /// A location, to see what would come of it.
    Trial(Arc<Trial>),
}

impl Aim {
    /// The scopes that the call is about; none if it is about all.
    pub(crate) fn scopes(&self) -> Option<Vec<String>> {
        match self {
            Aim::Everything => None,
            Aim::Scopes(scopes) => Some(scopes.iter().cloned().collect()),
            Aim::Trial(trial) => Some(vec![trial.location.to_string()]),
        }
    }

    /// The trial that it is, if it is one.
    pub(crate) fn trial(&self) -> Option<&Arc<Trial>> {
        match self {
            Aim::Trial(trial) => Some(trial),
            Aim::Everything | Aim::Scopes(_) => None,
        }
    }
}

/// A trial that goes on.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) location: LocationRef,
    seen: Mutex<Seen>,
}

/// What a trial has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// What was committed under the location's scope; none if nothing was.
    pub(crate) collected: Option<Collected>,
    /// Why the location could not be read.
    pub(crate) failure: Option<String>,
}

impl Trial {
    pub(crate) fn new(location: LocationRef) -> Trial {
        Trial { location, seen: Mutex::default() }
    }

    /// A session of the plugin was committed.
    pub(crate) fn committed(&self, scope: &str, collected: Collected) {
        if scope == self.location.to_string() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).collected = Some(collected);
        }
    }

    /// The plugin could not read a scope.
    pub(crate) fn unreadable(&self, scope: &str, reason: &str) {
        if scope == self.location.to_string() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).failure = Some(reason.to_owned());
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
