//! The files of a task in tests, and what is done with them beyond reading and writing.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, PermissionsExt as _};
use tempfile::TempDir;

use crate::bindings::portico::plugin::types::Error;
use crate::bindings::portico::plugin::workspace::{Commit, Copied, Pushed};
use crate::testing::repository::Snapshot;
use crate::testing::with;
use crate::workspace::{self, Author, Kind};

/// A folder in a temporary place, which goes with its portal.
pub(crate) struct Folder {
    place: TempDir,
    pub(super) dir: Rc<Dir>,
}

impl Folder {
    pub(super) fn new() -> Folder {
        let place = tempfile::tempdir().expect("a folder for a test");
        let dir = Dir::open_ambient_dir(place.path(), ambient_authority()).expect("the folder was just made");
        Folder { place, dir: Rc::new(dir) }
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }
}

/// A commit that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// As the plugin said it.
    pub commit: workspace::Commit,
    /// The files that were committed, by their paths in the repository.
    pub files: BTreeMap<String, PushedFile>,
}

/// A file that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedFile {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it may be executed.
    pub is_executable: bool,
}

pub(crate) fn copy(source: &Snapshot, path: &str, target: &str) -> Result<Copied, Error> {
    let mut copied = Copied { files: 0, size: 0 };
    for (place, (bytes, executable)) in &source.0.files {
        let below = match place.strip_prefix(path) {
            Some("") => "",
            Some(rest) if path.is_empty() => rest,
            Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/'),
            _ => continue,
        };
        let to = workspace::child(target, below)?;
        workspace::remove(&to)?;
        workspace::write(&to, bytes)?;
        set_executable(&to, *executable)?;
        copied.files += 1;
        copied.size += bytes.len() as u64;
    }
    match copied.files {
        0 if !path.is_empty() => Err(Error::NotFound(format!("there is no file or folder {path} in the repository"))),
        _ => Ok(copied),
    }
}

pub(crate) fn is_executable(path: &str) -> Result<bool, Error> {
    let dir = file(path)?;
    let metadata = dir.symlink_metadata(path).map_err(failed)?;
    Ok(metadata.permissions().mode() & 0o111 != 0)
}

pub(crate) fn set_executable(path: &str, executable: bool) -> Result<(), Error> {
    let dir = file(path)?;
    let mut permissions = dir.symlink_metadata(path).map_err(failed)?.permissions();
    permissions.set_mode(if executable { 0o755 } else { 0o644 });
    dir.set_permissions(path, permissions).map_err(failed)
}

/// The workspace, in which the path is a file.
fn file(path: &str) -> Result<Rc<Dir>, Error> {
    match workspace::stat(path)? {
        Some(stat) if stat.kind == Kind::File => Ok(with(|world| world.workspace().dir.clone())),
        _ => Err(Error::NotFound(format!("there is no file {path} in the workspace"))),
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::Failed(format!("the workspace cannot be used: {error}"))
}

/// What is pushed is kept for the test to look at; the commit's id is made up.
pub(crate) fn push(commit: &Commit) -> Result<Pushed, Error> {
    let mut files = BTreeMap::new();
    for entry in workspace::walk(&commit.folder)? {
        let is_git = entry.path.split('/').any(|name| name == ".git");
        if entry.kind == Kind::File && !is_git {
            let place = workspace::child(&commit.folder, &entry.path)?;
            let file = PushedFile { bytes: workspace::read(&place)?, is_executable: is_executable(&place)? };
            files.insert(workspace::child(&commit.path, &entry.path)?, file);
        }
    }
    let Commit { repository, branch, onto, folder, path, replaces, removed, message, author, force } = commit.clone();
    let author = Author { name: author.name, email: author.email };
    let commit =
        workspace::Commit { repository, branch, onto, folder, path, replaces, removed, message, author, force };
    with(|world| {
        world.pushed.push(Push { commit, files });
        Ok(Pushed { id: format!("{:040x}", world.pushed.len()), changed: true })
    })
}
