//! Files that were removed while they are open: no walk sees them any more, and they take room until they are closed.
//!
//! Rule: what the process has open decides, whoever opened it and however the file lost its name.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::files::blocks;

/// Where Linux lists what a process has open.
const OPEN: &str = "/proc/self/fd";

/// Bytes of the files of a folder that are open and have no name any more.
#[cfg(target_os = "linux")]
pub(super) fn removed(folder: &Path) -> io::Result<u64> {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    let folder = folder.canonicalize()?;
    let (mut seen, mut bytes) = (BTreeSet::new(), 0);
    for open in fs::read_dir(OPEN)? {
        let open = open?.path();
        let found = fs::read_link(&open).and_then(|leads| match leads.starts_with(&folder) {
            true => fs::metadata(&open).map(Some),
            false => Ok(None),
        });
        match found {
            Ok(Some(file)) if file.is_file() && file.nlink() == 0 && seen.insert((file.dev(), file.ino())) => {
                bytes += blocks(file.len());
            }
            // What else the process does closes files meanwhile. Of a path that no system call answers nobody can tell whose it is; the folders of
            // such a one are refused where they are walked through.
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename) => {
                return Err(error);
            }
            _ => {}
        }
    }
    Ok(bytes)
}

/// Elsewhere nothing lists what a process has open; it is the time of a call that bounds it there.
#[cfg(not(target_os = "linux"))]
pub(super) fn removed(_: &Path) -> io::Result<u64> {
    Ok(0)
}
