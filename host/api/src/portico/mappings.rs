//! Mappings of plugins: what holds, what comes in, and what would become of it.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{MappingOutcome, MappingTrial, PluginMappings};

use crate::body;
use crate::error::ApiError;
use crate::state::ApiState;

/// The mappings of a plugin, with examples of what it pushes.
#[utoipa::path(
    get, path = "/plugins/{name}/mappings", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 200, description = "The mappings", body = PluginMappings), (status = 404, description = "No such plugin is loaded")),
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<PluginMappings>, ApiError> {
    state.runtime.mappings(&name).map(Json).ok_or_else(|| not_loaded(&name))
}

/// Tries mappings on an object; nothing is changed.
#[utoipa::path(
    post, path = "/plugins/{name}/mappings/try", tag = "portico", request_body = MappingTrial,
    params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 200, description = "What they make of it, or what is wrong with them", body = MappingOutcome), (status = 404, description = "No such plugin is loaded")),
)]
pub(crate) async fn attempt(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    body: body::Json<MappingTrial>,
) -> Result<Json<MappingOutcome>, ApiError> {
    let (runtime, plugin) = (state.runtime.clone(), name.clone());
    let tried = tokio::task::spawn_blocking(move || runtime.try_mappings(&plugin, &body.0)).await;
    tried.map_err(|error| ApiError::internal(&error))?.map(Json).ok_or_else(|| not_loaded(&name))
}

fn not_loaded(name: &str) -> ApiError {
    ApiError::not_found(format!("No plugin named {name} is loaded"))
}
