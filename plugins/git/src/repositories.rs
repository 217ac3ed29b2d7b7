//! What a run needs of repositories, so that it can be tested without one.

use portico_descriptors::{Host, Portal, Tree};
use portico_sdk::Result;
use portico_sdk::repositories::{self, Change, Head, Snapshot};

/// The files of one commit, which can be compared with those of others.
pub(crate) trait Version: Tree {
    /// The files that differ since another commit; none if that cannot be told any more.
    fn changed_since(&self, commit: &str) -> Result<Option<Vec<Change>>>;
}

/// A portal that reads repositories.
pub(crate) trait Repositories: Portal {
    /// The files of one commit.
    type Tree: Version;

    /// What a reference points at.
    fn resolve(&self, url: &str, reference: Option<&str>) -> Result<Head>;

    /// The tree that a reference points at, and its commit.
    fn open(&self, url: &str, reference: Option<&str>) -> Result<(Self::Tree, Head)>;
}

impl Repositories for Host {
    type Tree = Commit;

    fn resolve(&self, url: &str, reference: Option<&str>) -> Result<Head> {
        repositories::resolve(url, reference)
    }

    fn open(&self, url: &str, reference: Option<&str>) -> Result<(Commit, Head)> {
        let snapshot = Snapshot::open(url, reference)?;
        let head = snapshot.head();
        Ok((Commit(snapshot), head))
    }
}

/// The files of one commit, as the portal holds them.
pub(crate) struct Commit(Snapshot);

impl Tree for Commit {
    fn find(&self, patterns: &[String]) -> Result<Vec<String>> {
        Ok(self.0.find(patterns)?.into_iter().map(|entry| entry.path).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.0.read(path)
    }
}

impl Version for Commit {
    fn changed_since(&self, commit: &str) -> Result<Option<Vec<Change>>> {
        self.0.changed_since(commit)
    }
}
