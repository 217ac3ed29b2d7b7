//! `publish:gitea`: Gitea, Forgejo.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, info};
use portico_sites::Forge;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{part, said_only};
use crate::memory;
use crate::push::{NONE, Written};
use crate::step::Step;

/// A repository, as Gitea tells of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Known {
    clone_url: String,
    html_url: String,
    empty: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    description: Option<String>,
    repo_visibility: Option<String>,
    #[serde(flatten)]
    written: Written,
}

pub(crate) fn publish(invocation: &Invocation) -> Result<Output> {
    let step = Step::begin(invocation, Forge::Gitea)?;
    let input: Input = step.input()?;
    input.written.source_path.folder()?;
    let (slug, branch, host) = (step.target.slug()?, input.written.branch("main"), &step.target.host);
    let known = match step.is_dry(&format!("create the repository {slug} and push to it")) {
        true => Known::default(),
        false => input.make(&step, &branch)?,
    };
    let answered = |address: &str| Some(address.to_owned()).filter(|address| !address.is_empty());
    let remote = host.remote(&slug, answered(&known.clone_url).as_deref());
    let commit = input.written.push(invocation, &step.settings, &remote, &branch, false)?;
    Ok(Output::none()
        .with("repoContentsUrl", host.contents(&slug, &branch, answered(&known.html_url).as_deref()))
        .with("remoteUrl", remote)
        .with("commitHash", commit.unwrap_or_else(|| NONE.to_owned())))
}

impl Input {
    /// Makes the repository, or takes one that is there and empty.
    fn make(&self, step: &Step<'_>, branch: &str) -> Result<Known> {
        let (slug, api) = (step.target.slug()?, &step.api);
        let what = format!("create the repository {slug}");
        if let Some(known) = api.find::<Known>(&step.target.path()?).map_err(api.to(&*what))? {
            let remote = step.target.host.remote(&slug, Some(&known.clone_url));
            if !known.empty && memory::noted(step.invocation, &remote)?.is_none() {
                return Err(Error::Invalid(format!(
                    "the repository {slug} is there already and holds something, so that nothing was changed in it; choose another name"
                )));
            }
            info!("{slug} is there already, and is taken as it is");
            return Ok(known);
        }
        let owner = step.target.owner()?;
        let body = said_only(json!({
            "name": step.target.repo()?,
            "description": self.description,
            "private": self.repo_visibility.as_deref() != Some("public"),
            "default_branch": branch,
            "auto_init": false,
        }));
        let made = match api.post(&format!("/orgs/{}/repos", part(owner)), &body) {
            // Not an organisation: whose token is it?
            Err(fault) if fault.is(&[404, 422]) => {
                let user = api.get::<Value>("/user").unwrap_or_default();
                match user["login"].as_str().is_some_and(|login| login.eq_ignore_ascii_case(owner)) {
                    true => api.post("/user/repos", &body),
                    false => Err(fault),
                }
            }
            made => made,
        };
        let known: Known = serde_json::from_value(made.map_err(api.to(&*what))?)?;
        memory::note(step.invocation, &step.target.host.remote(&slug, Some(&known.clone_url)), "")?;
        info!("the repository {slug} is made");
        Ok(known)
    }
}
