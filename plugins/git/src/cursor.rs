//! Where the reading of a scope stands, as the portal keeps it between runs.
//!
//! It begins with the commit, which is what people are shown of it. Rule: one that cannot be read, such as an older version's, counts
//! as none, and the scope is read whole.

use std::collections::BTreeSet;

use portico_descriptors::Outline;
use serde::{Deserialize, Serialize};

/// Bytes of the paths of included files that are kept: half of what the portal takes of a cursor.
const MOST_INCLUDED: usize = 32 * 1024;

/// What a scope was read from, and what matters to whoever reads it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// The commit.
    #[serde(skip)]
    pub(crate) commit: String,
    /// What the settings were.
    pub(crate) settings: String,
    /// If it mattered: what else was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) neighbours: Option<String>,
    /// If a file can be read again without the others: what that depends on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) apart: Option<Apart>,
}

/// What the files of a scope have in common where each stands for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Apart {
    /// The reference, which the addresses of files name.
    pub(crate) reference: String,
    /// Files that descriptors include; which descriptor which file is not kept.
    pub(crate) included: BTreeSet<String>,
}

impl Apart {
    /// What the files that an outline tells of have in common; none if they depend on each other, or include too many to keep.
    pub(crate) fn of(reference: &str, outline: &Outline) -> Option<Apart> {
        let bytes: usize = outline.included.iter().map(String::len).sum();
        (!outline.is_entangled && bytes <= MOST_INCLUDED)
            .then(|| Apart { reference: reference.to_owned(), included: outline.included.clone() })
    }

    /// With those of files that were read again. What is included no more stays, which costs a whole reading at most.
    pub(crate) fn with(&self, outline: &Outline) -> Option<Apart> {
        let included = self.included.union(&outline.included).cloned().collect();
        Apart::of(&self.reference, &Outline { included, ..outline.clone() })
    }
}

impl Cursor {
    /// What the portal has kept.
    pub(crate) fn parse(text: &str) -> Option<Cursor> {
        let (commit, rest) = text.split_once(' ')?;
        Some(Cursor { commit: commit.to_owned(), ..serde_json::from_str(rest).ok()? })
    }

    /// Whether a scope stands as it was read: at this commit, with these settings, and, if it mattered, among these others.
    pub(crate) fn stands(&self, commit: &str, settings: &str, neighbours: &str) -> bool {
        self.commit == commit && self.is_under(settings, neighbours)
    }

    /// Whether the same would come of the same commit.
    pub(crate) fn is_under(&self, settings: &str, neighbours: &str) -> bool {
        self.settings == settings && self.neighbours.as_deref().is_none_or(|known| known == neighbours)
    }

    /// As the portal keeps it.
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.commit, serde_json::to_string(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(neighbours: Option<&str>) -> Cursor {
        Cursor { commit: "c".into(), settings: "s".into(), neighbours: neighbours.map(str::to_owned), apart: None }
    }

    #[test]
    fn a_cursor_stands_only_for_what_it_was_made_of() {
        assert!(cursor(None).stands("c", "s", "n"));
        assert!(cursor(Some("n")).stands("c", "s", "n"));
        for (commit, settings, neighbours) in [("x", "s", "n"), ("c", "x", "n"), ("c", "s", "x")] {
            assert!(!cursor(Some("n")).stands(commit, settings, neighbours));
        }
    }

    #[test]
    fn a_cursor_is_kept_as_it_is_and_anything_else_is_none() {
        let outline = Outline { included: BTreeSet::from(["a/openapi.yaml".to_owned()]), ..Outline::default() };
        let cursor = Cursor { apart: Apart::of("refs/heads/main", &outline), ..cursor(Some("n")) };
        assert!(cursor.apart.is_some());
        assert!(cursor.text().starts_with("c {"), "{}", cursor.text());
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        for odd in ["", "c", "c s n", "c {}", r#"{"settings":"s"}"#, r#"c {"settings":"s","more":1}"#] {
            assert_eq!(Cursor::parse(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn files_that_depend_on_each_other_or_include_too_many_are_not_apart() {
        let many = (0..40).map(|number| format!("{number:01000}")).collect();
        for outline in
            [Outline { is_entangled: true, ..Outline::default() }, Outline { included: many, ..Outline::default() }]
        {
            assert_eq!(Apart::of("refs/heads/main", &outline), None);
        }
        let apart = Apart::of("refs/heads/main", &Outline::default()).expect("apart");
        let more = Outline { included: BTreeSet::from(["x".to_owned()]), ..Outline::default() };
        assert_eq!(apart.with(&more).expect("apart").included, more.included);
    }
}
