//! Tasks: the runs of templates.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portico_api_types::{Task, TaskCreated, TaskStatus, Tasks};
use portico_forms::SchemaError;
use portico_model::EntityRef;
use portico_scaffolder::{Asked, TaskOrder, TaskQuery, Template};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::templates;
use crate::asking::Asking;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Tasks of one answer, unless it is asked for fewer.
const PAGE: usize = 100;
const MOST: i64 = 500;

/// A template to run.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskInput {
    /// Such as `template:default/rust-service`.
    template_ref: String,
    /// What was filled in.
    #[schema(value_type = Object)]
    #[serde(default)]
    values: Map<String, Value>,
    /// Secrets, which are kept nowhere but in memory.
    #[schema(value_type = Object)]
    #[serde(default)]
    secrets: Map<String, Value>,
    /// The entity that it is started from, as a reference; for templates of entities.
    #[serde(default)]
    entity: Option<String>,
}

/// Secrets for a task.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(crate) struct RetryInput {
    /// Secrets, which are kept nowhere but in memory.
    #[schema(value_type = Object)]
    #[serde(default)]
    secrets: Map<String, Value>,
}

/// Runs a template.
#[utoipa::path(
    post, path = "/v2/tasks", tag = "scaffolder", request_body = TaskInput,
    responses(
        (status = 201, description = "The task", body = TaskCreated),
        (status = 400, description = "The template, or what was filled in, is not as it has to be"),
        (status = 404, description = "There is no such template, or no plugin does what one of its steps wants"),
    ),
)]
pub(crate) async fn create(
    State(state): State<ApiState>,
    asking: Asking,
    body: crate::body::Json<TaskInput>,
) -> Result<Response, ApiError> {
    let TaskInput { template_ref, values, secrets, entity } = body.0;
    let begun = begin(&state, &asking, &template_ref, values, secrets, entity.as_deref()).await?;
    Ok(match begun {
        Begun::Task(task) => (StatusCode::CREATED, Json(TaskCreated { id: task.id })).into_response(),
        Begun::Refused(faults) => templates::refused(&faults),
    })
}

/// What came of the wish to run a template.
pub(crate) enum Begun {
    Task(Box<Task>),
    /// What was filled in is not what the template takes.
    Refused(Vec<SchemaError>),
}

/// Runs a template, for the route and for the pages' form.
pub(crate) async fn begin(
    state: &ApiState,
    asking: &Asking,
    template: &str,
    values: Map<String, Value>,
    secrets: Map<String, Value>,
    entity: Option<&str>,
) -> Result<Begun, ApiError> {
    let reference = EntityRef::parse_with(template, Some("template"), "default");
    let reference = reference.map_err(|error| ApiError::input(error.to_string()))?;
    let template = Template::of(&state.catalog, &reference)?;
    let entity = entity.map(|entity| super::entity(state, entity)).transpose()?;
    // The parameter that holds the entity's reference is filled in with it.
    let mut judged = values.clone();
    template.fill_in_entity(&mut judged, entity.as_ref());
    let faults = templates::faults(&template, &judged)?;
    if !faults.is_empty() {
        return Ok(Begun::Refused(faults));
    }
    let asked = Asked { user: super::user(state, asking)?, me: asking.asker(state)?.me, entity };
    let task = state.scaffolder.run_template(&template, values, secrets, &asked).await?;
    Ok(Begun::Task(Box::new(task)))
}

/// The tasks, newest first unless it is asked otherwise.
#[utoipa::path(
    get, path = "/v2/tasks", tag = "scaffolder",
    params(
        ("createdBy" = Option<Vec<String>>, Query, description = "Of these people, as references"),
        ("status" = Option<Vec<TaskStatus>>, Query, description = "In these states"),
        ("template" = Option<String>, Query, description = "Of this template"),
        ("order" = Option<Vec<String>>, Query, description = "`asc:` or `desc:` and `created_at`, `status` or `created_by`"),
        ("offset" = Option<usize>, Query, description = "Tasks that are passed over"),
        ("limit" = Option<usize>, Query, description = "Tasks of one answer, at most 500"),
    ),
    responses((status = 200, description = "The tasks", body = Tasks)),
)]
pub(crate) async fn list(State(state): State<ApiState>, RawQuery(raw): RawQuery) -> Result<Json<Tasks>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["createdBy", "status", "template", "order", "offset", "limit"])?;
    let query = TaskQuery {
        created_by: params.list("createdBy"),
        status: params.list("status").iter().map(|word| status(word)).collect::<Result<_, _>>()?,
        template: params.one("template")?.map(str::to_owned),
        order: params.list("order").iter().map(|word| order(word)).collect::<Result<_, _>>()?,
        offset: params.integer("offset", 0..=i64::from(u32::MAX))?.unwrap_or(0),
        limit: params.integer("limit", 0..=MOST)?.unwrap_or(PAGE),
    };
    let scaffolder = state.scaffolder.clone();
    let found = tokio::task::spawn_blocking(move || scaffolder.tasks(&query)).await;
    Ok(Json(found.map_err(|error| ApiError::internal(&error))??))
}

/// A state by its word.
pub(crate) fn status(word: &str) -> Result<TaskStatus, ApiError> {
    let all =
        [TaskStatus::Open, TaskStatus::Processing, TaskStatus::Completed, TaskStatus::Failed, TaskStatus::Cancelled];
    let found = all.into_iter().find(|status| status.as_str() == word);
    found.ok_or_else(|| {
        let known = all.map(TaskStatus::as_str).join(", ");
        ApiError::input(format!("'{word}' is no state of a task; the states are {known}"))
    })
}

fn order(word: &str) -> Result<TaskOrder, ApiError> {
    let (direction, field) = word.split_once(':').unwrap_or(("asc", word));
    let is_reversed = match direction {
        "asc" => false,
        "desc" => true,
        other => return Err(ApiError::input(format!("Invalid order \"{other}\"; it is asc or desc"))),
    };
    match field {
        "created_at" | "createdAt" => Ok(TaskOrder::CreatedAt(is_reversed)),
        "status" => Ok(TaskOrder::Status(is_reversed)),
        "created_by" | "createdBy" => Ok(TaskOrder::CreatedBy(is_reversed)),
        other => Err(ApiError::input(format!(
            "Invalid order field \"{other}\"; tasks are sorted by created_at, status or created_by"
        ))),
    }
}

/// One task.
#[utoipa::path(
    get, path = "/v2/tasks/{id}", tag = "scaffolder", params(("id" = String, Path, description = "The task's `id`")),
    responses((status = 200, description = "The task", body = Task), (status = 404, description = "There is no such task")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(id): Path<String>) -> Result<Json<Task>, ApiError> {
    Ok(Json(state.scaffolder.task(&id)?))
}

/// Stops a task: the step that goes on is asked to end, and no other begins.
#[utoipa::path(
    post, path = "/v2/tasks/{id}/cancel", tag = "scaffolder", params(("id" = String, Path, description = "The task's `id`")),
    responses(
        (status = 200, description = "It was asked", body = Object),
        (status = 403, description = "The asker neither asked for it nor owns its template"),
        (status = 404, description = "There is no such task"),
    ),
)]
pub(crate) async fn cancel(
    State(state): State<ApiState>,
    asking: Asking,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    state.scaffolder.cancel(&id, &asking.asker(&state)?.me).await?;
    Ok(Json(json!({ "status": "cancelled" })))
}

/// Goes on with a task that failed or was stopped, from the step that is not done.
#[utoipa::path(
    post, path = "/v2/tasks/{id}/retry", tag = "scaffolder", request_body = Option<RetryInput>,
    params(("id" = String, Path, description = "The task's `id`")),
    responses(
        (status = 201, description = "The task", body = TaskCreated),
        (status = 400, description = "Secrets are missing"),
        (status = 403, description = "The asker neither asked for it nor owns its template"),
        (status = 404, description = "There is no such task"),
        (status = 409, description = "It goes on, or is done"),
    ),
)]
pub(crate) async fn retry(
    State(state): State<ApiState>,
    asking: Asking,
    Path(id): Path<String>,
    body: crate::body::Document,
) -> Result<(StatusCode, Json<TaskCreated>), ApiError> {
    let input: RetryInput = match body.0.is_empty() {
        true => RetryInput::default(),
        false => serde_json::from_slice(&body.0)
            .map_err(|error| ApiError::input(format!("request/body is not what this route takes: {error}")))?,
    };
    state.scaffolder.retry(&id, input.secrets, &asking.asker(&state)?.me).await?;
    Ok((StatusCode::CREATED, Json(TaskCreated { id })))
}
