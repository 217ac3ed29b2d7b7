//! Git repositories, read with the host's credentials and the host's cache.
//!
//! A repository is looked at in two steps. `resolve` asks what a reference points at, which costs one exchange and tells
//! most of the time that nothing has changed. `snapshot` brings that one commit's tree within reach: out of the cache, by
//! a fetch without history, or, for a repository of this machine, straight from where it is.
//!
//! Rules: everything goes through the egress or stays below a granted path; a repository is data and nothing in it is
//! ever executed, checked out or followed out of it; work stops when nobody waits for it.

mod access;
mod advertisement;
mod cache;
mod changes;
mod copy;
mod error;
mod fetch;
mod ignored;
mod library;
mod local;
mod operation;
mod push;
mod reference;
mod smart;
mod snapshot;
mod transport;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use portico_manifest::RepositoryAddress;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

pub(crate) use access::Access;
pub(crate) use changes::Change;
pub(crate) use copy::Room;
pub(crate) use error::RepositoryError;
pub(crate) use push::Push;
pub(crate) use snapshot::{Entry, Head, Snapshot};

use advertisement::{Advertisement, Chosen};
use cache::Cache;
use operation::Operation;
use reference::Wanted;
use snapshot::Tree;

/// Fetches at the same time; each may keep a processor busy with unpacking.
const FETCHES: usize = 4;

/// Reads repositories. One for the whole portal; cheap to clone.
#[derive(Clone)]
pub(crate) struct Repositories {
    cache: Arc<Cache>,
    fetches: Arc<Semaphore>,
}

impl Repositories {
    /// With its cache in a folder, which is made if it is not there.
    pub(crate) fn new(cache: PathBuf) -> io::Result<Repositories> {
        Ok(Repositories { cache: Arc::new(Cache::open(cache)?), fetches: Arc::new(Semaphore::new(FETCHES)) })
    }

    /// What `reference` (a branch, a tag, a commit's id; the default branch, if none) points at now.
    pub(crate) async fn resolve(
        &self,
        access: &Access,
        url: &str,
        reference: Option<&str>,
    ) -> Result<Head, RepositoryError> {
        let (address, wanted) = check(access, url, reference)?;
        if address.is_local() {
            return Ok(self.local(access, &address, wanted).await?.head().clone());
        }
        Ok(choose(access, &address, &wanted).await?.1.head)
    }

    /// The tree of the commit that `reference` points at now.
    pub(crate) async fn snapshot(
        &self,
        access: &Access,
        url: &str,
        reference: Option<&str>,
    ) -> Result<Snapshot, RepositoryError> {
        let (address, wanted) = check(access, url, reference)?;
        if address.is_local() {
            return self.local(access, &address, wanted).await;
        }
        let (advertised, chosen) = choose(access, &address, &wanted).await?;
        let tree = self.remote(access, &address, advertised, chosen.clone());
        let stopped = |_| RepositoryError::Stopped(address.to_string());
        let tree = timeout_at(access.deadline, tree).await.map_err(stopped)??;
        Ok(Snapshot::new(access, &address, chosen.head, tree))
    }

    async fn local(
        &self,
        access: &Access,
        address: &RepositoryAddress,
        wanted: Wanted,
    ) -> Result<Snapshot, RepositoryError> {
        let work = move |operation: &Arc<Operation>| {
            let (repository, head, commit) = local::open(operation, &wanted)?;
            let tree = operation.git("opened", || Tree::new(repository, commit, None))?;
            Ok((head, tree))
        };
        let (head, tree) = Operation::run(access, address, Bytes::new(), work).await?;
        Ok(Snapshot::new(access, address, head, tree))
    }

    async fn remote(
        &self,
        access: &Access,
        address: &RepositoryAddress,
        advertised: Bytes,
        chosen: Chosen,
    ) -> Result<Tree, RepositoryError> {
        let slot = self.cache.slot(&access.rights.plugin, address);
        let held = slot.lock().await;
        let closed = |_| RepositoryError::Stopped(address.to_string());
        let turn = self.fetches.clone().acquire_owned().await.map_err(closed)?;
        let cache = self.cache.clone();
        let work = move |operation: &Arc<Operation>| {
            let _turn = turn;
            fetch::tree(operation, &cache, &slot, held, &chosen)
        };
        Operation::run(access, address, advertised, work).await
    }
}

/// Everything that can be said without asking anybody.
fn check(access: &Access, url: &str, reference: Option<&str>) -> Result<(RepositoryAddress, Wanted), RepositoryError> {
    library::prepare()?;
    let address: RepositoryAddress = url.parse().map_err(RepositoryError::Invalid)?;
    access.rights.repository(&address)?;
    Ok((address, Wanted::parse(reference)?))
}

/// Asks the server what it has, and chooses.
async fn choose(
    access: &Access,
    address: &RepositoryAddress,
    wanted: &Wanted,
) -> Result<(Bytes, Chosen), RepositoryError> {
    let advertised = smart::list(access, address).await?;
    let chosen = Advertisement::parse(&advertised, address.as_str())?.choose(wanted, address.as_str())?;
    Ok((advertised, chosen))
}
