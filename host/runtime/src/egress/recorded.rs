//! Requests and responses as a recording holds them, and as it is written: headers a line each, a body as text where it is text.
//!
//! Rule: what is called like a secret is left out before anything is written or compared, so that a recording fits whoever has others.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use url::Url;

use super::policy::Target;
use super::recording::{Exchange, Failure, Outcome};
use super::send::{Request, Response};

/// What stands where a secret stood.
const SECRET: &str = "[secret]";

/// Headers and parameters whose names hold one of these carry secrets.
const SECRET_NAMES: [&str; 9] =
    ["authorization", "cookie", "token", "secret", "password", "signature", "credential", "api-key", "apikey"];

/// A request as it is recorded and compared: by method, address and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecordedRequest {
    pub(super) method: String,
    pub(super) url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl RecordedRequest {
    /// Of a request that has passed the checks.
    pub(super) fn of(target: &Target, request: &Request) -> RecordedRequest {
        RecordedRequest {
            method: target.method().as_str().to_owned(),
            url: without_secrets(target.url()),
            headers: request.headers.iter().map(scrubbed).collect(),
            body: request.body.clone().unwrap_or_default(),
        }
    }

    /// Whether two requests ask for the same.
    pub(super) fn asks_same(&self, other: &RecordedRequest) -> bool {
        self.is_about(other) && self.body == other.body
    }

    /// Whether they differ in nothing but the body.
    pub(super) fn is_about(&self, other: &RecordedRequest) -> bool {
        self.method == other.method && self.url == other.url
    }
}

impl std::fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// A response as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecordedResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl RecordedResponse {
    pub(super) fn of(response: &Response) -> RecordedResponse {
        RecordedResponse {
            status: response.status,
            headers: response.headers.iter().map(scrubbed).collect(),
            body: response.body.clone(),
        }
    }

    pub(super) fn again(&self) -> Response {
        Response { status: self.status, headers: self.headers.clone(), body: self.body.clone() }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

fn scrubbed((name, value): &(String, String)) -> (String, String) {
    (name.clone(), if is_secret(name) { SECRET.to_owned() } else { value.clone() })
}

/// An address whose parameters that are called like secrets have no values.
fn without_secrets(url: &Url) -> String {
    if !url.query_pairs().any(|(name, _)| is_secret(&name)) {
        return url.to_string();
    }
    let kept = url.query_pairs().map(|(name, value)| {
        let value = if is_secret(&name) { SECRET.into() } else { value };
        (name.into_owned(), value.into_owned())
    });
    let kept: Vec<(String, String)> = kept.collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(kept);
    url.to_string()
}

/// An exchange as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    request: WrittenRequest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response: Option<WrittenResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRequest {
    method: String,
    url: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenResponse {
    status: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl From<Exchange> for Written {
    fn from(Exchange { request, outcome }: Exchange) -> Written {
        let RecordedRequest { method, url, headers, body } = request;
        let (body, base64) = body_out(body);
        let request = WrittenRequest { method, url, headers: headers_out(headers), body, base64 };
        match outcome {
            Outcome::Failure(failure) => Written { request, response: None, failure: Some(failure) },
            Outcome::Response(RecordedResponse { status, headers, body }) => {
                let (body, base64) = body_out(body);
                let response = WrittenResponse { status, headers: headers_out(headers), body, base64 };
                Written { request, response: Some(response), failure: None }
            }
        }
    }
}

impl TryFrom<Written> for Exchange {
    type Error = String;

    fn try_from(Written { request, response, failure }: Written) -> Result<Exchange, String> {
        let WrittenRequest { method, url, headers, body, base64 } = request;
        let url = Url::parse(&url).map_err(|error| format!("`{url}` is no address: {error}"))?;
        let request = RecordedRequest {
            method,
            url: without_secrets(&url),
            headers: headers_in(headers)?,
            body: body_in(body, base64)?,
        };
        let outcome = match (response, failure) {
            (Some(WrittenResponse { status, headers, body, base64 }), None) => {
                if !(100..=999).contains(&status) {
                    return Err(format!("`{status}` is no status; write one such as `200`"));
                }
                let (headers, body) = (headers_in(headers)?, body_in(body, base64)?);
                Outcome::Response(RecordedResponse { status, headers, body })
            }
            (None, Some(failure)) => Outcome::Failure(failure),
            _ => return Err("an exchange has either a `response` or a `failure`".to_owned()),
        };
        Ok(Exchange { request, outcome })
    }
}

fn headers_out(headers: Vec<(String, String)>) -> Vec<String> {
    headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

fn headers_in(lines: Vec<String>) -> Result<Vec<(String, String)>, String> {
    let header = |line: String| match line.split_once(':') {
        Some((name, value)) => {
            Ok((name.trim().to_ascii_lowercase(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
        }
        None => Err(format!("`{line}` is no header; write one such as `content-type: application/json`")),
    };
    lines.into_iter().map(header).collect()
}

/// A body as text, or as base64 where it is none.
fn body_out(body: Vec<u8>) -> (Option<String>, Option<String>) {
    match String::from_utf8(body) {
        Ok(text) if text.is_empty() => (None, None),
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some(BASE64_STANDARD.encode(error.as_bytes()))),
    }
}

fn body_in(body: Option<String>, base64: Option<String>) -> Result<Vec<u8>, String> {
    match (body, base64) {
        (Some(_), Some(_)) => Err("there is a `body` and a `base64`; keep one".to_owned()),
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(encoded)) => {
            BASE64_STANDARD.decode(encoded.trim()).map_err(|error| format!("`base64` cannot be read: {error}"))
        }
        (None, None) => Ok(Vec::new()),
    }
}
