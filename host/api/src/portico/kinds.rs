//! Kinds: listed, declared, tried, removed; and JSON Schemas of their documents for editors.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use portico_api_types::{KindDeclaration, KindDetail, KindEffect, KindList};
use portico_catalog::{KindsChanged, KindsError};
use serde_json::Value;

use crate::body;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

impl From<KindsError> for ApiError {
    fn from(error: KindsError) -> ApiError {
        match error {
            KindsError::Declaration(error) => ApiError::input(error.to_string()),
            error @ KindsError::Foreign { .. } => ApiError::conflict(error.to_string()),
            KindsError::Unknown { kind } => unknown(&kind),
            KindsError::Store(error) => error.into(),
        }
    }
}

fn unknown(name: &str) -> ApiError {
    ApiError::not_found(format!("No kind named '{name}'"))
}

/// Every kind, in the order in which people list them.
#[utoipa::path(get, path = "/kinds", tag = "portico", responses((status = 200, description = "The kinds", body = KindList)))]
pub(crate) async fn list(State(state): State<ApiState>) -> Json<KindList> {
    Json(KindList { items: state.catalog.registry().details() })
}

/// One kind.
#[utoipa::path(
    get, path = "/kinds/{name}", tag = "portico", params(("name" = String, Path, description = "Its name, in any case")),
    responses((status = 200, description = "The kind", body = KindDetail), (status = 404, description = "There is no such kind")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(name): Path<String>) -> Result<Json<KindDetail>, ApiError> {
    let details = state.catalog.registry().details();
    let found = details.into_iter().find(|kind| kind.name.eq_ignore_ascii_case(&name));
    Ok(Json(found.ok_or_else(|| unknown(&name))?))
}

/// How a kind was declared.
#[utoipa::path(
    get, path = "/kinds/{name}/declaration", tag = "portico", params(("name" = String, Path, description = "Its name, in any case")),
    responses(
        (status = 200, description = "The declaration", body = KindDeclaration),
        (status = 404, description = "There is no such kind, or it is built in"),
    ),
)]
pub(crate) async fn declaration(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<KindDeclaration>, ApiError> {
    let registry = state.catalog.registry();
    let declared = registry.declared().get(&name.to_lowercase()).ok_or_else(|| unknown(&name))?;
    Ok(Json(declared.declaration.clone()))
}

/// Declares a kind, or changes one that was declared here. It counts at once: documents of the kind that sources hold are judged by
/// it, and those that were refused are read again. With `dryRun` nothing is changed.
#[utoipa::path(
    post, path = "/kinds", tag = "portico", request_body(content = KindDeclaration, description = "As JSON or YAML"),
    params(("dryRun" = Option<bool>, Query, description = "Change nothing, and answer what would become invalid")),
    responses(
        (status = 200, description = "What becomes of the documents of the kind", body = KindEffect),
        (status = 400, description = "The declaration cannot be used"),
        (status = 409, description = "The kind comes from elsewhere"),
    ),
)]
pub(crate) async fn declare(
    State(state): State<ApiState>,
    RawQuery(raw): RawQuery,
    body::Document(document): body::Document,
) -> Result<Json<KindEffect>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["dryRun"])?;
    let dry = params.choice("dryRun", &[("true", true), ("false", false)])?.unwrap_or(false);
    let text = std::str::from_utf8(&document).map_err(|_| ApiError::input("request/body is no UTF-8 text"))?;
    let declaration: KindDeclaration =
        portico_manifest::parse(text, "request/body").map_err(|error| ApiError::input(error.to_string()))?;
    if dry {
        return Ok(Json(state.store(move |catalog| catalog.kind_effect(declaration)).await?));
    }
    let changed = state.store(move |catalog| catalog.declare_kind(declaration)).await?;
    Ok(Json(follow(&state, changed)))
}

/// Removes a kind that was declared here. Its entities go; what sources said of them stays, and comes back with the kind.
#[utoipa::path(
    delete, path = "/kinds/{name}", tag = "portico", params(("name" = String, Path, description = "Its name, in any case")),
    responses(
        (status = 200, description = "How many documents were of the kind", body = KindEffect),
        (status = 404, description = "There is no such kind"),
        (status = 409, description = "The kind comes from elsewhere"),
    ),
)]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<KindEffect>, ApiError> {
    let changed = state.store(move |catalog| catalog.remove_kind(&name)).await?;
    Ok(Json(follow(&state, changed)))
}

/// The JSON Schema of a document of one kind, for editors.
#[utoipa::path(
    get, path = "/kinds/{name}/schema", tag = "portico", params(("name" = String, Path, description = "Its name, in any case")),
    responses((status = 200, description = "The schema", body = Object), (status = 404, description = "There is no such kind")),
)]
pub(crate) async fn schema(State(state): State<ApiState>, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    let schema = portico_kinds::document_schema(&state.catalog.registry(), &name);
    Ok(Json(schema.ok_or_else(|| unknown(&name))?))
}

/// The JSON Schema of a document of any kind, for editors.
#[utoipa::path(get, path = "/schema", tag = "portico", responses((status = 200, description = "The schema", body = Object)))]
pub(crate) async fn every_schema(State(state): State<ApiState>) -> Json<Value> {
    Json(portico_kinds::every_schema(&state.catalog.registry()))
}

/// Has the sources read that a change of kinds concerns.
fn follow(state: &ApiState, changed: KindsChanged) -> KindEffect {
    for (plugin, scope) in &changed.read {
        state.runtime.read_scope(plugin, scope);
    }
    changed.effect
}
