//! Backstage's scaffolder API (`/api/scaffolder`), wire-compatible, so that its clients run templates unchanged.
//!
//! One file per resource. Handlers parse their request, ask the scaffolder, and write what it answers; they hold no rules of their own.

mod actions;
mod dry_run;
mod events;
mod tasks;

pub(crate) use tasks::{begin, status as task_status};

use portico_api_types::TaskUser;
use portico_scaffolder::ScaffoldError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::asking::Asking;
use crate::error::ApiError;
use crate::state::ApiState;

/// The routes below `/api/scaffolder`.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(actions::list))
        .routes(routes!(tasks::list, tasks::create))
        .routes(routes!(tasks::one))
        .routes(routes!(tasks::cancel))
        .routes(routes!(tasks::retry))
        .routes(routes!(events::list))
        .routes(routes!(events::stream))
        .routes(routes!(dry_run::dry_run))
}

impl From<ScaffoldError> for ApiError {
    fn from(error: ScaffoldError) -> ApiError {
        let message = error.to_string();
        match error {
            ScaffoldError::NoTemplate(_)
            | ScaffoldError::NoTask(_)
            | ScaffoldError::NoAction(_)
            | ScaffoldError::NoExpiry(_) => ApiError::not_found(message),
            ScaffoldError::NotAllowed(_) => ApiError::forbidden(message),
            ScaffoldError::NotATemplate(_) | ScaffoldError::Template(_) | ScaffoldError::Input(_) => {
                ApiError::input(message)
            }
            ScaffoldError::State(_) => ApiError::conflict(message),
            error @ (ScaffoldError::Store(_) | ScaffoldError::Files(_) | ScaffoldError::Portal(_)) => {
                ApiError::internal(&error)
            }
        }
    }
}

/// Who asks, as templates know them.
pub(crate) fn user(state: &ApiState, asking: &Asking) -> Result<TaskUser, ApiError> {
    let Some(reference) = &asking.0 else { return Ok(TaskUser::default()) };
    let entity = state.catalog.entity(reference)?;
    let entity = entity.map(|entity| serde_json::from_slice(&entity)).transpose();
    let entity = entity.map_err(|error| ApiError::internal(&error))?;
    Ok(TaskUser { entity, reference: Some(reference.to_string()) })
}

/// An entity that is named in a request.
pub(crate) fn entity(state: &ApiState, reference: &str) -> Result<serde_json::Value, ApiError> {
    let reference = portico_model::EntityRef::parse(reference).map_err(|error| ApiError::input(error.to_string()))?;
    let entity = state.catalog.entity(&reference)?;
    let entity = entity.ok_or_else(|| ApiError::not_found(format!("found no entity for ref {reference}")))?;
    serde_json::from_slice(&entity).map_err(|error| ApiError::internal(&error))
}
