//! What differs between two commits of a repository: paths only, found by the trees' ids, without a look at any file.
//!
//! Rule: a folder that both commits have with one id is not entered, so that the work is proportional to the change; what a hostile
//! tree could make large is bounded as in `snapshot`, and beyond the bounds nothing is told, never half of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use git2::{Odb, Oid, Repository};

use super::error::RepositoryError;
use super::operation::Operation;
use super::snapshot::{DEEPEST, Kind, MOST_ENTRIES, MOST_FOUND, entries};

/// A file that differs between two commits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    /// From the root of the repository, with `/` between names.
    pub path: String,
    /// Whether the later commit has it.
    pub is_there: bool,
}

/// The two sides of a folder; a side that has no such folder is none.
struct Pair {
    path: String,
    depth: usize,
    before: Option<Oid>,
    after: Option<Oid>,
}

/// The files that differ between the commit `since` and the tree `after`; none if that commit is not here any more, or too much differs.
pub(super) fn changes(
    operation: &Arc<Operation>,
    repository: &Repository,
    since: &str,
    after: Oid,
) -> Result<Option<Vec<Change>>, RepositoryError> {
    // A commit that was taken out of the cache is no failure; nor is one that never was.
    let Ok(before) = Oid::from_str(since).and_then(|id| repository.find_commit(id)?.tree().map(|tree| tree.id()))
    else {
        return Ok(None);
    };
    let store = operation.git("opened", || repository.odb())?;
    let mut found = Vec::new();
    let mut seen = 0;
    let mut pairs = vec![Pair { path: String::new(), depth: 0, before: Some(before), after: Some(after) }];
    while let Some(pair) = pairs.pop() {
        operation.check()?;
        for (name, (before, after)) in sides(operation, repository, &store, &pair)? {
            seen += 1;
            if seen > MOST_ENTRIES || found.len() > MOST_FOUND || pair.depth > DEEPEST {
                return Ok(None);
            }
            if before == after {
                continue;
            }
            let path = if pair.path.is_empty() { name } else { format!("{}/{name}", pair.path) };
            let folder = |side: Option<(Kind, Oid)>| side.filter(|(kind, _)| *kind == Kind::Folder).map(|(_, id)| id);
            let is_file = |side: Option<(Kind, Oid)>| side.is_some_and(|(kind, _)| kind == Kind::File);
            if is_file(before) || is_file(after) {
                found.push(Change { path: path.clone(), is_there: is_file(after) });
            }
            let (before, after) = (folder(before), folder(after));
            if before.is_some() || after.is_some() {
                pairs.push(Pair { path, depth: pair.depth + 1, before, after });
            }
        }
    }
    found.sort();
    Ok(Some(found))
}

/// What one commit has under a name.
type Side = Option<(Kind, Oid)>;

/// What each name of a folder is in either commit.
fn sides(
    operation: &Arc<Operation>,
    repository: &Repository,
    store: &Odb<'_>,
    pair: &Pair,
) -> Result<BTreeMap<String, (Side, Side)>, RepositoryError> {
    let mut names: BTreeMap<String, (Side, Side)> = BTreeMap::new();
    if let Some(id) = pair.before {
        for (name, mode, id) in entries(operation, repository, store, id, &pair.path)? {
            names.entry(name).or_default().0 = Some((Kind::of(mode), id));
        }
    }
    if let Some(id) = pair.after {
        for (name, mode, id) in entries(operation, repository, store, id, &pair.path)? {
            names.entry(name).or_default().1 = Some((Kind::of(mode), id));
        }
    }
    Ok(names)
}
