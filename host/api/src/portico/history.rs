//! History: how an entity came to be what it is, how it was, and what changes in the catalog.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use portico_api_types::{ChangeEntry, Changes, History, Timestamp};
use portico_catalog::At;
use portico_model::EntityRef;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Changes when `limit` is not given: as many as a page shows.
const ENTRIES: usize = 50;

/// Changes of the feed when `limit` is not given.
const FEED: usize = 500;

/// How often a waiting request looks; a look reads one record.
const LOOK: Duration = Duration::from_millis(100);

/// The changes of one entity, newest first, each with what differs and who caused it.
#[utoipa::path(
    get, path = "/entities/{kind}/{namespace}/{name}/history", tag = "portico",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
        ("before" = Option<u64>, Query, description = "Only changes with a smaller `sequence`"),
        ("limit" = Option<u32>, Query, description = "At most so many, up to 500; 50 if not given"),
    ),
    responses((status = 200, description = "The changes; none of an entity that never was", body = History)),
)]
pub(crate) async fn history(
    State(state): State<ApiState>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
) -> Result<Json<History>, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let params = Params::parse(raw.as_deref(), &["before", "limit"])?;
    let before = params.integer("before", 1..=i64::MAX)?.map(|before| before as u64);
    let limit = params.integer("limit", 1..=500)?.unwrap_or(ENTRIES);
    Ok(Json(History { items: state.catalog.story(&reference, before, limit)? }))
}

/// The entity as it was at a time, without its relations.
#[utoipa::path(
    get, path = "/entities/{kind}/{namespace}/{name}/at", tag = "portico",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
        ("time" = String, Query, description = "Such as `2026-11-19T14:03:00Z`"),
    ),
    responses((status = 200, description = "The entity", body = Object), (status = 404, description = "It was not there")),
)]
pub(crate) async fn at(
    State(state): State<ApiState>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let params = Params::parse(raw.as_deref(), &["time"])?;
    let time = params.one("time")?.ok_or_else(|| {
        ApiError::input("request/query must have required property 'time', such as time=2026-11-19T14:03:00Z")
    })?;
    let time: Timestamp = time.parse().map_err(|_| {
        ApiError::input(format!("query parameter 'time' must be a time such as 2026-11-19T14:03:00Z, found '{time}'"))
    })?;
    match state.catalog.entity_at(&reference, time)? {
        At::Was(entity) => Ok(crate::catalog::json(entity.to_string())),
        At::WasNot => Err(ApiError::not_found(format!("{reference} was not in the catalog at {time}"))),
        At::Forgotten => Err(ApiError::not_found(format!(
            "changes of {time} are no longer kept; `catalog.history` in portico.yaml says how long they are"
        ))),
    }
}

/// What changed in the catalog after a change, oldest first. With `wait`, an answer without changes waits for the first.
#[utoipa::path(
    get, path = "/changes", tag = "portico",
    params(
        ("after" = Option<u64>, Query, description = "Only changes with a larger `sequence`; from the first, if not given"),
        ("limit" = Option<u32>, Query, description = "At most so many, up to 5000; 500 if not given"),
        ("wait" = Option<u32>, Query, description = "Seconds to wait for a change, up to 60"),
    ),
    responses((status = 200, description = "The changes", body = Changes)),
)]
pub(crate) async fn changes(State(state): State<ApiState>, RawQuery(raw): RawQuery) -> Result<Json<Changes>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["after", "limit", "wait"])?;
    let after = params.integer("after", 0..=i64::MAX)?.unwrap_or(0) as u64;
    let limit = params.integer("limit", 1..=5_000)?.unwrap_or(FEED);
    let wait = Duration::from_secs(params.integer("wait", 0..=60)?.unwrap_or(0) as u64);
    let end = Instant::now() + wait;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let changes = state.catalog.feed(after, limit)?;
        if !changes.items.is_empty() || Instant::now() >= end {
            return Ok(Json(changes));
        }
    }
}

/// What changes in the catalog, as it does: an event for each change, with its `sequence` as `id`. A client that comes back with
/// `Last-Event-ID`, as browsers do, misses nothing.
#[utoipa::path(
    get, path = "/changes/events", tag = "portico",
    params(
        ("after" = Option<u64>, Query, description = "Begin after this `sequence`; with the next change, if not given"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last event that was read; counts before `after`"),
    ),
    responses((status = 200, description = "Server-sent events, each a change", body = ChangeEntry, content_type = "text/event-stream")),
)]
pub(crate) async fn events(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["after"])?;
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
    let after = match resumed.or(params.integer("after", 0..=i64::MAX)?.map(|after| after as u64)) {
        Some(after) => after,
        None => state.catalog.feed(u64::MAX - 1, 1)?.last,
    };
    let changes = stream::unfold((state, after), |(state, after)| async move {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            match state.catalog.feed(after, FEED) {
                Ok(changes) if changes.items.is_empty() => {}
                Ok(changes) => {
                    let last = changes.items.last().map_or(after, |change| change.sequence);
                    return Some((changes.items, (state, last)));
                }
                Err(error) => {
                    // The client comes back by itself, and goes on where it was.
                    tracing::error!("a stream of changes ends: {error}");
                    return None;
                }
            }
        }
    });
    let events = changes.flat_map(|items| stream::iter(items.into_iter().map(|change| Ok(event(&change)))));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn event(change: &ChangeEntry) -> Event {
    let data = serde_json::to_string(change).unwrap_or_default();
    Event::default().event("change").id(change.sequence.to_string()).data(data)
}
