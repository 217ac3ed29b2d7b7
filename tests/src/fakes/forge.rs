//! A forge that answers as GitHub does: repositories of an organisation, over real Git repositories of this machine.
//!
//! Rule: what it says of commits is what Git says. Pages, tags and limits are as GitHub describes them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::app::App;
use super::serve::{Request, Server, serve};

/// A forge with one organisation, `acme`.
pub struct Forge {
    server: Server,
    world: Arc<Mutex<World>>,
}

/// A repository that it hosts.
#[derive(Clone, Debug, Default)]
pub struct Hosted {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where Git finds it.
    pub path: PathBuf,
    /// Whether it is only to be read.
    pub archived: bool,
    /// What changes with every push.
    pub pushes: u64,
    /// When each request for changes that waits was made, the oldest first.
    pub pulls: Vec<String>,
    /// How the last run of its actions ended; it goes on where this is empty.
    pub conclusion: String,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// Everything is answered with this status.
    Status(u16),
    /// So many questions are answered with a secondary limit, which asks for one second.
    Limit(u32),
    /// Lists end after so many items, as if there were no more.
    CutShort(usize),
    /// The second page of a list breaks off in the middle.
    HalfPage,
}

#[derive(Default)]
struct World {
    repositories: Vec<Hosted>,
    /// Names that were given up, and the numbers that they lead to.
    renamed: Vec<(String, u64)>,
    trouble: Trouble,
    /// The App whose tokens are let in; everybody is, if absent.
    app: Option<App>,
    asked: Vec<String>,
    /// What Git said, by repository, by how often that was pushed to, and by how much was asked for.
    said: RefCell<BTreeMap<(PathBuf, u64, String), Value>>,
}

/// Items of a page, however many are asked for: pages are what is to be tested.
const PAGE: usize = 100;

impl Forge {
    /// Hosts these.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn hosting(repositories: Vec<Hosted>) -> Forge {
        Forge::of(World { repositories, ..World::default() })
    }

    /// Hosts these below `/api/v3`, for a GitHub App that is installed on the organisation, and for nobody else.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn hosting_for_an_app(repositories: Vec<Hosted>) -> Forge {
        Forge::of(World { repositories, app: Some(App::default()), ..World::default() })
    }

    fn of(world: World) -> Forge {
        let world = Arc::new(Mutex::new(world));
        let known = Arc::clone(&world);
        let server = serve(move |request| known.lock().unwrap_or_else(PoisonError::into_inner).answer(request));
        Forge { server, world }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its port, on `localhost`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// Has something go wrong from now on.
    pub fn trouble(&self, trouble: Trouble) {
        self.world().trouble = trouble;
    }

    /// Changes a repository. Its old name leads to it, as on GitHub.
    ///
    /// # Panics
    ///
    /// If there is none of this number.
    pub fn change(&self, id: u64, change: impl FnOnce(&mut Hosted)) {
        let mut world = self.world();
        let hosted = world.repositories.iter_mut().find(|hosted| hosted.id == id).expect("a repository");
        let before = hosted.name.clone();
        change(hosted);
        if hosted.name != before {
            world.renamed.push((before, id));
        }
    }

    /// Hosts one more.
    pub fn add(&self, hosted: Hosted) {
        self.world().repositories.push(hosted);
    }

    /// Hosts one less.
    pub fn remove(&self, id: u64) {
        self.world().repositories.retain(|hosted| hosted.id != id);
    }

    /// What it was asked since the last time, as paths with their queries.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.world().asked)
    }
}

impl World {
    fn answer(&mut self, request: &Request) -> Response {
        let path = request.uri.path();
        self.asked.push(request.uri.path_and_query().map_or(path, |all| all.as_str()).to_owned());
        if let Some(app) = &mut self.app {
            if let Some(answer) = app.answer(request) {
                return answer;
            }
            if !app.lets_in(request) {
                return refusal(401, "Bad credentials");
            }
        }
        let path = path.strip_prefix("/api/v3").filter(|_| self.app.is_some()).unwrap_or(path);
        let is_question = matches!(path, "/graphql" | "/api/graphql") && request.method == axum::http::Method::POST;
        let is_reading = is_question || request.method == axum::http::Method::GET;
        if !is_reading || !request.headers.contains_key("user-agent") {
            return refusal(403, "Request forbidden by administrative rules.");
        }
        match &mut self.trouble {
            Trouble::Status(401) => return refusal(401, "Bad credentials"),
            Trouble::Status(status) => return refusal(*status, "Server Error"),
            Trouble::Limit(left) if *left > 0 => {
                *left -= 1;
                return ([("retry-after", "1")], refusal(403, "You have exceeded a secondary rate limit."))
                    .into_response();
            }
            _ => {}
        }
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["orgs", "acme", "repos"] => self.list(request),
            ["installation", "repositories"] if self.app.is_some() => {
                let rows: Vec<Value> = self.repositories.iter().map(|hosted| self.row(hosted)).collect();
                json_of(&json!({ "total_count": rows.len(), "repositories": rows }))
            }
            ["graphql"] | ["api", "graphql"] => json_of(&people()),
            ["orgs", "acme", "members"] => json_of(&json!([{ "login": "ada" }, { "login": "bob" }])),
            ["orgs", "acme", "teams"] => json_of(&json!([{ "slug": "core", "name": "Core", "parent": null }])),
            ["orgs", "acme", "teams", "core", "members"] => json_of(&json!([{ "login": "ada" }])),
            ["repositories", id] => {
                self.found(|hosted| hosted.id.to_string() == **id, |hosted| json_of(&self.row(hosted)))
            }
            ["repos", "acme", name, rest @ ..] => match self.renamed.iter().find(|(old, _)| old == name) {
                Some((_, id)) if !self.repositories.iter().any(|hosted| hosted.name == *name) => {
                    (StatusCode::MOVED_PERMANENTLY, [("location", format!("{}/repositories/{id}", base(request)))])
                        .into_response()
                }
                _ => self.found(|hosted| hosted.name == *name, |hosted| self.inside(hosted, rest, request)),
            },
            _ => refusal(404, "Not Found"),
        }
    }

    fn found(&self, is_it: impl Fn(&Hosted) -> bool, answer: impl Fn(&Hosted) -> Response) -> Response {
        self.repositories.iter().find(|hosted| is_it(hosted)).map_or_else(|| refusal(404, "Not Found"), answer)
    }

    fn row(&self, hosted: &Hosted) -> Value {
        let page = format!("https://github.example.test/acme/{}", hosted.name);
        json!({
            "id": hosted.id, "full_name": format!("acme/{}", hosted.name), "html_url": page, "clone_url": hosted.path,
            "private": false, "visibility": "public", "default_branch": "main", "description": null, "language": "Rust",
            "topics": ["shop"], "archived": hosted.archived, "fork": false, "license": { "spdx_id": "MIT" },
            "pushed_at": format!("2026-01-01T00:00:00.{:03}Z", hosted.pushes), "updated_at": "2026-01-01T00:00:00Z",
            "open_issues_count": hosted.pulls.len(),
        })
    }

    fn list(&self, request: &Request) -> Response {
        let all = match self.trouble {
            Trouble::CutShort(most) => &self.repositories[..most.min(self.repositories.len())],
            _ => &self.repositories,
        };
        let page = parameter(request, "page").and_then(|page| page.parse().ok()).unwrap_or(1_usize).max(1);
        let rows: Vec<Value> = all.iter().skip((page - 1) * PAGE).take(PAGE).map(|hosted| self.row(hosted)).collect();
        let body = Value::Array(rows).to_string();
        let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&body)[..8]));
        if request.headers.get("if-none-match").is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        if page > 1 && self.trouble == Trouble::HalfPage {
            return (StatusCode::OK, body[..body.len() / 2].to_owned()).into_response();
        }
        let link = match page * PAGE < all.len() {
            true => format!("<{}/orgs/acme/repos?type=all&page={}>; rel=\"next\"", base(request), page + 1),
            false => "<https://docs.example.test>; rel=\"help\"".to_owned(),
        };
        ([("etag", tag), ("link", link), ("x-ratelimit-remaining", "4999".to_owned())], body).into_response()
    }

    fn commits(&self, hosted: &Hosted, most: &str) -> Value {
        let key = (hosted.path.clone(), hosted.pushes, most.to_owned());
        self.said.borrow_mut().entry(key).or_insert_with(|| commits(&hosted.path, most)).clone()
    }

    /// What there is of one repository.
    fn inside(&self, hosted: &Hosted, rest: &[&str], request: &Request) -> Response {
        match rest {
            [] => json_of(&self.row(hosted)),
            ["commits"] => json_of(&self.commits(hosted, parameter(request, "per_page").as_deref().unwrap_or("30"))),
            ["commits", _, "status"] => json_of(&json!({ "state": "pending", "total_count": 0, "statuses": [] })),
            ["releases", "latest"] => {
                json_of(&json!({ "name": "One", "tag_name": "v1", "published_at": "2026-01-01T00:00:00Z" }))
            }
            ["actions", "runs"] => {
                let head = self.commits(hosted, "1")[0]["sha"].clone();
                let goes_on = hosted.conclusion.is_empty();
                let status = if goes_on { "in_progress" } else { "completed" };
                let conclusion = (!goes_on).then_some(&hosted.conclusion);
                json_of(
                    &json!({ "workflow_runs": [{ "head_sha": head, "status": status, "conclusion": conclusion, "html_url": "https://github.example.test/run" }] }),
                )
            }
            ["pulls"] => {
                let pull = |(index, at): (usize, &String)| {
                    json!({
                        "number": index + 1, "title": format!("Change {}", index + 1), "user": { "login": "bob" }, "created_at": at,
                        "html_url": "https://github.example.test/pull", "head": { "sha": "0" },
                    })
                };
                let most = parameter(request, "per_page").and_then(|most| most.parse().ok()).unwrap_or(30_usize);
                let shown: Vec<Value> = hosted.pulls.iter().enumerate().take(most).map(pull).collect();
                let last = format!("<{}/x?page={}>; rel=\"last\"", base(request), hosted.pulls.len().div_ceil(most));
                let more = hosted.pulls.len() > most;
                ([("link", if more { last } else { String::new() })], Value::Array(shown).to_string()).into_response()
            }
            _ => refusal(404, "Not Found"),
        }
    }
}

/// What GraphQL says of the members.
fn people() -> Value {
    let ada = json!({
        "login": "ada", "name": "Ada Lovelace", "bio": "Counts.", "avatarUrl": "https://github.example.test/ada.png",
        "url": "https://github.example.test/ada", "email": null, "organizationVerifiedDomainEmails": ["ada@acme.example"],
    });
    let bob =
        json!({ "login": "bob", "name": null, "email": "bob@home.example", "organizationVerifiedDomainEmails": [] });
    let members =
        json!({ "totalCount": 2, "pageInfo": { "hasNextPage": false, "endCursor": null }, "nodes": [ada, bob] });
    json!({ "data": { "organization": { "membersWithRole": members } } })
}

/// What Git says of the last commits.
fn commits(path: &Path, most: &str) -> Value {
    let format = "--format=%H%x00%an%x00%cI%x00%s";
    let output = Command::new("git").arg("-C").arg(path).args(["log", "-n", most, format]).output().expect("git");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let commit = |line: &str| {
        let [sha, author, at, title] = line.split('\0').collect::<Vec<_>>().try_into().expect("four parts");
        json!({ "sha": sha, "html_url": format!("https://github.example.test/commit/{sha}"), "author": null,
            "commit": { "message": title, "author": { "name": author, "date": at }, "committer": { "name": author, "date": at } } })
    };
    lines.lines().map(commit).collect()
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let pairs = request.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// How whoever asks calls the server.
fn base(request: &Request) -> String {
    let host = request.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}

fn json_of(body: &Value) -> Response {
    ([("content-type", "application/json")], body.to_string()).into_response()
}

pub(super) fn refusal(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, Body::from(json!({ "message": message }).to_string())).into_response()
}
