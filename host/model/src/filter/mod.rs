//! Filters: which entities a reader wants.
//!
//! Rule: there is one tree, whichever language it was written in: the `filter` parameters of a GET ([`Filter::from_query`])
//! or the predicate of a POST body ([`Filter::from_predicate`]). Keys and values in it are in lower case, and it speaks
//! of search rows only (see [`crate::rows`]), so a store can answer it from an index; [`Filter::matches`] says what the
//! answer has to be.

mod predicate;
mod query;

use crate::rows::Rows;
use crate::text::is_lowered;

/// A question to one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilterError(String);

impl Filter {
    /// The filter that every entity passes.
    pub fn everything() -> Filter {
        Filter::All(Vec::new())
    }

    /// Whether an entity with these rows passes. The meaning of a filter, for tests and small sets; it looks at every
    /// row.
    pub fn matches(&self, rows: &Rows) -> bool {
        let has = |key: &str, test: &dyn Fn(&str) -> bool| {
            rows.0.iter().any(|row| row.key == key && row.value.as_deref().is_some_and(test))
        };
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.matches(rows)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.matches(rows)),
            Filter::Not(filter) => !filter.matches(rows),
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
