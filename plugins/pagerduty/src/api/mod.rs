//! PagerDuty's REST API, version 2: how it is asked, and what its refusals mean.
//!
//! Rule: no credential is here; the portal adds it. What is asked without anybody waiting for it is patient with the rate limit, and the
//! rest is told to come again.

mod lenient;
mod list;
mod objects;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portico_sdk::http::{self, Request, Response};
use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use list::{List, MOST};
pub(crate) use objects::{Incident, LogEntry, OnCall, Policy, Reference, Schedule, Service, State, Urgency};

/// The version of the API whose answers are read here.
const ACCEPT: &str = "application/vnd.pagerduty+json;version=2";

/// One answer. Lists of a hundred with what they include take PagerDuty seconds at times.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The window over which PagerDuty counts requests is a minute; a request waits for two of them, and then leaves it to the next run.
const PATIENCE: Duration = Duration::from_secs(120);

/// What may stand in a query as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How long an answer may be waited for where the server limits the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Nobody waits for it.
    Patient,
    /// Somebody does: a person, or PagerDuty itself, which sends a webhook again.
    Waited,
}

/// The API at an address.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    base: String,
    haste: Haste,
    remaining: Cell<Option<u64>>,
}

impl Api {
    pub(crate) fn new(base: &str, haste: Haste) -> Api {
        Api { base: base.to_owned(), haste, remaining: Cell::new(None) }
    }

    /// Requests that PagerDuty still takes before it limits the rate, as it said last.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.remaining.get()
    }

    /// A question for a path, with parameters of its query.
    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Response> {
        let url = format!("{}{path}{}", self.base, written(query));
        let request = http::get(url);
        let request = match self.haste {
            Haste::Patient => request.patient(PATIENCE),
            Haste::Waited => request,
        };
        let response = answered(request, "GET", path)?;
        self.remaining.set(response.header("ratelimit-remaining").and_then(|value| value.trim().parse().ok()));
        Ok(response)
    }

    /// Changes something, in somebody's name.
    pub(crate) fn change(&self, method: &str, path: &str, from: &str, body: &Value) -> Result<Response> {
        let request = Request::new(method, format!("{}{path}", self.base)).header("from", from).json(body)?;
        answered(request, method, path)
    }
}

fn answered(request: Request, method: &str, path: &str) -> Result<Response> {
    let response = request.header("accept", ACCEPT).timeout(TIMEOUT).send()?;
    understood(response).map_err(|error| error.context(format!("{method} {path}")))
}

/// The response, if it says success; else what PagerDuty means by it, with its own words.
fn understood(response: Response) -> Result<Response> {
    let said = said(&response);
    match response.status {
        401 => Err(Error::Denied(format!(
            "PagerDuty does not know the token (401{said}); make another API access key, and name it under `grants.credentials.api`"
        ))),
        402 => Err(Error::Denied(format!("the plan of the PagerDuty account does not have this (402{said})"))),
        403 => Err(Error::Denied(format!(
            "the token may not do this (403{said}); read the plugin's documentation for what it has to be allowed"
        ))),
        404 => Err(Error::NotFound(format!("PagerDuty has no such thing (404{said})"))),
        400 | 422 => Err(Error::Invalid(format!("PagerDuty refuses the request ({}{said})", response.status))),
        _ => response.ok(),
    }
}

/// Whether PagerDuty does not know who asks, so that nothing can be read.
pub(crate) fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Denied(said) if said.contains("does not know the token (401"))
}

#[derive(Deserialize)]
struct Refusal {
    error: Refused,
}

#[derive(Deserialize)]
struct Refused {
    message: String,
    #[serde(default, deserialize_with = "lenient::list")]
    errors: Vec<String>,
}

/// What PagerDuty says of a refusal, behind a colon; nothing where it says nothing.
fn said(response: &Response) -> String {
    let Ok(Refusal { error: Refused { message, errors } }) = response.json() else { return String::new() };
    let text = [vec![message], errors].concat().join(", ");
    format!(": {}", text.chars().take(300).collect::<String>())
}

/// A query, with its question mark; nothing if there are no parameters.
fn written(query: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, PLAIN));
    let pairs: Vec<String> = query.iter().map(pair).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
