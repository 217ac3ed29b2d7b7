//! Single settings of repositories of GitHub: `github:webhook`, `github:autolinks:create`, `github:pages:enable`.
//!
//! Rule: what is there already is brought to what the step says.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Result, info};
use serde::Deserialize;
use serde_json::{Value, json};

use super::begin;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    webhook_url: String,
    webhook_secret: Option<String>,
    events: Option<Value>,
    active: Option<bool>,
    content_type: Option<String>,
    insecure_ssl: Option<bool>,
}

pub(crate) fn webhook(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Webhook = step.input()?;
    let what = format!("have {} tell of what happens", step.target.slug()?);
    if step.is_dry(&what) {
        return Ok(Output::none());
    }
    let (path, api) = (format!("{}/hooks", step.target.path()?), &step.api);
    let events = match input.events {
        Some(Value::String(one)) => json!([one]),
        Some(all) if all.as_array().is_some_and(|all| !all.is_empty()) => all,
        _ => json!(["push"]),
    };
    let mut config = json!({
        "url": input.webhook_url,
        "content_type": input.content_type.as_deref().unwrap_or("form"),
        "insecure_ssl": if input.insecure_ssl == Some(true) { "1" } else { "0" },
    });
    if let Some(secret) = input.webhook_secret.filter(|secret| !secret.is_empty()) {
        config["secret"] = Value::String(secret);
    }
    let mut body = json!({ "config": config, "events": events, "active": input.active.unwrap_or(true) });
    let hooks: Vec<Value> = api.all(&format!("{path}?per_page=100")).map_err(api.to(&*what))?;
    let known =
        hooks.iter().find(|hook| hook["config"]["url"] == input.webhook_url).and_then(|hook| hook["id"].as_u64());
    match known {
        Some(id) => {
            info!("there is a webhook for this address, which is set anew");
            api.patch(&format!("{path}/{id}"), &body)
        }
        None => {
            body["name"] = json!("web");
            api.post(&path, &body)
        }
    }
    .map_err(api.to(what))?;
    Ok(Output::none())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Autolink {
    key_prefix: String,
    url_template: String,
    is_alphanumeric: Option<bool>,
}

pub(crate) fn autolink(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Autolink = step.input()?;
    let what = format!("have {} make links of {}", step.target.slug()?, input.key_prefix);
    if step.is_dry(&what) {
        return Ok(Output::none());
    }
    let (path, api) = (format!("{}/autolinks", step.target.path()?), &step.api);
    let alphanumeric = input.is_alphanumeric.unwrap_or(true);
    let body =
        json!({ "key_prefix": input.key_prefix, "url_template": input.url_template, "is_alphanumeric": alphanumeric });
    let is_it =
        |link: &Value| ["key_prefix", "url_template", "is_alphanumeric"].iter().all(|key| link[key] == body[key]);
    let links: Vec<Value> = api.get(&path).map_err(api.to(&*what))?;
    if links.iter().any(is_it) {
        info!("this link is there already");
        return Ok(Output::none());
    }
    api.post(&path, &body).map_err(api.to(what))?;
    Ok(Output::none())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pages {
    build_type: Option<String>,
    source_branch: Option<String>,
    source_path: Option<String>,
}

pub(crate) fn pages(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Pages = step.input()?;
    let what = format!("have GitHub show pages of {}", step.target.slug()?);
    if step.is_dry(&what) {
        return Ok(Output::none());
    }
    let (path, api) = (format!("{}/pages", step.target.path()?), &step.api);
    let branch = input.source_branch.as_deref().unwrap_or("main");
    let body = json!({
        "build_type": input.build_type.as_deref().unwrap_or("workflow"),
        "source": { "branch": branch, "path": input.source_path.as_deref().unwrap_or("/") },
    });
    match api.post(&path, &body) {
        Err(fault) if fault.is(&[409]) => api.put(&path, &body),
        enabled => enabled,
    }
    .map_err(api.to(what))?;
    Ok(Output::none())
}
