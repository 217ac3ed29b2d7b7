//! Tasks, as the pages show them: many at a glance, one with what its page says beside it, and what was said in it.

use std::collections::HashSet;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use portico_api_types::{Markdown, OutputText, Task, TaskLog, TaskOverview, TaskTemplate, TaskView};
use portico_model::EntityRef;
use portico_scaffolder::TaskQuery;
use serde_json::Value;

use crate::error::ApiError;
use crate::params::Params;
use crate::scaffolder::task_status;
use crate::state::ApiState;

/// Tasks of one answer, unless it is asked for fewer.
const PAGE: usize = 50;
const MOST: i64 = 500;

/// Events that a page begins with; what follows is streamed, or in the whole log.
const EVENTS: usize = 2_000;

/// Values in values that are looked into for entities.
const DEEPEST: usize = 8;

/// Entities that a page names.
const ENTITIES: usize = 100;

/// The tasks at a glance, newest first, with how those of the template and the person do.
#[utoipa::path(
    get, path = "/tasks", tag = "portico",
    params(
        ("createdBy" = Option<String>, Query, description = "Of this person, as a reference"),
        ("status" = Option<Vec<portico_api_types::TaskStatus>>, Query, description = "In these states"),
        ("template" = Option<String>, Query, description = "Of this template"),
        ("offset" = Option<usize>, Query, description = "Tasks that are passed over"),
        ("limit" = Option<usize>, Query, description = "Tasks of one answer, at most 500"),
    ),
    responses((status = 200, description = "The tasks", body = TaskOverview)),
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<TaskOverview>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["createdBy", "status", "template", "offset", "limit"])?;
    let query = TaskQuery {
        created_by: params.list("createdBy"),
        status: params.list("status").iter().map(|word| task_status(word)).collect::<Result<_, _>>()?,
        template: params.one("template")?.map(str::to_owned),
        order: Vec::new(),
        offset: params.integer("offset", 0..=i64::from(u32::MAX))?.unwrap_or(0),
        limit: params.integer("limit", 0..=MOST)?.unwrap_or(PAGE),
    };
    let scaffolder = state.scaffolder.clone();
    let found = tokio::task::spawn_blocking(move || scaffolder.overview(&query)).await;
    Ok(Json(found.map_err(|error| ApiError::internal(&error))??))
}

/// One task, with its template as it is now, the texts that it put out, and the entities that its steps named.
#[utoipa::path(
    get, path = "/tasks/{id}", tag = "portico", params(("id" = String, Path, description = "The task's `id`")),
    responses((status = 200, description = "The task", body = TaskView), (status = 404, description = "There is no such task")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(id): Path<String>) -> Result<Json<TaskView>, ApiError> {
    let task = state.scaffolder.task(&id)?;
    let template = template(&state, &task)?;
    Ok(Json(TaskView {
        texts: task.output.as_ref().map(texts).unwrap_or_default(),
        entities: entities(&task),
        task,
        template,
    }))
}

/// What was said in a task, from its beginning.
#[utoipa::path(
    get, path = "/tasks/{id}/log", tag = "portico", params(("id" = String, Path, description = "The task's `id`")),
    responses((status = 200, description = "The log", body = TaskLog), (status = 404, description = "There is no such task")),
)]
pub(crate) async fn log(State(state): State<ApiState>, Path(id): Path<String>) -> Result<Json<TaskLog>, ApiError> {
    let scaffolder = state.scaffolder.clone();
    // One more than is shown says whether there are more.
    let read = tokio::task::spawn_blocking(move || scaffolder.events(&id, 0, EVENTS + 1)).await;
    let (mut events, _) = read.map_err(|error| ApiError::internal(&error))??;
    let more = events.len() > EVENTS;
    events.truncate(EVENTS);
    Ok(Json(TaskLog { events, more }))
}

fn template(state: &ApiState, task: &Task) -> Result<Option<TaskTemplate>, ApiError> {
    let Some(info) = &task.spec.template_info else { return Ok(None) };
    let Ok(reference) = EntityRef::parse(&info.entity_ref) else { return Ok(None) };
    let Some(entity) = state.catalog.entity(&reference)? else { return Ok(None) };
    let entity: Value = serde_json::from_slice(&entity).map_err(|error| ApiError::internal(&error))?;
    let relations = entity["relations"].as_array().into_iter().flatten();
    let owner = relations
        .filter(|relation| relation["type"] == "ownedBy")
        .find_map(|relation| relation["targetRef"].as_str().map(str::to_owned));
    let title = entity["metadata"]["title"].as_str().unwrap_or(reference.name()).to_owned();
    Ok(Some(TaskTemplate { entity_ref: reference.to_string(), title, owner }))
}

/// The texts among what a task put out.
pub(crate) fn texts(output: &Value) -> Vec<OutputText> {
    let text = |text: &Value| {
        Some(OutputText {
            title: text["title"].as_str().unwrap_or_default().to_owned(),
            content: Markdown::blocks(text["content"].as_str()?),
        })
    };
    output["text"].as_array().into_iter().flatten().filter_map(text).collect()
}

/// The entities that a task brought in, and those that its steps name, in the order in which they do.
fn entities(task: &Task) -> Vec<String> {
    let mut found = task.entities.clone();
    for output in task.steps.iter().filter_map(|step| step.output.as_ref()) {
        collect(output, DEEPEST, &mut found);
    }
    let mut known = HashSet::new();
    found.retain(|reference| known.insert(reference.clone()));
    found.truncate(ENTITIES);
    found
}

fn collect(value: &Value, depth: usize, found: &mut Vec<String>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, depth - 1, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "entityRef" => {
                        found.extend(EntityRef::parse(text).map(|reference| reference.to_string()));
                    }
                    other => collect(other, depth - 1, found),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entities_are_found_wherever_they_are_named_and_once() {
        let output = json!([
            { "entityRef": "Component:default/a" },
            { "links": [{ "entityRef": "component:default/b" }, { "entityRef": "component:default/a" }] },
            { "entityRef": "a-name-without-a-kind" },
            { "entityRef": { "entityRef": "api:default/c" } },
            { "other": "component:default/d" },
        ]);
        let mut found = Vec::new();
        collect(&output, DEEPEST, &mut found);
        assert_eq!(found, ["component:default/a", "component:default/b", "component:default/a", "api:default/c"]);
        let deep = (0..DEEPEST).fold(json!({ "entityRef": "component:default/a" }), |inner, _| json!([inner]));
        found.clear();
        collect(&deep, DEEPEST, &mut found);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn texts_are_what_has_content() {
        let output =
            json!({ "text": [{ "title": "Next", "content": "*Go*" }, { "title": "Empty" }, "x"], "links": [] });
        let texts = texts(&output);
        assert_eq!(texts.iter().map(|text| text.title.as_str()).collect::<Vec<_>>(), ["Next"]);
        assert!(super::texts(&json!({ "text": "no list" })).is_empty());
    }
}
