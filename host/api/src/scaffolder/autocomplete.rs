//! What pickers of repositories offer: the repositories that the catalog knows, which need no token and no forge to be asked.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use portico_catalog::{Order, Query};
use portico_model::Filter;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::state::ApiState;

/// Repositories that are looked at; whoever has more types on.
const LOOKED_AT: usize = 5_000;

/// What was chosen so far.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(crate) struct AutocompleteInput {
    /// Known to clients of the field, and not needed: what is offered is what the catalog knows.
    #[serde(default)]
    #[expect(dead_code, reason = "read so that it is not refused")]
    token: Option<String>,
    /// Such as `host`, `owner`, `repository`.
    #[schema(value_type = Object)]
    #[serde(default)]
    context: Map<String, Value>,
}

/// What is offered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Offered {
    results: Vec<Offer>,
}

/// One of them.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Offer {
    id: String,
}

/// What a picker may offer: `owners`, `repositories`, `repositoriesWithOwner` or `branches`.
#[utoipa::path(
    post, path = "/v2/autocomplete/{provider}/{resource}", tag = "scaffolder", request_body = AutocompleteInput,
    params(
        ("provider" = String, Path, description = "Such as `github`"),
        ("resource" = String, Path, description = "Such as `repositories`"),
    ),
    responses((status = 200, description = "What is offered", body = Offered), (status = 400, description = "There is no such resource")),
)]
pub(crate) async fn autocomplete(
    State(state): State<ApiState>,
    Path((_, resource)): Path<(String, String)>,
    body: crate::body::Json<AutocompleteInput>,
) -> Result<Json<Offered>, ApiError> {
    let filter = Filter::from_query(&["kind=repository"]).map_err(|error| ApiError::input(error.to_string()))?;
    let query = Query {
        filter,
        text: None,
        order: Order::Reference,
        from: None,
        backwards: false,
        offset: 0,
        limit: LOOKED_AT,
    };
    let found = state.store(move |catalog| catalog.query(&query)).await?;
    let entities = found.items.iter().filter_map(|entity| serde_json::from_slice(entity).ok());
    let repositories: Vec<Value> = entities.collect();
    Ok(Json(Offered { results: offers(&repositories, &resource, &body.0.context)? }))
}

fn offers(repositories: &[Value], resource: &str, context: &Map<String, Value>) -> Result<Vec<Offer>, ApiError> {
    let said = |key: &str| context.get(key).and_then(Value::as_str).filter(|said| !said.is_empty());
    let (host, owner) = (said("host"), said("owner").or(said("workspace")));
    let repository = said("repository").or(said("repo"));
    let mut offered = BTreeSet::new();
    for entity in repositories {
        let spec = &entity["spec"];
        let Some((of, name)) = spec["project"].as_str().and_then(|project| project.rsplit_once('/')) else { continue };
        if host.is_some_and(|host| spec["host"] != *host) || owner.is_some_and(|owner| owner != of) {
            continue;
        }
        match resource {
            "owners" | "groups" | "workspaces" => drop(offered.insert(of.to_owned())),
            "repositories" | "projects" => drop(offered.insert(name.to_owned())),
            "repositoriesWithOwner" => drop(offered.insert(format!("{of}/{name}"))),
            "branches" if repository.is_none_or(|wanted| wanted == name) => {
                let facts = entity["facts"].as_object().into_iter().flatten();
                let branch = facts.filter_map(|(_, facts)| facts["defaultBranch"].as_str());
                offered.extend(branch.map(str::to_owned));
            }
            "branches" => {}
            other => {
                return Err(ApiError::input(format!(
                    "there is no resource `{other}`; pickers are offered owners, repositories, repositoriesWithOwner and branches"
                )));
            }
        }
    }
    Ok(offered.into_iter().map(|id| Offer { id }).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pickers_are_offered_what_the_catalog_knows() {
        let repository = |host: &str, project: &str| json!({ "spec": { "host": host, "project": project }, "facts": { "forges": { "defaultBranch": "main" } } });
        let all = [
            repository("github.com", "acme/ledger"),
            repository("github.com", "acme/orders"),
            repository("git.acme.test", "pay/team/api"),
        ];
        let offered = |resource: &str, context: Value| -> Vec<String> {
            let offers = offers(&all, resource, context.as_object().unwrap()).unwrap();
            offers.into_iter().map(|offer| offer.id).collect()
        };
        assert_eq!(offered("owners", json!({})), ["acme", "pay/team"]);
        assert_eq!(offered("repositories", json!({ "owner": "acme" })), ["ledger", "orders"]);
        assert_eq!(offered("repositoriesWithOwner", json!({ "host": "git.acme.test" })), ["pay/team/api"]);
        assert_eq!(offered("branches", json!({ "owner": "acme", "repository": "ledger" })), ["main"]);
        assert!(offers(&all, "stars", &Map::new()).is_err());
    }
}
