//! Saved queries: questions to the catalog that have names.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use portico_api_types::{CatalogQuestion, QueryToSave, SavedQueries, SavedQuery};
use portico_catalog::SaveError;

use crate::body;
use crate::error::ApiError;
use crate::state::ApiState;

/// The longest name that is made of a title: it stays within what a name may have, whatever the title.
const NAME: usize = 60;

/// The saved queries, with how many entities each finds now.
#[utoipa::path(
    get, path = "/queries", tag = "portico",
    responses((status = 200, description = "The queries, by title", body = SavedQueries)),
)]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<SavedQueries>, ApiError> {
    Ok(Json(state.store(|catalog| catalog.saved_queries()).await?))
}

/// Saves a query under a name that is made of its title.
#[utoipa::path(
    post, path = "/queries", tag = "portico", request_body = CatalogQuestion,
    responses(
        (status = 201, description = "It is saved", body = SavedQuery),
        (status = 400, description = "It cannot be asked"),
        (status = 409, description = "Another has the name"),
    ),
)]
pub(crate) async fn create(
    State(state): State<ApiState>,
    body: body::Json<CatalogQuestion>,
) -> Result<(StatusCode, Json<SavedQuery>), ApiError> {
    let saved = save_query(&state, None, QueryToSave { question: body.0, was: None }).await?;
    Ok((StatusCode::CREATED, Json(saved)))
}

/// One saved query.
#[utoipa::path(
    get, path = "/queries/{name}", tag = "portico", params(("name" = String, Path, description = "The query's name")),
    responses((status = 200, description = "The query", body = SavedQuery), (status = 404, description = "No query has the name")),
)]
pub(crate) async fn one(State(state): State<ApiState>, Path(name): Path<String>) -> Result<Json<SavedQuery>, ApiError> {
    let asked = name.clone();
    let found = state.store(move |catalog| catalog.saved_query(&asked)).await?;
    found.map(Json).ok_or_else(|| absent(&name))
}

/// Saves a query under a name, in the place of the one that has it, if `was` says that one.
#[utoipa::path(
    put, path = "/queries/{name}", tag = "portico", request_body = QueryToSave,
    params(("name" = String, Path, description = "Lower-case letters, digits and single hyphens")),
    responses(
        (status = 200, description = "It is saved", body = SavedQuery),
        (status = 400, description = "It cannot be asked"),
        (status = 409, description = "Another has the name, or it was saved or removed in the meantime"),
    ),
)]
pub(crate) async fn save(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    body: body::Json<QueryToSave>,
) -> Result<Json<SavedQuery>, ApiError> {
    save_query(&state, Some(name), body.0).await.map(Json)
}

/// Forgets a saved query. Entities stay as they are.
#[utoipa::path(
    delete, path = "/queries/{name}", tag = "portico", params(("name" = String, Path, description = "The query's name")),
    responses((status = 204, description = "It is gone"), (status = 404, description = "No query has the name")),
)]
pub(crate) async fn remove(State(state): State<ApiState>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    forget_query(&state, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// As the routes do it, for the pages' form. Without a name, one is made of the title.
pub(crate) async fn save_query(
    state: &ApiState,
    name: Option<String>,
    wanted: QueryToSave,
) -> Result<SavedQuery, ApiError> {
    let name = name.unwrap_or_else(|| name_of(&wanted.question.title));
    state.store(move |catalog| catalog.save_query(&name, wanted)).await
}

/// As the route does it, for the pages' form.
pub(crate) async fn forget_query(state: &ApiState, name: String) -> Result<(), ApiError> {
    let asked = name.clone();
    match state.store(move |catalog| catalog.forget_query(&asked)).await? {
        true => Ok(()),
        false => Err(absent(&name)),
    }
}

fn absent(name: &str) -> ApiError {
    ApiError::not_found(format!("there is no saved query `{name}`; /api/portico/queries lists those there are"))
}

/// The letters and digits of a title, the rest as hyphens.
fn name_of(title: &str) -> String {
    let mut name = String::new();
    for sign in title.chars().flat_map(char::to_lowercase) {
        match sign {
            'a'..='z' | '0'..='9' => name.push(sign),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    name.truncate(NAME);
    let name = name.trim_end_matches('-');
    // A title may have no letter of these at all.
    if name.is_empty() { "query".to_owned() } else { name.to_owned() }
}

impl From<SaveError> for ApiError {
    fn from(error: SaveError) -> ApiError {
        match error {
            SaveError::Invalid(reason) => ApiError::input(reason),
            SaveError::Conflict(reason) => ApiError::conflict(reason),
            SaveError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_the_letters_and_digits_of_a_title() {
        for (title, name) in [
            ("On fire, and under-replicated!", "on-fire-and-under-replicated"),
            (" Tier 1 ", "tier-1"),
            ("Überfällig", "berf-llig"),
            ("未分類", "query"),
            (&"ab ".repeat(40), &"ab-".repeat(20)[..59]),
        ] {
            assert_eq!(name_of(title), name);
        }
    }
}
