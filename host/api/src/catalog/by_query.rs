//! Pages of entities: filtered, sorted, with cursors both ways.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use portico_catalog::{Direction, Order, Page, Query, TextFilter};
use portico_model::Filter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cursor::{self, Cursor, FullText, OrderField, SortOrder};
use super::reply::{self, Cached, Projection};
use crate::asking::Asking;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Entities on a page that does not say how many.
const PAGE: usize = 200;

/// Entities on a page at most.
const LIMIT: usize = 10_000;

/// Where words are looked for when no field is named.
const TEXT_FIELDS: [&str; 2] = ["metadata.name", "metadata.title"];

/// A page to ask for, in the body of a POST.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageQuery {
    /// A predicate.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    /// At most so many.
    #[serde(default)]
    limit: Option<usize>,
    /// Leave out so many first.
    #[serde(default)]
    offset: Option<usize>,
    /// The first decides the order.
    #[serde(default)]
    order_by: Option<Vec<OrderField>>,
    /// Words to look for.
    #[serde(default)]
    full_text_filter: Option<FullText>,
    /// Parts of each entity to send.
    #[serde(default)]
    fields: Option<Vec<String>>,
    /// Continue from here; the query is in the cursor.
    #[serde(default)]
    cursor: Option<String>,
    /// `include` or `exclude`.
    #[serde(default)]
    total_items: Option<TotalItems>,
}

/// Whether to count everything that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TotalItems {
    /// Count.
    Include,
    /// Answer 0.
    Exclude,
}

/// What a page is made of, however it was asked for.
struct Asked {
    filters: Option<Vec<String>>,
    predicate: Option<Value>,
    q: Option<String>,
    order: Option<OrderField>,
    text: Option<FullText>,
    limit: usize,
    offset: usize,
    cursor: Option<Cursor>,
    count: bool,
    fields: Projection,
}

/// A page of entities.
#[utoipa::path(
    get, path = "/entities/by-query", tag = "catalog",
    params(
        ("filter" = Option<Vec<String>>, Query, description = "As for `/entities`"),
        ("fields" = Option<String>, Query, description = "Parts of each entity to send"),
        ("limit" = Option<u32>, Query, description = "At most so many; 200 if not given"),
        ("offset" = Option<u32>, Query, description = "Leave out so many first"),
        ("orderField" = Option<Vec<String>>, Query, description = "`FIELD,asc` or `FIELD,desc`; entities without the field are left out"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` or `prevCursor` of a page"),
        ("totalItems" = Option<String>, Query, description = "`include` or `exclude`"),
        ("fullTextFilterTerm" = Option<String>, Query, description = "Words to look for"),
        ("q" = Option<String>, Query, description = "As for `/entities`"),
        ("fullTextFilterFields" = Option<String>, Query, description = "Where; name and title if not given"),
    ),
    responses((status = 200, description = "`items`, `totalItems`, `pageInfo` with `nextCursor` and `prevCursor`", body = Object), (status = 304, description = "As it was: `If-None-Match` names it")),
)]
pub(crate) async fn get(
    State(state): State<ApiState>,
    asking: Asking,
    cached: Cached,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let known = [
        "filter",
        "fields",
        "limit",
        "offset",
        "orderField",
        "cursor",
        "totalItems",
        "fullTextFilterTerm",
        "fullTextFilterFields",
        "q",
    ];
    let params = Params::parse(raw.as_deref(), &known)?;
    let count = params.choice("totalItems", &[("include", true), ("exclude", false)])?.unwrap_or(true);
    let text = params.one("fullTextFilterTerm")?.map(|term| {
        let fields = params.list("fullTextFilterFields");
        FullText { term: term.to_owned(), fields: (!fields.is_empty()).then_some(fields) }
    });
    let asked = Asked {
        filters: Some(params.all("filter").into_iter().map(str::to_owned).collect()),
        predicate: None,
        q: params.one("q")?.map(str::to_owned),
        order: params.all("orderField").first().map(|text| order_field(text)).transpose()?,
        text,
        limit: params.integer("limit", 0..=LIMIT as i64)?.unwrap_or(PAGE),
        offset: params.integer("offset", 0..=i64::from(u32::MAX))?.unwrap_or(0),
        cursor: params.one("cursor")?.map(Cursor::decode).transpose()?,
        count,
        fields: reply::projection(&params.all("fields"))?,
    };
    cached.or(page(&state, &asking, asked)?)
}

/// A page of entities, asked for with a predicate.
#[utoipa::path(
    post, path = "/entities/by-query", tag = "catalog", request_body = PageQuery,
    responses((status = 200, description = "As for the GET", body = Object)),
)]
pub(crate) async fn post(
    State(state): State<ApiState>,
    asking: Asking,
    body: crate::body::Json<PageQuery>,
) -> Result<Response, ApiError> {
    let body = body.0;
    let fields = body.fields.unwrap_or_default();
    let limit = body.limit.unwrap_or(PAGE).min(LIMIT);
    let asked = Asked {
        filters: None,
        predicate: Some(body.query.unwrap_or_else(|| json!({}))),
        q: None,
        order: body.order_by.and_then(|orders| orders.into_iter().next()),
        text: body.full_text_filter,
        limit,
        offset: body.offset.unwrap_or(0),
        cursor: body.cursor.as_deref().map(Cursor::decode).transpose()?,
        count: body.total_items != Some(TotalItems::Exclude),
        fields: reply::projection(&fields.iter().map(String::as_str).collect::<Vec<_>>())?,
    };
    Ok(reply::json(page(&state, &asking, asked)?))
}

fn order_field(text: &str) -> Result<OrderField, ApiError> {
    let (field, order) = text.split_once(',').unwrap_or((text, "asc"));
    let order = match order.trim() {
        "asc" => SortOrder::Asc,
        "desc" => SortOrder::Desc,
        other => {
            return Err(ApiError::input(format!("Invalid order field order, must be asc or desc, found '{other}'")));
        }
    };
    Ok(OrderField { field: field.trim().to_owned(), order })
}

/// A cursor brings its own query; what else the request says of it is not heard.
fn resume(asked: Asked) -> Asked {
    let Some(cursor) = &asked.cursor else { return asked };
    Asked {
        filters: cursor.filter.clone(),
        predicate: cursor.query.clone(),
        q: cursor.q.clone(),
        order: cursor.order_fields.first().cloned(),
        text: cursor.full_text_filter.clone(),
        offset: 0,
        ..asked
    }
}

fn page(state: &ApiState, asking: &Asking, asked: Asked) -> Result<Vec<u8>, ApiError> {
    let asked = resume(asked);
    let filters: Vec<&str> = asked.filters.iter().flatten().map(String::as_str).collect();
    let filter = match &asked.predicate {
        Some(predicate) => Filter::from_predicate(predicate),
        None => Filter::from_query(&filters),
    };
    let mut filter = filter.map_err(|error| ApiError::input(error.to_string()))?;
    if let Some(text) = &asked.q {
        filter = Filter::All(vec![filter, super::entities::typed(state, asking, text)?]);
    }
    let text = asked.text.as_ref().map(|text| TextFilter {
        term: text.term.clone(),
        fields: text.fields.clone().unwrap_or_else(|| TEXT_FIELDS.map(str::to_owned).to_vec()),
    });
    let order = match &asked.order {
        None => Order::Age,
        Some(OrderField { field, order }) => Order::Field {
            field: field.clone(),
            direction: if *order == SortOrder::Asc { Direction::Ascending } else { Direction::Descending },
            keep_valueless: false,
        },
    };
    let query = Query {
        filter,
        text,
        order,
        from: asked.cursor.as_ref().and_then(Cursor::position),
        backwards: asked.cursor.as_ref().is_some_and(|cursor| cursor.is_previous),
        offset: asked.offset,
        limit: asked.limit,
    };
    let page = state.catalog.query(&query)?;
    let total = match &asked.cursor {
        Some(cursor) => cursor.total_items,
        None if asked.count => page.total,
        None => 0,
    };
    let info = page_info(&asked, &query, &page, total)?;
    let mut body = b"{\"items\":".to_vec();
    body.extend(reply::array(page.items, &asked.fields)?);
    body.extend(format!(",\"totalItems\":{total},\"pageInfo\":{info}}}").into_bytes());
    Ok(body)
}

/// The cursors to the pages beside this one. The first page has none before it, the last none behind it.
fn page_info(asked: &Asked, query: &Query, page: &Page, total: u64) -> Result<Value, ApiError> {
    let (Some(first), Some(last)) = (&page.first, &page.last) else { return Ok(json!({})) };
    let begun = match &asked.cursor {
        Some(cursor) => cursor.first_sort_field_values.clone(),
        None => cursor::values(first),
    };
    let cursor = |position, is_previous| {
        Cursor {
            order_fields: asked.order.iter().cloned().collect(),
            order_field_values: cursor::values(position),
            filter: asked.filters.clone(),
            query: asked.predicate.clone(),
            q: asked.q.clone(),
            full_text_filter: asked.text.clone(),
            is_previous,
            first_sort_field_values: begun.clone(),
            total_items: total,
        }
        .encode()
    };
    let (before, after) = if query.backwards {
        (page.more, true)
    } else {
        (asked.cursor.is_some() && cursor::values(first) != begun, page.more)
    };
    let mut info = json!({});
    if after {
        info["nextCursor"] = Value::String(cursor(last, false)?);
    }
    if before {
        info["prevCursor"] = Value::String(cursor(first, true)?);
    }
    Ok(info)
}
