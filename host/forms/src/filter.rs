//! Which entities a picker offers, out of what a template says of that.
//!
//! Rule: what comes of it are `filter` parameters of the catalog's routes, which is what `catalogFilter` means; `Filter::from_query` reads
//! them. What cannot be said so is told, never dropped without a word: more would be offered than is meant.

use serde_json::{Map, Value};

use crate::words;

/// The parameters of a field's `catalogFilter`, or else of its `allowedKinds`; and what could not be read of it.
pub(crate) fn filter(schema: &Value, kinds: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut remarks = Vec::new();
    let given = words::hint(schema, "catalogFilter");
    let filter = match given {
        Some(Value::Array(alternatives)) => {
            alternatives.iter().filter_map(|one| parameter(one, &mut remarks)).collect()
        }
        Some(one) => parameter(one, &mut remarks).into_iter().collect(),
        None => {
            let allowed = words::texts(schema, "allowedKinds");
            let kinds =
                if allowed.is_empty() { kinds.iter().map(|kind| (*kind).to_owned()).collect() } else { allowed };
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("kind={kind}")).collect();
            if kinds.is_empty() { Vec::new() } else { vec![kinds.join(",")] }
        }
    };
    (filter, remarks)
}

fn parameter(conditions: &Value, remarks: &mut Vec<String>) -> Option<String> {
    let Some(conditions) = conditions.as_object() else {
        remarks.push("A `catalogFilter` of the template is no mapping, and was passed over.".to_owned());
        return None;
    };
    let parts = conditions.iter().flat_map(|(key, value)| condition(key, value, remarks)).collect::<Vec<_>>();
    Some(parts.join(","))
}

fn condition(key: &str, value: &Value, remarks: &mut Vec<String>) -> Vec<String> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        Value::Object(operation) if exists(operation) => return vec![key.to_owned()],
        one => std::slice::from_ref(one),
    };
    let mut parts = Vec::new();
    for value in values {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => ",".to_owned(),
        };
        if text.contains(',') || key.contains([',', '=']) {
            remarks.push(format!(
                "The condition on `{key}` in the template's `catalogFilter` cannot be asked, so more is offered than \
                 is meant."
            ));
        } else {
            parts.push(format!("{key}={text}"));
        }
    }
    parts
}

/// How the field says that a key has any value.
fn exists(operation: &Map<String, Value>) -> bool {
    operation.get("exists") == Some(&Value::Bool(true))
}
