//! Files of the portal's machine, below the folders that the operator granted.

use crate::error::Result;
use crate::host::files as host;

/// A regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Absolute, with `/` between names.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Another whenever the file is another; empty where a link leads to no file that may be read.
    pub stamp: String,
}

/// Files whose absolute paths match any of the glob patterns, sorted by path. What stands before the first `*` and the like has
/// to lie in a granted folder.
pub fn find(patterns: &[String]) -> Result<Vec<Entry>> {
    let found = host::find(patterns)?.into_iter();
    Ok(found.map(|entry| Entry { path: entry.path, size: entry.size, stamp: entry.stamp }).collect())
}

/// A file's bytes; at most 16 MiB.
pub fn read(path: &str) -> Result<Vec<u8>> {
    Ok(host::read(path)?)
}

/// Whether its owner may execute a file.
pub fn is_executable(path: &str) -> Result<bool> {
    Ok(host::is_executable(path)?)
}
