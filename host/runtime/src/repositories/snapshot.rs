//! One commit's tree, read straight from the object store.
//!
//! Rule: nothing is ever checked out, so nothing in a repository can become a file, a link or a program of this machine;
//! and what a hostile tree could make large (entries, depth, sizes) is bounded before it is read.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use git2::{ErrorCode, ObjectType, Odb, Oid, Repository};
use portico_manifest::RepositoryAddress;

use super::access::Access;
use super::cache::Generation;
use super::changes::{Change, changes};
use super::error::{RepositoryError, reason};
use super::operation::Operation;
use crate::patterns::Patterns;

/// What the contract says of `read`.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The largest public repositories hold half as many files.
pub(super) const MOST_ENTRIES: usize = 1_000_000;

/// A path of names of one letter is a file system's longest at twenty times this.
pub(super) const DEEPEST: usize = 100;

/// A list that a plugin can hold in its memory.
pub(super) const MOST_FOUND: usize = 20_000;

/// Files that are read at once with the one that is asked for: one turn on a thread for blocking work costs as much as reading some.
const AHEAD: usize = 32;

/// Bytes of files that are read at once, unless one alone has more.
const MOST_AHEAD: u64 = 1 << 20;

/// A folder of 100,000 files is a tree of a tenth of this.
const LARGEST_TREE: u64 = 64 * 1024 * 1024;

/// What a reference points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The reference's full name, such as `refs/heads/main`; the commit's id where a commit was asked for.
    pub reference: String,
    /// The commit's id, in hexadecimal.
    pub commit: String,
}

impl Head {
    pub(super) fn new(reference: &str, commit: Oid) -> Head {
        Head { reference: reference.to_owned(), commit: commit.to_string() }
    }
}

/// A file of a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// From the root of the repository, with `/` between names.
    pub path: String,
    /// Bytes.
    pub size: u64,
}

/// One commit's tree, which does not change while it is held.
#[derive(Clone)]
pub(crate) struct Snapshot {
    access: Access,
    address: RepositoryAddress,
    head: Head,
    tree: Arc<Tree>,
}

/// An open repository and the tree in it.
pub(super) struct Tree {
    repository: Mutex<Repository>,
    root: Oid,
    found: Mutex<Found>,
    /// Keeps the files in the cache for as long as they are read.
    _generation: Option<Arc<Generation>>,
}

/// The files that were found last.
#[derive(Default)]
struct Found {
    /// Their contents' names and how large they are, so that the folders above each need no second look.
    places: BTreeMap<String, (Oid, u64)>,
    /// What was read of them ahead: they are asked for one after the other.
    ahead: HashMap<String, Vec<u8>>,
}

impl Found {
    /// A file that was found, and those behind it that are read with it; nothing if it was not found.
    fn group(&self, path: &str) -> Vec<(String, Oid, u64)> {
        let mut group: Vec<(String, Oid, u64)> = Vec::new();
        let mut bytes = 0;
        for (found, (id, size)) in self.places.range::<str, _>((Bound::Included(path), Bound::Unbounded)).take(AHEAD) {
            bytes += size;
            if group.is_empty() && found != path || !group.is_empty() && bytes > MOST_AHEAD {
                break;
            }
            group.push((found.clone(), *id, *size));
        }
        group
    }
}

impl Tree {
    pub(super) fn lock(&self) -> MutexGuard<'_, Repository> {
        self.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn root(&self) -> Oid {
        self.root
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn new(
        repository: Repository,
        commit: Oid,
        generation: Option<Arc<Generation>>,
    ) -> Result<Tree, git2::Error> {
        let root = repository.find_commit(commit)?.tree_id();
        Ok(Tree { repository: Mutex::new(repository), root, found: Mutex::default(), _generation: generation })
    }
}

impl Snapshot {
    pub(super) fn new(access: &Access, address: &RepositoryAddress, head: Head, tree: Tree) -> Snapshot {
        Snapshot { access: access.clone(), address: address.clone(), head, tree: Arc::new(tree) }
    }

    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    pub(super) fn address(&self) -> &RepositoryAddress {
        &self.address
    }

    pub(super) fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// The commit that is held.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Files whose paths match any of the patterns, sorted by path. Links and submodules are no files.
    pub(crate) async fn find(&self, patterns: &[String]) -> Result<Vec<Entry>, RepositoryError> {
        let patterns = Patterns::compile(patterns).map_err(RepositoryError::Invalid)?;
        let tree = self.tree.clone();
        let work = move |operation: &Arc<Operation>| {
            let repository = tree.lock();
            let found = find(operation, &repository, tree.root, &patterns)?;
            let places = found.iter().map(|(entry, id)| (entry.path.clone(), (*id, entry.size))).collect();
            *tree.found() = Found { places, ahead: HashMap::new() };
            Ok(found.into_iter().map(|(entry, _)| entry).collect())
        };
        Operation::run(&self.access, &self.address, Bytes::new(), work).await
    }

    /// The files that differ since another commit, sorted by path; none if that cannot be told any more.
    pub(crate) async fn changed_since(&self, commit: &str) -> Result<Option<Vec<Change>>, RepositoryError> {
        let (tree, commit) = (self.tree.clone(), commit.to_owned());
        let work = move |operation: &Arc<Operation>| {
            let repository = tree.lock();
            changes(operation, &repository, &commit, tree.root)
        };
        Operation::run(&self.access, &self.address, Bytes::new(), work).await
    }

    /// A file's bytes.
    pub(crate) async fn read(&self, path: &str) -> Result<Vec<u8>, RepositoryError> {
        if let Some(content) = self.tree.found().ahead.remove(path) {
            return Ok(content);
        }
        let (tree, path) = (self.tree.clone(), path.to_owned());
        let work = move |operation: &Arc<Operation>| {
            let repository = tree.lock();
            let group = tree.found().group(&path);
            let Some(((_, id, size), behind)) = group.split_first() else {
                return read(operation, &repository, tree.root, &path);
            };
            let store = operation.git("opened", || repository.odb())?;
            let content = contents(operation, &store, *id, *size, &path, LARGEST_FILE)?;
            // What cannot be read is met again, and told, by whoever asks for it.
            let ahead = behind.iter().map_while(|(path, id, size)| {
                Some((path.clone(), contents(operation, &store, *id, *size, path, LARGEST_FILE).ok()?))
            });
            let ahead = ahead.collect();
            tree.found().ahead = ahead;
            Ok(content)
        };
        Operation::run(&self.access, &self.address, Bytes::new(), work).await
    }
}

/// What an entry of a tree is to a reader.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Other,
}

impl Kind {
    pub(super) fn of(mode: i32) -> Kind {
        match mode & 0o170_000 {
            0o040_000 => Kind::Folder,
            0o100_000 => Kind::File,
            // Links (0o120000) and submodules (0o160000) lead out of the tree.
            _ => Kind::Other,
        }
    }
}

fn find(
    operation: &Arc<Operation>,
    repository: &Repository,
    root: Oid,
    patterns: &Patterns,
) -> Result<Vec<(Entry, Oid)>, RepositoryError> {
    let store = operation.git("opened", || repository.odb())?;
    let mut found = Vec::new();
    let mut seen = 0;
    let mut folders = vec![(root, String::new(), 0)];
    while let Some((id, folder, depth)) = folders.pop() {
        operation.check()?;
        for (name, mode, id) in entries(operation, repository, &store, id, &folder)? {
            seen += 1;
            if seen > MOST_ENTRIES {
                return Err(too_many(operation, "files and folders", MOST_ENTRIES));
            }
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            match Kind::of(mode) {
                Kind::Folder if depth < DEEPEST && patterns.enters(&path) => folders.push((id, path, depth + 1)),
                Kind::File if patterns.matches(&path) => {
                    let (size, _) = operation.git("read", || store.read_header(id))?;
                    found.push((Entry { path, size: size as u64 }, id));
                    if found.len() > MOST_FOUND {
                        return Err(too_many(operation, "files that match", MOST_FOUND));
                    }
                }
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

fn too_many(operation: &Operation, what: &str, most: usize) -> RepositoryError {
    RepositoryError::Invalid(format!(
        "{} has more than {most} {what}; name the places to look at, such as services/*/catalog-info.yaml",
        operation.address
    ))
}

/// The entries of one tree that have a name that a path can hold.
pub(super) fn entries(
    operation: &Arc<Operation>,
    repository: &Repository,
    store: &Odb<'_>,
    id: Oid,
    folder: &str,
) -> Result<Vec<(String, i32, Oid)>, RepositoryError> {
    let tree = self::folder(operation, repository, store, id, folder)?;
    Ok(tree
        .iter()
        .filter_map(|entry| Some((plain_name(entry.name().ok()?)?, entry.filemode_raw(), entry.id())))
        .collect())
}

/// One tree of a commit, unless it is larger than any real one.
fn folder<'r>(
    operation: &Arc<Operation>,
    repository: &'r Repository,
    store: &Odb<'_>,
    id: Oid,
    folder: &str,
) -> Result<git2::Tree<'r>, RepositoryError> {
    let (size, _) = operation.git("read", || store.read_header(id))?;
    if size as u64 > LARGEST_TREE {
        return Err(RepositoryError::TooLarge {
            what: format!("the folder /{folder} of {}", operation.address),
            limit: LARGEST_TREE,
            advice: "the repository is damaged or hostile",
        });
    }
    operation.git("read", || repository.find_tree(id))
}

/// Git itself makes no other names; a tree that was made by hand may.
fn plain_name(name: &str) -> Option<String> {
    let plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']);
    plain.then(|| name.to_owned())
}

fn read(
    operation: &Arc<Operation>,
    repository: &Repository,
    root: Oid,
    path: &str,
) -> Result<Vec<u8>, RepositoryError> {
    let missing = || RepositoryError::NotFound(format!("there is no file {path} in {}", operation.address));
    let store = operation.git("opened", || repository.odb())?;
    let (mut id, mut kind) = (root, Kind::Folder);
    for (depth, name) in path.split('/').enumerate() {
        if kind != Kind::Folder || depth > DEEPEST || plain_name(name).is_none() {
            return Err(missing());
        }
        let tree = folder(operation, repository, &store, id, path)?;
        let entry = tree.get_name(name).ok_or_else(missing)?;
        (id, kind) = (entry.id(), Kind::of(entry.filemode_raw()));
    }
    match kind {
        Kind::File => {
            let (size, _) = operation.git("read", || store.read_header(id))?;
            contents(operation, &store, id, size as u64, path, LARGEST_FILE)
        }
        Kind::Folder => {
            Err(RepositoryError::NotFound(format!("{path} is a folder of {}, not a file", operation.address)))
        }
        Kind::Other => Err(RepositoryError::NotFound(format!(
            "{path} is a link or a submodule of {}, which are not followed",
            operation.address
        ))),
    }
}

pub(super) fn contents(
    operation: &Arc<Operation>,
    store: &Odb<'_>,
    id: Oid,
    size: u64,
    path: &str,
    largest: u64,
) -> Result<Vec<u8>, RepositoryError> {
    if size > largest {
        return Err(RepositoryError::TooLarge {
            what: format!("{path} in {}", operation.address),
            limit: largest,
            advice: "larger files are not read",
        });
    }
    let object = operation.git("read", || store.read(id))?;
    match object.kind() {
        ObjectType::Blob => Ok(object.data().to_vec()),
        _ => {
            Err(RepositoryError::Failed(format!("{path} in {} is damaged: it is no file's content", operation.address)))
        }
    }
}

/// Whether an error says that something is not there, rather than that it cannot be read.
pub(super) fn is_missing(error: &git2::Error) -> bool {
    matches!(error.code(), ErrorCode::NotFound | ErrorCode::UnbornBranch)
}

/// An error of libgit2 about a repository of this machine.
pub(super) fn unreadable(address: &RepositoryAddress, error: &git2::Error) -> RepositoryError {
    if is_missing(error) {
        return RepositoryError::NotFound(format!("{address} is no Git repository; check the path"));
    }
    RepositoryError::Failed(format!("{address} could not be opened: {}", reason(error)))
}
