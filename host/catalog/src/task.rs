//! Tasks: the runs of templates, with what was said in each. This crate only keeps them, as whoever runs them wrote them.
//!
//! Rule: what is written together is there together. A task's record, its line in the list, and its events are read by themselves, so that a list
//! of a thousand tasks reads no task.

use redb::ReadableTable;

use crate::{Catalog, StoreError, tables};

/// What is written of one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskWrite {
    /// The task.
    pub id: String,
    /// How it stands now, if that has changed.
    pub record: Option<TaskRecord>,
    /// What was said, by its number within the task.
    pub events: Vec<(u64, Vec<u8>)>,
}

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRecord {
    /// When it was created, in milliseconds since 1970; it never changes.
    pub created: i64,
    /// What a list shows of it.
    pub brief: Vec<u8>,
    /// All of it.
    pub whole: Vec<u8>,
}

/// A task in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskBrief {
    /// The task.
    pub id: String,
    /// When it was created, in milliseconds since 1970.
    pub created: i64,
    /// What a list shows of it.
    pub brief: Vec<u8>,
}

impl Catalog {
    /// Writes tasks; all of it is on the disk when this returns, or none.
    pub fn write_tasks(&self, writes: &[TaskWrite]) -> Result<(), StoreError> {
        let transaction = self.write()?;
        {
            let mut tasks = transaction.open_table(tables::TASKS)?;
            let mut ages = transaction.open_table(tables::TASK_AGES)?;
            let mut events = transaction.open_table(tables::TASK_EVENTS)?;
            for TaskWrite { id, record, events: said } in writes {
                if let Some(record) = record {
                    tasks.insert(id.as_str(), record.whole.as_slice())?;
                    ages.insert((record.created, id.as_str()), record.brief.as_slice())?;
                }
                for (number, event) in said {
                    events.insert((id.as_str(), *number), event.as_slice())?;
                }
            }
        }
        Ok(transaction.commit()?)
    }

    /// A task, as it was written.
    pub fn task(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read()?.open_table(tables::TASKS)?.get(id)?.map(|record| record.value().to_vec()))
    }

    /// All tasks, newest first.
    pub fn tasks(&self) -> Result<Vec<TaskBrief>, StoreError> {
        let mut all = Vec::new();
        for entry in self.read()?.open_table(tables::TASK_AGES)?.iter()?.rev() {
            let (key, brief) = entry?;
            let (created, id) = key.value();
            all.push(TaskBrief { id: id.to_owned(), created, brief: brief.value().to_vec() });
        }
        Ok(all)
    }

    /// What was said in a task after a number, at most `limit`, in order.
    pub fn task_events(&self, id: &str, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let transaction = self.read()?;
        let events = transaction.open_table(tables::TASK_EVENTS)?;
        let mut said = Vec::new();
        for entry in events.range((id, after.saturating_add(1))..=(id, u64::MAX))?.take(limit) {
            let (key, event) = entry?;
            said.push((key.value().1, event.value().to_vec()));
        }
        Ok(said)
    }

    /// The number of what was said last in a task; 0 where nothing was.
    pub fn last_task_event(&self, id: &str) -> Result<u64, StoreError> {
        let transaction = self.read()?;
        let events = transaction.open_table(tables::TASK_EVENTS)?;
        let last = events.range((id, 0)..=(id, u64::MAX))?.next_back().transpose()?;
        Ok(last.map_or(0, |(key, _)| key.value().1))
    }

    /// When entities are taken down: each with what whoever sees to it wrote.
    pub fn expiries(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut all = Vec::new();
        for entry in self.read()?.open_table(tables::EXPIRIES)?.iter()? {
            let (entity, expiry) = entry?;
            all.push((entity.value().to_owned(), expiry.value().to_vec()));
        }
        Ok(all)
    }

    /// Keeps when an entity is taken down, or forgets it; it is on the disk when this returns.
    pub fn save_expiry(&self, entity: &str, expiry: Option<&[u8]>) -> Result<(), StoreError> {
        let transaction = self.write()?;
        {
            let mut expiries = transaction.open_table(tables::EXPIRIES)?;
            match expiry {
                Some(expiry) => drop(expiries.insert(entity, expiry)?),
                None => drop(expiries.remove(entity)?),
            }
        }
        Ok(transaction.commit()?)
    }

    /// Forgets tasks, with what was said in them; it is no error if there is no such task.
    pub fn forget_tasks(&self, gone: &[(i64, String)]) -> Result<(), StoreError> {
        let transaction = self.write()?;
        {
            let mut tasks = transaction.open_table(tables::TASKS)?;
            let mut ages = transaction.open_table(tables::TASK_AGES)?;
            let mut events = transaction.open_table(tables::TASK_EVENTS)?;
            for (created, id) in gone {
                tasks.remove(id.as_str())?;
                ages.remove((*created, id.as_str()))?;
                events.retain_in((id.as_str(), 0)..=(id.as_str(), u64::MAX), |_, _| false)?;
            }
        }
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(id: &str, created: i64, brief: &str, events: &[u64]) -> TaskWrite {
        let record = TaskRecord { created, brief: brief.into(), whole: format!("whole {id}").into() };
        let events = events.iter().map(|number| (*number, format!("{id} {number}").into_bytes())).collect();
        TaskWrite { id: id.into(), record: Some(record), events }
    }

    #[test]
    fn a_task_is_read_as_it_was_written_last() {
        let catalog = Catalog::in_memory().unwrap();
        catalog.write_tasks(&[write("a", 1, "open", &[1, 2]), write("b", 2, "open", &[1])]).unwrap();
        catalog.write_tasks(&[write("a", 1, "failed", &[3])]).unwrap();
        let brief = |task: &TaskBrief| (task.id.clone(), String::from_utf8(task.brief.clone()).unwrap());
        let all: Vec<_> = catalog.tasks().unwrap().iter().map(brief).collect();
        assert_eq!(all, [("b".into(), "open".into()), ("a".into(), "failed".into())], "newest first, each once");
        assert_eq!(catalog.task("a").unwrap(), Some(b"whole a".to_vec()));
        assert_eq!(catalog.task("c").unwrap(), None);
        let numbers = |after, limit| -> Vec<u64> {
            catalog.task_events("a", after, limit).unwrap().iter().map(|(number, _)| *number).collect()
        };
        assert_eq!(
            (numbers(0, 10), numbers(1, 1), numbers(3, 10), numbers(u64::MAX, 1)),
            (vec![1, 2, 3], vec![2], vec![], vec![])
        );
        let last = |id| catalog.last_task_event(id).unwrap();
        assert_eq!((last("a"), last("b"), last("c")), (3, 1, 0));
    }

    #[test]
    fn a_task_that_is_forgotten_leaves_nothing() {
        let catalog = Catalog::in_memory().unwrap();
        catalog.write_tasks(&[write("a", 1, "", &[1, 2]), write("ab", 1, "", &[1])]).unwrap();
        catalog.forget_tasks(&[(1, "a".into()), (7, "c".into())]).unwrap();
        assert_eq!(catalog.tasks().unwrap().len(), 1);
        assert_eq!((catalog.task("a").unwrap(), catalog.task_events("a", 0, 10).unwrap()), (None, Vec::new()));
        assert_eq!(catalog.task_events("ab", 0, 10).unwrap().len(), 1);
    }
}
