//! `publish:github:pull-request`: the workspace as a change of a repository, on a branch of its own.
//!
//! Rule: a branch that is there is added to only where the step says `update`, or where this very step made it.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::workspace::{self, Commit};
use portico_sdk::{Error, Result, info};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Known, begin, has_branch, known};
use crate::api::part;
use crate::memory;
use crate::push::Written;
use crate::step::Step;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    branch_name: String,
    target_branch_name: Option<String>,
    title: String,
    description: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    files_to_delete: Vec<String>,
    target_path: Option<String>,
    #[serde(default)]
    reviewers: Vec<String>,
    #[serde(default)]
    team_reviewers: Vec<String>,
    #[serde(default)]
    assignees: Vec<String>,
    commit_message: Option<String>,
    #[serde(default)]
    update: bool,
    #[serde(default)]
    force_fork: bool,
    create_when_empty: Option<bool>,
    #[serde(flatten)]
    written: Written,
}

/// A pull request, as GitHub tells of it.
#[derive(Debug, Deserialize)]
struct Request {
    number: u64,
    html_url: String,
}

/// What came of a push: whether there was anything to commit, and whether the branch is a new one.
struct Branch {
    changed: bool,
    is_new: bool,
}

pub(crate) fn open(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    input.written.source_path.folder()?;
    if input.force_fork {
        let said = "input.forceFork: changes are pushed to the repository itself, not to a fork of it; leave `forceFork` out, and let the portal push there";
        return Err(Error::Invalid(said.to_owned()));
    }
    let slug = step.target.slug()?;
    if step.is_dry(&format!("open a pull request in {slug}")) {
        let page = step.target.host.remote(&slug, None);
        let target = input.target_branch_name.as_deref().unwrap_or("main");
        return Ok(output(target, &format!("{}/pull/0", page.trim_end_matches(".git")), 0));
    }
    let known = known(&step)?;
    let target = input
        .target_branch_name
        .clone()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| known.default_branch.clone());
    let branch = input.push(&step, &known, &target)?;
    let there = if branch.is_new { None } else { input.find(&step, &target)? };
    if let (false, None) = (branch.changed, &there)
        && branch.is_new
    {
        return input.empty(&step, &target);
    }
    let request = match there {
        Some(there) => there,
        None => input.create(&step, &target)?,
    };
    input.ask(&step, request.number)?;
    Ok(output(&target, &request.html_url, request.number))
}

fn output(target: &str, url: &str, number: u64) -> Output {
    Output::none().with("targetBranchName", target).with("remoteUrl", url).with("pullRequestNumber", number)
}

impl Input {
    fn push(&self, step: &Step<'_>, known: &Known, target: &str) -> Result<Branch> {
        let remote = step.target.host.remote(&step.target.slug()?, Some(&known.clone_url));
        let place = format!("{remote}#{}", self.branch_name);
        let noted = memory::noted(step.invocation, &place)?;
        if noted.as_ref().is_some_and(|commit| !commit.is_empty()) {
            info!("the branch {} was pushed before by this step", self.branch_name);
            return Ok(Branch { changed: true, is_new: false });
        }
        let is_there = has_branch(step, &self.branch_name)?;
        if is_there && !self.update && noted.is_none() {
            return Err(Error::Invalid(format!(
                "input.branchName: the branch {} is there already; choose another name, or say `update: true` to add to it",
                self.branch_name
            )));
        }
        let pushed = workspace::push(&self.commit(step, remote, if is_there { &self.branch_name } else { target })?)?;
        if pushed.changed {
            memory::note(step.invocation, &place, &pushed.id)?;
            info!("{} is pushed to the branch {}", pushed.id, self.branch_name);
        }
        Ok(Branch { changed: pushed.changed, is_new: !is_there })
    }

    fn commit(&self, step: &Step<'_>, remote: String, onto: &str) -> Result<Commit> {
        let wrong = |key: &'static str| move |error: Error| Error::Invalid(format!("input.{key}: {error}"));
        let path = workspace::plain(self.target_path.as_deref().unwrap_or_default()).map_err(wrong("targetPath"))?;
        let removed =
            self.files_to_delete.iter().map(|file| workspace::child(&path, file)).collect::<Result<Vec<String>>>();
        let message = self.commit_message.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| self.title.clone());
        let author = self.written.author(&step.settings.author);
        let mut commit = Commit::first(remote, &self.branch_name, message, author);
        commit.onto = Some(onto.to_owned());
        commit.folder = self.written.source_path.folder()?.unwrap_or_default();
        commit.path = path;
        commit.removed = removed.map_err(wrong("filesToDelete"))?;
        Ok(commit)
    }

    /// The pull request of the branch that is open.
    fn find(&self, step: &Step<'_>, target: &str) -> Result<Option<Request>> {
        let head = part(&format!("{}:{}", step.target.owner()?, self.branch_name));
        let path = format!("{}/pulls?state=open&head={head}&base={}", step.target.path()?, part(target));
        let open: Vec<Request> = step.api.get(&path).map_err(step.api.to("look for the pull request"))?;
        Ok(open.into_iter().next())
    }

    fn create(&self, step: &Step<'_>, target: &str) -> Result<Request> {
        let body = json!({
            "title": self.title,
            "body": self.description,
            "head": self.branch_name,
            "base": target,
            "draft": self.draft,
            "maintainer_can_modify": true,
        });
        let what = format!("open a pull request in {}", step.target.slug()?);
        let made = step.api.post(&format!("{}/pulls", step.target.path()?), &body).map_err(step.api.to(what))?;
        Ok(serde_json::from_value(made)?)
    }

    /// Asks people to look at it. Whom GitHub does not take is told: the pull request is open all the same.
    fn ask(&self, step: &Step<'_>, number: u64) -> Result<()> {
        let path = step.target.path()?;
        if !self.reviewers.is_empty() || !self.team_reviewers.is_empty() {
            let body = json!({ "reviewers": self.reviewers, "team_reviewers": self.team_reviewers });
            let to = format!("{path}/pulls/{number}/requested_reviewers");
            step.api.wish(&to, &body, &format!("ask for reviews of the pull request {number}"))?;
        }
        if !self.assignees.is_empty() {
            let to = format!("{path}/issues/{number}/assignees");
            step.api.wish(
                &to,
                &json!({ "assignees": self.assignees }),
                &format!("assign the pull request {number}"),
            )?;
        }
        Ok(())
    }

    /// Nothing differs: the branch that was made for it goes again.
    fn empty(&self, step: &Step<'_>, target: &str) -> Result<Output> {
        let branch = part(&self.branch_name).replace("%2F", "/");
        let gone = step.api.delete(&format!("{}/git/refs/heads/{branch}", step.target.path()?));
        gone.map_err(step.api.to(format!("remove the branch {}, which holds nothing", self.branch_name)))?;
        if self.create_when_empty == Some(false) {
            info!("nothing differs from {target}; no pull request is opened");
            return Ok(Output::none().with("targetBranchName", Value::from(target)));
        }
        Err(Error::Failed(format!(
            "nothing of the workspace differs from the branch {target}, and GitHub opens no pull request for nothing; say `createWhenEmpty: false` to go \
             on without one"
        )))
    }
}
