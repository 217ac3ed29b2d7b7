//! Search from anywhere.

use serde::{Deserialize, Serialize};

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResults {
    /// Best first.
    pub items: Vec<Hit>,
}

/// One entity found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// `kind:namespace/name`.
    pub entity_ref: String,
    /// As the document spells it.
    pub kind: String,
    /// Its title, or its name.
    pub title: String,
    /// Its description, cut at 200 characters.
    pub description: Option<String>,
    /// `spec.type`, where it has one.
    #[serde(rename = "type")]
    pub entity_type: Option<String>,
}
