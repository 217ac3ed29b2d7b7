//! The journal: one writer for all tasks, so that what many of them say at once is one transaction.
//!
//! Rule: how a task stands is on the disk before anything that follows from it happens; what is only said may wait for a moment.

use std::time::Duration;

use portico_catalog::{Catalog, StoreError, TaskWrite};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

/// How long what is only said waits for company.
const PATIENCE: Duration = Duration::from_millis(100);

/// Writes in one transaction.
const MOST: usize = 1_000;

/// Hands what is written to the writer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal {
    writer: mpsc::UnboundedSender<Entry>,
    written: watch::Receiver<u64>,
}

struct Entry {
    write: TaskWrite,
    /// Told once it is on the disk.
    done: Option<oneshot::Sender<Result<(), String>>>,
}

impl Journal {
    /// Starts the writer, which ends when nobody can write any more.
    pub(crate) fn start(catalog: Catalog) -> Journal {
        let (writer, entries) = mpsc::unbounded_channel();
        let (told, written) = watch::channel(0);
        tokio::spawn(follow(catalog, entries, told));
        Journal { writer, written }
    }

    /// Writes soon.
    pub(crate) fn say(&self, write: TaskWrite) {
        // Nobody listens any more when the portal has stopped.
        let _ = self.writer.send(Entry { write, done: None });
    }

    /// Writes, with all that was said before; it is on the disk when this returns.
    pub(crate) async fn keep(&self, write: TaskWrite) -> Result<(), StoreError> {
        let (done, told) = oneshot::channel();
        let stopped = || StoreError::Damaged { table: "tasks", reason: "the journal was closed".to_owned() };
        self.writer.send(Entry { write, done: Some(done) }).map_err(|_| stopped())?;
        let written = told.await.map_err(|_| stopped())?;
        written.map_err(|reason| StoreError::Damaged { table: "tasks", reason })
    }

    /// Changes whenever something was written.
    pub(crate) fn written(&self) -> watch::Receiver<u64> {
        self.written.clone()
    }
}

async fn follow(catalog: Catalog, mut entries: mpsc::UnboundedReceiver<Entry>, told: watch::Sender<u64>) {
    while let Some(first) = entries.recv().await {
        let mut batch = vec![first];
        let until = Instant::now() + PATIENCE;
        while batch.len() < MOST {
            let next = match batch.iter().any(|entry| entry.done.is_some()) {
                true => entries.try_recv().ok(),
                false => timeout_at(until, entries.recv()).await.ok().flatten(),
            };
            match next {
                Some(next) => batch.push(next),
                None => break,
            }
        }
        let (writes, waiting): (Vec<TaskWrite>, Vec<_>) =
            batch.into_iter().map(|entry| (entry.write, entry.done)).unzip();
        let store = catalog.clone();
        let written =
            tokio::task::spawn_blocking(move || store.write_tasks(&writes).map_err(|error| error.to_string()));
        let written = written.await.unwrap_or_else(|error| Err(error.to_string()));
        if let Err(error) = &written {
            tracing::error!(%error, "what happened in tasks could not be written down");
        }
        for done in waiting.into_iter().flatten() {
            // Who asked may have gone.
            let _ = done.send(written.clone());
        }
        told.send_modify(|count| *count += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u64) -> TaskWrite {
        TaskWrite { id: "a".to_owned(), record: None, events: vec![(number, b"{}".to_vec())] }
    }

    #[tokio::test]
    async fn what_was_said_before_is_on_the_disk_with_what_is_kept() {
        let catalog = Catalog::in_memory().unwrap();
        let journal = Journal::start(catalog.clone());
        (1..=5).for_each(|number| journal.say(event(number)));
        journal.keep(event(6)).await.unwrap();
        assert_eq!(catalog.task_events("a", 0, 10).unwrap().len(), 6);
    }

    #[tokio::test]
    async fn who_watches_is_told_of_what_is_only_said() {
        let catalog = Catalog::in_memory().unwrap();
        let journal = Journal::start(catalog.clone());
        let mut written = journal.written();
        journal.say(event(1));
        written.changed().await.unwrap();
        assert_eq!(catalog.task_events("a", 0, 10).unwrap().len(), 1);
    }
}
