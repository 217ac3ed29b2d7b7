//! Locations: addresses of descriptors that people registered.

use serde::{Deserialize, Serialize};

/// A registered location, in the shape that Backstage's clients know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Stable for as long as it is registered.
    pub id: String,
    /// Such as `url`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Such as `https://github.com/acme/ledger/blob/main/catalog-info.yaml`.
    pub target: String,
    /// The Location entity that stands for it.
    pub entity_ref: String,
}

/// A location as Portico shows it, wherever it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LocationDetail {
    /// Of a registered one; none where `portico.yaml` names it, which is also where it is removed.
    pub id: Option<String>,
    /// Such as `url`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its address.
    pub target: String,
    /// The Location entity that stands for it.
    pub entity_ref: String,
    /// The source that it is read as; none before it was read for the first time.
    pub source: Option<crate::Source>,
}

/// All locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Locations {
    /// Those of `portico.yaml` first, then the registered ones; each by target.
    pub items: Vec<LocationDetail>,
}
