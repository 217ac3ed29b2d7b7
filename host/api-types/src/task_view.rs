//! Tasks as the portal's own pages show them: many at a glance, and one with all that is said of it.
//!
//! Rule: what a page would have to work out of whole tasks is worked out here, so that a list of a hundred does not carry what went into each step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{FailingStep, Markdown, Task, TaskEvent, TaskStatus};

/// Tasks at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskOverview {
    /// Those of the page that was asked for, newest first.
    pub items: Vec<TaskSummary>,
    /// How many there are on all pages.
    pub total: u64,
    /// How those of the template and the person do, whatever their state.
    pub figures: TaskFigures,
    /// Every template that was run, as a reference.
    pub templates: Vec<String>,
    /// Everybody who has run one, as a reference.
    pub people: Vec<String>,
}

/// A task at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskSummary {
    /// A UUID.
    pub id: String,
    /// The template, as a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Who asked for it, as a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// How it stands.
    pub status: TaskStatus,
    /// When somebody asked for it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When its first step began.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The step that it failed at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<String>,
    /// How many tasks are before it; none once it has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<u32>,
}

/// How tasks do, of the newest five hundred.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskFigures {
    /// Those that wait for their turn.
    pub open: u64,
    /// Those that go on.
    pub processing: u64,
    /// Those that came to their end.
    pub completed: u64,
    /// Those in which a step failed.
    pub failed: u64,
    /// Those that somebody stopped.
    pub cancelled: u64,
    /// The share of those that were completed among those that were or failed, from 0 to 1; none if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<f64>,
    /// The usual time from the wish to the end of those that were completed, with all waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_milliseconds: Option<u64>,
    /// The usual time until an entity that a task made was in the catalog: from the wish, or from when it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_milliseconds: Option<u64>,
    /// The steps that tasks fail at, the most frequent first.
    #[serde(default)]
    pub fails_at: Vec<FailingStep>,
    /// The last fourteen days, today last.
    pub days: Vec<TaskDay>,
}

impl TaskFigures {
    /// All of them.
    pub fn all(&self) -> u64 {
        self.open + self.processing + self.completed + self.failed + self.cancelled
    }
}

/// The tasks that were asked for on a day, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskDay {
    /// Such as `2026-11-27`.
    pub day: String,
    /// Those that came to their end.
    pub completed: u64,
    /// Those in which a step failed.
    pub failed: u64,
    /// Those that were stopped, or are not over.
    pub other: u64,
}

/// One task with what its page says beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskView {
    /// The task.
    pub task: Task,
    /// Its template as the catalog has it now; none if it has gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TaskTemplate>,
    /// The texts that it put out.
    #[serde(default)]
    pub texts: Vec<OutputText>,
    /// The entities that its steps named in what they put out, as references.
    #[serde(default)]
    pub entities: Vec<String>,
}

/// A task's template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskTemplate {
    /// Its reference.
    pub entity_ref: String,
    /// Its name for people.
    pub title: String,
    /// Whom to ask about it, as a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// A text that a task put out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutputText {
    /// What it is called; may be empty.
    #[serde(default)]
    pub title: String,
    /// What it says.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub content: Markdown,
}

/// What was said in a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskLog {
    /// The first two thousand events.
    pub events: Vec<TaskEvent>,
    /// Whether there are more, which stand in the whole log.
    pub more: bool,
}
