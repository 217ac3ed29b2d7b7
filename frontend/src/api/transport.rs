//! Requests on the server: they stay in the process.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::ApiError;

/// A request to the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// Path and query, such as `/api/portico/runs?limit=20`.
    pub path: String,
    /// A JSON document to send with `POST`; a `GET` if there is none.
    pub body: Option<String>,
}

/// Status and body of an answer, or why there is none.
pub type Answer = Result<(u16, String), String>;

type Carried = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Carries requests of server-rendered pages to the API.
///
/// The server puts one into the context of every page that it renders; it is expected to hand the request to the very
/// router that answers outside clients.
#[derive(Clone)]
pub struct Transport(Arc<dyn Fn(ApiRequest) -> Carried + Send + Sync>);

impl Transport {
    /// A transport that answers with `carry`.
    pub fn new<F>(carry: impl Fn(ApiRequest) -> F + Send + Sync + 'static) -> Transport
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        Transport(Arc::new(move |request| Box::pin(carry(request))))
    }
}

pub(super) async fn send(
    transport: Option<&Transport>,
    path: &str,
    body: Option<String>,
) -> Result<(u16, String), ApiError> {
    let transport = transport.ok_or_else(|| {
        ApiError::unreachable(
            "The page was rendered without a way to the API. This is a fault of the server.".to_owned(),
        )
    })?;
    (transport.0)(ApiRequest { path: path.to_owned(), body }).await.map_err(ApiError::unreachable)
}
