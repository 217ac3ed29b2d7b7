//! Plugins: what each asks for, what it got, how it does.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{Plugin, Plugins};

use crate::error::ApiError;
use crate::state::ApiState;

/// Every plugin that is known, by name.
#[utoipa::path(get, path = "/plugins", tag = "portico", responses((status = 200, description = "The plugins", body = Plugins)))]
pub(crate) async fn list(State(state): State<ApiState>) -> Json<Plugins> {
    Json(Plugins { items: state.runtime.plugins() })
}

/// One plugin.
#[utoipa::path(
    get, path = "/plugins/{name}", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 200, description = "The plugin", body = Plugin), (status = 404, description = "There is no such plugin")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(name): Path<String>) -> Result<Json<Plugin>, ApiError> {
    let plugin = state.runtime.plugin(&name).ok_or_else(|| ApiError::not_found(format!("No plugin named {name}")))?;
    Ok(Json(Plugin { waiting: state.runtime.waiting(&name).await, ..plugin }))
}
