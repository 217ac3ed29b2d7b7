//! `github:issues:create` and `github:issues:label`.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::begin;
use crate::api::said_only;

#[derive(Deserialize)]
struct Created {
    title: String,
    body: Option<String>,
    #[serde(default)]
    assignees: Vec<String>,
    milestone: Option<Value>,
    #[serde(default)]
    labels: Vec<String>,
}

pub(crate) fn create(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Created = step.input()?;
    let what = format!("open an issue in {}", step.target.slug()?);
    if step.is_dry(&what) {
        let url = format!("https://{}/{}/issues/0", step.target.host.name, step.target.slug()?);
        return Ok(Output::none().with("issueUrl", url).with("issueNumber", 0));
    }
    let body = said_only(json!({
        "title": input.title,
        "body": input.body,
        "assignees": input.assignees,
        "milestone": input.milestone,
        "labels": input.labels,
    }));
    let made = step.api.post(&format!("{}/issues", step.target.path()?), &body).map_err(step.api.to(what))?;
    Ok(Output::none().with("issueUrl", made["html_url"].clone()).with("issueNumber", made["number"].clone()))
}

#[derive(Deserialize)]
struct Labelled {
    number: Value,
    labels: Vec<String>,
}

pub(crate) fn label(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let Labelled { number, labels } = step.input()?;
    // JSON has one kind of number.
    let whole = number.as_f64().filter(|number| *number >= 1.0 && number.fract() == 0.0);
    let number = whole.ok_or_else(|| {
        Error::Invalid(format!("input.number: {number} is no number of an issue; write one such as 7"))
    })?;
    let what = format!("label the issue {number} of {}", step.target.slug()?);
    if step.is_dry(&what) {
        return Ok(Output::none());
    }
    let path = format!("{}/issues/{number}/labels", step.target.path()?);
    step.api.post(&path, &json!({ "labels": labels })).map_err(step.api.to(what))?;
    Ok(Output::none())
}
