//! The files of a folder, as they are: nothing is followed.

use std::io;

use cap_std::fs::{Dir, Metadata, MetadataExt as _, PermissionsExt as _};

use super::Walk;

/// A path of names of one letter is a file system's longest at twenty times this.
pub(crate) const DEEPEST: usize = 100;

/// Bytes of a path: with the folder that a task's are in, it has to be less than the 4096 that a system takes.
pub(crate) const LONGEST: usize = 3_000;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File { executable: bool },
    Folder,
    Link,
}

/// Something in a folder.
pub(crate) struct Found<'a> {
    /// From the folder that was walked, with `/` between names.
    pub(crate) path: &'a str,
    pub(crate) kind: Kind,
    /// Bytes that it takes of the disk.
    pub(crate) size: u64,
}

/// What a file system gives out at once: a small file takes as much, and so does a folder or a link.
const BLOCK: u64 = 4 << 10;

/// The bytes that a file takes of the disk.
pub(super) fn blocks(size: u64) -> u64 {
    size.div_ceil(BLOCK).max(1).saturating_mul(BLOCK)
}

/// Why a walk was not gone to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WalkError {
    #[error("{0} lies deeper than {DEEPEST} folders, or has a path of more than {LONGEST} bytes")]
    Deep(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Shows everything below a folder of `root`, parents first, and each folder's in the order of names.
pub(crate) fn walk(root: &Dir, below: &str, show: &mut dyn FnMut(Found<'_>) -> Walk) -> Result<(), WalkError> {
    let mut folders = vec![(below.to_owned(), String::new(), 0)];
    while let Some((place, shown, depth)) = folders.pop() {
        let (folder, names) = match listed(root, &place) {
            Ok(listed) => listed,
            // Whoever works in it may have taken it away since, or put something else in its place.
            Err(_) if depth > 0 && !root.symlink_metadata(&place).is_ok_and(|there| there.is_dir()) => continue,
            Err(error) => return Err(error.into()),
        };
        for name in names {
            let at = joined(&place, &name);
            // A file may go while it is looked at.
            let metadata = match folder.symlink_metadata(&name) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            let Some(kind) = kind(&metadata) else {
                return Err(io::Error::other(format!("{at} is neither a file, nor a folder, nor a link")).into());
            };
            if at.len() > LONGEST || (kind == Kind::Folder && depth == DEEPEST) {
                return Err(WalkError::Deep(at));
            }
            let path = joined(&shown, &name);
            let size = if matches!(kind, Kind::File { .. }) { blocks(metadata.len()) } else { BLOCK };
            if show(Found { path: &path, kind, size }) == Walk::Enough {
                return Ok(());
            }
            if kind == Kind::Folder {
                folders.push((at, path, depth + 1));
            }
        }
    }
    Ok(())
}

/// A folder, from whose handle what is in it is looked at, with the names in it.
fn listed(root: &Dir, place: &str) -> io::Result<(Dir, Vec<String>)> {
    let folder = if place.is_empty() { root.try_clone()? } else { root.open_dir(place)? };
    let mut names = Vec::new();
    for entry in folder.entries()? {
        let name = entry?.file_name().into_string();
        names.push(name.map_err(|name| io::Error::other(format!("the name {} is no UTF-8", name.to_string_lossy())))?);
    }
    names.sort();
    Ok((folder, names))
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn kind(metadata: &Metadata) -> Option<Kind> {
    let kind = metadata.file_type();
    match () {
        () if kind.is_symlink() => Some(Kind::Link),
        () if kind.is_dir() => Some(Kind::Folder),
        () if kind.is_file() => Some(Kind::File { executable: metadata.mode() & 0o111 != 0 }),
        () => None,
    }
}

/// What is wrong with a path of the workspace, or the path without what says nothing: `./a/` is `a`.
pub(crate) fn plain(path: &str) -> Result<String, String> {
    if path.starts_with('/') || path.contains('\0') {
        return Err(format!(
            "`{path}` is no path of the workspace; write one that is relative to it, such as `src/main.rs`"
        ));
    }
    let names: Vec<&str> = path.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    if names.contains(&"..") {
        return Err(format!("`{path}` could lead out of the workspace; write a path without `..`"));
    }
    Ok(names.join("/"))
}

/// Whether a file may be executed, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Executed {
    Yes,
    No,
    NoFile,
}

/// Whether a file may be executed.
pub(crate) fn executable(root: &Dir, path: &str) -> io::Result<Executed> {
    match root.symlink_metadata(path).map(|metadata| kind(&metadata)) {
        Ok(Some(Kind::File { executable: true })) => Ok(Executed::Yes),
        Ok(Some(Kind::File { executable: false })) => Ok(Executed::No),
        Ok(_) => Ok(Executed::NoFile),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Executed::NoFile),
        Err(error) => Err(error),
    }
}

/// Lets a file be executed by whoever may read it, or by nobody. False if there is no such file.
pub(crate) fn set_executable(root: &Dir, path: &str, executable: bool) -> io::Result<bool> {
    if self::executable(root, path)? == Executed::NoFile {
        return Ok(false);
    }
    let mut permissions = root.metadata(path)?.permissions();
    permissions.set_mode(if executable { 0o755 } else { 0o644 });
    root.set_permissions(path, permissions)?;
    Ok(true)
}
