//! Problems: what could not be taken into the catalog, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that could not be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The source it came from, see `Source::id`.
    pub source_id: u32,
    /// The source's plugin.
    pub plugin: String,
    /// The source's scope.
    pub scope: String,
    /// What kind of problem.
    pub cause: ProblemCause,
    /// The file inside the scope.
    pub file: String,
    /// From 1; 0 where it is unknown.
    pub line: u32,
    /// From 1; 0 where it is unknown.
    pub column: u32,
    /// The place inside the document as a JSON pointer; empty for the whole document.
    pub path: String,
    /// The entity concerned, as `kind:namespace/name`, where it could be made out.
    pub entity: Option<String>,
    /// Who owns it by its own word, as `kind:namespace/name`, where that could be made out of what was not taken.
    pub owner: Option<String>,
    /// A page on which a person can read the file.
    pub url: Option<String>,
    /// What was found, what is allowed, what to do.
    pub message: String,
    /// When it was first seen.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub first_seen: Timestamp,
    /// When it was last seen.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub last_seen: Timestamp,
}

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ProblemCause {
    /// The plugin could not read the file.
    Unreadable,
    /// The document breaks a rule of the catalog.
    Refused,
    /// Another source claimed the entity first.
    Conflict,
    /// A reference leads to an entity that is not in the catalog.
    Dangling,
    /// The document was taken, and whoever processes its kind has something to say of it.
    Warned,
}

/// A list of problems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problems {
    /// Sorted by source, file and line.
    pub items: Vec<Problem>,
}
