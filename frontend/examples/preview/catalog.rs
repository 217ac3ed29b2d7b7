//! The catalog's routes, over a list in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use portico_model::{Entity, EntityRef, Fields, Filter, Kinds, Rows, rows};
use serde_json::{Value, json};

type Entities = Arc<Vec<(EntityRef, Value, Rows)>>;

pub(crate) fn routes(file: &str) -> Result<Router, Box<dyn std::error::Error>> {
    let documents: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let entities: Vec<Entity> = documents
        .into_iter()
        .map(|document| Entity::judge(document, Kinds::built_in()).map_err(|violations| format!("{violations:?}")))
        .collect::<Result<_, _>>()?;
    let relations: Vec<_> = entities.iter().flat_map(Entity::relations).collect();
    let related = entities.into_iter().map(|entity| {
        let reference = entity.reference().clone();
        let mut own: Vec<(&str, &str)> = relations
            .iter()
            .filter(|relation| relation.from == reference)
            .map(|it| (&*it.relation, it.to.as_str()))
            .collect();
        own.sort_unstable();
        own.dedup();
        let mut value = entity.into_value();
        value["relations"] = own.into_iter().map(|(kind, target)| json!({"type": kind, "targetRef": target})).collect();
        let rows = rows(&value);
        (reference, value, rows)
    });
    let mut all: Vec<_> = related.collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Router::new()
        .route("/entities/by-query", get(by_query))
        .route("/entity-facets", get(facets))
        .route("/entities/by-refs", post(by_refs))
        .route("/entities/by-name/{kind}/{namespace}/{name}", get(by_name))
        .with_state(Arc::new(all)))
}

fn parameters(query: Option<String>) -> Vec<(String, String)> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'%' => {
                    let digits: String = rest.by_ref().take(2).map(char::from).collect();
                    bytes.extend(u8::from_str_radix(&digits, 16));
                }
                byte => bytes.push(byte),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let query = query.unwrap_or_default();
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (plain(name), plain(value))).collect()
}

fn all<'a>(parameters: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    parameters.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect()
}

async fn by_query(State(entities): State<Entities>, RawQuery(query): RawQuery) -> Response {
    let mut asked = parameters(query);
    let limit: usize = all(&asked, "limit").first().and_then(|limit| limit.parse().ok()).unwrap_or(20);
    let fields = all(&asked, "fields").iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut offset = 0;
    if let Some(cursor) = all(&asked, "cursor").first().map(ToString::to_string) {
        let (at, rest) = cursor.split_once('~').unwrap_or(("0", ""));
        offset = at.parse().unwrap_or(0);
        asked = parameters(Some(rest.to_owned()));
    }
    let Ok(filter) = Filter::from_query(&all(&asked, "filter")) else { return StatusCode::BAD_REQUEST.into_response() };
    let term = all(&asked, "fullTextFilterTerm").first().map(|term| term.to_lowercase());
    let looked_in: Vec<String> = all(&asked, "fullTextFilterFields")
        .iter()
        .flat_map(|fields| fields.split(','))
        .map(str::to_lowercase)
        .collect();
    let order = all(&asked, "orderField").first().map(|order| order.split_once(',').unwrap_or((order, "asc")));
    let has_term = |rows: &Rows| {
        term.as_ref().is_none_or(|term| {
            rows.0.iter().any(|row| {
                looked_in.contains(&row.key)
                    && row.value.as_ref().is_some_and(|value| value.to_lowercase().contains(term))
            })
        })
    };
    let mut found: Vec<(Option<String>, &Value)> = entities
        .iter()
        .filter(|(_, _, rows)| filter.matches(rows) && has_term(rows))
        .map(|(_, value, rows)| {
            let key = order.and_then(|(field, _)| {
                let row = rows.0.iter().find(|row| row.key == field.to_lowercase());
                row.and_then(|row| row.value.as_ref()).map(|value| value.to_lowercase())
            });
            (key, value)
        })
        .filter(|(key, _)| order.is_none() || key.is_some())
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    if order.is_some_and(|(_, direction)| direction == "desc") {
        found.reverse();
    }
    let text = asked.iter().filter(|(name, _)| !["limit", "fields"].contains(&name.as_str()));
    let text = text
        .map(|(name, value)| format!("{name}={}", value.replace('%', "%25").replace('&', "%26")))
        .collect::<Vec<_>>()
        .join("&");
    let total = found.len();
    let cursor = |at: usize| format!("{at}~{text}");
    let fields = Fields::parse(&fields.iter().map(String::as_str).collect::<Vec<_>>()).ok().flatten();
    let items: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(_, value)| fields.as_ref().map_or_else(|| (*value).clone(), |fields| fields.project(value)))
        .collect();
    let mut pages = json!({});
    if offset + limit < total && limit > 0 {
        pages["nextCursor"] = cursor(offset + limit).into();
    }
    if offset > 0 {
        pages["prevCursor"] = cursor(offset.saturating_sub(limit)).into();
    }
    Json(json!({"items": items, "totalItems": total, "pageInfo": pages})).into_response()
}

async fn facets(State(entities): State<Entities>, RawQuery(query): RawQuery) -> Response {
    let asked = parameters(query);
    let Ok(filter) = Filter::from_query(&all(&asked, "filter")) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut answer = json!({});
    for facet in all(&asked, "facet") {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, _, rows) in entities.iter().filter(|(_, _, rows)| filter.matches(rows)) {
            for row in rows.0.iter().filter(|row| row.key == facet.to_lowercase()) {
                *counts.entry(row.value.as_deref().unwrap_or_default()).or_default() += 1;
            }
        }
        answer[facet] = counts.into_iter().map(|(value, count)| json!({"value": value, "count": count})).collect();
    }
    Json(json!({"facets": answer})).into_response()
}

async fn by_refs(State(entities): State<Entities>, Json(body): Json<Value>) -> Json<Value> {
    let wanted = body["entityRefs"].as_array().cloned().unwrap_or_default();
    let find = |reference: &Value| entities.iter().find(|(own, ..)| Some(own.as_str()) == reference.as_str());
    let items: Value =
        wanted.iter().map(|reference| find(reference).map(|(_, value, _)| value.clone())).collect::<Vec<_>>().into();
    Json(json!({"items": items}))
}

async fn by_name(
    State(entities): State<Entities>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Response {
    let reference = EntityRef::new(&kind, &namespace, &name).ok();
    match entities.iter().find(|(own, ..)| Some(own) == reference.as_ref()) {
        Some((_, value, _)) => Json(value.clone()).into_response(),
        None => {
            let message = format!("No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'");
            (StatusCode::NOT_FOUND, Json(json!({"error": {"name": "NotFoundError", "message": message}})))
                .into_response()
        }
    }
}
