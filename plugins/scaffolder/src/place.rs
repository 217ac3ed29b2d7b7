//! Paths of a step's input, in the workspace.
//!
//! Rule: a path may be written as outputs of steps show it, with the workspace in front.

use portico_sdk::{Error, Result, workspace};

/// Where the files of a task are, as outputs show them.
pub(crate) const WORKSPACE: &str = "/workspace";

/// A path of an input as a path in the workspace; `key` is where it was written.
pub(crate) fn place(key: &str, path: &str) -> Result<String> {
    let inside = match path.strip_prefix(WORKSPACE) {
        Some("") => "",
        Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/'),
        _ => path,
    };
    workspace::plain(inside).map_err(|error| error.context(format!("input.{key}")))
}

/// The same, of something that cannot be the workspace itself.
pub(crate) fn file(key: &str, path: &str) -> Result<String> {
    let place = place(key, path)?;
    match place.is_empty() {
        true => Err(Error::Invalid(format!("input.{key}: `{path}` is the workspace itself; name a file in it"))),
        false => Ok(place),
    }
}

/// As outputs show a path.
pub(crate) fn shown(path: &str) -> String {
    if path.is_empty() { WORKSPACE.to_owned() } else { format!("{WORKSPACE}/{path}") }
}
