//! Facets: how often each value of a field occurs.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use portico_model::Filter;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::reply::{self, Cached};
use crate::asking::Asking;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Which facets of which entities.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct FacetQuery {
    /// Fields to count, such as `spec.type`.
    facets: Vec<String>,
    /// A predicate.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
}

/// Counts of the values of some fields, among the entities that match.
#[utoipa::path(
    get, path = "/entity-facets", tag = "catalog",
    params(
        ("facet" = Vec<String>, Query, description = "A field to count, such as `spec.type`; may be repeated"),
        ("filter" = Option<Vec<String>>, Query, description = "As for `/entities`"),
        ("q" = Option<String>, Query, description = "As for `/entities`"),
    ),
    responses((status = 200, description = "`facets`, by field, each a list of `value` and `count`", body = Object), (status = 304, description = "As it was: `If-None-Match` names it")),
)]
pub(crate) async fn get(
    State(state): State<ApiState>,
    asking: Asking,
    cached: Cached,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let params = Params::parse(raw.as_deref(), &["facet", "filter", "q"])?;
    let facets: Vec<String> = params.all("facet").into_iter().map(str::to_owned).collect();
    if facets.is_empty() {
        return Err(ApiError::input(
            "request/query must have required property 'facet': name a field to count, such as facet=spec.type",
        ));
    }
    cached.or(counted(&state, &facets, &super::entities::filter(&state, &asking, &params)?)?)
}

/// As the GET, with a predicate.
#[utoipa::path(
    post, path = "/entity-facets", tag = "catalog", request_body = FacetQuery,
    responses((status = 200, description = "As for the GET", body = Object)),
)]
pub(crate) async fn post(
    State(state): State<ApiState>,
    body: crate::body::Json<FacetQuery>,
) -> Result<Response, ApiError> {
    let FacetQuery { facets, query } = body.0;
    if facets.is_empty() {
        return Err(ApiError::input(
            "Missing or empty facets parameter: name a field to count, such as [\"spec.type\"]",
        ));
    }
    let filter = match &query {
        Some(query) => Filter::from_predicate(query).map_err(|error| ApiError::input(error.to_string()))?,
        None => Filter::everything(),
    };
    Ok(reply::json(counted(&state, &facets, &filter)?))
}

fn counted(state: &ApiState, fields: &[String], filter: &Filter) -> Result<Vec<u8>, ApiError> {
    let counts = state.catalog.facets(fields, filter, None)?;
    let facets: Map<String, Value> = fields
        .iter()
        .zip(counts)
        .map(|(field, counts)| {
            let counts =
                counts.into_iter().map(|count| json!({ "value": count.value, "count": count.count })).collect();
            (field.clone(), Value::Array(counts))
        })
        .collect();
    Ok(json!({ "facets": facets }).to_string().into_bytes())
}
