//! Everything that is wrong with a manifest at once.
//!
//! Reading stops at the first fault. So where there is one, each part of the manifest is read once more, by itself, in a manifest that
//! says the least beside it (`least`): keys, items of lists, and the keys of these.
//!
//! Rule: what is found here is wrong in the manifest as it is written; what is wrong between the keys of a part, and between parts, is
//! looked for where nothing is wrong with those that it rests on.

mod least;

use portico_model::{Document, parse_documents};
use serde::Deserialize;
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use self::least::least;
use crate::consistency;
use crate::manifest::Manifest;
use crate::yaml::{DocumentError, rephrase};

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
    let sound = sound_parts(document);
    let between = sound.as_ref().map(|sound| consistency::faults(&sound.manifest)).unwrap_or_default();
    let is_open = |part: &str| {
        let is_missing = part == "extensions" && document.value.get(part).is_none();
        is_missing || found.iter().any(|fault| concerns(&fault.path, part))
    };
    let between: Vec<_> = between.into_iter().filter(|fault| !fault.rests_on(is_open)).collect();
    let between = between.into_iter().map(|fault| fault.at(text, file));
    found.extend(between.filter(|fault| sound.as_ref().is_none_or(|sound| !sound.is_beside(&fault.path))));
    if found.is_empty() {
        return vec![first];
    }
    found.sort_by_key(|error| (error.line, error.column));
    found
}

/// Whether what is wrong at `path` is wrong with a part: in it, or in what it stands in.
fn concerns(path: &str, part: &str) -> bool {
    is_in(path, part) || !path.is_empty() && is_in(part, path)
}

/// Whether a place is another, or in it.
fn is_in(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A manifest of the parts that nothing is wrong with, each where it is written.
pub struct Sound {
    /// The manifest. The least takes the place of items and keys that have to be there and of which nothing is left.
    pub manifest: Manifest,
    /// The places that it holds otherwise than they are written, or not at all.
    others: Vec<String>,
}

impl Sound {
    /// Whether it holds all of a place as it is written, so that what is found there is wrong in what is written.
    pub fn holds(&self, place: &str) -> bool {
        !self.others.iter().any(|other| concerns(other, place))
    }

    /// Whether a place is one that it holds otherwise than it is written, or in one.
    fn is_beside(&self, place: &str) -> bool {
        self.others.iter().any(|other| is_in(place, other))
    }
}

/// The sound parts of a manifest; none where there is no mapping to take apart.
pub(crate) fn sound(text: &str) -> Option<Sound> {
    let documents = parse_documents(text);
    let [Ok(document)] = documents.as_slice() else { return None };
    sound_parts(document)
}

fn sound_parts(document: &Document) -> Option<Sound> {
    let mut others = Vec::new();
    let mut parts = least("")?;
    for (key, part) in document.value.as_object()? {
        let way = [Step::Key(key.clone())];
        match sound_part(&way, part, &mut others).filter(|sound| read(&around(&way, sound)).is_ok()) {
            Some(sound) => drop(parts.insert(key.clone(), sound)),
            None => others.push(key.clone()),
        }
    }
    Some(Sound { manifest: Manifest::deserialize(Value::Object(parts)).ok()?, others })
}

/// What nothing is wrong with in a part; none where that is nothing. What is held otherwise than it is written is added to `others`.
fn sound_part(way: &[Step], part: &Value, others: &mut Vec<String>) -> Option<Value> {
    if of_part(way, part).is_empty() {
        return Some(part.clone());
    }
    match (least(&pattern(way)), part) {
        (None, Value::Array(items)) => {
            let instead = least(&pattern(&[way, &[Step::Place(0)]].concat())).map(Value::Object);
            let item = |(place, item): (usize, &Value)| {
                let way = [way, &[Step::Place(place)]].concat();
                sound_part(&way, item, others).or_else(|| {
                    others.push(spelled(&way).0);
                    instead.clone()
                })
            };
            Some(items.iter().enumerate().filter_map(item).collect())
        }
        (Some(mut sound), Value::Object(fields)) => {
            for key in sound.keys().filter(|key| !fields.contains_key(*key)) {
                others.push(spelled(&[way, &[Step::Key(key.clone())]].concat()).0);
            }
            for (key, value) in fields {
                let way = [way, &[Step::Key(key.clone())]].concat();
                match sound_part(&way, value, others) {
                    Some(value) => drop(sound.insert(key.clone(), value)),
                    None => others.push(spelled(&way).0),
                }
            }
            let sound = Value::Object(sound);
            read(&around(way, &sound)).is_ok().then_some(sound)
        }
        _ => None,
    }
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
    let (path, pointer) = spelled(way);
    let at = document.position(&pointer);
    DocumentError { file: file.to_owned(), line: at.line, column: at.column, path, message: rephrase(message) }
}

/// A way as errors spell it, and as a JSON pointer.
fn spelled(way: &[Step]) -> (String, String) {
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
    (path, pointer)
}
