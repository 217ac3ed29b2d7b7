//! Saved queries: questions to the catalog that have names.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A question to the catalog, and how its answer is shown as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogQuestion {
    /// What people call it.
    pub title: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Entities of this kind; of every kind if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Words and conditions, as people type them: `facts.pagerduty.incidents.open>0 facts.kubernetes.replicas.ready<2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Values that were chosen, each `field=value`: all fields have to hold, and the values of one field are alternatives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filter: Vec<String>,
    /// Fields that are shown as columns beside those of the kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Fields whose values are offered to narrow the list, beside those of every list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<String>,
    /// What the list is ordered by, `FIELD` or `-FIELD` for the other way round; by name if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// A question that has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SavedQuery {
    /// The last part of its address, `/queries/NAME`: lower-case letters, digits and single hyphens.
    pub name: String,
    /// The question.
    pub question: CatalogQuestion,
    /// When it was saved like this.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub changed_at: Timestamp,
    /// How many entities it finds now; none where it cannot be asked any more, as `problem` says.
    pub entities: Option<u64>,
    /// Why it cannot be asked any more.
    pub problem: Option<String>,
}

/// A question to be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryToSave {
    /// The question.
    pub question: CatalogQuestion,
    /// When the one that it takes the place of was saved, as it was read: it is refused if somebody changed that since. If not given, there must be
    /// none of its name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub was: Option<Timestamp>,
}

/// The saved queries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedQueries {
    /// By title.
    pub items: Vec<SavedQuery>,
}
