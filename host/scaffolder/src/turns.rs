//! A task's turn: what happens between the wish and the first step, after the last one, and when the portal stops in between.
//!
//! Rule: what goes on by itself is only what may. A step that was under way and is nothing to be done twice waits for a person, and so does a task
//! whose secrets are gone. What is known of an action is what its plugin says, so that a task whose plugins are still fetched waits for them.

use std::sync::Arc;
use std::time::Duration;

use portico_api_types::{EventBody, EventKind, StepStatus, TaskStatus};
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::actions::Actions;
use crate::approval;
use crate::engine::{Course, Ended};
use crate::error::ScaffoldError;
use crate::folder::TaskFolder;
use crate::kept::{Brief, Kept, now};
use crate::plan::Plan;
use crate::recorder::Recorder;
use crate::scaffolder::Scaffolder;

/// How long a task that is gone on with waits for plugins that are fetched when the portal starts.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often it looks whether they are there.
const LOOK: Duration = Duration::from_secs(1);

/// What a task is before its turn comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Somebody asks for it now.
    Asked,
    /// The portal stopped in it.
    Resumed,
}

impl Scaffolder {
    pub(crate) async fn run(
        self,
        recorder: Arc<Recorder>,
        plan: Plan,
        secrets: Map<String, Value>,
        beginning: Beginning,
        mut cancel: watch::Receiver<bool>,
    ) -> Result<(), String> {
        let mut stopping = self.inner.stopping.subscribe();
        if beginning == Beginning::Resumed {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(()),
                () = self.wait_for_actions(&recorder, &plan) => {}
                _ = cancel.wait_for(|cancel| *cancel) => {}
            }
            let is_cancelled = *cancel.borrow();
            if !is_cancelled && let Err(error) = resumable(&recorder.task(), &plan, &*self.inner.actions) {
                self.give_up_after_stop(&recorder, error).await;
                return Ok(());
            }
        }
        let turn = tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => return Ok(()),
            turn = self.inner.turns.acquire() => Some(turn.map_err(|error| error.to_string())?),
            _ = cancel.wait_for(|cancel| *cancel) => None,
        };
        let (id, snapshot) = recorder.locked(|kept| (kept.task.id.clone(), kept.snapshot.clone()));
        let folder = TaskFolder::new(&self.inner.folder, &id);
        let restored = folder.clone();
        let workspace = tokio::task::spawn_blocking(move || restored.restore(&snapshot)).await;
        let workspace = workspace.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let course = Course {
            actions: self.inner.actions.clone(),
            forges: self.inner.forges.clone(),
            plan,
            recorder: recorder.clone(),
            secrets,
            workspace,
            folder: Some(folder),
            cancel,
            stopping,
        };
        let ended = course.go().await.map_err(|error| error.to_string())?;
        drop(turn);
        let Ended::Over(end) = ended else { return Ok(()) };
        // Before anybody knows that the task is over, so that a crash in between loses no end of an entity.
        self.keep_expiries(&recorder).await.map_err(|error| error.to_string())?;
        course.close(end).await.map_err(|error| error.to_string())?;
        self.clear(&recorder).await;
        Ok(())
    }

    /// Leaves of the files of a task that is over what trying it again takes: nothing where nobody can, as secrets may be in them.
    async fn clear(&self, recorder: &Recorder) {
        let kept = recorder.task();
        let folder = TaskFolder::new(&self.inner.folder, &kept.task.id);
        let can_follow = kept.task.can_be_retried() && !kept.is_masked;
        let cleared = tokio::task::spawn_blocking(move || match can_follow {
            true => folder.put_away(&kept.snapshot),
            false => folder.remove(),
        });
        let cleared = cleared.await.map_err(|error| error.to_string());
        if let Err(error) = cleared.and_then(|done| done.map_err(|error| error.to_string())) {
            tracing::warn!(
                task = recorder.task().task.id,
                error,
                "the files of a task that is over could not be removed"
            );
        }
    }

    /// The portal could not go on with a task.
    pub(crate) async fn give_up(&self, recorder: &Recorder, why: String) {
        let error = portico_api_types::TaskError {
            name: "portal".to_owned(),
            message: format!("The portal could not go on with the task: {why}"),
            step_id: None,
        };
        self.keep_left_expiries(recorder).await;
        let message = "Run completed with status: failed".to_owned();
        let body = EventBody { message, error: Some(error.clone()), ..EventBody::default() };
        let change = |kept: &mut Kept| {
            kept.task.status = TaskStatus::Failed;
            kept.task.ended_at = Some(now());
            kept.task.error = Some(error);
        };
        if let Err(error) = recorder.close(change, EventKind::Completion, body).await {
            tracing::error!(%error, "how a task ended could not be written down");
            return;
        }
        self.clear(recorder).await;
    }

    /// Goes on with what was not over when the portal stopped, the oldest first.
    pub(crate) async fn go_on(&self) -> Result<(), ScaffoldError> {
        for brief in self.inner.catalog.tasks()?.into_iter().rev() {
            if Brief::read(&brief.brief)?.status.is_over() {
                continue;
            }
            let Some(kept) = self.stored(&brief.id)? else { continue };
            if approval::is_waiting(&kept.task) {
                continue;
            }
            let plan = Plan::parse(&kept.task.spec);
            let recorder = self.recorder(kept, &Map::new());
            match plan {
                Ok(plan) => {
                    if recorder.task().next_step() > 0 || recorder.task().task.status == TaskStatus::Processing {
                        let message = "The portal was started again, and goes on with the task".to_owned();
                        recorder.say(EventKind::Recovered, EventBody { message, ..EventBody::default() });
                    }
                    // Until its turn comes.
                    recorder.locked(|kept| kept.task.status = TaskStatus::Open);
                    self.begin_as(recorder, plan, Map::new(), Beginning::Resumed);
                }
                Err(error) => self.give_up_after_stop(&recorder, error).await,
            }
        }
        Ok(())
    }

    /// Waits for plugins that are not loaded yet and do what a task's steps want, though not for ever.
    async fn wait_for_actions(&self, recorder: &Recorder, plan: &Plan) {
        let next = recorder.task().under_way();
        let steps = plan.steps.iter().enumerate().skip(next);
        let until = Instant::now() + PATIENCE;
        for (place, step) in steps.filter(|(_, step)| self.inner.actions.declared(&step.action).is_none()) {
            let why = format!(
                "The step {} waits for a plugin that does `{}`; ten minutes, then it fails",
                step.name, step.action
            );
            recorder.note(why.clone());
            recorder.step(place, |kept| kept.reason = Some(why));
            while self.inner.actions.declared(&step.action).is_none() && Instant::now() < until {
                sleep(LOOK).await;
            }
            recorder.step(place, |kept| kept.reason = None);
        }
    }

    async fn give_up_after_stop(&self, recorder: &Recorder, error: ScaffoldError) {
        let next = recorder.task().under_way();
        recorder.step(next, |step| {
            if step.status == StepStatus::Processing {
                step.status = StepStatus::Failed;
                step.ended_at = Some(now());
            }
        });
        self.give_up(recorder, error.to_string()).await;
    }
}

/// Whether a task may be gone on with by itself after the portal stopped in it.
fn resumable(kept: &Kept, plan: &Plan, actions: &dyn Actions) -> Result<(), ScaffoldError> {
    let next = kept.under_way();
    if kept.is_masked || plan.reads_secrets_from(next) && !kept.task.secrets.is_empty() {
        return Err(ScaffoldError::State(
            "it stopped, and the secrets that the task was given are gone with it. Try it again, and give them once more".to_owned(),
        ));
    }
    let (Some(step), Some(stands)) = (plan.steps.get(next), kept.task.steps.get(next)) else { return Ok(()) };
    if actions.declared(&step.action).is_none() {
        let said = format!("No plugin that is loaded offers the action `{}` of the step {}", step.action, step.name);
        return Err(ScaffoldError::State(format!("{said}. Install one that does, then try the task again")));
    }
    let is_repeatable = actions.declared(&step.action).is_some_and(|action| action.repeatable);
    if stands.status == StepStatus::Processing && stands.attempts > 0 && !is_repeatable {
        return Err(ScaffoldError::State(format!(
            "it stopped while the step {} went on, and `{}` is nothing to be done twice unseen. See what came of it, then try the task again from there",
            step.name, step.action
        )));
    }
    Ok(())
}
