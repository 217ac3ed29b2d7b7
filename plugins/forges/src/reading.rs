//! Reading one repository: what the forge says of it, and what its descriptors describe, in one session.
//!
//! Rule: all of it or nothing. Where the forge or Git does not answer, what was there before stays. A repository that is new is brought in
//! with what there is, and read again the next time.

use std::collections::BTreeSet;

use portico_descriptors::{Outline, Reading, Sink, Tree, read};
use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Error, Problem, Put, Result, Session, Summary, Violation, catalog, clock, debug, run, warn};
use portico_sites::{Addresses, Reference};
use serde_json::Value;

use crate::annotated::Annotated;
use crate::api::Api;
use crate::cursor::{Cursor, digest};
use crate::memory::Memory;
use crate::parts::{Part, Seen, names};
use crate::repository::{Details, Repository, State, facts, object};
use crate::settings::Forge;
use crate::site::{Others, site};
use crate::tree::Clones;

/// Reads repositories of one owner.
pub(crate) struct Reader<'a> {
    pub(crate) clones: &'a dyn Clones,
    pub(crate) forge: &'a Forge,
    pub(crate) api: Api,
    /// Entities that say of themselves which repository they come from.
    pub(crate) annotated: Annotated,
    /// What the token may not see of one repository or another.
    pub(crate) unseen: BTreeSet<Part>,
}

/// What the forge said of a repository, and what it does not let the token see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) details: Details,
    pub(crate) unseen: BTreeSet<Part>,
}

/// What was read.
pub(crate) struct Done {
    pub(crate) outline: Outline,
    pub(crate) summary: Summary,
}

/// Everything besides the row that decides what a repository comes to.
fn rest(forge: &Forge, annotated: &BTreeSet<EntityRef>) -> String {
    let settings = forge.digest();
    digest(std::iter::once(settings.as_str()).chain(annotated.iter().map(EntityRef::as_str)))
}

impl Reader<'_> {
    /// Whether a repository stands as it was read.
    pub(crate) fn stands(&self, id: &str, row: &str) -> bool {
        let scope = self.forge.scope(id);
        let cursor = portico_sdk::cursor(&scope).ok().flatten();
        cursor.as_deref().and_then(Cursor::parse).is_some_and(|cursor| {
            cursor.stands(&scope, row, &rest(self.forge, &self.annotated.with(&cursor.project)), clock::now())
        })
    }

    /// Whether a repository was never read.
    pub(crate) fn is_new(&self, repository: &Repository) -> Result<bool> {
        Ok(portico_sdk::cursor(&self.forge.scope(&repository.id))?.is_none())
    }

    /// What more the forge says of a repository.
    pub(crate) fn details(&mut self, repository: &Repository) -> Result<Told> {
        let mut unseen = BTreeSet::new();
        let details = self.forge.dialect().details(&self.api, repository, &mut unseen)?;
        self.unseen.extend(&unseen);
        Ok(Told { details, unseen })
    }

    /// The rights that let a token see these parts, each once.
    pub(crate) fn rights(&self, parts: &BTreeSet<Part>) -> String {
        let rights: BTreeSet<&str> = parts.iter().map(|part| self.forge.dialect().right(*part)).collect();
        rights.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// Says in the log what the token may not see.
    pub(crate) fn warn_of_unseen(&self) {
        if !self.unseen.is_empty() {
            warn!(
                "{}: the token may not see {} of all repositories; what was known of that stays as it was, and else is left out. It needs {}",
                self.forge.key(),
                names(&self.unseen),
                self.rights(&self.unseen)
            );
        }
    }

    /// Reads a repository. One of which the forge could not be asked for details is to be read again.
    pub(crate) fn read(&mut self, repository: &Repository, told: Option<Told>) -> Result<Done> {
        let scope = self.forge.scope(&repository.id);
        let before = portico_sdk::cursor(&scope)?.as_deref().and_then(Cursor::parse);
        let was_read = before.as_ref().is_some_and(|before| before.commit != "-");
        let is_told = told.is_some();
        let (mut is_whole, Told { details, unseen }) = (is_told, told.unwrap_or_default());
        let opened = self.open(repository, &details, was_read);
        let seen_before = before.as_ref().and_then(|before| before.seen.clone());
        let (seen, lost) = Seen::keep(seen_before, details, &unseen);
        let mut problems = self.is_lost(repository, &lost);
        let (tree, commit, reference) = match opened {
            Ok(Some((tree, head))) => {
                let reference = Reference::of(&head.reference, &head.commit);
                (Some(tree), head.commit, reference)
            }
            Ok(None) => (None, String::new(), Reference::Branch(String::new())),
            Err(error) if !was_read => {
                is_whole = false;
                problems.push(Problem {
                    url: Some(repository.url.clone()),
                    ..Problem::new(&*repository.url, error.to_string())
                });
                (None, String::new(), Reference::Branch(String::new()))
            }
            Err(error) => return Err(error),
        };
        let mut taker = Taker { session: Session::full(&scope)?, entities: Vec::new() };
        let outline = match &tree {
            Some(tree) => self.descriptors(repository, tree.as_ref(), reference, &mut taker)?,
            None => Outline::default(),
        };
        let Taker { mut session, entities } = taker;
        session.report(&problems)?;
        let annotated = self.annotated.with(&repository.project);
        let others: Vec<EntityRef> = annotated.iter().filter(|one| !entities.contains(one)).cloned().collect();
        let facts = facts(&self.forge.host(), repository, &seen.details);
        let slug = self.slug(repository, before.as_ref().map(|before| before.project.as_str()))?;
        session.push("repository", &object(repository, &slug, facts, &entities, &others))?;
        for refused in session.rejections()? {
            debug!("{}: {}: {}", repository.project, refused.origin.file, refused.reason);
        }
        let cursor = Cursor {
            commit,
            row: if is_whole { repository.digest() } else { String::new() },
            rest: rest(self.forge, &annotated),
            project: repository.project.clone(),
            at: clock::now(),
            pending: lost.is_empty() && seen.details.ci.as_ref().is_some_and(|ci| ci.state == State::Pending),
            unsure_until: repository.unsure_until,
            seen: is_told.then_some(seen),
        };
        let summary = session.commit(Some(&cursor.text()))?;
        Ok(Done { outline, summary })
    }

    /// What it is called as an entity. Whichever of two that would be called the same has the name keeps it.
    fn slug(&self, repository: &Repository, project_before: Option<&str>) -> Result<String> {
        let (among, host) = (&self.forge.among, self.forge.host());
        let is_own = |entity: &Value| {
            let (of, project) = (entity["spec"]["host"].as_str(), entity["spec"]["project"].as_str());
            // One that does not say, by an operator's mapping, is nobody else's.
            let is_same = |own: &str| project.is_none_or(|project| project.eq_ignore_ascii_case(own));
            of.is_none_or(|of| of == host) && (is_same(&repository.project) || project_before.is_some_and(is_same))
        };
        let (plain, apart) = (among.of_path(&repository.project), among.apart(&repository.project));
        let is_apart = match called(&plain)? {
            Some(entity) => !is_own(&entity),
            None => called(&apart)?.as_ref().is_some_and(is_own),
        };
        Ok(if is_apart { apart } else { plain })
    }

    /// What is shown of a repository of which the token does not see all that it saw.
    fn is_lost(&self, repository: &Repository, lost: &BTreeSet<Part>) -> Vec<Problem> {
        if lost.is_empty() {
            return Vec::new();
        }
        let message = format!(
            "{} does not let the token see {} any more (403); what was known of that stays as it was. It needs {}",
            self.forge.host(),
            names(lost),
            self.rights(lost)
        );
        vec![Problem { url: Some(repository.url.clone()), ..Problem::new(&*repository.url, message) }]
    }

    /// The files of the default branch; none while nothing was pushed. A forge that does not name the branch any more has not said that
    /// there is none: of who may not see the code, some leave it out.
    fn open(
        &self,
        repository: &Repository,
        details: &Details,
        was_read: bool,
    ) -> Result<Option<(Box<dyn Tree>, portico_sdk::repositories::Head)>> {
        match &repository.default_branch {
            _ if repository.empty || details.empty => Ok(None),
            Some(branch) => self.clones.open(&repository.clone, branch).map(Some),
            None if was_read => Err(Error::Failed(format!(
                "{} does not name its default branch any more; what it brought in stays. Check that the token may see the code",
                repository.project
            ))),
            None => Ok(None),
        }
    }

    fn descriptors(
        &self,
        repository: &Repository,
        tree: &dyn Tree,
        reference: Reference,
        sink: &mut dyn Sink,
    ) -> Result<Outline> {
        let descriptors = &self.forge.descriptors;
        let mut files = tree.find(&descriptors.wanted())?;
        let taken_out = descriptors.takes_out();
        files.retain(|path| !taken_out.is_match(path));
        let site = site(self.forge, repository, reference);
        let addresses = Addresses { site: &site, neighbours: &Others { forge: self.forge } };
        read(&Reading { tree, site: &addresses, files, root: None }, sink)
    }
}

/// The repository that is called so, as far as the plugin may look.
fn called(name: &str) -> Result<Option<Value>> {
    let Ok(reference) = EntityRef::new("repository", "default", name) else { return Ok(None) };
    match catalog::get(&reference) {
        Err(Error::Denied(_)) => Ok(None),
        found => found,
    }
}

/// Takes everything back that a repository brought. That it is no more is said by the next listing.
pub(crate) fn forget(forge: &Forge, id: &str) -> Result<()> {
    let scope = forge.scope(id);
    if portico_sdk::cursor(&scope)?.is_some() {
        Session::full(&scope)?.commit(None)?;
    }
    Memory::forget(forge, id)
}

/// The same, if the repository was called so: numbers are a forge's own, and who says that one is gone may be another forge.
pub(crate) fn forget_called(forge: &Forge, id: &str, project: &str) -> Result<()> {
    let cursor = portico_sdk::cursor(&forge.scope(id))?;
    match cursor.as_deref().and_then(Cursor::parse) {
        Some(cursor) if cursor.project.eq_ignore_ascii_case(project) => forget(forge, id),
        _ => Ok(()),
    }
}

/// Takes what is read of a repository's descriptors.
struct Taker {
    session: Session,
    /// What they describe.
    entities: Vec<EntityRef>,
}

impl Sink for Taker {
    fn check(&mut self, document: &str) -> Result<Vec<Violation>> {
        portico_sdk::check(document)
    }

    fn put(&mut self, put: Put) -> Result<()> {
        let reference = reference_of(&serde_json::from_str(&put.document)?);
        self.entities.extend(reference.filter(|reference| !self.entities.contains(reference)));
        self.session.put_document(put)
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        debug!("{}: {}", problem.file, problem.message);
        self.session.report(&[problem])
    }

    fn stops(&self) -> bool {
        run::cancelled()
    }
}
