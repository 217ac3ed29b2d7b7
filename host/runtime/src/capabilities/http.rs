//! `http`: one exchange with the outside, through the egress.

use std::time::Duration;

use portico_api_types::LogLevel;
use portico_manifest::{Capability, Limits, Size};
use url::Url;

use crate::bindings::portico::plugin::http::{Host, Request, Response};
use crate::bindings::portico::plugin::types::{Error, Unavailable};
use crate::egress::{self, Class, EgressError};
use crate::guest::Guest;

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        if let Err(error) = self.may_change(&request.method) {
            return Ok(Err(error));
        }
        if let Err(error) = self.count_request() {
            return Ok(Err(error));
        }
        let request = outwards(request);
        let (loaded, url) = (self.call.loaded.clone(), request.url.clone());
        let sent = loaded.client.send(&loaded.rights, request, self.call.deadline).await;
        Ok(match sent {
            Ok(response) => {
                self.note_missing_credential(&url, response.status);
                Ok(Response { status: response.status, headers: response.headers, body: response.body })
            }
            Err(error) => Err(self.explain(&error)),
        })
    }
}

/// A request as it leaves a guest.
pub(super) fn outwards(request: Request) -> egress::Request {
    egress::Request {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: request.body,
        timeout: request.timeout_ms.map(|milliseconds| Duration::from_millis(milliseconds.into())),
    }
}

impl Guest {
    /// Whether a request may be sent: in a dry run, one that changes nothing on the other side.
    pub(super) fn may_change(&self, method: &str) -> Result<(), Error> {
        match self.call.is_dry && !matches!(method.to_ascii_uppercase().as_str(), "GET" | "HEAD" | "OPTIONS") {
            true => Err(Error::Denied(format!("no {method} is sent in a dry run"))),
            false => Ok(()),
        }
    }

    /// Counts a request, if one more may be sent.
    pub(super) fn count_request(&mut self) -> Result<(), Error> {
        if !self.may_send.allows(self.requests.into()) {
            return Err(self.too_many_requests());
        }
        self.requests += 1;
        Ok(())
    }

    /// Says which secret was not granted, where a server lets nobody in without one.
    pub(super) fn note_missing_credential(&self, url: &str, status: u16) {
        let url = Url::parse(url).ok().filter(|_| matches!(status, 401 | 403));
        let Some(url) = &url else { return };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else { return };
        if let Some(denial) = self.call.loaded.rights.credential_missing(&host, port) {
            self.call.counters.denial(denial.capability);
            self.call.live.once(LogLevel::Warn, &format!("{host} answers {status}. {denial}"));
        }
    }

    fn too_many_requests(&self) -> Error {
        self.call.counters.denial(Capability::Requests);
        let sent = self.requests;
        let mut text = format!(
            "the call has sent {sent} requests, as many as one may; commit what was read, with a cursor that says where the next goes on"
        );
        let rights = &self.call.loaded.rights;
        // Where somebody waits, no grant makes it more.
        if self.call.is_patient && sent < Limits::MOST.requests {
            let enough = sent.saturating_mul(2).min(Limits::MOST.requests);
            let lines = rights.limit_lines(Capability::Requests, &enough.to_string());
            text.push_str(&format!(". If it needs more at once, allow it in {}:\n{lines}", rights.written()));
        }
        Error::Failed(text)
    }

    pub(super) fn explain(&self, error: &EgressError) -> Error {
        let text = error.to_string();
        match (error.class(), error) {
            (_, EgressError::NotGranted(denial)) => Error::Denied(self.refused(denial)),
            (Class::Denied, _) => {
                self.call.counters.denial(Capability::Http);
                self.call.live.log(LogLevel::Warn, &text);
                Error::Denied(text)
            }
            (_, EgressError::TooLarge { limit, .. }) => {
                self.call.counters.denial(Capability::Response);
                let rights = &self.call.loaded.rights;
                let enough = Size::bytes(limit.saturating_mul(2)).min(Limits::MOST.response);
                let lines = rights.limit_lines(Capability::Response, &enough.yaml());
                let written = rights.written();
                Error::Failed(format!("{text}. If it needs that much at once, allow it in {written}:\n{lines}"))
            }
            (Class::Invalid, _) => Error::Invalid(text),
            (Class::Unavailable, _) => Error::Unavailable(Unavailable { reason: text, retry_after: None }),
            (Class::Failed, _) => Error::Failed(text),
        }
    }
}
