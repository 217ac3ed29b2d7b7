//! References in a document whose namespaces are other ones here.
//!
//! Rule: a reference that names no namespace means that of its own entity, which goes with it, and stays as it is. Of the kinds that
//! every portal has it is known which fields hold references. Of others it is what the entity's relations say: a text that names an
//! entity to which a relation leads, with its namespace, is a reference to it.

use std::collections::BTreeSet;

use portico_sdk::model::{EntityRef, Kinds};
use serde_json::{Map, Value};

use crate::namespaces::Namespaces;

/// Rewrites the references of an entity as it is served.
pub(crate) fn rewrite(entity: &mut Map<String, Value>, namespaces: &Namespaces) {
    if namespaces.is_empty() {
        return;
    }
    let kind = entity.get("kind").and_then(Value::as_str).and_then(|kind| Kinds::built_in().get(kind)).cloned();
    let targets = if kind.is_none() { targets(entity) } else { BTreeSet::new() };
    let Some(spec) = entity.get_mut("spec") else { return };
    match kind {
        Some(kind) => {
            for field in kind.all_relations() {
                if let Some(value) = spec.get_mut(&field.path) {
                    each_text(value, &mut |text| renamed(text, namespaces));
                }
            }
        }
        None => each_text(spec, &mut |text| renamed(text, namespaces).filter(|_| names_one_of(text, &targets))),
    }
}

/// The text with its namespace as it is here; none if it names none, or the same.
fn renamed(text: &str, namespaces: &Namespaces) -> Option<String> {
    let (before, name) = text.split_once('/')?;
    let (kind, namespace) = match before.split_once(':') {
        Some((kind, namespace)) => (Some(kind), namespace),
        None => (None, before),
    };
    let known = namespace.to_lowercase();
    let here = namespaces.of(&known);
    if here == known {
        return None;
    }
    Some(match kind {
        Some(kind) => format!("{kind}:{here}/{name}"),
        None => format!("{here}/{name}"),
    })
}

/// What the relations of an entity lead to.
fn targets(entity: &Map<String, Value>) -> BTreeSet<EntityRef> {
    let relations = entity.get("relations").and_then(Value::as_array).into_iter().flatten();
    relations.filter_map(|relation| EntityRef::parse(relation["targetRef"].as_str()?).ok()).collect()
}

fn names_one_of(text: &str, targets: &BTreeSet<EntityRef>) -> bool {
    match EntityRef::parse(text) {
        Ok(reference) => targets.contains(&reference),
        // Without a kind, which the field implies.
        Err(_) => targets
            .iter()
            .any(|target| EntityRef::parse_with(text, Some(target.kind()), target.namespace()).as_ref() == Ok(target)),
    }
}

/// Replaces texts below a value.
fn each_text(value: &mut Value, replace: &mut dyn FnMut(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(other) = replace(text) {
                *text = other;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, replace)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_text(field, replace)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(entity: Value) -> Value {
        let namespaces = serde_json::from_value(json!({ "default": "acme", "*": "old-{namespace}" })).expect("good");
        let Value::Object(mut entity) = entity else { panic!("an object") };
        rewrite(&mut entity, &namespaces);
        entity["spec"].take()
    }

    #[test]
    fn what_names_its_namespace_is_renamed_and_what_does_not_stays() {
        for (before, after) in [
            ("payments", "payments"),
            ("group:payments", "group:payments"),
            ("default/payments", "acme/payments"),
            ("group:default/payments", "group:acme/payments"),
            ("Group:Shop/Payments", "Group:old-shop/Payments"),
            ("resource:shop/a/b:c", "resource:old-shop/a/b:c"),
        ] {
            let spec = rewritten(json!({ "kind": "Component", "spec": { "owner": before, "dependsOn": [before] } }));
            assert_eq!(spec, json!({ "owner": after, "dependsOn": [after] }), "{before}");
        }
    }

    #[test]
    fn what_is_no_reference_of_its_kind_stays_whatever_it_looks_like() {
        let spec = json!({ "definition": "group:default/payments", "system": "default/shop", "type": "a/b" });
        let expected = json!({ "definition": "group:default/payments", "system": "acme/shop", "type": "a/b" });
        assert_eq!(rewritten(json!({ "kind": "API", "spec": spec })), expected);
        let user = json!({ "kind": "User", "spec": { "memberOf": ["shop/a"], "profile": { "picture": "shop/a" } } });
        assert_eq!(rewritten(user), json!({ "memberOf": ["old-shop/a"], "profile": { "picture": "shop/a" } }));
    }

    #[test]
    fn what_a_kind_is_not_known_is_told_by_its_relations() {
        let relations = json!([{ "type": "alertsFor", "targetRef": "component:default/orders" }]);
        let spec = json!({ "a": ["Component:default/orders", "default/orders", "default/other"], "b": { "c": "x/y" } });
        let entity = json!({ "kind": "PagerDutyService", "spec": spec, "relations": relations });
        let expected = json!({ "a": ["Component:acme/orders", "acme/orders", "default/other"], "b": { "c": "x/y" } });
        assert_eq!(rewritten(entity), expected);
    }
}
