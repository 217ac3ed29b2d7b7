//! `http:request`, and `http:backstage:request` by its other name: one exchange with a server that the operator granted.
//!
//! Rule: a path is an address only where the settings say of which. In a dry run nothing is sent that could change anything.

use std::time::Duration;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::http::{Request, Response};
use portico_sdk::{Error, Result, info};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(alias = "path")]
    url: String,
    method: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    params: Map<String, Value>,
    body: Option<Value>,
    #[serde(default = "yes")]
    log_request_path: bool,
    #[serde(default)]
    continue_on_bad_response: bool,
    /// Milliseconds.
    timeout: Option<u32>,
}

fn yes() -> bool {
    true
}

const USUAL_TIMEOUT: u32 = 60_000;

pub(crate) fn request(invocation: &Invocation) -> Result<Output> {
    let input: Input = invocation.input()?;
    let url = address(&input, &Settings::read()?)?;
    let said = if input.log_request_path { url.as_str() } else { url.host_str().unwrap_or_default() };
    if invocation.dry_run && !matches!(input.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
        info!("{} {said} is not sent in a dry run", input.method);
        return Ok(Output::none());
    }
    info!("{} {said}", input.method);
    let timeout = Duration::from_millis(u64::from(input.timeout.unwrap_or(USUAL_TIMEOUT)));
    let mut request = Request::new(&input.method, url.as_str()).timeout(timeout);
    for (name, value) in &input.headers {
        request = request.header(name, text(value));
    }
    if let Some(body) = &input.body {
        let is_typed = input.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        request = match body {
            Value::String(text) => request.body(text.clone().into_bytes()),
            body if is_typed => request.body(body.to_string().into_bytes()),
            body => request.json(body)?,
        };
    }
    let response = request.send()?;
    let output = output(&response);
    if response.status >= 400 && !input.continue_on_bad_response {
        return Err(response.ok().map_or_else(|error| error.context(said), |_| Error::Failed(said.to_owned())));
    }
    Ok(output)
}

/// The address with its query.
fn address(input: &Input, settings: &Settings) -> Result<Url> {
    let written = match input.url.starts_with("https:") || input.url.starts_with("http:") {
        true => input.url.clone(),
        false => behind(&input.url, settings)?,
    };
    let wrong = |error| Error::Invalid(format!("input: `{}` is no address: {error}", input.url));
    let mut url = Url::parse(&written).map_err(wrong)?;
    if !input.params.is_empty() {
        url.query_pairs_mut().extend_pairs(input.params.iter().map(|(name, value)| (name, text(value))));
    }
    Ok(url)
}

/// The address that a path stands for: the longest of the settings that it begins with.
fn behind(path: &str, settings: &Settings) -> Result<String> {
    let slashed = |path: &str| format!("/{}", path.trim_start_matches('/').trim_start_matches("api/"));
    let path = slashed(path);
    let rest = |known: &str| {
        let rest = path.strip_prefix(slashed(known).trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
    };
    let known = settings.proxies.iter().filter_map(|(known, target)| Some((known.len(), target, rest(known)?)));
    let (_, target, rest) = known.max_by_key(|(length, _, _)| *length).ok_or_else(|| {
        Error::Invalid(format!(
            "input: `{path}` is the path of a proxy that is not known here; write an address that begins with `https:`, or have the operator say \
             under `settings.proxies` which address it stands for"
        ))
    })?;
    Ok(format!("{}{rest}", target.trim_end_matches('/')))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn output(response: &Response) -> Output {
    let headers: Map<String, Value> =
        response.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let is_json = response.header("content-type").is_some_and(|kind| kind.contains("json"));
    let parsed = is_json.then(|| serde_json::from_slice(&response.body).ok()).flatten();
    let body = parsed.unwrap_or_else(|| json!({ "message": String::from_utf8_lossy(&response.body) }));
    Output::none().with("code", response.status).with("headers", headers).with("body", body)
}
