//! What a source says of something that it could not take over, and whom that concerns.
//!
//! Rule: what is broken says little of itself with certainty, so everything but the place and the reason may be missing.

use portico_model::{EntityRef, owner_of, reference_of};

use crate::record::{Cause, ProblemRecord};

/// Whom a problem concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The entity, where it could be made out.
    pub entity: Option<EntityRef>,
    /// Who owns it by its own word.
    pub owner: Option<EntityRef>,
}

impl About {
    /// As a document says, however broken it is.
    pub fn document(value: &serde_json::Value) -> About {
        About { entity: reference_of(value), owner: owner_of(value) }
    }
}

/// Something that a source could not take over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether it was read and breaks a rule, rather than not read.
    pub refused: bool,
    /// As in [`Origin::file`].
    pub file: String,
    /// From 1; 0 where it is unknown.
    pub line: u32,
    /// From 1; 0 where it is unknown.
    pub column: u32,
    /// The place inside the document, as a JSON pointer.
    pub path: String,
    /// Whom it concerns.
    pub about: About,
    /// A page on which a person can read the file.
    pub url: Option<String>,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

impl From<ProblemRecord> for Report {
    fn from(record: ProblemRecord) -> Report {
        let named = |entity: Option<String>| entity.and_then(|entity| EntityRef::parse(&entity).ok());
        Report {
            refused: matches!(record.cause, Cause::Refused),
            file: record.file,
            line: record.line,
            column: record.column,
            path: record.path,
            about: About { entity: named(record.entity), owner: named(record.owner) },
            url: record.url,
            message: record.message,
        }
    }
}
