//! Files of this machine, below the folders that an operator granted.
//!
//! Every path is opened from its granted folder, by names inside of it: whatever links, `..` and races try, the operating
//! system does not leave the folder. What is read of the tree is bounded (entries, depth, sizes) before it is read.
//!
//! Rules: only regular files are read, so nothing blocks on a pipe or wakes a device; nothing is written; the stamp of a file
//! is another whenever its content may be.

mod error;
mod find;
mod pattern;

#[cfg(test)]
mod tests;

use std::io::Read as _;
use std::time::{SystemTime, UNIX_EPOCH};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, MetadataExt as _, OpenOptions, OpenOptionsExt as _};
use portico_manifest::{FolderPath, Rights};

pub(crate) use error::FilesError;
pub(crate) use find::find;

/// What the contract says of `read`.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// For how long after a change a second one may leave no trace in a file's times: those of some file systems are whole
/// seconds, and one of them counts in twos.
const UNSURE_SECONDS: u64 = 2;

/// A regular file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Absolute.
    pub(crate) path: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Another whenever the file is another; empty where a link leads to no file that may be read.
    pub(crate) stamp: String,
}

/// Whether its owner may execute a file.
pub(crate) fn is_executable(rights: &Rights, path: &str) -> Result<bool, FilesError> {
    let folder = folder(rights, path)?;
    Ok(regular(&open(folder)?, folder, path)?.mode() & 0o100 != 0)
}

/// The granted folder that a file lies in.
fn folder<'a>(rights: &'a Rights, path: &str) -> Result<&'a FolderPath, FilesError> {
    pattern::check(path)?;
    let parent = path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
    Ok(rights.folder(parent)?)
}

/// What is known of a file of a folder that is opened, if it is a regular one.
fn regular(root: &Dir, folder: &FolderPath, path: &str) -> Result<Metadata, FilesError> {
    let metadata = root.metadata(folder.inside(path).unwrap_or_default());
    let metadata = metadata.map_err(|error| FilesError::of(error, path, folder))?;
    match metadata.is_file() {
        true => Ok(metadata),
        false => Err(FilesError::NotFound(format!("{path} is no regular file, and no other is read"))),
    }
}

/// A file's bytes.
pub(crate) fn read(rights: &Rights, path: &str) -> Result<Vec<u8>, FilesError> {
    let folder = folder(rights, path)?;
    let root = open(folder)?;
    regular(&root, folder, path)?;
    let inside = folder.inside(path).unwrap_or_default();
    let failed = |error| FilesError::of(error, path, folder);
    // It may have become something else since: a pipe must not have us wait for whoever writes into it.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK);
    let file = root.open_with(inside, &options).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(FilesError::NotFound(format!("{path} is no regular file, and no other is read")));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LARGEST_FILE)).unwrap_or_default());
    // It may grow while it is read.
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(FilesError::TooLarge { path: path.to_owned(), limit: LARGEST_FILE });
    }
    Ok(bytes)
}

/// Opens a granted folder; the operator's own path may be a link.
fn open(folder: &FolderPath) -> Result<Dir, FilesError> {
    Dir::open_ambient_dir(folder.as_str(), ambient_authority()).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => FilesError::NotFound(format!(
            "there is no folder {folder}, which `grants.files` names; make it, or correct the grant"
        )),
        _ => FilesError::Failed(format!("the granted folder {folder} could not be opened: {error}")),
    })
}

fn stamp(metadata: &Metadata) -> String {
    let changed = metadata.mtime().max(metadata.ctime());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let unsure = now.as_secs().saturating_sub(u64::try_from(changed).unwrap_or_default()) <= UNSURE_SECONDS;
    // A stamp that is never given again has the file looked at once more, when its times can be trusted.
    let once = if unsure { format!("-{:x}", now.as_nanos()) } else { String::new() };
    format!(
        "{:x}.{:x}-{:x}.{:x}-{:x}-{:x}.{:x}{once}",
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
        metadata.len(),
        metadata.dev(),
        metadata.ino(),
    )
}
