//! How templates do, from the journal: how often they are run, how that ends, how long it takes, and where it fails.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portico_api_types::{FailingStep, TaskStatus, TemplateFigures};

use crate::error::ScaffoldError;
use crate::kept::Brief;
use crate::scaffolder::Scaffolder;

/// Tasks of a template that its figures are about: the newest.
const LOOKED_AT: usize = 500;

/// Steps that are named where tasks fail.
const STEPS: usize = 5;

impl Scaffolder {
    /// The figures of every template that was run, by its reference.
    pub fn figures(&self) -> Result<BTreeMap<String, TemplateFigures>, ScaffoldError> {
        let mut by_template: BTreeMap<String, Vec<(i64, Brief)>> = BTreeMap::new();
        for listed in self.inner.catalog.tasks()? {
            let brief = Brief::read(&listed.brief)?;
            let Some(template) = brief.template.clone() else { continue };
            let tasks = by_template.entry(template).or_default();
            if tasks.len() < LOOKED_AT {
                tasks.push((listed.created, brief));
            }
        }
        Ok(by_template.into_iter().map(|(template, tasks)| (template, of(&tasks))).collect())
    }
}

/// Milliseconds that tasks which were completed took, the shortest first: from the wish to the end, with all waiting, which is what a developer sees.
pub(crate) fn took<'a>(tasks: impl Iterator<Item = (i64, &'a Brief)>) -> Vec<u64> {
    let completed = tasks.filter(|(_, task)| task.status == TaskStatus::Completed);
    let mut took: Vec<u64> =
        completed.filter_map(|(created, task)| u64::try_from(task.ended? - created).ok()).collect();
    took.sort_unstable();
    took
}

/// The usual time until an entity was in the catalog, in milliseconds: from the wish, or from when it was approved.
pub(crate) fn registered<'a>(tasks: impl Iterator<Item = (i64, &'a Brief)>) -> Option<u64> {
    let time = |(created, task): (i64, &Brief)| u64::try_from(task.registered? - task.approved.unwrap_or(created)).ok();
    let mut times: Vec<u64> = tasks.filter_map(time).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// The steps that tasks fail at, the most frequent first.
pub(crate) fn fails_at<'a>(tasks: impl Iterator<Item = &'a Brief>) -> Vec<FailingStep> {
    let mut steps: BTreeMap<&str, u64> = BTreeMap::new();
    for step in tasks.filter_map(|task| task.failed_at.as_deref()) {
        *steps.entry(step).or_default() += 1;
    }
    let mut fails_at: Vec<FailingStep> =
        steps.into_iter().map(|(step, count)| FailingStep { step: step.to_owned(), count }).collect();
    fails_at.sort_by_key(|step| std::cmp::Reverse(step.count));
    fails_at.truncate(STEPS);
    fails_at
}

/// The share of tasks that were completed among those that were or failed; none if there are none.
pub(crate) fn success(completed: u64, failed: u64) -> Option<f64> {
    (completed + failed > 0).then(|| completed as f64 / (completed + failed) as f64)
}

/// The figures of tasks, newest first, each with when it was created.
fn of(tasks: &[(i64, Brief)]) -> TemplateFigures {
    let count =
        |status| u64::try_from(tasks.iter().filter(|(_, task)| task.status == status).count()).unwrap_or(u64::MAX);
    let took = took(tasks.iter().map(|(created, task)| (*created, task)));
    let (completed, failed) = (count(TaskStatus::Completed), count(TaskStatus::Failed));
    TemplateFigures {
        tasks: u64::try_from(tasks.len()).unwrap_or(u64::MAX),
        completed,
        failed,
        cancelled: count(TaskStatus::Cancelled),
        success: success(completed, failed),
        median_milliseconds: took.get(took.len() / 2).copied(),
        slowest_milliseconds: took.get(took.len() * 95 / 100).copied(),
        registered_milliseconds: registered(tasks.iter().map(|(created, task)| (*created, task))),
        fails_at: fails_at(tasks.iter().map(|(_, task)| task)),
        last_at: tasks.first().and_then(|(created, _)| Timestamp::from_millisecond(*created).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(status: TaskStatus, created: i64, ended: i64, failed_at: Option<&str>) -> (i64, Brief) {
        let brief = Brief {
            status,
            by: None,
            template: None,
            began: Some(created),
            ended: Some(ended),
            registered: None,
            approved: None,
            failed_at: failed_at.map(str::to_owned),
        };
        (created, brief)
    }

    #[test]
    fn figures_say_how_often_how_long_and_where() {
        let tasks = [
            task(TaskStatus::Completed, 10_000, 13_000, None),
            task(TaskStatus::Failed, 9_000, 9_500, Some("publish")),
            task(TaskStatus::Completed, 8_000, 9_000, None),
            task(TaskStatus::Failed, 7_000, 7_100, Some("publish")),
            task(TaskStatus::Failed, 6_000, 6_100, Some("fetch")),
            task(TaskStatus::Cancelled, 5_000, 5_100, None),
        ];
        let figures = of(&tasks);
        assert_eq!((figures.tasks, figures.completed, figures.failed, figures.cancelled), (6, 2, 3, 1));
        assert_eq!((figures.success, figures.median_milliseconds), (Some(0.4), Some(3_000)));
        assert_eq!(figures.fails_at[0], FailingStep { step: "publish".into(), count: 2 });
        assert_eq!(figures.last_at.map(|at| at.as_millisecond()), Some(10_000));
    }

    #[test]
    fn the_time_to_an_entity_begins_when_it_could_begin() {
        let (_, brief) = task(TaskStatus::Completed, 0, 9_000, None);
        let at = |registered, approved| Brief { registered, approved, ..brief.clone() };
        let tasks = [at(Some(5_000), None), at(Some(9_000), Some(8_000)), at(None, None)];
        assert_eq!(registered(tasks.iter().map(|task| (1_000, task))), Some(4_000));
        assert_eq!(registered(tasks[1..].iter().map(|task| (1_000, task))), Some(1_000));
        assert_eq!(registered(tasks[2..].iter().map(|task| (1_000, task))), None);
    }

    #[test]
    fn what_was_never_run_has_no_rate() {
        let figures = of(&[]);
        assert_eq!((figures.success, figures.median_milliseconds, figures.tasks), (None, None, 0));
    }
}
