//! GitLab.
//!
//! Files are committed through its interface rather than by Git: it takes a token for the one in another way than for the other, and a host has one
//! credential.

mod actions;
pub(crate) mod commits;
pub(crate) mod groups;
pub(crate) mod issues;
pub(crate) mod merge_request;
pub(crate) mod pipelines;
pub(crate) mod publish;
pub(crate) mod variables;

#[cfg(test)]
pub(crate) use actions::digest;
use portico_sdk::actions::Invocation;
use portico_sdk::{Error, Result};
use portico_sites::Forge;
use serde::Deserialize;
use serde_json::Value;

use crate::api::part;
use crate::step::Step;

/// A project, as GitLab tells of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Known {
    id: u64,
    path_with_namespace: String,
    default_branch: Option<String>,
    http_url_to_repo: String,
    web_url: String,
    empty_repo: bool,
}

fn begin(invocation: &Invocation) -> Result<Step<'_>> {
    Step::begin(invocation, Forge::GitLab)
}

/// A project's number or path, of which a step may write either.
fn written(id: Option<&Value>) -> Option<String> {
    match id? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.as_u64().map_or_else(|| number.to_string(), |number| number.to_string())),
        _ => None,
    }
}

/// The project that a step is about, which is there.
fn known(step: &Step<'_>, id: Option<&str>) -> Result<Known> {
    let path = step.target.project(id)?;
    step.api.get(&path).map_err(step.api.to("find the project"))
}

/// The number of a user.
fn user(step: &Step<'_>, name: &str) -> Result<u64> {
    let name = name.trim_start_matches('@');
    let what = format!("find the user {name}");
    let found: Vec<Value> = step.api.get(&format!("/users?username={}", part(name))).map_err(step.api.to(&*what))?;
    let id = found.first().and_then(|user| user["id"].as_u64());
    id.ok_or_else(|| Error::NotFound(format!("could not {what}: {} has none of this name", step.target.host.name)))
}
