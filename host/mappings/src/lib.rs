//! Mappings: a tool's raw objects become entities and facts, by declarations whose leaves are jq expressions.
//!
//! Rule: pure, and a mapping can only store what it names. The kind of an entity, its keys and its relations stand in the
//! declaration; expressions fill in values, and what they come to is held against what may stand there. A declaration is hostile
//! until it is in [`Mappings`], an object always is: what either may cost is bounded here and by whoever evaluates.
//!
//! Not here: files, storage, rights, and whether a document is a good one of its kind. [`portico_model::Entity::judge`] says that.
//!
//! The way of an object: all expressions of a mapping are one program, so an object costs one evaluation for each mapping. What its
//! leaves came to is put into the mapping's shape here, in the host, so that a program cannot choose a key.
//!
//! Over what expressions are: the object, `.name`; with `each`, a pair of the value and the object that holds it, `.item.name` and
//! `.object.name`. `when` and `each` are over the object.
//!
//! What is made of names that are none: every run of characters that a name may not have becomes one `-`, which ends neither the
//! name nor begins it. Of more than 63 characters the first ones stay, with a hash of the whole. References are made valid in the
//! same way, so that one to a name leads where the name went.
//!
//! A part that came to nothing that may stand there is left out, with a sentence; without its name, nothing is made.

mod error;
mod explain;
mod make;
mod mapping;
mod mappings;
mod metadata;
mod name;
mod names;
mod place;
mod program;
mod read;
mod references;
mod relation;
mod say;
mod template;

pub use error::MappingError;
pub use make::{Made, MadeEntity, MadeFacts};
pub use mappings::{Mappings, override_with};
pub use names::Names;
