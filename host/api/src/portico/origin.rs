//! Who says what about an entity, and when.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{EntityOrigin, EntityValues};
use portico_model::EntityRef;

use super::sources::{mark, standing};
use crate::error::ApiError;
use crate::state::ApiState;

/// Every source that speaks for an entity, with file, line and freshness; first the one that the catalog shows.
#[utoipa::path(
    get, path = "/entities/{kind}/{namespace}/{name}/origin", tag = "portico",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
    ),
    responses((status = 200, description = "The claims", body = EntityOrigin), (status = 404, description = "There is no such entity")),
)]
pub(crate) async fn origin(
    State(state): State<ApiState>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Result<Json<EntityOrigin>, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let origin = state.catalog.origin(&reference)?;
    let mut origin = origin.ok_or_else(|| ApiError::not_found(format!("No entity {reference}")))?;
    let live = standing(&state);
    origin.claims.iter_mut().for_each(|claim| mark(&mut claim.source, &live));
    origin.facts.iter_mut().for_each(|facts| mark(&mut facts.source, &live));
    Ok(Json(origin))
}

/// Every value of an entity: who says it, where, since when, and how fresh that is.
#[utoipa::path(
    get, path = "/entities/{kind}/{namespace}/{name}/values", tag = "portico",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
    ),
    responses((status = 200, description = "The values", body = EntityValues), (status = 404, description = "There is no such entity")),
)]
pub(crate) async fn values(
    State(state): State<ApiState>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Result<Json<EntityValues>, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let items = state.catalog.values(&reference)?;
    Ok(Json(EntityValues { items: items.ok_or_else(|| ApiError::not_found(format!("No entity {reference}")))? }))
}
