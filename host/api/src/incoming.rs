//! Requests from outside: for plugins (`/api/plugins/{name}/…`), and JSON for the portal itself (`/api/ingest/{source}`).
//!
//! Rule: they are checked by the runtime, and by the portal's token where no signature vouches for them. No body is read before its
//! request is admitted, none is waited for without end, and what a plugin answers is shown to nobody as a page of this portal.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use portico_runtime::{Address, Admitted, Head, IngestScope, IntakeError, RouteAnswer, TurnedAway};

use crate::body;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// How long a body may take to come: the largest at 2 Mbit/s.
const BODY: Duration = Duration::from_secs(30);

/// After what time a sender is asked to come again that could not be taken at once.
const AGAIN: Duration = Duration::from_secs(1);

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
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    let source = state.runtime.ingest_source(&name)?;
    let params = Params::parse(raw.as_deref(), &["scope", "mode"])?;
    let is_full = params.choice("mode", &[("full", true), ("delta", false)])?.unwrap_or(false);
    let scope = IngestScope { scope: params.one("scope")?.unwrap_or("default").to_owned(), is_full };
    let Some((admitted, body)) = admitted(&state, source, request, format!("/{name}")).await? else {
        return Ok(heard());
    };
    match state.runtime.take_in(admitted, scope, body).await {
        Ok(ingested) => Ok(Json(ingested).into_response()),
        Err(IntakeError::Again) => Ok(heard()),
        Err(error) => Err(error.into()),
    }
}

/// Whoever sends a delivery again has been heard; an error would have them send it once more.
fn heard() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A request that is admitted, with its body; none if it is a delivery that came before.
async fn admitted<A: Address>(
    state: &ApiState,
    address: A,
    request: Request,
    path: String,
) -> Result<Option<(Admitted<A>, Vec<u8>)>, ApiError> {
    if !address.gate().is_signed() {
        state.guard.token(request.headers()).inspect_err(|_| address.turned_away(TurnedAway::Token))?;
    }
    let limit = address.gate().size();
    let head = Head {
        method: request.method().as_str().to_owned(),
        path,
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: headers(request.headers()),
    };
    let length = request.body().size_hint().exact();
    match state.runtime.admit(address, head, length).await {
        Ok(admitted) => match read(request.into_body(), limit).await {
            Ok(body) => Ok(Some((admitted, body))),
            Err(error) => {
                if error == ApiError::too_large(limit) {
                    admitted.turned_away(TurnedAway::Size);
                }
                Err(error)
            }
        },
        Err(IntakeError::Again) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A body of up to so many bytes, if it comes in time.
async fn read(body: Body, limit: u64) -> Result<Vec<u8>, ApiError> {
    let read = tokio::time::timeout(BODY, body::whole(body, limit)).await;
    Ok(read.map_err(|_| ApiError::too_slow(BODY))??.to_vec())
}

async fn pass(state: &ApiState, name: &str, request: Request) -> Result<Response, ApiError> {
    // As it was written: what is decoded could be another path to whoever reads it.
    let path =
        request.uri().path().strip_prefix("/api/plugins/").and_then(|rest| rest.strip_prefix(name)).unwrap_or("");
    let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    let route = state.runtime.route(name, request.method().as_str(), &path)?;
    let Some((admitted, body)) = admitted(state, route, request, path).await? else { return Ok(heard()) };
    match state.runtime.handle(admitted, body).await {
        Ok(answer) => Ok(response(answer)),
        Err(IntakeError::Again) => Ok(heard()),
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
            IntakeError::TooLarge(limit) => ApiError::too_large(limit),
            IntakeError::Crowded | IntakeError::Underway => ApiError::unavailable(message).after(AGAIN),
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

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use futures_util::{StreamExt as _, stream};

    use super::*;

    fn body(parts: &[&'static str]) -> Body {
        let parts: Vec<Result<Bytes, std::io::Error>> =
            parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect();
        Body::from_stream(stream::iter(parts))
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(body(&["ab", "", "cd"]), 4).await, Ok(b"abcd".to_vec()));
        assert_eq!(read(body(&[]), 0).await, Ok(Vec::new()));
        assert_eq!(read(body(&["ab", "cde"]), 4).await, Err(ApiError::too_large(4)));
        let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(std::io::Error::other("it broke off"))]));
        let refused = read(broken, 4).await.unwrap_err().to_string();
        assert!(refused.starts_with("the request's body could not be read: "), "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let begun = tokio::time::Instant::now();
        let halting = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"a"))]).chain(stream::pending());
        let refused = read(Body::from_stream(halting), 4).await.unwrap_err();
        assert_eq!(refused.to_string(), "the request's body did not come within 30 s; send it again");
        assert_eq!(begun.elapsed(), BODY);
    }
}
