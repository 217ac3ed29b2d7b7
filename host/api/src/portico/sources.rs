//! Sources: who speaks for entities, and how fresh each is.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{Source, SourceDetail, SourceState, Sources};

use crate::error::ApiError;
use crate::state::ApiState;

/// Every source, by plugin and scope.
#[utoipa::path(get, path = "/sources", tag = "portico", responses((status = 200, description = "The sources", body = Sources)))]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<Sources>, ApiError> {
    let mut items = state.catalog.sources()?;
    let live = running(&state);
    items.iter_mut().for_each(|source| mark(source, &live));
    Ok(Json(Sources { items }))
}

/// One source, with what it speaks for.
#[utoipa::path(
    get, path = "/sources/{id}", tag = "portico", params(("id" = u32, Path, description = "The source's `id`")),
    responses((status = 200, description = "The source", body = SourceDetail), (status = 404, description = "There is no such source")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(id): Path<u32>) -> Result<Json<SourceDetail>, ApiError> {
    let mut detail = state.catalog.source(id)?.ok_or_else(|| ApiError::not_found(format!("No source with id {id}")))?;
    mark(&mut detail.source, &running(&state));
    Ok(Json(detail))
}

/// The plugins that have a run going on.
pub(crate) fn running(state: &ApiState) -> Vec<String> {
    state.runtime.live_runs().into_iter().map(|run| run.plugin).collect()
}

/// A source whose plugin is at work is shown as syncing.
pub(crate) fn mark(source: &mut Source, running: &[String]) {
    if running.contains(&source.plugin) {
        source.state = SourceState::Syncing;
    }
}
