//! Repositories of this machine, opened where they are.
//!
//! Rule: a path counts as what it leads to. Links are resolved first, and the repository, and every store of objects
//! that it draws from, has to lie below what was granted. Nothing is written.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::{Oid, Repository, RepositoryOpenFlags};
use portico_manifest::RepositoryAddress;

use super::error::{RepositoryError, reason};
use super::operation::Operation;
use super::reference::{Wanted, empty};
use super::snapshot::{Head, is_missing, unreadable};

/// Git follows as many.
const DEEPEST_ALTERNATE: usize = 5;

/// An open repository and the commit in it that was asked for.
pub(super) fn open(operation: &Arc<Operation>, wanted: &Wanted) -> Result<(Repository, Head, Oid), RepositoryError> {
    let address = &operation.address;
    let path = granted(operation, Path::new(address.as_str()), None)?;
    let none: [&str; 0] = [];
    let repository = Repository::open_ext(&path, RepositoryOpenFlags::NO_SEARCH, none)
        .map_err(|error| unreadable(address, &error))?;
    for place in [repository.path(), repository.commondir()] {
        granted(operation, place, Some(&path))?;
    }
    stores(operation, &repository.commondir().join("objects"), &path, 0)?;
    let (head, commit) = choose(operation, &repository, wanted)?;
    Ok((repository, head, commit))
}

/// The path without links, if that is granted or lies inside `own`, the repository's own folder.
fn granted(operation: &Operation, path: &Path, own: Option<&Path>) -> Result<PathBuf, RepositoryError> {
    let address = &operation.address;
    let real = path.canonicalize().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            RepositoryError::NotFound(format!("there is no repository at {address}; check the path"))
        }
        ErrorKind::PermissionDenied => RepositoryError::Failed(format!(
            "{address} may not be read by the user that the portal runs as; change the permissions of its files"
        )),
        _ => RepositoryError::Failed(format!("{address} could not be opened: {error}")),
    })?;
    if own.is_some_and(|own| real.starts_with(own)) {
        return Ok(real);
    }
    let text =
        real.to_str().ok_or_else(|| RepositoryError::Invalid(format!("{address} leads to a path that is no UTF-8")))?;
    let leads_to: RepositoryAddress = text.parse().map_err(RepositoryError::Invalid)?;
    match operation.access.rights.repository(&leads_to) {
        Ok(()) => Ok(real),
        Err(mut denial) => {
            denial.sentence = format!("{address} leads to {}. {}", real.display(), denial.sentence);
            Err(denial.into())
        }
    }
}

/// Checks a store of objects, and the others that it names as its alternates.
fn stores(operation: &Operation, store: &Path, own: &Path, depth: usize) -> Result<(), RepositoryError> {
    if depth > DEEPEST_ALTERNATE {
        return Err(RepositoryError::Failed(format!(
            "{} draws objects from a chain of stores that is too long",
            operation.address
        )));
    }
    let store = granted(operation, store, Some(own))?;
    let list = match std::fs::read_to_string(store.join("info/alternates")) {
        Ok(list) => list,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(RepositoryError::Failed(format!("{} could not be opened: {error}", operation.address)));
        }
    };
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        // A relative path counts from the store.
        stores(operation, &store.join(line), own, depth + 1)?;
    }
    Ok(())
}

fn choose(operation: &Operation, repository: &Repository, wanted: &Wanted) -> Result<(Head, Oid), RepositoryError> {
    let place = operation.address.as_str();
    let failed = |error: git2::Error| RepositoryError::Failed(format!("{place} could not be read: {}", reason(&error)));
    match wanted {
        Wanted::Commit(id) => match repository.find_commit(*id) {
            Ok(_) => Ok((Head::new(&id.to_string(), *id), *id)),
            Err(_) => Err(wanted.missing(place, &[])),
        },
        Wanted::Default => {
            let head = repository.find_reference("HEAD").map_err(failed)?;
            let name = head.symbolic_target().ok().flatten().unwrap_or("HEAD").to_owned();
            match head.resolve() {
                Ok(reference) => commit_of(&name, &reference).map_err(failed),
                Err(error) if is_missing(&error) => Err(empty(place)),
                Err(error) => Err(failed(error)),
            }
        }
        Wanted::Named(names) => {
            for name in names {
                match repository.find_reference(name) {
                    Ok(reference) => return commit_of(name, &reference).map_err(failed),
                    Err(error) if is_missing(&error) => {}
                    Err(error) => return Err(failed(error)),
                }
            }
            Err(wanted.missing(place, &branches(repository).iter().map(String::as_str).collect::<Vec<_>>()))
        }
    }
}

fn commit_of(name: &str, reference: &git2::Reference<'_>) -> Result<(Head, Oid), git2::Error> {
    let commit = reference.peel_to_commit()?.id();
    Ok((Head::new(name, commit), commit))
}

/// A few branches, to say what there is.
fn branches(repository: &Repository) -> Vec<String> {
    const FEW: usize = 10;
    let Ok(references) = repository.references_glob("refs/heads/*") else { return Vec::new() };
    references.flatten().filter_map(|reference| reference.name().ok().map(str::to_owned)).take(FEW).collect()
}
