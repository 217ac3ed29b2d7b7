//! What is filled in by itself: defaults, only values, and the user where an owner is asked for.
//!
//! Rule: only what is not there is filled in, and nothing where somebody has changed the field: what is empty there is meant to be. A
//! value may bring a condition to hold that brings further fields, so it is done in rounds.

use portico_api_types::form::{self, Control};
use portico_api_types::template_form::TemplateAnswers;
use portico_model::Filter;
use serde_json::{Map, Value};

use crate::form::{Facts, Form};
use crate::layers::{Child, Layers};
use crate::limits::{DEFAULTS, ITEMS, ROUNDS};
use crate::node::Node;
use crate::operation::object;
use crate::picker::Picker;
use crate::place;
use crate::plan::is_choices;

impl Form {
    /// All values with what is filled in by itself.
    pub(crate) fn filled(&self, answers: &TemplateAnswers, facts: &Facts) -> Value {
        let mut values = Value::Object(answers.values.clone());
        self.fill(&mut values, answers, facts);
        values
    }

    fn fill(&self, values: &mut Value, answers: &TemplateAnswers, facts: &Facts) {
        let mut filling = Filling { answers, facts, budget: DEFAULTS, is_changed: true };
        for _ in 0..ROUNDS {
            if !std::mem::take(&mut filling.is_changed) {
                break;
            }
            for page in &self.pages {
                filling.object(&[&page.node], values, "", page.node.schema.get("default"));
            }
        }
    }

    /// The values to run a template with: with what is filled in by itself, and without what stands in a field that a condition took
    /// away. What no field was ever for stays.
    pub fn settled(&self, answers: &TemplateAnswers, facts: &Facts) -> Map<String, Value> {
        let mut values = Value::Object(answers.values.clone());
        let pages: Vec<&Node> = self.pages.iter().map(|page| &page.node).collect();
        for _ in 0..ROUNDS {
            self.fill(&mut values, answers, facts);
            // What goes may leave room for something else.
            if !prune(&pages, &mut values, answers, "") {
                break;
            }
        }
        object(values)
    }
}

struct Filling<'a> {
    answers: &'a TemplateAnswers,
    facts: &'a Facts,
    budget: usize,
    is_changed: bool,
}

impl Filling<'_> {
    fn object(&mut self, nodes: &[&Node], value: &mut Value, pointer: &str, inherited: Option<&Value>) {
        let layers = Layers::of(nodes, value, &self.answers.choices, pointer);
        let Value::Object(fields) = value else { return };
        for child in layers.children() {
            let pointer = place::below(pointer, child.name);
            let inherited = inherited.and_then(|inherited| inherited.get(child.name));
            match fields.get_mut(child.name) {
                Some(value) => {
                    if let Some(only) = self.other_than_fixed(&child, value) {
                        *value = only;
                    }
                    self.within(&child.nodes, value, &pointer, inherited);
                }
                None if self.answers.touched.contains(&pointer) => {}
                None => {
                    if let Some(value) = self.absent(&child, &pointer, inherited) {
                        self.is_changed = true;
                        fields.insert(child.name.to_owned(), value);
                    }
                }
            }
        }
    }

    /// The only value that there may be, where another one is left over from another alternative: nobody could change it.
    fn other_than_fixed(&mut self, child: &Child<'_>, value: &Value) -> Option<Value> {
        let is_fixed = child.is_required && child.nodes.iter().any(|node| node.schema.get("const").is_some());
        let layers = is_fixed.then(|| Layers::of(&child.nodes, &Value::Null, &self.answers.choices, ""))?;
        let schema = layers.merged();
        let fixed = schema.get("const").filter(|fixed| *fixed != value && **fixed != Value::Bool(true))?;
        self.is_changed = true;
        self.paid(fixed)
    }

    /// What is missing in what is there.
    fn within(&mut self, nodes: &[&Node], value: &mut Value, pointer: &str, inherited: Option<&Value>) {
        if value.is_object() {
            return self.object(nodes, value, pointer, inherited);
        }
        let layers = Layers::of(nodes, value, &self.answers.choices, pointer);
        match value {
            Value::Array(items) if items.len() <= ITEMS => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.within(&layers.item(at), item, &place::item(pointer, at), None);
                }
            }
            _ => {}
        }
    }

    /// What stands where nothing is.
    fn absent(&mut self, child: &Child<'_>, pointer: &str, inherited: Option<&Value>) -> Option<Value> {
        let layers = Layers::of(&child.nodes, &Value::Null, &self.answers.choices, pointer);
        let schema = layers.merged();
        let picker = Picker::of(&schema);
        if matches!(picker, Some(Picker::Secret)) {
            return None;
        }
        let default = inherited.or_else(|| schema.get("default")).filter(|default| !default.is_null());
        if let Some(default) = default {
            let mut value = self.paid(default)?;
            self.within(&child.nodes, &mut value, pointer, None);
            return Some(value);
        }
        if let Some(picker) = picker {
            return self.owner(&picker).filter(|_| child.is_required);
        }
        match form::Field::of("", &schema, child.is_required).control {
            Control::Fixed(value) => self.paid(&value),
            // A box that is not ticked looks as if it said no, so it does.
            Control::Truth if child.is_required => Some(Value::Bool(false)),
            _ if !layers.children().is_empty() => {
                let mut value = Value::Object(Map::new());
                self.object(&child.nodes, &mut value, pointer, None);
                let is_empty = value.as_object().is_none_or(Map::is_empty);
                (!is_empty || child.is_required).then_some(value)
            }
            _ => self.items(&layers, &schema, child.is_required),
        }
    }

    /// A list that has to have items begins with so many.
    fn items(&mut self, layers: &Layers<'_>, schema: &Value, is_required: bool) -> Option<Value> {
        let least = schema["minItems"]
            .as_u64()
            .and_then(|least| usize::try_from(least).ok())
            .filter(|least| *least <= ITEMS)?;
        if !is_required || least == 0 || !layers.has_items() || is_choices(schema) {
            return None;
        }
        let items: Option<Vec<Value>> = (0..least).map(|at| self.item(layers, at)).collect();
        items.map(Value::Array)
    }

    /// A new item of a list; null where there is nothing to begin with.
    fn item(&mut self, layers: &Layers<'_>, at: usize) -> Option<Value> {
        let item = Layers::of(&layers.item(at), &Value::Null, &self.answers.choices, "");
        let schema = item.merged();
        match schema.get("default") {
            Some(default) => self.paid(default),
            None if !item.children().is_empty() => self.paid(&Value::Object(Map::new())),
            None => self.paid(&Value::Null),
        }
    }

    fn owner(&self, picker: &Picker) -> Option<Value> {
        let Picker::Entities { offer, is_owner: true, .. } = picker else { return None };
        let user = self.facts.user.as_ref()?;
        let filter: Vec<&str> = offer.filter.iter().map(String::as_str).collect();
        let filter = Filter::from_query(&filter).ok()?;
        // Of the user nothing but the kind is known, so a filter that asks for more offers other users.
        let is_offered = match &filter {
            Filter::All(conditions) => conditions.iter().all(|condition| match condition {
                Filter::Equals(key, value) => key == "kind" && value == user.kind(),
                Filter::In(key, values) => key == "kind" && values.iter().any(|value| value == user.kind()),
                _ => false,
            }),
            _ => false,
        };
        (is_offered && !offer.is_several).then(|| Value::from(user.as_str()))
    }

    /// A value, while there is room for it.
    fn paid(&mut self, value: &Value) -> Option<Value> {
        self.budget = self.budget.checked_sub(weight(value))?;
        Some(value.clone())
    }
}

/// A new item of the list that these nodes are, as an `add` puts it there.
pub(crate) fn new_item(layers: &Layers<'_>, at: usize, answers: &TemplateAnswers) -> Value {
    let facts = Facts::default();
    let mut filling = Filling { answers, facts: &facts, budget: DEFAULTS, is_changed: false };
    filling.item(layers, at).unwrap_or(Value::Null)
}

fn weight(value: &Value) -> usize {
    16 + match value {
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + weight(value)).sum(),
        Value::String(text) => text.len(),
        _ => 0,
    }
}

/// Takes away what stands in fields that are not there now. Whether there was any.
fn prune(nodes: &[&Node], value: &mut Value, answers: &TemplateAnswers, pointer: &str) -> bool {
    let layers = Layers::of(nodes, value, &answers.choices, pointer);
    match value {
        Value::Object(fields) => {
            let children = layers.children();
            let is_there = |key: &String| children.iter().any(|child| child.name == key);
            let gone: Vec<String> = fields
                .keys()
                .filter(|key| !is_there(key) && nodes.iter().any(|node| node.declares(key)))
                .cloned()
                .collect();
            gone.iter().for_each(|key| drop(fields.shift_remove(key)));
            let mut is_changed = !gone.is_empty();
            for child in children {
                if let Some(value) = fields.get_mut(child.name) {
                    is_changed |= prune(&child.nodes, value, answers, &place::below(pointer, child.name));
                }
            }
            is_changed
        }
        Value::Array(items) => {
            let items = items.iter_mut().enumerate();
            items.fold(false, |is_changed, (at, item)| {
                prune(&layers.item(at), item, answers, &place::item(pointer, at)) || is_changed
            })
        }
        _ => false,
    }
}

impl Node {
    /// Whether the key is a field for some values.
    fn declares(&self, key: &str) -> bool {
        self.properties.iter().any(|(name, _)| name == key) || self.parts().any(|part| part.declares(key))
    }

    /// All nodes that may hold beside this one, for some values.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Node> {
        let branches = self.alternatives.iter().flat_map(|all| &all.branches).map(|branch| &branch.node);
        let needed = self.dependencies.iter().filter_map(|dependency| dependency.node.as_deref());
        let of_condition = self.condition.iter().flat_map(|condition| [&condition.then, &condition.otherwise]);
        self.all_of.iter().chain(branches).chain(needed).chain(of_condition.filter_map(|node| node.as_deref()))
    }
}
