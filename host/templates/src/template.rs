//! Templates: values with expressions in them, as the inputs of steps have them, and texts, as skeletons have them.
//!
//! Rule: parsed once, with every mistake that can be known then; evaluated as often as one likes, within one budget each time.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::context::Context;
use crate::engine::{self, Budget, Outcome};
use crate::error::TemplateError;
use crate::expression::Dialect;
use crate::limits::{Limit, VALUE_DEPTH};
use crate::secrets::SecretRead;
use crate::source::Whitespace;
use crate::translate::{Program, Shape, translate};

/// A value whose texts may hold expressions.
#[derive(Clone, Debug)]
pub struct Template {
    node: Node,
}

#[derive(Clone, Debug)]
enum Node {
    /// No expression is anywhere in it.
    Plain(Json),
    Program(Box<Program>),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Template {
    /// Reads a value.
    pub fn parse(value: &Json) -> Result<Template, TemplateError> {
        Ok(Template { node: parse(value, VALUE_DEPTH)? })
    }

    /// What it comes to. A text that is one expression has that one's value, any other text stays one; members that come to nothing
    /// are left out, and items of lists become null. Nothing, if all of it is one expression that comes to nothing.
    pub fn evaluate(&self, context: &Context) -> Result<Option<Json>, TemplateError> {
        evaluate(&self.node, context, &mut Budget::full())
    }

    /// The secrets that it reads, whatever it comes to.
    pub fn secrets(&self) -> BTreeSet<SecretRead> {
        let mut reads = BTreeSet::new();
        each_program(&self.node, &mut |program| reads.extend(program.secrets.iter().cloned()));
        reads
    }

    /// Whether it asks what became of the run so far.
    pub(crate) fn asks_status(&self) -> bool {
        let mut asks = false;
        each_program(&self.node, &mut |program| asks |= program.asks_status);
        asks
    }

    /// The value, if no expression is in it.
    pub fn as_plain(&self) -> Option<&Json> {
        if let Node::Plain(value) = &self.node { Some(value) } else { None }
    }
}

/// Whether something in a text may be a tag.
fn may_have_tags(text: &str, dialect: Dialect) -> bool {
    let variable = if dialect == Dialect::Backstage { "${{" } else { "{{" };
    [variable, "{%", "{#"].into_iter().any(|open| text.contains(open))
}

fn program(text: &str, dialect: Dialect, whitespace: Whitespace, wanted: Shape) -> Result<Program, TemplateError> {
    let program = translate(text, dialect, whitespace, wanted)?;
    engine::check(&program)?;
    Ok(program)
}

fn parse(value: &Json, levels: usize) -> Result<Node, TemplateError> {
    if levels == 0 {
        return Err(Limit::Depth.into());
    }
    let node = match value {
        Json::String(text) if may_have_tags(text, Dialect::Backstage) => {
            Node::Program(Box::new(program(text, Dialect::Backstage, Whitespace::default(), Shape::Value)?))
        }
        Json::Array(items) => {
            let items = items.iter().enumerate();
            let items =
                items.map(|(place, item)| parse(item, levels - 1).map_err(|error| error.below(&place.to_string())));
            Node::List(items.collect::<Result<_, _>>()?)
        }
        Json::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| {
                let node = parse(value, levels - 1).map_err(|error| error.below(key))?;
                Ok((key.clone(), node))
            });
            Node::Object(entries.collect::<Result<_, TemplateError>>()?)
        }
        _ => Node::Plain(value.clone()),
    };
    let plain = match &node {
        Node::Plain(_) => true,
        Node::Program(_) => false,
        Node::List(items) => items.iter().all(|item| matches!(item, Node::Plain(_))),
        Node::Object(entries) => entries.iter().all(|(_, node)| matches!(node, Node::Plain(_))),
    };
    Ok(if plain { Node::Plain(value.clone()) } else { node })
}

fn each_program<'a>(node: &'a Node, see: &mut impl FnMut(&'a Program)) {
    match node {
        Node::Plain(_) => {}
        Node::Program(program) => see(program),
        Node::List(items) => items.iter().for_each(|item| each_program(item, see)),
        Node::Object(entries) => entries.iter().for_each(|(_, node)| each_program(node, see)),
    }
}

fn evaluate(node: &Node, context: &Context, budget: &mut Budget) -> Result<Option<Json>, TemplateError> {
    Ok(Some(match node {
        Node::Plain(value) => value.clone(),
        Node::Program(program) => match engine::run(program, context, budget)? {
            Outcome::Value(value) => return Ok(value),
            Outcome::Text(text) => Json::String(text),
        },
        Node::List(items) => {
            let items = items.iter().enumerate().map(|(place, item)| {
                let item = evaluate(item, context, budget).map_err(|error| error.below(&place.to_string()))?;
                Ok(item.unwrap_or_default())
            });
            Json::Array(items.collect::<Result<_, TemplateError>>()?)
        }
        Node::Object(entries) => {
            let mut made = Map::new();
            for (key, node) in entries {
                if let Some(value) = evaluate(node, context, budget).map_err(|error| error.below(key))? {
                    made.insert(key.clone(), value);
                }
            }
            Json::Object(made)
        }
    }))
}

/// A text with tags in it: a file of a skeleton, or its name.
#[derive(Clone, Debug)]
pub struct TextTemplate {
    text: Text,
}

#[derive(Clone, Debug)]
enum Text {
    Plain(String),
    Program(Box<Program>),
}

impl TextTemplate {
    /// Reads a text.
    pub fn parse(text: &str, dialect: Dialect, whitespace: Whitespace) -> Result<TextTemplate, TemplateError> {
        let text = if may_have_tags(text, dialect) {
            Text::Program(Box::new(program(text, dialect, whitespace, Shape::Text)?))
        } else {
            Text::Plain(text.to_owned())
        };
        Ok(TextTemplate { text })
    }

    /// The text that it comes to.
    pub fn render(&self, context: &Context) -> Result<String, TemplateError> {
        match &self.text {
            Text::Plain(text) => Ok(text.clone()),
            Text::Program(program) => match engine::run(program, context, &mut Budget::full())? {
                Outcome::Text(text) => Ok(text),
                Outcome::Value(_) => Ok(String::new()),
            },
        }
    }

    /// The secrets that it reads.
    pub fn secrets(&self) -> BTreeSet<SecretRead> {
        if let Text::Program(program) = &self.text { program.secrets.clone() } else { BTreeSet::new() }
    }
}
