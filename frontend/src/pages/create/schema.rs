//! A JSON Schema as lines of a table: what each field is called, what it holds, whether it has to be there.
//!
//! Rule: what is shown is a way to read a schema, not all of it; a schema in a schema stands further in, down to a depth.

use serde_json::Value;

use crate::components::{cell, head, prose, row, row_head, table_of_sentences};
use crate::markup::{El, el, span};

/// Schemas in schemas that are shown.
const DEEPEST: usize = 5;

/// Lines of a table.
const MOST: usize = 200;

/// Values that are named where only some are allowed.
const VALUES: usize = 12;

/// A field of an object, or what a list holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it is, such as `repos[].name`.
    pub(super) place: String,
    /// How far in it stands.
    pub(super) depth: usize,
    /// What it holds, in words.
    pub(super) holds: String,
    /// Whether it has to be there.
    pub(super) required: bool,
    /// What it is for.
    pub(super) said: String,
}

/// The fields of a schema.
pub(super) fn lines(schema: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    fields(schema, "", 0, &mut lines);
    lines
}

fn fields(schema: &Value, place: &str, depth: usize, lines: &mut Vec<Line>) {
    if depth >= DEEPEST {
        return;
    }
    // A choice between schemas shows the fields of each once.
    for choice in ["allOf", "oneOf", "anyOf"] {
        for schema in schema[choice].as_array().into_iter().flatten() {
            fields(schema, place, depth, lines);
        }
    }
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|required| required == name));
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let inner = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        if lines.len() >= MOST || lines.iter().any(|line| line.place == inner) {
            continue;
        }
        lines.push(Line {
            place: inner.clone(),
            depth,
            holds: holds(field),
            required: required(name),
            said: said(field),
        });
        within(field, &inner, depth + 1, lines);
    }
    if depth == 0 && place.is_empty() && schema["items"].is_object() {
        within(schema, "", depth, lines);
    }
}

/// What is in a field: its fields, or those of what it lists.
fn within(field: &Value, place: &str, depth: usize, lines: &mut Vec<Line>) {
    match &field["items"] {
        items @ Value::Object(_) => fields(items, &format!("{place}[]"), depth, lines),
        _ => fields(field, place, depth, lines),
    }
}

/// What a schema lets through, in words.
fn holds(schema: &Value) -> String {
    if let Some(only) = schema.get("const") {
        return format!("only {only}");
    }
    let choices = ["oneOf", "anyOf"].into_iter().find_map(|choice| schema[choice].as_array());
    let base = match (&schema["type"], choices) {
        (Value::String(kind), _) => named(kind, schema),
        (Value::Array(kinds), _) => {
            kinds.iter().filter_map(Value::as_str).map(|kind| named(kind, schema)).collect::<Vec<_>>().join(" or ")
        }
        (_, Some(choices)) => {
            let mut words: Vec<String> = choices.iter().map(holds).collect();
            words.dedup();
            words.join(" or ")
        }
        _ if schema["properties"].is_object() => "object".to_owned(),
        _ if schema["enum"].is_array() => "value".to_owned(),
        _ => "anything".to_owned(),
    };
    match schema["enum"].as_array() {
        Some(values) => {
            let shown: Vec<String> = values.iter().take(VALUES).map(plain).collect();
            let more = if values.len() > VALUES { ", …" } else { "" };
            format!("{base}: {}{more}", shown.join(", "))
        }
        None => base,
    }
}

fn named(kind: &str, schema: &Value) -> String {
    match kind {
        "array" => match &schema["items"] {
            items @ Value::Object(_) => format!("list of {}", holds(items)),
            _ => "list".to_owned(),
        },
        "string" => match schema["format"].as_str() {
            Some(format) => format!("text ({format})"),
            None => "text".to_owned(),
        },
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "null" => "nothing".to_owned(),
        other => other.to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn said(schema: &Value) -> String {
    let words = [schema["title"].as_str(), schema["description"].as_str()];
    let mut said: Vec<String> = words.into_iter().flatten().map(str::to_owned).collect();
    said.dedup();
    if said.len() == 2 {
        // A title that is only the name again says nothing.
        said = vec![format!("{}: {}", said[0].trim_end_matches([':', '.']), said[1])];
    }
    if let Some(default) = schema.get("default") {
        said.push(format!("Without it: `{}`.", plain(default)));
    }
    said.join(" ")
}

/// The fields of a schema as a table.
pub(super) fn table(caption: &str, schema: &Value) -> El {
    let lines = lines(schema);
    if lines.is_empty() {
        return el("p").class("card-body text muted").child(match schema["type"].as_str() {
            Some("object") | None => "None.".to_owned(),
            _ => format!("It is {}.", holds(schema)),
        });
    }
    let heads = vec![head("Name", None), head("What", None), head("For", None)];
    table_of_sentences(caption, heads, lines.iter().map(line_row).collect())
}

fn line_row(line: &Line) -> El {
    let name = line.place.rsplit('.').next().unwrap_or(&line.place);
    let required = line.required.then(|| span("tag").child("required"));
    let indent = format!("padding-inline-start:{}px", line.depth * 16);
    let name = span("row").attr("style", indent).child(el("code").child(name)).child(required);
    row(vec![
        row_head("wrap").title(line.place.as_str()).child(name),
        cell("wrap dim", None).child(line.holds.as_str()),
        cell("wrap rest-of-row", None).child(prose(&line.said)),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_told_field_by_field_and_those_within_further_in() {
        let schema = json!({
            "type": "object", "required": ["repoUrl"],
            "properties": {
                "repoUrl": { "type": "string", "title": "Repository", "description": "Where it goes" },
                "collaborators": {
                    "type": "array", "items": {
                        "type": "object", "required": ["access"],
                        "properties": { "access": { "type": "string", "enum": ["pull", "push"] }, "user": { "type": ["string", "null"] } },
                    },
                },
                "protect": { "anyOf": [{ "type": "boolean" }, { "type": "string", "format": "uri" }], "default": true },
                "only": { "const": 3 },
                "any": {},
            },
        });
        let told: Vec<(String, usize, String, bool, String)> = lines(&schema)
            .into_iter()
            .map(|line| (line.place, line.depth, line.holds, line.required, line.said))
            .collect();
        let line = |place: &str, depth, holds: &str, required, said: &str| {
            (place.to_owned(), depth, holds.to_owned(), required, said.to_owned())
        };
        for expected in [
            line("repoUrl", 0, "text", true, "Repository: Where it goes"),
            line("collaborators", 0, "list of object", false, ""),
            line("collaborators[].access", 1, "text: pull, push", true, ""),
            line("collaborators[].user", 1, "text or nothing", false, ""),
            line("protect", 0, "true or false or text (uri)", false, "Without it: `true`."),
            line("only", 0, "only 3", false, ""),
            line("any", 0, "anything", false, ""),
        ] {
            assert!(told.contains(&expected), "{expected:?} in {told:?}");
        }
        assert_eq!(told.len(), 7);
    }

    #[test]
    fn schemas_that_are_very_deep_or_wide_end() {
        let deep = (0..50).fold(json!({}), |inner, _| json!({ "properties": { "a": inner } }));
        assert_eq!(lines(&deep).len(), DEEPEST);
        let wide: serde_json::Map<String, Value> = (0..1000).map(|n| (n.to_string(), json!({}))).collect();
        assert_eq!(lines(&json!({ "properties": wide })).len(), MOST);
        assert!(lines(&json!("no schema")).is_empty());
    }
}
