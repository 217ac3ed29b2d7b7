//! Forms of software templates: what `spec.parameters` asks for, for values that somebody has filled in so far.
//!
//! Rule: pure. The schema is the law ([`Form::check`]); everything else is a courtesy that follows from it. A template is hostile, and so
//! is what is filled in: what a form may cost is bounded when it is parsed ([`limits`]), by the bounds of all schemas that others wrote.
//! Secrets ([`Form::split`]) are in no sentence, in nothing that is drawn, and in no `Debug`.
//!
//! Not here: how fields look (`frontend`), which entities a picker offers (the catalog is asked, by the filter that the field carries),
//! what is done with the values.
//!
//! Parameters are an object or a list of pages, in draft-07 of JSON Schema with `ui:` hints, as Backstage's scaffolder has them. Each page
//! is compiled once ([`Form::parse`]): its references are filled in, and what of it depends on values is compiled by itself (`node`).
//! For values, a place of the form has layers (`layers`): what is declared there, and what conditions add. Fields are drawn of these
//! (`state`), and texts are read as what the fields say (`read`).
//!
//! # What differs from Backstage
//!
//! | what | Backstage | here |
//! |---|---|---|
//! | a schema that refers to itself | works | refused: spell out as many levels as there are |
//! | patterns with look-around and back references | works, for ever if it likes | refused |
//! | `backstage:featureFlag`, `backstage:permissions` | hides pages and fields | a remark on the field |
//! | a required OwnerPicker without a default | empty | the user who is signed in, where users are offered |
//! | what is filled in and then hidden by a condition | is sent | is left out ([`Form::settled`]) |
//! | keys of objects that the schema does not name (`additionalProperties`) | are added one by one | written as JSON |
//! | fields that the portal does not know | an error | the plain field, with a remark |

mod alternatives;
mod autocomplete;
mod check;
mod draw;
mod error;
mod fill;
mod filter;
mod form;
mod layers;
pub mod limits;
mod node;
mod operation;
mod picker;
mod place;
mod plan;
mod read;
mod repository;
mod rest;
mod review;
mod secrets;
mod sentence;
mod state;
mod words;

pub use check::{Fault, SchemaError};
pub use error::FormError;
pub use form::{Facts, Form};
pub use operation::Operation;
pub use read::Read;
pub use rest::{ParameterSchema, ParameterStep};
pub use secrets::{Secrets, Split};
