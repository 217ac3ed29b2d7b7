//! Where a task's course is kept: in the journal, or, of a task that is only tried, in memory.

use std::sync::{Arc, Mutex, PoisonError};

use portico_api_types::{EventBody, EventKind, LogLevel, StepStatus, TaskEvent, TaskStep};
use portico_catalog::{StoreError, TaskWrite};

use crate::journal::Journal;
use crate::kept::Kept;
use crate::mask::Masks;

/// Where it is kept.
pub(crate) enum Place {
    Journal(Journal),
    Memory(Mutex<Vec<TaskEvent>>),
}

/// A task while it goes on.
pub(crate) struct Recorder {
    pub(crate) kept: Mutex<Kept>,
    place: Place,
    masks: Masks,
}

impl Recorder {
    pub(crate) fn new(kept: Kept, place: Place, masks: Masks) -> Arc<Recorder> {
        Arc::new(Recorder { kept: Mutex::new(kept), place, masks })
    }

    pub(crate) fn masks(&self) -> &Masks {
        &self.masks
    }

    /// The task as it is now.
    pub(crate) fn task(&self) -> Kept {
        self.locked(|kept| kept.clone())
    }

    /// Changes the task; it is kept with the next [`Recorder::keep`].
    pub(crate) fn locked<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes a step.
    pub(crate) fn step<T>(&self, place: usize, change: impl FnOnce(&mut TaskStep) -> T) -> Option<T> {
        self.locked(|kept| kept.task.steps.get_mut(place).map(change))
    }

    /// Something was said.
    pub(crate) fn say(&self, kind: EventKind, body: EventBody) {
        let body = EventBody { message: self.masks.text(&body.message), ..body };
        let event = self.locked(|kept| kept.say(kind, body));
        match &self.place {
            Place::Memory(events) => events.lock().unwrap_or_else(PoisonError::into_inner).push(event),
            Place::Journal(journal) => match serde_json::to_vec(&event) {
                Ok(bytes) => {
                    journal.say(TaskWrite { id: event.task_id, record: None, events: vec![(event.id, bytes)] });
                }
                Err(error) => tracing::error!(%error, "what was said in a task could not be written down"),
            },
        }
    }

    /// Something was said about the task as a whole.
    pub(crate) fn note(&self, message: impl Into<String>) {
        self.say(EventKind::Log, EventBody { message: message.into(), ..EventBody::default() });
    }

    /// A step stands otherwise from now on.
    pub(crate) fn stands(&self, id: &str, status: StepStatus, message: String) {
        let body = EventBody { message, step_id: Some(id.to_owned()), status: Some(status), ..EventBody::default() };
        self.say(EventKind::Log, body);
    }

    /// A line of what an action says.
    pub(crate) fn line(&self, id: &str, level: LogLevel, message: String) {
        let body = EventBody { message, step_id: Some(id.to_owned()), level: Some(level), ..EventBody::default() };
        self.say(EventKind::Log, body);
    }

    /// The task as it is now is on the disk when this returns, with all that was said.
    pub(crate) async fn keep(&self) -> Result<(), StoreError> {
        match &self.place {
            Place::Memory(_) => Ok(()),
            Place::Journal(journal) => {
                let (id, record) = self.locked(|kept| (kept.task.id.clone(), kept.record()));
                journal.keep(TaskWrite { id, record: Some(record?), events: Vec::new() }).await
            }
        }
    }

    /// The task is over, and something was said last. Nobody sees that before it is on the disk.
    pub(crate) async fn close(
        &self,
        change: impl FnOnce(&mut Kept),
        kind: EventKind,
        body: EventBody,
    ) -> Result<(), StoreError> {
        let mut kept = self.task();
        change(&mut kept);
        let event = kept.say(kind, EventBody { message: self.masks.text(&body.message), ..body });
        match &self.place {
            Place::Memory(events) => events.lock().unwrap_or_else(PoisonError::into_inner).push(event),
            Place::Journal(journal) => {
                let bytes = serde_json::to_vec(&event)
                    .map_err(|error| StoreError::Damaged { table: "task-events", reason: error.to_string() })?;
                let (id, record) = (event.task_id, Some(kept.record()?));
                journal.keep(TaskWrite { id, record, events: vec![(event.id, bytes)] }).await?;
            }
        }
        self.locked(|shown| *shown = kept);
        Ok(())
    }

    /// All that was said in a task that is only tried.
    pub(crate) fn said(&self) -> Vec<TaskEvent> {
        match &self.place {
            Place::Memory(events) => events.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Place::Journal(_) => Vec::new(),
        }
    }
}
