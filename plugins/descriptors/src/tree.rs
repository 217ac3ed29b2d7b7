//! Where files are read from.

use portico_sdk::Result;

use crate::paths;

/// The files of one scope, as they are while it is read.
pub trait Tree {
    /// The paths that match any of the patterns, sorted.
    fn find(&self, patterns: &[String]) -> Result<Vec<String>>;

    /// Whether there is a file of exactly this path.
    fn has(&self, path: &str) -> Result<bool> {
        Ok(!self.find(&[paths::escaped(path)])?.is_empty())
    }

    /// A file's bytes.
    fn read(&self, path: &str) -> Result<Vec<u8>>;
}
