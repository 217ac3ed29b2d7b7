//! The scaffolder as the rest of the portal sees it: tasks are created, watched, stopped, tried again.
//!
//! Rule: a task is in the journal before anybody hears of its id, and goes on from there whatever happens to the portal.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portico_api_types::{Approval, Task, TaskEvent, TaskSpec, TaskStatus};
use portico_catalog::{Catalog, StoreError};
use portico_runtime::Runtime;
use portico_templates::Forge;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::actions::Actions;
use crate::approval;
use crate::autocomplete::Answered;
use crate::error::ScaffoldError;
use crate::folder::private;
use crate::journal::Journal;
use crate::kept::Kept;
use crate::mask::Masks;
use crate::plan::Plan;
use crate::recorder::{Place, Recorder};
use crate::template::{Asked, Template};
use crate::turns::Beginning;

/// What the scaffolder starts with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the files of tasks are.
    pub folder: PathBuf,
    /// Tasks that go on at once; others wait for their turn.
    pub at_once: usize,
    /// What hosts of one's own are, beside those that everybody knows.
    pub forges: Vec<(String, Forge)>,
}

/// Runs templates. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Scaffolder {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) catalog: Catalog,
    pub(crate) actions: Arc<dyn Actions>,
    pub(crate) folder: PathBuf,
    journal: Journal,
    pub(crate) forges: Vec<(String, Forge)>,
    pub(crate) turns: Arc<Semaphore>,
    live: Mutex<HashMap<String, Live>>,
    /// The secrets of tasks that wait to be approved.
    waiting: Mutex<HashMap<String, Map<String, Value>>>,
    /// Held while it is decided about a task.
    pub(crate) deciding: tokio::sync::Mutex<()>,
    pub(crate) stopping: watch::Sender<bool>,
    /// What fields of forms were offered.
    pub(crate) answered: Answered,
    /// How many tasks are in memory; told when one ends.
    count: watch::Sender<usize>,
}

/// A task that waits or goes on.
struct Live {
    recorder: Arc<Recorder>,
    cancel: watch::Sender<bool>,
}

impl Scaffolder {
    /// Starts it, and goes on with the tasks that were not over.
    pub async fn start(catalog: Catalog, runtime: Runtime, options: Options) -> Result<Scaffolder, ScaffoldError> {
        Scaffolder::start_with(catalog, Arc::new(runtime), options).await
    }

    /// The same, with whoever does what steps want.
    pub(crate) async fn start_with(
        catalog: Catalog,
        actions: Arc<dyn Actions>,
        options: Options,
    ) -> Result<Scaffolder, ScaffoldError> {
        private(&options.folder)?;
        let inner = Inner {
            journal: Journal::start(catalog.clone()),
            turns: Arc::new(Semaphore::new(options.at_once)),
            live: Mutex::default(),
            waiting: Mutex::default(),
            deciding: tokio::sync::Mutex::default(),
            stopping: watch::Sender::new(false),
            answered: Answered::default(),
            count: watch::Sender::new(0),
            folder: options.folder,
            forges: options.forges,
            catalog,
            actions,
        };
        let scaffolder = Scaffolder { inner: Arc::new(inner) };
        scaffolder.go_on().await?;
        tokio::spawn(scaffolder.clone().see_to_it());
        Ok(scaffolder)
    }

    /// Runs a template: the task begins when its turn comes, or once it is approved.
    pub async fn run_template(
        &self,
        template: &Template,
        parameters: Map<String, Value>,
        secrets: Map<String, Value>,
        asked: &Asked,
    ) -> Result<Task, ScaffoldError> {
        let approval = approval::needed(template, &parameters)?;
        let spec = template.task(parameters, asked)?;
        let by = asked.user.reference.clone();
        match approval {
            None => self.create(spec, by, secrets).await,
            Some(approval) => self.create_undecided(spec, by, secrets, approval).await,
        }
    }

    /// Creates a task that waits to be approved.
    async fn create_undecided(
        &self,
        spec: TaskSpec,
        by: Option<String>,
        secrets: Map<String, Value>,
        approval: Approval,
    ) -> Result<Task, ScaffoldError> {
        self.planned(&spec)?;
        let mut kept = Kept::new(spec, by, &secrets);
        kept.task.approval = Some(approval.clone());
        let recorder = self.recorder(kept, &secrets);
        recorder.note(format!("The run waits to be approved by {} of {}", approval.count, approval.by.join(", ")));
        self.waiting().insert(recorder.task().task.id, secrets);
        recorder.keep().await?;
        Ok(recorder.task().task)
    }

    /// Creates a task, which begins when its turn comes.
    pub async fn create(
        &self,
        spec: TaskSpec,
        by: Option<String>,
        secrets: Map<String, Value>,
    ) -> Result<Task, ScaffoldError> {
        let plan = self.planned(&spec)?;
        let recorder = self.recorder(Kept::new(spec, by, &secrets), &secrets);
        recorder.keep().await?;
        let task = recorder.task().task;
        self.begin(recorder, plan, secrets);
        Ok(task)
    }

    /// The steps of a task, all of which somebody does.
    fn planned(&self, spec: &TaskSpec) -> Result<Plan, ScaffoldError> {
        let plan = Plan::parse(spec)?;
        match plan.steps.iter().find(|step| self.inner.actions.declared(&step.action).is_none()) {
            Some(step) => Err(ScaffoldError::NoAction(no_action(&step.action, &step.id))),
            None => Ok(plan),
        }
    }

    /// A task as it is now.
    pub fn task(&self, id: &str) -> Result<Task, ScaffoldError> {
        let mut task = self.kept(id)?.task;
        if task.status == TaskStatus::Open && !approval::is_waiting(&task) {
            task.waits_for = Some(self.before(&task));
        }
        Ok(task)
    }

    /// What was said in a task after a number, at most `limit`, and whether nothing more will be.
    pub fn events(&self, id: &str, after: u64, limit: usize) -> Result<(Vec<TaskEvent>, bool), ScaffoldError> {
        // Looked at first: what is over by then has said all that it says.
        let kept = self.kept(id)?;
        let stored = self.inner.catalog.task_events(id, after, limit)?;
        let read = |bytes: &[u8]| {
            serde_json::from_slice(bytes)
                .map_err(|error| StoreError::Damaged { table: "task-events", reason: error.to_string() })
        };
        let events = stored.iter().map(|(_, event)| read(event)).collect::<Result<Vec<TaskEvent>, StoreError>>()?;
        let last = events.last().map_or(after, |event| event.id);
        Ok((events, kept.task.status.is_over() && last >= kept.events))
    }

    /// Changes whenever something was said in some task.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.journal.written()
    }

    /// Begins no other step, and waits for those that go on to end, though not for ever.
    pub async fn shutdown(&self, patience: Duration) {
        self.inner.stopping.send_replace(true);
        let mut count = self.inner.count.subscribe();
        let _ = timeout(patience, count.wait_for(|count| *count == 0)).await;
    }

    /// Tasks that go on, and those that wait.
    pub fn load(&self) -> (usize, usize) {
        let live = self.live();
        let waiting =
            live.values().filter(|live| live.recorder.locked(|kept| kept.task.status == TaskStatus::Open)).count();
        (live.len() - waiting, waiting)
    }

    pub(crate) fn waiting(&self) -> MutexGuard<'_, HashMap<String, Map<String, Value>>> {
        self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a task waits for its turn, or goes on.
    pub(crate) fn is_live(&self, id: &str) -> bool {
        self.live().contains_key(id)
    }

    /// Asks a task to stop that waits for its turn or goes on; false where it does neither.
    pub(crate) fn stop_live(&self, id: &str) -> bool {
        self.live().get(id).map(|live| live.cancel.send_replace(true)).is_some()
    }

    fn live(&self) -> MutexGuard<'_, HashMap<String, Live>> {
        self.inner.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many tasks began to wait before one.
    fn before(&self, task: &Task) -> u32 {
        let mine = (task.created_at, &task.id);
        let live = self.live();
        let before = live.values().filter(|live| {
            live.recorder
                .locked(|kept| kept.task.status == TaskStatus::Open && (kept.task.created_at, &kept.task.id) < mine)
        });
        u32::try_from(before.count()).unwrap_or(u32::MAX)
    }

    pub(crate) fn kept(&self, id: &str) -> Result<Kept, ScaffoldError> {
        if let Some(live) = self.live().get(id) {
            return Ok(live.recorder.task());
        }
        self.stored(id)?.ok_or_else(|| ScaffoldError::NoTask(id.to_owned()))
    }

    /// A task as the store has it.
    pub(crate) fn stored(&self, id: &str) -> Result<Option<Kept>, ScaffoldError> {
        let Some(stored) = self.inner.catalog.task(id)? else { return Ok(None) };
        let mut kept = Kept::read(&stored)?;
        // More may have been said than the task was written with when the portal was killed.
        kept.events = kept.events.max(self.inner.catalog.last_task_event(id)?);
        Ok(Some(kept))
    }

    pub(crate) fn recorder(&self, kept: Kept, secrets: &Map<String, Value>) -> Arc<Recorder> {
        Recorder::new(kept, Place::Journal(self.inner.journal.clone()), Masks::new(secrets))
    }

    /// Has a task go on when its turn comes.
    pub(crate) fn begin(&self, recorder: Arc<Recorder>, plan: Plan, secrets: Map<String, Value>) {
        self.begin_as(recorder, plan, secrets, Beginning::Asked);
    }

    pub(crate) fn begin_as(
        &self,
        recorder: Arc<Recorder>,
        plan: Plan,
        secrets: Map<String, Value>,
        beginning: Beginning,
    ) {
        let id = recorder.locked(|kept| kept.task.id.clone());
        let (cancel, cancelled) = watch::channel(false);
        self.live().insert(id.clone(), Live { recorder: recorder.clone(), cancel });
        self.inner.count.send_modify(|count| *count += 1);
        let scaffolder = self.clone();
        tokio::spawn(async move {
            // In a task of its own, so that a panic ends this one and is told.
            let run = tokio::spawn(scaffolder.clone().run(recorder.clone(), plan, secrets, beginning, cancelled));
            if let Err(error) = run.await.map_err(|error| error.to_string()).and_then(|ended| ended) {
                tracing::error!(task = id, error, "a task could not be gone on with");
                scaffolder.give_up(&recorder, error).await;
            }
            scaffolder.live().remove(&id);
            scaffolder.inner.count.send_modify(|count| *count -= 1);
        });
    }
}

pub(crate) fn no_action(action: &str, step: &str) -> String {
    format!(
        "The step `{step}` wants the action `{action}`, which no plugin that is loaded offers. Install one that does, or correct the step"
    )
}
