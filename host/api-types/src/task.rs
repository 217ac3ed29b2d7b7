//! Tasks: the runs of templates, as Backstage's scaffolder has them, with what a portal's own pages show beside that.
//!
//! Rule: names and shapes are those of `scaffolder.backstage.io`, so that its clients read them; what is ours is added, never put in the place of
//! something.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::task_rules::{Approval, TaskExpiry};

/// One run of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// A UUID.
    pub id: String,
    /// What is done.
    pub spec: TaskSpec,
    /// How it stands.
    pub status: TaskStatus,
    /// When somebody asked for it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When something last happened in it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_heartbeat_at: Option<Timestamp>,
    /// Who asked for it, as a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// When its first step began.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Its steps as far as they are, in the order of the template.
    pub steps: Vec<TaskStep>,
    /// What it put out.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TaskError>,
    /// The names of the secrets that it was given; their values are nowhere but in memory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// Who has to approve it, and who did; none where nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The entities that it brought into the catalog, as references.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<String>,
    /// When what it made is taken down.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// How many tasks are before it; none once it has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<u32>,
}

impl Task {
    /// Whether it may be tried again: it failed, or was stopped. One that had to be approved and was not has never begun, and never does.
    pub fn can_be_retried(&self) -> bool {
        matches!(self.status, TaskStatus::Failed | TaskStatus::Cancelled)
            && self.approval.as_ref().is_none_or(Approval::is_given)
    }
}

/// What a task does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskSpec {
    /// `scaffolder.backstage.io/v1beta3`.
    pub api_version: String,
    /// The steps of the template.
    pub steps: Vec<StepSpec>,
    /// What is put out at the end, with expressions.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    #[serde(default)]
    pub output: Value,
    /// What was filled in.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: Map<String, Value>,
    /// Who runs it.
    pub user: TaskUser,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_info: Option<TemplateInfo>,
    /// The entity that it was started from, as it was then.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<Value>,
    /// How long what it makes lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<TaskExpiry>,
}

/// A step of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StepSpec {
    /// Unique in the template.
    pub id: String,
    /// For people.
    pub name: String,
    /// The action.
    pub action: String,
    /// The action's input, with expressions.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// Whether it is done.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
    /// Over what it is done.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Value>,
    /// How long it may take, such as `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// How often it is tried once more where trying may help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
}

/// Who runs a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskUser {
    /// The user's entity, if the catalog has it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<Value>,
    /// The reference.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Which template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TemplateInfo {
    /// Its reference.
    pub entity_ref: String,
    /// Where it was read; relative addresses are relative to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Its `metadata`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub entity: Value,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum TaskStatus {
    /// It waits for its turn.
    Open,
    /// It goes on.
    Processing,
    /// All of it is done.
    Completed,
    /// A step failed.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl TaskStatus {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            TaskStatus::Open => "open",
            TaskStatus::Processing => "processing",
            TaskStatus::Completed => "completed",
            TaskStatus::Failed => "failed",
            TaskStatus::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens in it by itself.
    pub const fn is_over(self) -> bool {
        matches!(self, TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled)
    }
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum StepStatus {
    /// Its turn has not come.
    Open,
    /// It goes on.
    Processing,
    /// It is done.
    Completed,
    /// It failed.
    Failed,
    /// It is not done in this task.
    Skipped,
    /// Somebody stopped it.
    Cancelled,
}

/// A step of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskStep {
    /// The step's id.
    pub id: String,
    /// How it stands.
    pub status: StepStatus,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was begun last.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What went in, secrets masked; a list where it is done over something.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What came out, secrets masked.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TaskError>,
    /// Why it is not done, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskError {
    /// A stable word, such as `timeLimit`.
    pub name: String,
    /// What happened and what to do.
    pub message: String,
    /// The step that failed.
    #[serde(rename = "stepId", default, skip_serializing_if = "Option::is_none")]
    pub step_id: Option<String>,
}

/// Something that was said in a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskEvent {
    /// Counts up from 1 in each task.
    pub id: u64,
    /// For clients of the field; a task goes on after a restart in any case.
    pub is_task_recoverable: bool,
    /// The task.
    pub task_id: String,
    /// What was said.
    pub body: EventBody,
    /// What sort of event it is.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// What sort of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// A line of the log.
    Log,
    /// The task ended, for now.
    Completion,
    /// Somebody stopped it.
    Cancelled,
    /// It went on after the portal had stopped, or after somebody had it tried again.
    Recovered,
}

impl EventKind {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::Log => "log",
            EventKind::Completion => "completion",
            EventKind::Cancelled => "cancelled",
            EventKind::Recovered => "recovered",
        }
    }
}

/// What was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventBody {
    /// In words.
    pub message: String,
    /// The step that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_id: Option<String>,
    /// How the step stands from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StepStatus>,
    /// How much it matters: `debug`, `info`, `warn` or `error`; of what an action said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<crate::LogLevel>,
    /// What the task put out.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TaskError>,
}

/// A list of tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tasks {
    /// The tasks of the page that was asked for.
    pub tasks: Vec<Task>,
    /// How many there are on all pages.
    pub total_tasks: u64,
}

/// A task that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskCreated {
    /// Its id.
    pub id: String,
}
