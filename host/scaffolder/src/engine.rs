//! The course of a task: its steps, one after the other.
//!
//! Rule: a step that is begun is on the disk as begun before its action is asked, and what it came to before the next one begins. After a failure
//! only steps are done that ask for it; the task has failed all the same, and the workspace stays kept as it was before the step that failed.

use std::sync::Arc;

use jiff::Timestamp;
use portico_api_types::{EventBody, EventKind, StepStatus, Task, TaskError, TaskStatus};
use portico_catalog::StoreError;
use portico_runtime::Workspace;
use portico_templates::{Context, Forge, KNOWN, TemplateError};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::actions::Actions;
use crate::expiry::note_made;
use crate::folder::TaskFolder;
use crate::kept::{Kept, now};
use crate::plan::{Plan, Step};
use crate::recorder::Recorder;

/// What a task is run with.
pub(crate) struct Course {
    pub(crate) actions: Arc<dyn Actions>,
    /// What hosts of one's own are.
    pub(crate) forges: Vec<(String, Forge)>,
    pub(crate) plan: Plan,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) secrets: Map<String, Value>,
    pub(crate) workspace: Workspace,
    /// Where the workspace is kept after each step; nowhere for a task that is only tried.
    pub(crate) folder: Option<TaskFolder>,
    /// True once somebody wants it to stop.
    pub(crate) cancel: watch::Receiver<bool>,
    /// True once the portal stops, before which no other step is begun.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// How the course went.
pub(crate) enum Ended {
    /// To its end, which nobody knows of until it is closed.
    Over(End),
    /// The portal stops; it is gone on with when that is back.
    Paused,
}

/// What a task comes to.
pub(crate) struct End {
    status: TaskStatus,
    output: Option<Value>,
    error: Option<TaskError>,
}

/// How a step ended that came to nothing.
pub(crate) enum StepEnd {
    Failed(TaskError),
    Cancelled,
    /// The portal stops before it is tried again.
    Paused,
    Store(StoreError),
}

impl From<StoreError> for StepEnd {
    fn from(error: StoreError) -> StepEnd {
        StepEnd::Store(error)
    }
}

impl Course {
    /// Goes through the steps that are not done.
    pub(crate) async fn go(&self) -> Result<Ended, StoreError> {
        let recorder = &self.recorder;
        recorder.locked(|kept| {
            kept.task.status = TaskStatus::Processing;
            kept.task.started_at.get_or_insert_with(now);
            kept.task.waits_for = None;
        });
        if recorder.task().next_step() == 0 {
            recorder.note(format!("Starting up task with {} steps", self.plan.steps.len()));
        }
        let mut failure: Option<TaskError> = None;
        let mut context = match context(&recorder.task().task, &self.forges, &self.secrets) {
            Ok(context) => context,
            Err(error) => {
                let error = Some(wrong("What was filled in", &error, None));
                return Ok(Ended::Over(End { status: TaskStatus::Failed, output: None, error }));
            }
        };
        for (place, step) in self.plan.steps.iter().enumerate() {
            let stands = self.recorder.step(place, |step| (step.status, step.output.clone(), step.error.clone()));
            match stands {
                Some((StepStatus::Completed, output, _)) => {
                    context = context.with_step(&step.id, &output.unwrap_or_else(|| json!({}))).unwrap_or(context);
                    continue;
                }
                Some((StepStatus::Skipped, ..)) => continue,
                // It failed before the portal stopped; whoever wants it done again tries the task again.
                Some((StepStatus::Failed, _, Some(error))) => {
                    failure.get_or_insert(error);
                    context = context.after_failure();
                    continue;
                }
                _ => {}
            }
            if *self.stopping.borrow() {
                recorder.keep().await?;
                return Ok(Ended::Paused);
            }
            if *self.cancel.borrow() {
                return Ok(Ended::Over(self.cancelled(place, &context)));
            }
            match self.turn(place, step, &context).await {
                Ok(None) => {}
                Ok(Some(output)) => match context.with_step(&step.id, &output) {
                    Ok(with) => context = with,
                    Err(error) => {
                        let error = wrong(&format!("The output of the step `{}`", step.id), &error, Some(&step.id));
                        failure.get_or_insert(error);
                        context = context.after_failure();
                    }
                },
                Err(StepEnd::Failed(error)) => {
                    failure.get_or_insert(error);
                    context = context.after_failure();
                }
                Err(StepEnd::Cancelled) => return Ok(Ended::Over(self.cancelled(place, &context))),
                Err(StepEnd::Paused) => {
                    recorder.keep().await?;
                    return Ok(Ended::Paused);
                }
                Err(StepEnd::Store(error)) => return Err(error),
            }
        }
        Ok(Ended::Over(self.end(&context, failure)))
    }

    /// One step: what it puts out, or nothing where it is not done.
    async fn turn(&self, place: usize, step: &Step, context: &Context) -> Result<Option<Value>, StepEnd> {
        let recorder = &self.recorder;
        let begun = now();
        recorder.step(place, |kept| {
            kept.status = StepStatus::Processing;
            kept.started_at = Some(begun);
            (kept.ended_at, kept.error, kept.reason) = (None, None, None);
        });
        let holds = step.condition.holds(context);
        if let Ok(false) = holds {
            let reason = match context.has_failed() && !step.condition.asks_status() {
                true => "a previous step failed",
                false => "its if condition was false",
            };
            return self.skipped(place, step, begun, reason).await;
        }
        recorder.stands(&step.id, StepStatus::Processing, format!("Beginning step {}", step.name));
        let done = match holds {
            Err(error) => {
                Err(StepEnd::Failed(wrong(&format!("`if` of the step `{}`", step.id), &error, Some(&step.id))))
            }
            Ok(_) => self.perform(place, step, context).await,
        };
        let done = match done {
            // Trying again begins with what there was before the failure.
            Ok(output) if context.has_failed() => Ok(output),
            Ok(output) => self.kept(step, output).await,
            Err(end) => Err(end),
        };
        match done {
            Ok(output) => {
                let shown = recorder.masks().value(&output);
                recorder.locked(|kept| kept.is_masked |= shown != output);
                recorder.step(place, |kept| {
                    kept.status = StepStatus::Completed;
                    kept.ended_at = Some(now());
                    kept.output = Some(shown);
                });
                recorder.stands(&step.id, StepStatus::Completed, format!("Finished step {}", step.name));
                // At once: until then nobody knows after a crash whether it was done.
                recorder.keep().await?;
                Ok(Some(output))
            }
            Err(StepEnd::Failed(error)) => {
                let error = TaskError { message: recorder.masks().text(&error.message), ..error };
                recorder.step(place, |kept| {
                    kept.status = StepStatus::Failed;
                    kept.ended_at = Some(now());
                    kept.error = Some(error.clone());
                });
                recorder.stands(&step.id, StepStatus::Failed, error.message.clone());
                recorder.keep().await?;
                Err(StepEnd::Failed(error))
            }
            Err(other) => Err(other),
        }
    }

    async fn skipped(&self, place: usize, step: &Step, begun: Timestamp, why: &str) -> Result<Option<Value>, StepEnd> {
        // Clients of the field expect to hear that it began.
        self.recorder.stands(&step.id, StepStatus::Processing, format!("Beginning step {}", step.name));
        let message = format!("Skipping step {} because {why}", step.id);
        self.recorder.step(place, |kept| {
            kept.status = StepStatus::Skipped;
            kept.ended_at = Some(begun);
            kept.reason = Some(why.to_owned());
        });
        self.recorder.stands(&step.id, StepStatus::Skipped, message);
        Ok(None)
    }

    /// Keeps the workspace as the step left it.
    async fn kept(&self, step: &Step, output: Value) -> Result<Value, StepEnd> {
        let Some(folder) = self.folder.clone() else { return Ok(output) };
        let workspace = self.workspace.clone();
        // That the step was begun was written with it.
        let written = self.recorder.task().snapshot;
        let kept = tokio::task::spawn_blocking(move || folder.keep(&workspace, &written)).await;
        let failed = |why: String| {
            StepEnd::Failed(TaskError {
                name: "files".to_owned(),
                message: format!(
                    "The step was done, and its files could not be kept: {why}. See that the data folder has room, and try the step again."
                ),
                step_id: Some(step.id.clone()),
            })
        };
        let snapshot = kept.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
        self.recorder.locked(|kept| kept.snapshot = snapshot);
        Ok(output)
    }

    /// Somebody stopped it before, or in, a step.
    fn cancelled(&self, place: usize, context: &Context) -> End {
        let recorder = &self.recorder;
        if let Some(step) = self.plan.steps.get(place) {
            let was_begun = recorder.step(place, |kept| {
                let was_begun = kept.status == StepStatus::Processing;
                kept.status = StepStatus::Cancelled;
                kept.ended_at = Some(now());
                was_begun
            });
            if was_begun == Some(true) {
                recorder.stands(&step.id, StepStatus::Cancelled, format!("Step {} has been cancelled.", step.name));
            }
        }
        if let Err(why) = note_made(recorder, context) {
            recorder.note(why);
        }
        End { status: TaskStatus::Cancelled, output: None, error: None }
    }

    /// All steps had their turn.
    fn end(&self, context: &Context, failure: Option<TaskError>) -> End {
        // What a task made that failed is due as well.
        let made = note_made(&self.recorder, context);
        let made = made.map_err(|message| TaskError { name: "template".to_owned(), message, step_id: None });
        let output = match failure.or(made.err()) {
            Some(error) => Err(error),
            None => self.plan.output.evaluate(context).map_err(|error| wrong("`output`", &error, None)),
        };
        match output {
            Ok(output) => End { status: TaskStatus::Completed, output: Some(output.unwrap_or_default()), error: None },
            Err(error) => End { status: TaskStatus::Failed, output: None, error: Some(error) },
        }
    }

    /// Has everybody know that the task is over.
    pub(crate) async fn close(&self, end: End) -> Result<(), StoreError> {
        let recorder = &self.recorder;
        let output = end.output.map(|output| recorder.masks().value(&output));
        let error = end.error.map(|error| TaskError { message: recorder.masks().text(&error.message), ..error });
        let (kind, message) = match end.status {
            TaskStatus::Cancelled => (EventKind::Cancelled, "Task has been cancelled".to_owned()),
            status => (EventKind::Completion, format!("Run completed with status: {}", status.as_str())),
        };
        let body = EventBody { message, output: output.clone(), error: error.clone(), ..EventBody::default() };
        let change = |kept: &mut Kept| {
            kept.task.status = end.status;
            kept.task.ended_at = Some(now());
            (kept.task.output, kept.task.error) = (output, error);
        };
        recorder.close(change, kind, body).await
    }
}

/// A template that does not come to what it has to.
pub(crate) fn wrong(what: &str, error: &TemplateError, step: Option<&str>) -> TaskError {
    TaskError { name: "template".to_owned(), message: format!("{what}: {error}"), step_id: step.map(str::to_owned) }
}

/// What names mean in a task before its first step.
pub(crate) fn context(
    task: &Task,
    forges: &[(String, Forge)],
    secrets: &Map<String, Value>,
) -> Result<Context, TemplateError> {
    let user = serde_json::to_value(&task.spec.user).unwrap_or_default();
    let own = forges.iter().map(|(host, forge)| (host.as_str(), *forge));
    Context::new()
        .with_hosts(KNOWN.into_iter().chain(own))
        .with("parameters", &Value::Object(task.spec.parameters.clone()))?
        .with("user", &user)?
        .with("secrets", &Value::Object(secrets.clone()))?
        .with("entity", &task.spec.entity.clone().unwrap_or_default())?
        .with("context", &json!({ "task": { "id": task.id } }))?
        .with("steps", &json!({}))
}
