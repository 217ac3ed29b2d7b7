//! `publish:gitlab`: a project with the workspace in it.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, info};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::actions::Manner;
use super::commits::{Commit, newest};
use super::variables::{Variable, set};
use super::{Known, begin, user};
use crate::api::{part, said_only};
use crate::memory;
use crate::push::{NONE, Written};
use crate::step::Step;

/// The role of somebody whom a project belongs to.
const OWNER: u32 = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    description: Option<String>,
    repo_visibility: Option<String>,
    #[serde(default)]
    skip_existing: bool,
    #[serde(default)]
    set_user_as_owner: bool,
    owner_username: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    branches: Vec<Branch>,
    #[serde(default)]
    project_variables: Vec<Variable>,
    #[serde(flatten)]
    written: Written,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
    #[serde(default)]
    protect: bool,
    #[serde(default)]
    create: bool,
    #[serde(rename = "ref")]
    from: Option<String>,
}

pub(crate) fn publish(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    input.written.source_path.folder()?;
    let owner = input.owner_username.as_deref().filter(|name| !name.is_empty());
    if input.set_user_as_owner && owner.is_none() {
        let said = "input.setUserAsOwner: whose the project is to be is not known; write the name of a user of GitLab as `ownerUsername`";
        return Err(Error::Invalid(said.to_owned()));
    }
    let (slug, branch) = (step.target.slug()?, input.written.branch("master"));
    if step.is_dry(&format!("create the project {slug} and commit to it")) {
        return output(&step, &Known::default(), &branch, NONE, true);
    }
    let (known, made) = input.make(&step)?;
    if !made && !known.empty_repo && memory::noted(invocation, &known.http_url_to_repo)?.is_none() {
        // `make` lets no other through but one that the step skips.
        return output(&step, &known, &branch, "", false);
    }
    if let Some(name) = owner {
        let body = json!({ "user_id": user(&step, name)?, "access_level": OWNER });
        match step.api.post(&format!("/projects/{}/members", known.id), &body) {
            Err(fault) if fault.is(&[409]) => {}
            set => drop(set.map_err(step.api.to(format!("have the project belong to {name}")))?),
        }
    }
    let commit = input.commit(&step, &known, &branch)?;
    input.project_variables.iter().try_for_each(|variable| set(&step, &known.id.to_string(), variable))?;
    input.branches.iter().try_for_each(|one| one.arrange(&step, known.id, &branch))?;
    output(&step, &known, &branch, commit.as_deref().unwrap_or_default(), made)
}

fn output(step: &Step<'_>, known: &Known, branch: &str, commit: &str, created: bool) -> Result<Output> {
    let (host, slug) = (&step.target.host, step.target.slug()?);
    let answered = |address: &str| Some(address.to_owned()).filter(|address| !address.is_empty());
    let remote = host.remote(&slug, answered(&known.http_url_to_repo).as_deref());
    Ok(Output::none()
        .with("remoteUrl", remote.trim_end_matches(".git"))
        .with("repoContentsUrl", host.contents(&slug, branch, answered(&known.web_url).as_deref()))
        .with("projectId", known.id)
        .with("commitHash", commit)
        .with("created", created))
}

impl Input {
    /// The project, and whether it was made now.
    fn make(&self, step: &Step<'_>) -> Result<(Known, bool)> {
        let (slug, api) = (step.target.slug()?, &step.api);
        let what = format!("create the project {slug}");
        let there: Option<Known> = api.find(&step.target.project(None)?).map_err(api.to(&*what))?;
        if let Some(known) = there {
            let is_ours = memory::noted(step.invocation, &known.http_url_to_repo)?.is_some();
            if !is_ours && self.skip_existing {
                info!("{slug} is there already and is left as it is");
            } else if !is_ours && !known.empty_repo {
                return Err(Error::Invalid(format!(
                    "the project {slug} is there already and holds something, so that nothing was changed in it; choose another name, say `skipExisting: \
                     true` to go on without it, or have the template open a merge request with `publish:gitlab:merge-request`"
                )));
            }
            return Ok((known, false));
        }
        let owner = step.target.owner()?;
        let namespace: Value = api
            .get(&format!("/namespaces/{}", part(owner)))
            .map_err(api.to(format!("find the group or user {owner}")))?;
        let made = api.post("/projects", &self.body(step, &namespace["id"])?).map_err(api.to(&*what))?;
        let known: Known = serde_json::from_value(made)?;
        memory::note(step.invocation, &known.http_url_to_repo, "")?;
        info!("the project {slug} is made");
        Ok((known, true))
    }

    fn body(&self, step: &Step<'_>, namespace: &Value) -> Result<Value> {
        let mut body = said_only(json!({
            "name": step.target.repo()?,
            "path": step.target.repo()?,
            "namespace_id": namespace,
            "description": self.description,
            "visibility": self.repo_visibility.as_deref().unwrap_or("private"),
            "topics": Some(&self.topics).filter(|topics| !topics.is_empty()),
        }));
        if let Some(body) = body.as_object_mut() {
            body.extend(self.settings.clone());
        }
        Ok(body)
    }

    fn commit(&self, step: &Step<'_>, known: &Known, branch: &str) -> Result<Option<String>> {
        let Some(folder) = self.written.source_path.folder()? else { return Ok(None) };
        let noted = memory::noted(step.invocation, &known.http_url_to_repo)?;
        if let Some(commit) = noted.filter(|commit| !commit.is_empty()) {
            info!("{commit} was committed before by this step");
            return Ok(Some(commit));
        }
        if let Some(there) = newest(step, known.id, branch)? {
            info!("the branch {branch} is there already");
            return Ok(Some(there));
        }
        let message = self.written.message();
        let commit = Commit {
            project: known.id,
            branch,
            start: None,
            message: &message,
            author: Some(self.written.author(&step.settings.author)),
            folder: &folder,
            target: "",
            manner: Manner::Create,
            is_first: true,
            allow_empty: false,
        };
        let made = commit.make(step)?;
        if let Some(id) = &made {
            memory::note(step.invocation, &known.http_url_to_repo, id)?;
        }
        Ok(made)
    }
}

impl Branch {
    fn arrange(&self, step: &Step<'_>, project: u64, default: &str) -> Result<()> {
        let api = &step.api;
        if self.create {
            let from = self.from.as_deref().unwrap_or(default);
            let to = format!("/projects/{project}/repository/branches?branch={}&ref={}", part(&self.name), part(from));
            match api.post(&to, &json!({})) {
                Err(fault) if fault.says("already exists") => {}
                made => drop(made.map_err(api.to(format!("make the branch {}", self.name)))?),
            }
        }
        if self.protect {
            match api.post(&format!("/projects/{project}/protected_branches"), &json!({ "name": self.name })) {
                Err(fault) if fault.is(&[409]) => {}
                made => drop(made.map_err(api.to(format!("protect the branch {}", self.name)))?),
            }
        }
        Ok(())
    }
}
