//! One run: every repository, one after the other.
//!
//! Each is a scope. Where neither its commit nor the settings changed since it was last read, nothing is fetched. One that
//! cannot be read stays as it was, and the others go on.
//!
//! Rule: the run fails only if nothing could be read at all; what failed in part is said at its source.

use portico_sdk::repositories::Head;
use portico_sdk::{Error, Problem, Put, Result, Summary, debug, error, info, warn};

use crate::forge::{Reference, Site};
use crate::location::{Neighbour, Neighbours};
use crate::reader::{Outline, Reading, Sink, read};
use crate::settings::{Patterns, Repository, Settings};
use crate::tree::Tree;

/// What a run needs of the portal, so that it can be tested without one.
pub(crate) trait Portal {
    /// An open repository.
    type Tree: Tree;
    /// A sync of one scope.
    type Session: Session;

    /// What a reference points at.
    fn resolve(&self, url: &str, reference: Option<&str>) -> Result<Head>;
    /// The tree that a reference points at, and its commit.
    fn open(&self, url: &str, reference: Option<&str>) -> Result<(Self::Tree, Head)>;
    /// The cursor of the last commit of a scope.
    fn cursor(&self, scope: &str) -> Result<Option<String>>;
    /// Says that a scope is as its cursor says.
    fn current(&self, scope: &str) -> Result<()>;
    /// Says that a scope could not be read.
    fn unreadable(&self, scope: &str, reason: &str) -> Result<()>;
    /// Says which scopes there are.
    fn retain(&self, scopes: &[String]) -> Result<()>;
    /// Begins a sync.
    fn session(&self, scope: &str) -> Result<Self::Session>;
    /// Says how far the run is.
    fn progress(&self, done: usize, total: usize, message: &str);
    /// Whether somebody asked for the run to stop.
    fn cancelled(&self) -> bool;
}

/// A sync of one scope.
pub(crate) trait Session {
    /// An entity.
    fn put(&mut self, put: Put) -> Result<()>;
    /// What could not be read.
    fn report(&mut self, problem: Problem) -> Result<()>;
    /// Makes all of it visible.
    fn commit(self, cursor: &str) -> Result<Summary>;
}

/// What became of one repository.
enum Done {
    Unchanged,
    Read(Outline, Summary),
}

/// Reads all repositories.
pub(crate) fn run<P: Portal>(portal: &P, settings: &Settings) -> Result<()> {
    let total = settings.repositories.len();
    let (mut read, mut unchanged, mut failures) = (0, 0, Vec::new());
    for (done, repository) in settings.repositories.iter().enumerate() {
        if portal.cancelled() {
            return Err(Error::Failed(format!("the run was stopped after {done} of {total} repositories")));
        }
        let scope = repository.scope();
        portal.progress(done, total, &format!("reading {scope}"));
        match one(portal, settings, repository) {
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
    portal.retain(&settings.repositories.iter().map(Repository::scope).collect::<Vec<_>>())?;
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

fn one<P: Portal>(portal: &P, settings: &Settings, repository: &Repository) -> Result<Done> {
    let scope = repository.scope();
    let reference = repository.reference.as_deref();
    let (digest, neighbours) = (settings.digest(repository), settings.neighbours());
    let head = portal.resolve(&repository.url, reference)?;
    if let Some(cursor) = portal.cursor(&scope)?
        && stands(&cursor, &head.commit, &digest, &neighbours)
    {
        portal.current(&scope)?;
        return Ok(Done::Unchanged);
    }
    // The reference may have moved on since; what is read is what the tree holds.
    let (tree, head) = portal.open(&repository.url, reference)?;
    let named = repository.reference.is_some();
    let site =
        Site::new(repository.public(), settings.forge(repository), Reference::of(&head.reference, &head.commit), named);
    let mut collected = Collected { portal, session: portal.session(&scope)? };
    let reading = Reading {
        tree: &tree,
        site: &site,
        descriptors: settings.descriptors(repository),
        neighbours: &Others { settings, this: repository },
    };
    let mut outline = read(&reading, &mut collected)?;
    if outline.files == 0 {
        outline.hint = hint(&tree, settings.descriptors(repository));
    }
    let cursor = cursor(&head.commit, &digest, outline.has_neighbours.then_some(neighbours.as_str()));
    let summary = collected.session.commit(&cursor)?;
    Ok(Done::Read(outline, summary))
}

/// Where a reading stands: the commit, what the settings were, and, if it mattered, which other repositories there were.
fn cursor(commit: &str, digest: &str, neighbours: Option<&str>) -> String {
    match neighbours {
        Some(neighbours) => format!("{commit} {digest} {neighbours}"),
        None => format!("{commit} {digest}"),
    }
}

fn stands(cursor: &str, commit: &str, digest: &str, neighbours: &str) -> bool {
    let parts: Vec<&str> = cursor.split(' ').collect();
    match parts.as_slice() {
        [a, b] => *a == commit && *b == digest,
        [a, b, c] => *a == commit && *b == digest && *c == neighbours,
        _ => false,
    }
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

/// Nobody adds a repository to find nothing in it, so what is nearly right is said.
fn hint(tree: &dyn Tree, descriptors: &Patterns) -> String {
    let near = match descriptors.are_usual() {
        true => tree.find(&["**/catalog-info.yml".to_owned()]).unwrap_or_default(),
        false => Vec::new(),
    };
    match near.first() {
        Some(entry) => {
            format!(
                "no file is named catalog-info.yaml, but there is {}: add `**/catalog-info.yml` to `descriptors`",
                entry.path
            )
        }
        None => format!("no file matches {}", descriptors.written().join(", ")),
    }
}

/// A session that also knows when to stop.
struct Collected<'a, P: Portal> {
    portal: &'a P,
    session: P::Session,
}

impl<P: Portal> Sink for Collected<'_, P> {
    fn put(&mut self, put: Put) -> Result<()> {
        self.session.put(put)
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        let position =
            problem.position.map(|position| format!(":{}:{}", position.line, position.column)).unwrap_or_default();
        debug!("{}{position}: {}", problem.file, problem.message);
        self.session.report(problem)
    }

    fn stops(&self) -> bool {
        self.portal.cancelled()
    }
}

/// The other repositories of the settings. Which reference each has as its default is not known here, so any will do.
struct Others<'a> {
    settings: &'a Settings,
    this: &'a Repository,
}

impl Neighbours for Others<'_> {
    fn reads(&self, target: &str) -> Option<Neighbour> {
        let others = self.settings.repositories.iter().filter(|other| *other != self.this);
        let mut overlooked = None;
        for other in others {
            let reference = other.reference.clone().unwrap_or_default();
            let site = Site::new(
                other.public(),
                self.settings.forge(other),
                Reference::Branch(reference),
                other.reference.is_some(),
            );
            let Some(inside) = site.locate(target) else { continue };
            if other.reference.is_some() && !site.reads(&inside) {
                continue;
            }
            if self.settings.descriptors(other).matches(&inside.path) {
                return Some(Neighbour::Reads);
            }
            overlooked = Some(Neighbour::Overlooks(other.scope(), inside.path));
        }
        overlooked
    }
}

#[cfg(test)]
mod tests;
