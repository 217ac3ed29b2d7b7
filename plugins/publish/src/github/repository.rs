//! Repositories of GitHub that are made, and what belongs to them: who may use them, topics, variables, secrets.
//!
//! Rule: each part comes to the same however often it is done, so that a step that was broken off is done again from its beginning. A repository
//! that holds something, and that this step did not make, is left alone.

use std::collections::BTreeMap;

use portico_sdk::{Error, Result, info};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Known, secrets};
use crate::api::{Fault, part, said_only};
use crate::memory;
use crate::step::Step;

/// What a repository is to be.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Wanted {
    description: Option<String>,
    homepage: Option<String>,
    access: Option<String>,
    repo_visibility: Option<String>,
    delete_branch_on_merge: Option<bool>,
    allow_merge_commit: Option<bool>,
    allow_squash_merge: Option<bool>,
    squash_merge_commit_title: Option<String>,
    squash_merge_commit_message: Option<String>,
    allow_rebase_merge: Option<bool>,
    allow_auto_merge: Option<bool>,
    allow_update_branch: Option<bool>,
    has_projects: Option<bool>,
    has_wiki: Option<bool>,
    has_issues: Option<bool>,
    auto_init: Option<bool>,
    collaborators: Vec<Collaborator>,
    topics: Vec<String>,
    repo_variables: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    oidc_customization: Option<Oidc>,
    custom_properties: Map<String, Value>,
    subscribe: Option<bool>,
    workflow_access: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Collaborator {
    User { user: String, access: String },
    Team { team: String, access: String },
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Oidc {
    use_default: Option<bool>,
    include_claim_keys: Vec<String>,
}

impl Wanted {
    /// Makes the repository, or takes one that is there and empty.
    pub(super) fn make(&self, step: &Step<'_>) -> Result<Known> {
        let (slug, path, api) = (step.target.slug()?, step.target.path()?, &step.api);
        let what = format!("create the repository {slug}");
        if let Some(known) = api.find::<Known>(&path).map_err(api.to(&*what))? {
            let remote = step.target.host.remote(&slug, Some(&known.clone_url));
            if memory::noted(step.invocation, &remote)?.is_some() {
                info!("{slug} was made before by this step");
                return Ok(known);
            }
            let branches: Vec<Value> = api
                .get(&format!("{path}/branches?per_page=1"))
                .map_err(api.to(format!("look into the repository {slug}")))?;
            if !branches.is_empty() {
                return Err(Error::Invalid(format!(
                    "the repository {slug} is there already and holds something, so that nothing was changed in it; choose another name, or have the \
                     template open a pull request with `publish:github:pull-request`"
                )));
            }
            info!("{slug} is there already and empty; it is taken as it is");
            return Ok(known);
        }
        let made = self.create(step).map_err(api.to(&*what))?;
        let known: Known = serde_json::from_value(made)?;
        memory::note(step.invocation, &step.target.host.remote(&slug, Some(&known.clone_url)), "")?;
        info!("the repository {slug} is made");
        Ok(known)
    }

    fn create(&self, step: &Step<'_>) -> std::result::Result<Value, Fault> {
        let (owner, api) = (step.target.owner()?, &step.api);
        let visibility = self.repo_visibility.as_deref().unwrap_or("private");
        let squash = self.allow_squash_merge != Some(false);
        let mut body = said_only(json!({
            "name": step.target.repo()?,
            "description": self.description,
            "homepage": self.homepage,
            "private": visibility != "public",
            "visibility": visibility,
            "delete_branch_on_merge": self.delete_branch_on_merge,
            "allow_merge_commit": self.allow_merge_commit,
            "allow_squash_merge": self.allow_squash_merge,
            "squash_merge_commit_title": self.squash_merge_commit_title.as_deref().filter(|_| squash),
            "squash_merge_commit_message": self.squash_merge_commit_message.as_deref().filter(|_| squash),
            "allow_rebase_merge": self.allow_rebase_merge,
            "allow_auto_merge": self.allow_auto_merge,
            "allow_update_branch": self.allow_update_branch.filter(|is| *is),
            "has_projects": self.has_projects,
            "has_wiki": self.has_wiki,
            "has_issues": self.has_issues,
            "auto_init": self.auto_init.filter(|is| *is),
            "custom_properties": Some(&self.custom_properties).filter(|all| !all.is_empty()),
        }));
        let fault = match api.post(&format!("/orgs/{}/repos", part(owner)), &body) {
            Err(fault) if fault.is(&[404]) => fault,
            made => return made,
        };
        // Not an organisation, or none that the token may know of: whose token is it?
        let user = api.get::<Value>("/user").unwrap_or_default();
        if !user["login"].as_str().is_some_and(|login| login.eq_ignore_ascii_case(owner)) {
            return Err(fault);
        }
        if let Some(body) = body.as_object_mut() {
            body.remove("visibility");
            body.remove("custom_properties");
        }
        api.post("/user/repos", &body)
    }

    /// Who may use it, topics, variables, secrets.
    pub(super) fn arrange(&self, step: &Step<'_>) -> Result<()> {
        let (path, api) = (step.target.path()?, &step.api);
        self.let_in(step)?;
        if !self.topics.is_empty() {
            let names: Vec<String> = self.topics.iter().map(|topic| topic.to_lowercase()).collect();
            api.put(&format!("{path}/topics"), &json!({ "names": names })).map_err(api.to("set the topics"))?;
        }
        secrets::variables(api, &format!("{path}/actions/variables"), &self.repo_variables)?;
        secrets::secrets(api, &format!("{path}/actions/secrets"), &self.secrets)?;
        if let Some(oidc) = &self.oidc_customization {
            let body = json!({ "use_default": oidc.use_default.unwrap_or(true), "include_claim_keys": oidc.include_claim_keys });
            let to = format!("{path}/actions/oidc/customization/sub");
            api.put(&to, &body).map_err(api.to("say what identities of workflows hold"))?;
        }
        if let Some(access) = &self.workflow_access {
            let to = format!("{path}/actions/permissions/access");
            api.put(&to, &json!({ "access_level": access })).map_err(api.to("say who may use the workflows"))?;
        }
        if self.subscribe == Some(true) {
            let body = json!({ "subscribed": true, "ignored": false });
            api.put(&format!("{path}/subscription"), &body).map_err(api.to("subscribe to the repository"))?;
        }
        Ok(())
    }

    fn let_in(&self, step: &Step<'_>) -> Result<()> {
        let (path, owner, api) = (step.target.path()?, step.target.owner()?, &step.api);
        let user = |user: &str, access: &str| {
            let to = format!("{path}/collaborators/{}", part(user));
            api.put(&to, &json!({ "permission": permission(access) }))
                .map_err(api.to(format!("let {user} use the repository")))
        };
        let team = |team: &str, access: &str| {
            let slug = team.rsplit('/').next().unwrap_or(team);
            let to = format!("/orgs/{}/teams/{}{path}", part(owner), part(slug));
            api.put(&to, &json!({ "permission": permission(access) }))
                .map_err(api.to(format!("let the team {team} use the repository")))
        };
        match self.access.as_deref().filter(|access| !access.is_empty() && *access != owner) {
            Some(access) if access.contains('/') => drop(team(access, "admin")?),
            Some(access) => drop(user(access, "admin")?),
            None => {}
        }
        for collaborator in &self.collaborators {
            match collaborator {
                Collaborator::User { user: name, access } => user(name, access)?,
                Collaborator::Team { team: name, access } => team(name, access)?,
            };
        }
        Ok(())
    }
}

/// As GitHub's interface calls it, whose pages call two of them otherwise.
fn permission(access: &str) -> &str {
    match access {
        "read" => "pull",
        "write" => "push",
        other => other,
    }
}
