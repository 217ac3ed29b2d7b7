//! `gitlab:issues:create`.

use portico_sdk::Result;
use portico_sdk::actions::{Invocation, Output};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{begin, written};
use crate::api::said_only;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    project_id: Option<Value>,
    title: String,
    assignees: Option<Vec<Value>>,
    confidential: Option<bool>,
    description: Option<String>,
    created_at: Option<String>,
    due_date: Option<String>,
    discussion_to_resolve: Option<String>,
    epic_id: Option<Value>,
    labels: Option<String>,
    issue_type: Option<String>,
    merge_request_to_resolve_discussions_of: Option<Value>,
    milestone_id: Option<Value>,
    weight: Option<Value>,
}

pub(crate) fn create(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    let project = step.target.project(written(input.project_id.as_ref()).as_deref())?;
    if step.is_dry("open an issue") {
        let url = format!("https://{}/-/issues/0", step.target.host.name);
        return Ok(Output::none().with("issueUrl", url).with("issueId", 0).with("issueIid", 0));
    }
    let body = said_only(json!({
        "title": input.title,
        "assignee_ids": input.assignees,
        "confidential": input.confidential,
        "description": input.description,
        "created_at": input.created_at,
        "due_date": input.due_date.as_deref().map(|time| time.split('T').next().unwrap_or(time)),
        "discussion_to_resolve": input.discussion_to_resolve,
        "epic_id": input.epic_id,
        "labels": input.labels,
        "issue_type": input.issue_type,
        "merge_request_to_resolve_discussions_of": input.merge_request_to_resolve_discussions_of,
        "milestone_id": input.milestone_id,
        "weight": input.weight,
    }));
    let made = step.api.post(&format!("{project}/issues"), &body).map_err(step.api.to("open an issue"))?;
    Ok(Output::none()
        .with("issueUrl", made["web_url"].clone())
        .with("issueId", made["id"].clone())
        .with("issueIid", made["iid"].clone()))
}
