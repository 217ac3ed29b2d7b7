//! JSON Schemas of whole documents, for editors that complete and check as one writes.
//!
//! Rule: what an editor marks is wrong here as well. Some of what is wrong here no schema can say, such as a reference to the
//! wrong kind.

use portico_model::{Field, Kind, RelationField, Shape, Spec};
use serde_json::{Map, Value, json};

use crate::Registry;

/// The schema of a document of one kind; none if there is no kind of this name.
pub fn document_schema(registry: &Registry, name: &str) -> Option<Value> {
    let kind = registry.kinds().find(name)?;
    let mut schema = document(registry, kind);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    Some(schema)
}

/// The schema of a document of any kind.
pub fn every_schema(registry: &Registry) -> Value {
    let names: Vec<&str> = registry.kinds().iter().map(|kind| kind.name.as_str()).collect();
    let rules: Vec<Value> = registry
        .kinds()
        .iter()
        .map(|kind| {
            json!({
                "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
                "then": document(registry, kind),
            })
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Entity",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata"],
        "properties": { "kind": { "enum": names } },
        "allOf": rules,
    })
}

fn document(registry: &Registry, kind: &Kind) -> Value {
    let declared = registry.declared().get(&kind.name.to_lowercase());
    let spec = match &kind.spec {
        Spec::Fields { fields, by_type } => {
            let mut spec = mapping(fields);
            let rules: Vec<Value> = by_type
                .iter()
                .filter(|rule| rule.instead_of.is_none())
                .map(|rule| {
                    json!({
                        "if": { "properties": { "type": { "const": rule.spec_type } }, "required": ["type"] },
                        "then": mapping(rule.fields),
                    })
                })
                .collect();
            // Where other fields may stand in for one, the schema asks for neither.
            let optional: Vec<&str> = by_type.iter().filter_map(|rule| rule.instead_of).collect();
            if let Some(Value::Array(required)) = spec.get_mut("required") {
                required.retain(|key| !optional.iter().any(|name| key == name));
            }
            if !rules.is_empty() {
                spec["allOf"] = Value::Array(rules);
            }
            spec
        }
        Spec::Rule(_) => {
            let own = declared.and_then(|declared| declared.declaration.schema.clone());
            let references = references(&kind.relations);
            match own {
                // Its own references lead from its own root, so it keeps one.
                Some(Value::Object(mut own)) => {
                    own.insert("$id".to_owned(), json!(format!("urn:portico:spec:{}", kind.name)));
                    json!({ "allOf": [own, references] })
                }
                _ => references,
            }
        }
    };
    json!({
        "title": kind.title,
        "description": kind.description,
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": { "enum": kind.api_versions },
            "kind": { "const": kind.name },
            "metadata": metadata(),
            "spec": spec,
        },
    })
}

fn metadata() -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$" },
            "namespace": { "type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" },
            "title": text,
            "description": text,
            "labels": texts,
            "annotations": texts,
            "tags": { "type": "array", "items": { "type": "string" } },
            "links": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["url"],
                    "properties": { "url": text, "title": text, "icon": text, "type": text },
                },
            },
        },
    })
}

fn mapping(fields: &[Field]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), shape(&field.shape))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn shape(of: &Shape) -> Value {
    match of {
        Shape::Text => json!({ "type": "string" }),
        Shape::FilledText => json!({ "type": "string", "minLength": 1 }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::List { of, least } => json!({ "type": "array", "minItems": least, "items": shape(of) }),
        Shape::Mapping { fields, others } => {
            let mut schema = mapping(fields);
            if let Some(others) = others {
                schema["additionalProperties"] = shape(others);
            }
            schema
        }
        Shape::AnyOf(shapes) => json!({ "anyOf": shapes.iter().map(shape).collect::<Vec<_>>() }),
    }
}

/// The fields that point at other entities, where they stand directly in `spec`.
fn references(fields: &[RelationField]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields.iter().filter(|field| !field.path.contains('.')) {
        let one = json!({ "type": ["string", "object"] });
        let schema = if field.many { json!({ "anyOf": [one, { "type": "array", "items": one }] }) } else { one };
        properties.insert(field.path.clone(), schema);
        if field.required {
            required.push(field.path.clone());
        }
    }
    json!({ "type": "object", "required": required, "properties": properties })
}
