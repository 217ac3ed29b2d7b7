//! What is kept of a task: the task as everybody sees it, and what going on with it takes.

use jiff::Timestamp;
use portico_api_types::{EventBody, EventKind, StepStatus, Task, TaskEvent, TaskSpec, TaskStatus, TaskStep};
use portico_catalog::{StoreError, TaskRecord};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::folder::Snapshot;

/// A task with what going on with it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) task: Task,
    /// The number of the last event.
    pub(crate) events: u64,
    /// How the workspace was when the last step that is done ended.
    pub(crate) snapshot: Snapshot,
    /// Whether something that a step put out held a secret, and is not kept as it was.
    pub(crate) is_masked: bool,
}

/// What a list shows of a task, and looks for it by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Brief {
    pub(crate) status: TaskStatus,
    pub(crate) by: Option<String>,
    pub(crate) template: Option<String>,
    /// When it began and ended, in milliseconds since 1970.
    pub(crate) began: Option<i64>,
    pub(crate) ended: Option<i64>,
    /// When an entity of it was in the catalog, first.
    #[serde(default)]
    pub(crate) registered: Option<i64>,
    /// When it was approved, if it had to be.
    #[serde(default)]
    pub(crate) approved: Option<i64>,
    /// The step that it failed at.
    pub(crate) failed_at: Option<String>,
}

impl Kept {
    /// A task that nobody has begun.
    pub(crate) fn new(spec: TaskSpec, by: Option<String>, secrets: &Map<String, Value>) -> Kept {
        let step = |id: &String| TaskStep {
            id: id.clone(),
            status: StepStatus::Open,
            attempts: 0,
            started_at: None,
            ended_at: None,
            input: None,
            output: None,
            error: None,
            reason: None,
        };
        Kept {
            task: Task {
                id: Uuid::new_v4().to_string(),
                steps: spec.steps.iter().map(|written| step(&written.id)).collect(),
                spec,
                status: TaskStatus::Open,
                created_at: now(),
                last_heartbeat_at: None,
                created_by: by,
                started_at: None,
                ended_at: None,
                output: None,
                error: None,
                secrets: secrets.keys().cloned().collect(),
                approval: None,
                entities: Vec::new(),
                expires_at: None,
                waits_for: None,
            },
            events: 0,
            snapshot: Snapshot::default(),
            is_masked: false,
        }
    }

    /// Notes that something was said.
    pub(crate) fn say(&mut self, kind: EventKind, body: EventBody) -> TaskEvent {
        self.events += 1;
        let at = now();
        self.task.last_heartbeat_at = Some(at);
        TaskEvent {
            id: self.events,
            is_task_recoverable: false,
            task_id: self.task.id.clone(),
            body,
            kind,
            created_at: at,
        }
    }

    /// The first step that is not done.
    pub(crate) fn next_step(&self) -> usize {
        let is_done = |step: &TaskStep| matches!(step.status, StepStatus::Completed | StepStatus::Skipped);
        self.task.steps.iter().take_while(|step| is_done(step)).count()
    }

    /// The first step that has not ended: the one that went on when the portal stopped, or the next.
    pub(crate) fn under_way(&self) -> usize {
        let has_ended =
            |step: &TaskStep| matches!(step.status, StepStatus::Completed | StepStatus::Skipped | StepStatus::Failed);
        self.task.steps.iter().take_while(|step| has_ended(step)).count()
    }

    /// As the store keeps it.
    pub(crate) fn record(&self) -> Result<TaskRecord, StoreError> {
        let damaged = |error: serde_json::Error| StoreError::Damaged { table: "tasks", reason: error.to_string() };
        let task = &self.task;
        let brief = Brief {
            status: task.status,
            by: task.created_by.clone(),
            template: task.spec.template_info.as_ref().map(|template| template.entity_ref.clone()),
            began: task.started_at.map(|at| at.as_millisecond()),
            ended: task.ended_at.map(|at| at.as_millisecond()),
            registered: registered(&task.steps).map(|at| at.as_millisecond()),
            approved: task
                .approval
                .as_ref()
                .filter(|approval| approval.is_given())
                .and_then(|approval| Some(approval.decisions.last()?.at.as_millisecond())),
            failed_at: task.error.as_ref().and_then(|error| error.step_id.clone()),
        };
        Ok(TaskRecord {
            created: task.created_at.as_millisecond(),
            brief: serde_json::to_vec(&brief).map_err(damaged)?,
            whole: serde_json::to_vec(self).map_err(damaged)?,
        })
    }

    /// What the store kept.
    pub(crate) fn read(whole: &[u8]) -> Result<Kept, StoreError> {
        serde_json::from_slice(whole).map_err(|error| StoreError::Damaged { table: "tasks", reason: error.to_string() })
    }
}

impl Brief {
    /// What the store kept.
    pub(crate) fn read(brief: &[u8]) -> Result<Brief, StoreError> {
        serde_json::from_slice(brief)
            .map_err(|error| StoreError::Damaged { table: "task-ages", reason: error.to_string() })
    }
}

/// When the first step ended that says which entity it put into the catalog.
fn registered(steps: &[TaskStep]) -> Option<Timestamp> {
    let registers = |step: &&TaskStep| step.output.as_ref().is_some_and(|output| output["entityRef"].is_string());
    steps.iter().filter(registers).filter_map(|step| step.ended_at).min()
}

/// Now, as precisely as it is shown and compared.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
