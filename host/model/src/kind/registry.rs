//! The kinds of a portal: those that are built in and those that it was given, by name.
//!
//! Rule: what is in here fits together. A name means one kind, and a relation has one inverse, so that a relation can be
//! walked back.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::{Kind, table};
use crate::text::shown;

/// All kinds of a portal, in the order in which people list them.
#[derive(Clone, Debug)]
pub struct Kinds {
    all: Vec<Arc<Kind>>,
    /// Each relation and its inverse.
    inverses: BTreeMap<Arc<str>, Arc<str>>,
}

/// Why a kind cannot be added to others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KindsError(String);

static BUILT_IN: LazyLock<Kinds> = LazyLock::new(|| {
    let mut kinds = Kinds { all: Vec::new(), inverses: BTreeMap::new() };
    for kind in table::kinds() {
        kinds.learn(Arc::new(kind));
    }
    kinds
});

impl Kinds {
    /// Those that every portal has.
    pub fn built_in() -> &'static Kinds {
        &BUILT_IN
    }

    /// Adds one more; one that does not go with the others is left out.
    pub fn add(&mut self, kind: Arc<Kind>) -> Result<(), KindsError> {
        // Addresses and references write kinds in lower case, so names that differ in case alone would meet there.
        let taken = |known: &&Arc<Kind>| {
            known.name.eq_ignore_ascii_case(&kind.name) || known.plural.eq_ignore_ascii_case(&kind.plural)
        };
        if let Some(known) = self.all.iter().find(taken) {
            return Err(KindsError(format!(
                "there is the kind `{}` ({}) already; give the new one a name and a plural of its own",
                known.name, known.plural
            )));
        }
        for field in kind.all_relations() {
            for (relation, inverse) in [(&field.relation, &field.inverse), (&field.inverse, &field.relation)] {
                if let Some(known) = self.inverse(relation).filter(|known| *known != &**inverse) {
                    return Err(KindsError(format!(
                        "the relation {} leads back as `{known}` everywhere else, and here as {}; write `inverse: {known}`, or \
                         name the relation otherwise",
                        shown(relation),
                        shown(inverse)
                    )));
                }
            }
        }
        self.learn(kind);
        Ok(())
    }

    fn learn(&mut self, kind: Arc<Kind>) {
        for field in kind.all_relations() {
            self.inverses.insert(field.relation.clone(), field.inverse.clone());
            self.inverses.insert(field.inverse.clone(), field.relation.clone());
        }
        self.all.push(kind);
    }

    /// In the order in which people list them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.all.iter()
    }

    /// The kind with exactly this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Kind>> {
        self.all.iter().find(|kind| kind.name == name)
    }

    /// The kind of this name in any case, as references write it.
    pub fn find(&self, name: &str) -> Option<&Arc<Kind>> {
        self.all.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
    }

    /// The relation that leads back.
    pub fn inverse(&self, relation: &str) -> Option<&str> {
        self.inverses.get(relation).map(|inverse| &**inverse)
    }

    /// The names of all relations.
    pub fn relations(&self) -> impl Iterator<Item = &str> {
        self.inverses.keys().map(|relation| &**relation)
    }
}
