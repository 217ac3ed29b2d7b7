//! Trying a template: all of its steps, with nothing happening outside of a workspace that is gone afterwards.
//!
//! Rule: what is tried is what would be done: the same steps, the same checks. Actions that know of no dry run are left out, and have an output that
//! their schema allows.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_api_types::{DryRun, DryRunFile, DryRunLine, EventKind, TaskUser};
use portico_runtime::Workspace;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::engine::{Course, Ended};
use crate::error::ScaffoldError;
use crate::folder::{Passing, private};
use crate::kept::Kept;
use crate::mask::Masks;
use crate::plan::Plan;
use crate::recorder::{Place, Recorder};
use crate::rules::Rules;
use crate::scaffolder::{Scaffolder, no_action};
use crate::spec;

/// Bytes of the files that are answered: what somebody looks at.
const ANSWERED: u64 = 20 << 20;

/// Where the template itself is, as actions see it.
pub(crate) const BASE: &str = "file:///template/template.yaml";

/// A template to be tried.
#[derive(Debug)]
pub struct DryRunRequest {
    /// The template's entity.
    pub template: Value,
    /// What was filled in.
    pub values: Map<String, Value>,
    /// Secrets.
    pub secrets: Map<String, Value>,
    /// The files beside the template; none for one whose files are where it was read.
    pub files: Option<Vec<DryRunFile>>,
    /// Who tries it.
    pub user: TaskUser,
}

impl Scaffolder {
    /// Tries a template.
    pub async fn dry_run(&self, request: DryRunRequest) -> Result<DryRun, ScaffoldError> {
        let DryRunRequest { template, values, secrets, files, user } = request;
        let base = if files.is_some() { Some(BASE.to_owned()) } else { spec::base(&template) };
        let task = spec::of_template(&template, &Rules::parse(&template["spec"])?, base, values, user)?;
        let plan = Plan::parse(&task)?;
        if let Some(step) = plan.steps.iter().find(|step| self.inner.actions.declared(&step.action).is_none()) {
            return Err(ScaffoldError::NoAction(no_action(&step.action, &step.id)));
        }
        let folder = Passing::below(&self.inner.folder, "dry-run-")?;
        let workspace = prepare(folder.path(), files.unwrap_or_default())?;
        let steps = task.steps.clone();
        let kept = Kept::new(task, None, &secrets);
        let recorder = Recorder::new(kept, Place::Memory(Default::default()), Masks::new(&secrets));
        let (_kept_alive, never) = watch::channel(false);
        let course = Course {
            actions: self.inner.actions.clone(),
            forges: self.inner.forges.clone(),
            plan,
            recorder: recorder.clone(),
            secrets,
            workspace: workspace.clone(),
            folder: None,
            cancel: never.clone(),
            stopping: never,
        };
        if let Ended::Over(end) = course.go().await? {
            course.close(end).await?;
        }
        let contents = tokio::task::spawn_blocking(move || contents(&workspace)).await;
        let contents = contents.map_err(|error| ScaffoldError::Portal(error.to_string()))?;
        let task = recorder.task().task;
        let contents = match (contents, &task.error) {
            // What a step that failed has left may be more than can be looked at, and its own error says why.
            (Err(_), Some(_)) => Vec::new(),
            (contents, _) => contents?,
        };
        let said = recorder.said().into_iter().filter(|event| event.kind == EventKind::Log);
        Ok(DryRun {
            log: said.map(|event| DryRunLine { body: event.body }).collect(),
            directory_contents: contents,
            output: task.output.unwrap_or_else(|| Value::Object(Map::new())),
            steps,
            outcome: task.steps,
            error: task.error,
        })
    }
}

/// Makes the folders of a task that is tried.
fn prepare(folder: &Path, files: Vec<DryRunFile>) -> Result<Workspace, ScaffoldError> {
    let (workspace, template) = (folder.join("workspace"), folder.join("template"));
    private(&workspace)?;
    private(&template)?;
    for file in files {
        let path = inside(&template, &file.path)
            .ok_or_else(|| ScaffoldError::Input(format!("`{}` is no path of a file beside the template", file.path)))?;
        let content = STANDARD
            .decode(&file.base64_content)
            .map_err(|error| ScaffoldError::Input(format!("`{}` is no Base64: {error}", file.path)))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, content)?;
        if file.executable {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(Workspace::new(workspace, Some(template)))
}

/// A path below a folder; none if it would lead elsewhere.
fn inside(folder: &Path, path: &str) -> Option<std::path::PathBuf> {
    let names: Vec<&str> = path.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    let is_plain =
        !path.starts_with('/') && !path.contains(['\0', '\\']) && !names.contains(&"..") && !names.is_empty();
    is_plain.then(|| names.iter().fold(folder.to_owned(), |folder, name| folder.join(name)))
}

/// The files of a workspace.
fn contents(workspace: &Workspace) -> Result<Vec<DryRunFile>, ScaffoldError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut room = ANSWERED;
    let mut files = Vec::new();
    let mut folders = vec![(workspace.path().to_owned(), String::new())];
    while let Some((folder, shown)) = folders.pop() {
        let mut entries = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(|entry| entry.file_name());
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if shown.is_empty() { name } else { format!("{shown}/{name}") };
            let metadata = fs::symlink_metadata(entry.path())?;
            if metadata.is_dir() {
                folders.push((entry.path(), path));
            } else if metadata.is_file() {
                room = room.checked_sub(metadata.len()).ok_or_else(|| {
                    ScaffoldError::Input(format!(
                        "the template makes files of more than {} MiB, which no dry run answers",
                        ANSWERED >> 20
                    ))
                })?;
                let mut content = Vec::new();
                fs::File::open(entry.path())?.take(ANSWERED).read_to_end(&mut content)?;
                let executable = metadata.permissions().mode() & 0o111 != 0;
                files.push(DryRunFile { path, executable, base64_content: STANDARD.encode(content) });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_a_template_stay_beside_it() {
        let folder = Path::new("/srv/t");
        assert_eq!(inside(folder, "./skeleton//a.txt"), Some("/srv/t/skeleton/a.txt".into()));
        for path in ["/etc/passwd", "../a", "a/../../b", "", ".", "a\0b", "..\\a"] {
            assert_eq!(inside(folder, path), None, "{path}");
        }
    }
}
