//! The vocabulary of the portal: entities, references, kinds, relations, and the questions asked of them.
//!
//! Rule: pure functions over values. Text comes in, documents, violations and rows come out; the same input gives the
//! same answer everywhere, in the host as in a browser or a plugin's sandbox.
//!
//! Not here: reading files, resolving placeholders, storing anything, and every decision about who may do what.
//!
//! The way of a descriptor: [`parse_documents`] makes values with positions out of text, [`Entity::judge`] judges
//! one value and either names all that is wrong with it or knows its [`EntityRef`] and [`Relation`]s, and [`rows`]
//! makes the final entity findable by a [`Filter`].

mod entity;
mod fields;
mod filter;
pub mod format;
mod kind;
mod location;
mod object;
mod reference;
mod rows;
mod text;
mod yaml;

pub use entity::{Entity, Relation, Rule, Violation, owner_of, reference_in, reference_of, relations_of};
pub use fields::{Fields, FieldsError};
pub use filter::{Asker, Comparison, Filter, FilterError, Operand, QueryError, WORD_FIELDS, number};
pub use kind::{Field, Kind, Kinds, KindsError, Others, RelationField, Shape, Spec, SpecRule, TypeRule};
pub use location::{
    EDIT_URL, LocationError, LocationRef, MANAGED_BY_LOCATION, MANAGED_BY_ORIGIN_LOCATION, ORPHAN, SOURCE_LOCATION,
    VIEW_URL, is_script_url,
};
pub use reference::{DEFAULT_NAMESPACE, EntityRef, RefError};
pub use rows::{Row, Rows, rows};
pub use text::{found, lower, shown};
pub use yaml::{Document, MAX_TEXT, Position, YamlError, parse_documents};

/// Counts up whenever the same document could be judged, derived or indexed differently than before, so that whoever
/// keeps results knows when to make them anew.
pub const RULES_VERSION: u32 = 1;
