//! Many tasks at a glance: who ran what, how it stands, and how it goes in all.
//!
//! Rule: only what lists show is read; a task is read whole where its place in the queue is asked for.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use portico_api_types::{TaskDay, TaskFigures, TaskOverview, TaskStatus, TaskSummary};

use crate::error::ScaffoldError;
use crate::figures::{fails_at, registered, success, took};
use crate::kept::Brief;
use crate::list::TaskQuery;
use crate::scaffolder::Scaffolder;

/// Tasks that figures are about: the newest.
const LOOKED_AT: usize = 500;

/// Days that are shown.
const DAYS: i64 = 14;

/// A task as lists know it.
struct Listed {
    id: String,
    created: i64,
    brief: Brief,
}

impl Scaffolder {
    /// The tasks that a query is about, with figures of those of its template and its people.
    pub fn overview(&self, query: &TaskQuery) -> Result<TaskOverview, ScaffoldError> {
        let (mut templates, mut people, mut found) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for listed in self.inner.catalog.tasks()? {
            let brief = Brief::read(&listed.brief)?;
            templates.extend(brief.template.clone());
            people.extend(brief.by.clone());
            if query.is_about(&brief) {
                found.push(Listed { id: listed.id, created: listed.created, brief });
            }
        }
        let figures = figures(&found[..found.len().min(LOOKED_AT)], Timestamp::now());
        if !query.status.is_empty() {
            found.retain(|listed| query.status.contains(&listed.brief.status));
        }
        let total = found.len() as u64;
        let page = found.into_iter().skip(query.offset).take(query.limit);
        let items = page.map(|listed| self.summary(listed)).collect::<Result<_, _>>()?;
        Ok(TaskOverview {
            items,
            total,
            figures,
            templates: templates.into_iter().collect(),
            people: people.into_iter().collect(),
        })
    }

    fn summary(&self, listed: Listed) -> Result<TaskSummary, ScaffoldError> {
        let Listed { id, created, brief } = listed;
        let at = |milliseconds: i64| Timestamp::from_millisecond(milliseconds).ok();
        let waits_for = match brief.status {
            TaskStatus::Open => self.task(&id)?.waits_for,
            _ => None,
        };
        Ok(TaskSummary {
            id,
            template: brief.template,
            created_by: brief.by,
            status: brief.status,
            created_at: at(created).unwrap_or(Timestamp::UNIX_EPOCH),
            started_at: brief.began.and_then(at),
            ended_at: brief.ended.and_then(at),
            failed_at: brief.failed_at,
            waits_for,
        })
    }
}

/// How tasks do, as of now.
fn figures(tasks: &[Listed], now: Timestamp) -> TaskFigures {
    let count = |status| tasks.iter().filter(|task| task.brief.status == status).count() as u64;
    let (completed, failed) = (count(TaskStatus::Completed), count(TaskStatus::Failed));
    let took = took(tasks.iter().map(|task| (task.created, &task.brief)));
    TaskFigures {
        open: count(TaskStatus::Open),
        processing: count(TaskStatus::Processing),
        completed,
        failed,
        cancelled: count(TaskStatus::Cancelled),
        success: success(completed, failed),
        median_milliseconds: took.get(took.len() / 2).copied(),
        registered_milliseconds: registered(tasks.iter().map(|task| (task.created, &task.brief))),
        fails_at: fails_at(tasks.iter().map(|task| &task.brief)),
        days: days(tasks, now),
    }
}

fn days(tasks: &[Listed], now: Timestamp) -> Vec<TaskDay> {
    let day_of = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let today = day_of(now);
    let shown = (0..DAYS).rev().filter_map(|before| today.checked_sub(before.days()).ok());
    let mut days: Vec<TaskDay> = shown.map(|day| TaskDay { day: day.to_string(), ..TaskDay::default() }).collect();
    for task in tasks {
        let Ok(created) = Timestamp::from_millisecond(task.created) else { continue };
        let created = day_of(created).to_string();
        let Some(day) = days.iter_mut().find(|day| day.day == created) else { continue };
        match task.brief.status {
            TaskStatus::Completed => day.completed += 1,
            TaskStatus::Failed => day.failed += 1,
            TaskStatus::Open | TaskStatus::Processing | TaskStatus::Cancelled => day.other += 1,
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(status: TaskStatus, created: &str, took: i64) -> Listed {
        let created = created.parse::<Timestamp>().unwrap().as_millisecond();
        let brief = Brief {
            status,
            by: None,
            template: None,
            began: Some(created),
            ended: Some(created + took),
            registered: None,
            approved: None,
            failed_at: None,
        };
        Listed { id: String::new(), created, brief }
    }

    #[test]
    fn a_day_counts_what_was_asked_for_on_it_and_days_without_are_there() {
        let tasks = [
            task(TaskStatus::Completed, "2026-11-27T00:00:00Z", 4_000),
            task(TaskStatus::Processing, "2026-11-27T14:00:00Z", 0),
            task(TaskStatus::Failed, "2026-11-26T23:59:59Z", 10),
            task(TaskStatus::Completed, "2026-11-14T00:00:00Z", 2_000),
            // Longer ago than is shown.
            task(TaskStatus::Completed, "2026-11-13T23:59:59Z", 9_000),
        ];
        let figures = figures(&tasks, "2026-11-27T15:00:00Z".parse().unwrap());
        let days: Vec<_> = figures.days.iter().filter(|day| day.completed + day.failed + day.other > 0).collect();
        let day = |day: &str, completed, failed, other| TaskDay { day: day.to_owned(), completed, failed, other };
        assert_eq!(days, [&day("2026-11-14", 1, 0, 0), &day("2026-11-26", 0, 1, 0), &day("2026-11-27", 1, 0, 1)]);
        assert_eq!(figures.days.len(), 14);
        assert_eq!((figures.success, figures.median_milliseconds, figures.all()), (Some(0.75), Some(4_000), 5));
    }

    #[test]
    fn nothing_is_said_of_tasks_that_there_are_none_of() {
        let figures = figures(&[], "2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!((figures.success, figures.median_milliseconds, figures.all()), (None, None, 0));
        assert_eq!(figures.days.first().map(|day| day.day.as_str()), Some("2025-12-19"));
    }
}
