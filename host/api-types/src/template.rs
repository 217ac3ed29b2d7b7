//! Templates, as a gallery shows them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TemplateSummary {
    /// Its reference.
    pub entity_ref: String,
    /// Its name for people.
    pub title: String,
    /// What comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `spec.type`, such as `service`: what the gallery sorts it by.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Who owns it, as a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The actions of its steps that no plugin offers now; it cannot be run while there are any.
    #[serde(default)]
    pub missing_actions: Vec<String>,
    /// Whether it is started from an entity's page.
    #[serde(default)]
    pub is_for_entities: bool,
    /// Whether somebody has to approve, at least sometimes.
    #[serde(default)]
    pub needs_approval: bool,
    /// How it does.
    pub figures: TemplateFigures,
}

/// How a template does, in its newest five hundred tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TemplateFigures {
    /// How often it was run.
    pub tasks: u64,
    /// Tasks that came to their end.
    pub completed: u64,
    /// Tasks in which a step failed.
    pub failed: u64,
    /// Tasks that somebody stopped.
    pub cancelled: u64,
    /// The share of those that were completed among those that were or failed, from 0 to 1; none if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<f64>,
    /// The usual time from the wish to the end of those that were completed, with all waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_milliseconds: Option<u64>,
    /// The time that one in twenty takes longer than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest_milliseconds: Option<u64>,
    /// The usual time until an entity that a task made was in the catalog: from the wish, or from when it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_milliseconds: Option<u64>,
    /// The steps that tasks fail at, the most frequent first.
    #[serde(default)]
    pub fails_at: Vec<FailingStep>,
    /// When it was last run.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

/// A step that tasks fail at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailingStep {
    /// The step's id.
    pub step: String,
    /// How many tasks failed at it.
    pub count: u64,
}
