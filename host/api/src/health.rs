//! Health, at the paths that Backstage's deployments already probe.

use axum::Json;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

/// The routes below `/.backstage/health/v1`.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(readiness)).routes(routes!(liveness))
}

/// Whether the portal answers requests. It listens only once its catalog is open, so an answer is a yes.
#[utoipa::path(get, path = "/readiness", tag = "health", responses((status = 200, description = "Ready", body = Object)))]
pub(crate) async fn readiness() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Whether the process is alive.
#[utoipa::path(get, path = "/liveness", tag = "health", responses((status = 200, description = "Alive", body = Object)))]
pub(crate) async fn liveness() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
