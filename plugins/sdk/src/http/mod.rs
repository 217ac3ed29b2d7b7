//! HTTP exchanges. The host checks the grant, adds the credentials, and follows no redirect.
//!
//! ```no_run
//! use portico_sdk::http::{self, Paging};
//! use portico_sdk::{Result, info};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Service {
//!     name: String,
//! }
//!
//! fn services() -> Result<()> {
//!     let mut pages = http::get("https://api.example/services").pages(Paging::links());
//!     for service in pages.items::<Service>("") {
//!         info!("{}", service?.name);
//!     }
//!     Ok(())
//! }
//! ```

pub(crate) mod address;
mod pages;
mod patience;
pub mod stream;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::host::http as host;

use patience::Patience;

pub use pages::{Budget, Items, Pages, Paging};

/// A request that is being put together.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    timeout: Option<Duration>,
    patience: Patience,
}

/// What a server answered, with any status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// In order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// What followed them.
    pub body: Vec<u8>,
}

/// A `GET` request.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

/// A `POST` request.
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}

impl Request {
    /// A request with any method.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Request {
        Request {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout: None,
            patience: Patience::default(),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Request {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Request {
        self.body = Some(body);
        self
    }

    /// With a body of JSON, and the header that says so.
    pub fn json<T: Serialize>(self, body: &T) -> Result<Request> {
        let body = serde_json::to_vec(body)?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// With a limit for the whole exchange.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Request {
        self.timeout = Some(timeout);
        self
    }

    /// Which waits, and asks again, where the server limits the rate: as long as the server says, and in all no longer than this. It
    /// is for what may be asked twice.
    #[must_use]
    pub fn patient(mut self, time: Duration) -> Request {
        self.patience = Patience::of(time);
        self
    }

    /// Sends it.
    pub fn send(self) -> Result<Response> {
        let mut patience = self.patience;
        let request = self.outwards();
        loop {
            let host::Response { status, headers, body } = host::send(&request)?;
            let response = Response { status, headers, body };
            if !patience.waits(&response, &request.url) {
                return Ok(response);
            }
        }
    }
}

impl Request {
    /// As the contract has it.
    fn outwards(self) -> host::Request {
        host::Request {
            method: self.method,
            url: self.url,
            headers: self.headers,
            body: self.body,
            timeout_ms: self.timeout.map(milliseconds),
        }
    }
}

/// A span of time as the contract has it.
fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

impl Response {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Where a header `Link` leads: the address with this `rel`, such as `next`.
    pub fn link(&self, rel: &str) -> Option<&str> {
        let links = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link"));
        let mut links = links.flat_map(|(_, value)| value.split('<').skip(1)).filter_map(|link| link.split_once('>'));
        links.find(|(_, parameters)| is_rel(parameters, rel)).map(|(address, _)| address)
    }

    /// The response, if its status says success; else what the status means. A server that limits the rate is [`Error::Unavailable`]:
    /// the portal begins the next run when it wants to be asked again.
    pub fn ok(self) -> Result<Response> {
        let said = |meaning: &str| format!("the server answered {}: {meaning}", self.status);
        if let Some(pause) = self.pause() {
            let retry_after = pause.map(|pause| u32::try_from(pause.as_secs()).unwrap_or(u32::MAX));
            return Err(Error::Unavailable { reason: said("it asks for a pause"), retry_after });
        }
        match self.status {
            200..=299 => Ok(self),
            401 | 403 => {
                Err(Error::Denied(said("it does not let the portal in; check `grants.credentials` of the plugin")))
            }
            404 | 410 => Err(Error::NotFound(said("there is no such thing"))),
            500..=599 => Err(Error::Unavailable { reason: said("it fails on its side"), retry_after: None }),
            _ => Err(Error::Failed(said("that was not expected"))),
        }
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// Whether a link's parameters, such as `; rel="next last"`, name this relation.
fn is_rel(parameters: &str, rel: &str) -> bool {
    let named = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let mut named = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel"));
    named.any(|(_, value)| {
        let value = value.trim().trim_end_matches(',').trim_end().trim_matches('"');
        value.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(rel))
    })
}
