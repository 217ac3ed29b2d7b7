//! Filters as they stand in an address: `filter=kind=component,spec.type=service,spec.type=library`.
//!
//! Rule: within one parameter different keys have all to hold and the values of one key are alternatives; several
//! parameters are alternatives. There is no escaping: a value cannot hold a comma.

use super::{Filter, FilterError, any};
use crate::text::{lower, shown};

/// The conditions of one parameter, by key, in the order of their first mention.
type Conditions = Vec<(String, Option<Vec<String>>)>;

impl Filter {
    /// Reads the `filter` parameters of a query. None at all, or only empty ones, let everything pass.
    pub fn from_query(filters: &[&str]) -> Result<Filter, FilterError> {
        let mut alternatives = Vec::new();
        for filter in filters {
            let conditions = conditions(filter)?;
            if !conditions.is_empty() {
                alternatives.push(Filter::All(conditions.into_iter().map(condition).collect()));
            }
        }
        Ok(if alternatives.is_empty() { Filter::everything() } else { any(alternatives) })
    }
}

fn conditions(filter: &str) -> Result<Conditions, FilterError> {
    let mut conditions = Conditions::new();
    for part in filter.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = match part.split_once('=') {
            Some((key, value)) => (key.trim(), Some(lower(value.trim()).into_owned())),
            None => (part, None),
        };
        if key.is_empty() {
            return Err(FilterError(format!(
                "the filter {} has nothing before `=`; write `key=value`, `key=` for an empty value, or `key` for any \
                 value",
                shown(part)
            )));
        }
        let key = lower(key);
        let at = conditions.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            conditions.push((key.into_owned(), None));
            conditions.len() - 1
        });
        if let Some(value) = value {
            conditions[at].1.get_or_insert_default().push(value);
        }
    }
    Ok(conditions)
}

fn condition((key, values): (String, Option<Vec<String>>)) -> Filter {
    match values {
        None => Filter::Exists(key),
        Some(mut values) => match values.pop() {
            Some(only) if values.is_empty() => Filter::Equals(key, only),
            last => {
                values.extend(last);
                Filter::In(key, values)
            }
        },
    }
}
