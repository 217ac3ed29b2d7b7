//! What expressions came to is put into the shape that the mapping has.
//!
//! Rule: what may not stand at a place is left out and said; an entity without its name is not made at all.

use std::sync::Arc;

use portico_model::{DEFAULT_NAMESPACE, EntityRef, format, is_script_url};
use serde_json::{Map, Value, json};

use crate::mapping::{Entity, Facts, Leaf, Mapping};
use crate::name;
use crate::program::Came;
use crate::references;
use crate::say::{About, Problems};
use crate::template::filled;

/// What an object makes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// Entities, in the order of the mappings.
    pub entities: Vec<MadeEntity>,
    /// Facts, in the order of the mappings.
    pub facts: Vec<MadeFacts>,
    /// What was left out, and why, in sentences.
    pub problems: Vec<String>,
}

/// An entity that an object makes.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeEntity {
    /// The whole document.
    pub document: Value,
    /// The name of the place that it comes from, the same for each object of the name: `service/P123`.
    pub file: String,
    /// The page on which a person can read the object.
    pub url: Option<String>,
}

/// Facts that an object attaches to an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeFacts {
    /// The entity.
    pub about: EntityRef,
    /// What is attached to it; one object for all entities that it is about.
    pub facts: Arc<Map<String, Value>>,
}

/// The making of one item.
pub(crate) struct Making<'a> {
    pub(crate) leaves: &'a [Leaf],
    pub(crate) came: &'a [Came],
    pub(crate) about: About<'a>,
    pub(crate) problems: &'a mut Problems,
}

/// The name of an entity that is made, and its namespace if it is said.
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
}

impl Identity {
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE)
    }
}

/// Makes what a mapping makes of one item.
pub(crate) fn item(mapping: &Mapping, making: &mut Making<'_>, made: &mut Made) {
    if let Some(entity) = &mapping.entity {
        made.entities.extend(making.entity(entity, &mapping.object));
    }
    if let Some(facts) = &mapping.facts {
        making.facts(facts, &mut made.facts);
    }
}

impl<'a> Making<'a> {
    /// What an expression came to, if it came to something.
    pub(crate) fn value(&mut self, leaf: usize) -> Option<&'a Value> {
        match self.came.get(leaf) {
            Some(Came::To(value)) => Some(value),
            Some(Came::Failed(reason)) => {
                self.problems.add(self.about.failed(&self.leaves[leaf].place, reason));
                None
            }
            Some(Came::Nothing) | None => None,
        }
    }

    /// Says that an expression came to what cannot stand there.
    pub(crate) fn wrong(&mut self, leaf: usize, value: &Value, advice: &str) {
        self.problems.add(self.about.came(&self.leaves[leaf].place, value, advice));
    }

    /// Says more of what an expression came to.
    pub(crate) fn say(&mut self, leaf: usize, what: &str) {
        self.problems.add(format!("`{}` {what}, for {}", self.leaves[leaf].place, self.about.object()));
    }

    /// A text; tools write an empty one where they have none.
    pub(crate) fn text(&mut self, leaf: usize) -> Option<String> {
        let value = self.value(leaf)?;
        let text = scalar(value);
        if text.is_none() {
            self.wrong(leaf, value, "it is left out: yield a text");
        }
        text.filter(|text| !text.is_empty())
    }

    /// What an entity is called. None is made where it is not known.
    pub(crate) fn identity(&mut self, entity: &Entity) -> Option<Identity> {
        let namespace = match entity.namespace {
            None => None,
            Some(leaf) if matches!(self.came.get(leaf), Some(Came::Nothing)) => None,
            Some(leaf) => {
                let value = self.value(leaf)?;
                match value.as_str() {
                    Some("") => None,
                    text => Some(self.valid(leaf, value, text.and_then(name::namespace))?),
                }
            }
        };
        let leaf = entity.name;
        let value = match self.came.get(leaf) {
            Some(Came::Nothing) | None => &Value::Null,
            Some(_) => self.value(leaf)?,
        };
        let valid = match value {
            Value::String(text) => name::name(text),
            Value::Number(number) if number.is_i64() || number.is_u64() => name::name(&number.to_string()),
            _ => None,
        };
        Some(Identity { name: self.valid(leaf, value, valid)?, namespace })
    }

    fn valid(&mut self, leaf: usize, value: &Value, valid: Option<String>) -> Option<String> {
        if valid.is_none() {
            let advice = "nothing is made of it: yield what every one of them has, a text with letters or digits of ASCII, such as `.id`";
            self.wrong(leaf, value, advice);
        }
        valid
    }

    fn entity(&mut self, entity: &Entity, object: &str) -> Option<MadeEntity> {
        let identity = self.identity(entity)?;
        let metadata = entity.metadata.make(&identity, self);
        let mut spec = filled(&entity.spec, self);
        for relation in &entity.relations {
            relation.write(&mut spec, identity.namespace(), self);
        }
        let url = entity.url.and_then(|leaf| self.url(leaf));
        let file = match &identity.namespace {
            Some(namespace) => format!("{object}/{namespace}/{}", identity.name),
            None => format!("{object}/{}", identity.name),
        };
        let document = json!({
            "apiVersion": entity.api_version, "kind": entity.kind, "metadata": metadata, "spec": spec,
        });
        Some(MadeEntity { document, file, url })
    }

    fn url(&mut self, leaf: usize) -> Option<String> {
        let text = self.text(leaf)?;
        if format::is_url(&text) && !is_script_url(&text) {
            return Some(text);
        }
        self.wrong(leaf, &Value::String(text), "it is left out: yield a whole address, such as `https://host/path`");
        None
    }

    /// The entities that facts are about.
    pub(crate) fn facts_about(&mut self, facts: &Facts) -> Vec<EntityRef> {
        let Some(value) = self.value(facts.about) else { return Vec::new() };
        let mut all: Vec<EntityRef> = Vec::new();
        for one in self.listed(facts.about, value) {
            match references::read(one, Some("component"), DEFAULT_NAMESPACE) {
                Ok(reference) if all.contains(&reference) => {}
                Ok(reference) => all.push(reference),
                Err(reason) => self.say(facts.about, &format!("names no entity: {reason}")),
            }
        }
        all
    }

    /// The references in a value; none, and a sentence, where there are too many.
    pub(crate) fn listed(&mut self, leaf: usize, value: &'a Value) -> Vec<&'a Value> {
        let listed = references::listed(value);
        if listed.len() > references::MOST {
            let (count, most) = (listed.len(), references::MOST);
            self.say(leaf, &format!("names {count} entities, and at most {most} are taken: it is left out"));
            return Vec::new();
        }
        listed
    }

    fn facts(&mut self, facts: &Facts, made: &mut Vec<MadeFacts>) {
        let about = self.facts_about(facts);
        if about.is_empty() {
            return;
        }
        let values = Arc::new(filled(&facts.values, self));
        if !values.is_empty() {
            made.extend(about.into_iter().map(|about| MadeFacts { about, facts: values.clone() }));
        }
    }
}

/// A text, a number or a truth value as a text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
