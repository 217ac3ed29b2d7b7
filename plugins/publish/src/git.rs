//! `publish:git`: the workspace, pushed to any repository that Git reaches.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result};
use portico_sites::Forge;
use serde::Deserialize;

use crate::host::{Settings, contents};
use crate::push::{NONE, Written};
use crate::target::Target;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository: Option<String>,
    repo_url: Option<String>,
    #[serde(flatten)]
    written: Written,
}

pub(crate) fn publish(invocation: &Invocation) -> Result<Output> {
    let Input { repository, repo_url, written } = invocation.input()?;
    let settings = Settings::read()?;
    let branch = written.branch("main");
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (remote, seen) = match (filled(&repository), filled(&repo_url)) {
        (Some(repository), None) => {
            let forge = Forge::of(&repository, &Default::default());
            let seen = contents(forge, &repository, &branch);
            (repository, seen)
        }
        (None, Some(repo_url)) => {
            let target = Target::parse(&repo_url, &settings)?;
            let plain = target.plain()?;
            (target.host.remote(&plain, None), target.host.contents(&plain, &branch, None))
        }
        (Some(_), Some(_)) => {
            let said = "input: `repository` and `repoUrl` both say where to push; keep one of them";
            return Err(Error::Invalid(said.to_owned()));
        }
        (None, None) => {
            let said = "input: it is not said where to push; write the address of a repository as `repository`, or a `repoUrl`";
            return Err(Error::Invalid(said.to_owned()));
        }
    };
    let commit = written.push(invocation, &settings, &remote, &branch, false)?;
    let commit = commit.unwrap_or_else(|| NONE.to_owned());
    Ok(Output::none().with("remoteUrl", remote).with("repoContentsUrl", seen).with("commitHash", commit))
}
