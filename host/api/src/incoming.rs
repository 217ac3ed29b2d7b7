//! Requests from outside: for plugins (`/api/plugins/{name}/…`), and JSON for the portal itself (`/api/ingest/{source}`).
//!
//! Rule: they are checked by the runtime, and by the portal's token where no signature vouches for them. What a plugin answers is shown
//! to nobody as a page of this portal.

use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use portico_runtime::{Arrived, IngestScope, IntakeError, RouteAnswer};

use crate::body;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// The routes; they are not described, as each plugin has its own.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/api/ingest/{source}", post(ingest))
        .route("/api/plugins/{name}", any(root))
        .route("/api/plugins/{name}/{*path}", any(below))
}

async fn root(State(state): State<ApiState>, Path(name): Path<String>, request: Request) -> Result<Response, ApiError> {
    pass(&state, &name, request).await
}

async fn below(
    State(state): State<ApiState>,
    Path((name, _)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    pass(&state, &name, request).await
}

/// Takes JSON into the catalog. `?scope=` names the part of the source that it speaks of, `?mode=full` says that it names all of it.
async fn ingest(
    State(state): State<ApiState>,
    Path(source): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    let (limit, is_signed) = state.runtime.ingest_source(&source)?;
    if !is_signed {
        state.guard.token(request.headers())?;
    }
    let params = Params::parse(raw.as_deref(), &["scope", "mode"])?;
    let is_full = params.choice("mode", &[("full", true), ("delta", false)])?.unwrap_or(false);
    let scope = IngestScope { scope: params.one("scope")?.unwrap_or("default").to_owned(), is_full };
    let arrived = arrived(request, format!("/{source}"), limit).await?;
    match state.runtime.take_in(&source, scope, arrived).await {
        Ok(ingested) => Ok(Json(ingested).into_response()),
        Err(IntakeError::Again) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error.into()),
    }
}

/// A request with its body, up to a limit.
async fn arrived(request: Request, path: String, limit: u64) -> Result<Arrived, ApiError> {
    let method = request.method().as_str().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let headers = headers(request.headers());
    let body = body::whole(request.into_body(), limit).await?.to_vec();
    Ok(Arrived { method, path, query, headers, body })
}

async fn pass(state: &ApiState, name: &str, request: Request) -> Result<Response, ApiError> {
    // As it was written: what is decoded could be another path to whoever reads it.
    let path =
        request.uri().path().strip_prefix("/api/plugins/").and_then(|rest| rest.strip_prefix(name)).unwrap_or("");
    let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    let method = request.method().as_str().to_owned();
    let route = state.runtime.route(name, &method, &path)?;
    if !route.is_signed() {
        state.guard.token(request.headers())?;
    }
    let arrived = arrived(request, path, route.size()).await?;
    match state.runtime.handle(route, arrived).await {
        Ok(answer) => Ok(response(answer)),
        // Whoever sends it again has been heard; an error would have them send it once more.
        Err(IntakeError::Again) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Names are in lower case already; a value that is no text is one that nothing here reads.
fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text =
        |(name, value): (&HeaderName, &HeaderValue)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()));
    headers.iter().filter_map(text).collect()
}

fn response(answer: RouteAnswer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    // It comes from the portal's own address, and must not be a page of it: no script, no forms, no guessing of types.
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/octet-stream"));
    response
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> ApiError {
        let message = error.to_string();
        match error {
            IntakeError::Nowhere => ApiError::not_found(message),
            IntakeError::TooOften(wait) => ApiError::too_often(message, wait),
            IntakeError::Resting(wait) => ApiError::unavailable(message).after(wait),
            IntakeError::Unsigned(_) | IntakeError::Forged | IntakeError::Stale => ApiError::unauthenticated(message),
            IntakeError::Nameless(_) | IntakeError::Wrong(_) => ApiError::input(message),
            IntakeError::Again => ApiError::conflict(message),
            IntakeError::Unable(reason) => {
                tracing::warn!(reason, "a request from outside cannot be checked");
                ApiError::unavailable("the portal cannot check the request; its log says why")
            }
            IntakeError::Failed(_) => ApiError::elsewhere(message),
        }
    }
}
