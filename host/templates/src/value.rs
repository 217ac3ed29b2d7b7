//! Values: JSON as the engine sees it, with the truth, the members and the texts that JavaScript gives it.
//!
//! Rule: a value knows how deep it is and is refused when that is too deep, so that taking it apart takes bounded stack. A value may
//! hold another one often, so whoever walks one pays for every step.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};
use serde_json::Value as Json;

use crate::limits::{Limit, VALUE_DEPTH};

/// Marks errors of the engine whose sentence is ours.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
pub(crate) struct Refusal;

/// A refusal with its sentence.
pub(crate) fn refuse<T>(problem: impl Into<String>) -> Result<T, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, problem.into()).with_source(Refusal))
}

/// A limit as the engine carries it.
pub(crate) fn limit(limit: Limit) -> Error {
    Error::new(ErrorKind::InvalidOperation, limit.to_string()).with_source(limit)
}

/// Pays for steps, and for bytes that are made or looked at.
pub(crate) fn pay(state: &State<'_, '_>, steps: usize, bytes: usize) -> Result<(), Error> {
    state.consume_fuel((steps as u64).saturating_add(bytes as u64 / 64))
}

/// A list.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) items: Vec<Value>,
    depth: usize,
}

/// An object, its keys in their order.
#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) entries: IndexMap<Arc<str>, Value>,
    depth: usize,
}

/// A regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: regex::Regex,
    /// Flag `g`: all places and not the first alone.
    pub(crate) everywhere: bool,
}

/// What a name holds that a loop may change.
pub(crate) struct Shared(pub(crate) Mutex<Value>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl Object for Shared {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

impl Shared {
    pub(crate) fn get(&self) -> Value {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn put(&self, value: Value) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.items.get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }

    /// Also an empty one.
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

impl Object for Map {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.entries.get(key.as_str()?).cloned()
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

/// What a value is.
pub(crate) enum View<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(&'a str),
    List(&'a List),
    Map(&'a Map),
    Pattern(&'a Pattern),
    /// Something of the engine's, such as a macro.
    Foreign,
}

pub(crate) fn view(value: &Value) -> View<'_> {
    match value.kind() {
        ValueKind::Undefined => View::Undefined,
        ValueKind::None => View::Null,
        ValueKind::Bool => View::Bool(value.is_true()),
        ValueKind::Number => f64::try_from(value.clone())
            .or_else(|_| i64::try_from(value.clone()).map(|number| number as f64))
            .or_else(|_| u64::try_from(value.clone()).map(|number| number as f64))
            .map_or(View::Foreign, View::Number),
        ValueKind::String => value.as_str().map_or(View::Foreign, View::Text),
        _ => None
            .or_else(|| value.downcast_object_ref().map(View::List))
            .or_else(|| value.downcast_object_ref().map(View::Map))
            .or_else(|| value.downcast_object_ref().map(View::Pattern))
            .unwrap_or(View::Foreign),
    }
}

/// What a value is called in sentences.
pub(crate) fn kind(value: &Value) -> &'static str {
    match view(value) {
        View::Undefined => "nothing",
        View::Null => "null",
        View::Bool(_) => "true or false",
        View::Number(_) => "a number",
        View::Text(_) => "a text",
        View::List(_) => "a list",
        View::Map(_) => "an object",
        View::Pattern(_) => "a regular expression",
        View::Foreign => "a macro or a loop",
    }
}

fn depth(value: &Value) -> usize {
    match view(value) {
        View::List(list) => list.depth,
        View::Map(map) => map.depth,
        _ => 0,
    }
}

fn deeper<'a>(parts: impl Iterator<Item = &'a Value>) -> Result<usize, Limit> {
    let depth = parts.map(depth).max().unwrap_or(0) + 1;
    if depth > VALUE_DEPTH { Err(Limit::Depth) } else { Ok(depth) }
}

pub(crate) fn try_list(items: Vec<Value>) -> Result<Value, Limit> {
    let depth = deeper(items.iter())?;
    Ok(Value::from_object(List { items, depth }))
}

pub(crate) fn try_map(entries: IndexMap<Arc<str>, Value>) -> Result<Value, Limit> {
    let depth = deeper(entries.values())?;
    Ok(Value::from_object(Map { entries, depth }))
}

/// What names mean, as the engine sees it; no value of a template, so no level of one.
pub(crate) fn root(entries: IndexMap<Arc<str>, Value>) -> Value {
    Value::from_object(Map { entries, depth: 0 })
}

/// A list that a template made, paid for.
pub(crate) fn list(state: &State<'_, '_>, items: Vec<Value>) -> Result<Value, Error> {
    pay(state, items.len() / 2, 0)?;
    try_list(items).map_err(limit)
}

/// An object that a template made, paid for.
pub(crate) fn map(state: &State<'_, '_>, entries: IndexMap<Arc<str>, Value>) -> Result<Value, Error> {
    pay(state, entries.len(), 0)?;
    try_map(entries).map_err(limit)
}

/// A number that was computed: whole where it can be, and refused if it is none.
pub(crate) fn number(number: f64) -> Result<Value, Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.is_finite() {
        return refuse("the computation comes to no number; look at its parts, and divide by something other than 0");
    }
    Ok(if number.fract() == 0.0 && number.abs() < EXACT { Value::from(number as i64) } else { Value::from(number) })
}

/// JSON as a value.
pub(crate) fn from_json(json: &Json, levels: usize) -> Result<Value, Limit> {
    if levels == 0 {
        return Err(Limit::Depth);
    }
    Ok(match json {
        Json::Null => Value::from(()),
        Json::Bool(bool) => Value::from(*bool),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(whole)) => Value::from(whole),
            (None, None) => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => {
            try_list(items.iter().map(|item| from_json(item, levels - 1)).collect::<Result<_, _>>()?)?
        }
        Json::Object(entries) => {
            let entries =
                entries.iter().map(|(key, value)| Ok((Arc::from(key.as_str()), from_json(value, levels - 1)?)));
            try_map(entries.collect::<Result<_, Limit>>()?)?
        }
    })
}

/// A value as JSON; nothing if there is none.
pub(crate) fn to_json(state: &State<'_, '_>, value: &Value) -> Result<Option<Json>, Error> {
    pay(state, 1, 0)?;
    Ok(Some(match view(value) {
        View::Undefined => return Ok(None),
        View::Null => Json::Null,
        View::Bool(bool) => Json::Bool(bool),
        View::Number(number) => match (i64::try_from(value.clone()), u64::try_from(value.clone())) {
            (Ok(whole), _) if number.fract() == 0.0 => Json::from(whole),
            (_, Ok(whole)) if number.fract() == 0.0 => Json::from(whole),
            _ => Json::from(number),
        },
        View::Text(text) => {
            pay(state, 0, text.len())?;
            Json::String(text.to_owned())
        }
        View::List(list) => {
            let items = list.items.iter().map(|item| Ok(to_json(state, item)?.unwrap_or_default()));
            Json::Array(items.collect::<Result<_, Error>>()?)
        }
        View::Map(map) => {
            let mut entries = serde_json::Map::new();
            for (key, value) in &map.entries {
                pay(state, 0, key.len())?;
                if let Some(value) = to_json(state, value)? {
                    entries.insert(key.to_string(), value);
                }
            }
            Json::Object(entries)
        }
        View::Pattern(_) | View::Foreign => {
            return refuse(format!("{} is no value to hand on; call it, or take a part of it", kind(value)));
        }
    }))
}
