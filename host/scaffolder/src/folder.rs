//! The files of a task on the disk: its workspace, and how that was when the last step that is done ended.
//!
//! Rule: what a step that was broken off left behind is never gone on from. An archive is called by what is in it, and stays until the journal
//! names another, so that a crash between both takes neither away. A workspace that cannot be put back as it was is said to be lost.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use portico_runtime::{Workspace, remove_folder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const FILES: &str = "workspace";

/// What archives end with.
const KEPT: &str = ".tar";

/// Read at once.
const PIECE: usize = 64 << 10;

/// How a workspace was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// SHA-256 of the archive that holds it; none while it is empty.
    digest: Option<String>,
}

/// The folder of one task.
#[derive(Clone, Debug)]
pub(crate) struct TaskFolder(PathBuf);

impl TaskFolder {
    /// The folder of a task below the one of all.
    pub(crate) fn new(all: &Path, id: &str) -> TaskFolder {
        TaskFolder(all.join(id))
    }

    /// The workspace as it was: empty, or as the archive holds it.
    pub(crate) fn restore(&self, snapshot: &Snapshot) -> io::Result<Workspace> {
        let files = self.0.join(FILES);
        if files.exists() {
            remove_folder(&files)?;
        }
        private(&files)?;
        if let Some(digest) = &snapshot.digest {
            let archive = self.archive(digest);
            if self::digest(&archive)? != *digest {
                return Err(io::Error::other("what was kept of the workspace is damaged; run the template again"));
            }
            let mut archive = tar::Archive::new(File::open(archive)?);
            archive.set_preserve_permissions(true);
            archive.unpack(&files)?;
        }
        Ok(Workspace::new(files, None))
    }

    fn archive(&self, digest: &str) -> PathBuf {
        self.0.join(format!("{digest}{KEPT}"))
    }

    /// Keeps the workspace as it is; `written` is what the journal says of it, which stays.
    pub(crate) fn keep(&self, workspace: &Workspace, written: &Snapshot) -> io::Result<Snapshot> {
        self.forget_all_but(written)?;
        if fs::read_dir(workspace.path())?.next().is_none() {
            return Ok(Snapshot::default());
        }
        let new = self.0.join(format!("new{KEPT}"));
        let mut archive =
            tar::Builder::new(Digesting { file: BufWriter::new(File::create(&new)?), digest: Sha256::new() });
        archive.follow_symlinks(false);
        archive.append_dir_all(".", workspace.path())?;
        let Digesting { mut file, digest } = archive.into_inner()?;
        file.flush()?;
        file.get_ref().sync_all()?;
        let digest = hex::encode(digest.finalize());
        fs::rename(&new, self.archive(&digest))?;
        // The name as well has to outlive a loss of power.
        File::open(&self.0)?.sync_all()?;
        Ok(Snapshot { digest: Some(digest) })
    }

    fn forget_all_but(&self, written: &Snapshot) -> io::Result<()> {
        let stays = written.digest.as_deref().map(|digest| self.archive(digest));
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let is_archive = path.to_string_lossy().ends_with(KEPT);
            if is_archive && stays.as_ref() != Some(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Leaves the archive alone that holds the workspace as it was: what trying again begins with.
    pub(crate) fn put_away(&self, written: &Snapshot) -> io::Result<()> {
        let files = self.0.join(FILES);
        if files.exists() {
            fs::remove_dir_all(files)?;
        }
        match written.digest {
            Some(_) => self.forget_all_but(written),
            None => self.remove(),
        }
    }

    /// Removes all of it; it is no error if it is not there.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match remove_folder(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

/// A folder that is there for as long as this is; what actions leave in it may be deeper than the library that made it removes.
pub(crate) struct Passing(TempDir);

impl Passing {
    /// A new folder below another one.
    pub(crate) fn below(all: &Path, prefix: &str) -> io::Result<Passing> {
        tempfile::Builder::new().prefix(prefix).tempdir_in(all).map(Passing)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if let Err(error) = remove_folder(self.path()) {
            tracing::warn!(folder = %self.path().display(), %error, "a folder that is needed no more could not be removed");
        }
    }
}

/// Makes a folder that nobody else may read.
pub(crate) fn private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn digest(file: &Path) -> io::Result<String> {
    let (mut file, mut digest) = (File::open(file)?, Sha256::new());
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(digest.finalize())),
            read => digest.update(&piece[..read]),
        }
    }
}

struct Digesting {
    file: BufWriter<File>,
    digest: Sha256,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn folder() -> (tempfile::TempDir, TaskFolder) {
        let all = tempfile::tempdir().unwrap();
        let folder = TaskFolder::new(all.path(), "a");
        (all, folder)
    }

    #[test]
    fn a_workspace_comes_back_as_it_was_kept() {
        let (_all, folder) = folder();
        let workspace = folder.restore(&Snapshot::default()).unwrap();
        let nothing = Snapshot::default();
        assert_eq!(folder.keep(&workspace, &nothing).unwrap(), nothing, "an empty one costs nothing");
        let at = |name: &str| workspace.path().join(name);
        fs::create_dir(at("b")).unwrap();
        fs::write(at("b/run"), "#!/bin/sh").unwrap();
        fs::set_permissions(at("b/run"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("b/run", at("link")).unwrap();
        let snapshot = folder.keep(&workspace, &nothing).unwrap();
        fs::write(at("b/run"), "half").unwrap();
        fs::write(at("new"), "left behind").unwrap();
        let workspace = folder.restore(&snapshot).unwrap();
        let at = |name: &str| workspace.path().join(name);
        assert_eq!(fs::read_to_string(at("link")).unwrap(), "#!/bin/sh");
        assert_eq!(fs::metadata(at("b/run")).unwrap().permissions().mode() & 0o777, 0o755);
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink() && !at("new").exists());
    }

    #[test]
    fn what_is_damaged_is_said_to_be() {
        let (_all, folder) = folder();
        let workspace = folder.restore(&Snapshot::default()).unwrap();
        fs::write(workspace.path().join("a"), "a").unwrap();
        let snapshot = folder.keep(&workspace, &Snapshot::default()).unwrap();
        fs::write(folder.archive(snapshot.digest.as_deref().unwrap()), "cut").unwrap();
        assert!(folder.restore(&snapshot).unwrap_err().to_string().contains("is damaged; run the template again"));
    }

    #[test]
    fn a_folder_that_passes_goes_with_all_that_is_in_it() {
        let all = tempfile::tempdir().unwrap();
        let passing = Passing::below(all.path(), "dry-run-").unwrap();
        fs::create_dir_all(passing.path().join("a/b/c")).unwrap();
        fs::write(passing.path().join("a/b/c/d"), "d").unwrap();
        drop(passing);
        assert!(fs::read_dir(all.path()).unwrap().next().is_none());
    }

    #[test]
    fn what_the_journal_names_stays_until_it_names_another() {
        let (_all, folder) = folder();
        let workspace = folder.restore(&Snapshot::default()).unwrap();
        let keep = |text: &str, written: &Snapshot| {
            fs::write(workspace.path().join("a"), text).unwrap();
            folder.keep(&workspace, written).unwrap()
        };
        let text = |snapshot: &Snapshot| {
            folder.restore(snapshot).map(|workspace| fs::read_to_string(workspace.path().join("a")).unwrap())
        };
        let first = keep("first", &Snapshot::default());
        // The portal ends before the journal knows of the second.
        let second = keep("second", &first);
        assert_eq!(text(&first).unwrap(), "first");
        assert_eq!(text(&second).unwrap(), "second");
        let third = keep("third", &second);
        assert!(text(&first).is_err(), "two are kept at most");
        assert_eq!((text(&second).unwrap(), text(&third).unwrap()), ("second".to_owned(), "third".to_owned()));
    }

    #[test]
    fn what_is_put_away_is_the_archive_alone() {
        let (_all, folder) = folder();
        let workspace = folder.restore(&Snapshot::default()).unwrap();
        fs::write(workspace.path().join("a"), "a").unwrap();
        let first = folder.keep(&workspace, &Snapshot::default()).unwrap();
        fs::write(workspace.path().join("a"), "b").unwrap();
        folder.keep(&workspace, &first).unwrap();
        folder.put_away(&first).unwrap();
        let left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [folder.archive(first.digest.as_deref().unwrap())]);
        folder.put_away(&Snapshot::default()).unwrap();
        assert!(!folder.0.exists());
    }

    #[test]
    fn nobody_else_reads_a_workspace() {
        let (_all, folder) = folder();
        let workspace = folder.restore(&Snapshot::default()).unwrap();
        assert_eq!(fs::metadata(workspace.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
