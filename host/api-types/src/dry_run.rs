//! Trials of templates: what one would say, make and put out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::task::{EventBody, StepSpec, TaskError, TaskStep};

/// What a template would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    /// What would be said.
    pub log: Vec<DryRunLine>,
    /// The files that are in the workspace at the end.
    pub directory_contents: Vec<DryRunFile>,
    /// What would be put out.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub output: Value,
    /// The steps.
    pub steps: Vec<StepSpec>,
    /// How each of them stands at the end.
    pub outcome: Vec<TaskStep>,
    /// Why it would fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TaskError>,
}

/// A line of what would be said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DryRunLine {
    /// What would be said.
    pub body: EventBody,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DryRunFile {
    /// Where it is.
    pub path: String,
    /// Whether it may be executed.
    #[serde(default)]
    pub executable: bool,
    /// What is in it.
    pub base64_content: String,
}
