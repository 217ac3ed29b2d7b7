//! The files of a task, which an action has in its workspace, and the files that came with a template which is tried.
//!
//! ```no_run
//! use portico_sdk::{Result, workspace};
//!
//! fn rename_readme() -> Result<()> {
//!     let text = workspace::read("README.txt")?;
//!     workspace::write("docs/README.md", &text)?;
//!     workspace::remove("README.txt")
//! }
//! ```
//!
//! Rule: paths are relative to the workspace. `..` is taken where it stays within; what climbs out is refused before anybody is asked, and
//! links that lead out lead nowhere, since the host opens everything from the workspace's own folder. What is in the workspace may come
//! from anywhere.
//!
//! Only calls of [`actions`](crate::actions) have a workspace. A plugin that uses none of this imports none of it.

mod path;
mod push;
mod tree;
#[cfg(target_arch = "wasm32")]
pub(crate) mod wasi;

#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use crate::host::disk::Root;
use crate::host::workspace as host;
use crate::repositories::Snapshot;

use tree::Tree;

pub use path::{child, plain};
pub use push::{Author, Commit, Pushed, push};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From the folder that was asked about, with `/` between names.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// What is known of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
}

/// What was copied out of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Files.
    pub files: u32,
    /// Bytes.
    pub size: u64,
}

/// Why something of a folder could not be had, as file systems tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Missing,
    Exists,
    Link,
    NoFolder,
    IsFolder,
    NotEmpty,
    NotPermitted,
    Full,
    Other(String),
}

/// A file's bytes. A link is the file that it leads to, if that is in the workspace.
pub fn read(path: &str) -> Result<Vec<u8>> {
    tree()?.read(path)
}

/// Writes a file, with the folders that it lies in. A file that is there keeps its permission to be executed; a link that is there is
/// replaced.
pub fn write(path: &str, bytes: &[u8]) -> Result<()> {
    tree()?.write(path, bytes)
}

/// What is in a folder, by its names.
pub fn list(path: &str) -> Result<Vec<Entry>> {
    tree()?.list(path)
}

/// Everything below a folder: each folder before what is in it, and by its names. Links are not followed.
pub fn walk(path: &str) -> Result<Vec<Entry>> {
    tree()?.walk(path)
}

/// What stands at a path; none if nothing does. Links are not followed.
pub fn stat(path: &str) -> Result<Option<Stat>> {
    tree()?.stat(path)
}

/// Makes a folder, with those that it lies in. It is no error if it is there.
pub fn create_folder(path: &str) -> Result<()> {
    tree()?.create_folder(path)
}

/// Removes a file, a link, or a folder with everything that is in it. It is no error if there is none.
pub fn remove(path: &str) -> Result<()> {
    tree()?.remove(path)
}

/// Gives something another name, with the folders that the name lies in; a file or a link that has it is replaced.
pub fn rename(from: &str, to: &str) -> Result<()> {
    tree()?.rename(from, to)
}

/// Copies a file, a link as a link, or what is in a folder, with the permission to be executed. Files that are there are replaced.
pub fn copy(from: &str, to: &str) -> Result<()> {
    tree()?.copy(from, to)
}

/// Copies a file, or a folder with everything that is in it, out of a repository's tree, with the permission to be executed. An empty
/// path is the whole tree, an empty target the workspace itself. What is there already is replaced file by file.
pub fn copy_from(source: &Snapshot, path: &str, target: &str) -> Result<Copied> {
    let copied = host::copy(source.outwards(), &plain(path)?, &plain(target)?)?;
    Ok(Copied { files: copied.files, size: copied.size })
}

/// Whether a file may be executed.
pub fn is_executable(path: &str) -> Result<bool> {
    Ok(host::is_executable(&plain(path)?)?)
}

/// Lets a file be executed, or not.
pub fn set_executable(path: &str, executable: bool) -> Result<()> {
    Ok(host::set_executable(&plain(path)?, executable)?)
}

/// The files that came with a template which is not in the catalog and is tried; none in any other call. They can only be read.
pub fn template() -> Option<Template> {
    Root::open("/template").map(|root| Template(Tree::new(root, "the template's files")))
}

/// The files that came with a template.
pub struct Template(Tree);

impl Template {
    /// A file's bytes.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.0.read(path)
    }

    /// Everything below a folder, see [`walk`].
    pub fn walk(&self, path: &str) -> Result<Vec<Entry>> {
        self.0.walk(path)
    }

    /// What stands at a path; none if nothing does.
    pub fn stat(&self, path: &str) -> Result<Option<Stat>> {
        self.0.stat(path)
    }
}

fn tree() -> Result<Tree> {
    let none = || Error::Denied("only actions have a workspace; this is a call of another extension point".to_owned());
    Ok(Tree::new(Root::open("/workspace").ok_or_else(none)?, "the workspace"))
}
