//! Removing a folder, whatever an action has left in it.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

/// Removes a folder with all that is in it, however deep that is. The standard library's way calls itself and holds a file open for each folder in
/// a folder, of which an action can make more than a thread has stack for; here those are moved to the top, so that none is deeper than two.
pub fn remove_folder(folder: &Path) -> io::Result<()> {
    let mut number = 0_u64;
    loop {
        let entries = entries(folder)?;
        if entries.is_empty() {
            return fs::remove_dir(folder);
        }
        for entry in entries {
            if !entry.file_type()?.is_dir() {
                fs::remove_file(entry.path())?;
                continue;
            }
            for inner in self::entries(&entry.path())? {
                if inner.file_type()?.is_dir() {
                    fs::rename(inner.path(), free(folder, &mut number))?;
                } else {
                    fs::remove_file(inner.path())?;
                }
            }
            fs::remove_dir(entry.path())?;
        }
    }
}

fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    fs::read_dir(folder)?.collect()
}

/// A place in a folder where nothing is.
fn free(folder: &Path, number: &mut u64) -> std::path::PathBuf {
    loop {
        *number += 1;
        let place = folder.join(number.to_string());
        if place.symlink_metadata().is_err() {
            return place;
        }
    }
}
