//! `workspace`: the files of a task, beyond what an action reads and writes itself.

use std::io;

use wasmtime::component::Resource;

use crate::bindings::portico::plugin::types::Error;
use crate::bindings::portico::plugin::workspace::{Commit, Copied, Host, Pushed};
use crate::capabilities::repositories::OpenSnapshot;
use crate::guest::Guest;
use crate::repositories::{self, Room};
use crate::workspace::{Executed, MOST_ENTRIES, Workspace, executable, plain, set_executable};

/// Bytes of a commit's message, of who it is by, and of a branch's name.
const MESSAGE: usize = 64 << 10;
const AUTHOR: usize = 1 << 10;
const BRANCH: usize = 1 << 10;

/// Paths that one push removes.
const REMOVED: usize = 10_000;

impl Host for Guest {
    async fn copy(
        &mut self,
        source: Resource<OpenSnapshot>,
        path: String,
        target: String,
    ) -> wasmtime::Result<Result<Copied, Error>> {
        let workspace = match self.workspace() {
            Ok(workspace) => workspace,
            Err(error) => return Ok(Err(error)),
        };
        let (path, target) = match (plain(&path), plain(&target)) {
            (Ok(path), Ok(target)) => (path, target),
            (Err(error), _) | (_, Err(error)) => return Ok(Err(Error::Invalid(error))),
        };
        let into = match workspace.open() {
            Ok(into) => into,
            Err(error) => return Ok(Err(failed(&error))),
        };
        let room = Room { bytes: self.call.loaded.rights.limits.disk.as_bytes(), entries: MOST_ENTRIES };
        let copied = self.table.get(&source)?.tree().copy(&path, into, &target, room).await;
        let copied = copied.map(|copied| Copied { files: copied.files, size: copied.bytes });
        Ok(copied.map_err(|error| self.explain_repository(&error)))
    }

    async fn is_executable(&mut self, path: String) -> wasmtime::Result<Result<bool, Error>> {
        self.at(path, |root, path| match executable(root, path)? {
            Executed::Yes => Ok(Some(true)),
            Executed::No => Ok(Some(false)),
            Executed::NoFile => Ok(None),
        })
        .await
    }

    async fn set_executable(&mut self, path: String, executable: bool) -> wasmtime::Result<Result<(), Error>> {
        self.at(path, move |root, path| Ok(set_executable(root, path, executable)?.then_some(()))).await
    }

    async fn push(&mut self, commit: Commit) -> wasmtime::Result<Result<Pushed, Error>> {
        let workspace = match self.workspace() {
            Ok(workspace) => workspace,
            Err(error) => return Ok(Err(error)),
        };
        if self.call.is_dry {
            return Ok(Err(Error::Denied("nothing is pushed in a dry run".to_owned())));
        }
        let push = match checked(commit, &workspace) {
            Ok(push) => push,
            Err(error) => return Ok(Err(error)),
        };
        let pushed = self.call.repositories.push(&self.access(), push).await;
        let pushed = pushed.map(|pushed| Pushed { id: pushed.commit, changed: pushed.changed });
        Ok(pushed.map_err(|error| self.explain_repository(&error)))
    }
}

impl Guest {
    fn workspace(&self) -> Result<Workspace, Error> {
        self.call.workspace.clone().ok_or_else(|| {
            Error::Denied("only actions have a workspace; this is a call of another extension point".to_owned())
        })
    }

    /// Does something with a file of the workspace; `work` answers nothing where there is no such file.
    async fn at<T: Send + 'static>(
        &mut self,
        path: String,
        work: impl FnOnce(&cap_std::fs::Dir, &str) -> io::Result<Option<T>> + Send + 'static,
    ) -> wasmtime::Result<Result<T, Error>> {
        let workspace = match self.workspace() {
            Ok(workspace) => workspace,
            Err(error) => return Ok(Err(error)),
        };
        let path = match plain(&path) {
            Ok(path) => path,
            Err(error) => return Ok(Err(Error::Invalid(error))),
        };
        let done = self.call.blocking(move |_| {
            let found = workspace.open().and_then(|root| work(&root, &path));
            found.map_err(|error| failed(&error)).and_then(|found| {
                found.ok_or_else(|| Error::NotFound(format!("there is no file {path} in the workspace")))
            })
        });
        done.await
    }
}

fn failed(error: &io::Error) -> Error {
    Error::Failed(format!("the workspace cannot be used: {error}"))
}

/// A push whose every part is what it has to be.
fn checked(push: Commit, workspace: &Workspace) -> Result<repositories::Push, Error> {
    let long = |what: &str, bytes: usize, most: usize| {
        Error::Invalid(format!("{what} has {bytes} bytes; at most {most} are taken"))
    };
    if push.message.len() > MESSAGE {
        return Err(long("the message", push.message.len(), MESSAGE));
    }
    let author = push.author.name.len() + push.author.email.len();
    if author > AUTHOR {
        return Err(long("the author", author, AUTHOR));
    }
    // A commit names them in lines of its own.
    if push.author.name.chars().chain(push.author.email.chars()).any(char::is_control) {
        return Err(Error::Invalid(
            "no commit can be by an author of several lines, or with control characters".to_owned(),
        ));
    }
    let branch = push.branch.len() + push.onto.as_ref().map_or(0, String::len);
    if branch > BRANCH {
        return Err(long("the branch", branch, BRANCH));
    }
    if push.removed.len() > REMOVED {
        return Err(Error::Invalid(format!("{} paths are removed; at most {REMOVED} are at once", push.removed.len())));
    }
    let removed = push.removed.iter().map(|path| plain(path)).collect::<Result<Vec<String>, String>>();
    Ok(repositories::Push {
        repository: push.repository,
        branch: push.branch,
        onto: push.onto,
        files: workspace.open().map_err(|error| failed(&error))?,
        folder: plain(&push.folder).map_err(Error::Invalid)?,
        path: plain(&push.path).map_err(Error::Invalid)?,
        replaces: push.replaces,
        removed: removed.map_err(Error::Invalid)?,
        message: push.message,
        author: (push.author.name, push.author.email),
        force: push.force,
    })
}
