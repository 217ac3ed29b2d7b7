//! Errors as clients see them: Backstage's error body, with our own sentences.
//!
//! Rule: a handler returns an [`ApiError`]; the body is made in one place, [`filled`], which knows the request.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use portico_catalog::StoreError;
use serde_json::json;

/// Why a request was not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    status: StatusCode,
    name: &'static str,
    message: String,
    /// Seconds after which a new attempt is welcome.
    retry_after: Option<u64>,
    /// How who asks can show who they are.
    challenge: Option<&'static str>,
}

impl ApiError {
    fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { status, name, message: message.into(), retry_after: None, challenge: None }
    }

    /// The request is wrong; trying again changes nothing.
    pub(crate) fn input(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "InputError", message)
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "NotFoundError", message)
    }

    /// It cannot be done in the present state.
    pub(crate) fn conflict(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::CONFLICT, "ConflictError", message)
    }

    /// Whether it is one that [`ApiError::conflict`] made.
    pub(crate) fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    /// Who asks may not do that.
    pub(crate) fn forbidden(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "NotAllowedError", message)
    }

    /// Nobody has said who asks.
    pub(crate) fn unauthenticated(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "AuthenticationError", message)
    }

    /// The same, with the words by which a browser asks its reader.
    #[must_use]
    pub(crate) fn asking(self, challenge: &'static str) -> ApiError {
        ApiError { challenge: Some(challenge), ..self }
    }

    /// The body is larger than what is read.
    pub(crate) fn too_large(limit: u64) -> ApiError {
        let message = format!("the request's body is larger than the {limit} bytes that are read");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "InputError", message)
    }

    /// More requests came than are taken; a new one is welcome after `wait`.
    pub(crate) fn too_often(message: impl Into<String>, wait: std::time::Duration) -> ApiError {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitError", message).after(wait)
    }

    /// The same, with a new attempt welcome after `wait`.
    #[must_use]
    pub(crate) fn after(self, wait: std::time::Duration) -> ApiError {
        ApiError { retry_after: Some(wait.as_secs().max(1)), ..self }
    }

    /// The request's body did not come in time.
    pub(crate) fn too_slow(limit: std::time::Duration) -> ApiError {
        let message = format!("the request's body did not come within {} s; send it again", limit.as_secs());
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "TimeoutError", message)
    }

    /// It cannot be done for now.
    pub(crate) fn unavailable(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableError", message)
    }

    /// Something that this portal asked failed.
    pub(crate) fn elsewhere(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_GATEWAY, "UpstreamError", message)
    }

    /// Our own fault: logged here, and told in one sentence.
    pub(crate) fn internal(error: &dyn std::error::Error) -> ApiError {
        tracing::error!(error = %error, "a request failed");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Error", error.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        ApiError::internal(&error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of an error; `request.url` is relative to the mount point, as Backstage's clients print it.
pub(crate) fn filled(mut response: Response, method: &Method, uri: &Uri) -> Response {
    let Some(error) = response.extensions_mut().remove::<ApiError>() else { return response };
    let body = json!({
        "error": { "name": error.name, "message": error.message },
        "request": { "method": method.as_str(), "url": relative(uri) },
        "response": { "statusCode": error.status.as_u16() },
    });
    let kind = HeaderValue::from_static(crate::JSON);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    // That of the empty body, which some routes have said already.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    *response.body_mut() = body.to_string().into();
    response
}

fn relative(uri: &Uri) -> String {
    let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    // As clients of the field know it; what is the portal's own is named in full.
    let known = ["/api/catalog", "/api/scaffolder"].into_iter().find_map(|mount| path.strip_prefix(mount));
    known.map(str::to_owned).unwrap_or(path)
}
