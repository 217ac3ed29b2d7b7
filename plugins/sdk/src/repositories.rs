//! Git repositories, read with the host's credentials and the host's cache.

use crate::error::Result;
use crate::host::repositories as host;

/// What a reference points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The reference's full name, such as `refs/heads/main`; the commit's id where a commit was asked for.
    pub reference: String,
    /// The commit's id, in hexadecimal.
    pub commit: String,
}

/// A file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From the root of the repository.
    pub path: String,
    /// Bytes.
    pub size: u64,
}

/// A file that differs between two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root of the repository.
    pub path: String,
    /// Whether the later commit has it.
    pub is_there: bool,
}

/// What `reference` (a branch, a tag, a commit's id; the default branch, if none) points at now. It costs one exchange
/// with the remote and fetches nothing.
pub fn resolve(url: &str, reference: Option<&str>) -> Result<Head> {
    Ok(head(host::resolve(url, reference)?))
}

fn head(head: host::Head) -> Head {
    Head { reference: head.reference, commit: head.commit }
}

/// One commit's tree, which does not change while it is held.
pub struct Snapshot(host::Snapshot);

impl Snapshot {
    /// Fetches what is missing of the commit that `reference` points at, without history.
    pub fn open(url: &str, reference: Option<&str>) -> Result<Snapshot> {
        Ok(Snapshot(host::Snapshot::open(url, reference)?))
    }

    /// As the contract has it.
    pub(crate) fn outwards(&self) -> &host::Snapshot {
        &self.0
    }

    /// The commit that is held.
    pub fn head(&self) -> Head {
        head(self.0.head())
    }

    /// Files whose paths match any of the glob patterns, sorted by path.
    pub fn find(&self, patterns: &[String]) -> Result<Vec<Entry>> {
        let found = self.0.find(patterns)?;
        Ok(found.into_iter().map(|entry| Entry { path: entry.path, size: entry.size }).collect())
    }

    /// The files that differ since another commit, sorted by path; none if that cannot be told any more.
    pub fn changed_since(&self, commit: &str) -> Result<Option<Vec<Change>>> {
        let changes = self.0.changed_since(commit)?;
        let change = |change: host::Change| Change { path: change.path, is_there: change.is_there };
        Ok(changes.map(|changes| changes.into_iter().map(change).collect()))
    }

    /// A file's bytes; at most 16 MiB.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        Ok(self.0.read(path)?)
    }
}
