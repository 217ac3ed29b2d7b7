//! Sources: who speaks for entities, and how fresh each is.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use portico_api_types::{Source, SourceDetail, SourceState, Sources};
use portico_catalog::Confirmed;

use crate::error::ApiError;
use crate::state::ApiState;

/// Every source, by plugin and scope.
#[utoipa::path(get, path = "/sources", tag = "portico", responses((status = 200, description = "The sources", body = Sources)))]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<Sources>, ApiError> {
    let mut items = state.catalog.sources()?;
    let live = standing(&state);
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
    mark(&mut detail.source, &standing(&state));
    Ok(Json(detail))
}

/// Lets the sync that waits remove what it would remove, and has the source read again; or removes the sources that their plugin names no more.
#[utoipa::path(
    post, path = "/sources/{id}/removals/confirm", tag = "portico", params(("id" = u32, Path, description = "The source's `id`")),
    responses((status = 202, description = "It is gone, or goes with the next reading, which is soon"), (status = 404, description = "No sync of such a source waits")),
)]
pub(crate) async fn confirm(State(state): State<ApiState>, Path(id): Path<u32>) -> Result<StatusCode, ApiError> {
    confirm_removals(&state, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// As the route does it, for the pages' form.
pub(crate) async fn confirm_removals(state: &ApiState, id: u32) -> Result<Confirmed, ApiError> {
    let confirmed = state.store(move |catalog| catalog.confirm_removals(id)).await?.ok_or_else(|| nothing_waits(id))?;
    if let Confirmed::Read { plugin, scope } = &confirmed {
        state.runtime.read_scope(plugin, scope);
    }
    Ok(confirmed)
}

/// Forgets what waits. The next sync that would remove so much stops again.
#[utoipa::path(
    post, path = "/sources/{id}/removals/discard", tag = "portico", params(("id" = u32, Path, description = "The source's `id`")),
    responses((status = 202, description = "It is forgotten"), (status = 404, description = "No sync of such a source waits")),
)]
pub(crate) async fn discard(State(state): State<ApiState>, Path(id): Path<u32>) -> Result<StatusCode, ApiError> {
    discard_removals(&state, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// As the route does it, for the pages' form.
pub(crate) async fn discard_removals(state: &ApiState, id: u32) -> Result<(), ApiError> {
    let named = state.store(move |catalog| catalog.discard_removals(id)).await?;
    named.map(drop).ok_or_else(|| nothing_waits(id))
}

fn nothing_waits(id: u32) -> ApiError {
    ApiError::not_found(format!("Nothing of a source with id {id} waits for anybody"))
}

/// What plugins do, as far as their sources show it.
pub(crate) struct Standing {
    running: Vec<String>,
    off: Vec<String>,
    /// By plugin, what is wrong with the agent that runs it.
    away: BTreeMap<String, String>,
}

/// What plugins do now.
pub(crate) fn standing(state: &ApiState) -> Standing {
    Standing {
        running: state.runtime.live_runs().into_iter().map(|run| run.plugin).collect(),
        off: state.runtime.switched_off(),
        away: state.runtime.away(),
    }
}

/// A source whose plugin is at work is shown as syncing, one whose plugin is switched off as off, and one whose agent is away as failing.
pub(crate) fn mark(source: &mut Source, standing: &Standing) {
    if standing.running.contains(&source.plugin) {
        source.state = SourceState::Syncing;
    } else if standing.off.contains(&source.plugin) {
        source.state = SourceState::Off;
    } else if let Some(trouble) = standing.away.get(&source.plugin)
        && source.state == SourceState::Current
    {
        source.state = SourceState::Failing;
        source.failure = Some(trouble.clone());
    }
}
