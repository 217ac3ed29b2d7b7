//! The demo company's repositories: folders of files become bare Git repositories with history.
//!
//! Rule: the same files give the same commits, so that a second start finds nothing new.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::process::output;

/// Commits by repository, oldest first.
type History = BTreeMap<String, Vec<Commit>>;

/// A commit, and the files that enter with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commit {
    message: String,
    /// `Name <address>`.
    author: String,
    date: String,
    files: Vec<String>,
}

/// Makes a bare repository in `output` of every folder in `repositories`, with the commits that `history` names.
pub(crate) fn make(repositories: &Path, history: &Path, output: &Path) -> Result<usize, String> {
    let text =
        fs::read_to_string(history).map_err(|error| format!("{} could not be read: {error}", history.display()))?;
    let history: History =
        portico_manifest::parse(&text, &history.display().to_string()).map_err(|error| error.to_string())?;
    fs::create_dir_all(output).map_err(|error| format!("{} could not be made: {error}", output.display()))?;
    let mut names = Vec::new();
    for entry in fs::read_dir(repositories).map_err(|error| format!("{}: {error}", repositories.display()))?.flatten() {
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    for name in &names {
        let commits = history.get(name).ok_or_else(|| format!("the history names no commits of {name}; add them"))?;
        repository(&repositories.join(name), commits, &output.join(format!("{name}.git")))
            .map_err(|error| format!("the repository {name} could not be made: {error}"))?;
    }
    Ok(names.len())
}

fn repository(folder: &Path, commits: &[Commit], bare: &Path) -> Result<(), String> {
    let mut waiting = files(folder, Path::new(""))?;
    let work = bare.with_extension("work");
    fs::create_dir_all(&work).map_err(|error| error.to_string())?;
    git(&work, &["init", "--quiet", "--initial-branch=main"], None)?;
    for commit in commits {
        let globs = globs(&commit.files)?;
        let (enter, later): (Vec<PathBuf>, Vec<PathBuf>) = waiting.into_iter().partition(|file| globs.is_match(file));
        if enter.is_empty() {
            return Err(format!("no file enters with the commit `{}`", commit.message));
        }
        for file in &enter {
            copy(&folder.join(file), &work.join(file))?;
        }
        git(&work, &["add", "--all"], None)?;
        git(&work, &["commit", "--quiet", "--message", &commit.message], Some(commit))?;
        waiting = later;
    }
    if let Some(file) = waiting.first() {
        return Err(format!("{} enters with no commit; name it in one", file.display()));
    }
    git(&work, &["clone", "--quiet", "--bare", ".", &bare.display().to_string()], None)?;
    fs::remove_dir_all(&work).map_err(|error| error.to_string())
}

/// Runs git without the settings of whoever is at the keyboard.
fn git(folder: &Path, arguments: &[&str], commit: Option<&Commit>) -> Result<(), String> {
    let mut command = Command::new("git");
    command.args(["-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"]).args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    if let Some(commit) = commit {
        let (name, address) = commit.author.split_once(" <").ok_or("an author is written `Name <address>`")?;
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), name)
                .env(format!("GIT_{role}_EMAIL"), address.trim_end_matches('>'));
            command.env(format!("GIT_{role}_DATE"), &commit.date);
        }
    }
    output(&mut command).map(drop)
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|error| error.to_string())?);
    }
    set.build().map_err(|error| error.to_string())
}

fn files(root: &Path, below: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(below)).map_err(|error| error.to_string())?.flatten() {
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HISTORY: &str = "\
ledger:
  - { message: Add the ledger, author: Ada Moss <ada@acme.example>, date: 2025-03-04T09:00:00+01:00, files: [catalog-info.yaml] }
  - { message: Write down why, author: Ada Moss <ada@acme.example>, date: 2025-03-05T09:00:00+01:00, files: ['docs/**'] }
";

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let folder = Folder(std::env::temp_dir().join(format!("portico-xtask-{}-{name}", std::process::id())));
            folder.write("company/ledger/catalog-info.yaml", "kind: Component\n");
            folder.write("company/ledger/docs/why.md", "Because.\n");
            folder.write("history.yaml", HISTORY);
            folder
        }

        fn write(&self, name: &str, text: &str) {
            let file = self.0.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }

        fn make(&self, output: &str) -> Result<usize, String> {
            make(&self.0.join("company"), &self.0.join("history.yaml"), &self.0.join(output))
        }

        fn log(&self, repository: &str) -> String {
            let mut git = Command::new("git");
            git.arg("-C").arg(self.0.join(repository)).args(["log", "--format=%H %an %aI %s", "--name-only", "main"]);
            output(&mut git).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn the_same_files_give_the_same_commits() {
        let folder = Folder::new("same");
        assert_eq!((folder.make("one"), folder.make("two")), (Ok(1), Ok(1)));
        let log = folder.log("one/ledger.git");
        assert_eq!(log, folder.log("two/ledger.git"));
        assert!(log.contains("Ada Moss 2025-03-05T09:00:00+01:00 Write down why\n\ndocs/why.md"), "{log}");
    }

    #[test]
    fn a_file_that_enters_with_no_commit_is_named() {
        let folder = Folder::new("left");
        folder.write("company/ledger/later.md", "Later.\n");
        let error = folder.make("one").unwrap_err();
        assert_eq!(error, "the repository ledger could not be made: later.md enters with no commit; name it in one");
    }

    #[test]
    fn a_repository_without_history_is_named() {
        let folder = Folder::new("none");
        folder.write("company/cards/catalog-info.yaml", "kind: Component\n");
        assert_eq!(folder.make("one").unwrap_err(), "the history names no commits of cards; add them");
    }
}
