//! Forms out of JSON Schema: which field asks for a property, what stands in it for a value, and which value its texts are.
//!
//! Rule: how a field is drawn and how it is read is one piece of knowledge, and stands here. What cannot be read as its schema wants
//! it stays a text, so that the check by the schema says what is wrong; nothing is judged here.

mod read;
mod show;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

/// In front of the name of a property, in the name of its field.
pub const INPUT: &str = "input.";

/// In front of the name of a property, where a page's address says what is wrong with it.
pub const WRONG: &str = "wrong.";

/// Says in an address of which form what was not taken is, where a page has several.
pub const OF: &str = "of";

/// The form that lets a version run that waits.
pub const WAITING: &str = "waiting";

/// What is in front of a property's name where a form says how its field was drawn, one for each text.
pub const WAS: &str = "was.";

/// Is there where a form says so of all its fields: one that is as it was drawn changes nothing, whatever stands there by now.
pub const DRAWN: &str = "drawn";

/// Under which name a form says which properties it asked for: a box that is not ticked says nothing itself.
pub const ASKED: &str = "field";

/// References that are followed to what a property is.
const DEPTH: usize = 8;

/// A field that asks for one property of an object.
#[derive(Clone, Debug)]
pub struct Field<'s> {
    /// The property's name.
    pub name: &'s str,
    /// How it is filled in.
    pub control: Control,
    /// What bounds its value.
    pub schema: &'s Value,
    /// The property as it is declared, which may only refer to what bounds it.
    declared: &'s Value,
    /// What bounds each item of a list.
    items: &'s Value,
    is_required: bool,
    takes_null: bool,
}

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// A text, in the way that its `format` says.
    Text,
    /// A number, or a whole one.
    Number {
        /// Whether it is whole.
        is_whole: bool,
    },
    /// A box that is ticked or not.
    Truth,
    /// One of several values.
    Choice(Vec<Choice>),
    /// Any of several values.
    Choices(Vec<Choice>),
    /// A list, one a line.
    Lines,
    /// Nothing to fill in: there is one value.
    Fixed(Value),
    /// Whatever has no field of its own, written as JSON.
    Json,
}

/// A value that may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The value.
    pub value: Value,
    /// What a form says for it.
    pub text: String,
    /// What it is called.
    pub title: String,
}

/// The fields of an object, in the order of its properties.
pub fn fields(schema: &Value) -> Vec<Field<'_>> {
    let required: Vec<&str> = items(&schema["required"]).iter().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, declared)| Field::new(name, declared, schema, required.contains(&name.as_str()))).collect()
}

/// The texts that a form says of a property, of the names and values that were sent.
pub fn said(sent: &[(String, String)], property: &str) -> Vec<String> {
    texts(sent, INPUT, property)
}

fn texts(sent: &[(String, String)], before: &str, property: &str) -> Vec<String> {
    let of_property = |name: &str| name.strip_prefix(before) == Some(property);
    // Browsers end the lines of a text as letters once did.
    sent.iter().filter(|(name, _)| of_property(name)).map(|(_, text)| text.replace("\r\n", "\n")).collect()
}

/// An object with what was sent of it. `asked` are the properties that the form had fields for. What no field asked for stays, and so
/// does what stands in its field as it was drawn.
pub fn changed(schema: &Value, before: &Value, asked: &[String], sent: &[(String, String)]) -> Value {
    let mut object = before.as_object().cloned().unwrap_or_default();
    let is_drawn = sent.iter().any(|(name, _)| name == DRAWN);
    for field in fields(schema).iter().filter(|field| asked.iter().any(|name| name == field.name)) {
        let was = is_drawn.then(|| texts(sent, WAS, field.name));
        change(&mut object, field, &said(sent, field.name), was.as_deref());
    }
    Value::Object(object)
}

fn change(object: &mut Map<String, Value>, field: &Field<'_>, said: &[String], was: Option<&[String]>) {
    let before = object.get(field.name);
    let is_complete = before.is_some() || !field.is_required;
    if is_complete && (was == Some(said) || field.shows(before).is_some_and(|drawn| drawn == said)) {
        return;
    }
    match field.read(said) {
        Some(value) => drop(object.insert(field.name.to_owned(), value)),
        None => drop(object.shift_remove(field.name)),
    }
}

impl<'s> Field<'s> {
    /// The field for a value of a schema that refers to nothing outside itself.
    pub fn of(name: &'s str, schema: &'s Value, is_required: bool) -> Field<'s> {
        Field::new(name, schema, schema, is_required)
    }

    fn new(name: &'s str, declared: &'s Value, root: &'s Value, is_required: bool) -> Field<'s> {
        let (schema, is_nullable) = resolved(declared, root);
        let choices = choices(schema);
        let types = types(schema);
        let takes_null = is_nullable
            || types.contains(&"null")
            || schema.get("const").is_some_and(Value::is_null)
            || possible(schema).any(Value::is_null);
        let (items, holds_null) = resolved(&schema["items"], root);
        let control = match sort(schema, choices, &types, is_required, takes_null) {
            Control::Lines if holds_null || schema.get("prefixItems").is_some() => Control::Json,
            Control::Lines => several(items),
            control => control,
        };
        Field { name, control, schema, declared, items, is_required, takes_null }
    }

    /// A word of its schema, such as `title`: the property's own, or of what it refers to.
    pub fn word(&self, key: &str) -> Option<&'s str> {
        self.said(key)?.as_str()
    }

    fn said(&self, key: &str) -> Option<&'s Value> {
        self.declared.get(key).or_else(|| self.schema.get(key))
    }

    /// What it is called.
    pub fn title(&self) -> &'s str {
        self.word("title").unwrap_or(self.name)
    }

    /// Whether it may stay empty.
    pub fn may_be_empty(&self) -> bool {
        let wants_items = self.schema["minItems"].as_u64().is_some_and(|least| least > 0);
        !self.is_required || (!wants_items && self.empty().is_some())
    }

    /// Whether it is a field of its own, which whoever does not know JSON can fill in.
    pub fn is_simple(&self) -> bool {
        self.control != Control::Json
    }

    /// What an empty field says, where the property has to be there.
    fn empty(&self) -> Option<Value> {
        let chooses_nothing = |choice: &Choice| choice.text.is_empty();
        match &self.control {
            _ if !self.is_required => None,
            Control::Choices(_) | Control::Lines => Some(Value::Array(Vec::new())),
            _ if self.takes_null => Some(Value::Null),
            Control::Choice(choices) => {
                choices.iter().find(|choice| chooses_nothing(choice)).map(|choice| choice.value.clone())
            }
            _ => None,
        }
    }
}

/// How a property is filled in, as if all lists were one a line.
fn sort(schema: &Value, choices: Vec<Choice>, types: &[&str], is_required: bool, takes_null: bool) -> Control {
    match schema.get("const") {
        // A box that has to be ticked, as for what has to be agreed to.
        Some(Value::Bool(true)) => return Control::Truth,
        Some(value) if is_required => return Control::Fixed(value.clone()),
        _ => {}
    }
    if !choices.is_empty() {
        return Control::Choice(choices);
    }
    let sorts: Vec<&str> = types.iter().copied().filter(|sort| *sort != "null").collect();
    match sorts.as_slice() {
        ["boolean"] if takes_null => Control::Choice(vec![choice(&Value::Bool(true)), choice(&Value::Bool(false))]),
        ["boolean"] => Control::Truth,
        ["integer"] => Control::Number { is_whole: true },
        ["number"] | ["integer", "number"] | ["number", "integer"] => Control::Number { is_whole: false },
        ["array"] => Control::Lines,
        [] if schema.get("items").is_some() => Control::Lines,
        [] if schema.get("properties").is_some() => Control::Json,
        sorts if sorts.contains(&"array") || sorts.contains(&"object") => Control::Json,
        _ => Control::Text,
    }
}

/// How a list of such items is filled in.
fn several(items: &Value) -> Control {
    let choices = choices(items);
    let is_scalar = |sort: &&str| matches!(*sort, "string" | "integer" | "number" | "boolean");
    match types(items).iter().all(is_scalar) && items.get("properties").is_none() {
        false => Control::Json,
        true if choices.is_empty() => Control::Lines,
        true => Control::Choices(choices),
    }
}

/// What bounds a property, and whether it may be null beside that: references and "this or null" are looked through.
fn resolved<'s>(declared: &'s Value, root: &'s Value) -> (&'s Value, bool) {
    let (mut schema, mut is_nullable) = (declared, false);
    for _ in 0..DEPTH {
        let target = schema["$ref"].as_str().and_then(|reference| root.pointer(reference.strip_prefix('#')?));
        let (nulls, others): (Vec<&Value>, Vec<&Value>) = branches(schema).partition(|branch| branch["type"] == "null");
        match (target, others.as_slice()) {
            (Some(target), _) => schema = target,
            (None, [other]) if !nulls.is_empty() => (schema, is_nullable) = (other, true),
            _ => break,
        }
    }
    (schema, is_nullable)
}

/// Of `oneOf` and `anyOf`.
fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    items(&schema["oneOf"]).iter().chain(items(&schema["anyOf"]))
}

/// The types that a value may have; none where nothing is said.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(sort) => vec![sort],
        Value::Array(sorts) => sorts.iter().filter_map(Value::as_str).collect(),
        _ => branches(schema).flat_map(types).collect(),
    }
}

/// What an `enum`, or a `oneOf` of constants, lets through.
fn possible(schema: &Value) -> impl Iterator<Item = &Value> {
    items(&schema["enum"]).iter().chain(branches(schema).filter_map(|one| one.get("const"))).chain(schema.get("const"))
}

/// What may be chosen, beside nothing.
fn choices(schema: &Value) -> Vec<Choice> {
    let titled = |value: &Value| {
        let of_branch = branches(schema).find(|one| one.get("const") == Some(value));
        of_branch.map_or_else(|| named(schema, value), |branch| branch["title"].as_str())
    };
    let called = |value: &Value| {
        let plain = choice(value);
        Choice { title: titled(value).map_or(plain.title, str::to_owned), ..plain }
    };
    // Where one branch is no constant, the others are not all that there is.
    if branches(schema).any(|one| one.get("const").is_none() && one["type"] != "null") {
        return Vec::new();
    }
    possible(schema).filter(|value| !value.is_null()).map(called).collect()
}

/// What a value of an `enum` is called in a list beside it, as forms of the field have it.
fn named<'s>(schema: &'s Value, value: &Value) -> Option<&'s str> {
    let at = items(&schema["enum"]).iter().position(|one| one == value)?;
    let lists = [&schema["ui:enumNames"], &schema["ui:options"]["enumNames"], &schema["enumNames"]];
    lists.into_iter().find_map(|names| names[at].as_str())
}

fn choice(value: &Value) -> Choice {
    let text = read::text(value);
    let title = match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        _ => text.clone(),
    };
    Choice { value: value.clone(), text, title }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
