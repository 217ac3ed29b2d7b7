//! Commits of files of the workspace, made and pushed by the host with its credentials.

use crate::error::Result;
use crate::host::workspace as host;

use super::path::plain;

/// Who a commit is by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// A name.
    pub name: String,
    /// An address of mail.
    pub email: String,
}

/// A commit that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The repository, such as `https://github.com/acme/ledger`: one that the operator granted under `push`.
    pub repository: String,
    /// The branch that the commit is pushed to.
    pub branch: String,
    /// The branch whose newest commit it follows; none for the first commit of a branch, which replaces what the branch may hold only where
    /// [`force`](Self::force) says so.
    pub onto: Option<String>,
    /// The folder of the workspace whose files are committed; empty for all of it.
    pub folder: String,
    /// Where in the repository the folder's files go; empty for its root.
    pub path: String,
    /// Whether what else the repository holds at that path goes.
    pub replaces: bool,
    /// Paths of the repository that go.
    pub removed: Vec<String>,
    /// The commit's message.
    pub message: String,
    /// Who it is by.
    pub author: Author,
    /// Whether a branch that goes another way is overwritten.
    pub force: bool,
}

impl Commit {
    /// The first commit of a branch, with all files of the workspace.
    pub fn first(
        repository: impl Into<String>,
        branch: impl Into<String>,
        message: impl Into<String>,
        author: Author,
    ) -> Commit {
        Commit {
            repository: repository.into(),
            branch: branch.into(),
            onto: None,
            folder: String::new(),
            path: String::new(),
            replaces: false,
            removed: Vec::new(),
            message: message.into(),
            author,
            force: false,
        }
    }
}

/// What came of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The commit's id, in hexadecimal: of `onto`, where nothing differs.
    pub id: String,
    /// Whether there was anything to commit.
    pub changed: bool,
}

/// Makes one commit of files of the workspace, and pushes it. A folder `.git` is never a part of it. In a dry run it is denied.
pub fn push(commit: &Commit) -> Result<Pushed> {
    let Commit { repository, branch, onto, folder, path, replaces, removed, message, author, force } = commit.clone();
    let removed = removed.iter().map(|path| plain(path)).collect::<Result<Vec<String>>>()?;
    let pushed = host::push(&host::Commit {
        repository,
        branch,
        onto,
        folder: plain(&folder)?,
        path: plain(&path)?,
        replaces,
        removed,
        message,
        author: host::Author { name: author.name, email: author.email },
        force,
    })?;
    Ok(Pushed { id: pushed.id, changed: pushed.changed })
}
