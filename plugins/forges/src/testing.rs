//! What tests need: forges as an operator wrote them, and Git without a portal.

use std::cell::RefCell;
use std::collections::BTreeMap;

use portico_descriptors::Tree;
use portico_descriptors::testing::Files;
use portico_sdk::repositories::Head;
use portico_sdk::testing::{Answer, Portal};
use portico_sdk::{Error, Result};
use serde_json::{Value, json};

use crate::listing::{Listing, Stands, list};
use crate::settings::{Forge, Settings};
use crate::tree::Clones;

/// What an operator wrote.
pub(crate) fn settings(json: &str) -> Settings {
    portico_sdk::settings::parse::<Settings>(json).and_then(Settings::check).expect(json)
}

/// One forge.
pub(crate) fn forge(json: &str) -> Forge {
    settings(&format!(r#"{{"forges":[{json}]}}"#)).forges.remove(0)
}

/// Repositories by their addresses: the commit and its files, or why they cannot be read.
#[derive(Default)]
pub(crate) struct Stage {
    repositories: BTreeMap<String, Result<(String, Files)>>,
    /// What was opened.
    pub(crate) opened: RefCell<Vec<String>>,
}

impl Stage {
    pub(crate) fn with(mut self, url: &str, commit: &str, files: &[(&str, &str)]) -> Stage {
        self.repositories.insert(url.to_owned(), Ok((commit.to_owned(), Files::new(files))));
        self
    }

    pub(crate) fn without(mut self, url: &str, error: Error) -> Stage {
        self.repositories.insert(url.to_owned(), Err(error));
        self
    }

    fn get(&self, url: &str, branch: &str) -> Result<(Files, Head)> {
        let missing = || Err(Error::NotFound(format!("there is no repository at {url}")));
        let (commit, files) = self.repositories.get(url).cloned().unwrap_or_else(missing)?;
        Ok((files, Head { reference: format!("refs/heads/{branch}"), commit }))
    }
}

impl Clones for Stage {
    fn resolve(&self, url: &str, branch: &str) -> Result<Head> {
        self.get(url, branch).map(|(_, head)| head)
    }

    fn open(&self, url: &str, branch: &str) -> Result<(Box<dyn Tree>, Head)> {
        self.opened.borrow_mut().push(url.to_owned());
        let (files, head) = self.get(url, branch)?;
        Ok((Box::new(files), head))
    }
}

/// A descriptor of a component.
pub(crate) fn component(name: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name} }}\nspec: {{ type: service, lifecycle: production, owner: a }}\n"
    )
}

pub(crate) const API: &str = "https://api.github.com";
pub(crate) const LIST: &str = "https://api.github.com/orgs/acme/repos?type=all&sort=created&direction=asc&per_page=100";

/// The organisation of most tests.
pub(crate) fn acme() -> Forge {
    forge(r#"{"type":"github","owner":"acme"}"#)
}

/// Its list as a run reads it.
pub(crate) fn listed(portal: &Portal, stands: Stands<'_>) -> Result<Listing> {
    let forge = acme();
    portal.run(|| list(&forge, &forge.dialect().api(&forge), stands))
}

/// Rows of these numbers.
pub(crate) fn rows(numbers: std::ops::Range<u64>) -> Vec<Value> {
    numbers.map(|number| row(number, &format!("r{number}"))).collect()
}

/// A portal that has listed these, and is told about others now.
pub(crate) fn after(before: &[Value], now: Answer) -> Portal {
    let portal = Portal::new().answer("GET", LIST, Answer::json(before)).answer("GET", LIST, now);
    listed(&portal, &|_, _| false).expect("the first list");
    portal
}

/// A row of GitHub's list.
pub(crate) fn row(id: u64, name: &str) -> Value {
    json!({
        "id": id, "full_name": format!("acme/{name}"), "html_url": format!("https://github.com/acme/{name}"),
        "clone_url": format!("https://github.com/acme/{name}.git"), "private": false, "visibility": "public", "default_branch": "main",
        "description": null, "language": "Rust", "topics": ["shop"], "archived": false, "fork": false,
        "license": { "spdx_id": "MIT" }, "pushed_at": "2025-12-31T00:00:00Z", "updated_at": "2025-12-31T00:00:00Z",
        "open_issues_count": 0,
    })
}

/// What GitHub answers of a repository at a commit.
pub(crate) trait Answers {
    fn at_commit(self, name: &str, sha: &str) -> Portal;
}

impl Answers for Portal {
    fn at_commit(self, name: &str, sha: &str) -> Portal {
        let base = format!("{API}/repos/acme/{name}");
        let commit = json!([{ "sha": sha, "html_url": format!("https://github.com/acme/{name}/commit/{sha}"), "author": { "login": "ada" },
            "commit": { "message": "Do it\n\nWell.", "committer": { "name": "Ada", "date": "2025-12-31T00:00:00Z" } } }]);
        let run = json!({ "workflow_runs": [{ "head_sha": sha, "status": "completed", "conclusion": "success", "html_url": "https://github.com/run" }] });
        self.answer("GET", &format!("{base}/commits?sha=main&per_page=1"), Answer::json(&commit))
            .answer("GET", &format!("{base}/releases/latest"), Answer::status(404))
            .answer("GET", &format!("{base}/actions/runs?head_sha={sha}&per_page=100"), Answer::json(&run))
            .answer(
                "GET",
                &format!("{base}/commits/{sha}/status"),
                Answer::json(&json!({ "state": "pending", "total_count": 0 })),
            )
    }
}
