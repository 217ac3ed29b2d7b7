//! What a commit through GitLab's interface does to each file.
//!
//! Rule: what is there as it is to be is left out, so that a commit that was made already is not made again.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_sdk::workspace::{self, Kind};
use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use crate::api::part;
use crate::step::Step;

/// Bytes of files that are sent at once.
const MOST: u64 = 64 << 20;

/// What is done with files, as a step says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Manner {
    /// All of them are new.
    Create,
    /// All of them are there.
    Update,
    /// Those of the workspace go.
    Delete,
    /// What is new is made, what differs is changed.
    Auto,
    /// Nothing is committed.
    Skip,
}

/// A file of the workspace.
struct File {
    /// In the repository.
    path: String,
    /// In the workspace.
    place: String,
}

/// A file of a branch.
#[derive(Debug, Deserialize)]
struct There {
    path: String,
    /// Git's digest of what is in it.
    id: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
}

/// What is to be done so that files of the workspace lie below a path of a branch.
pub(super) fn actions(
    step: &Step<'_>,
    project: u64,
    branch: Option<&str>,
    folder: &str,
    target: &str,
    manner: Manner,
) -> Result<Vec<Value>> {
    let files = files(folder, target)?;
    let there = match (manner, branch) {
        (Manner::Auto, Some(branch)) => there(step, project, branch, target)?,
        _ => BTreeMap::new(),
    };
    let mut actions = Vec::new();
    for file in files {
        match manner {
            Manner::Skip => {}
            Manner::Delete => actions.push(json!({ "action": "delete", "file_path": file.path })),
            Manner::Create => create(&mut actions, &file)?,
            Manner::Update => update(&mut actions, &file, None)?,
            Manner::Auto => match there.get(&file.path) {
                None => create(&mut actions, &file)?,
                known => update(&mut actions, &file, known)?,
            },
        }
    }
    Ok(actions)
}

fn create(actions: &mut Vec<Value>, File { path, place }: &File) -> Result<()> {
    let content = STANDARD.encode(workspace::read(place)?);
    let mut action = json!({ "action": "create", "file_path": path, "content": content, "encoding": "base64" });
    if workspace::is_executable(place)? {
        action["execute_filemode"] = Value::Bool(true);
    }
    actions.push(action);
    Ok(())
}

fn update(actions: &mut Vec<Value>, File { path, place }: &File, there: Option<&There>) -> Result<()> {
    let bytes = workspace::read(place)?;
    let executable = workspace::is_executable(place)?;
    if there.is_none_or(|there| there.id != digest(&bytes)) {
        let content = STANDARD.encode(bytes);
        actions.push(json!({ "action": "update", "file_path": path, "content": content, "encoding": "base64" }));
    }
    if there.map_or(executable, |there| (there.mode == "100755") != executable) {
        actions.push(json!({ "action": "chmod", "file_path": path, "execute_filemode": executable }));
    }
    Ok(())
}

/// As Git names a file's content.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", bytes.len()));
    hasher.update(bytes);
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of a folder, with where they go.
fn files(folder: &str, target: &str) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut size = 0;
    for entry in workspace::walk(folder)? {
        let place = workspace::child(folder, &entry.path)?;
        if entry.kind == Kind::Folder || entry.path.split('/').any(|name| name.eq_ignore_ascii_case(".git")) {
            continue;
        }
        if entry.kind == Kind::Link {
            return Err(Error::Invalid(format!(
                "{place} is a link, and GitLab's interface takes files alone; replace it by what it leads to, or remove it"
            )));
        }
        size += workspace::stat(&place)?.map_or(0, |stat| stat.size);
        if size > MOST {
            return Err(Error::Invalid(format!(
                "the files are larger than {} MiB together, which is what is sent to GitLab at once; commit less, or push with `publish:git`",
                MOST >> 20
            )));
        }
        files.push(File { path: workspace::child(target, &entry.path)?, place });
    }
    Ok(files)
}

/// The files that a branch has below a path.
fn there(step: &Step<'_>, project: u64, branch: &str, target: &str) -> Result<BTreeMap<String, There>> {
    let below = if target.is_empty() { String::new() } else { format!("&path={}", part(target)) };
    let path = format!("/projects/{project}/repository/tree?recursive=true&per_page=100&ref={}{below}", part(branch));
    let listed = match step.api.all::<There>(&path) {
        // Nothing lies there yet.
        Err(fault) if fault.is(&[404]) => Vec::new(),
        listed => listed.map_err(step.api.to(format!("list the files of the branch {branch}")))?,
    };
    Ok(listed.into_iter().filter(|one| one.kind == "blob").map(|one| (one.path.clone(), one)).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn content_is_named_as_git_names_it() {
        assert_eq!(super::digest(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
