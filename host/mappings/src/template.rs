//! The shape of what is made: nested keys, with expressions and constants at their ends.

use serde_json::{Map, Value};

use crate::make::Making;

/// What a value is made of.
#[derive(Debug)]
pub(crate) enum Template {
    /// What the expression of this index came to.
    Leaf(usize),
    /// A constant.
    Constant(Value),
    /// A mapping.
    Mapping(Fields),
}

/// Keys, and what stands under them.
pub(crate) type Fields = Vec<(String, Template)>;

impl Template {
    /// The value, if there is one: null is none, and neither is a mapping in which nothing is left.
    fn value(&self, making: &mut Making<'_>) -> Option<Value> {
        match self {
            Template::Leaf(leaf) => making.value(*leaf).cloned(),
            Template::Constant(value) => Some(value.clone()).filter(|value| !value.is_null()),
            Template::Mapping(fields) => Some(filled(fields, making)).filter(|map| !map.is_empty()).map(Value::Object),
        }
    }
}

/// The mapping that fields make.
pub(crate) fn filled(fields: &Fields, making: &mut Making<'_>) -> Map<String, Value> {
    let values = fields.iter().filter_map(|(key, template)| Some((key.clone(), template.value(making)?)));
    values.collect()
}

/// Where a path of keys meets something that is written there already: at its end or on its way.
pub(crate) fn is_taken(fields: &Fields, path: &str) -> bool {
    let (key, below) = path.split_once('.').unwrap_or((path, ""));
    match fields.iter().find(|(name, _)| name == key) {
        None => false,
        Some((_, Template::Mapping(fields))) if !below.is_empty() => is_taken(fields, below),
        Some(_) => true,
    }
}
