//! What is wrong with values: each page's schema against the values of the whole form.
//!
//! Rule: the schema is the law, for forms and for whoever sends values without one. Of alternatives, the one is spoken of that the values
//! come closest to. The list that the API answers has the shape of npm's `jsonschema`, with sentences of ours.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use portico_api_types::template_form::TemplateAnswers;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::form::{Form, Page};
use crate::limits::FAULTS;
use crate::picker::is_mask;
use crate::place;
use crate::plan::Plan;
use crate::sentence::sentence;
use crate::state::courtesy;
use crate::words;

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The page, from 0.
    pub page: usize,
    /// The place: of what is missing, where it should be.
    pub pointer: String,
    /// What is wrong and what to do, for whoever stands before the field.
    pub sentence: String,
}

/// An error of the list that the API answers with, in the shape of npm's `jsonschema`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SchemaError {
    /// The keys and indexes that lead to the value.
    pub path: Vec<Value>,
    /// The same as a text: `instance.owners[0]`.
    pub property: String,
    /// What is wrong.
    pub message: String,
    /// The schema that was not kept.
    pub schema: Value,
    /// The value, without secrets.
    pub instance: Value,
    /// The word of the schema that was not kept.
    pub name: String,
    /// What this word asks for; of `required`, the key that is missing.
    pub argument: Value,
    /// The property and what is wrong with it.
    pub stack: String,
}

impl Form {
    /// What is wrong with values; nothing if a template may run with them.
    pub fn check(&self, values: &Map<String, Value>) -> Vec<Fault> {
        self.faults(&Value::Object(values.clone()))
    }

    pub(crate) fn faults(&self, values: &Value) -> Vec<Fault> {
        let fault = |page: usize, error: &ValidationError<'_>| Fault {
            page,
            pointer: place_of(error),
            sentence: sentence(error),
        };
        self.each_error(values, |page, _, error| fault(page, error))
    }

    /// What is wrong with values, as the API answers it: beside the schema, what fields of their own ask for.
    pub fn errors(&self, values: &Map<String, Value>) -> Vec<SchemaError> {
        let masked = Value::Object(self.split(values).values);
        let values = Value::Object(values.clone());
        let mut all = self.each_error(&values, |_, page, error| schema_error(page, &masked, error));
        let answers = TemplateAnswers::from(masked.as_object().cloned().unwrap_or_default());
        for page in &self.pages {
            for field in &Form::plan(page, &answers, &masked).fields {
                field.visit(&mut |plan| {
                    let fault = courtesy(plan, masked.pointer(&plan.pointer));
                    all.extend(fault.map(|sentence| field_error(plan, &masked, sentence)));
                });
            }
        }
        all
    }

    /// Every error, but those of what stands for a secret: it is no secret itself.
    fn each_error<T>(&self, values: &Value, each: impl Fn(usize, &Page, &ValidationError<'_>) -> T) -> Vec<T> {
        let mut all = Vec::new();
        let secrets = self.secret_places(values);
        for (at, page) in self.pages.iter().enumerate() {
            let mut left = FAULTS;
            for error in page.law.errors(values) {
                closest(&error, &mut |error| {
                    let place = error.instance_path().as_str();
                    let is_masked = secrets.contains(place) && values.pointer(place).is_some_and(is_mask);
                    if left > 0 && !is_masked {
                        left -= 1;
                        all.push(each(at, page, error));
                    }
                });
                if left == 0 {
                    break;
                }
            }
        }
        all
    }
}

/// Of alternatives of which none fits, the errors of the one that comes closest: the keys that choose it fit best.
fn closest(error: &ValidationError<'_>, each: &mut impl FnMut(&ValidationError<'_>)) {
    let branches = match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => context.as_slice(),
        _ => return each(error),
    };
    let below = error.instance_path().as_str().len();
    let is_choosing = |inner: &&ValidationError<'_>| {
        let is_word = matches!(inner.kind(), Kind::Enum { .. } | Kind::Constant { .. } | Kind::FalseSchema);
        is_word || inner.instance_path().as_str().len() == below && matches!(inner.kind(), Kind::Type { .. })
    };
    let distance = |errors: &&Vec<ValidationError<'static>>| (errors.iter().filter(is_choosing).count(), errors.len());
    let Some(branch) = branches.iter().min_by_key(distance) else { return each(error) };
    // Where nothing but the choice is wrong, the choice is what to speak of.
    if branch.is_empty() || (branches.len() > 1 && branch.iter().all(|inner| is_choosing(&inner))) {
        return each(error);
    }
    branch.iter().for_each(|inner| closest(inner, each));
}

fn place_of(error: &ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        Kind::Required { property } => place::below(pointer, property.as_str().unwrap_or_default()),
        _ => pointer.to_owned(),
    }
}

/// The keys and indexes that lead to a place, and the same as a text.
fn path_of(pointer: &str) -> (Vec<Value>, String) {
    let step = |step: String| place::index(&step).map_or_else(|| Value::from(step), Value::from);
    let path: Vec<Value> = place::steps(pointer).map(step).collect();
    let property = match place::dotted(pointer) {
        dotted if dotted.is_empty() => "instance".to_owned(),
        dotted if dotted.starts_with('[') => format!("instance{dotted}"),
        dotted => format!("instance.{dotted}"),
    };
    (path, property)
}

/// What a field of its own does not take; it is called by the word that makes it one.
fn field_error(plan: &Plan<'_>, masked: &Value, message: String) -> SchemaError {
    let (path, property) = path_of(&plan.pointer);
    SchemaError {
        stack: format!("{property} {message}"),
        instance: masked.pointer(&plan.pointer).cloned().unwrap_or(Value::Null),
        name: "ui:field".to_owned(),
        argument: words::text(&plan.schema, "field").map_or(Value::Null, Value::from),
        schema: plan.schema.clone().into_owned(),
        path,
        property,
        message,
    }
}

fn schema_error(page: &Page, masked: &Value, error: &ValidationError<'_>) -> SchemaError {
    let pointer = error.instance_path().as_str();
    let (path, property) = path_of(pointer);
    let (schema, name) = error.schema_path().as_str().rsplit_once('/').unwrap_or_default();
    let schema = page.node.schema.pointer(schema).cloned().unwrap_or(Value::Null);
    let name = if matches!(error.kind(), Kind::Required { .. }) { "required" } else { name };
    let (message, argument) = match error.kind() {
        Kind::Required { property } => (format!("lacks the property {property}, which is required"), property.clone()),
        _ => (sentence(error), schema.get(name).cloned().unwrap_or(Value::Null)),
    };
    SchemaError {
        stack: format!("{property} {message}"),
        instance: masked.pointer(pointer).cloned().unwrap_or(Value::Null),
        name: name.to_owned(),
        path,
        property,
        message,
        schema,
        argument,
    }
}
