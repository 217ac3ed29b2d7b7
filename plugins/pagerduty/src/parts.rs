//! Parts of an account that may be missing: who is on call, incidents, and the policies and schedules of which nothing else is made.
//!
//! Rule: a part that may not be read, or that makes no sense, is missing by itself. It is said in words, what the catalog says of it stays,
//! and the rest goes on. A server that is down, or does not know the token, is no such part: then nothing is known.

use portico_sdk::model::{DEFAULT_NAMESPACE, EntityRef};
use portico_sdk::{Error, Result, catalog, run};
use serde_json::Value;

use crate::api::is_unknown;

/// What facts call what is read of incidents.
pub(crate) const INCIDENTS: [&str; 4] =
    ["incidents", "openIncidents", "meanMinutesToAcknowledge", "meanMinutesToResolve"];

/// What facts call what is read of who is on call.
pub(crate) const ON_CALLS: [&str; 2] = ["onCall", "shifts"];

/// What a part was read to: it, or why it alone is missing. What speaks against reading on is an error.
pub(crate) fn part<T>(read: Result<T>) -> Result<Result<T>> {
    match read {
        Err(error) if run::cancelled() || is_unknown(&error) => Err(error),
        Err(error @ Error::Unavailable { .. }) => Err(error),
        read => Ok(read),
    }
}

/// What the facts of an entity of ours say.
pub(crate) fn known(kind: &str, id: &str) -> Result<Value> {
    let Ok(entity) = EntityRef::new(kind, DEFAULT_NAMESPACE, id) else { return Ok(Value::Null) };
    let mut entity = catalog::get(&entity)?.unwrap_or_default();
    Ok(entity["facts"]["pagerduty"].take())
}

/// Puts what the facts of an entity of ours say in the place of what an object says of a part: nothing, where they say nothing.
pub(crate) fn stays(object: &mut Value, kind: &str, id: &str, part: &[&str]) -> Result<()> {
    let known = known(kind, id)?;
    let Some(object) = object.as_object_mut() else { return Ok(()) };
    for name in part {
        match &known[name] {
            Value::Null => drop(object.remove(*name)),
            fact => drop(object.insert((*name).to_owned(), fact.clone())),
        }
    }
    Ok(())
}

/// Of all that is missing one error, which says it.
pub(crate) fn all(missing: Vec<Error>) -> Result<()> {
    let words: Vec<String> = missing.iter().map(ToString::to_string).collect();
    match missing.into_iter().next() {
        None => Ok(()),
        Some(Error::Denied(_)) => Err(Error::Denied(words.join("; "))),
        Some(_) => Err(Error::Failed(words.join("; "))),
    }
}
