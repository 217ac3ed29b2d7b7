//! What a step does: its action, once or over something, tried again where that may help.

use std::time::Duration;

use portico_api_types::{LogLevel, LogLine, StepStatus, TaskError, TemplateInfo};
use portico_runtime::{ActionCall, ActionError};
use portico_templates::{Context, Item};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use crate::dry_run::BASE;
use crate::engine::{Course, StepEnd, wrong};
use crate::example::example;
use crate::plan::Step;

/// What is waited for before the second try, and twice as long before each other.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Nothing is waited for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

impl Course {
    /// Has the action of a step done, as often as the step says.
    pub(crate) async fn perform(&self, place: usize, step: &Step, context: &Context) -> Result<Value, StepEnd> {
        let failed = |what: &str, error: &_| {
            StepEnd::Failed(wrong(&format!("`{what}` of the step `{}`", step.id), error, Some(&step.id)))
        };
        let Some(each) = &step.each else {
            let input = step.input.evaluate(context).map_err(|error| failed("input", &error))?;
            let input = input.unwrap_or_else(|| json!({}));
            let shown = self.recorder.masks().value(&input);
            self.recorder.step(place, |kept| kept.input = Some(shown));
            self.begin_attempt(place).await?;
            return self.try_action(place, step, input).await;
        };
        let items = each.items(context).map_err(|error| failed("each", &error))?;
        let mut inputs = Vec::with_capacity(items.len());
        for item in &items {
            let context = context.with_each(item).map_err(|error| failed("each", &error))?;
            let input = step.input.evaluate(&context).map_err(|error| failed("input", &error))?;
            inputs.push(input.unwrap_or_else(|| json!({})));
        }
        let shown: Vec<Value> = inputs.iter().map(|input| self.recorder.masks().value(input)).collect();
        self.recorder.step(place, |kept| kept.input = Some(Value::Array(shown)));
        // Once for all turns: a step that is done over something is begun again as a whole.
        self.begin_attempt(place).await?;
        let mut all = Map::new();
        for (item, input) in items.iter().zip(inputs) {
            self.recorder.line(&step.id, LogLevel::Info, format!("Running step each: {}", told(item)));
            let output = self.try_action(place, step, input).await?;
            collect(&mut all, output);
        }
        Ok(Value::Object(all))
    }

    /// Has an action done, and once more where that may help.
    async fn try_action(&self, place: usize, step: &Step, input: Value) -> Result<Value, StepEnd> {
        let mut wait = FIRST_WAIT;
        let mut left = step.retries;
        loop {
            let attempt = self.recorder.step(place, |kept| kept.attempts.saturating_sub(1)).unwrap_or_default();
            let error = match self.ask(step, &input, attempt).await {
                Ok(output) => return Ok(output),
                Err(error) if *self.cancel.borrow() || error.code == "cancelled" => return Err(StepEnd::Cancelled),
                Err(error) => error,
            };
            if left == 0 || !error.is_passing {
                return Err(StepEnd::Failed(TaskError {
                    name: error.code,
                    message: error.message,
                    step_id: Some(step.id.clone()),
                }));
            }
            left -= 1;
            let pause = error.retry_after.map_or(wait, |seconds| Duration::from_secs(seconds.into())).min(LONGEST_WAIT);
            let said = format!(
                "{} It is tried again in {} s; {left} more tries are left after that.",
                error.message,
                pause.as_secs()
            );
            self.recorder.line(&step.id, LogLevel::Warn, said);
            let (mut cancel, mut stopping) = (self.cancel.clone(), self.stopping.clone());
            tokio::select! {
                () = sleep(pause) => {}
                _ = cancel.wait_for(|cancel| *cancel) => return Err(StepEnd::Cancelled),
                Ok(_) = stopping.wait_for(|stopping| *stopping) => return Err(self.paused(place, step)),
            }
            wait = (wait * 2).min(LONGEST_WAIT);
            // What the try before left behind is none of this one's business; turns before it are.
            if step.each.is_none() {
                self.put_back(step).await?;
            }
            self.begin_attempt(place).await?;
        }
    }

    /// The portal stops before a step is tried again. What it would do first when it is back, it does then.
    fn paused(&self, place: usize, step: &Step) -> StepEnd {
        // Of a step that is done over something, turns may be done already, which the portal may not know again.
        if step.each.is_none() {
            self.recorder.step(place, |kept| kept.status = StepStatus::Open);
        }
        StepEnd::Paused
    }

    /// Notes on the disk that an action is asked, before it is: whoever goes on after a crash has to know that it may have been done.
    async fn begin_attempt(&self, place: usize) -> Result<(), StepEnd> {
        self.recorder.step(place, |kept| kept.attempts += 1);
        Ok(self.recorder.keep().await?)
    }

    /// Puts the workspace back as the step found it.
    async fn put_back(&self, step: &Step) -> Result<(), StepEnd> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let snapshot = self.recorder.task().snapshot;
        let restored = tokio::task::spawn_blocking(move || folder.restore(&snapshot)).await;
        let failed = |message: String| {
            StepEnd::Failed(TaskError { name: "files".to_owned(), message, step_id: Some(step.id.clone()) })
        };
        restored.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
        Ok(())
    }

    async fn ask(&self, step: &Step, input: &Value, attempt: u32) -> Result<Value, ActionError> {
        let task = self.recorder.task().task;
        let is_dry = self.folder.is_none();
        if is_dry && let Some(action) = self.actions.declared(&step.action).filter(|action| !action.dry_run) {
            let wrong = self.actions.check_input(&step.action, input);
            if let Some((_, sentence)) = wrong.into_iter().next() {
                let message = format!("The input of `{}` is not what it takes: {sentence}", step.action);
                return Err(ActionError {
                    code: "invalidInput".to_owned(),
                    message,
                    is_passing: false,
                    retry_after: None,
                });
            }
            let said = format!("{} is left out of a dry run; its output is made up.", step.action);
            self.recorder.line(&step.id, LogLevel::Info, said);
            return Ok(example(&action.output));
        }
        let call = ActionCall {
            action: step.action.clone(),
            input: input.clone(),
            task: task.id,
            step: step.id.clone(),
            attempt,
            user: task.spec.user.reference,
            template: task.spec.template_info.as_ref().and_then(known),
            base: task.spec.template_info.and_then(|template| template.base_url),
            dry_run: is_dry,
            workspace: self.workspace.clone(),
            timeout: step.timeout,
        };
        let mut cancel = self.cancel.clone();
        let stop = async move {
            if cancel.wait_for(|cancel| *cancel).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let said = Box::new(|line: LogLine| self.recorder.line(&step.id, line.level, line.message));
        self.actions.perform(call, said, Box::pin(stop)).await
    }
}

/// The reference of a template that is in the catalog.
fn known(template: &TemplateInfo) -> Option<String> {
    (template.base_url.as_deref() != Some(BASE)).then(|| template.entity_ref.clone())
}

/// What a turn is about, for the log.
fn told(item: &Item) -> Value {
    let value = match &item.value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    json!({ "key": item.key, "value": value })
}

/// Adds what one turn put out to what all did: of each name a list.
fn collect(all: &mut Map<String, Value>, output: Value) {
    let Value::Object(output) = output else { return };
    for (name, value) in output {
        if let Value::Array(list) = all.entry(name).or_insert_with(|| json!([])) {
            list.push(value);
        }
    }
}
