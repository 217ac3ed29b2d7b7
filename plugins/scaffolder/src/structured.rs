//! `roadiehq:utils:fs:parse`, `merge`, `json:merge` and `serialize`: JSON and YAML.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, info, workspace};
use serde::{Deserialize, Serialize};
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value};

use crate::place::file;
use crate::rendering;

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Format {
    Json,
    Yaml,
    Multiyaml,
}

#[derive(Deserialize)]
struct Parse {
    path: String,
    parser: Option<Format>,
}

pub(crate) fn parse(invocation: &Invocation) -> Result<Output> {
    let input: Parse = invocation.input()?;
    let path = file("path", &input.path)?;
    let text = text(&path)?;
    let content = match input.parser {
        Some(format) => read(&path, &text, format)?,
        None => Value::String(text),
    };
    Ok(Output::none().with("content", content))
}

fn text(path: &str) -> Result<String> {
    let bytes = workspace::read(path)?;
    let text = rendering::text(&bytes).ok_or_else(|| Error::Invalid(format!("{path} is no text")))?;
    Ok(text.to_owned())
}

fn read(name: &str, text: &str, format: Format) -> Result<Value> {
    let wrong = |error: &dyn std::fmt::Display| Error::Invalid(format!("{name} cannot be read: {error}"));
    match format {
        Format::Json => serde_json::from_str(text).map_err(|error| wrong(&error)),
        Format::Yaml => yaml(text).map_err(|error| wrong(&error)),
        Format::Multiyaml => {
            let documents = serde_yaml::Deserializer::from_str(text).map(Value::deserialize);
            documents.collect::<std::result::Result<_, _>>().map(Value::Array).map_err(|error| wrong(&error))
        }
    }
}

/// One document; none is null.
pub(crate) fn yaml(text: &str) -> std::result::Result<Value, serde_yaml::Error> {
    if text.trim().is_empty() { Ok(Value::Null) } else { serde_yaml::from_str(text) }
}

/// A value as YAML.
pub(crate) fn as_yaml(value: &Value) -> Result<String> {
    serde_yaml::to_string(value)
        .map_err(|error| Error::Invalid(format!("the value cannot be written as YAML: {error}")))
}

fn as_json(value: &Value, indent: &str) -> Result<String> {
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent.as_bytes());
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
    String::from_utf8(bytes).map_err(|error| Error::Failed(error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merge {
    path: String,
    content: Value,
    #[serde(default)]
    merge_arrays: bool,
}

/// Into a file of JSON, which is made where there is none.
pub(crate) fn merge_json(invocation: &Invocation) -> Result<Output> {
    let input: Merge = invocation.input()?;
    let path = file("path", &input.path)?;
    let there = match workspace::stat(&path)? {
        Some(_) => text(&path)?,
        None => "{}".to_owned(),
    };
    merge_into(&path, &there, Format::Json, input)
}

/// Into a file of JSON or YAML, as its name says, which has to be there.
pub(crate) fn merge(invocation: &Invocation) -> Result<Output> {
    let input: Merge = invocation.input()?;
    let path = file("path", &input.path)?;
    let format = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => Format::Json,
        Some("yaml" | "yml") => Format::Yaml,
        _ => {
            return Err(Error::Invalid(format!(
                "input.path: `{path}` is neither JSON nor YAML by its name; name a file that ends with `.json`, `.yaml` or `.yml`"
            )));
        }
    };
    let there = text(&path)?;
    merge_into(&path, &there, format, input)
}

fn merge_into(path: &str, there: &str, format: Format, input: Merge) -> Result<Output> {
    let new = match &input.content {
        Value::String(text) => read("input.content", text, format)?,
        _ => input.content,
    };
    let mut merged = read(path, there, format)?;
    if merged.is_null() {
        merged = Value::Object(Map::new());
    }
    merge_value(&mut merged, new, input.merge_arrays);
    let text = match format {
        Format::Json => as_json(&merged, "  ")?,
        Format::Yaml | Format::Multiyaml => as_yaml(&merged)?,
    };
    workspace::write(path, text.as_bytes())?;
    info!("{path} is merged");
    Ok(Output::none().with("path", path))
}

/// Objects key by key; anything else is replaced, but for lists where they are joined.
fn merge_value(into: &mut Value, new: Value, joins: bool) {
    match (into, new) {
        (Value::Object(into), Value::Object(new)) => {
            for (key, value) in new {
                match into.get_mut(&key) {
                    Some(known) => merge_value(known, value, joins),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (Value::Array(into), Value::Array(new)) if joins => {
            for value in new {
                if !into.contains(&value) {
                    into.push(value);
                }
            }
        }
        (into, new) => *into = new,
    }
}

#[derive(Deserialize)]
struct Serialized {
    data: Value,
    space: Option<Value>,
}

/// Ten blanks are the most that JavaScript takes.
const WIDEST: usize = 10;

pub(crate) fn to_json(invocation: &Invocation) -> Result<Output> {
    let input: Serialized = invocation.input()?;
    let indent = match &input.space {
        Some(Value::Number(blanks)) => {
            " ".repeat(blanks.as_u64().and_then(|blanks| usize::try_from(blanks).ok()).unwrap_or(0).min(WIDEST))
        }
        Some(Value::String(text)) => text.chars().take(WIDEST).collect(),
        _ => String::new(),
    };
    let text = if indent.is_empty() { input.data.to_string() } else { as_json(&input.data, &indent)? };
    Ok(Output::none().with("serialized", text))
}

pub(crate) fn to_yaml(invocation: &Invocation) -> Result<Output> {
    let input: Serialized = invocation.input()?;
    Ok(Output::none().with("serialized", as_yaml(&input.data)?))
}
