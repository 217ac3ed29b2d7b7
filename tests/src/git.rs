//! Git repositories for tests, made with git itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A repository with a work tree, to be committed to; the portal reads it by its path.
pub struct Repository {
    folder: TempDir,
}

impl Repository {
    /// An empty repository.
    #[must_use]
    pub fn new() -> Repository {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let repository = Repository { folder };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// A repository with one commit of these files.
    #[must_use]
    pub fn with(files: &[(&str, &str)]) -> Repository {
        let repository = Repository::new();
        repository.commit(files);
        repository
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Commits these files; a file without content goes.
    pub fn commit(&self, files: &[(&str, &str)]) {
        for (name, content) in files {
            let path = self.folder.path().join(name);
            if content.is_empty() {
                fs::remove_file(&path).expect("a file to remove");
                continue;
            }
            fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).expect("a folder");
            fs::write(&path, content).expect("a file");
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "A change"]);
    }

    /// Puts all objects into one pack, as a server keeps what it has had for a while.
    pub fn pack(&self) {
        self.git(&["repack", "-a", "-d", "--quiet"]);
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]);
        command.args(arguments).current_dir(self.folder.path());
        let output =
            command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output().expect("git");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Default for Repository {
    fn default() -> Self {
        Repository::new()
    }
}
