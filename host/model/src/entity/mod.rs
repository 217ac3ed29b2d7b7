//! Entities: documents that keep the rules.
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

use serde_json::Value;

use crate::kind::{Kind, RelationField};
use crate::reference::{DEFAULT_NAMESPACE, EntityRef};

pub use violation::{Rule, Violation};

/// A document that keeps the rules of its kind.
#[derive(Clone, Debug)]
pub struct Entity {
    value: Value,
    reference: EntityRef,
    kind: &'static Kind,
    /// What its fields point at, found while judging.
    targets: Vec<(&'static RelationField, EntityRef)>,
}

/// A directed, named connection between two entities. The other end need not exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// The entity on which the relation shows.
    pub from: EntityRef,
    /// Such as `ownedBy`.
    pub relation: &'static str,
    /// What it leads to.
    pub to: EntityRef,
}

impl Entity {
    /// Judges a document. An entity has its `metadata.namespace` filled in and its lists of references sorted; all else
    /// stays as the author wrote it.
    pub fn from_value(value: Value) -> Result<Entity, Vec<Violation>> {
        let mut violations = Vec::new();
        envelope::check(&value, &mut violations);
        let recognised = recognise::kind_of(&value, &mut violations);
        let mut targets = Vec::new();
        if let Some(kind) = recognised {
            shape::check_spec(kind, &value, &mut violations);
            targets = references::targets(kind, &value, &mut violations);
        }
        match (recognised, reference_of(&value)) {
            (Some(kind), Some(reference)) if violations.is_empty() => {
                let mut entity = Entity { value, reference, kind, targets };
                entity.fill_in_namespace();
                references::sort(entity.kind, &mut entity.value);
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
        self.kind.name
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
        let mut relations = Vec::with_capacity(self.targets.len() * 2);
        for (field, target) in &self.targets {
            let (this, target) = (self.reference.clone(), target.clone());
            relations.push(Relation { from: this.clone(), relation: field.relation, to: target.clone() });
            relations.push(Relation { from: target, relation: field.inverse, to: this });
        }
        relations.sort_unstable();
        relations.dedup();
        relations
    }

    fn fill_in_namespace(&mut self) {
        if let Some(Value::Object(metadata)) = self.value.get_mut("metadata")
            && !metadata.contains_key("namespace")
        {
            metadata.insert("namespace".to_owned(), Value::from(DEFAULT_NAMESPACE));
        }
    }
}

/// The reference of a document, as well as it can be made out; for naming what was refused.
pub fn reference_of(value: &Value) -> Option<EntityRef> {
    let kind = value.get("kind")?.as_str()?;
    let metadata = value.get("metadata")?;
    let namespace = metadata.get("namespace").and_then(Value::as_str).unwrap_or(DEFAULT_NAMESPACE);
    EntityRef::new(kind, namespace, metadata.get("name")?.as_str()?).ok()
}
