//! A portal that runs, asked through its API.
//!
//! Rule: what is not encrypted stays on this machine, and whatever a portal does, an exchange ends. An error is the portal's own sentence, or
//! says that no portal answered. What the answers mean is for those who ask.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Builder;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portico_api_types::{Plugin, PluginChanges};
use portico_supply::{Options, SupplyError, exchange};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

/// How long a portal may take: two minutes to fetch a package itself, and as long again to compile it or to be sent it.
const PATIENCE: Duration = Duration::from_secs(300);

/// The largest answer that is read: hundreds of plugins with all that they ask for.
const LARGEST: u64 = 16 << 20;

/// What to do where nobody answers.
const ELSEWHERE: &str = "Name another address with --at";

/// The media type of documents.
pub(crate) const JSON: &str = "application/json";

/// The media type of packages.
pub(crate) const WASM: &str = "application/wasm";

/// Which portal.
#[derive(clap::Args)]
pub(crate) struct At {
    /// The portal's address.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7007")]
    at: Uri,
    /// The portal's token, if it wants one.
    #[arg(long, env = "PORTICO_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl At {
    /// One plugin.
    pub(crate) async fn plugin(&self, name: &str) -> Result<Plugin, Box<dyn Error>> {
        self.ask(Method::GET, &format!("/plugins/{name}"), JSON, Vec::new()).await
    }

    /// Changes a plugin.
    pub(crate) async fn change(&self, name: &str, changes: PluginChanges) -> Result<(), Box<dyn Error>> {
        self.send(Method::PATCH, &format!("/plugins/{name}"), JSON, serde_json::to_vec(&changes)?).await.map(drop)
    }

    /// Asks the portal something that it answers with a document.
    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<T, Box<dyn Error>> {
        Ok(serde_json::from_slice(&self.send(method, path, kind, body).await?)?)
    }

    /// Asks the portal something, and reads all of its answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<Bytes, Box<dyn Error>> {
        let request = self.request(method, path, kind)?.body(body.into())?;
        let mut options = Options::system();
        options.limits.whole = PATIENCE;
        let answer = exchange(request, LARGEST, &options).await;
        let (parts, bytes) = answer.map_err(|error| self.unanswered(&error))?.into_parts();
        if parts.status.is_success() { Ok(bytes.into()) } else { Err(self.refused(parts.status, &bytes)) }
    }

    /// Asks a portal of this machine something whose answer is read as it comes, for as long as it goes on.
    pub(crate) async fn open(&self, path: &str, kind: &str) -> Result<Response<Incoming>, Box<dyn Error>> {
        let request = self.request(Method::GET, path, kind)?.body(Body::empty())?;
        let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
        let answered = client.request(request).await;
        let response = answered.map_err(|error| format!("no portal answers at {}: {error}. {ELSEWHERE}", self.at))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let read = response.into_body().collect().await;
        let bytes = read.map_err(|error| format!("the portal's answer broke off: {error}"))?.to_bytes();
        Err(self.refused(status, &bytes))
    }

    fn request(&self, method: Method, path: &str, kind: &str) -> Result<Builder, Box<dyn Error>> {
        let request = Request::builder().method(method).uri(self.address(path)).header(header::CONTENT_TYPE, kind);
        let Some(token) = &self.token else { return Ok(request) };
        let mut token = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| "the token holds characters that no header can carry; check --token or PORTICO_TOKEN")?;
        token.set_sensitive(true);
        Ok(request.header(header::AUTHORIZATION, token))
    }

    /// A path is one below `/api/portico`, or a whole one that begins with `/api/`.
    fn address(&self, path: &str) -> String {
        let below = if path.starts_with("/api/") { "" } else { "/api/portico" };
        format!("{}{below}{path}", self.at.to_string().trim_end_matches('/'))
    }

    /// The portal's own sentence.
    fn refused(&self, status: StatusCode, body: &[u8]) -> Box<dyn Error> {
        let said = serde_json::from_slice::<Value>(body).ok().and_then(|body| said(&body));
        said.unwrap_or_else(|| format!("{} answers {status}; is it a portal?", self.at)).into()
    }

    fn unanswered(&self, error: &SupplyError) -> String {
        match error {
            SupplyError::Unreachable { .. } | SupplyError::Unresolved { .. } => {
                format!("no portal answers at {}: {error}. {ELSEWHERE}", self.at)
            }
            other => other.to_string(),
        }
    }
}

/// What an answer that refuses something says: one sentence, or a line for each value that is wrong.
fn said(body: &Value) -> Option<String> {
    if let Some(message) = body["error"]["message"].as_str() {
        return Some(message.to_owned());
    }
    let wrong: Vec<&str> = body["errors"].as_array()?.iter().filter_map(|error| error["stack"].as_str()).collect();
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// Does something to its end.
pub(crate) fn wait<T>(work: impl Future<Output = Result<T, Box<dyn Error>>>) -> Result<T, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // What a thread of its own still works on is not waited for.
    runtime.shutdown_background();
    done
}

/// Does something to its end, or until somebody asks the process to stop (Ctrl-C or SIGTERM): then there is no answer, and what was
/// begun is let go of.
pub(crate) async fn unless_stopped<T>(
    work: impl Future<Output = Result<T, Box<dyn Error>>>,
) -> Result<Option<T>, Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = work => done.map(Some),
        _ = interrupt.recv() => Ok(None),
        _ = terminate.recv() => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(at: &At) -> String {
        wait(at.plugin("git")).unwrap_err().to_string()
    }

    #[test]
    fn a_portal_elsewhere_is_spoken_to_with_encryption_alone() {
        let at = At { at: Uri::from_static("http://192.0.2.1:7007"), token: Some("s3cret".to_owned()) };
        assert_eq!(
            asked(&at),
            "192.0.2.1:7007 leads to 192.0.2.1, and only this machine is spoken to without encryption; use https"
        );
    }

    #[test]
    fn every_value_that_is_wrong_is_said() {
        for (body, expected) in [
            (
                json!({ "error": { "name": "NotFoundError", "message": "No such template." } }),
                Some("No such template."),
            ),
            (
                json!({ "errors": [{ "stack": "instance.name is too long" }, { "stack": "instance.owner is missing" }] }),
                Some("instance.name is too long\ninstance.owner is missing"),
            ),
            (json!({ "errors": [] }), None),
            (json!("nginx"), None),
        ] {
            assert_eq!(said(&body).as_deref(), expected);
        }
    }

    #[test]
    fn where_nobody_answers_another_address_can_be_named() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for scheme in ["http", "https"] {
            let at = At { at: format!("{scheme}://{taken}").parse().unwrap(), token: None };
            let error = asked(&at);
            assert!(error.starts_with(&format!("no portal answers at {scheme}://{taken}/: ")), "{error}");
            assert!(error.ends_with(". Name another address with --at"), "{error}");
        }
    }
}
