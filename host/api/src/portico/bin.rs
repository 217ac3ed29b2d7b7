//! The bin: what was removed, and how it comes back.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use portico_api_types::Removed;
use portico_catalog::{Restored, SessionError};
use portico_model::EntityRef;
use serde::Deserialize;

use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Entries when `limit` is not given: as many as a page shows.
const ENTRIES: usize = 100;

/// Which entity.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Restore {
    /// As `kind:namespace/name`.
    entity_ref: String,
}

/// What was removed and can come back, last removed first.
#[utoipa::path(
    get, path = "/bin", tag = "portico",
    params(("limit" = Option<u32>, Query, description = "At most so many, up to 5000; 100 if not given")),
    responses((status = 200, description = "What is in the bin", body = Removed)),
)]
pub(crate) async fn list(State(state): State<ApiState>, RawQuery(raw): RawQuery) -> Result<Json<Removed>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["limit"])?;
    let limit = params.integer("limit", 1..=5_000)?.unwrap_or(ENTRIES);
    let removed = state.catalog.bin(limit)?;
    Ok(Json(Removed { plugins: state.runtime.removed_plugins().await?, ..removed }))
}

/// Brings a plugin back as it was: its version with those before it, its settings and grants, its state, and the facts that it had attached. Its
/// sources are read afresh.
#[utoipa::path(
    post, path = "/bin/plugins/{name}/restore", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses(
        (status = 204, description = "It is there again"),
        (status = 404, description = "It is not in the bin"),
        (status = 409, description = "Another plugin has its name by now"),
    ),
)]
pub(crate) async fn restore_plugin(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    state.runtime.restore_plugin(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings an entity back as its source last said it. The portal itself says it from then on, until a source says it again.
#[utoipa::path(
    post, path = "/bin/restore", tag = "portico", request_body = Restore,
    responses(
        (status = 204, description = "It is there again"),
        (status = 400, description = "The catalog's rules of today refuse it"),
        (status = 404, description = "It is not in the bin"),
    ),
)]
pub(crate) async fn restore(
    State(state): State<ApiState>,
    body: crate::body::Json<Restore>,
) -> Result<StatusCode, ApiError> {
    restore_entity(&state, &body.0.entity_ref).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// As the route does it, for the pages' form.
pub(crate) async fn restore_entity(state: &ApiState, reference: &str) -> Result<(), ApiError> {
    let reference = EntityRef::parse(reference).map_err(|error| ApiError::input(error.to_string()))?;
    let wanted = reference.clone();
    match state.store(move |catalog| catalog.restore_entity(&wanted)).await? {
        Restored::Done => Ok(()),
        Restored::Absent => Err(ApiError::not_found(format!("{reference} is not in the bin"))),
        Restored::Refused(reason) => {
            Err(ApiError::input(format!("{reference} cannot come back, as the catalog's rules refuse it: {reason}")))
        }
    }
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> ApiError {
        match error {
            SessionError::AlreadyOpen { .. } => {
                ApiError::conflict("another entity is just being brought back; try again")
            }
            error => ApiError::internal(&error),
        }
    }
}
