//! Fields: what entities have, as far as it can be a column or narrow a list.
//!
//! Rule: what there is says the index, which knows keys in lower case; how a field is spelled and what it holds is looked up in one of the
//! entities that have it. Fields of items in lists are none: a column has one value a row.

use std::collections::HashMap;

use portico_api_types::{Field, FieldShape, Fields, Timestamp};
use portico_model::{Filter, lower};
use serde_json::Value;

use crate::read::stored;
use crate::select::Reader;
use crate::{Catalog, StoreError};

/// Where fields are looked for, in the order in which they are listed.
const PLACES: [&str; 5] = ["facts.", "properties.", "spec.", "metadata.labels.", "metadata.annotations."];

/// Keys of one place that are looked at. A place with more has keys that are values, such as the names of clusters, and nobody chooses among
/// so many.
const LOOKED_AT: usize = 2_000;

/// Entities that are held at once to look fields up in: keys share theirs, since what one tool attaches is alike.
const HELD: usize = 32;

impl Catalog {
    /// The fields of the entities that match.
    pub fn fields(&self, filter: &Filter) -> Result<Fields, StoreError> {
        let transaction = self.read()?;
        let reader = Reader::open(&transaction)?;
        let matching = reader.select(filter)?;
        let mut held: HashMap<u32, Value> = HashMap::new();
        let mut items = Vec::new();
        for place in PLACES {
            for entry in reader.keys.range(place..)?.take(LOOKED_AT) {
                let (key, id) = entry?;
                let key = key.value();
                if !key.starts_with(place) {
                    break;
                }
                let having = reader.set(id.value())? & &matching;
                let Some(example) = having.min() else { continue };
                if held.len() >= HELD && !held.contains_key(&example) {
                    held.clear();
                }
                if let std::collections::hash_map::Entry::Vacant(room) = held.entry(example) {
                    let json = stored(&reader.entities, example)?.unwrap_or_default();
                    room.insert(serde_json::from_slice(&json).unwrap_or_default());
                }
                if let Some((path, shape)) = held.get(&example).and_then(|entity| spelled(entity, key)) {
                    items.push(Field { path, entities: having.len(), shape });
                }
            }
        }
        Ok(Fields { items })
    }
}

/// A key as an entity spells it, and what stands there; none where it leads into a list, or to nothing that a cell could hold.
fn spelled(value: &Value, key: &str) -> Option<(String, FieldShape)> {
    // Keys may hold dots themselves.
    value.as_object()?.iter().find_map(|(name, value)| match key.strip_prefix(lower(name).as_ref())? {
        "" => Some((name.clone(), shape(value)?)),
        rest => {
            let (path, shape) = spelled(value, rest.strip_prefix('.')?)?;
            Some((format!("{name}.{path}"), shape))
        }
    })
}

fn shape(value: &Value) -> Option<FieldShape> {
    match value {
        Value::Number(_) => Some(FieldShape::Number),
        Value::Bool(_) => Some(FieldShape::Flag),
        Value::String(text) if text.parse::<Timestamp>().is_ok() => Some(FieldShape::Time),
        Value::String(_) => Some(FieldShape::Text),
        Value::Array(items) => {
            items.iter().all(|item| !item.is_object() && !item.is_array()).then_some(FieldShape::Text)
        }
        Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_spelled_as_the_entity_spells_it() {
        let entity = json!({
            "facts": { "pagerduty": { "onCall": { "now": "Ada", "until": "2026-11-27T09:00:00Z" }, "open": [{ "title": "x" }] },
                       "kubernetes": { "latestTag": true, "a.b": { "Ready": 2 }, "images": ["web:1"], "none": null } },
        });
        for (key, expected) in [
            ("facts.pagerduty.oncall.now", Some(("facts.pagerduty.onCall.now", FieldShape::Text))),
            ("facts.pagerduty.oncall.until", Some(("facts.pagerduty.onCall.until", FieldShape::Time))),
            ("facts.kubernetes.latesttag", Some(("facts.kubernetes.latestTag", FieldShape::Flag))),
            ("facts.kubernetes.a.b.ready", Some(("facts.kubernetes.a.b.Ready", FieldShape::Number))),
            ("facts.kubernetes.images", Some(("facts.kubernetes.images", FieldShape::Text))),
            ("facts.kubernetes.images.web:1", None),
            ("facts.pagerduty.open.title", None),
            ("facts.pagerduty.oncall", None),
            ("facts.kubernetes.none", None),
            ("facts.pagerdutyx", None),
        ] {
            let found = spelled(&entity, key);
            assert_eq!(found, expected.map(|(path, shape)| (path.to_owned(), shape)), "{key}");
        }
    }
}
