//! Places in values: JSON pointers, step by step.
//!
//! Rule: a place is a pointer from the values of the whole form; the empty one is all of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::limits::ITEMS;

/// The place of a key below another.
pub(crate) fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The place of an item below another.
pub(crate) fn item(pointer: &str, index: usize) -> String {
    format!("{pointer}/{index}")
}

/// The keys and indexes that lead to a place.
pub(crate) fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// Puts a value at a place, and what has to be around it; or takes away what is there. `lists` are the places of lists. A place inside of
/// what holds no places is left alone.
pub(crate) fn put(values: &mut Value, pointer: &str, value: Option<Value>, lists: &BTreeSet<String>) {
    let steps: Vec<String> = steps(pointer).collect();
    Putting { lists, at: String::new() }.below(values, &steps, value);
}

struct Putting<'l> {
    lists: &'l BTreeSet<String>,
    /// The place so far.
    at: String,
}

impl Putting<'_> {
    fn below(&mut self, place: &mut Value, steps: &[String], value: Option<Value>) {
        let Some((first, rest)) = steps.split_first() else { return };
        self.at = below(&self.at, first);
        match place {
            Value::Object(fields) if rest.is_empty() => put_key(fields, first, value),
            Value::Object(fields) if value.is_some() || fields.contains_key(first) => {
                let around = || self.around();
                let inner = fields.entry(first.as_str()).or_insert_with(around);
                self.below(inner, rest, value);
            }
            Value::Array(items) => {
                let Some(index) = index(first).filter(|index| *index < items.len().max(ITEMS)) else { return };
                if index >= items.len() && value.is_none() {
                    return;
                }
                if index >= items.len() {
                    items.resize(index + 1, Value::Null);
                }
                if rest.is_empty() {
                    items[index] = value.unwrap_or(Value::Null);
                    return;
                }
                if items[index].is_null() && value.is_some() {
                    items[index] = self.around();
                }
                self.below(&mut items[index], rest, value);
            }
            _ => {}
        }
    }

    /// What is at the place so far, where nothing is yet.
    fn around(&self) -> Value {
        if self.lists.contains(&self.at) { Value::Array(Vec::new()) } else { Value::Object(Map::new()) }
    }
}

fn put_key(fields: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(fields.insert(key.to_owned(), value)),
        None => drop(fields.shift_remove(key)),
    }
}

/// An index, as pointers write it.
pub(crate) fn index(step: &str) -> Option<usize> {
    let is_plain = step == "0" || (!step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit()));
    step.parse().ok().filter(|_| is_plain)
}

/// `/owners/0/name` as `owners[0].name`.
pub(crate) fn dotted(pointer: &str) -> String {
    let mut out = String::new();
    for step in steps(pointer) {
        match index(&step) {
            Some(index) => out.push_str(&format!("[{index}]")),
            None if out.is_empty() => out.push_str(&step),
            None => out.push_str(&format!(".{step}")),
        }
    }
    out
}
