//! Everything that is wrong with a manifest at once.
//!
//! Reading stops at the first fault. So where there is one, each part of the manifest is read once more, by itself, in a manifest that
//! says the least beside it (`least`): keys, items of lists, and the keys of these.
//!
//! Rule: what is found here is wrong in the manifest as it is written; what is wrong between the keys of a part is looked for once
//! nothing is wrong with any of them.

mod least;

use portico_model::{Document, parse_documents};
use serde::Deserialize;
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use self::least::least;
use crate::consistency;
use crate::manifest::Manifest;
use crate::yaml::{DocumentError, parse, rephrase};

/// A step of the way to a part: a key of a mapping, a place in a list.
#[derive(Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Place(usize),
}

/// A fault, with the way to it.
type Fault = (Vec<Step>, String);

/// What is wrong with a manifest; `file` is the name that errors use.
pub(crate) fn faults(text: &str, file: &str) -> Vec<DocumentError> {
    let Err(first) = Manifest::parse(text, file) else { return Vec::new() };
    let documents = parse_documents(text);
    let [Ok(document)] = documents.as_slice() else { return vec![first] };
    if !document.value.is_object() {
        return vec![first];
    }
    let found = of_part(&[], &document.value);
    let mut found: Vec<DocumentError> = found.iter().map(|(way, said)| error(document, file, way, said)).collect();
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

/// A manifest of the parts that nothing is wrong with; none where there is no mapping to take apart.
pub(crate) fn sound(text: &str) -> Option<Manifest> {
    let documents = parse_documents(text);
    let [Ok(document)] = documents.as_slice() else { return None };
    let mut parts = least("")?;
    for (key, part) in document.value.as_object()? {
        let way = [Step::Key(key.clone())];
        let sound = match part {
            Value::Array(items) => {
                let is_sound =
                    |(place, item): &(usize, &Value)| of_part(&[way[0].clone(), Step::Place(*place)], item).is_empty();
                json!(items.iter().enumerate().filter(is_sound).map(|(_, item)| item).collect::<Vec<_>>())
            }
            part if of_part(&way, part).is_empty() => part.clone(),
            _ => continue,
        };
        if read(&around(&way, &sound)).is_ok() {
            parts.insert(key.clone(), sound);
        }
    }
    Manifest::deserialize(Value::Object(parts)).ok()
}

/// What is wrong with a part.
fn of_part(way: &[Step], part: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    let below = |step: Step| [way, &[step]].concat();
    match (least(&pattern(way)), part) {
        (Some(base), Value::Object(fields)) => {
            for key in base.keys().filter(|key| !fields.contains_key(*key)) {
                let mut rest = base.clone();
                rest.remove(key);
                let said = read(&around(way, &Value::Object(rest))).err().map(|(_, said)| said);
                found.extend(
                    said.filter(|said| *said == format!("missing field `{key}`")).map(|said| (way.to_vec(), said)),
                );
            }
            fields.iter().for_each(|(key, value)| found.extend(of_part(&below(Step::Key(key.clone())), value)));
        }
        (None, Value::Array(items)) => {
            (0..).zip(items).for_each(|(place, item)| found.extend(of_part(&below(Step::Place(place)), item)));
        }
        _ => {}
    }
    if found.is_empty()
        && let Err((at, said)) = read(&around(way, part))
        && (at.len() >= way.len() || is_needed(way))
    {
        found.push((actual(way, at), said));
    }
    found
}

/// Whether a key is one that is always there: then what is wrong with its value may be said of what it stands in.
fn is_needed(way: &[Step]) -> bool {
    let Some((Step::Key(key), parent)) = way.split_last() else { return false };
    least(&pattern(parent)).is_some_and(|base| base.contains_key(key))
}

/// `routes[].intake` for any route.
fn pattern(way: &[Step]) -> String {
    let mut pattern = String::new();
    for step in way {
        match step {
            Step::Key(key) if pattern.is_empty() => pattern.push_str(key),
            Step::Key(key) => pattern.push_str(&format!(".{key}")),
            Step::Place(_) => pattern.push_str("[]"),
        }
    }
    pattern
}

/// A manifest with this part, and the least beside it.
fn around(way: &[Step], part: &Value) -> Value {
    (0..way.len()).rev().fold(part.clone(), |inner, depth| match &way[depth] {
        Step::Key(key) => {
            let mut base = least(&pattern(&way[..depth])).unwrap_or_default();
            base.insert(key.clone(), inner);
            Value::Object(base)
        }
        Step::Place(_) => json!([inner]),
    })
}

/// Reads a manifest; an error says where, and what.
fn read(manifest: &Value) -> Result<(), Fault> {
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
