//! Where files are read from.

use std::cell::RefCell;

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

/// A tree that notes which files are read, whether they are there or not.
pub(crate) struct Noted<'a> {
    tree: &'a dyn Tree,
    read: RefCell<Vec<String>>,
}

impl<'a> Noted<'a> {
    pub(crate) fn new(tree: &'a dyn Tree) -> Noted<'a> {
        Noted { tree, read: RefCell::default() }
    }

    /// The paths that were read.
    pub(crate) fn paths(self) -> Vec<String> {
        self.read.into_inner()
    }
}

impl Tree for Noted<'_> {
    fn find(&self, patterns: &[String]) -> Result<Vec<String>> {
        self.tree.find(patterns)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.read.borrow_mut().push(path.to_owned());
        self.tree.read(path)
    }
}
