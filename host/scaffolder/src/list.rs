//! Lists of tasks.

use portico_api_types::{Task, TaskStatus, Tasks};

use crate::error::ScaffoldError;
use crate::kept::Brief;
use crate::scaffolder::Scaffolder;

/// Which tasks, and in which order.
#[derive(Clone, Debug, Default)]
pub struct TaskQuery {
    /// Of any of these people; of everybody, if empty.
    pub created_by: Vec<String>,
    /// In any of these states; in all, if empty.
    pub status: Vec<TaskStatus>,
    /// Of this template.
    pub template: Option<String>,
    /// What they are sorted by, the first first; by age, newest first, if empty.
    pub order: Vec<TaskOrder>,
    /// How many are passed over.
    pub offset: usize,
    /// How many are answered.
    pub limit: usize,
}

impl TaskQuery {
    /// Whether it is about a task, whatever the task's state.
    pub(crate) fn is_about(&self, brief: &Brief) -> bool {
        let is_by = self.created_by.is_empty() || brief.by.as_ref().is_some_and(|by| self.created_by.contains(by));
        is_by && (self.template.is_none() || self.template == brief.template)
    }
}

/// What tasks are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskOrder {
    /// When they were created; true for the newest first.
    CreatedAt(bool),
    /// How they stand, by the letters of it.
    Status(bool),
    /// Who created them.
    CreatedBy(bool),
}

impl Scaffolder {
    /// The tasks that a query is about.
    pub fn tasks(&self, query: &TaskQuery) -> Result<Tasks, ScaffoldError> {
        let mut found = Vec::new();
        for listed in self.inner.catalog.tasks()? {
            let brief = Brief::read(&listed.brief)?;
            if query.is_about(&brief) {
                found.push((listed.id, listed.created, brief));
            }
        }
        if !query.status.is_empty() {
            found.retain(|(_, _, brief)| query.status.contains(&brief.status));
        }
        for order in query.order.iter().rev() {
            found.sort_by(|(_, a_created, a), (_, b_created, b)| {
                let (ordering, is_reversed) = match order {
                    TaskOrder::CreatedAt(newest) => (a_created.cmp(b_created), *newest),
                    TaskOrder::Status(last) => (a.status.as_str().cmp(b.status.as_str()), *last),
                    TaskOrder::CreatedBy(last) => (a.by.cmp(&b.by), *last),
                };
                if is_reversed { ordering.reverse() } else { ordering }
            });
        }
        let total = found.len() as u64;
        let page = found.into_iter().skip(query.offset).take(query.limit);
        let tasks = page.map(|(id, _, _)| self.task(&id)).collect::<Result<Vec<Task>, ScaffoldError>>()?;
        Ok(Tasks { tasks, total_tasks: total })
    }
}
