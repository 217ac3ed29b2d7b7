//! What a schema says to whoever draws: its `ui:` hints and its remarks.
//!
//! Rule: a hint stands as `ui:word` or as `word` in `ui:options`, and both are the same.

use serde_json::Value;

/// A hint.
pub(crate) fn hint<'s>(schema: &'s Value, word: &str) -> Option<&'s Value> {
    let direct = schema.get(["ui:", word].concat());
    direct.or_else(|| schema.get("ui:options")?.get(word)).filter(|hint| !hint.is_null())
}

/// A hint that is a text.
pub(crate) fn text<'s>(schema: &'s Value, word: &str) -> Option<&'s str> {
    hint(schema, word)?.as_str()
}

/// A hint that is said or not.
pub(crate) fn is_said(schema: &Value, word: &str) -> bool {
    hint(schema, word) == Some(&Value::Bool(true))
}

/// A hint that is a list of texts.
pub(crate) fn texts(schema: &Value, word: &str) -> Vec<String> {
    match hint(schema, word) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// What it says that the portal does not act upon.
pub(crate) fn remarks(schema: &Value) -> Vec<String> {
    let of_backstage = &schema["ui:backstage"];
    let flag = schema.get("backstage:featureFlag").or_else(|| of_backstage.get("featureFlag")).and_then(Value::as_str);
    let flag = flag.map(|flag| {
        format!(
            "This stands behind the feature flag `{flag}` in the template; the portal has no such flags and shows it."
        )
    });
    let permissions = schema.get("backstage:permissions").or_else(|| of_backstage.get("permissions"));
    let tags = permissions.map(|permissions| permissions["tags"].as_array().cloned().unwrap_or_default());
    let tags = tags.map(|tags| tags.iter().filter_map(Value::as_str).map(|tag| format!("`{tag}`")).collect::<Vec<_>>());
    let permissions = tags.map(|tags| match tags.as_slice() {
        [] => "The template asks for permissions here; the portal does not act upon them.".to_owned(),
        tags => {
            format!("The template asks for the permission {} here; the portal does not act upon it.", tags.join(", "))
        }
    });
    flag.into_iter().chain(permissions).collect()
}
