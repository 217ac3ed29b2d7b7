//! What the portal says of itself.

use axum::Json;
use axum::extract::State;
use portico_model::EntityRef;

use crate::asking::Asking;
use crate::error::ApiError;
use crate::state::{ApiState, Portal};

/// The portal's title and version.
#[utoipa::path(get, path = "/portal", tag = "portico", responses((status = 200, description = "Title and version", body = Portal)))]
pub(crate) async fn portal(State(state): State<ApiState>) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "title": state.portal.title, "version": state.portal.version }))
}

/// Who asks.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// The user's entity; none where nobody is signed in, or the catalog does not know them.
    #[schema(value_type = Option<String>)]
    user: Option<EntityRef>,
    /// The groups that they belong to.
    #[schema(value_type = Vec<String>)]
    groups: Vec<EntityRef>,
}

/// Who asks, and what they belong to: what `@me` stands for.
#[utoipa::path(get, path = "/me", tag = "portico", responses((status = 200, description = "The user, if one is known", body = Me)))]
pub(crate) async fn me(State(state): State<ApiState>, asking: Asking) -> Result<Json<Me>, ApiError> {
    let groups = asking.asker(&state)?.me.into_iter().skip(1).collect();
    Ok(Json(Me { user: asking.0, groups }))
}
