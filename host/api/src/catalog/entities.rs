//! Entities: all of them, or one.

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use portico_catalog::{Catalog, Direction, Order, Position, Query};
use portico_model::{Asker, EntityRef, Filter};
use serde::{Deserialize, Serialize};

use super::reply::{self, Cached, Projection};
use crate::asking::Asking;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Entities in one piece of a stream: about 600 kB.
const CHUNK: usize = 500;

/// Entities on a page when `limit` is not given but `offset` or `after` is.
const PAGE: usize = 200;

/// All entities that match, in one list; streamed unless a page is asked for.
#[utoipa::path(
    get, path = "/entities", tag = "catalog",
    params(
        ("filter" = Option<Vec<String>>, Query, description = "Conditions joined by AND, such as `kind=component,spec.type=service`; repeat for OR"),
        ("q" = Option<String>, Query, description = "A filter as people type it, such as `owner:payments -lifecycle:deprecated facts.ci.passed:false`"),
        ("fields" = Option<String>, Query, description = "Parts of each entity to send, such as `kind,metadata.name`"),
        ("limit" = Option<u32>, Query, description = "At most so many; at least 1"),
        ("offset" = Option<u32>, Query, description = "Leave out so many first"),
        ("after" = Option<String>, Query, description = "Continue where a page ended, from its `Link` header"),
        ("order" = Option<Vec<String>>, Query, description = "`asc:FIELD` or `desc:FIELD`; entities without the field come last"),
    ),
    responses((status = 200, description = "The entities", body = Vec<Object>), (status = 304, description = "As it was: `If-None-Match` names it"), (status = 400, description = "A parameter is wrong")),
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    asking: Asking,
    cached: Cached,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let params = Params::parse(raw.as_deref(), &["filter", "q", "fields", "limit", "offset", "after", "order"])?;
    let filter = filter(&state, &asking, &params)?;
    let fields = reply::projection(&params.all("fields"))?;
    let orders = params.all("order").into_iter().map(order).collect::<Result<Vec<_>, _>>()?;
    let limit = params.integer("limit", 0..=10_000)?;
    if limit == Some(0) {
        return Err(ApiError::input("Invalid limit, must be greater than zero; leave it out to get every entity"));
    }
    let offset = params.integer("offset", 0..=i64::from(u32::MAX))?;
    let after = params.one("after")?.map(After::decode).transpose()?;
    if limit.is_none() && offset.is_none() && after.is_none() {
        if orders.is_empty() {
            return Ok(stream_all(state.catalog.clone(), filter, fields));
        }
        let page = state.catalog.query(&page_query(filter, orders, usize::MAX - 1, 0))?;
        return cached.or(reply::array(page.items, &fields)?);
    }
    let after = After {
        limit: limit.or(after.as_ref().map(|after| after.limit)).unwrap_or(PAGE),
        offset: offset.or(after.as_ref().map(|after| after.offset)).unwrap_or(0),
    };
    let page = state.catalog.query(&page_query(filter, orders, after.limit, after.offset))?;
    let mut response = cached.or(reply::array(page.items, &fields)?)?;
    if page.more {
        let next = After { limit: after.limit, offset: after.offset + after.limit };
        let link = format!("</entities?{}>; rel=\"next\"", next.query(raw.as_deref())?);
        response.headers_mut().insert(
            header::LINK,
            link.parse().map_err(|error: header::InvalidHeaderValue| ApiError::internal(&error))?,
        );
    }
    Ok(response)
}

/// Reads the `filter` parameters, and `q`, where the route takes it.
pub(crate) fn filter(state: &ApiState, asking: &Asking, params: &Params) -> Result<Filter, ApiError> {
    let filter = Filter::from_query(&params.all("filter")).map_err(|error| ApiError::input(error.to_string()))?;
    Ok(match params.one("q")? {
        Some(text) => Filter::All(vec![filter, typed(state, asking, text)?]),
        None => filter,
    })
}

/// Reads a filter as people type it.
pub(crate) fn typed(state: &ApiState, asking: &Asking, text: &str) -> Result<Filter, ApiError> {
    let asker = if text.contains("@me") { asking.asker(state)? } else { Asker::default() };
    Filter::from_text(text, &asker, state.catalog.registry().kinds())
        .map_err(|error| ApiError::input(format!("query parameter 'q', {error}")))
}

/// One sorted field decides; ties, and lists without one, go by reference.
fn page_query(filter: Filter, orders: Vec<Order>, limit: usize, offset: usize) -> Query {
    let order = orders.into_iter().next().unwrap_or(Order::Reference);
    Query { filter, text: None, order, from: None, backwards: false, offset, limit }
}

fn order(text: &str) -> Result<Order, ApiError> {
    let (direction, field) = match text.split_once(':') {
        Some(("asc", field)) if !field.is_empty() => (Direction::Ascending, field),
        Some(("desc", field)) if !field.is_empty() => (Direction::Descending, field),
        _ => {
            return Err(ApiError::input(format!(
                "Invalid order parameter \"{text}\", expected asc:FIELD or desc:FIELD"
            )));
        }
    };
    Ok(Order::Field { field: field.to_owned(), direction, keep_valueless: true })
}

/// Sends the entities in pieces, so that a large catalog is never held in one answer.
fn stream_all(catalog: Catalog, filter: Filter, fields: Projection) -> Response {
    struct Progress {
        catalog: Catalog,
        filter: Filter,
        fields: Projection,
        from: Option<Position>,
        started: bool,
        ended: bool,
    }
    let start = Progress { catalog, filter, fields, from: None, started: false, ended: false };
    let pieces = stream::try_unfold(start, |mut progress| async move {
        if progress.ended {
            return Ok(None);
        }
        let query = Query {
            filter: progress.filter.clone(),
            text: None,
            order: Order::Age,
            from: progress.from.take(),
            backwards: false,
            offset: 0,
            limit: CHUNK,
        };
        let page = progress.catalog.query(&query)?;
        let mut piece = reply::array(page.items, &progress.fields)?;
        // Every piece is an array of its own: its brackets become the commas between pieces.
        let empty = piece.len() == 2;
        piece[0] = if progress.started { b',' } else { b'[' };
        if progress.started && empty {
            piece.remove(0);
        }
        progress.started = true;
        progress.ended = !page.more;
        if page.more {
            piece.pop();
        }
        progress.from = page.last;
        Ok::<_, ApiError>(Some((Bytes::from(piece), progress)))
    });
    reply::json(Body::from_stream(pieces))
}

/// The `after` parameter: base64 of a JSON object.
#[derive(Serialize, Deserialize)]
struct After {
    limit: usize,
    offset: usize,
}

impl After {
    fn decode(text: &str) -> Result<After, ApiError> {
        let malformed =
            || ApiError::input("Malformed after: use the value of the Link header, or start again without it");
        serde_json::from_slice(&STANDARD.decode(text).map_err(|_| malformed())?).map_err(|_| malformed())
    }

    /// The query string of the next page.
    fn query(&self, raw: Option<&str>) -> Result<String, ApiError> {
        let json = serde_json::to_vec(self).map_err(|error| ApiError::internal(&error))?;
        let kept = raw.unwrap_or("").split('&').filter(|part| !part.is_empty());
        let kept: Vec<&str> = kept.filter(|part| !part.starts_with("after=") && !part.starts_with("offset=")).collect();
        let after: String = url::form_urlencoded::byte_serialize(STANDARD.encode(json).as_bytes()).collect();
        Ok([kept.join("&"), format!("after={after}")]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("&"))
    }
}

/// One entity, by its uid.
#[utoipa::path(
    get, path = "/entities/by-uid/{uid}", tag = "catalog",
    params(("uid" = String, Path, description = "The entity's `metadata.uid`")),
    responses((status = 200, description = "The entity", body = Object), (status = 404, description = "There is none with this uid")),
)]
pub(crate) async fn by_uid(State(state): State<ApiState>, Path(uid): Path<String>) -> Result<Response, ApiError> {
    let entity = state.catalog.entity_by_uid(&uid)?;
    Ok(reply::json(entity.ok_or_else(|| ApiError::not_found(format!("No entity with uid {uid}")))?))
}

/// Deletes an entity by its uid. The sources that spoke for it are read afresh, and one that still has it brings it back.
#[utoipa::path(
    delete, path = "/entities/by-uid/{uid}", tag = "catalog",
    params(("uid" = String, Path, description = "The entity's `metadata.uid`")),
    responses((status = 204, description = "There is none with this uid any more")),
)]
pub(crate) async fn delete(State(state): State<ApiState>, Path(uid): Path<String>) -> Result<StatusCode, ApiError> {
    for (plugin, scope) in state.store(move |catalog| catalog.delete_entity(&uid)).await? {
        state.runtime.read_scope(&plugin, &scope);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// One entity, by its name. The parts are compared without regard to case.
#[utoipa::path(
    get, path = "/entities/by-name/{kind}/{namespace}/{name}", tag = "catalog",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
    ),
    responses((status = 200, description = "The entity", body = Object), (status = 404, description = "There is none of this name")),
)]
pub(crate) async fn by_name(
    State(state): State<ApiState>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let entity = state.catalog.entity(&reference)?;
    let missing = || {
        let message = format!("No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'");
        ApiError::not_found(message)
    };
    Ok(reply::json(entity.ok_or_else(missing)?))
}
