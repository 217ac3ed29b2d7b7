//! The actions that templates can name.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;

use crate::state::ApiState;

/// An action.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Action {
    /// What templates call it.
    id: String,
    /// What it does.
    description: String,
    /// How it is used.
    examples: Vec<ActionExample>,
    /// What goes in, and what comes out.
    schema: ActionSchema,
    /// The plugin that does it.
    plugin: String,
    /// Whether it is done in dry runs as well.
    supports_dry_run: bool,
    /// Whether doing it twice comes to the same as doing it once.
    repeatable: bool,
}

/// How an action is used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ActionExample {
    /// What it shows.
    description: String,
    /// A part of a template, in YAML.
    example: String,
}

/// What goes in, and what comes out, as JSON Schemas.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ActionSchema {
    #[schema(value_type = Object)]
    input: Value,
    #[schema(value_type = Object)]
    output: Value,
}

/// Every action that templates can name, sorted by its name.
#[utoipa::path(
    get, path = "/v2/actions", tag = "scaffolder",
    responses((status = 200, description = "The actions", body = Vec<Action>)),
)]
pub(crate) async fn list(State(state): State<ApiState>) -> Json<Vec<Action>> {
    let action = |installed: portico_runtime::InstalledAction| {
        let portico_runtime::InstalledAction { plugin, declaration } = installed;
        let example = |example: portico_manifest::ActionExample| ActionExample {
            example: as_step(&declaration.id, &example.input),
            description: example.description,
        };
        Action {
            examples: declaration.examples.iter().cloned().map(example).collect(),
            id: declaration.id,
            description: declaration.description,
            schema: ActionSchema { input: declaration.input, output: declaration.output },
            plugin,
            supports_dry_run: declaration.dry_run,
            repeatable: declaration.repeatable,
        }
    };
    Json(state.runtime.actions().into_iter().map(action).collect())
}

/// A step with this input, as a template has it.
fn as_step(action: &str, input: &Value) -> String {
    let id = action.rsplit(':').next().unwrap_or(action);
    let steps = serde_json::json!({ "steps": [{ "id": id, "action": action, "input": input }] });
    portico_manifest::to_yaml(&steps).unwrap_or_default()
}
