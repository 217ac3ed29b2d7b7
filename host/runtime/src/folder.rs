//! The plugins folder, looked at now and then.
//!
//! Rule: a file counts once it has stopped changing: what is still being copied is not a plugin yet. A look costs one
//! listing, so no facility of the operating system is needed, and network folders work as well.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::choose::PluginFile;

/// What tells one state of a file from another without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    inode: u64,
}

impl Stamp {
    /// As the system describes it.
    pub(crate) fn of(data: &fs::Metadata) -> Stamp {
        Stamp { modified: data.modified().ok(), size: data.len(), inode: inode(data) }
    }
}

/// The folder as it was last seen.
pub(crate) struct Folder {
    path: PathBuf,
    /// What each file looked like at the last look.
    seen: BTreeMap<String, Stamp>,
    /// What was read, and what the file looked like then.
    files: BTreeMap<String, (Stamp, PluginFile)>,
    /// Whether the last look failed, so that it is said once.
    failing: bool,
}

impl Folder {
    /// The folder with everything that is in it; it is made if it is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Folder> {
        fs::create_dir_all(path)?;
        let seen = list(path)?;
        let mut folder = Folder { path: path.to_owned(), seen: seen.clone(), files: BTreeMap::new(), failing: false };
        folder.take_over(seen);
        Ok(folder)
    }

    /// Looks again. True if there is something new.
    pub(crate) fn look(&mut self) -> bool {
        let now = match list(&self.path) {
            Ok(now) => now,
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::warn!(folder = %self.path.display(), %error, "the plugins folder cannot be read; plugins stay as they are");
                }
                return false;
            }
        };
        self.failing = false;
        let still: BTreeMap<String, Stamp> = now
            .iter()
            .filter(|(name, stamp)| {
                self.seen.get(*name) == Some(*stamp) || self.files.get(*name).is_some_and(|(old, _)| old == *stamp)
            })
            .map(|(name, stamp)| (name.clone(), stamp.clone()))
            .collect();
        let moving: Vec<String> = now.keys().filter(|name| !still.contains_key(*name)).cloned().collect();
        self.seen = now;
        self.update(still, &moving)
    }

    /// The files, in the order of their names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PluginFile> {
        self.files.values().map(|(_, file)| file)
    }

    /// Takes over what stands still; what moves stays as it was read before.
    fn update(&mut self, still: BTreeMap<String, Stamp>, moving: &[String]) -> bool {
        let before = self.files.len();
        self.files.retain(|name, _| still.contains_key(name) || moving.contains(name));
        let gone = self.files.len() != before;
        self.take_over(still) || gone
    }

    fn take_over(&mut self, stamps: BTreeMap<String, Stamp>) -> bool {
        let mut changed = false;
        for (name, stamp) in stamps {
            if self.files.get(&name).is_some_and(|(old, _)| *old == stamp) {
                continue;
            }
            let file = PluginFile::open(self.path.join(&name), &name, stamp.size);
            self.files.insert(name, (stamp, file));
            changed = true;
        }
        changed
    }
}

/// The files that may be plugins.
fn list(folder: &Path) -> io::Result<BTreeMap<String, Stamp>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // A name with a dot first is what programs write to before they rename.
        if name.starts_with('.') || !name.ends_with(".wasm") {
            continue;
        }
        // A file that goes away while it is listed is one that is not there.
        let Ok(data) = fs::metadata(entry.path()) else { continue };
        if data.is_file() {
            files.insert(name, Stamp::of(&data));
        }
    }
    Ok(files)
}

#[cfg(unix)]
fn inode(data: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    data.ino()
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Folder) -> Vec<&str> {
        folder.files().map(|file| file.stem.as_str()).collect()
    }

    #[test]
    fn a_file_counts_once_it_has_stopped_changing() {
        let temporary = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(temporary.path()).unwrap();
        let file = temporary.path().join("git.wasm");
        fs::write(&file, b"half").unwrap();
        assert!(!folder.look());
        fs::write(&file, b"half and more").unwrap();
        assert!(!folder.look());
        assert!(names(&folder).is_empty());
        assert!(folder.look());
        assert_eq!(names(&folder), ["git"]);
        assert!(!folder.look());
    }

    #[test]
    fn a_file_that_is_replaced_stays_until_the_new_one_stands_still() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("git.wasm");
        fs::write(&file, b"one").unwrap();
        let mut folder = Folder::open(temporary.path()).unwrap();
        let first = folder.files().next().unwrap().digest.clone();
        fs::write(&file, b"two!").unwrap();
        assert!(!folder.look());
        assert_eq!(folder.files().next().unwrap().digest, first);
        assert!(folder.look());
        assert_ne!(folder.files().next().unwrap().digest, first);
    }

    #[test]
    fn a_file_that_is_gone_is_gone_at_once() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("git.wasm");
        fs::write(&file, b"one").unwrap();
        let mut folder = Folder::open(temporary.path()).unwrap();
        fs::remove_file(&file).unwrap();
        assert!(folder.look());
        assert!(names(&folder).is_empty());
    }

    #[test]
    fn other_files_are_left_alone() {
        let temporary = tempfile::tempdir().unwrap();
        for name in ["README.md", ".git.wasm", "git.wasm.part"] {
            fs::write(temporary.path().join(name), b"x").unwrap();
        }
        fs::create_dir(temporary.path().join("folder.wasm")).unwrap();
        assert!(names(&Folder::open(temporary.path()).unwrap()).is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_read_changes_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("plugins");
        let mut folder = Folder::open(&path).unwrap();
        fs::write(path.join("git.wasm"), b"one").unwrap();
        folder.look();
        folder.look();
        fs::rename(&path, temporary.path().join("elsewhere")).unwrap();
        assert!(!folder.look());
        assert_eq!(names(&folder), ["git"]);
    }
}
