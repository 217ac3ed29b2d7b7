//! JSON request bodies, with refusals in the API's own words.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A body that was read. Its content type does not matter: clients of the field send `application/json` always.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::input(format!(
                    "the request's body is larger than the {} bytes that are read",
                    crate::BODY_LIMIT
                ))
            } else {
                ApiError::input(format!("the request's body could not be read: {rejection}"))
            }
        })?;
        serde_json::from_slice(&bytes)
            .map(Json)
            .map_err(|error| ApiError::input(format!("request/body is not what this route takes: {error}")))
    }
}
