//! A portal that runs, asked through its API.
//!
//! Rule: an error is the portal's own sentence, or says that no portal answered. What the answers mean is for those who ask.

use std::error::Error;
use std::future::Future;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, Uri, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portico_api_types::{Plugin, PluginChanges};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

/// The media type of documents.
pub(super) const JSON: &str = "application/json";

/// The media type of packages.
pub(super) const WASM: &str = "application/wasm";

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
    pub(super) async fn plugin(&self, name: &str) -> Result<Plugin, Box<dyn Error>> {
        self.ask(Method::GET, &format!("/plugins/{name}"), JSON, Vec::new()).await
    }

    /// Changes a plugin.
    pub(super) async fn change(&self, name: &str, changes: PluginChanges) -> Result<(), Box<dyn Error>> {
        self.send(Method::PATCH, &format!("/plugins/{name}"), JSON, serde_json::to_vec(&changes)?).await.map(drop)
    }

    /// Asks the portal something that it answers with a document.
    pub(super) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<T, Box<dyn Error>> {
        Ok(serde_json::from_slice(&self.send(method, path, kind, body).await?)?)
    }

    /// Asks the portal something, and reads all of its answer.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<Bytes, Box<dyn Error>> {
        all_of(self.open(method, path, kind, body).await?).await
    }

    /// Asks the portal something whose answer is read as it comes.
    pub(super) async fn open(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<Response<Incoming>, Box<dyn Error>> {
        let address = format!("{}/api/portico{path}", self.at.to_string().trim_end_matches('/'));
        let mut request = Request::builder().method(method).uri(&address).header(header::CONTENT_TYPE, kind);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
        let answered = client.request(request.body(Body::from(body))?).await;
        let response = answered.map_err(|error| {
            format!("no portal answers at {} ({error}); start it, or name its address with --at", self.at)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let said = serde_json::from_slice::<Value>(&all_of(response).await?).ok();
        let said = said.as_ref().and_then(|body| body["error"]["message"].as_str());
        Err(said.map_or_else(|| format!("the portal answers {status}"), str::to_owned).into())
    }
}

async fn all_of(response: Response<Incoming>) -> Result<Bytes, Box<dyn Error>> {
    let read = response.into_body().collect().await;
    Ok(read.map_err(|error| format!("the portal's answer broke off: {error}"))?.to_bytes())
}

/// Does something to its end.
pub(super) fn wait<T>(work: impl Future<Output = Result<T, Box<dyn Error>>>) -> Result<T, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // What a thread of its own still works on is not waited for.
    runtime.shutdown_background();
    done
}

/// Does something to its end, or until somebody asks the process to stop (Ctrl-C or SIGTERM): then there is no answer, and what was
/// begun is let go of.
pub(super) async fn unless_stopped<T>(
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
