//! Files of a commit's tree, written to a folder of this machine.
//!
//! Rule: what is written is bounded before it is read, and a link is written only where it stays within what is copied.

use std::io::{self, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use git2::{Odb, Oid, Repository};

use super::error::RepositoryError;
use super::operation::Operation;
use super::snapshot::{self, DEEPEST, Snapshot, Tree, entries};

/// The largest file that is copied: what skeletons hold beside texts are pictures, archives and wrappers.
const LARGEST_FILE: u64 = 64 << 20;

/// A link's own text.
const LONGEST_LINK: u64 = 4096;

/// How much may be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) bytes: u64,
    pub(crate) entries: u64,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) files: u32,
    pub(crate) bytes: u64,
}

impl Snapshot {
    /// Writes a file, or what is in a folder, to a path below `into`.
    pub(crate) async fn copy(
        &self,
        path: &str,
        into: Dir,
        target: &str,
        room: Room,
    ) -> Result<Copied, RepositoryError> {
        let (tree, path, target) = (self.tree().clone(), path.to_owned(), target.to_owned());
        let work = move |operation: &Arc<Operation>| {
            let repository = tree.lock();
            let store = operation.git("opened", || repository.odb())?;
            let copy = Copy { operation, repository: &repository, store: &store, into: &into, base: &target };
            copy.go(&tree, &path, room)
        };
        Operation::run(self.access(), self.address(), Bytes::new(), work).await
    }
}

struct Copy<'a> {
    operation: &'a Arc<Operation>,
    repository: &'a Repository,
    store: &'a Odb<'a>,
    into: &'a Dir,
    base: &'a str,
}

/// What an entry is to who copies it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File {
        executable: bool,
    },
    Folder,
    Link,
    /// A submodule: its files are elsewhere.
    Other,
}

fn kind(mode: i32) -> Kind {
    match mode & 0o170_000 {
        0o040_000 => Kind::Folder,
        0o100_000 => Kind::File { executable: mode & 0o111 != 0 },
        0o120_000 => Kind::Link,
        _ => Kind::Other,
    }
}

impl Copy<'_> {
    fn go(&self, tree: &Tree, path: &str, mut room: Room) -> Result<Copied, RepositoryError> {
        let address = &self.operation.address;
        let missing = || RepositoryError::NotFound(format!("there is no file or folder {path} in {address}"));
        let (mut id, mut kind) = (tree.root(), Kind::Folder);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            if kind != Kind::Folder {
                return Err(missing());
            }
            let listed = entries(self.operation, self.repository, self.store, id, path)?;
            let entry = listed.into_iter().find(|(known, _, _)| known == name).ok_or_else(missing)?;
            (id, kind) = (entry.2, self::kind(entry.1));
        }
        let mut copied = Copied::default();
        match kind {
            Kind::File { executable } => self.file(self.base, id, executable, &mut room, &mut copied)?,
            Kind::Folder => self.folder(id, &mut room, &mut copied)?,
            Kind::Link | Kind::Other => {
                return Err(RepositoryError::NotFound(format!(
                    "{path} is a link or a submodule of {address}, which are not followed"
                )));
            }
        }
        Ok(copied)
    }

    fn folder(&self, root: Oid, room: &mut Room, copied: &mut Copied) -> Result<(), RepositoryError> {
        let mut folders = vec![(root, String::new(), 0)];
        while let Some((id, folder, depth)) = folders.pop() {
            self.operation.check()?;
            let target = below(self.base, &folder);
            if !target.is_empty() {
                self.written(&target, self.into.create_dir_all(&target))?;
            }
            for (name, mode, id) in entries(self.operation, self.repository, self.store, id, &folder)? {
                room.entries = room.entries.checked_sub(1).ok_or_else(|| self.full("files and folders"))?;
                let path = below(&folder, &name);
                let target = below(self.base, &path);
                match kind(mode) {
                    Kind::Folder if depth < DEEPEST => folders.push((id, path, depth + 1)),
                    Kind::Folder => return Err(self.full("folders in folders")),
                    Kind::File { executable } => self.file(&target, id, executable, room, copied)?,
                    Kind::Link => self.link(&path, &target, id)?,
                    Kind::Other => {}
                }
            }
        }
        Ok(())
    }

    fn file(
        &self,
        target: &str,
        id: Oid,
        executable: bool,
        room: &mut Room,
        copied: &mut Copied,
    ) -> Result<(), RepositoryError> {
        let (size, _) = self.operation.git("read", || self.store.read_header(id))?;
        let size = size as u64;
        room.bytes = room.bytes.checked_sub(size).ok_or_else(|| self.full("bytes"))?;
        let content = snapshot::contents(self.operation, self.store, id, size, target, LARGEST_FILE)?;
        if let Some((folder, _)) = target.rsplit_once('/') {
            self.written(folder, self.into.create_dir_all(folder))?;
        }
        self.written(target, write(self.into, target, executable, &content))?;
        copied.files += 1;
        copied.bytes += size;
        Ok(())
    }

    fn link(&self, path: &str, target: &str, id: Oid) -> Result<(), RepositoryError> {
        let (size, _) = self.operation.git("read", || self.store.read_header(id))?;
        let leads = snapshot::contents(self.operation, self.store, id, size as u64, path, LONGEST_LINK)?;
        let leads = String::from_utf8(leads).ok().filter(|leads| stays(path, leads));
        let Some(leads) = leads else {
            return Err(RepositoryError::Invalid(format!(
                "{path} of {} is a link that leads out of what is copied, or could by way of another link; links have to stay within it",
                self.operation.address
            )));
        };
        let made = match self.into.remove_file(target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.into.symlink(&leads, target),
        };
        self.written(target, made)
    }

    fn written<T>(&self, target: &str, done: io::Result<T>) -> Result<T, RepositoryError> {
        done.map_err(|error| {
            RepositoryError::Failed(format!("{target} could not be written to the workspace: {error}"))
        })
    }

    fn full(&self, of: &str) -> RepositoryError {
        RepositoryError::Invalid(format!(
            "{} has more {of} at that place than the workspace has room for; copy a smaller folder, or grant more as `limits.disk`",
            self.operation.address
        ))
    }
}

/// Writes a file anew: its permissions are those that it is made with.
fn write(into: &Dir, target: &str, executable: bool, content: &[u8]) -> io::Result<()> {
    match into.remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(if executable { 0o755 } else { 0o644 });
    into.open_with(target, &options)?.write_all(content)
}

fn below(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

/// Whether a link at `path` leads to a place below the root that the path begins at, whatever links are on its way: it climbs before it names
/// anything, as what it names may be a link, from which climbing leads elsewhere than it seems to.
pub(super) fn stays(path: &str, leads: &str) -> bool {
    if leads.starts_with('/') || leads.contains('\0') || leads.is_empty() {
        return false;
    }
    let names: Vec<&str> = leads.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    let climbs = names.iter().take_while(|name| **name == "..").count();
    climbs <= path.matches('/').count() && !names[climbs..].contains(&"..")
}

#[cfg(test)]
mod tests {
    use super::stays;

    #[test]
    fn a_link_stays_where_it_climbs_no_higher_than_its_root() {
        for (path, leads) in [("a", "b"), ("a/b", "../c"), ("a/b/c", "../../d"), ("a/b", "./..//./c")] {
            assert!(stays(path, leads), "{path} -> {leads}");
        }
        for (path, leads) in [("a", "../b"), ("a/b", "../../c"), ("a", "/etc"), ("a", "b/../../c"), ("a", "")] {
            assert!(!stays(path, leads), "{path} -> {leads}");
        }
    }

    #[test]
    fn a_link_that_climbs_out_of_what_it_names_may_lead_anywhere() {
        // Where `deep/down/up` leads to `../..`, which stays, the first of these leads out of the root.
        for leads in ["deep/down/up/../x", "b/../c", "./b/.."] {
            assert!(!stays("a", leads), "{leads}");
        }
    }
}
