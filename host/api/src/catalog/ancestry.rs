//! Ancestry: which entities led to an entity.

use axum::extract::{Path, State};
use axum::response::Response;
use portico_model::EntityRef;
use serde_json::json;

use super::reply;
use crate::error::ApiError;
use crate::state::ApiState;

/// The entity itself, then the entities that led to it, such as the Locations that named its file.
#[utoipa::path(
    get, path = "/entities/by-name/{kind}/{namespace}/{name}/ancestry", tag = "catalog",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
    ),
    responses(
        (status = 200, description = "`rootEntityRef` and `items`, each with `entity` and `parentEntityRefs`", body = Object),
        (status = 404, description = "There is no such entity"),
    ),
)]
pub(crate) async fn ancestry(
    State(state): State<ApiState>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let ancestors = state.catalog.ancestry(&reference)?;
    let ancestors = ancestors.ok_or_else(|| ApiError::not_found(format!("No such entity {reference}")))?;
    let mut items = Vec::with_capacity(ancestors.len());
    for ancestor in ancestors {
        items.push(json!({ "entity": reply::parse(&ancestor.json)?, "parentEntityRefs": ancestor.parents }));
    }
    Ok(reply::json(json!({ "rootEntityRef": reference.to_string(), "items": items }).to_string()))
}
