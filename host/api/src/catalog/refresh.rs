//! Having an entity read again.

use axum::extract::State;
use axum::http::StatusCode;
use portico_model::EntityRef;
use serde::Deserialize;

use crate::error::ApiError;
use crate::state::ApiState;

/// Which entity.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Refresh {
    /// `kind:namespace/name`.
    entity_ref: String,
    /// Known to clients of the field, and not needed: whoever may ask may have it read.
    #[serde(default)]
    #[expect(dead_code, reason = "read so that it is not refused")]
    authorization_token: Option<String>,
}

/// Has the sources that speak for an entity read soon.
#[utoipa::path(
    post, path = "/refresh", tag = "catalog", request_body = Refresh,
    responses((status = 200, description = "It will be read soon"), (status = 404, description = "There is no such entity")),
)]
pub(crate) async fn refresh(
    State(state): State<ApiState>,
    body: crate::body::Json<Refresh>,
) -> Result<StatusCode, ApiError> {
    let reference = EntityRef::parse(&body.0.entity_ref).map_err(|error| ApiError::input(error.to_string()))?;
    let origin = state.catalog.origin(&reference)?;
    let origin = origin.ok_or_else(|| ApiError::not_found(format!("Entity {reference} not found")))?;
    for claim in origin.claims {
        state.runtime.read_scope(&claim.source.plugin, &claim.source.scope);
    }
    Ok(StatusCode::OK)
}
