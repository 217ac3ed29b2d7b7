//! The portal, as an agent sees it: a client of the agents' routes.
//!
//! Rule: what is not encrypted stays on this machine, an exchange always ends, and the token is shown to nobody else. An error says whether it
//! is worth trying again.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use portico_api_types::{AgentClaim, AgentOrder, AgentWork};
use portico_supply::{Options, SupplyError, exchange};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How long an exchange may take: a claim that waits, and some more.
const USUAL: Duration = Duration::from_secs(45);

/// The same for a sign of life: several fit into a lease, so that one that hangs on the way does not end it.
const SIGN: Duration = Duration::from_secs(7);

/// The same for a package, or a session, which the portal stores before it answers.
const LONG: Duration = Duration::from_secs(300);

/// The largest answer that is read: a page of the catalog with its quotes, and a registry of kinds.
const ANSWER: u64 = 64 << 20;

/// The largest package.
const PACKAGE: u64 = 64 << 20;

/// The portal that an agent works for.
pub struct AgentPortal {
    at: Uri,
    token: HeaderValue,
    options: Options,
}

/// Why the portal did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// It is not there, or not able to; that may pass.
    #[error("{0}")]
    Away(String),
    /// The run has ended there, or another agent works it.
    #[error("{0}")]
    Over(String),
    /// It does not know the token.
    #[error("{0}")]
    Unknown(String),
    /// It does not take what it was sent.
    #[error("{0}")]
    Refused(String),
}

impl fmt::Debug for AgentPortal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentPortal").field("at", &self.at).finish_non_exhaustive()
    }
}

impl AgentPortal {
    /// A portal at an address, with the agent's token.
    pub fn new(at: Uri, token: &str, options: Options) -> Result<AgentPortal, String> {
        let mut token = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| "the agent's token holds characters that no header can carry; make another".to_owned())?;
        token.set_sensitive(true);
        Ok(AgentPortal { at, token, options })
    }

    /// Its address.
    pub fn address(&self) -> &Uri {
        &self.at
    }

    /// Asks for something to do, for some seconds.
    pub async fn claim(&self, instance: &str) -> Result<Option<AgentOrder>, PortalError> {
        let claim = AgentClaim { instance: instance.to_owned() };
        let work: AgentWork = self.post("/claims", &claim).await?;
        Ok(work.order)
    }

    /// Fetches a package.
    pub(super) async fn package(&self, digest: &str) -> Result<Vec<u8>, PortalError> {
        self.send(Method::GET, &format!("/packages/{digest}"), "application/wasm", Bytes::new(), LONG, PACKAGE).await
    }

    /// Says something in JSON, and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, PortalError> {
        self.say(path, body, USUAL).await
    }

    /// The same for a sign of life, which is worth nothing later.
    pub(super) async fn sign<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, PortalError> {
        self.say(path, body, SIGN).await
    }

    async fn say<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
        whole: Duration,
    ) -> Result<T, PortalError> {
        let body = serde_json::to_vec(body).map_err(|error| PortalError::Refused(error.to_string()))?;
        let answer = self.send(Method::POST, path, "application/json", body.into(), whole, ANSWER).await?;
        self.read(&answer)
    }

    /// Sends a session.
    pub(super) async fn put<T: DeserializeOwned>(&self, path: &str, lines: Bytes) -> Result<T, PortalError> {
        let answer = self.send(Method::PUT, path, "application/x-ndjson", lines, LONG, ANSWER).await?;
        self.read(&answer)
    }

    fn read<T: DeserializeOwned>(&self, answer: &[u8]) -> Result<T, PortalError> {
        serde_json::from_slice(answer).map_err(|error| {
            PortalError::Refused(format!(
                "{} answers something else than a portal of this version does: {error}",
                self.at
            ))
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Bytes,
        whole: Duration,
        largest: u64,
    ) -> Result<Vec<u8>, PortalError> {
        let address = format!("{}/api/portico/agent{path}", self.at.to_string().trim_end_matches('/'));
        let request = Request::builder().method(method).uri(address).header(header::CONTENT_TYPE, kind);
        let request = request.header(header::AUTHORIZATION, self.token.clone()).body(body);
        let request = request.map_err(|error| PortalError::Refused(error.to_string()))?;
        let mut options = self.options.clone();
        options.limits.whole = whole;
        let (parts, body) = exchange(request, largest, &options).await.map_err(|error| self.away(&error))?.into_parts();
        if parts.status.is_success() { Ok(body) } else { Err(self.refused(parts.status, &body)) }
    }

    fn away(&self, error: &SupplyError) -> PortalError {
        PortalError::Away(format!("no portal answers at {}: {error}", self.at))
    }

    /// The portal's own sentence, by what it means.
    fn refused(&self, status: StatusCode, body: &[u8]) -> PortalError {
        let said = serde_json::from_slice::<Value>(body).ok();
        let said = said.as_ref().and_then(|body| body["error"]["message"].as_str()).map(str::to_owned);
        let sentence = said.unwrap_or_else(|| format!("{} answers {status}; is it a portal?", self.at));
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PortalError::Unknown(sentence),
            StatusCode::CONFLICT => PortalError::Over(sentence),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => PortalError::Away(sentence),
            status if status.is_server_error() => PortalError::Away(sentence),
            _ => PortalError::Refused(sentence),
        }
    }
}
