//! Templates that are being written, and what came of trying one: what it would say, make and put out, and what of that differs from the time
//! before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EventBody, OutputText, StepSpec, TaskError, TaskStep};

/// A template that is to be tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateToTry {
    /// The template's entity, as YAML.
    pub template: String,
    /// What is filled in, as YAML or JSON; may be empty.
    #[serde(default)]
    pub values: String,
    /// The trial that the files are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// What came of trying a template. It is kept in memory for a while, so that a page can show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateTrial {
    /// By which it is asked for again.
    pub id: String,
    /// The template, as it was written.
    pub template: String,
    /// What was filled in, as it was written.
    pub values: String,
    /// Why it could not be tried at all, with the place in what was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What would be said.
    #[serde(default)]
    pub log: Vec<EventBody>,
    /// The steps.
    #[serde(default)]
    pub steps: Vec<StepSpec>,
    /// How each of them stands at the end.
    #[serde(default)]
    pub outcome: Vec<TaskStep>,
    /// The files that are in the workspace at the end, and those that were there before.
    #[serde(default)]
    pub files: Vec<TriedFile>,
    /// Whether the files were compared with those of a trial before.
    #[serde(default)]
    pub compared: bool,
    /// What would be put out.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    #[serde(default)]
    pub output: Value,
    /// The texts among that.
    #[serde(default)]
    pub texts: Vec<OutputText>,
    /// Why it would fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TaskError>,
}

/// A file that a template would make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TriedFile {
    /// Where it is.
    pub path: String,
    /// Whether it may be executed.
    pub executable: bool,
    /// Its bytes.
    pub size: u64,
    /// What is in it; none of a file that is no text, is too long to be shown, or is there no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How it differs from the trial before.
    pub change: FileChange,
    /// The lines that differ, with some around them.
    #[serde(default)]
    pub lines: Vec<DiffLine>,
}

/// How a file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum FileChange {
    /// It does not, or there is nothing to compare it with.
    Same,
    /// It was not there.
    New,
    /// It holds something else, or is executable now and was not, or the other way round.
    Changed,
    /// It is not there any more.
    Gone,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffLine {
    /// Whether it came, went, or stayed.
    pub change: LineChange,
    /// Its number before, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<u32>,
    /// Its number now, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<u32>,
    /// What it says, without its end.
    pub text: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum LineChange {
    /// It stayed.
    Same,
    /// It came.
    Added,
    /// It went.
    Removed,
    /// Lines that stayed are left out here.
    Skipped,
}
