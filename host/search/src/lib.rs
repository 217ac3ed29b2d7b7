//! Full-text search: words find entities by name, title, tags and type, and by what is said about them at length, as one types and
//! with a slip of the finger.
//!
//! Rule: the index is a shadow of the catalog. It is made of the change log by number, holds nothing that cannot be made again,
//! and is made again whenever it does not fit the catalog.
//!
//! Not here: filters, which the catalog answers from its own indexes in the state that is read.

mod beginning;
mod follow;
mod index;
mod question;
mod said;
mod stand;

pub use follow::Search;
pub use index::SearchError;
