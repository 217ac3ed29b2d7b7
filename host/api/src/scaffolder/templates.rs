//! What templates ask for, and what expressions in them know.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portico_forms::{Form, SchemaError};
use portico_model::EntityRef;
use portico_scaffolder::Template;
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::state::ApiState;

/// What is filled in to run a template: its pages, each a JSON Schema.
#[utoipa::path(
    get, path = "/v2/templates/{namespace}/{kind}/{name}/parameter-schema", tag = "scaffolder",
    params(
        ("namespace" = String, Path, description = "Such as `default`"),
        ("kind" = String, Path, description = "`template`"),
        ("name" = String, Path, description = "Such as `rust-service`"),
    ),
    responses(
        (status = 200, description = "`title`, `description` and `steps`", body = Object),
        (status = 400, description = "It is no template"),
        (status = 404, description = "There is no such template"),
    ),
)]
pub(crate) async fn parameter_schema(
    State(state): State<ApiState>,
    Path((namespace, kind, name)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let template = Template::of(&state.catalog, &reference)?;
    Ok(Json(Form::parameter_schema(template.entity())).into_response())
}

/// What is wrong with what was filled in; nothing if the template takes it.
pub(crate) fn faults(template: &Template, values: &Map<String, Value>) -> Result<Vec<SchemaError>, ApiError> {
    let form = Form::parse(template.parameters()).map_err(|error| ApiError::input(error.to_string()))?;
    Ok(form.errors(values))
}

/// The answer that says so, as clients of the field read it.
pub(crate) fn refused(faults: &[SchemaError]) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "errors": faults }))).into_response()
}

/// What expressions know beside what the template language has of itself.
#[utoipa::path(
    get, path = "/v2/templating-extensions", tag = "scaffolder",
    responses((status = 200, description = "Filters and globals", body = Object)),
)]
pub(crate) async fn extensions() -> Json<Value> {
    let filters = [
        (
            "parseRepoUrl",
            "Takes the address of a repository, as a repository picker gives it, apart: host, owner, repo.",
            "${{ parameters.repoUrl | parseRepoUrl }}",
        ),
        (
            "parseEntityRef",
            "Takes a reference apart: kind, namespace, name.",
            "${{ parameters.owner | parseEntityRef({ defaultKind: 'group' }) }}",
        ),
        ("pick", "One property of an object.", "${{ parameters.owner | parseEntityRef | pick('name') }}"),
        (
            "projectSlug",
            "Owner and name of a repository, as forges write them.",
            "${{ parameters.repoUrl | projectSlug }}",
        ),
    ];
    let filters: Map<String, Value> = filters
        .into_iter()
        .map(|(name, description, example)| {
            (name.to_owned(), json!({ "description": description, "examples": [{ "example": example }] }))
        })
        .collect();
    Json(json!({ "filters": filters, "globals": { "functions": {}, "values": {} } }))
}
