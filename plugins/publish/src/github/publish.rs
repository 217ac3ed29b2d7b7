//! `publish:github`, and its two halves `github:repo:create` and `github:repo:push`.

use portico_sdk::Result;
use portico_sdk::actions::{Invocation, Output};
use serde::Deserialize;

use super::protection::Protection;
use super::repository::Wanted;
use super::{Known, begin, has_branch, known};
use crate::push::{NONE, Written};
use crate::step::Step;

/// The branch that GitHub's steps push to unless they say another, as in Backstage.
const BRANCH: &str = "master";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pushing {
    protect_default_branch: Option<bool>,
    #[serde(flatten)]
    written: Written,
    #[serde(flatten)]
    protection: Protection,
}

#[derive(Deserialize)]
struct Publishing {
    #[serde(flatten)]
    wanted: Wanted,
    #[serde(flatten)]
    pushing: Pushing,
}

/// Makes a repository, pushes the workspace, and protects the branch.
pub(crate) fn publish(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let Publishing { wanted, pushing } = step.input()?;
    pushing.written.source_path.folder()?;
    let slug = step.target.slug()?;
    if step.is_dry(&format!("create the repository {slug} and push to it")) {
        return pushing.push(&step, &Known::default(), false);
    }
    let known = wanted.make(&step)?;
    wanted.arrange(&step)?;
    pushing.push(&step, &known, false)
}

/// Makes a repository.
pub(crate) fn create(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let wanted: Wanted = step.input()?;
    let slug = step.target.slug()?;
    if step.is_dry(&format!("create the repository {slug}")) {
        return addresses(&step, &Known::default(), "main");
    }
    let known = wanted.make(&step)?;
    wanted.arrange(&step)?;
    let branch = if known.default_branch.is_empty() { "main" } else { &known.default_branch };
    addresses(&step, &known, branch)
}

/// Pushes the workspace to a repository that is there, on top of what the branch may hold.
pub(crate) fn push(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let pushing: Pushing = step.input()?;
    pushing.written.source_path.folder()?;
    let slug = step.target.slug()?;
    if step.is_dry(&format!("push to the repository {slug}")) {
        return pushing.push(&step, &Known::default(), false);
    }
    let known = known(&step)?;
    let is_there = has_branch(&step, &pushing.written.branch(BRANCH))?;
    pushing.push(&step, &known, is_there)
}

impl Pushing {
    fn push(&self, step: &Step<'_>, known: &Known, is_onto: bool) -> Result<Output> {
        let branch = self.written.branch(BRANCH);
        let remote = step.target.host.remote(&step.target.slug()?, answered(&known.clone_url));
        let commit = self.written.push(step.invocation, &step.settings, &remote, &branch, is_onto)?;
        if self.protect_default_branch.unwrap_or(true) && !step.invocation.dry_run {
            self.protection.set(step, &branch)?;
        }
        Ok(addresses(step, known, &branch)?.with("commitHash", commit.unwrap_or_else(|| NONE.to_owned())))
    }
}

fn addresses(step: &Step<'_>, known: &Known, branch: &str) -> Result<Output> {
    let (host, slug) = (&step.target.host, step.target.slug()?);
    let contents = host.contents(&slug, branch, answered(&known.html_url));
    Ok(Output::none()
        .with("remoteUrl", host.remote(&slug, answered(&known.clone_url)))
        .with("repoContentsUrl", contents))
}

/// What GitHub answered, if it was asked.
fn answered(address: &str) -> Option<&str> {
    Some(address).filter(|address| !address.is_empty())
}
