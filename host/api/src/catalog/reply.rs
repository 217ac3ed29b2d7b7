//! Answers made of stored entities: their bytes as they are, or projected to some fields.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use portico_model::Fields;
use serde_json::Value;

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

/// A JSON answer.
pub(crate) fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, crate::JSON)], body.into()).into_response()
}
