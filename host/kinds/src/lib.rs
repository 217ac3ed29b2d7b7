//! Kinds as data: what a company or a plugin declares becomes kinds that documents are judged by, and properties that are
//! derived for their entities.
//!
//! Rule: pure. Declarations come in, a [`Registry`] or a sentence comes out; what it needs to know of other entities it asks a
//! [`World`]. A declaration is hostile until it is in a registry: every limit on what it may cost later is held against it here.
//!
//! Not here: files, routes, storage.

mod declare;
mod derive;
mod editor;
mod error;
mod property;
mod registry;
mod schema;

pub use derive::{Derived, World};
pub use editor::{document_schema, every_schema};
pub use error::DeclarationError;
pub use property::{Expressions, LONGEST_EXPRESSION};
pub use registry::{Declared, Registry};
pub use schema::Schema;
