//! The bin: entities that were removed, and can come back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An entity that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BinEntry {
    /// As `kind:namespace/name`.
    pub entity_ref: String,
    /// The plugin that said it last.
    pub plugin: String,
    /// The part of the plugin's data.
    pub scope: String,
    /// The file that it came from.
    pub file: String,
    /// The line at which it began.
    pub line: u32,
    /// A page on which a person could read the file.
    pub url: Option<String>,
    /// When it was removed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub removed_at: Timestamp,
}

/// What is in the bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Removed {
    /// Last removed first.
    pub items: Vec<BinEntry>,
    /// How many there are in all.
    pub total: u64,
}
