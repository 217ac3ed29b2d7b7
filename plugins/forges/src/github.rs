//! GitHub, also GitHub Enterprise: its REST interface, and of `members` what only its other one says.
//!
//! Rule: a request for each fact of a repository whose row changed, and none for one whose row did not.

mod members;

use std::collections::BTreeSet;

use portico_sdk::Result;
use serde::Deserialize;
use serde_json::Value;

use crate::api::{Api, Asked, Fault, description, filled, first_line, if_seen, part};
use crate::dialect::{Dialect, News, People, Place, Team, User};
use crate::parts::Part;
use crate::repository::{Ci, Commit, Details, PullRequest, Release, Repository, State, Waiting};
use crate::settings::Forge;

/// GitHub.
pub(crate) struct GitHub;

#[derive(Deserialize)]
struct Row {
    id: u64,
    full_name: String,
    html_url: String,
    clone_url: String,
    #[serde(default)]
    private: bool,
    visibility: Option<String>,
    default_branch: Option<String>,
    description: Option<String>,
    language: Option<String>,
    topics: Option<Vec<String>>,
    archived: Option<bool>,
    fork: Option<bool>,
    license: Option<License>,
    pushed_at: Option<String>,
    updated_at: Option<String>,
    open_issues_count: Option<u64>,
}

#[derive(Deserialize)]
struct License {
    spdx_id: Option<String>,
}

#[derive(Deserialize)]
struct GitCommit {
    sha: String,
    html_url: Option<String>,
    commit: Inner,
    author: Option<Account>,
}

#[derive(Deserialize)]
struct Inner {
    message: String,
    author: Option<Signature>,
    committer: Option<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    name: Option<String>,
    date: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    login: String,
    avatar_url: Option<String>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    title: String,
    user: Option<Account>,
    created_at: String,
    html_url: String,
    draft: Option<bool>,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    head_sha: String,
    status: Option<String>,
    conclusion: Option<String>,
    html_url: Option<String>,
}

impl Run {
    fn state(&self) -> State {
        State::of(self.conclusion.as_deref().or(self.status.as_deref()).unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct Combined {
    state: String,
    total_count: Option<u64>,
    statuses: Option<Vec<Status>>,
}

#[derive(Deserialize)]
struct Status {
    target_url: Option<String>,
}

#[derive(Deserialize)]
struct Published {
    name: Option<String>,
    tag_name: String,
    published_at: Option<String>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct TeamRow {
    slug: String,
    name: String,
    description: Option<String>,
    html_url: Option<String>,
    parent: Option<Parent>,
}

#[derive(Deserialize)]
struct Parent {
    slug: String,
}

impl From<GitCommit> for Commit {
    fn from(commit: GitCommit) -> Commit {
        let Inner { message, author, committer } = commit.commit;
        let name = author.as_ref().and_then(|author| author.name.clone());
        let at = committer.and_then(|committer| committer.date).or_else(|| author.and_then(|author| author.date));
        Commit {
            id: commit.sha,
            at: at.unwrap_or_default(),
            author: commit.author.map(|author| author.login).or(name).unwrap_or_default(),
            title: first_line(&message),
            url: commit.html_url,
        }
    }
}

impl From<Account> for User {
    fn from(account: Account) -> User {
        User { login: account.login, picture: account.avatar_url, url: account.html_url, ..User::default() }
    }
}

/// Where it is asked for by owner and name.
fn by_name(project: &str) -> String {
    format!("/repos/{}", path(project))
}

impl Dialect for GitHub {
    fn api(&self, forge: &Forge) -> Api {
        Api::new(forge.api(), "GitHub", "application/vnd.github+json")
    }

    fn lists(&self, forge: &Forge) -> Vec<String> {
        // The token of an App belongs to no user, and only this list has the private repositories of one.
        if forge.installed {
            return vec!["/installation/repositories?per_page=100".to_owned()];
        }
        let owner = forge.owner.as_str();
        let list = |kind: &str, what: &str| {
            format!("/{kind}/{}/repos?type={what}&sort=created&direction=asc&per_page=100", part(owner))
        };
        vec![list("orgs", "all"), list("users", "owner")]
    }

    /// Of a user, only that user is told of the private ones.
    fn better(&self, api: &Api, forge: &Forge, list: String) -> Asked<String> {
        if !list.starts_with("/users/") {
            return Ok(list);
        }
        match api.get::<Account>("/user") {
            Ok(user) if user.login.eq_ignore_ascii_case(forge.owner.as_str()) => {
                Ok("/user/repos?affiliation=owner&sort=created&direction=asc&per_page=100".to_owned())
            }
            // The token of somebody else or of an App, or none.
            Ok(_) | Err(Fault::Unknown(_) | Fault::Forbidden(_) | Fault::Missing(_)) => Ok(list),
            Err(fault) => Err(fault),
        }
    }

    fn repository(&self, row: Value) -> serde_json::Result<Repository> {
        let row: Row = serde_json::from_value(row)?;
        // A licence that GitHub cannot name is one that it has not understood.
        let licence = row.license.and_then(|license| filled(license.spdx_id)).filter(|name| name != "NOASSERTION");
        let issues = row.open_issues_count;
        let stamps = [row.pushed_at, row.updated_at, issues.map(|count| count.to_string())];
        Ok(Repository {
            id: row.id.to_string(),
            project: row.full_name,
            url: row.html_url,
            clone: row.clone_url,
            default_branch: filled(row.default_branch),
            description: description(row.description),
            language: filled(row.language),
            topics: row.topics.unwrap_or_default(),
            visibility: row.visibility.unwrap_or_else(|| if row.private { "private" } else { "public" }.to_owned()),
            archived: row.archived.unwrap_or_default(),
            fork: row.fork.unwrap_or_default(),
            licence,
            stamps: stamps.map(Option::unwrap_or_default).to_vec(),
            unsure_until: 0,
            empty: false,
            // Pull requests count as issues.
            nothing_waits: issues == Some(0),
        })
    }

    fn by_number(&self, id: &str) -> String {
        format!("/repositories/{}", part(id))
    }

    fn details(&self, api: &Api, repository: &Repository, unseen: &mut BTreeSet<Part>) -> Result<Details> {
        let base = by_name(&repository.project);
        let branch = repository.default_branch.as_deref();
        let last_commit = branch.map(|branch| last_commit(api, &base, branch));
        let empty = matches!(last_commit, Some(Err(Fault::Empty(_))));
        let last_commit =
            last_commit.map(|asked| if_seen(asked, Part::Commits, unseen)).transpose()?.flatten().flatten();
        let pull_requests = match repository.nothing_waits {
            true => Some(Waiting::default()),
            false => if_seen(waiting(api, &base), Part::Requests, unseen)?,
        };
        let release = if_seen(api.get::<Published>(&format!("{base}/releases/latest")), Part::Releases, unseen)?;
        let ci = match &last_commit {
            Some(commit) => ci(api, &base, &commit.id, unseen)?,
            None => {
                // Whoever gives the token this right is told of the others at once.
                if let (Some(branch), true) = (branch, unseen.contains(&Part::Commits)) {
                    let status = format!("{base}/commits/{}/status", part(branch));
                    if_seen(api.get::<Runs>(&format!("{base}/actions/runs?per_page=1")), Part::Runs, unseen)?;
                    if_seen(api.get::<Combined>(&status), Part::Statuses, unseen)?;
                }
                None
            }
        };
        let release = release.map(|release| Release {
            name: filled(release.name).unwrap_or(release.tag_name),
            at: release.published_at,
            url: release.html_url,
        });
        Ok(Details { empty, last_commit, pull_requests, release, ci, ..Details::default() })
    }

    fn pull_requests(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<PullRequest>> {
        let base = by_name(repository.project);
        let pulls: Vec<Pull> = api.get(&format!("{base}/pulls?state=open&sort=created&direction=asc&per_page=50"))?;
        if pulls.is_empty() {
            return Ok(Vec::new());
        }
        // One question for all of them; a token that may not see it costs a column.
        let runs = api.get::<Runs>(&format!("{base}/actions/runs?event=pull_request&per_page=100"));
        let runs = runs.map(|runs| runs.workflow_runs).unwrap_or_default();
        let ci = |sha: &str| runs.iter().filter(|run| run.head_sha == sha).map(Run::state).max().unwrap_or_default();
        let shown = pulls.into_iter().map(|pull| PullRequest {
            number: pull.number,
            title: pull.title,
            author: pull.user.map(|user| user.login).unwrap_or_default(),
            at: pull.created_at,
            url: pull.html_url,
            draft: pull.draft.unwrap_or_default(),
            ci: ci(&pull.head.sha),
        });
        Ok(shown.collect())
    }

    fn commits(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<Commit>> {
        let branch = repository.branch.map(|branch| format!("&sha={}", part(branch))).unwrap_or_default();
        let commits: Vec<GitCommit> =
            api.get(&format!("{}/commits?per_page=20{branch}", by_name(repository.project)))?;
        Ok(commits.into_iter().map(Commit::from).collect())
    }

    fn people(&self, api: &Api, owner: &str) -> Asked<People> {
        let base = format!("/orgs/{}", part(owner));
        let (users, nameless) = members::members(api, owner)?;
        let mut teams = Vec::new();
        for team in api.all::<TeamRow>(&format!("{base}/teams?per_page=100"))? {
            let members = api.all::<Account>(&format!("{base}/teams/{}/members?per_page=100", part(&team.slug)))?;
            teams.push(Team {
                slug: team.slug,
                title: team.name,
                description: description(team.description),
                parent: team.parent.map(|parent| parent.slug),
                url: team.html_url,
                members: members.into_iter().map(|member| member.login).collect(),
            });
        }
        Ok(People { users, teams, nameless, ..People::default() })
    }

    fn news(&self, event: &str, body: &Value) -> News {
        let (action, repository) = (body["action"].as_str().unwrap_or_default(), &body["repository"]);
        let named = repository["id"].as_u64().zip(repository["full_name"].as_str());
        let changed = |(id, project): (u64, &str)| News::Changed { id: id.to_string(), project: project.to_owned() };
        match event {
            "push" => {
                let branch = repository["default_branch"].as_str().unwrap_or_default();
                let is_shown = body["ref"].as_str() == Some(&format!("refs/heads/{branch}"));
                named.filter(|_| is_shown).map_or(News::Nothing, changed)
            }
            "repository" if action == "deleted" => named
                .map_or(News::Nothing, |(id, project)| News::Gone { id: id.to_string(), project: project.to_owned() }),
            "workflow_run" | "check_suite" | "check_run" if action != "completed" => News::Nothing,
            "status" if body["state"] == "pending" => News::Nothing,
            "repository" | "pull_request" | "release" | "workflow_run" | "check_suite" | "check_run" | "status"
            | "public" => named.map_or(News::Nothing, changed),
            "organization" | "team" | "membership" => {
                let owner = body["organization"]["login"].as_str();
                owner.map_or(News::Nothing, |owner| News::People { owner: owner.to_owned() })
            }
            _ => News::Nothing,
        }
    }

    fn event_header(&self) -> &'static str {
        "x-github-event"
    }

    fn annotation(&self) -> &'static str {
        "github.com/project-slug"
    }

    fn scopes(&self) -> &'static str {
        "a fine-grained token with the read permissions Metadata, Contents, Pull requests, Actions and Commit statuses, and Members of the \
         organisation for `people`; a GitHub App with the same permissions; or a classic token with `repo`, `read:org` and `read:user`"
    }

    fn right(&self, part: Part) -> &'static str {
        match part {
            Part::Commits | Part::Releases => "`Contents: read`",
            Part::Requests => "`Pull requests: read`",
            Part::Runs => "`Actions: read`",
            Part::Statuses => "`Commit statuses: read`",
        }
    }
}

/// Owner and name as parts of a path.
fn path(project: &str) -> String {
    project.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn last_commit(api: &Api, base: &str, branch: &str) -> Asked<Option<Commit>> {
    let page = api.get::<Vec<GitCommit>>(&format!("{base}/commits?sha={}&per_page=1", part(branch)));
    Ok(page?.into_iter().next().map(Commit::from))
}

/// One item of a page, and how many pages there are, say all that is needed.
fn waiting(api: &Api, base: &str) -> Asked<Waiting> {
    let page =
        api.page(&format!("{base}/pulls?state=open&sort=created&direction=asc&per_page=1"), None)?.unwrap_or_default();
    let open = page.last.unwrap_or(page.items.len() as u64);
    let oldest_at = page.items.first().and_then(|pull| pull["created_at"].as_str()).map(str::to_owned);
    Ok(Waiting { open, oldest_at })
}

/// Actions and what others say of a commit; none only where the token may see neither.
fn ci(api: &Api, base: &str, sha: &str, unseen: &mut BTreeSet<Part>) -> Result<Option<Ci>> {
    let runs =
        if_seen(api.get::<Runs>(&format!("{base}/actions/runs?head_sha={sha}&per_page=100")), Part::Runs, unseen)?;
    let combined = if_seen(api.get::<Combined>(&format!("{base}/commits/{sha}/status")), Part::Statuses, unseen)?;
    if runs.is_none() && combined.is_none() {
        return Ok(None);
    }
    let runs = runs.map(|runs| runs.workflow_runs).unwrap_or_default();
    let all = runs.into_iter().map(|run| Ci { state: run.state(), url: run.html_url });
    // Without any, GitHub says `pending`.
    let others = combined.filter(|combined| combined.total_count != Some(0)).map(|combined| Ci {
        state: State::of(&combined.state),
        url: combined.statuses.unwrap_or_default().into_iter().find_map(|status| status.target_url),
    });
    Ok(Some(all.chain(others).max_by_key(|ci| ci.state).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
