//! What a reading came to: how many entities, which, in what state, and what became of them.
//!
//! Rule: entities are remembered by a number each, so that a hundred thousand of them are a few megabytes. Two catalogs of the same
//! digest are the same: it is made of references and etags, in whatever order they came.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use portico_sdk::model::EntityRef;
use serde::{Deserialize, Serialize};

use crate::chain::Loop;

/// The state of a catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digest {
    pub count: u64,
    sum: u64,
    mix: u64,
}

/// What a reading came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    there: HashSet<u64>,
    here: HashSet<u64>,
    digest: Digest,
    has_etags: bool,
    pub put: u64,
    pub back: u64,
    pub long: u64,
    pub unwanted: u64,
    pub twice: u64,
    pub refused: u64,
    /// Those that nobody can name: they count, and may be any.
    pub nameless: u64,
}

impl Tally {
    pub(crate) fn new() -> Tally {
        Tally { has_etags: true, ..Tally::default() }
    }

    /// Counts an entity of the other portal; false if it came before.
    pub(crate) fn came(&mut self, there: &EntityRef, etag: Option<&str>) -> bool {
        if !self.there.insert(hash(there)) {
            return false;
        }
        self.adds(there.as_str(), etag);
        true
    }

    /// Counts an entity that cannot be named.
    pub(crate) fn came_nameless(&mut self, etag: Option<&str>) {
        self.nameless += 1;
        self.adds("", etag);
    }

    fn adds(&mut self, there: &str, etag: Option<&str>) {
        self.has_etags &= etag.is_some_and(|etag| !etag.is_empty());
        let state = hash(&(there, etag));
        let Digest { count, sum, mix } = self.digest;
        self.digest = Digest { count: count + 1, sum: sum.wrapping_add(state), mix: mix ^ state.rotate_left(17) };
    }

    /// Whether a reference is new here.
    pub(crate) fn is_new(&mut self, here: &EntityRef) -> bool {
        self.here.insert(hash(here))
    }

    pub(crate) fn went_back(&mut self, which: Loop) {
        match which {
            Loop::Own => self.back += 1,
            Loop::Long => self.long += 1,
        }
    }

    /// Entities of the other portal, each once, those without a name among them.
    pub(crate) fn count(&self) -> u64 {
        self.digest.count
    }

    /// The state of the other portal; none where it does not say the state of each entity.
    pub(crate) fn digest(&self) -> Option<Digest> {
        self.has_etags.then_some(self.digest)
    }

    /// In words, what did not come in; empty if all did.
    pub(crate) fn left_out(&self) -> String {
        let parts = [
            (self.back, "come from here and are left out"),
            (self.long, "have passed more portals than there may be on a way and are left out"),
            (
                self.twice,
                "would get a name that another one has here already; `namespace` in the settings brings them together",
            ),
            (self.refused, "are refused here; the source's problems say why"),
            (self.nameless, "have no name and are left out; nothing is removed as long as they are there"),
        ];
        let said: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("; {count} {what}"))
            .collect();
        said.concat()
    }
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(entities: &[(&str, Option<&str>)]) -> Option<Digest> {
        let mut tally = Tally::new();
        for (reference, etag) in entities {
            tally.came(&EntityRef::parse(reference).expect("a reference"), *etag);
        }
        tally.digest()
    }

    #[test]
    fn the_order_makes_no_difference_and_every_state_does() {
        let two = digest(&[("api:a", Some("1")), ("api:b", Some("2"))]);
        assert!(two.is_some());
        assert_eq!(two, digest(&[("api:b", Some("2")), ("api:a", Some("1")), ("api:a", Some("1"))]));
        for other in [
            &[("api:a", Some("1"))][..],
            &[("api:a", Some("1")), ("api:b", Some("3"))],
            &[("api:a", Some("1")), ("api:c", Some("2"))],
            &[("api:a", Some("2")), ("api:b", Some("1"))],
        ] {
            assert_ne!(two, digest(other), "{other:?}");
        }
    }

    #[test]
    fn what_has_no_name_counts_and_makes_a_difference() {
        let counted = |etags: &[&str]| {
            let mut tally = Tally::new();
            etags.iter().for_each(|etag| tally.came_nameless(Some(etag)));
            (tally.count(), tally.digest())
        };
        assert_eq!(counted(&["1", "1"]).0, 2);
        assert_ne!(counted(&["1"]).1, counted(&["2"]).1);
        assert_eq!(counted(&["1", "2"]), counted(&["2", "1"]));
    }

    #[test]
    fn where_states_are_not_said_nothing_is_taken_for_unchanged() {
        assert_eq!(digest(&[("api:a", Some("1")), ("api:b", None)]), None);
        assert_eq!(digest(&[("api:a", Some(""))]), None);
    }

    #[test]
    fn what_did_not_come_in_is_said() {
        assert_eq!(Tally::new().left_out(), "");
        let tally = Tally { back: 3, refused: 1, ..Tally::new() };
        assert_eq!(
            tally.left_out(),
            "; 3 come from here and are left out; 1 are refused here; the source's problems say why"
        );
    }
}
