//! What buttons do with lists: an item comes, goes, or changes places.
//!
//! Rule: a list is changed with all that is known of its items: which alternatives they took, and what of them was touched. What cannot be
//! done, such as taking out an item that is gone already, changes nothing.

use std::str::FromStr;

use portico_api_types::template_form::TemplateAnswers;
use serde_json::{Map, Value};

use crate::fill::new_item;
use crate::form::{Facts, Form};
use crate::limits::ITEMS;
use crate::place;
use crate::plan::{Plan, Shape};

/// A change of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// One more item, at the end of the list at this place.
    Add(String),
    /// The item at this place goes.
    Remove(String),
    /// The item at this place changes places with the one before it.
    Up(String),
    /// The item at this place changes places with the one behind it.
    Down(String),
}

impl FromStr for Operation {
    type Err = ();

    fn from_str(text: &str) -> Result<Operation, ()> {
        let (word, pointer) = text.split_once(' ').filter(|(_, pointer)| pointer.starts_with('/')).ok_or(())?;
        let pointer = pointer.to_owned();
        match word {
            "add" => Ok(Operation::Add(pointer)),
            "remove" => Ok(Operation::Remove(pointer)),
            "up" => Ok(Operation::Up(pointer)),
            "down" => Ok(Operation::Down(pointer)),
            _ => Err(()),
        }
    }
}

impl Form {
    /// Does it. Whether it could be done.
    pub fn apply(&self, answers: &mut TemplateAnswers, operation: &Operation, facts: &Facts) -> bool {
        let mut values = Value::Object(self.settled(answers, facts));
        let list = match operation {
            Operation::Add(list) => list.as_str(),
            Operation::Remove(item) | Operation::Up(item) | Operation::Down(item) => {
                item.rsplit_once('/').map_or("", |(list, _)| list)
            }
        };
        let item = |item: &str| item.rsplit_once('/').and_then(|(_, step)| place::index(step));
        let is_done = match operation {
            Operation::Add(_) => self.add(answers, &mut values, list),
            Operation::Remove(at) => item(at).is_some_and(|at| remove(answers, &mut values, list, at)),
            Operation::Up(at) => {
                item(at).and_then(|at| at.checked_sub(1)).is_some_and(|at| swap(answers, &mut values, list, at))
            }
            Operation::Down(at) => item(at).is_some_and(|at| swap(answers, &mut values, list, at)),
        };
        if is_done {
            answers.touched.insert(list.to_owned());
            answers.values = values.as_object_mut().map(std::mem::take).unwrap_or_default();
        }
        is_done
    }

    fn add(&self, answers: &TemplateAnswers, values: &mut Value, list: &str) -> bool {
        let mut new = None;
        let mut lists = std::collections::BTreeSet::new();
        for page in &self.pages {
            let plan = Form::plan(page, answers, values);
            let mut note = |plan: &Plan<'_>| {
                if let Shape::List(items) = &plan.shape {
                    lists.insert(plan.pointer.clone());
                    let has_room =
                        items.len() < ITEMS && (plan.layers.has_items() || items.len() < plan.layers.first_items());
                    if plan.pointer == list && has_room {
                        new = Some((items.len(), new_item(&plan.layers, items.len(), answers)));
                    }
                }
            };
            plan.fields.iter().for_each(|field| field.visit(&mut |plan| note(plan)));
        }
        let Some((at, item)) = new else { return false };
        place::put(values, &place::item(list, at), Some(item), &lists);
        true
    }
}

fn items<'v>(values: &'v mut Value, list: &str) -> Option<&'v mut Vec<Value>> {
    values.pointer_mut(list)?.as_array_mut()
}

fn remove(answers: &mut TemplateAnswers, values: &mut Value, list: &str, at: usize) -> bool {
    let Some(items) = items(values, list).filter(|items| at < items.len()) else { return false };
    items.remove(at);
    rename(answers, list, |index| match index.cmp(&at) {
        std::cmp::Ordering::Less => Some(index),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(index - 1),
    });
    true
}

fn swap(answers: &mut TemplateAnswers, values: &mut Value, list: &str, at: usize) -> bool {
    let Some(items) = items(values, list).filter(|items| at + 1 < items.len()) else { return false };
    items.swap(at, at + 1);
    rename(answers, list, |index| match index {
        index if index == at => Some(at + 1),
        index if index == at + 1 => Some(at),
        other => Some(other),
    });
    true
}

/// What is known of items goes with them.
fn rename(answers: &mut TemplateAnswers, list: &str, now: impl Fn(usize) -> Option<usize>) {
    let renamed = |place: &String| -> Option<String> {
        let Some(rest) = place.strip_prefix(list).and_then(|rest| rest.strip_prefix('/')) else {
            return Some(place.clone());
        };
        let end = rest.find(['/', '@']).unwrap_or(rest.len());
        let Some(index) = place::index(&rest[..end]) else { return Some(place.clone()) };
        now(index).map(|index| format!("{list}/{index}{}", &rest[end..]))
    };
    answers.touched = answers.touched.iter().filter_map(renamed).collect();
    answers.choices = answers.choices.iter().filter_map(|(name, taken)| Some((renamed(name)?, *taken))).collect();
}

/// Values as an object.
pub(crate) fn object(values: Value) -> Map<String, Value> {
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}
