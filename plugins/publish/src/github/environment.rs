//! `github:environment:create`: a place that workflows deploy to, with what protects it.

use std::collections::BTreeMap;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{begin, secrets};
use crate::api::{part, said_only};
use crate::step::Step;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    name: String,
    deployment_branch_policy: Option<Value>,
    #[serde(default)]
    custom_branch_policy_names: Vec<String>,
    #[serde(default)]
    custom_tag_policy_names: Vec<String>,
    #[serde(default)]
    environment_variables: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    wait_timer: Option<Value>,
    prevent_self_review: Option<bool>,
    #[serde(default)]
    reviewers: Vec<String>,
}

pub(crate) fn create(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    let what = format!("make the environment {} of {}", input.name, step.target.slug()?);
    if step.is_dry(&what) {
        return Ok(Output::none());
    }
    let api = &step.api;
    let path = format!("{}/environments/{}", step.target.path()?, part(&input.name));
    let reviewers = input.reviewers.iter().map(|who| reviewer(&step, who)).collect::<Result<Vec<Value>>>()?;
    let body = said_only(json!({
        "deployment_branch_policy": input.deployment_branch_policy,
        "wait_timer": input.wait_timer,
        "prevent_self_review": input.prevent_self_review,
        "reviewers": Some(reviewers).filter(|all| !all.is_empty()),
    }));
    api.put(&path, &body).map_err(api.to(&*what))?;
    input.policies(&step, &path)?;
    secrets::variables(api, &format!("{path}/variables"), &input.environment_variables)?;
    secrets::secrets(api, &format!("{path}/secrets"), &input.secrets)?;
    Ok(Output::none())
}

impl Input {
    /// Which branches and tags may be deployed, by patterns.
    fn policies(&self, step: &Step<'_>, path: &str) -> Result<()> {
        let branches = self.custom_branch_policy_names.iter().map(|name| (name, "branch"));
        let tags = self.custom_tag_policy_names.iter().map(|name| (name, "tag"));
        let (to, api) = (format!("{path}/deployment-branch-policies"), &step.api);
        for (name, kind) in branches.chain(tags) {
            match api.post(&to, &json!({ "name": name, "type": kind })) {
                // It is there, which GitHub says by the address of the one that is.
                Err(fault) if fault.is(&[303]) || fault.says("already") => {}
                set => drop(set.map_err(api.to(format!("let {name} be deployed to {}", self.name)))?),
            }
        }
        Ok(())
    }
}

/// Who has to agree: a user or a team of GitHub, by the name of their entity.
fn reviewer(step: &Step<'_>, written: &str) -> Result<Value> {
    let wrong = || {
        Error::Invalid(format!(
            "input.reviewers: `{written}` is neither a user nor a group; write entities such as `user:default/ada` or `group:default/core`"
        ))
    };
    let entity = EntityRef::parse(written).map_err(|_| wrong())?;
    let (kind, path) = match entity.kind() {
        "user" => ("User", format!("/users/{}", part(entity.name()))),
        "group" => ("Team", format!("/orgs/{}/teams/{}", part(step.target.owner()?), part(entity.name()))),
        _ => return Err(wrong()),
    };
    let found: Value = step.api.get(&path).map_err(step.api.to(format!("find the reviewer {written}")))?;
    Ok(json!({ "type": kind, "id": found["id"] }))
}
