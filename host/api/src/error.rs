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
}

impl ApiError {
    /// The request is wrong; trying again changes nothing.
    pub(crate) fn input(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::BAD_REQUEST, name: "InputError", message: message.into() }
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::NOT_FOUND, name: "NotFoundError", message: message.into() }
    }

    /// It cannot be done in the present state.
    pub(crate) fn conflict(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::CONFLICT, name: "ConflictError", message: message.into() }
    }

    /// Whether it is one that [`ApiError::conflict`] made.
    pub(crate) fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    /// Nobody has said who asks.
    pub(crate) fn unauthenticated(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::UNAUTHORIZED, name: "AuthenticationError", message: message.into() }
    }

    /// Something that this portal asked failed.
    pub(crate) fn elsewhere(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::BAD_GATEWAY, name: "UpstreamError", message: message.into() }
    }

    /// Our own fault: logged here, and told in one sentence.
    pub(crate) fn internal(error: &dyn std::error::Error) -> ApiError {
        tracing::error!(error = %error, "a request failed");
        ApiError { status: StatusCode::INTERNAL_SERVER_ERROR, name: "Error", message: error.to_string() }
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
    *response.body_mut() = body.to_string().into();
    response
}

fn relative(uri: &Uri) -> String {
    let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    for mount in ["/api/catalog", "/api/portico"] {
        if let Some(rest) = path.strip_prefix(mount) {
            return rest.to_owned();
        }
    }
    path
}
