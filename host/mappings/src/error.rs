//! What is wrong with a mapping.

use portico_api_types::MappingFault;

/// One thing that is wrong with a mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}{}", if .object.is_empty() { String::new() } else { format!(" (objects of kind `{}`)", .object) })]
pub struct MappingError {
    /// Where: `mappings[2].entity.spec.status`; `mappings` for all of them.
    pub place: String,
    /// The kind of object that the mapping is for; empty for all of them.
    pub object: String,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

impl From<MappingError> for MappingFault {
    fn from(error: MappingError) -> MappingFault {
        MappingFault { place: error.place, object: error.object, message: error.message }
    }
}
