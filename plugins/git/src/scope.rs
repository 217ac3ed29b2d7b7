//! Reading one scope: a repository of the settings, or a registered location.
//!
//! Rule: where neither the commit nor the settings changed since a scope was last read, nothing is fetched.

use portico_sdk::Violation;
use portico_sdk::locations::Location;
use portico_sdk::repositories::Head;
use portico_sdk::{Error, Problem, Put, Result, debug};

use crate::forge::{Reference, Site};
use crate::location::{Neighbour, Neighbours};
use crate::portal::{Portal, Session};
use crate::reader::{Outline, Reading, Root, Sink, read};
use crate::registered::{Place, place, root};
use crate::settings::{Patterns, Repository, Settings};
use crate::tree::Tree;

/// What became of one scope.
pub(crate) enum Done<S> {
    /// It stands as it was read before.
    Unchanged,
    /// It was read, and is on its way to being visible.
    Read(Outline, S),
}

/// What became of one scope of a portal.
pub(crate) type DoneIn<P> = Done<<<P as Portal>::Session as Session>::Submission>;

/// A scope whose commit is known.
struct Scope<'a> {
    name: &'a str,
    repository: &'a Repository,
    head: Head,
    /// The registered location that it is, if it is one.
    root: Option<&'a Root>,
    settings: &'a Settings,
    locations: &'a [Location],
}

/// Reads a repository of the settings.
pub(crate) fn read_repository<P: Portal>(
    portal: &P,
    settings: &Settings,
    locations: &[Location],
    repository: &Repository,
) -> Result<DoneIn<P>> {
    let head = portal.resolve(&repository.url, repository.reference.as_deref())?;
    let name = &repository.scope();
    read_scope(portal, &Scope { name, repository, head, root: None, settings, locations })
}

/// Reads a registered location.
pub(crate) fn read_location<P: Portal>(
    portal: &P,
    settings: &Settings,
    locations: &[Location],
    location: &Location,
) -> Result<DoneIn<P>> {
    let place = place(&location.target, settings)?;
    if let Some(scope) = place.read_already(&|repository| Ok(portal.resolve(&repository.url, None)?.reference))? {
        return note_location(portal, location, &scope);
    }
    let (repository, head) = resolve(portal, &place)?;
    let root = root(location, repository.descriptors.is_some());
    let scope = Scope { name: &location.scope, repository: &repository, head, root: Some(&root), settings, locations };
    read_scope(portal, &scope)
}

/// A branch's name may hold slashes, and an address does not say where it ends: the likeliest reading comes first.
fn resolve<P: Portal>(portal: &P, place: &Place<'_>) -> Result<(Repository, Head)> {
    let mut first = None;
    for repository in place.readings()? {
        match portal.resolve(&repository.url, repository.reference.as_deref()) {
            Ok(head) => return Ok((repository, head)),
            Err(error @ Error::NotFound(_)) => first = first.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(first.unwrap_or_else(|| Error::Failed("the address has no meaning".to_owned())))
}

/// The repository is read by the settings already: the location adds the entity that stands for it, and nothing else.
fn note_location<P: Portal>(portal: &P, location: &Location, reader: &str) -> Result<DoneIn<P>> {
    let cursor = format!("in {reader}");
    if portal.cursor(&location.scope)?.as_ref() == Some(&cursor) {
        portal.current(&location.scope)?;
        return Ok(Done::Unchanged);
    }
    let mut session = portal.session(&location.scope)?;
    session.put(root(location, true).put)?;
    let submission = session.submit(&cursor)?;
    let hint = format!("the settings have the file read with {reader}; the location adds nothing to it");
    Ok(Done::Read(Outline { hint, entities: 1, ..Outline::default() }, submission))
}

fn read_scope<P: Portal>(portal: &P, scope: &Scope<'_>) -> Result<DoneIn<P>> {
    let Scope { name, repository, head, root, settings, locations } = scope;
    let reference = repository.reference.as_deref();
    let digest = settings.digest(repository, root.map_or("", |root| root.entity.as_str()));
    let neighbours = settings.neighbours(locations);
    if let Some(cursor) = portal.cursor(name)?
        && stands(&cursor, &head.commit, &digest, &neighbours)
    {
        portal.current(name)?;
        return Ok(Done::Unchanged);
    }
    // The reference may have moved on since; what is read is what the tree holds.
    let (tree, head) = portal.open(&repository.url, reference)?;
    let site = Site::new(
        repository.public(),
        settings.forge(repository),
        Reference::of(&head.reference, &head.commit),
        reference.is_some(),
    );
    let descriptors = settings.descriptors(repository);
    let others = Others { settings, locations, this: repository };
    let reading = Reading { tree: &tree, site: &site, descriptors, root: *root, neighbours: &others };
    let mut collected = Collected { portal, session: portal.session(name)? };
    let mut outline = read(&reading, &mut collected)?;
    if outline.files == 0 {
        outline.hint = hint(&tree, descriptors);
    }
    let cursor = cursor(&head.commit, &digest, outline.has_neighbours.then_some(neighbours.as_str()));
    let submission = collected.session.submit(&cursor)?;
    Ok(Done::Read(outline, submission))
}

/// Where a reading stands: the commit, what the settings were, and, if it mattered, what else is read.
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
    fn check(&mut self, document: &str) -> Result<Vec<Violation>> {
        self.session.check(document)
    }

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

/// What else is read: the other repositories of the settings, and the locations. Which reference a repository has as its
/// default is not known here, so any will do.
struct Others<'a> {
    settings: &'a Settings,
    locations: &'a [Location],
    this: &'a Repository,
}

impl Neighbours for Others<'_> {
    fn reads(&self, target: &str) -> Option<Neighbour> {
        if self.locations.iter().any(|location| location.target == target) {
            return Some(Neighbour::Reads);
        }
        let others = self.settings.repositories.iter().filter(|other| *other != self.this);
        let mut overlooked = None;
        for other in others {
            let site = self.settings.site(other);
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
mod tests {
    use super::*;

    #[test]
    fn a_cursor_stands_only_for_what_it_was_made_of() {
        assert!(stands(&cursor("c", "d", None), "c", "d", "n"));
        assert!(stands(&cursor("c", "d", Some("n")), "c", "d", "n"));
        for (commit, digest, neighbours) in [("x", "d", "n"), ("c", "x", "n"), ("c", "d", "x")] {
            assert!(!stands(&cursor("c", "d", Some("n")), commit, digest, neighbours));
        }
        for odd in ["", "c", "c d n more"] {
            assert!(!stands(odd, "c", "d", "n"), "{odd:?}");
        }
    }
}
