//! Problems: what could not be taken into the catalog.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use portico_api_types::Problems;
use portico_model::{DEFAULT_NAMESPACE, EntityRef};

use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// The open problems of one source.
#[utoipa::path(
    get, path = "/sources/{id}/problems", tag = "portico", params(("id" = u32, Path, description = "The source's `id`")),
    responses((status = 200, description = "The problems", body = Problems), (status = 404, description = "There is no such source")),
)]
pub(crate) async fn of_source(State(state): State<ApiState>, Path(id): Path<u32>) -> Result<Json<Problems>, ApiError> {
    if state.catalog.source(id)?.is_none() {
        return Err(ApiError::not_found(format!("No source with id {id}")));
    }
    Ok(Json(Problems { items: state.catalog.problems(Some(id), None)? }))
}

/// Every open problem and every reference that leads to nothing, or those about one entity, or about one owner's.
#[utoipa::path(
    get, path = "/problems", tag = "portico",
    params(
        ("entity" = Option<String>, Query, description = "`kind:namespace/name`"),
        ("owner" = Option<String>, Query, description = "`kind:namespace/name` of an owner; a group, where no kind is named"),
    ),
    responses((status = 200, description = "The problems", body = Problems)),
)]
pub(crate) async fn list(State(state): State<ApiState>, RawQuery(raw): RawQuery) -> Result<Json<Problems>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["entity", "owner"])?;
    let entity =
        params.one("entity")?.map(EntityRef::parse).transpose().map_err(|error| ApiError::input(error.to_string()))?;
    if let Some(owner) = params.one("owner")? {
        let owner = EntityRef::parse_with(owner, Some("group"), DEFAULT_NAMESPACE)
            .map_err(|error| ApiError::input(error.to_string()))?;
        let mut items = state.catalog.problems_of(owner.as_str())?;
        if let Some(entity) = &entity {
            items.retain(|problem| problem.entity.as_deref() == Some(entity.as_str()));
        }
        return Ok(Json(Problems { items }));
    }
    Ok(Json(Problems { items: state.catalog.problems(None, entity.as_ref().map(EntityRef::as_str))? }))
}
