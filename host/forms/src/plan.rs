//! The fields that there are for values: what drawing, reading, reviewing and settling go through.
//!
//! Rule: which fields there are follows from the schema and the values alone. What stands in a place and is of another shape than the
//! schema has is a field as well, of plain JSON, so that nothing is lost by being looked at.

use std::borrow::Cow;
use std::cell::Cell;

use portico_api_types::form;
use portico_api_types::template_form::TemplateAnswers;
use serde_json::Value;

use crate::form::{Form, Page};
use crate::layers::{Child, Layers};
use crate::limits::{FIELDS, ITEMS};
use crate::node::Node;
use crate::picker::Picker;
use crate::place;
use crate::words;

/// A field.
pub(crate) struct Plan<'f> {
    pub(crate) pointer: String,
    pub(crate) title: String,
    pub(crate) is_required: bool,
    /// What its layers say, in one.
    pub(crate) schema: Cow<'f, Value>,
    pub(crate) layers: Layers<'f>,
    pub(crate) shape: Shape<'f>,
}

/// What a field consists of.
pub(crate) enum Shape<'f> {
    Group(Vec<Plan<'f>>),
    List(Vec<Plan<'f>>),
    Picker(Picker),
    /// One value, filled in as in all forms of the portal.
    Plain,
}

/// Makes plans for answers.
pub(crate) struct Planner<'a> {
    answers: &'a TemplateAnswers,
    budget: Cell<usize>,
}

/// A page's own layers, and its fields.
pub(crate) struct PagePlan<'f> {
    pub(crate) layers: Layers<'f>,
    pub(crate) fields: Vec<Plan<'f>>,
}

impl Form {
    /// The fields of a page, for answers whose values are these as one.
    pub(crate) fn plan<'f>(page: &'f Page, answers: &TemplateAnswers, values: &Value) -> PagePlan<'f> {
        let planner = Planner { answers, budget: Cell::new(FIELDS) };
        let layers = Layers::of(&[&page.node], values, &answers.choices, "");
        let fields = planner.group(&layers, values, "");
        PagePlan { layers, fields }
    }
}

impl Planner<'_> {
    fn group<'f>(&self, layers: &Layers<'f>, value: &Value, pointer: &str) -> Vec<Plan<'f>> {
        let children = layers.children().into_iter();
        children.map(|child| self.child(&child, value.get(child.name), &place::below(pointer, child.name))).collect()
    }

    fn child<'f>(&self, child: &Child<'f>, value: Option<&Value>, pointer: &str) -> Plan<'f> {
        self.field(&child.nodes, child.name, child.is_required, value, pointer)
    }

    fn field<'f>(
        &self,
        nodes: &[&'f Node],
        name: &str,
        is_required: bool,
        value: Option<&Value>,
        pointer: &str,
    ) -> Plan<'f> {
        self.budget.set(self.budget.get().saturating_sub(1));
        let layers = Layers::of(nodes, value.unwrap_or(&Value::Null), &self.answers.choices, pointer);
        let schema = layers.merged();
        let title = words::text(&schema, "title").or_else(|| schema["title"].as_str());
        let title = title.filter(|title| !title.trim().is_empty()).unwrap_or(name).to_owned();
        let shape = self.shape(&layers, &schema, &title, value, pointer);
        Plan { pointer: pointer.to_owned(), title, is_required, schema, layers, shape }
    }

    fn shape<'f>(
        &self,
        layers: &Layers<'f>,
        schema: &Value,
        title: &str,
        value: Option<&Value>,
        pointer: &str,
    ) -> Shape<'f> {
        if let Some(picker) = Picker::of(schema) {
            return Shape::Picker(picker);
        }
        let is_fixed = schema.get("const").is_some() || schema.get("enum").is_some();
        match sort(layers, schema) {
            _ if is_fixed || self.budget.get() == 0 => Shape::Plain,
            Sort::Object if value.is_none_or(Value::is_object) => {
                Shape::Group(self.group(layers, value.unwrap_or(&Value::Null), pointer))
            }
            Sort::Array if !is_choices(schema) && (layers.has_items() || layers.first_items() > 0) => {
                let items = match value {
                    None => &[],
                    Some(Value::Array(items)) if items.len() <= ITEMS => items.as_slice(),
                    Some(_) => return Shape::Plain,
                };
                Shape::List(self.items(layers, items, title, pointer))
            }
            _ => Shape::Plain,
        }
    }

    fn items<'f>(&self, layers: &Layers<'f>, items: &[Value], title: &str, pointer: &str) -> Vec<Plan<'f>> {
        let item = |(at, value): (usize, &Value)| {
            // What is not filled in yet.
            let value = Some(value).filter(|value| !value.is_null());
            let mut item = self.field(&layers.item(at), "", true, value, &place::item(pointer, at));
            let name = if item.title.is_empty() { title } else { &item.title };
            item.title = if at < layers.first_items() { name.to_owned() } else { format!("{name} {}", at + 1) };
            item
        };
        items.iter().enumerate().map(item).collect()
    }
}

impl<'f> Plan<'f> {
    /// The field as in all forms of the portal.
    pub(crate) fn plain(&self) -> form::Field<'_> {
        form::Field::of("", &self.schema, self.is_required)
    }

    /// Visits the field and all in it.
    pub(crate) fn visit<'p>(&'p self, each: &mut impl FnMut(&'p Plan<'f>)) {
        each(self);
        if let Shape::Group(inner) | Shape::List(inner) = &self.shape {
            inner.iter().for_each(|inner| inner.visit(each));
        }
    }
}

enum Sort {
    Object,
    Array,
    Other,
}

/// What a schema is of, by what it says or by what it says of what is in it.
fn sort(layers: &Layers<'_>, schema: &Value) -> Sort {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect(),
        _ => Vec::new(),
    };
    let has_children = || !layers.children().is_empty() || !layers.alternatives.is_empty();
    match types.as_slice() {
        ["object"] if has_children() => Sort::Object,
        ["array"] => Sort::Array,
        [] if schema.get("items").is_some() => Sort::Array,
        [] if !layers.children().is_empty() => Sort::Object,
        _ => Sort::Other,
    }
}

/// Whether a list is any of several values, each once.
pub(crate) fn is_choices(schema: &Value) -> bool {
    let field = form::Field::of("", schema, false);
    schema["uniqueItems"] == Value::Bool(true) && matches!(field.control, form::Control::Choices(_))
}
