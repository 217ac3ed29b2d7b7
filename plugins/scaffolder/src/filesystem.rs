//! `fs:delete`, `fs:rename`, `fs:readdir`: files of the workspace.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::workspace::{self, Entry, Kind};
use portico_sdk::{Error, Result, info};
use serde::{Deserialize, Serialize};

use crate::patterns::{Patterns, is_pattern};
use crate::place::{file, place, shown};

#[derive(Deserialize)]
struct Delete {
    files: Vec<String>,
}

/// What is not there is no error, and a folder goes with everything that is in it.
pub(crate) fn delete(invocation: &Invocation) -> Result<Output> {
    let input: Delete = invocation.input()?;
    for (number, written) in input.files.iter().enumerate() {
        let path = place(&format!("files[{number}]"), written)?;
        for found in named(&path)? {
            workspace::remove(&found)?;
            info!("{} is deleted", if found.is_empty() { "everything" } else { &found });
        }
    }
    Ok(Output::none())
}

/// What a path or a pattern names of what is there: paths that do not lie in each other.
fn named(path: &str) -> Result<Vec<String>> {
    // Brackets stand in names as well.
    if path.is_empty() || workspace::stat(path)?.is_some() {
        return Ok(vec![path.to_owned()]);
    }
    if !is_pattern(path) {
        return Ok(Vec::new());
    }
    let mut found: Vec<String> = Vec::new();
    for path in files_named(path)? {
        let is_inside =
            found.last().is_some_and(|last| path.strip_prefix(last.as_str()).is_some_and(|rest| rest.starts_with('/')));
        if !is_inside {
            found.push(path);
        }
    }
    Ok(found)
}

/// Everything of the workspace that a pattern names, each folder before what is in it.
fn files_named(pattern: &str) -> Result<Vec<String>> {
    let patterns = Patterns::new("files", &[pattern.to_owned()])?;
    let all = workspace::walk("")?.into_iter().map(|entry| entry.path);
    Ok(all.filter(|path| patterns.matches(path)).collect())
}

/// The files that a path or a pattern names; an error if it is a path, and there is no such file.
pub(crate) fn files(key: &str, written: &str) -> Result<Vec<String>> {
    let path = file(key, written)?;
    if workspace::stat(&path)?.is_some_and(|stat| stat.kind == Kind::File) {
        return Ok(vec![path]);
    }
    if !is_pattern(&path) {
        return Err(Error::NotFound(format!("input.{key}: there is no file {path} in the workspace")));
    }
    let patterns = Patterns::new(key, &[path])?;
    let all = workspace::walk("")?.into_iter().filter(|entry| entry.kind == Kind::File).map(|entry| entry.path);
    Ok(all.filter(|path| patterns.matches(path)).collect())
}

#[derive(Deserialize)]
struct Rename {
    files: Vec<Renamed>,
}

#[derive(Deserialize)]
struct Renamed {
    from: String,
    to: String,
    #[serde(default)]
    overwrite: bool,
}

pub(crate) fn rename(invocation: &Invocation) -> Result<Output> {
    let input: Rename = invocation.input()?;
    for (number, Renamed { from, to, overwrite }) in input.files.iter().enumerate() {
        let from = file(&format!("files[{number}].from"), from)?;
        let to = file(&format!("files[{number}].to"), to)?;
        if workspace::stat(&from)?.is_none() {
            return Err(Error::NotFound(format!("input.files[{number}].from: there is no {from} in the workspace")));
        }
        if from == to {
            continue;
        }
        if workspace::stat(&to)?.is_some() {
            if !overwrite {
                return Err(Error::Invalid(format!(
                    "input.files[{number}].to: {to} is there already; give it another name, or say `overwrite: true`"
                )));
            }
            if from.strip_prefix(to.as_str()).is_some_and(|rest| rest.starts_with('/')) {
                return Err(Error::Invalid(format!(
                    "input.files[{number}].to: {from} lies in {to}, which cannot go for it"
                )));
            }
            workspace::remove(&to)?;
        }
        workspace::rename(&from, &to)?;
        info!("{from} is {to} now");
    }
    Ok(Output::none())
}

#[derive(Deserialize)]
struct Readdir {
    paths: Vec<String>,
    #[serde(default)]
    recursive: bool,
}

#[derive(Default, Serialize)]
struct Found {
    files: Vec<Content>,
    folders: Vec<Content>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    name: String,
    path: String,
    full_path: String,
}

pub(crate) fn readdir(invocation: &Invocation) -> Result<Output> {
    let input: Readdir = invocation.input()?;
    let mut found = Found::default();
    for (number, written) in input.paths.iter().enumerate() {
        let folder = place(&format!("paths[{number}]"), written)?;
        let entries = if input.recursive { workspace::walk(&folder) } else { workspace::list(&folder) };
        let entries = entries.map_err(|error| error.context(format!("input.paths[{number}]")))?;
        for Entry { path, kind } in entries {
            let path = workspace::child(&folder, &path)?;
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            let content = Content { name, full_path: shown(&path), path };
            match kind {
                Kind::Folder => found.folders.push(content),
                Kind::File | Kind::Link => found.files.push(content),
            }
        }
    }
    Output::of(&found)
}
