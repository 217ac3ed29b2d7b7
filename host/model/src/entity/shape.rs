//! Holds a value against a [`Shape`].
//!
//! Rule: one walk for every kind; unknown keys are never an error, but a required key that is missing looks for one
//! that could be meant.

use serde_json::{Map, Value};

use super::path::Path;
use super::violation::{Rule, Violation};
use crate::kind::{Field, Kind, Shape, Spec};
use crate::object::{get, member};
use crate::text::{closest, found};

/// Holds the `spec` of a document of this kind against the kind's fields.
pub(super) fn check_spec(kind: &Kind, document: &Value, violations: &mut Vec<Violation>) {
    let path = Path::ROOT.key("spec");
    let (whole, spec) = match member(document, "spec") {
        Some(whole @ Value::Object(spec)) => (whole, spec),
        // The envelope has its own sentence for a spec that is no mapping.
        Some(_) => return,
        None if !document.is_object() => return,
        None => {
            let fields = if let Spec::Fields { fields, .. } = &kind.spec { fields } else { [].as_slice() };
            let advice = match fields.iter().find(|field| field.required) {
                Some(field) => format!("Add `spec` with at least {}.", required_keys(fields, field)),
                None => "Add `spec: {}`, or fill it in.".to_owned(),
            };
            violations.push(Violation::missing(Rule::Spec, &Path::ROOT, "spec", &kind.one(), &advice));
            return;
        }
    };
    let fields = match &kind.spec {
        Spec::Fields { fields, .. } => *fields,
        Spec::Rule(rule) => {
            let broken = rule.check(whole);
            violations.extend(broken.into_iter().map(|(place, message)| Violation {
                path: format!("/spec{place}"),
                message,
                rule: Rule::Spec,
            }));
            return;
        }
    };
    let rule = kind.type_rule(get(spec, "type").and_then(Value::as_str));
    let replaced = rule.and_then(|rule| rule.instead_of);
    let uses_rule = replaced.is_none_or(|field| get(spec, field).is_none());
    for field in fields {
        if !(uses_rule && replaced == Some(field.name)) {
            check_field(field, spec, &path, &|| kind.one(), fields, violations);
        }
    }
    if let Some(rule) = rule.filter(|_| uses_rule) {
        let whose = || format!("{} of type `{}`", kind.one(), rule.spec_type);
        for field in rule.fields {
            check_field(field, spec, &path, &whose, rule.fields, violations);
        }
    }
}

fn required_keys(fields: &[Field], first: &Field) -> String {
    let mut keys = format!("`{}`", first.name);
    for field in fields.iter().filter(|field| field.required && field.name != first.name) {
        keys.push_str(&format!(", `{}`", field.name));
    }
    keys
}

fn check_field(
    field: &Field,
    object: &Map<String, Value>,
    path: &Path,
    whose: &dyn Fn() -> String,
    known: &[Field],
    violations: &mut Vec<Violation>,
) {
    match get(object, field.name) {
        Some(value) => check(&field.shape, value, &path.key(field.name), violations),
        None if field.required => {
            let strangers =
                object.keys().map(String::as_str).filter(|key| known.iter().all(|field| field.name != *key));
            let advice = match closest(field.name, strangers) {
                Some(key) => format!("There is `{key}`; did you mean `{}`?", field.name),
                None => format!("Add it, for example `{}: {}`.", field.name, field.example),
            };
            violations.push(Violation::missing(Rule::Spec, path, field.name, &whose(), &advice));
        }
        None => {}
    }
}

fn check(shape: &Shape, value: &Value, path: &Path, violations: &mut Vec<Violation>) {
    match (shape, value) {
        (Shape::Text, Value::String(_)) | (Shape::Flag, Value::Bool(_)) => {}
        (Shape::FilledText, Value::String(text)) => {
            if text.is_empty() {
                violations.push(Violation::empty(Rule::Spec, path));
            }
        }
        (Shape::OneOf(words), Value::String(word)) => {
            if !words.contains(&word.as_str()) {
                violations.push(not_one_of(words, word, path, shape));
            }
        }
        (Shape::List { of, least }, Value::Array(items)) => {
            if items.len() < *least {
                let message = format!(
                    "`{}` is an empty list, where at least {least} item is expected. Add {}.",
                    path.dotted(),
                    of.in_words()
                );
                violations.push(Violation::new(Rule::Spec, path, message));
            }
            for (index, item) in items.iter().enumerate() {
                check(of, item, &path.index(index), violations);
            }
        }
        (Shape::Mapping { fields, others }, Value::Object(object)) => {
            let whose = || "its mapping".to_owned();
            for field in *fields {
                check_field(field, object, path, &whose, fields, violations);
            }
            if let Some(shape) = others {
                for (key, value) in object.iter().filter(|(key, _)| fields.iter().all(|field| field.name != *key)) {
                    check(shape, value, &path.key(key), violations);
                }
            }
        }
        (Shape::AnyOf(shapes), value) => match shapes.iter().find(|shape| is_of_sort(shape, value)) {
            Some(shape) => check(shape, value, path, violations),
            None => violations.push(Violation::wrong_sort(Rule::Spec, path, value, shape)),
        },
        (shape, value) => violations.push(Violation::wrong_sort(Rule::Spec, path, value, shape)),
    }
}

fn is_of_sort(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Text | Shape::FilledText | Shape::OneOf(_) => value.is_string(),
        Shape::Flag => value.is_boolean(),
        Shape::List { .. } => value.is_array(),
        Shape::Mapping { .. } => value.is_object(),
        Shape::AnyOf(shapes) => shapes.iter().any(|shape| is_of_sort(shape, value)),
    }
}

fn not_one_of(words: &[&'static str], word: &str, path: &Path, shape: &Shape) -> Violation {
    let advice = match closest(word, words.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "choose one of them.".to_owned(),
    };
    let message = format!(
        "`{}` is {}, where {} is allowed; {advice}",
        path.dotted(),
        found(&Value::from(word)),
        shape.in_words()
    );
    Violation::new(Rule::Spec, path, message)
}
