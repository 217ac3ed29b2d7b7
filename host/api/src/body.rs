//! Request bodies, with refusals in the API's own words.
//!
//! Rule: who reads a body says how much of it; what is larger is refused with that number.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The largest document that is read: a thousand references of the greatest length, with room.
const LARGEST: u64 = 1 << 20;

/// JSON that was read. Its content type does not matter: clients of the field send `application/json` always.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Document(bytes) = Document::from_request(request, state).await?;
        serde_json::from_slice(&bytes)
            .map(Json)
            .map_err(|error| ApiError::input(format!("request/body is not what this route takes: {error}")))
    }
}

/// A document in whatever language, as it was sent.
pub(crate) struct Document(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Document {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        whole(request.into_body(), LARGEST).await.map(Document)
    }
}

/// A whole body of no more than so many bytes.
pub(crate) async fn whole(body: Body, limit: u64) -> Result<Bytes, ApiError> {
    to_bytes(body, usize::try_from(limit).unwrap_or(usize::MAX)).await.map_err(|error| {
        let error = error.into_inner();
        match error.is::<LengthLimitError>() {
            true => ApiError::too_large(limit),
            false => ApiError::input(format!("the request's body could not be read: {error}")),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    async fn read(bytes: usize) -> Result<Json<Value>, ApiError> {
        let text = format!("\"{}\"", "x".repeat(bytes - 2));
        Json::from_request(Request::new(Body::from(text)), &()).await
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_refused_with_the_number() {
        assert!(read(1 << 20).await.is_ok());
        let error = read((1 << 20) + 1).await.err().unwrap();
        assert_eq!(error, ApiError::too_large(1 << 20));
        assert_eq!(error.to_string(), "the request's body is larger than the 1048576 bytes that are read");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_not_called_too_large() {
        let broken = futures_util::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
        let error = whole(Body::from_stream(broken), 10).await.err().unwrap();
        assert_eq!(error, ApiError::input("the request's body could not be read: gone"));
    }
}
