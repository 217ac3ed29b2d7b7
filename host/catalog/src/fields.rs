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

/// Keys of one place, or of what one plugin attaches, that are looked at. One with more has keys that are values, such as the names of
/// clusters, and nobody chooses among so many.
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
            let mut walk = Walk::new(place);
            while let Some((key, id)) = walk.next(&reader)? {
                let having = reader.set(id)? & &matching;
                let Some(example) = having.min() else { continue };
                if held.len() >= HELD && !held.contains_key(&example) {
                    held.clear();
                }
                if let std::collections::hash_map::Entry::Vacant(room) = held.entry(example) {
                    let json = stored(&reader.entities, example)?.unwrap_or_default();
                    room.insert(serde_json::from_slice(&json).unwrap_or_default());
                }
                let Some((path, value)) = held.get(&example).and_then(|entity| spelled(entity, &key)) else { continue };
                if let Some(shape) = shape(value) {
                    items.push(Field { path, entities: having.len(), shape });
                }
                if value.is_array() {
                    // Each of its values is a key as well.
                    walk.pass(key);
                }
            }
        }
        Ok(Fields { items })
    }
}

/// Goes through the keys of one place.
struct Walk {
    place: &'static str,
    /// The next key, or what comes before it.
    from: String,
    /// The part of the place that is gone through: the place, or a plugin's facts.
    part: String,
    /// Keys of the part that were looked at.
    looked: usize,
    /// A key of which nothing more is looked at.
    passed: Option<String>,
}

impl Walk {
    fn new(place: &'static str) -> Walk {
        Walk { place, from: place.to_owned(), part: String::new(), looked: 0, passed: None }
    }

    fn next(&mut self, reader: &Reader) -> Result<Option<(String, u32)>, StoreError> {
        loop {
            let Some(entry) = reader.keys.range(self.from.as_str()..)?.next() else { return Ok(None) };
            let (key, id) = entry?;
            let key = key.value();
            let Some(rest) = key.strip_prefix(self.place) else { return Ok(None) };
            if let Some(passed) = self.passed.as_ref().filter(|passed| is_within(key, passed)) {
                // The sign after the dot.
                self.from = format!("{passed}/");
                continue;
            }
            let part = match self.place {
                "facts." => &key[..self.place.len() + rest.find('.').unwrap_or(rest.len())],
                place => place.trim_end_matches('.'),
            };
            if part != self.part {
                (self.part, self.looked) = (part.to_owned(), 0);
            }
            if self.looked == LOOKED_AT {
                self.from = format!("{}/", self.part);
                continue;
            }
            self.looked += 1;
            // The least text that comes after the key.
            self.from = format!("{key}\0");
            return Ok(Some((key.to_owned(), id.value())));
        }
    }

    /// Passes over what is within a key.
    fn pass(&mut self, key: String) {
        self.passed = Some(key);
    }
}

fn is_within(key: &str, other: &str) -> bool {
    key.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'))
}

/// A key as an entity spells it, and what stands there; none where it leads into a list.
fn spelled<'v>(value: &'v Value, key: &str) -> Option<(String, &'v Value)> {
    // Keys may hold dots themselves.
    value.as_object()?.iter().find_map(|(name, value)| match key.strip_prefix(lower(name).as_ref())? {
        "" => Some((name.clone(), value)),
        rest => {
            let (path, found) = spelled(value, rest.strip_prefix('.')?)?;
            Some((format!("{name}.{path}"), found))
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
    use portico_model::EntityRef;
    use serde_json::json;

    use super::*;
    use crate::{Mode, Origin};

    fn paths(catalog: &Catalog) -> Vec<String> {
        catalog.fields(&Filter::everything()).unwrap().items.into_iter().map(|field| field.path).collect()
    }

    #[test]
    fn long_lists_and_one_plugins_many_keys_hide_no_other_fields() {
        let catalog = Catalog::in_memory().unwrap();
        let depends: Vec<String> = (0..LOOKED_AT + 100).map(|number| format!("component:default/c{number}")).collect();
        let document = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": "shop" },
            "spec": { "type": "service", "lifecycle": "production", "owner": "x", "dependsOn": depends, "dependson-too": "x" },
        });
        let mut session = catalog.session("one", "all", Mode::Full).unwrap();
        session.put(&document.to_string(), Origin::default()).unwrap();
        session.commit(None).unwrap();
        let many: serde_json::Map<String, Value> =
            (0..900).map(|number| (format!("key-{number:04}"), json!(1))).collect();
        for scope in ["a", "b", "c"] {
            let mut session = catalog.session("busy", scope, Mode::Full).unwrap();
            let about = EntityRef::parse("component:default/shop").unwrap();
            session.attach(about, &json!({ scope: many }).to_string()).unwrap();
            session.commit(None).unwrap();
        }
        let mut session = catalog.session("quiet", "all", Mode::Full).unwrap();
        session.attach(EntityRef::parse("component:default/shop").unwrap(), r#"{ "ready": 1 }"#).unwrap();
        session.commit(None).unwrap();
        let found = paths(&catalog);
        for path in ["spec.type", "spec.owner", "spec.dependsOn", "spec.dependson-too", "facts.quiet.ready"] {
            assert!(found.iter().any(|found| found == path), "{path} is missing of {}", found.len());
        }
        assert!(found.iter().filter(|path| path.starts_with("facts.busy.")).count() <= LOOKED_AT);
        assert!(!found.iter().any(|path| path.starts_with("spec.dependsOn.")));
    }

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
            let found = spelled(&entity, key).and_then(|(path, value)| Some((path, shape(value)?)));
            assert_eq!(found, expected.map(|(path, shape)| (path.to_owned(), shape)), "{key}");
        }
    }
}
