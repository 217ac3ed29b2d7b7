//! What the scaffolder sees to by itself: what was not approved in time, what is due, and what is kept no longer.

use std::time::Duration;

use portico_api_types::TaskStatus;
use tokio::time::{MissedTickBehavior, interval};

use crate::error::ScaffoldError;
use crate::folder::TaskFolder;
use crate::kept::{Brief, now};
use crate::scaffolder::Scaffolder;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(15);

/// How long the files of a task are kept that failed, and may be tried again.
const FILES: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a task is kept, with what was said in it.
const TASKS: Duration = Duration::from_secs(90 * 24 * 3600);

impl Scaffolder {
    /// Sees to it for as long as the portal runs.
    pub(crate) async fn see_to_it(self) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            for done in [self.give_up_undecided(now()).await, self.take_down(now()).await, self.tidy().await] {
                if let Err(error) = done {
                    tracing::error!(%error, "the scaffolder could not see to its tasks; it tries again");
                }
            }
        }
    }

    /// Forgets old tasks, and the files of those that nobody tried again.
    async fn tidy(&self) -> Result<(), ScaffoldError> {
        let scaffolder = self.clone();
        let tidied = tokio::task::spawn_blocking(move || scaffolder.tidy_now(now().as_millisecond())).await;
        tidied.map_err(|error| ScaffoldError::Portal(error.to_string()))?
    }

    pub(crate) fn tidy_now(&self, now: i64) -> Result<(), ScaffoldError> {
        let before = |age: Duration| now.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let mut gone = Vec::new();
        for listed in self.inner.catalog.tasks()? {
            let brief = Brief::read(&listed.brief)?;
            let Some(ended) = brief.ended.filter(|_| brief.status.is_over()) else { continue };
            if ended < before(FILES) || brief.status == TaskStatus::Completed {
                TaskFolder::new(&self.inner.folder, &listed.id).remove()?;
            }
            if ended < before(TASKS) {
                gone.push((listed.created, listed.id));
            }
        }
        if gone.is_empty() { Ok(()) } else { Ok(self.inner.catalog.forget_tasks(&gone)?) }
    }
}
