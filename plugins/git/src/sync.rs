//! One run: every repository of the settings, then every registered location, one after the other.
//!
//! Each is a scope. One that cannot be read stays as it was, and the others go on.
//!
//! Rule: the run fails only if nothing could be read at all; what failed in part is said at its source.

use portico_sdk::locations::Location;
use portico_sdk::{Error, Result, Summary, debug, error, info, warn};

use crate::portal::Portal;
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
    let (mut read, mut unchanged, mut failures) = (0, 0, Vec::new());
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
                unchanged += 1;
            }
            Ok(Done::Read(outline, summary)) => {
                say(&scope, &outline, &summary);
                read += 1;
            }
            Err(error) if portal.cancelled() => return Err(error),
            Err(error) => {
                error!("{scope}: {error}");
                portal.unreadable(&scope, &error.to_string())?;
                failures.push((scope, error));
            }
        }
    }
    portal.progress(total, total, "done");
    portal.retain(&scopes)?;
    info!(
        "{}: {read} read, {unchanged} unchanged, {} could not be read",
        counted(total, "repository", "repositories"),
        failures.len()
    );
    verdict(failures, total)
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
