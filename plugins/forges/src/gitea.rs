//! Gitea, and Forgejo, which answers the same: their REST interface.
//!
//! Rule: what a row says by itself is not asked for again: how many requests for changes wait, and whether there is a release at all.

use std::collections::BTreeSet;

use portico_sdk::Result;
use serde::Deserialize;
use serde_json::Value;

use crate::api::{Api, Asked, description, filled, first_line, if_seen, part};
use crate::dialect::{Dialect, News, People, Place, Team, User};
use crate::parts::Part;
use crate::repository::{Ci, Commit, Details, PullRequest, Release, Repository, State, Waiting};
use crate::settings::Forge;

/// Gitea.
pub(crate) struct Gitea;

/// Of so many requests for changes a card asks how their continuous integration does: it is a question for each.
const ASKED: usize = 10;

#[derive(Deserialize)]
struct Row {
    id: u64,
    full_name: String,
    html_url: String,
    clone_url: String,
    default_branch: Option<String>,
    description: Option<String>,
    language: Option<String>,
    topics: Option<Vec<String>>,
    private: Option<bool>,
    internal: Option<bool>,
    archived: Option<bool>,
    fork: Option<bool>,
    empty: Option<bool>,
    licenses: Option<Vec<String>>,
    updated_at: Option<String>,
    open_issues_count: Option<u64>,
    open_pr_counter: Option<u64>,
    release_counter: Option<u64>,
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
    full_name: Option<String>,
    email: Option<String>,
    description: Option<String>,
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
    head: Option<Head>,
}

#[derive(Deserialize)]
struct Head {
    sha: Option<String>,
}

#[derive(Deserialize)]
struct Combined {
    state: Option<String>,
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
    id: u64,
    name: String,
    description: Option<String>,
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
        User {
            login: account.login,
            name: filled(account.full_name),
            email: filled(account.email),
            description: description(account.description),
            picture: filled(account.avatar_url),
            url: account.html_url,
        }
    }
}

/// Where it is asked for by owner and name.
fn by_name(project: &str) -> String {
    format!("/repos/{}", project.split('/').map(part).collect::<Vec<_>>().join("/"))
}

impl Dialect for Gitea {
    fn api(&self, forge: &Forge) -> Api {
        Api::new(forge.api(), "Gitea", "application/json")
    }

    fn lists(&self, forge: &Forge) -> Vec<String> {
        let owner = forge.owner.as_str();
        ["orgs", "users"].map(|kind| format!("/{kind}/{}/repos?limit=50", part(owner))).to_vec()
    }

    fn repository(&self, row: Value) -> serde_json::Result<Repository> {
        let row: Row = serde_json::from_value(row)?;
        let counts = [row.open_issues_count, row.open_pr_counter, row.release_counter];
        let mut stamps = vec![row.updated_at.unwrap_or_default()];
        stamps.extend(counts.map(|count| count.map(|count| count.to_string()).unwrap_or_default()));
        let visibility = match (row.private, row.internal) {
            (Some(true), _) => "private",
            (_, Some(true)) => "internal",
            _ => "public",
        };
        Ok(Repository {
            id: row.id.to_string(),
            project: row.full_name,
            url: row.html_url,
            clone: row.clone_url,
            default_branch: filled(row.default_branch).filter(|_| row.empty != Some(true)),
            description: description(row.description),
            language: filled(row.language),
            topics: row.topics.unwrap_or_default(),
            visibility: visibility.to_owned(),
            archived: row.archived.unwrap_or_default(),
            fork: row.fork.unwrap_or_default(),
            licence: row.licenses.and_then(|licences| licences.into_iter().next()),
            stamps,
            unsure_until: 0,
            empty: row.empty == Some(true),
            nothing_waits: row.open_pr_counter == Some(0),
        })
    }

    fn by_number(&self, id: &str) -> String {
        format!("/repositories/{}", part(id))
    }

    fn details(&self, api: &Api, repository: &Repository, unseen: &mut BTreeSet<Part>) -> Result<Details> {
        let base = by_name(&repository.project);
        let mut details = Details::default();
        if let Some(branch) = &repository.default_branch {
            let list = format!("{base}/commits?sha={}&limit=1&stat=false&verification=false&files=false", part(branch));
            let commits = if_seen(api.get::<Vec<GitCommit>>(&list), Part::Commits, unseen)?;
            details.last_commit = commits.and_then(|commits| commits.into_iter().next()).map(Commit::from);
        }
        if let Some(commit) = &details.last_commit {
            details.ci = if_seen(ci(api, &base, &commit.id), Part::Statuses, unseen)?;
        }
        details.pull_requests = match repository.nothing_waits {
            true => Some(Waiting::default()),
            false => if_seen(waiting(api, &base), Part::Requests, unseen)?,
        };
        if repository.stamps.last().is_none_or(|releases| releases != "0") {
            let release = if_seen(api.get::<Published>(&format!("{base}/releases/latest")), Part::Releases, unseen)?;
            details.release = release.map(|release| Release {
                name: filled(release.name).unwrap_or(release.tag_name),
                at: release.published_at,
                url: release.html_url,
            });
        }
        Ok(details)
    }

    fn pull_requests(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<PullRequest>> {
        let base = by_name(repository.project);
        let pulls: Vec<Pull> = api.get(&format!("{base}/pulls?state=open&sort=oldest&limit=50"))?;
        let shown = pulls.into_iter().enumerate().map(|(index, pull)| {
            let sha = pull.head.and_then(|head| head.sha).filter(|_| index < ASKED);
            let ci = sha.and_then(|sha| ci(api, &base, &sha).ok());
            PullRequest {
                number: pull.number,
                title: pull.title,
                author: pull.user.map(|user| user.login).unwrap_or_default(),
                at: pull.created_at,
                url: pull.html_url,
                draft: pull.draft.unwrap_or_default(),
                ci: ci.map(|ci| ci.state).unwrap_or_default(),
            }
        });
        Ok(shown.collect())
    }

    fn commits(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<Commit>> {
        let branch = repository.branch.map(|branch| format!("&sha={}", part(branch))).unwrap_or_default();
        let list = format!(
            "{}/commits?limit=20&stat=false&verification=false&files=false{branch}",
            by_name(repository.project)
        );
        let commits: Vec<GitCommit> = api.get(&list)?;
        Ok(commits.into_iter().map(Commit::from).collect())
    }

    fn people(&self, api: &Api, owner: &str) -> Asked<People> {
        let base = format!("/orgs/{}", part(owner));
        let users = api.all::<Account>(&format!("{base}/members?limit=50"))?.into_iter().map(User::from).collect();
        let mut teams = Vec::new();
        for team in api.all::<TeamRow>(&format!("{base}/teams?limit=50"))? {
            let members = api.all::<Account>(&format!("/teams/{}/members?limit=50", team.id))?;
            teams.push(Team {
                slug: team.name.clone(),
                title: team.name,
                description: description(team.description),
                parent: None,
                url: None,
                members: members.into_iter().map(|member| member.login).collect(),
            });
        }
        Ok(People { users, teams, ..People::default() })
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
            "status" if body["state"] == "pending" => News::Nothing,
            "repository" | "pull_request" | "release" | "status" => named.map_or(News::Nothing, changed),
            _ => News::Nothing,
        }
    }

    fn event_header(&self) -> &'static str {
        "x-gitea-event"
    }

    fn annotation(&self) -> &'static str {
        "gitea.com/repo-slug"
    }

    fn scopes(&self) -> &'static str {
        "a token with the scopes `read:repository` and `read:organization`, and for the repositories of a user `read:user` as well"
    }

    fn right(&self, part: Part) -> &'static str {
        match part {
            Part::Requests => "`read:repository`, and the repository its pull requests turned on",
            Part::Commits | Part::Releases | Part::Runs | Part::Statuses => "`read:repository`",
        }
    }
}

/// One item of a page; the header says how many there are.
fn waiting(api: &Api, base: &str) -> Asked<Waiting> {
    let page = api.page(&format!("{base}/pulls?state=open&sort=oldest&limit=1"), None)?.unwrap_or_default();
    let open = page.total.unwrap_or(page.items.len() as u64);
    let oldest_at = page.items.first().and_then(|pull| pull["created_at"].as_str()).map(str::to_owned);
    Ok(Waiting { open, oldest_at })
}

/// What is said of a commit, by Gitea's own actions as by others.
fn ci(api: &Api, base: &str, sha: &str) -> Asked<Ci> {
    let combined: Combined = api.get(&format!("{base}/commits/{}/status", part(sha)))?;
    if combined.total_count == Some(0) {
        return Ok(Ci::default());
    }
    let state = combined.state.map(|state| State::of(&state)).unwrap_or_default();
    let url = combined.statuses.unwrap_or_default().into_iter().find_map(|status| status.target_url);
    Ok(Ci { state, url: url.filter(|url| url.contains("://")) })
}

#[cfg(test)]
mod tests;
