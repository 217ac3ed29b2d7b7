//! Extension point: HTTP requests that reach the plugin under `/api/plugins/<name>/`.
//!
//! ```
//! use portico_sdk::routes::{Request, Response};
//! use portico_sdk::{Result, state};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Deployment {
//!     service: String,
//!     version: String,
//! }
//!
//! fn webhook(request: &Request) -> Result<Response> {
//!     let deployment: Deployment = request.json()?;
//!     state::set(&format!("version/{}", deployment.service), &deployment.version)?;
//!     Ok(Response::accepted())
//! }
//!
//! portico_sdk::plugin! { routes: webhook }
//! ```
//!
//! Size, rate and, where the manifest says how, signature and replay were checked before. An error becomes an answer of its own: `Invalid`
//! is 400, `Denied` 403, `NotFound` 404, `Unavailable` 503 with its `retry-after`. What is said of any other stays in the portal's
//! log: who sent the request may be anybody.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::routes::exports::portico::plugin::routes as contract;
use crate::error::{Error, Result};
use crate::http::address;
use crate::run::{Level, log};

/// What came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// Below `/api/plugins/<name>`, with a slash in front.
    pub path: String,
    /// Without the question mark; empty where there is none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What followed them.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first parameter of a name in the query, as it was meant.
    pub fn parameter(&self, name: &str) -> Option<String> {
        address::parameters(&self.query).find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The body, read as JSON; what is none is the sender's mistake.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::Invalid(format!("the body is not as expected: {error}")))
    }
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Of these, `content-type`, `location`, `retry-after` and those that begin with `x-` are sent, except for what steers a proxy, such
    /// as `x-accel-redirect`.
    pub headers: Vec<(String, String)>,
    /// What follows them.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with nothing in it.
    pub fn new(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: Vec::new() }
    }

    /// It is done: 204.
    pub fn done() -> Response {
        Response::new(204)
    }

    /// It will be done: 202.
    pub fn accepted() -> Response {
        Response::new(202)
    }

    /// An answer in JSON: 200.
    pub fn json<T: Serialize + ?Sized>(body: &T) -> Result<Response> {
        let body = serde_json::to_vec(body)?;
        Ok(Response { body, ..Response::new(200).header("content-type", "application/json") })
    }

    /// A sentence: 200.
    pub fn text(body: impl Into<String>) -> Response {
        Response {
            body: body.into().into_bytes(),
            ..Response::new(200).header("content-type", "text/plain; charset=utf-8")
        }
    }

    /// With another status.
    #[must_use]
    pub fn status(self, status: u16) -> Response {
        Response { status, ..self }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Response {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl From<Error> for Response {
    fn from(error: Error) -> Response {
        let text = error.to_string();
        match error {
            Error::Invalid(_) => Response::text(text).status(400),
            Error::Denied(_) => Response::text(text).status(403),
            Error::NotFound(_) => Response::text(text).status(404),
            Error::Unavailable { reason, retry_after } => {
                let response = Response::text(reason).status(503);
                match retry_after {
                    Some(seconds) => response.header("retry-after", seconds.to_string()),
                    None => response,
                }
            }
            Error::Failed(_) => Response::text("the plugin failed; the portal's log says why").status(500),
        }
    }
}

/// Answers a request.
#[doc(hidden)]
pub fn enter(handle: fn(&Request) -> Result<Response>, request: contract::Request) -> contract::Response {
    crate::plugin::begin();
    let contract::Request { method, path, query, headers, body } = request;
    let request = Request { method, path, query, headers, body };
    let Response { status, headers, body } = handle(&request).unwrap_or_else(|error| {
        log(Level::Warn, &format!("{} {}: {error}", request.method, request.path));
        error.into()
    });
    contract::Response { status, headers, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(handle: fn(&Request) -> Result<Response>) -> contract::Response {
        let request = contract::Request {
            method: "POST".into(),
            path: "/deployments".into(),
            query: "dry=yes&name=a%2Fb+c".into(),
            headers: vec![("x-event".into(), "push".into())],
            body: b"{}".to_vec(),
        };
        enter(handle, request)
    }

    #[test]
    fn a_request_is_read_by_name() {
        let answer = answered(|request| {
            assert_eq!(request.header("X-Event"), Some("push"));
            assert_eq!(request.parameter("name").as_deref(), Some("a/b c"));
            assert_eq!(request.parameter("none"), None);
            Response::json(&request.json::<serde_json::Value>()?)
        });
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"{}"[..]));
    }

    #[test]
    fn an_error_is_an_answer_and_tells_strangers_nothing_of_the_inside() {
        let answer = answered(|request| request.json::<Vec<u8>>().map(|_| Response::done()));
        assert_eq!(answer.status, 400);
        assert!(String::from_utf8_lossy(&answer.body).starts_with("the body is not as expected"), "{answer:?}");
        let answer = answered(|_| Err(Error::Unavailable { reason: "later".into(), retry_after: Some(9) }));
        assert_eq!(answer.status, 503);
        assert!(answer.headers.contains(&("retry-after".into(), "9".into())), "{answer:?}");
        let answer = answered(|_| Err(Error::Failed("the key is in /etc".into())));
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (500, &b"the plugin failed; the portal's log says why"[..])
        );
    }
}
