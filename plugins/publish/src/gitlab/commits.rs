//! `gitlab:repo:push`, and the commits of GitLab's other steps.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::workspace::{self, Author};
use portico_sdk::{Error, Result, info};
use serde::Deserialize;
use serde_json::{Value, json};

use super::actions::{Manner, actions};
use super::{begin, known};
use crate::api::part;
use crate::push::{NONE, Source};
use crate::step::Step;

/// A commit that is to be made.
pub(super) struct Commit<'a> {
    pub(super) project: u64,
    pub(super) branch: &'a str,
    /// The branch that a new one begins at; none where the branch is there, or is the first of all.
    pub(super) start: Option<&'a str>,
    pub(super) message: &'a str,
    pub(super) author: Option<Author>,
    pub(super) folder: &'a str,
    /// Where in the repository the files go.
    pub(super) target: &'a str,
    pub(super) manner: Manner,
    pub(super) is_first: bool,
    pub(super) allow_empty: bool,
}

impl Commit<'_> {
    /// What it does to each file.
    pub(super) fn actions(&self, step: &Step<'_>) -> Result<Vec<Value>> {
        let compared = Some(self.start.unwrap_or(self.branch)).filter(|_| !self.is_first);
        actions(step, self.project, compared, self.folder, self.target, self.manner)
    }

    /// Makes it; none where there is nothing to commit.
    pub(super) fn make(&self, step: &Step<'_>) -> Result<Option<String>> {
        let actions = self.actions(step)?;
        if actions.is_empty() && !self.allow_empty {
            info!("there is nothing to commit to the branch {}", self.branch);
            return Ok(None);
        }
        let mut body = json!({ "branch": self.branch, "commit_message": self.message, "actions": actions });
        if let Some(start) = self.start {
            body["start_branch"] = json!(start);
        }
        if let Some(author) = &self.author {
            body["author_name"] = json!(author.name);
            body["author_email"] = json!(author.email);
        }
        if self.allow_empty {
            body["allow_empty"] = Value::Bool(true);
        }
        let to = format!("/projects/{}/repository/commits", self.project);
        let what = format!("commit to the branch {}", self.branch);
        let made = step.api.post(&to, &body).map_err(step.api.to(&*what))?;
        let id =
            made["id"].as_str().ok_or_else(|| Error::Failed(format!("could not {what}: GitLab names no commit")))?;
        info!("{id} is committed to the branch {}", self.branch);
        Ok(Some(id.to_owned()))
    }
}

/// The newest commit of a branch, if the branch is there.
pub(super) fn newest(step: &Step<'_>, project: u64, branch: &str) -> Result<Option<String>> {
    let path = format!("/projects/{project}/repository/branches/{}", part(branch));
    let found: Option<Value> = step.api.find(&path).map_err(step.api.to(format!("look for the branch {branch}")))?;
    Ok(found.map(|found| found["commit"]["id"].as_str().unwrap_or_default().to_owned()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    branch_name: String,
    commit_message: String,
    #[serde(default)]
    source_path: Source,
    target_path: Option<String>,
    commit_action: Option<Manner>,
    #[serde(default)]
    allow_empty: bool,
}

/// Commits the workspace to a branch, which is made where it is not there.
pub(crate) fn push(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    let folder = input.source_path.folder()?.unwrap_or_default();
    let target = target(input.target_path.as_deref())?;
    let slug = step.target.slug()?;
    if step.is_dry(&format!("commit to the branch {} of {slug}", input.branch_name)) {
        return Ok(Output::none().with("projectid", slug.clone()).with("projectPath", slug).with("commitHash", NONE));
    }
    let known = known(&step, None)?;
    let there = newest(&step, known.id, &input.branch_name)?;
    let is_first = known.empty_repo;
    let default = known.default_branch.clone().unwrap_or_else(|| "main".to_owned());
    let commit = Commit {
        project: known.id,
        branch: &input.branch_name,
        start: Some(default.as_str()).filter(|_| there.is_none() && !is_first),
        message: &input.commit_message,
        author: None,
        folder: &folder,
        target: &target,
        manner: input.commit_action.unwrap_or(Manner::Create),
        is_first,
        allow_empty: input.allow_empty,
    };
    let made = commit.make(&step)?.or(there);
    let output = Output::none().with("projectid", known.id.to_string()).with("projectPath", known.path_with_namespace);
    Ok(made.into_iter().fold(output, |output, commit| output.with("commitHash", commit)))
}

/// Where in the repository files go.
pub(super) fn target(written: Option<&str>) -> Result<String> {
    let written = written.unwrap_or_default();
    workspace::plain(written.strip_prefix('/').unwrap_or(written))
        .map_err(|error| Error::Invalid(format!("input.targetPath: {error}")))
}
