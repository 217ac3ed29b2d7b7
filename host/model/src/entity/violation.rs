//! What is wrong with a document, one sentence each.
//!
//! Rule: a sentence says what was found, what is allowed and what to do, so that the author needs no manual.

use serde_json::Value;

use super::path::Path;
use crate::kind::Shape;
use crate::text::{found, shown};

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The place, as a JSON pointer; empty for the whole document. What is missing is reported where it would be.
    pub path: String,
    /// What was found, what is allowed, what to do.
    pub message: String,
    /// Which sort of rule.
    pub rule: Rule,
}

/// The sorts of rules, in the order in which they are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// What every entity has: `apiVersion`, `kind`, `metadata`, `spec`, and nothing beside them.
    Envelope,
    /// How names, keys, tags and links are written.
    Format,
    /// That the kind and its `apiVersion` are known. A document that breaks no other rule may simply not be ours.
    Kind,
    /// What the kind's `spec` holds.
    Spec,
    /// That references can be read.
    Reference,
}

impl Violation {
    pub(super) fn new(rule: Rule, path: &Path, message: String) -> Violation {
        Violation { path: path.pointer(), message, rule }
    }

    /// Something required is not there. `parent` is the place that lacks it, `whose` the one whose rule it is.
    pub(super) fn missing(rule: Rule, parent: &Path, key: &str, whose: &str, advice: &str) -> Violation {
        let path = parent.key(key);
        let message = format!("`{}` is missing, and {whose} needs it. {advice}", path.dotted());
        Violation::new(rule, &path, message)
    }

    /// A value of the wrong sort.
    pub(super) fn wrong_sort(rule: Rule, path: &Path, value: &Value, shape: &Shape) -> Violation {
        let advice = match (shape, value) {
            (Shape::Text | Shape::FilledText, Value::Number(_) | Value::Bool(_)) => {
                format!("Put it in quotes: \"{value}\".")
            }
            (Shape::List { .. }, Value::String(_)) => "Write it as an item of a list: `- …`.".to_owned(),
            (Shape::List { least: 0, .. }, Value::Null) => "Write `[]` for an empty list.".to_owned(),
            (_, Value::Null) => "Fill it in, or remove the key where it is not required.".to_owned(),
            (Shape::List { .. }, _) => "Write its items below it, each as `- …`.".to_owned(),
            (Shape::Mapping { .. }, _) => "Write its keys below it, each as `key: value`.".to_owned(),
            (Shape::Text | Shape::FilledText, _) => "Write one text; a long one may follow a `|`.".to_owned(),
            (Shape::Flag | Shape::OneOf(_) | Shape::AnyOf(_), _) => "Write one of these.".to_owned(),
        };
        let message =
            format!("`{}` is {}, where {} is expected. {advice}", path.dotted(), sort_of(value), shape.in_words());
        Violation::new(rule, path, message)
    }

    /// A text that must not be empty.
    pub(super) fn empty(rule: Rule, path: &Path) -> Violation {
        let message = format!(
            "`{}` is an empty text, where at least one character is expected. Fill it in, or remove the key where it \
             is not required.",
            path.dotted()
        );
        Violation::new(rule, path, message)
    }
}

/// A value of the wrong sort, as a sentence names it.
fn sort_of(value: &Value) -> String {
    match value {
        Value::Null => "empty (null)".to_owned(),
        Value::String(text) if !text.is_empty() => format!("the text {}", shown(text)),
        other => found(other),
    }
}

impl Shape {
    /// What the shape allows, as a noun with its article.
    pub(super) fn in_words(&self) -> String {
        match self {
            Shape::Text | Shape::FilledText => "a text".to_owned(),
            Shape::Flag => "`true` or `false`".to_owned(),
            Shape::OneOf(words) => {
                crate::text::either(&words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>())
            }
            Shape::List { of: Shape::Text | Shape::FilledText, .. } => "a list of texts".to_owned(),
            Shape::List { of: Shape::Mapping { .. }, .. } => "a list of mappings".to_owned(),
            Shape::List { .. } => "a list".to_owned(),
            Shape::Mapping { .. } => "a mapping".to_owned(),
            Shape::AnyOf(shapes) => crate::text::either(&shapes.iter().map(Shape::in_words).collect::<Vec<_>>()),
        }
    }
}
