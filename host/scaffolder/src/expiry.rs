//! Entities that live for a while: when what a task made is due, the template that takes it down is run.
//!
//! Rule: what is due is taken down once, by a task like any other, which everybody can see; whoever owns it can put it off before.

use std::time::Duration;

use jiff::Timestamp;
use portico_api_types::{Expiry, Task, TaskStatus, TaskUser};
use portico_catalog::StoreError;
use portico_model::EntityRef;
use portico_templates::{Context, Template as Expression};
use serde_json::{Map, Value};

use crate::error::ScaffoldError;
use crate::kept::now;
use crate::rules::read_span;
use crate::scaffolder::Scaffolder;
use crate::template::{Asked, Template};

/// The longest life: who wants more wants no end.
const LONGEST: Duration = Duration::from_secs(5 * 366 * 24 * 3600);

/// The references that steps put out, as registering does.
pub(crate) fn made(task: &Task) -> Vec<String> {
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

/// When what a task made is due; nothing where it stays.
pub(crate) fn due(task: &Task, context: &Context) -> Result<Option<Timestamp>, String> {
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

    /// Puts off the end of an entity by a span such as `7d`.
    pub fn extend(&self, entity: &EntityRef, by: &str) -> Result<Expiry, ScaffoldError> {
        let span = read_span(by).map_err(ScaffoldError::Input)?;
        let mut expiry = self.expiry_of(entity)?;
        if expiry.tear_down_task.is_some() {
            return Err(ScaffoldError::State(format!("{entity} is being taken down")));
        }
        let warned = expiry.at.as_millisecond() - expiry.warn_at.as_millisecond();
        let later = |at: Timestamp| at.checked_add(span).map_err(|error| ScaffoldError::Input(error.to_string()));
        expiry.at = later(expiry.at)?;
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

    /// Notes what a task that is done made, and when that is due.
    pub(crate) fn note_made(&self, task: &Task) -> Result<(), ScaffoldError> {
        let (Some(at), Some(expires)) = (task.expires_at, &task.spec.expires) else { return Ok(()) };
        let warn = at.checked_sub(Duration::from_secs(expires.warn)).unwrap_or(at);
        for entity in &task.entities {
            self.keep_expiry(&Expiry {
                entity_ref: entity.clone(),
                task_id: task.id.clone(),
                created_by: task.created_by.clone(),
                at,
                warn_at: warn,
                tear_down: expires.tear_down.clone(),
                tear_down_task: None,
            })?;
        }
        Ok(())
    }

    /// Takes down what is due, and forgets what is gone.
    pub(crate) async fn take_down(&self, at: Timestamp) -> Result<(), ScaffoldError> {
        for mut expiry in self.expiries()? {
            if let Some(task) = &expiry.tear_down_task {
                let ended = self.task(task).map(|task| task.status);
                if matches!(ended, Ok(TaskStatus::Completed) | Err(ScaffoldError::NoTask(_))) {
                    self.inner.catalog.save_expiry(&expiry.entity_ref, None)?;
                }
                continue;
            }
            if expiry.at > at {
                continue;
            }
            match self.begin_tear_down(&expiry).await {
                Ok(None) => self.inner.catalog.save_expiry(&expiry.entity_ref, None)?,
                Ok(Some(task)) => {
                    expiry.tear_down_task = Some(task);
                    self.keep_expiry(&expiry)?;
                }
                Err(error) => {
                    tracing::error!(entity = expiry.entity_ref, %error, "what is due cannot be taken down; it is tried again");
                }
            }
        }
        Ok(())
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
