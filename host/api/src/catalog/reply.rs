//! Answers made of stored entities: their bytes as they are, or projected to some fields.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use portico_model::Fields;
use serde_json::Value;
use sha1::{Digest, Sha1};

use crate::error::ApiError;

/// Which parts of each entity to send.
pub(crate) type Projection = Option<Fields>;

/// Reads `fields`.
pub(crate) fn projection(params: &[&str]) -> Result<Projection, ApiError> {
    Fields::parse(params).map_err(|error| ApiError::input(error.to_string()))
}

/// One entity, or the part of it that was asked for.
pub(crate) fn project(entity: Vec<u8>, fields: &Projection) -> Result<Vec<u8>, ApiError> {
    let Some(fields) = fields else { return Ok(entity) };
    Ok(fields.project(&parse(&entity)?).to_string().into_bytes())
}

/// An entity as stored, read for what only some answers need.
pub(crate) fn parse(entity: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(entity).map_err(|error| ApiError::internal(&error))
}

/// `[a,b,c]` of entities.
pub(crate) fn array(items: Vec<Vec<u8>>, fields: &Projection) -> Result<Vec<u8>, ApiError> {
    let mut array = Vec::with_capacity(items.iter().map(|item| item.len() + 1).sum::<usize>() + 1);
    array.push(b'[');
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            array.push(b',');
        }
        array.extend(project(item, fields)?);
    }
    array.push(b']');
    Ok(array)
}

/// The answers that the asker has from before: what its `If-None-Match` names.
pub(crate) struct Cached(Option<HeaderValue>);

impl<S: Sync> FromRequestParts<S> for Cached {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Cached, Infallible> {
        Ok(Cached(parts.headers.get(header::IF_NONE_MATCH).cloned()))
    }
}

impl Cached {
    /// A JSON answer, which is not sent again to whoever has it.
    pub(crate) fn or(&self, body: Vec<u8>) -> Result<Response, ApiError> {
        let digest = BASE64_STANDARD_NO_PAD.encode(Sha1::digest(&body));
        let name = format!("W/\"{:x}-{digest}\"", body.len());
        let known = self.0.as_ref().and_then(|known| known.to_str().ok()).unwrap_or_default();
        let tag = [(header::ETAG, HeaderValue::try_from(&name).map_err(|error| ApiError::internal(&error))?)];
        if known.split(',').any(|known| known.trim() == name) {
            return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
        }
        Ok((tag, json(body)).into_response())
    }
}

/// A JSON answer.
pub(crate) fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, crate::JSON)], body.into()).into_response()
}
