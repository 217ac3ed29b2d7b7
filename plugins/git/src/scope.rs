//! Reading one scope: a repository of the settings, or a registered location.
//!
//! Rule: where neither the commit nor the settings changed since a scope was last read, nothing is fetched; where only the commit
//! did, what differs is read, if that comes to the same as reading all of it (`again`).

use std::collections::BTreeSet;

use portico_descriptors::{Collector, Done, DoneIn, Outline, Portal, Reading, Root, Session as _, Tree, read};
use portico_sdk::locations::Location;
use portico_sdk::repositories::Head;
use portico_sdk::{Error, Result};
use portico_sites::{Addresses, Neighbour, Neighbours, Patterns, Reference, Site};

use crate::cursor::{Apart, Cursor};
use crate::registered::{Place, place};
use crate::repositories::Repositories;
use crate::settings::{Repository, Settings};

/// What all scopes of a run have in common.
pub(crate) struct Run<'a, P> {
    /// The portal.
    pub(crate) portal: &'a P,
    /// What the operator wrote.
    pub(crate) settings: &'a Settings,
    /// The scopes of all locations, whichever plugin reads them.
    pub(crate) locations: &'a BTreeSet<String>,
}

/// A scope whose commit is known.
struct Scope<'a> {
    name: &'a str,
    repository: &'a Repository,
    head: Head,
    /// The registered location that it is, if it is one.
    root: Option<&'a Root>,
}

impl<P: Repositories> Run<'_, P> {
    /// Reads a repository of the settings.
    pub(crate) fn repository(&self, repository: &Repository) -> Result<DoneIn<P>> {
        let head = self.portal.resolve(&repository.url, repository.reference.as_deref())?;
        self.read(&Scope { name: &repository.scope(), repository, head, root: None })
    }

    /// Reads a registered location.
    pub(crate) fn location(&self, location: &Location) -> Result<DoneIn<P>> {
        let place = place(&location.target, self.settings)?;
        let default = |repository: &Repository| Ok(self.portal.resolve(&repository.url, None)?.reference);
        if let Some(scope) = place.read_already(&default)? {
            return self.note(location, &scope);
        }
        let (repository, head) = self.resolve(&place)?;
        let root = Root::of(location, repository.descriptors.is_some());
        self.read(&Scope { name: &location.scope, repository: &repository, head, root: Some(&root) })
    }

    /// A branch's name may hold slashes, and an address does not say where it ends: the likeliest reading comes first.
    fn resolve(&self, place: &Place<'_>) -> Result<(Repository, Head)> {
        let mut first = None;
        for repository in place.readings()? {
            match self.portal.resolve(&repository.url, repository.reference.as_deref()) {
                Ok(head) => return Ok((repository, head)),
                Err(error @ Error::NotFound(_)) => first = first.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(first.unwrap_or_else(|| Error::Failed("the address has no meaning".to_owned())))
    }

    /// The repository is read by the settings already: the location adds the entity that stands for it, and nothing else.
    fn note(&self, location: &Location, reader: &str) -> Result<DoneIn<P>> {
        let cursor = format!("in {reader}");
        if self.portal.cursor(&location.scope)?.as_ref() == Some(&cursor) {
            self.portal.current(&location.scope)?;
            return Ok(Done::Unchanged);
        }
        let mut session = self.portal.session(&location.scope)?;
        session.put(Root::of(location, true).put)?;
        let submission = session.submit(&cursor)?;
        let hint = format!("the settings have the file read with {reader}; the location adds nothing to it");
        Ok(Done::Read(Outline { hint, entities: 1, ..Outline::default() }, submission))
    }

    fn read(&self, scope: &Scope<'_>) -> Result<DoneIn<P>> {
        let Scope { name, repository, head, root } = scope;
        let reference = repository.reference.as_deref();
        let digest = self.settings.digest(repository, root.map_or("", |root| root.entity.as_str()));
        let neighbours = self.settings.neighbours(self.locations);
        let before = self.portal.cursor(name)?.as_deref().and_then(Cursor::parse);
        if before.as_ref().is_some_and(|before| before.stands(&head.commit, &digest, &neighbours)) {
            self.portal.current(name)?;
            return Ok(Done::Unchanged);
        }
        // The reference may have moved on since; what is read is what the tree holds.
        let (tree, head) = self.portal.open(&repository.url, reference)?;
        let opened = Opened {
            name,
            root: *root,
            site: Site::new(
                repository.public(),
                self.settings.forge(repository),
                Reference::of(&head.reference, &head.commit),
                reference.is_some(),
            ),
            tree,
            head,
            descriptors: self.settings.descriptors(repository),
            neighbours: Others { settings: self.settings, locations: self.locations, this: repository },
        };
        if let Some(before) = before.filter(|before| before.is_under(&digest, &neighbours))
            && let Some(done) = opened.read_again(self.portal, &before)?
        {
            return Ok(done);
        }
        opened.read(self.portal, digest, neighbours)
    }
}

/// A scope whose files are at hand.
pub(crate) struct Opened<'a, T> {
    pub(crate) name: &'a str,
    pub(crate) root: Option<&'a Root>,
    pub(crate) tree: T,
    pub(crate) head: Head,
    pub(crate) site: Site,
    pub(crate) descriptors: &'a Patterns,
    neighbours: Others<'a>,
}

impl<T: Tree> Opened<'_, T> {
    /// Reads all of it.
    fn read<P: Portal>(&self, portal: &P, settings: String, neighbours: String) -> Result<DoneIn<P>> {
        let files = find(&self.tree, self.descriptors)?;
        if files.is_empty() && self.names_files() {
            return Err(Error::NotFound(format!(
                "there is no file {} at {}; correct the address, or remove the location",
                self.descriptors.written().join(", "),
                self.site.reference().short()
            )));
        }
        let mut collector = Collector::begin(portal, self.name)?;
        let mut outline = self.with(files, |reading| read(reading, &mut collector))?;
        if outline.files == 0 {
            outline.hint = hint(&self.tree, self.descriptors);
        }
        let cursor = Cursor {
            commit: self.head.commit.clone(),
            settings,
            neighbours: outline.has_neighbours.then_some(neighbours),
            apart: Apart::of(&self.head.reference, &outline),
        };
        let submission = collector.submit(&cursor.text())?;
        Ok(Done::Read(outline, submission))
    }

    /// Whether a person named its files.
    pub(crate) fn names_files(&self) -> bool {
        self.root.is_some_and(|root| root.names_files)
    }

    /// Has files of it read.
    pub(crate) fn with(
        &self,
        files: Vec<String>,
        read: impl FnOnce(&Reading<'_>) -> Result<Outline>,
    ) -> Result<Outline> {
        let addresses = Addresses { site: &self.site, neighbours: &self.neighbours };
        read(&Reading { tree: &self.tree, site: &addresses, files, root: self.root })
    }
}

/// The files that the patterns find, and do not take out again.
fn find(tree: &dyn Tree, descriptors: &Patterns) -> Result<Vec<String>> {
    let mut found = tree.find(&descriptors.wanted())?;
    let taken_out = descriptors.takes_out();
    found.retain(|path| !taken_out.is_match(path));
    Ok(found)
}

/// Nobody adds a repository to find nothing in it, so what is nearly right is said.
fn hint(tree: &dyn Tree, descriptors: &Patterns) -> String {
    let near = match descriptors.are_usual() {
        true => tree.find(&["**/catalog-info.yml".to_owned()]).unwrap_or_default(),
        false => Vec::new(),
    };
    match near.first() {
        Some(near) => {
            format!(
                "no file is named catalog-info.yaml, but there is {near}: add `**/catalog-info.yml` to `descriptors`"
            )
        }
        None => format!("no file matches {}", descriptors.written().join(", ")),
    }
}

/// What else is read: the other repositories of the settings, and the locations. Which reference a repository has as its
/// default is not known here, so any will do.
struct Others<'a> {
    settings: &'a Settings,
    locations: &'a BTreeSet<String>,
    this: &'a Repository,
}

impl Neighbours for Others<'_> {
    fn reads(&self, target: &str) -> Option<Neighbour> {
        if self.locations.contains(&format!("url:{target}")) {
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
    fn patterns_with_an_exclamation_mark_take_files_out() {
        let tree = portico_descriptors::testing::Files::new(&[("a/x.yaml", ""), ("b/x.yaml", "")]);
        let patterns = Patterns::try_from(vec!["**/x.yaml".to_owned(), "!b/**".to_owned()]).expect("valid");
        assert_eq!(find(&tree, &patterns).expect("found"), ["a/x.yaml"]);
    }
}
