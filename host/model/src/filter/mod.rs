//! Filters: which entities a reader wants.
//!
//! Rule: there is one tree, whichever language it was written in: the `filter` parameters of a GET ([`Filter::from_query`]),
//! the predicate of a POST body ([`Filter::from_predicate`]), or what a person types ([`Filter::from_text`]). Keys and values
//! in it are in lower case, and it speaks of search rows only (see [`crate::rows`]), so a store can answer it from an
//! index; [`Filter::matches`] says what the answer has to be.

mod compare;
mod predicate;
mod query;
mod text;

pub use self::compare::{Comparison, Operand, number};
pub use self::text::{Asker, QueryError};

use crate::rows::Rows;
use crate::text::is_lowered;

/// A question to one entity.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Each of these holds; so does none at all.
    All(Vec<Filter>),
    /// One of these holds.
    Any(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// There is a row with this key, of any value or null.
    Exists(String),
    /// There is a row with this key and this value.
    Equals(String, String),
    /// There is a row with this key and one of these values.
    In(String, Vec<String>),
    /// There is a row with this key whose value begins like this.
    HasPrefix(String, String),
    /// There is a relation of this type, to one of these references if any are named.
    Relation {
        /// Such as `ownedby`.
        relation: String,
        /// `kind:namespace/name`; none for a relation to anything.
        targets: Option<Vec<String>>,
    },
    /// There is a row with this key whose value compares like this.
    Compare(String, Comparison, Operand),
    /// There is a relation of this type to an entity that passes.
    Along(String, Box<Filter>),
    /// There are so many relations of this type.
    Count(String, Comparison, u64),
    /// Each of these stands somewhere in what people read of it, see [`WORD_FIELDS`].
    Words(Vec<String>),
}

/// The search rows in which words are looked for.
pub const WORD_FIELDS: [&str; 6] = [
    "metadata.name",
    "metadata.title",
    "metadata.tags",
    "spec.type",
    "metadata.description",
    "spec.profile.displayname",
];

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilterError(String);

impl Filter {
    /// The filter that every entity passes.
    pub fn everything() -> Filter {
        Filter::All(Vec::new())
    }

    /// This question where only the entities that pass `scope` are there: others are neither found, nor does a relation to one of them
    /// say what it is like.
    #[must_use]
    pub fn among(self, scope: &Filter) -> Filter {
        Filter::All(vec![self.looking_along(scope), scope.clone()])
    }

    fn looking_along(self, scope: &Filter) -> Filter {
        let each = |filters: Vec<Filter>| filters.into_iter().map(|filter| filter.looking_along(scope)).collect();
        match self {
            Filter::All(filters) => Filter::All(each(filters)),
            Filter::Any(filters) => Filter::Any(each(filters)),
            Filter::Not(filter) => Filter::Not(Box::new(filter.looking_along(scope))),
            Filter::Along(relation, filter) => Filter::Along(relation, Box::new(filter.among(scope))),
            own @ (Filter::Exists(_)
            | Filter::Equals(..)
            | Filter::In(..)
            | Filter::HasPrefix(..)
            | Filter::Relation { .. }
            | Filter::Compare(..)
            | Filter::Count(..)
            | Filter::Words(_)) => own,
        }
    }

    /// Whether an entity with these rows passes. The meaning of a filter, for tests and small sets; it looks at every
    /// row. What other entities are like is not known to it; see [`Filter::matches_among`].
    pub fn matches(&self, rows: &Rows) -> bool {
        self.matches_among(rows, &|_| None)
    }

    /// As [`Filter::matches`], where `others` knows the rows of entities by their references.
    pub fn matches_among(&self, rows: &Rows, others: &dyn Fn(&str) -> Option<Rows>) -> bool {
        let has = |key: &str, test: &dyn Fn(&str) -> bool| {
            rows.0.iter().any(|row| row.key == key && row.value.as_deref().is_some_and(test))
        };
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.matches_among(rows, others)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.matches_among(rows, others)),
            Filter::Not(filter) => !filter.matches_among(rows, others),
            Filter::Exists(key) => rows.0.iter().any(|row| row.key == *key),
            Filter::Equals(key, value) => has(key, &|found| is_lowered(found, value)),
            Filter::In(key, values) => has(key, &|found| values.iter().any(|value| is_lowered(found, value))),
            Filter::HasPrefix(key, prefix) => has(key, &|found| crate::text::lower(found).starts_with(prefix)),
            Filter::Relation { relation, targets } => {
                let key = format!("relations.{relation}");
                match targets {
                    None => rows.0.iter().any(|row| row.key == key),
                    Some(targets) => has(&key, &|found| targets.iter().any(|target| is_lowered(found, target))),
                }
            }
            Filter::Compare(key, how, operand) => {
                has(key, &|found| operand.compare(found).is_some_and(|order| how.holds(order)))
            }
            Filter::Along(relation, filter) => has(&format!("relations.{relation}"), &|target| {
                others(target).is_some_and(|rows| filter.matches_among(&rows, others))
            }),
            Filter::Count(relation, how, number) => {
                let key = format!("relations.{relation}");
                let count = rows.0.iter().filter(|row| row.key == key).count() as u64;
                how.holds(count.cmp(number))
            }
            Filter::Words(words) => words.iter().all(|word| {
                WORD_FIELDS.iter().any(|key| has(key, &|found| crate::text::lower(found).contains(word.as_str())))
            }),
        }
    }
}

/// Keeps trees small: one of a kind is itself.
fn any(mut filters: Vec<Filter>) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        Some(last) => {
            filters.push(last);
            Filter::Any(filters)
        }
        None => Filter::Any(filters),
    }
}
