//! Pages of registered locations that match a predicate.

use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portico_api_types::Location;
use portico_model::{Filter, Row, Rows};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reply;
use crate::error::ApiError;
use crate::state::ApiState;

/// Locations on a page that does not say how many, and at most.
const PAGE: usize = 1_000;

/// A page to ask for.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct LocationsQuery {
    /// A predicate over `id`, `type`, `target` and `entityRef`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    /// At most so many.
    #[serde(default)]
    limit: Option<usize>,
    /// Continue from here; the query is in the cursor.
    #[serde(default)]
    cursor: Option<String>,
}

/// Where a page ended, and what was asked.
#[derive(Serialize, Deserialize)]
struct Cursor {
    limit: usize,
    query: Option<Value>,
    after: String,
}

/// A page of the registered locations that match, by `id`.
#[utoipa::path(
    post, path = "/locations/by-query", tag = "catalog", request_body = LocationsQuery,
    responses((status = 200, description = "`items`, `totalItems`, `pageInfo` with `nextCursor`", body = Object)),
)]
pub(crate) async fn by_query(
    State(state): State<ApiState>,
    body: crate::body::Json<LocationsQuery>,
) -> Result<Response, ApiError> {
    let LocationsQuery { query, limit, cursor } = body.0;
    let asked = match cursor {
        Some(cursor) => decode(&cursor)?,
        None => Cursor { limit: limit.unwrap_or(PAGE).clamp(1, PAGE), query, after: String::new() },
    };
    let filter = asked.query.as_ref().map_or_else(|| Ok(Filter::everything()), Filter::from_predicate);
    let filter = filter.map_err(|error| ApiError::input(error.to_string()))?;
    let mut matching = state.catalog.locations()?;
    matching.retain(|location| filter.matches(&rows(location)));
    let total = matching.len();
    let mut rest = matching.into_iter().filter(|location| location.id > asked.after);
    let items: Vec<Location> = rest.by_ref().take(asked.limit).collect();
    let mut info = json!({});
    if let (Some(last), Some(_)) = (items.last(), rest.next()) {
        let next = Cursor { after: last.id.clone(), ..asked };
        let next = serde_json::to_vec(&next).map_err(|error| ApiError::internal(&error))?;
        info["nextCursor"] = Value::String(STANDARD.encode(next));
    }
    Ok(reply::json(json!({ "items": items, "totalItems": total, "pageInfo": info }).to_string()))
}

fn decode(cursor: &str) -> Result<Cursor, ApiError> {
    let malformed =
        |reason: String| ApiError::input(format!("Malformed cursor: {reason}; start again without a cursor"));
    let json = STANDARD.decode(cursor).map_err(|error| malformed(error.to_string()))?;
    let cursor: Cursor = serde_json::from_slice(&json).map_err(|error| malformed(error.to_string()))?;
    Ok(Cursor { limit: cursor.limit.clamp(1, PAGE), ..cursor })
}

/// A location as filters see it.
fn rows(location: &Location) -> Rows {
    let Location { id, kind, target, entity_ref } = location;
    let row = |key: &str, value: &String| Row { key: key.to_owned(), value: Some(value.clone()) };
    Rows(vec![row("id", id), row("type", kind), row("target", target), row("entityref", entity_ref)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_asked_for_whatever_the_case() {
        let location = Location {
            id: "1".to_owned(),
            kind: "url".to_owned(),
            target: "https://forge.test/A.yaml".to_owned(),
            entity_ref: "location:default/generated-1".to_owned(),
        };
        for (query, expected) in [
            (json!({}), true),
            (json!({ "type": "URL", "Target": { "$hasPrefix": "HTTPS://forge" } }), true),
            (json!({ "entityRef": { "$in": ["location:default/generated-1"] } }), true),
            (json!({ "id": "2" }), false),
            (json!({ "$not": { "type": "url" } }), false),
        ] {
            assert_eq!(Filter::from_predicate(&query).unwrap().matches(&rows(&location)), expected, "{query}");
        }
    }

    #[test]
    fn rubbish_is_named_as_a_malformed_cursor() {
        for text in ["garbage!", "e30="] {
            let error = decode(text).map(|_| ()).unwrap_err().to_string();
            assert!(error.starts_with("Malformed cursor: "), "{text}: {error}");
        }
    }
}
