//! Kinds: what sorts of entities there are, as data.
//!
//! Rule: a kind is a row of a table. What its `spec` may hold is a [`Shape`], which of its fields point at other
//! entities is a list of [`RelationField`]s, and one piece of code judges every kind by its row. Nothing elsewhere asks
//! for a kind by name.

mod table;
mod template;

/// One kind of entity.
#[derive(Debug)]
pub struct Kind {
    /// As documents write it: `Component`.
    pub name: &'static str,
    /// As addresses write it: `components`.
    pub plural: &'static str,
    /// For one of them, to people.
    pub title: &'static str,
    /// For several, to people.
    pub title_plural: &'static str,
    /// One sentence on what it stands for.
    pub description: &'static str,
    /// The `apiVersion`s that documents may name.
    pub api_versions: &'static [&'static str],
    /// What `spec` holds. Further keys are allowed.
    pub fields: &'static [Field],
    /// What `spec` holds besides when `spec.type` has a certain value.
    pub by_type: &'static [TypeRule],
    /// The fields that point at other entities.
    pub relations: &'static [RelationField],
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
#[derive(Debug)]
pub struct TypeRule {
    /// The value of `spec.type`.
    pub spec_type: &'static str,
    /// Further fields.
    pub fields: &'static [Field],
    /// Further relations.
    pub relations: &'static [RelationField],
    /// A required field that these fields stand in for: either it is there, or they are.
    pub instead_of: Option<&'static str>,
}

/// A field of `spec` whose texts name other entities.
#[derive(Debug)]
pub struct RelationField {
    /// The key in `spec`; its value is one reference or a list of them.
    pub field: &'static str,
    /// The relation from the entity to what it names.
    pub relation: &'static str,
    /// The relation back.
    pub inverse: &'static str,
    /// The kind of a reference that names none; none if it has to.
    pub default_kind: Option<&'static str>,
    /// The kinds that make a relation, in lower case; any if empty. References to others are kept as text only.
    pub targets: &'static [&'static str],
}

/// All kinds that are built in, in the order in which people list them.
pub fn kinds() -> &'static [Kind] {
    table::KINDS
}

/// The kind with exactly this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.name == name)
}

impl Kind {
    /// The rule for this value of `spec.type`.
    pub(crate) fn type_rule(&self, spec_type: Option<&str>) -> Option<&'static TypeRule> {
        self.by_type.iter().find(|rule| Some(rule.spec_type) == spec_type)
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
