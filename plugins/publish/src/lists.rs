//! What fields of forms offer: owners, repositories and branches, as the forge tells the operator's credential.
//!
//! Rule: a form waits for it, so that little is asked; a list that is longer ends early, and whoever has more types on. Nothing is changed, so that a
//! dry run is told the same.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result};
use portico_sites::Forge;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Api, Asked, part};
use crate::host::Settings;

/// Pages that are read of a list.
const PAGES: usize = 3;

#[derive(Deserialize)]
struct Input {
    host: String,
    owner: Option<String>,
    // Backstage's pickers call it by both names.
    #[serde(alias = "repository")]
    repo: Option<String>,
}

/// A forge, and what is wanted of it.
struct Wanted {
    api: Api,
    forge: Forge,
    input: Input,
}

impl Wanted {
    /// None at a host of which it is not known how it is asked.
    fn read(invocation: &Invocation) -> Result<Option<Wanted>> {
        let input: Input = invocation.input()?;
        let host = Settings::read()?.host(&input.host);
        let forge = host.forge.filter(|forge| matches!(forge, Forge::GitHub | Forge::GitLab | Forge::Gitea));
        Ok(forge.map(|forge| Wanted { api: Api::new(&host, None), forge, input }))
    }

    fn owner(&self) -> Result<&str> {
        self.input.owner.as_deref().filter(|owner| !owner.is_empty()).ok_or_else(|| missing("owner"))
    }

    fn project(&self) -> Result<(&str, &str)> {
        let repo = self.input.repo.as_deref().filter(|repo| !repo.is_empty()).ok_or_else(|| missing("repo"))?;
        Ok((self.owner()?, repo))
    }

    fn all(&self, path: &str) -> Asked<Vec<Value>> {
        self.api.some(path, PAGES)
    }
}

fn missing(key: &str) -> Error {
    Error::Invalid(format!("input.{key}: it is what the list depends on; fill it in first"))
}

/// The organisations and groups that the credential belongs to.
pub(crate) fn owners(invocation: &Invocation) -> Result<Output> {
    let Some(wanted) = Wanted::read(invocation)? else { return Ok(answered(Vec::new(), "")) };
    let (path, key) = match wanted.forge {
        Forge::GitLab => ("/groups?min_access_level=30&per_page=100", "full_path"),
        Forge::Gitea => ("/user/orgs?limit=50", "username"),
        _ => ("/user/orgs?per_page=100", "login"),
    };
    let all = wanted.all(path).map_err(wanted.api.to("list owners"))?;
    Ok(answered(all, key))
}

/// The repositories of an owner, be it an organisation or a user.
pub(crate) fn repositories(invocation: &Invocation) -> Result<Output> {
    let Some(wanted) = Wanted::read(invocation)? else { return Ok(answered(Vec::new(), "")) };
    let owner = part(wanted.owner()?);
    let (of_group, of_user, key) = match wanted.forge {
        Forge::GitLab => (
            format!("/groups/{owner}/projects?simple=true&order_by=last_activity_at&per_page=100"),
            format!("/users/{owner}/projects?simple=true&order_by=last_activity_at&per_page=100"),
            "path",
        ),
        Forge::Gitea => (format!("/orgs/{owner}/repos?limit=50"), format!("/users/{owner}/repos?limit=50"), "name"),
        _ => (
            format!("/orgs/{owner}/repos?sort=pushed&per_page=100"),
            format!("/users/{owner}/repos?sort=pushed&per_page=100"),
            "name",
        ),
    };
    let all = match wanted.all(&of_group) {
        Err(fault) if fault.is(&[404]) => wanted.all(&of_user),
        asked => asked,
    };
    Ok(answered(all.map_err(wanted.api.to(format!("list the repositories of {owner}")))?, key))
}

/// The branches of a repository.
pub(crate) fn branches(invocation: &Invocation) -> Result<Output> {
    let Some(wanted) = Wanted::read(invocation)? else { return Ok(answered(Vec::new(), "")) };
    let (owner, repo) = wanted.project()?;
    let path = match wanted.forge {
        Forge::GitLab => format!("/projects/{}/repository/branches?per_page=100", part(&format!("{owner}/{repo}"))),
        Forge::Gitea => format!("/repos/{}/{}/branches?limit=50", part(owner), part(repo)),
        _ => format!("/repos/{}/{}/branches?per_page=100", part(owner), part(repo)),
    };
    let all = wanted.all(&path).map_err(wanted.api.to(format!("list the branches of {owner}/{repo}")))?;
    Ok(answered(all, "name"))
}

/// What stands under a key of each.
fn answered(all: Vec<Value>, key: &str) -> Output {
    let results: Vec<Value> = all.iter().filter_map(|one| Some(json!({ "id": one[key].as_str()? }))).collect();
    Output::none().with("results", results)
}
