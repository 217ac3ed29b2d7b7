//! Templates, as the gallery shows them: what they are for, and how they do.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::TemplateSummary;
use portico_catalog::{Order, Query};
use portico_model::{EntityRef, Filter};
use serde_json::Value;

use crate::error::ApiError;
use crate::state::ApiState;

/// Templates of one answer: a company with more has lost sight of them.
const MOST: usize = 2_000;

/// Every template, by its title, with how it does.
#[utoipa::path(
    get, path = "/templates", tag = "portico",
    responses((status = 200, description = "The templates", body = Vec<TemplateSummary>)),
)]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<Vec<TemplateSummary>>, ApiError> {
    all(&state, |_| true).await.map(Json)
}

/// One template, with how it does.
#[utoipa::path(
    get, path = "/templates/{namespace}/{name}", tag = "portico",
    params(
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `rust-service`"),
    ),
    responses(
        (status = 200, description = "The template", body = TemplateSummary),
        (status = 404, description = "There is no such template"),
    ),
)]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Json<TemplateSummary>, ApiError> {
    let reference = EntityRef::new("template", &namespace, &name);
    let reference = reference.map_err(|error| ApiError::input(error.to_string()))?;
    let is_meant = |entity: &Value| portico_model::reference_of(entity).as_ref() == Some(&reference);
    let found = all(&state, is_meant).await?.pop();
    found.map(Json).ok_or_else(|| ApiError::not_found(format!("There is no template {reference} in the catalog")))
}

/// The templates that are meant, by their title.
pub(crate) async fn all(state: &ApiState, is_meant: impl Fn(&Value) -> bool) -> Result<Vec<TemplateSummary>, ApiError> {
    let offered: Vec<String> = state.runtime.actions().into_iter().map(|action| action.declaration.id).collect();
    let filter = Filter::from_query(&["kind=template"]).map_err(|error| ApiError::input(error.to_string()))?;
    let found = state
        .store(move |catalog| {
            catalog.query(&Query {
                filter,
                text: None,
                order: Order::Reference,
                from: None,
                backwards: false,
                offset: 0,
                limit: MOST,
            })
        })
        .await?;
    let mut templates = Vec::new();
    for entity in &found.items {
        let entity: Value = serde_json::from_slice(entity).map_err(|error| ApiError::internal(&error))?;
        if !is_meant(&entity) {
            continue;
        }
        templates.extend(summary(&entity, &offered));
    }
    // They are counted out of all tasks, so that whoever has no template does not wait for them.
    if !templates.is_empty() {
        let scaffolder = state.scaffolder.clone();
        let figures = tokio::task::spawn_blocking(move || scaffolder.figures()).await;
        let mut figures = figures.map_err(|error| ApiError::internal(&error))??;
        for template in &mut templates {
            template.figures = figures.remove(&template.entity_ref).unwrap_or_default();
        }
    }
    templates.sort_by_key(|template| template.title.to_lowercase());
    Ok(templates)
}

fn summary(entity: &Value, offered: &[String]) -> Option<TemplateSummary> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (metadata, spec) = (&entity["metadata"], &entity["spec"]);
    let reference = portico_model::reference_of(entity)?;
    let relations = entity["relations"].as_array().into_iter().flatten();
    let owner =
        relations.filter(|relation| relation["type"] == "ownedBy").find_map(|relation| text(&relation["targetRef"]));
    let mut missing: Vec<String> = spec["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["action"].as_str())
        .filter(|action| !offered.iter().any(|known| known == action))
        .map(str::to_owned)
        .collect();
    missing.sort();
    missing.dedup();
    Some(TemplateSummary {
        title: text(&metadata["title"]).unwrap_or_else(|| reference.name().to_owned()),
        entity_ref: reference.to_string(),
        description: text(&metadata["description"]),
        kind: text(&spec["type"]),
        owner,
        tags: metadata["tags"].as_array().into_iter().flatten().filter_map(text).collect(),
        missing_actions: missing,
        is_for_entities: spec.get("forEntity").is_some_and(|rule| !rule.is_null()),
        needs_approval: spec.get("approval").is_some_and(|rule| !rule.is_null()),
        figures: Default::default(),
    })
}
