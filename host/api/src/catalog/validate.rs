//! Judging one document as if a source had brought it, and keeping nothing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portico_model::{Entity, LocationRef};
use serde::Deserialize;
use serde_json::{Value, json};

use super::reply;
use crate::error::ApiError;
use crate::state::ApiState;

/// Sentences in an answer; who mends these sees the next.
const SENTENCES: usize = 20;

/// A document, and where it would come from.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct Candidate {
    /// The document.
    #[schema(value_type = Object)]
    entity: Value,
    /// `type:target`.
    location: String,
}

/// Says whether a document is a valid entity. Unlike other routes, it answers its errors as `{ errors }`.
#[utoipa::path(
    post, path = "/validate-entity", tag = "catalog", request_body = Candidate,
    responses(
        (status = 200, description = "It is valid"),
        (status = 400, description = "`errors`, each with `name` and `message`", body = Object),
    ),
)]
pub(crate) async fn validate(
    State(state): State<ApiState>,
    body: crate::body::Json<Candidate>,
) -> Result<Response, ApiError> {
    let Candidate { entity, location } = body.0;
    let refused = match LocationRef::parse(&location) {
        Err(error) => Some(error.to_string()),
        Ok(place) if place.kind != "url" => {
            Some(format!("`{location}` is no web address; write it as `url:https://host/path`"))
        }
        Ok(_) => None,
    };
    if let Some(message) = refused {
        let errors = json!({ "errors": [{ "name": "InputError", "message": message }] });
        return Ok((StatusCode::BAD_REQUEST, reply::json(errors.to_string())).into_response());
    }
    let registry = state.catalog.registry();
    let Err(violations) = Entity::judge(entity, registry.kinds()) else { return Ok(StatusCode::OK.into_response()) };
    let errors: Vec<Value> = violations
        .into_iter()
        .take(SENTENCES)
        .map(|violation| json!({ "name": "InputError", "message": violation.message, "path": violation.path }))
        .collect();
    Ok((StatusCode::BAD_REQUEST, reply::json(json!({ "errors": errors }).to_string())).into_response())
}
