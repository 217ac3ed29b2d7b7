//! Trying a template.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use portico_api_types::{DryRun, DryRunFile};
use portico_scaffolder::{DryRunRequest, Template};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::templates;
use crate::asking::Asking;
use crate::body::whole;
use crate::error::ApiError;
use crate::state::ApiState;

/// Bytes of a template with the files beside it, as clients of the field may send them.
const LARGEST: u64 = 10 << 20;

/// A template to be tried.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DryRunInput {
    /// The template's entity.
    #[schema(value_type = Object)]
    template: Value,
    /// What was filled in.
    #[schema(value_type = Object)]
    #[serde(default)]
    values: Map<String, Value>,
    /// Secrets.
    #[schema(value_type = Object)]
    #[serde(default)]
    secrets: Map<String, Value>,
    /// The files beside the template; where there are none, its own are read where it is.
    #[serde(default)]
    directory_contents: Option<Vec<DryRunFile>>,
}

/// Tries a template: nothing happens outside of a workspace, whose files are answered.
#[utoipa::path(
    post, path = "/v2/dry-run", tag = "scaffolder", request_body = DryRunInput,
    responses(
        (status = 200, description = "What would happen", body = DryRun),
        (status = 400, description = "The template, or what was filled in, is not as it has to be"),
        (status = 404, description = "No plugin does what one of its steps wants"),
    ),
)]
pub(crate) async fn dry_run(
    State(state): State<ApiState>,
    asking: Asking,
    request: axum::extract::Request,
) -> Result<Response, ApiError> {
    let body = whole(request.into_body(), LARGEST).await?;
    let input: DryRunInput = serde_json::from_slice(&body)
        .map_err(|error| ApiError::input(format!("request/body is not what this route takes: {error}")))?;
    let template = Template::read(input.template.clone())?;
    let faults = templates::faults(&template, &input.values)?;
    if !faults.is_empty() {
        return Ok(templates::refused(&faults));
    }
    let user = super::user(&state, &asking)?;
    let request = DryRunRequest {
        template: input.template,
        values: input.values,
        secrets: input.secrets,
        files: input.directory_contents,
        user,
    };
    Ok(Json(state.scaffolder.dry_run(request).await?).into_response())
}
