//! What people do with a task that there is: they stop it, or have it tried again.
//!
//! Rule: what was not approved is never begun by trying again. A task is looked at and changed by one at a time, so that two who press the same
//! button at once have it done once.

use portico_api_types::{EventBody, EventKind, StepStatus, TaskStatus};
use portico_model::EntityRef;
use serde_json::{Map, Value};

use crate::approval;
use crate::error::ScaffoldError;
use crate::kept::Kept;
use crate::plan::Plan;
use crate::scaffolder::Scaffolder;

impl Scaffolder {
    /// Stops a task. One that is over stays as it is. `me` is who asks, with their groups; empty where nobody is signed in.
    pub async fn cancel(&self, id: &str, me: &[EntityRef]) -> Result<(), ScaffoldError> {
        let _turn = self.inner.deciding.lock().await;
        let kept = self.kept(id)?;
        self.may_handle(&kept.task, me)?;
        if self.stop_live(id) {
            return Ok(());
        }
        if approval::is_waiting(&kept.task) {
            self.waiting().remove(id);
            let recorder = self.recorder(kept, &Map::new());
            return self.refuse(&recorder, "cancelled", "The run was stopped before it was approved".to_owned()).await;
        }
        match kept.task.status.is_over() {
            true => Ok(()),
            false => Err(ScaffoldError::State(format!("the task {id} does not go on; the portal starts or stops"))),
        }
    }

    /// Goes on with a task that failed or was stopped, from the step that is not done.
    pub async fn retry(&self, id: &str, secrets: Map<String, Value>, me: &[EntityRef]) -> Result<(), ScaffoldError> {
        let _turn = self.inner.deciding.lock().await;
        let mut kept = self.kept(id)?;
        self.may_handle(&kept.task, me)?;
        let plan = Plan::parse(&kept.task.spec)?;
        let next = kept.next_step();
        self.may_be_retried(&kept, &plan, &secrets)?;
        for step in &mut kept.task.steps[next..] {
            step.status = StepStatus::Open;
            (step.output, step.error, step.reason, step.ended_at) = (None, None, None, None);
        }
        kept.task.status = TaskStatus::Open;
        (kept.task.error, kept.task.ended_at) = (None, None);
        let recorder = self.recorder(kept, &secrets);
        let step = plan.steps.get(next).map_or("the end", |step| step.name.as_str()).to_owned();
        let message = format!("The task is tried again from {step}");
        recorder.say(EventKind::Recovered, EventBody { message, ..EventBody::default() });
        recorder.keep().await?;
        self.begin(recorder, plan, secrets);
        Ok(())
    }

    fn may_be_retried(&self, kept: &Kept, plan: &Plan, secrets: &Map<String, Value>) -> Result<(), ScaffoldError> {
        let task = &kept.task;
        if !matches!(task.status, TaskStatus::Failed | TaskStatus::Cancelled) || self.is_live(&task.id) {
            return Err(ScaffoldError::State(format!(
                "the task {} is {}; only one that failed or was stopped is tried again",
                task.id,
                task.status.as_str()
            )));
        }
        if !task.can_be_retried() {
            let said = format!("the task {} was not approved; run the template anew", task.id);
            return Err(ScaffoldError::State(said));
        }
        if kept.is_masked {
            return Err(ScaffoldError::State(
                "a step of the task put out a secret, which is not kept, so that no later step can be tried again; run the template anew"
                    .to_owned(),
            ));
        }
        let missing = task.secrets.iter().filter(|name| !secrets.contains_key(*name)).cloned().collect::<Vec<_>>();
        if plan.reads_secrets_from(kept.next_step()) && !missing.is_empty() {
            return Err(ScaffoldError::Input(format!(
                "the steps that are left use secrets, which are kept nowhere; give them again: {}",
                missing.join(", ")
            )));
        }
        Ok(())
    }
}
