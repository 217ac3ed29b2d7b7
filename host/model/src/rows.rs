//! Search rows: what a filter, a sort field or a facet sees of an entity.
//!
//! Rule: the final entity is walked depth first; a scalar gives one row under its dotted path, an item of a list gives
//! its row under the list's path, and a text in a list gives `path.text = true` besides. What changes without the
//! author (`status`, `relations` as written, `metadata.etag`) is left out, and the relations come back as
//! `relations.<type>`.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use foldhash::quality::RandomState;
use serde_json::Value;

use crate::reference::DEFAULT_NAMESPACE;
use crate::text;

/// Keys of more UTF-16 units are no rows; longer values are kept as null: nobody types them, and an index of
/// definitions or documents would be larger than what it indexes.
const LONGEST: usize = 200;

/// The rows of a usual entity, so that room for them is taken once.
const USUAL: usize = 48;

/// One thing that can be asked of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The path in lower case, such as `metadata.annotations.backstage.io/orphan`.
    pub key: String,
    /// The value in its own case; none for null and for what is longer than 200 characters.
    pub value: Option<String>,
}

/// The rows of one entity, in the order of the document, each key and lower-cased value once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(pub Vec<Row>);

/// The search rows of a final entity.
pub fn rows(entity: &Value) -> Rows {
    let Value::Object(root) = entity else { return Rows::default() };
    let mut collector = Collector::default();
    collector.rows.reserve(USUAL);
    collector.seen.reserve(USUAL);
    for (key, value) in root {
        match key.as_str() {
            "attachments" | "relations" | "status" => {}
            "metadata" => collector.metadata(value),
            _ => collector.below(key, value),
        }
    }
    let named = |key: &str| entity.pointer(key).filter(|value| !value.is_null());
    collector.row_at("metadata.name", entity.pointer("/metadata/name").unwrap_or(&Value::Null));
    match named("/metadata/namespace") {
        Some(namespace) => collector.row_at("metadata.namespace", namespace),
        None => collector.text_at("metadata.namespace", DEFAULT_NAMESPACE),
    }
    collector.row_at("metadata.uid", entity.pointer("/metadata/uid").unwrap_or(&Value::Null));
    let relations = entity.get("relations").and_then(Value::as_array);
    for relation in relations.into_iter().flatten() {
        let part = |key| relation.get(key).and_then(Value::as_str);
        if let (Some(kind), Some(target)) = (part("type"), part("targetRef")) {
            collector.path.clear();
            collector.path.push_str("relations.");
            collector.path.push_str(&text::lower(kind));
            collector.text(target);
        }
    }
    Rows(collector.rows)
}

/// Walks with one growing path, so that a row costs its own two texts and nothing else.
#[derive(Default)]
struct Collector {
    /// The path so far, in lower case.
    path: String,
    rows: Vec<Row>,
    /// Hashes of key and lower-cased value; a hit is looked up in `rows`, so two rows that merely share a hash stay.
    seen: HashSet<u64, BuildHasherDefault<Itself>>,
    hasher: RandomState,
}

/// Hashes a hash: it is one already.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Collector {
    fn metadata(&mut self, metadata: &Value) {
        let Value::Object(fields) = metadata else { return self.below("metadata", metadata) };
        for (key, value) in fields {
            if !matches!(key.as_str(), "name" | "namespace" | "uid" | "etag") {
                self.path.push_str("metadata.");
                self.below(key, value);
                self.path.clear();
            }
        }
    }

    /// Visits `value` under the present path and `key`, and leaves the path as it was.
    fn below(&mut self, key: &str, value: &Value) {
        let before = self.path.len();
        self.path.push_str(&text::lower(key));
        self.visit(value);
        self.path.truncate(before);
    }

    fn visit(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                let before = self.path.len();
                self.path.push('.');
                for (key, value) in fields {
                    self.below(key, value);
                }
                self.path.truncate(before);
            }
            Value::Array(items) => {
                for item in items {
                    self.visit(item);
                    if let Value::String(word) = item {
                        let before = self.path.len();
                        self.path.push('.');
                        self.path.push_str(&text::lower(word));
                        self.text("true");
                        self.path.truncate(before);
                    }
                }
            }
            scalar => self.scalar(scalar),
        }
    }

    fn scalar(&mut self, value: &Value) {
        match value {
            Value::String(value) => self.text(value),
            Value::Bool(flag) => self.text(if *flag { "true" } else { "false" }),
            Value::Number(value) => self.text(&text::number(value)),
            _ => self.push(None),
        }
    }

    fn row_at(&mut self, path: &str, value: &Value) {
        self.path.clear();
        self.path.push_str(path);
        self.scalar(value);
    }

    fn text_at(&mut self, path: &str, value: &str) {
        self.path.clear();
        self.path.push_str(path);
        self.text(value);
    }

    fn text(&mut self, value: &str) {
        // No text grows beyond its bytes by being lower-cased, so nearly all are settled by their length.
        let is_too_long = value.len() > LONGEST && is_too_long(&text::lower(value));
        self.push((!is_too_long).then_some(value));
    }

    fn push(&mut self, value: Option<&str>) {
        if is_too_long(&self.path) {
            return;
        }
        let lowered = value.map(text::lower);
        let is_new = self.seen.insert(self.hasher.hash_one((self.path.as_str(), lowered.as_deref())));
        if is_new || !self.holds(lowered.as_deref()) {
            self.rows.push(Row { key: self.path.clone(), value: value.map(str::to_owned) });
        }
    }

    fn holds(&self, lowered: Option<&str>) -> bool {
        self.rows.iter().any(|row| {
            row.key == self.path
                && match (&row.value, lowered) {
                    (Some(value), Some(lowered)) => text::is_lowered(value, lowered),
                    (None, None) => true,
                    _ => false,
                }
        })
    }
}

/// A text is never longer in UTF-16 units than in bytes, so most are done with one comparison.
fn is_too_long(text: &str) -> bool {
    text.len() > LONGEST && text.encode_utf16().count() > LONGEST
}
