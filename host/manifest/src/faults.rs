//! Everything that is wrong with a manifest at once.
//!
//! Reading stops at the first fault. So where there is one, each part of the manifest is read once more, by itself, in a manifest
//! that has no other fault.
//!
//! Rule: what is found here is wrong in the manifest as it is written; a part that needs others beside it is read whole, and says
//! the first of its faults.

use portico_model::{Document, parse_documents};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;

use crate::consistency;
use crate::manifest::Manifest;
use crate::yaml::{DocumentError, parse, rephrase};

/// The parts whose own parts stand alone.
const ASKS: [&str; 2] = ["asks", "catalog"];

/// A step of the way to a part: a key of a mapping, a place in a list.
#[derive(Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Place(usize),
}

/// What is wrong with a manifest; `file` is the name that errors use.
pub(crate) fn faults(text: &str, file: &str) -> Vec<DocumentError> {
    let Err(first) = Manifest::parse(text, file) else { return Vec::new() };
    let documents = parse_documents(text);
    let [Ok(document)] = documents.as_slice() else { return vec![first] };
    let Value::Object(root) = &document.value else { return vec![first] };
    let mut found = Vec::new();
    for key in required().keys().filter(|key| !root.contains_key(*key)) {
        let mut rest = required();
        rest.remove(key);
        if let Err((_, message)) = read(Value::Object(rest)) {
            found.push(error(document, file, &[], &message));
        }
    }
    for (way, value) in parts(root) {
        if let Err((below, message)) = read(Value::Object(around(&way, value))) {
            found.push(error(document, file, &actual(&way, below), &message));
        }
    }
    if found.is_empty() {
        // Each part is right by itself.
        let between = parse::<Manifest>(text, file).map(|manifest| consistency::faults(&manifest)).unwrap_or_default();
        found = between.into_iter().map(|fault| fault.at(text, file)).collect();
    }
    if found.is_empty() {
        return vec![first];
    }
    found.sort_by_key(|error| (error.line, error.column));
    found
}

/// The least that a manifest says.
fn required() -> Map<String, Value> {
    let least = json!({
        "name": "a", "version": "1.0.0", "publisher": "a", "title": "a", "description": "a", "contract": "1.0.0",
        "extensions": ["ingestion"],
    });
    serde_json::from_value(least).unwrap_or_else(|error| unreachable!("it is a mapping: {error}"))
}

/// The parts that stand alone: keys, what is asked for, and items of lists.
fn parts(root: &Map<String, Value>) -> Vec<(Vec<Step>, &Value)> {
    let mut parts = Vec::new();
    for (key, value) in root {
        let way = vec![Step::Key(key.clone())];
        split(way, value, &mut parts);
    }
    parts
}

/// Splits what stands under a key into parts that stand alone.
fn split<'a>(way: Vec<Step>, value: &'a Value, parts: &mut Vec<(Vec<Step>, &'a Value)>) {
    match (way.last(), value) {
        (Some(Step::Key(key)), Value::Object(fields)) if ASKS.contains(&key.as_str()) => {
            for (key, value) in fields {
                split([way.as_slice(), &[Step::Key(key.clone())]].concat(), value, parts);
            }
        }
        _ => items(way, value, parts),
    }
}

fn items<'a>(way: Vec<Step>, value: &'a Value, parts: &mut Vec<(Vec<Step>, &'a Value)>) {
    match value {
        Value::Array(list) if !list.is_empty() => {
            let item = |(place, item)| ([way.as_slice(), &[Step::Place(place)]].concat(), item);
            parts.extend(list.iter().enumerate().map(item));
        }
        value => parts.push((way, value)),
    }
}

/// A manifest with this part and no other fault.
fn around(way: &[Step], part: &Value) -> Map<String, Value> {
    let value = way.iter().skip(1).rev().fold(part.clone(), |value, step| match step {
        Step::Key(key) => json!({ key: value }),
        Step::Place(_) => json!([value]),
    });
    let mut manifest = required();
    if let Some(Step::Key(key)) = way.first() {
        manifest.insert(key.clone(), value);
    }
    manifest
}

/// Reads a manifest; an error says where, and what.
fn read(manifest: Value) -> Result<(), (Vec<Step>, String)> {
    let read = serde_path_to_error::deserialize::<_, Read>(manifest);
    read.map(drop).map_err(|error| {
        let steps = error.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Place(*index)),
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        (steps.collect(), error.inner().to_string())
    })
}

/// A manifest that was read.
#[derive(Deserialize)]
#[serde(transparent)]
struct Read(#[expect(dead_code, reason = "only whether it can be read is asked")] Manifest);

/// Where an error is in the manifest as it is written: in the trial, an item of a list was the only one.
fn actual(way: &[Step], mut below: Vec<Step>) -> Vec<Step> {
    for (step, written) in below.iter_mut().zip(way) {
        if matches!(step, Step::Place(_)) {
            step.clone_from(written);
        }
    }
    below
}

fn error(document: &Document, file: &str, way: &[Step], message: &str) -> DocumentError {
    let (mut path, mut pointer) = (String::new(), String::new());
    for step in way {
        match step {
            Step::Key(key) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(key);
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Step::Place(place) => {
                path.push_str(&format!("[{place}]"));
                pointer.push_str(&format!("/{place}"));
            }
        }
    }
    let at = document.position(&pointer);
    DocumentError { file: file.to_owned(), line: at.line, column: at.column, path, message: rephrase(message) }
}
