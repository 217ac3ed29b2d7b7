//! Paths below a folder.
//!
//! Rule: what a path means is decided by its letters alone, before anything is opened. What could lead out is refused in words.

use crate::error::{Error, Result};

/// A path without what says nothing: `./a/../b//c/` is `b/c`, and the folder itself is an empty text. What climbs out is refused.
pub fn plain(path: &str) -> Result<String> {
    child("", path)
}

/// A path that is meant from a folder, such as `b/c` from `a`, as a path from the root. It may not climb out of that folder.
pub fn child(folder: &str, path: &str) -> Result<String> {
    let refused = |why: &str| Err(Error::Invalid(format!("`{path}` {why}")));
    if path.starts_with('/') {
        return refused("is absolute; write a path that begins at the workspace");
    }
    if path.contains('\0') {
        return refused("holds a letter that no name may hold");
    }
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.pop().is_none() => return refused("leads out of its folder; write a path that stays within"),
            ".." => {}
            name => names.push(name),
        }
    }
    Ok(joined(folder, &names.join("/")))
}

/// A path below a folder, of which either may be empty.
pub(super) fn joined(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}
