//! Bringing one commit, without its history, into the cache.
//!
//! Rule: what is there is not fetched; what a fetch adds to is never trusted blindly: if adding fails on this side, the
//! commit is fetched once more into an empty repository.

use std::sync::Arc;

use git2::{AutotagOption, Direction, FetchOptions, Oid, RemoteCallbacks, RemoteRedirect, Repository};
use sha2::{Digest, Sha256};

use super::advertisement::Chosen;
use super::cache::{Cache, Generation, Held, Slot};
use super::error::RepositoryError;
use super::operation::Operation;
use super::snapshot::Tree;

/// Where fetched commits are kept, so that the next fetch can say what is there.
const KEPT: &str = "refs/portico";

/// The tree of a commit that a server has, from the cache or fetched into it.
pub(super) fn tree(
    operation: &Arc<Operation>,
    cache: &Cache,
    slot: &Slot,
    mut held: Held,
    chosen: &Chosen,
) -> Result<Tree, RepositoryError> {
    let newest = slot.newest(&mut held);
    if let Some(generation) = &newest {
        if let Ok(tree) = open(generation, chosen.commit) {
            return Ok(tree);
        }
        if !generation.is_worn() {
            match add(operation, generation, chosen) {
                Ok(tree) => {
                    cache.account(slot);
                    return Ok(tree);
                }
                Err(error @ RepositoryError::Failed(_)) => {
                    tracing::warn!(address = %operation.address, %error, "the cached repository is fetched afresh");
                }
                Err(error) => return Err(error),
            }
        }
    }
    let (generation, repository) = operation.git("fetched", || slot.begin())?;
    drop(repository);
    let tree = add(operation, &generation, chosen)?;
    slot.replace(&mut held, &generation);
    cache.account(slot);
    Ok(tree)
}

fn open(generation: &Arc<Generation>, commit: Oid) -> Result<Tree, git2::Error> {
    let repository = generation.open()?;
    // A commit whose tree is missing was not fetched whole.
    repository.find_commit(commit)?.tree()?;
    Tree::new(repository, commit, Some(generation.clone()))
}

fn add(operation: &Arc<Operation>, generation: &Arc<Generation>, chosen: &Chosen) -> Result<Tree, RepositoryError> {
    let repository = operation.git("fetched", || generation.open())?;
    download(operation, &repository, chosen)?;
    // One for each reference that is asked for; a name of the server's may hold what a file name may not.
    let name = format!("{KEPT}/{}", hex::encode(&Sha256::digest(&chosen.ask_for)[..16]));
    operation.git("fetched", || repository.reference(&name, chosen.commit, true, "").map(|_| ()))?;
    operation.git("fetched", || open(generation, chosen.commit))
}

fn download(operation: &Arc<Operation>, repository: &Repository, chosen: &Chosen) -> Result<(), RepositoryError> {
    operation.check()?;
    let by_id = chosen.ask_for == chosen.commit.to_string();
    let result = operation.git("fetched", || {
        let mut remote = repository.remote_anonymous(operation.address.as_str())?;
        remote.connect(Direction::Fetch)?;
        let mut callbacks = RemoteCallbacks::new();
        callbacks.transfer_progress(|_| operation.goes_on());
        callbacks.sideband_progress(|_| operation.goes_on());
        let mut options = FetchOptions::new();
        options
            .depth(1)
            .download_tags(AutotagOption::None)
            .update_fetchhead(false)
            .follow_redirects(RemoteRedirect::None)
            .remote_callbacks(callbacks);
        let spec = format!("+{}:{KEPT}/fetched", chosen.ask_for);
        remote.download(&[spec.as_str()], Some(&mut options))
    });
    match result {
        Err(RepositoryError::Failed(reason)) if by_id => Err(RepositoryError::NotFound(format!(
            "{} does not hand out the commit {}; check the id, or name a branch or tag ({reason})",
            operation.address, chosen.commit
        ))),
        other => other,
    }
}
