//! Steps: whether one runs (`if`), and how often (`each`).
//!
//! Rule: after a failure only steps run whose condition asks for it, by `always()` or `failure()`; that it asks is read off the
//! expression, so that it does not depend on which part of it is evaluated.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::context::Context;
use crate::error::TemplateError;
use crate::limits::{EACH_ITEMS, Limit};
use crate::secrets::SecretRead;
use crate::template::Template;

/// Whether a step runs.
#[derive(Clone, Debug)]
pub struct Condition {
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// It runs, or does not, whatever there is.
    Fixed(bool),
    Asked(Box<Template>),
}

impl Condition {
    /// Of a step that says nothing of it.
    pub fn none() -> Condition {
        Condition { test: Test::Fixed(true) }
    }

    /// Reads an `if`.
    pub fn parse(value: &Json) -> Result<Condition, TemplateError> {
        let test = match value {
            Json::Null => Test::Fixed(true),
            Json::Bool(runs) => Test::Fixed(*runs),
            Json::String(_) => {
                let template = Template::parse(value)?;
                match template.as_plain().and_then(Json::as_str) {
                    None => Test::Asked(Box::new(template)),
                    Some("true") => Test::Fixed(true),
                    Some("") => Test::Fixed(false),
                    Some(_) => {
                        return Err(TemplateError::whole(
                            "the condition has no expression, and so would always hold; write it as `${{ … }}`, or as true or false \
                             without quotes",
                        ));
                    }
                }
            }
            _ => {
                return Err(TemplateError::whole(
                    "the condition is no text and neither true nor false; write one of them",
                ));
            }
        };
        Ok(Condition { test })
    }

    /// Whether the step runs.
    pub fn holds(&self, context: &Context) -> Result<bool, TemplateError> {
        match &self.test {
            Test::Fixed(runs) => Ok(*runs && !context.has_failed()),
            Test::Asked(template) if context.has_failed() && !template.asks_status() => Ok(false),
            Test::Asked(template) => Ok(template.evaluate(context)?.is_some_and(|value| is_true(&value))),
        }
    }

    /// The secrets that it reads, whatever it comes to.
    pub fn secrets(&self) -> BTreeSet<SecretRead> {
        match &self.test {
            Test::Fixed(_) => BTreeSet::new(),
            Test::Asked(template) => template.secrets(),
        }
    }

    /// Whether it asks what became of the run so far.
    pub fn asks_status(&self) -> bool {
        matches!(&self.test, Test::Asked(template) if template.asks_status())
    }
}

/// Truth as the scaffolder has it: empty lists are false, empty objects are true.
pub fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(bool) => *bool,
        Json::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(_) => true,
    }
}

/// What one turn of a step with `each` is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The key of an object's member, or the place in a list.
    pub key: String,
    /// The item.
    pub value: Json,
}

/// What a step is run over.
#[derive(Clone, Debug)]
pub struct Each {
    template: Template,
}

impl Each {
    /// Reads an `each`.
    pub fn parse(value: &Json) -> Result<Each, TemplateError> {
        Ok(Each { template: Template::parse(value)? })
    }

    /// The turns, in their order.
    pub fn items(&self, context: &Context) -> Result<Vec<Item>, TemplateError> {
        let items: Vec<Item> = match self.template.evaluate(context)? {
            Some(Json::Array(items)) => {
                items.into_iter().enumerate().map(|(place, value)| Item { key: place.to_string(), value }).collect()
            }
            Some(Json::Object(entries)) => entries.into_iter().map(|(key, value)| Item { key, value }).collect(),
            None => {
                return Err(TemplateError::whole("`each` comes to nothing; name a list or an object that is there"));
            }
            Some(_) => {
                return Err(TemplateError::whole(
                    "`each` comes to a single value; name a list or an object, or split the text",
                ));
            }
        };
        if items.len() > EACH_ITEMS { Err(Limit::Each.into()) } else { Ok(items) }
    }

    /// The template, for the secrets that it reads.
    pub fn template(&self) -> &Template {
        &self.template
    }
}
