//! Backstage's annotations about where an entity was written down.
//!
//! Rule: where an entity came from is a fact, and no author overrules it; the links beside it are a help, and an author's
//! own are better.

use portico_sdk::model::{EDIT_URL, MANAGED_BY_LOCATION, MANAGED_BY_ORIGIN_LOCATION, SOURCE_LOCATION, VIEW_URL};
use serde_json::{Map, Value};

use crate::site::Links;

/// Writes the annotations into a document. `origin` is the location that the chain of locations began with. A document
/// whose metadata cannot hold annotations is left as it is; judging it says why.
pub(crate) fn annotate(document: &mut Value, links: &Links, origin: &str) {
    let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
    // `annotations:` with nothing behind it is how an author leaves the list empty.
    if annotations.is_null() {
        *annotations = Value::Object(Map::new());
    }
    let Some(annotations) = annotations.as_object_mut() else { return };
    annotations.insert(MANAGED_BY_LOCATION.to_owned(), Value::from(links.location.as_str()));
    annotations.insert(MANAGED_BY_ORIGIN_LOCATION.to_owned(), Value::from(origin));
    for (name, value) in [(VIEW_URL, &links.view), (EDIT_URL, &links.edit), (SOURCE_LOCATION, &links.source)] {
        if let Some(value) = value {
            annotations.entry(name).or_insert_with(|| Value::from(value.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn links() -> Links {
        Links {
            location: "url:https://f.test/view".into(),
            view: Some("https://f.test/view".into()),
            edit: None,
            source: Some("url:https://f.test/".into()),
        }
    }

    #[test]
    fn facts_are_written_over_and_help_is_added() {
        let mut document = json!({"metadata": {"name": "a", "annotations": {
            "backstage.io/managed-by-location": "url:https://forged.test",
            "backstage.io/view-url": "https://own.test",
            "own": "kept",
        }}});
        annotate(&mut document, &links(), "url:https://f.test/root");
        assert_eq!(
            document["metadata"]["annotations"],
            json!({
                "backstage.io/managed-by-location": "url:https://f.test/view",
                "backstage.io/view-url": "https://own.test",
                "own": "kept",
                "backstage.io/managed-by-origin-location": "url:https://f.test/root",
                "backstage.io/source-location": "url:https://f.test/",
            })
        );
    }

    #[test]
    fn what_cannot_hold_annotations_is_left_alone() {
        for document in [json!({}), json!({"metadata": 7}), json!({"metadata": {"annotations": "x"}}), json!([])] {
            let mut annotated = document.clone();
            annotate(&mut annotated, &links(), "x");
            assert_eq!(annotated, document);
        }
        let mut empty = json!({"metadata": {"annotations": null}});
        annotate(&mut empty, &links(), "x");
        assert!(empty["metadata"]["annotations"].is_object());
    }
}
