//! `github:actions:dispatch`: has a workflow run.

use std::collections::BTreeMap;

use portico_sdk::Result;
use portico_sdk::actions::{Invocation, Output};
use serde::Deserialize;
use serde_json::{Value, json};

use super::begin;
use crate::api::part;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    workflow_id: String,
    branch_or_tag_name: String,
    #[serde(default)]
    workflow_inputs: BTreeMap<String, String>,
    #[serde(default)]
    return_workflow_run_details: bool,
}

pub(crate) fn dispatch(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    let what = format!("run the workflow {} of {}", input.workflow_id, step.target.slug()?);
    if step.is_dry(&what) {
        return Ok(Output::none());
    }
    let mut body = json!({ "ref": input.branch_or_tag_name, "inputs": input.workflow_inputs });
    if input.return_workflow_run_details {
        body["return_run_details"] = Value::Bool(true);
    }
    let path = format!("{}/actions/workflows/{}/dispatches", step.target.path()?, part(&input.workflow_id));
    let run = step.api.post(&path, &body).map_err(step.api.to(what))?;
    let mut output = Output::none();
    for (from, to) in
        [("workflow_run_id", "workflowRunId"), ("run_url", "workflowRunUrl"), ("html_url", "workflowRunHtmlUrl")]
    {
        if let Some(value) = run.get(from).filter(|value| !value.is_null()) {
            output = output.with(to, value.clone());
        }
    }
    Ok(output)
}
