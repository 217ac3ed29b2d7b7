//! Mappings of plugins and of ingest sources: what holds, what comes in, and what would become of it.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{IngestSources, MappingOutcome, MappingTrial, PluginMappings};
use portico_runtime::MappingsOf;

use tokio::sync::Semaphore;

use crate::body;
use crate::error::ApiError;
use crate::state::ApiState;

/// Trials at once: their expressions are evaluated one after the other anyway, and whoever waits for nothing any more makes room.
static TRIALS: Semaphore = Semaphore::const_new(2);

/// The mappings of a plugin, with examples of what it pushes.
#[utoipa::path(
    get, path = "/plugins/{name}/mappings", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 200, description = "The mappings", body = PluginMappings), (status = 404, description = "No such plugin is loaded")),
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<PluginMappings>, ApiError> {
    shown(&state, &MappingsOf::Plugin(name))
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
    tried(&state, MappingsOf::Plugin(name), body.0).await
}

/// What takes JSON that tools send by themselves, with no plugin.
#[utoipa::path(
    get, path = "/ingest", tag = "portico",
    responses((status = 200, description = "The entries under `ingest:` in `portico.yaml`", body = IngestSources)),
)]
pub(crate) async fn ingest_sources(State(state): State<ApiState>) -> Json<IngestSources> {
    Json(state.runtime.ingest_sources())
}

/// The mappings of an ingest source, with examples of what was sent to it.
#[utoipa::path(
    get, path = "/ingest/{name}/mappings", tag = "portico", params(("name" = String, Path, description = "The source's name")),
    responses((status = 200, description = "The mappings", body = PluginMappings), (status = 404, description = "There is no such source")),
)]
pub(crate) async fn list_of_ingest(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<PluginMappings>, ApiError> {
    shown(&state, &MappingsOf::Ingest(name))
}

/// Tries mappings on an object that was sent; nothing is changed.
#[utoipa::path(
    post, path = "/ingest/{name}/mappings/try", tag = "portico", request_body = MappingTrial,
    params(("name" = String, Path, description = "The source's name")),
    responses((status = 200, description = "What they make of it, or what is wrong with them", body = MappingOutcome), (status = 404, description = "There is no such source")),
)]
pub(crate) async fn attempt_of_ingest(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    body: body::Json<MappingTrial>,
) -> Result<Json<MappingOutcome>, ApiError> {
    tried(&state, MappingsOf::Ingest(name), body.0).await
}

fn shown(state: &ApiState, whose: &MappingsOf) -> Result<Json<PluginMappings>, ApiError> {
    state.runtime.mappings(whose).map(Json).ok_or_else(|| nobody(whose))
}

async fn tried(state: &ApiState, whose: MappingsOf, trial: MappingTrial) -> Result<Json<MappingOutcome>, ApiError> {
    let turn = TRIALS.acquire().await.map_err(|error| ApiError::internal(&error))?;
    let (runtime, asked) = (state.runtime.clone(), whose.clone());
    let tried = tokio::task::spawn_blocking(move || {
        let tried = runtime.try_mappings(&asked, &trial);
        drop(turn);
        tried
    })
    .await;
    tried.map_err(|error| ApiError::internal(&error))?.map(Json).ok_or_else(|| nobody(&whose))
}

fn nobody(whose: &MappingsOf) -> ApiError {
    ApiError::not_found(match whose {
        MappingsOf::Plugin(name) => format!("No plugin named {name} is loaded"),
        MappingsOf::Ingest(name) => format!("portico.yaml names no {name} under `ingest`"),
    })
}
