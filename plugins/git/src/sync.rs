//! One run: every repository of the settings, then every registered location, one after the other.
//!
//! Each is a scope. One that cannot be read stays as it was, and the others go on.
//!
//! Rule: the run fails only if nothing could be read at all; what failed in part is said at its source.

use std::collections::VecDeque;

use portico_sdk::locations::Location;
use portico_sdk::{Error, Result, Summary, debug, error, info, warn};

use crate::portal::{Portal, Session, Submission};
use crate::reader::Outline;
use crate::scope::{Done, read_location, read_repository};
use crate::settings::{Repository, Settings};

/// A scope to be read.
enum Job<'a> {
    Repository(&'a Repository),
    Location(&'a Location),
}

impl Job<'_> {
    fn scope(&self) -> String {
        match self {
            Job::Repository(repository) => repository.scope(),
            Job::Location(location) => location.scope.clone(),
        }
    }
}

/// Scopes that are read and not known to be stored: the portal stores some while others are read.
const AHEAD: usize = 4;

/// Reads what the run is about.
pub(crate) fn run<P: Portal>(portal: &P, settings: &Settings) -> Result<()> {
    let locations: Vec<Location> = portal.locations()?.into_iter().filter(|location| location.kind == "url").collect();
    let all = settings.repositories.iter().map(Job::Repository).chain(locations.iter().map(Job::Location));
    let all: Vec<Job<'_>> = all.collect();
    let scopes: Vec<String> = all.iter().map(Job::scope).collect();
    let asked = portal.scopes();
    let jobs: Vec<Job<'_>> =
        all.into_iter().filter(|job| asked.as_ref().is_none_or(|asked| asked.contains(&job.scope()))).collect();
    let total = jobs.len();
    let mut round = Round { portal, underway: VecDeque::new(), read: 0, unchanged: 0, failures: Vec::new() };
    for (done, job) in jobs.iter().enumerate() {
        if portal.cancelled() {
            return Err(Error::Failed(format!("the run was stopped after {done} of {total} repositories")));
        }
        let scope = job.scope();
        portal.progress(done, total, &format!("reading {scope}"));
        let outcome = match job {
            Job::Repository(repository) => read_repository(portal, settings, &locations, repository),
            Job::Location(location) => read_location(portal, settings, &locations, location),
        };
        match outcome {
            Ok(Done::Unchanged) => {
                debug!("{scope}: nothing has changed");
                round.unchanged += 1;
            }
            Ok(Done::Read(outline, submission)) => {
                round.underway.push_back((scope, outline, submission));
                round.settle(AHEAD)?;
            }
            Err(error) if portal.cancelled() => return Err(error),
            Err(error) => round.failed(scope, error)?,
        }
    }
    round.settle(0)?;
    portal.progress(total, total, "done");
    portal.retain(&scopes)?;
    info!(
        "{}: {} read, {} unchanged, {} could not be read",
        counted(total, "repository", "repositories"),
        round.read,
        round.unchanged,
        round.failures.len()
    );
    verdict(round.failures, total)
}

/// How a run goes.
struct Round<'a, P: Portal> {
    portal: &'a P,
    /// Scopes that were read and are on their way to being visible, the first first.
    underway: VecDeque<(String, Outline, <P::Session as Session>::Submission)>,
    read: usize,
    unchanged: usize,
    failures: Vec<(String, Error)>,
}

impl<P: Portal> Round<'_, P> {
    /// Waits until at most so many scopes are under way.
    fn settle(&mut self, most: usize) -> Result<()> {
        while self.underway.len() > most
            && let Some((scope, outline, submission)) = self.underway.pop_front()
        {
            match submission.wait() {
                Ok(summary) => {
                    say(&scope, &outline, &summary);
                    self.read += 1;
                }
                Err(error) => self.failed(scope, error)?,
            }
        }
        Ok(())
    }

    fn failed(&mut self, scope: String, error: Error) -> Result<()> {
        error!("{scope}: {error}");
        self.portal.unreadable(&scope, &error.to_string())?;
        self.failures.push((scope, error));
        Ok(())
    }
}

/// Nothing read at all is a failed run, in the terms of the first failure.
fn verdict(failures: Vec<(String, Error)>, total: usize) -> Result<()> {
    if total == 0 || failures.len() < total {
        return Ok(());
    }
    let (scope, first) = failures.into_iter().next().ok_or_else(|| Error::Failed("nothing was read".to_owned()))?;
    Err(match total {
        1 => first,
        _ => first.context(format_args!("none of the {total} repositories could be read; the first was {scope}")),
    })
}

fn say(scope: &str, outline: &Outline, summary: &Summary) {
    let Summary { added, updated, removed, .. } = summary;
    let read = match outline.files {
        0 => outline.hint.clone(),
        files => format!("{} in {}", counted(outline.entities, "entity", "entities"), counted(files, "file", "files")),
    };
    let line = format!("{scope}: {read}; {added} new, {updated} changed, {removed} gone");
    match outline.problems {
        0 if outline.files > 0 => info!("{line}"),
        0 => warn!("{line}"),
        problems => warn!("{line}; {}", counted(problems, "problem", "problems")),
    }
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests;
