//! GitLab: its REST interface, of gitlab.com and of one's own.
//!
//! Rule: GitLab notes at most once an hour that something went on in a project. So a row that is younger than that says nothing of what came
//! since, and the project is asked for again until the hour is over.

use std::collections::BTreeSet;

use portico_sdk::Result;
use serde::Deserialize;
use serde_json::Value;

use crate::api::{Api, Asked, Fault, description, filled, first_line, if_seen, milliseconds, part};
use crate::dialect::{Dialect, News, People, Place, Team, User};
use crate::parts::Part;
use crate::repository::{Ci, Commit, Details, PullRequest, Release, Repository, State, Waiting};
use crate::settings::Forge;

/// GitLab.
pub(crate) struct GitLab;

/// How long a project's time of activity stays as it is, in milliseconds.
const SETTLES: u64 = 60 * 60 * 1000;

/// As much as the clocks of a forge and of the portal may differ.
const SKEW: u64 = 10 * 60 * 1000;

#[derive(Deserialize)]
struct Row {
    id: u64,
    path_with_namespace: String,
    web_url: String,
    http_url_to_repo: String,
    default_branch: Option<String>,
    description: Option<String>,
    topics: Option<Vec<String>>,
    visibility: Option<String>,
    archived: Option<bool>,
    forked_from_project: Option<Value>,
    open_issues_count: Option<u64>,
    last_activity_at: Option<String>,
    updated_at: Option<String>,
    empty_repo: Option<bool>,
    merge_requests_enabled: Option<bool>,
}

#[derive(Deserialize)]
struct Licensed {
    license: Option<License>,
}

#[derive(Deserialize)]
struct License {
    key: Option<String>,
}

#[derive(Deserialize)]
struct GitCommit {
    id: String,
    title: Option<String>,
    author_name: Option<String>,
    committed_date: Option<String>,
    web_url: Option<String>,
    last_pipeline: Option<Pipeline>,
}

#[derive(Deserialize)]
struct Pipeline {
    sha: Option<String>,
    status: String,
    web_url: Option<String>,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: u64,
    title: String,
    author: Option<Account>,
    created_at: String,
    web_url: String,
    draft: Option<bool>,
    sha: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    username: String,
    name: Option<String>,
    state: Option<String>,
    avatar_url: Option<String>,
    web_url: Option<String>,
}

#[derive(Deserialize)]
struct Published {
    name: Option<String>,
    tag_name: String,
    released_at: Option<String>,
    #[serde(rename = "_links")]
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Links {
    #[serde(rename = "self")]
    own: Option<String>,
}

#[derive(Deserialize)]
struct Group {
    id: u64,
    full_path: String,
    name: String,
    description: Option<String>,
    web_url: Option<String>,
    parent_id: Option<u64>,
}

impl From<GitCommit> for Commit {
    fn from(commit: GitCommit) -> Commit {
        Commit {
            id: commit.id,
            at: commit.committed_date.unwrap_or_default(),
            author: commit.author_name.unwrap_or_default(),
            title: first_line(&commit.title.unwrap_or_default()),
            url: commit.web_url,
        }
    }
}

impl Dialect for GitLab {
    fn api(&self, forge: &Forge) -> Api {
        Api::new(forge.api(), "GitLab", "application/json")
    }

    fn lists(&self, forge: &Forge) -> Vec<String> {
        let owner = forge.owner.as_str();
        let all = "order_by=id&sort=asc&per_page=100";
        vec![
            format!("/groups/{}/projects?include_subgroups=true&with_shared=false&{all}", part(owner)),
            format!("/users/{}/projects?{all}", part(owner)),
        ]
    }

    fn repository(&self, row: Value) -> serde_json::Result<Repository> {
        let row: Row = serde_json::from_value(row)?;
        let active = row.last_activity_at.as_deref().and_then(milliseconds);
        let issues = row.open_issues_count.map(|count| count.to_string());
        let stamps = [row.last_activity_at, row.updated_at, issues];
        Ok(Repository {
            id: row.id.to_string(),
            project: row.path_with_namespace,
            url: row.web_url,
            clone: row.http_url_to_repo,
            default_branch: filled(row.default_branch).filter(|_| row.empty_repo != Some(true)),
            description: description(row.description),
            language: None,
            topics: row.topics.unwrap_or_default(),
            visibility: row.visibility.unwrap_or_else(|| "private".to_owned()),
            archived: row.archived.unwrap_or_default(),
            fork: row.forked_from_project.is_some_and(|from| !from.is_null()),
            licence: None,
            stamps: stamps.map(Option::unwrap_or_default).to_vec(),
            unsure_until: active.map_or(0, |active| active + SETTLES + SKEW),
            empty: row.empty_repo == Some(true),
            // Where there can be none, asking for them is forbidden.
            nothing_waits: row.merge_requests_enabled == Some(false),
        })
    }

    fn by_number(&self, id: &str) -> String {
        format!("/projects/{}", part(id))
    }

    fn details(&self, api: &Api, repository: &Repository, unseen: &mut BTreeSet<Part>) -> Result<Details> {
        let base = self.by_number(&repository.id);
        let mut details = Details::default();
        if let Some(branch) = &repository.default_branch {
            // Of a single commit GitLab says how its pipeline did.
            let commit = api.get::<GitCommit>(&format!("{base}/repository/commits/{}", part(branch)));
            if let Some(mut commit) = if_seen(commit, Part::Commits, unseen)? {
                let pipeline = commit.last_pipeline.take();
                details.ci =
                    Some(pipeline.map_or_else(Ci::default, |it| Ci { state: State::of(&it.status), url: it.web_url }));
                details.last_commit = Some(commit.into());
            }
            let languages = if_seen(
                api.get::<serde_json::Map<String, Value>>(&format!("{base}/languages")),
                Part::Commits,
                unseen,
            )?;
            details.language = languages.as_ref().and_then(most);
        }
        // Its row in a list says no licence.
        let with_licence = if_seen(api.get::<Licensed>(&format!("{base}?license=true")), Part::Commits, unseen)?;
        details.licence = with_licence.and_then(|project| project.license?.key).and_then(|key| spdx(&key));
        details.pull_requests = match repository.nothing_waits {
            true => Some(Waiting::default()),
            false => if_seen(waiting(api, &base), Part::Requests, unseen)?,
        };
        let releases =
            if_seen(api.get::<Vec<Published>>(&format!("{base}/releases?per_page=1")), Part::Releases, unseen)?;
        details.release = releases.and_then(|releases| releases.into_iter().next()).map(|release| Release {
            name: filled(release.name).unwrap_or(release.tag_name),
            at: release.released_at,
            url: release.links.and_then(|links| links.own),
        });
        Ok(details)
    }

    fn pull_requests(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<PullRequest>> {
        let base = self.by_number(repository.id);
        let list = format!("{base}/merge_requests?state=opened&order_by=created_at&sort=asc&per_page=50");
        let waiting: Vec<MergeRequest> = api.get(&list)?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let pipelines: Vec<Pipeline> = api.get(&format!("{base}/pipelines?per_page=100")).unwrap_or_default();
        // The newest comes first.
        let ci = |sha: &str| pipelines.iter().find(|pipeline| pipeline.sha.as_deref() == Some(sha));
        let shown = waiting.into_iter().map(|request| PullRequest {
            number: request.iid,
            title: request.title,
            author: request.author.map(|author| author.username).unwrap_or_default(),
            at: request.created_at,
            url: request.web_url,
            draft: request.draft.unwrap_or_default(),
            ci: request.sha.as_deref().and_then(ci).map(|pipeline| State::of(&pipeline.status)).unwrap_or_default(),
        });
        Ok(shown.collect())
    }

    fn commits(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<Commit>> {
        let branch = repository.branch.map(|branch| format!("&ref_name={}", part(branch))).unwrap_or_default();
        let commits: Vec<GitCommit> =
            api.get(&format!("{}/repository/commits?per_page=20{branch}", self.by_number(repository.id)))?;
        Ok(commits.into_iter().map(Commit::from).collect())
    }

    fn people(&self, api: &Api, owner: &str) -> Asked<People> {
        let top: Group = api.get(&format!("/groups/{}", part(owner)))?;
        let below: Vec<Group> = api.all(&format!("/groups/{}/descendant_groups?per_page=100", top.id))?;
        let path = |id: u64| below.iter().find(|group| group.id == id).map(|group| group.full_path.clone());
        let mut people = People { users: users(api, top.id)?, slugs_are_paths: true, ..People::default() };
        for group in &below {
            let members = users(api, group.id)?;
            people.teams.push(Team {
                slug: group.full_path.clone(),
                title: group.name.clone(),
                description: description(group.description.clone()),
                parent: group.parent_id.and_then(path),
                url: group.web_url.clone(),
                members: members.iter().map(|user| user.login.clone()).collect(),
            });
            people.users.extend(members);
        }
        let mut seen = std::collections::BTreeSet::new();
        people.users.retain(|user| seen.insert(user.login.clone()));
        Ok(people)
    }

    fn group(&self, api: &Api, number: u64) -> Asked<String> {
        Ok(api.get::<Group>(&format!("/groups/{number}"))?.full_path)
    }

    fn news(&self, event: &str, body: &Value) -> News {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let project = &body["project"];
        let named = project["id"].as_u64().zip(text(&project["path_with_namespace"]));
        let changed = |(id, project): (u64, String)| News::Changed { id: id.to_string(), project };
        let own = || body["project_id"].as_u64().zip(text(&body["path_with_namespace"]));
        let name = body["event_name"].as_str().unwrap_or_default();
        match (event, name) {
            ("Push Hook", _) | ("System Hook", "push") => {
                let branch = project["default_branch"].as_str().unwrap_or_default();
                let is_shown = body["ref"].as_str() == Some(&format!("refs/heads/{branch}"));
                named.filter(|_| is_shown).map_or(News::Nothing, changed)
            }
            (_, "project_destroy") => {
                own().map_or(News::Nothing, |(id, project)| News::Gone { id: id.to_string(), project })
            }
            (_, "project_create" | "project_rename" | "project_transfer" | "project_update") => {
                own().map_or(News::Nothing, changed)
            }
            // What is called the path of the group is only its end.
            (_, "user_add_to_group" | "user_remove_from_group" | "user_update_for_group") => {
                body["group_id"].as_u64().map_or(News::Nothing, |group| News::Members { group })
            }
            (_, "subgroup_create" | "subgroup_destroy") => {
                text(&body["full_path"]).map_or(News::Nothing, |owner| News::People { owner })
            }
            ("Merge Request Hook" | "Pipeline Hook" | "Release Hook", _) | ("System Hook", "merge_request") => {
                named.map_or(News::Nothing, changed)
            }
            _ => News::Nothing,
        }
    }

    fn event_header(&self) -> &'static str {
        "x-gitlab-event"
    }

    fn annotation(&self) -> &'static str {
        "gitlab.com/project-slug"
    }

    fn scopes(&self) -> &'static str {
        "a group access token with the role Reporter and the scopes `read_api` and `read_repository`"
    }

    fn right(&self, part: Part) -> &'static str {
        match part {
            Part::Commits => "the role Reporter and the scope `read_api`, and the project its repository turned on",
            Part::Requests => {
                "the role Reporter and the scope `read_api`, and the project its merge requests turned on"
            }
            Part::Releases | Part::Runs | Part::Statuses => "the role Reporter and the scope `read_api`",
        }
    }
}

/// What most of a project is written in.
fn most(languages: &serde_json::Map<String, Value>) -> Option<String> {
    let shares = languages.iter().filter_map(|(name, share)| Some((name, share.as_f64()?)));
    shares.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(name, _)| name.clone())
}

/// A licence's key as SPDX spells it, and so other forges. What GitLab cannot name is `other`.
fn spdx(key: &str) -> Option<String> {
    let proper = [
        "Apache-2.0",
        "Artistic-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSD-4-Clause",
        "Unlicense",
        "Zlib",
        "PostgreSQL",
        "Vim",
    ];
    let known = proper.iter().find(|name| name.eq_ignore_ascii_case(key)).map(|name| (*name).to_owned());
    filled(Some(key.to_owned())).filter(|key| key != "other").map(|key| known.unwrap_or_else(|| key.to_uppercase()))
}

/// How many wait stands in a header. GitLab leaves it out of more than ten thousand, and then a page is all that is counted.
fn waiting(api: &Api, base: &str) -> Asked<Waiting> {
    let list = format!("{base}/merge_requests?state=opened&order_by=created_at&sort=asc&per_page=1");
    let page = api.page(&list, None)?.unwrap_or_default();
    let open = page.total.unwrap_or(page.items.len() as u64);
    let oldest_at = page.items.first().and_then(|request| request["created_at"].as_str()).map(str::to_owned);
    Ok(Waiting { open, oldest_at })
}

/// Members of a group who are let in, also those of the groups above it.
fn users(api: &Api, group: u64) -> std::result::Result<Vec<User>, Fault> {
    let members = api.all::<Account>(&format!("/groups/{group}/members/all?per_page=100"))?;
    let active = members.into_iter().filter(|member| member.state.as_deref().is_none_or(|state| state == "active"));
    let user = |member: Account| User {
        login: member.username,
        name: filled(member.name),
        picture: filled(member.avatar_url),
        url: member.web_url,
        ..User::default()
    };
    Ok(active.map(user).collect())
}

#[cfg(test)]
mod tests;
