//! A folder and what is in it, by paths that stay below it.
//!
//! Rule: few calls. What is likely to be there is not looked for first: a write makes folders once it was told that there are none.

use super::path::{joined, plain};
use super::{Entry, Kind, Stat, Trouble};
use crate::error::{Error, Result};
use crate::host::disk::Root;
use crate::host::workspace as host;

/// Folders in folders: a path is a file system's longest long before that.
const DEEPEST: usize = 100;

pub(super) struct Tree {
    root: Root,
    /// As sentences call it.
    name: &'static str,
}

impl Tree {
    pub(super) fn new(root: Root, name: &'static str) -> Tree {
        Tree { root, name }
    }

    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>> {
        let path = plain(path)?;
        self.root.read(&path).map_err(|trouble| self.said(&path, trouble))
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let path = plain(path)?;
        let written = match self.root.write(&path, bytes) {
            Err(Trouble::Missing) => self.make_parents(&path).and_then(|()| self.root.write(&path, bytes)),
            // What it leads to may be anything, so nothing is written through it.
            Err(Trouble::Link) => self.root.remove_file(&path).and_then(|()| self.root.write(&path, bytes)),
            written => written,
        };
        written.map_err(|trouble| self.said(&path, trouble))
    }

    pub(super) fn list(&self, path: &str) -> Result<Vec<Entry>> {
        let path = plain(path)?;
        self.entries(&path).map_err(|trouble| self.said(&path, trouble))
    }

    pub(super) fn walk(&self, path: &str) -> Result<Vec<Entry>> {
        let path = plain(path)?;
        let mut all = Vec::new();
        self.walk_into(&path, "", 0, &mut all)?;
        Ok(all)
    }

    fn walk_into(&self, root: &str, below: &str, depth: usize, all: &mut Vec<Entry>) -> Result<()> {
        let folder = joined(root, below);
        if depth > DEEPEST {
            return Err(Error::Invalid(format!("{folder} lies deeper than {DEEPEST} folders")));
        }
        for entry in self.entries(&folder).map_err(|trouble| self.said(&folder, trouble))? {
            let Entry { path: name, kind } = entry;
            let path = joined(below, &name);
            all.push(Entry { path: path.clone(), kind });
            if kind == Kind::Folder {
                self.walk_into(root, &path, depth + 1, all)?;
            }
        }
        Ok(())
    }

    pub(super) fn stat(&self, path: &str) -> Result<Option<Stat>> {
        let path = plain(path)?;
        match self.root.stat(&path) {
            Ok((kind, size)) => Ok(Some(Stat { kind, size })),
            Err(Trouble::Missing | Trouble::NoFolder) => Ok(None),
            Err(trouble) => Err(self.said(&path, trouble)),
        }
    }

    pub(super) fn create_folder(&self, path: &str) -> Result<()> {
        let path = plain(path)?;
        self.make_folder(&path).map_err(|trouble| self.said(&path, trouble))
    }

    pub(super) fn remove(&self, path: &str) -> Result<()> {
        let path = plain(path)?;
        if path.is_empty() {
            return self.list("")?.iter().try_for_each(|entry| self.remove(&entry.path));
        }
        self.remove_all(&path, 0).map_err(|trouble| self.said(&path, trouble))
    }

    fn remove_all(&self, path: &str, depth: usize) -> std::result::Result<(), Trouble> {
        if depth > DEEPEST {
            return Err(Trouble::Other(format!("it lies deeper than {DEEPEST} folders")));
        }
        match self.root.stat(path) {
            Err(Trouble::Missing | Trouble::NoFolder) => Ok(()),
            Err(trouble) => Err(trouble),
            Ok((Kind::File | Kind::Link, _)) => self.root.remove_file(path),
            Ok((Kind::Folder, _)) => {
                for entry in self.entries(path)? {
                    let inside = joined(path, &entry.path);
                    match entry.kind {
                        Kind::Folder => self.remove_all(&inside, depth + 1)?,
                        Kind::File | Kind::Link => self.root.remove_file(&inside)?,
                    }
                }
                self.root.remove_folder(path)
            }
        }
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<()> {
        let (from, to) = (plain(from)?, plain(to)?);
        let renamed = match self.root.rename(&from, &to) {
            // It is the folder that the new name lies in, or what has the old one.
            Err(Trouble::Missing) if self.root.stat(&from).is_ok() => {
                self.make_parents(&to).and_then(|()| self.root.rename(&from, &to))
            }
            renamed => renamed,
        };
        renamed.map_err(|trouble| match trouble {
            Trouble::Missing => self.said(&from, trouble),
            trouble => self.said(&to, trouble),
        })
    }

    pub(super) fn copy(&self, from: &str, to: &str) -> Result<()> {
        let (from, to) = (plain(from)?, plain(to)?);
        let within =
            to.strip_prefix(&from).is_some_and(|rest| from.is_empty() || rest.is_empty() || rest.starts_with('/'));
        let kind = match from.is_empty() {
            true => Kind::Folder,
            false => self.root.stat(&from).map_err(|trouble| self.said(&from, trouble))?.0,
        };
        if within && kind == Kind::Folder {
            return Err(Error::Invalid(format!("`{from}` cannot be copied into itself, to `{to}`")));
        }
        if kind != Kind::Folder {
            return self.copy_one(&from, &to, kind);
        }
        self.create_folder(&to)?;
        for entry in self.walk(&from)? {
            self.copy_one(&joined(&from, &entry.path), &joined(&to, &entry.path), entry.kind)?;
        }
        Ok(())
    }

    fn copy_one(&self, from: &str, to: &str, kind: Kind) -> Result<()> {
        match kind {
            Kind::Folder => self.create_folder(to),
            Kind::Link => {
                let leads = self.root.leads(from).map_err(|trouble| self.said(from, trouble))?;
                self.remove(to)?;
                let made = match self.root.link(&leads, to) {
                    Err(Trouble::Missing) => self.make_parents(to).and_then(|()| self.root.link(&leads, to)),
                    made => made,
                };
                made.map_err(|trouble| self.said(to, trouble))
            }
            Kind::File => {
                let bytes = self.read(from)?;
                self.write(to, &bytes)?;
                if host::is_executable(from)? != host::is_executable(to)? {
                    host::set_executable(to, host::is_executable(from)?)?;
                }
                Ok(())
            }
        }
    }

    fn entries(&self, path: &str) -> std::result::Result<Vec<Entry>, Trouble> {
        let mut found: Vec<Entry> =
            self.root.names(path)?.into_iter().map(|(path, kind)| Entry { path, kind }).collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    fn make_parents(&self, path: &str) -> std::result::Result<(), Trouble> {
        path.rsplit_once('/').map_or(Ok(()), |(folder, _)| self.make_folder(folder))
    }

    fn make_folder(&self, path: &str) -> std::result::Result<(), Trouble> {
        if path.is_empty() {
            return Ok(());
        }
        match self.root.make_folder(path) {
            Err(Trouble::Exists) => match self.root.stat(path)?.0 {
                Kind::Folder => Ok(()),
                Kind::File => Err(Trouble::NoFolder),
                Kind::Link => Err(Trouble::Link),
            },
            Err(Trouble::Missing) => {
                self.make_parents(path)?;
                self.root.make_folder(path)
            }
            made => made,
        }
    }

    /// What a trouble means to whoever wrote the template.
    fn said(&self, path: &str, trouble: Trouble) -> Error {
        let (name, path) = (self.name, if path.is_empty() { "." } else { path });
        match trouble {
            Trouble::Missing => Error::NotFound(format!("there is no {path} in {name}")),
            Trouble::Exists => Error::Invalid(format!("{path} is in {name} already")),
            Trouble::Link => Error::Invalid(format!(
                "{path} is a symbolic link in {name}, and links are not followed here; name what it leads to"
            )),
            Trouble::NoFolder => {
                Error::Invalid(format!("a part of {path} is a file in {name}, where a folder has to be"))
            }
            Trouble::IsFolder => Error::Invalid(format!("{path} is a folder in {name}, where a file has to be")),
            Trouble::NotEmpty => Error::Invalid(format!("the folder {path} of {name} is not empty")),
            Trouble::NotPermitted => Error::Denied(format!(
                "{path} leads out of {name}, or may not be changed; use files that are in the workspace"
            )),
            Trouble::Full => Error::Failed(format!(
                "there is no room for {path} in {name}; the operator can grant more as `limits.disk`"
            )),
            Trouble::Other(why) => Error::Failed(format!("{path} of {name} cannot be used: {why}")),
        }
    }
}
