//! Portico's own routes, answered from files, with one run that goes on for as long as somebody looks.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use serde_json::{Value, json};

const SOURCES: &str = include_str!("sources.json");
const PROBLEMS: &str = include_str!("problems.json");
const RUNS: &str = include_str!("runs.json");
const LOG: &str = include_str!("log.json");
const PLUGINS: &str = include_str!("plugins.json");

type Missing = (StatusCode, Json<Value>);

/// The run that goes on.
const LIVE: u64 = 412;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    plugin: Option<String>,
    entity: Option<String>,
    q: String,
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/portal", get(|| async { Json(json!({"title": "Acme", "version": "0.1.0"})) }))
        .route("/sources", get(|| async { Json(read(SOURCES)) }))
        .route("/sources/{id}", get(source))
        .route("/sources/{id}/problems", get(source_problems))
        .route("/problems", get(problems))
        .route("/runs", get(runs))
        .route("/runs/{id}", get(run))
        .route("/runs/{id}/log", get(|| async { Json(read(LOG)) }))
        .route("/runs/{id}/events", get(|| async { Sse::new(live()) }))
        .route("/runs/{id}/cancel", post(|| async { Json(json!({})) }))
        .route("/plugins", get(|| async { Json(read(PLUGINS)) }))
        .route("/plugins/{name}", get(plugin))
        .route("/plugins/{name}/runs", post(|| async { Json(json!({"id": LIVE})) }))
        .route("/entities/{kind}/{namespace}/{name}/origin", get(origin))
        .route("/search", get(search))
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn items(text: &str, keep: impl Fn(&Value) -> bool) -> Value {
    let all = read(text)["items"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(keep).collect::<Vec<_>>().into()
}

fn found(text: &str, keep: impl Fn(&Value) -> bool, what: &str) -> Result<Value, Missing> {
    let message = format!("There is no {what}");
    let missing = || (StatusCode::NOT_FOUND, Json(json!({"error": {"name": "NotFoundError", "message": message}})));
    items(text, keep).get(0).cloned().ok_or_else(missing)
}

async fn source(Path(id): Path<u64>) -> Result<Json<Value>, Missing> {
    let source = found(SOURCES, |source| source["id"] == id, &format!("source {id}"))?;
    let kinds =
        json!([{"kind": "Component", "count": 19}, {"kind": "API", "count": 7}, {"kind": "Resource", "count": 2}]);
    let none = source["entities"] == 0;
    Ok(Json(json!({"source": source, "kinds": if none { json!([]) } else { kinds }})))
}

async fn source_problems(Path(id): Path<u64>) -> Json<Value> {
    Json(json!({"items": items(PROBLEMS, |problem| problem["sourceId"] == id)}))
}

async fn problems(Query(asked): Query<Asked>) -> Json<Value> {
    Json(json!({"items": items(PROBLEMS, |problem| problem["entity"].as_str() == asked.entity.as_deref())}))
}

async fn runs(Query(asked): Query<Asked>) -> Json<Value> {
    let of_plugin = |run: &Value| asked.plugin.as_ref().is_none_or(|plugin| run["plugin"] == plugin.as_str());
    Json(json!({"items": items(RUNS, of_plugin)}))
}

async fn run(Path(id): Path<u64>) -> Result<Json<Value>, Missing> {
    found(RUNS, |run| run["id"] == id, &format!("run {id}")).map(Json)
}

async fn plugin(Path(name): Path<String>) -> Result<Json<Value>, Missing> {
    found(PLUGINS, |plugin| plugin["name"] == name.as_str(), &format!("plugin {name}")).map(Json)
}

async fn origin(Path((_, _, name)): Path<(String, String, String)>) -> Json<Value> {
    let source = |id: u64| found(SOURCES, |source| source["id"] == id, "source").unwrap_or_default();
    let claim = |id: u64, owner: bool, line: u32| {
        json!({
            "source": source(id), "file": "catalog-info.yaml", "line": line, "owner": owner, "changedAt": "2026-11-17T09:12:00Z",
            "url": format!("https://github.com/acme/{name}/blob/main/catalog-info.yaml#L{line}"), "stale": null,
        })
    };
    let mut first = claim(1, true, 1);
    let mut claims = Vec::new();
    if name == "payments-api" {
        first["stale"] = "legacy/terminals.yaml:38: this is no YAML: a tab is used for indentation. Use spaces.".into();
        claims.push(claim(10, false, 31));
    }
    claims.insert(0, first);
    Json(json!({"claims": claims}))
}

async fn search(Query(asked): Query<Asked>) -> Json<Value> {
    let names = ["payments-api", "payments-router", "payment-methods", "receipts-renderer", "ledger-core", "fx-rates"];
    let hits = names.iter().filter(|name| name.contains(&asked.q.to_lowercase())).map(|name| {
        json!({"entityRef": format!("component:default/{name}"), "kind": "Component", "title": name, "type": "service",
               "description": "Authorises, captures and refunds card payments for every Acme merchant."})
    });
    Json(json!({"items": hits.collect::<Vec<_>>()}))
}

/// The run as it is, and then a line and a step further each second.
fn live() -> impl Stream<Item = Result<Event, Infallible>> {
    let run = found(RUNS, |run| run["id"] == LIVE, "run").unwrap_or_default();
    unfold((0_u64, run), |(step, mut run)| async move {
        if step > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let event = if step % 2 == 1 {
            let number = 24 + step / 2;
            let line = json!({"number": number, "at": "2026-11-19T14:03:14Z", "level": "info", "message": format!("line {number}")});
            Event::default().event("log").data(line.to_string())
        } else {
            run["progress"]["done"] = (11 + step / 2).min(15).into();
            if step >= 10 {
                run["state"] = "succeeded".into();
                run["endedAt"] = "2026-11-19T14:03:20Z".into();
                run["result"] = json!({"code": "ok", "message": ""});
            }
            Event::default().event("run").data(run.to_string())
        };
        (step <= 10).then_some((Ok(event), (step + 1, run)))
    })
}
