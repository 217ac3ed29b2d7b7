//! Problems: what could not be taken into the catalog.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use portico_api_types::Problems;
use portico_model::EntityRef;

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

/// Every open problem, or those about one entity.
#[utoipa::path(
    get, path = "/problems", tag = "portico",
    params(("entity" = Option<String>, Query, description = "`kind:namespace/name`")),
    responses((status = 200, description = "The problems", body = Problems)),
)]
pub(crate) async fn list(State(state): State<ApiState>, RawQuery(raw): RawQuery) -> Result<Json<Problems>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["entity"])?;
    let entity =
        params.one("entity")?.map(EntityRef::parse).transpose().map_err(|error| ApiError::input(error.to_string()))?;
    Ok(Json(Problems { items: state.catalog.problems(None, entity.as_ref().map(EntityRef::as_str))? }))
}
