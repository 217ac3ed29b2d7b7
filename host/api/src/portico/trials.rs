//! Trying templates that are being written, and what came of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{TemplateToTry, TemplateTrial};

use crate::asking::Asking;
use crate::error::ApiError;
use crate::state::ApiState;
use crate::trials::attempt;

/// Tries a template as it is written, and says what of its files differs from a trial before. Nothing happens outside of a workspace.
#[utoipa::path(
    post, path = "/template-trials", tag = "portico", request_body = TemplateToTry,
    responses((status = 200, description = "What came of it, or why it could not be tried", body = TemplateTrial)),
)]
pub(crate) async fn create(
    State(state): State<ApiState>,
    asking: Asking,
    body: crate::body::Json<TemplateToTry>,
) -> Result<Json<Arc<TemplateTrial>>, ApiError> {
    attempt(&state, &asking, body.0).await.map(Json)
}

/// A trial of the last while.
#[utoipa::path(
    get, path = "/template-trials/{id}", tag = "portico", params(("id" = String, Path, description = "The trial's `id`")),
    responses((status = 200, description = "What came of it", body = TemplateTrial), (status = 404, description = "It is not kept any more")),
)]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<Json<Arc<TemplateTrial>>, ApiError> {
    let gone = || ApiError::not_found("The dry run is not kept any more: only the latest are. Try the template again");
    state.trials.get(&id).map(Json).ok_or_else(gone)
}
