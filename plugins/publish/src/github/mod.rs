//! GitHub, also GitHub Enterprise.

pub(crate) mod environment;
pub(crate) mod issues;
pub(crate) mod protection;
pub(crate) mod publish;
pub(crate) mod pull_request;
mod repository;
pub(crate) mod repository_settings;
mod secrets;
pub(crate) mod workflows;

use portico_sdk::Result;
use portico_sdk::actions::Invocation;
use portico_sites::Forge;
use serde::Deserialize;

use crate::step::Step;

/// A repository, as GitHub tells of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Known {
    clone_url: String,
    html_url: String,
    default_branch: String,
}

fn begin(invocation: &Invocation) -> Result<Step<'_>> {
    Step::begin(invocation, Forge::GitHub)
}

/// The repository that a step is about, which is there.
fn known(step: &Step<'_>) -> Result<Known> {
    let slug = step.target.slug()?;
    step.api.get(&step.target.path()?).map_err(step.api.to(format!("find the repository {slug}")))
}

/// Whether a branch is there.
fn has_branch(step: &Step<'_>, branch: &str) -> Result<bool> {
    let path = format!("{}/git/ref/heads/{}", step.target.path()?, crate::api::part(branch).replace("%2F", "/"));
    let found = step.api.get::<serde_json::Value>(&path);
    match found {
        Ok(found) => Ok(found["ref"] == format!("refs/heads/{branch}")),
        // A repository that nothing was pushed to has no branches.
        Err(fault) if fault.is(&[404, 409]) => Ok(false),
        Err(fault) => Err(step.api.refused(&format!("look for the branch {branch}"), fault)),
    }
}
