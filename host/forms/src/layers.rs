//! What holds at a place for the values there: what is declared, and what conditions add.
//!
//! Rule: a later layer has the last word, as where forms of the field merge schemas. In an alternative, what tells it from others is no
//! word on the field that chooses it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::node::{Alternatives, Node};

/// Which alternatives were taken, by their names.
pub(crate) type Choices = BTreeMap<String, usize>;

/// Words whose meaning is in the layers already.
const STRUCTURE: [&str; 11] = [
    "properties",
    "required",
    "allOf",
    "if",
    "then",
    "else",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "definitions",
    "$defs",
];

/// What holds at a place.
pub(crate) struct Layers<'f> {
    layers: Vec<Layer<'f>>,
    /// Alternatives that somebody chooses between, and which one is taken.
    pub(crate) alternatives: Vec<(&'f Alternatives, usize)>,
    needs: Vec<&'f str>,
}

struct Layer<'f> {
    node: &'f Node,
    is_branch: bool,
}

/// A key below a place.
pub(crate) struct Child<'f> {
    pub(crate) name: &'f str,
    pub(crate) nodes: Vec<&'f Node>,
    pub(crate) is_required: bool,
}

impl<'f> Layers<'f> {
    /// What these nodes come to for a value.
    pub(crate) fn of(nodes: &[&'f Node], value: &Value, choices: &Choices, pointer: &str) -> Layers<'f> {
        let mut layers = Layers { layers: Vec::new(), alternatives: Vec::new(), needs: Vec::new() };
        for node in nodes {
            layers.push(node, false, value, choices, pointer);
        }
        layers
    }

    fn push(&mut self, node: &'f Node, is_branch: bool, value: &Value, choices: &Choices, pointer: &str) {
        self.layers.push(Layer { node, is_branch });
        for part in &node.all_of {
            self.push(part, is_branch, value, choices, pointer);
        }
        for alternatives in &node.alternatives {
            let taken = alternatives.taken(value, choices.get(&alternatives.name(pointer)).copied());
            if !alternatives.is_by_key {
                self.alternatives.push((alternatives, taken.unwrap_or(0)));
            }
            if let Some(branch) = taken.and_then(|taken| alternatives.branches.get(taken)) {
                self.push(&branch.node, true, value, choices, pointer);
            }
        }
        for dependency in node.dependencies.iter().filter(|dependency| value.get(&dependency.key).is_some()) {
            self.needs.extend(dependency.needs.iter().map(String::as_str));
            if let Some(node) = &dependency.node {
                self.push(node, is_branch, value, choices, pointer);
            }
        }
        if let Some(condition) = &node.condition {
            let holds = if condition.test.is_valid(value) { &condition.then } else { &condition.otherwise };
            if let Some(node) = holds {
                self.push(node, is_branch, value, choices, pointer);
            }
        }
    }

    /// One schema of all of them.
    pub(crate) fn merged(&self) -> Cow<'f, Value> {
        let [first, rest @ ..] = self.layers.as_slice() else { return Cow::Owned(Value::Object(Map::new())) };
        if rest.is_empty() {
            return Cow::Borrowed(&first.node.schema);
        }
        let words = first.node.schema.as_object().into_iter().flatten();
        let words = words.filter(|(word, _)| !STRUCTURE.contains(&word.as_str()));
        let mut merged: Map<String, Value> = words.map(|(word, value)| (word.clone(), value.clone())).collect();
        for layer in rest {
            for (word, value) in layer.node.schema.as_object().into_iter().flatten() {
                let is_title_of_branch = layer.is_branch && word == "title" && merged.contains_key(word);
                if !is_title_of_branch && !STRUCTURE.contains(&word.as_str()) {
                    merged.insert(word.clone(), value.clone());
                }
            }
        }
        if !self.alternatives.is_empty() {
            // What is taken of them is there already.
            merged.shift_remove("oneOf");
            merged.shift_remove("anyOf");
        }
        Cow::Owned(Value::Object(merged))
    }

    /// The keys below, in the order that they are shown in.
    pub(crate) fn children(&self) -> Vec<Child<'f>> {
        let mut children: Vec<Child<'f>> = Vec::new();
        for layer in &self.layers {
            for (name, node) in &layer.node.properties {
                match children.iter_mut().find(|child| child.name == name) {
                    Some(_) if layer.is_branch && is_mark(node) => {}
                    Some(child) => child.nodes.push(node),
                    None => children.push(Child { name, nodes: vec![node], is_required: false }),
                }
            }
        }
        for child in &mut children {
            let by_layer = || self.layers.iter().flat_map(|layer| &layer.node.required).map(String::as_str);
            child.is_required = by_layer().chain(self.needs.iter().copied()).any(|name| name == child.name);
        }
        self.ordered(children)
    }

    /// By `ui:order`, in which `*` stands for whatever it does not name; what it forgets comes last.
    fn ordered(&self, mut children: Vec<Child<'f>>) -> Vec<Child<'f>> {
        let orders =
            self.layers.iter().rev().filter_map(|layer| crate::words::hint(&layer.node.schema, "order")?.as_array());
        let Some(order) = orders.into_iter().next() else { return children };
        let at = |name: &str| order.iter().position(|one| one == name);
        let rest = at("*").unwrap_or(order.len());
        children.sort_by_key(|child| at(child.name).unwrap_or(rest));
        children
    }

    /// What the item of a list is.
    pub(crate) fn item(&self, index: usize) -> Vec<&'f Node> {
        let of_layer = |layer: &Layer<'f>| layer.node.first_items.get(index).or(layer.node.items.as_deref());
        self.layers.iter().filter_map(of_layer).collect()
    }

    /// How many items have a shape and a place of their own.
    pub(crate) fn first_items(&self) -> usize {
        self.layers.iter().map(|layer| layer.node.first_items.len()).max().unwrap_or(0)
    }

    /// Whether there may be items beyond those.
    pub(crate) fn has_items(&self) -> bool {
        self.layers.iter().any(|layer| layer.node.items.is_some())
    }
}

/// Whether a property of an alternative says which values choose it.
fn is_mark(node: &Node) -> bool {
    node.schema.get("const").is_some() || node.schema.get("enum").is_some()
}
