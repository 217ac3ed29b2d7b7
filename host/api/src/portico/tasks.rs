//! What templates have beside Backstage's own: approvals, templates of entities, and entities that live for a while.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{Expiry, Task, TemplateSummary, Timestamp};
use portico_model::EntityRef;
use portico_scaffolder::Template;
use serde::Deserialize;
use serde_json::Value;

use super::templates;
use crate::asking::Asking;
use crate::error::ApiError;
use crate::state::ApiState;

/// A decision about a task.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionInput {
    /// Whether it is approved.
    approved: bool,
    /// Why.
    #[serde(default)]
    comment: Option<String>,
}

/// How long the end of an entity is put off.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendInput {
    /// A span such as `7d`.
    by: String,
}

/// The tasks that wait for the asker to approve or decline them, oldest first.
#[utoipa::path(
    get, path = "/approvals", tag = "portico",
    responses((status = 200, description = "The tasks", body = Vec<Task>)),
)]
pub(crate) async fn approvals(State(state): State<ApiState>, asking: Asking) -> Result<Json<Vec<Task>>, ApiError> {
    let me = asking.asker(&state)?.me;
    let user = asking.0.as_ref().map(ToString::to_string);
    Ok(Json(state.scaffolder.to_decide(user.as_deref(), &me)?))
}

/// Approves a task, or declines it.
#[utoipa::path(
    post, path = "/tasks/{id}/decision", tag = "portico", request_body = DecisionInput,
    params(("id" = String, Path, description = "The task's `id`")),
    responses(
        (status = 200, description = "The task", body = Task),
        (status = 403, description = "The asker may not decide about it"),
        (status = 404, description = "There is no such task"),
        (status = 409, description = "It does not wait for a decision"),
    ),
)]
pub(crate) async fn decide(
    State(state): State<ApiState>,
    asking: Asking,
    Path(id): Path<String>,
    body: crate::body::Json<DecisionInput>,
) -> Result<Json<Task>, ApiError> {
    let DecisionInput { approved, comment } = body.0;
    decide_task(&state, &asking, &id, approved, comment).await.map(Json)
}

/// As the route does it, for the pages' forms.
pub(crate) async fn decide_task(
    state: &ApiState,
    asking: &Asking,
    id: &str,
    approved: bool,
    comment: Option<String>,
) -> Result<Task, ApiError> {
    let me = asking.asker(state)?.me;
    let user = asking.0.as_ref().map(ToString::to_string);
    Ok(state.scaffolder.decide(id, user.as_deref(), &me, approved, comment).await?)
}

/// The templates that are started from an entity, and that the asker may run.
#[utoipa::path(
    get, path = "/entities/{kind}/{namespace}/{name}/templates", tag = "portico",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
    ),
    responses((status = 200, description = "The templates", body = Vec<TemplateSummary>), (status = 404, description = "There is no such entity")),
)]
pub(crate) async fn of_entity(
    State(state): State<ApiState>,
    asking: Asking,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Result<Json<Vec<TemplateSummary>>, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let entity: Value = crate::scaffolder::entity(&state, &reference.to_string())?;
    let me = asking.asker(&state)?.me;
    // One that cannot be read is told where it is run, and is for no entity.
    let is_meant = |template: &Value| {
        Template::read(template.clone()).is_ok_and(|template| template.is_for(&entity) && template.may_run(&me))
    };
    templates::all(&state, is_meant).await.map(Json)
}

/// The entities that are taken down at some time, the next first.
#[utoipa::path(
    get, path = "/expiries", tag = "portico",
    responses((status = 200, description = "The entities", body = Vec<Expiry>)),
)]
pub(crate) async fn expiries(State(state): State<ApiState>) -> Result<Json<Vec<Expiry>>, ApiError> {
    Ok(Json(state.scaffolder.expiries()?))
}

/// The entities that are taken down soon, and that the asker owns or had made: who is warned may want to put it off.
#[utoipa::path(
    get, path = "/expiries/warned", tag = "portico",
    responses((status = 200, description = "The entities, the next first", body = Vec<Expiry>)),
)]
pub(crate) async fn warned(State(state): State<ApiState>, asking: Asking) -> Result<Json<Vec<Expiry>>, ApiError> {
    Ok(Json(state.scaffolder.warned(&asking.asker(&state)?.me, Timestamp::now())?))
}

/// Puts off the end of an entity.
#[utoipa::path(
    post, path = "/expiries/{kind}/{namespace}/{name}/extend", tag = "portico", request_body = ExtendInput,
    params(
        ("kind" = String, Path, description = "Such as `resource`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `preview-42`"),
    ),
    responses(
        (status = 200, description = "The entity, with its new end", body = Expiry),
        (status = 403, description = "The asker neither made it nor owns it or its template"),
        (status = 404, description = "It is not taken down at any time"),
        (status = 409, description = "It is being taken down"),
    ),
)]
pub(crate) async fn extend(
    State(state): State<ApiState>,
    asking: Asking,
    Path((kind, namespace, name)): Path<(String, String, String)>,
    body: crate::body::Json<ExtendInput>,
) -> Result<Json<Expiry>, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    extend_entity(&state, &asking, reference, body.0.by).await.map(Json)
}

/// As the route does it, for the pages' forms.
pub(crate) async fn extend_entity(
    state: &ApiState,
    asking: &Asking,
    entity: EntityRef,
    by: String,
) -> Result<Expiry, ApiError> {
    let (scaffolder, me) = (state.scaffolder.clone(), asking.asker(state)?.me);
    let extended = tokio::task::spawn_blocking(move || scaffolder.extend(&entity, &by, &me)).await;
    Ok(extended.map_err(|error| ApiError::internal(&error))??)
}
