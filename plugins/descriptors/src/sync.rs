//! One run: every scope that it is about, one after the other.
//!
//! One that cannot be read stays as it was, and the others go on.
//!
//! Rule: the run fails only if nothing could be read at all; what failed in part is said at its source.

use std::collections::VecDeque;

use portico_sdk::{Error, Result, Summary, debug, error, info, warn};

use crate::portal::{Portal, Submission, Submitted};
use crate::reader::Outline;

/// Scopes that are read and not known to be stored: the portal stores some while others are read.
const AHEAD: usize = 4;

/// What became of one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done<S> {
    /// It stands as it was read before.
    Unchanged,
    /// It was read, and is on its way to being visible.
    Read(Outline, S),
    /// It was read as far as it differs from before, and is visible.
    Updated(Outline, Summary),
}

/// What became of one scope of a portal.
pub type DoneIn<P> = Done<Submitted<P>>;

/// What the plugin calls its scopes.
#[derive(Clone, Copy, Debug)]
pub struct Noun {
    /// Such as `repository`.
    pub one: &'static str,
    /// Such as `repositories`.
    pub many: &'static str,
}

/// Reads what the run is about, of all the scopes that the plugin speaks for: each by its name, and what `read` takes.
pub fn run<P: Portal, J>(
    portal: &P,
    all: Vec<(String, J)>,
    noun: Noun,
    mut read: impl FnMut(&J) -> Result<DoneIn<P>>,
) -> Result<()> {
    let scopes: Vec<String> = all.iter().map(|(scope, _)| scope.clone()).collect();
    let asked = portal.scopes();
    let jobs: Vec<(String, J)> =
        all.into_iter().filter(|(scope, _)| asked.as_ref().is_none_or(|asked| asked.contains(scope))).collect();
    let total = jobs.len();
    let mut round = Round { portal, underway: VecDeque::new(), read: 0, unchanged: 0, failures: Vec::new() };
    for (done, (scope, job)) in jobs.into_iter().enumerate() {
        if portal.cancelled() {
            return Err(Error::Failed(format!("the run was stopped after {done} of {total} {}", noun.many)));
        }
        portal.progress(done, total, &format!("reading {scope}"));
        match read(&job) {
            Ok(Done::Unchanged) => {
                debug!("{scope}: nothing has changed");
                round.unchanged += 1;
            }
            Ok(Done::Updated(outline, summary)) => {
                say(&scope, &outline, &summary);
                round.read += 1;
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
        counted(total, noun.one, noun.many),
        round.read,
        round.unchanged,
        round.failures.len()
    );
    verdict(round.failures, total, noun)
}

/// How a run goes.
struct Round<'a, P: Portal> {
    portal: &'a P,
    /// Scopes that were read and are on their way to being visible, the first first.
    underway: VecDeque<(String, Outline, Submitted<P>)>,
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
fn verdict(failures: Vec<(String, Error)>, total: usize, noun: Noun) -> Result<()> {
    if total == 0 || failures.len() < total {
        return Ok(());
    }
    let (scope, first) = failures.into_iter().next().ok_or_else(|| Error::Failed("nothing was read".to_owned()))?;
    Err(match total {
        1 => first,
        _ => first.context(format_args!("none of the {total} {} could be read; the first was {scope}", noun.many)),
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

/// A number and its noun.
fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
