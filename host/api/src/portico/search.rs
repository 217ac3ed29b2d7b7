//! Search from anywhere.

use axum::Json;
use axum::extract::{RawQuery, State};
use portico_api_types::{Hit, SearchResults};
use portico_model::reference_of;
use serde_json::Value;

use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Results when `limit` is not given: as many as fit a palette without scrolling.
const RESULTS: usize = 12;

/// Characters of a description that a result shows.
const DESCRIPTION: usize = 200;

/// The entities that fit some words best. Words may be begun, and slips of the finger are forgiven.
#[utoipa::path(
    get, path = "/search", tag = "portico",
    params(
        ("q" = String, Query, description = "Words; each is looked for in the name, title, tags, type, kind and description"),
        ("limit" = Option<u32>, Query, description = "At most so many, up to 100; 12 if not given"),
    ),
    responses((status = 200, description = "Best first", body = SearchResults)),
)]
pub(crate) async fn search(
    State(state): State<ApiState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<SearchResults>, ApiError> {
    // An empty search is how a search box begins, not an error.
    let raw = raw.filter(|raw| !raw.split('&').any(|part| part == "q="));
    let params = Params::parse(raw.as_deref(), &["q", "limit"])?;
    let limit = params.integer("limit", 1..=100)?.unwrap_or(RESULTS);
    let references = state.search.find(params.one("q")?.unwrap_or(""), limit);
    let references = references.map_err(|error| ApiError::internal(&error))?;
    // What has just gone may still be found for a moment.
    let found = state.catalog.entities_by_refs(&references)?.into_iter().flatten();
    let items = found.filter_map(|found| serde_json::from_slice::<Value>(&found.json).ok());
    Ok(Json(SearchResults { items: items.map(|entity| hit(&entity)).collect() }))
}

fn hit(entity: &Value) -> Hit {
    let text = |pointer| entity.pointer(pointer).and_then(Value::as_str);
    let name = text("/metadata/name").unwrap_or_default();
    let title = text("/metadata/title").or_else(|| text("/spec/profile/displayName")).unwrap_or(name);
    Hit {
        entity_ref: reference_of(entity).map(|reference| reference.to_string()).unwrap_or_default(),
        kind: text("/kind").unwrap_or_default().to_owned(),
        title: title.to_owned(),
        description: text("/metadata/description").map(|text| text.chars().take(DESCRIPTION).collect()),
        entity_type: text("/spec/type").map(str::to_owned),
    }
}
