//! Many entities by their references, in one request.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use portico_model::Filter;
use serde::Deserialize;
use serde_json::Value;

use super::reply;
use crate::asking::Asking;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// References in one request; Backstage's client sends at most 1,000.
const LIMIT: usize = 10_000;

/// Which entities.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByRefs {
    /// `kind:namespace/name`, in lower case.
    entity_refs: Vec<String>,
    /// Parts of each entity to send.
    #[serde(default)]
    fields: Option<Vec<String>>,
    /// Entities that do not match are answered as null.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
}

/// The entities of the given references, in the same order; null where there is none.
#[utoipa::path(
    post, path = "/entities/by-refs", tag = "catalog", request_body = ByRefs,
    params(("filter" = Option<Vec<String>>, Query, description = "Entities that do not match are answered as null")),
    responses((status = 200, description = "`items`", body = Object), (status = 400, description = "The request is wrong")),
)]
pub(crate) async fn by_refs(
    State(state): State<ApiState>,
    RawQuery(raw): RawQuery,
    body: crate::body::Json<ByRefs>,
) -> Result<Response, ApiError> {
    let params = Params::parse(raw.as_deref(), &["filter"])?;
    let ByRefs { entity_refs, fields, query } = body.0;
    if entity_refs.len() > LIMIT {
        return Err(ApiError::input(format!(
            "request/body/entityRefs holds {} references, at most {LIMIT} are answered at once",
            entity_refs.len()
        )));
    }
    let fields = fields.unwrap_or_default();
    let fields = reply::projection(&fields.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut filters = Vec::new();
    if !params.all("filter").is_empty() {
        filters.push(super::entities::filter(&state, &Asking::default(), &params)?);
    }
    if let Some(query) = &query {
        filters.push(Filter::from_predicate(query).map_err(|error| ApiError::input(error.to_string()))?);
    }
    let allowed = if filters.is_empty() { None } else { Some(state.catalog.matching(&Filter::All(filters))?) };
    let mut items = b"{\"items\":[".to_vec();
    for (place, found) in state.catalog.entities_by_refs(&entity_refs)?.into_iter().enumerate() {
        if place > 0 {
            items.push(b',');
        }
        match found.filter(|found| allowed.as_ref().is_none_or(|allowed| allowed.contains(found.id))) {
            Some(found) => items.extend(reply::project(found.json, &fields)?),
            None => items.extend(b"null"),
        }
    }
    items.extend(b"]}");
    Ok(reply::json(items))
}
