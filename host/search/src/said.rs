//! What an entity says that can be searched.
//!
//! Rule: only these parts of its JSON are held; the rest is passed over, which takes a fraction of the time. A part that is no text
//! is as good as none.

use portico_model::{DEFAULT_NAMESPACE, EntityRef};
use serde::Deserialize;
use serde_json::Value;

/// What an entity says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    kind: Value,
    metadata: Metadata,
    spec: Spec,
    facts: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    namespace: Value,
    name: Value,
    title: Value,
    description: Value,
    tags: Value,
    links: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(rename = "type")]
    entity_type: Value,
    profile: Value,
    definition: Value,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Said {
    /// Reads an entity. One that is no JSON is as good as one without words; the catalog's own check finds it.
    pub(crate) fn read(json: &[u8]) -> Said {
        serde_json::from_slice(json).unwrap_or_default()
    }

    /// The entity's reference, if it has a name.
    pub(crate) fn reference(&self) -> Option<EntityRef> {
        let namespace = self.metadata.namespace.as_str().unwrap_or(DEFAULT_NAMESPACE);
        EntityRef::new(self.kind(), namespace, self.name()).ok()
    }

    pub(crate) fn kind(&self) -> &str {
        text(&self.kind)
    }

    pub(crate) fn name(&self) -> &str {
        text(&self.metadata.name)
    }

    /// What it is called by people.
    pub(crate) fn titles(&self) -> [&str; 2] {
        [text(&self.metadata.title), text(&self.spec.profile["displayName"])]
    }

    pub(crate) fn tags(&self) -> impl Iterator<Item = &str> {
        self.metadata.tags.as_array().into_iter().flatten().map(text)
    }

    pub(crate) fn entity_type(&self) -> &str {
        text(&self.spec.entity_type)
    }

    /// What is said about it at length: its description, the titles of its links, an API's definition, and what sources attached in
    /// words.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts = vec![text(&self.metadata.description), text(&self.spec.definition)];
        texts.extend(self.metadata.links.as_array().into_iter().flatten().map(|link| text(&link["title"])));
        words(&self.facts, &mut texts);
        texts.retain(|text| !text.is_empty());
        texts
    }
}

/// All texts in a value, which is no deeper than facts may be.
fn words<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| words(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| words(field, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(entity: &Value) -> Said {
        Said::read(entity.to_string().as_bytes())
    }

    #[test]
    fn texts_are_read_and_whatever_else_there_is_is_passed_over() {
        let group = said(&json!({
            "apiVersion": "x.test/v1", "kind": "Group", "relations": [{"type": "parentOf"}],
            "metadata": {"name": "Team-A", "namespace": "pay", "title": "A", "description": "Pays.", "tags": ["money", 7], "uid": 1},
            "spec": {"type": "team", "profile": {"displayName": "The A", "email": "a@x.test"}, "children": []},
        }));
        assert_eq!(group.reference().expect("a name").as_str(), "group:pay/team-a");
        assert_eq!((group.kind(), group.name(), group.titles()), ("Group", "Team-A", ["A", "The A"]));
        assert_eq!(group.tags().collect::<Vec<_>>(), ["money", ""]);
        assert_eq!((group.entity_type(), group.texts()), ("team", vec!["Pays."]));
    }

    #[test]
    fn what_documents_an_entity_is_among_its_texts() {
        let api = said(&json!({
            "kind": "API",
            "metadata": {"name": "a", "links": [{"url": "https://x.test", "title": "Runbook"}, {"url": "https://y.test"}, 7]},
            "spec": {"type": "openapi", "definition": "paths: {/refunds: {}}"},
            "facts": {"ci": {"failing": ["lint", {"step": "unit"}], "passed": false, "runs": 7}},
        }));
        assert_eq!(api.texts(), ["paths: {/refunds: {}}", "Runbook", "lint", "unit"]);
    }

    #[test]
    fn parts_that_are_no_texts_cost_no_others() {
        let odd = said(&json!({
            "kind": "Thing", "metadata": {"name": "one", "title": 7, "tags": "x"}, "spec": {"type": ["a"], "profile": "p"},
        }));
        assert_eq!((odd.name(), odd.titles(), odd.entity_type(), odd.tags().count()), ("one", ["", ""], "", 0));
        assert_eq!(odd.reference().expect("a name").as_str(), "thing:default/one");
        assert!(said(&json!([])).reference().is_none());
    }
}
