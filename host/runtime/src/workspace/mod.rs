//! The files of a task: a folder of its own, which actions have as `/workspace`.
//!
//! Rule: everything is opened from the folder's handle, name by name, so that no link leads out of it; what a task may keep in it is
//! measured while an action is at work, and again when it has ended, since the file system itself knows no such bound.

mod files;
mod remove;
mod removed;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use portico_manifest::Size;
use tokio::time::sleep;

pub(crate) use files::{DEEPEST, Executed, Found, Kind, LONGEST, WalkError, executable, plain, set_executable, walk};
pub use remove::remove_folder;
use removed::removed;

/// How often a workspace is measured while an action is at work.
const MEASURE: Duration = Duration::from_millis(200);

/// Files and folders of a workspace: the largest repositories that templates make have a tenth.
pub(crate) const MOST_ENTRIES: u64 = 200_000;

/// The folders of a task. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workspace(Arc<Folders>);

#[derive(Debug)]
struct Folders {
    files: PathBuf,
    /// What came with a template that is tried.
    template: Option<PathBuf>,
}

impl Workspace {
    /// A workspace in a folder that is there. `template` holds what came with a template that is tried.
    pub fn new(files: PathBuf, template: Option<PathBuf>) -> Workspace {
        Workspace(Arc::new(Folders { files, template }))
    }

    /// Where its files are.
    pub fn path(&self) -> &Path {
        &self.0.files
    }

    pub(crate) fn template(&self) -> Option<&Path> {
        self.0.template.as_deref()
    }

    /// Its folder, from which everything in it is opened.
    pub(crate) fn open(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(&self.0.files, ambient_authority())
    }

    /// Ends once there is more in it than there may be, or it cannot be measured.
    pub(crate) async fn outgrown(&self, most: Size) -> io::Result<Outgrown> {
        loop {
            sleep(MEASURE).await;
            if let Some(outgrown) = self.measured(most).await.transpose() {
                return outgrown;
            }
        }
    }

    /// What there is more of in it than there may be, if anything is.
    pub(crate) async fn measured(&self, most: Size) -> io::Result<Option<Outgrown>> {
        let workspace = self.clone();
        let measured = tokio::task::spawn_blocking(move || workspace.measure(most)).await;
        measured.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    fn measure(&self, most: Size) -> io::Result<Option<Outgrown>> {
        let (mut bytes, mut entries) = (removed(&self.0.files)?, 0);
        let walked = walk(&self.open()?, "", &mut |found| {
            entries += 1;
            bytes += found.size;
            if bytes > most.as_bytes() || entries > MOST_ENTRIES { Walk::Enough } else { Walk::On }
        });
        match walked {
            _ if bytes > most.as_bytes() => Ok(Some(Outgrown::Bytes)),
            _ if entries > MOST_ENTRIES => Ok(Some(Outgrown::Entries)),
            Ok(()) => Ok(None),
            Err(WalkError::Deep(_)) => Ok(Some(Outgrown::Depth)),
            Err(WalkError::Io(error)) => Err(error),
        }
    }
}

/// What of a workspace is more than there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outgrown {
    /// Bytes.
    Bytes,
    /// Files and folders.
    Entries,
    /// Folders in folders.
    Depth,
}

/// Whether a walk goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    On,
    Enough,
}

#[cfg(test)]
mod tests;
