//! The references in a document, by its kind's relation fields.
//!
//! Rule: a reference that cannot be read is a violation; one that leads nowhere is not, because what it names may come
//! later or from elsewhere.

use serde_json::Value;

use super::path::Path;
use super::violation::{Rule, Violation};
use crate::kind::{Kind, RelationField};
use crate::reference::{DEFAULT_NAMESPACE, EntityRef};

/// Everything that the document's relation fields name.
pub(super) fn targets(
    kind: &Kind,
    document: &Value,
    violations: &mut Vec<Violation>,
) -> Vec<(&'static RelationField, EntityRef)> {
    let Some(spec) = document.get("spec").filter(|spec| spec.is_object()) else { return Vec::new() };
    let namespace = document.pointer("/metadata/namespace").and_then(Value::as_str).filter(|text| !text.is_empty());
    let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE);
    let root = Path::ROOT.key("spec");
    let mut targets = Vec::new();
    for field in relation_fields(kind, spec) {
        let (Some(value), path) = (spec.get(field.field), root.key(field.field)) else { continue };
        // A field that the kind's table describes has its sentence for whatever is no text already.
        let is_described = is_described(kind, spec, field.field);
        let mut read = |value: &Value, path: &Path| {
            if is_described && value.as_str().is_none_or(str::is_empty) {
                return;
            }
            match EntityRef::from_value(value, field.default_kind, namespace) {
                Ok(target) if field.targets.is_empty() || field.targets.contains(&target.kind()) => {
                    targets.push((field, target));
                }
                Ok(_) => {}
                Err(error) => {
                    let message = format!("`{}` names no entity: {error}.", path.dotted());
                    violations.push(Violation::new(Rule::Reference, path, message));
                }
            }
        };
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    read(item, &path.index(index));
                }
            }
            value if is_nothing(value) => {}
            value => read(value, &path),
        }
    }
    targets
}

/// Sorts the lists of references, so that writing them in another order changes nothing.
pub(super) fn sort(kind: &Kind, document: &mut Value) {
    let Some(spec) = document.get_mut("spec") else { return };
    let fields: Vec<_> = relation_fields(kind, spec).collect();
    for field in fields {
        let Some(Value::Array(items)) = spec.get_mut(field.field) else { continue };
        if items.iter().all(Value::is_string) {
            // By UTF-16 units, which is the order of the clients that compare such lists.
            items.sort_by(|one, other| {
                let units = |item: &Value| item.as_str().unwrap_or_default().encode_utf16().collect::<Vec<u16>>();
                match (one.as_str(), other.as_str()) {
                    (Some(one), Some(other)) if one.is_ascii() && other.is_ascii() => one.cmp(other),
                    _ => units(one).cmp(&units(other)),
                }
            });
        }
    }
}

fn relation_fields(kind: &Kind, spec: &Value) -> impl Iterator<Item = &'static RelationField> + use<> {
    let rule = kind.type_rule(spec.get("type").and_then(Value::as_str));
    kind.relations.iter().chain(rule.map(|rule| rule.relations).unwrap_or_default())
}

fn is_described(kind: &Kind, spec: &Value, key: &str) -> bool {
    let rule = kind.type_rule(spec.get("type").and_then(Value::as_str));
    let fields = kind.fields.iter().chain(rule.map(|rule| rule.fields).unwrap_or_default());
    fields.into_iter().any(|field| field.name == key)
}

/// What clients of the format take for "not given".
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}
