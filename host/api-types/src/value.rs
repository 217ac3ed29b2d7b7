//! Where each value of an entity comes from, and how fresh it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::KindOrigin;

/// The values of one entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntityValues {
    /// In the order of their paths.
    pub items: Vec<EntityValue>,
}

/// One value, with who says it and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EntityValue {
    /// Such as `spec.owner`; a list is one value. A relation is found under `relations.` and its name, once for each target.
    pub path: String,
    /// The value.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub value: Value,
    /// Who says it.
    pub origin: ValueOrigin,
    /// When it became what it is; none where that is longer ago than changes are kept.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub since: Option<Timestamp>,
}

/// Who says a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "by")]
pub enum ValueOrigin {
    /// The entity's own document.
    Document(Said),
    /// A document that relates to it, which may be its own.
    #[serde(rename_all = "camelCase")]
    Relation {
        /// The entity whose document says so, as `kind:namespace/name`.
        entity_ref: String,
        /// Where.
        said: Said,
    },
    /// A source that attaches facts.
    Facts(Said),
    /// What its kind declares is derived for it.
    #[serde(rename_all = "camelCase")]
    Derived {
        /// Who declared the kind's properties.
        declared: KindOrigin,
    },
    /// The portal itself.
    Portal,
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// The source's `id`.
    pub source_id: u32,
    /// The source's plugin.
    pub plugin: String,
    /// The part of the plugin's data.
    pub scope: String,
    /// The file inside the scope; none for facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line at which the document begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// A page on which a person can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the source was last read; what it says is as fresh as that.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub read_at: Option<Timestamp>,
}
