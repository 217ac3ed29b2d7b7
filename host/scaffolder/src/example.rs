//! An output for an action that is left out of a dry run, made of its schema.

use serde_json::{Map, Value, json};

/// Schemas in schemas that are looked into.
const DEEPEST: usize = 10;

/// A value that a schema allows, as far as one can tell from looking at it.
pub(crate) fn example(schema: &Value) -> Value {
    of(schema, DEEPEST)
}

fn of(schema: &Value, depth: usize) -> Value {
    for key in ["const", "default", "example"] {
        if let Some(value) = schema.get(key) {
            return value.clone();
        }
    }
    for key in ["enum", "examples"] {
        if let Some(first) = schema[key].as_array().and_then(|all| all.first()) {
            return first.clone();
        }
    }
    if depth == 0 {
        return Value::Null;
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[key].as_array().and_then(|all| all.first()) {
            return of(first, depth - 1);
        }
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or_default(),
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    };
    match kind {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(fields.map(|(name, field)| (name.clone(), of(field, depth - 1))).collect::<Map<_, _>>())
        }
        "array" => match &schema["items"] {
            items @ Value::Object(_) => json!([of(items, depth - 1)]),
            _ => json!([]),
        },
        "number" | "integer" => schema.get("minimum").cloned().unwrap_or(json!(42)),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => json!(text(schema)),
    }
}

fn text(schema: &Value) -> &'static str {
    match schema["format"].as_str().unwrap_or_default() {
        "uri" | "url" => "https://example.com",
        "email" => "someone@example.com",
        "date" => "2000-01-01",
        "date-time" => "2000-01-01T00:00:00Z",
        _ => "<example>",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_made_of_its_schema() {
        for (schema, expected) in [
            (
                json!({ "type": "object", "properties": { "a": { "type": "string" }, "b": { "type": "integer" } } }),
                json!({ "a": "<example>", "b": 42 }),
            ),
            (json!({ "type": "array", "items": { "type": "boolean" } }), json!([true])),
            (json!({ "type": ["string", "null"], "format": "uri" }), json!("https://example.com")),
            (json!({ "enum": ["x", "y"] }), json!("x")),
            (json!({ "anyOf": [{ "type": "number", "minimum": 7 }] }), json!(7)),
            (json!({}), json!("<example>")),
        ] {
            assert_eq!(example(&schema), expected, "{schema}");
        }
    }
}
