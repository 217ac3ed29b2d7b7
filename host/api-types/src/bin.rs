//! The bin: entities and plugins that were removed, and can come back.

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
    /// Plugins that were removed, last removed first.
    #[serde(default)]
    pub plugins: Vec<RemovedPlugin>,
}

/// A plugin that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RemovedPlugin {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// One of the portal's icons.
    pub icon: Option<String>,
    /// The version that comes back.
    pub version: String,
    /// Where that came from.
    pub from: String,
    /// Values that it kept between runs, which come back with it.
    pub values: u64,
    /// Entities that it had attached facts to, once for each of its sources; they come back with it.
    pub facts: u64,
    /// When it was removed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub removed_at: Timestamp,
}
