//! What was filled in, to be looked over before a template runs.
//!
//! Rule: shows what the form shows, in words, and no secret. The template may hide or mask more (`ui:backstage.review`), never less.

use portico_api_types::form::Control;
use portico_api_types::template_form::{FormReview, MASK, ReviewEntry, ReviewPage, TemplateAnswers};
use serde_json::Value;

use crate::draw::text;
use crate::form::{Form, Page};
use crate::picker::Picker;
use crate::plan::{Plan, Shape};
use crate::words;

impl Form {
    /// What these values are, by field, as they are: whoever wants to see what is filled in by itself settles them first. The answers say
    /// which alternatives were taken.
    pub fn review(&self, answers: &TemplateAnswers) -> FormReview {
        let values = Value::Object(self.split(&answers.values).values);
        let page = |page: &Page| {
            let mut entries = Vec::new();
            let plan = Form::plan(page, answers, &values);
            plan.fields.iter().for_each(|field| field.review(&values, &[], &mut entries));
            ReviewPage { title: page.title.clone(), entries }
        };
        FormReview { pages: self.pages.iter().map(page).collect() }
    }
}

impl Plan<'_> {
    fn review(&self, values: &Value, around: &[String], entries: &mut Vec<ReviewEntry>) {
        let options = &self.schema["ui:backstage"]["review"];
        if options["show"] == Value::Bool(false) {
            return;
        }
        let name = options["name"].as_str().unwrap_or(&self.title);
        let titles: Vec<String> = around.iter().cloned().chain([name.to_owned()]).collect();
        let mut entry = |texts: Vec<String>, is_masked: bool| {
            entries.push(ReviewEntry { pointer: self.pointer.clone(), titles: titles.clone(), texts, is_masked });
        };
        let value = values.pointer(&self.pointer).filter(|value| !value.is_null());
        let is_password = words::text(&self.schema, "widget") == Some("password");
        match (&self.shape, options["mask"].as_str()) {
            (_, Some(mask)) if value.is_some() => entry(vec![mask.to_owned()], true),
            (Shape::Picker(Picker::Hidden | Picker::Nothing), _) => {}
            (Shape::Picker(Picker::Secret), _) => entry(value.map(|_| MASK.to_owned()).into_iter().collect(), true),
            _ if is_password => entry(value.map(|_| MASK.to_owned()).into_iter().collect(), true),
            (Shape::Group(fields) | Shape::List(fields), _) if options["explode"] == Value::Bool(false) => {
                let mut inner = Vec::new();
                fields.iter().for_each(|field| field.review(values, &[], &mut inner));
                entry(inner.into_iter().filter(|inner| !inner.texts.is_empty()).map(in_a_line).collect(), false);
            }
            (Shape::Group(fields), _) => fields.iter().for_each(|field| field.review(values, &titles, entries)),
            (Shape::List(items), _)
                if items.iter().any(|item| matches!(item.shape, Shape::Group(_) | Shape::List(_))) =>
            {
                items.iter().for_each(|item| item.review(values, &titles, entries));
            }
            (Shape::List(items), _) => {
                let mut inner = Vec::new();
                items.iter().for_each(|item| item.review(values, &[], &mut inner));
                let is_masked = inner.iter().any(|inner| inner.is_masked);
                entry(inner.into_iter().flat_map(|inner| inner.texts).collect(), is_masked);
            }
            (Shape::Picker(picker), _) if !picker.is_list() => entry(value.map(text).into_iter().collect(), false),
            (Shape::Picker(_), _) => entry(self.texts(value), false),
            (Shape::Plain, _) => entry(value.map(|value| self.shown(value)).unwrap_or_default(), false),
        }
    }

    /// A value in the words of its field.
    fn shown(&self, value: &Value) -> Vec<String> {
        let field = self.plain();
        let titled = |value: &Value| match &field.control {
            Control::Choice(choices) | Control::Choices(choices) => {
                let choice = choices.iter().find(|choice| choice.value == *value);
                choice.map_or_else(|| text(value), |choice| choice.title.clone())
            }
            Control::Truth => match value {
                Value::Bool(true) => "Yes".to_owned(),
                Value::Bool(false) => "No".to_owned(),
                other => text(other),
            },
            _ => text(value),
        };
        match value {
            Value::Array(items) if !matches!(field.control, Control::Json) => items.iter().map(titled).collect(),
            one => vec![titled(one)],
        }
    }
}

fn in_a_line(entry: ReviewEntry) -> String {
    format!("{}: {}", entry.titles.join(" › "), entry.texts.join(", "))
}
