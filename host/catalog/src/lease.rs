//! Which sessions are open: a scope has at most one that speaks of all of it, or of files of it, and at most one that names what changes.
//!
//! Rule: what is committed by the second while the first is open was read later than much of the first, and stands: the first leaves it as it is.
//! So does a second that says what the first has read, in its place.

use std::collections::{BTreeSet, HashMap};
use std::sync::{MutexGuard, PoisonError};

use portico_model::EntityRef;

use crate::Catalog;
use crate::session::{Mode, Staged};

/// The open sessions, by plugin and scope.
pub(crate) type OpenScopes = HashMap<(String, String), Open>;

/// What is open for a scope.
#[derive(Default)]
pub(crate) struct Open {
    whole: bool,
    delta: bool,
    /// What deltas said since the one that speaks of all was opened.
    said: BTreeSet<EntityRef>,
}

/// The right to an open session, given back when it is dropped.
pub(crate) struct Lease {
    catalog: Catalog,
    scope: (String, String),
    is_delta: bool,
}

impl Lease {
    /// The right to a session of this mode; none while there is one like it.
    pub(crate) fn take(catalog: &Catalog, scope: (String, String), mode: &Mode) -> Option<Lease> {
        let is_delta = *mode == Mode::Delta;
        let mut scopes = open(catalog);
        let open = scopes.entry(scope.clone()).or_default();
        let place = if is_delta { &mut open.delta } else { &mut open.whole };
        if std::mem::replace(place, true) {
            return None;
        }
        drop(scopes);
        Some(Lease { catalog: catalog.clone(), scope, is_delta })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut scopes = open(&self.catalog);
        let Some(open) = scopes.get_mut(&self.scope) else { return };
        match self.is_delta {
            true => open.delta = false,
            false => {
                open.whole = false;
                open.said.clear();
            }
        }
        if !open.delta && !open.whole {
            scopes.remove(&self.scope);
        }
    }
}

fn open(catalog: &Catalog) -> MutexGuard<'_, OpenScopes> {
    catalog.open_scopes().lock().unwrap_or_else(PoisonError::into_inner)
}

impl Catalog {
    /// Has a session that speaks of all, or in the place of one, leave what deltas said meanwhile as it is, and remembers what a delta says
    /// for one that is open.
    /// Asked as sessions are stored, one after the other.
    pub(crate) fn yield_to_what_was_said(&self, staged: &mut Staged) {
        let scope = (staged.plugin.clone(), staged.scope.clone());
        let mut scopes = open(self);
        let Some(open) = scopes.get_mut(&scope) else { return };
        if staged.mode != Mode::Delta || staged.in_place_of_whole {
            staged.leave(&open.said);
        } else if open.whole {
            open.said.extend(staged.named());
        }
    }
}

impl Staged {
    /// Everything that it says something about.
    fn named(&self) -> impl Iterator<Item = EntityRef> {
        let documents = self.documents.keys().chain(&self.unchanged).chain(&self.removed);
        documents.chain(self.facts.keys()).chain(&self.facts_unchanged).chain(&self.detached).cloned()
    }

    /// Says of these entities nothing other than what stands.
    fn leave(&mut self, entities: &BTreeSet<EntityRef>) {
        for entity in entities {
            self.documents.remove(entity);
            self.removed.remove(entity);
            self.unchanged.insert(entity.clone());
            self.facts.remove(entity);
            self.detached.remove(entity);
            self.facts_unchanged.insert(entity.clone());
        }
    }
}
