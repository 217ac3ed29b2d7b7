//! What the portal says of itself.

use axum::Json;
use axum::extract::State;

use crate::state::{ApiState, Portal};

/// The portal's title and version.
#[utoipa::path(get, path = "/portal", tag = "portico", responses((status = 200, description = "Title and version", body = Portal)))]
pub(crate) async fn portal(State(state): State<ApiState>) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "title": state.portal.title, "version": state.portal.version }))
}
