//! Requests from outside for plugins: `/api/plugins/{name}/…`.
//!
//! Rule: they are checked by the runtime, and by the portal's token where no signature vouches for them. What a plugin answers is shown
//! to nobody as a page of this portal.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Router, extract::DefaultBodyLimit};
use portico_runtime::{Arrived, IntakeError, RouteAnswer};

use crate::error::ApiError;
use crate::state::ApiState;

/// The routes; they are not described, as each plugin has its own.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/api/plugins/{name}", any(root))
        .route("/api/plugins/{name}/{*path}", any(below))
        // Each route of a plugin has a limit of its own.
        .layer(DefaultBodyLimit::disable())
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
    let query = request.uri().query().unwrap_or_default().to_owned();
    let headers = headers(request.headers());
    let limit = route.size();
    let body = to_bytes(request.into_body(), usize::try_from(limit).unwrap_or(usize::MAX)).await;
    let body = body.map_err(|_| ApiError::too_large(limit))?.to_vec();
    match state.runtime.handle(route, Arrived { method, path, query, headers, body }).await {
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
            IntakeError::Unsigned(_) | IntakeError::Forged | IntakeError::Stale => ApiError::unauthenticated(message),
            IntakeError::Nameless(_) => ApiError::input(message),
            IntakeError::Again => ApiError::conflict(message),
            IntakeError::Unable(reason) => {
                tracing::warn!(reason, "a request from outside cannot be checked");
                ApiError::unavailable("the portal cannot check the request; its log says why")
            }
            IntakeError::Failed(_) => ApiError::elsewhere(message),
        }
    }
}
