//! Plugins: what each asks for, what it got, how it does.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use portico_api_types::{Plugin, PluginCheck, PluginLine, Plugins};
use portico_runtime::CheckRefused;
use tokio_stream::wrappers::BroadcastStream;

use crate::error::ApiError;
use crate::state::ApiState;

/// Every plugin that is known, by name.
#[utoipa::path(get, path = "/plugins", tag = "portico", responses((status = 200, description = "The plugins", body = Plugins)))]
pub(crate) async fn list(State(state): State<ApiState>) -> Json<Plugins> {
    let mut items = state.runtime.plugins();
    for plugin in &mut items {
        plugin.waiting = state.runtime.waiting(&plugin.name).await;
    }
    Json(Plugins { items })
}

/// One plugin.
#[utoipa::path(
    get, path = "/plugins/{name}", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 200, description = "The plugin", body = Plugin), (status = 404, description = "There is no such plugin")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(name): Path<String>) -> Result<Json<Plugin>, ApiError> {
    let plugin = state.runtime.plugin(&name).ok_or_else(|| missing(&name))?;
    Ok(Json(Plugin { waiting: state.runtime.waiting(&name).await, ..plugin }))
}

impl From<CheckRefused> for ApiError {
    fn from(error: CheckRefused) -> ApiError {
        let message = error.to_string();
        match error {
            CheckRefused::Unknown(_) => ApiError::not_found(message),
            CheckRefused::NotLoaded { .. } | CheckRefused::NotOffered(_) | CheckRefused::Elsewhere { .. } => {
                ApiError::conflict(message)
            }
        }
    }
}

/// Has a plugin find out whether it can do its work as it is set and granted: whether servers can be reached, know its credential, and let
/// it see what it needs. The findings are kept with the plugin as well.
#[utoipa::path(
    post, path = "/plugins/{name}/check", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses(
        (status = 200, description = "What it found", body = PluginCheck),
        (status = 404, description = "There is no such plugin"),
        (status = 409, description = "It does not run, or does not look at what it depends on"),
    ),
)]
pub(crate) async fn check(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<PluginCheck>, ApiError> {
    Ok(Json(state.runtime.check_plugin(&name).await?))
}

fn missing(name: &str) -> ApiError {
    ApiError::not_found(format!("No plugin named {name}"))
}

/// What a plugin said lately, in all of its calls, oldest first. Lines are kept in memory, the newest 500.
#[utoipa::path(
    get, path = "/plugins/{name}/log", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 200, description = "The lines", body = Vec<PluginLine>), (status = 404, description = "There is no such plugin")),
)]
pub(crate) async fn log(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<Vec<PluginLine>>, ApiError> {
    state.runtime.plugin_log(&name).map(|(lines, _)| Json(lines)).ok_or_else(|| missing(&name))
}

/// What a plugin says, as it says it: first the lines that are kept, then each new one. Events are named `log`.
#[utoipa::path(
    get, path = "/plugins/{name}/log/events", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses(
        (status = 200, description = "Server-sent events", body = PluginLine, content_type = "text/event-stream"),
        (status = 404, description = "There is no such plugin"),
    ),
)]
pub(crate) async fn log_events(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let (kept, live) = state.runtime.plugin_log(&name).ok_or_else(|| missing(&name))?;
    // A reader that falls behind is told all that is kept when it comes back, which the end of the stream makes it do.
    let live = BroadcastStream::new(live).take_while(|line| std::future::ready(line.is_ok()));
    let lines = stream::iter(kept).chain(live.filter_map(|line| std::future::ready(line.ok())));
    let event = |line: PluginLine| {
        let data = serde_json::to_string(&line).unwrap_or_default();
        Ok(Event::default().event("log").data(data))
    };
    Ok(Sse::new(lines.map(event)).keep_alive(KeepAlive::default()))
}
