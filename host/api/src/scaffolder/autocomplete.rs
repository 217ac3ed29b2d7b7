//! What fields of forms offer: what the plugin knows whose action is for the list, and what the catalog knows of repositories, which needs no token
//! and no forge to be asked.
//!
//! Rule: a plugin that cannot be asked leaves what the catalog knows; where that is nothing either, its sentence is the answer.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::{AutocompleteOption, AutocompleteResults};
use portico_catalog::{Order, Query};
use portico_model::Filter;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::asking::Asking;
use crate::error::ApiError;
use crate::state::ApiState;

/// Repositories that are looked at; whoever has more types on.
const LOOKED_AT: usize = 5_000;

/// The provider of lists that any forge has; which one is meant says `host` of the context.
const FORGE: &str = "forge";

/// Providers of the field, and the host that they are.
const PROVIDERS: [(&str, &str); 2] = [("github", "github.com"), ("gitlab", "gitlab.com")];

/// Lists of which the catalog knows something.
const KNOWN: [&str; 7] =
    ["owners", "groups", "workspaces", "repositories", "projects", "repositoriesWithOwner", "branches"];

/// What was chosen so far.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(crate) struct AutocompleteInput {
    /// Known to clients of the field, and not needed: forges are asked with the operator's credentials.
    #[serde(default)]
    #[expect(dead_code, reason = "read so that it is not refused")]
    token: Option<String>,
    /// Such as `host`, `owner`, `repository`.
    #[schema(value_type = Object)]
    #[serde(default)]
    context: Map<String, Value>,
}

/// What a field may offer: `owners`, `repositories`, `repositoriesWithOwner` or `branches` of a forge, and whatever lists plugins know.
#[utoipa::path(
    post, path = "/v2/autocomplete/{provider}/{resource}", tag = "scaffolder", request_body = AutocompleteInput,
    params(
        ("provider" = String, Path, description = "Such as `github`"),
        ("resource" = String, Path, description = "Such as `repositories`"),
    ),
    responses(
        (status = 200, description = "What is offered", body = AutocompleteResults),
        (status = 400, description = "There is no such list, or it cannot be had"),
    ),
)]
pub(crate) async fn autocomplete(
    State(state): State<ApiState>,
    Path((provider, resource)): Path<(String, String)>,
    asking: Asking,
    body: crate::body::Json<AutocompleteInput>,
) -> Result<Json<AutocompleteResults>, ApiError> {
    let (context, user) = (body.0.context, asking.0.map(|user| user.to_string()));
    let own = state.scaffolder.autocomplete(&format!("{provider}/{resource}"), context.clone(), user.clone()).await;
    let asked = match own {
        Some(answered) if provider != FORGE => return Ok(Json(AutocompleteResults { results: answered? })),
        Some(answered) => Some(answered),
        None => {
            let mut of_forge = context.clone();
            if let Some((_, host)) = PROVIDERS.iter().find(|(known, _)| *known == provider) {
                of_forge.entry("host").or_insert_with(|| Value::from(*host));
            }
            state.scaffolder.autocomplete(&format!("{FORGE}/{resource}"), of_forge, user).await
        }
    };
    match (asked, known(&state, &resource, &context).await?) {
        (None, None) => Err(ApiError::input(format!(
            "no plugin knows the list `{provider}/{resource}`; forges have owners, repositories, repositoriesWithOwner and branches"
        ))),
        (Some(Err(error)), known) if known.as_ref().is_none_or(Vec::is_empty) => Err(error.into()),
        (asked, known) => {
            let asked = asked.and_then(Result::ok).unwrap_or_default();
            Ok(Json(AutocompleteResults { results: together(asked, known.unwrap_or_default()) }))
        }
    }
}

/// What the catalog knows; nothing of a list that is not of forges.
async fn known(
    state: &ApiState,
    resource: &str,
    context: &Map<String, Value>,
) -> Result<Option<Vec<AutocompleteOption>>, ApiError> {
    if !KNOWN.contains(&resource) {
        return Ok(None);
    }
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
    Ok(Some(offers(&entities.collect::<Vec<Value>>(), resource, context)))
}

/// Each once, as whoever is asked first calls it.
fn together(asked: Vec<AutocompleteOption>, known: Vec<AutocompleteOption>) -> Vec<AutocompleteOption> {
    let mut all = BTreeMap::new();
    for option in asked.into_iter().chain(known) {
        all.entry(option.id.clone()).or_insert(option);
    }
    all.into_values().collect()
}

fn offers(repositories: &[Value], resource: &str, context: &Map<String, Value>) -> Vec<AutocompleteOption> {
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
            _ => {}
        }
    }
    offered.into_iter().map(|id| AutocompleteOption { id, title: None }).collect()
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
            let offers = offers(&all, resource, context.as_object().unwrap());
            offers.into_iter().map(|offer| offer.id).collect()
        };
        assert_eq!(offered("owners", json!({})), ["acme", "pay/team"]);
        assert_eq!(offered("repositories", json!({ "owner": "acme" })), ["ledger", "orders"]);
        assert_eq!(offered("repositoriesWithOwner", json!({ "host": "git.acme.test" })), ["pay/team/api"]);
        assert_eq!(offered("branches", json!({ "owner": "acme", "repository": "ledger" })), ["main"]);
        assert!(offers(&all, "stars", &Map::new()).is_empty());
    }

    #[test]
    fn what_both_know_is_offered_once() {
        let option =
            |id: &str, title: Option<&str>| AutocompleteOption { id: id.to_owned(), title: title.map(str::to_owned) };
        let all = together(vec![option("b", Some("B")), option("a", None)], vec![option("b", None), option("c", None)]);
        assert_eq!(all, [option("a", None), option("b", Some("B")), option("c", None)]);
    }
}
