//! Fields: what the entities of a list have, to be columns of it and to narrow it.

use axum::Json;
use axum::extract::{RawQuery, State};
use portico_api_types::Fields;

use crate::asking::Asking;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// The fields of the entities that match: facts, derived properties, what documents say.
#[utoipa::path(
    get, path = "/fields", tag = "portico",
    params(
        ("filter" = Option<Vec<String>>, Query, description = "As for `/entities`"),
        ("q" = Option<String>, Query, description = "As for `/entities`"),
    ),
    responses((status = 200, description = "The fields, with how many entities have each", body = Fields)),
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    asking: Asking,
    RawQuery(raw): RawQuery,
) -> Result<Json<Fields>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["filter", "q"])?;
    let filter = crate::catalog::filter(&state, &asking, &params)?;
    // Of each field one entity is read.
    Ok(Json(state.store(move |catalog| catalog.fields(&filter)).await?))
}
