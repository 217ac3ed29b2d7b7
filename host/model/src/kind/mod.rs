//! Kinds: what sorts of entities there are, as data.
//!
//! Rule: a kind is data. What its `spec` may hold is a [`Spec`], which of its fields point at other entities is a list of
//! [`RelationField`]s, and one piece of code judges every kind by it, whether it is built in or a company's own. Nothing
//! elsewhere asks for a kind by name.

mod registry;
mod table;
mod template;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

pub use registry::{Kinds, KindsError};

/// One kind of entity.
#[derive(Clone, Debug)]
pub struct Kind {
    /// As documents write it: `Component`.
    pub name: String,
    /// As addresses write it: `components`.
    pub plural: String,
    /// For one of them, to people.
    pub title: String,
    /// For several, to people.
    pub title_plural: String,
    /// One sentence on what it stands for.
    pub description: String,
    /// The `apiVersion`s that documents may name.
    pub api_versions: Vec<String>,
    /// What `spec` holds.
    pub spec: Spec,
    /// The fields that point at other entities.
    pub relations: Vec<RelationField>,
}

/// What the `spec` of a kind holds. Further keys are allowed unless a rule forbids them.
#[derive(Clone)]
pub enum Spec {
    /// What a table says.
    Fields {
        /// The fields of every one.
        fields: &'static [Field],
        /// What it holds besides when `spec.type` has a certain value.
        by_type: Vec<TypeRule>,
    },
    /// What a rule says that comes with the kind.
    Rule(Arc<dyn SpecRule>),
}

/// Judges a `spec`.
pub trait SpecRule: Send + Sync {
    /// What is wrong: the place inside the spec as a JSON pointer, and a sentence.
    fn check(&self, spec: &Value) -> Vec<(String, String)>;
}

impl fmt::Debug for Spec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spec::Fields { fields, by_type } => {
                formatter.debug_struct("Fields").field("fields", fields).field("by_type", by_type).finish()
            }
            Spec::Rule(_) => formatter.write_str("Rule"),
        }
    }
}

/// One key of a mapping.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What stands there.
    pub shape: Shape,
    /// Whether the mapping has to have it.
    pub required: bool,
    /// Something that could stand there, for advice.
    pub example: &'static str,
}

/// What may stand at a place of a document.
#[derive(Debug)]
pub enum Shape {
    /// Any text.
    Text,
    /// A text of at least one character.
    FilledText,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of at least `least` items.
    List {
        /// What each item is.
        of: &'static Shape,
        /// The fewest items.
        least: usize,
    },
    /// A mapping.
    Mapping {
        /// The keys that are known.
        fields: &'static [Field],
        /// What stands under the keys that are not; none if anything may.
        others: Option<&'static Shape>,
    },
    /// Any of these, which differ in their sort (text, list, mapping …).
    AnyOf(&'static [Shape]),
}

/// Fields and relations that come with a value of `spec.type`.
#[derive(Clone, Debug)]
pub struct TypeRule {
    /// The value of `spec.type`.
    pub spec_type: &'static str,
    /// Further fields.
    pub fields: &'static [Field],
    /// Further relations.
    pub relations: Vec<RelationField>,
    /// A required field that these fields stand in for: either it is there, or they are.
    pub instead_of: Option<&'static str>,
}

/// A field of `spec` whose texts name other entities.
#[derive(Clone, Debug)]
pub struct RelationField {
    /// Where it stands in `spec`, with dots between: `owner`, `placement.region`. Lists on the way are walked through.
    pub path: String,
    /// The relation from the entity to what it names.
    pub relation: Arc<str>,
    /// The relation back.
    pub inverse: Arc<str>,
    /// The kind of a reference that names none, in lower case; none if it has to.
    pub default_kind: Option<String>,
    /// The kinds that make a relation, in lower case; any if empty.
    pub targets: Vec<String>,
    /// What becomes of a reference to an entity of another kind.
    pub others: Others,
    /// Whether there may be several.
    pub many: bool,
    /// Whether there has to be one.
    pub required: bool,
}

/// What becomes of a reference to an entity of a kind that a field does not point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// It stays a text and makes no relation.
    Kept,
    /// It is refused.
    Refused,
}

impl Kind {
    /// The rule for this value of `spec.type`.
    pub(crate) fn type_rule(&self, spec_type: Option<&str>) -> Option<&TypeRule> {
        let Spec::Fields { by_type, .. } = &self.spec else { return None };
        by_type.iter().find(|rule| Some(rule.spec_type) == spec_type)
    }

    /// Every field that can point at other entities, whatever an entity's type.
    pub fn all_relations(&self) -> impl Iterator<Item = &RelationField> {
        let by_type = match &self.spec {
            Spec::Fields { by_type, .. } => by_type.as_slice(),
            Spec::Rule(_) => &[],
        };
        self.relations.iter().chain(by_type.iter().flat_map(|rule| &rule.relations))
    }

    /// "a Component", "an API".
    pub(crate) fn one(&self) -> String {
        let article = if self.name.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
        format!("{article} {}", self.name)
    }
}

const fn required(name: &'static str, shape: Shape, example: &'static str) -> Field {
    Field { name, shape, required: true, example }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false, example: "" }
}

/// A mapping with these fields and any others.
const fn mapping(fields: &'static [Field]) -> Shape {
    Shape::Mapping { fields, others: None }
}

/// A list of any length.
const fn list(of: &'static Shape) -> Shape {
    Shape::List { of, least: 0 }
}
