//! `gitlab:pipeline:trigger`: has a pipeline run, as what a trigger began.
//!
//! Rule: the token that a trigger has is made for this one, and goes again whatever becomes of it.

use std::collections::BTreeMap;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, warn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{begin, written};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    project_id: Value,
    token_description: String,
    branch: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

pub(crate) fn trigger(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    let what = format!("run a pipeline of the branch {}", input.branch);
    let project = step.target.project(written(Some(&input.project_id)).as_deref())?;
    if step.is_dry(&what) {
        return Ok(Output::none().with("pipelineUrl", format!("https://{}/-/pipelines/0", step.target.host.name)));
    }
    let api = &step.api;
    let made = api.post(&format!("{project}/triggers"), &json!({ "description": input.token_description }));
    let made = made.map_err(api.to("make a token for a trigger"))?;
    let body = json!({ "ref": input.branch, "token": made["token"], "variables": input.variables });
    let run = api.post(&format!("{project}/trigger/pipeline"), &body);
    if let Err(fault) = api.delete(&format!("{project}/triggers/{}", made["id"])) {
        warn!("{}", api.refused("remove the token of the trigger again", fault));
    }
    let run = run.map_err(api.to(&*what))?;
    let url =
        run["web_url"].as_str().ok_or_else(|| Error::Failed(format!("could not {what}: GitLab names no pipeline")))?;
    Ok(Output::none().with("pipelineUrl", url))
}
