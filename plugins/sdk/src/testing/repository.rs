//! Git repositories in memory: one tree each.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSetBuilder};

use crate::bindings::portico::plugin::repositories::{Change, Entry, Head};
use crate::bindings::portico::plugin::types::Error;
use crate::testing::with;

/// The tree of a repository at a branch.
#[derive(Clone, Debug)]
pub struct Repository {
    branch: String,
    /// By their paths: the bytes, and whether they may be executed.
    pub(super) files: BTreeMap<String, (Vec<u8>, bool)>,
}

impl Repository {
    /// A repository with nothing in it, whose default branch is `main`.
    pub fn new() -> Repository {
        Repository { branch: "main".to_owned(), files: BTreeMap::new() }
    }

    /// At another branch. A repository is asked for without one where it is at `main`.
    #[must_use]
    pub fn at(self, branch: &str) -> Repository {
        Repository { branch: branch.to_owned(), ..self }
    }

    /// With a file.
    #[must_use]
    pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Repository {
        self.files.insert(path.to_owned(), (bytes.into(), false));
        self
    }

    /// With a file that may be executed.
    #[must_use]
    pub fn executable(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Repository {
        self.files.insert(path.to_owned(), (bytes.into(), true));
        self
    }

    pub(super) fn branch(&self) -> &str {
        &self.branch
    }

    fn head(&self) -> Head {
        // Another tree is another commit; nothing looks into it.
        let bytes: usize = self.files.iter().map(|(path, (bytes, _))| path.len() + bytes.len()).sum();
        Head { reference: format!("refs/heads/{}", self.branch), commit: format!("{bytes:040x}") }
    }
}

impl Default for Repository {
    fn default() -> Repository {
        Repository::new()
    }
}

/// A tree that is held.
pub(crate) struct Snapshot(pub(super) Repository);

fn found(url: &str, reference: Option<&str>) -> Result<Repository, Error> {
    let branch = reference.unwrap_or("main").trim_start_matches("refs/heads/").to_owned();
    with(|world| {
        if let Some(found) = world.repositories.get(&(url.to_owned(), branch.clone())) {
            return Ok(found.clone());
        }
        Err(match world.repositories.keys().any(|(known, _)| known == url) {
            true => Error::NotFound(format!("{url} has no branch, tag or commit {branch}")),
            false => Error::Denied(format!(
                "the portal of this test has no repository {url}; say one with `Portal::repository`"
            )),
        })
    })
}

pub(crate) fn resolve(url: &str, reference: Option<&str>) -> Result<Head, Error> {
    Ok(found(url, reference)?.head())
}

impl Snapshot {
    pub(crate) fn open(url: &str, reference: Option<&str>) -> Result<Snapshot, Error> {
        Ok(Snapshot(found(url, reference)?))
    }

    pub(crate) fn head(&self) -> Head {
        self.0.head()
    }

    pub(crate) fn find(&self, patterns: &[String]) -> Result<Vec<Entry>, Error> {
        let is_wanted = matcher(patterns)?;
        let found = self.0.files.iter().filter(|(path, _)| is_wanted(path));
        Ok(found.map(|(path, (bytes, _))| Entry { path: path.clone(), size: bytes.len() as u64 }).collect())
    }

    /// There is one commit.
    pub(crate) fn changed_since(&self, _: &str) -> Result<Option<Vec<Change>>, Error> {
        Ok(None)
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let missing = || Error::NotFound(format!("there is no file {path} in the repository"));
        Ok(self.0.files.get(path).ok_or_else(missing)?.0.clone())
    }
}

/// Whether a path matches any of the patterns, as the contract means them.
pub(super) fn matcher(patterns: &[String]) -> Result<impl Fn(&str) -> bool, Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
        set.add(glob.map_err(|error| Error::Invalid(format!("`{pattern}` is no pattern: {error}")))?);
    }
    let set = set.build().map_err(|error| Error::Invalid(error.to_string()))?;
    Ok(move |path: &str| set.is_match(path))
}
