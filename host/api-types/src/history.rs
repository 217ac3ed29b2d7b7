//! History: what changed, when, and who caused it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happened to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// What its source says changed, or the state of its source.
    Updated,
    /// Others relate to it differently.
    Related,
    /// What sources attach to it changed.
    Facts,
    /// What is derived for it changed, because other entities did.
    Derived,
    /// It is gone.
    Removed,
}

/// What caused a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeCause {
    /// The `id` of the source; none where the portal itself is the cause.
    pub source_id: Option<u32>,
    /// The source's plugin; [`PORTAL`](crate::PORTAL) for the portal itself.
    pub plugin: String,
    /// The part of the plugin's data; `kinds` where the declarations of kinds changed.
    pub scope: String,
}

/// One change of one entity, with what differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Counts up by one with every change in the catalog.
    pub sequence: u64,
    /// When it was committed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// What happened.
    pub kind: ChangeKind,
    /// Who caused it; none once that source is gone.
    pub cause: Option<ChangeCause>,
    /// The values that differ, by path; relations, `uid` and `etag` are left out.
    pub differences: Vec<Difference>,
}

/// A value before and after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Such as `spec.owner`.
    pub path: String,
    /// None where there was none.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub before: Option<Value>,
    /// None where there is none.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub after: Option<Value>,
}

/// The history of one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// Newest first.
    pub items: Vec<HistoryEntry>,
}

/// One change in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeEntry {
    /// Counts up by one with every change.
    pub sequence: u64,
    /// When it was committed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// What happened.
    pub kind: ChangeKind,
    /// The entity, as `kind:namespace/name`.
    pub entity_ref: String,
    /// Who caused it; none once that source is gone.
    pub cause: Option<ChangeCause>,
}

/// Changes in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changes {
    /// Oldest first.
    pub items: Vec<ChangeEntry>,
    /// The number of the oldest change that is kept; who goes on from before it has missed some.
    pub first: u64,
    /// The number of the last change that there is; the place to go on from once `items` has been read to its end.
    pub last: u64,
}
