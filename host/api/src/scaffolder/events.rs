//! What is said in a task, as it is said.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::{Stream, StreamExt, stream};
use portico_api_types::TaskEvent;
use portico_scaffolder::Scaffolder;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Events that are read from the journal at once.
const PIECE: usize = 500;

/// How long a request for what is new waits for something new; clients of the field expect that.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was said in a task, or, where nothing was said after `after`, what is said next within half a minute.
#[utoipa::path(
    get, path = "/v2/tasks/{id}/events", tag = "scaffolder",
    params(
        ("id" = String, Path, description = "The task's `id`"),
        ("after" = Option<u64>, Query, description = "The last event that is known"),
    ),
    responses((status = 200, description = "The events", body = Vec<TaskEvent>), (status = 404, description = "There is no such task")),
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<TaskEvent>>, ApiError> {
    let after = after(raw.as_deref())?;
    let mut follower = Follower::new(&state.scaffolder, &id, after);
    match timeout(PATIENCE, follower.next()).await {
        Ok(events) => Ok(Json(events?.unwrap_or_default())),
        Err(_) => Ok(Json(Vec::new())),
    }
}

/// A task as it happens: what was said so far, or after `after`, then what is said. The stream ends with the task.
#[utoipa::path(
    get, path = "/v2/tasks/{id}/eventstream", tag = "scaffolder",
    params(
        ("id" = String, Path, description = "The task's `id`"),
        ("after" = Option<u64>, Query, description = "The last event that is known"),
    ),
    responses(
        (status = 200, description = "Server-sent events, named by their `type`", body = TaskEvent, content_type = "text/event-stream"),
        (status = 404, description = "There is no such task"),
    ),
)]
pub(crate) async fn stream(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    headers: axum::http::HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    // A browser that was cut off says where it was.
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let after = match seen {
        Some(seen) => seen,
        None => after(raw.as_deref())?,
    };
    // One that is not there is said at once.
    state.scaffolder.events(&id, after, 0)?;
    let follower = Follower::new(&state.scaffolder, &id, after);
    let events = stream::unfold(follower, |mut follower| async move {
        match follower.next().await {
            Ok(events) => events.map(|events| (events, follower)),
            Err(error) => {
                tracing::warn!(%error, "an event stream ended early");
                None
            }
        }
    });
    let events = events.flat_map(|events| stream::iter(events.into_iter().map(|event| Ok(written(&event)))));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn after(raw: Option<&str>) -> Result<u64, ApiError> {
    let params = Params::parse(raw, &["after"])?;
    Ok(params.integer("after", 0..=i64::MAX)?.unwrap_or(0) as u64)
}

fn written(event: &TaskEvent) -> Event {
    Event::default()
        .event(event.kind.as_str())
        .id(event.id.to_string())
        .data(serde_json::to_string(event).unwrap_or_default())
}

/// Reads on in a task's journal.
struct Follower {
    scaffolder: Scaffolder,
    id: String,
    after: u64,
    written: watch::Receiver<u64>,
    is_over: bool,
}

impl Follower {
    fn new(scaffolder: &Scaffolder, id: &str, after: u64) -> Follower {
        Follower {
            written: scaffolder.changed(),
            scaffolder: scaffolder.clone(),
            id: id.to_owned(),
            after,
            is_over: false,
        }
    }

    /// What is new, once there is something; nothing when the task is over.
    async fn next(&mut self) -> Result<Option<Vec<TaskEvent>>, ApiError> {
        loop {
            if self.is_over {
                return Ok(None);
            }
            self.written.borrow_and_update();
            let (scaffolder, id, after) = (self.scaffolder.clone(), self.id.clone(), self.after);
            let read = tokio::task::spawn_blocking(move || scaffolder.events(&id, after, PIECE)).await;
            let (events, is_over) = read.map_err(|error| ApiError::internal(&error))??;
            self.is_over = is_over;
            if let Some(last) = events.last() {
                self.after = last.id;
                return Ok(Some(events));
            }
            if !is_over && self.written.changed().await.is_err() {
                return Ok(None);
            }
        }
    }
}
