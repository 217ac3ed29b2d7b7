//! Entities: documents that keep the rules of a portal's kinds.
//!
//! Rule: an [`Entity`] cannot be made without being judged, so whoever holds one need not ask again: its reference
//! exists, its kind is known, each reference in it can be read. Whoever is refused hears everything that is wrong, not
//! the first thing only.

mod envelope;
mod path;
mod recognise;
mod references;
mod shape;
mod violation;

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::kind::{Kind, Kinds};
use crate::object::{member, text};
use crate::reference::{DEFAULT_NAMESPACE, EntityRef};

use references::Target;

pub use violation::{Rule, Violation};

/// A document that keeps the rules of its kind.
#[derive(Clone, Debug)]
pub struct Entity {
    value: Value,
    reference: EntityRef,
    kind: Arc<Kind>,
    /// What its fields point at, found while judging.
    targets: Vec<Target>,
}

/// A directed, named connection between two entities. The other end need not exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// The entity on which the relation shows.
    pub from: EntityRef,
    /// Such as `ownedBy`.
    pub relation: Arc<str>,
    /// What it leads to.
    pub to: EntityRef,
}

impl Entity {
    /// Judges a document by these kinds. An entity has its `metadata.namespace` filled in and its lists of references
    /// sorted; all else stays as the author wrote it.
    pub fn judge(value: Value, kinds: &Kinds) -> Result<Entity, Vec<Violation>> {
        let mut violations = Vec::new();
        envelope::check(&value, kinds, &mut violations);
        let recognised = recognise::kind_of(&value, kinds, &mut violations);
        let mut targets = Vec::new();
        if let Some(kind) = recognised {
            shape::check_spec(kind, &value, &mut violations);
            targets = references::targets(kind, &value, &mut violations);
        }
        match (recognised, reference_of(&value)) {
            (Some(kind), Some(reference)) if violations.is_empty() => {
                let mut entity = Entity { value, reference, kind: kind.clone(), targets };
                entity.fill_in_namespace();
                references::sort(&entity.kind, &mut entity.value);
                Ok(entity)
            }
            _ => Err(violations),
        }
    }

    /// Its name in the catalog.
    pub fn reference(&self) -> &EntityRef {
        &self.reference
    }

    /// Its kind, as documents write it.
    pub fn kind(&self) -> &str {
        &self.kind.name
    }

    /// The document.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document, when the rest is no longer needed.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// The relations that this entity makes: from itself to what it names and, for each, the one back. Sorted, each
    /// once.
    pub fn relations(&self) -> Vec<Relation> {
        relations_between(&self.reference, &self.targets)
    }

    fn fill_in_namespace(&mut self) {
        if let Some(Value::Object(metadata)) = self.value.get_mut("metadata")
            && !metadata.contains_key("namespace")
        {
            metadata.insert("namespace".to_owned(), Value::from(DEFAULT_NAMESPACE));
        }
    }
}

/// The relations that a document makes by these kinds, as well as they can be made out: it may have been found good by other rules.
pub fn relations_of(value: &Value, kinds: &Kinds) -> Vec<Relation> {
    let kind = text(value, "kind").and_then(|name| kinds.get(name));
    let (Some(kind), Some(reference)) = (kind, reference_of(value)) else { return Vec::new() };
    relations_between(&reference, &references::targets(kind, value, &mut Vec::new()))
}

fn relations_between(reference: &EntityRef, targets: &[Target]) -> Vec<Relation> {
    let mut relations = Vec::with_capacity(targets.len() * 2);
    for target in targets {
        let (this, that) = (reference.clone(), target.reference.clone());
        relations.push(Relation { from: this.clone(), relation: target.relation.clone(), to: that.clone() });
        relations.push(Relation { from: that, relation: target.inverse.clone(), to: this });
    }
    relations.sort_unstable();
    relations.dedup();
    relations
}

/// The reference of a document, as well as it can be made out; for naming what was refused.
pub fn reference_of(value: &Value) -> Option<EntityRef> {
    let (kind, metadata) = (text(value, "kind")?, member(value, "metadata")?);
    let namespace = text(metadata, "namespace").unwrap_or(DEFAULT_NAMESPACE);
    EntityRef::new(kind, namespace, text(metadata, "name")?).ok()
}

/// As much of a document as names it.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    metadata: NamedMetadata<'a>,
}

#[derive(Deserialize)]
struct NamedMetadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Option<Cow<'a, str>>,
}

/// The reference of a document that is JSON text, without reading more of it than that. None where it cannot be made out.
pub fn reference_in(document: &str) -> Option<EntityRef> {
    let Named { kind, metadata } = serde_json::from_str(document).ok()?;
    EntityRef::new(&kind, metadata.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE), &metadata.name).ok()
}

/// The owner that a document names, as well as it can be made out; for telling them what was refused.
pub fn owner_of(value: &Value) -> Option<EntityRef> {
    let namespace = value.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or(DEFAULT_NAMESPACE);
    EntityRef::parse_with(value.pointer("/spec/owner")?.as_str()?, Some("group"), namespace).ok()
}
