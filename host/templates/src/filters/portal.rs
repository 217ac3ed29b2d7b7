//! Filters that Backstage's scaffolder has beside those of nunjucks: references of entities, addresses of repositories, members.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::{Error, Value};

use super::Call;
use crate::hosts;
use crate::operators::get;
use crate::text::text;
use crate::value::{View, map, refuse, view};

pub(super) fn apply(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    match call.filter {
        "pick" => pick(call),
        "parseEntityRef" => entity_ref(call),
        _ => {
            let View::Text(address) = view(call.of) else { return call.wants("the address of a repository") };
            let repository = match hosts::parse(address, &hosts::of(call.state)) {
                Ok(repository) => repository,
                Err(problem) => return refuse(problem),
            };
            if call.filter == "projectSlug" {
                let part = |wanted: &str| repository.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
                let (Some(owner), Some(repo)) = (part("owner"), part("repo")) else {
                    return refuse("`projectSlug` needs an `owner` and a `repo` in the address; write both into it");
                };
                return Ok(Value::from(format!("{owner}/{repo}")));
            }
            let entries = repository.into_iter().map(|(key, value)| (Arc::from(key), Value::from(value)));
            map(call.state, entries.collect())
        }
    }
}

/// The member that has the whole path as its name, or else the one that the path leads to.
fn pick(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let path = text(call.state, call.argument(0))?;
    if path.is_empty() {
        return refuse("the filter `pick` has no path; write the name of a member, `pick(\"name\")`");
    }
    let whole = get(call.state, call.of, &Value::from(path.as_str()))?;
    if !whole.is_undefined() {
        return Ok(whole);
    }
    let mut found = call.of.clone();
    for name in path.split(['.', '[', ']']).filter(|name| !name.is_empty()) {
        found = get(call.state, &found, &Value::from(name.trim_matches(['"', '\''])))?;
    }
    Ok(found)
}

fn entity_ref(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let member = |of: &Value, name: &str| -> Result<Option<String>, Error> {
        let found = get(call.state, of, &Value::from(name))?;
        Ok(found.as_str().filter(|found| !found.is_empty()).map(str::to_owned))
    };
    let (kind, namespace, name) = match view(call.of) {
        View::Map(_) => (member(call.of, "kind")?, member(call.of, "namespace")?, member(call.of, "name")?),
        View::Text(reference) => {
            let (kind, rest) = reference.split_once(':').map_or((None, reference), |(kind, rest)| (Some(kind), rest));
            let (namespace, name) = rest.split_once('/').map_or((None, rest), |(space, name)| (Some(space), name));
            let parts = [kind, namespace, Some(name)];
            if parts.into_iter().flatten().any(|part| part.is_empty() || part.contains([':', '/'])) {
                return refuse("the text is no reference of an entity; write it as `kind:namespace/name`");
            }
            (kind.map(str::to_owned), namespace.map(str::to_owned), Some(name.to_owned()))
        }
        _ => return call.wants("the reference of an entity"),
    };
    let kind = kind.map_or_else(|| member(call.argument(0), "defaultKind"), |kind| Ok(Some(kind)))?;
    let namespace = namespace.map_or_else(|| member(call.argument(0), "defaultNamespace"), |space| Ok(Some(space)))?;
    let Some(kind) = kind else {
        return refuse(
            "the reference names no kind; write it as `kind:namespace/name`, or give `{defaultKind: \"…\"}`",
        );
    };
    let Some(name) = name else { return refuse("the reference has no `name`; give it one") };
    let parts = [("kind", kind), ("namespace", namespace.unwrap_or_else(|| "default".to_owned())), ("name", name)];
    map(
        call.state,
        parts.into_iter().map(|(key, value)| (Arc::from(key), Value::from(value))).collect::<IndexMap<_, _>>(),
    )
}
