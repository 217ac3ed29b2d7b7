//! The references in a document, by its kind's relation fields.
//!
//! Rule: a reference that cannot be read is a violation; one that leads nowhere is not, because what it names may come
//! later or from elsewhere.

use std::sync::Arc;

use serde_json::Value;

use super::path::Path;
use super::violation::{Rule, Violation};
use crate::kind::{Kind, Others, RelationField, Spec};
use crate::object::{get, member, text};
use crate::reference::{DEFAULT_NAMESPACE, EntityRef};
use crate::text::{either, shown};

/// Something that a document points at.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) relation: Arc<str>,
    pub(super) inverse: Arc<str>,
    pub(super) reference: EntityRef,
}

/// Everything that the document's relation fields name.
pub(super) fn targets(kind: &Kind, document: &Value, violations: &mut Vec<Violation>) -> Vec<Target> {
    let Some(spec) = member(document, "spec").filter(|spec| spec.is_object()) else { return Vec::new() };
    let namespace =
        member(document, "metadata").and_then(|metadata| text(metadata, "namespace")).filter(|text| !text.is_empty());
    let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE);
    let mut targets = Vec::new();
    for field in relation_fields(kind, text(spec, "type")) {
        let mut reading = Reading {
            field,
            // A field that the kind's table describes has its sentence for whatever is no text already.
            is_described: is_described(kind, spec, &field.path),
            namespace,
            found: 0,
            targets: &mut targets,
            violations,
        };
        reading.at(spec, &field.path, &Path::ROOT.key("spec"));
        let found = reading.found;
        if field.required && found == 0 {
            violations.push(missing(kind, field));
        }
    }
    targets
}

/// The reading of one field.
struct Reading<'a> {
    field: &'a RelationField,
    is_described: bool,
    namespace: &'a str,
    /// Values that name something, or try to.
    found: usize,
    targets: &'a mut Vec<Target>,
    violations: &'a mut Vec<Violation>,
}

impl Reading<'_> {
    /// Walks down to the values under `rest`.
    fn at(&mut self, value: &Value, rest: &str, path: &Path) {
        if let Value::Array(items) = value {
            for (index, item) in items.iter().enumerate() {
                self.at(item, rest, &path.index(index));
            }
            return;
        }
        let (key, below) = rest.split_once('.').unwrap_or((rest, ""));
        let (Some(value), path) = (member(value, key), path.key(key)) else { return };
        if below.is_empty() { self.values(value, &path) } else { self.at(value, below, &path) }
    }

    fn values(&mut self, value: &Value, path: &Path) {
        match value {
            Value::Array(items) => {
                if !self.field.many && items.len() > 1 {
                    let message = format!("`{}` names {} entities, where one is expected.", path.dotted(), items.len());
                    self.violations.push(Violation::new(Rule::Reference, path, message));
                }
                for (index, item) in items.iter().enumerate() {
                    self.one(item, &path.index(index));
                }
            }
            value if is_nothing(value) => {}
            value => self.one(value, path),
        }
    }

    fn one(&mut self, value: &Value, path: &Path) {
        self.found += 1;
        if self.is_described && value.as_str().is_none_or(str::is_empty) {
            return;
        }
        let field = self.field;
        match EntityRef::from_value(value, field.default_kind.as_deref(), self.namespace) {
            Ok(reference) if field.targets.is_empty() || field.targets.iter().any(|kind| kind == reference.kind()) => {
                let (relation, inverse) = (field.relation.clone(), field.inverse.clone());
                self.targets.push(Target { relation, inverse, reference });
            }
            Ok(reference) if field.others == Others::Refused => {
                let message = format!(
                    "`{}` names {}, where {} is expected.",
                    path.dotted(),
                    shown(reference.as_str()),
                    kinds_in_words(&field.targets)
                );
                self.violations.push(Violation::new(Rule::Reference, path, message));
            }
            Ok(_) => {}
            Err(error) => {
                let message = format!("`{}` names no entity: {error}.", path.dotted());
                self.violations.push(Violation::new(Rule::Reference, path, message));
            }
        }
    }
}

fn kinds_in_words(kinds: &[String]) -> String {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("the kind `{kind}`")).collect();
    either(&kinds)
}

fn missing(kind: &Kind, field: &RelationField) -> Violation {
    let mut path = Path::ROOT.key("spec");
    let (above, key) = field.path.rsplit_once('.').unwrap_or(("", &field.path));
    let what = match field.targets.as_slice() {
        [] => "an entity".to_owned(),
        kinds => kinds_in_words(kinds),
    };
    let advice = format!("Name {what}.");
    let steps: Vec<&str> = above.split('.').filter(|step| !step.is_empty()).collect();
    missing_below(&mut path, &steps, key, &kind.one(), &advice)
}

/// Paths live on the stack, so each step is a call.
fn missing_below(path: &mut Path, steps: &[&str], key: &str, whose: &str, advice: &str) -> Violation {
    match steps.split_first() {
        Some((step, rest)) => missing_below(&mut path.key(step), rest, key, whose, advice),
        None => Violation::missing(Rule::Reference, path, key, whose, advice),
    }
}

/// Sorts the lists of references, so that writing them in another order changes nothing.
pub(super) fn sort(kind: &Kind, document: &mut Value) {
    let Some(Value::Object(spec)) = document.get_mut("spec") else { return };
    let fields = relation_fields(kind, get(spec, "type").and_then(Value::as_str));
    // Of a kind's many fields a document has few, and of those few are lists.
    for (key, value) in spec.iter_mut().filter(|(_, value)| value.is_array() || value.is_object()) {
        for field in fields.clone() {
            match field.path.split_once('.') {
                None if field.path == *key => sort_list(value),
                Some((first, below)) if first == key => sort_below(value, below),
                _ => {}
            }
        }
    }
}

/// Sorts what lies under a path of one step or more.
fn sort_below(value: &mut Value, rest: &str) {
    if let Value::Array(items) = value {
        return items.iter_mut().for_each(|item| sort_below(item, rest));
    }
    let (key, below) = rest.split_once('.').unwrap_or((rest, ""));
    match value.get_mut(key) {
        Some(value) if below.is_empty() => sort_list(value),
        Some(value) => sort_below(value, below),
        None => {}
    }
}

fn sort_list(value: &mut Value) {
    let Value::Array(items) = value else { return };
    if !items.iter().all(Value::is_string) {
        return;
    }
    // By UTF-16 units, which is the order of the clients that compare such lists.
    items.sort_by(|one, other| {
        let units = |item: &Value| item.as_str().unwrap_or_default().encode_utf16().collect::<Vec<u16>>();
        match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) if one.is_ascii() && other.is_ascii() => one.cmp(other),
            _ => units(one).cmp(&units(other)),
        }
    });
}

fn relation_fields<'k>(
    kind: &'k Kind,
    spec_type: Option<&str>,
) -> impl Iterator<Item = &'k RelationField> + Clone + use<'k> {
    let rule = kind.type_rule(spec_type);
    kind.relations.iter().chain(rule.map(|rule| rule.relations.as_slice()).unwrap_or_default())
}

fn is_described(kind: &Kind, spec: &Value, key: &str) -> bool {
    let Spec::Fields { fields, .. } = &kind.spec else { return false };
    let rule = kind.type_rule(text(spec, "type"));
    let fields = fields.iter().chain(rule.map(|rule| rule.fields).unwrap_or_default());
    fields.into_iter().any(|field| field.name == key)
}

/// What clients of the format take for "not given".
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}
