//! The pages' forms for saved queries, and the address of each.
//!
//! Rule: a form leads to the page that asks what was saved, or back with the reason why it was not. `/queries/NAME` is an address that
//! stays: it leads to whatever is saved under the name by then.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use portico_api_types::{CatalogQuestion, QueryToSave};
use portico_frontend::{query_address, query_question};
use url::form_urlencoded;

use crate::back;
use crate::portico::{forget_query, save_query};
use crate::state::ApiState;

pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/queries/save", post(save))
        .route("/queries/{name}", get(open))
        .route("/queries/{name}/remove", post(remove))
}

/// Leads to the list that a saved query finds.
async fn open(State(state): State<ApiState>, Path(name): Path<String>) -> Response {
    let asked = name.clone();
    match state.store(move |catalog| catalog.saved_query(&asked)).await {
        Ok(Some(query)) => Redirect::temporary(&query_address(&query)).into_response(),
        // A page that says so, beside a list to begin from.
        Ok(None) => {
            let reason = format!("There is no saved query `{name}` any more. Look for it among those that there are.");
            back::refused("/catalog", &reason).into_response()
        }
        Err(error) => error.into_response(),
    }
}

async fn save(State(state): State<ApiState>, body: String) -> Redirect {
    let sent: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let one =
        |name: &str| sent.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).unwrap_or_default();
    let parameters = one("address").split_once('?').map_or("", |(_, parameters)| parameters);
    let parameters: Vec<(String, String)> = form_urlencoded::parse(parameters.as_bytes()).into_owned().collect();
    let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let question = CatalogQuestion {
        title: one("title").to_owned(),
        description: Some(one("description").to_owned()).filter(|text| !text.is_empty()),
        ..query_question(pairs)
    };
    let over = (one("as") == "same").then(|| one("name").to_owned());
    let was = one("was").parse().ok().filter(|_| over.is_some());
    match save_query(&state, over, QueryToSave { question, was }).await {
        Ok(saved) => back::to(&query_address(&saved)),
        Err(error) => {
            let reason = error.to_string();
            let parameters = parameters.iter().filter(|(name, _)| name != "refused");
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(parameters).append_pair("refused", &reason);
            back::to(&format!("/catalog?{}", query.finish()))
        }
    }
}

async fn remove(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    back::after("/catalog", forget_query(&state, name).await)
}
