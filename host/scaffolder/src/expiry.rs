//! Entities that live for a while: when what a task made is due, the template that takes it down is run.
//!
//! Rule: what is due is taken down once, by a task like any other, which everybody can see; whoever owns it can put it off before. What cannot be taken
//! down says why where people look, and can be put off or tried again.

use std::time::Duration;

use jiff::Timestamp;
use portico_api_types::{Expiry, StepStatus, Task, TaskStatus, TaskUser};
use portico_catalog::StoreError;
use portico_model::EntityRef;
use portico_templates::{Context, Template as Expression};
use serde_json::{Map, Value};

use crate::engine::context;
use crate::error::ScaffoldError;
use crate::kept::now;
use crate::recorder::Recorder;
use crate::rules::read_span;
use crate::scaffolder::Scaffolder;
use crate::template::{Asked, Template};

/// The longest life: who wants more wants no end.
const LONGEST: Duration = Duration::from_secs(5 * 366 * 24 * 3600);

/// The references that steps put out, as registering does.
fn made(task: &Task) -> Vec<String> {
    let mut found = Vec::new();
    for output in task.steps.iter().filter_map(|step| step.output.as_ref()) {
        let named = match &output["entityRef"] {
            Value::Array(many) => many.clone(),
            one => vec![one.clone()],
        };
        let named = named.iter().filter_map(Value::as_str).filter_map(|name| EntityRef::parse(name).ok());
        found.extend(named.map(|reference| reference.to_string()));
    }
    found.sort();
    found.dedup();
    found
}

/// Notes in a task what it made, and when that is due.
pub(crate) fn note_made(recorder: &Recorder, context: &Context) -> Result<(), String> {
    let mut task = recorder.task().task;
    task.entities = made(&task);
    let at = due(&task, context);
    recorder.locked(|kept| {
        kept.task.expires_at = at.clone().unwrap_or_default().filter(|_| !task.entities.is_empty());
        kept.task.entities = task.entities;
    });
    at.map(drop)
}

/// When what a task made is due; nothing where it stays.
fn due(task: &Task, context: &Context) -> Result<Option<Timestamp>, String> {
    let Some(expires) = &task.spec.expires else { return Ok(None) };
    let after = Expression::parse(&expires.after).and_then(|after| after.evaluate(context));
    let after = after.map_err(|error| format!("`spec.expires.after` of the template: {error}"))?;
    let span = match after {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() || text.trim() == "never" => return Ok(None),
        Some(Value::String(text)) => {
            read_span(&text).map_err(|error| format!("`spec.expires.after` of the template: {error}"))?
        }
        Some(_) => return Err("`spec.expires.after` of the template comes to no span of time, such as `7d`".to_owned()),
    };
    if span > LONGEST {
        return Err("`spec.expires.after` of the template comes to more than five years; leave it out for what stays"
            .to_owned());
    }
    now().checked_add(span).map(Some).map_err(|error| error.to_string())
}

impl Scaffolder {
    /// What lives for a while, the next that is due first.
    pub fn expiries(&self) -> Result<Vec<Expiry>, ScaffoldError> {
        let read = |(_, bytes): (String, Vec<u8>)| {
            serde_json::from_slice::<Expiry>(&bytes)
                .map_err(|error| StoreError::Damaged { table: "expiries", reason: error.to_string() })
        };
        let mut all = self.inner.catalog.expiries()?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|expiry| expiry.at);
        Ok(all)
    }

    /// Puts off the end of an entity by a span such as `7d`. `me` is who asks, with their groups; empty where nobody is signed in.
    pub fn extend(&self, entity: &EntityRef, by: &str, me: &[EntityRef]) -> Result<Expiry, ScaffoldError> {
        let span = read_span(by).map_err(ScaffoldError::Input)?;
        let mut expiry = self.expiry_of(entity)?;
        self.may_put_off(&expiry, me)?;
        if let Some(task) = expiry.tear_down_task.take() {
            let has_failed = |task: &Task| matches!(task.status, TaskStatus::Failed | TaskStatus::Cancelled);
            if !self.task(&task).is_ok_and(|task| has_failed(&task)) {
                return Err(ScaffoldError::State(format!("{entity} is being taken down")));
            }
        }
        let warned = expiry.at.as_millisecond() - expiry.warn_at.as_millisecond();
        let later = |at: Timestamp| at.checked_add(span).map_err(|error| ScaffoldError::Input(error.to_string()));
        // What could not be taken down may be due for long.
        expiry.at = later(expiry.at.max(now()))?;
        expiry.problem = None;
        if expiry.at.as_millisecond() - now().as_millisecond() > i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX)
        {
            return Err(ScaffoldError::Input("that is more than five years away".to_owned()));
        }
        expiry.warn_at = Timestamp::from_millisecond(expiry.at.as_millisecond() - warned)
            .map_err(|error| ScaffoldError::Portal(error.to_string()))?;
        self.keep_expiry(&expiry)?;
        Ok(expiry)
    }

    fn expiry_of(&self, entity: &EntityRef) -> Result<Expiry, ScaffoldError> {
        let found = self.expiries()?.into_iter().find(|expiry| expiry.entity_ref == entity.to_string());
        found.ok_or_else(|| ScaffoldError::NoExpiry(entity.to_string()))
    }

    pub(crate) fn keep_expiry(&self, expiry: &Expiry) -> Result<(), ScaffoldError> {
        let bytes = serde_json::to_vec(expiry).map_err(|error| ScaffoldError::Portal(error.to_string()))?;
        Ok(self.inner.catalog.save_expiry(&expiry.entity_ref, Some(&bytes))?)
    }

    /// Keeps when what a task made is due. What was put off meanwhile stays so.
    pub(crate) async fn keep_expiries(&self, recorder: &Recorder) -> Result<(), ScaffoldError> {
        let (scaffolder, task) = (self.clone(), recorder.task().task);
        let kept = tokio::task::spawn_blocking(move || scaffolder.keep_expiries_of(&task)).await;
        kept.map_err(|error| ScaffoldError::Portal(error.to_string()))?
    }

    fn keep_expiries_of(&self, task: &Task) -> Result<(), ScaffoldError> {
        let (Some(at), Some(expires)) = (task.expires_at, &task.spec.expires) else { return Ok(()) };
        let warn_at = at.checked_sub(Duration::from_secs(expires.warn)).unwrap_or(at);
        let known = self.expiries()?;
        let stays_longer = |entity: &String| {
            let mut own = known.iter().filter(|known| known.entity_ref == *entity && known.task_id == task.id);
            own.any(|known| known.at > at && known.tear_down_task.is_none())
        };
        for entity in task.entities.iter().filter(|entity| !stays_longer(entity)) {
            self.keep_expiry(&Expiry {
                entity_ref: entity.clone(),
                task_id: task.id.clone(),
                created_by: task.created_by.clone(),
                at,
                warn_at,
                tear_down: expires.tear_down.clone(),
                tear_down_task: None,
                problem: None,
            })?;
        }
        Ok(())
    }

    /// The same of a task that the portal cannot go on with; what keeps it from that is said in the task.
    pub(crate) async fn keep_left_expiries(&self, recorder: &Recorder) {
        let task = recorder.task().task;
        let mut known = context(&task, &self.inner.forges, &Map::new()).map_err(|error| error.to_string());
        for step in task.steps.iter().filter(|step| step.status == StepStatus::Completed) {
            let output = step.output.clone().unwrap_or_default();
            known = known.and_then(|known| known.with_step(&step.id, &output).map_err(|error| error.to_string()));
        }
        let kept = match known.and_then(|known| note_made(recorder, &known)) {
            Ok(()) => self.keep_expiries(recorder).await.map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        if let Err(why) = kept {
            recorder.note(format!("What the task made lives for ever: {why}"));
        }
    }

    /// Takes down what is due, and forgets what is gone.
    pub(crate) async fn take_down(&self, at: Timestamp) -> Result<(), ScaffoldError> {
        for mut expiry in self.expiries()? {
            if let Some(task) = expiry.tear_down_task.clone() {
                self.look_after(expiry, &task)?;
                continue;
            }
            if expiry.at > at {
                continue;
            }
            match self.begin_tear_down(&expiry).await {
                Ok(None) => self.inner.catalog.save_expiry(&expiry.entity_ref, None)?,
                Ok(Some(task)) => {
                    (expiry.tear_down_task, expiry.problem) = (Some(task), None);
                    self.keep_expiry(&expiry)?;
                }
                Err(error) => self.note_problem(expiry, Some(error.to_string()))?,
            }
        }
        Ok(())
    }

    /// What became of the task that takes an entity down.
    fn look_after(&self, mut expiry: Expiry, task: &str) -> Result<(), ScaffoldError> {
        match self.task(task) {
            Ok(task) if task.status == TaskStatus::Completed => {
                Ok(self.inner.catalog.save_expiry(&expiry.entity_ref, None)?)
            }
            Ok(task) => {
                let why = task.error.map(|error| format!(": {}", error.message)).unwrap_or_default();
                let problem = format!("The run that takes it down is {}{why}", task.status.as_str());
                self.note_problem(expiry, task.status.is_over().then_some(problem))
            }
            // So long ago that nobody knows what became of it: it is begun again if the entity is still there.
            Err(ScaffoldError::NoTask(_)) => {
                expiry.tear_down_task = None;
                self.keep_expiry(&expiry)
            }
            Err(error) => Err(error),
        }
    }

    /// Says what keeps an entity from being taken down: once, and where people look.
    fn note_problem(&self, mut expiry: Expiry, problem: Option<String>) -> Result<(), ScaffoldError> {
        if expiry.problem == problem {
            return Ok(());
        }
        if let Some(problem) = &problem {
            tracing::warn!(entity = expiry.entity_ref, problem, "what is due is not taken down");
        }
        expiry.problem = problem;
        self.keep_expiry(&expiry)
    }

    /// Begins to take an entity down; nothing where it is gone already.
    async fn begin_tear_down(&self, expiry: &Expiry) -> Result<Option<String>, ScaffoldError> {
        let parse = |text: &str| EntityRef::parse(text).map_err(|error| ScaffoldError::Portal(error.to_string()));
        let Some(entity) = self.inner.catalog.entity(&parse(&expiry.entity_ref)?)? else { return Ok(None) };
        let entity = serde_json::from_slice(&entity).map_err(|error| ScaffoldError::Portal(error.to_string()))?;
        let template = Template::of(&self.inner.catalog, &parse(&expiry.tear_down)?)?;
        let user = TaskUser { entity: None, reference: expiry.created_by.clone() };
        // By the word of the template that made it, whoever may run this one otherwise.
        let asked = Asked { user, me: template.rules.allowed.clone(), entity: Some(entity) };
        let spec = template.task(Map::new(), &asked)?;
        Ok(Some(self.create(spec, expiry.created_by.clone(), Map::new()).await?.id))
    }
}
