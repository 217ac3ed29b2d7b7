//! What a run needs of Git, so that it can be tested without one.

use portico_descriptors::Tree;
use portico_sdk::Result;
use portico_sdk::repositories::{self, Head, Snapshot};

/// Who reads repositories.
pub(crate) trait Clones {
    /// What a branch points at.
    fn resolve(&self, url: &str, branch: &str) -> Result<Head>;

    /// The files that a branch points at, and its commit.
    fn open(&self, url: &str, branch: &str) -> Result<(Box<dyn Tree>, Head)>;
}

/// The portal that runs the plugin.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Host;

impl Clones for Host {
    fn resolve(&self, url: &str, branch: &str) -> Result<Head> {
        repositories::resolve(url, Some(branch))
    }

    fn open(&self, url: &str, branch: &str) -> Result<(Box<dyn Tree>, Head)> {
        let snapshot = Snapshot::open(url, Some(branch))?;
        let head = snapshot.head();
        Ok((Box::new(Commit(snapshot)), head))
    }
}

/// The files of one commit, as the portal holds them.
struct Commit(Snapshot);

impl Tree for Commit {
    fn find(&self, patterns: &[String]) -> Result<Vec<String>> {
        Ok(self.0.find(patterns)?.into_iter().map(|entry| entry.path).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.0.read(path)
    }
}
