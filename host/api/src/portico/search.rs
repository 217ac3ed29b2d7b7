//! Search from anywhere.

use axum::Json;
use axum::extract::{RawQuery, State};
use portico_api_types::SearchResults;

use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Results when `limit` is not given: as many as fit a palette without scrolling.
const RESULTS: usize = 12;

/// The entities that fit some words best.
#[utoipa::path(
    get, path = "/search", tag = "portico",
    params(
        ("q" = String, Query, description = "Words; each must occur in the name, title, tags, type or description"),
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
    Ok(Json(state.catalog.search(params.one("q")?.unwrap_or(""), limit)?))
}
