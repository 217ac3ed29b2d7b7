//! The least that each part of a manifest says, so that another part can be read beside it.
//!
//! Rule: nothing is wrong with any of it, and all that has to be there is; a test reads each.

use serde_json::{Map, Value, json};

/// The least of a part with keys, by the way to it; none for what is read whole.
pub(super) fn least(pattern: &str) -> Option<Map<String, Value>> {
    let least = match pattern {
        "" => json!({
            "name": "a", "version": "1.0.0", "publisher": "a", "title": "a", "description": "a", "contract": "1.0.0",
            "extensions": ["ingestion"],
        }),
        "asks" | "asks.catalog" | "routes[].intake" | "routes[].intake.replay" | "mappings[].entity.relations" => {
            json!({})
        }
        "asks.repositories" | "asks.push" | "asks.files" => json!({ "reason": "a" }),
        "asks.kubeconfig" => json!({ "setting": "a", "reason": "a" }),
        "asks.http[]" => json!({ "host": "example.com", "reason": "a" }),
        "asks.credentials[]" => json!({ "name": "a", "reason": "a" }),
        "asks.catalog.read" | "asks.catalog.write" | "asks.catalog.attach" => json!({ "kinds": ["*"], "reason": "a" }),
        "asks.state" | "asks.memory" | "asks.response" | "asks.disk" => json!({ "size": "8MiB", "reason": "a" }),
        "asks.cpu" | "asks.wall" => json!({ "time": "1s", "reason": "a" }),
        "asks.log" => json!({ "lines": 100, "reason": "a" }),
        "asks.requests" => json!({ "count": 100, "reason": "a" }),
        "cards[]" => json!({ "id": "a", "title": "a", "place": "overview" }),
        "routes[]" => json!({ "path": "/a", "methods": ["GET"] }),
        "actions[]" => json!({ "id": "a", "description": "a" }),
        "actions[].examples[]" => json!({ "description": "a", "input": {} }),
        "routes[].intake.signature" => json!({ "algorithm": "token", "header": "a", "credential": "a" }),
        "kinds[]" => json!({ "name": "A" }),
        "kinds[].relations[]" => json!({ "field": "a", "relation": "a", "inverse": "b" }),
        "kinds[].columns[]" => json!({ "title": "a", "path": "a" }),
        "kinds[].properties[]" => json!({ "name": "a" }),
        "kinds[].properties[].count" => json!({ "along": "a" }),
        "kinds[].properties[].lookup"
        | "kinds[].properties[].sum"
        | "kinds[].properties[].average"
        | "kinds[].properties[].minimum"
        | "kinds[].properties[].maximum" => json!({ "along": "a", "path": "a" }),
        "mappings[]" => json!({ "object": "a" }),
        "mappings[].entity" => json!({ "kind": "A", "name": "a" }),
        "mappings[].facts" => json!({ "about": "a", "values": {} }),
        _ => return None,
    };
    serde_json::from_value(least).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Step, around, read};
    use super::*;

    const PARTS: [&str; 36] = [
        "",
        "asks",
        "asks.catalog",
        "asks.catalog.read",
        "asks.catalog.write",
        "asks.catalog.attach",
        "asks.repositories",
        "asks.push",
        "asks.files",
        "asks.kubeconfig",
        "asks.http[]",
        "asks.credentials[]",
        "asks.state",
        "asks.memory",
        "asks.cpu",
        "asks.wall",
        "asks.response",
        "asks.disk",
        "asks.log",
        "asks.requests",
        "cards[]",
        "routes[]",
        "routes[].intake",
        "routes[].intake.signature",
        "actions[]",
        "actions[].examples[]",
        "kinds[]",
        "kinds[].relations[]",
        "kinds[].columns[]",
        "kinds[].properties[]",
        "kinds[].properties[].count",
        "kinds[].properties[].lookup",
        "kinds[].properties[].sum",
        "mappings[]",
        "mappings[].entity",
        "mappings[].facts",
    ];

    /// `asks.http[]` as the way to the first of the list.
    fn way(pattern: &str) -> Vec<Step> {
        let key = |part: &str| {
            let place = part.ends_with("[]").then_some(Step::Place(0));
            std::iter::once(Step::Key(part.trim_end_matches("[]").to_owned())).chain(place).collect::<Vec<_>>()
        };
        pattern.split('.').filter(|part| !part.is_empty()).flat_map(key).collect()
    }

    #[test]
    fn the_least_of_every_part_is_right_and_no_less_would_be() {
        for pattern in PARTS {
            let base = least(pattern).unwrap_or_else(|| panic!("{pattern}"));
            let whole = around(&way(pattern), &Value::Object(base.clone()));
            assert!(read(&whole).is_ok(), "{pattern}: {:?}", read(&whole).err().map(|(_, said)| said));
            for key in base.keys() {
                let mut less = base.clone();
                less.remove(key);
                let said = read(&around(&way(pattern), &Value::Object(less))).expect_err(key).1;
                assert_eq!(said, format!("missing field `{key}`"), "{pattern}");
            }
        }
    }
}
