//! Runs: the journal, what goes on now, and its live events.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use portico_api_types::{LogLine, Run, RunEvent, RunStarted, Runs, Trigger};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Runs when `limit` is not given: as many as a page shows.
const RUNS: usize = 50;

/// Runs, newest first: those going on, then the journal.
#[utoipa::path(
    get, path = "/runs", tag = "portico",
    params(
        ("plugin" = Option<String>, Query, description = "Only this plugin's"),
        ("before" = Option<u64>, Query, description = "Only runs with a smaller `id`"),
        ("limit" = Option<u32>, Query, description = "At most so many, up to 500; 50 if not given"),
    ),
    responses((status = 200, description = "The runs", body = Runs)),
)]
pub(crate) async fn list(State(state): State<ApiState>, RawQuery(raw): RawQuery) -> Result<Json<Runs>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["plugin", "before", "limit"])?;
    let plugin = params.one("plugin")?;
    let before = params.integer("before", 1..=i64::MAX)?.map(|before| before as u64);
    let limit = params.integer("limit", 1..=500)?.unwrap_or(RUNS);
    let mut live = state.runtime.live_runs();
    live.retain(|run| plugin.is_none_or(|plugin| run.plugin == plugin) && before.is_none_or(|before| run.id < before));
    live.sort_by_key(|run| std::cmp::Reverse(run.id));
    let stored = state.catalog.runs(plugin, before, limit)?;
    let known: Vec<u64> = live.iter().map(|run| run.id).collect();
    live.extend(stored.into_iter().filter(|run| !known.contains(&run.id)));
    live.truncate(limit);
    Ok(Json(Runs { items: live }))
}

/// One run.
#[utoipa::path(
    get, path = "/runs/{id}", tag = "portico", params(("id" = u64, Path, description = "The run's `id`")),
    responses((status = 200, description = "The run", body = Run), (status = 404, description = "There is no such run")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(id): Path<u64>) -> Result<Json<Run>, ApiError> {
    if let Some((run, ..)) = state.runtime.live_run(id) {
        return Ok(Json(run));
    }
    state.catalog.run(id)?.map(Json).ok_or_else(|| missing(id))
}

/// The lines that a run has logged so far.
#[utoipa::path(
    get, path = "/runs/{id}/log", tag = "portico", params(("id" = u64, Path, description = "The run's `id`")),
    responses((status = 200, description = "The lines", body = Vec<LogLine>), (status = 404, description = "There is no such run")),
)]
pub(crate) async fn log(State(state): State<ApiState>, Path(id): Path<u64>) -> Result<Json<Vec<LogLine>>, ApiError> {
    if let Some((_, log, _)) = state.runtime.live_run(id) {
        return Ok(Json(log));
    }
    state.catalog.run_log(id)?.map(Json).ok_or_else(|| missing(id))
}

/// A run as it happens: first the run and the lines so far, then each change; the stream ends with the run. Events are
/// named `run` and `log`.
#[utoipa::path(
    get, path = "/runs/{id}/events", tag = "portico", params(("id" = u64, Path, description = "The run's `id`")),
    responses(
        (status = 200, description = "Server-sent events", body = RunEvent, content_type = "text/event-stream"),
        (status = 404, description = "There is no such run"),
    ),
)]
pub(crate) async fn events(
    State(state): State<ApiState>,
    Path(id): Path<u64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let (run, log, live) = match state.runtime.live_run(id) {
        Some((run, log, live)) => (run, log, Some(live)),
        None => {
            let run = state.catalog.run(id)?.ok_or_else(|| missing(id))?;
            (run, state.catalog.run_log(id)?.unwrap_or_default(), None)
        }
    };
    let begin = std::iter::once(RunEvent::Run(Box::new(run))).chain(log.into_iter().map(RunEvent::Log));
    let end = end(state.clone(), id);
    let live = live.map(|live| {
        // A reader that falls behind misses lines, never the end: the closing event is read from the journal.
        let events = BroadcastStream::new(live).take_while(|event| {
            let gone = matches!(event, Err(BroadcastStreamRecvError::Lagged(_)));
            std::future::ready(!gone)
        });
        events
            .filter_map(|event| std::future::ready(event.ok()))
            .chain(stream::once(end).filter_map(std::future::ready))
    });
    let events = stream::iter(begin).chain(stream::iter(live).flatten());
    Ok(Sse::new(events.map(|event| Ok(describe(&event)))).keep_alive(KeepAlive::default()))
}

/// The run as it ended, once its events are over.
async fn end(state: ApiState, id: u64) -> Option<RunEvent> {
    let run = match state.runtime.live_run(id) {
        Some((run, ..)) => Some(run),
        None => state.catalog.run(id).ok().flatten(),
    };
    run.map(|run| RunEvent::Run(Box::new(run)))
}

fn describe(event: &RunEvent) -> Event {
    let (name, data) = match event {
        RunEvent::Run(run) => ("run", serde_json::to_string(run)),
        RunEvent::Log(line) => ("log", serde_json::to_string(line)),
    };
    Event::default().event(name).data(data.unwrap_or_default())
}

/// Starts a run of a plugin; if one is going on, that one is answered.
#[utoipa::path(
    post, path = "/plugins/{name}/runs", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses(
        (status = 202, description = "The run", body = RunStarted),
        (status = 404, description = "There is no such plugin"),
        (status = 409, description = "The plugin cannot run now"),
    ),
)]
pub(crate) async fn start(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((StatusCode::ACCEPTED, Json(start_run(&state, &name)?)))
}

/// As the route does it, for the pages' forms.
pub(crate) fn start_run(state: &ApiState, name: &str) -> Result<RunStarted, ApiError> {
    if state.runtime.plugin(name).is_none() {
        return Err(ApiError::not_found(format!("No plugin named {name}")));
    }
    state.runtime.run(name, Trigger::Request).map_err(|refused| ApiError::conflict(refused.to_string()))
}

/// Asks a run to stop. It ends by itself, or by force some seconds later; nothing that it has not committed is kept.
#[utoipa::path(
    post, path = "/runs/{id}/cancel", tag = "portico", params(("id" = u64, Path, description = "The run's `id`")),
    responses(
        (status = 202, description = "It was asked"),
        (status = 404, description = "There is no such run"),
        (status = 409, description = "It is over"),
    ),
)]
pub(crate) async fn cancel(State(state): State<ApiState>, Path(id): Path<u64>) -> Result<StatusCode, ApiError> {
    cancel_run(&state, id)?;
    Ok(StatusCode::ACCEPTED)
}

/// As the route does it, for the pages' forms.
pub(crate) fn cancel_run(state: &ApiState, id: u64) -> Result<(), ApiError> {
    if state.runtime.cancel(id) {
        return Ok(());
    }
    match state.catalog.run(id)? {
        Some(_) => Err(ApiError::conflict(format!("The run {id} is over"))),
        None => Err(missing(id)),
    }
}

fn missing(id: u64) -> ApiError {
    ApiError::not_found(format!("No run with id {id}"))
}
